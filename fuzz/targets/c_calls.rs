//! Calls of the C functions in any order with any arguments that the header allows. Every result is a count or a code of
//! the header other than `UDP_ERR_INTERNAL`, and outputs stay inside their memory.

#![no_main]

mod bytes;

use std::ffi::CString;
use std::{fs, mem, process, ptr};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use udp::Code;
use udp::ffi::addr::*;
use udp::ffi::broadcast::*;
use udp::ffi::error::*;
use udp::ffi::interface::*;
use udp::ffi::message::*;
use udp::ffi::multicast::*;
use udp::ffi::options::*;
use udp::ffi::path_errors::*;
use udp::ffi::receive::*;
use udp::ffi::reply::*;
use udp::ffi::send::*;
use udp::ffi::socket::*;
use udp::ffi::stats::*;
use udp::ffi::text::*;
use udp::ffi::types::*;

const SOCKETS: usize = 4;

fuzz_target!(
    init: own_network(),
    |data: &[u8]| {
        let mut bytes = Bytes(data);
        let mut handles = [0; SOCKETS];
        for _ in 0..60 {
            if bytes.is_empty() {
                break;
            }
            call(&mut bytes, &mut handles);
        }
        for handle in handles {
            udp_close(handle);
        }
        leaves_no_descriptor();
    }
);

/// A network namespace with nothing but loopback: addresses, groups and options are any.
fn own_network() {
    // SAFETY: plain system calls; the socket is closed.
    unsafe {
        if libc::unshare(libc::CLONE_NEWNET) != 0
            && libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET) != 0
        {
            eprintln!("c_calls: no network namespace; run it as root, or allow user namespaces");
            process::exit(77);
        }
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
        let mut request: libc::ifreq = mem::zeroed();
        request.ifr_name[..2].copy_from_slice(&[b'l' as _, b'o' as _]);
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_MULTICAST) as _;
        assert_eq!(libc::ioctl(socket, libc::SIOCSIFFLAGS, &request), 0);
        libc::close(socket);
        // Nobody is to be signalled by what an option like F_SETOWN may ask for.
        libc::signal(libc::SIGIO, libc::SIG_IGN);
        libc::signal(libc::SIGURG, libc::SIG_IGN);
    }
}

/// Now and then, because to look costs more than the calls.
fn leaves_no_descriptor() {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    static OPEN: AtomicUsize = AtomicUsize::new(0);
    if RUNS.fetch_add(1, Relaxed) % 1024 == 1023 {
        let open = fs::read_dir("/proc/self/fd").unwrap().count();
        let before = OPEN.swap(open, Relaxed);
        // The library keeps a few for waits; the fuzzer has its own.
        assert!(before == 0 || open < before + 8, "{before} descriptors grew to {open}");
    }
}

/// Memory of exactly this size, or NULL.
struct Memory(Vec<u8>, bool);

impl Memory {
    fn new(bytes: &mut Bytes<'_>) -> Memory {
        let kind = bytes.byte();
        let size = match kind {
            0..100 => usize::from(kind % 16),
            100..200 => usize::from(bytes.u16()) % 2000,
            200..250 => usize::from(bytes.u16()),
            _ => 200_000,
        };
        Memory(vec![0xAA; size], kind % 32 == 0)
    }

    fn filled(bytes: &mut Bytes<'_>) -> Memory {
        let mut memory = Memory::new(bytes);
        let start = bytes.take(memory.0.len().min(40));
        memory.0[..start.len()].copy_from_slice(start);
        memory
    }

    fn at<T>(&mut self) -> *mut T {
        if self.1 { ptr::null_mut() } else { self.0.as_mut_ptr().cast() }
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// A C string, or NULL.
fn text(bytes: &mut Bytes<'_>, usual: &[&str]) -> Option<CString> {
    match bytes.byte() {
        255 => None,
        index => Some(match usual.get(usize::from(index) % (usual.len() + 1)) {
            Some(text) => CString::new(*text).unwrap(),
            None => {
                let length = usize::from(bytes.byte() % 24);
                CString::new(bytes.take(length).iter().copied().filter(|&byte| byte != 0).collect::<Vec<_>>())
                    .unwrap()
            }
        }),
    }
}

fn pointer(text: &Option<CString>) -> *const std::ffi::c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

fn some<T>(bytes: &mut Bytes<'_>, value: &mut T) -> *mut T {
    if bytes.byte() == 255 { ptr::null_mut() } else { value }
}

const HOSTS: &[&str] = &[
    "127.0.0.1",
    "::1",
    "",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1%lo",
    "fe80::1%1",
    "<broadcast>",
    "1.2.3",
];
const LABELS: &[&str] = &["auto", "gbk", "utf-8", "utf-16le", "auto:big5", "shift_jis", "nothing"];

/// Mostly addresses on this machine, of sockets that are there.
fn addr(bytes: &mut Bytes<'_>, handles: &[udp_socket; SOCKETS]) -> udp_addr {
    let kind = bytes.byte();
    if kind >= 192 {
        return bytes.addr();
    }
    let mut addr = udp_addr::NONE;
    // SAFETY: room for an address.
    unsafe { udp_local_addr(handles[usize::from(kind) % SOCKETS], &mut addr) };
    if kind & 64 != 0 {
        addr.family = if kind & 32 == 0 { UDP_FAMILY_IPV4 } else { UDP_FAMILY_IPV6 };
    }
    if addr.ip == [0; 16] {
        match addr.family {
            UDP_FAMILY_IPV4 => addr.ip[..4].copy_from_slice(&[127, 0, 0, 1]),
            _ => addr.ip[15] = 1,
        }
    }
    addr
}

fn timeout(bytes: &mut Bytes<'_>) -> i32 {
    match bytes.byte() {
        255 => -2,
        254 => 1,
        _ => 0,
    }
}

fn call(bytes: &mut Bytes<'_>, handles: &mut [udp_socket; SOCKETS]) {
    let (action, which) = (bytes.byte(), bytes.byte());
    let place = usize::from(which) % SOCKETS;
    let s = if which >= 250 { i64::from(bytes.u32()) - 5 } else { handles[place] };
    // SAFETY: every pointer is NULL or to memory of the size that goes with it.
    let result: i64 = unsafe {
        match action % 40 {
            0..=4 => {
                udp_close(handles[place]);
                let flags = match bytes.byte() {
                    byte @ 0..240 => {
                        [UDP_OPEN_IPV4, UDP_OPEN_IPV6, UDP_OPEN_DUAL][usize::from(byte) % 3]
                            | u32::from(byte) & 28
                    }
                    _ => bytes.u32(),
                };
                handles[place] = udp_open(flags);
                handles[place].min(0)
            }
            5 => udp_close(s).into(),
            6 | 7 => {
                let host = text(bytes, HOSTS);
                udp_bind(s, pointer(&host), if bytes.byte() < 250 { 0 } else { bytes.u16() }).into()
            }
            8 => {
                let mut addr = addr(bytes, handles);
                udp_bind_addr(s, some(bytes, &mut addr)).into()
            }
            9 => {
                let mut addr = addr(bytes, handles);
                udp_connect(s, some(bytes, &mut addr)).into()
            }
            10 => udp_disconnect(s).into(),
            11 => {
                let (mut one, mut other) = (udp_addr::NONE, udp_addr::NONE);
                udp_peer_addr(s, some(bytes, &mut one)).min(udp_local_addr(s, some(bytes, &mut other))).into()
            }
            12 => udp_wait(s, u32::from(bytes.byte() % 16), timeout(bytes)).into(),
            13 => udp_fd(s),
            14 => {
                // Only what needs no lookup.
                let host = CString::new(HOSTS[bytes.below(HOSTS.len())]).unwrap();
                let mut addr = udp_addr::NONE;
                let family = [0, 4, 6, bytes.u16()][usize::from(bytes.byte() % 4)];
                udp_resolve(host.as_ptr(), bytes.u16(), family, some(bytes, &mut addr)).into()
            }
            15 => {
                let (addr, mut memory) = (addr(bytes, handles), Memory::new(bytes));
                udp_format(&addr, memory.at(), memory.len()).into()
            }
            16 => {
                let cap = bytes.below(4);
                let mut list: Vec<udp_interface> = (0..cap).map(|_| mem::zeroed()).collect();
                let name = text(bytes, &["lo", "1", "127.0.0.1", "::1"]);
                udp_interfaces(list.as_mut_ptr(), cap).min(udp_interface_index(pointer(&name))).into()
            }
            17 | 18 => {
                let (mut data, mut to) = (Memory::filled(bytes), addr(bytes, handles));
                udp_sendto(s, data.at(), data.len(), some(bytes, &mut to)).into()
            }
            19 | 20 => {
                let (mut data, packets, infos) = batch(bytes, handles);
                let packets = point(&mut data, packets);
                if action % 40 == 19 {
                    udp_send_batch(s, packets.as_ptr(), packets.len()).into()
                } else {
                    udp_reply_batch(s, packets.as_ptr(), infos.as_ptr(), packets.len()).into()
                }
            }
            21 => {
                let (mut data, mut to) = (Memory::filled(bytes), addr(bytes, handles));
                let segment_size = bytes.below(3000).max(data.len() / 200);
                udp_send_segments(s, data.at(), data.len(), segment_size, some(bytes, &mut to)).into()
            }
            22 | 23 => {
                let (mut buf, mut from) = (Memory::new(bytes), udp_addr::NONE);
                udp_recvfrom(s, buf.at(), buf.len(), some(bytes, &mut from), timeout(bytes)).into()
            }
            24 => {
                let (mut buf, mut from, mut info) =
                    (Memory::new(bytes), udp_addr::NONE, udp_packet_info::NONE);
                let (from, info) = (some(bytes, &mut from), some(bytes, &mut info));
                udp_recvfrom_info(s, buf.at(), buf.len(), from, info, timeout(bytes)).into()
            }
            25..=27 => {
                let (mut arena, max) = (Memory::new(bytes), bytes.below(100));
                let mut packets: Vec<udp_packet> = (0..max).map(|_| mem::zeroed()).collect();
                let mut infos = vec![udp_packet_info::NONE; max];
                let infos = if which & 64 == 0 { ptr::null_mut() } else { infos.as_mut_ptr() };
                let receive = if action % 40 == 25 { udp_recv_segments } else { udp_recv_batch };
                receive(s, arena.at(), arena.len(), packets.as_mut_ptr(), infos, max, timeout(bytes)).into()
            }
            28 => {
                let mut data = Memory::filled(bytes);
                if which & 64 == 0 {
                    udp_broadcast(s, data.at(), data.len(), bytes.u16()).into()
                } else {
                    udp_broadcast_on(s, data.at(), data.len(), bytes.u16(), bytes.u32() % 4).into()
                }
            }
            29 => {
                let (mut data, mut to, mut info) =
                    (Memory::filled(bytes), addr(bytes, handles), info(bytes, handles));
                let (to, info) = (some(bytes, &mut to), some(bytes, &mut info));
                udp_reply(s, data.at(), data.len(), to, info).into()
            }
            30 | 31 => {
                let mut group = bytes.addr();
                if which & 64 == 0 {
                    group.ip[0] = if group.family == UDP_FAMILY_IPV4 { 224 + group.ip[0] % 16 } else { 0xFF };
                }
                let mut source = addr(bytes, handles);
                let source = if which & 32 == 0 { ptr::null_mut() } else { some(bytes, &mut source) };
                let change = if action % 40 == 30 { udp_join } else { udp_leave };
                change(s, some(bytes, &mut group), source, bytes.u32() % 3).into()
            }
            32 => {
                let mut error: udp_path_error = mem::zeroed();
                udp_recv_error(s, some(bytes, &mut error), timeout(bytes)).into()
            }
            33 => {
                let (label, mut data, mut to) =
                    (text(bytes, LABELS), Memory::filled(bytes), addr(bytes, handles));
                udp_sendto_text(s, pointer(&label), data.at(), data.len(), some(bytes, &mut to)).into()
            }
            34 => {
                let (label, mut text, mut from) = (text(bytes, LABELS), Memory::new(bytes), udp_addr::NONE);
                let mut info: udp_text_info = mem::zeroed();
                let (from, info) = (some(bytes, &mut from), some(bytes, &mut info));
                udp_recvfrom_text(s, pointer(&label), text.at(), text.len(), from, info, timeout(bytes))
                    .into()
            }
            35 | 36 => {
                let option = if which & 64 == 0 { i32::from(bytes.byte() % 26) } else { bytes.u32() as i32 };
                let value = match bytes.byte() {
                    byte @ 0..200 => i32::from(byte % 4),
                    _ => bytes.u32() as i32,
                };
                // A send that waits forever for room would never end.
                let value = if option == 5 { value.rem_euclid(3) } else { value };
                udp_set_option(s, option, value).min(udp_get_option(s, option)).min(0).into()
            }
            37 => {
                let mut stats: udp_stats = mem::zeroed();
                udp_get_stats(s, some(bytes, &mut stats)).into()
            }
            38 => message(s, which, bytes, handles).into(),
            _ => raw_option(s, which, bytes).into(),
        }
    };
    check(result);
}

/// A code of the header, other than the one for a bug in the library.
fn check(result: i64) {
    if result < 0 {
        // SAFETY: static strings, and the thread's own.
        let (name, sentence) = unsafe {
            let text = |text| std::ffi::CStr::from_ptr(text).to_str().unwrap();
            (text(udp_error_name(result as i32)), text(udp_last_error()))
        };
        assert!(!name.is_empty(), "{result}: {sentence}");
        assert!(result != i64::from(Code::Internal as i32), "{sentence}");
        assert!(!sentence.is_empty());
    }
}

fn info(bytes: &mut Bytes<'_>, handles: &[udp_socket; SOCKETS]) -> udp_packet_info {
    let if_index = u32::from(bytes.byte() % 3);
    udp_packet_info { local: addr(bytes, handles), if_index, ..udp_packet_info::NONE }
}

/// The bytes of a batch, its packets with their places in the bytes as addresses, and infos.
fn batch(
    bytes: &mut Bytes<'_>,
    handles: &[udp_socket; SOCKETS],
) -> (Vec<u8>, Vec<udp_packet>, Vec<udp_packet_info>) {
    let (mut packets, mut infos, mut all) = (Vec::new(), Vec::new(), 0);
    for _ in 0..bytes.byte() % 6 {
        let (peer, info) = (addr(bytes, handles), info(bytes, handles));
        let (length, count) = (Memory::new(bytes).len(), 1 + bytes.byte() % 70);
        for _ in 0..count {
            // SAFETY: zeros are a valid packet.
            let mut packet: udp_packet = unsafe { mem::zeroed() };
            (packet.data, packet.length, packet.peer) = (ptr::without_provenance_mut(all), length, peer);
            all += if all + length > 300_000 { 0 } else { length };
            packets.push(packet);
            infos.push(info);
        }
    }
    (vec![0x55; all + 200_000], packets, infos)
}

fn point(data: &mut [u8], mut packets: Vec<udp_packet>) -> Vec<udp_packet> {
    packets.iter_mut().for_each(|packet| packet.data = data[packet.data.addr()..].as_mut_ptr().cast());
    packets
}

/// # Safety
/// None.
unsafe fn message(s: udp_socket, which: u8, bytes: &mut Bytes<'_>, handles: &[udp_socket; SOCKETS]) -> i32 {
    let mut memory: Vec<Memory> = (0..bytes.byte() % 4).map(|_| Memory::filled(bytes)).collect();
    let slice = |memory: &mut Memory| udp_slice { data: memory.at(), length: memory.len() };
    let parts: Vec<udp_slice> = memory.iter_mut().map(slice).collect();
    let mut to = addr(bytes, handles);
    // What does not wait by itself; a datagram of another's error queue is one too.
    let mut flags = i32::from(bytes.u16()) | libc::MSG_DONTWAIT;
    // SAFETY: slices with their memory, control memory with its length, NULL or flags and addresses.
    unsafe {
        if which & 64 == 0 {
            let length = usize::from(bytes.byte());
            let mut control = bytes.take(length).to_vec();
            if let Some(length) = control.first_chunk_mut::<8>() {
                *length = [length[0], 0, 0, 0, 0, 0, 0, 0];
            }
            let to = some(bytes, &mut to);
            udp_sendmsg(s, parts.as_ptr(), parts.len(), control.as_ptr().cast(), control.len(), flags, to)
        } else {
            let mut control = Memory::new(bytes);
            let mut control_len = control.len();
            let (place, len) = (control.at(), some(bytes, &mut control_len));
            let from = some(bytes, &mut to);
            udp_recvmsg(s, parts.as_ptr(), parts.len(), place, len, &mut flags, from, timeout(bytes))
        }
    }
}

/// # Safety
/// None.
unsafe fn raw_option(s: udp_socket, which: u8, bytes: &mut Bytes<'_>) -> i32 {
    let level =
        [libc::SOL_SOCKET, libc::IPPROTO_IP, libc::IPPROTO_IPV6, libc::SOL_UDP, i32::from(bytes.byte())];
    let (level, name) = (level[usize::from(bytes.byte()) % 5], i32::from(bytes.byte()));
    let mut value = if bytes.byte() % 2 == 0 {
        Memory(vec![bytes.byte() % 2, 0, 0, 0], false)
    } else {
        Memory::filled(bytes)
    };
    // SAFETY: memory with its length.
    unsafe {
        if which & 64 == 0 {
            udp_setsockopt(s, level, name, value.at(), value.len())
        } else {
            udp_getsockopt(s, level, name, value.at(), value.len())
        }
    }
}
