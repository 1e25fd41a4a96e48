//! Receiving: one datagram or many at a time, and what is kept when the kernel hands over more than was asked for.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::addr;
use crate::segment;
use crate::error::{Code, Error, Result};
use crate::socket::wait::{Events, WaitableCount};
use crate::socket::{Received, Socket};
use crate::sys;

/// What a socket that joins datagrams needs for each that it receives: no super-datagram is longer.
pub const BLOCK: usize = 65_536;

/// A datagram in the arena; or several of one peer, one after the other, that the kernel had joined.
#[derive(Debug, Clone, Copy)]
pub struct RecvMeta {
    /// Where it begins in the arena.
    pub offset: usize,
    /// How many bytes were stored.
    pub length: usize,
    /// How many were on the wire; more than `length` if it was cut, and then it is one datagram.
    pub full_length: usize,
    /// How long each datagram is, but for the last, which may be shorter.
    pub segment: usize,
    /// Who sent it.
    pub from: SocketAddr,
    /// What else the system told.
    pub details: PacketInfo,
}

/// What the system tells beside a datagram, of those things that were asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PacketInfo {
    /// The local address that it was sent to, and the number of the interface that it came in by.
    pub local: Option<(IpAddr, u32)>,
    /// When the kernel received it, in nanoseconds since 1970; 0 if that was not asked for.
    pub timestamp_ns: u64,
    /// The type-of-service byte; ECN is in the lower two bits.
    pub tos: u8,
    /// The system had more to tell than there was room for.
    pub incomplete: bool,
}

impl RecvMeta {
    /// How many datagrams it is.
    pub fn datagrams(&self) -> usize {
        segment::pieces(self.length, self.segment)
    }

    /// How long each of its datagrams is; they lie one after the other.
    pub fn lengths(&self) -> impl Iterator<Item = usize> + use<> {
        segment::cut(self.length, self.segment)
    }

    /// The first `datagrams` of them, and the others.
    fn split(self, datagrams: usize) -> (RecvMeta, Option<RecvMeta>) {
        if datagrams >= self.datagrams() {
            return (self, None);
        }
        let taken = datagrams * self.segment;
        let part = |offset, length| RecvMeta { offset, length, full_length: length, ..self };
        (part(self.offset, taken), Some(part(self.offset + taken, self.length - taken)))
    }
}

/// The datagrams that a super-datagram held beyond what was asked for, for the next call.
#[derive(Debug, Default)]
pub(crate) struct RecvQueue {
    stock: WaitableCount,
    /// How many datagrams the largest super-datagram held that the last receive brought.
    usual: AtomicUsize,
    store: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    bytes: Vec<u8>,
    /// Offsets are into `bytes`.
    arrivals: VecDeque<RecvMeta>,
}

impl RecvQueue {
    pub(crate) fn stock(&self) -> &WaitableCount {
        &self.stock
    }

    /// Nothing under this lock waits, and nothing panics halfway.
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn count(&self) -> usize {
        self.arrivals.iter().map(RecvMeta::datagrams).sum()
    }

    /// Keeps what stands in `arena`.
    fn push(&mut self, arena: &[u8], arrival: RecvMeta) {
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(&arena[arrival.offset..arrival.offset + arrival.length]);
        self.arrivals.push_back(RecvMeta { offset, ..arrival });
    }

    /// Takes the next datagrams of one arrival into `place`, at most `most` and as many as fit. If not even one does,
    /// the next is cut, unless `whole` forbids it.
    fn take(&mut self, place: &mut [u8], most: usize, whole: bool) -> Option<RecvMeta> {
        let next = self.arrivals.pop_front()?;
        let each = next.segment.min(next.length);
        let fit = if next.length <= place.len() { most } else { most.min(place.len() / each.max(1)) };
        if fit == 0 && whole {
            self.arrivals.push_front(next);
            return None;
        }
        let (taken, others) = next.split(fit.max(1));
        let length = taken.length.min(place.len());
        place[..length].copy_from_slice(&self.bytes[taken.offset..taken.offset + length]);
        match others {
            Some(others) => self.arrivals.push_front(others),
            None if self.arrivals.is_empty() => self.bytes.clear(),
            None => {}
        }
        // One that was cut is one datagram, however long its segment is.
        let segment = if length < taken.length { length } else { taken.segment };
        Some(RecvMeta { offset: 0, length, segment, ..taken })
    }
}

/// A caller's arena, and how far it is filled.
struct Arena<'a> {
    bytes: &'a mut [u8],
    used: usize,
    /// What there is, and what there may be at most: datagrams, or arrivals.
    count: usize,
    max: usize,
    /// Whether what came joined counts as one.
    joined: bool,
}

impl Arena<'_> {
    fn left(&self) -> usize {
        self.max - self.count
    }

    /// How many datagrams may still be taken.
    fn datagrams(&self) -> usize {
        if self.joined { usize::MAX } else { self.left() }
    }

    /// What an arrival counts.
    fn worth(joined: bool, arrival: &RecvMeta) -> usize {
        if joined { 1 } else { arrival.datagrams() }
    }
}

impl Socket {
    /// Receives one datagram: its beginning, as much as fits, is in `buf`. Waits at most `timeout`: `None` is for
    /// ever, zero not at all.
    pub fn recv_from(&self, buf: &mut [u8], timeout: Option<Duration>) -> Result<Received> {
        let (length, from) = self.retry(Events::READ, timeout, || self.receive_one(buf))?;
        self.counts().received.add(1, length);
        if length > buf.len() {
            self.counts().truncated.fetch_add(1, Relaxed);
        }
        Ok(Received { length, from: addr::unmap(from) })
    }

    /// [`Socket::recv_from`] that also returns what the kernel reported beside the datagram.
    pub fn recv_from_info(
        &self,
        buf: &mut [u8],
        timeout: Option<Duration>,
    ) -> Result<(Received, PacketInfo)> {
        let one = self.retry(Events::READ, timeout, || self.receive_one_info(buf))?;
        self.counts().received.add(1, one.full_length);
        if one.full_length > buf.len() {
            self.counts().truncated.fetch_add(1, Relaxed);
        }
        Ok((Received { length: one.full_length, from: addr::unmap(one.from) }, one.details))
    }

    fn receive_one_info(&self, buf: &mut [u8]) -> Result<RecvMeta> {
        let mut received = None;
        if self.receives_gro() {
            received = Some(self.take_one(buf)?);
        } else {
            // A slot has at least one byte.
            let mut byte = [0];
            let place = if buf.is_empty() { &mut byte[..] } else { buf };
            let slot = place.len();
            sys::receive_messages(self.descriptor(), place, slot, true, |one| received = Some(one))?;
        }
        received.ok_or(Code::WouldBlock.into())
    }

    /// Takes one datagram of a coalescing socket.
    fn take_one(&self, buf: &mut [u8]) -> Result<RecvMeta> {
        let mut store = self.kept().lock();
        self.refill(&mut store)?;
        let one = store.take(buf, 1, false).ok_or(Code::WouldBlock)?;
        self.settle(store);
        Ok(one)
    }

    fn receive_one(&self, buf: &mut [u8]) -> Result<(usize, SocketAddr)> {
        if !self.receives_gro() {
            return sys::receive(self.descriptor(), buf);
        }
        let one = self.take_one(buf)?;
        Ok((one.full_length, one.from))
    }

    /// Waits for a datagram, then takes all that are there without waiting, at most `max`; they land in `arena`, and
    /// `arrived` is told of each, or of several that are joined. Says how many datagrams there are.
    ///
    /// Each has `arena.len() / max` bytes, and what is longer is cut. A socket that joins received datagrams needs
    /// [`BLOCK`] bytes for what it joins: with a shorter arena they are copied, and cut only where one does not fit.
    pub fn recv_batch(
        &self,
        arena: &mut [u8],
        max: usize,
        timeout: Option<Duration>,
        arrived: impl FnMut(RecvMeta),
    ) -> Result<usize> {
        self.receive_many(Arena { bytes: arena, used: 0, count: 0, max, joined: false }, timeout, arrived)
    }

    /// [`Socket::recv_batch`] in which `max`, and the number returned, are of arrivals: what came joined counts as one
    /// and is never kept for want of a place. The fastest way in from one peer.
    pub fn recv_segments(
        &self,
        arena: &mut [u8],
        max: usize,
        timeout: Option<Duration>,
        arrived: impl FnMut(RecvMeta),
    ) -> Result<usize> {
        self.receive_many(Arena { bytes: arena, used: 0, count: 0, max, joined: true }, timeout, arrived)
    }

    fn receive_many(
        &self,
        mut arena: Arena<'_>,
        timeout: Option<Duration>,
        mut arrived: impl FnMut(RecvMeta),
    ) -> Result<usize> {
        if arena.max == 0 || arena.bytes.len() < arena.max {
            return Err(Error::new(Code::Invalid, "a batch has at least one place, and each place a byte"));
        }
        let mut tell = |arrival: RecvMeta| {
            self.count_received(&arrival);
            arrived(RecvMeta { from: addr::unmap(arrival.from), ..arrival });
        };
        let mut full = self.retry(Events::READ, timeout, || self.receive_some(&mut arena, &mut tell))?;
        while full && arena.left() > 0 {
            match self.receive_some(&mut arena, &mut tell) {
                Ok(more) => full = more,
                // Nothing there; or an error, which the next call is told again.
                Err(_) => break,
            }
        }
        Ok(arena.count)
    }

    /// One system call's worth of datagrams, or what is kept. Whether there may be more, and room for it.
    fn receive_some(&self, arena: &mut Arena<'_>, tell: &mut impl FnMut(RecvMeta)) -> Result<bool> {
        if self.receives_gro() {
            if self.kept().stock.any() {
                return self.take_kept(arena, tell);
            }
            if arena.bytes.len() - arena.used < BLOCK {
                if arena.count > 0 && arena.bytes.len() >= BLOCK {
                    return Ok(false);
                }
                self.refill(&mut self.kept().lock())?;
                return self.take_kept(arena, tell);
            }
            return self.receive_blocks(arena, tell);
        }
        let slot = arena.bytes.len() / arena.max;
        // Few at first: to prepare many places costs as much as to receive a few datagrams.
        let most = arena.left().min(if arena.count == 0 { FEW } else { sys::MESSAGES });
        let used = arena.used;
        let places = &mut arena.bytes[used..used + most * slot];
        let got = sys::receive_messages(self.descriptor(), places, slot, self.wants_details(), |arrival| {
            tell(RecvMeta { offset: used + arrival.offset, ..arrival });
        })?;
        arena.used += got * slot;
        arena.count += got;
        Ok(got == most)
    }

    /// Receives super-datagrams into the arena, a block each.
    fn receive_blocks(&self, arena: &mut Arena<'_>, tell: &mut impl FnMut(RecvMeta)) -> Result<bool> {
        // As many as will hardly bring more datagrams than were asked for: what is too many has to be copied.
        let usual = if arena.joined { 1 } else { self.kept().usual.load(Relaxed).max(1) };
        // Copies to the first bytes of a cache line but not of a page are slow on some processors (rep movsb on Zen 3,
        // fourfold), and that is where malloc puts a large arena.
        let padding = arena.bytes[arena.used..].as_ptr().align_offset(LINE);
        if arena.bytes.len() - arena.used >= BLOCK + padding {
            arena.used += padding;
        }
        let Arena { used, joined, .. } = *arena;
        let blocks = (arena.bytes.len() - used) / BLOCK;
        let most = (arena.left() / usual).max(1).min(blocks).min(sys::MESSAGES);
        let (mut left, mut count, mut largest) = (arena.datagrams(), 0, 0);
        // What stands in the arena beyond what was asked for.
        let mut over = [None; sys::MESSAGES];
        let mut overs = 0;
        let places = &mut arena.bytes[used..used + most * BLOCK];
        let got = sys::receive_messages(self.descriptor(), places, BLOCK, true, |arrival| {
            let all = RecvMeta { offset: used + arrival.offset, ..arrival };
            let datagrams = all.datagrams();
            largest = datagrams.max(largest);
            let later = if left == 0 {
                Some(all)
            } else {
                let (now, later) = all.split(left);
                left -= datagrams.min(left);
                count += Arena::worth(joined, &now);
                tell(now);
                later
            };
            if later.is_some() {
                over[overs] = later;
                overs += 1;
            }
        })?;
        self.kept().usual.store(largest, Relaxed);
        arena.used += got * BLOCK;
        arena.count += count;
        if overs > 0 {
            let mut store = self.kept().lock();
            over[..overs].iter().flatten().for_each(|arrival| store.push(arena.bytes, *arrival));
            self.settle(store);
        }
        Ok(got == most)
    }

    /// Hands out kept datagrams, as many as the arena takes.
    fn take_kept(&self, arena: &mut Arena<'_>, tell: &mut impl FnMut(RecvMeta)) -> Result<bool> {
        let mut store = self.kept().lock();
        let before = arena.count;
        while arena.left() > 0 {
            // The first is cut if it has to be; another waits for a call with more room.
            let (offset, most, whole) = (arena.used, arena.datagrams(), arena.count > 0);
            let Some(taken) = store.take(&mut arena.bytes[offset..], most, whole) else { break };
            arena.used += taken.length;
            arena.count += Arena::worth(arena.joined, &taken);
            tell(RecvMeta { offset, ..taken });
        }
        let more = store.arrivals.is_empty();
        self.settle(store);
        // Another thread may have been quicker.
        if arena.count == before { Err(Code::WouldBlock.into()) } else { Ok(more) }
    }

    /// Receives a super-datagram into an empty store, without waiting.
    fn refill(&self, store: &mut Store) -> Result<()> {
        if !store.arrivals.is_empty() {
            return Ok(());
        }
        store.bytes.resize(BLOCK, 0);
        let arrivals = &mut store.arrivals;
        sys::receive_messages(self.descriptor(), &mut store.bytes, BLOCK, true, |arrival| {
            arrivals.push_back(arrival)
        })?;
        Ok(())
    }

    /// Lets go of the store, and wakes those who wait while it has something for them.
    fn settle(&self, store: MutexGuard<'_, Store>) {
        let stock = self.kept().stock();
        stock.set(store.count());
        drop(store);
        self.wake_waiting(stock);
    }

    fn count_received(&self, arrival: &RecvMeta) {
        let cut = arrival.full_length > arrival.length;
        let bytes = if cut { arrival.full_length } else { arrival.length };
        self.counts().received.add(arrival.datagrams(), bytes);
        if cut {
            self.counts().truncated.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn kept_datagrams(&self) -> usize {
        self.kept().stock.count()
    }
}

/// A cache line.
const LINE: usize = 64;

/// How many places are prepared for the first system call of a batch.
const FEW: usize = 8;
