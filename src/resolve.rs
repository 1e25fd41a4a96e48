//! From a host's name to its address: the only place that asks the name service.

use std::net::{Ipv4Addr, SocketAddr};

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::socket::Family;
use crate::sys;

/// The address of a host, numeric or by name. `family` restricts what is looked for; `None` (or dual) takes either.
///
/// `""` is the address that means all of the machine's, `"<broadcast>"` is 255.255.255.255; neither they nor numeric
/// addresses cost a look-up. A name may block for as long as the name service takes.
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
        (Some(Family::Ipv4), SocketAddr::V6(_)) | (Some(Family::Ipv6), SocketAddr::V4(_)) => {
            Err(Error::new(Code::Family, format!("'{host}' is not of the family asked for")))
        }
        _ => Ok(found),
    }
}

/// A numeric address for `bind`: no name service, `""` is any.
pub(crate) fn numeric(host: &str, port: u16, v6: bool) -> Result<SocketAddr> {
    if host.is_empty() {
        return Ok((addr::any(v6), port).into());
    }
    addr::parse(host, port)?
        .ok_or_else(|| Error::new(Code::Address, format!("'{host}'; names are for udp_resolve")))
}

fn lookup(host: &str, family: Option<Family>) -> Result<std::net::IpAddr> {
    let not_found = |error: Error| error.with_context(format!("'{host}'"));
    if !is_name(host) {
        return Err(not_found(Code::NameNotFound.into()));
    }
    sys::lookup(host, family).map_err(not_found)
}

/// Whether a look-up could find it: at most 253 bytes (RFC 1035, 2.3.4) without spaces, control characters or `%`; not
/// under `.invalid`, which never exists (RFC 6761, 6.4); and not ending in a number, which getaddrinfo would read as an
/// address of long ago, `010.0.0.1` in octal. Saves waiting for a name service that may be away.
fn is_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    let number = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    !name.is_empty()
        && name.len() <= 253
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '%')
        && !number
        && last != "invalid"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(host: &str, family: Option<Family>) -> Code {
        resolve(host, 80, family).unwrap_err().code()
    }

    #[test]
    fn numeric_any_and_broadcast_need_no_look_up() {
        let show = |host, family| resolve(host, 80, family).unwrap().to_string();
        assert_eq!(show("", None), "0.0.0.0:80");
        assert_eq!(show("", Some(Family::Ipv6)), "[::]:80");
        assert_eq!(show("<broadcast>", None), "255.255.255.255:80");
        assert_eq!(show("127.0.0.1", Some(Family::Ipv4)), "127.0.0.1:80");
    }

    #[test]
    fn a_name_that_cannot_exist_is_not_found_without_a_network() {
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
    fn the_family_asked_for_is_kept_to() {
        assert_eq!(code("::1", Some(Family::Ipv4)), Code::Family);
        assert_eq!(code("127.0.0.1", Some(Family::Ipv6)), Code::Family);
        assert_eq!(code("<broadcast>", Some(Family::Ipv6)), Code::Family);
    }

    #[test]
    fn localhost_is_this_machine() {
        assert_eq!(resolve("localhost", 80, Some(Family::Ipv4)).unwrap().to_string(), "127.0.0.1:80");
    }
}
