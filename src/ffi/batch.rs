//! Section "Batches": many datagrams in a call.

use std::ffi::c_void;
use std::net::SocketAddr;
use std::ptr::NonNull;

use super::data::destination;
use super::guard::{bytes, bytes_mut, count, guard, required, socket, timeout};
use super::types::{
    UDP_PACKET_INCOMPLETE, UDP_PACKET_TRUNCATED, udp_addr, udp_details, udp_packet, udp_socket,
};
use crate::error::{Code, Error, Result};
use crate::receive::{Arrival, Details};
use crate::send::Outbox;

/// Sends datagrams in their order, in as few system calls as it takes. Neighbours in the array that go to one peer and
/// are of one length, but for the last, which may be shorter, leave together as a super-datagram where the system has
/// such; if it refuses them they go one by one. Waits for room like `udp_sendto`.
///
/// \param s        The socket.
/// \param packets  The datagrams: their `data`, `length` and `peer`. NULL if `n` is 0.
/// \param n        How many there are.
/// \return How many were sent, `n` unless one failed; call again with the rest to learn why. Or, if the first could not
///         be sent, the errors of `udp_sendto`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_send_batch(s: udp_socket, packets: *const udp_packet, n: usize) -> i32 {
    guard(|| {
        // SAFETY: `n` valid packets, as the header asks.
        let packets = unsafe { packets_of(packets, n) }?;
        count(socket(s)?.send_outbox(&Packets(packets))?)
    })
}

/// Sends one buffer cut into datagrams: the fastest way out to one peer.
///
/// \param s        The socket.
/// \param buf      The datagrams' bytes, one after the other; NULL if `len` is 0.
/// \param len      How many bytes there are in all, of any number of datagrams.
/// \param segment  How long each datagram is, 1 to 65,507 (65,487 to IPv6 peers); the last may be shorter.
/// \param to       The destination, or NULL for the peer of `udp_connect`.
/// \return How many datagrams were sent, which is fewer than there are if one failed; or, if the first could not be sent,
///         the errors of `udp_sendto`. `UDP_ERR_VALUE`: `segment` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_send_segments(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    segment: usize,
    to: *const udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes and NULL or a valid address, as the header asks.
        let (data, to) = unsafe { (bytes(buf.cast(), len)?, destination(to)?) };
        count(socket(s)?.send_segments(data, segment, to)?)
    })
}

/// Waits for a datagram, then takes all that are there without waiting, at most `max`.
///
/// The arena is shared out evenly: each datagram has a place of `arena_len / max` bytes, and what is longer is cut and
/// says so. With `UDP_OPEN_COALESCE` the places are 65,536 bytes, and the datagrams of one peer stand in them one after
/// the other; what the system had joined beyond `max` is kept for the next receive, whichever function that is. An arena
/// shorter than that works too, for the price of a copy.
///
/// \param s           The socket.
/// \param arena       Memory that the datagrams land in.
/// \param arena_len   How many bytes it has, at least `max`.
/// \param packets     Gets where each datagram is, how long, and from whom.
/// \param details     Gets what the options `UDP_OPT_RECV_` ask for of each datagram; NULL if it is not wanted.
/// \param max         How many datagrams to take at most, at least 1; `packets` and `details` have room for as many.
/// \param timeout_ms  How long to wait for the first, in milliseconds; -1 for ever, 0 not at all.
/// \return How many datagrams were received, at least 1 (a truncated one is told by its flags, it does not fail the
///         others), or the errors of `udp_recvfrom` but `UDP_ERR_TRUNCATED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recv_batch(
    s: udp_socket,
    arena: *mut c_void,
    arena_len: usize,
    packets: *mut udp_packet,
    details: *mut udp_details,
    max: usize,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        let packets = required(packets)?;
        if max > i32::MAX as usize {
            return Err(Error::new(Code::Value, "a batch of more than 2147483647 datagrams"));
        }
        let base = required(arena)?.cast::<u8>();
        // SAFETY: `arena_len` writable bytes, as the header asks.
        let arena = unsafe { bytes_mut(base.as_ptr(), arena_len) }?;
        let mut filled = 0;
        let got = socket(s)?.recv_batch(arena, max, timeout(timeout_ms)?, |arrival| {
            let count = arrival.datagrams();
            // SAFETY: the core tells of at most `max` datagrams, which the arrays have room for, as the header asks.
            unsafe {
                write_packets(packets.add(filled), base.add(arrival.offset), count, &arrival);
                if !details.is_null() {
                    write_details(details.add(filled), count, &arrival.details);
                }
            }
            filled += count;
        })?;
        count(got)
    })
}

/// Tells of the datagrams of an arrival, whose bytes begin at `data`.
///
/// # Safety
/// There is room for `count` packets.
unsafe fn write_packets(packets: NonNull<udp_packet>, data: NonNull<u8>, count: usize, arrival: &Arrival) {
    let cut = arrival.wire_length > arrival.length;
    let incomplete = if arrival.details.incomplete { UDP_PACKET_INCOMPLETE } else { 0 };
    let flags = incomplete | if cut { UDP_PACKET_TRUNCATED } else { 0 };
    let peer = udp_addr::from(arrival.from);
    let mut at = data.as_ptr();
    for (index, length) in arrival.lengths().enumerate() {
        let wire_length = if cut { arrival.wire_length } else { length } as u32;
        // This runs for each datagram. Field by field: a packet that is put together first and copied then takes
        // three times as long, because the copy has to wait for the small stores before it.
        // SAFETY: as this function asks.
        unsafe {
            let packet = packets.add(index).as_ptr();
            (&raw mut (*packet).data).write_unaligned(at.cast());
            (&raw mut (*packet).length).write_unaligned(length);
            (&raw mut (*packet).peer).write_unaligned(peer);
            (&raw mut (*packet).wire_length).write_unaligned(wire_length);
            (&raw mut (*packet).flags).write_unaligned(flags);
            (&raw mut (*packet).reserved).write_unaligned([0; 2]);
        }
        at = at.wrapping_add(length);
    }
    debug_assert_eq!(arrival.datagrams(), count);
}

/// Tells the details of an arrival, which are the same for all its datagrams.
///
/// # Safety
/// `places` has room for `count` of them.
unsafe fn write_details(places: *mut udp_details, count: usize, details: &Details) {
    let (local, interface) = match details.local {
        Some((ip, interface)) => (SocketAddr::new(ip, 0).into(), interface),
        None => (udp_addr::NONE, 0),
    };
    let details = udp_details { local, time_ns: details.time_ns, interface, tos: details.tos.into() };
    for index in 0..count {
        // SAFETY: as this function asks.
        unsafe { places.add(index).write_unaligned(details) };
    }
}

/// The caller's array of packets.
///
/// # Safety
/// `packets`, if not NULL, points to `n` valid packets that nobody writes while the slice lives.
unsafe fn packets_of<'a>(packets: *const udp_packet, n: usize) -> Result<&'a [udp_packet]> {
    if n > isize::MAX as usize / size_of::<udp_packet>() {
        return Err(Error::new(Code::Value, "a count that no memory has"));
    }
    if n == 0 {
        return Ok(&[]);
    }
    if packets.is_null() {
        return Err(Code::Null.into());
    }
    if !packets.is_aligned() {
        return Err(Error::new(Code::Value, "the packets are not aligned"));
    }
    // SAFETY: not NULL, aligned, and the caller vouches for `n` packets.
    Ok(unsafe { std::slice::from_raw_parts(packets, n) })
}

/// The caller's packets, as the core asks for them.
struct Packets<'a>(&'a [udp_packet]);

impl<'a> Outbox<'a> for Packets<'a> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn data(&self, index: usize) -> Result<&'a [u8]> {
        let packet = &self.0[index];
        // SAFETY: the header asks for `length` readable bytes behind each packet, for as long as the call lasts.
        unsafe { bytes(packet.data.cast(), packet.length) }
    }

    fn to(&self, index: usize) -> Result<Option<SocketAddr>> {
        let peer = self.0[index].peer;
        if peer == udp_addr::NONE { Ok(None) } else { peer.try_into().map(Some) }
    }

    fn same_peer(&self, index: usize, other: usize) -> bool {
        self.0[index].peer == self.0[other].peer
    }
}
