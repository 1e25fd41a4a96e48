//! Grouping packets by peer. No system calls.

use std::array;
use std::hash::{BuildHasher, RandomState};
use std::mem;

use crate::error::{Code, Error, Result};

/// Packets to group.
pub(crate) trait Packets {
    fn count(&self) -> usize;

    /// The address of a packet's peer, every bit of it.
    fn peer(&self, index: usize) -> [u64; 4];

    /// Exchanges two packets.
    fn swap(&mut self, a: usize, b: usize);
}

/// How many packets are grouped without an allocation. Their nodes take 16 KiB of stack.
const MAX_ON_STACK: usize = 1024;

/// Up to this count a smaller array is used, because initialising 16 KiB takes as long as grouping ten packets.
const FEW: usize = 64;

/// An element of the array that is hash table and linked lists in one. It has as many elements as there are packets.
/// Every field is the index of a packet, or [`NONE`].
#[derive(Clone, Copy)]
struct Node {
    /// As a slot of the hash table: the first packet of the newest peer in this slot. After linking: the packet that
    /// belongs at this index.
    head: u32,
    /// Of a peer's first packet: the first packet of the next peer in the same slot.
    other: u32,
    /// Of a peer's first packet: the peer's last packet so far. [`NONE`] for every other packet.
    last: u32,
    /// The peer's next packet.
    next: u32,
}

const NONE: u32 = u32::MAX;

impl Node {
    const EMPTY: Node = Node { head: NONE, other: NONE, last: NONE, next: NONE };
}

/// Makes the packets of each peer consecutive. Stable: peers stay in the order of their first packets, and the packets of a
/// peer stay in order. Returns the number of peers.
pub(crate) fn group(packets: &mut impl Packets) -> Result<usize> {
    match packets.count() {
        count @ ..=FEW => Ok(group_with(&mut [Node::EMPTY; FEW][..count], packets)),
        count @ ..=MAX_ON_STACK => Ok(group_with(&mut [Node::EMPTY; MAX_ON_STACK][..count], packets)),
        count if count <= i32::MAX as usize => {
            let mut nodes = Vec::new();
            nodes.try_reserve_exact(count).map_err(|_| Code::Memory)?;
            nodes.resize(count, Node::EMPTY);
            Ok(group_with(&mut nodes, packets))
        }
        count => Err(Error::new(
            Code::Invalid,
            format_args!("{count} packets; a batch has at most 2147483647 datagrams"),
        )),
    }
}

/// [`group`] with an empty node for each packet.
fn group_with(nodes: &mut [Node], packets: &mut impl Packets) -> usize {
    let (peers, runs) = link(nodes, packets);
    if peers < runs {
        order(nodes);
        permute(nodes, packets);
    }
    peers
}

/// Links the packets of each peer. Returns the number of peers, and the number of runs of packets to one peer.
fn link(nodes: &mut [Node], packets: &impl Packets) -> (usize, usize) {
    let hash = PeerHash::new();
    let (mut peers, mut runs) = (0, 0);
    // The previous packet's peer, and that peer's first packet.
    let mut previous = None;
    for index in 0..nodes.len() {
        let peer = packets.peer(index);
        let first = match previous {
            Some((earlier, first)) if is_same(earlier, peer) => first,
            _ => {
                runs += 1;
                let slot = hash.slot(peer, nodes.len());
                let mut first = nodes[slot].head;
                while first != NONE && !is_same(packets.peer(first as usize), peer) {
                    first = nodes[first as usize].other;
                }
                if first == NONE {
                    peers += 1;
                    first = index as u32;
                    nodes[index].other = mem::replace(&mut nodes[slot].head, first);
                    nodes[index].last = first;
                }
                first
            }
        };
        previous = Some((peer, first));
        if first != index as u32 {
            let last = mem::replace(&mut nodes[first as usize].last, index as u32);
            nodes[last as usize].next = index as u32;
        }
    }
    (peers, runs)
}

/// Compares in registers, which halves the time of [`group`]: `==` of arrays goes through memory.
fn is_same(a: [u64; 4], b: [u64; 4]) -> bool {
    (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) == 0
}

/// Stores in each `head` which packet belongs at this index.
fn order(nodes: &mut [Node]) {
    let mut place = 0;
    for first in 0..nodes.len() {
        if nodes[first].last == NONE {
            continue;
        }
        let mut packet = first as u32;
        while packet != NONE {
            nodes[place].head = packet;
            place += 1;
            packet = nodes[packet as usize].next;
        }
    }
}

/// Moves the packets to where they belong, each with at most one swap.
fn permute(nodes: &mut [Node], packets: &mut impl Packets) {
    for start in 0..nodes.len() {
        let mut place = start;
        loop {
            let from = mem::replace(&mut nodes[place].head, place as u32) as usize;
            if from == start {
                break;
            }
            packets.swap(place, from);
            place = from;
        }
    }
}

/// A keyed hash of addresses. Peers choose their own addresses and ports, so with a fixed hash they could all choose the
/// same slot and make [`link`] quadratic.
///
/// The family is strongly universal (MULTILINEAR-HM in Lemire and Kaser, "Strongly universal string hashing is fast",
/// 2014): over the random keys, any two addresses share one of n slots with probability 1/n. With n slots for n packets, a
/// lookup therefore compares one other peer on average, whichever addresses the peers have. The keys come from
/// [`RandomState`], which seeds them from the system's random numbers and changes them with every use: what one call's
/// duration reveals about its keys is useless for the next.
struct PeerHash([u64; 9]);

impl PeerHash {
    fn new() -> PeerHash {
        let random = RandomState::new();
        PeerHash(array::from_fn(|index| random.hash_one(index)))
    }

    /// One of `slots` slots.
    fn slot(&self, peer: [u64; 4], slots: usize) -> usize {
        let [a, b, c, d, e, f, g, h, sum] = self.0;
        let pair = |word: u64, low: u64, high: u64| {
            low.wrapping_add(word & u64::from(u32::MAX)).wrapping_mul(high.wrapping_add(word >> 32))
        };
        let sum = sum
            .wrapping_add(pair(peer[0], a, b))
            .wrapping_add(pair(peer[1], c, d))
            .wrapping_add(pair(peer[2], e, f))
            .wrapping_add(pair(peer[3], g, h));
        // The upper half is what is universal; multiplied, it becomes a number below `slots`.
        (((sum >> 32) * slots as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashMap;

    use super::*;
    use proptest::prelude::*;

    /// The peers of packets, each with the packet's earlier index.
    struct Batch {
        packets: Vec<([u64; 4], usize)>,
        /// How often a peer was asked for.
        asked: Cell<usize>,
    }

    impl Batch {
        fn new(peers: impl Iterator<Item = [u64; 4]>) -> Batch {
            Batch { packets: peers.zip(0..).collect(), asked: Cell::new(0) }
        }
    }

    impl Packets for Batch {
        fn count(&self) -> usize {
            self.packets.len()
        }

        fn peer(&self, index: usize) -> [u64; 4] {
            self.asked.set(self.asked.get() + 1);
            self.packets[index].0
        }

        fn swap(&mut self, a: usize, b: usize) {
            assert_ne!(a, b);
            self.packets.swap(a, b);
        }
    }

    /// Compares with a stable sort.
    fn check(peers: impl Iterator<Item = [u64; 4]>) {
        let mut batch = Batch::new(peers);
        let mut expected = batch.packets.clone();
        let mut first = HashMap::new();
        for (peer, index) in &expected {
            first.entry(*peer).or_insert(*index);
        }
        expected.sort_by_key(|(peer, _)| first[peer]);
        assert_eq!(group(&mut batch).unwrap(), first.len());
        assert_eq!(batch.packets, expected);
    }

    #[test]
    fn group_keeps_first_seen_order_and_the_order_within_a_peer() {
        let mut batch = Batch::new(b"babcab".iter().map(|letter| [u64::from(*letter), 0, 0, 0]));
        assert_eq!(group(&mut batch).unwrap(), 3);
        assert_eq!(batch.packets.iter().map(|packet| packet.1).collect::<Vec<_>>(), [0, 2, 5, 1, 4, 3]);
    }

    #[test]
    fn group_tells_peers_apart_by_every_bit() {
        let bits =
            (0..256).map(|bit| array::from_fn(|word| if bit / 64 == word { 1 << (bit % 64) } else { 0 }));
        let mut batch = Batch::new(bits.chain([[0; 4]]));
        assert_eq!(group(&mut batch).unwrap(), 257);
    }

    #[test]
    fn group_of_grouped_packets_swaps_none() {
        struct Grouped(&'static [u8]);
        impl Packets for Grouped {
            fn count(&self) -> usize {
                self.0.len()
            }
            fn peer(&self, index: usize) -> [u64; 4] {
                [0, 0, 0, self.0[index].into()]
            }
            fn swap(&mut self, a: usize, b: usize) {
                panic!("swap of {a} and {b}");
            }
        }
        for (peers, count) in [(&b""[..], 0), (b"a", 1), (b"aa", 1), (b"bbaccc", 3), (b"xyz", 3)] {
            assert_eq!(group(&mut Grouped(peers)).unwrap(), count);
        }
    }

    #[test]
    fn group_of_more_packets_than_a_count_holds_is_an_error() {
        struct Many(usize);
        impl Packets for Many {
            fn count(&self) -> usize {
                self.0
            }
            fn peer(&self, _: usize) -> [u64; 4] {
                panic!("a packet was read");
            }
            fn swap(&mut self, _: usize, _: usize) {}
        }
        for count in [i32::MAX as usize + 1, usize::MAX] {
            assert_eq!(group(&mut Many(count)).unwrap_err().code(), Code::Invalid);
        }
    }

    #[test]
    fn group_around_the_sizes_of_the_stack_is_a_stable_sort() {
        for size in [FEW, MAX_ON_STACK, 5 * MAX_ON_STACK] {
            for count in [size - 1, size, size + 1] {
                for peers in [2, 7, count / 2, count] {
                    check((0..count).map(|index| [(index % peers) as u64, 0, 0, 0]));
                }
            }
        }
    }

    /// Each word of the address in turn counts in steps that another hash would map to few slots. The lookups must not
    /// compare more than a few addresses for each packet, although the steps are the same in each run.
    #[test]
    fn group_of_peers_chosen_to_collide_compares_few() {
        const COUNT: usize = 4_000;
        const ROUNDS: usize = 25;
        // The multiplier of Fibonacci hashing, and its inverse.
        for step in [1, 1 << 16, 1 << 32, 1 << 52, 0x9e37_79b9_7f4a_7c15, 0xf1de_83e1_9937_733d_u64] {
            for word in 0..4 {
                // The median, because a random key may be a bad one.
                let mut asked: Vec<_> = (0..ROUNDS)
                    .map(|_| {
                        let peer = |index: usize| step.wrapping_mul(index as u64);
                        let mut batch = Batch::new((0..COUNT).map(|index| {
                            let mut words = [0; 4];
                            words[word] = peer(index);
                            words
                        }));
                        group(&mut batch).unwrap();
                        batch.asked.get()
                    })
                    .collect();
                asked.sort_unstable();
                assert!(asked[ROUNDS / 2] < 10 * COUNT, "step {step:#x}: {} comparisons", asked[ROUNDS / 2]);
            }
        }
    }

    #[test]
    fn peer_hash_of_two_calls_differs() {
        let slots = || {
            let hash = PeerHash::new();
            (0..64).map(|index| hash.slot([index, 0, 0, 0], 1 << 30)).collect::<Vec<_>>()
        };
        assert_ne!(slots(), slots());
    }

    proptest! {
        #[test]
        fn group_is_a_stable_sort_by_first_appearance(peers in prop::collection::vec(0u64..20, 0..300)) {
            check(peers.iter().map(|peer| [*peer, 0, 0, peer << 60]));
        }

        #[test]
        fn group_of_runs_is_a_stable_sort(runs in prop::collection::vec((0u64..6, 1usize..9), 0..60)) {
            check(runs.iter().flat_map(|(peer, times)| std::iter::repeat_n([0, *peer, 0, 0], *times)));
        }
    }
}
