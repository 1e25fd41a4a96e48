//! Handles: 64-bit numbers that stand for sockets and pollers. Each use is checked, and no number is used twice.
//!
//! A handle is the index of a slot, the kind of value, and the slot's generation. The state of a slot is one word: its
//! generation, whether it is closing, and how many calls are inside. A call increments that count when it enters and
//! decrements it when it leaves; after a close, the call that decrements it to zero drops the value. So a lookup is a load
//! and a compare-and-swap on the slot's own cache line. There is no lock, and a process may fork at any moment.

#![expect(
    unsafe_code,
    reason = "a slot lends out its value under a count of its own, which no safe cell can express"
)]

#[cfg(all(test, loom))]
use loom::{cell::UnsafeCell, sync::atomic::AtomicU64};
#[cfg(not(all(test, loom)))]
use std::{cell::UnsafeCell, sync::atomic::AtomicU64};

use std::ops::Deref;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64 as Word};

use once_cell::race::OnceBox;

use crate::error::{Code, Error, Result};

/// What a handle stands for, so that a handle of another kind is not taken for one of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Socket,
    Poller,
}

/// A process has at most 2^20 descriptors by default (fs.nr_open, proc_sys_fs(5)).
const INDEX_BITS: u32 = 20;
/// What a table of handles holds.
pub(crate) trait Value: Send + Sync + Sized {
    /// What its handles stand for. A constant, so that an empty table is all zero and takes no memory.
    const KIND: Kind;

    /// Called with a closed value, by the call that leaves it last.
    fn dispose(self) {
        drop(self);
    }
}

/// The bits above the index are the kind, and then the generation.
const GENERATION_AT: u32 = INDEX_BITS + 1;
/// Few slots, so that a program with one socket pays for few.
const BLOCK: usize = 32;
const BLOCKS: usize = (1 << INDEX_BITS) / BLOCK;

/// The state word: generation | closing | calls inside. A call is a thread, of which Linux has at most 2^22 (pid_max).
const CLOSING: u64 = 1 << 23;
const INSIDE: u64 = CLOSING - 1;
const GENERATION_SHIFT: u32 = 24;
/// A slot is retired before its last generation, so that no handle is used twice.
const LAST_GENERATION: u64 = (1 << (64 - GENERATION_SHIFT)) - 1;

/// Memory for a value, and the number of values that it held. In this order, so that a call touches the state and the
/// beginning of the value on one cache line.
#[repr(C)]
struct Slot<T> {
    state: AtomicU64,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: `value` is written only by the one thread that opens or empties the slot (see `open` and `leave`), and read
// only between `enter` and `leave`, which a write excludes. A value may be dropped by another thread than the one that
// put it there (Send) and is shared by the threads inside (Sync).
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T: Value> Slot<T> {
    fn new() -> Slot<T> {
        Slot { state: AtomicU64::new(1 << GENERATION_SHIFT), value: UnsafeCell::new(None) }
    }

    /// Stores a value and returns its generation. No other thread may open this empty slot.
    fn open(&self, value: T) -> u64 {
        let state = self.state.load(Relaxed);
        debug_assert_eq!(state & (CLOSING | INSIDE), 0, "an empty slot has nobody inside");
        // SAFETY: the slot is empty and nobody can enter it before the store below; the caller alone may open it.
        with_mut(&self.value, |place| unsafe { *place = Some(value) });
        // Until it is closed, an open slot counts as one call inside.
        self.state.store(state + 1, Release);
        state >> GENERATION_SHIFT
    }

    /// Enters, if `generation` is open.
    fn enter(&self, generation: u64) -> Result<()> {
        let mut state = self.state.load(Relaxed);
        loop {
            self.check(state, generation)?;
            match self.state.compare_exchange_weak(state, state + 1, Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
    }

    /// Marks the slot as closing. The caller is then inside: it may use the value and has to leave.
    fn close(&self, generation: u64) -> Result<()> {
        let mut state = self.state.load(Relaxed);
        loop {
            self.check(state, generation)?;
            match self.state.compare_exchange_weak(state, state | CLOSING, AcqRel, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
    }

    fn check(&self, state: u64, generation: u64) -> Result<()> {
        let now = state >> GENERATION_SHIFT;
        if generation < now || (generation == now && state & CLOSING != 0) {
            Err(Code::Closed.into())
        } else if generation > now || state & INSIDE == 0 {
            Err(Code::Handle.into())
        } else {
            Ok(())
        }
    }

    /// The value, for a caller that is inside.
    ///
    /// # Safety
    /// The caller has entered (or closed) this slot and does not leave while the reference lives.
    unsafe fn value(&self) -> &T {
        // SAFETY: while a caller is inside nobody writes the value, and it is there.
        with(&self.value, |place| unsafe { (*place).as_ref() }).expect("an entered slot has a value")
    }

    /// Leaves. The last call to leave a closed slot has the value disposed of. True if the slot can be opened again.
    ///
    /// # Safety
    /// The caller is inside, and leaves once.
    unsafe fn leave(&self) -> bool {
        let state = self.state.fetch_sub(1, AcqRel) - 1;
        if state & INSIDE != 0 {
            return false;
        }
        // The slot counts as one inside until it is closed, so here it is closing: nobody can enter any more.
        // SAFETY: this thread was the last one inside, and saw with Acquire what the others did before they left.
        let value = with_mut(&self.value, |place| unsafe { (*place).take() });
        value.into_iter().for_each(T::dispose);
        let next = (state >> GENERATION_SHIFT) + 1;
        self.state.store(next << GENERATION_SHIFT, Release);
        next < LAST_GENERATION
    }
}

/// Accesses a cell; loom's checks each access.
#[cfg(all(test, loom))]
fn with<T, R>(cell: &UnsafeCell<T>, f: impl FnOnce(*const T) -> R) -> R {
    cell.with(f)
}
#[cfg(not(all(test, loom)))]
fn with<T, R>(cell: &UnsafeCell<T>, f: impl FnOnce(*const T) -> R) -> R {
    f(cell.get())
}
#[cfg(all(test, loom))]
fn with_mut<T, R>(cell: &UnsafeCell<T>, f: impl FnOnce(*mut T) -> R) -> R {
    cell.with_mut(f)
}
#[cfg(not(all(test, loom)))]
fn with_mut<T, R>(cell: &UnsafeCell<T>, f: impl FnOnce(*mut T) -> R) -> R {
    f(cell.get())
}

/// A slot on cache lines of its own, and its link in the list of empty slots.
#[repr(C, align(128))]
struct Entry<T> {
    slot: Slot<T>,
    next_empty: AtomicU32,
}

/// Values and their handles.
pub(crate) struct Table<T> {
    blocks: [OnceBox<[Entry<T>; BLOCK]>; BLOCKS],
    /// How many slots were ever used.
    fresh: AtomicU32,
    /// The stack of empty slots: a change counter against ABA, and the top slot's index + 1 (0 for none).
    empty: Word,
}

impl<T: Value> Table<T> {
    /// An empty table. Its slots are allocated in blocks when they are needed.
    pub(crate) const fn new() -> Table<T> {
        Table { blocks: [const { OnceBox::new() }; BLOCKS], fresh: AtomicU32::new(0), empty: Word::new(0) }
    }

    /// Stores a value and returns its handle.
    pub(crate) fn insert(&self, value: T) -> Result<i64> {
        let index = match self.pop_empty() {
            Some(index) => index,
            None => self.take_fresh()?,
        };
        let generation = self.entry(index)?.slot.open(value);
        Ok((generation << GENERATION_AT | (T::KIND as u64) << INDEX_BITS | u64::from(index)) as i64)
    }

    /// The value of a handle. It is not dropped before the guard, even if another thread closes the handle.
    pub(crate) fn get(&self, handle: i64) -> Result<Guard<'_, T>> {
        let (index, generation) = self.split(handle)?;
        let entry = self.existing(index)?;
        entry.slot.enter(generation)?;
        Ok(Guard { table: self, entry, index })
    }

    /// Begins to bring what a call on this handle needs into the processor's cache.
    pub(crate) fn touch(&self, handle: i64) {
        if let Ok(entry) = self.split(handle).and_then(|(index, _)| self.existing(index)) {
            // Nothing waits for the value, so the processor goes on.
            entry.slot.state.load(Relaxed);
        }
    }

    /// Invalidates a handle and calls `wake` with its value, so that calls inside return. The value is dropped when the
    /// last of them has left, which may be now.
    pub(crate) fn close(&self, handle: i64, wake: impl FnOnce(&T)) -> Result<()> {
        let (index, generation) = self.split(handle)?;
        let entry = self.existing(index)?;
        entry.slot.close(generation)?;
        wake(&Guard { table: self, entry, index });
        Ok(())
    }

    fn split(&self, handle: i64) -> Result<(u32, u64)> {
        let bits = u64::try_from(handle).map_err(|_| Code::Handle)?;
        let (index, kind) = (bits & ((1 << INDEX_BITS) - 1), bits >> INDEX_BITS & 1);
        // The first generation is 1.
        match bits >> GENERATION_AT {
            generation if generation > 0 && kind == T::KIND as u64 => Ok((index as u32, generation)),
            _ => Err(Code::Handle.into()),
        }
    }

    fn existing(&self, index: u32) -> Result<&Entry<T>> {
        let block = self.blocks[index as usize / BLOCK].get().ok_or(Code::Handle)?;
        Ok(&block[index as usize % BLOCK])
    }

    fn entry(&self, index: u32) -> Result<&Entry<T>> {
        let block = self.blocks[index as usize / BLOCK].get_or_try_init(|| -> Result<_> {
            let mut block = Vec::new();
            block.try_reserve_exact(BLOCK).map_err(|_| Error::from(Code::Memory))?;
            block.extend((0..BLOCK).map(|_| Entry { slot: Slot::new(), next_empty: AtomicU32::new(0) }));
            let Ok(block) = <Box<[Entry<T>; BLOCK]>>::try_from(block.into_boxed_slice()) else {
                unreachable!("the block has BLOCK slots")
            };
            Ok(block)
        })?;
        Ok(&block[index as usize % BLOCK])
    }

    fn take_fresh(&self) -> Result<u32> {
        let limit = (BLOCKS * BLOCK) as u32;
        let taken = self.fresh.fetch_update(Relaxed, Relaxed, |fresh| (fresh < limit).then_some(fresh + 1));
        let index = taken.map_err(|_| Error::from(Code::Limit))?;
        // Without memory for the block the table loses this slot, but stays consistent.
        self.entry(index).map(|_| index)
    }

    fn pop_empty(&self) -> Option<u32> {
        let mut top = self.empty.load(Acquire);
        loop {
            let index = (top as u32).checked_sub(1)?;
            let next = self.existing(index).ok()?.next_empty.load(Relaxed);
            match self.empty.compare_exchange_weak(top, restack(top, next), Acquire, Acquire) {
                Ok(_) => return Some(index),
                Err(now) => top = now,
            }
        }
    }

    fn push_empty(&self, index: u32, entry: &Entry<T>) {
        let mut top = self.empty.load(Relaxed);
        loop {
            entry.next_empty.store(top as u32, Relaxed);
            match self.empty.compare_exchange_weak(top, restack(top, index + 1), Release, Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }
}

/// The head of the stack after a change. The counter differs from every earlier head with the same top.
fn restack(top: u64, index_plus_one: u32) -> u64 {
    ((top >> 32).wrapping_add(1) << 32) | u64::from(index_plus_one)
}

/// A value in use. It is not dropped before the guard.
pub(crate) struct Guard<'a, T: Value> {
    table: &'a Table<T>,
    entry: &'a Entry<T>,
    index: u32,
}

impl<T: Value> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a guard is made after `enter` or `close` succeeded, and leaves when it is dropped.
        unsafe { self.entry.slot.value() }
    }
}

impl<T: Value> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: as above; a guard is dropped once.
        if unsafe { self.entry.slot.leave() } {
            self.table.push_empty(self.index, self.entry);
        }
    }
}

#[cfg(test)]
mod test_values {
    use super::{Kind, Value};

    macro_rules! values {
        ($($type:ty)*) => {
            $(impl Value for $type {
                const KIND: Kind = Kind::Socket;
            })*
        };
    }

    values! { () i32 u32 u64 std::sync::Arc<()> }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn code<T>(result: Result<T>) -> Option<Code> {
        result.err().map(|error| error.code())
    }

    #[test]
    fn get_of_a_number_never_returned_fails() {
        let table: Table<u32> = Table::new();
        let handle = table.insert(7).unwrap();
        for wrong in [
            0,
            -1,
            i64::MIN,
            i64::MAX,
            1,
            handle + 1,
            handle + (1 << GENERATION_AT),
            handle + (1 << INDEX_BITS),
            handle + BLOCK as i64,
        ] {
            assert_eq!(code(table.get(wrong)), Some(Code::Handle), "{wrong}");
            assert_eq!(code(table.close(wrong, |_| ())), Some(Code::Handle), "{wrong}");
        }
        assert_eq!(*table.get(handle).unwrap(), 7);
    }

    #[test]
    fn get_of_a_closed_handle_fails_when_its_slot_is_reused() {
        let table = Table::new();
        let mut seen = std::collections::HashSet::new();
        let mut last = None;
        for round in 0..1000 {
            let handle = table.insert(round).unwrap();
            assert!(handle > 0 && seen.insert(handle), "{handle} came twice");
            assert_eq!(table.fresh.load(Relaxed), 1, "the emptied slot is used again");
            if let Some(last) = last.replace(handle) {
                assert_eq!(code(table.get(last)), Some(Code::Closed));
            }
            table.close(handle, |value| assert_eq!(*value, round)).unwrap();
            assert_eq!(code(table.close(handle, |_| ())), Some(Code::Closed));
        }
    }

    #[test]
    fn close_drops_the_value_when_the_last_guard_is_dropped() {
        let table = Table::new();
        let value = Arc::new(());
        let handle = table.insert(value.clone()).unwrap();
        let inside = table.get(handle).unwrap();
        table.close(handle, |_| ()).unwrap();
        assert_eq!(code(table.get(handle)), Some(Code::Closed));
        assert_eq!(Arc::strong_count(&value), 2);
        drop(inside);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn insert_retires_a_slot_at_its_last_generation() {
        let table = Table::new();
        let first = table.insert(()).unwrap();
        table.close(first, |_| ()).unwrap();
        let slot = &table.existing(0).unwrap().slot;
        slot.state.store((LAST_GENERATION - 1) << GENERATION_SHIFT, Relaxed);
        let last = table.insert(()).unwrap();
        assert!(last > 0);
        table.close(last, |_| ()).unwrap();
        let next = table.insert(()).unwrap();
        assert_eq!(table.split(next).unwrap(), (1, 1), "a new slot");
        assert_eq!(code(table.get(last)), Some(Code::Closed));
    }

    #[test]
    fn get_in_threads_never_returns_another_handles_value() {
        let table: Arc<Table<u64>> = Arc::new(Table::new());
        let threads: Vec<_> = (0..4u64)
            .map(|thread| {
                let table = table.clone();
                std::thread::spawn(move || {
                    for round in 0..20_000 {
                        let tag = thread << 32 | round;
                        let handle = table.insert(tag).unwrap();
                        assert_eq!(*table.get(handle).unwrap(), tag);
                        table.close(handle, |value| assert_eq!(*value, tag)).unwrap();
                        assert_eq!(code(table.get(handle)), Some(Code::Closed));
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(table.fresh.load(Relaxed) <= 4);
    }
}

/// All interleavings of a close with calls: `RUSTFLAGS="--cfg loom" cargo test --release --lib loom`.
#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    /// Enters and reads, unless the slot is closed. True if this call emptied it.
    fn call(slot: &Slot<u32>, generation: u64) -> bool {
        match slot.enter(generation) {
            // SAFETY: entered just now, left just below.
            Ok(()) => unsafe {
                assert_eq!(*slot.value(), 7);
                slot.leave()
            },
            Err(error) => {
                assert_eq!(error.code(), Code::Closed);
                false
            }
        }
    }

    #[test]
    fn close_with_two_calls_inside_drops_the_value_once() {
        loom::model(|| {
            let slot = Arc::new(Slot::new());
            let generation = slot.open(7);
            let callers: Vec<_> = (0..2)
                .map(|_| {
                    let slot = slot.clone();
                    thread::spawn(move || call(&slot, generation))
                })
                .collect();
            slot.close(generation).unwrap();
            // SAFETY: closed just now, so inside.
            let mut emptied = u32::from(unsafe { slot.leave() });
            emptied += callers.into_iter().map(|caller| u32::from(caller.join().unwrap())).sum::<u32>();
            assert_eq!(emptied, 1);
            assert_eq!(slot.enter(generation).unwrap_err().code(), Code::Closed);
        });
    }

    #[test]
    fn close_by_two_threads_succeeds_once() {
        loom::model(|| {
            let slot = Arc::new(Slot::new());
            let generation = slot.open(7);
            let other = slot.clone();
            let close = move |slot: &Slot<u32>| {
                // SAFETY: left once, and only if this close succeeded.
                slot.close(generation).is_ok().then(|| unsafe { slot.leave() })
            };
            let there = thread::spawn(move || close(&other));
            let outcomes = [close(&slot), there.join().unwrap()];
            assert_eq!(outcomes.iter().flatten().collect::<Vec<_>>(), [&true]);
        });
    }
}
