//! Which address a datagram leaves from: on a machine that has several, an answer comes from the one that was asked.

use std::net::{IpAddr, SocketAddr};

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::interface;
use crate::socket::{Events, Socket};
use crate::sys;

/// Where a datagram leaves from, as [`crate::Details::local`] has it of a received one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The address to leave from; one that is not a machine's own (a group's, say) or not specified leaves it to the
    /// interface and the routes.
    pub local: IpAddr,
    /// The interface to leave by; 0 leaves it to the routes. What goes to one machine from an address of choice goes
    /// by the routes anyway, unless the address means something on one link only.
    pub interface: u32,
}

impl Socket {
    /// Sends one datagram from the address that another one was sent to, or from another origin. What was sent to a group
    /// or broadcast is answered from an address of the interface that it came in by.
    pub fn reply(&self, data: &[u8], to: Option<SocketAddr>, origin: Origin) -> Result<()> {
        let to = to.map_or_else(|| self.peer_addr(), Ok)?;
        let local = origin.local.to_canonical();
        let own = Some(local).filter(|ip| !is_everybodys(*ip));
        if own.is_some() && local.is_ipv4() != addr::unmap(to).is_ipv4() {
            return Err(Error::new(Code::Family, format!("from {local} to {}", addr::format(to))));
        }
        let to_link = is_everybodys(to.ip()) || addr::is_link_local(to.ip());
        let by_routes = own.is_some_and(|ip| !addr::is_link_local(ip)) && !to_link;
        let interface = if by_routes { 0 } else { origin.interface };
        let sent = self.send_from(data, to, own, interface);
        let (Some(own), Err(error)) = (own, &sent) else { return sent };
        // The system takes no source that is not its own: EINVAL or, from some version on, ENETUNREACH.
        if ![Code::Value, Code::Unreachable].contains(&error.code()) {
            return sent;
        }
        match is_whose(own)? {
            Whose::Ours => sent,
            Whose::Networks => self.send_from(data, to, None, origin.interface),
            Whose::Others => Err(error.clone().read_as(Code::NotLocal).because(own.to_string())),
        }
    }

    /// Sends one datagram from a local address, or out of an interface, or both; waits for room like [`Socket::send_to`].
    pub(crate) fn send_from(
        &self,
        data: &[u8],
        to: SocketAddr,
        source: Option<IpAddr>,
        interface: u32,
    ) -> Result<()> {
        let to = self.check_send_to(data.len(), to)?;
        let attempt = || sys::send_from(self.descriptor(), data, to, source, interface);
        match self.retry(Events::WRITE, self.send_wait(), attempt) {
            Err(error) if interface != 0 && sys::interface_name(interface).is_none() => {
                return Err(error
                    .read_as(Code::NotLocal)
                    .because(format!("no interface number {interface}")));
            }
            done => done?,
        }
        self.counts().sent.add(1, data.len());
        Ok(())
    }
}

/// Whether an address is nobody's own: it can be sent to, but not from.
fn is_everybodys(ip: IpAddr) -> bool {
    let limited_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    ip.is_unspecified() || ip.is_multicast() || limited_broadcast
}

/// Whose an address is.
enum Whose {
    /// This machine's.
    Ours,
    /// Everybody's on a network of this machine: its broadcast address.
    Networks,
    Others,
}

fn is_whose(ip: IpAddr) -> Result<Whose> {
    let addrs: Vec<_> = interface::list()?.iter().filter_map(|row| row.addr).collect();
    Ok(if ip.is_loopback() || addrs.iter().any(|addr| addr.ip == ip) {
        Whose::Ours
    } else if addrs.iter().any(|addr| addr.broadcast.is_some_and(|broadcast| ip == broadcast)) {
        Whose::Networks
    } else {
        Whose::Others
    })
}
