//! This library, as a C program calls it: the functions of libudp.so, found with dlsym.

use std::ffi::{CStr, CString, c_void};
use std::net::SocketAddr;
use std::ptr;

use udp::SocketOption;
use udp::ffi::types::{
    UDP_OPEN_COALESCE, udp_addr, udp_packet, udp_packet_info, udp_poller, udp_ready, udp_socket,
};

use crate::bare::BUFFER;
use crate::rounds::{Contender, Load, Seen};

macro_rules! api {
    ($($name:ident: ($($arg:ty),*) -> $result:ty;)*) => {
        /// The C functions that are measured.
        pub struct Api { $(pub $name: unsafe extern "C" fn($($arg),*) -> $result,)* }

        impl Api {
            /// Loads the library that LIBUDP_LIBRARY names, for as long as the program runs.
            pub fn load() -> &'static Api {
                let path = std::env::var("LIBUDP_LIBRARY").expect("LIBUDP_LIBRARY: run `make bench`");
                let path = CString::new(path).expect("a path");
                // SAFETY: a C string.
                let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
                // SAFETY: dlerror says why.
                assert!(!library.is_null(), "{:?}", unsafe { CStr::from_ptr(libc::dlerror()) });
                $(
                    let name = CString::new(stringify!($name)).expect("a name");
                    // SAFETY: a library and a C string.
                    let $name = unsafe { libc::dlsym(library, name.as_ptr()) };
                    assert!(!$name.is_null(), "no {}", stringify!($name));
                )*
                // SAFETY: the header's prototypes.
                Box::leak(Box::new(Api { $($name: unsafe { std::mem::transmute($name) },)* }))
            }
        }
    };
}

api! {
    udp_open: (u32) -> udp_socket;
    udp_close: (udp_socket) -> i32;
    udp_bind: (udp_socket, *const i8, u16) -> i32;
    udp_set_option: (udp_socket, i32, i32) -> i32;
    udp_steer: (udp_socket, u32, u32, u32, u32) -> i32;
    udp_poller_open: () -> udp_poller;
    udp_poller_set: (udp_poller, udp_socket, u32, u64) -> i32;
    udp_poller_wait: (udp_poller, *mut udp_ready, usize, i32) -> i32;
    udp_poller_close: (udp_poller) -> i32;
    udp_local_addr: (udp_socket, *mut udp_addr) -> i32;
    udp_sendto: (udp_socket, *const c_void, usize, *const udp_addr) -> i32;
    udp_recvfrom: (udp_socket, *mut c_void, usize, *mut udp_addr, i32) -> i32;
    udp_send_batch: (udp_socket, *const udp_packet, usize) -> i32;
    udp_group_packets: (*mut udp_packet, *mut udp_packet_info, usize) -> i32;
    udp_send_segments: (udp_socket, *const c_void, usize, usize, *const udp_addr) -> i32;
    udp_recv_batch: (udp_socket, *mut c_void, usize, *mut udp_packet, *mut udp_packet_info, usize, i32) -> i32;
    udp_recv_segments: (udp_socket, *mut c_void, usize, *mut udp_packet, *mut udp_packet_info, usize, i32) -> i32;
}

/// A socket that is closed when it goes.
pub struct Own {
    pub api: &'static Api,
    pub handle: udp_socket,
}

impl Own {
    pub fn bound(api: &'static Api, flags: u32, host: std::net::Ipv4Addr) -> Own {
        Own::bound_at(api, flags, host, 0)
    }

    pub fn bound_at(api: &'static Api, flags: u32, host: std::net::Ipv4Addr, port: u16) -> Own {
        let host = CString::new(host.to_string()).expect("a host");
        // SAFETY: the header's promises are kept.
        unsafe {
            let handle = (api.udp_open)(flags);
            assert!(handle > 0, "udp_open: {handle}");
            assert_eq!((api.udp_bind)(handle, host.as_ptr(), port), 0, "udp_bind");
            assert!((api.udp_set_option)(handle, SocketOption::RecvBuffer as i32, BUFFER) > 0);
            Own { api, handle }
        }
    }

    pub fn set_option(&self, option: SocketOption, value: i32) {
        // SAFETY: no pointers.
        assert_eq!(unsafe { (self.api.udp_set_option)(self.handle, option as i32, value) }, value);
    }

    pub fn addr(&self) -> udp_addr {
        let mut addr = udp_addr::NONE;
        // SAFETY: room for an address.
        assert_eq!(unsafe { (self.api.udp_local_addr)(self.handle, &mut addr) }, 0);
        addr
    }

    #[inline]
    pub fn send_to(&self, data: &[u8], to: &udp_addr) {
        // SAFETY: data and address live.
        let sent = unsafe { (self.api.udp_sendto)(self.handle, data.as_ptr().cast(), data.len(), to) };
        assert_eq!(sent, data.len() as i32);
    }

    #[inline]
    pub fn recv_from(&self, buf: &mut [u8], from: &mut udp_addr, timeout: i32) -> i32 {
        // SAFETY: buffer and address are writable.
        unsafe { (self.api.udp_recvfrom)(self.handle, buf.as_mut_ptr().cast(), buf.len(), from, timeout) }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // SAFETY: no pointers.
        unsafe { (self.api.udp_close)(self.handle) };
    }
}

struct Pair<'a> {
    load: &'a Load,
    sender: Own,
    receiver: Own,
    peers: Vec<udp_addr>,
}

impl<'a> Pair<'a> {
    fn new(load: &'a Load, api: &'static Api, flags: u32) -> Pair<'a> {
        let sender = Own::bound(api, 0, std::net::Ipv4Addr::LOCALHOST);
        let receiver = Own::bound(api, flags, load.local());
        let port = receiver.addr().port;
        let peers = (0..load.count()).map(|index| SocketAddr::V4(load.peer(index, port)).into()).collect();
        Pair { load, sender, receiver, peers }
    }
}

/// One call per datagram: udp_sendto and udp_recvfrom.
pub struct Calls<'a>(Pair<'a>, Vec<u8>);

impl<'a> Calls<'a> {
    pub fn new(load: &'a Load, api: &'static Api) -> Calls<'a> {
        Calls(Pair::new(load, api, 0), vec![0; 2048])
    }
}

impl Contender for Calls<'_> {
    fn send(&mut self) {
        for (piece, peer) in self.0.load.pieces.iter().zip(&self.0.peers) {
            self.0.sender.send_to(piece, peer);
        }
    }

    fn receive(&mut self, seen: &mut Seen) {
        let mut from = udp_addr::NONE;
        while seen.datagrams < self.0.load.count() {
            let got = self.0.receiver.recv_from(&mut self.1, &mut from, 0);
            if got < 0 {
                return;
            }
            seen.datagram(&self.1[..got as usize]);
        }
    }
}

/// How a burst is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// udp_send_segments of one buffer.
    Segments,
    /// udp_send_batch of datagrams that lie anywhere.
    Batch,
    /// The same after udp_group_packets. The packets are filled in anew for each burst, because the call reorders them.
    Grouped,
}

/// One call per burst, as `Sends` says; and udp_recv_segments or udp_recv_batch, for one busy peer with
/// UDP_OPEN_COALESCE.
pub struct Batches<'a> {
    pair: Pair<'a>,
    sends: Sends,
    in_turn: Vec<udp_packet>,
    out: Vec<udp_packet>,
    into: Vec<udp_packet>,
    arena: Vec<u8>,
}

/// One place for a datagram that fits an Ethernet frame. For what is not coalesced there are as many as the hand-written
/// contender has, so that both stay in the cache.
const PLACE: usize = 2048;
const PLACES: usize = 64;
/// As many blocks for what is coalesced as the hand-written contender has, and as many packets as a few of them bring.
const BLOCKS: usize = 16 * 65_536;
const JOINED: usize = 256;

impl<'a> Batches<'a> {
    pub fn new(load: &'a Load, api: &'static Api, sends: Sends, coalesce: bool) -> Batches<'a> {
        let pair = Pair::new(load, api, if coalesce { UDP_OPEN_COALESCE } else { 0 });
        let packet = |data: &[u8], peer| udp_packet {
            data: data.as_ptr().cast_mut().cast(),
            length: data.len(),
            peer,
            full_length: 0,
            flags: 0,
            segment_size: 0,
            reserved: 0,
        };
        let out: Vec<_> =
            load.pieces.iter().zip(&pair.peers).map(|(data, peer)| packet(data, *peer)).collect();
        let (max, arena) = if coalesce { (JOINED, BLOCKS) } else { (PLACES, PLACES * PLACE) };
        let into = vec![packet(&[], udp_addr::NONE); max];
        Batches { pair, sends, in_turn: out.clone(), out, into, arena: vec![0; arena] }
    }
}

impl Contender for Batches<'_> {
    fn send(&mut self) {
        let Pair { load, sender: Own { api, handle }, peers, .. } = &self.pair;
        let (data, out) = (&load.joined, &mut self.out);
        // SAFETY: the packets point to the load's pieces.
        let sent = unsafe {
            if self.sends == Sends::Grouped {
                out.copy_from_slice(&self.in_turn);
                let groups = (api.udp_group_packets)(out.as_mut_ptr(), ptr::null_mut(), out.len());
                assert_eq!(groups, load.flows as i32);
            }
            if self.sends == Sends::Segments {
                (api.udp_send_segments)(*handle, data.as_ptr().cast(), data.len(), load.size, &peers[0])
            } else {
                (api.udp_send_batch)(*handle, out.as_ptr(), out.len())
            }
        };
        assert_eq!(sent, load.count() as i32);
    }

    fn receive(&mut self, seen: &mut Seen) {
        let Pair { load, receiver: Own { api, handle }, .. } = &self.pair;
        while seen.datagrams < load.count() {
            let (arena, len) = (self.arena.as_mut_ptr().cast(), self.arena.len());
            let (packets, max) = (self.into.as_mut_ptr(), self.into.len());
            let receive =
                if self.sends == Sends::Segments { api.udp_recv_segments } else { api.udp_recv_batch };
            // SAFETY: arena and packets are writable, with the lengths given.
            let got = unsafe { receive(*handle, arena, len, packets, ptr::null_mut(), max, 0) };
            if got <= 0 {
                return;
            }
            for packet in &self.into[..got as usize] {
                // SAFETY: the library says that so many bytes are there.
                let data: &[u8] = unsafe { std::slice::from_raw_parts(packet.data.cast(), packet.length) };
                data.chunks((packet.segment_size as usize).max(1)).for_each(|data| seen.datagram(data));
            }
        }
    }
}
