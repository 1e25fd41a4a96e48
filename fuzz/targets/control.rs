//! Control messages of received datagrams and of error-queue entries, made up, against a reader without pointers.

#![no_main]

mod bytes;

use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use udp::{PacketInfo, RecvMeta};

const HEADER: usize = size_of::<libc::cmsghdr>();
/// What the library reads: level, type, and how many bytes that needs.
const KNOWN: [(i32, i32, usize); 8] = [
    (libc::SOL_UDP, libc::UDP_GRO, 4),
    (libc::IPPROTO_IP, libc::IP_TOS, 1),
    (libc::IPPROTO_IPV6, libc::IPV6_TCLASS, 4),
    (libc::IPPROTO_IP, libc::IP_PKTINFO, 12),
    (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, 20),
    (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS, 16),
    (libc::IPPROTO_IP, libc::IP_RECVERR, 32),
    (libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 44),
];

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let flags = if bytes.byte() % 2 == 0 { 0 } else { libc::MSG_CTRUNC };
    let mut control = made_up(&mut bytes);
    // SAFETY: all zero is a valid msghdr.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = control.len();
    header.msg_flags = flags;
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let plain = RecvMeta {
        offset: 0,
        length: 100,
        full_length: 100,
        segment_size: 100,
        from: peer,
        info: PacketInfo::default(),
    };

    let mut meta = plain;
    udp::fuzz::read_control(&header, &mut meta);
    let (segment_size, info) = read(&control, flags != 0);
    assert_eq!(meta.segment_size, segment_size.unwrap_or(100));
    assert_eq!(meta.info, info);
    assert_eq!((meta.offset, meta.length, meta.full_length, meta.from), (0, 100, 100, peer));

    let found = udp::fuzz::read_path_error(&header, peer);
    let expected = path_error(&control);
    assert_eq!(found.map(|error| (error.os, error.icmp, error.offender)), expected);
    if let Some(error) = found {
        assert_eq!(error.peer, peer);
    }
});

/// Control messages as the kernel puts them, of any kind, length and content, the last one cut.
fn made_up(bytes: &mut Bytes<'_>) -> Box<[u8]> {
    let mut control = Vec::new();
    let cut = bytes.byte();
    while !bytes.is_empty() && control.len() < 400 {
        let kind = bytes.byte();
        let known = KNOWN[usize::from(kind) % KNOWN.len()];
        let (level, name) =
            if kind >= 240 { (bytes.u16().into(), bytes.u16().into()) } else { (known.0, known.1) };
        let size = if kind >= 224 { usize::from(bytes.byte()) % 64 } else { known.2 };
        let mut data = bytes.take(size).to_vec();
        data.resize(size, 0);
        control.extend((HEADER + size).to_ne_bytes());
        control.extend(i32::to_ne_bytes(level));
        control.extend(i32::to_ne_bytes(name));
        control.extend(data);
        control.resize(control.len().next_multiple_of(8), 0);
    }
    // Where the buffer ends, the kernel shortens the last message (put_cmsg in net/core/scm.c).
    if cut % 4 == 0 && !control.is_empty() {
        let end = usize::from(cut) * 2 % control.len() / 8 * 8;
        let last = messages(&control).map(|(at, ..)| at).take_while(|&at| at + HEADER <= end).last();
        match last {
            None => control.clear(),
            Some(at) => {
                let length = usize::from_ne_bytes(control[at..at + 8].try_into().unwrap()).min(end - at);
                control[at..at + 8].copy_from_slice(&length.to_ne_bytes());
                control.truncate(end);
            }
        }
    }
    control.into()
}

/// Where each message is, its level and type, and its bytes: as far as they are inside the buffer.
fn messages(control: &[u8]) -> impl Iterator<Item = (usize, i32, i32, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let header = control.get(at..)?.get(..HEADER)?;
        let length = usize::from_ne_bytes(header[..8].try_into().unwrap());
        let number = |from| i32::from_ne_bytes(header[from..from + 4].try_into().unwrap());
        let data = control[at..].get(HEADER..length)?;
        let message = (at, number(8), number(12), data);
        at += length.next_multiple_of(8);
        Some(message)
    })
}

fn read(control: &[u8], control_truncated: bool) -> (Option<usize>, PacketInfo) {
    let mut info = PacketInfo { control_truncated, ..PacketInfo::default() };
    let mut segment_size = None;
    for (_, level, name, data) in messages(control) {
        let Some(&(_, _, size)) = KNOWN.iter().find(|known| (known.0, known.1) == (level, name)) else {
            continue;
        };
        // A message that is shorter than its type was cut.
        let Some(data) = data.get(..size) else { continue };
        let number = |at| i32::from_ne_bytes(data[at..at + 4].try_into().unwrap());
        match (level, name) {
            (libc::SOL_UDP, libc::UDP_GRO) => segment_size = Some(number(0).max(1) as usize),
            (libc::IPPROTO_IP, libc::IP_TOS) => info.tos = data[0],
            (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => info.tos = number(0) as u8,
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                let ip: [u8; 4] = data[8..].try_into().unwrap();
                info.local = Some((ip.into(), number(0) as u32));
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                let ip: [u8; 16] = data[..16].try_into().unwrap();
                info.local = Some((IpAddr::from(ip).to_canonical(), number(16) as u32));
            }
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                let part = |at| u64::from_ne_bytes(data[at..at + 8].try_into().unwrap());
                info.timestamp_ns = part(0).wrapping_mul(1_000_000_000).wrapping_add(part(8));
            }
            _ => {}
        }
    }
    (segment_size, info)
}

type Found = (i32, (u8, u8), Option<IpAddr>);

/// Number, type and code, and reporter of the first error.
fn path_error(control: &[u8]) -> Option<Found> {
    let kinds = [(libc::IPPROTO_IP, libc::IP_RECVERR), (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)];
    let (.., data) = messages(control).find(|message| kinds.contains(&(message.1, message.2)))?;
    let error = data.get(..16)?;
    let os = i32::from_ne_bytes(error[..4].try_into().unwrap());
    let reporter = &data[16..];
    let family = reporter.get(..2).map(|family| i32::from(u16::from_ne_bytes([family[0], family[1]])));
    let ip = match family {
        Some(libc::AF_INET) => {
            reporter.get(..16).map(|addr| Ipv4Addr::from(<[u8; 4]>::try_from(&addr[4..8]).unwrap()).into())
        }
        Some(libc::AF_INET6) => {
            let ip = |addr: &[u8]| Ipv6Addr::from(<[u8; 16]>::try_from(&addr[8..24]).unwrap());
            reporter.get(..28).map(|addr| IpAddr::from(ip(addr)).to_canonical())
        }
        _ => None,
    };
    match error[4] {
        libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6 => Some((os, (error[5], error[6]), ip)),
        libc::SO_EE_ORIGIN_LOCAL => Some((os, (0, 0), None)),
        _ => None,
    }
}
