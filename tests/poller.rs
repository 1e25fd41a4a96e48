//! One wait on many sockets: `udp_poller_*`, and `UDP_OPT_SPIN`.

#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "C functions, signals and fork")]

use std::collections::HashMap;
use std::ffi::CStr;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use udp::ffi::error::udp_last_error;
use udp::ffi::options::{udp_get_option, udp_set_option};
use udp::ffi::path_errors::udp_recv_error;
use udp::ffi::poller::{
    udp_poller_close, udp_poller_fd, udp_poller_open, udp_poller_set, udp_poller_wait, udp_poller_wake,
};
use udp::ffi::receive::udp_recvfrom;
use udp::ffi::send::{udp_send_segments, udp_sendto};
use udp::ffi::socket::{udp_bind, udp_close, udp_fd, udp_local_addr, udp_open};
use udp::ffi::stats::udp_get_stats;
use udp::ffi::types::{
    UDP_EVENT_CLOSED, UDP_EVENT_ERROR, UDP_EVENT_READ, UDP_EVENT_WRITE, UDP_OPEN_COALESCE, UDP_OPEN_IPV4,
    udp_addr, udp_ready, udp_stats,
};
use udp::{Code, SocketOption};

const CLOSED: i32 = Code::Closed as i32;
const HANDLE: i32 = Code::Handle as i32;
const INTERRUPTED: i32 = Code::Interrupted as i32;
const TIMED_OUT: i32 = Code::TimedOut as i32;
const WOULD_BLOCK: i32 = Code::WouldBlock as i32;

const NONE: udp_ready = udp_ready { socket: 0, user_data: 0, events: 0, reserved: 0 };

fn last_error() -> String {
    // SAFETY: a C string that lasts until this thread asks again.
    unsafe { CStr::from_ptr(udp_last_error()) }.to_string_lossy().into_owned()
}

/// A socket bound on loopback, and its address.
fn bound() -> (i64, udp_addr) {
    bound_with(UDP_OPEN_IPV4)
}

fn bound_with(flags: u32) -> (i64, udp_addr) {
    let (socket, mut addr) = (udp_open(flags), udp_addr::NONE);
    // SAFETY: a C string, and room for an address.
    let status = unsafe { udp_bind(socket, c"127.0.0.1".as_ptr(), 0).min(udp_local_addr(socket, &mut addr)) };
    assert_eq!(status, 0, "{}", last_error());
    (socket, addr)
}

fn opened() -> i64 {
    let poller = udp_poller_open();
    assert!(poller > 0, "{}", last_error());
    poller
}

fn set(poller: i64, socket: i64, events: u32, user_data: u64) {
    assert_eq!(udp_poller_set(poller, socket, events, user_data), 0, "{}", last_error());
}

/// The sockets that are ready, at most `max`, or the error.
fn wait_for(poller: i64, max: usize, timeout_ms: i32) -> Result<Vec<udp_ready>, i32> {
    let mut ready = vec![NONE; max];
    // SAFETY: room for `max` sockets.
    let count = unsafe { udp_poller_wait(poller, ready.as_mut_ptr(), max, timeout_ms) };
    ready.truncate(usize::try_from(count).map_err(|_| count)?);
    assert!(ready.iter().all(|ready| ready.reserved == 0));
    Ok(ready)
}

/// Socket and events of those that are ready.
fn wait(poller: i64, timeout_ms: i32) -> Result<Vec<(i64, u32)>, i32> {
    let mut found: Vec<_> =
        wait_for(poller, 16, timeout_ms)?.iter().map(|ready| (ready.socket, ready.events)).collect();
    found.sort_unstable();
    Ok(found)
}

fn send(data: &[u8], to: udp_addr) {
    let (socket, _) = bound();
    // SAFETY: bytes and an address that live.
    let status = unsafe { udp_sendto(socket, data.as_ptr().cast(), data.len(), &to) };
    assert_eq!(status, data.len() as i32, "{}", last_error());
    assert_eq!(udp_close(socket), 0);
}

/// Sends datagrams of one byte each that the kernel coalesces at the receiver.
fn send_coalesced(count: usize, to: udp_addr) {
    let (socket, _) = bound();
    // SAFETY: bytes and an address that live.
    let sent = unsafe { udp_send_segments(socket, [7u8; 64].as_ptr().cast(), count, 1, &to) };
    assert_eq!(sent, count as i32, "{}", last_error());
    assert_eq!(udp_close(socket), 0);
}

fn receive(socket: i64, timeout_ms: i32) -> i32 {
    let mut buf = [0u8; 64];
    // SAFETY: bytes that live.
    unsafe { udp_recvfrom(socket, buf.as_mut_ptr().cast(), buf.len(), null_mut(), timeout_ms) }
}

fn option(socket: i64, option: SocketOption, value: i32) {
    assert_eq!(udp_set_option(socket, option as i32, value), value, "{}", last_error());
}

/// A thread that has entered a wait, and what it returned.
fn waiting<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> (i64, thread::JoinHandle<T>) {
    let id = Arc::new(AtomicI64::new(0));
    let here = id.clone();
    let thread = thread::spawn(move || {
        // SAFETY: no arguments.
        here.store(unsafe { libc::syscall(libc::SYS_gettid) }, SeqCst);
        call()
    });
    while id.load(SeqCst) == 0 || !sleeps(id.load(SeqCst)) {
        thread::yield_now();
    }
    (id.load(SeqCst), thread)
}

/// True if the thread sleeps in a system call (proc_pid_stat(5)).
fn sleeps(thread: i64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
}

#[test]
fn wait_reports_a_socket_until_its_datagram_is_taken() {
    let (poller, (socket, addr)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, u64::MAX - 1);
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
    send(b"one", addr);
    for _ in 0..3 {
        let ready = udp_ready { socket, user_data: u64::MAX - 1, events: UDP_EVENT_READ, reserved: 0 };
        assert_eq!(wait_for(poller, 16, -1), Ok(vec![ready]));
    }
    assert_eq!(receive(socket, 0), 3);
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
}

#[test]
fn wait_without_an_event_times_out_in_time() {
    let (poller, (socket, _)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, 0);
    for milliseconds in [1, 30] {
        let start = Instant::now();
        assert_eq!(wait(poller, milliseconds), Err(TIMED_OUT));
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(milliseconds as u64), "{took:?}");
    }
}

#[test]
fn wait_with_wrong_arguments_fails() {
    let (poller, (socket, _)) = (opened(), bound());
    assert_eq!(wait_for(poller, 0, 0), Err(Code::Invalid as i32), "{}", last_error());
    assert_eq!(wait_for(poller, 1, -2), Err(Code::Invalid as i32));
    // SAFETY: NULL is an error.
    assert_eq!(unsafe { udp_poller_wait(poller, null_mut(), 1, 0) }, Code::Null as i32);
    for wrong in [0, -1, socket, i64::MAX] {
        assert_eq!(wait(wrong, 0), Err(HANDLE), "{wrong}");
        assert_eq!(udp_poller_wake(wrong), HANDLE);
        assert_eq!(udp_poller_close(wrong), HANDLE);
        assert_eq!(udp_poller_fd(wrong), i64::from(HANDLE));
    }
    assert_eq!(udp_poller_set(poller, poller, UDP_EVENT_READ, 0), HANDLE, "a poller is no socket");
    assert_eq!(receive(poller, 0), HANDLE);
    assert_eq!(udp_close(poller), HANDLE);
    for events in [8, 16, u32::MAX] {
        assert_eq!(udp_poller_set(poller, socket, events, 0), Code::Flags as i32, "{events}");
    }
    assert_eq!(udp_poller_set(poller, socket, UDP_EVENT_ERROR, 0), Code::Option as i32, "{}", last_error());
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
}

#[test]
fn set_again_changes_events_and_user_data() {
    let (poller, (socket, _)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, 1);
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
    set(poller, socket, UDP_EVENT_READ | UDP_EVENT_WRITE, 2);
    let ready = udp_ready { socket, user_data: 2, events: UDP_EVENT_WRITE, reserved: 0 };
    assert_eq!(wait_for(poller, 1, 0), Ok(vec![ready]));
    set(poller, socket, UDP_EVENT_READ, 3);
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
}

#[test]
fn set_with_no_events_removes_the_socket() {
    let (poller, (socket, addr)) = (opened(), bound());
    set(poller, socket, 0, 0);
    set(poller, socket, UDP_EVENT_READ, 0);
    send(b"1", addr);
    set(poller, socket, 0, 0);
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
    set(poller, socket, UDP_EVENT_READ, 0);
    assert_eq!(wait(poller, 0), Ok(vec![(socket, UDP_EVENT_READ)]));
    assert_eq!(udp_close(socket), 0);
    set(poller, socket, 0, 0);
    assert_eq!(udp_poller_set(poller, socket, 0, 0), CLOSED, "it is neither open nor in the poller");
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK), "a closed socket that was removed is not reported");
}

#[test]
fn set_of_a_closed_socket_fails() {
    let (poller, (socket, _)) = (opened(), bound());
    assert_eq!(udp_close(socket), 0);
    assert_eq!(udp_poller_set(poller, socket, UDP_EVENT_READ, 0), CLOSED);
    assert_eq!(udp_poller_set(poller, 12345, UDP_EVENT_READ, 0), HANDLE);
}

#[test]
fn close_of_a_socket_is_reported_once() {
    let (poller, (socket, _), (other, _)) = (opened(), bound(), bound());
    set(poller, socket, UDP_EVENT_READ, 9);
    set(poller, other, UDP_EVENT_READ, 0);
    assert_eq!(udp_close(socket), 0);
    let ready = udp_ready { socket, user_data: 9, events: UDP_EVENT_CLOSED, reserved: 0 };
    assert_eq!(wait_for(poller, 16, -1), Ok(vec![ready]));
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
}

#[test]
fn close_of_a_socket_wakes_a_waiting_thread() {
    let (poller, (socket, _)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, 0);
    let (_, waiter) = waiting(move || wait(poller, -1));
    assert_eq!(udp_close(socket), 0);
    assert_eq!(waiter.join().unwrap(), Ok(vec![(socket, UDP_EVENT_CLOSED)]));
}

#[test]
fn close_of_a_socket_whose_descriptor_is_shared_is_reported_once() {
    let (poller, (socket, addr)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, 0);
    // SAFETY: no pointers.
    let copy = unsafe { libc::dup(udp_fd(socket) as i32) };
    assert!(copy >= 0);
    assert_eq!(udp_close(socket), 0);
    // The copy keeps the port, and so the datagram arrives.
    send(b"1", addr);
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_CLOSED)]));
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK), "epoll still reports the shared descriptor");
    // SAFETY: this test's descriptor.
    unsafe { libc::close(copy) };
}

#[test]
fn closed_socket_is_reported_although_its_number_is_used_again() {
    let poller = opened();
    let mut closed: Vec<i64> = (0..50)
        .map(|_| {
            let (socket, _) = bound();
            set(poller, socket, UDP_EVENT_READ, socket as u64);
            assert_eq!(udp_close(socket), 0);
            socket
        })
        .collect();
    let mut reported = Vec::new();
    while let Ok(ready) = wait_for(poller, 7, 0) {
        assert!(ready.iter().all(|ready| ready.events == UDP_EVENT_CLOSED));
        reported.extend(ready.iter().map(|ready| ready.user_data as i64));
    }
    closed.sort_unstable();
    reported.sort_unstable();
    assert_eq!(reported, closed);
}

#[test]
fn shutdown_of_a_descriptor_is_reported() {
    let (poller, (socket, addr)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, 0);
    // SAFETY: an address of this size; no other pointers.
    unsafe {
        let mut to: libc::sockaddr_in = std::mem::zeroed();
        to.sin_family = libc::AF_INET as libc::sa_family_t;
        to.sin_port = addr.port.to_be();
        to.sin_addr.s_addr = u32::from_ne_bytes([127, 0, 0, 1]);
        let fd = udp_fd(socket) as i32;
        assert_eq!(libc::connect(fd, (&raw const to).cast(), size_of_val(&to) as u32), 0);
        assert_eq!(libc::shutdown(fd, libc::SHUT_RD), 0);
    }
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_READ)]));
    assert_eq!(receive(socket, -1), CLOSED, "{}", last_error());
    set(poller, socket, UDP_EVENT_READ | UDP_EVENT_WRITE, 0);
    assert!(wait(poller, -1).is_ok());
}

#[test]
fn buffered_datagrams_make_a_coalescing_socket_ready() {
    let (poller, (socket, addr)) = (opened(), bound_with(UDP_OPEN_COALESCE));
    set(poller, socket, UDP_EVENT_READ, 0);
    send_coalesced(4, addr);
    for _ in 0..4 {
        assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_READ)]));
        assert_eq!(receive(socket, 0), 1);
    }
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
}

#[test]
fn buffered_datagrams_before_set_make_a_socket_ready() {
    let (poller, (socket, addr)) = (opened(), bound_with(UDP_OPEN_COALESCE));
    send_coalesced(2, addr);
    assert_eq!(receive(socket, -1), 1);
    set(poller, socket, UDP_EVENT_READ, 0);
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_READ)]));
}

#[test]
fn buffered_datagrams_wake_a_waiting_thread() {
    let (poller, (socket, addr)) = (opened(), bound_with(UDP_OPEN_COALESCE));
    // The system is not asked about the socket, so the waiter sleeps until a receive has buffered datagrams.
    set(poller, socket, UDP_EVENT_WRITE, 0);
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_WRITE)]));
    set(poller, socket, UDP_EVENT_READ, 0);
    let (_, waiter) = waiting(move || wait(poller, -1));
    send_coalesced(40, addr);
    while receive(socket, 0) == WOULD_BLOCK {}
    assert_eq!(waiter.join().unwrap(), Ok(vec![(socket, UDP_EVENT_READ)]));
}

#[test]
fn path_errors_make_a_socket_ready() {
    let (poller, (socket, _), (closed, addr)) = (opened(), bound(), bound());
    assert_eq!(udp_close(closed), 0);
    option(socket, SocketOption::RecvErrors, 1);
    set(poller, socket, UDP_EVENT_READ | UDP_EVENT_ERROR, 0);
    // SAFETY: bytes and an address that live.
    assert_eq!(unsafe { udp_sendto(socket, c"x".as_ptr().cast(), 1, &addr) }, 1);
    for _ in 0..3 {
        assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_ERROR)]));
    }
    // A wait for datagrams moves the error out of the system's queue, and does not end.
    set(poller, socket, UDP_EVENT_READ, 0);
    assert_eq!(wait(poller, 1), Err(TIMED_OUT));
    set(poller, socket, UDP_EVENT_ERROR, 0);
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_ERROR)]));
    // SAFETY: all zero is a valid report, and there is room for it.
    unsafe {
        let mut error = std::mem::zeroed();
        assert_eq!(udp_recv_error(socket, &mut error, 0), 0);
        assert_eq!((error.code, error.peer), (Code::Refused as i32, addr));
    }
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
}

#[test]
fn pending_error_without_the_option_ends_the_wait() {
    let (poller, (socket, _), (closed, addr)) = (opened(), bound(), bound());
    assert_eq!(udp_close(closed), 0);
    option(socket, SocketOption::RecvErrors, 1);
    set(poller, socket, UDP_EVENT_ERROR, 0);
    option(socket, SocketOption::RecvErrors, 0);
    // SAFETY: an address and bytes that live.
    unsafe {
        assert_eq!(udp::ffi::socket::udp_connect(socket, &addr), 0);
        assert_eq!(udp_sendto(socket, c"x".as_ptr().cast(), 1, std::ptr::null()), 1);
    }
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_ERROR)]));
    set(poller, socket, UDP_EVENT_READ, 0);
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_READ)]));
    assert_eq!(receive(socket, 0), Code::Refused as i32);
}

#[test]
fn wake_ends_one_wait_each() {
    let poller = opened();
    for _ in 0..2 {
        assert_eq!(udp_poller_wake(poller), 0);
    }
    for _ in 0..2 {
        assert_eq!(wait(poller, -1), Ok(vec![]));
    }
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));

    let waiters: Vec<_> = (0..3).map(|_| waiting(move || wait(poller, -1)).1).collect();
    for _ in 0..3 {
        assert_eq!(udp_poller_wake(poller), 0);
    }
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), Ok(vec![]));
    }
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
}

#[test]
fn wake_does_not_hide_ready_sockets() {
    let (poller, (socket, addr)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, 0);
    send(b"1", addr);
    assert_eq!(udp_poller_wake(poller), 0);
    assert_eq!(wait(poller, -1), Ok(vec![]));
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_READ)]));
}

#[test]
fn close_of_a_poller_ends_its_waits() {
    let (poller, (socket, addr)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, 0);
    let waiters: Vec<_> = (0..3).map(|_| waiting(move || wait(poller, -1)).1).collect();
    assert_eq!(udp_poller_close(poller), 0);
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), Err(CLOSED));
    }
    assert_eq!(udp_poller_close(poller), CLOSED);
    assert_eq!(wait(poller, 0), Err(CLOSED));
    assert_eq!(udp_poller_set(poller, socket, UDP_EVENT_READ, 0), CLOSED);
    send(b"1", addr);
    assert_eq!(receive(socket, -1), 1, "the socket stays open");
}

#[test]
fn socket_may_be_in_four_pollers() {
    let ((socket, addr), pollers) = (bound(), [(); 4].map(|()| opened()));
    for poller in pollers {
        set(poller, socket, UDP_EVENT_READ, 0);
    }
    let fifth = opened();
    assert_eq!(udp_poller_set(fifth, socket, UDP_EVENT_READ, 0), Code::Limit as i32, "{}", last_error());
    send(b"1", addr);
    for poller in pollers {
        assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_READ)]));
    }
    assert_eq!(udp_poller_close(pollers[0]), 0);
    set(fifth, socket, UDP_EVENT_READ, 0);
    assert_eq!(udp_close(socket), 0);
    for poller in [pollers[1], pollers[2], pollers[3], fifth] {
        assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_CLOSED)]));
    }
}

#[test]
fn wait_on_more_sockets_than_fit_reports_each_in_turn() {
    const SOCKETS: usize = 200;
    let poller = opened();
    let sockets: Vec<_> = (0..SOCKETS).map(|_| bound()).collect();
    for (index, (socket, addr)) in sockets.iter().enumerate() {
        set(poller, *socket, UDP_EVENT_READ, index as u64);
        send(b"1", *addr);
    }
    let mut seen = HashMap::new();
    for _ in 0..SOCKETS.div_ceil(7) * 2 {
        for ready in wait_for(poller, 7, 0).unwrap() {
            *seen.entry(ready.user_data).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), SOCKETS, "reported in two rounds");
    assert!(seen.values().all(|&times| times <= 3), "{seen:?}");
    for (socket, _) in sockets {
        assert_eq!(udp_close(socket), 0);
    }
}

#[test]
fn wait_with_room_for_one_reports_buffered_and_other_sockets_in_turn() {
    let poller = opened();
    let sockets: Vec<i64> = (0..8)
        .map(|index| {
            let (socket, addr) = bound_with(if index % 2 == 0 { UDP_OPEN_COALESCE } else { UDP_OPEN_IPV4 });
            set(poller, socket, UDP_EVENT_READ, 0);
            send_coalesced(2, addr);
            // The system knows no more of a coalescing socket's second datagram.
            assert_eq!(receive(socket, -1), 1);
            socket
        })
        .collect();
    let mut seen: Vec<i64> = (0..2 * 8).map(|_| wait_for(poller, 1, 0).unwrap()[0].socket).collect();
    seen.sort_unstable();
    seen.dedup();
    let mut wanted = sockets;
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
}

#[test]
fn set_from_another_thread_takes_effect_during_a_wait() {
    let (poller, (socket, addr)) = (opened(), bound());
    send(b"1", addr);
    let (_, waiter) = waiting(move || wait(poller, -1));
    set(poller, socket, UDP_EVENT_READ, 0);
    assert_eq!(waiter.join().unwrap(), Ok(vec![(socket, UDP_EVENT_READ)]));
}

#[test]
fn fd_is_readable_while_a_wait_would_not_wait() {
    let (poller, (socket, addr)) = (opened(), bound_with(UDP_OPEN_COALESCE));
    let readable = || {
        let mut fd = libc::pollfd { fd: udp_poller_fd(poller) as i32, events: libc::POLLIN, revents: 0 };
        // SAFETY: an array of one.
        assert!(unsafe { libc::poll(&mut fd, 1, 0) } >= 0);
        fd.revents == libc::POLLIN
    };
    // Settles what was announced before.
    let quiet = || {
        assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
        assert!(!readable());
    };
    set(poller, socket, UDP_EVENT_READ, 0);
    quiet();
    send_coalesced(3, addr);
    for _ in 0..3 {
        assert!(readable());
        assert_eq!(wait(poller, 0), Ok(vec![(socket, UDP_EVENT_READ)]));
        assert!(readable());
        assert_eq!(receive(socket, 0), 1);
    }
    quiet();
    assert_eq!(udp_poller_wake(poller), 0);
    assert!(readable());
    assert_eq!(wait(poller, 0), Ok(vec![]));
    quiet();
    assert_eq!(udp_close(socket), 0);
    assert!(readable());
    assert_eq!(wait(poller, 0), Ok(vec![(socket, UDP_EVENT_CLOSED)]));
    quiet();
}

#[test]
fn forked_child_has_no_part_in_the_pollers_of_its_parent() {
    let (poller, (socket, addr)) = (opened(), bound());
    set(poller, socket, UDP_EVENT_READ, 0);
    // SAFETY: the child calls only what it may, and ends by _exit.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mut failed = 0;
        for (bit, status) in [
            udp_poller_set(poller, socket, UDP_EVENT_WRITE, 0) == CLOSED,
            udp_poller_set(poller, socket, 0, 0) == CLOSED,
            wait(poller, -1) == Err(CLOSED),
            udp_poller_wake(poller) == CLOSED,
            udp_close(socket) == 0,
            udp_poller_close(poller) == 0,
        ]
        .into_iter()
        .enumerate()
        {
            failed |= i32::from(!status) << bit;
        }
        let (own, (socket, _)) = (udp_poller_open(), bound());
        let works = udp_poller_set(own, socket, UDP_EVENT_WRITE, 0) == 0
            && wait(own, 0) == Ok(vec![(socket, UDP_EVENT_WRITE)]);
        // SAFETY: ends the child without the parent's destructors.
        unsafe { libc::_exit(failed | i32::from(!works) << 6) };
    }
    let mut status = 0;
    // SAFETY: the child of above.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0, "bits of the calls that failed: {:#x}", status >> 8);
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK), "the child's close concerns the child");
    send(b"1", addr);
    assert_eq!(wait(poller, -1), Ok(vec![(socket, UDP_EVENT_READ)]));
}

#[test]
fn sockets_that_come_and_go_during_waits_are_each_reported_closed_once() {
    const THREADS: usize = 3;
    const EACH: u64 = 400;
    let poller = opened();
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS as u64)
        .map(|thread| {
            let start = start.clone();
            thread::spawn(move || {
                start.wait();
                for round in 0..EACH {
                    let (socket, addr) = bound_with(if round % 3 == 0 { UDP_OPEN_COALESCE } else { 0 });
                    set(poller, socket, UDP_EVENT_READ, thread * EACH + round);
                    if round % 4 == 0 {
                        send_coalesced(2, addr);
                        receive(socket, 0);
                    }
                    if round % 5 == 0 {
                        set(poller, socket, 0, 0);
                        set(poller, socket, UDP_EVENT_READ | UDP_EVENT_WRITE, thread * EACH + round);
                    }
                    assert_eq!(udp_close(socket), 0);
                }
            })
        })
        .collect();
    let mut closed: HashMap<u64, u32> = HashMap::new();
    while closed.len() < THREADS * EACH as usize {
        for ready in wait_for(poller, 5, 10_000).expect("a close was lost") {
            if ready.events == UDP_EVENT_CLOSED {
                *closed.entry(ready.user_data).or_default() += 1;
            }
        }
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
    assert!(closed.values().all(|&times| times == 1));
}

extern "C" fn ignore(_: i32) {}

/// Has SIGUSR1 end waits.
fn catch_signals() {
    // SAFETY: all zero is a valid sigaction, and the handler does nothing.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = ignore as *const () as usize;
        assert_eq!(libc::sigaction(libc::SIGUSR1, &action, null_mut()), 0);
    }
}

#[test]
fn signal_ends_the_wait() {
    catch_signals();
    let poller = opened();
    let (id, waiter) = waiting(move || wait(poller, -1));
    // SAFETY: a thread of this process, which waits.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), id, libc::SIGUSR1) };
    assert_eq!(waiter.join().unwrap(), Err(INTERRUPTED));
}

/// Whether the thread holds SIGUSR1 back (proc_pid_status(5)).
fn holds_signals(thread: i64) -> bool {
    let status = std::fs::read_to_string(format!("/proc/self/task/{thread}/status")).unwrap_or_default();
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:\t")).unwrap_or("0");
    u64::from_str_radix(blocked, 16).unwrap() & 1 << (libc::SIGUSR1 - 1) != 0
}

/// Sends a signal to a thread that looks before it sleeps. The wait may never miss it.
fn signal_during_a_look(option_again: impl Fn(), call: impl Fn() -> i32 + Send + Sync + 'static) {
    catch_signals();
    let call = Arc::new(call);
    for _ in 0..50 {
        option_again();
        let (id, ended) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicBool::new(false)));
        let (here, there, call) = (id.clone(), ended.clone(), call.clone());
        let waiter = thread::spawn(move || {
            // SAFETY: no arguments.
            here.store(unsafe { libc::syscall(libc::SYS_gettid) }, SeqCst);
            let result = call();
            there.store(true, SeqCst);
            result
        });
        // A look lasts 10 ms. One that was missed has led to sleep, where the signal ends the wait too.
        let is_inside = |id| id != 0 && (holds_signals(id) || sleeps(id));
        while !is_inside(id.load(SeqCst)) && !ended.load(SeqCst) {
            thread::yield_now();
        }
        // SAFETY: a thread of this process, which lives until the signal ends its wait.
        unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), id.load(SeqCst), libc::SIGUSR1) };
        assert_eq!(waiter.join().unwrap(), INTERRUPTED);
    }
}

#[test]
fn signal_during_a_spin_ends_the_wait() {
    let (socket, _) = bound();
    signal_during_a_look(|| option(socket, SocketOption::Spin, 10_000), move || receive(socket, -1));
    assert!(stats(socket).spin_misses > 0);
}

#[test]
fn signal_during_a_spin_of_a_poller_ends_the_wait() {
    let (socket, _) = bound();
    option(socket, SocketOption::Spin, 10_000);
    let current = Arc::new(AtomicI64::new(0));
    let there = current.clone();
    // A new poller has its whole budget.
    let open_again = || {
        udp_poller_close(current.load(SeqCst));
        current.store(opened(), SeqCst);
        set(current.load(SeqCst), socket, UDP_EVENT_READ, 0);
    };
    signal_during_a_look(open_again, move || wait(there.load(SeqCst), -1).unwrap_err());
}

fn stats(socket: i64) -> udp_stats {
    // SAFETY: all zero is valid, and there is room.
    unsafe {
        let mut stats = std::mem::zeroed();
        assert_eq!(udp_get_stats(socket, &mut stats), 0);
        stats
    }
}

#[test]
fn spin_counts_hits_and_misses() {
    let (socket, addr) = bound();
    assert_eq!(udp_get_option(socket, SocketOption::Spin as i32), 0);
    for wrong in [-1, 10_001] {
        assert_eq!(udp_set_option(socket, SocketOption::Spin as i32, wrong), Code::Invalid as i32);
    }
    assert_eq!(receive(socket, 1), TIMED_OUT);
    assert_eq!((stats(socket).spin_hits, stats(socket).spin_misses), (0, 0), "the default is not to look");
    option(socket, SocketOption::Spin, 500);
    assert_eq!(receive(socket, 1), TIMED_OUT);
    assert_eq!((stats(socket).spin_hits, stats(socket).spin_misses), (0, 1));
    assert_eq!(receive(socket, 0), WOULD_BLOCK, "a receive that does not wait does not look");
    send(b"1", addr);
    assert_eq!(receive(socket, -1), 1);
    assert_eq!((stats(socket).spin_hits, stats(socket).spin_misses), (0, 1), "nothing to look for");
    // A sender beside it: sooner or later a datagram comes during a look.
    option(socket, SocketOption::Spin, 10_000);
    let sender = thread::spawn(move || {
        while stats(socket).spin_hits == 0 {
            send(b"1", addr);
        }
    });
    while stats(socket).spin_hits == 0 {
        assert_eq!(receive(socket, -1), 1);
        option(socket, SocketOption::Spin, 10_000);
        while receive(socket, 0) == 1 {}
    }
    sender.join().unwrap();
}

#[test]
fn spin_longer_than_the_timeout_ends_in_time() {
    let (poller, (socket, _)) = (opened(), bound());
    option(socket, SocketOption::Spin, 10_000);
    let start = Instant::now();
    assert_eq!(receive(socket, 1), TIMED_OUT);
    assert!(start.elapsed() >= Duration::from_millis(1));
    set(poller, socket, UDP_EVENT_READ, 0);
    assert_eq!(wait(poller, 0), Err(WOULD_BLOCK));
    assert_eq!(wait(poller, 1), Err(TIMED_OUT));
    assert_eq!(udp_get_option(socket, SocketOption::Spin as i32), 10_000);
}

#[test]
fn close_ends_a_spin() {
    for _ in 0..50 {
        let (socket, _) = bound();
        option(socket, SocketOption::Spin, 10_000);
        let start = Arc::new(Barrier::new(2));
        let there = start.clone();
        let waiter = thread::spawn(move || {
            there.wait();
            receive(socket, -1)
        });
        start.wait();
        assert_eq!(udp_close(socket), 0);
        assert_eq!(waiter.join().unwrap(), CLOSED);
    }
}
