//! The Rust socket on loopback: datagrams, waits, families, options.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use udp::{Code, Error, Events, Family, OpenOptions, Received, Socket, SocketOption};
use udp::{MAX_IPV4, MAX_IPV6};

const NOW: Option<Duration> = Some(Duration::ZERO);
/// Long enough to be reached only if a datagram was lost.
const LONG: Option<Duration> = Some(Duration::from_secs(20));

fn bound(family: Family, host: &str) -> Socket {
    let socket = Socket::open(family).unwrap();
    socket.bind(host, 0).unwrap();
    socket
}

fn local() -> (Socket, SocketAddr) {
    let socket = bound(Family::Ipv4, "127.0.0.1");
    let addr = socket.local_addr().unwrap();
    (socket, addr)
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    result.unwrap_err().code()
}

/// Whether the system has no such option. Linux has all of them.
fn lacks<T>(result: &Result<T, Error>) -> bool {
    let unsupported = result.as_ref().is_err_and(|error| error.code() == Code::Unsupported);
    unsupported && !cfg!(target_os = "linux")
}

/// Receives the next datagram and its sender.
fn receive(socket: &Socket) -> (Vec<u8>, SocketAddr) {
    let mut buf = vec![0; 65_535];
    let Received { length, from, .. } = socket.recv_from(&mut buf, LONG).unwrap();
    buf.truncate(length);
    (buf, from)
}

#[test]
fn recv_from_returns_the_bytes_sent_and_the_sender() {
    let ((a, a_addr), (b, b_addr)) = (local(), local());
    a.send_to(b"to b", Some(b_addr)).unwrap();
    assert_eq!(receive(&b), (b"to b".to_vec(), a_addr));
    b.send_to(b"to a", Some(a_addr)).unwrap();
    assert_eq!(receive(&a), (b"to a".to_vec(), b_addr));
}

#[test]
fn empty_datagram_is_sent_and_received() {
    let ((a, a_addr), (b, b_addr)) = (local(), local());
    a.send_to(b"", Some(b_addr)).unwrap();
    assert_eq!(receive(&b), (vec![], a_addr));
    assert_eq!(code(b.recv_from(&mut [0; 8], NOW)), Code::WouldBlock);
    // An empty datagram fits into an empty buffer, without truncation.
    a.send_to(b"", Some(b_addr)).unwrap();
    assert_eq!(b.recv_from(&mut [], LONG).unwrap(), Received { length: 0, truncated: false, from: a_addr });
}

#[test]
fn datagrams_keep_boundaries_and_order() {
    let ((a, _), (b, b_addr)) = (local(), local());
    for length in 0..100 {
        a.send_to(&vec![length; length.into()], Some(b_addr)).unwrap();
    }
    for length in 0..100 {
        assert_eq!(receive(&b).0, vec![length; length.into()]);
    }
}

#[test]
fn send_to_above_the_largest_datagram_returns_msgsize() {
    for (family, host, limit) in [(Family::Ipv4, "127.0.0.1", MAX_IPV4), (Family::Ipv6, "::1", MAX_IPV6)] {
        let socket = bound(family, host);
        let to = socket.local_addr().unwrap();
        let data: Vec<u8> = (0..=limit).map(|byte| byte as u8).collect();
        assert_eq!(code(socket.send_to(&data, Some(to))), Code::MessageSize);
        assert_eq!(code(socket.recv_from(&mut [0; 8], NOW)), Code::WouldBlock, "nothing was sent");
        socket.send_to(&data[..limit], Some(to)).unwrap();
        assert_eq!(receive(&socket).0, data[..limit]);
        // On a connected socket, the peer's family sets the limit.
        socket.connect(to).unwrap();
        assert_eq!(code(socket.send_to(&data, None)), Code::MessageSize);
        socket.send_to(&data[..limit], None).unwrap();
        assert_eq!(receive(&socket).0.len(), limit);
    }
}

#[test]
fn recv_from_into_small_buffer_returns_truncated_and_length() {
    let (socket, addr) = local();
    socket.send_to(b"0123456789", Some(addr)).unwrap();
    socket.send_to(b"next", Some(addr)).unwrap();
    let mut buf = [b'-'; 6];
    let received = socket.recv_from(&mut buf[..4], LONG).unwrap();
    assert_eq!((received.length, received.from), (10, addr));
    assert_eq!(&buf, b"0123--");
    assert_eq!(receive(&socket).0, b"next", "the rest is gone");
}

#[test]
fn recv_from_without_datagram_returns_would_block_or_timed_out() {
    let (socket, _) = local();
    assert_eq!(code(socket.recv_from(&mut [0; 8], NOW)), Code::WouldBlock);
    assert_eq!(code(socket.wait(Events::READ, NOW)), Code::WouldBlock);
    for milliseconds in [1, 30] {
        let timeout = Duration::from_millis(milliseconds);
        let start = Instant::now();
        assert_eq!(code(socket.recv_from(&mut [0; 8], Some(timeout))), Code::TimedOut);
        assert!(start.elapsed() >= timeout, "a wait ended early");
        let start = Instant::now();
        assert_eq!(code(socket.wait(Events::READ, Some(timeout))), Code::TimedOut);
        assert!(start.elapsed() >= timeout, "a wait ended early");
    }
}

#[test]
fn recv_from_without_timeout_returns_when_a_datagram_arrives() {
    let ((a, a_addr), (b, b_addr)) = (local(), local());
    let reader = thread::spawn(move || {
        let mut buf = [0; 8];
        let events = b.wait(Events::READ, None).unwrap();
        (events, b.recv_from(&mut buf, None).unwrap())
    });
    a.send_to(b"now", Some(b_addr)).unwrap();
    assert_eq!(
        reader.join().unwrap(),
        (Events::READ, Received { length: 3, truncated: false, from: a_addr })
    );
}

#[test]
fn recv_from_with_longest_timeout_does_not_overflow() {
    let (socket, addr) = local();
    socket.send_to(b"", Some(addr)).unwrap();
    assert!(socket.wait(Events::READ, Some(Duration::MAX)).is_ok());
    assert!(socket.recv_from(&mut [], Some(Duration::MAX)).is_ok());
}

#[test]
fn wait_returns_the_events_that_are_ready() {
    let (socket, addr) = local();
    let both = Events::READ.union(Events::WRITE);
    assert_eq!(socket.wait(both, LONG).unwrap(), Events::WRITE);
    socket.send_to(b"x", Some(addr)).unwrap();
    assert_eq!(socket.wait(both, LONG).unwrap(), both);
    assert_eq!(socket.wait(Events::READ, NOW).unwrap(), Events::READ);
}

#[test]
fn connected_send_to_closed_port_returns_refused_once() {
    let (socket, _) = local();
    let (peer, peer_addr) = local();
    drop(peer);
    socket.connect(peer_addr).unwrap();
    assert_eq!(socket.peer_addr().unwrap(), peer_addr);
    socket.send_to(b"anybody?", None).unwrap();
    assert_eq!(code(socket.recv_from(&mut [0; 8], LONG)), Code::Refused);
    assert_eq!(code(socket.recv_from(&mut [0; 8], NOW)), Code::WouldBlock, "once");

    let peer = Socket::open(Family::Ipv4).unwrap();
    peer.bind("127.0.0.1", peer_addr.port()).unwrap();
    socket.send_to(b"again", None).unwrap();
    assert_eq!(receive(&peer).0, b"again");

    socket.disconnect().unwrap();
    assert_eq!(code(socket.peer_addr()), Code::NotConnected);
    assert_eq!(code(socket.send_to(b"to whom?", None)), Code::NotConnected);
}

#[test]
fn disconnect_keeps_the_port() {
    for host in ["", "127.0.0.1"] {
        let (socket, (peer, peer_addr)) = (bound(Family::Ipv4, host), local());
        let addr = socket.local_addr().unwrap();
        socket.connect(peer_addr).unwrap();
        socket.disconnect().unwrap();
        assert_eq!(socket.local_addr().unwrap(), addr);
        peer.send_to(b"still there?", Some((Ipv4Addr::LOCALHOST, addr.port()).into())).unwrap();
        assert_eq!(receive(&socket).0, b"still there?");
    }
}

#[test]
fn connect_again_changes_the_peer() {
    let dual = bound(Family::Dual, "");
    let port = dual.local_addr().unwrap().port();
    for (family, host) in [
        (Family::Ipv6, "::1"),
        (Family::Ipv4, "127.0.0.1"),
        (Family::Ipv4, "127.0.0.2"),
        (Family::Ipv6, "::1"),
    ] {
        let peer = bound(family, host);
        let peer_addr = peer.local_addr().unwrap();
        dual.connect(peer_addr).unwrap();
        assert_eq!(dual.peer_addr().unwrap(), peer_addr);
        dual.send_to(b"hello", None).unwrap();
        let (_, from) = receive(&peer);
        assert_eq!(from, dual.local_addr().unwrap());
        assert_eq!((from.is_ipv4(), from.port()), (peer_addr.is_ipv4(), port));
        peer.send_to(b"back", Some(from)).unwrap();
        assert_eq!(receive(&dual), (b"back".to_vec(), peer_addr));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn disconnect_of_connected_ipv6_returns_unsupported() {
    for family in [Family::Ipv4, Family::Ipv6, Family::Dual] {
        let socket = Socket::open(family).unwrap();
        assert_eq!(socket.disconnect(), Ok(()), "nothing to forget");
        if family != Family::Ipv4 {
            let peer = (Ipv6Addr::LOCALHOST, 9).into();
            socket.connect(peer).unwrap();
            assert_eq!(code(socket.disconnect()), Code::Unsupported);
            assert_eq!(socket.peer_addr().unwrap(), peer, "and it is connected as before");
        }
    }
}

#[test]
fn unconnected_send_to_closed_port_returns_no_error() {
    let ((socket, addr), (gone, gone_addr)) = (local(), local());
    drop(gone);
    for _ in 0..3 {
        socket.send_to(b"anybody?", Some(gone_addr)).unwrap();
    }
    socket.send_to(b"healthy", Some(addr)).unwrap();
    assert_eq!(receive(&socket).0, b"healthy");
}

#[test]
fn connected_recv_from_ignores_other_senders() {
    let ((socket, addr), (peer, peer_addr), (other, _)) = (local(), local(), local());
    socket.connect(peer_addr).unwrap();
    other.send_to(b"other", Some(addr)).unwrap();
    peer.send_to(b"peer", Some(addr)).unwrap();
    assert_eq!(receive(&socket).0, b"peer");
    assert_eq!(code(socket.recv_from(&mut [0; 8], NOW)), Code::WouldBlock);
}

#[test]
fn dual_stack_socket_exchanges_both_families_and_unmaps_ipv4() {
    let dual = bound(Family::Dual, "");
    let port = dual.local_addr().unwrap().port();
    for (family, host) in [(Family::Ipv4, "127.0.0.1"), (Family::Ipv6, "::1")] {
        let peer = bound(family, host);
        let peer_addr = peer.local_addr().unwrap();
        peer.send_to(b"in", Some(SocketAddr::new(peer_addr.ip(), port))).unwrap();
        assert_eq!(receive(&dual), (b"in".to_vec(), peer_addr));
        dual.send_to(b"out", Some(peer_addr)).unwrap();
        assert_eq!(receive(&peer), (b"out".to_vec(), SocketAddr::new(peer_addr.ip(), port)));
    }
    let mapped = Some("[::ffff:127.0.0.1]:9".parse().unwrap());
    assert_eq!(dual.send_to(&vec![0; MAX_IPV4], mapped), Ok(()));
    let peer = (Ipv4Addr::LOCALHOST, 9).into();
    dual.connect(peer).unwrap();
    assert_eq!(dual.peer_addr().unwrap(), peer);
    assert_eq!(dual.send_to(&vec![0; MAX_IPV4], None), Ok(()), "a mapped peer has the IPv4 limit");
    assert_eq!(bound(Family::Dual, "127.0.0.1").local_addr().unwrap().ip(), Ipv4Addr::LOCALHOST);
}

#[test]
fn send_to_address_of_other_family_returns_family() {
    let (v4, v6) = (bound(Family::Ipv4, "127.0.0.1"), bound(Family::Ipv6, "::1"));
    let (to_v4, to_v6) = ((Ipv4Addr::LOCALHOST, 9).into(), (Ipv6Addr::LOCALHOST, 9).into());
    assert_eq!(code(v4.send_to(b"", Some(to_v6))), Code::Family);
    assert_eq!(code(v6.send_to(b"", Some(to_v4))), Code::Family);
    assert_eq!(code(v4.connect(to_v6)), Code::Family);
    assert_eq!(code(v6.connect(to_v4)), Code::Family);
    assert_eq!(code(Socket::open(Family::Ipv4).unwrap().bind("::1", 0)), Code::Family);
    assert_eq!(code(v6.broadcast(b"", 9)), Code::Family);
}

#[test]
fn bind_failure_returns_its_cause() {
    let (_taken, addr) = local();
    let socket = Socket::open(Family::Ipv4).unwrap();
    let in_use = socket.bind("127.0.0.1", addr.port()).unwrap_err();
    assert_eq!(in_use.code(), Code::InUse);
    assert!(in_use.to_string().contains(&addr.to_string()), "{in_use}");
    assert_eq!(code(socket.bind("192.0.2.77", 0)), Code::NotLocal);
    assert_eq!(code(socket.bind("localhost", 0)), Code::Address);
    socket.bind("127.0.0.1", 0).unwrap();
    assert_eq!(code(socket.bind("127.0.0.1", 0)), Code::Invalid, "bound already");
}

#[test]
fn bind_of_used_port_returns_in_use_without_reuse() {
    let (plain, addr) = local();
    for (reuse_address, reuse_port) in [(true, false), (false, true)] {
        let options = OpenOptions { reuse_address, reuse_port, ..Family::Ipv4.into() };
        if lacks(&Socket::open(options)) {
            continue;
        }
        let open = || Socket::open(options).unwrap();
        // Winsock has an error of its own for sharing what is not shared.
        let refused = code(open().bind("127.0.0.1", addr.port()));
        assert_eq!(refused, if cfg!(windows) { Code::Access } else { Code::InUse });
        let (first, second) = (open(), open());
        first.bind("127.0.0.1", 0).unwrap();
        second.bind("127.0.0.1", first.local_addr().unwrap().port()).unwrap();
    }
    drop(plain);
}

#[test]
fn send_to_unbound_binds_a_port() {
    let ((receiver, to), sender) = (local(), Socket::open(Family::Ipv4).unwrap());
    assert_eq!(sender.local_addr().unwrap().port(), 0);
    sender.send_to(b"hello", Some(to)).unwrap();
    let port = sender.local_addr().unwrap().port();
    assert_ne!(port, 0);
    assert_eq!(receive(&receiver).1, (Ipv4Addr::LOCALHOST, port).into());
}

#[test]
fn send_to_refused_by_the_system_returns_error_and_sends_nothing() {
    let (socket, _) = local();
    assert_eq!(code(socket.send_to(b"", Some((Ipv4Addr::LOCALHOST, 0).into()))), Code::Invalid);
    assert_eq!(code(socket.connect((Ipv4Addr::LOCALHOST, 0).into())), Code::Invalid);
    let error = socket.send_to(b"", Some((Ipv4Addr::BROADCAST, 9).into())).unwrap_err();
    let eacces = if cfg!(windows) { 10_013 } else { 13 };
    assert_eq!((error.code(), error.os()), (Code::Access, eacces), "broadcast needs leave");
}

#[test]
fn set_option_returns_the_value_that_get_option_reads() {
    let socket = Socket::open(Family::Ipv4).unwrap();
    for (opt, value) in [
        (SocketOption::Broadcast, 1),
        (SocketOption::Broadcast, 0),
        (SocketOption::Ttl, 7),
        (SocketOption::Tos, 0xB8),
        (SocketOption::ReuseAddress, 1),
        (SocketOption::ReusePort, 1),
        (SocketOption::SendTimeout, 0),
        (SocketOption::SendTimeout, 250),
        (SocketOption::RecvBuffer, 65_536),
        (SocketOption::SendBuffer, 65_536),
    ] {
        let set = socket.set_option(opt, value);
        if lacks(&set) {
            continue;
        }
        assert_eq!(set.unwrap(), value, "{opt:?}");
        assert_eq!(socket.get_option(opt).unwrap(), value, "{opt:?}");
    }
    assert_eq!(code(socket.get_option(SocketOption::Ipv6Only)), Code::Option);
    assert_eq!(code(socket.set_option(SocketOption::Ipv6Only, 1)), Code::Option);
    for (opt, value) in [
        (SocketOption::Broadcast, 2),
        (SocketOption::Ttl, 0),
        (SocketOption::Ttl, 256),
        (SocketOption::Tos, -1),
        (SocketOption::RecvBuffer, -1),
        (SocketOption::SendTimeout, -1),
    ] {
        assert_eq!(code(socket.set_option(opt, value)), Code::Invalid, "{opt:?}");
    }
}

#[test]
fn set_option_buffer_above_limit_returns_the_granted_size() {
    let socket = Socket::open(Family::Ipv4).unwrap();
    for opt in [SocketOption::RecvBuffer, SocketOption::SendBuffer] {
        let most = socket.set_option(opt, i32::MAX).unwrap();
        assert!((1..i32::MAX).contains(&most), "{most}");
        assert_eq!(socket.get_option(opt).unwrap(), most);
    }
}

#[test]
fn set_option_on_dual_stack_sets_both_families() {
    let dual = Socket::open(Family::Dual).unwrap();
    assert_eq!(dual.get_option(SocketOption::Ipv6Only).unwrap(), 0);
    assert_eq!(dual.set_option(SocketOption::Ttl, 9).unwrap(), 9);
    let tos = dual.set_option(SocketOption::Tos, 4);
    assert!(lacks(&tos) || tos == Ok(4), "{tos:?}");
    assert_eq!(dual.set_option(SocketOption::Ipv6Only, 1).unwrap(), 1);
    assert_eq!(dual.family(), Family::Ipv6);
    assert_eq!(code(dual.send_to(b"", Some((Ipv4Addr::LOCALHOST, 9).into()))), Code::Family);
    dual.bind("::1", 0).unwrap();
    assert_eq!(code(dual.set_option(SocketOption::Ipv6Only, 0)), Code::Invalid, "too late");
    assert_eq!(dual.family(), Family::Ipv6);
}

#[test]
fn recv_from_info_reports_local_address_and_interface() {
    for (family, host) in [(Family::Ipv4, "127.0.0.1"), (Family::Ipv6, "::1")] {
        let (receiver, sender) = (bound(family, ""), bound(family, host));
        let set = receiver.set_option(SocketOption::RecvPktinfo, 1);
        if cfg!(udp_fallback) {
            // The code for systems without control messages says so.
            assert_eq!(set.unwrap_err().code(), Code::Unsupported);
            continue;
        }
        assert_eq!(set, Ok(1));
        let to = SocketAddr::new(host.parse().unwrap(), receiver.local_addr().unwrap().port());
        sender.send_to(b"where?", Some(to)).unwrap();
        let mut buf = [0; 4];
        let (received, info) = receiver.recv_from_info(&mut buf, LONG).unwrap();
        assert_eq!((received.length, received.truncated, &buf), (6, true, b"wher"));
        assert_eq!(received.from, sender.local_addr().unwrap());
        assert_eq!(info.local, Some((to.ip(), udp::interface_index(host).unwrap())));
    }
}

#[test]
fn std_socket_exchanges_datagrams_with_ours() {
    let (socket, addr) = local();
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    other.set_read_timeout(LONG).unwrap();
    other.send_to(b"\xc4\xe3\xba\xc3", addr).unwrap();
    assert_eq!(receive(&socket), (b"\xc4\xe3\xba\xc3".to_vec(), other.local_addr().unwrap()));
    socket.send_to(b"back", Some(other.local_addr().unwrap())).unwrap();
    let mut buf = [0; 8];
    assert_eq!(other.recv_from(&mut buf).unwrap(), (4, addr));
}

#[test]
fn recv_from_after_close_returns_closed() {
    let (socket, _) = local();
    socket.close();
    assert_eq!(code(socket.recv_from(&mut [0; 8], None)), Code::Closed);
    assert_eq!(code(socket.wait(Events::READ, None)), Code::Closed);
}
