//! Batches on macOS: sendmsg_x and recvmsg_x, which no header declares (socket_private.h of XNU; quinn-udp's
//! apple_fast.rs uses them like this). They are looked up when they are needed. Where they are missing or fail, the first
//! message goes by the documented call, whose error counts.

use std::ffi::{CStr, c_void};
use std::io::IoSlice;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use libc::{c_int, c_uint};

use super::control::read_control;
use super::mmsg::{CONTROL, Control, meta, receive_first, send_first};
use super::socket::parts as receive_parts;
use crate::error::Result;
use crate::sys::unix::{Descriptor, RawAddr, SendControl};
use crate::types::{MmsgEntry, RecvMeta};

/// How many messages one system call takes. They are on the stack.
pub(crate) const MAX_MESSAGES: usize = 32;

/// struct msghdr_x.
#[repr(C)]
#[derive(Clone, Copy)]
struct Message {
    name: *mut c_void,
    name_len: libc::socklen_t,
    parts: *mut libc::iovec,
    part_count: c_int,
    control: *mut c_void,
    control_len: libc::socklen_t,
    flags: c_int,
    /// The length of the datagram.
    data_len: usize,
}

/// All its fields before the last are those of msghdr.
const _: () = assert!(mem::offset_of!(Message, data_len) == size_of::<libc::msghdr>());

type Call = unsafe extern "C" fn(c_int, *mut Message, c_uint, c_int) -> isize;

/// A function of the system's library, looked up once.
struct Lookup {
    name: &'static CStr,
    /// Its address; 0 before the lookup, 1 if it does not exist.
    found: AtomicUsize,
}

impl Lookup {
    const fn new(name: &'static CStr) -> Lookup {
        Lookup { name, found: AtomicUsize::new(0) }
    }

    fn get(&self) -> Option<Call> {
        let mut found = self.found.load(Relaxed);
        if found == 0 {
            // SAFETY: a C string.
            found = (unsafe { libc::dlsym(libc::RTLD_DEFAULT, self.name.as_ptr()) } as usize).max(1);
            self.found.store(found, Relaxed);
        }
        // SAFETY: the address of a function with these parameters (socket_private.h).
        (found != 1).then(|| unsafe { mem::transmute::<usize, Call>(found) })
    }
}

static SENDMSG_X: Lookup = Lookup::new(c"sendmsg_x");
static RECVMSG_X: Lookup = Lookup::new(c"recvmsg_x");

/// Sends the entries, without waiting. Returns how many were sent, at least one.
pub(crate) fn send_messages(
    socket: &Descriptor,
    entries: &[MmsgEntry],
    parts: &[IoSlice<'_>],
) -> Result<usize> {
    let count = entries.len().min(MAX_MESSAGES);
    let Some(call) = SENDMSG_X.get().filter(|_| count > 1) else {
        return send_first(socket, entries, parts);
    };
    // SAFETY: all zero is a valid message.
    let mut messages: [Message; MAX_MESSAGES] = unsafe { mem::zeroed() };
    let mut addrs = [const { None::<RawAddr> }; MAX_MESSAGES];
    let mut controls = [const { None::<SendControl> }; MAX_MESSAGES];
    // Each entry is one datagram in one part.
    for (index, (entry, part)) in entries[..count].iter().zip(parts).enumerate() {
        let message = &mut messages[index];
        if let Some(to) = entry.to {
            let to = addrs[index].insert(to.into());
            (message.name, message.name_len) = (to.as_mut_ptr().cast(), to.len());
        }
        // std::io::IoSlice has the layout of iovec on Unix.
        (message.parts, message.part_count) = (std::ptr::from_ref(part).cast_mut().cast(), 1);
        message.data_len = part.len();
        if let (Some(from), Some(to)) = (entry.from, entry.to) {
            let control = controls[index].insert(SendControl::new());
            control.put_pktinfo(to, from);
            let (bytes, len) = control.bytes();
            (message.control, message.control_len) = (bytes.cast(), len as _);
        }
    }
    // SAFETY: the first `count` messages were filled in above; they point to what lives in this frame or behind `parts`,
    // which the kernel only reads.
    let sent = unsafe { call(socket.raw(), messages.as_mut_ptr(), count as c_uint, libc::MSG_DONTWAIT) };
    match usize::try_from(sent) {
        Ok(sent @ 1..) => Ok(sent),
        _ => send_first(socket, entries, parts),
    }
}

/// Receives datagrams, without waiting, each into a slot of `slot` bytes of `arena`. Returns how many: at least one, at most
/// one for each slot, and at most `MAX`. `control` says whether the socket asked for control messages.
pub(crate) fn receive_messages<const MAX: usize>(
    socket: &Descriptor,
    arena: &mut [u8],
    slot: usize,
    control: bool,
    mut received: impl FnMut(RecvMeta),
) -> Result<usize> {
    let count = (arena.len() / slot).min(MAX);
    let Some(call) = RECVMSG_X.get().filter(|_| count > 1) else {
        received(receive_first(socket, &mut arena[..slot], control)?);
        return Ok(1);
    };
    // SAFETY: all zero is a valid message.
    let mut messages: [Message; MAX] = unsafe { mem::zeroed() };
    let mut addrs = [const { None::<RawAddr> }; MAX];
    let mut pieces = [const { None::<[libc::iovec; 2]> }; MAX];
    // Zeros end the messages, because macOS 10.15 does not store their length (quinn-udp).
    let mut controls = [const { None::<Control> }; MAX];
    for (index, place) in arena.chunks_exact_mut(slot).take(count).enumerate() {
        let message = &mut messages[index];
        let from = addrs[index].insert(RawAddr::room());
        (message.name, message.name_len) = (from.as_mut_ptr().cast(), from.len());
        let pieces = pieces[index].insert(receive_parts(place));
        (message.parts, message.part_count) = (pieces.as_mut_ptr(), pieces.len() as c_int);
        if control {
            let control = controls[index].insert(Control([0; CONTROL]));
            (message.control, message.control_len) = (control.0.as_mut_ptr().cast(), CONTROL as _);
        }
    }
    // SAFETY: the first `count` messages were filled in above; they point to memory of this frame and of `arena` that is as
    // long as they say, each to its own, and to the sink.
    let got = unsafe { call(socket.raw(), messages.as_mut_ptr(), count as c_uint, libc::MSG_DONTWAIT) };
    let got = match usize::try_from(got) {
        Ok(got @ 1..) => got.min(count),
        _ => {
            received(receive_first(socket, &mut arena[..slot], control)?);
            return Ok(1);
        }
    };
    for (index, message) in messages[..got].iter().enumerate() {
        let Some(from) = &addrs[index] else { continue };
        let mut meta = meta(index * slot, slot, message.data_len, from);
        if control {
            // SAFETY: all zero is a valid msghdr.
            let mut header: libc::msghdr = unsafe { mem::zeroed() };
            header.msg_control = message.control;
            header.msg_controllen = message.control_len;
            header.msg_flags = message.flags;
            read_control(&header, &mut meta.info);
        }
        received(meta);
    }
    Ok(got)
}
