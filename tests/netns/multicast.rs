//! Multicast groups: a member receives on the interfaces on which it joined, and nobody else receives.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use udp::{Code, Error, Family, OpenOptions, Socket, SocketOption, SourceAddr};

use crate::host::{Host, in_own_network};
use crate::{NOW, addr, code, hear};

const PORT: u16 = 5000;
const V4: &str = "239.255.1.2:5000";
const V6: &str = "[ff12::1:2]:5000";

/// A host between two others.
fn three() -> (Host, Host, Host) {
    let (host, left, right) = (Host::new(), Host::new(), Host::new());
    host.cable(("left", "10.1.0.1/24"), &left, ("eth0", "10.1.0.2/24"));
    host.cable(("right", "10.2.0.1/24"), &right, ("eth0", "10.2.0.2/24"));
    for (name, other, network) in [("left", &left, "fd01"), ("right", &right, "fd02")] {
        host.ip(&format!("addr add {network}::1/64 dev {name} nodad"));
        other.ip(&format!("addr add {network}::2/64 dev eth0 nodad"));
    }
    (host, left, right)
}

fn family(group: &str) -> Family {
    if addr(group).is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }
}

/// A socket bound to the port of `group` on a host.
fn member(host: &Host, group: &str, interface: &'static str) -> Arc<Socket> {
    let socket = host.socket(OpenOptions { reuse_address: true, ..family(group).into() }, PORT);
    let group = addr(group);
    let there = socket.clone();
    host.run(move || there.join(group, None, udp::interface_index(interface).unwrap()).unwrap());
    socket
}

/// Sends to a group on one interface.
fn tell(host: &Host, group: &str, interface: &'static str, text: &'static str) {
    let (group, family) = (addr(group), family(group));
    host.run(move || {
        let socket = Socket::open(family).unwrap();
        let origin = SourceAddr {
            ip: Ipv6Addr::UNSPECIFIED.into(),
            if_index: udp::interface_index(interface).unwrap(),
        };
        socket.reply(text.as_bytes(), Some(group), origin).unwrap();
    });
}

/// If a datagram sent to the member's own address comes next, nothing came before it.
fn heard_nothing(host: &Host, socket: &Socket) {
    let here: IpAddr =
        if socket.family() == Family::Ipv4 { addr("127.0.0.1:0") } else { addr("[::1]:0") }.ip();
    let family = socket.family();
    host.run(move || Socket::open(family).unwrap().send_to(b"end", Some((here, PORT).into())).unwrap());
    assert_eq!(hear(socket).0, b"end");
}

#[test]
fn join_on_one_interface_receives_there_only() {
    in_own_network("multicast::join_on_one_interface_receives_there_only", || {
        let (host, left, right) = three();
        for group in [V4, V6] {
            // By name, by index, by address.
            let by_number: &'static str = host.index("left").to_string().leak();
            for interface in ["left", by_number, if group == V4 { "10.1.0.1" } else { "fd01::1" }] {
                let member = member(&host, group, interface);
                tell(&right, group, "eth0", "from the right");
                tell(&left, group, "eth0", "from the left");
                assert_eq!(hear(&member).0, b"from the left");
                heard_nothing(&host, &member);
            }
        }
    });
}

#[test]
fn join_on_all_interfaces_receives_on_each_until_leave() {
    in_own_network("multicast::join_on_all_interfaces_receives_on_each_until_leave", || {
        let (host, left, right) = three();
        host.ip("link add idle type veth peer name bare");
        host.ip("addr add 10.3.0.1/24 dev idle");
        for group in [V4, V6] {
            let socket = host.socket(family(group), PORT);
            let to = addr(group);
            let run = |job: fn(&Socket, SocketAddr) -> Result<usize, Error>| {
                let socket = socket.clone();
                host.run(move || job(&socket, to))
            };
            // Loopback is the third interface; one that is down does not count.
            assert_eq!(run(|socket, to| socket.join(to, None, 0)), Ok(3));
            assert_eq!(run(|socket, to| socket.join(to, None, 0)), Ok(3), "again: nothing changes");
            tell(&left, group, "eth0", "left");
            assert_eq!(hear(&socket).0, b"left");
            tell(&right, group, "eth0", "right");
            assert_eq!(hear(&socket).0, b"right");
            assert_eq!(run(|socket, to| socket.leave(to, None, 0)), Ok(3));
            assert_eq!(code(run(|socket, to| socket.leave(to, None, 0))), Code::NotJoined);
            tell(&left, group, "eth0", "left");
            heard_nothing(&host, &socket);
        }
    });
}

#[test]
fn groups_joined_by_another_socket_are_not_received() {
    in_own_network("multicast::groups_joined_by_another_socket_are_not_received", || {
        let (host, left, _right) = three();
        for group in [V4, V6] {
            let member = member(&host, group, "left");
            let open = OpenOptions { reuse_address: true, ..family(group).into() };
            let bystander = host.socket(open, PORT);
            tell(&left, group, "eth0", "for the member");
            assert_eq!(hear(&member).0, b"for the member");
            assert_eq!(code(bystander.recv_from(&mut [0; 8], NOW)), Code::WouldBlock);
        }
    });
}

#[test]
fn join_on_dual_stack_receives_groups_of_both_families() {
    in_own_network("multicast::join_on_dual_stack_receives_groups_of_both_families", || {
        let (host, left, _right) = three();
        let socket = host.socket(Family::Dual, PORT);
        for group in [V4, V6] {
            assert_eq!(socket.join(addr(group), None, host.index("left")), Ok(1));
            tell(&left, group, "eth0", "hello");
            let (data, from) = hear(&socket);
            assert_eq!((data, from.is_ipv4()), (b"hello".to_vec(), group == V4));
            assert_eq!(socket.leave(addr(group), None, host.index("left")), Ok(1));
        }
    });
}

#[test]
fn join_source_receives_that_source_only() {
    in_own_network("multicast::join_source_receives_that_source_only", || {
        let (host, left, _right) = three();
        left.ip("addr add 10.1.0.3/24 dev eth0");
        left.ip("addr add fd01::3/64 dev eth0 nodad");
        for (group, wanted, other) in
            [("232.1.2.3:5000", "10.1.0.2", "10.1.0.3"), ("[ff32::1:2]:5000", "fd01::2", "fd01::3")]
        {
            let socket = host.socket(family(group), PORT);
            let index = host.index("left");
            let [wanted, other]: [IpAddr; 2] = [wanted, other].map(|ip| ip.parse().unwrap());
            let send = |from| {
                let family = family(group);
                left.run(move || {
                    let origin = SourceAddr { ip: from, if_index: 2 };
                    Socket::open(family).unwrap().reply(b"x", Some(addr(group)), origin).unwrap();
                });
            };
            assert_eq!(socket.join(addr(group), Some(wanted), index), Ok(1));
            assert_eq!(socket.join(addr(group), Some(wanted), index), Ok(1), "again: nothing changes");
            send(other);
            send(wanted);
            assert_eq!(hear(&socket).1.ip(), wanted);
            // A second source, then only that one.
            assert_eq!(socket.join(addr(group), Some(other), index), Ok(1));
            send(other);
            assert_eq!(hear(&socket).1.ip(), other);
            assert_eq!(socket.leave(addr(group), Some(wanted), index), Ok(1));
            assert_eq!(code(socket.leave(addr(group), Some(wanted), index)), Code::NotJoined);
            send(wanted);
            send(other);
            assert_eq!(hear(&socket).1.ip(), other);
            // All sources, then one again.
            assert_eq!(socket.join(addr(group), None, index), Ok(1));
            send(wanted);
            assert_eq!(hear(&socket).1.ip(), wanted);
            assert_eq!(socket.join(addr(group), Some(other), index), Ok(1));
            send(wanted);
            send(other);
            assert_eq!(hear(&socket).1.ip(), other);
            assert_eq!(socket.leave(addr(group), Some(other), index), Ok(1));
            send(other);
            heard_nothing(&host, &socket);
            assert_eq!(code(socket.leave(addr(group), Some(other), index)), Code::NotJoined);
        }
    });
}

#[test]
fn multicast_interface_and_loop_options_are_obeyed() {
    in_own_network("multicast::multicast_interface_and_loop_options_are_obeyed", || {
        let (host, left, right) = three();
        for group in [V4, V6] {
            let (on_left, on_right) = (member(&left, group, "eth0"), member(&right, group, "eth0"));
            let here = member(&host, group, "left");
            let socket = host.socket(family(group), 0);
            for (name, there) in [("left", &on_left), ("right", &on_right)] {
                let index = host.index(name) as i32;
                assert_eq!(socket.set_option(SocketOption::MulticastInterface, index), Ok(index));
                assert_eq!(socket.get_option(SocketOption::MulticastInterface), Ok(index));
                socket.send_to(name.as_bytes(), Some(addr(group))).unwrap();
                assert_eq!(hear(there).0, name.as_bytes());
            }
            // Loopback of multicasts: received here on the joined interface, unless it is switched off.
            assert_eq!(hear(&here).0, b"left");
            socket.set_option(SocketOption::MulticastInterface, host.index("left") as i32).unwrap();
            socket.set_option(SocketOption::MulticastLoop, 0).unwrap();
            socket.send_to(b"quietly", Some(addr(group))).unwrap();
            assert_eq!(hear(&on_left).0, b"quietly");
            heard_nothing(&host, &here);
        }
    });
}

#[test]
fn join_with_scope_in_the_group_uses_that_interface() {
    in_own_network("multicast::join_with_scope_in_the_group_uses_that_interface", || {
        let (host, left, _right) = three();
        let socket = host.socket(Family::Ipv6, PORT);
        let group = host.run(|| udp::resolve("ff02::1:2%left", PORT, None).unwrap());
        assert_eq!(code(socket.join(group, None, host.index("right"))), Code::Invalid);
        assert_eq!(socket.join(group, None, 0), Ok(1));
        tell(&left, "[ff02::1:2]:5000", "eth0", "hello");
        assert_eq!(hear(&socket).0, b"hello");
        assert_eq!(socket.leave(group, None, 0), Ok(1));
    });
}

#[test]
fn join_that_is_impossible_returns_its_cause() {
    in_own_network("multicast::join_that_is_impossible_returns_its_cause", || {
        let (host, _left, _right) = three();
        let socket = host.socket(Family::Ipv4, 0);
        let index = host.index("left");
        for nobody in ["10.1.0.1:1", "255.255.255.255:1", "0.0.0.0:1"] {
            assert_eq!(code(socket.join(addr(nobody), None, 0)), Code::Invalid, "{nobody}");
        }
        assert_eq!(code(socket.join(addr(V6), None, index)), Code::Family);
        assert_eq!(code(host.socket(Family::Ipv6, 0).join(addr(V4), None, index)), Code::Family);
        assert_eq!(code(socket.join(addr(V4), Some(addr(V6).ip()), index)), Code::Family);
        assert_eq!(code(socket.join(addr(V4), Some(addr(V4).ip()), index)), Code::Invalid);
        assert_eq!(code(socket.join(addr(V4), None, 4_000_000_000)), Code::NoInterface);
        assert_eq!(code(socket.leave(addr(V4), None, index)), Code::NotJoined);
        let source = Some(addr("10.1.0.2:1").ip());
        assert_eq!(code(socket.leave(addr(V4), source, index)), Code::NotJoined);
        assert_eq!(socket.join(addr(V4), None, index), Ok(1));
        // At most as many groups as the kernel allows (net.ipv4.igmp_max_memberships).
        host.sysctl("net/ipv4/igmp_max_memberships", "2");
        let other = |last: u8| SocketAddr::from(([239, 255, 2, last], PORT));
        assert_eq!(socket.join(other(1), None, index), Ok(1));
        assert_eq!(code(socket.join(other(2), None, index)), Code::Limit);
    });
}

#[test]
fn leave_after_interface_vanished_affects_no_other_group() {
    in_own_network("multicast::leave_after_interface_vanished_affects_no_other_group", || {
        let (host, left, right) = three();
        for (group, gone) in [(V4, "left"), (V6, "right")] {
            let stays = if gone == "left" { "right" } else { "other" };
            let others = if gone == "left" { &right } else { &left };
            if gone == "right" {
                // The first round removed the left interface.
                host.cable(("other", "fd03::1/64"), others, ("eth3", "fd03::2/64"));
            }
            let socket = host.socket(family(group), PORT);
            let (index, there) = (host.index(gone), host.index(stays));
            assert_eq!(socket.join(addr(group), None, index), Ok(1));
            assert_eq!(socket.join(addr(group), None, there), Ok(1));
            socket.set_option(SocketOption::MulticastInterface, index as i32).unwrap();
            host.ip(&format!("link del {gone}"));
            let gone_code = code(socket.send_to(b"x", Some(addr(group))));
            assert!(matches!(gone_code, Code::NoInterface | Code::Unreachable), "{gone_code:?}");
            tell(others, group, if gone == "left" { "eth0" } else { "eth3" }, "still here");
            assert_eq!(hear(&socket).0, b"still here");
            assert_eq!(socket.leave(addr(group), None, there), Ok(1));
            // The membership vanished with the interface, or is dropped now.
            if let Err(error) = socket.leave(addr(group), None, index) {
                assert_eq!(error.code(), Code::NotJoined);
            }
            assert_eq!(code(socket.join(addr(group), None, index)), Code::NoInterface);
        }
    });
}
