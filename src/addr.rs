//! Addresses as text, and IPv4 addresses mapped into IPv6.

use std::fmt::{self, Display, Formatter};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::error::{Code, Error, Result};
use crate::sys;

/// Parses a numeric address: IPv4, or IPv6 optionally followed by `%` and an interface's name or index. `None` if the text
/// is neither. An unknown interface is an error.
pub(crate) fn parse(text: &str, port: u16) -> Result<Option<SocketAddr>> {
    let (ip, scope) = match text.split_once('%') {
        Some((ip, scope)) => (ip, Some(scope)),
        None => (text, None),
    };
    let (ip, scope_id) = match (ip.parse::<IpAddr>(), scope) {
        (Ok(ip), None) => (ip, 0),
        (Ok(IpAddr::V6(ip)), Some(scope)) => (ip.into(), parse_scope(scope)?),
        _ => return Ok(None),
    };
    Ok(Some(match ip {
        IpAddr::V4(ip) => (ip, port).into(),
        IpAddr::V6(ip) => SocketAddrV6::new(ip, port, 0, scope_id).into(),
    }))
}

fn parse_scope(scope: &str) -> Result<u32> {
    let number = scope.bytes().all(|byte| byte.is_ascii_digit()).then(|| scope.parse().ok()).flatten();
    let index = number.filter(|&index| index != 0).or_else(|| sys::interface_index(scope));
    index.ok_or_else(|| {
        Error::new(
            Code::NoInterface,
            format_args!("no interface is named '{scope}'; udp_interfaces lists them"),
        )
    })
}

/// `std::fmt::from_fn`, which Rust has since 1.93.
struct DisplayFn<F>(F);

impl<F: Fn(&mut Formatter<'_>) -> fmt::Result> Display for DisplayFn<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

/// Shows an address as `10.0.0.1:8080` or `[fe80::1%eth0]:8080`. An interface without a name is shown by its index.
pub(crate) fn display(addr: SocketAddr) -> impl Display {
    DisplayFn(move |f: &mut Formatter<'_>| match addr {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => {
            write!(f, "[{}%{}]:{}", v6.ip(), interface_name(v6.scope_id()), v6.port())
        }
        _ => addr.fmt(f),
    })
}

/// Shows the name of an interface, or its index if it has no name (any more).
pub(crate) fn interface_name(if_index: u32) -> impl Display {
    DisplayFn(move |f: &mut Formatter<'_>| match sys::interface_name(if_index) {
        Some(name) => f.write_str(name.as_str()),
        None => if_index.fmt(f),
    })
}

/// The IPv4 address inside an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2); other addresses as they are.
pub(crate) fn unmap(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
            Some(ip) => (ip, v6.port()).into(),
            None => addr,
        },
        SocketAddr::V4(_) => addr,
    }
}

/// An IPv4 address as an IPv4-mapped IPv6 address, as a dual-stack socket takes it.
pub(crate) fn map(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V4(v4) => (v4.ip().to_ipv6_mapped(), v4.port()).into(),
        SocketAddr::V6(_) => addr,
    }
}

/// The interface index in an address; 0 if there is none.
pub(crate) fn scope_id(addr: SocketAddr) -> u32 {
    match addr {
        SocketAddr::V6(v6) => v6.scope_id(),
        SocketAddr::V4(_) => 0,
    }
}

/// Whether an address is valid on one link only, and so needs an interface (RFC 4291, 2.5.6).
pub(crate) fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

/// The unspecified address, which stands for all addresses of this host.
pub(crate) fn any(v6: bool) -> IpAddr {
    if v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parse_and_display_use_the_usual_notation() {
        for (text, printed) in [
            ("10.0.0.1", "10.0.0.1:80"),
            ("::1", "[::1]:80"),
            ("fe80::1%lo", "[fe80::1%lo]:80"),
            ("fe80::1%1", "[fe80::1%lo]:80"),
            ("fe80::1%4000000000", "[fe80::1%4000000000]:80"),
            ("::ffff:10.0.0.1", "[::ffff:10.0.0.1]:80"),
        ] {
            let addr = parse(text, 80).unwrap().unwrap();
            assert_eq!(display(addr).to_string(), printed);
        }
    }

    #[test]
    fn parse_of_other_text_is_none() {
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
        fn unmap_reverses_map(ip: [u8; 4], port: u16) {
            let addr = SocketAddr::from((ip, port));
            prop_assert_eq!(unmap(map(addr)), addr);
        }

        #[test]
        fn parse_reverses_display_of_ipv6(ip: [u8; 16], port: u16, scope in 100_000u32..) {
            let addr = SocketAddr::from(SocketAddrV6::new(ip.into(), port, 0, scope));
            let printed = display(addr).to_string();
            let (host, _) = printed[1..].rsplit_once("]:").unwrap();
            prop_assert_eq!(parse(host, port).unwrap(), Some(addr));
        }
    }
}
