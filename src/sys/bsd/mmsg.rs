//! Batches, one message for each system call. FreeBSD's sendmmsg and recvmmsg are loops in its libc that drop the error of
//! a later message (recvmmsg.c), so they would save nothing.

use std::io::IoSlice;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};

use super::control::{read_control, send_from};
use super::socket::{parts, shut_down};
use crate::error::{Code, Result};
use crate::sys::unix::{Descriptor, RawAddr, check_size, send};
use crate::types::{MmsgEntry, PacketInfo, RecvMeta};

/// Whether a receive reports more about a datagram than its sender.
pub(crate) const PACKET_INFO: bool = true;

/// No super-datagrams.
pub(crate) fn max_segments(_: &Descriptor) -> usize {
    1
}

pub(crate) fn enable_gro(_: &Descriptor) -> Result<()> {
    Err(Code::Unsupported.into())
}

/// Room for the control messages that the options of this library ask for: the local address as in6_pktinfo or as address
/// and sockaddr_dl, the type of service, the time.
pub(super) const CONTROL: usize = 256;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub(super) struct Control(pub(super) [u8; CONTROL]);

/// Sends the first entry, which is one datagram.
pub(super) fn send_first(socket: &Descriptor, entries: &[MmsgEntry], parts: &[IoSlice<'_>]) -> Result<usize> {
    let (entry, part) = (&entries[0], &parts[0]);
    debug_assert_eq!((entry.datagrams, entry.parts), (1, 1));
    match (entry.from, entry.to) {
        (Some(from), Some(to)) => send_from(socket, part, to, from),
        _ => send(socket, part, entry.to),
    }?;
    Ok(1)
}

/// Receives one datagram, without waiting.
pub(super) fn receive_first(socket: &Descriptor, slot: &mut [u8], wants_control: bool) -> Result<RecvMeta> {
    let mut from = RawAddr::room();
    let mut control = Control([0; CONTROL]);
    let mut parts = parts(slot);
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_name = from.as_mut_ptr().cast();
    message.msg_namelen = from.len();
    message.msg_iov = parts.as_mut_ptr();
    message.msg_iovlen = parts.len() as _;
    if wants_control {
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = CONTROL as _;
    }
    // SAFETY: everything that the message points to outlives the call and is as long as it says.
    let got = check_size(unsafe { libc::recvmsg(socket.raw(), &mut message, libc::MSG_DONTWAIT) })?;
    if message.msg_namelen == 0 {
        return Err(shut_down());
    }
    let mut meta = meta(0, slot.len(), got, &from);
    if wants_control {
        read_control(&message, &mut meta.info);
    }
    Ok(meta)
}

/// Describes a datagram of `full_length` bytes that was received into a slot.
pub(super) fn meta(offset: usize, slot: usize, full_length: usize, from: &RawAddr) -> RecvMeta {
    let length = full_length.min(slot);
    let from = from.get().unwrap_or(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0));
    RecvMeta { offset, length, full_length, segment_size: length, from, info: PacketInfo::default() }
}

#[cfg(target_os = "freebsd")]
mod single {
    use super::*;

    /// How many messages one system call takes.
    pub(crate) const MAX_MESSAGES: usize = 1;

    /// Sends the first entry, without waiting.
    pub(crate) fn send_messages(
        socket: &Descriptor,
        entries: &[MmsgEntry],
        parts: &[IoSlice<'_>],
    ) -> Result<usize> {
        send_first(socket, entries, parts)
    }

    /// Receives a datagram into the first slot, without waiting.
    pub(crate) fn receive_messages<const MAX: usize>(
        socket: &Descriptor,
        arena: &mut [u8],
        slot: usize,
        control: bool,
        mut received: impl FnMut(RecvMeta),
    ) -> Result<usize> {
        received(receive_first(socket, &mut arena[..slot], control)?);
        Ok(1)
    }
}
#[cfg(target_os = "freebsd")]
pub(crate) use single::*;
