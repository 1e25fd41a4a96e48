//! Batches with one system call for each datagram, for systems without mmsg. Compiled and tested on every system with
//! `RUSTFLAGS="--cfg udp_fallback"`.

use std::io::IoSlice;

use super::{Descriptor, receive, send, send_from};
use crate::error::{Code, Result};
use crate::types::{MmsgEntry, PacketInfo, RecvMeta};

pub(crate) const MAX_MESSAGES: usize = 1;
pub(crate) const PACKET_INFO: bool = false;

/// No super-datagrams.
pub(crate) fn max_segments(_: &Descriptor) -> usize {
    1
}

pub(crate) fn enable_gro(_: &Descriptor) -> Result<()> {
    Err(Code::Unsupported.into())
}

/// Sends the first entry, which is one datagram.
pub(crate) fn send_messages(
    socket: &Descriptor,
    entries: &[MmsgEntry],
    parts: &[IoSlice<'_>],
) -> Result<usize> {
    let (entry, part) = (&entries[0], &parts[0]);
    debug_assert_eq!((entry.datagrams, entry.parts), (1, 1));
    match (entry.from, entry.to) {
        (Some(from), Some(to)) => send_from(socket, part, to, from),
        _ => send(socket, part, entry.to),
    }?;
    Ok(1)
}

/// Receives a datagram into the first slot.
pub(crate) fn receive_messages<const MAX: usize>(
    socket: &Descriptor,
    arena: &mut [u8],
    slot: usize,
    _control: bool,
    mut received: impl FnMut(RecvMeta),
) -> Result<usize> {
    let (full_length, from) = receive(socket, &mut arena[..slot])?;
    let length = full_length.min(slot);
    let info = PacketInfo::default();
    received(RecvMeta { offset: 0, length, full_length, segment_size: length, from, info });
    Ok(1)
}
