//! Broadcast: one datagram to everybody on every network that the machine is on.

use std::net::{Ipv4Addr, SocketAddr};

use crate::error::{Code, Error, Result};
use crate::interface::{self, Interface};
use crate::options::SocketOption;
use crate::socket::Socket;
use crate::socket::reply::Pktinfo;

impl Socket {
    /// Sends one datagram out of every IPv4 interface that is up and can broadcast, each once, and says out of how
    /// many it went. The first error is returned if it went out of none.
    ///
    /// It goes to 255.255.255.255, so that each neighbour hears it once, whatever its netmask. Allows broadcast on the
    /// socket (SO_BROADCAST) and leaves it allowed.
    pub fn broadcast(&self, data: &[u8], port: u16) -> Result<usize> {
        let to = self.to_everybody(data, port)?;
        interface::on_each(Interface::broadcasts, "IPv4, and can broadcast", |index| {
            self.send_from(data, to, Pktinfo::by(index))
        })
    }

    /// Sends one datagram to everybody on the network of one interface. [`Code::NoInterface`]: it is down, or cannot
    /// broadcast, or has no IPv4 address.
    pub fn broadcast_on(&self, data: &[u8], port: u16, index: u32) -> Result<()> {
        let to = self.to_everybody(data, port)?;
        let rows: Vec<Interface> =
            interface::list()?.into_iter().filter(|row| row.if_index == index).collect();
        if rows.is_empty() {
            return Err(Error::new(Code::NoInterface, format!("no interface number {index}")));
        }
        if !rows.iter().any(Interface::broadcasts) {
            return Err(Error::new(Code::NoInterface, rows[0].name.clone()));
        }
        self.send_from(data, to, Pktinfo::by(index))
    }

    fn to_everybody(&self, data: &[u8], port: u16) -> Result<SocketAddr> {
        let to = (Ipv4Addr::BROADCAST, port).into();
        self.check_send_to(data.len(), to)?;
        self.set_option(SocketOption::Broadcast, 1)?;
        Ok(to)
    }
}
