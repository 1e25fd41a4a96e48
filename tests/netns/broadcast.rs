//! Broadcast over several networks: each neighbour receives one copy, from an address of its own network.

use std::net::IpAddr;

use udp::{Code, Family, Socket, SocketOption};

use crate::NOW;
use crate::host::{Host, can_make_tunnels, in_own_network};

const PORT: u16 = 2425;

/// The next datagram and its sender's IP address.
fn hear(socket: &Socket) -> (Vec<u8>, String) {
    let (data, from) = crate::hear(socket);
    (data, from.ip().to_string())
}

/// A host on two networks, with a neighbour on each. It also has an interface that is down, one without an address, and
/// one that cannot broadcast.
fn between_networks() -> (Host, Host, Host) {
    let (host, left, right) = (Host::new(), Host::new(), Host::new());
    host.cable(("left", "10.1.0.1/24"), &left, ("eth0", "10.1.0.2/24"));
    host.cable(("right", "10.2.16.1/20"), &right, ("eth0", "10.2.31.9/20"));
    // Two addresses of one network.
    host.ip("addr add 10.1.0.77/24 dev left");
    host.ip("link add spare type veth peer name bare");
    host.ip("addr add 10.3.0.1/24 broadcast + dev spare");
    host.ip("link set bare up");
    host.ip("tuntap add dev tunnel mode tun");
    host.ip("addr add 10.4.0.1 peer 10.4.0.2 dev tunnel");
    host.ip("link set tunnel up");
    (host, left, right)
}

#[test]
fn broadcast_reaches_each_neighbour_once_from_its_network() {
    if !can_make_tunnels() {
        return;
    }
    in_own_network("broadcast::broadcast_reaches_each_neighbour_once_from_its_network", || {
        let (host, left, right) = between_networks();
        // A default route must not cause another copy.
        host.ip("route add default via 10.1.0.2");
        let (left, right) = (left.socket(Family::Ipv4, PORT), right.socket(Family::Ipv4, PORT));
        for family in [Family::Ipv4, Family::Dual] {
            let sent = host.run(move || {
                let socket = Socket::open(family).unwrap();
                let sent = socket.broadcast(b"who is there?", PORT);
                assert_eq!(socket.get_option(SocketOption::Broadcast).unwrap(), 1);
                // If "end" comes next, there was no second copy.
                for to in ["10.1.0.2", "10.2.31.9"] {
                    socket.send_to(b"end", Some((to.parse::<IpAddr>().unwrap(), PORT).into())).unwrap();
                }
                sent
            });
            assert_eq!(sent, Ok(2));
            for (socket, from) in [(&left, "10.1.0.1"), (&right, "10.2.16.1")] {
                assert_eq!(hear(socket), (b"who is there?".to_vec(), from.into()));
                assert_eq!(hear(socket).0, b"end");
            }
        }
    });
}

#[test]
fn broadcast_on_each_interface_sends_or_returns_why_not() {
    if !can_make_tunnels() {
        return;
    }
    in_own_network("broadcast::broadcast_on_each_interface_sends_or_returns_why_not", || {
        let (host, left, right) = between_networks();
        let (left, right) = (left.socket(Family::Ipv4, PORT), right.socket(Family::Ipv4, PORT));
        // By name, by index, by address.
        let right_number: &'static str = host.index("right").to_string().leak();
        for (interface, outcome) in [
            ("left", Ok(())),
            (right_number, Ok(())),
            ("10.1.0.1", Ok(())),
            ("spare", Err(Code::NoInterface)),
            ("bare", Err(Code::NoInterface)),
            ("tunnel", Err(Code::NoInterface)),
            ("lo", Err(Code::NoInterface)),
        ] {
            let said = host.run(move || {
                let index = udp::interface_index(interface).unwrap();
                Socket::open(Family::Ipv4).unwrap().broadcast_on(interface.as_bytes(), PORT, index)
            });
            assert_eq!(said.map_err(|error| error.code()), outcome, "{interface}");
        }
        for (socket, from, texts) in
            [(&left, "10.1.0.1", &["left", "10.1.0.1"][..]), (&right, "10.2.16.1", &[right_number])]
        {
            for text in texts {
                assert_eq!(hear(socket), (text.as_bytes().to_vec(), from.into()));
            }
            assert_eq!(socket.recv_from(&mut [0; 8], NOW).unwrap_err().code(), Code::WouldBlock);
        }
        let nothing = host.run(|| Socket::open(Family::Ipv4).unwrap().broadcast_on(b"", PORT, 4000));
        assert_eq!(nothing.unwrap_err().code(), Code::NoInterface);
        // An interface that vanished is left out.
        host.ip("link del left");
        assert_eq!(host.run(|| Socket::open(Family::Ipv4).unwrap().broadcast(b"again", PORT)), Ok(1));
        assert_eq!(hear(&right).0, b"again");
    });
}

#[test]
fn interfaces_lists_flags_and_addresses() {
    if !can_make_tunnels() {
        return;
    }
    in_own_network("broadcast::interfaces_lists_flags_and_addresses", || {
        let (host, other) = (Host::new(), Host::new());
        host.cable(("one", "10.2.16.1/20"), &other, ("eth0", "10.2.31.9/20"));
        host.ip("addr add fd00::1/64 dev one nodad");
        host.ip("addr add 10.9.0.1/32 dev one label one:1");
        host.ip("link set one mtu 9000");
        host.ip("link add bare type veth peer name spare");
        host.ip("tuntap add dev tunnel mode tun");
        host.ip("addr add 10.4.0.1 peer 10.4.0.2 dev tunnel");
        let rows = host.run(|| udp::interfaces().unwrap());
        let of = |name: &str| rows.iter().filter(|row| row.name == name).collect::<Vec<_>>();
        let found = |ip: &str| {
            of("one").into_iter().find(|row| row.addr.unwrap().ip == ip.parse::<IpAddr>().unwrap())
        };
        let wide = found("10.2.16.1").unwrap();
        assert!(wide.up && wide.running && wide.broadcast && wide.multicast);
        assert!(!wide.loopback && !wide.point_to_point);
        let there = wide.clone();
        assert_eq!(
            (host.run(move || udp::interface_mtu(&there)), wide.addr.unwrap().prefix_len),
            (Ok(9000), 20)
        );
        assert_eq!(wide.addr.unwrap().broadcast, Some([10, 2, 31, 255].into()));
        assert_eq!(found("fd00::1").unwrap().addr.unwrap().prefix_len, 64);
        assert_eq!(found("10.9.0.1").unwrap().addr.unwrap().broadcast, None);
        let [bare] = of("bare")[..] else { panic!("one row for an interface without address") };
        assert!(bare.addr.is_none() && !bare.up && !bare.running && bare.if_index > 0);
        let [tunnel] = of("tunnel")[..] else { panic!("one row for one address") };
        assert!(tunnel.point_to_point && !tunnel.broadcast);
        assert_eq!(tunnel.addr.unwrap().broadcast, None);
        assert!(of("lo").iter().all(|row| row.loopback && !row.broadcast));
        assert!(rows.is_sorted_by_key(|row| row.if_index));
        // Each is found by name, address and index.
        for (text, name) in [
            ("one", "one"),
            ("10.2.16.1", "one"),
            ("fd00::1", "one"),
            ("10.9.0.1", "one"),
            ("tunnel", "tunnel"),
            ("127.0.0.1", "lo"),
            ("::1", "lo"),
            ("1", "lo"),
        ] {
            assert_eq!(host.run(move || udp::interface_index(text)), Ok(of(name)[0].if_index), "{text}");
        }
        for text in ["none", "4000", "10.0.0.1", "fe80::1%none", "-1", " ", "one\0"] {
            let found = host.run(move || udp::interface_index(text));
            assert_eq!(found.unwrap_err().code(), Code::NoInterface, "{text}");
        }
        assert_eq!(host.run(|| udp::interface_index("")), Ok(0));
    });
}

#[test]
fn broadcast_is_received_by_the_sender_once_for_each_network() {
    in_own_network("broadcast::broadcast_is_received_by_the_sender_once_for_each_network", || {
        let (host, other) = (Host::new(), Host::new());
        host.cable(("one", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
        let listener = host.socket(Family::Ipv4, PORT);
        assert_eq!(host.run(|| Socket::open(Family::Ipv4).unwrap().broadcast(b"", PORT)), Ok(1));
        assert_eq!(hear(&listener), (vec![], "10.1.0.1".into()));
        assert_eq!(listener.recv_from(&mut [0; 8], NOW).unwrap_err().code(), Code::WouldBlock);
    });
}

#[test]
fn broadcast_without_network_returns_no_interface() {
    in_own_network("broadcast::broadcast_without_network_returns_no_interface", || {
        let error =
            Host::new().run(|| Socket::open(Family::Ipv4).unwrap().broadcast(b"x", PORT)).unwrap_err();
        assert_eq!(error.code(), Code::NoInterface, "loopback cannot broadcast");
    });
}

#[test]
fn send_to_broadcast_address_needs_the_broadcast_option() {
    in_own_network("broadcast::send_to_broadcast_address_needs_the_broadcast_option", || {
        let (host, other) = (Host::new(), Host::new());
        host.cable(("one", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
        host.ip("route add default dev one");
        let listener = other.socket(Family::Ipv4, PORT);
        host.run(|| {
            let socket = Socket::open(Family::Ipv4).unwrap();
            let everybody = udp::resolve("<broadcast>", PORT, None).unwrap();
            assert_eq!(socket.send_to(b"x", Some(everybody)).unwrap_err().code(), Code::Access);
            socket.set_option(SocketOption::Broadcast, 1).unwrap();
            socket.send_to(b"x", Some(everybody)).unwrap();
        });
        assert_eq!(hear(&listener), (b"x".to_vec(), "10.1.0.1".into()));
    });
}
