//! Super-datagrams: the planner against a plain loop, and the split against the datagrams that were joined.

#![no_main]

mod bytes;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use udp::fuzz::{lengths, run};

const MAX: usize = 65_507;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let limits = [1 + bytes.below(130), size(&mut bytes), bytes.below(MAX + 1)];
    let mut datagrams = Vec::new();
    while !bytes.is_empty() && datagrams.len() < 200 {
        let count = 1 + bytes.below(140);
        let size = size(&mut bytes);
        datagrams.extend(std::iter::repeat_n(size, count));
    }
    let mut rest = &datagrams[..];
    while !rest.is_empty() {
        let count = run(rest.iter().copied(), limits);
        assert_eq!(count, plain(rest, limits), "{rest:?} {limits:?}");
        let (joined, later) = rest.split_at(count);
        assert!(lengths(joined.iter().sum(), joined[0]).eq(joined.iter().copied()));
        rest = later;
    }
});

/// Few different sizes, so that runs occur.
fn size(bytes: &mut Bytes<'_>) -> usize {
    match bytes.byte() {
        small @ 0..32 => small.into(),
        32..64 => 1472,
        _ => bytes.below(MAX + 1),
    }
}

/// How many of the datagrams go together: while each is as long as the first, up to a shorter one, within the limits.
fn plain(datagrams: &[usize], [segments, segment_size, bytes]: [usize; 3]) -> usize {
    let first = datagrams[0];
    let mut count = 1;
    for &length in &datagrams[1..] {
        let fits = first <= segment_size && (count + 1) * first <= bytes && count < segments;
        if first == 0 || !fits || length == 0 || length > first {
            break;
        }
        count += 1;
        if length < first {
            break;
        }
    }
    count
}
