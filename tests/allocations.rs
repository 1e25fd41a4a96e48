//! Sends and receives of each kind allocate nothing after the first calls.

#![expect(unsafe_code, reason = "an allocator that counts, and C functions")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;

use udp::Code;
use udp::ffi::receive::{udp_recv_batch, udp_recvfrom};
use udp::ffi::send::{udp_group_packets, udp_send_batch, udp_send_segments, udp_sendto};

use udp::ffi::socket::{udp_bind, udp_local_addr, udp_open, udp_wait};
use udp::ffi::types::{UDP_EVENT_READ, UDP_OPEN_COALESCE, UDP_OPEN_IPV4, udp_addr, udp_packet};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator, and a count beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn bound(flags: u32) -> (i64, udp_addr) {
    let (socket, mut addr) = (udp_open(flags), udp_addr::NONE);
    // SAFETY: a C string, and room for an address.
    assert_eq!(unsafe { udp_bind(socket, c"127.0.0.1".as_ptr(), 0) + udp_local_addr(socket, &mut addr) }, 0);
    (socket, addr)
}

#[test]
fn send_and_receive_after_warm_up_allocate_nothing() {
    const COUNT_: usize = 50;
    let joins = cfg!(all(target_os = "linux", not(udp_fallback)));
    let flags = if joins { UDP_OPEN_COALESCE } else { UDP_OPEN_IPV4 };
    for ((receiver, to), (other, other_to)) in
        [(bound(UDP_OPEN_IPV4), bound(UDP_OPEN_IPV4)), (bound(flags), bound(UDP_OPEN_IPV4))]
    {
        let (sender, _) = bound(UDP_OPEN_IPV4);
        let mut data = [7u8; 64 * COUNT_];
        let mut arena = vec![0u8; 2 * 65_536];
        let packet = |index: usize, peer| udp_packet {
            data: data[index * 64..].as_ptr().cast_mut().cast(),
            length: 64,
            peer,
            full_length: 0,
            flags: 0,
            segment_size: 0,
            reserved: 0,
        };
        // A run of datagrams to one peer, which GSO can send as one, and datagrams to alternating peers.
        let run: Vec<_> = (0..COUNT_).map(|index| packet(index, to)).collect();
        let mixed: Vec<_> =
            (0..COUNT_).map(|index| packet(index, if index % 2 == 0 { to } else { other_to })).collect();
        let mut packets = run.clone();
        let mut many: Vec<_> = (0..1024).map(|index| mixed[index % COUNT_]).collect();
        let mut receive = |socket, mut expected: usize| {
            while expected > 0 {
                let (arena, length) = (arena.as_mut_ptr().cast(), arena.len());
                // SAFETY: an arena and packets of these lengths.
                let got = unsafe {
                    udp_recv_batch(socket, arena, length, packets.as_mut_ptr(), null_mut(), 20, -1)
                };
                expected -= usize::try_from(got).unwrap();
            }
        };
        let mut round = || {
            // SAFETY: bytes, packets and addresses that live, of these lengths.
            unsafe {
                assert_eq!(udp_sendto(sender, data.as_ptr().cast(), 64, &to), 64);
                assert_eq!(udp_wait(receiver, UDP_EVENT_READ, -1), UDP_EVENT_READ as i32);
                assert_eq!(udp_recvfrom(receiver, data.as_mut_ptr().cast(), 64, null_mut(), -1), 64);
                let nothing = udp_recvfrom(receiver, data.as_mut_ptr().cast(), 64, null_mut(), 0);
                assert_eq!(nothing, Code::WouldBlock as i32);
                let late = udp_recvfrom(receiver, data.as_mut_ptr().cast(), 64, null_mut(), 1);
                assert_eq!(late, Code::TimedOut as i32);
                assert_eq!(udp_send_batch(sender, run.as_ptr(), COUNT_), COUNT_ as i32);
                receive(receiver, COUNT_);
                assert_eq!(udp_send_batch(sender, mixed.as_ptr(), COUNT_), COUNT_ as i32);
                many.rotate_left(1);
                assert_eq!(udp_group_packets(many.as_mut_ptr(), null_mut(), many.len()), 2);
                receive(receiver, COUNT_ / 2);
                receive(other, COUNT_ / 2);
                assert_eq!(
                    udp_send_segments(sender, data.as_ptr().cast(), data.len(), 64, &to),
                    COUNT_ as i32
                );
                receive(receiver, COUNT_);
            }
        };
        (0..3).for_each(|_| round());
        let before = COUNT.get();
        (0..20).for_each(|_| round());
        assert_eq!(COUNT.get() - before, 0, "allocations");
    }
}
