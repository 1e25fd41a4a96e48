//! Broadcast over several networks: each neighbour hears one copy, from an address of its own network.

use std::time::Duration;

use udp::{Code, Family, Opt, Socket};

use crate::host::{Host, in_own_network};

const PORT: u16 = 2425;
const LONG: Option<Duration> = Some(Duration::from_secs(10));

/// A listener on a host; it stays there.
fn listen(host: &Host) -> std::sync::Arc<Socket> {
    host.run(|| {
        let socket = Socket::open(Family::Ipv4).unwrap();
        socket.bind("", PORT).unwrap();
        socket.into()
    })
}

/// The next datagram and who sent it.
fn hear(socket: &Socket) -> (Vec<u8>, String) {
    let mut buf = [0; 64];
    let received = socket.recv_from(&mut buf, LONG).unwrap();
    (buf[..received.length].to_vec(), received.from.ip().to_string())
}

#[test]
fn each_neighbour_hears_one_copy_from_its_own_network() {
    in_own_network("broadcast::each_neighbour_hears_one_copy_from_its_own_network", || {
        let (host, left, right) = (Host::new(), Host::new(), Host::new());
        host.cable(("left", "10.1.0.1/24"), &left, ("eth0", "10.1.0.2/24"));
        host.cable(("right", "10.2.16.1/20"), &right, ("eth0", "10.2.31.9/20"));
        // Two addresses on one interface are one network; an interface that is down, or that has no address, is none.
        host.ip("addr add 10.1.0.77/24 dev left");
        host.ip("link add spare type veth peer name bare");
        host.ip("addr add 10.3.0.1/24 broadcast + dev spare");
        host.ip("link set bare up");
        // A default route must not get a copy more.
        host.ip("route add default via 10.1.0.2");
        let (left, right) = (listen(&left), listen(&right));
        for family in [Family::Ipv4, Family::Dual] {
            let sent = host.run(move || {
                let socket = Socket::open(family).unwrap();
                let sent = socket.broadcast(b"who is there?", PORT);
                assert_eq!(socket.get(Opt::Broadcast).unwrap(), 1);
                // What comes after it shows that there was no second copy.
                for to in ["10.1.0.2", "10.2.31.9"] {
                    socket
                        .send_to(b"end", Some((to.parse::<std::net::IpAddr>().unwrap(), PORT).into()))
                        .unwrap();
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
fn the_sender_hears_its_own_broadcast_once_for_each_network() {
    in_own_network("broadcast::the_sender_hears_its_own_broadcast_once_for_each_network", || {
        let (host, other) = (Host::new(), Host::new());
        host.cable(("one", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
        let listener = listen(&host);
        assert_eq!(host.run(|| Socket::open(Family::Ipv4).unwrap().broadcast(b"", PORT)), Ok(1));
        assert_eq!(hear(&listener), (vec![], "10.1.0.1".into()));
        assert_eq!(
            listener.recv_from(&mut [0; 8], Some(Duration::ZERO)).unwrap_err().code(),
            Code::WouldBlock
        );
    });
}

#[test]
fn a_machine_without_a_network_says_so() {
    in_own_network("broadcast::a_machine_without_a_network_says_so", || {
        let error =
            Host::new().run(|| Socket::open(Family::Ipv4).unwrap().broadcast(b"x", PORT)).unwrap_err();
        assert_eq!(error.code(), Code::NoInterface, "loopback cannot broadcast");
    });
}

#[test]
fn a_broadcast_to_a_resolved_address_needs_leave_and_then_arrives() {
    in_own_network("broadcast::a_broadcast_to_a_resolved_address_needs_leave_and_then_arrives", || {
        let (host, other) = (Host::new(), Host::new());
        host.cable(("one", "10.1.0.1/24"), &other, ("eth0", "10.1.0.2/24"));
        host.ip("route add default dev one");
        let listener = listen(&other);
        host.run(|| {
            let socket = Socket::open(Family::Ipv4).unwrap();
            let everybody = udp::resolve::resolve("<broadcast>", PORT, None).unwrap();
            assert_eq!(socket.send_to(b"x", Some(everybody)).unwrap_err().code(), Code::Access);
            socket.set(Opt::Broadcast, 1).unwrap();
            socket.send_to(b"x", Some(everybody)).unwrap();
        });
        assert_eq!(hear(&listener), (b"x".to_vec(), "10.1.0.1".into()));
    });
}
