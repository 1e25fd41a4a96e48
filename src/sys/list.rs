//! A list of limited length on the stack.

use std::mem::MaybeUninit;
use std::ops::Deref;
use std::slice;

/// At most `N` elements. Unlike an array of `N`, a new list writes no memory: to initialise the arrays of a batch takes
/// longer than the rest of the work for a few datagrams.
pub(crate) struct List<T: Copy, const N: usize> {
    elements: [MaybeUninit<T>; N],
    /// The first so many elements are initialised.
    len: usize,
}

impl<T: Copy, const N: usize> List<T, N> {
    pub(crate) const fn new() -> List<T, N> {
        List { elements: [const { MaybeUninit::uninit() }; N], len: 0 }
    }

    /// How many more elements fit.
    pub(crate) fn room(&self) -> usize {
        N - self.len
    }

    /// Adds an element if there is room.
    pub(crate) fn push(&mut self, element: T) {
        if let Some(place) = self.elements.get_mut(self.len) {
            place.write(element);
            self.len += 1;
        }
    }

    /// Removes all elements after the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl<T: Copy, const N: usize> Deref for List<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `push` initialised the first `len` elements, and MaybeUninit<T> has the layout of T.
        unsafe { slice::from_raw_parts(self.elements.as_ptr().cast(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_keeps_what_fits_and_was_not_removed() {
        let mut list = List::<_, 3>::new();
        assert_eq!((list.len(), list.room()), (0, 3));
        for element in ["a", "b", "c", "d"] {
            list.push(element);
        }
        assert_eq!((&list[..], list.room()), (&["a", "b", "c"][..], 0));
        list.truncate(1);
        list.truncate(2);
        list.push("e");
        assert_eq!((&list[..], list.room()), (&["a", "e"][..], 1));
    }
}
