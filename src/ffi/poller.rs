//! Section "Many sockets": one wait on any number of sockets.

use super::guard::{SOCKETS, guard, required, timeout, write};
use super::socket::wanted_events;
use super::types::{udp_poller, udp_ready, udp_socket};
use crate::poller::{POLLERS, Poller};
use crate::types::Events;

/// Opens a poller: one wait on any number of sockets. Close it with `udp_poller_close`.
///
/// \return A handle, greater than 0, or: `UDP_ERR_LIMIT` (no descriptor left), `UDP_ERR_MEMORY`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_poller_open() -> udp_poller {
    guard(|| POLLERS.insert(Poller::open()?))
}

/// Adds a socket to a poller, changes what is waited for, or removes it. It may be called while other threads wait, and
/// takes effect at once. A socket may be in up to four pollers.
///
/// \param p          The poller.
/// \param s          The socket.
/// \param events     Any of `UDP_EVENT_READ`, `UDP_EVENT_WRITE` and `UDP_EVENT_ERROR`; 0 removes the socket, and does nothing
///                   if the poller does not have it. Another thread that has just left `udp_poller_wait` may still have a
///                   report of a removed socket.
/// \param user_data  Any number, which the reports about the socket carry, such as an index or a pointer.
/// \return 0, or: `UDP_ERR_CLOSED` (the socket or the poller; in the child of a fork, a poller of the parent),
///         `UDP_ERR_HANDLE`, `UDP_ERR_FLAGS` (unknown events), `UDP_ERR_OPTION` (`UDP_EVENT_ERROR`, but
///         `UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_LIMIT` (in too many pollers, or the system watches too many),
///         `UDP_ERR_MEMORY`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_poller_set(p: udp_poller, s: udp_socket, events: u32, user_data: u64) -> i32 {
    guard(|| {
        let poller = POLLERS.get(p)?;
        if events == 0 {
            let socket = SOCKETS.get(s);
            let candidate = socket.as_ref().ok().map(|socket| socket.candidate(Events::NONE)).transpose()?;
            // A closed socket may be removed before it is reported.
            let removed = poller.remove(p, s, candidate.as_ref())?;
            return if removed { Ok(0) } else { socket.map(|_| 0) };
        }
        let events = wanted_events(events)?;
        let socket = SOCKETS.get(s)?;
        poller.set(p, s, &socket.candidate(events)?, events, user_data).map(|()| 0)
    })
}

/// Waits until a socket of the poller is ready. A socket is reported by each wait until what it is ready for has been taken
/// (level-triggered). If more sockets are ready than `max`, the following waits report the others first. Several threads may
/// wait at the same time; the same socket may then be reported to more than one.
///
/// A socket that is closed is reported once, with `UDP_EVENT_CLOSED`, and the poller forgets it.
///
/// \param p           The poller.
/// \param ready       Receives the sockets that are ready.
/// \param max         How many elements `ready` has, at least 1. One wait reports at most 128.
/// \param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// \return The number of sockets that are ready; 0 if `udp_poller_wake` ended the wait; or: `UDP_ERR_TIMED_OUT`,
///         `UDP_ERR_WOULD_BLOCK` (none is ready, and the timeout is 0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_CLOSED`
///         (the poller; in the child of a fork, a poller of the parent), `UDP_ERR_INVALID` (`max` is 0, or a timeout below
///         -1), `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_poller_wait(
    p: udp_poller,
    ready: *mut udp_ready,
    max: usize,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        let place = required(ready)?.as_ptr();
        let look = |socket, polled| SOCKETS.get(socket).ok().map(|socket| socket.settle(polled));
        let count = POLLERS.get(p)?.wait(max, timeout(timeout_ms)?, look, |index, ready| {
            // With thousands of sockets, the caller's next call on this one would wait for memory.
            SOCKETS.touch(ready.socket);
            let ready = udp_ready {
                socket: ready.socket,
                user_data: ready.user_data,
                events: ready.events.bits(),
                reserved: 0,
            };
            // SAFETY: `max` elements, as the header requires, and `wait` fills at most that many.
            unsafe { write(place.add(index), ready) };
        })?;
        Ok(count as i32)
    })
}

/// Ends one wait on the poller with a result of 0: one that is going on, or else the next. Each call ends one.
///
/// \param p  The poller.
/// \return 0, or: `UDP_ERR_CLOSED` (also in the child of a fork, for a poller of the parent), `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_poller_wake(p: udp_poller) -> i32 {
    guard(|| POLLERS.get(p)?.wake().map(|()| 0))
}

/// Returns a descriptor that is readable while `udp_poller_wait` would not wait, for `select`, `poll`, `epoll` or an event
/// loop. When it is readable, call `udp_poller_wait` with a timeout of 0. It belongs to the poller: do not read or close it,
/// and do not use it after `udp_poller_close`.
///
/// \param p  The poller.
/// \return The descriptor, or: `UDP_ERR_UNSUPPORTED` (the system has none), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_poller_fd(p: udp_poller) -> i64 {
    guard(|| POLLERS.get(p)?.fd())
}

/// Closes a poller and invalidates its handle. Its sockets stay open. Calls in other threads that wait on it return
/// `UDP_ERR_CLOSED`.
///
/// \param p  The poller.
/// \return 0, or: `UDP_ERR_CLOSED` (already closed), `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_poller_close(p: udp_poller) -> i32 {
    guard(|| POLLERS.close(p, Poller::close).map(|()| 0))
}
