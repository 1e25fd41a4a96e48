//! Multicast: one datagram to all who joined a group.

use std::net::{IpAddr, SocketAddr};

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::interface::{self, Interface};
use crate::socket::{Family, Socket};
use crate::sys;

/// A group, or what one source sends to it (RFC 4607).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The group's address.
    pub ip: IpAddr,
    /// The only sender to be heard; `None` for all.
    pub source: Option<IpAddr>,
}

/// What becomes of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    Join,
    Leave,
}

impl Socket {
    /// Joins a group on one interface, or with 0 on each that is up and can multicast, loopback too: on how many.
    /// Where the socket is in the group already, it stays so, and hears from now on those that this call names: all, or
    /// `source` with those named before. A scope in the group's address is an interface.
    pub fn join(&self, group: SocketAddr, source: Option<IpAddr>, if_index: u32) -> Result<usize> {
        self.change(Membership::Join, group, source, if_index)
    }

    /// Leaves a group on one interface, or with 0 wherever the socket is in it: on how many.
    pub fn leave(&self, group: SocketAddr, source: Option<IpAddr>, if_index: u32) -> Result<usize> {
        self.change(Membership::Leave, group, source, if_index)
    }

    fn change(
        &self,
        change: Membership,
        group: SocketAddr,
        source: Option<IpAddr>,
        if_index: u32,
    ) -> Result<usize> {
        let scope = addr::scope(group);
        let group = self.group(group, source)?;
        let one = match (if_index, scope) {
            (0, one) | (one, 0) => one,
            (one, scope) if one == scope => one,
            _ => return Err(Error::new(Code::Invalid, "the group's scope is another interface")),
        };
        let act = |index| {
            let named =
                |error: Error| error.with_context(format!("{} on {}", group.ip, addr::interface_name(index)));
            self.change_on(change, group, index).map_err(named)
        };
        if one != 0 {
            return act(one).map(|()| 1);
        }
        interface::on_each(|row| can_join(row, change, group.ip), "none is up and can multicast", act)
    }

    fn change_on(&self, change: Membership, group: Group, if_index: u32) -> Result<()> {
        let done = sys::membership(self.descriptor(), change, group, if_index);
        match (change, group.source, done) {
            (_, _, Ok(())) => Ok(()),
            (Membership::Leave, _, Err(error)) => Err(error.with_code(Code::NotJoined)),
            // In it already, perhaps for some sources only.
            (Membership::Join, None, Err(error)) if error.os() == sys::errno::EADDRINUSE => {
                sys::accept_all_sources(self.descriptor(), group.ip, if_index)
            }
            // In it already for this source (ip_mc_source in net/ipv4/igmp.c, ip6_mc_source in net/ipv6/mcast.c).
            (Membership::Join, Some(_), Err(error)) if error.os() == sys::errno::EADDRNOTAVAIL => Ok(()),
            // net.ipv4.igmp_max_memberships and its like.
            (Membership::Join, _, Err(error)) if error.code() == Code::NoBuffers => {
                Err(error.with_code(Code::Limit))
            }
            (Membership::Join, _, Err(error)) => Err(error),
        }
    }

    /// A group that this socket can be in.
    fn group(&self, group: SocketAddr, source: Option<IpAddr>) -> Result<Group> {
        let (ip, source) = (group.ip().to_canonical(), source.map(|ip| ip.to_canonical()));
        if !ip.is_multicast() {
            return Err(Error::new(Code::Invalid, format!("{ip} is not a multicast group")));
        }
        match self.family() {
            Family::Ipv4 if !ip.is_ipv4() => {
                return Err(Error::new(Code::Family, "an IPv6 group on an IPv4 socket"));
            }
            Family::Ipv6 if ip.is_ipv4() => {
                return Err(Error::new(Code::Family, "an IPv4 group on an IPv6 socket"));
            }
            _ => {}
        }
        match source {
            Some(source) if source.is_ipv4() != ip.is_ipv4() => {
                Err(Error::new(Code::Family, "a source of the other family"))
            }
            Some(source) if source.is_multicast() || source.is_unspecified() => {
                Err(Error::new(Code::Invalid, format!("{source} is nobody's own address")))
            }
            source => Ok(Group { ip, source }),
        }
    }
}

/// Whether an interface is one of all. One that went down is left too, and an IPv6 group needs no address there but
/// IPv6 as such, of which an address is the sign.
fn can_join(row: &Interface, change: Membership, group: IpAddr) -> bool {
    let speaks = row.addr.is_some_and(|addr| addr.ip.is_ipv4() == group.is_ipv4());
    change == Membership::Leave || row.up && (row.multicast || row.loopback) && speaks
}
