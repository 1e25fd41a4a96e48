//! Path errors are reported with their peer, and fail no other call. On loopback, where the kernel reports every
//! refused datagram.

#![cfg(target_os = "linux")]

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use udp::{Code, Error, Events, Family, OpenOptions, Socket, SocketOption};

const NOW: Option<Duration> = Some(Duration::ZERO);
/// Long enough to be reached only if a datagram was lost.
const LONG: Option<Duration> = Some(Duration::from_secs(20));

const KINDS: [(Family, &str); 4] =
    [(Family::Ipv4, "127.0.0.1"), (Family::Ipv6, "::1"), (Family::Dual, "127.0.0.1"), (Family::Dual, "::1")];

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    result.unwrap_err().code()
}

/// A socket with UDP_OPT_RECV_ERRORS.
fn told(open: impl Into<OpenOptions>) -> Arc<Socket> {
    let socket = Socket::open(open).unwrap();
    socket.bind("", 0).unwrap();
    assert_eq!(socket.set_option(SocketOption::RecvErrors, 1), Ok(1));
    socket.into()
}

/// A peer, and an address that refuses every datagram: its socket is connected to itself, so the port stays taken.
struct Peers {
    peer: Socket,
    addr: SocketAddr,
    nobody: SocketAddr,
    _deaf: Socket,
}

fn peers(host: &str) -> Peers {
    let ip: IpAddr = host.parse().unwrap();
    let open = || {
        let socket = Socket::open(if ip.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }).unwrap();
        socket.bind(host, 0).unwrap();
        let addr = socket.local_addr().unwrap();
        (socket, addr)
    };
    let ((peer, addr), (deaf, nobody)) = (open(), open());
    deaf.connect(nobody).unwrap();
    Peers { peer, addr, nobody, _deaf: deaf }
}

fn port_unreachable(ip: IpAddr) -> (u8, u8) {
    // Port unreachable: RFC 792; RFC 4443, 3.1.
    if ip.is_ipv4() { (3, 3) } else { (1, 4) }
}

#[test]
fn recv_error_after_refusal_returns_peer_and_reporter() {
    for (family, host) in KINDS {
        let socket = told(family);
        let Peers { nobody, _deaf, .. } = peers(host);
        assert_eq!(code(socket.recv_error(NOW)), Code::WouldBlock);
        assert_eq!(code(socket.recv_error(Some(Duration::from_millis(1)))), Code::TimedOut);
        socket.send_to(b"x", Some(nobody)).unwrap();
        assert_eq!(socket.wait(Events::ERROR, LONG), Ok(Events::ERROR));
        let error = socket.recv_error(NOW).unwrap();
        assert_eq!((error.code, error.peer, error.mtu), (Code::Refused, nobody, 0));
        assert_eq!((error.offender, error.icmp), (Some(nobody.ip()), port_unreachable(nobody.ip())));
        assert_eq!(Code::from_os(error.os), Code::Refused);
        assert_eq!(code(socket.recv_error(NOW)), Code::WouldBlock);
        assert_eq!(socket.stats().unwrap().path_errors, 1);
    }
}

#[test]
fn refusals_fail_no_send_to_others_and_no_receive() {
    for (family, host) in KINDS {
        let socket = told(family);
        let port = socket.local_addr().unwrap().port();
        let Peers { peer, addr: peer_addr, nobody, _deaf } = peers(host);
        let mut buf = [0; 8];
        for _ in 0..100 {
            socket.send_to(b"x", Some(nobody)).unwrap();
            socket.send_to(b"ping", Some(peer_addr)).unwrap();
            let from = peer.recv_from(&mut buf, LONG).unwrap().from;
            socket.send_to(b"x", Some(nobody)).unwrap();
            assert_eq!(code(socket.recv_from(&mut buf, NOW)), Code::WouldBlock);
            peer.send_to(b"pong", Some(SocketAddr::new(from.ip(), port))).unwrap();
            socket.send_to(b"x", Some(nobody)).unwrap();
            assert_eq!(socket.recv_from(&mut buf, LONG).unwrap().length, 4);
        }
        for _ in 0..300 {
            assert_eq!(socket.recv_error(LONG).unwrap().peer, nobody);
        }
        let stats = socket.stats().unwrap();
        assert_eq!((stats.path_errors, stats.path_errors_lost), (300, 0));
    }
}

#[test]
fn send_batch_with_refusing_peers_sends_all() {
    for coalesce in [false, true] {
        if coalesce && cfg!(udp_fallback) {
            continue;
        }
        let socket = told(OpenOptions { coalesce, ..Family::Ipv4.into() });
        let Peers { peer, addr: peer_addr, nobody, _deaf } = peers("127.0.0.1");
        // Every second datagram is refused; the others arrive in order.
        let numbers: Vec<[u8; 2]> = (0..500u16).map(u16::to_be_bytes).collect();
        let to = |index| Some(if index % 2 == 0 { peer_addr } else { nobody });
        let batch: Vec<_> =
            (0..500).map(|index| udp::Transmit { data: &numbers[index], to: to(index) }).collect();
        assert_eq!(socket.send_batch(&batch), Ok(500));
        let mut buf = [0; 8];
        for number in numbers.iter().step_by(2) {
            assert_eq!(peer.recv_from(&mut buf, LONG).unwrap().length, 2);
            assert_eq!(&buf[..2], number);
        }
        // The same for segments.
        assert_eq!(socket.send_segments(&[7; 64], 16, Some(nobody)), Ok(4));
        assert_eq!(socket.send_segments(&[7; 64], 16, Some(peer_addr)), Ok(4));
        for _ in 0..4 {
            assert_eq!(peer.recv_from(&mut [0; 16], LONG).unwrap().length, 16);
        }
        assert!(socket.recv_error(LONG).is_ok());
    }
}

#[test]
fn recv_from_during_refusals_keeps_sleeping() {
    let socket = told(Family::Dual);
    let Peers { peer, nobody, _deaf, .. } = peers("127.0.0.1");
    let port = socket.local_addr().unwrap().port();
    let receiver = socket.clone();
    let waiting = thread::spawn(move || receiver.recv_from(&mut [0; 8], None));
    for _ in 0..50 {
        socket.send_to(b"x", Some(nobody)).unwrap();
    }
    // The waiting receiver drains the kernel's error queue, which would otherwise keep waking it.
    let deadline = Instant::now() + LONG.unwrap();
    while socket.stats().unwrap().path_errors < 50 {
        assert!(Instant::now() < deadline);
        thread::yield_now();
    }
    assert_eq!(socket.wait(Events::READ, NOW).unwrap_err().code(), Code::WouldBlock);
    assert!(!waiting.is_finished());
    peer.send_to(b"hello", Some(([127, 0, 0, 1], port).into())).unwrap();
    assert_eq!(waiting.join().unwrap().unwrap().length, 5);
    for _ in 0..50 {
        assert_eq!(socket.recv_error(NOW).unwrap().peer, nobody);
    }
}

#[test]
fn recv_error_wakes_when_another_thread_drained_the_kernel_queue() {
    for _ in 0..200 {
        let socket = told(Family::Ipv4);
        let Peers { nobody, _deaf, .. } = peers("127.0.0.1");
        let waits = |job: fn(&Socket) -> Result<Code, Error>| {
            let socket = socket.clone();
            thread::spawn(move || job(&socket))
        };
        let error = waits(|socket| socket.recv_error(LONG).map(|error| error.code));
        let receivers =
            [0; 2].map(|_| waits(|socket| socket.recv_from(&mut [0; 8], None).map(|_| Code::Internal)));
        socket.send_to(b"x", Some(nobody)).unwrap();
        assert_eq!(error.join().unwrap(), Ok(Code::Refused));
        socket.close();
        for receiver in receivers {
            assert_eq!(code(receiver.join().unwrap()), Code::Closed);
        }
    }
}

#[test]
fn close_wakes_wait_for_errors() {
    let socket = told(Family::Ipv4);
    let other = socket.clone();
    let waiting = thread::spawn(move || other.recv_error(None));
    socket.close();
    assert_eq!(code(waiting.join().unwrap()), Code::Closed);
}

#[test]
fn connected_refusal_is_reported_once_by_call_or_queue() {
    let Peers { nobody, _deaf, .. } = peers("127.0.0.1");
    let socket = Socket::open(Family::Ipv4).unwrap();
    socket.connect(nobody).unwrap();
    // Without the option, the next call fails, once.
    assert_eq!(code(socket.recv_error(NOW)), Code::Option);
    assert_eq!(code(socket.wait(Events::ERROR, NOW)), Code::Option);
    socket.send_to(b"x", None).unwrap();
    assert_eq!(code(socket.recv_from(&mut [0; 8], LONG)), Code::Refused);
    // With the option, no call fails.
    socket.set_option(SocketOption::RecvErrors, 1).unwrap();
    socket.send_to(b"x", None).unwrap();
    socket.send_to(b"x", None).unwrap();
    assert_eq!(code(socket.recv_from(&mut [0; 8], NOW)), Code::WouldBlock);
    assert_eq!(socket.recv_error(LONG).unwrap().peer, nobody);
    assert_eq!(socket.recv_error(LONG).unwrap().peer, nobody);
    // Switched off again, the next call fails.
    assert_eq!(socket.set_option(SocketOption::RecvErrors, 0), Ok(0));
    socket.send_to(b"x", None).unwrap();
    assert_eq!(code(socket.recv_from(&mut [0; 8], LONG)), Code::Refused);
}

#[test]
fn path_errors_beyond_the_queue_replace_older_ones_and_are_counted() {
    let socket = told(Family::Ipv4);
    let Peers { nobody, _deaf, .. } = peers("127.0.0.1");
    for sent in 1..=1100 {
        socket.send_to(b"x", Some(nobody)).unwrap();
        // Receive after each send: the kernel's error queue has less room than the library's.
        assert_eq!(code(socket.recv_from(&mut [0; 8], Some(Duration::from_micros(1)))), Code::TimedOut);
        assert_eq!(socket.stats().unwrap().path_errors, sent);
    }
    assert_eq!(socket.stats().unwrap().path_errors_lost, 1100 - 1024);
    let mut kept = 0;
    while socket.recv_error(NOW).is_ok() {
        kept += 1;
    }
    assert_eq!(kept, 1024);
}

#[test]
fn path_errors_beyond_the_kernel_queue_fail_no_call() {
    let socket = told(Family::Ipv4);
    socket.set_option(SocketOption::RecvBuffer, 0).unwrap();
    let Peers { peer, addr: peer_addr, nobody, _deaf } = peers("127.0.0.1");
    for _ in 0..1000 {
        socket.send_to(b"x", Some(nobody)).unwrap();
    }
    socket.send_to(b"x", Some(peer_addr)).unwrap();
    assert_eq!(peer.recv_from(&mut [0; 8], LONG).unwrap().length, 1);
    while socket.recv_error(NOW).is_ok() {}
    assert_eq!(code(socket.wait(Events::READ, Some(Duration::from_millis(1)))), Code::TimedOut);
}
