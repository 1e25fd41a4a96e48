//! Receiving: one datagram, or a batch. Super-datagrams that the kernel coalesced (GRO) are split here; datagrams beyond
//! what the caller asked for are buffered for the next receive.

use std::net::SocketAddr;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::Socket;
use super::recv_queue::{BLOCK_SIZE, Buffer, RecvQueue};
use crate::addr;
use crate::error::{Code, Error, Result};
use crate::sys::{self, List};
use crate::types::{Events, PacketInfo, Received, RecvMeta};

/// How many slots are prepared for the first system call of a batch: to prepare many costs as much as to receive a few
/// datagrams.
const FIRST_SLOTS: usize = 8;

const CACHE_LINE: usize = 64;

/// A caller's arena, and how far it is filled.
struct Arena<'a> {
    bytes: &'a mut [u8],
    used: usize,
    /// How many datagrams (or, with `coalesced`, super-datagrams) were received, and how many are wanted.
    count: usize,
    max: usize,
    /// Whether a super-datagram counts as one.
    coalesced: bool,
}

impl<'a> Arena<'a> {
    fn new(bytes: &'a mut [u8], max: usize, coalesced: bool) -> Arena<'a> {
        Arena { bytes, used: 0, count: 0, max, coalesced }
    }

    fn left(&self) -> usize {
        self.max - self.count
    }

    /// How many datagrams may still be received.
    fn datagrams_left(&self) -> usize {
        if self.coalesced { usize::MAX } else { self.left() }
    }

    fn counts_as(coalesced: bool, meta: &RecvMeta) -> usize {
        if coalesced { 1 } else { meta.datagrams() }
    }
}

impl Socket {
    /// Receives one datagram. Its beginning, as much as fits, is stored in `buf`. A timeout of `None` waits forever, zero
    /// does not wait.
    pub fn recv_from(&self, buf: &mut [u8], timeout: Option<Duration>) -> Result<Received> {
        self.recv_from_after(None, buf, timeout)
    }

    /// One attempt of [`Socket::recv_from`], which makes one system call. `None` if more may have to be done. A failure
    /// belongs to [`Socket::recv_from_after`], because the system reports some only once.
    pub(crate) fn try_recv_from(&self, buf: &mut [u8]) -> Option<Result<Received>> {
        self.is_plain().then(|| self.receive_one(buf))
    }

    /// [`Socket::recv_from`] after an attempt.
    pub(crate) fn recv_from_after(
        &self,
        first: Option<Result<Received>>,
        buf: &mut [u8],
        timeout: Option<Duration>,
    ) -> Result<Received> {
        self.retry_after(first, Events::READ, timeout, || self.receive_one(buf))
    }

    #[inline]
    fn receive_one(&self, buf: &mut [u8]) -> Result<Received> {
        if self.coalesce {
            let one = self.take_one(buf)?;
            return Ok(self.received_one(one.full_length, one.is_truncated(), one.from));
        }
        let (length, from) = sys::receive(&self.descriptor, buf)?;
        Ok(self.received_one(length, length > buf.len(), from))
    }

    /// [`Socket::recv_from`] that also returns what the kernel reported beside the datagram.
    pub fn recv_from_info(
        &self,
        buf: &mut [u8],
        timeout: Option<Duration>,
    ) -> Result<(Received, PacketInfo)> {
        let one = self.retry(Events::READ, timeout, || {
            if self.coalesce { self.take_one(buf) } else { self.receive_one_info(buf) }
        })?;
        let truncated = one.is_truncated() || one.full_length > buf.len();
        Ok((self.received_one(one.full_length, truncated, one.from), one.info))
    }

    fn received_one(&self, length: usize, truncated: bool, from: SocketAddr) -> Received {
        self.counters.received.add(1, length);
        if truncated {
            self.counters.truncated.fetch_add(1, Relaxed);
        }
        Received { length, truncated, from: addr::unmap(from) }
    }

    fn receive_one_info(&self, buf: &mut [u8]) -> Result<RecvMeta> {
        // A slot has at least one byte.
        let mut byte = [0];
        let slot = if buf.is_empty() { &mut byte[..] } else { buf };
        let (size, mut received) = (slot.len(), None);
        sys::receive_messages::<1>(&self.descriptor, slot, size, true, |meta| received = Some(meta))?;
        received.ok_or(Code::WouldBlock.into())
    }

    /// Takes one datagram of a coalescing socket.
    fn take_one(&self, buf: &mut [u8]) -> Result<RecvMeta> {
        let queue = self.recv_queue.get_or_create()?;
        let mut buffer = queue.lock();
        self.refill(&mut buffer)?;
        let one = buffer.take(buf, 1, false).ok_or(Code::WouldBlock)?;
        self.unlock(queue, buffer);
        Ok(one)
    }

    /// Waits for a datagram, then receives all that are there, at most `max`. They are stored in `arena`, and `received` is
    /// called for each datagram, or for several that the kernel coalesced. Returns the number of datagrams.
    ///
    /// Each datagram has `arena.len() / max` bytes; a longer one is cut. A coalescing socket needs [`BLOCK_SIZE`] bytes for
    /// each super-datagram: with a smaller arena its datagrams are copied, and cut only if one does not fit.
    pub fn recv_batch(
        &self,
        arena: &mut [u8],
        max: usize,
        timeout: Option<Duration>,
        received: impl FnMut(RecvMeta),
    ) -> Result<usize> {
        self.receive_many(Arena::new(arena, max, false), timeout, received)
    }

    /// [`Socket::recv_batch`] in which `max` and the result count super-datagrams, none of which is buffered: the fastest
    /// way to receive from one peer.
    pub fn recv_segments(
        &self,
        arena: &mut [u8],
        max: usize,
        timeout: Option<Duration>,
        received: impl FnMut(RecvMeta),
    ) -> Result<usize> {
        self.receive_many(Arena::new(arena, max, true), timeout, received)
    }

    fn receive_many(
        &self,
        mut arena: Arena<'_>,
        timeout: Option<Duration>,
        mut received: impl FnMut(RecvMeta),
    ) -> Result<usize> {
        if arena.max == 0 || arena.bytes.len() < arena.max {
            let (bytes, max) = (arena.bytes.len(), arena.max);
            return Err(Error::new(
                Code::Invalid,
                format_args!("max is {max} and the arena has {bytes} bytes; each datagram needs one"),
            ));
        }
        let (mut datagrams, mut bytes, mut truncated) = (0, 0, 0);
        // Changed in place: a copy would wait for the stores before it.
        let mut report = |mut meta: RecvMeta| {
            datagrams += meta.datagrams();
            bytes += if meta.is_truncated() { meta.full_length } else { meta.length };
            truncated += u64::from(meta.is_truncated());
            // Only then: to read an IPv4 address as a whole would wait for the stores that made it.
            if meta.from.is_ipv6() {
                meta.from = addr::unmap(meta.from);
            }
            received(meta);
        };
        let mut more = self.retry(Events::READ, timeout, || self.receive_some(&mut arena, &mut report))?;
        while more && arena.left() > 0 {
            match self.receive_some(&mut arena, &mut report) {
                Ok(maybe_more) => more = maybe_more,
                Err(error) => {
                    if error.code() != Code::WouldBlock {
                        self.keep_error(&error);
                    }
                    break;
                }
            }
        }
        // Once, because three atomic additions for each datagram are a part of its cost that can be measured.
        self.counters.received.add(datagrams, bytes);
        self.counters.truncated.fetch_add(truncated, Relaxed);
        Ok(arena.count)
    }

    /// Receives what one system call gives, or what is buffered. Returns whether there may be more, and room for it.
    fn receive_some(&self, arena: &mut Arena<'_>, report: &mut impl FnMut(RecvMeta)) -> Result<bool> {
        if self.coalesce {
            let queue = self.recv_queue.get_or_create()?;
            if queue.count.any() {
                return self.take_buffered(queue, arena, report);
            }
            if arena.bytes.len() - arena.used < BLOCK_SIZE {
                if arena.count > 0 && arena.bytes.len() >= BLOCK_SIZE {
                    return Ok(false);
                }
                self.refill(&mut queue.lock())?;
                return self.take_buffered(queue, arena, report);
            }
            return self.receive_blocks(queue, arena, report);
        }
        let slot = arena.bytes.len() / arena.max;
        let slots = if arena.count == 0 { FIRST_SLOTS.min(sys::MAX_MESSAGES) } else { sys::MAX_MESSAGES };
        let max = arena.left().min(slots);
        let used = arena.used;
        let slots = &mut arena.bytes[used..used + max * slot];
        let wants_control = self.wants_control.load(Relaxed);
        let got = sys::receive_messages::<{ sys::MAX_MESSAGES }>(
            &self.descriptor,
            slots,
            slot,
            wants_control,
            |mut meta| {
                meta.offset += used;
                report(meta);
            },
        )?;
        arena.used += got * slot;
        arena.count += got;
        Ok(got == max)
    }

    /// Receives super-datagrams into the arena, a block for each.
    fn receive_blocks(
        &self,
        queue: &RecvQueue,
        arena: &mut Arena<'_>,
        report: &mut impl FnMut(RecvMeta),
    ) -> Result<bool> {
        // As many blocks as will hardly bring more datagrams than wanted: those have to be copied.
        let usual = if arena.coalesced { 1 } else { queue.usual() };
        // Another block would bring more datagrams than are wanted, and the others would be copied twice.
        if arena.count > 0 && arena.left() < usual {
            return Ok(false);
        }
        // Copies to the first bytes of a cache line but not of a page are slow on some processors (rep movsb on Zen 3,
        // fourfold), and malloc puts a large arena there.
        let padding = arena.bytes[arena.used..].as_ptr().align_offset(CACHE_LINE);
        if arena.bytes.len() - arena.used >= BLOCK_SIZE + padding {
            arena.used += padding;
        }
        let Arena { used, coalesced, .. } = *arena;
        let blocks = (arena.bytes.len() - used) / BLOCK_SIZE;
        let max = (arena.left() / usual).max(1).min(blocks).min(sys::MAX_MESSAGES);
        let (mut left, mut count, mut largest) = (arena.datagrams_left(), 0, 0);
        // The datagrams in the arena beyond those wanted.
        let mut excess = List::<_, { sys::MAX_MESSAGES }>::new();
        let places = &mut arena.bytes[used..used + max * BLOCK_SIZE];
        let got = sys::receive_messages::<{ sys::MAX_MESSAGES }>(
            &self.descriptor,
            places,
            BLOCK_SIZE,
            true,
            |meta| {
                let all = Self::without_segment_size(RecvMeta { offset: used + meta.offset, ..meta });
                let datagrams = all.datagrams();
                largest = datagrams.max(largest);
                if left == 0 {
                    excess.push(all);
                    return;
                }
                let (now, later) = all.split(left);
                left -= datagrams.min(left);
                count += Arena::counts_as(coalesced, &now);
                report(now);
                later.into_iter().for_each(|later| excess.push(later));
            },
        )?;
        queue.learn_usual(largest);
        arena.used += got * BLOCK_SIZE;
        arena.count += count;
        if !excess.is_empty() {
            let mut buffer = queue.lock();
            for meta in &excess[..] {
                if let Err(error) = buffer.push(arena.bytes, *meta) {
                    // These datagrams are lost: the next call reports it.
                    self.keep_error(&error);
                }
            }
            self.unlock(queue, buffer);
        }
        Ok(got == max)
    }

    /// Hands out buffered datagrams, as many as the arena takes.
    fn take_buffered(
        &self,
        queue: &RecvQueue,
        arena: &mut Arena<'_>,
        report: &mut impl FnMut(RecvMeta),
    ) -> Result<bool> {
        let mut buffer = queue.lock();
        let before = arena.count;
        while arena.left() > 0 {
            // The first datagram is cut if necessary; a later one waits for a call with more room.
            let (offset, max, whole) = (arena.used, arena.datagrams_left(), arena.count > 0);
            let Some(taken) = buffer.take(&mut arena.bytes[offset..], max, whole) else { break };
            arena.used += taken.length;
            arena.count += Arena::counts_as(arena.coalesced, &taken);
            report(RecvMeta { offset, ..taken });
        }
        let more = buffer.metas.is_empty();
        self.unlock(queue, buffer);
        // Another thread may have taken them first.
        if arena.count == before { Err(Code::WouldBlock.into()) } else { Ok(more) }
    }

    /// Receives a super-datagram into an empty buffer, without waiting.
    fn refill(&self, buffer: &mut Buffer) -> Result<()> {
        if !buffer.metas.is_empty() {
            return Ok(());
        }
        buffer.reserve()?;
        let metas = &mut buffer.metas;
        sys::receive_messages::<1>(&self.descriptor, &mut buffer.bytes, BLOCK_SIZE, true, |meta| {
            metas.push_back(Self::without_segment_size(meta));
        })?;
        Ok(())
    }

    /// Unlocks the buffer, and wakes the threads that could take a datagram of it.
    fn unlock(&self, queue: &RecvQueue, buffer: MutexGuard<'_, Buffer>) {
        queue.count.set(buffer.datagrams());
        drop(buffer);
        self.wake_waiters(&self.read_waker, &queue.count);
    }

    /// A super-datagram whose segment size is unknown, because the program's own options filled the control messages: its
    /// datagrams cannot be separated, so it counts as one datagram that was cut.
    fn without_segment_size(meta: RecvMeta) -> RecvMeta {
        if meta.info.control_truncated && meta.segment_size == meta.length {
            RecvMeta { length: 0, segment_size: 0, ..meta }
        } else {
            meta
        }
    }
}
