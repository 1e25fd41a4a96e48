//! From host name to address. Only [`resolve`] asks the name service.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::sys;
use crate::types::Family;

/// Returns the address of a host, given a numeric address or a name. `family` restricts the result; `None` or
/// [`Family::Dual`] accepts either.
///
/// `""` is the unspecified address, `"<broadcast>"` is 255.255.255.255. These and numeric addresses need no lookup. The
/// lookup of a name blocks for as long as the name service takes, which may be seconds.
pub fn resolve(host: &str, port: u16, family: Option<Family>) -> Result<SocketAddr> {
    let found = match host {
        "" => (addr::any(family == Some(Family::Ipv6)), port).into(),
        "<broadcast>" => (Ipv4Addr::BROADCAST, port).into(),
        _ => match addr::parse(host, port)? {
            Some(addr) => addr,
            None => (lookup(host, family)?, port).into(),
        },
    };
    match (family, found) {
        (Some(Family::Ipv4), SocketAddr::V6(_)) => {
            Err(Error::new(Code::Family, format_args!("'{host}' is an IPv6 address; IPv4 was asked for")))
        }
        (Some(Family::Ipv6), SocketAddr::V4(_)) => {
            Err(Error::new(Code::Family, format_args!("'{host}' is an IPv4 address; IPv6 was asked for")))
        }
        _ => Ok(found),
    }
}

/// A numeric address for a bind: no lookup, `""` is the unspecified address.
pub(crate) fn numeric(host: &str, port: u16, v6: bool) -> Result<SocketAddr> {
    if host.is_empty() {
        return Ok((addr::any(v6), port).into());
    }
    addr::parse(host, port)?.ok_or_else(|| {
        misplaced_port(host, Code::Address).unwrap_or_else(|| {
            Error::new(Code::Address, format_args!("'{host}'; only udp_resolve looks names up"))
        })
    })
}

fn lookup(host: &str, family: Option<Family>) -> Result<IpAddr> {
    if let Some(error) = misplaced_port(host, Code::NameNotFound) {
        return Err(error);
    }
    let name = |error: Error| error.with_context(format_args!("'{host}'"));
    if !is_name(host) {
        return Err(name(Code::NameNotFound.into()));
    }
    sys::lookup(host, family).map_err(name)
}

/// The error for a host that carries a port or brackets, which belong into URLs.
fn misplaced_port(host: &str, code: Code) -> Option<Error> {
    let ip = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(ip) = ip {
        return Some(Error::new(code, format_args!("write \"{ip}\", without brackets")));
    }
    let (name, port) = host.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let name = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    Some(Error::new(code, format_args!("host and port are two arguments: \"{name}\", {port}")))
}

/// Whether a lookup could find it: at most 253 bytes (RFC 1035, 2.3.4) without spaces, control characters, `:` or `%`; not
/// under `.invalid`, which never exists (RFC 6761, 6.4); and not ending in a number, which getaddrinfo would read as an
/// old form of address (`010.0.0.1` is octal). This saves waiting for a name service that may not answer.
fn is_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or(name);
    let hex = last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    let number = hex || last.bytes().all(|byte| byte.is_ascii_digit());
    !name.is_empty()
        && name.len() <= 253
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '%' | ':'))
        && !number
        && !last.eq_ignore_ascii_case("invalid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(host: &str, family: Option<Family>) -> Code {
        resolve(host, 80, family).unwrap_err().code()
    }

    #[test]
    fn resolve_of_numeric_any_and_broadcast_needs_no_lookup() {
        let show = |host, family| resolve(host, 80, family).unwrap().to_string();
        assert_eq!(show("", None), "0.0.0.0:80");
        assert_eq!(show("", Some(Family::Ipv6)), "[::]:80");
        assert_eq!(show("<broadcast>", None), "255.255.255.255:80");
        assert_eq!(show("127.0.0.1", Some(Family::Ipv4)), "127.0.0.1:80");
    }

    #[test]
    fn resolve_of_an_impossible_name_needs_no_network() {
        for host in [
            "nobody.invalid",
            "INVALID.",
            "two words",
            "tab\there",
            "1.2.3.4%lo",
            "host%lo",
            ".",
            &"a.".repeat(200),
        ] {
            assert_eq!(code(host, None), Code::NameNotFound, "{host}");
        }
    }

    #[test]
    fn resolve_of_another_family_fails() {
        assert_eq!(code("::1", Some(Family::Ipv4)), Code::Family);
        assert_eq!(code("127.0.0.1", Some(Family::Ipv6)), Code::Family);
        assert_eq!(code("<broadcast>", Some(Family::Ipv6)), Code::Family);
    }

    #[test]
    fn resolve_of_localhost_is_loopback() {
        assert_eq!(resolve("localhost", 80, Some(Family::Ipv4)).unwrap().to_string(), "127.0.0.1:80");
    }

    #[test]
    fn resolve_of_host_with_port_or_brackets_says_what_to_write() {
        let sentence = |host| resolve(host, 80, None).unwrap_err().to_string();
        for host in ["127.0.0.1:8080", "example.com:80", "[::1]:80", "[::1]"] {
            assert_eq!(code(host, None), Code::NameNotFound, "{host}");
        }
        assert!(sentence("127.0.0.1:8080").contains("host and port are two arguments: \"127.0.0.1\", 8080"));
        assert!(sentence("[::1]:80").contains("host and port are two arguments: \"::1\", 80"));
        assert!(sentence("[::1]").contains("write \"::1\", without brackets"));
        let error = numeric("localhost", 80, false).unwrap_err();
        assert_eq!(error.code(), Code::Address);
        assert!(error.to_string().contains("udp_resolve"), "{error}");
        assert!(numeric("127.0.0.1:80", 80, false).unwrap_err().to_string().contains("two arguments"));
    }
}
