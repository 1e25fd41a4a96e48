//! Addresses as people write them, and the IPv4 addresses inside IPv6 ones.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::error::{Code, Error, Result};
use crate::sys;

/// Reads a numeric address: IPv4, or IPv6 with `%` and an interface's name or number. `None` if the text is neither;
/// an interface that does not exist is an error.
pub(crate) fn parse(text: &str, port: u16) -> Result<Option<SocketAddr>> {
    let (ip, scope) = match text.split_once('%') {
        Some((ip, scope)) => (ip, Some(scope)),
        None => (text, None),
    };
    let (ip, scope) = match (ip.parse::<IpAddr>(), scope) {
        (Ok(ip), None) => (ip, 0),
        (Ok(IpAddr::V6(ip)), Some(scope)) => (ip.into(), parse_scope(scope)?),
        _ => return Ok(None),
    };
    Ok(Some(match ip {
        IpAddr::V4(ip) => (ip, port).into(),
        IpAddr::V6(ip) => SocketAddrV6::new(ip, port, 0, scope).into(),
    }))
}

fn parse_scope(scope: &str) -> Result<u32> {
    let number = scope.bytes().all(|byte| byte.is_ascii_digit()).then(|| scope.parse().ok()).flatten();
    let index = number.filter(|&index| index != 0).or_else(|| sys::interface_index(scope));
    index.ok_or_else(|| Error::new(Code::NoInterface, format!("no interface '{scope}'")))
}

/// `10.0.0.1:8080`, `[fe80::1%eth0]:8080`; the interface's number if it has no name (any more).
pub(crate) fn format(addr: SocketAddr) -> String {
    match addr {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => {
            let scope = interface_name(v6.scope_id());
            format!("[{}%{scope}]:{}", v6.ip(), v6.port())
        }
        _ => addr.to_string(),
    }
}

/// An IPv4 address inside an IPv6 one (RFC 4291, 2.5.5.2), taken out.
pub(crate) fn unmap(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
            Some(ip) => (ip, v6.port()).into(),
            None => addr,
        },
        SocketAddr::V4(_) => addr,
    }
}

/// An IPv4 address put inside an IPv6 one, as a dual-stack socket wants it.
pub(crate) fn map(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V4(v4) => (v4.ip().to_ipv6_mapped(), v4.port()).into(),
        SocketAddr::V6(_) => addr,
    }
}

/// The name of an interface; its number if it has none (any more).
pub(crate) fn interface_name(index: u32) -> String {
    sys::interface_name(index).unwrap_or_else(|| index.to_string())
}

/// The interface's number in an address; 0 if it has none.
pub(crate) fn scope(addr: SocketAddr) -> u32 {
    match addr {
        SocketAddr::V6(v6) => v6.scope_id(),
        SocketAddr::V4(_) => 0,
    }
}

/// Whether an address means something on one link only, and so needs an interface (RFC 4291, 2.5.6).
pub(crate) fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

/// The address that means all of the machine's.
pub(crate) fn any(v6: bool) -> IpAddr {
    if v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_read_and_print_as_people_write_them() {
        for (text, printed) in [
            ("10.0.0.1", "10.0.0.1:80"),
            ("::1", "[::1]:80"),
            ("fe80::1%lo", "[fe80::1%lo]:80"),
            ("fe80::1%1", "[fe80::1%lo]:80"),
            ("fe80::1%4000000000", "[fe80::1%4000000000]:80"),
            ("::ffff:10.0.0.1", "[::ffff:10.0.0.1]:80"),
        ] {
            let addr = parse(text, 80).unwrap().unwrap();
            assert_eq!(format(addr), printed);
        }
    }

    #[test]
    fn what_is_not_numeric_is_no_address() {
        for text in [
            "",
            "localhost",
            "1.2.3",
            "1.2.3.4.5",
            "010.0.0.1",
            "1.2.3.4%lo",
            "[::1]",
            "::1%",
            " ::1",
            "1.2.3.4 ",
        ] {
            match parse(text, 80) {
                Ok(addr) => assert_eq!(addr, None, "{text}"),
                Err(error) => assert_eq!((text, error.code()), ("::1%", Code::NoInterface)),
            }
        }
        assert_eq!(parse("fe80::1%no-such-if", 80).unwrap_err().code(), Code::NoInterface);
        assert_eq!(parse("fe80::1%+1", 80).unwrap_err().code(), Code::NoInterface);
        assert_eq!(parse("fe80::1%0", 80).unwrap_err().code(), Code::NoInterface);
    }

    proptest! {
        #[test]
        fn mapping_and_unmapping_give_the_address_back(ip: [u8; 4], port: u16) {
            let addr = SocketAddr::from((ip, port));
            prop_assert_eq!(unmap(map(addr)), addr);
        }

        #[test]
        fn a_printed_ipv6_address_reads_as_itself(ip: [u8; 16], port: u16, scope in 100_000u32..) {
            let addr = SocketAddr::from(SocketAddrV6::new(ip.into(), port, 0, scope));
            let printed = format(addr);
            let (host, _) = printed[1..].rsplit_once("]:").unwrap();
            prop_assert_eq!(parse(host, port).unwrap(), Some(addr));
        }
    }
}
