//! Sockets: the system calls for single datagrams and options.

use std::ffi::c_void;
use std::io::{IoSlice, IoSliceMut};
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use windows_sys::Win32::Networking::WinSock as ws;

use super::addr::RawAddr;
use crate::error::{Code, Error, Result};
use crate::sys::sink::{SINK_SIZE, sink};
use crate::types::{Family, PathError, ReceivedMessage, Steering};

/// The error of the Winsock call that just failed.
pub(super) fn last_error() -> Error {
    // SAFETY: no arguments.
    let error = Error::from_os(unsafe { ws::WSAGetLastError() });
    match error.os() {
        ws::WSAESHUTDOWN => error.with_code(Code::Closed),
        _ => error,
    }
}

/// The result of a Winsock call.
pub(super) fn check(result: i32) -> Result<()> {
    if result == ws::SOCKET_ERROR { Err(last_error()) } else { Ok(()) }
}

/// Loads Winsock. It stays loaded, because threads may be inside the library whenever somebody would unload it.
pub(super) fn start() -> Result<()> {
    static STARTED: AtomicBool = AtomicBool::new(false);
    if STARTED.load(Relaxed) {
        return Ok(());
    }
    // SAFETY: all zero is a valid WSADATA.
    let mut data: ws::WSADATA = unsafe { mem::zeroed() };
    // SAFETY: `data` outlives the call. Version 2.2.
    match unsafe { ws::WSAStartup(0x0202, &mut data) } {
        0 => {
            STARTED.store(true, Relaxed);
            Ok(())
        }
        error => Err(Error::from_os(error)),
    }
}

/// An open datagram socket.
#[derive(Debug)]
pub(crate) struct Descriptor {
    socket: ws::SOCKET,
    family: Family,
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: a socket of this value's own, once.
        unsafe { ws::closesocket(self.socket) };
    }
}

impl Descriptor {
    pub(crate) fn open(family: Family) -> Result<Descriptor> {
        start()?;
        let domain = if family == Family::Ipv4 { ws::AF_INET } else { ws::AF_INET6 };
        let flags = ws::WSA_FLAG_OVERLAPPED | ws::WSA_FLAG_NO_HANDLE_INHERIT;
        // SAFETY: no protocol information.
        let socket = unsafe { ws::WSASocketW(domain.into(), ws::SOCK_DGRAM, 0, ptr::null(), 0, flags) };
        if socket == ws::INVALID_SOCKET {
            return Err(last_error());
        }
        let descriptor = Descriptor { socket, family };
        let mut on = 1;
        // SAFETY: a number that lives.
        check(unsafe { ws::ioctlsocket(socket, ws::FIONBIO, &mut on) })?;
        descriptor.report_refusals(false);
        Ok(descriptor)
    }

    /// Whether a receive fails because an earlier datagram was refused (SIO_UDP_CONNRESET) or its TTL expired
    /// (SIO_UDP_NETRESET). By default it does, although on an unconnected socket nothing says which datagram that was.
    /// Systems before Windows 10 lack SIO_UDP_NETRESET.
    fn report_refusals(&self, on: bool) {
        for code in [ws::SIO_UDP_CONNRESET, ws::SIO_UDP_NETRESET] {
            let (value, mut got) = (i32::from(on), 0);
            // SAFETY: four bytes that live, no output.
            unsafe {
                ws::WSAIoctl(
                    self.socket,
                    code,
                    (&raw const value).cast(),
                    size_of_val(&value) as u32,
                    ptr::null_mut(),
                    0,
                    &mut got,
                    ptr::null_mut(),
                    None,
                )
            };
        }
    }

    pub(super) fn raw(&self) -> ws::SOCKET {
        self.socket
    }

    /// The SOCKET as a number of the C interface.
    pub(crate) fn number(&self) -> i64 {
        self.socket as i64
    }

    pub(crate) fn bind(&self, addr: SocketAddr) -> Result<()> {
        let addr = RawAddr::from(addr);
        // SAFETY: pointer and length are of one value that lives.
        check(unsafe { ws::bind(self.socket, addr.as_ptr(), addr.len()) })
    }

    pub(crate) fn connect(&self, addr: SocketAddr) -> Result<()> {
        let addr = RawAddr::from(addr);
        // SAFETY: as in `bind`.
        check(unsafe { ws::connect(self.socket, addr.as_ptr(), addr.len()) })?;
        self.report_refusals(true);
        Ok(())
    }

    /// Connects to an address of zeros, which disconnects a datagram socket (connect, Remarks; libuv's
    /// uv__udp_disconnect).
    pub(crate) fn disconnect(&self) -> Result<()> {
        match self.peer_addr() {
            Err(error) if error.code() == Code::NotConnected => return Ok(()),
            other => other?,
        };
        self.report_refusals(false);
        let none = RawAddr::room();
        // SAFETY: as in `bind`.
        check(unsafe { ws::connect(self.socket, none.as_ptr(), none.len()) })
    }

    pub(crate) fn local_addr(&self) -> Result<SocketAddr> {
        let mut addr = RawAddr::room();
        let (place, len) = addr.parts();
        // SAFETY: room for an address, with its length.
        match check(unsafe { ws::getsockname(self.socket, place, len) }) {
            Ok(()) => addr.get().ok_or(Code::Family.into()),
            // Not bound yet.
            Err(error) if error.os() == ws::WSAEINVAL => Ok(match self.family {
                Family::Ipv4 => (Ipv4Addr::UNSPECIFIED, 0).into(),
                _ => (Ipv6Addr::UNSPECIFIED, 0).into(),
            }),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn peer_addr(&self) -> Result<SocketAddr> {
        let mut addr = RawAddr::room();
        let (place, len) = addr.parts();
        // SAFETY: as in `local_addr`.
        check(unsafe { ws::getpeername(self.socket, place, len) })?;
        addr.get().ok_or(Code::NotConnected.into())
    }

    /// The error of a receive. Before a bind there is nothing to receive, which Winsock calls invalid.
    pub(super) fn receive_error(&self, error: Error) -> Error {
        let unbound = || self.local_addr().is_ok_and(|addr| addr.port() == 0);
        if error.os() == ws::WSAEINVAL && unbound() { Code::WouldBlock.into() } else { error }
    }
}

/// Sends one datagram, without waiting.
pub(crate) fn send(socket: &Descriptor, data: &[u8], to: Option<SocketAddr>) -> Result<()> {
    send_message(socket, &[IoSlice::new(data)], &[], 0, to).map(drop)
}

/// The memory of one receive: the caller's, and what is over.
pub(super) fn buffers(buf: &mut [u8]) -> [ws::WSABUF; 2] {
    [
        ws::WSABUF { len: u32::try_from(buf.len()).unwrap_or(u32::MAX), buf: buf.as_mut_ptr() },
        ws::WSABUF { len: SINK_SIZE as u32, buf: sink() },
    ]
}

/// Receives one datagram, without waiting. Returns its full length and its sender; a datagram longer than `buf` is cut.
/// Winsock does not tell the length of a datagram that it cut, so a second piece of memory shows it.
pub(crate) fn receive(socket: &Descriptor, buf: &mut [u8]) -> Result<(usize, SocketAddr)> {
    let buffers = buffers(buf);
    let mut from = RawAddr::room();
    let (place, len) = from.parts();
    let (mut got, mut flags) = (0, 0);
    // SAFETY: everything that is pointed to outlives the call and is as long as it is told.
    let done = check(unsafe {
        ws::WSARecvFrom(
            socket.socket,
            buffers.as_ptr(),
            buffers.len() as u32,
            &mut got,
            &mut flags,
            place,
            len,
            ptr::null_mut(),
            None,
        )
    });
    done.map_err(|error| socket.receive_error(error))?;
    Ok((got as usize, from.get().ok_or(Code::Family)?))
}

/// No flag of Winsock keeps a call from waiting.
pub(crate) fn may_wait(_: i32) -> bool {
    true
}

/// Whether a receive with these flags removes a datagram from the receive buffer.
pub(crate) fn consumes(flags: i32) -> bool {
    flags & ws::MSG_PEEK == 0
}

/// Whether the flags of a received message say that it was cut.
pub(crate) fn is_truncated(flags: i32) -> bool {
    flags as u32 & ws::MSG_TRUNC != 0
}

/// WSASendTo, or WSASendMsg for control messages, without waiting.
pub(crate) fn send_message(
    socket: &Descriptor,
    parts: &[IoSlice<'_>],
    control: &[u8],
    flags: i32,
    to: Option<SocketAddr>,
) -> Result<usize> {
    let to = to.map(RawAddr::from);
    let (name, namelen) = to.as_ref().map_or((ptr::null(), 0), |to| (to.as_ptr(), to.len()));
    // std::io::IoSlice has the layout of WSABUF on Windows. An array of none is no valid pointer for Winsock.
    let empty = [IoSlice::new(&[])];
    let parts = if parts.is_empty() { &empty } else { parts };
    let (buffers, count) = (parts.as_ptr().cast::<ws::WSABUF>(), parts.len() as u32);
    let mut sent = 0;
    let done = if control.is_empty() {
        // SAFETY: everything that is pointed to outlives the call and is as long as it is told.
        unsafe {
            let flags = flags as u32;
            ws::WSASendTo(
                socket.socket,
                buffers,
                count,
                &mut sent,
                flags,
                name,
                namelen,
                ptr::null_mut(),
                None,
            )
        }
    } else {
        let len = u32::try_from(control.len()).map_err(|_| Code::Invalid)?;
        let message = ws::WSAMSG {
            name: name.cast_mut(),
            namelen,
            lpBuffers: buffers.cast_mut(),
            dwBufferCount: count,
            Control: ws::WSABUF { len, buf: control.as_ptr().cast_mut() },
            dwFlags: 0,
        };
        // SAFETY: everything that the message points to outlives the call; the call writes to none of it.
        unsafe { ws::WSASendMsg(socket.socket, &message, flags as u32, &mut sent, ptr::null_mut(), None) }
    };
    match check(done) {
        Ok(()) => Ok(sent as usize),
        // No destination, and the socket is not bound yet (WSASendTo, Return value).
        Err(error) if to.is_none() && error.os() == ws::WSAEINVAL => {
            socket.peer_addr()?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

type RecvMsg = unsafe extern "system" fn(
    ws::SOCKET,
    *mut ws::WSAMSG,
    *mut u32,
    *mut windows_sys::Win32::System::IO::OVERLAPPED,
    ws::LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32;

/// WSARecvMsg, which no library exports (WSARecvMsg, Remarks).
fn recv_msg(socket: &Descriptor) -> Result<RecvMsg> {
    static FOUND: AtomicUsize = AtomicUsize::new(0);
    let mut found = FOUND.load(Relaxed);
    if found == 0 {
        let (guid, mut got) = (ws::WSAID_WSARECVMSG, 0);
        // SAFETY: a GUID and room for a pointer, with their sizes.
        check(unsafe {
            ws::WSAIoctl(
                socket.socket,
                ws::SIO_GET_EXTENSION_FUNCTION_POINTER,
                (&raw const guid).cast(),
                size_of_val(&guid) as u32,
                (&raw mut found).cast(),
                size_of_val(&found) as u32,
                &mut got,
                ptr::null_mut(),
                None,
            )
        })?;
        FOUND.store(found, Relaxed);
    }
    if found == 0 {
        return Err(Code::Unsupported.into());
    }
    // SAFETY: the address of WSARecvMsg.
    Ok(unsafe { mem::transmute::<usize, RecvMsg>(found) })
}

/// WSARecvMsg, without waiting. A message that was cut is reported by its flags.
///
/// # Safety
/// The buffers are writable, and nobody else uses them.
pub(super) unsafe fn receive_into(
    socket: &Descriptor,
    buffers: &[ws::WSABUF],
    control: &mut [u8],
    flags: i32,
) -> Result<ReceivedMessage> {
    let call = recv_msg(socket)?;
    let mut from = RawAddr::room();
    let len = from.len();
    let mut message = ws::WSAMSG {
        name: from.as_mut_ptr(),
        namelen: len,
        lpBuffers: buffers.as_ptr().cast_mut(),
        dwBufferCount: buffers.len() as u32,
        Control: ws::WSABUF {
            len: u32::try_from(control.len()).unwrap_or(u32::MAX),
            buf: control.as_mut_ptr(),
        },
        dwFlags: flags as u32,
    };
    let mut got = 0;
    // SAFETY: everything that the message points to outlives the call and is as long as it says.
    match check(unsafe { call(socket.socket, &mut message, &mut got, ptr::null_mut(), None) }) {
        Ok(()) => {}
        // A datagram that was cut fills its buffers.
        Err(error) if error.os() == ws::WSAEMSGSIZE => {
            let filled: u64 = buffers.iter().map(|buffer| u64::from(buffer.len)).sum();
            got = u32::try_from(filled).unwrap_or(u32::MAX);
            message.dwFlags |= ws::MSG_TRUNC;
        }
        Err(error) => return Err(socket.receive_error(error)),
    }
    Ok(ReceivedMessage {
        length: got as usize,
        from: from.get(),
        control: message.Control.len as usize,
        flags: message.dwFlags as i32,
    })
}

/// WSARecvMsg, without waiting.
pub(crate) fn receive_message(
    socket: &Descriptor,
    parts: &[IoSliceMut<'_>],
    control: &mut [u8],
    flags: i32,
) -> Result<ReceivedMessage> {
    // std::io::IoSliceMut has the layout of WSABUF on Windows. An array of none is no valid pointer for Winsock.
    let none = [ws::WSABUF { len: 0, buf: ptr::null_mut() }];
    // SAFETY: the layout is the same, and the parts are writable as long as `parts` lives.
    unsafe {
        let buffers: &[ws::WSABUF] = if parts.is_empty() {
            &none
        } else {
            std::slice::from_raw_parts(parts.as_ptr().cast(), parts.len())
        };
        receive_into(socket, buffers, control, flags)
    }
}

/// Pieces of memory as C passes them: the fields of `udp_slice`. WSABUF has a shorter length, and the length first.
#[repr(C)]
pub(crate) struct RawSlice(*mut c_void, usize);

/// The pieces as Winsock takes them. No piece of memory for a datagram needs more than its 32 bits of length.
///
/// # Safety
/// `slices` points to `n` pieces; it may be anything if `n` is 0.
unsafe fn wsabufs(slices: *const RawSlice, n: usize) -> Result<Vec<ws::WSABUF>> {
    let mut buffers = Vec::new();
    buffers.try_reserve_exact(n).map_err(|_| Code::Memory)?;
    buffers.extend((0..n).map(|index| {
        // SAFETY: as this function requires.
        let RawSlice(data, len) = unsafe { slices.add(index).read() };
        ws::WSABUF { len: u32::try_from(len).unwrap_or(u32::MAX), buf: data.cast() }
    }));
    Ok(buffers)
}

/// Calls `act` with pieces of memory to send.
///
/// # Safety
/// `slices` points to `n` pieces that are readable during the call; it may be anything if `n` is 0.
pub(crate) unsafe fn with_slices<T>(
    slices: *const RawSlice,
    n: usize,
    act: impl FnOnce(&[IoSlice<'_>]) -> Result<T>,
) -> Result<T> {
    // SAFETY: as this function requires; IoSlice has the layout of WSABUF on Windows (std::io::IoSlice).
    unsafe {
        let buffers = wsabufs(slices, n)?;
        act(std::slice::from_raw_parts(buffers.as_ptr().cast(), n))
    }
}

/// Calls `act` with pieces of memory to receive into.
///
/// # Safety
/// As for `with_slices`, with writable pieces that nobody else uses.
pub(crate) unsafe fn with_slices_mut<T>(
    slices: *const RawSlice,
    n: usize,
    act: impl FnOnce(&[IoSliceMut<'_>]) -> Result<T>,
) -> Result<T> {
    // SAFETY: as this function requires; IoSliceMut has the layout of WSABUF on Windows (std::io::IoSliceMut).
    unsafe {
        let buffers = wsabufs(slices, n)?;
        act(std::slice::from_raw_parts(buffers.as_ptr().cast(), n))
    }
}

/// setsockopt, for options that this library has no name for.
pub(crate) fn set_raw(socket: &Descriptor, level: i32, name: i32, value: &[u8]) -> Result<()> {
    let len = i32::try_from(value.len()).map_err(|_| Code::Invalid)?;
    // SAFETY: pointer and length are of one slice that lives.
    check(unsafe { ws::setsockopt(socket.socket, level, name, value.as_ptr(), len) })
}

/// getsockopt. Returns how many bytes were stored.
pub(crate) fn get_raw(socket: &Descriptor, level: i32, name: i32, value: &mut [u8]) -> Result<usize> {
    let mut len = i32::try_from(value.len()).unwrap_or(i32::MAX);
    // SAFETY: pointer and length are of one slice that lives, and the call writes no more than that.
    check(unsafe { ws::getsockopt(socket.socket, level, name, value.as_mut_ptr(), &mut len) })?;
    Ok(usize::try_from(len).unwrap_or(0))
}

pub(super) fn set_option<T>(socket: &Descriptor, level: i32, name: i32, value: &T) -> Result<()> {
    let len = size_of::<T>() as i32;
    // SAFETY: pointer and length are of one value that lives.
    check(unsafe { ws::setsockopt(socket.socket, level, name, ptr::from_ref(value).cast(), len) })
}

pub(super) fn get_option(socket: &Descriptor, level: i32, name: i32) -> Result<i32> {
    let mut value = [0; 4];
    // Some options are one byte.
    get_raw(socket, level, name, &mut value)?;
    Ok(i32::from_le_bytes(value))
}

/// The system does not count per socket.
pub(crate) fn drops(_: &Descriptor) -> Option<u32> {
    None
}

/// There is no way to choose.
pub(crate) fn steer(_: &Descriptor, _: Steering, _: u32) -> Result<()> {
    Err(Code::Unsupported.into())
}

/// There is no error queue, and the option that would fill it is refused.
pub(crate) fn path_error(_: &Descriptor) -> Result<Option<PathError>> {
    Err(Code::WouldBlock.into())
}

/// The error of an option that this version of the system does not know.
pub(super) fn unsupported(error: Error) -> Error {
    if error.os() == ws::WSAENOPROTOOPT { error.with_code(Code::Unsupported) } else { error }
}
