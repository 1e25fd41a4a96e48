//! The system calls themselves, one per datagram: sendto(2) and recvfrom(2). And what the other hand-written
//! contenders need of sockets.

use std::mem;
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;

use libc::{c_int, c_void, sockaddr_in, socklen_t};

use crate::rounds::{Contender, Load, Seen};

/// The receive buffer that every contender asks for.
pub const BUFFER: c_int = 4 << 20;

/// A receiver with a large buffer, a sender, and the receiver's port.
pub fn sockets(load: &Load) -> (UdpSocket, UdpSocket, u16) {
    let receiver = UdpSocket::bind((load.local(), 0)).expect("a receiver");
    option(&receiver, libc::SOL_SOCKET, libc::SO_RCVBUF, BUFFER).expect("SO_RCVBUF");
    let port = receiver.local_addr().expect("its port").port();
    (UdpSocket::bind("127.0.0.1:0").expect("a sender"), receiver, port)
}

pub fn option(socket: &UdpSocket, level: c_int, name: c_int, value: c_int) -> std::io::Result<()> {
    let len = size_of_val(&value) as socklen_t;
    // SAFETY: pointer and length are of one value that lives.
    let done = unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const value).cast(), len) };
    if done == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// How large the receive buffer is that the system grants (net.core.rmem_max), in its own book-keeping.
pub fn granted() -> usize {
    let (_, receiver, _) = sockets(&Load::new(1, 1, 1));
    let (mut value, mut len): (c_int, _) = (0, size_of::<c_int>() as socklen_t);
    let place = (&raw mut value).cast();
    // SAFETY: room for an int, and its length.
    unsafe { libc::getsockopt(receiver.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUF, place, &mut len) };
    value as usize
}

pub fn raw(addr: SocketAddrV4) -> sockaddr_in {
    // SAFETY: all zero is a valid sockaddr_in.
    let mut raw: sockaddr_in = unsafe { mem::zeroed() };
    raw.sin_family = libc::AF_INET as _;
    raw.sin_port = addr.port().to_be();
    raw.sin_addr.s_addr = u32::from_ne_bytes(addr.ip().octets());
    raw
}

pub fn raw_v4(addr: SocketAddr) -> sockaddr_in {
    match addr {
        SocketAddr::V4(addr) => raw(addr),
        SocketAddr::V6(_) => unreachable!("all sockets here are IPv4"),
    }
}

/// One sendto.
#[inline]
pub fn send_to(fd: c_int, data: &[u8], to: &sockaddr_in) {
    let len = size_of_val(to) as socklen_t;
    // SAFETY: data and address live, with the lengths given.
    let sent =
        unsafe { libc::sendto(fd, data.as_ptr().cast(), data.len(), 0, std::ptr::from_ref(to).cast(), len) };
    assert_eq!(sent, data.len() as isize, "{}", std::io::Error::last_os_error());
}

/// One recvfrom: how many bytes; negative if there is nothing.
#[inline]
pub fn recv_from(fd: c_int, buf: &mut [u8], from: &mut sockaddr_in, flags: c_int) -> isize {
    let mut len = size_of_val(from) as socklen_t;
    let from = std::ptr::from_mut(from).cast();
    // SAFETY: buffer and address are writable, with the lengths given.
    unsafe { libc::recvfrom(fd, buf.as_mut_ptr().cast::<c_void>(), buf.len(), flags, from, &mut len) }
}

pub struct Bare<'a> {
    load: &'a Load,
    sender: UdpSocket,
    receiver: UdpSocket,
    peers: Vec<sockaddr_in>,
    buf: Vec<u8>,
}

impl<'a> Bare<'a> {
    pub fn new(load: &'a Load) -> Bare<'a> {
        let (sender, receiver, port) = sockets(load);
        let peers = (0..load.count()).map(|index| raw(load.peer(index, port))).collect();
        Bare { load, sender, receiver, peers, buf: vec![0; 2048] }
    }
}

impl Contender for Bare<'_> {
    fn send(&mut self) {
        for (piece, peer) in self.load.pieces.iter().zip(&self.peers) {
            send_to(self.sender.as_raw_fd(), piece, peer);
        }
    }

    fn receive(&mut self, seen: &mut Seen) {
        let mut from = self.peers[0];
        while seen.datagrams < self.load.count() {
            let got = recv_from(self.receiver.as_raw_fd(), &mut self.buf, &mut from, libc::MSG_DONTWAIT);
            if got < 0 {
                return;
            }
            seen.datagram(&self.buf[..got as usize]);
        }
    }
}
