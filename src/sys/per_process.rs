//! Values that a forked child starts anew.

use std::ptr;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::generation;
use crate::error::{Code, Result};

/// A value that a forked child starts anew. The child's copy of the parent's value may be locked by a thread that the child
/// does not have, or half changed.
#[derive(Debug)]
pub(crate) struct PerProcess<T>(AtomicPtr<Node<T>>);

#[derive(Debug)]
#[repr(C)]
struct Node<T> {
    retired: Retired,
    generation: u32,
    value: T,
}

/// A node that nobody uses any more, in the list of those that are still to be freed.
#[derive(Debug)]
struct Retired {
    next: *mut Retired,
    free: unsafe fn(*mut Retired),
}

/// Nodes to free. A close may run in a signal handler, which must not free memory, so the next open does it.
static RETIRED: AtomicPtr<Retired> = AtomicPtr::new(ptr::null_mut());

fn retire(node: *mut Retired) {
    let mut head = RETIRED.load(Relaxed);
    loop {
        // SAFETY: the caller owns the node until the exchange below succeeds.
        unsafe { (*node).next = head };
        match RETIRED.compare_exchange_weak(head, node, Release, Relaxed) {
            Ok(_) => return,
            Err(now) => head = now,
        }
    }
}

/// Frees the memory of closed sockets.
pub(crate) fn free_retired() {
    let mut node = RETIRED.swap(ptr::null_mut(), Acquire);
    while !node.is_null() {
        // SAFETY: the swap made this thread the owner of the list.
        unsafe {
            let next = (*node).next;
            ((*node).free)(node);
            node = next;
        }
    }
}

/// # Safety
/// `node` is the beginning of a `Node<T>` made by `create`, and nobody uses it.
unsafe fn free<T>(node: *mut Retired) {
    // SAFETY: as this function requires; the layout is that of a slice of one.
    drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(node.cast::<Node<T>>(), 1)) });
}

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        PerProcess(AtomicPtr::new(ptr::null_mut()))
    }
}

impl<T: Default> PerProcess<T> {
    /// The value of this process, if it has one already.
    pub(crate) fn get(&self) -> Option<&T> {
        // SAFETY: a pointer that is not NULL comes from `create`, and its node is not freed before `self`.
        unsafe { self.0.load(Acquire).as_ref() }
            .filter(|node| node.generation == generation())
            .map(|node| &node.value)
    }

    /// The value of this process.
    pub(crate) fn get_or_create(&self) -> Result<&T> {
        match self.get() {
            Some(value) => Ok(value),
            None => self.create(),
        }
    }

    #[cold]
    fn create(&self) -> Result<&T> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(1).map_err(|_| Code::Memory)?;
        let retired = Retired { next: ptr::null_mut(), free: free::<T> };
        memory.push(Node { retired, generation: generation(), value: T::default() });
        let new = Box::into_raw(memory.into_boxed_slice()).cast::<Node<T>>();
        let mut seen = self.0.load(Acquire);
        loop {
            // SAFETY: as in `get`.
            if unsafe { seen.as_ref() }.is_some_and(|node| node.generation == generation()) {
                // SAFETY: made above, and nobody else has it.
                unsafe { free::<T>(new.cast()) };
                // SAFETY: as in `get`.
                return Ok(unsafe { &(*seen).value });
            }
            // An inherited node is never freed: whoever holds its lock does not exist here.
            match self.0.compare_exchange(seen, new, AcqRel, Acquire) {
                // SAFETY: as in `get`.
                Ok(_) => return Ok(unsafe { &(*new).value }),
                Err(now) => seen = now,
            }
        }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let node = *self.0.get_mut();
        // SAFETY: as in `get`; nobody uses the node any more.
        if unsafe { node.as_ref() }.is_some_and(|node| node.generation == generation()) {
            retire(node.cast());
        }
    }
}

// SAFETY: it owns its value like a Box, and lends it out shared.
unsafe impl<T: Send> Send for PerProcess<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for PerProcess<T> {}
