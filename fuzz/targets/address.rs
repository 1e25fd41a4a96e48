//! Addresses: a text that parses resolves to the same address, and a formatted address parses back to itself.

#![no_main]

mod bytes;

use std::ffi::CString;
use std::net::IpAddr;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use udp::Code;
use udp::ffi::addr::{udp_format, udp_resolve};
use udp::ffi::error::udp_last_length;
use udp::ffi::types::{UDP_ADDR_TEXT_SIZE, UDP_FAMILY_IPV4, UDP_FAMILY_IPV6, udp_addr};

/// What the memory of an output holds before the call.
const OLD: u8 = 0xAA;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    match bytes.byte() % 2 {
        0 => text(bytes.u16(), bytes.0),
        _ => {
            let addr = bytes.addr();
            format(&addr, bytes.below(UDP_ADDR_TEXT_SIZE + 4));
        }
    }
});

/// Parses a text. Only a numeric address goes to `udp_resolve`, which would look up any other text.
fn text(port: u16, text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let parsed = udp::fuzz::parse_addr(text, port);
    let (ip, scope) = text.split_once('%').map_or((text, None), |(ip, scope)| (ip, Some(scope)));
    let numeric = ip.parse().is_ok_and(|ip: IpAddr| scope.is_none() || ip.is_ipv6());
    match &parsed {
        Ok(found) => assert_eq!(found.is_some(), numeric),
        Err(error) => assert!(numeric && scope.is_some() && error.code() == Code::NoInterface),
    }
    let Ok(host) = CString::new(text) else { return };
    if !numeric {
        return;
    }
    let mut addr = udp_addr { reserved: 7, ..udp_addr::NONE };
    // SAFETY: a C string, and room for an address.
    let code = unsafe { udp_resolve(host.as_ptr(), port, 0, &mut addr) };
    let Ok(Some(parsed)) = parsed else {
        return assert_eq!((code, addr.reserved), (Code::NoInterface as i32, 7));
    };
    assert_eq!((code, addr), (0, parsed.into()));
    format(&addr, UDP_ADDR_TEXT_SIZE);
}

fn format(addr: &udp_addr, cap: usize) {
    let mut text = vec![OLD; cap];
    // SAFETY: an address, and `cap` bytes.
    let length = unsafe { udp_format(addr, text.as_mut_ptr().cast(), cap) };
    if length < 0 {
        assert!(text.iter().all(|&byte| byte == OLD));
    }
    if length == Code::BufferTooSmall as i32 {
        let needed = udp_last_length();
        assert!(needed > cap && needed <= UDP_ADDR_TEXT_SIZE);
        return format(addr, needed);
    }
    assert_eq!(length > 0, is_valid(addr), "{length}");
    if length < 0 {
        return;
    }
    let (text, rest) = text.split_at(length as usize);
    assert_eq!(rest[0], 0);
    assert!(rest[1..].iter().all(|&byte| byte == OLD));
    let (host, port) = std::str::from_utf8(text).unwrap().rsplit_once(':').unwrap();
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let back = udp::fuzz::parse_addr(host, port.parse().unwrap()).unwrap().unwrap();
    // The text has no flow label.
    assert_eq!(udp_addr::from(back), udp_addr { flowinfo: 0, ..*addr });
}

fn is_valid(addr: &udp_addr) -> bool {
    addr.reserved == 0
        && match addr.family {
            UDP_FAMILY_IPV4 => addr.ip[4..] == [0; 12] && addr.scope_id == 0 && addr.flowinfo == 0,
            UDP_FAMILY_IPV6 => true,
            _ => false,
        }
}
