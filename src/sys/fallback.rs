//! Batches with one system call for each datagram, for systems without mmsg. Compiled and tested on every system with
//! `RUSTFLAGS="--cfg udp_fallback"`.

use std::io::IoSlice;

use super::{Descriptor, receive, send, send_from};
use crate::error::{Code, Result};
use crate::types::{MmsgEntry, PacketInfo, RecvMeta};

pub(crate) const MAX_MESSAGES: usize = 64;
pub(crate) const PACKET_INFO: bool = false;

/// No super-datagrams.
pub(crate) fn max_segments(_: &Descriptor) -> usize {
    1
}

pub(crate) fn enable_gro(_: &Descriptor) -> Result<()> {
    Err(Code::Unsupported.into())
}

/// Sends entries of one datagram each, until one would wait.
pub(crate) fn send_messages(
    socket: &Descriptor,
    entries: &[MmsgEntry],
    parts: &[IoSlice<'_>],
) -> Result<usize> {
    for (sent, (entry, part)) in entries.iter().zip(parts).enumerate() {
        debug_assert_eq!((entry.datagrams, entry.parts), (1, 1));
        let sent_one = match (entry.from, entry.to) {
            (Some(from), Some(to)) => send_from(socket, part, to, from),
            _ => send(socket, part, entry.to),
        };
        match sent_one {
            Err(error) if sent == 0 => return Err(error),
            Err(_) => return Ok(sent),
            Ok(()) => {}
        }
    }
    Ok(entries.len())
}

/// Receives a datagram into each slot, until none is left.
pub(crate) fn receive_messages(
    socket: &Descriptor,
    arena: &mut [u8],
    slot: usize,
    _control: bool,
    mut received: impl FnMut(RecvMeta),
) -> Result<usize> {
    for (got, place) in arena.chunks_exact_mut(slot).take(MAX_MESSAGES).enumerate() {
        let (full_length, from) = match receive(socket, place) {
            Err(error) if got == 0 => return Err(error),
            Err(_) => return Ok(got),
            Ok(one) => one,
        };
        let length = full_length.min(slot);
        let (offset, info) = (got * slot, PacketInfo::default());
        received(RecvMeta { offset, length, full_length, segment_size: length, from, info });
    }
    Ok((arena.len() / slot).min(MAX_MESSAGES))
}
