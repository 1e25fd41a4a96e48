//! Broadcast: one datagram to every host on the networks that this host is on.

use std::net::{Ipv4Addr, SocketAddr};

use super::Socket;
use crate::error::{Code, Error, Result};
use crate::interface;
use crate::options::SocketOption;
use crate::types::{Interface, Pktinfo};

impl Socket {
    /// Sends one datagram through each IPv4 interface that is up and can broadcast, and returns the number of interfaces.
    /// If it could be sent through none, the first error is returned.
    ///
    /// It goes to 255.255.255.255, so that each neighbour receives it once, whatever its netmask. Sets SO_BROADCAST.
    pub fn broadcast(&self, data: &[u8], port: u16) -> Result<usize> {
        let to = self.broadcast_addr(data, port)?;
        interface::on_each(Interface::broadcasts, "no IPv4 interface is up and can broadcast", |if_index| {
            self.send_from(data, to, Pktinfo::interface(if_index))
        })
    }

    /// Sends one datagram to every host on the network of one interface. [`Code::NoInterface`]: the interface does not
    /// exist, is down, cannot broadcast or has no IPv4 address.
    pub fn broadcast_on(&self, data: &[u8], port: u16, if_index: u32) -> Result<()> {
        let to = self.broadcast_addr(data, port)?;
        let rows = interface::list()?;
        let mut rows = rows.iter().filter(|row| row.if_index == if_index).peekable();
        let Some(first) = rows.peek().copied() else {
            return Err(Error::new(
                Code::NoInterface,
                format_args!("no interface has index {if_index}; udp_interfaces lists them"),
            ));
        };
        if !rows.any(Interface::broadcasts) {
            return Err(Error::new(
                Code::NoInterface,
                format_args!("{} is down, cannot broadcast or has no IPv4 address", first.name),
            ));
        }
        self.send_from(data, to, Pktinfo::interface(if_index))
    }

    fn broadcast_addr(&self, data: &[u8], port: u16) -> Result<SocketAddr> {
        let to = (Ipv4Addr::BROADCAST, port).into();
        self.check_send(data.len(), Some(to))?;
        self.set_option(SocketOption::Broadcast, 1)?;
        Ok(to)
    }
}
