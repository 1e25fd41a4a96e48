//! The same datagrams as `mmsg`, one system call each: for systems that offer no more, and compiled and tested on
//! every one with `RUSTFLAGS="--cfg udp_fallback"`.

use std::io::IoSlice;

use super::send_from;
use super::unix::{Descriptor, receive, send};
use crate::error::{Code, Result};
use crate::socket::receive::{PacketInfo, RecvMeta};
use crate::socket::send::Message;

pub(crate) const MESSAGES: usize = 64;
pub(crate) const OLD_SEGMENTS: usize = 1;
pub(crate) const DETAILS: bool = false;

/// No super-datagrams.
pub(crate) fn segments(_: &Descriptor) -> usize {
    1
}

pub(crate) fn coalesce(_: &Descriptor) -> Result<()> {
    Err(Code::Unsupported.into())
}

/// Sends messages of one datagram each, until one would wait.
pub(crate) fn send_messages(
    socket: &Descriptor,
    messages: &[Message],
    parts: &[IoSlice<'_>],
) -> Result<usize> {
    for (sent, (message, part)) in messages.iter().zip(parts).enumerate() {
        debug_assert_eq!((message.datagrams, message.parts), (1, 1));
        let sent_one = match (message.from, message.to) {
            (Some(from), Some(to)) => send_from(socket, part, to, from),
            _ => send(socket, part, message.to),
        };
        match sent_one {
            Err(error) if sent == 0 => return Err(error),
            Err(_) => return Ok(sent),
            Ok(()) => {}
        }
    }
    Ok(messages.len())
}

/// Receives a datagram into each slot, until there is none.
pub(crate) fn receive_messages(
    socket: &Descriptor,
    arena: &mut [u8],
    slot: usize,
    _control: bool,
    mut arrived: impl FnMut(RecvMeta),
) -> Result<usize> {
    for (got, place) in arena.chunks_exact_mut(slot).take(MESSAGES).enumerate() {
        let (full_length, from) = match receive(socket, place) {
            Err(error) if got == 0 => return Err(error),
            Err(_) => return Ok(got),
            Ok(received) => received,
        };
        let length = full_length.min(slot);
        let details = PacketInfo::default();
        arrived(RecvMeta { offset: got * slot, length, full_length, segment: length, from, details });
    }
    Ok((arena.len() / slot).min(MESSAGES))
}
