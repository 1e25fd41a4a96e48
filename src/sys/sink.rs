//! Memory for the part of a datagram that does not fit into the caller's buffer. A receive that is given it as a second
//! piece of memory returns the datagram's full length.

use std::cell::UnsafeCell;

/// More than a datagram can have.
pub(in crate::sys) const SINK_SIZE: usize = 65_536;

struct Sink(UnsafeCell<[u8; SINK_SIZE]>);

// SAFETY: only the kernel writes it, for any number of threads at the same time, and nobody reads it.
unsafe impl Sync for Sink {}

static SINK: Sink = Sink(UnsafeCell::new([0; SINK_SIZE]));

/// `SINK_SIZE` bytes for the kernel to write.
pub(in crate::sys) fn sink() -> *mut u8 {
    SINK.0.get().cast()
}
