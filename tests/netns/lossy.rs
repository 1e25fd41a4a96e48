//! Paths that lose, duplicate and reorder datagrams: what arrives is received in order of arrival, once for each
//! arrival, in single calls and batches, with and without GRO.

use std::net::SocketAddr;
use std::sync::Arc;

use udp::BLOCK_SIZE;
use udp::{Code, Family, OpenOptions, Socket, SocketOption, Transmit};

use crate::host::{Host, in_own_network, is_root};
use crate::optional::have;
use crate::{LONG, NOW, addr};

const PORT: u16 = 7000;
const COUNT: u16 = 1000;

fn number(data: &[u8]) -> u16 {
    u16::from_be_bytes([data[0], data[1]])
}

/// Two hosts with a cable.
fn two() -> (Host, Host) {
    let (host, other) = (Host::new(), Host::new());
    host.cable(("eth0", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
    (host, other)
}

/// Adds a firewall rule for the test's datagrams at a hook of a host (nft(8)).
fn rule(host: &Host, hook: &str, rule: &str) {
    host.tool("nft", "add table ip t");
    host.tool("nft", &format!("add chain ip t c {{ type filter hook {hook} priority 0 ; }}"));
    host.tool("nft", &format!("add rule ip t c udp dport {PORT} {rule}"));
}

fn listener(host: &Host, coalesce: bool) -> Arc<Socket> {
    let listener = host.socket(OpenOptions { coalesce, ..Family::Ipv4.into() }, PORT);
    listener.set_option(SocketOption::ForceRecvBuffer, 32 << 20).unwrap();
    listener
}

/// Sends numbered datagrams one by one, then as a batch. Runs of equal size can be sent with GSO.
fn send(host: &Host, to: &str) {
    let socket = host.socket(Family::Ipv4, 0);
    let (to, end) = (Some(addr(to)), SocketAddr::new(addr(to).ip(), PORT + 1));
    let datagrams: Vec<Vec<u8>> = (0..COUNT)
        .map(|number| [&number.to_be_bytes()[..], &vec![7; usize::from(number / 100) * 40 + 10]].concat())
        .collect();
    for data in &datagrams {
        socket.send_to(data, to).unwrap();
    }
    let batch: Vec<_> = datagrams.iter().map(|data| Transmit { data, to }).collect();
    assert_eq!(socket.send_batch(&batch), Ok(batch.len()));
    socket.send_to(b"end", Some(end)).unwrap();
}

/// The numbers that arrived, received in batches after the last datagram arrived.
fn received(socket: &Socket, end: &Socket) -> Vec<u16> {
    end.recv_from(&mut [0; 8], LONG).unwrap();
    let mut numbers = Vec::new();
    let mut arena = vec![0; 4 * BLOCK_SIZE];
    loop {
        let mut places = Vec::new();
        let got = socket.recv_batch(&mut arena, 64, NOW, |arrival| {
            let mut offset = arrival.offset;
            for length in arrival.lengths() {
                places.push((offset, length));
                offset += length;
            }
        });
        match got {
            Ok(got) => assert_eq!(got, places.len()),
            Err(error) => {
                assert_eq!(error.code(), Code::WouldBlock);
                break;
            }
        }
        for (offset, length) in places {
            let data = &arena[offset..offset + length];
            assert_eq!(data[2..], vec![7; usize::from(number(data) / 100) * 40 + 10]);
            numbers.push(number(data));
        }
    }
    let stats = socket.stats().unwrap();
    assert_eq!((stats.received, stats.dropped, stats.truncated), (numbers.len() as u64, 0, 0));
    numbers
}

#[test]
fn lost_datagrams_leave_the_others_intact() {
    if !have("nft") || !is_root("setting a buffer size beyond the limit") {
        return;
    }
    in_own_network("lossy::lost_datagrams_leave_the_others_intact", || {
        for coalesce in [false, true] {
            let (host, other) = two();
            // Drops every fourth packet; a super-datagram (GSO) is one packet.
            rule(&other, "input", "numgen inc mod 4 == 0 drop");
            let (socket, end) = (listener(&other, coalesce), other.socket(Family::Ipv4, PORT + 1));
            send(&host, "10.1.0.2:7000");
            let numbers = received(&socket, &end);
            let (single, batch) = numbers.split_at(usize::from(COUNT) * 3 / 4);
            assert_eq!(*single, (0..COUNT).filter(|number| number % 4 != 0).collect::<Vec<_>>());
            assert!(batch.is_sorted() && !batch.is_empty() && batch.len() < usize::from(COUNT));
        }
    });
}

#[test]
fn duplicated_datagrams_are_received_twice() {
    if !have("nft") || !is_root("setting a buffer size beyond the limit") {
        return;
    }
    in_own_network("lossy::duplicated_datagrams_are_received_twice", || {
        for coalesce in [false, true] {
            let (host, other) = two();
            rule(&host, "output", "dup to 10.1.0.2 device eth0");
            let (socket, end) = (listener(&other, coalesce), other.socket(Family::Ipv4, PORT + 1));
            send(&host, "10.1.0.2:7000");
            let numbers = received(&socket, &end);
            let mut times = vec![0; usize::from(COUNT)];
            numbers.iter().for_each(|&number| times[usize::from(number)] += 1);
            // Sent twice, each duplicated.
            assert!(times.iter().all(|&times| times == 4), "{times:?}");
        }
    });
}

#[test]
fn reordered_datagrams_are_received_in_arrival_order() {
    if !is_root("setting a buffer size beyond the limit") {
        return;
    }
    in_own_network("lossy::reordered_datagrams_are_received_in_arrival_order", || {
        for coalesce in [false, true] {
            let (host, other) = two();
            let (socket, end) = (listener(&other, coalesce), other.socket(Family::Ipv4, PORT + 1));
            let relay = host.socket(Family::Ipv4, PORT);
            let relay_end = host.socket(Family::Ipv4, PORT + 1);
            relay.set_option(SocketOption::ForceRecvBuffer, 32 << 20).unwrap();
            send(&host, "127.0.0.1:7000");
            relay_end.recv_from(&mut [0; 8], LONG).unwrap();
            // The relay forwards each three in the order 2, 0, 1.
            let mut buf = [0; 2048];
            let mut waiting: Vec<Vec<u8>> = Vec::new();
            let mut order = Vec::new();
            while let Ok(received) = relay.recv_from(&mut buf, NOW) {
                waiting.push(buf[..received.length].to_vec());
                if waiting.len() == 3 {
                    waiting.rotate_right(1);
                    for data in waiting.drain(..) {
                        order.push(number(&data));
                        relay.send_to(&data, Some(addr("10.1.0.2:7000"))).unwrap();
                    }
                }
            }
            relay.send_to(b"end", Some(addr("10.1.0.2:7001"))).unwrap();
            assert_eq!(order.len(), usize::from(COUNT) * 2 / 3 * 3);
            assert_eq!(received(&socket, &end), order);
        }
    });
}
