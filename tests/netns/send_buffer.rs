//! A full send buffer. It never fills on loopback, so datagrams wait for a neighbour that does not exist.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use udp::{Code, Events, Family, Socket, SocketOption};

use crate::host::{Host, in_own_network};

/// A socket whose send buffer is full. The kernel keeps datagrams while it asks for the neighbour's hardware address,
/// which it does here without end (mcast_solicit, arp(7)).
fn full(host: &Host, other: &Host) -> (Arc<Socket>, SocketAddr) {
    host.cable(("one", "10.1.0.1/24"), other, ("eth0", "10.1.0.2/24"));
    host.ip("ntable change name arp_cache dev one mcast_probes 100 queue 1000");
    let to = SocketAddr::from(([10, 1, 0, 99], 9));
    let socket = host.run(move || {
        let socket = Socket::open(Family::Ipv4).unwrap();
        socket.set_option(SocketOption::SendBuffer, 4096).unwrap();
        socket.set_option(SocketOption::SendTimeout, 0).unwrap();
        let mut sent = 0;
        while let Ok(()) = socket.send_to(&[0; 1000], Some(to)) {
            sent += 1;
            assert!(sent < 1000, "the send buffer does not fill");
        }
        Arc::new(socket)
    });
    assert_eq!(socket.send_to(&[0; 1000], Some(to)).unwrap_err().code(), Code::WouldBlock);
    (socket, to)
}

#[test]
fn send_with_full_buffer_waits_for_the_send_timeout() {
    in_own_network("send_buffer::send_with_full_buffer_waits_for_the_send_timeout", || {
        let (host, other) = (Host::new(), Host::new());
        let (socket, to) = full(&host, &other);
        assert_eq!(socket.wait(Events::WRITE, Some(Duration::ZERO)).unwrap_err().code(), Code::WouldBlock);
        socket.set_option(SocketOption::SendTimeout, 50).unwrap();
        let start = Instant::now();
        assert_eq!(socket.send_to(&[0; 1000], Some(to)).unwrap_err().code(), Code::TimedOut);
        assert!(start.elapsed() >= Duration::from_millis(50));
    });
}

#[test]
fn close_wakes_a_waiting_send() {
    in_own_network("send_buffer::close_wakes_a_waiting_send", || {
        let (host, other) = (Host::new(), Host::new());
        let (socket, to) = full(&host, &other);
        socket.set_option(SocketOption::SendTimeout, i32::MAX).unwrap();
        let sender = socket.clone();
        let waiting = thread::spawn(move || sender.send_to(&[0; 1000], Some(to)));
        socket.close();
        assert_eq!(waiting.join().unwrap().unwrap_err().code(), Code::Closed);
        assert_eq!(socket.wait(Events::WRITE, None).unwrap_err().code(), Code::Closed);
    });
}

#[test]
fn recv_from_during_full_send_buffer_does_not_wait() {
    in_own_network("send_buffer::recv_from_during_full_send_buffer_does_not_wait", || {
        let (host, other) = (Host::new(), Host::new());
        let (socket, to) = full(&host, &other);
        socket.set_option(SocketOption::SendTimeout, i32::MAX).unwrap();
        let sender = socket.clone();
        let waiting = thread::spawn(move || sender.send_to(&[0; 1000], Some(to)));
        let port = socket.local_addr().unwrap().port();
        host.run(move || {
            let peer = Socket::open(Family::Ipv4).unwrap();
            peer.send_to(b"hello", Some(([127, 0, 0, 1], port).into())).unwrap();
        });
        assert_eq!(socket.recv_from(&mut [0; 8], Some(Duration::from_secs(10))).unwrap().length, 5);
        socket.close();
        assert_eq!(waiting.join().unwrap().unwrap_err().code(), Code::Closed);
    });
}
