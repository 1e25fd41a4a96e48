//! Batches deliver the same datagrams as a loop of single calls, with and without GSO and GRO.

#![cfg_attr(
    target_os = "linux",
    expect(unsafe_code, reason = "an option that makes the system refuse super-datagrams")
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use udp::BLOCK_SIZE;
use udp::{Code, Error, Events, Family, OpenOptions, RecvMeta, Socket, SocketOption, Transmit};

const NOW: Option<Duration> = Some(Duration::ZERO);
const LONG: Option<Duration> = Some(Duration::from_secs(20));

/// True if this build has GSO and GRO; the fallback does without, and so do some other systems.
const JOINS: bool = cfg!(all(target_os = "linux", not(udp_fallback)));

/// A received datagram: the bytes that were stored, and its full length.
type Datagram = (Vec<u8>, usize);

fn bound(coalesce: bool) -> Socket {
    let socket = Socket::open(OpenOptions { coalesce: coalesce && JOINS, ..Family::Ipv4.into() }).unwrap();
    socket.bind("127.0.0.1", 0).unwrap();
    socket.set_option(SocketOption::RecvBuffer, 8 << 20).unwrap();
    socket
}

fn addr(socket: &Socket) -> SocketAddr {
    socket.local_addr().unwrap()
}

/// Receives a batch and splits it into datagrams.
fn receive(
    socket: &Socket,
    arena_len: usize,
    max: usize,
    timeout: Option<Duration>,
) -> Result<Vec<Datagram>, Error> {
    let mut arena = vec![0; arena_len];
    let mut arrivals: Vec<RecvMeta> = Vec::new();
    let count = socket.recv_batch(&mut arena, max, timeout, |arrival| arrivals.push(arrival))?;
    let all = apart(&arena, &arrivals);
    assert_eq!(all.len(), count);
    assert!((1..=max).contains(&count));
    Ok(all)
}

/// Receives coalesced segments and splits them into datagrams.
fn receive_joined(socket: &Socket, arena_len: usize, max: usize) -> Result<Vec<Datagram>, Error> {
    let mut arena = vec![0; arena_len];
    let mut arrivals: Vec<RecvMeta> = Vec::new();
    let count = socket.recv_segments(&mut arena, max, NOW, |arrival| arrivals.push(arrival))?;
    assert_eq!(arrivals.len(), count);
    assert!((1..=max).contains(&count));
    Ok(apart(&arena, &arrivals))
}

fn apart(arena: &[u8], arrivals: &[RecvMeta]) -> Vec<Datagram> {
    let mut all = Vec::new();
    for arrival in arrivals {
        let cut = arrival.full_length > arrival.length;
        assert!(!cut || arrival.datagrams() == 1);
        let mut offset = arrival.offset;
        for length in arrival.lengths() {
            let wire = if cut { arrival.full_length } else { length };
            all.push((arena[offset..offset + length].to_vec(), wire));
            offset += length;
        }
    }
    all
}

/// Receives everything that is there, in batches.
fn drain(socket: &Socket, arena_len: usize, max: usize) -> Vec<Datagram> {
    drain_by(|| receive(socket, arena_len, max, NOW))
}

fn drain_by(receive: impl Fn() -> Result<Vec<Datagram>, Error>) -> Vec<Datagram> {
    let mut all = Vec::new();
    loop {
        match receive() {
            Ok(batch) => all.extend(batch),
            Err(error) => {
                assert_eq!(error.code(), Code::WouldBlock);
                return all;
            }
        }
    }
}

/// Datagrams of these lengths; each begins with its number, as far as there is room.
fn numbered(lengths: &[usize]) -> Vec<Vec<u8>> {
    let number = |(index, &length): (usize, &usize)| {
        let mut data = vec![index as u8; length];
        for (place, byte) in data.iter_mut().zip((index as u32).to_be_bytes()) {
            *place = byte;
        }
        data
    };
    lengths.iter().enumerate().map(number).collect()
}

fn whole(datagrams: &[Vec<u8>]) -> Vec<Datagram> {
    datagrams.iter().map(|data| (data.clone(), data.len())).collect()
}

/// A socket for which the kernel rejects GSO: Linux does so without checksums (udp_send_skb).
#[cfg(not(target_os = "linux"))]
fn refusing() -> Socket {
    bound(false)
}

#[cfg(target_os = "linux")]
fn refusing() -> Socket {
    let socket = bound(false);
    let on: libc::c_int = 1;
    let size = size_of_val(&on) as libc::socklen_t;
    // SAFETY: pointer and length are of one value that lives.
    let done = unsafe {
        libc::setsockopt(
            socket.fd() as i32,
            libc::SOL_SOCKET,
            libc::SO_NO_CHECK,
            (&raw const on).cast(),
            size,
        )
    };
    assert_eq!(done, 0);
    socket
}

/// Lengths that form runs, and lengths that end them; together less than a receive buffer.
fn lengths() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![
        4 => Just(64usize),
        2 => Just(1200),
        1 => Just(0),
        1 => 0usize..200,
        1 => Just(9000),
    ];
    let run = (length, 1usize..40).prop_map(|(length, times)| vec![length; times]);
    prop::collection::vec(run, 0..12).prop_map(|runs| runs.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    /// Two destinations, every kind of receiver, a sender with and without GSO.
    #[test]
    fn batch_of_any_shape_delivers_what_a_loop_does(
        lengths in lengths(),
        turns in prop::collection::vec(any::<bool>(), 1..8),
        refuse: bool,
        coalesce: bool,
        max in prop_oneof![Just(1usize), 2usize..9, Just(64), Just(1000)],
        blocks in 1usize..4,
    ) {
        let sender = if refuse { refusing() } else { bound(false) };
        let receivers = [bound(coalesce), bound(false)];
        let data = numbered(&lengths);
        let turn = |index: usize| usize::from(turns[index / 3 % turns.len()]);
        let packets: Vec<_> = data
            .iter()
            .enumerate()
            .map(|(index, data)| Transmit { data, to: Some(addr(&receivers[turn(index)])) })
            .collect();
        prop_assert_eq!(sender.send_batch(&packets).unwrap(), packets.len());
        for (which, receiver) in receivers.iter().enumerate() {
            let expected: Vec<_> = data.iter().enumerate().filter(|(index, _)| turn(*index) == which).collect();
            let expected: Vec<Vec<u8>> = expected.into_iter().map(|(_, data)| data.clone()).collect();
            let arena = if receiver.stats().unwrap().receives_gro { blocks * BLOCK_SIZE } else { max * 9000 };
            prop_assert_eq!(drain(receiver, arena, max), whole(&expected));
            let stats = receiver.stats().unwrap();
            prop_assert_eq!((stats.received, stats.dropped, stats.buffered), (expected.len() as u64, 0, 0));
        }
        prop_assert_eq!(sender.stats().unwrap().sent, data.len() as u64);
    }

    #[test]
    fn send_segments_cuts_the_buffer_at_every_segment_size(
        bytes in 0usize..300_000,
        segment in prop_oneof![Just(64usize), Just(1200), Just(9000), Just(65_507)],
        refuse: bool,
        coalesce: bool,
        joined: bool,
        blocks in 1usize..20,
    ) {
        // Stay below the receive buffer: a small datagram takes about 800 bytes of it.
        let bytes = bytes.min(segment * 2000);
        let sender = if refuse { refusing() } else { bound(false) };
        let receiver = bound(coalesce);
        let data: Vec<u8> = (0..bytes).map(|byte| (byte / 7) as u8).collect();
        let expected: Vec<Vec<u8>> = data.chunks(segment).map(<[u8]>::to_vec).collect();
        prop_assert_eq!(sender.send_segments(&data, segment, Some(addr(&receiver))).unwrap(), expected.len());
        let got = if joined {
            drain_by(|| receive_joined(&receiver, blocks * BLOCK_SIZE, blocks))
        } else {
            drain(&receiver, 64 * BLOCK_SIZE, 64)
        };
        prop_assert_eq!(got, whole(&expected));
        prop_assert_eq!(receiver.stats().unwrap().buffered, 0);
    }
}

#[test]
fn send_batch_after_refused_gso_sends_one_by_one() {
    let receiver = bound(true);
    for (sender, joined) in [(bound(false), true), (refusing(), false)] {
        let data = numbered(&[100; 50]);
        let packets: Vec<_> = data.iter().map(|data| Transmit { data, to: Some(addr(&receiver)) }).collect();
        for _ in 0..3 {
            assert_eq!(sender.send_batch(&packets).unwrap(), 50);
            assert_eq!(drain(&receiver, BLOCK_SIZE, 50), whole(&data));
        }
        let stats = sender.stats().unwrap();
        assert_eq!((stats.sent, stats.sent_bytes), (150, 15_000));
        assert_eq!(stats.offload_refused, u64::from(!joined && JOINS), "refused once, and remembered");
    }
}

/// More than one system call takes, of datagrams that are copied together and of larger ones, which are not.
#[test]
fn send_batch_of_more_than_one_call_takes_arrives_in_order() {
    for length in [700, 701] {
        for (sender, coalesce) in [(bound(false), false), (bound(false), true), (refusing(), false)] {
            let receiver = bound(coalesce);
            let data = numbered(&[vec![length; 259], vec![length - 1, length + 1]].concat());
            let packets: Vec<_> =
                data.iter().map(|data| Transmit { data, to: Some(addr(&receiver)) }).collect();
            assert_eq!(sender.send_batch(&packets).unwrap(), data.len());
            assert_eq!(drain(&receiver, 4 * BLOCK_SIZE, 64), whole(&data));
            let (sent, received) = (sender.stats().unwrap(), receiver.stats().unwrap());
            assert_eq!((sent.sent, sent.sent_bytes), (received.received, received.received_bytes));
        }
    }
}

#[test]
fn recv_batch_beyond_max_buffers_the_rest_for_any_receive() {
    if !JOINS {
        return;
    }
    let (sender, receiver) = (bound(false), bound(true));
    let data = numbered(&[8; 40]);
    sender.send_segments(&data.concat(), 8, Some(addr(&receiver))).unwrap();
    assert_eq!(receive(&receiver, BLOCK_SIZE, 3, LONG).unwrap(), whole(&data[..3]));
    assert_eq!(receiver.stats().unwrap().buffered, 37);
    assert_eq!(receiver.wait(Events::READ, NOW).unwrap(), Events::READ);
    let mut buf = [0; 8];
    assert_eq!(receiver.recv_from(&mut buf, NOW).unwrap().length, 8);
    assert_eq!(buf, data[3][..]);
    // An arena that is shorter than a block receives copies of buffered datagrams.
    assert_eq!(receive(&receiver, 80, 10, NOW).unwrap(), whole(&data[4..14]));
    assert_eq!(receive(&receiver, 20, 20, NOW).unwrap(), whole(&data[14..16]), "room for two");
    assert_eq!(receive(&receiver, 4 * BLOCK_SIZE, 1000, NOW).unwrap(), whole(&data[16..]));
    assert_eq!(receive(&receiver, BLOCK_SIZE, 1, NOW).unwrap_err().code(), Code::WouldBlock);
    assert_eq!(receiver.stats().unwrap().buffered, 0);
}

#[test]
fn recv_batch_stops_before_a_super_datagram_that_would_be_buffered() {
    if !JOINS {
        return;
    }
    let (sender, receiver) = (bound(false), bound(true));
    let data = numbered(&[8; 300]);
    let mut buffered = Vec::new();
    for _ in 0..2 {
        data.chunks(100).for_each(|some| {
            assert_eq!(sender.send_segments(&some.concat(), 8, Some(addr(&receiver))).unwrap(), 100);
        });
        let mut all = receive(&receiver, 4 * BLOCK_SIZE, 250, LONG).unwrap();
        buffered.push((all.len(), receiver.stats().unwrap().buffered));
        all.extend(drain(&receiver, 4 * BLOCK_SIZE, 250));
        assert_eq!(all, whole(&data));
    }
    // The first receive does not know yet how many datagrams a super-datagram holds.
    assert_eq!(buffered, [(250, 50), (200, 0)]);
}

#[test]
fn recv_segments_returns_buffered_datagrams_together() {
    if !JOINS {
        return;
    }
    let (sender, receiver) = (bound(false), bound(true));
    let data = numbered(&[8; 40]);
    sender.send_segments(&data.concat(), 8, Some(addr(&receiver))).unwrap();
    assert_eq!(receive(&receiver, BLOCK_SIZE, 3, LONG).unwrap(), whole(&data[..3]));
    assert_eq!(receive_joined(&receiver, 100, 2).unwrap(), whole(&data[3..15]), "as many as fit");
    assert_eq!(receive_joined(&receiver, BLOCK_SIZE, 1).unwrap(), whole(&data[15..]));
}

#[test]
fn recv_of_buffered_datagram_into_small_buffer_truncates_only_that() {
    if !JOINS {
        return;
    }
    let (sender, receiver) = (bound(false), bound(true));
    let data = numbered(&[100; 3]);
    sender.send_segments(&data.concat(), 100, Some(addr(&receiver))).unwrap();
    let mut buf = [0; 60];
    assert_eq!(receiver.recv_from(&mut buf, LONG).unwrap().length, 100);
    assert_eq!(buf[..], data[0][..60]);
    assert_eq!(receive(&receiver, 60, 1, NOW).unwrap(), [(data[1][..60].to_vec(), 100)]);
    assert_eq!(receive(&receiver, 100, 1, NOW).unwrap(), whole(&data[2..]));
    assert_eq!(receiver.stats().unwrap().truncated, 2);
}

#[test]
fn recv_batch_with_one_long_datagram_truncates_only_that() {
    let (sender, receiver) = (bound(false), bound(false));
    let data = numbered(&[10, 500, 0, 10]);
    let packets: Vec<_> = data.iter().map(|data| Transmit { data, to: Some(addr(&receiver)) }).collect();
    assert_eq!(sender.send_batch(&packets).unwrap(), 4);
    let expected =
        [(data[0].clone(), 10), (data[1][..100].to_vec(), 500), (vec![], 0), (data[3].clone(), 10)];
    assert_eq!(receive(&receiver, 1000, 10, LONG).unwrap(), expected);
    assert_eq!(receiver.stats().unwrap().truncated, 1);
}

#[test]
fn recv_wakes_when_another_thread_left_buffered_datagrams() {
    if !JOINS {
        return;
    }
    let (sender, receiver) = (bound(false), Arc::new(bound(true)));
    let (to, count) = (addr(&receiver), 6);
    let threads: Vec<_> = (0..count)
        .map(|_| {
            let receiver = receiver.clone();
            std::thread::spawn(move || receive(&receiver, BLOCK_SIZE, 1, LONG).unwrap().remove(0).0[0])
        })
        .collect();
    // One super-datagram (GSO): one thread receives it, and nothing but that thread can wake the others.
    sender.send_segments(&[1, 2, 3, 4, 5, 6], 1, Some(to)).unwrap();
    let mut got: Vec<u8> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    got.sort_unstable();
    assert_eq!(got, [1, 2, 3, 4, 5, 6]);
    // A close still wakes every waiter.
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let receiver = receiver.clone();
            std::thread::spawn(move || receive(&receiver, BLOCK_SIZE, 1, None).unwrap_err().code())
        })
        .collect();
    receiver.close();
    threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), Code::Closed));
}

#[test]
fn send_batch_partial_returns_count_and_next_call_the_error() {
    let (sender, receiver) = (bound(false), bound(false));
    let good = Transmit { data: b"good", to: Some(addr(&receiver)) };
    let large = vec![0; 65_508];
    for (bad, code) in [
        (Transmit { data: &large, ..good }, Code::MessageSize),
        (Transmit { to: Some((Ipv4Addr::LOCALHOST, 0).into()), ..good }, Code::Invalid),
        (Transmit { to: Some("[::1]:9".parse().unwrap()), ..good }, Code::Family),
        (Transmit { to: Some((Ipv4Addr::BROADCAST, 9).into()), ..good }, Code::Access),
        (Transmit { to: None, ..good }, Code::NotConnected),
    ] {
        for before in [0, 1, 2, 70] {
            let packets: Vec<_> = std::iter::repeat_n(good, before).chain([bad, good]).collect();
            let mut rest = &packets[..];
            if before > 0 {
                assert_eq!(sender.send_batch(rest).unwrap(), before);
                rest = &rest[before..];
            }
            assert_eq!(sender.send_batch(rest).unwrap_err().code(), code);
            assert_eq!(sender.send_batch(&rest[1..]).unwrap(), 1);
            assert_eq!(drain(&receiver, 800, 100).len(), before + 1);
        }
    }
    assert_eq!(sender.stats().unwrap().offload_refused, 0, "a wrong port is no refusal");
}

#[test]
fn send_batch_connected_to_closed_port_returns_refused() {
    let (sender, gone) = (bound(false), bound(false));
    let peer = addr(&gone);
    drop(gone);
    sender.connect(peer).unwrap();
    let packets = [
        Transmit { data: b"a", to: None },
        Transmit { data: b"", to: None },
        Transmit { data: b"bc", to: None },
    ];
    // The first datagram is refused before the second is sent. The next call reports it, once.
    assert_eq!(sender.send_batch(&packets).unwrap(), 1);
    assert_eq!(sender.wait(Events::READ, NOW).unwrap(), Events::READ);
    assert_eq!(sender.recv_from(&mut [0; 8], NOW).unwrap_err().code(), Code::Refused);
    assert_eq!(sender.recv_from(&mut [0; 8], NOW).unwrap_err().code(), Code::WouldBlock);
    let receiver = Socket::open(Family::Ipv4).unwrap();
    receiver.bind("127.0.0.1", peer.port()).unwrap();
    assert_eq!(sender.send_batch(&packets[1..]).unwrap(), 2);
    assert_eq!(drain(&receiver, 100, 10), [(vec![], 0), (b"bc".to_vec(), 2)]);
}

#[test]
fn recv_batch_refused_between_system_calls_reports_it_in_the_next_call() {
    let (receiver, peer) = (bound(false), bound(false));
    receiver.connect(addr(&peer)).unwrap();
    // As many as the first system call of a batch asks for.
    for _ in 0..8 {
        peer.send_to(b"x", Some(addr(&receiver))).unwrap();
    }
    let (mut peer, mut count, mut arena) = (Some(peer), 0, vec![0; 6400]);
    let received = receiver.recv_batch(&mut arena, 64, NOW, |_| {
        count += 1;
        if count == 8 {
            drop(peer.take());
            receiver.send_to(b"refused at once on loopback", None).unwrap();
        }
    });
    assert_eq!(received, Ok(8));
    assert_eq!(receiver.recv_from(&mut [0; 8], NOW).unwrap_err().code(), Code::Refused);
    assert_eq!(receiver.recv_from(&mut [0; 8], NOW).unwrap_err().code(), Code::WouldBlock);
}

#[test]
fn recv_batch_reports_requested_info_with_each_datagram() {
    if !JOINS {
        return;
    }
    for coalesce in [false, true] {
        let (sender, receiver) = (bound(false), bound(coalesce));
        for opt in [SocketOption::RecvTos, SocketOption::RecvTimestamp, SocketOption::RecvPktinfo] {
            assert_eq!(receiver.set_option(opt, 1).unwrap(), 1);
        }
        sender.set_option(SocketOption::Tos, 0x2E << 2 | 1).unwrap();
        let before =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
        sender.send_segments(&[7; 500], 100, Some(addr(&receiver))).unwrap();
        let mut seen = 0;
        let arrived = |arrival: RecvMeta| {
            assert_eq!(arrival.info.local, Some((Ipv4Addr::LOCALHOST.into(), 1)), "loopback is interface 1");
            assert_eq!(arrival.info.tos, 0x2E << 2 | 1);
            assert!(
                arrival.info.timestamp_ns.abs_diff(before) < 60_000_000_000,
                "{}",
                arrival.info.timestamp_ns
            );
            assert!(!arrival.info.control_truncated);
            assert_eq!(arrival.from, addr(&sender));
            seen += arrival.datagrams();
        };
        assert_eq!(receiver.recv_batch(&mut vec![0; 2 * BLOCK_SIZE], 64, LONG, arrived).unwrap(), 5);
        assert_eq!(seen, 5);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn stats_after_full_receive_buffer_count_dropped() {
    let (sender, receiver) = (bound(false), bound(false));
    receiver.set_option(SocketOption::RecvBuffer, 0).unwrap();
    for _ in 0..100 {
        sender.send_to(&[0; 1000], Some(addr(&receiver))).unwrap();
    }
    let got = drain(&receiver, 100_000, 100).len() as u64;
    let stats = receiver.stats().unwrap();
    assert!(got < 100);
    assert_eq!((stats.received, stats.dropped), (got, 100 - got), "each is received or counted");
}

#[test]
fn recv_batch_without_room_returns_invalid() {
    let socket = bound(false);
    assert_eq!(receive(&socket, 100, 0, NOW).unwrap_err().code(), Code::Invalid);
    assert_eq!(receive(&socket, 9, 10, NOW).unwrap_err().code(), Code::Invalid);
    assert_eq!(socket.send_batch(&[]), Ok(0));
    assert_eq!(socket.send_segments(&[], 5, Some(addr(&socket))), Ok(0));
    assert_eq!(socket.send_segments(&[1], 0, Some(addr(&socket))).unwrap_err().code(), Code::Invalid);
    let code = socket.send_segments(&[0; 70_000], 66_000, Some(addr(&socket))).unwrap_err().code();
    assert_eq!(code, Code::MessageSize);
}

#[test]
#[cfg(udp_fallback)]
fn fallback_unsupported_features_return_unsupported() {
    let open = OpenOptions { coalesce: true, ..Family::Ipv4.into() };
    assert_eq!(Socket::open(open).unwrap_err().code(), Code::Unsupported);
    for opt in [SocketOption::RecvTos, SocketOption::RecvTimestamp, SocketOption::RecvPktinfo] {
        assert_eq!(bound(false).set_option(opt, 1).unwrap_err().code(), Code::Unsupported);
    }
}
