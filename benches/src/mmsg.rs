//! Many datagrams per system call, by hand: sendmmsg(2) and recvmmsg(2), 64 at a time. All arrays are made once.

use std::mem;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::ptr;

use libc::{iovec, mmsghdr, msghdr, sockaddr_in};

use crate::bare::{raw, sockets};
use crate::rounds::{Contender, Load, Seen};

/// What a good program takes per call: more saves nothing.
const AT_A_TIME: usize = 64;
/// A place for each datagram, as a program has it that expects them to fit an Ethernet frame.
const PLACE: usize = 2048;

pub fn piece(data: &[u8]) -> iovec {
    iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() }
}

pub fn place(room: &mut [u8]) -> iovec {
    iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() }
}

pub fn message(parts: &mut [iovec], peer: &mut sockaddr_in) -> mmsghdr {
    // SAFETY: all zero is a valid mmsghdr.
    let mut header: msghdr = unsafe { mem::zeroed() };
    header.msg_name = ptr::from_mut(peer).cast();
    header.msg_namelen = size_of::<sockaddr_in>() as _;
    header.msg_iov = parts.as_mut_ptr();
    header.msg_iovlen = parts.len() as _;
    mmsghdr { msg_hdr: header, msg_len: 0 }
}

/// Sends all messages, `at_a_time` per call.
pub fn send_all(socket: &UdpSocket, messages: &mut [mmsghdr], at_a_time: usize) {
    for some in messages.chunks_mut(at_a_time) {
        let mut done = 0;
        while done < some.len() {
            let rest = &mut some[done..];
            // SAFETY: the messages point to what lives in the contender that owns them.
            let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), rest.as_mut_ptr(), rest.len() as _, 0) };
            assert!(sent > 0, "sendmmsg: {}", std::io::Error::last_os_error());
            done += sent as usize;
        }
    }
}

/// Receives as many messages as there are, at most `messages.len()`.
pub fn receive_some(socket: &UdpSocket, messages: &mut [mmsghdr]) -> usize {
    let (all, count) = (messages.as_mut_ptr(), messages.len() as _);
    // SAFETY: as above; the places are writable.
    let got = unsafe { libc::recvmmsg(socket.as_raw_fd(), all, count, libc::MSG_DONTWAIT, ptr::null_mut()) };
    usize::try_from(got).unwrap_or(0)
}

/// The parts of a message point into vectors that are never resized.
pub struct Mmsg<'a> {
    load: &'a Load,
    sender: UdpSocket,
    receiver: UdpSocket,
    out: Vec<mmsghdr>,
    into: Vec<mmsghdr>,
    arena: Vec<u8>,
    _kept: (Vec<iovec>, Vec<sockaddr_in>),
}

impl<'a> Mmsg<'a> {
    pub fn new(load: &'a Load) -> Mmsg<'a> {
        let (sender, receiver, port) = sockets(load);
        let mut arena = vec![0; AT_A_TIME * PLACE];
        let mut parts: Vec<iovec> = load.pieces.iter().map(|data| piece(data)).collect();
        parts.extend(arena.chunks_mut(PLACE).map(place));
        let mut addrs: Vec<_> = (0..parts.len()).map(|index| raw(load.peer(index, port))).collect();
        let mut messages: Vec<_> =
            parts.chunks_mut(1).zip(&mut addrs).map(|(part, addr)| message(part, addr)).collect();
        let into = messages.split_off(load.count());
        Mmsg { load, sender, receiver, out: messages, into, arena, _kept: (parts, addrs) }
    }
}

impl Contender for Mmsg<'_> {
    fn send(&mut self) {
        send_all(&self.sender, &mut self.out, AT_A_TIME);
    }

    fn receive(&mut self, seen: &mut Seen) {
        while seen.datagrams < self.load.count() {
            let got = receive_some(&self.receiver, &mut self.into);
            for (message, place) in self.into[..got].iter_mut().zip(self.arena.chunks(PLACE)) {
                seen.datagram(&place[..message.msg_len as usize]);
                message.msg_hdr.msg_namelen = size_of::<sockaddr_in>() as _;
            }
            if got == 0 {
                return;
            }
        }
    }
}
