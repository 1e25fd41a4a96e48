//! Batches: one message for each system call, which may be a super-datagram (USO), and super-datagrams received (URO).
//! Windows has both since Windows 10 version 2004 and Windows 11.

use std::io::IoSlice;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;

use once_cell::race::OnceNonZeroUsize;
use windows_sys::Win32::Networking::WinSock as ws;

use super::control::{SendControl, read_control};
use super::socket::{Descriptor, buffers, get_option, receive, receive_into, send_message, set_option};
use crate::error::{Code, Error, Result};
use crate::sys::errno;
use crate::types::{MmsgEntry, PacketInfo, RecvMeta};

/// How many messages one system call takes.
pub(crate) const MAX_MESSAGES: usize = 1;

/// What quinn-udp takes (max_gso_segments in windows.rs); the documentation names no limit but that of the bytes.
const MAX_SEGMENTS: NonZeroUsize = NonZeroUsize::new(512).unwrap();

/// How many datagrams a super-datagram may hold; 1 without USO. The socket option tells whether the system supports it.
pub(crate) fn max_segments(socket: &Descriptor) -> usize {
    static SUPPORTED: OnceNonZeroUsize = OnceNonZeroUsize::new();
    let ask = || match get_option(socket, ws::IPPROTO_UDP, ws::UDP_SEND_MSG_SIZE) {
        Ok(_) => MAX_SEGMENTS,
        Err(_) => NonZeroUsize::MIN,
    };
    SUPPORTED.get_or_init(ask).get()
}

/// Whether a receive reports more about a datagram than its sender.
pub(crate) const PACKET_INFO: bool = true;

/// Lets the system coalesce received datagrams of one peer (URO), up to as many bytes as a datagram can have (msquic does
/// the same).
pub(crate) fn enable_gro(socket: &Descriptor) -> Result<()> {
    let size = u32::from(u16::MAX);
    set_option(socket, ws::IPPROTO_UDP, ws::UDP_RECV_MAX_COALESCED_SIZE, &size)
        .map_err(|error| error.with_code(Code::Unsupported))
}

/// Sends the first entry, without waiting. A super-datagram is sent as a whole or not at all.
pub(crate) fn send_messages(
    socket: &Descriptor,
    entries: &[MmsgEntry],
    parts: &[IoSlice<'_>],
) -> Result<usize> {
    let entry = &entries[0];
    let mut control = SendControl::new();
    if entry.datagrams > 1 {
        control.put(ws::IPPROTO_UDP, ws::UDP_SEND_MSG_SIZE, entry.segment_size as u32);
    }
    if let (Some(from), Some(to)) = (entry.from, entry.to) {
        control.put_pktinfo(to, from);
    }
    let sent = send_message(socket, &parts[..entry.parts], control.bytes(), 0, entry.to);
    sent.map(|_| 1).map_err(|error| match error.os() {
        // The device or a driver cannot do it: EIO, as Linux says it.
        errno::EOPNOTSUPP | errno::ENOPROTOOPT if entry.datagrams > 1 => Error::from_os(errno::EIO),
        _ => error,
    })
}

/// Memory for all control messages that the options of this library ask for.
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

const CONTROL: usize = 192;

/// Receives a datagram into the first slot, without waiting. `control` says whether the socket asked for control messages.
pub(crate) fn receive_messages<const MAX: usize>(
    socket: &Descriptor,
    arena: &mut [u8],
    slot: usize,
    control: bool,
    mut received: impl FnMut(RecvMeta),
) -> Result<usize> {
    let place = &mut arena[..slot];
    let meta = |full_length: usize, from| {
        let length = full_length.min(slot);
        RecvMeta { offset: 0, length, full_length, segment_size: length, from, info: PacketInfo::default() }
    };
    if !control {
        let (full_length, from) = receive(socket, place)?;
        received(meta(full_length, from));
        return Ok(1);
    }
    let mut room = Control([0; CONTROL]);
    // SAFETY: the buffers are the slot, and memory that nobody reads.
    let message = unsafe { receive_into(socket, &buffers(place), &mut room.0, 0) }?;
    let from = message.from.unwrap_or(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0));
    let mut meta = meta(message.length, from);
    meta.info.control_truncated = message.flags as u32 & ws::MSG_CTRUNC != 0;
    read_control(&room.0[..message.control.min(room.0.len())], &mut meta);
    received(meta);
    Ok(1)
}
