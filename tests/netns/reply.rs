//! A machine with several addresses answers from the address that was asked.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use udp::{Code, Family, PacketInfo, Socket, SocketOption, SourceAddr, Transmit};

use crate::host::{Host, in_own_network};
use crate::{LONG, addr, hear};

const PORT: u16 = 4000;
const QUESTIONS: usize = 20;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The next datagram's sender and destination.
fn asked(server: &Socket) -> (SocketAddr, SourceAddr) {
    let (mut buf, mut found) = ([0; 64], None);
    server.recv_batch(&mut buf, 1, LONG, |arrival| found = Some((arrival.from, arrival.info))).unwrap();
    let (from, PacketInfo { local, .. }) = found.unwrap();
    let (local, interface) = local.unwrap();
    (from, SourceAddr { ip: local, if_index: interface })
}

/// A server bound to all addresses, with UDP_OPT_RECV_PKTINFO.
fn server(host: &Host, family: Family) -> Arc<Socket> {
    let server = host.socket(family, PORT);
    server.set_option(SocketOption::RecvPktinfo, 1).unwrap();
    server
}

/// Asks `to` from a connected socket, which receives from `to` only, and returns the answer of `server`.
fn ask(client: &Host, to: SocketAddr, server: &Socket) -> Vec<u8> {
    let client = client.run(move || {
        let client = Socket::open(if to.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }).unwrap();
        client.connect(to).unwrap();
        client.send_to(b"?", None).unwrap();
        client
    });
    let (from, origin) = asked(server);
    assert_eq!(origin.ip, to.ip());
    server.reply(b"!", Some(from), origin).unwrap();
    hear(&client).0
}

#[test]
fn reply_comes_from_the_address_that_was_asked() {
    in_own_network("reply::reply_comes_from_the_address_that_was_asked", || {
        let (host, client) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &client, ("eth0", "10.1.0.2/24"));
        host.cable(("eth1", "10.2.0.1/24"), &client, ("eth1", "10.2.0.2/24"));
        host.ip("addr add 10.1.0.77/24 dev eth0");
        host.ip("addr add fd00::1/64 dev eth0 nodad");
        host.ip("addr add fd00::77/64 dev eth0 nodad");
        client.ip("addr add fd00::2/64 dev eth0 nodad");
        let both = ["10.1.0.1:4000", "10.1.0.77:4000", "10.2.0.1:4000", "[fd00::1]:4000", "[fd00::77]:4000"];
        for (family, addresses) in
            [(Family::Ipv4, &both[..3]), (Family::Ipv6, &both[3..]), (Family::Dual, &both[..])]
        {
            let server = server(&host, family);
            for to in addresses {
                assert_eq!(ask(&client, addr(to), &server), b"!");
            }
        }
    });
}

#[test]
fn reply_batch_comes_from_the_addresses_that_were_asked() {
    in_own_network("reply::reply_batch_comes_from_the_addresses_that_were_asked", || {
        let (host, client) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &client, ("eth0", "10.1.0.2/24"));
        host.ip("addr add 10.1.0.77/24 dev eth0");
        host.ip("addr add fd00::1/64 dev eth0 nodad");
        host.ip("addr add fd00::77/64 dev eth0 nodad");
        client.ip("addr add fd00::2/64 dev eth0 nodad");
        let server = server(&host, Family::Dual);
        let clients: Vec<Socket> = ["10.1.0.1:4000", "10.1.0.77:4000", "[fd00::1]:4000", "[fd00::77]:4000"]
            .map(|to| {
                client.run(move || {
                    let to = addr(to);
                    let client =
                        Socket::open(if to.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }).unwrap();
                    client.connect(to).unwrap();
                    for _ in 0..QUESTIONS {
                        client.send_to(b"question", None).unwrap();
                    }
                    client
                })
            })
            .into();
        let (mut arena, mut asked) = (vec![0; 100 * 64], Vec::new());
        while asked.len() < 4 * QUESTIONS {
            let took = server.recv_batch(&mut arena, 100, LONG, |arrival| {
                let (local, interface) = arrival.info.local.unwrap();
                asked.push((arrival.from, SourceAddr { ip: local, if_index: interface }));
            });
            took.unwrap();
        }
        // In order of arrival; then those of one peer next to each other, so that GSO can send them.
        for _ in 0..2 {
            let answer = |&(from, origin)| (Transmit { data: b"answer", to: Some(from) }, origin);
            let answers: Vec<_> = asked.iter().map(answer).collect();
            assert_eq!(server.reply_batch(&answers), Ok(answers.len()));
            asked.sort_by_key(|(from, _)| *from);
        }
        assert_eq!(server.stats().unwrap().offload_refused, 0);
        for client in &clients {
            for _ in 0..2 * QUESTIONS {
                assert_eq!(hear(client).0, b"answer");
            }
        }
    });
}

#[test]
fn reply_batch_with_invalid_source_sends_those_before_it() {
    in_own_network("reply::reply_batch_with_invalid_source_sends_those_before_it", || {
        let (host, client) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &client, ("eth0", "10.1.0.2/24"));
        let (socket, listener) = (host.socket(Family::Ipv4, PORT), client.socket(Family::Ipv4, PORT));
        let index = host.index("eth0");
        host.run(move || {
            let to = Some(addr("10.1.0.2:4000"));
            let from = |local| SourceAddr { ip: ip(local), if_index: index };
            let send = |origins: &[&'static str], data: &'static [u8]| {
                let replies: Vec<_> =
                    origins.iter().map(|local| (Transmit { data, to }, from(local))).collect();
                socket.reply_batch(&replies).map_err(|error| error.code())
            };
            // A reply to a broadcast or multicast has the interface's own address as source.
            assert_eq!(send(&["10.1.0.255"; 10], b"10"), Ok(10));
            assert_eq!(send(&["10.1.0.1", "10.1.0.255", "255.255.255.255", "239.1.1.1"], b"4"), Ok(4));
            // A foreign source address ends the batch, and is the error of a batch that begins with it.
            assert_eq!(send(&["10.1.0.1", "10.1.0.1", "10.9.9.9", "10.1.0.1"], b"2"), Ok(2));
            assert_eq!(send(&["10.9.9.9", "10.1.0.1"], b"0"), Err(Code::NotLocal));
            assert_eq!(send(&["10.9.9.9"; 10], b"0"), Err(Code::NotLocal));
            assert_eq!(send(&["::1", "10.1.0.1"], b"0"), Err(Code::Family));
            assert_eq!(socket.stats().unwrap().sent, 16);
        });
        for (text, count) in [("10", 10), ("4", 4), ("2", 2)] {
            for _ in 0..count {
                assert_eq!(hear(&listener), (text.into(), addr("10.1.0.1:4000")));
            }
        }
    });
}

#[test]
fn reply_by_another_interface_keeps_the_source_address() {
    in_own_network("reply::reply_by_another_interface_keeps_the_source_address", || {
        // The client asks eth1's address through eth0. eth1 has no way back to it.
        let (host, client) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &client, ("eth0", "10.1.0.2/24"));
        host.ip("link add eth1 type veth peer name bare");
        host.ip("link set bare up");
        host.ip("addr add 10.2.0.1/24 dev eth1");
        host.ip("link set eth1 up");
        client.ip("route add 10.2.0.0/24 via 10.1.0.1");
        let server = server(&host, Family::Ipv4);
        assert_eq!(ask(&client, addr("10.2.0.1:4000"), &server), b"!");
    });
}

#[test]
fn reply_to_broadcast_leaves_by_the_interface_of_arrival() {
    in_own_network("reply::reply_to_broadcast_leaves_by_the_interface_of_arrival", || {
        // Two networks with the same addresses, so that the routes alone would choose the first.
        let (host, left, right) = (Host::new(), Host::new(), Host::new());
        host.cable(("left", "10.1.0.1/24"), &left, ("eth0", "10.1.0.2/24"));
        host.cable(("right", "10.1.0.9/24"), &right, ("eth0", "10.1.0.2/24"));
        let server = server(&host, Family::Dual);
        let group = addr("239.255.0.1:4000");
        let there = server.clone();
        assert_eq!(host.run(move || there.join(group, None, 0)), Ok(3));
        for (client, from, interface) in [(&left, "10.1.0.1", "left"), (&right, "10.1.0.9", "right")] {
            // The limited broadcast, the network's broadcast, and a group.
            for to in [addr("255.255.255.255:4000"), addr("10.1.0.255:4000"), group] {
                let asker = client.socket(Family::Ipv4, 0);
                asker.set_option(SocketOption::Broadcast, 1).unwrap();
                let by_eth0 = SourceAddr { ip: ip("0.0.0.0"), if_index: client.index("eth0") };
                asker.reply(b"?", Some(to), by_eth0).unwrap();
                let (peer, origin) = asked(&server);
                assert_eq!((origin.ip, origin.if_index), (to.ip(), host.index(interface)));
                let server = server.clone();
                host.run(move || server.reply(b"!", Some(peer), origin).unwrap());
                assert_eq!(hear(&asker), (b"!".to_vec(), SocketAddr::new(ip(from), PORT)));
            }
        }
    });
}

#[test]
fn reply_to_link_local_peer_stays_on_its_link() {
    in_own_network("reply::reply_to_link_local_peer_stays_on_its_link", || {
        let (host, left, right) = (Host::new(), Host::new(), Host::new());
        host.cable(("left", "fe80::1/64"), &left, ("eth0", "fe80::2/64"));
        host.cable(("right", "fe80::1/64"), &right, ("eth0", "fe80::2/64"));
        let server = server(&host, Family::Ipv6);
        for client in [&left, &right] {
            let to = client.run(|| udp::resolve("fe80::1%eth0", PORT, None).unwrap());
            assert_eq!(ask(client, to, &server), b"!");
        }
    });
}

#[test]
fn reply_from_foreign_address_returns_not_local() {
    in_own_network("reply::reply_from_foreign_address_returns_not_local", || {
        let (host, client) = (Host::new(), Host::new());
        host.cable(("eth0", "10.1.0.1/24"), &client, ("eth0", "10.1.0.2/24"));
        host.ip("addr add 10.1.0.77/24 dev eth0");
        for (have, other) in [("10.1.0.77", "10.1.0.2:9"), ("fd00::77", "[fd00::2]:9")] {
            let socket = host.socket(Family::Dual, 0);
            if have.contains(':') {
                host.ip("addr add fd00::77/64 dev eth0 nodad");
            }
            let origin = SourceAddr { ip: ip(have), if_index: 0 };
            let send = || {
                let socket = socket.clone();
                host.run(move || socket.reply(b"x", Some(addr(other)), origin))
            };
            send().unwrap();
            // The address is removed.
            host.ip(&format!("addr del {have}/{} dev eth0", if have.contains(':') { 64 } else { 24 }));
            let error = send().unwrap_err();
            assert_eq!(error.code(), Code::NotLocal);
            assert!(error.to_string().contains(have), "{error}");
        }
        // The interface is removed.
        let socket = host.socket(Family::Ipv4, 0);
        let origin = SourceAddr { ip: ip("0.0.0.0"), if_index: host.index("eth0") };
        let to = Some(addr("10.1.0.2:9"));
        socket.reply(b"x", to, origin).unwrap();
        host.ip("link del eth0");
        let there = socket.clone();
        assert_eq!(host.run(move || there.reply(b"x", to, origin)).unwrap_err().code(), Code::NoInterface);
        // The source has another family than the destination.
        let origin = SourceAddr { ip: ip("::1"), if_index: 0 };
        assert_eq!(socket.reply(b"x", to, origin).unwrap_err().code(), Code::Family);
    });
}
