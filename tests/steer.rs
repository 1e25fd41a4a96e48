//! Sockets that share a port, and which of them gets a datagram.

#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "the processor that a thread runs on")]

use std::net::SocketAddr;
use std::time::Duration;

use udp::{Code, Family, OpenOptions, Socket, Steering};

const TIMEOUT: Option<Duration> = Some(Duration::from_secs(20));

/// Sockets of one port, in the order of their binds.
fn sharing(count: usize) -> (Vec<Socket>, SocketAddr) {
    let mut port = 0;
    let sockets = (0..count).map(|_| {
        let socket = Socket::open(OpenOptions { reuse_port: true, ..Family::Ipv4.into() }).unwrap();
        socket.bind("127.0.0.1", port).unwrap();
        port = socket.local_addr().unwrap().port();
        socket
    });
    let sockets: Vec<_> = sockets.collect();
    let addr = sockets[0].local_addr().unwrap();
    (sockets, addr)
}

/// The number of the socket that gets a datagram. The kernel delivers on loopback before the send returns, or soon after.
fn taker(sockets: &[Option<Socket>], sender: &Socket, addr: SocketAddr, data: &[u8]) -> usize {
    sender.send_to(data, Some(addr)).unwrap();
    let mut buf = [0; 64];
    loop {
        for (number, socket) in sockets.iter().enumerate() {
            match socket.as_ref().map(|socket| socket.recv_from(&mut buf, Some(Duration::ZERO))) {
                Some(Ok(received)) => {
                    assert_eq!(&buf[..received.length], data);
                    return number;
                }
                Some(Err(error)) => assert_eq!(error.code(), Code::WouldBlock),
                None => {}
            }
        }
    }
}

fn sender() -> Socket {
    let sender = Socket::open(Family::Ipv4).unwrap();
    sender.bind("127.0.0.1", 0).unwrap();
    sender
}

fn some(sockets: Vec<Socket>) -> Vec<Option<Socket>> {
    sockets.into_iter().map(Some).collect()
}

#[test]
fn steer_by_bytes_chooses_by_their_remainder() {
    let (sockets, addr) = sharing(3);
    let sender = sender();
    for (length, offset) in [(1, 0), (2, 3), (4, 7)] {
        sockets[1].steer(Steering::Bytes { offset, length }, 3).unwrap();
        for value in [0u32, 1, 2, 3, 100, 0xFFFF_FFFE] {
            let value = value & (u32::MAX >> (32 - 8 * length));
            let mut data = vec![0xAA; offset as usize];
            data.extend(&value.to_be_bytes()[4 - length as usize..]);
            sender.send_to(&data, Some(addr)).unwrap();
            let mut buf = [0; 64];
            let got = sockets[value as usize % 3].recv_from(&mut buf, TIMEOUT);
            assert_eq!(got.unwrap().length, data.len(), "{value} at {offset}");
        }
    }
    sender.send_to(b"short", Some(addr)).unwrap();
    assert_eq!(
        sockets[0].recv_from(&mut [0; 8], TIMEOUT).unwrap().length,
        5,
        "a value that is not there is 0"
    );
}

#[test]
fn steer_by_cpu_chooses_by_the_processor_of_the_sender_on_loopback() {
    let (sockets, addr) = sharing(2);
    sockets[0].steer(Steering::Cpu, 2).unwrap();
    let (sockets, sender) = (some(sockets), sender());
    // SAFETY: all zero is a valid set; each call gets a set that lives and its size.
    unsafe {
        let mut allowed: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of_val(&allowed), &mut allowed), 0);
        for cpu in (0..libc::CPU_SETSIZE as usize).filter(|&cpu| libc::CPU_ISSET(cpu, &allowed)) {
            let mut one: libc::cpu_set_t = std::mem::zeroed();
            libc::CPU_SET(cpu, &mut one);
            assert_eq!(libc::sched_setaffinity(0, size_of_val(&one), &one), 0);
            assert_eq!(taker(&sockets, &sender, addr, b"x"), cpu % 2, "sent on processor {cpu}");
        }
    }
}

#[test]
fn close_of_one_socket_gives_its_number_to_the_last() {
    let (sockets, addr) = sharing(4);
    sockets[0].steer(Steering::Bytes { offset: 0, length: 1 }, 4).unwrap();
    let (mut sockets, sender) = (some(sockets), sender());
    assert_eq!(taker(&sockets, &sender, addr, &[1]), 1);
    sockets[1] = None;
    assert_eq!(taker(&sockets, &sender, addr, &[1]), 3);
    assert_eq!(taker(&sockets, &sender, addr, &[0]), 0);
    assert_eq!(taker(&sockets, &sender, addr, &[2]), 2);
    // There is no number 3 any more, so that the hash decides: a peer always reaches the same socket.
    let by_hash = taker(&sockets, &sender, addr, &[3]);
    assert_eq!(taker(&sockets, &sender, addr, &[3]), by_hash);
    sockets[0].as_ref().unwrap().steer(Steering::Bytes { offset: 0, length: 1 }, 3).unwrap();
    assert_eq!(taker(&sockets, &sender, addr, &[3]), 0);
}

#[test]
fn steer_by_hash_ends_steering() {
    let (sockets, addr) = sharing(2);
    sockets[0].steer(Steering::Hash, 0).unwrap();
    sockets[0].steer(Steering::Bytes { offset: 0, length: 1 }, 2).unwrap();
    sockets[1].steer(Steering::Hash, 0).unwrap();
    let (sockets, sender) = (some(sockets), sender());
    let by_hash = taker(&sockets, &sender, addr, &[0]);
    assert_eq!(taker(&sockets, &sender, addr, &[1]), by_hash, "one peer, one socket");
}

#[test]
fn steer_with_wrong_arguments_fails() {
    let (sockets, _) = sharing(1);
    let bytes = |offset, length| Steering::Bytes { offset, length };
    for (steering, count) in [
        (Steering::Cpu, 0),
        (bytes(0, 1), 0),
        (bytes(0, 0), 1),
        (bytes(0, 3), 1),
        (bytes(0, 8), 1),
        (bytes(65_535, 1), 1),
        (bytes(65_532, 4), 1),
        (bytes(u32::MAX, 4), 1),
    ] {
        let error = sockets[0].steer(steering, count).unwrap_err();
        assert_eq!(error.code(), Code::Invalid, "{steering:?} {count}");
    }
    sockets[0].steer(bytes(65_531, 4), 1).unwrap();
    sockets[0].steer(Steering::Cpu, u32::MAX).unwrap();

    let alone = sender();
    assert!(alone.steer(Steering::Cpu, 1).unwrap_err().to_string().contains("UDP_OPEN_REUSE_PORT"));
    let unbound = Socket::open(OpenOptions { reuse_port: true, ..Family::Ipv4.into() }).unwrap();
    assert!(unbound.steer(Steering::Cpu, 1).unwrap_err().to_string().contains("bind"));
}
