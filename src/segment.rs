//! GSO and GRO arithmetic: which datagrams can be sent as one super-datagram, and how a coalesced one is split. No system
//! calls.
//!
//! The kernel takes one buffer and a segment size and sends the buffer as that many datagrams (UDP_SEGMENT, udp(7)). Each
//! is as long as the segment size, except the last, which may be shorter. On receive it returns coalesced datagrams in
//! the same form (UDP_GRO).

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The largest datagram over IPv4: 65,535 bytes less the IP header of 20 and the UDP header of 8.
pub const MAX_IPV4: usize = 65_507;
/// The largest datagram over IPv6, held to 65,535 bytes with its header of 40 in the same way.
pub const MAX_IPV6: usize = 65_487;

/// UDP_MAX_SEGMENTS (include/linux/udp.h) was 64 until Linux 6.9.
pub(crate) const OLD_MAX_SEGMENTS: usize = 64;

/// The limits of one super-datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many datagrams.
    pub(crate) segments: usize,
    /// The length of each.
    pub(crate) segment_size: usize,
    /// How many bytes in all.
    pub(crate) bytes: usize,
}

impl Limits {
    /// How many datagrams of `segment_size` bytes fit: at least one, which needs no GSO.
    pub(crate) fn fit(self, segment_size: usize) -> usize {
        if segment_size > self.segment_size {
            1
        } else {
            (self.bytes / segment_size.max(1)).clamp(1, self.segments)
        }
    }
}

/// The GSO limits learned so far. They shrink when the kernel rejects a send.
#[derive(Debug)]
pub(crate) struct GsoLimits {
    segments: AtomicUsize,
    segment_size: AtomicUsize,
}

impl GsoLimits {
    pub(crate) const fn new() -> GsoLimits {
        GsoLimits { segments: AtomicUsize::new(usize::MAX), segment_size: AtomicUsize::new(MAX_IPV4) }
    }

    /// The limits for a peer, given what the kernel supports.
    pub(crate) fn get(&self, supported: usize, ipv4: bool) -> Limits {
        Limits {
            segments: self.segments.load(Relaxed).min(supported),
            segment_size: self.segment_size.load(Relaxed),
            bytes: if ipv4 { MAX_IPV4 } else { MAX_IPV6 },
        }
    }

    /// Learns that the kernel rejected a super-datagram as invalid (EINVAL): the segments are larger than the path MTU, or
    /// there are more of them than an older kernel supports (udp_send_skb in net/ipv4/udp.c).
    pub(crate) fn learn_invalid(&self, segments: usize, segment_size: usize) {
        if segments > OLD_MAX_SEGMENTS {
            self.segments.fetch_min(OLD_MAX_SEGMENTS, Relaxed);
        } else {
            self.segment_size.fetch_min(segment_size - 1, Relaxed);
        }
    }

    /// Learns that the device cannot send super-datagrams (EIO): stop using GSO.
    pub(crate) fn disable(&self) {
        self.segments.fetch_min(1, Relaxed);
    }
}

/// How many of the datagrams with these lengths, all to one destination, can be sent as one super-datagram: at least one.
/// An empty datagram goes alone, because a segment has at least one byte.
pub(crate) fn run(lengths: impl Iterator<Item = usize>, limits: Limits) -> usize {
    let (mut count, mut max, mut segment_size) = (0, 1, 0);
    // One loop, so that the iterator's code is compiled into it: it does the work for each datagram of a batch.
    for length in lengths {
        if count == 0 {
            segment_size = length;
            max = if length == 0 { 1 } else { limits.fit(length) };
        } else if length == 0 || length > segment_size {
            break;
        }
        count += 1;
        if count == max || length < segment_size {
            break;
        }
    }
    count.max(1)
}

/// The lengths of the datagrams that `bytes` are split into every `segment_size` bytes. No bytes are one empty datagram,
/// because the kernel received something.
pub(crate) fn lengths(bytes: usize, segment_size: usize) -> impl Iterator<Item = usize> {
    let count = count(bytes, segment_size);
    let last = bytes - (count - 1) * segment_size;
    (0..count).map(move |index| if index + 1 < count { segment_size } else { last })
}

/// The number of datagrams that `bytes` are split into.
pub(crate) fn count(bytes: usize, segment_size: usize) -> usize {
    // Most datagrams are received alone, and a division takes as long as the rest of their handling.
    if bytes <= segment_size { 1 } else { bytes.div_ceil(segment_size.max(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { segments: 128, segment_size: 65_507, bytes: 65_507 };

    fn runs(mut lengths: &[usize], limits: Limits) -> Vec<Vec<usize>> {
        let mut runs = Vec::new();
        while !lengths.is_empty() {
            let (now, later) = lengths.split_at(run(lengths.iter().copied(), limits));
            runs.push(now.to_vec());
            lengths = later;
        }
        runs
    }

    #[test]
    fn run_ends_after_a_shorter_and_before_a_longer_or_empty_datagram() {
        assert_eq!(runs(&[5, 5, 3, 5], LIMITS), [vec![5, 5, 3], vec![5]]);
        assert_eq!(runs(&[3, 5, 5], LIMITS), [vec![3], vec![5, 5]]);
        assert_eq!(runs(&[0, 0, 5, 0, 5], LIMITS), [vec![0], vec![0], vec![5], vec![0], vec![5]]);
    }

    #[test]
    fn run_stays_within_the_limits() {
        assert_eq!(runs(&[1; 300], LIMITS).iter().map(Vec::len).collect::<Vec<_>>(), [128, 128, 44]);
        assert_eq!(runs(&[30_000; 5], LIMITS).iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
        let small = Limits { segment_size: 1000, ..LIMITS };
        assert_eq!(runs(&[1001, 1001, 1000, 1000], small), [vec![1001], vec![1001], vec![1000, 1000]]);
        assert_eq!(runs(&[9, 9], Limits { segments: 1, ..LIMITS }), [vec![9], vec![9]]);
    }

    #[test]
    fn lengths_of_no_bytes_are_one_empty_datagram() {
        assert_eq!(lengths(0, 0).collect::<Vec<_>>(), [0]);
        assert_eq!(lengths(0, 100).collect::<Vec<_>>(), [0]);
    }

    proptest! {
        /// Few different sizes, so that runs occur.
        #[test]
        fn lengths_of_a_run_are_those_of_its_datagrams(
            datagrams in prop::collection::vec(prop_oneof![Just(0usize), Just(1), Just(64), Just(65), 0usize..65_508], 0..200),
            segments in 1usize..130,
            segment_size in 0usize..65_508,
        ) {
            let limits = Limits { segments, segment_size, bytes: 65_507 };
            let joined = runs(&datagrams, limits);
            for run in &joined {
                let bytes: usize = run.iter().sum();
                prop_assert!(run.len() <= segments);
                prop_assert!(run.len() == 1 || (bytes <= limits.bytes && run[0] <= segment_size));
            }
            let split: Vec<usize> = joined.iter().flat_map(|run| lengths(run.iter().sum(), run[0])).collect();
            prop_assert_eq!(split, datagrams);
        }

        #[test]
        fn lengths_are_as_many_as_count_says(bytes in 0usize..70_000, segment_size in 1usize..2_000) {
            let split: Vec<usize> = lengths(bytes, segment_size).collect();
            prop_assert_eq!(split.len(), count(bytes, segment_size));
            prop_assert_eq!(split.iter().sum::<usize>(), bytes);
        }
    }
}
