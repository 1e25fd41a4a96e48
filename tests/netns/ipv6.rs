//! IPv6 between hosts: link-local scopes, both families in one socket, the largest datagram.

use udp::MAX_IPV6;
use udp::{Code, Family, PacketInfo, SocketOption};

use crate::host::{Host, in_own_network, is_root};
use crate::{LONG, addr, hear};

const PORT: u16 = 6000;

/// Two hosts with a cable between them.
fn two() -> (Host, Host) {
    let (host, other) = (Host::new(), Host::new());
    host.cable(("eth0", "fd00::1/64"), &other, ("eth0", "fd00::2/64"));
    host.ip("addr add 10.1.0.1/24 dev eth0");
    other.ip("addr add 10.1.0.2/24 dev eth0");
    (host, other)
}

#[test]
fn recv_from_link_local_sender_returns_a_scope_that_answers() {
    in_own_network("ipv6::recv_from_link_local_sender_returns_a_scope_that_answers", || {
        // The same addresses on two links.
        let (host, left, right) = (Host::new(), Host::new(), Host::new());
        host.cable(("left", "fe80::1/64"), &left, ("eth0", "fe80::2/64"));
        host.cable(("right", "fe80::1/64"), &right, ("eth0", "fe80::2/64"));
        let server = host.socket(Family::Ipv6, PORT);
        for (name, client) in [("left", &left), ("right", &right)] {
            let asker = client.socket(Family::Ipv6, 0);
            let there = asker.clone();
            client.run(move || {
                let to = udp::resolve("fe80::1%eth0", PORT, None).unwrap();
                there.send_to(b"?", Some(to)).unwrap();
            });
            let (_, from) = hear(&server);
            let text = host.run(move || udp_format(from));
            assert!(text.starts_with(&format!("[fe80::2%{name}]:")), "{text}");
            server.send_to(name.as_bytes(), Some(from)).unwrap();
            assert_eq!(hear(&asker).0, name.as_bytes());
        }
        // An unknown link is an error.
        let to = host.run(|| udp::resolve("fe80::2%none", 9, None));
        assert_eq!(to.unwrap_err().code(), Code::NoInterface);
        assert!(server.send_to(b"x", Some(addr("[fe80::2%4000]:9"))).is_err());
    });
}

/// A link-local address as text.
fn udp_format(addr: std::net::SocketAddr) -> String {
    let mut text = [0; udp::ffi::types::UDP_ADDR_TEXT_SIZE];
    let addr = udp::ffi::types::udp_addr::from(addr);
    // SAFETY: an address, and a buffer with its size.
    let length = unsafe { udp::ffi::addr::udp_format(&addr, text.as_mut_ptr(), text.len()) };
    text[..length as usize].iter().map(|&byte| byte as u8 as char).collect()
}

#[test]
fn dual_stack_socket_exchanges_both_families() {
    in_own_network("ipv6::dual_stack_socket_exchanges_both_families", || {
        let (host, other) = two();
        let server = host.socket(Family::Dual, PORT);
        server.set_option(SocketOption::RecvPktinfo, 1).unwrap();
        for (family, to) in [
            (Family::Ipv4, "10.1.0.1:6000"),
            (Family::Ipv6, "[fd00::1]:6000"),
            (Family::Dual, "10.1.0.1:6000"),
            (Family::Dual, "[fd00::1]:6000"),
        ] {
            let client = other.socket(family, 0);
            client.send_to(b"ping", Some(addr(to))).unwrap();
            let (mut buf, mut came) = ([0; 8], None);
            server
                .recv_batch(&mut buf, 1, LONG, |arrival| came = Some((arrival.from, arrival.info)))
                .unwrap();
            let (from, PacketInfo { local, .. }) = came.unwrap();
            assert_eq!(from.is_ipv4(), addr(to).is_ipv4(), "an IPv4 peer is shown as one");
            assert_eq!(local.unwrap().0, addr(to).ip());
            server.send_to(b"pong", Some(from)).unwrap();
            assert_eq!(hear(&client), (b"pong".to_vec(), addr(to)));
        }
    });
}

#[test]
fn largest_ipv6_datagrams_arrive_whole() {
    if !is_root("setting a buffer size beyond the limit") {
        return;
    }
    in_own_network("ipv6::largest_ipv6_datagrams_arrive_whole", || {
        let (host, other) = two();
        let server = host.socket(Family::Ipv6, PORT);
        // Room for all fragments.
        server.set_option(SocketOption::ForceRecvBuffer, 8 << 20).unwrap();
        let client = other.socket(Family::Ipv6, 0);
        let data: Vec<u8> = (0..MAX_IPV6).map(|index| (index % 251) as u8).collect();
        for number in 0..20 {
            let mut one = data.clone();
            one[0] = number;
            client.send_to(&one, Some(addr("[fd00::1]:6000"))).unwrap();
            assert!(hear(&server).0 == one, "number {number}");
        }
        let error = client.send_to(&vec![0; MAX_IPV6 + 1], Some(addr("[fd00::1]:6000"))).unwrap_err();
        assert_eq!(error.code(), Code::MessageSize);
    });
}
