//! Options whose effect is visible between hosts.

use udp::{Code, Family, PacketInfo, Socket, SocketOption, SourceAddr};

use crate::host::{Host, in_own_network, is_root};
use crate::optional::have;
use crate::{LONG, NOW, addr, hear};

const PORT: u16 = 8000;

/// The packet info of the next datagram.
fn details(socket: &Socket) -> PacketInfo {
    let mut found = None;
    socket.recv_batch(&mut [0; 64], 1, LONG, |arrival| found = Some(arrival.info)).unwrap();
    found.unwrap()
}

/// Two hosts with a cable, IPv4 and IPv6.
fn two() -> (Host, Host) {
    let (host, other) = (Host::new(), Host::new());
    host.cable(("eth0", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
    host.ip("addr add fd00::1/64 dev eth0 nodad");
    other.ip("addr add fd00::2/64 dev eth0 nodad");
    (host, other)
}

const BOTH: [(Family, &str); 4] = [
    (Family::Ipv4, "10.1.0.2:8000"),
    (Family::Ipv6, "[fd00::2]:8000"),
    (Family::Dual, "10.1.0.2:8000"),
    (Family::Dual, "[fd00::2]:8000"),
];

#[test]
fn tos_and_ecn_arrive_as_set() {
    in_own_network("options::tos_and_ecn_arrive_as_set", || {
        let (host, other) = two();
        let listener = other.socket(Family::Dual, PORT);
        listener.set_option(SocketOption::RecvTos, 1).unwrap();
        for (family, to) in BOTH {
            let socket = host.socket(family, 0);
            // DSCP EF (RFC 3246), and each of the ECN marks (RFC 3168).
            for ecn in 0..4u8 {
                let tos = 46 << 2 | ecn;
                assert_eq!(socket.set_option(SocketOption::Tos, tos.into()), Ok(tos.into()));
                socket.send_to(b"x", Some(addr(to))).unwrap();
                assert_eq!(details(&listener).tos, tos, "{family:?} {to}");
            }
        }
    });
}

#[test]
fn recv_timestamp_is_the_time_of_arrival() {
    in_own_network("options::recv_timestamp_is_the_time_of_arrival", || {
        let (host, other) = two();
        let listener = other.socket(Family::Dual, PORT);
        assert_eq!(listener.set_option(SocketOption::RecvTimestamp, 1), Ok(1));
        let now = || std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
        for (family, to) in BOTH {
            let socket = host.socket(family, 0);
            let before = now();
            socket.send_to(b"x", Some(addr(to))).unwrap();
            let time = details(&listener).timestamp_ns;
            assert!((before..=now()).contains(&time), "{before} {time}");
        }
    });
}

#[test]
fn bind_interface_excludes_other_interfaces() {
    in_own_network("options::bind_interface_excludes_other_interfaces", || {
        let (host, left, right) = (Host::new(), Host::new(), Host::new());
        host.cable(("left", "10.1.0.1/24"), &left, ("eth0", "10.1.0.2/24"));
        host.cable(("right", "10.2.0.1/24"), &right, ("eth0", "10.2.0.2/24"));
        let (index, socket) = (host.index("left") as i32, host.socket(Family::Ipv4, PORT));
        let there = socket.clone();
        assert_eq!(host.run(move || there.set_option(SocketOption::BindInterface, index)), Ok(index));
        assert_eq!(socket.get_option(SocketOption::BindInterface), Ok(index));
        let (from_left, from_right) = (left.socket(Family::Ipv4, 0), right.socket(Family::Ipv4, 0));
        from_right.send_to(b"right", Some(addr("10.2.0.1:8000"))).unwrap();
        from_left.send_to(b"left", Some(addr("10.1.0.1:8000"))).unwrap();
        let (data, peer) = hear(&socket);
        assert_eq!(data, b"left");
        assert_eq!(socket.recv_from(&mut [0; 8], NOW).unwrap_err().code(), Code::WouldBlock);
        socket.send_to(b"back", Some(peer)).unwrap();
        assert_eq!(hear(&from_left).0, b"back");
        // Back to all interfaces.
        assert_eq!(socket.set_option(SocketOption::BindInterface, 0), Ok(0));
        from_right.send_to(b"right", Some(addr("10.2.0.1:8000"))).unwrap();
        assert_eq!(hear(&socket).0, b"right");
    });
}

#[test]
fn priority_is_seen_by_the_firewall() {
    if !have("nft") {
        return;
    }
    in_own_network("options::priority_is_seen_by_the_firewall", || {
        let (host, other) = two();
        let listener = other.socket(Family::Dual, PORT);
        host.tool("nft", "add table inet t");
        host.tool("nft", "add chain inet t out { type filter hook output priority 0 ; }");
        // A priority is written as two numbers of 16 bits (tc-prio(8)).
        host.tool("nft", "add rule inet t out udp dport 8000 meta priority 0:5 accept");
        host.tool("nft", "add rule inet t out udp dport 8000 drop");
        for (family, to) in BOTH {
            let socket = host.socket(family, 0);
            // Datagrams of any other priority are dropped.
            let _ = socket.send_to(b"usual", Some(addr(to)));
            assert_eq!(socket.set_option(SocketOption::Priority, 5), Ok(5));
            socket.send_to(b"five", Some(addr(to))).unwrap();
            assert_eq!(hear(&listener).0, b"five");
        }
    });
}

#[test]
fn force_recv_buffer_as_root_exceeds_the_limit() {
    if !is_root("setting a buffer size beyond the limit") {
        return;
    }
    in_own_network("options::force_recv_buffer_as_root_exceeds_the_limit", || {
        let (host, other) = two();
        let listener = other.socket(Family::Ipv4, PORT);
        let limit = listener.set_option(SocketOption::RecvBuffer, i32::MAX).unwrap();
        assert_eq!(listener.set_option(SocketOption::ForceRecvBuffer, 4 * limit), Ok(4 * limit));
        assert_eq!(listener.get_option(SocketOption::RecvBuffer), Ok(4 * limit));
        // Receive more than the limit would allow: a datagram takes more memory than its bytes.
        let socket = host.socket(Family::Ipv4, 0);
        let count = limit / 60_000 + 1;
        for _ in 0..count {
            socket.send_to(&[0; 60_000], Some(addr("10.1.0.2:8000"))).unwrap();
        }
        for _ in 0..count {
            assert_eq!(hear(&listener).0.len(), 60_000);
        }
        assert_eq!(listener.stats().unwrap().dropped, 0);
    });
}

#[test]
fn stats_after_full_buffer_count_dropped() {
    in_own_network("options::stats_after_full_buffer_count_dropped", || {
        let (host, other) = two();
        let (listener, end) = (other.socket(Family::Ipv4, PORT), other.socket(Family::Ipv4, PORT + 1));
        listener.set_option(SocketOption::RecvBuffer, 4096).unwrap();
        let socket = host.socket(Family::Ipv4, 0);
        for _ in 0..100 {
            socket.send_to(&[0; 1000], Some(addr("10.1.0.2:8000"))).unwrap();
        }
        socket.send_to(b"end", Some(addr("10.1.0.2:8001"))).unwrap();
        hear(&end);
        let dropped = listener.stats().unwrap().dropped;
        let mut received = 0;
        while listener.recv_from(&mut [0; 1000], NOW).is_ok() {
            received += 1;
        }
        assert!(dropped > 0);
        assert_eq!(dropped + received, 100);
    });
}

#[test]
fn busy_poll_still_receives() {
    in_own_network("options::busy_poll_still_receives", || {
        let (host, other) = two();
        let listener = other.socket(Family::Ipv4, PORT);
        assert_eq!(listener.set_option(SocketOption::BusyPoll, 50), Ok(50));
        assert_eq!(listener.get_option(SocketOption::BusyPoll), Ok(50));
        let socket = host.socket(Family::Ipv4, 0);
        let origin = SourceAddr { ip: addr("10.1.0.1:0").ip(), if_index: 0 };
        socket.reply(b"x", Some(addr("10.1.0.2:8000")), origin).unwrap();
        assert_eq!(hear(&listener).0, b"x");
    });
}
