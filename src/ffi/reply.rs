//! Section "Replies": sends from a chosen source address.

use std::ffi::c_void;
use std::net::SocketAddr;

use super::guard::{bytes, count, guard, read, rows, socket};
use super::send::{Packets, destination};
use super::types::{udp_addr, udp_packet, udp_packet_info, udp_socket};
use crate::error::{Code, Result};
use crate::socket::PacketSource;
use crate::types::SourceAddr;

/// Sends one datagram from the address that another datagram was sent to, so that the answer of a machine with several
/// addresses comes from the address that was asked. Set `UDP_OPT_RECV_PKTINFO` to 1, receive with `udp_recvfrom_info` and
/// pass its `udp_packet_info`. The answer to a datagram that was sent to a group or broadcast address comes from an
/// address of the interface it arrived on.
///
/// `info` may also be filled in by the caller: `local` is the address to send from (all zero: the system chooses) and
/// `if_index` the interface to send through (0: the routing table chooses). The interface matters only if `to` is a group,
/// broadcast or link-local address, or if `local` is not an address of one machine; otherwise the routing table decides.
/// Waits for room like `udp_sendto`.
///
/// \param s     The socket.
/// \param buf   The datagram; NULL if `len` is 0.
/// \param len   Its length in bytes, as for `udp_sendto`.
/// \param to    The destination, or NULL for the peer of `udp_connect`.
/// \param info  The source: `local`, without its port, and `if_index`. The other fields are ignored.
/// \return `len`, or, with nothing sent: `UDP_ERR_INVALID` (`info` has neither address nor interface, as if
///         `UDP_OPT_RECV_PKTINFO` was 0), `UDP_ERR_NOT_LOCAL` (this machine no longer has the address),
///         `UDP_ERR_NO_INTERFACE` (or the interface), `UDP_ERR_FAMILY` (`local` and `to` are of different families), and the
///         errors of `udp_sendto`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_reply(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    to: *const udp_addr,
    info: *const udp_packet_info,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes and NULL or a valid address, as the header requires.
        let (data, to) = unsafe { (bytes(buf.cast(), len)?, destination(to)?) };
        // SAFETY: NULL or a valid info, as the header requires.
        let info = unsafe { read(info) }.ok_or(Code::Null)?;
        socket(s)?.reply(data, to, info.source()?)?;
        count(len)
    })
}

/// Sends a batch like `udp_send_batch`, each datagram from the source address in its info. The arrays that
/// `udp_recv_batch` filled in with `UDP_OPT_RECV_PKTINFO` on can be passed unchanged, which answers each datagram from the
/// address that it was sent to.
///
/// \param s        The socket.
/// \param packets  The datagrams, as for `udp_send_batch`. NULL if `n` is 0.
/// \param infos    The source of each datagram, as for `udp_reply`. NULL if `n` is 0.
/// \param n        Number of packets and infos.
/// \return The number of datagrams sent, as for `udp_send_batch`. If the first datagram failed: the errors of `udp_reply`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_reply_batch(
    s: udp_socket,
    packets: *const udp_packet,
    infos: *const udp_packet_info,
    n: usize,
) -> i32 {
    guard(|| {
        // SAFETY: `n` valid packets and infos, as the header requires.
        let replies = unsafe { Replies { packets: Packets(rows(packets, n)?), infos: rows(infos, n)? } };
        count(socket(s)?.send_packets(&replies)?)
    })
}

/// The caller's packets with the source of each.
struct Replies<'a> {
    packets: Packets<'a>,
    infos: &'a [udp_packet_info],
}

impl<'a> PacketSource<'a> for Replies<'a> {
    fn count(&self) -> usize {
        self.packets.count()
    }

    fn data(&self, index: usize) -> Result<&'a [u8]> {
        self.packets.data(index)
    }

    fn to(&self, index: usize) -> Result<Option<SocketAddr>> {
        self.packets.to(index)
    }

    fn same_peer(&self, index: usize, other: usize) -> bool {
        let (a, b) = (&self.infos[index], &self.infos[other]);
        self.packets.same_peer(index, other) && (a.local, a.if_index) == (b.local, b.if_index)
    }

    fn source(&self, index: usize) -> Result<Option<SourceAddr>> {
        self.infos[index].source().map(Some)
    }
}
