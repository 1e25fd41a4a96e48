//! One wait on many sockets.
//!
//! The system tells which descriptors are ready. What it does not know is looked for here: datagrams that a coalescing
//! socket has buffered, queued path errors, an error kept for the next call, and a close. A socket with one of these marks
//! its bit in each poller that it is in, and a wait looks at the marked sockets before it sleeps. A bit stays set while its
//! socket is ready, so that each wait reports it.
//!
//! A poller knows its sockets by handle and asks the caller of `wait` about them.

mod marks;
mod watchers;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU32, fence};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::{Code, Error, Result};
use crate::handle::{Kind, Table, Value};
use crate::lock::lock;
use crate::spin::Spin;
use crate::sys;
use crate::types::Events;
use marks::Marks;
pub(crate) use watchers::Watchers;

/// The pollers of C handles.
pub(crate) static POLLERS: Table<Poller> = Table::new();

/// Waits on any number of sockets.
#[derive(Debug)]
pub(crate) struct Poller {
    selector: sys::Selector,
    closing: AtomicBool,
    /// Calls of `wake` that have not ended a wait yet.
    wakes: AtomicU32,
    /// Threads that sleep, or are about to.
    sleepers: AtomicU32,
    /// Whether an outer event loop has the descriptor, which must then be ready for all that this poller is ready for.
    has_outer: AtomicBool,
    /// Counts the waits: the marked sockets and the system's take turns to come first.
    turns: AtomicU32,
    spin: Spin,
    /// None in a forked child, which shares the selector with its parent and must not change it.
    state: sys::PerProcess<State>,
}

#[derive(Debug, Default)]
struct State {
    marks: Marks,
    members: Mutex<Members>,
}

impl Value for Poller {
    const KIND: Kind = Kind::Poller;

    fn dispose(self) {
        sys::drop_unseen(self);
    }
}

/// A socket that is ready.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    pub(crate) socket: i64,
    pub(crate) user_data: u64,
    pub(crate) events: Events,
}

/// What a poller needs to know of a socket to add it.
pub(crate) struct Candidate<'a> {
    pub(crate) descriptor: &'a sys::Descriptor,
    pub(crate) watchers: &'a Watchers,
    pub(crate) closing: &'a AtomicBool,
    pub(crate) spin_us: u32,
}

/// The sockets of a poller. A key is an index into `slots`.
#[derive(Debug, Default)]
struct Members {
    slots: Vec<Slot>,
    empty: Vec<u32>,
    keys: HashMap<i64, u32>,
    /// Where the next look at the marked sockets begins.
    next_marked: u32,
    rounds: u64,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// 0 if the slot is empty.
    socket: i64,
    user_data: u64,
    wanted: Events,
    /// Differs each time that the slot is filled, so that an event of an earlier socket is told from one of this.
    fills: u32,
    /// What this round has found, and its place in the list of the ready.
    found: Events,
    place: u32,
    round: u64,
}

impl Slot {
    const EMPTY: Slot = Slot {
        socket: 0,
        user_data: 0,
        wanted: Events::NONE,
        fills: 0,
        found: Events::NONE,
        place: 0,
        round: 0,
    };

    fn selector_key(&self, key: u32) -> u64 {
        u64::from(self.fills) << 32 | u64::from(key)
    }
}

/// The list of the ready that one wait makes.
struct Round<L, R> {
    id: u64,
    count: usize,
    max: usize,
    look: L,
    report: R,
}

impl<L: Fn(i64, Events) -> Option<Events>, R: FnMut(usize, Ready)> Round<L, R> {
    fn has_room(&self) -> bool {
        self.count < self.max
    }

    /// Adds a socket to the list, or events to a socket in it.
    fn add(&mut self, slot: &mut Slot, events: Events) {
        if slot.round != self.id {
            (slot.round, slot.place, slot.found) = (self.id, self.count as u32, Events::NONE);
            self.count += 1;
        }
        // A closed socket is ready for nothing else.
        slot.found = if events == Events::CLOSED { events } else { slot.found.union(events) };
        let ready = Ready { socket: slot.socket, user_data: slot.user_data, events: slot.found };
        (self.report)(slot.place as usize, ready);
    }

    /// Adds the marked sockets that are ready.
    fn add_marked(&mut self, marks: &Marks, members: &mut Members) {
        let (start, end) = (members.next_marked, members.slots.len() as u32);
        for (mut from, to) in [(start, end), (0, start.min(end))] {
            while self.has_room() {
                let Some(key) = marks.take(from, to) else { break };
                from = key + 1;
                members.next_marked = from;
                let slot = &mut members.slots[key as usize];
                if slot.socket == 0 {
                    continue;
                }
                match (self.look)(slot.socket, Events::NONE) {
                    None => {
                        self.add(slot, Events::CLOSED);
                        members.forget(key);
                    }
                    Some(found) => {
                        let found = found.intersection(slot.wanted);
                        if found != Events::NONE {
                            marks.set(key);
                            self.add(slot, found);
                        }
                    }
                }
            }
        }
    }

    /// Adds the sockets that the system found ready.
    fn add_selected(&mut self, selection: &sys::Selection, members: &mut Members) {
        for (selector_key, mut found) in selection.sockets() {
            let key = selector_key as u32;
            let Some(slot) = members.slots.get_mut(key as usize) else { continue };
            // Another thread removed it meanwhile.
            if slot.socket == 0 || slot.selector_key(key) != selector_key {
                continue;
            }
            if found.contains(Events::ERROR) {
                // A path error has to be taken from the system, or it would be reported for ever. A closed socket has a mark.
                let Some(settled) = (self.look)(slot.socket, found) else { continue };
                found = settled.union(found.intersection(Events::CLOSED));
            }
            let wanted = found.intersection(slot.wanted);
            if wanted != Events::NONE {
                self.add(slot, wanted);
            } else if found.contains(Events::CLOSED) {
                self.add(slot, Events::CLOSED);
            }
        }
    }
}

impl Members {
    /// The key of an empty slot.
    fn take_slot(&mut self, marks: &Marks) -> Result<u32> {
        if let Some(key) = self.empty.pop() {
            return Ok(key);
        }
        let key = self.slots.len() as u32;
        marks.reserve(key)?;
        self.slots.try_reserve(1).map_err(|_| Code::Memory)?;
        // Room for all of them, so that `forget` needs no memory.
        let wanted = self.slots.len() + 1 - self.empty.len();
        self.empty.try_reserve(wanted).map_err(|_| Code::Memory)?;
        self.slots.push(Slot::EMPTY);
        Ok(key)
    }

    fn forget(&mut self, key: u32) {
        let slot = &mut self.slots[key as usize];
        self.keys.remove(&slot.socket);
        *slot = Slot { fills: slot.fills, ..Slot::EMPTY };
        self.empty.push(key);
    }
}

impl Poller {
    pub(crate) fn open() -> Result<Poller> {
        sys::watch_forks()?;
        sys::free_retired();
        let poller = Poller {
            selector: sys::Selector::new()?,
            closing: AtomicBool::new(false),
            wakes: AtomicU32::new(0),
            sleepers: AtomicU32::new(0),
            has_outer: AtomicBool::new(false),
            turns: AtomicU32::new(0),
            spin: Spin::default(),
            state: sys::PerProcess::default(),
        };
        poller.state.get_or_create()?;
        Ok(poller)
    }

    fn state(&self) -> Result<&State> {
        self.state.get().ok_or_else(|| {
            Error::new(
                Code::Closed,
                format_args!("a forked child has no part in its parent's pollers; open another"),
            )
        })
    }

    pub(crate) fn is_of_this_process(&self) -> bool {
        self.state.get().is_some()
    }

    /// Ends every wait with [`Code::Closed`].
    pub(crate) fn close(&self) {
        self.closing.store(true, SeqCst);
        self.selector.notify();
    }

    /// Adds a socket, or changes what is waited for. `poller` and `socket` are the handles of both.
    pub(crate) fn set(
        &self,
        poller: i64,
        socket: i64,
        candidate: &Candidate<'_>,
        events: Events,
        user_data: u64,
    ) -> Result<()> {
        let state = self.state()?;
        let mut members = lock(&state.members);
        let known = members.keys.get(&socket).copied();
        let key = match known {
            Some(key) => {
                let slot = &mut members.slots[key as usize];
                let modified = self.selector.modify(candidate.descriptor, slot.selector_key(key), events);
                // The selector has forgotten a socket that is closing.
                modified.map_err(|error| if candidate.is_closing() { Code::Closed.into() } else { error })?;
                (slot.wanted, slot.user_data) = (events, user_data);
                key
            }
            None => {
                let slot = Slot { socket, user_data, wanted: events, ..Slot::EMPTY };
                self.add(&mut members, &state.marks, poller, candidate, slot)?
            }
        };
        if candidate.spin_us > self.spin.most() {
            self.spin.set_most(candidate.spin_us);
        }
        drop(members);
        // The next wait looks for what is there already.
        self.mark(key);
        Ok(())
    }

    /// Adds a socket, as its new slot says. Returns its key.
    fn add(
        &self,
        members: &mut Members,
        marks: &Marks,
        poller: i64,
        candidate: &Candidate<'_>,
        new: Slot,
    ) -> Result<u32> {
        members.keys.try_reserve(1).map_err(|_| Code::Memory)?;
        let key = members.take_slot(marks)?;
        members.keys.insert(new.socket, key);
        let slot = &mut members.slots[key as usize];
        *slot = Slot { fills: slot.fills.wrapping_add(1), ..new };
        let selector_key = slot.selector_key(key);
        let added = candidate.watchers.add(poller, key);
        let added = added.and_then(|()| self.selector.add(candidate.descriptor, selector_key, new.wanted));
        // A close before the socket was among the selector's did not remove it from there.
        let added = added.and_then(|()| {
            if candidate.is_closing() {
                self.selector.remove(candidate.descriptor);
                return Err(Code::Closed.into());
            }
            Ok(())
        });
        if let Err(error) = added {
            candidate.watchers.remove(poller);
            members.forget(key);
            return Err(error);
        }
        Ok(key)
    }

    /// Removes a socket; `candidate` is `None` if it is closed. Returns whether it was there.
    pub(crate) fn remove(&self, poller: i64, socket: i64, candidate: Option<&Candidate<'_>>) -> Result<bool> {
        let state = self.state()?;
        let mut members = lock(&state.members);
        let Some(&key) = members.keys.get(&socket) else { return Ok(false) };
        if let Some(candidate) = candidate {
            candidate.watchers.remove(poller);
            self.selector.remove(candidate.descriptor);
        }
        members.forget(key);
        Ok(true)
    }

    /// Waits until sockets are ready and calls `report` with each and its place in a list of at most `max`, perhaps several
    /// times. Returns their number, or 0 if `wake` ended the wait. A timeout of `None` waits forever, zero does not wait.
    ///
    /// `look` is given a socket and what the system found, and returns what the socket is ready for; `None` if it is closed.
    pub(crate) fn wait(
        &self,
        max: usize,
        timeout: Option<Duration>,
        look: impl Fn(i64, Events) -> Option<Events>,
        report: impl FnMut(usize, Ready),
    ) -> Result<usize> {
        let state = self.state()?;
        if max == 0 {
            return Err(Error::new(
                Code::Invalid,
                format_args!("max is 0; give room for one socket at least"),
            ));
        }
        let mut round = Round { id: 0, count: 0, max: max.min(sys::MAX_SELECTED), look, report };
        let mut selection = sys::Selection::new();
        let mut deadline = Deadline::new(timeout);
        let mut timed_out = timeout == Some(Duration::ZERO);
        let mut may_look = !timed_out && self.spin.most() > 0;
        let mut held = None;
        // The marked sockets and those of the system take turns to come first.
        let marked_first = self.turns.fetch_add(1, Relaxed) % 2 == 0;
        loop {
            if self.closing.load(SeqCst) {
                // Some systems end one wait only.
                self.selector.notify();
                return Err(Code::Closed.into());
            }
            if self.take_wake() {
                self.pass_on(state);
                return Ok(0);
            }
            selection.clear();
            let marked = state.marks.any();
            if marked && marked_first {
                self.collect(state, &mut round, None, true);
            }
            if round.has_room() {
                let marked_last = marked && !marked_first;
                let no_wait = timed_out || marked_last || round.count > 0;
                if may_look && !no_wait {
                    may_look = false;
                    held = self.look(state, &mut deadline, &mut selection, round.max)?;
                }
                if !selection.any() {
                    let left = if no_wait { Some(Duration::ZERO) } else { deadline.left()? };
                    self.sleep(state, &mut selection, round.max - round.count, left, held.as_ref())?;
                }
                if selection.woken() && !self.closing.load(SeqCst) {
                    self.selector.clear();
                }
                self.collect(state, &mut round, Some(&selection), marked_last);
            }
            if round.count > 0 {
                self.pass_on(state);
                return Ok(round.count);
            }
            if timed_out && !selection.any() {
                return Err(deadline.expired());
            }
            timed_out = timed_out || deadline.left().is_err();
        }
    }

    /// Polls for as long as the budget of the spin allows. Returns the signals that were held back meanwhile.
    fn look(
        &self,
        state: &State,
        deadline: &mut Deadline,
        selection: &mut sys::Selection,
        max: usize,
    ) -> Result<Option<sys::HeldSignals>> {
        let Some(budget) = self.spin.budget() else { return Ok(None) };
        let limit = deadline.left()?.map_or(budget, |left| left.min(budget));
        let held = sys::HeldSignals::hold();
        let found = self.spin.look(limit, || {
            let done = self.selector.wait(selection, max, Some(Duration::ZERO), None);
            (done.is_err() || selection.any() || self.has_news(state)).then_some(done)
        });
        found.unwrap_or(Ok(())).map(|()| Some(held))
    }

    /// Waits in the system, unless there is something to do that it does not know of.
    fn sleep(
        &self,
        state: &State,
        selection: &mut sys::Selection,
        max: usize,
        timeout: Option<Duration>,
        held: Option<&sys::HeldSignals>,
    ) -> Result<()> {
        // Whoever has news stores it and then looks for sleepers.
        self.sleepers.fetch_add(1, SeqCst);
        fence(SeqCst);
        let timeout = if self.has_news(state) { Some(Duration::ZERO) } else { timeout };
        let done = self.selector.wait(selection, max, timeout, held);
        self.sleepers.fetch_sub(1, SeqCst);
        done
    }

    fn collect<L: Fn(i64, Events) -> Option<Events>, R: FnMut(usize, Ready)>(
        &self,
        state: &State,
        round: &mut Round<L, R>,
        selection: Option<&sys::Selection>,
        marked: bool,
    ) {
        let mut members = lock(&state.members);
        if round.id == 0 {
            members.rounds += 1;
            round.id = members.rounds;
        }
        if let Some(selection) = selection {
            round.add_selected(selection, &mut members);
        }
        if marked {
            round.add_marked(&state.marks, &mut members);
        }
    }

    /// Ends one wait: the one that is going on, or the next.
    pub(crate) fn wake(&self) -> Result<()> {
        self.state()?;
        self.wakes.fetch_add(1, SeqCst);
        self.notify();
        Ok(())
    }

    /// The descriptor for an outer event loop.
    pub(crate) fn fd(&self) -> Result<i64> {
        let state = self.state()?;
        self.has_outer.store(true, SeqCst);
        fence(SeqCst);
        self.pass_on(state);
        self.selector.raw()
    }

    fn take_wake(&self) -> bool {
        self.wakes.load(SeqCst) > 0
            && self.wakes.fetch_update(SeqCst, SeqCst, |wakes| wakes.checked_sub(1)).is_ok()
    }

    /// Whether there is something to do that the system does not know of.
    fn has_news(&self, state: &State) -> bool {
        state.marks.any() || self.wakes.load(SeqCst) > 0 || self.closing.load(SeqCst)
    }

    /// Leaves what this wait did not take to other threads and to the outer event loop.
    fn pass_on(&self, state: &State) {
        if self.has_news(state) {
            self.notify();
        }
    }

    fn notify(&self) {
        fence(SeqCst);
        if self.sleepers.load(SeqCst) > 0 || self.has_outer.load(SeqCst) {
            self.selector.notify();
        }
    }

    /// Has the next wait look at a socket. Safe in a signal handler.
    fn mark(&self, key: u32) {
        if self.state.get().is_some_and(|state| state.marks.set(key)) {
            self.notify();
        }
    }

    /// Forgets a socket that is closing, and has the next wait report it. Safe in a signal handler.
    fn socket_closed(&self, socket: &sys::Descriptor, key: u32) {
        if self.is_of_this_process() {
            self.selector.remove(socket);
            self.mark(key);
        }
    }
}

impl Candidate<'_> {
    fn is_closing(&self) -> bool {
        self.closing.load(SeqCst)
    }
}
