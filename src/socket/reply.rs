//! Which address a datagram leaves from: on a machine that has several, an answer comes from the one that was asked.

use std::net::{IpAddr, SocketAddr};

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::interface;
use crate::socket::Socket;
use crate::socket::wait::Events;
use crate::sys;

/// Where a datagram leaves from, as [`crate::PacketInfo::local`] has it of a received one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceAddr {
    /// The address to leave from; one that is not a machine's own (a group's, say) or not specified leaves it to the
    /// interface and the routes.
    pub ip: IpAddr,
    /// The interface to leave by; 0 leaves it to the routes. What goes to one machine from an address of choice goes
    /// by the routes anyway, unless the address means something on one link only.
    pub if_index: u32,
}

/// What the system is told of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pktinfo {
    /// The address to leave from.
    pub(crate) source: Option<IpAddr>,
    /// The interface to leave by; 0 leaves it to the routes.
    pub(crate) if_index: u32,
    /// The interface that takes over where the source turns out to be a network's broadcast address.
    came_in_by: u32,
}

impl Pktinfo {
    /// Out of an interface, from an address of the system's choice.
    pub(crate) fn by(if_index: u32) -> Pktinfo {
        Pktinfo { source: None, if_index, came_in_by: if_index }
    }
}

impl SourceAddr {
    /// What it means for a datagram to `to`.
    pub(crate) fn departure(self, to: SocketAddr) -> Result<Pktinfo> {
        let local = self.ip.to_canonical();
        let source = Some(local).filter(|ip| !is_everybodys(*ip));
        if source.is_some() && local.is_ipv4() != addr::unmap(to).is_ipv4() {
            return Err(Error::new(Code::Family, format!("from {local} to {}", addr::format(to))));
        }
        let to_link = is_everybodys(to.ip()) || addr::is_link_local(to.ip());
        let by_routes = source.is_some_and(|ip| !addr::is_link_local(ip)) && !to_link;
        let if_index = if by_routes { 0 } else { self.if_index };
        Ok(Pktinfo { source, if_index, came_in_by: self.if_index })
    }
}

impl Socket {
    /// Sends one datagram from the address that another one was sent to, or from another origin. What was sent to a group
    /// or broadcast is answered from an address of the interface that it came in by.
    pub fn reply(&self, data: &[u8], to: Option<SocketAddr>, origin: SourceAddr) -> Result<()> {
        let to = to.map_or_else(|| self.peer_addr(), Ok)?;
        self.send_from(data, to, origin.departure(to)?)
    }

    /// Sends one datagram from a local address, or out of an interface, or both; waits for room like [`Socket::send_to`].
    pub(crate) fn send_from(&self, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
        let to = self.check_send_to(data.len(), to)?;
        self.depart(data, to, from)?;
        self.counts().sent.add(1, data.len());
        Ok(())
    }

    /// Sends one datagram, to an address as the system wants it.
    pub(crate) fn depart(&self, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
        let send = |from| {
            self.retry(Events::WRITE, self.send_wait(), || sys::send_from(self.descriptor(), data, to, from))
        };
        let error = match send(from) {
            Err(error) if from.explains(&error) => error,
            done => return done,
        };
        if from.if_index != 0 && sys::interface_name(from.if_index).is_none() {
            return Err(error
                .with_code(Code::NoInterface)
                .with_context(format!("no interface number {}", from.if_index)));
        }
        let Some(source) = from.source else { return Err(error) };
        match is_whose(source)? {
            Whose::Ours => Err(error),
            Whose::Networks => send(Pktinfo::by(from.came_in_by)),
            Whose::Others => Err(error.with_code(Code::NotLocal).with_context(source.to_string())),
        }
    }
}

impl Pktinfo {
    /// Whether it may be the reason of a failure: the system takes no source that is not its own (EINVAL or, from some
    /// version on, ENETUNREACH) and no interface that is gone (ENODEV, for some routes ENETUNREACH).
    pub(crate) fn explains(self, error: &Error) -> bool {
        matches!(error.code(), Code::Invalid | Code::Unreachable | Code::NotLocal | Code::NoInterface)
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
