//! The options of a socket that are one integer each.

use std::ops::RangeInclusive;
use std::sync::atomic::Ordering::Relaxed;

use crate::error::{Code, Error, Result};
use crate::socket::{Family, Socket};
use crate::sys;

/// One row of the table: what the header says of an option.
#[derive(Debug, Clone)]
pub struct Row {
    /// The option.
    pub opt: Opt,
    /// The constant's name in the header.
    pub name: &'static str,
    /// What it means, in what unit.
    pub text: &'static str,
    range: RangeInclusive<i32>,
}

/// The range of an option that cannot be set: no value is in it.
const READ_ONLY: RangeInclusive<i32> = RangeInclusive::new(1, 0);

macro_rules! table {
    ($($value:literal $variant:ident $name:ident $range:expr, $text:literal)*) => {
        /// An option. The numbers are the C constants and are never used again for something else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum Opt {
            $(#[doc = $text] $variant = $value,)*
        }

        /// All options, in the order of the header.
        pub const TABLE: &[Row] = &[
            $(Row {
                opt: Opt::$variant,
                name: concat!("UDP_OPT_", stringify!($name)),
                text: $text,
                range: $range,
            },)*
        ];
    };
}

table! {
    1 RecvBuffer RECV_BUFFER 0..=i32::MAX, "Receive buffer in bytes. Setting returns what the system granted, which may be less (on Linux at most net.core.rmem_max) or more."
    2 SendBuffer SEND_BUFFER 0..=i32::MAX, "Send buffer in bytes; granted like UDP_OPT_RECV_BUFFER (net.core.wmem_max)."
    3 Broadcast BROADCAST 0..=1, "1 allows datagrams to broadcast addresses; udp_broadcast sets it by itself. Default 0."
    4 Ttl TTL 1..=255, "How many routers a unicast datagram may pass (IPv6: hop limit). Default: the system's, mostly 64."
    5 Tos TOS 0..=255, "The type-of-service byte (IPv6: traffic class): DSCP in the upper six bits. Default 0."
    6 Ipv6Only IPV6_ONLY 0..=1, "1 on an IPv6 socket, 0 on a dual-stack one. What udp_open chose; may be changed before udp_bind."
    7 ShareAddress SHARE_ADDRESS 0..=1, "1 lets several sockets bind one address and port: each hears broadcasts and multicasts. To be set before udp_bind."
    8 SharePort SHARE_PORT 0..=1, "1 spreads the datagrams of one address and port over the sockets bound to it. To be set before udp_bind."
    9 SendTimeout SEND_TIMEOUT 0..=i32::MAX, "How long a send waits for room in the send buffer, in milliseconds: 0 not at all, 2147483647 for ever (the default)."
    10 RecvTos RECV_TOS 0..=1, "1 reports each datagram's type-of-service byte, with ECN in its lower two bits, in udp_details.tos. Default 0."
    11 RecvTime RECV_TIME 0..=1, "1 reports when the kernel received each datagram, in udp_details.time_ns. Default 0."
    12 RecvLocal RECV_LOCAL 0..=1, "1 reports which local address and interface each datagram came to, in udp_details. Default 0."
    13 RecvErrors RECV_ERRORS 0..=1, "1 has udp_recv_error tell what the path reports of sent datagrams, peer by peer, and no other call fails for it. Default 0: only a connected socket is told, by the next call."
    14 MulticastTtl MULTICAST_TTL 0..=255, "How many routers a multicast datagram may pass, and one more (IPv6: hop limit). Default 1: it stays on its link."
    15 MulticastLoop MULTICAST_LOOP 0..=1, "1 has multicasts heard on this machine too. Default 1."
    16 MulticastInterface MULTICAST_INTERFACE 0..=i32::MAX, "The number of the interface that multicasts leave by; 0, the default, leaves it to the routes."
    17 DontFragment DONT_FRAGMENT 0..=2, "0 cuts a datagram that is too big for what is known of the path into fragments (here: Linux lets no router cut it); 1 never, it is UDP_ERR_MSGSIZE as soon as the path's MTU is known; 2 neither, whatever is known of the path: for probing it. Default: the system's, mostly 0."
    18 PathMtu PATH_MTU READ_ONLY, "The longest IP packet that the path to the connected peer is known to take, in bytes. Cannot be set."
    19 Device DEVICE 0..=i32::MAX, "The number of the only interface to send and receive by; 0, the default, is all."
    20 Priority PRIORITY 0..=i32::MAX, "The queueing priority of sent datagrams; above 6 it takes a privilege. Default 0; setting UDP_OPT_TOS sets it too (Linux)."
    21 BusyPoll BUSY_POLL 0..=i32::MAX, "How long a wait asks the device itself before it sleeps, in microseconds; to set more takes a privilege. Default: the system's, mostly 0."
    22 ForceRecvBuffer FORCE_RECV_BUFFER 0..=i32::MAX, "UDP_OPT_RECV_BUFFER beyond the system's limit; takes a privilege."
    23 ForceSendBuffer FORCE_SEND_BUFFER 0..=i32::MAX, "UDP_OPT_SEND_BUFFER beyond the system's limit; takes a privilege."
}

impl Opt {
    /// The option of a number that came from C.
    pub fn from_number(number: i32) -> Option<Opt> {
        TABLE.iter().map(|row| row.opt).find(|&opt| opt as i32 == number)
    }

    fn row(self) -> &'static Row {
        // The numbers are 1, 2, ... in the table's order: a test holds them to it.
        &TABLE[self as usize - 1]
    }
}

impl Socket {
    /// Sets an option and returns the value that it has now, which for buffers may differ from what was asked.
    pub fn set(&self, opt: Opt, value: i32) -> Result<i32> {
        let range = &opt.row().range;
        if range.is_empty() {
            return Err(Error::new(Code::Option, format!("{} cannot be set", opt.row().name)));
        }
        if !range.contains(&value) {
            let (name, low, high) = (opt.row().name, range.start(), range.end());
            return Err(Error::new(Code::Value, format!("{name} is from {low} to {high}, not {value}")));
        }
        match opt {
            Opt::SendTimeout => self.set_send_timeout(value),
            Opt::Ipv6Only => {
                self.has(opt)?;
                sys::set(self.descriptor(), self.family(), opt, value)?;
                self.set_ipv6_only(value == 1);
            }
            Opt::RecvTos | Opt::RecvTime | Opt::RecvLocal => {
                if !sys::DETAILS {
                    return Err(Code::Unsupported.into());
                }
                // First room for the control messages, so that none is cut off.
                self.want_details();
                sys::set(self.descriptor(), self.family(), opt, value)?;
            }
            Opt::RecvErrors => {
                // Before the first one can come, or after the last.
                self.path_errors().want(true);
                let done = sys::set(self.descriptor(), self.family(), opt, value);
                self.path_errors().want(value == 1 && done.is_ok());
                done?;
            }
            // The system takes any number here (sock_bindtoindex in net/core/sock.c).
            Opt::Device if value != 0 && sys::interface_name(value as u32).is_none() => {
                return Err(Error::new(Code::NotLocal, format!("no interface number {value}")));
            }
            Opt::MulticastInterface => {
                sys::set(self.descriptor(), self.family(), opt, value)?;
                self.multicast_interface().store(value, Relaxed);
            }
            _ => sys::set(self.descriptor(), self.family(), opt, value)?,
        }
        self.get(opt)
    }

    /// An option's value, in the unit that it is set in.
    pub fn get(&self, opt: Opt) -> Result<i32> {
        match opt {
            Opt::SendTimeout => Ok(self.send_timeout()),
            Opt::MulticastInterface => Ok(self.multicast_interface().load(Relaxed)),
            _ => {
                self.has(opt)?;
                sys::get(self.descriptor(), self.family(), opt)
            }
        }
    }

    fn has(&self, opt: Opt) -> Result<()> {
        let v6 = opt == Opt::Ipv6Only;
        if v6 && self.family() == Family::Ipv4 {
            Err(Error::new(Code::Option, "an IPv4 socket"))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_run_without_a_gap_in_the_tables_order() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.opt as i32, index as i32 + 1, "{}", row.name);
            assert_eq!(Opt::from_number(row.opt as i32), Some(row.opt));
        }
        for number in [0, -1, TABLE.len() as i32 + 1, i32::MAX, i32::MIN] {
            assert_eq!(Opt::from_number(number), None);
        }
    }
}
