//! Which datagrams can leave as one, and how what came as one is cut: free of system calls.
//!
//! The kernel can take one large buffer and a segment size, and send it as that many datagrams (UDP_SEGMENT, udp(7)):
//! all of them are as long as the segment size, but for the last, which may be shorter. On the way in it hands over
//! what it has joined in the same form (UDP_GRO).

/// What one super-datagram may be at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many datagrams.
    pub(crate) segments: usize,
    /// How long each.
    pub(crate) segment: usize,
    /// How many bytes in all.
    pub(crate) bytes: usize,
}

impl Limits {
    /// How many of `segment` bytes fit: at least one, which needs no super-datagram.
    pub(crate) fn fit(self, segment: usize) -> usize {
        if segment > self.segment { 1 } else { (self.bytes / segment.max(1)).clamp(1, self.segments) }
    }
}

/// How many of the datagrams of these lengths, all to one destination, can leave as one: at least one. An empty one
/// goes alone, because a segment has at least a byte.
pub(crate) fn run(mut lengths: impl Iterator<Item = usize>, limits: Limits) -> usize {
    let Some(segment) = lengths.next().filter(|&first| first > 0) else { return 1 };
    let most = limits.fit(segment);
    let mut count = 1;
    while count < most {
        match lengths.next() {
            Some(length) if length == segment => count += 1,
            Some(length) if (1..segment).contains(&length) => return count + 1,
            _ => break,
        }
    }
    count
}

/// The lengths that `bytes` are cut into every `segment` bytes. Nothing at all is one empty datagram: the kernel
/// received something.
pub(crate) fn cut(bytes: usize, segment: usize) -> impl Iterator<Item = usize> {
    let count = pieces(bytes, segment);
    let last = bytes - (count - 1) * segment;
    (0..count).map(move |piece| if piece + 1 < count { segment } else { last })
}

/// How many they are.
pub(crate) fn pieces(bytes: usize, segment: usize) -> usize {
    bytes.div_ceil(segment.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { segments: 128, segment: 65_507, bytes: 65_507 };

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
    fn a_run_ends_with_a_shorter_one_and_before_a_longer_or_empty_one() {
        assert_eq!(runs(&[5, 5, 3, 5], LIMITS), [vec![5, 5, 3], vec![5]]);
        assert_eq!(runs(&[3, 5, 5], LIMITS), [vec![3], vec![5, 5]]);
        assert_eq!(runs(&[0, 0, 5, 0, 5], LIMITS), [vec![0], vec![0], vec![5], vec![0], vec![5]]);
    }

    #[test]
    fn a_run_keeps_to_the_limits() {
        assert_eq!(runs(&[1; 300], LIMITS).iter().map(Vec::len).collect::<Vec<_>>(), [128, 128, 44]);
        assert_eq!(runs(&[30_000; 5], LIMITS).iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
        let small = Limits { segment: 1000, ..LIMITS };
        assert_eq!(runs(&[1001, 1001, 1000, 1000], small), [vec![1001], vec![1001], vec![1000, 1000]]);
        assert_eq!(runs(&[9, 9], Limits { segments: 1, ..LIMITS }), [vec![9], vec![9]]);
    }

    #[test]
    fn nothing_is_one_empty_datagram() {
        assert_eq!(cut(0, 0).collect::<Vec<_>>(), [0]);
        assert_eq!(cut(0, 100).collect::<Vec<_>>(), [0]);
    }

    proptest! {
        /// Few sizes, so that runs happen.
        #[test]
        fn cutting_what_was_joined_gives_the_same_datagrams(
            lengths in prop::collection::vec(prop_oneof![Just(0usize), Just(1), Just(64), Just(65), 0usize..65_508], 0..200),
            segments in 1usize..130,
            segment in 0usize..65_508,
        ) {
            let limits = Limits { segments, segment, bytes: 65_507 };
            let joined = runs(&lengths, limits);
            for run in &joined {
                let bytes: usize = run.iter().sum();
                prop_assert!(run.len() <= segments);
                prop_assert!(run.len() == 1 || (bytes <= limits.bytes && run[0] <= segment));
            }
            let cut: Vec<usize> = joined.iter().flat_map(|run| cut(run.iter().sum(), run[0])).collect();
            prop_assert_eq!(cut, lengths);
        }

        #[test]
        fn there_are_as_many_pieces_as_are_counted(bytes in 0usize..70_000, segment in 0usize..2_000) {
            let lengths: Vec<usize> = cut(bytes, segment.max(1)).collect();
            prop_assert_eq!(lengths.len(), pieces(bytes, segment.max(1)));
            prop_assert_eq!(lengths.iter().sum::<usize>(), bytes);
        }
    }
}
