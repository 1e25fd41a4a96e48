//! Errors that routers and devices report about sent datagrams.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use udp::{Code, Family, Socket, SocketOption};

use crate::host::{Host, in_own_network, is_root};
use crate::{LONG, NOW, addr, code, hear};

/// A host, a router, and a host behind it. The MTU of the second link is 1,300.
fn routed() -> (Host, Host, Host) {
    let (host, router, far) = (Host::new(), Host::new(), Host::new());
    host.cable(("eth0", "10.1.0.1/24"), &router, ("near", "10.1.0.254/24"));
    router.cable(("far", "10.2.0.254/24"), &far, ("eth0", "10.2.0.1/24"));
    host.ip("addr add fd01::1/64 dev eth0 nodad");
    router.ip("addr add fd01::fe/64 dev near nodad");
    router.ip("addr add fd02::fe/64 dev far nodad");
    far.ip("addr add fd02::1/64 dev eth0 nodad");
    router.sysctl("net/ipv4/ip_forward", "1");
    router.sysctl("net/ipv6/conf/all/forwarding", "1");
    for (from, v4, v6) in [(&host, "10.1.0.254", "fd01::fe"), (&far, "10.2.0.254", "fd02::fe")] {
        from.ip(&format!("route add default via {v4}"));
        from.ip(&format!("-6 route add default via {v6}"));
        from.sysctl("net/ipv4/icmp_ratelimit", "0");
        from.sysctl("net/ipv6/icmp/ratelimit", "0");
    }
    router.sysctl("net/ipv4/icmp_ratelimit", "0");
    router.sysctl("net/ipv6/icmp/ratelimit", "0");
    router.ip("link set far mtu 1300");
    (host, router, far)
}

fn told(host: &Host, family: Family) -> Arc<Socket> {
    let socket = host.socket(family, 0);
    socket.set_option(SocketOption::RecvErrors, 1).unwrap();
    socket
}

#[test]
fn recv_error_without_route_returns_peer_and_router() {
    in_own_network("path_errors::recv_error_without_route_returns_peer_and_router", || {
        let (host, router, far) = routed();
        for (how, v4, v6) in [
            // icmp_err_convert in net/ipv4/icmp.c; RFC 4443, 3.1.
            ("unreachable", (Code::Unreachable, (3, 1)), (Code::Unreachable, (1, 0))),
            ("prohibit", (Code::Unreachable, (3, 13)), (Code::Access, (1, 1))),
        ] {
            router.ip(&format!("route add {how} 10.9.0.0/16"));
            router.ip(&format!("-6 route add {how} fd09::/16"));
            for (peer, offender, live, (code, icmp)) in
                [("10.9.0.1:9", "10.1.0.254", "10.2.0.1", v4), ("[fd09::1]:9", "fd01::fe", "fd02::1", v6)]
            {
                let socket = told(&host, Family::Dual);
                let listener = far.socket(Family::Dual, 0);
                let live = SocketAddr::new(live.parse().unwrap(), listener.local_addr().unwrap().port());
                socket.send_to(b"x", Some(addr(peer))).unwrap();
                let error = socket.recv_error(LONG).unwrap();
                assert_eq!((error.code, error.peer, error.icmp), (code, addr(peer), icmp));
                assert_eq!(error.offender, Some(offender.parse().unwrap()));
                // Other peers are still reached.
                for _ in 0..10 {
                    socket.send_to(b"x", Some(addr(peer))).unwrap();
                    socket.send_to(b"hello", Some(live)).unwrap();
                    assert_eq!(hear(&listener).0, b"hello");
                }
            }
            router.ip(&format!("route del {how} 10.9.0.0/16"));
            router.ip(&format!("-6 route del {how} fd09::/16"));
        }
    });
}

#[test]
fn recv_error_above_path_mtu_returns_the_mtu() {
    in_own_network("path_errors::recv_error_above_path_mtu_returns_the_mtu", || {
        let (host, _router, far) = routed();
        for (family, ip, headers) in [(Family::Ipv4, "10.2.0.1", 28), (Family::Ipv6, "fd02::1", 48)] {
            let listener = far.socket(family, 0);
            let to = SocketAddr::new(ip.parse().unwrap(), listener.local_addr().unwrap().port());
            let socket = told(&host, family);
            assert_eq!(socket.set_option(SocketOption::DontFragment, 1), Ok(1));
            // The first one is sent; the router drops it and reports its MTU.
            socket.send_to(&[1; 1400], Some(to)).unwrap();
            let error = socket.recv_error(LONG).unwrap();
            assert_eq!((error.code, error.peer, error.mtu), (Code::MessageSize, to, 1300));
            assert!(error.offender.is_some());
            // From now on the path MTU is known.
            assert_eq!(code(socket.send_to(&[2; 1400], Some(to))), Code::MessageSize);
            let error = socket.recv_error(LONG).unwrap();
            assert_eq!((error.code, error.mtu, error.offender), (Code::MessageSize, 1300, None));
            socket.send_to(&vec![3; 1300 - headers], Some(to)).unwrap();
            assert_eq!(hear(&listener).0, vec![3; 1300 - headers]);
            // A connected socket can read it.
            let connected = host.socket(family, 0);
            assert_eq!(code(connected.get_option(SocketOption::PathMtu)), Code::NotConnected);
            connected.connect(to).unwrap();
            assert_eq!(connected.get_option(SocketOption::PathMtu), Ok(1300));
            // With fragmentation allowed, it arrives.
            socket.set_option(SocketOption::DontFragment, 0).unwrap();
            socket.send_to(&[4; 1400], Some(to)).unwrap();
            assert_eq!(hear(&listener).0, [4; 1400]);
            // A probe ignores the cached path MTU; only the link's own MTU limits it.
            assert_eq!(socket.set_option(SocketOption::DontFragment, 2), Ok(2));
            socket.send_to(&[5; 1400], Some(to)).unwrap();
            assert_eq!(socket.recv_error(LONG).unwrap().mtu, 1300);
            assert_eq!(code(socket.send_to(&[5; 1500], Some(to))), Code::MessageSize);
        }
    });
}

#[test]
fn send_batch_above_path_mtu_reports_and_delivers_the_rest() {
    in_own_network("path_errors::send_batch_above_path_mtu_reports_and_delivers_the_rest", || {
        let (host, _router, far) = routed();
        let listener = far.socket(Family::Ipv4, 0);
        let to = SocketAddr::new("10.2.0.1".parse().unwrap(), listener.local_addr().unwrap().port());
        let socket = told(&host, Family::Ipv4);
        socket.set_option(SocketOption::DontFragment, 1).unwrap();
        socket.send_to(&[1; 1400], Some(to)).unwrap();
        assert_eq!(socket.recv_error(LONG).unwrap().mtu, 1300);
        // GSO rejects segments above the path MTU, so they are sent one by one, and each is rejected.
        assert_eq!(code(socket.send_segments(&[2; 14_000], 1400, Some(to))), Code::MessageSize);
        assert_eq!(socket.send_segments(&[3; 12_000], 1200, Some(to)), Ok(10));
        for _ in 0..10 {
            assert_eq!(hear(&listener).0, [3; 1200]);
        }
    });
}

#[test]
fn send_to_full_device_returns_no_buffers_after_retries() {
    in_own_network("path_errors::send_to_full_device_returns_no_buffers_after_retries", || {
        let (host, far) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &far, ("eth0", "10.1.0.2/24"));
        // A queue of 3,000 bytes drained at 8,000 bits a second: 30 datagrams take half a minute.
        host.tool("tc", "qdisc add dev eth0 root tbf rate 8kbit burst 1600 limit 3000");
        let to = Some(addr("10.1.0.2:9"));
        let socket = told(&host, Family::Ipv4);
        let fill = || {
            for _ in 0..100 {
                if let Err(error) = socket.send_to(&[0; 1000], to) {
                    return error.code();
                }
            }
            panic!("the queue takes everything")
        };
        socket.set_option(SocketOption::SendTimeout, 0).unwrap();
        assert_eq!(fill(), Code::NoBuffers);
        // The retries end after 255 ms, or after the send timeout.
        socket.set_option(SocketOption::SendTimeout, i32::MAX).unwrap();
        let start = Instant::now();
        assert_eq!(fill(), Code::NoBuffers);
        assert!(start.elapsed() >= Duration::from_millis(255));
        socket.set_option(SocketOption::SendTimeout, 20).unwrap();
        assert_eq!(fill(), Code::NoBuffers);
        // A close does not wait for the retries.
        socket.set_option(SocketOption::SendTimeout, i32::MAX).unwrap();
        socket.close();
        assert_eq!(fill(), Code::Closed);
    });
}

#[test]
fn send_to_full_device_succeeds_when_room_returns() {
    if !is_root("setting a buffer size beyond the limit") {
        return;
    }
    in_own_network("path_errors::send_to_full_device_succeeds_when_room_returns", || {
        let (host, far) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &far, ("eth0", "10.1.0.2/24"));
        // 1,000 datagrams a second leave, and the queue holds five.
        host.tool("tc", "qdisc add dev eth0 root tbf rate 8mbit burst 1600 limit 5000");
        let listener = far.socket(Family::Ipv4, 4000);
        listener.set_option(SocketOption::ForceRecvBuffer, 8 << 20).unwrap();
        let socket = told(&host, Family::Ipv4);
        for number in 0..200u8 {
            socket.send_to(&[number; 1000], Some(addr("10.1.0.2:4000"))).unwrap();
        }
        for number in 0..200u8 {
            assert!(hear(&listener).0 == [number; 1000], "number {number}");
        }
    });
}

/// The checksum of an ICMP message (RFC 1071).
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let sum: u32 = bytes.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    (!((sum & 0xffff) + (sum >> 16)) as u16).to_be_bytes()
}

/// Sends an ICMP message that a datagram from `from` to `to` was refused, though nobody sent it (RFC 792).
fn forge(host: &Host, target: [u8; 4], (from, from_port): ([u8; 4], u16), (to, to_port): ([u8; 4], u16)) {
    let mut icmp = vec![3, 3, 0, 0, 0, 0, 0, 0];
    // It quotes the headers of that datagram: 28 bytes, of which UDP has 8.
    icmp.extend([0x45, 0, 0, 29, 0, 0, 0, 0, 64, 17, 0, 0]);
    icmp.extend(from);
    icmp.extend(to);
    icmp.extend([from_port.to_be_bytes(), to_port.to_be_bytes(), [0, 9], [0, 0]].concat());
    let sum = checksum(&icmp);
    icmp[2..4].copy_from_slice(&sum);
    host.run(move || {
        // SAFETY: the address and the message outlive the call, and the descriptor is closed once.
        unsafe {
            let raw = libc::socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP);
            let mut to: libc::sockaddr_in = std::mem::zeroed();
            to.sin_family = libc::AF_INET as _;
            to.sin_addr.s_addr = u32::from_ne_bytes(target);
            let len = size_of_val(&to) as _;
            let sent = libc::sendto(raw, icmp.as_ptr().cast(), icmp.len(), 0, (&raw const to).cast(), len);
            assert_eq!(sent, icmp.len() as isize, "{}", std::io::Error::last_os_error());
            libc::close(raw);
        }
    });
}

#[test]
fn icmp_error_about_unknown_peer_is_ignored() {
    in_own_network("path_errors::icmp_error_about_unknown_peer_is_ignored", || {
        let (host, other) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
        let listener = other.socket(Family::Ipv4, 4000);
        let peer = addr("10.1.0.2:4000");
        let lie_to = |socket: &Socket| {
            let port = socket.local_addr().unwrap().port();
            forge(&other, [10, 1, 0, 1], ([10, 1, 0, 1], port), ([10, 1, 0, 99], 9));
        };
        let talks = |socket: &Socket, to| {
            socket.send_to(b"ping", to).unwrap();
            let (data, from) = hear(&listener);
            assert_eq!(data, b"ping");
            listener.send_to(b"pong", Some(from)).unwrap();
            assert_eq!(hear(socket).0, b"pong");
        };
        // Not connected, without the option: nothing is reported.
        let socket = host.socket(Family::Ipv4, 0);
        lie_to(&socket);
        talks(&socket, Some(peer));
        // With the option: it is reported with its peer, and fails no call.
        let socket = host.socket(Family::Ipv4, 0);
        socket.set_option(SocketOption::RecvErrors, 1).unwrap();
        lie_to(&socket);
        talks(&socket, Some(peer));
        let error = socket.recv_error(LONG).unwrap();
        assert_eq!((error.code, error.peer), (Code::Refused, addr("10.1.0.99:9")));
        assert_eq!(error.offender, Some(peer.ip()));
        // Connected: an error about another peer is not for this socket.
        let socket = host.socket(Family::Ipv4, 0);
        socket.connect(peer).unwrap();
        lie_to(&socket);
        talks(&socket, None);
        socket.set_option(SocketOption::RecvErrors, 1).unwrap();
        lie_to(&socket);
        talks(&socket, None);
        assert_eq!(code(socket.recv_error(NOW)), Code::WouldBlock);
    });
}

/// GSO refuses segments larger than the path MTU, which alone would be fragmented.
fn batch_above_the_mtu_arrives(host: &Host, far: &Host, family: Family, peer: &str, size: usize) {
    const COUNT: usize = 20;
    let (socket, listener) = (host.socket(family, 0), far.socket(family, 0));
    let to = Some(SocketAddr::new(peer.parse().unwrap(), listener.local_addr().unwrap().port()));
    listener.set_option(SocketOption::RecvBuffer, 1 << 20).unwrap();
    let data: Vec<Vec<u8>> = (0..COUNT).map(|index| vec![index as u8; size]).collect();
    let packets: Vec<udp::Transmit<'_>> = data.iter().map(|data| udp::Transmit { data, to }).collect();
    let before = socket.stats().unwrap().offload_refused;
    assert_eq!(socket.send_batch(&packets), Ok(COUNT));
    assert!(socket.stats().unwrap().offload_refused > before, "{peer}: GSO was not refused");
    assert_eq!(socket.send_segments(&data.concat(), size, to), Ok(COUNT));
    let mut heard: Vec<Vec<u8>> = (0..2 * COUNT).map(|_| hear(&listener).0).collect();
    heard.sort();
    let expected: Vec<Vec<u8>> = data.iter().flat_map(|data| [data.clone(), data.clone()]).collect();
    assert!(heard == expected, "{peer}");
    // Smaller segments still go together: what one path refuses says nothing about another.
    let refused = socket.stats().unwrap().offload_refused;
    assert_eq!(socket.send_segments(&data.concat()[..5000], 500, to), Ok(10));
    assert_eq!(socket.stats().unwrap().offload_refused, refused);
    assert!(socket.stats().unwrap().sends_gso);
}

#[test]
fn send_batch_above_the_mtu_is_fragmented() {
    in_own_network("path_errors::send_batch_above_the_mtu_is_fragmented", || {
        let (host, router, far) = routed();
        // The MTU of the link is 1,500.
        batch_above_the_mtu_arrives(&host, &router, Family::Ipv4, "10.1.0.254", 2000);
        batch_above_the_mtu_arrives(&host, &router, Family::Ipv6, "fd01::fe", 2000);
        // The path takes 1,300 bytes, which the host learns from the router.
        for (family, peer) in [(Family::Ipv4, "10.2.0.1"), (Family::Ipv6, "fd02::1")] {
            let (socket, listener) = (told(&host, family), far.socket(family, 0));
            let to = SocketAddr::new(peer.parse().unwrap(), listener.local_addr().unwrap().port());
            socket.send_to(&[0; 1400], Some(to)).unwrap();
            // IPv6 routers never fragment; an IPv4 socket sets DF while it discovers the path MTU.
            assert_eq!(socket.recv_error(LONG).unwrap().code, Code::MessageSize);
            batch_above_the_mtu_arrives(&host, &far, family, peer, 1350);
        }
    });
}
