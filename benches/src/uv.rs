//! libuv, as its documentation advises for many datagrams: uv_udp_try_send2 with an array of them (sendmmsg inside),
//! and a handle made with UV_UDP_RECVMMSG whose buffers are multiples of 64 KiB: 20 of them, which is as many as
//! libuv takes per call. Each datagram arrives in a callback.
//!
//! uv_udp_try_send2 gets 20 at a time, which is what it hands to sendmmsg: given more, libuv 1.53.1 passes over every
//! other 20 (`i` is counted twice in uv__udp_sendmsgv, src/unix/udp.c), which the checks of this benchmark found.

use std::ffi::c_uint;
use std::{mem, ptr, slice};

use libc::{c_void, sockaddr_in};
use libuv_sys2 as uv;

use crate::bare::{BUFFER, raw, raw_v4};
use crate::rounds::{Contender, Load, Seen};

const AT_A_TIME: usize = 20;
const CHUNKS: usize = AT_A_TIME * 65_536;

/// What the callbacks reach through `uv_udp_t.data`.
struct Received {
    seen: *mut Seen,
    buffer: Vec<u8>,
}

pub struct Uv<'a> {
    load: &'a Load,
    uv_loop: *mut uv::uv_loop_t,
    sender: *mut uv::uv_udp_t,
    received: Box<Received>,
    _bufs: Vec<uv::uv_buf_t>,
    out: Vec<*mut uv::uv_buf_t>,
    counts: Vec<c_uint>,
    _peers: Vec<sockaddr_in>,
    addrs: Vec<*mut uv::sockaddr>,
}

fn ok(result: i32) {
    assert!(result >= 0, "libuv: {result}");
}

/// A handle of this loop, bound. It lives as long as the program.
unsafe fn bound(uv_loop: *mut uv::uv_loop_t, local: std::net::Ipv4Addr, flags: c_uint) -> *mut uv::uv_udp_t {
    // SAFETY: a loop that runs, and a handle that stays where it is.
    unsafe {
        let handle: *mut uv::uv_udp_t = Box::leak(Box::new(mem::zeroed()));
        ok(uv::uv_udp_init_ex(uv_loop, handle, libc::AF_INET as c_uint | flags));
        let addr = raw(std::net::SocketAddrV4::new(local, 0));
        ok(uv::uv_udp_bind(handle, (&raw const addr).cast(), 0));
        let mut buffer = BUFFER;
        ok(uv::uv_recv_buffer_size(handle.cast(), &mut buffer));
        handle
    }
}

unsafe extern "C" fn allocate(handle: *mut uv::uv_handle_t, _: usize, buf: *mut uv::uv_buf_t) {
    // SAFETY: `data` is the contender's `Received`.
    unsafe {
        let received = &mut *(*handle).data.cast::<Received>();
        (*buf).base = received.buffer.as_mut_ptr().cast();
        (*buf).len = received.buffer.len() as _;
    }
}

unsafe extern "C" fn arrived(
    handle: *mut uv::uv_udp_t,
    count: isize,
    buf: *const uv::uv_buf_t,
    from: *const uv::sockaddr,
    _: c_uint,
) {
    // No sender: there was nothing, or the buffer is given back.
    if count < 0 || from.is_null() {
        return;
    }
    // SAFETY: as above, and the buffer holds so many bytes.
    unsafe {
        let received = &*(*handle).data.cast::<Received>();
        (*received.seen).datagram(slice::from_raw_parts((*buf).base.cast(), count as usize));
    }
}

impl<'a> Uv<'a> {
    pub fn new(load: &'a Load) -> Uv<'a> {
        let mut received = Box::new(Received { seen: ptr::null_mut(), buffer: vec![0; CHUNKS] });
        // SAFETY: the loop and the handles stay where they are; the callbacks find what they need.
        unsafe {
            let uv_loop: *mut uv::uv_loop_t = Box::leak(Box::new(mem::zeroed()));
            ok(uv::uv_loop_init(uv_loop));
            let sender = bound(uv_loop, std::net::Ipv4Addr::LOCALHOST, 0);
            let receiver = bound(uv_loop, load.local(), uv::uv_udp_flags_UV_UDP_RECVMMSG as c_uint);
            (*receiver).data = ptr::from_mut(&mut *received).cast::<c_void>();
            ok(uv::uv_udp_recv_start(receiver, Some(allocate), Some(arrived)));
            assert_eq!(uv::uv_udp_using_recvmmsg(receiver), 1);
            let mut name = raw_v4(([0, 0, 0, 0], 0).into());
            let mut len = size_of_val(&name) as i32;
            ok(uv::uv_udp_getsockname(receiver, (&raw mut name).cast(), &mut len));
            let port = u16::from_be(name.sin_port);

            let base = |data: &[u8]| data.as_ptr().cast_mut().cast();
            let pieces = load.pieces.iter();
            let mut bufs: Vec<_> =
                pieces.map(|data| uv::uv_buf_t { base: base(data), len: data.len() as _ }).collect();
            let out = bufs.iter_mut().map(ptr::from_mut).collect();
            let mut peers: Vec<_> = (0..load.count()).map(|index| raw(load.peer(index, port))).collect();
            let addrs = peers.iter_mut().map(|peer| ptr::from_mut(peer).cast()).collect();
            let counts = vec![1; load.count()];
            Uv { load, uv_loop, sender, received, _bufs: bufs, out, counts, _peers: peers, addrs }
        }
    }
}

impl Contender for Uv<'_> {
    fn send(&mut self) {
        let mut done = 0;
        while done < self.out.len() {
            let (out, counts) = (self.out[done..].as_mut_ptr(), self.counts[done..].as_mut_ptr());
            let (rest, addrs) =
                ((self.out.len() - done).min(AT_A_TIME) as c_uint, self.addrs[done..].as_mut_ptr());
            // SAFETY: arrays of `rest` elements that live in this contender.
            let sent = unsafe { uv::uv_udp_try_send2(self.sender, rest, out, counts, addrs, 0) };
            ok(sent);
            done += sent as usize;
        }
    }

    fn receive(&mut self, seen: &mut Seen) {
        self.received.seen = seen;
        let mut before = usize::MAX;
        while seen.datagrams < self.load.count() && seen.datagrams != before {
            before = seen.datagrams;
            // SAFETY: the callbacks write through the pointer that was just set, and only while this runs.
            unsafe { uv::uv_run(self.uv_loop, uv::uv_run_mode_UV_RUN_NOWAIT) };
        }
    }
}
