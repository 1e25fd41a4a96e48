//! Handles: 64-bit numbers that name sockets, checked on each use and never given out twice.
//!
//! A handle is a slot's index and the slot's generation. A slot's state is one word: its generation, whether it is
//! being closed, and how many calls are inside. A call enters by raising that count and leaves by lowering it, and
//! whoever lowers it to nothing, after a close, drops the socket. So a look-up is a load and a compare-and-swap on the
//! socket's own cache line; no lock is taken anywhere, and a process may fork at any moment.

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
use crate::socket::Socket;

/// The sockets that C handles name.
pub static SOCKETS: Table<Socket> = Table::new();

/// Linux lets a process have 2^20 descriptors unless told otherwise (fs.nr_open, proc_sys_fs(5)).
const INDEX_BITS: u32 = 20;
const BLOCK: usize = 1024;
const BLOCKS: usize = (1 << INDEX_BITS) / BLOCK;

/// The state word: generation | closing | calls inside. A call is a thread, of which Linux has at most 2^22 (pid_max).
const CLOSING: u64 = 1 << 23;
const INSIDE: u64 = CLOSING - 1;
const GENERATION_SHIFT: u32 = 24;
/// The last generation is never opened: its slot is retired, so that no handle comes back.
const LAST_GENERATION: u64 = (1 << (64 - GENERATION_SHIFT)) - 1;

/// One place for a value, with the generations that have lived in it.
struct Slot<T> {
    state: AtomicU64,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: `value` is written only by the one thread that opens or empties the slot (see `open` and `leave`), and read
// only between `enter` and `leave`, which a write excludes. A value may be dropped by another thread than the one that
// put it there (Send) and is shared by the threads inside (Sync).
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Slot<T> {
    fn new() -> Slot<T> {
        Slot { state: AtomicU64::new(1 << GENERATION_SHIFT), value: UnsafeCell::new(None) }
    }

    /// Puts a value in and gives its generation. The caller holds the only claim on this empty slot.
    fn open(&self, value: T) -> u64 {
        let state = self.state.load(Relaxed);
        debug_assert_eq!(state & (CLOSING | INSIDE), 0, "an empty slot has nobody inside");
        // SAFETY: the slot is empty and nobody can enter it before the store below; the caller alone may open it.
        with_mut(&self.value, |place| unsafe { *place = Some(value) });
        // The slot itself counts as one inside until it is closed.
        self.state.store(state + 1, Release);
        state >> GENERATION_SHIFT
    }

    /// Counts a call in, if `generation` is open here.
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

    /// Marks the slot as closing. The caller is then inside in the slot's own place: it may look at the value, and
    /// has to leave.
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

    /// Counts a call out. The last one out of a closed slot drops the value, and is told whether the slot can be
    /// opened again.
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
        drop(value);
        let next = (state >> GENERATION_SHIFT) + 1;
        self.state.store(next << GENERATION_SHIFT, Release);
        next < LAST_GENERATION
    }
}

/// loom's cell checks each access; std's is a pointer.
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

/// A slot on cache lines of its own, and the link that chains empty slots.
#[repr(align(128))]
struct Entry<T> {
    slot: Slot<T>,
    next_empty: AtomicU32,
}

/// Values by handle.
pub struct Table<T> {
    blocks: [OnceBox<Vec<Entry<T>>>; BLOCKS],
    /// How many slots were ever handed out.
    fresh: AtomicU32,
    /// The stack of emptied slots: a change count against ABA, and the top slot's index + 1 (0 for none).
    empty: Word,
}

impl<T: Send + Sync> Table<T> {
    /// A table with nothing in it. The slots come in blocks, as they are needed.
    pub const fn new() -> Table<T> {
        Table { blocks: [const { OnceBox::new() }; BLOCKS], fresh: AtomicU32::new(0), empty: Word::new(0) }
    }

    /// Puts a value in and gives it its handle.
    pub fn insert(&self, value: T) -> Result<i64> {
        let index = match self.pop_empty() {
            Some(index) => index,
            None => self.take_fresh()?,
        };
        let generation = self.entry(index)?.slot.open(value);
        Ok((generation << INDEX_BITS | u64::from(index)) as i64)
    }

    /// The value of a handle. It stays open, whoever closes it, until the guard is dropped.
    pub fn get(&self, handle: i64) -> Result<Guard<'_, T>> {
        let (index, generation) = split(handle)?;
        let entry = self.existing(index)?;
        entry.slot.enter(generation)?;
        Ok(Guard { table: self, entry, index })
    }

    /// Makes a handle invalid and runs `wake` on its value, so that calls inside may notice. The value is dropped
    /// when the last of them has left, which may be now.
    pub fn close(&self, handle: i64, wake: impl FnOnce(&T)) -> Result<()> {
        let (index, generation) = split(handle)?;
        let entry = self.existing(index)?;
        entry.slot.close(generation)?;
        wake(&Guard { table: self, entry, index });
        Ok(())
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
            Ok(Box::new(block))
        })?;
        Ok(&block[index as usize % BLOCK])
    }

    fn take_fresh(&self) -> Result<u32> {
        let limit = (BLOCKS * BLOCK) as u32;
        let taken = self.fresh.fetch_update(Relaxed, Relaxed, |fresh| (fresh < limit).then_some(fresh + 1));
        let index = taken.map_err(|_| Error::from(Code::Limit))?;
        // A block that there is no memory for costs the table this slot, not its consistency.
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

impl<T: Send + Sync> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

fn split(handle: i64) -> Result<(u32, u64)> {
    // The first generation is 1.
    let bits = u64::try_from(handle).ok().filter(|bits| bits >> INDEX_BITS != 0).ok_or(Code::Handle)?;
    Ok(((bits & ((1 << INDEX_BITS) - 1)) as u32, bits >> INDEX_BITS))
}

/// The stack's head after a change: the count goes up, so that a head seen before a pop and a push is not the same.
fn restack(top: u64, index_plus_one: u32) -> u64 {
    ((top >> 32).wrapping_add(1) << 32) | u64::from(index_plus_one)
}

/// A value that is in use: it is not dropped before this is.
pub struct Guard<'a, T: Send + Sync> {
    table: &'a Table<T>,
    entry: &'a Entry<T>,
    index: u32,
}

impl<T: Send + Sync> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a guard is made after `enter` or `close` succeeded, and leaves when it is dropped.
        unsafe { self.entry.slot.value() }
    }
}

impl<T: Send + Sync> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: as above; a guard is dropped once.
        if unsafe { self.entry.slot.leave() } {
            self.table.push_empty(self.index, self.entry);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn code<T>(result: Result<T>) -> Option<Code> {
        result.err().map(|error| error.code())
    }

    #[test]
    fn numbers_that_were_never_handed_out_are_not_handles() {
        let table: Table<u32> = Table::new();
        let handle = table.insert(7).unwrap();
        for wrong in
            [0, -1, i64::MIN, i64::MAX, 1, handle + 1, handle + (1 << INDEX_BITS), handle + BLOCK as i64]
        {
            assert_eq!(code(table.get(wrong)), Some(Code::Handle), "{wrong}");
            assert_eq!(code(table.close(wrong, |_| ())), Some(Code::Handle), "{wrong}");
        }
        assert_eq!(*table.get(handle).unwrap(), 7);
    }

    #[test]
    fn a_closed_handle_stays_closed_when_its_slot_is_used_again() {
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
    fn a_value_lives_until_the_last_call_has_left() {
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
    fn a_slot_at_its_last_generation_is_retired() {
        let table = Table::new();
        let first = table.insert(()).unwrap();
        table.close(first, |_| ()).unwrap();
        let slot = &table.existing(0).unwrap().slot;
        slot.state.store((LAST_GENERATION - 1) << GENERATION_SHIFT, Relaxed);
        let last = table.insert(()).unwrap();
        assert!(last > 0);
        table.close(last, |_| ()).unwrap();
        let next = table.insert(()).unwrap();
        assert_eq!(split(next).unwrap(), (1, 1), "a new slot");
        assert_eq!(code(table.get(last)), Some(Code::Closed));
    }

    #[test]
    fn threads_never_meet_the_value_of_another_handle() {
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

/// Every interleaving of a close with calls: `RUSTFLAGS="--cfg loom" cargo test --release --lib loom`.
#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    /// Enters and reads, unless the slot is closed; says whether this call emptied it.
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
    fn one_close_and_two_calls_empty_the_slot_once() {
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
    fn of_two_closes_one_succeeds() {
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
