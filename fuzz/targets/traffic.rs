//! Accounting: what some sockets send to others over loopback, in any calls and sizes, arrives whole, once and in order.

#![no_main]

mod bytes;

use std::collections::VecDeque;
use std::{mem, ptr};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use udp::ffi::error::udp_last_length;
use udp::ffi::receive::{udp_recv_batch, udp_recv_segments, udp_recvfrom, udp_recvfrom_info};
use udp::ffi::send::{udp_send_batch, udp_send_segments, udp_sendto};
use udp::ffi::socket::{udp_bind, udp_close, udp_connect, udp_local_addr, udp_open};
use udp::ffi::stats::udp_get_stats;
use udp::ffi::types::*;
use udp::{Code, MAX_IPV4, MAX_IPV6};

/// As much as a receive buffer of the default size takes.
const MOST_DATAGRAMS: usize = 60;
const MOST_BYTES: usize = 70_000;

struct Datagram {
    data: Vec<u8>,
    /// The sender's port.
    port: u16,
}

struct Receiver {
    handle: udp_socket,
    addr: udp_addr,
    coalesces: bool,
    /// What is on its way.
    queue: VecDeque<Datagram>,
    truncated: u64,
}

struct Sender {
    handle: udp_socket,
    port: u16,
    /// Where it can send to.
    receivers: &'static [usize],
    connected: bool,
}

struct Run {
    receivers: Vec<Receiver>,
    senders: Vec<Sender>,
    /// How many datagrams there were: each is told from the others by its bytes.
    made: usize,
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let mut run = Run::new();
    for _ in 0..40 {
        if bytes.is_empty() {
            break;
        }
        let action = bytes.byte();
        let (socket, what) = (usize::from(action / 8) % 3, action % 8);
        match what {
            0 => run.send_one(socket, &mut bytes),
            1 | 2 => run.send_batch(socket, &mut bytes),
            3 => run.send_segments(socket, &mut bytes),
            4 | 5 => {
                let cap = size(&mut bytes);
                run.receivers[socket].receive_one(cap, what == 5);
            }
            _ => {
                let max = 1 + usize::from(bytes.byte()) % 80;
                let arena = match bytes.byte() {
                    byte @ 0..128 => max * (1 + usize::from(byte) * 24),
                    _ => max.min(4) * 65_536 + usize::from(bytes.byte()),
                };
                run.receivers[socket].receive_batch(max, arena.max(max), what == 7);
            }
        }
    }
    run.end();
});

/// The length of a datagram or of memory for one.
fn size(bytes: &mut Bytes<'_>) -> usize {
    match bytes.byte() {
        byte @ 0..128 => usize::from(byte % 32),
        128..160 => 1472,
        160..176 => 1200,
        176..180 => 65_507,
        180..184 => 65_487,
        184..188 => 65_400 + usize::from(bytes.byte()),
        188..240 => bytes.below(3000),
        _ => usize::from(bytes.u16()),
    }
}

impl Run {
    fn new() -> Run {
        let receivers = [
            (UDP_OPEN_IPV4, c"127.0.0.1"),
            (UDP_OPEN_IPV4 | UDP_OPEN_COALESCE, c"127.0.0.1"),
            (UDP_OPEN_IPV6 | UDP_OPEN_COALESCE, c"::1"),
        ];
        let receivers = receivers.map(|(flags, host)| {
            let (handle, mut addr) = (udp_open(flags), udp_addr::NONE);
            // SAFETY: a C string, and room for an address.
            unsafe {
                assert_eq!(udp_bind(handle, host.as_ptr(), 0), 0);
                assert_eq!(udp_local_addr(handle, &mut addr), 0);
            }
            Receiver {
                handle,
                addr,
                coalesces: flags & UDP_OPEN_COALESCE != 0,
                queue: VecDeque::new(),
                truncated: 0,
            }
        });
        let senders: [(u32, &'static [usize], bool); 3] = [
            (UDP_OPEN_IPV4, &[0, 1], false),
            (UDP_OPEN_IPV4, &[1], true),
            (UDP_OPEN_DUAL, &[2, 0, 1], false),
        ];
        let senders = senders.map(|(flags, to, connected)| {
            let (handle, mut addr) = (udp_open(flags), udp_addr::NONE);
            // SAFETY: NULL, and addresses.
            unsafe {
                assert_eq!(udp_bind(handle, ptr::null(), 0), 0);
                assert!(!connected || udp_connect(handle, &receivers[to[0]].addr) == 0);
                assert_eq!(udp_local_addr(handle, &mut addr), 0);
            }
            Sender { handle, port: addr.port, receivers: to, connected }
        });
        Run { receivers: receivers.into(), senders: senders.into(), made: 0 }
    }

    fn data(&mut self, length: usize) -> Vec<u8> {
        self.made += 1;
        let start = self.made;
        (0..length).map(|index| (start * 37 + index * (1 + start % 5)) as u8).collect()
    }

    fn limit(&self, receiver: usize) -> usize {
        if self.receivers[receiver].addr.family == UDP_FAMILY_IPV4 { MAX_IPV4 } else { MAX_IPV6 }
    }

    fn to(&self, sender: usize, receiver: usize) -> udp_addr {
        if self.senders[sender].connected { udp_addr::NONE } else { self.receivers[receiver].addr }
    }

    fn pick(&self, sender: usize, byte: u8) -> usize {
        let receivers = self.senders[sender].receivers;
        receivers[usize::from(byte) % receivers.len()]
    }

    fn sent(&mut self, sender: usize, receiver: usize, data: Vec<u8>) {
        let port = self.senders[sender].port;
        self.receivers[receiver].queue.push_back(Datagram { data, port });
    }

    fn send_one(&mut self, sender: usize, bytes: &mut Bytes<'_>) {
        let receiver = self.pick(sender, bytes.byte());
        let data = self.data(size(bytes));
        if !self.receivers[receiver].has_room(1, data.len()) {
            return;
        }
        let (to, connected) = (self.to(sender, receiver), self.senders[sender].connected);
        let to = if connected { ptr::null() } else { &raw const to };
        // SAFETY: `len` bytes, and NULL or an address.
        let sent = unsafe { udp_sendto(self.senders[sender].handle, data.as_ptr().cast(), data.len(), to) };
        if data.len() > self.limit(receiver) {
            return assert_eq!(sent, Code::MessageSize as i32);
        }
        assert_eq!(sent, data.len() as i32);
        self.sent(sender, receiver, data);
    }

    fn send_batch(&mut self, sender: usize, bytes: &mut Bytes<'_>) {
        let mut datagrams = Vec::new();
        for _ in 0..1 + bytes.byte() % 8 {
            let receiver = self.pick(sender, bytes.byte());
            let (length, count) = (size(bytes), 1 + bytes.byte() % 16);
            for _ in 0..count {
                datagrams.push((receiver, self.data(length)));
            }
        }
        for (index, receiver) in self.receivers.iter().enumerate() {
            let own = || datagrams.iter().filter(|datagram| datagram.0 == index);
            if !receiver.has_room(own().count(), own().map(|(_, data)| data.len()).sum()) {
                return;
            }
        }
        let packets = |datagrams: &[(usize, Vec<u8>)]| -> Vec<udp_packet> {
            let packet = |(receiver, data): &(usize, Vec<u8>)| udp_packet {
                data: data.as_ptr().cast_mut().cast(),
                length: data.len(),
                peer: self.to(sender, *receiver),
                full_length: 7,
                flags: 7,
                segment_size: 7,
                reserved: 0,
            };
            datagrams.iter().map(packet).collect()
        };
        let fits = |(receiver, data): &(usize, Vec<u8>)| data.len() <= self.limit(*receiver);
        let expected = datagrams.iter().take_while(|datagram| fits(datagram)).count();
        let handle = self.senders[sender].handle;
        // SAFETY: packets with their bytes.
        let send =
            |packets: &[udp_packet]| unsafe { udp_send_batch(handle, packets.as_ptr(), packets.len()) };
        let sent = send(&packets(&datagrams));
        if expected == 0 {
            return assert_eq!(sent, Code::MessageSize as i32);
        }
        assert_eq!(sent, expected as i32);
        if expected < datagrams.len() {
            assert_eq!(send(&packets(&datagrams[expected..])), Code::MessageSize as i32);
        }
        datagrams.truncate(expected);
        datagrams.into_iter().for_each(|(receiver, data)| self.sent(sender, receiver, data));
    }

    fn send_segments(&mut self, sender: usize, bytes: &mut Bytes<'_>) {
        let receiver = self.pick(sender, bytes.byte());
        let (segment_size, count) = (size(bytes), usize::from(bytes.byte()) % MOST_DATAGRAMS);
        let length = segment_size * count + if segment_size > 0 { bytes.below(segment_size) } else { 0 };
        if !self.receivers[receiver].has_room(count + 1, length) {
            return;
        }
        let data = self.data(length);
        let (to, connected) = (self.to(sender, receiver), self.senders[sender].connected);
        let to = if connected { ptr::null() } else { &raw const to };
        let handle = self.senders[sender].handle;
        // SAFETY: `len` bytes, and NULL or an address.
        let sent = unsafe { udp_send_segments(handle, data.as_ptr().cast(), data.len(), segment_size, to) };
        if segment_size == 0 {
            return assert_eq!(sent, Code::Invalid as i32);
        }
        if segment_size.min(length) > self.limit(receiver) {
            return assert_eq!(sent, Code::MessageSize as i32);
        }
        assert_eq!(sent, length.div_ceil(segment_size) as i32);
        data.chunks(segment_size).for_each(|part| self.sent(sender, receiver, part.to_vec()));
    }

    /// Receives the rest, and compares the counters.
    fn end(mut self) {
        let (mut sent, mut received) = ((0, 0), (0, 0));
        for receiver in &mut self.receivers {
            while !receiver.queue.is_empty() {
                receiver.receive_one(65_535, false);
            }
            receiver.receive_one(1, true);
            let stats = stats(receiver.handle);
            assert_eq!((stats.buffered, stats.dropped, stats.truncated), (0, 0, receiver.truncated));
            received = (received.0 + stats.received, received.1 + stats.received_bytes);
        }
        for sender in &self.senders {
            let stats = stats(sender.handle);
            sent = (sent.0 + stats.sent, sent.1 + stats.sent_bytes);
        }
        assert_eq!(sent, received);
        let handles =
            self.receivers.iter().map(|one| one.handle).chain(self.senders.iter().map(|one| one.handle));
        handles.for_each(|handle| assert_eq!(udp_close(handle), 0));
    }
}

fn stats(handle: udp_socket) -> udp_stats {
    // SAFETY: zeros are valid counters, and there is room for them.
    unsafe {
        let mut stats = mem::zeroed();
        assert_eq!(udp_get_stats(handle, &mut stats), 0);
        stats
    }
}

impl Receiver {
    fn has_room(&self, count: usize, bytes: usize) -> bool {
        let waiting: usize = self.queue.iter().map(|datagram| datagram.data.len()).sum();
        self.queue.len() + count <= MOST_DATAGRAMS && waiting + bytes <= MOST_BYTES
    }

    fn receive_one(&mut self, cap: usize, with_info: bool) {
        let (mut buf, mut from) = (vec![0xAA_u8; cap], udp_addr::NONE);
        let mut info = udp_packet_info::NONE;
        // SAFETY: `cap` bytes, and room for an address and an info.
        let length = unsafe {
            if with_info {
                udp_recvfrom_info(self.handle, buf.as_mut_ptr().cast(), cap, &mut from, &mut info, 0)
            } else {
                udp_recvfrom(self.handle, buf.as_mut_ptr().cast(), cap, &mut from, 0)
            }
        };
        let Some(Datagram { data, port }) = self.queue.pop_front() else {
            return assert_eq!(length, Code::WouldBlock as i32);
        };
        assert_eq!(from.port, port);
        let stored = data.len().min(cap);
        assert!(buf[..stored] == data[..stored]);
        assert!(buf[stored..].iter().all(|&byte| byte == 0xAA));
        if data.len() > cap {
            assert_eq!((length, udp_last_length()), (Code::Truncated as i32, data.len()));
            self.truncated += 1;
        } else {
            assert_eq!(length, data.len() as i32);
        }
    }

    fn receive_batch(&mut self, max: usize, arena_len: usize, segments: bool) {
        let mut arena = vec![0xAA_u8; arena_len];
        // SAFETY: zeros are valid packets.
        let mut packets: Vec<udp_packet> = unsafe { (0..max).map(|_| mem::zeroed()).collect() };
        let mut infos = vec![udp_packet_info::NONE; max];
        let receive = if segments { udp_recv_segments } else { udp_recv_batch };
        let place = arena.as_mut_ptr().cast();
        // SAFETY: an arena, and room for `max` packets and infos.
        let count = unsafe {
            receive(self.handle, place, arena_len, packets.as_mut_ptr(), infos.as_mut_ptr(), max, 0)
        };
        if self.queue.is_empty() {
            return assert_eq!(count, Code::WouldBlock as i32);
        }
        assert!(count > 0 && count as usize <= max, "{count}");
        let count = count as usize;
        assert!(self.coalesces || count == max.min(self.queue.len()));
        let mut end = arena.as_ptr();
        for packet in &packets[..count] {
            let start = packet.data.cast_const().cast::<u8>();
            assert!(start >= end && start as usize + packet.length <= arena.as_ptr_range().end as usize);
            end = start.wrapping_add(packet.length);
            // SAFETY: inside the arena.
            let whole = unsafe { std::slice::from_raw_parts(start, packet.length) };
            assert_eq!(packet.reserved, 0);
            let is_cut = packet.flags & UDP_PACKET_TRUNCATED != 0;
            assert_eq!(is_cut, packet.full_length as usize > packet.length);
            let size = packet.segment_size as usize;
            assert!(segments || size == packet.length);
            let parts = whole.chunks(size.max(1)).chain(whole.is_empty().then_some(&[][..]));
            let mut parts = parts.peekable();
            assert!(parts.peek().is_some());
            for part in parts {
                let Datagram { data, port } = self.queue.pop_front().unwrap();
                assert_eq!(packet.peer.port, port);
                assert!(part == &data[..part.len()]);
                assert_eq!(is_cut, part.len() < data.len());
                if is_cut {
                    assert_eq!(packet.full_length as usize, data.len());
                    self.truncated += 1;
                }
                assert!(self.coalesces || part.len() == data.len().min(arena_len / max));
            }
        }
    }
}
