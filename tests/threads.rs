//! One handle in many threads: a close wakes every waiter, and no call reaches another socket's descriptor.

#![expect(unsafe_code, reason = "C functions, and fork")]

use std::collections::HashMap;
use std::ffi::CStr;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use udp::Code;
use udp::ffi::error::udp_last_error;
use udp::ffi::receive::udp_recvfrom;
use udp::ffi::send::udp_sendto;
use udp::ffi::socket::{udp_bind, udp_close, udp_fd, udp_local_addr, udp_open, udp_wait};
use udp::ffi::types::{UDP_EVENT_READ, UDP_OPEN_IPV4, udp_addr};

const CLOSED: i32 = Code::Closed as i32;
const HANDLE: i32 = Code::Handle as i32;

fn open() -> i64 {
    let socket = udp_open(UDP_OPEN_IPV4);
    assert!(socket > 0, "{}", last_error());
    socket
}

/// A socket bound on loopback, and its address.
fn bound() -> (i64, udp_addr) {
    bound_at(c"127.0.0.1")
}

fn bound_at(host: &CStr) -> (i64, udp_addr) {
    let socket = open();
    let mut addr = udp_addr::NONE;
    // SAFETY: a C string, and room for an address.
    let status = unsafe { udp_bind(socket, host.as_ptr(), 0).min(udp_local_addr(socket, &mut addr)) };
    assert_eq!(status, 0, "{}", last_error());
    (socket, addr)
}

fn last_error() -> String {
    // SAFETY: a C string that lasts until this thread asks again.
    unsafe { CStr::from_ptr(udp_last_error()) }.to_string_lossy().into_owned()
}

fn send(socket: i64, data: &[u8], to: udp_addr) -> i32 {
    // SAFETY: bytes and an address that live.
    unsafe { udp_sendto(socket, data.as_ptr().cast(), data.len(), &to) }
}

fn receive(socket: i64, buf: &mut [u8], timeout_ms: i32) -> i32 {
    // SAFETY: bytes that live.
    unsafe { udp_recvfrom(socket, buf.as_mut_ptr().cast(), buf.len(), null_mut(), timeout_ms) }
}

/// The calling thread's id, for `sleeps`.
fn thread_id() -> i64 {
    #[cfg(target_os = "linux")]
    // SAFETY: no arguments.
    return unsafe { libc::gettid() }.into();
    #[cfg(not(target_os = "linux"))]
    1
}

/// True if the thread sleeps in a system call (proc_pid_stat(5)). Elsewhere nothing tells, and the thread may not have come
/// that far yet.
fn sleeps(thread: i64) -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
}

#[test]
fn close_wakes_every_waiting_thread() {
    let (socket, _) = bound();
    let waits: [fn(i64) -> i32; 4] = [
        |socket| receive(socket, &mut [0; 8], -1),
        |socket| receive(socket, &mut [0; 8], i32::MAX),
        |socket| udp_wait(socket, UDP_EVENT_READ, -1),
        |socket| udp_wait(socket, UDP_EVENT_READ, 600_000),
    ];
    let threads: Vec<_> = waits
        .into_iter()
        .map(|wait| {
            let id = Arc::new(AtomicI64::new(0));
            let here = id.clone();
            let thread = thread::spawn(move || {
                here.store(thread_id(), SeqCst);
                wait(socket)
            });
            (thread, id)
        })
        .collect();
    for (_, id) in &threads {
        while id.load(SeqCst) == 0 || !sleeps(id.load(SeqCst)) {
            thread::yield_now();
        }
    }
    assert_eq!(udp_close(socket), 0);
    for (thread, _) in threads {
        assert_eq!(thread.join().unwrap(), CLOSED);
    }
}

#[test]
fn close_at_any_moment_ends_the_wait() {
    for _ in 0..300 {
        let (socket, _) = bound();
        let start = Arc::new(Barrier::new(2));
        let there = start.clone();
        let waiter = thread::spawn(move || {
            there.wait();
            receive(socket, &mut [0; 8], -1)
        });
        start.wait();
        assert_eq!(udp_close(socket), 0);
        assert_eq!(waiter.join().unwrap(), CLOSED);
    }
}

#[test]
fn close_from_many_threads_succeeds_once() {
    for _ in 0..100 {
        let socket = open();
        let start = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let start = start.clone();
                thread::spawn(move || {
                    start.wait();
                    udp_close(socket)
                })
            })
            .collect();
        let mut results: Vec<i32> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        results.sort_unstable();
        assert_eq!(results, [CLOSED, CLOSED, CLOSED, 0]);
    }
}

#[test]
fn one_handle_sends_and_receives_from_many_threads() {
    const EACH: u64 = 2_000;
    let (socket, addr) = bound();
    // A full receive buffer drops datagrams, so at most 50 are in flight.
    let (sent, received) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let sum = Arc::new(AtomicU64::new(0));
    let senders: Vec<_> = (0..2)
        .map(|_| {
            let (sent, received) = (sent.clone(), received.clone());
            thread::spawn(move || {
                for _ in 0..EACH {
                    let number = sent.fetch_add(1, SeqCst) + 1;
                    while number > received.load(SeqCst) + 50 {
                        thread::yield_now();
                    }
                    assert_eq!(send(socket, &number.to_ne_bytes(), addr), 8);
                }
            })
        })
        .collect();
    let receivers: Vec<_> = (0..2)
        .map(|_| {
            let (received, sum) = (received.clone(), sum.clone());
            thread::spawn(move || {
                let mut buf = [0; 8];
                while received.fetch_add(1, SeqCst) < 2 * EACH {
                    assert_eq!(receive(socket, &mut buf, 20_000), 8, "{}", last_error());
                    sum.fetch_add(u64::from_ne_bytes(buf), SeqCst);
                }
            })
        })
        .collect();
    senders.into_iter().chain(receivers).for_each(|thread| thread.join().unwrap());
    assert_eq!(sum.load(SeqCst), (1..=2 * EACH).sum(), "each number once");
    assert_eq!(udp_close(socket), 0);
}

/// Threads open, send, receive and close at random. Each socket has its own address and sends its handle to itself, so
/// a datagram that reached the descriptor of another socket is noticed.
#[test]
fn recv_during_reopens_never_gets_another_sockets_datagram() {
    const THREADS: usize = 4;
    let sockets: Arc<Mutex<HashMap<i64, udp_addr>>> = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let (opened, exchanged) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let threads: Vec<_> = (1..=THREADS as u64)
        .map(|seed| {
            let (sockets, stop) = (sockets.clone(), stop.clone());
            let (opened, exchanged) = (opened.clone(), exchanged.clone());
            thread::spawn(move || {
                // xorshift64: random enough, without a dependency.
                let mut random = seed * 0x9E37_79B9;
                let mut next = move |below: u64| {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    random % below
                };
                let mut buf = [0; 8];
                while !stop.load(SeqCst) {
                    let known: Vec<_> = sockets.lock().unwrap().iter().map(|(s, a)| (*s, *a)).collect();
                    let Some(&(socket, addr)) = known.get(next(known.len() as u64 + 1) as usize) else {
                        if known.len() < 8 {
                            // All of 127.0.0.0/8 is loopback.
                            let [_, a, b, c] = (opened.fetch_add(1, SeqCst) as u32 + 256).to_be_bytes();
                            let host = std::ffi::CString::new(format!("127.{a}.{b}.{c}")).unwrap();
                            let (socket, addr) = bound_at(&host);
                            sockets.lock().unwrap().insert(socket, addr);
                        }
                        continue;
                    };
                    match next(8) {
                        0 => {
                            sockets.lock().unwrap().remove(&socket);
                            assert!([0, CLOSED].contains(&udp_close(socket)));
                        }
                        1..=4 => {
                            let status = send(socket, &socket.to_ne_bytes(), addr);
                            assert!([8, CLOSED].contains(&status), "{status} {}", last_error());
                        }
                        _ => match receive(socket, &mut buf, next(2) as i32) {
                            8 => {
                                assert_eq!(i64::from_ne_bytes(buf), socket, "a datagram crossed over");
                                exchanged.fetch_add(1, SeqCst);
                            }
                            status => {
                                let expected = [Code::WouldBlock as i32, Code::TimedOut as i32, CLOSED];
                                assert!(expected.contains(&status), "{status} {}", last_error());
                            }
                        },
                    }
                }
            })
        })
        .collect();
    let end = Instant::now() + Duration::from_secs(3);
    while Instant::now() < end && threads.iter().all(|thread| !thread.is_finished()) {
        thread::park_timeout(Duration::from_millis(20));
    }
    stop.store(true, SeqCst);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(exchanged.load(SeqCst) > 100, "only {} datagrams", exchanged.load(SeqCst));
    sockets.lock().unwrap().keys().for_each(|&socket| assert_eq!(udp_close(socket), 0));
}

/// The resident memory of the process, in pages (proc_pid_statm(5)).
#[cfg(target_os = "linux")]
fn resident_pages() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn open_and_close_repeated_leaks_nothing() {
    let cycle = |times| {
        let mut highest = 0;
        for _ in 0..times {
            let socket = open();
            highest = highest.max(udp_fd(socket));
            assert_eq!(udp_close(socket), 0);
        }
        highest
    };
    cycle(1_000);
    let before = resident_pages();
    let highest = cycle(1_000_000);
    // Other tests run in this process at the same time and hold some descriptors and a few megabytes. A leak would be a
    // million descriptors, or tens of megabytes at one word a cycle.
    assert!(highest < 500, "descriptor {highest}");
    let after = resident_pages();
    assert!(after < before + 2_000, "{before} pages, then {after}");
}

#[test]
#[cfg(target_os = "linux")]
fn close_in_forked_child_keeps_the_parents_socket() {
    let (socket, addr) = bound();
    let id = Arc::new(AtomicI64::new(0));
    let here = id.clone();
    let waiter = thread::spawn(move || {
        here.store(thread_id(), SeqCst);
        receive(socket, &mut [0; 8], 20_000)
    });
    while id.load(SeqCst) == 0 || !sleeps(id.load(SeqCst)) {
        thread::yield_now();
    }
    // SAFETY: the child calls this library, which takes no locks, and _exit.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let closed = udp_close(socket);
        let again = udp_close(socket);
        // SAFETY: ends the child without running what belongs to the parent.
        unsafe { libc::_exit(i32::from(closed != 0 || again != CLOSED)) };
    }
    let mut status = -1;
    // SAFETY: room for a status.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0, "the child could close its handle, once");
    assert!(!waiter.is_finished(), "the parent's wait went on");
    let (sender, _) = bound();
    assert_eq!(send(sender, b"parent", addr), 6);
    assert_eq!(waiter.join().unwrap(), 6);
    assert_eq!(udp_close(socket), 0);
    assert_eq!(udp_close(sender), 0);
}

/// A child that waits on an inherited socket is woken by its own close, and its parent by the parent's.
#[test]
#[cfg(target_os = "linux")]
fn wait_in_forked_child_is_woken_by_the_child_only() {
    let (socket, _) = bound();
    // A first wait creates the parent's waker.
    assert_eq!(receive(socket, &mut [0; 8], 1), Code::TimedOut as i32);
    // SAFETY: as above; a thread in the child is all that Rust's threads need.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let waiter = thread::spawn(move || receive(socket, &mut [0; 8], -1));
        let closed = udp_close(socket);
        let woken = waiter.join().unwrap();
        // SAFETY: as above.
        unsafe { libc::_exit(i32::from(closed != 0 || woken != CLOSED)) };
    }
    let mut status = -1;
    // SAFETY: room for a status.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0);
    assert_eq!(
        receive(socket, &mut [0; 8], 1),
        Code::TimedOut as i32,
        "the child's close is not the parent's"
    );
    assert_eq!(udp_close(socket), 0);
}

#[test]
fn every_call_with_invalid_handle_returns_handle() {
    let closed = open();
    assert_eq!(udp_close(closed), 0);
    for (socket, expected) in
        [(0, HANDLE), (-1, HANDLE), (i64::MIN, HANDLE), (i64::MAX, HANDLE), (closed, CLOSED)]
    {
        assert_eq!(udp_close(socket), expected);
        assert_eq!(udp_fd(socket), expected.into());
        assert_eq!(udp_wait(socket, UDP_EVENT_READ, 0), expected);
        assert_eq!(receive(socket, &mut [0; 8], 0), expected);
        assert_eq!(send(socket, b"x", udp_addr { family: 4, port: 9, ..udp_addr::NONE }), expected);
    }
}
