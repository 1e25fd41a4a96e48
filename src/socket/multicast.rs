//! Multicast: group memberships.

use std::net::{IpAddr, SocketAddr};

use super::Socket;
use crate::addr;
use crate::error::{Code, Error, Result};
use crate::interface;
use crate::sys;
use crate::sys::errno;
use crate::types::{Family, Group, Interface, Membership};

impl Socket {
    /// Joins a group on one interface, or with 0 on each interface that is up and can multicast, loopback included.
    /// Returns the number of interfaces. Joining again is no error; it changes the sources to receive from: all, or
    /// `source` in addition to those named before. A scope id in the group's address is an interface index.
    pub fn join(&self, group: SocketAddr, source: Option<IpAddr>, if_index: u32) -> Result<usize> {
        self.change_membership(Membership::Join, group, source, if_index)
    }

    /// Leaves a group on one interface, or with 0 on each interface where the socket is a member. Returns the number of
    /// interfaces.
    pub fn leave(&self, group: SocketAddr, source: Option<IpAddr>, if_index: u32) -> Result<usize> {
        self.change_membership(Membership::Leave, group, source, if_index)
    }

    fn change_membership(
        &self,
        change: Membership,
        group: SocketAddr,
        source: Option<IpAddr>,
        if_index: u32,
    ) -> Result<usize> {
        let scope_id = addr::scope_id(group);
        let group = self.check_group(group, source)?;
        let one = match (if_index, scope_id) {
            (0, one) | (one, 0) => one,
            (one, scope_id) if one == scope_id => one,
            _ => {
                return Err(Error::new(
                    Code::Invalid,
                    format_args!("if_index is {if_index}, but the group's scope_id is {scope_id}"),
                ));
            }
        };
        let act = |if_index| {
            let name = |error: Error| {
                let interface = addr::interface_name(if_index);
                error.with_context(format_args!("{} on interface {interface}", group.ip))
            };
            self.change_membership_on(change, group, if_index).map_err(name)
        };
        if one != 0 {
            return act(one).map(|()| 1);
        }
        interface::on_each(
            |row| can_join(row, change, group.ip),
            "no interface is up and can multicast to this group",
            act,
        )
    }

    fn change_membership_on(&self, change: Membership, group: Group, if_index: u32) -> Result<()> {
        let done = sys::membership(&self.descriptor, change, group, if_index);
        match (change, group.source, done) {
            (_, _, Ok(())) => Ok(()),
            (Membership::Leave, _, Err(error)) => Err(error.with_code(Code::NotJoined)),
            // Already a member, perhaps for some sources only.
            (Membership::Join, None, Err(error)) if error.os() == errno::EADDRINUSE => {
                sys::accept_all_sources(&self.descriptor, group.ip, if_index)
            }
            // Already a member for this source (ip_mc_source in net/ipv4/igmp.c, ip6_mc_source in net/ipv6/mcast.c).
            (Membership::Join, Some(_), Err(error)) if error.os() == errno::EADDRNOTAVAIL => Ok(()),
            // net.ipv4.igmp_max_memberships and the like.
            (Membership::Join, _, Err(error)) if error.code() == Code::NoBuffers => {
                Err(error.with_code(Code::Limit))
            }
            (Membership::Join, _, Err(error)) => Err(error),
        }
    }

    /// Checks that this socket can join the group.
    fn check_group(&self, group: SocketAddr, source: Option<IpAddr>) -> Result<Group> {
        let (ip, source) = (group.ip().to_canonical(), source.map(|ip| ip.to_canonical()));
        if !ip.is_multicast() {
            return Err(Error::new(Code::Invalid, format_args!("{ip} is not a multicast address")));
        }
        match self.family() {
            Family::Ipv4 if !ip.is_ipv4() => {
                return Err(Error::new(Code::Family, format_args!("an IPv6 group on an IPv4 socket")));
            }
            Family::Ipv6 if ip.is_ipv4() => {
                return Err(Error::new(Code::Family, format_args!("an IPv4 group on an IPv6 socket")));
            }
            _ => {}
        }
        match source {
            Some(source) if source.is_ipv4() != ip.is_ipv4() => {
                Err(Error::new(Code::Family, format_args!("group {ip}, but source {source}")))
            }
            Some(source) if source.is_multicast() || source.is_unspecified() => {
                Err(Error::new(Code::Invalid, format_args!("{source} is not the address of a host")))
            }
            source => Ok(Group { ip, source }),
        }
    }
}

/// Whether "all interfaces" includes this one. A leave includes those that went down. An IPv6 group needs IPv6 on the
/// interface, which an IPv6 address shows.
fn can_join(row: &Interface, change: Membership, group: IpAddr) -> bool {
    let has_family = row.addr.is_some_and(|addr| addr.ip.is_ipv4() == group.is_ipv4());
    change == Membership::Leave || row.up && (row.multicast || row.loopback) && has_family
}
