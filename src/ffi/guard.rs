//! The border to C: catches panics, turns pointers into slices, and keeps the calling thread's last failure.

use std::cell::{Cell, UnsafeCell};
use std::ffi::{CStr, c_char};
use std::fmt::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::ptr::NonNull;
use std::slice;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use crate::error::{Code, Error, Place, Result};
use crate::handle::{Guard, Table};
use crate::socket::Socket;
use crate::sys;

/// What the library keeps for a thread. It has no destructor, so that a thread's first use registers none: that would
/// allocate memory.
struct ThreadLocal {
    /// How many calls of this thread are inside the library.
    inside: Cell<u32>,
    /// Whether `last` is in use. A signal handler that interrupts the use leaves it alone.
    busy: Cell<bool>,
    last: Cell<Option<Error>>,
    sentence: UnsafeCell<[u8; SENTENCE_SIZE]>,
}

/// Enough for a code's text, an error's context and the system's error.
const SENTENCE_SIZE: usize = 320;

thread_local! {
    static THREAD: ThreadLocal = const {
        ThreadLocal {
            inside: Cell::new(0),
            busy: Cell::new(false),
            last: Cell::new(None),
            sentence: UnsafeCell::new([0; SENTENCE_SIZE]),
        }
    };
}

/// A return type in which a failure is its negative code.
pub(super) trait Status {
    fn failed(code: i32) -> Self;
}

impl Status for i32 {
    fn failed(code: i32) -> i32 {
        code
    }
}

impl Status for i64 {
    fn failed(code: i32) -> i64 {
        code.into()
    }
}

/// Runs the body of a C function. A failure is kept for the calling thread and returned as its code; so is a panic.
pub(super) fn guard<T: Status>(body: impl FnOnce() -> Result<T>) -> T {
    let _thread = sys::ThreadState::save();
    result(catch(body).unwrap_or(Err(Code::Internal.into())))
}

/// A result as C gets it. A failure is kept for the calling thread.
pub(super) fn result<T: Status>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(failure) => {
            let code = failure.code() as i32;
            with_last(|last| last.set(Some(failure)));
            T::failed(code)
        }
    }
}

/// Runs the usual case of a C function, which makes one system call at most and no cancellation point: holding cancellation
/// back takes as long as all the rest. `None`: the case is another one, which `guard` has to run.
pub(super) fn usual<T>(body: impl FnOnce() -> Option<T>) -> Option<T> {
    if !sys::CALLS_UNSEEN {
        return None;
    }
    let errno = sys::Errno::save();
    let done = catch(body);
    errno.restore();
    done?
}

/// Runs a body that cannot fail; a panic returns `otherwise`.
pub(super) fn guard_or<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    let _thread = sys::ThreadState::save();
    catch(body).unwrap_or(otherwise)
}

fn catch<T>(body: impl FnOnce() -> T) -> Option<T> {
    silence_panics();
    THREAD.with(|thread| thread.inside.set(thread.inside.get() + 1));
    let caught = panic::catch_unwind(AssertUnwindSafe(body));
    THREAD.with(|thread| thread.inside.set(thread.inside.get() - 1));
    // The payload's drop could panic, too.
    caught.map_err(std::mem::forget).ok()
}

type PanicHook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The hook that was there before `hook`.
static HOST_HOOK: OnceLock<PanicHook> = OnceLock::new();

/// Keeps the library from printing to standard error: a panic inside a C function is reported by its code alone. All other
/// panics go to the hook that was there before. Allocates nothing and waits for no other thread.
fn silence_panics() {
    static DONE: AtomicBool = AtomicBool::new(false);
    // A panicking thread, whose destructors may call the library, must not change the hook.
    if DONE.load(Relaxed) || thread::panicking() || DONE.swap(true, Relaxed) {
        return;
    }
    let _ = HOST_HOOK.set(panic::take_hook());
    panic::set_hook(Box::new(hook));
}

fn hook(info: &PanicHookInfo<'_>) {
    let outside = THREAD.with(|thread| thread.inside.get()) == 0;
    if let Some(host_hook) = HOST_HOOK.get().filter(|_| outside) {
        host_hook(info);
    }
}

/// Uses the place of the calling thread's last failure, unless the caller is a signal handler that interrupted its use.
fn with_last<T>(use_it: impl FnOnce(&Cell<Option<Error>>) -> T) -> Option<T> {
    THREAD.with(|thread| {
        if thread.busy.replace(true) {
            return None;
        }
        let result = use_it(&thread.last);
        thread.busy.set(false);
        Some(result)
    })
}

/// The calling thread's last failure.
pub(super) fn last() -> Option<Error> {
    with_last(|last| {
        let error = last.take();
        last.set(error.clone());
        error
    })?
}

/// The sentence of the calling thread's last failure, valid until the thread calls this again.
pub(super) fn last_sentence() -> *const c_char {
    let Some(error) = last() else { return c"".as_ptr() };
    THREAD.with(|thread| {
        // SAFETY: the array is the calling thread's, and no reference to it outlives this call. A signal handler may
        // write to it meanwhile: the bytes stay valid, and the last one is never written.
        let bytes = unsafe { &mut *thread.sentence.get() };
        let (text, end) = bytes.split_at_mut(SENTENCE_SIZE - 1);
        let mut place = Place { bytes: text, len: 0 };
        // A sentence that is cut describes the failure too.
        let _ = write!(place, "{error}");
        let len = place.len;
        // A NUL inside, from a text argument, would end the sentence.
        text[..len].iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b'?');
        text.get_mut(len).unwrap_or(&mut end[0]).clone_from(&0);
        bytes.as_ptr().cast()
    })
}

/// The sockets of C handles.
pub(super) static SOCKETS: Table<Socket> = Table::new();

/// The socket of a handle.
pub(super) fn socket(handle: i64) -> Result<Guard<'static, Socket>> {
    SOCKETS.get(handle)
}

/// A timeout in milliseconds; -1 is forever.
pub(super) fn timeout(milliseconds: i32) -> Result<Option<Duration>> {
    match u64::try_from(milliseconds) {
        Ok(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
        Err(_) if milliseconds == -1 => Ok(None),
        Err(_) => Err(Error::new(
            Code::Invalid,
            format_args!("timeout_ms is {milliseconds}; use -1 (forever), 0 or more"),
        )),
    }
}

/// Checks a length: no object is longer than isize::MAX (std::slice::from_raw_parts).
fn length(len: usize) -> Result<usize> {
    if len <= isize::MAX as usize {
        Ok(len)
    } else {
        Err(Error::new(Code::Invalid, format_args!("a length of {len} bytes; no object is that large")))
    }
}

/// The caller's bytes to read. NULL is allowed only with a length of 0.
///
/// # Safety
/// `data`, if not NULL, points to `len` readable bytes that nobody writes while the slice lives.
pub(super) unsafe fn bytes<'a>(data: *const u8, len: usize) -> Result<&'a [u8]> {
    match (NonNull::new(data.cast_mut()), length(len)?) {
        (None, 0) => Ok(&[]),
        (None, _) => Err(Code::Null.into()),
        // SAFETY: not NULL, and the caller vouches for `len` bytes.
        (Some(data), len) => Ok(unsafe { slice::from_raw_parts(data.as_ptr(), len) }),
    }
}

/// The caller's bytes to write. NULL is allowed only with a length of 0.
///
/// # Safety
/// `data`, if not NULL, points to `len` writable bytes that nobody else uses while the slice lives.
pub(super) unsafe fn bytes_mut<'a>(data: *mut u8, len: usize) -> Result<&'a mut [u8]> {
    match (NonNull::new(data), length(len)?) {
        (None, 0) => Ok(&mut []),
        (None, _) => Err(Code::Null.into()),
        // SAFETY: not NULL, and the caller vouches for `len` bytes.
        (Some(data), len) => Ok(unsafe { slice::from_raw_parts_mut(data.as_ptr(), len) }),
    }
}

/// A NUL-terminated UTF-8 text; `None` for NULL.
///
/// # Safety
/// `text`, if not NULL, is NUL-terminated and unchanged while the slice lives.
pub(super) unsafe fn c_str<'a>(text: *const c_char) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and the caller vouches for the NUL.
    utf8(unsafe { CStr::from_ptr(text) }.to_bytes()).map(Some)
}

/// Bytes that must be UTF-8.
pub(super) fn utf8(text: &[u8]) -> Result<&str> {
    std::str::from_utf8(text).map_err(|error| {
        Error::new(Code::Utf8, format_args!("invalid byte at offset {}", error.valid_up_to()))
    })
}

/// The value at a pointer; `None` for NULL.
///
/// # Safety
/// `place`, if not NULL, points to a valid `T`, aligned or not.
pub(super) unsafe fn read<T: Copy>(place: *const T) -> Option<T> {
    // SAFETY: not NULL, and the caller vouches for the value.
    (!place.is_null()).then(|| unsafe { place.read_unaligned() })
}

/// A pointer that must not be NULL.
pub(super) fn required<T>(place: *mut T) -> Result<NonNull<T>> {
    NonNull::new(place).ok_or(Code::Null.into())
}

/// The caller's array. NULL is allowed only if `n` is 0.
///
/// # Safety
/// `rows`, if not NULL, points to `n` valid elements that nobody writes while the slice lives.
pub(super) unsafe fn rows<'a, T>(rows: *const T, n: usize) -> Result<&'a [T]> {
    match (NonNull::new(rows.cast_mut()), length(n.saturating_mul(size_of::<T>()))?) {
        (_, 0) => Ok(&[]),
        (None, _) => Err(Code::Null.into()),
        (Some(rows), _) if !rows.is_aligned() => {
            Err(Error::new(Code::Invalid, format_args!("the array is not aligned for its element type")))
        }
        // SAFETY: not NULL, aligned, and the caller vouches for `n` elements.
        (Some(rows), _) => Ok(unsafe { slice::from_raw_parts(rows.as_ptr(), n) }),
    }
}

/// The caller's array to write. NULL is allowed only if `n` is 0.
///
/// # Safety
/// `rows`, if not NULL, points to `n` valid elements that nobody else uses while the slice lives.
pub(super) unsafe fn rows_mut<'a, T>(rows: *mut T, n: usize) -> Result<&'a mut [T]> {
    // SAFETY: as this function requires.
    let checked = unsafe { self::rows(rows, n) }?.len();
    if checked == 0 {
        return Ok(&mut []);
    }
    // SAFETY: not NULL, aligned, and the caller vouches for `n` elements.
    Ok(unsafe { slice::from_raw_parts_mut(rows, checked) })
}

/// Writes a result to a pointer, unless it is NULL.
///
/// # Safety
/// `place`, if not NULL, points to writable room for a `T`, aligned or not.
pub(super) unsafe fn write<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: not NULL, and the caller vouches for the room.
        unsafe { place.write_unaligned(value) }
    }
}

/// Writes elements to the caller's array, as many as it has room for. NULL is allowed only with a `cap` of 0.
///
/// # Safety
/// `list`, if not NULL, points to writable room for `cap` rows, aligned or not.
pub(super) unsafe fn write_rows<T>(list: *mut T, cap: usize, rows: impl Iterator<Item = T>) -> Result<()> {
    if list.is_null() && length(cap)? > 0 {
        return Err(Code::Null.into());
    }
    for (index, row) in rows.take(cap).enumerate() {
        // SAFETY: not NULL, and the caller vouches for `cap` rows.
        unsafe { list.add(index).write_unaligned(row) }
    }
    Ok(())
}

/// A length or count as a return value. Nothing that this library counts is near the limit.
pub(super) fn count(count: usize) -> Result<i32> {
    i32::try_from(count).map_err(|_| Error::new(Code::Invalid, format_args!("the result exceeds int32_t")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::errno;

    /// One test, because the panic hook is the process's.
    #[test]
    fn guard_of_a_panic_returns_internal_and_prints_nothing() {
        use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
        static CALLED: AtomicU32 = AtomicU32::new(0);
        panic::set_hook(Box::new(|_| {
            CALLED.fetch_add(1, SeqCst);
        }));
        assert_eq!(guard::<i32>(|| panic!("inside")), Code::Internal as i32);
        assert_eq!(guard::<i64>(|| panic!("inside")), Code::Internal as i64);
        assert_eq!(guard_or(7, || panic!("inside")), 7);
        assert_eq!(CALLED.load(SeqCst), 0, "the host's hook was called for a panic inside");
        panic::catch_unwind(|| panic!("outside")).unwrap_err();
        assert_eq!(CALLED.load(SeqCst), 1, "the host's hook was not called for its own panic");
        drop(panic::take_hook());

        assert_eq!(guard::<i32>(|| Err(Error::from_os(errno::EADDRINUSE))), Code::InUse as i32);
        thread::spawn(|| assert_eq!(last(), None)).join().unwrap();
        assert_eq!(
            last().map(|error| error.os()),
            Some(errno::EADDRINUSE),
            "the last failure is the thread's own"
        );
    }

    #[test]
    fn bytes_of_null_need_length_zero() {
        // SAFETY: NULL.
        unsafe {
            assert!(bytes(std::ptr::null(), 0).unwrap().is_empty());
            assert_eq!(bytes(std::ptr::null(), 1).unwrap_err().code(), Code::Null);
            assert!(bytes_mut(std::ptr::null_mut(), 0).unwrap().is_empty());
            assert_eq!(bytes_mut(std::ptr::null_mut(), 1).unwrap_err().code(), Code::Null);
            assert_eq!(bytes(std::ptr::null(), usize::MAX).unwrap_err().code(), Code::Invalid);
        }
    }

    #[test]
    fn timeout_of_minus_one_is_forever() {
        assert_eq!(timeout(-1).unwrap(), None);
        assert_eq!(timeout(0).unwrap(), Some(Duration::ZERO));
        assert_eq!(timeout(i32::MAX).unwrap(), Some(Duration::from_millis(2_147_483_647)));
        for wrong in [-2, i32::MIN] {
            assert_eq!(timeout(wrong).unwrap_err().code(), Code::Invalid);
        }
    }
}
