//! Packets on the wire, as tcpdump prints them.

use std::net::IpAddr;

use udp::{Code, Family, Socket, SocketOption, Transmit};

use crate::addr;
use crate::host::{Host, in_own_network, is_root};
use crate::optional::have;
use crate::program::Running;

/// tcpdump sets its groups, for which it needs to be root outside the namespace.
fn can_tap() -> bool {
    is_root("tcpdump") && have("tcpdump") && have("ethtool")
}

/// tcpdump on an interface of a host.
struct Wire(Running);

/// A packet as tcpdump prints it.
struct Packet {
    /// Its headers as text.
    text: String,
    /// The payload of the datagram.
    data: Vec<u8>,
}

impl Wire {
    /// Captures the next `count` packets to port 5000.
    fn tap(host: &Host, device: &str, count: usize) -> Wire {
        let words =
            format!("-i {device} -c {count} -n -t -vv -x -l --immediate-mode -Z root udp and dst port 5000");
        Wire(host.start("tcpdump", &words, "listening on"))
    }

    fn packets(self) -> Vec<Packet> {
        let mut packets: Vec<Packet> = Vec::new();
        loop {
            let line = self.0.line();
            if line.contains("packets captured") || line.contains("packet captured") {
                break;
            }
            if line.starts_with("IP") {
                packets.push(Packet { text: line, data: Vec::new() });
            } else if let Some((_, hex)) = line.split_once(":  ").filter(|_| line.starts_with("\t0x")) {
                let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
                let bytes = (0..digits.len()).step_by(2);
                let packet = packets.last_mut().unwrap();
                packet.data.extend(bytes.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()));
            } else if let Some(packet) = packets.last_mut() {
                packet.text += &line;
            }
        }
        for packet in &mut packets {
            // The headers of IP, without options, and of UDP.
            let headers = if packet.data[0] >> 4 == 4 { 20 + 8 } else { 40 + 8 };
            packet.data.drain(..headers);
        }
        packets
    }
}

/// Bytes that differ between datagrams.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 256 * 31 + at) as u8).collect()
}

/// Sends with every call that uses GSO, and checks that each datagram leaves `device` alone, whole and with a valid
/// checksum.
fn datagrams_are_single(host: &Host, seen_by: &Host, to: &'static str) {
    const SEGMENT: usize = 1200;
    let data = bytes(10 * SEGMENT + 500);
    // Runs of equal length with a shorter end, other lengths between them, and an empty datagram.
    let lengths = [700, 700, 700, 300, 1000, 0, 1000, 1000, 1, 1];
    let datagrams: Vec<Vec<u8>> =
        lengths.iter().enumerate().map(|(at, &length)| bytes(length + at)[at..].to_vec()).collect();
    let expected: Vec<Vec<u8>> = data.chunks(SEGMENT).map(<[u8]>::to_vec).chain(datagrams.clone()).collect();

    let wire = Wire::tap(seen_by, "eth0", expected.len());
    host.run(move || {
        let to = addr(to);
        let socket = Socket::open(if to.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }).unwrap();
        socket.set_option(SocketOption::Tos, 0xb8).unwrap();
        assert_eq!(socket.send_segments(&data, SEGMENT, Some(to)).unwrap(), 11);
        let packets: Vec<Transmit> = datagrams.iter().map(|data| Transmit { data, to: Some(to) }).collect();
        assert_eq!(socket.send_batch(&packets).unwrap(), datagrams.len());
    });
    let packets = wire.packets();
    assert_eq!(packets.len(), expected.len());
    for (packet, expected) in packets.iter().zip(&expected) {
        assert!(packet.text.contains("[udp sum ok]"), "{}", packet.text);
        assert!(packet.text.contains("0xb8"), "{}", packet.text);
        assert!(
            packet.data == *expected,
            "{} bytes, not {}: {}",
            packet.data.len(),
            expected.len(),
            packet.text
        );
    }
}

/// Network cards segment super-datagrams (GSO). Here the kernel does, for a device that cannot (segmentation-offloads
/// in the kernel's documentation).
#[test]
fn gso_batch_is_single_datagrams_on_the_wire() {
    if !can_tap() {
        return;
    }
    in_own_network("wire::gso_batch_is_single_datagrams_on_the_wire", || {
        let (host, router, other) = (Host::new(), Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &router, ("left", "10.1.0.2/24"));
        router.cable(("right", "10.2.0.1/24"), &other, ("eth0", "10.2.0.2/24"));
        for (host, device, network) in [
            (&host, "eth0", "fd01::1"),
            (&router, "left", "fd01::2"),
            (&router, "right", "fd02::1"),
            (&other, "eth0", "fd02::2"),
        ] {
            host.ip(&format!("addr add {network}/64 dev {device} nodad"));
        }
        host.ip("route add 10.2.0.0/24 via 10.1.0.2");
        host.ip("route add fd02::/64 via fd01::2");
        router.sysctl("net/ipv4/ip_forward", "1");
        router.sysctl("net/ipv6/conf/all/forwarding", "1");
        router.tool("ethtool", "-K right tx off");
        // On the way to the router they are still one packet, so GSO was used.
        for to in ["10.2.0.2:5000", "[fd02::2]:5000"] {
            let joined = Wire::tap(&host, "eth0", 1);
            datagrams_are_single(&host, &other, to);
            assert_eq!(joined.packets()[0].data.len(), 10 * 1200 + 500);
        }
    });
}

/// Before 6.12, Linux rejected GSO on such a device; now it segments the super-datagram (udp_send_skb in
/// net/ipv4/udp.c). The datagrams are the same.
#[test]
fn gso_without_checksum_offload_sends_the_same() {
    if !can_tap() {
        return;
    }
    in_own_network("wire::gso_without_checksum_offload_sends_the_same", || {
        let (host, other) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
        host.ip("addr add fd01::1/64 dev eth0 nodad");
        other.ip("addr add fd01::2/64 dev eth0 nodad");
        host.tool("ethtool", "-K eth0 tx off");
        for to in ["10.1.0.2:5000", "[fd01::2]:5000"] {
            datagrams_are_single(&host, &other, to);
        }
    });
}

/// The effect of options in the output of tcpdump.
#[test]
fn options_are_visible_in_the_packets() {
    if !can_tap() {
        return;
    }
    in_own_network("wire::options_are_visible_in_the_packets", || {
        use SocketOption::{DontFragment, MulticastTtl, Tos, Ttl};
        const PEER: [&str; 2] = ["10.1.0.2:5000", "[fd01::2]:5000"];
        const GROUP: [&str; 2] = ["239.255.1.2:5000", "[ff15::1:2]:5000"];
        type Case = ([&'static str; 2], &'static [(SocketOption, i32)], [&'static str; 2]);
        const CASES: [Case; 11] = [
            (PEER, &[], ["tos 0x0, ttl 64,", "hlim 64,"]),
            (PEER, &[(Tos, 0xb8)], ["tos 0xb8,", "class 0xb8,"]),
            (PEER, &[(Tos, 0x02)], ["tos 0x2,ECT(0),", "class 0x02,"]),
            (PEER, &[(Tos, 0xbb)], ["tos 0xbb,CE,", "class 0xbb,"]),
            (PEER, &[(Ttl, 7), (MulticastTtl, 9)], ["ttl 7,", "hlim 7,"]),
            // Linux sets DF on a packet that it need not fragment, with every value of the option.
            (PEER, &[(DontFragment, 0)], ["flags [DF]", "UDP"]),
            (PEER, &[(DontFragment, 1)], ["flags [DF]", "UDP"]),
            (PEER, &[(DontFragment, 2)], ["flags [DF]", "UDP"]),
            (GROUP, &[], ["ttl 1,", "hlim 1,"]),
            (GROUP, &[(Ttl, 7), (MulticastTtl, 9)], ["ttl 9,", "hlim 9,"]),
            (GROUP, &[(Tos, 0xb8)], ["tos 0xb8,", "class 0xb8,"]),
        ];
        let (host, other) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
        host.ip("addr add fd01::1/64 dev eth0 nodad");
        other.ip("addr add fd01::2/64 dev eth0 nodad");
        host.tool("ethtool", "-K eth0 tx off");
        for (family, versions) in [(Family::Ipv4, &[0][..]), (Family::Ipv6, &[1]), (Family::Dual, &[0, 1])] {
            let wire = Wire::tap(&other, "eth0", CASES.len() * versions.len());
            host.run(move || {
                for (to, options, _) in CASES {
                    let socket = Socket::open(family).unwrap();
                    let device = udp::interface_index("eth0").unwrap();
                    socket.set_option(SocketOption::MulticastInterface, device as i32).unwrap();
                    for &(option, value) in options {
                        socket.set_option(option, value).unwrap();
                    }
                    for &version in versions {
                        socket.send_to(b"some", Some(addr(to[version]))).unwrap();
                    }
                }
            });
            let mut packets = wire.packets().into_iter();
            for (to, options, words) in CASES {
                for &version in versions {
                    let Packet { text, data } = packets.next().unwrap();
                    assert_eq!(data, b"some");
                    let to: IpAddr = addr(to[version]).ip();
                    for word in [words[version], &format!("{to}.5000: "), "[udp sum ok]"] {
                        assert!(text.contains(word), "{family:?} {options:?}: no '{word}' in: {text}");
                    }
                }
            }
        }
    });
}

#[test]
fn send_above_mtu_fragments_or_fails_by_dont_fragment() {
    if !can_tap() {
        return;
    }
    in_own_network("wire::send_above_mtu_fragments_or_fails_by_dont_fragment", || {
        let (host, other) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
        let wire = Wire::tap(&other, "eth0", 1);
        host.run(|| {
            let to = Some(addr("10.1.0.2:5000"));
            let socket = Socket::open(Family::Ipv4).unwrap();
            for forbidden in [1, 2] {
                socket.set_option(SocketOption::DontFragment, forbidden).unwrap();
                assert_eq!(socket.send_to(&bytes(3000), to).unwrap_err().code(), Code::MessageSize);
            }
            socket.set_option(SocketOption::DontFragment, 0).unwrap();
            socket.send_to(&bytes(3000), to).unwrap();
        });
        // Only the first fragment has a port to filter by.
        let Packet { text, data } = &wire.packets()[0];
        assert!(text.contains("flags [+]"), "{text}");
        assert_eq!(*data, bytes(3000)[..1500 - 20 - 8]);
    });
}
