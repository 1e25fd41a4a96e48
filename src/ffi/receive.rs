//! Section "Batches": many datagrams in a call.

use std::ffi::c_void;
use std::net::SocketAddr;
use std::ptr::NonNull;

use super::guard::{bytes, bytes_mut, count, guard, required, socket, timeout};
use super::send::destination;
use super::types::{
    UDP_PACKET_CONTROL_TRUNCATED, UDP_PACKET_TRUNCATED, udp_addr, udp_packet, udp_packet_info, udp_socket,
};
use crate::error::{Code, Error, Result};
use crate::socket::receive::{PacketInfo, RecvMeta};
use crate::socket::reply::SourceAddr;
use crate::socket::send::PacketSource;

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
        let packets = unsafe { array(packets, n) }?;
        count(socket(s)?.send_outbox(&Packets(packets))?)
    })
}

/// Sends each datagram from the address that another one was sent to: `udp_reply` for many, as `udp_send_batch` sends
/// them. What `udp_recv_batch` filled in with `UDP_OPT_RECV_PKTINFO` on can be handed to it as it is: an echo.
///
/// \param s        The socket.
/// \param packets  The datagrams, as for `udp_send_batch`. NULL if `n` is 0.
/// \param infos    Where each leaves from: `local` and `interface`, as for `udp_reply`. NULL if `n` is 0.
/// \param n        How many there are.
/// \return How many were sent, as for `udp_send_batch`; or, if the first could not be sent, the errors of `udp_reply`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_reply_batch(
    s: udp_socket,
    packets: *const udp_packet,
    infos: *const udp_packet_info,
    n: usize,
) -> i32 {
    guard(|| {
        // SAFETY: `n` valid packets and details, as the header asks.
        let replies = unsafe { Replies { packets: Packets(array(packets, n)?), infos: array(infos, n)? } };
        count(socket(s)?.send_outbox(&replies)?)
    })
}

/// Sends one buffer cut into datagrams: the fastest way out to one peer.
///
/// \param s        The socket.
/// \param buf      The datagrams' bytes, one after the other; NULL if `len` is 0.
/// \param len      How many bytes there are in all, of any number of datagrams.
/// \param segment_size  How long each datagram is, 1 to 65,507 (65,487 to IPv6 peers); the last may be shorter.
/// \param to       The destination, or NULL for the peer of `udp_connect`.
/// \return How many datagrams were sent, which is fewer than there are if one failed; or, if the first could not be sent,
///         the errors of `udp_sendto`. `UDP_ERR_INVALID`: `segment_size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_send_segments(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    segment_size: usize,
    to: *const udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes and NULL or a valid address, as the header asks.
        let (data, to) = unsafe { (bytes(buf.cast(), len)?, destination(to)?) };
        count(socket(s)?.send_segments(data, segment_size, to)?)
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
/// \param infos       Gets what the options `UDP_OPT_RECV_` ask for of each datagram; NULL if it is not wanted.
/// \param max         How many datagrams to take at most, at least 1; `packets` and `infos` have room for as many.
/// \param timeout_ms  How long to wait for the first, in milliseconds; -1 for ever, 0 not at all.
/// \return How many datagrams were received, at least 1 (a truncated one is told by its flags, it does not fail the
///         others), or the errors of `udp_recvfrom` but `UDP_ERR_TRUNCATED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recv_batch(
    s: udp_socket,
    arena: *mut c_void,
    arena_len: usize,
    packets: *mut udp_packet,
    infos: *mut udp_packet_info,
    max: usize,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        // SAFETY: as the header asks.
        let (base, arena, packets) = unsafe { places(arena, arena_len, packets, max) }?;
        let mut filled = 0;
        let got = socket(s)?.recv_batch(arena, max, timeout(timeout_ms)?, |arrival| {
            let count = arrival.datagrams();
            // SAFETY: the core tells of at most `max` datagrams, which the arrays have room for, as the header asks.
            unsafe {
                write_packets(packets.add(filled), base.add(arrival.offset), &arrival);
                write_infos(infos, filled, count, &arrival.details);
            }
            filled += count;
        })?;
        count(got)
    })
}

/// Waits for a datagram, then takes all that are there without waiting, and leaves together what the system had joined:
/// the fastest way in from one peer. Each packet tells of one datagram, or of several that stand one after the other at
/// `data`, each of `segment_size` bytes but for the last, which may be shorter.
///
/// Without `UDP_OPEN_COALESCE` it is `udp_recv_batch`. With it the arena has a place of 65,536 bytes for each packet, and
/// should have room for at least one; what is there is never kept for the next call.
///
/// \param s           The socket.
/// \param arena       Memory that the datagrams land in.
/// \param arena_len   How many bytes it has, at least `max`.
/// \param packets     Gets where the datagrams are, how long, and from whom.
/// \param infos       Gets what the options `UDP_OPT_RECV_` ask for of each packet; NULL if it is not wanted.
/// \param max         How many packets there are room for, at least 1.
/// \param timeout_ms  How long to wait for the first, in milliseconds; -1 for ever, 0 not at all.
/// \return How many packets were filled in, or the errors of `udp_recv_batch`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recv_segments(
    s: udp_socket,
    arena: *mut c_void,
    arena_len: usize,
    packets: *mut udp_packet,
    infos: *mut udp_packet_info,
    max: usize,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        // SAFETY: as the header asks.
        let (base, arena, packets) = unsafe { places(arena, arena_len, packets, max) }?;
        let mut filled = 0;
        let got = socket(s)?.recv_segments(arena, max, timeout(timeout_ms)?, |arrival| {
            let full_length = arrival.full_length as u32;
            // SAFETY: the core tells of at most `max` arrivals, which the arrays have room for, as the header asks.
            unsafe {
                let data = base.add(arrival.offset);
                let packet = Packet { data, length: arrival.length, full_length, segment: arrival.segment };
                write_packet(packets.add(filled), packet, arrival.from.into(), flags_of(&arrival));
                write_infos(infos, filled, 1, &arrival.details);
            }
            filled += 1;
        })?;
        count(got)
    })
}

/// Checks where a receive is to put its datagrams: the arena as a pointer and as a slice, and the packets.
///
/// # Safety
/// `arena`, if not NULL, points to `arena_len` writable bytes that nobody else uses while the slice lives.
unsafe fn places<'a>(
    arena: *mut c_void,
    arena_len: usize,
    packets: *mut udp_packet,
    max: usize,
) -> Result<(NonNull<u8>, &'a mut [u8], NonNull<udp_packet>)> {
    let (base, packets) = (required(arena)?.cast::<u8>(), required(packets)?);
    if max > i32::MAX as usize {
        return Err(Error::new(Code::Invalid, "a batch of more than 2147483647 datagrams"));
    }
    // SAFETY: as this function asks.
    let arena = unsafe { bytes_mut(base.as_ptr(), arena_len) }?;
    Ok((base, arena, packets))
}

/// Tells of each datagram of an arrival, whose bytes begin at `data`.
///
/// # Safety
/// There is room for as many packets.
unsafe fn write_packets(packets: NonNull<udp_packet>, mut data: NonNull<u8>, arrival: &RecvMeta) {
    let cut = arrival.full_length > arrival.length;
    let (flags, peer) = (flags_of(arrival), udp_addr::from(arrival.from));
    for (index, length) in arrival.lengths().enumerate() {
        let full_length = if cut { arrival.full_length } else { length } as u32;
        // SAFETY: as this function asks; the datagrams lie one after the other in the arena.
        unsafe {
            let packet = Packet { data, length, full_length, segment: length };
            write_packet(packets.add(index), packet, peer, flags);
            data = data.add(length);
        }
    }
}

fn flags_of(arrival: &RecvMeta) -> u32 {
    let cut = arrival.full_length > arrival.length;
    let incomplete = if arrival.details.incomplete { UDP_PACKET_CONTROL_TRUNCATED } else { 0 };
    incomplete | if cut { UDP_PACKET_TRUNCATED } else { 0 }
}

/// What a packet tells that differs from its neighbours.
struct Packet {
    data: NonNull<u8>,
    length: usize,
    full_length: u32,
    segment: usize,
}

/// Field by field: a packet that is put together first and copied then takes three times as long, because the copy waits
/// for the small stores before it. This runs for each datagram.
///
/// # Safety
/// `place` has room for a packet, aligned or not.
unsafe fn write_packet(place: NonNull<udp_packet>, packet: Packet, peer: udp_addr, flags: u32) {
    let place = place.as_ptr();
    // SAFETY: as this function asks.
    unsafe {
        (&raw mut (*place).data).write_unaligned(packet.data.as_ptr().cast());
        (&raw mut (*place).length).write_unaligned(packet.length);
        (&raw mut (*place).peer).write_unaligned(peer);
        (&raw mut (*place).full_length).write_unaligned(packet.full_length);
        (&raw mut (*place).flags).write_unaligned(flags);
        (&raw mut (*place).segment_size).write_unaligned(packet.segment as u32);
        (&raw mut (*place).reserved).write_unaligned(0);
    }
}

/// Writes the info of a packet, which all its datagrams share, if the caller wants it.
///
/// # Safety
/// `places` is NULL, or has room for `count` infos after the first `filled`.
unsafe fn write_infos(places: *mut udp_packet_info, filled: usize, count: usize, info: &PacketInfo) {
    if places.is_null() {
        return;
    }
    let info = udp_packet_info::from(info);
    for index in filled..filled + count {
        // SAFETY: as this function asks.
        unsafe { places.add(index).write_unaligned(info) };
    }
}

/// An array of the caller's.
///
/// # Safety
/// `rows`, if not NULL, points to `n` valid rows that nobody writes while the slice lives.
unsafe fn array<'a, T>(rows: *const T, n: usize) -> Result<&'a [T]> {
    if n > isize::MAX as usize / size_of::<T>() {
        return Err(Error::new(Code::Invalid, "a count that no memory has"));
    }
    if n == 0 {
        return Ok(&[]);
    }
    if rows.is_null() {
        return Err(Code::Null.into());
    }
    if !rows.is_aligned() {
        return Err(Error::new(Code::Invalid, "the array is not aligned"));
    }
    // SAFETY: not NULL, aligned, and the caller vouches for `n` rows.
    Ok(unsafe { std::slice::from_raw_parts(rows, n) })
}

/// The caller's packets, as the core asks for them.
struct Packets<'a>(&'a [udp_packet]);

impl<'a> PacketSource<'a> for Packets<'a> {
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

/// The caller's packets, with where each leaves from.
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

    fn origin(&self, index: usize) -> Result<Option<SourceAddr>> {
        self.infos[index].source().map(Some)
    }
}
