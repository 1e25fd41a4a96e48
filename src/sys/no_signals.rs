//! Signals, on systems whose waits cannot let in those that were held back.

/// Holds no signal back: one that comes while a thread looks does not end the wait after it.
pub(crate) struct HeldSignals;

impl HeldSignals {
    pub(crate) fn hold() -> HeldSignals {
        HeldSignals
    }
}
