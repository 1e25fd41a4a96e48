//! Section "Receive": one datagram, or a batch.

use std::ffi::c_void;
use std::mem::offset_of;
use std::ptr::NonNull;
use std::time::Duration;

use super::guard::{bytes_mut, count, guard, required, result, socket, timeout, usual, write};
use super::types::{
    UDP_PACKET_CONTROL_TRUNCATED, UDP_PACKET_TRUNCATED, udp_addr, udp_packet, udp_packet_info, udp_socket,
};
use crate::error::{Code, Error, Result};
use crate::types::{PacketInfo, Received, RecvMeta};

/// Receives one datagram.
///
/// \param s           The socket.
/// \param buf         Receives the datagram; NULL if `cap` is 0.
/// \param cap         Size of `buf` in bytes; 65,535 is enough for every datagram.
/// \param from        Receives the sender's address; NULL if it is not needed.
/// \param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// \return The datagram's length, which may be 0. Or `UDP_ERR_TRUNCATED`: the datagram is longer than `cap`; its first
///         `cap` bytes and its sender were stored, the rest is lost, and `udp_last_length` returns its length. Or, with
///         nothing stored: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (no datagram, and the timeout is 0),
///         `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_REFUSED` (the connected peer refused an earlier datagram),
///         `UDP_ERR_CLOSED`, `UDP_ERR_INVALID` (a timeout below -1), `UDP_ERR_LIMIT` (no descriptor left to wait with),
///         `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recvfrom(
    s: udp_socket,
    buf: *mut c_void,
    cap: usize,
    from: *mut udp_addr,
    timeout_ms: i32,
) -> i32 {
    // SAFETY: `cap` writable bytes, as the header requires.
    let arguments = || unsafe { Ok::<_, Error>((bytes_mut(buf.cast(), cap)?, timeout(timeout_ms)?)) };
    let finish = |received: Received| {
        // SAFETY: NULL or room for an address, as the header requires.
        unsafe { write(from, received.from.into()) };
        whole(received)
    };
    let mut first = None;
    let received = usual(|| {
        let (buf, timeout) = arguments().ok()?;
        match socket(s).ok()?.try_recv_from(buf)? {
            Ok(received) => Some(finish(received)),
            Err(error) if error.code() == Code::WouldBlock && timeout == Some(Duration::ZERO) => {
                Some(Err(error))
            }
            failed => {
                first = Some(failed);
                None
            }
        }
    });
    if let Some(received) = received {
        return result(received);
    }
    guard(|| {
        let (buf, timeout) = arguments()?;
        finish(socket(s)?.recv_from_after(first, buf, timeout)?)
    })
}

/// Receives one datagram and what the kernel reported beside it.
///
/// \param s           The socket.
/// \param buf         Receives the datagram; NULL if `cap` is 0.
/// \param cap         Size of `buf` in bytes; 65,535 is enough for every datagram.
/// \param from        Receives the sender's address; NULL if it is not needed.
/// \param info        Receives what the `UDP_OPT_RECV_` options ask for; NULL if it is not needed. `udp_reply` takes it to
///                    answer from the address that the datagram was sent to.
/// \param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// \return As `udp_recvfrom`. With `UDP_ERR_TRUNCATED`, `info` was stored too.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recvfrom_info(
    s: udp_socket,
    buf: *mut c_void,
    cap: usize,
    from: *mut udp_addr,
    info: *mut udp_packet_info,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        // SAFETY: `cap` writable bytes, as the header requires.
        let buf = unsafe { bytes_mut(buf.cast(), cap) }?;
        let (received, reported) = socket(s)?.recv_from_info(buf, timeout(timeout_ms)?)?;
        // SAFETY: NULL or room for an address and an info, as the header requires.
        unsafe {
            write(from, received.from.into());
            write(info, (&reported).into());
        }
        whole(received)
    })
}

/// Waits for a datagram, then receives all that are there without waiting, at most `max`.
///
/// Each datagram has `arena_len / max` bytes of the arena; a longer one is cut and marked `UDP_PACKET_TRUNCATED`. With
/// `UDP_OPEN_COALESCE`, the kernel's super-datagrams take 65,536 bytes each, and the datagrams of one peer stand in them
/// one after the other. Datagrams beyond `max` are buffered for the next receive, whichever function that is. To avoid the
/// copies of that, a call stops when the next super-datagram may not fit into the rest of `arena` or `packets`: fewer than
/// `max` datagrams then mean that none is buffered, but the kernel may have more. A smaller arena works too, but costs a
/// copy.
///
/// \param s           The socket.
/// \param arena       Memory for the datagrams.
/// \param arena_len   Its size in bytes, at least `max`.
/// \param packets     Receives the place, length and sender of each datagram.
/// \param infos       Receives what the `UDP_OPT_RECV_` options ask for, for each datagram; NULL if it is not needed.
/// \param max         How many datagrams to receive, at least 1. `packets` and `infos` have that many elements.
/// \param timeout_ms  Timeout for the first datagram in milliseconds; -1 waits forever, 0 does not wait.
/// \return The number of datagrams received, at least 1, or the errors of `udp_recvfrom` other than `UDP_ERR_TRUNCATED`.
/// \since 0.1.0
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
        // SAFETY: as the header requires.
        let (arena, mut out) = unsafe { outputs(arena, arena_len, packets, infos, max) }?;
        // SAFETY: the socket reports at most `max` datagrams, for which the arrays have room, as the header requires.
        let write = |meta: RecvMeta| unsafe { out.write_datagrams(&meta) };
        count(socket(s)?.recv_batch(arena, max, timeout(timeout_ms)?, write)?)
    })
}

/// Like `udp_recv_batch`, but does not split the super-datagrams of a coalescing socket (`UDP_OPEN_COALESCE`): the fastest
/// way to receive from one peer. A packet then holds one datagram, or several of one peer, one after the other at `data`,
/// each of `segment_size` bytes except the last, which may be shorter. Nothing is buffered for the next receive.
///
/// \param s           The socket.
/// \param arena       Memory for the datagrams: on a coalescing socket 65,536 bytes for each packet, at least for one.
/// \param arena_len   Its size in bytes, at least `max`.
/// \param packets     Receives the place, length, segment size and sender of each packet.
/// \param infos       Receives what the `UDP_OPT_RECV_` options ask for, for each packet; NULL if it is not needed.
/// \param max         How many packets to receive, at least 1. `packets` and `infos` have that many elements.
/// \param timeout_ms  Timeout for the first datagram in milliseconds; -1 waits forever, 0 does not wait.
/// \return The number of packets, at least 1, or the errors of `udp_recv_batch`.
/// \since 0.1.0
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
        // SAFETY: as the header requires.
        let (arena, mut out) = unsafe { outputs(arena, arena_len, packets, infos, max) }?;
        // SAFETY: the socket reports at most `max` packets, for which the arrays have room, as the header requires.
        let write = |meta: RecvMeta| unsafe { out.write(&meta) };
        count(socket(s)?.recv_segments(arena, max, timeout(timeout_ms)?, write)?)
    })
}

/// The length of a received datagram; an error if it was cut.
pub(super) fn whole(received: Received) -> Result<i32> {
    if received.truncated {
        return Err(Error::too_long(Code::Truncated, received.length));
    }
    count(received.length)
}

/// The caller's arrays, and how many packets were written to them.
struct Outputs {
    arena: NonNull<u8>,
    packets: NonNull<udp_packet>,
    /// NULL if the caller does not need them.
    infos: *mut udp_packet_info,
    written: usize,
}

/// Checks the memory of a batch receive.
///
/// # Safety
/// `arena`, if not NULL, points to `arena_len` writable bytes that nobody else uses while the slice lives.
unsafe fn outputs<'a>(
    arena: *mut c_void,
    arena_len: usize,
    packets: *mut udp_packet,
    infos: *mut udp_packet_info,
    max: usize,
) -> Result<(&'a mut [u8], Outputs)> {
    let (base, packets) = (required(arena)?.cast::<u8>(), required(packets)?);
    if max > i32::MAX as usize {
        return Err(Error::new(
            Code::Invalid,
            format_args!("max is {max}; a batch has at most 2147483647 datagrams"),
        ));
    }
    // SAFETY: as this function requires.
    let arena = unsafe { bytes_mut(base.as_ptr(), arena_len) }?;
    Ok((arena, Outputs { arena: base, packets, infos, written: 0 }))
}

impl Outputs {
    /// Writes a packet for each datagram.
    ///
    /// # Safety
    /// The arrays have room for that many more elements.
    unsafe fn write_datagrams(&mut self, meta: &RecvMeta) {
        let (common, before) = (Common::new(meta), self.written);
        let (count, size, cut) = (meta.datagrams(), meta.segment_size, meta.is_truncated());
        let last = meta.length - (count - 1) * size;
        let put = |index: usize, length: usize| {
            let full_length = if cut { meta.full_length } else { length };
            // SAFETY: as this function requires; the datagrams lie one after the other in the arena.
            unsafe {
                let data = self.arena.add(meta.offset + index * size);
                let packet = Packet { data, length, full_length, segment_size: length };
                write_packet(self.packets.add(before + index), packet, &common);
            }
        };
        (0..count - 1).for_each(|index| put(index, size));
        put(count - 1, last);
        self.written += count;
        // SAFETY: as this function requires.
        unsafe { self.write_infos(before, &meta.info) };
    }

    /// Writes one packet for all datagrams.
    ///
    /// # Safety
    /// The arrays have room for one more element.
    unsafe fn write(&mut self, meta: &RecvMeta) {
        let RecvMeta { length, full_length, segment_size, .. } = *meta;
        // SAFETY: as this function requires.
        unsafe {
            let packet = Packet { data: self.arena.add(meta.offset), length, full_length, segment_size };
            write_packet(self.packets.add(self.written), packet, &Common::new(meta));
            self.written += 1;
            self.write_infos(self.written - 1, &meta.info);
        }
    }

    /// Writes the info of the packets after the first `before`, if the caller needs it.
    ///
    /// # Safety
    /// `infos` has room for as many elements as were written.
    unsafe fn write_infos(&self, before: usize, info: &PacketInfo) {
        if self.infos.is_null() {
            return;
        }
        let info = udp_packet_info::from(info);
        for index in before..self.written {
            // SAFETY: as this function requires.
            unsafe { self.infos.add(index).write_unaligned(info) };
        }
    }
}

/// The fields that the packets of one super-datagram have in common.
struct Common {
    /// The bytes of a `udp_addr`.
    peer: [u64; 4],
    flags: u32,
}

const _: () = assert!(size_of::<udp_addr>() == size_of::<[u64; 4]>());

impl Common {
    fn new(meta: &RecvMeta) -> Common {
        let peer = udp_addr::from(meta.from);
        let cut = if meta.is_truncated() { UDP_PACKET_TRUNCATED } else { 0 };
        let flags = cut | if meta.info.control_truncated { UDP_PACKET_CONTROL_TRUNCATED } else { 0 };
        // SAFETY: both types have the same size and no padding.
        Common { peer: unsafe { (&raw const peer).cast::<[u64; 4]>().read_unaligned() }, flags }
    }
}

/// The fields in which neighbouring packets differ.
struct Packet {
    data: NonNull<u8>,
    length: usize,
    full_length: usize,
    segment_size: usize,
}

/// Two neighbouring fields.
fn pair(first: u32, second: u32) -> u64 {
    let ([a, b, c, d], [e, f, g, h]) = (first.to_ne_bytes(), second.to_ne_bytes());
    u64::from_ne_bytes([a, b, c, d, e, f, g, h])
}

const _: () = assert!(offset_of!(udp_packet, flags) == offset_of!(udp_packet, full_length) + 4);
const _: () = assert!(offset_of!(udp_packet, segment_size) == offset_of!(udp_packet, full_length) + 8);
const _: () = assert!(offset_of!(udp_packet, reserved) == offset_of!(udp_packet, full_length) + 12);

/// Writes in pieces of eight bytes, because this runs for each datagram. One store for each field takes 10 % of the whole
/// receive more. A packet that is put together first and then copied takes three times as long, because the copy waits
/// for the small stores before it.
///
/// # Safety
/// `place` has room for a packet, aligned or not.
unsafe fn write_packet(place: NonNull<udp_packet>, packet: Packet, common: &Common) {
    let place = place.as_ptr();
    // SAFETY: as this function requires. A `udp_addr` has the size of `peer`, and the last four fields are neighbours.
    unsafe {
        (&raw mut (*place).data).write_unaligned(packet.data.as_ptr().cast());
        (&raw mut (*place).length).write_unaligned(packet.length);
        let peer = (&raw mut (*place).peer).cast::<u64>();
        peer.write_unaligned(common.peer[0]);
        peer.add(1).write_unaligned(common.peer[1]);
        peer.add(2).write_unaligned(common.peer[2]);
        peer.add(3).write_unaligned(common.peer[3]);
        let tail = (&raw mut (*place).full_length).cast::<u64>();
        tail.write_unaligned(pair(packet.full_length as u32, common.flags));
        tail.add(1).write_unaligned(pair(packet.segment_size as u32, 0));
    }
}
