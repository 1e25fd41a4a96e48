//! Section "Send": one datagram, a batch, or one buffer split into segments.

use std::ffi::c_void;
use std::net::SocketAddr;

use super::guard::{bytes, count, guard, read, result, rows, rows_mut, socket, usual};
use super::types::{udp_addr, udp_packet, udp_packet_info, udp_socket};
use crate::error::{Error, Result};
use crate::group::{self, group};
use crate::socket::PacketSource;

/// Sends one datagram. If the send buffer is full, waits for room until `UDP_OPT_SEND_TIMEOUT` expires. Success means that
/// the datagram was handed to the network, not that it arrived.
///
/// \param s    The socket.
/// \param buf  The datagram; NULL if `len` is 0.
/// \param len  Its length in bytes, 0 to 65,507 for IPv4 and to 65,487 for IPv6 destinations.
/// \param to   The destination, or NULL for the peer of `udp_connect`.
/// \return `len`, or, with nothing sent: `UDP_ERR_MSGSIZE`, `UDP_ERR_NOT_CONNECTED` (`to` is NULL and the socket has no
///         peer), `UDP_ERR_FAMILY`, `UDP_ERR_INVALID` (such as port 0), `UDP_ERR_ACCESS` (a broadcast address, but
///         `UDP_OPT_BROADCAST` is 0; or a firewall), `UDP_ERR_UNREACHABLE`, `UDP_ERR_REFUSED` (the connected peer refused
///         an earlier datagram: send again), `UDP_ERR_NO_BUFFERS`, `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK`,
///         `UDP_ERR_INTERRUPTED`, `UDP_ERR_CLOSED`, `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_sendto(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    to: *const udp_addr,
) -> i32 {
    // SAFETY: `len` readable bytes and NULL or a valid address, as the header requires.
    let arguments = || unsafe { Ok::<_, Error>((bytes(buf.cast(), len)?, destination(to)?)) };
    let mut first = None;
    let sent = usual(|| {
        let (data, to) = arguments().ok()?;
        first = socket(s).ok()?.try_send_to(data, to);
        matches!(first, Some(Ok(()))).then(|| count(len))
    });
    if let Some(sent) = sent {
        return result(sent);
    }
    guard(|| {
        let (data, to) = arguments()?;
        socket(s)?.send_to_after(first, data, to)?;
        count(len)
    })
}

/// Sends datagrams in order, with as few system calls as possible. Consecutive packets of the same length to the same peer
/// (the last may be shorter) are sent together where the system supports it (GSO on Linux); if the system refuses, they
/// are sent one by one. `udp_group_packets` makes the packets of each peer consecutive. Waits for room like `udp_sendto`.
///
/// \param s        The socket.
/// \param packets  The datagrams: `data`, `length` and `peer` of each. NULL if `n` is 0.
/// \param n        Number of packets.
/// \return The number of datagrams sent: `n` unless one failed. Call again with the remainder to get the error. If the first
///         datagram failed: the errors of `udp_sendto`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_send_batch(s: udp_socket, packets: *const udp_packet, n: usize) -> i32 {
    guard(|| {
        // SAFETY: `n` valid packets, as the header requires.
        let packets = unsafe { rows(packets, n) }?;
        count(socket(s)?.send_packets(&Packets(packets))?)
    })
}

/// Reorders a batch so that the packets of each peer are consecutive: `udp_send_batch` and `udp_reply_batch` then send them
/// together. Stable: peers stay in the order of their first packets, and the packets of a peer stay in order. Moves the
/// structs, not the bytes at `data`.
///
/// Useful if a batch holds several datagrams to each of several peers, such as the answers to a batch received from busy
/// peers. With one datagram to each peer nothing is sent together, and the call costs about 20 ns per packet. The expected
/// time is proportional to `n`, even if peers choose their addresses and ports to collide in a hash table.
///
/// \param packets  The packets, of which only `peer` is read. NULL if `n` is 0.
/// \param infos    Reordered like `packets`, for `udp_reply_batch`; NULL if there are none.
/// \param n        Number of packets and infos, at most 2,147,483,647. Above 1,024 the call allocates memory.
/// \return The number of different peers, at most `n`. Or, with nothing moved: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (an array
///         is not aligned, or `n` is too large), `UDP_ERR_MEMORY`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_group_packets(
    packets: *mut udp_packet,
    infos: *mut udp_packet_info,
    n: usize,
) -> i32 {
    guard(|| {
        let info_count = if infos.is_null() { 0 } else { n };
        // SAFETY: `n` valid packets and NULL or `n` valid infos, as the header requires.
        let mut rows =
            unsafe { Rows { packets: rows_mut(packets, n)?, infos: rows_mut(infos, info_count)? } };
        count(group(&mut rows)?)
    })
}

/// Sends one buffer split into datagrams of one size: the fastest way to send to one peer.
///
/// \param s             The socket.
/// \param buf           The bytes of all datagrams, one after the other; NULL if `len` is 0.
/// \param len           Number of bytes at `buf`. There is no limit to the number of datagrams.
/// \param segment_size  Length of each datagram in bytes, 1 to 65,507 (65,487 for IPv6); the last may be shorter.
/// \param to            The destination, or NULL for the peer of `udp_connect`.
/// \return The number of datagrams sent, which is smaller than expected if one failed. If the first datagram failed: the
///         errors of `udp_sendto`. `UDP_ERR_INVALID`: `segment_size` is 0.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_send_segments(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    segment_size: usize,
    to: *const udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes and NULL or a valid address, as the header requires.
        let (data, to) = unsafe { (bytes(buf.cast(), len)?, destination(to)?) };
        count(socket(s)?.send_segments(data, segment_size, to)?)
    })
}

/// The destination of a send; NULL is the connected peer.
///
/// # Safety
/// `to`, if not NULL, points to a valid address.
pub(super) unsafe fn destination(to: *const udp_addr) -> Result<Option<SocketAddr>> {
    // SAFETY: as this function requires.
    unsafe { read(to) }.map(SocketAddr::try_from).transpose()
}

/// The caller's packets.
pub(super) struct Packets<'a>(pub(super) &'a [udp_packet]);

impl<'a> PacketSource<'a> for Packets<'a> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn data(&self, index: usize) -> Result<&'a [u8]> {
        let packet = &self.0[index];
        // SAFETY: the header requires `length` readable bytes behind each packet, for as long as the call lasts.
        unsafe { bytes(packet.data.cast(), packet.length) }
    }

    fn to(&self, index: usize) -> Result<Option<SocketAddr>> {
        let peer = self.0[index].peer;
        if peer == udp_addr::NONE { Ok(None) } else { peer.try_into().map(Some) }
    }

    fn same_peer(&self, index: usize, other: usize) -> bool {
        self.0[index].peer.is_same(&self.0[other].peer)
    }
}

/// The caller's packets to reorder, and their infos, if any.
struct Rows<'a> {
    packets: &'a mut [udp_packet],
    infos: &'a mut [udp_packet_info],
}

impl group::Packets for Rows<'_> {
    fn count(&self) -> usize {
        self.packets.len()
    }

    fn peer(&self, index: usize) -> [u64; 4] {
        self.packets[index].peer.words()
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.packets.swap(a, b);
        if !self.infos.is_empty() {
            self.infos.swap(a, b);
        }
    }
}
