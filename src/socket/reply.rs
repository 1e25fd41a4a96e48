//! Replies from a chosen source address: on a host with several addresses, an answer comes from the address that was
//! asked.

use std::net::{IpAddr, SocketAddr};

use super::Socket;
use crate::addr;
use crate::error::{Code, Error, Result};
use crate::interface;
use crate::sys;
use crate::types::{Events, Pktinfo, SourceAddr};

impl SourceAddr {
    /// What to tell the kernel for a datagram to `to`.
    pub(super) fn pktinfo(self, to: SocketAddr) -> Result<Pktinfo> {
        let ip = self.ip.to_canonical();
        let source = Some(ip).filter(|ip| !is_shared(*ip));
        if source.is_some() && ip.is_ipv4() != addr::unmap(to).is_ipv4() {
            let to = addr::display(to);
            return Err(Error::new(Code::Family, format_args!("source {ip} for a datagram to {to}")));
        }
        let to_link = is_shared(to.ip()) || addr::is_link_local(to.ip());
        let routed = source.is_some_and(|ip| !addr::is_link_local(ip)) && !to_link;
        let if_index = if routed { 0 } else { self.if_index };
        Ok(Pktinfo { source, if_index, fallback_if_index: self.if_index })
    }
}

impl Socket {
    /// Sends one datagram from the address that another one was sent to, or from any other source address. The answer to a
    /// datagram that was sent to a group or broadcast address comes from an address of the interface it arrived on.
    pub fn reply(&self, data: &[u8], to: Option<SocketAddr>, source: SourceAddr) -> Result<()> {
        let to = to.map_or_else(|| self.peer_addr(), Ok)?;
        self.send_from(data, to, source.pktinfo(to)?)
    }

    /// Sends one datagram from a local address, or through an interface, or both. Waits for room like [`Socket::send_to`].
    pub(super) fn send_from(&self, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
        self.check_length(data.len(), Some(to))?;
        self.send_with_pktinfo(data, self.to_peer(to)?, from)?;
        self.counters.sent.add(1, data.len());
        Ok(())
    }

    /// Sends one datagram to a destination in the form that the system calls take.
    pub(super) fn send_with_pktinfo(&self, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
        let send = |from| {
            let attempt = || sys::send_from(&self.descriptor, data, to, from);
            self.retry(Events::WRITE, self.send_timeout(), attempt)
        };
        let error = match send(from) {
            Err(error) if from.may_cause(error.code()) => error,
            done => return done,
        };
        if from.if_index != 0 && !sys::interface_exists(from.if_index) {
            let error = error.with_code(Code::NoInterface);
            return Err(error.with_context(format_args!("no interface has index {}", from.if_index)));
        }
        let Some(source) = from.source else { return Err(error) };
        match owner(source)? {
            Owner::ThisHost => Err(error),
            Owner::LocalNetwork => send(Pktinfo::interface(from.fallback_if_index)),
            Owner::Other => Err(error.with_code(Code::NotLocal).with_context(format_args!("{source}"))),
        }
    }
}

/// Whether an address belongs to no single host: it can be sent to, but not from.
fn is_shared(ip: IpAddr) -> bool {
    let limited_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    ip.is_unspecified() || ip.is_multicast() || limited_broadcast
}

/// Whom an address belongs to.
enum Owner {
    ThisHost,
    /// It is the broadcast address of a network that this host is on.
    LocalNetwork,
    Other,
}

fn owner(ip: IpAddr) -> Result<Owner> {
    let rows = interface::list()?;
    let mut addrs = rows.iter().filter_map(|row| row.addr);
    Ok(if ip.is_loopback() || addrs.clone().any(|addr| addr.ip == ip) {
        Owner::ThisHost
    } else if addrs.any(|addr| addr.broadcast.is_some_and(|broadcast| ip == broadcast)) {
        Owner::LocalNetwork
    } else {
        Owner::Other
    })
}
