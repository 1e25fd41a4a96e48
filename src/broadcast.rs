//! Broadcast: one datagram to everybody on every network that the machine is on.

use std::net::{Ipv4Addr, SocketAddr};

use crate::error::{Code, Result};
use crate::interface;
use crate::options::Opt;
use crate::socket::Socket;

impl Socket {
    /// Sends one datagram out of every IPv4 interface that is up and can broadcast, each once, and says out of how
    /// many it went. The first error is returned if it went out of none.
    ///
    /// It goes to 255.255.255.255, so that each neighbour hears it once, whatever its netmask. Allows broadcast on the
    /// socket (SO_BROADCAST) and leaves it allowed.
    pub fn broadcast(&self, data: &[u8], port: u16) -> Result<usize> {
        let to = SocketAddr::from((Ipv4Addr::BROADCAST, port));
        self.check_send(data.len(), Some(to))?;
        let mut indexes: Vec<u32> = interface::list()?
            .into_iter()
            .filter(|interface| interface.up && interface.broadcast && interface.addr.is_ipv4())
            .map(|interface| interface.index)
            .collect();
        indexes.sort_unstable();
        indexes.dedup();
        if indexes.is_empty() {
            return Err(Code::NoInterface.into());
        }
        self.set(Opt::Broadcast, 1)?;
        let mut sent = 0;
        let mut failed = None;
        for index in indexes {
            match self.send_on_interface(data, to, index) {
                Ok(()) => sent += 1,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.filter(|_| sent == 0).map_or(Ok(sent), Err)
    }
}
