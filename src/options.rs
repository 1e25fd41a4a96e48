//! The table of socket options: number, name, range and text. Each option is one integer.

use std::ops::RangeInclusive;

/// One row of the table, which the header is made from.
#[derive(Debug, Clone)]
pub struct Row {
    /// The option.
    pub option: SocketOption,
    /// The constant's name in the header.
    pub name: &'static str,
    /// Its meaning, unit and default: the constant's comment in the header.
    pub text: &'static str,
    pub(crate) range: RangeInclusive<i32>,
}

/// The range of an option that cannot be set: it contains no value.
const READ_ONLY: RangeInclusive<i32> = RangeInclusive::new(1, 0);

macro_rules! table {
    ($($value:literal $variant:ident $name:ident $range:expr, $text:literal)*) => {
        /// A socket option. The numbers are the C constants; a number is never reused for another option.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum SocketOption {
            $(#[doc = $text] $variant = $value,)*
        }

        /// All options, in the order of the header.
        pub const TABLE: &[Row] = &[
            $(Row {
                option: SocketOption::$variant,
                name: concat!("UDP_OPT_", stringify!($name)),
                text: $text,
                range: $range,
            },)*
        ];
    };
}

table! {
    1 RecvBuffer RECV_BUFFER 0..=i32::MAX, "Receive buffer size in bytes (SO_RCVBUF). Setting it returns the size granted, which may be smaller (on Linux at most net.core.rmem_max) or larger. Default: the system's."
    2 SendBuffer SEND_BUFFER 0..=i32::MAX, "Send buffer size in bytes (SO_SNDBUF), granted like UDP_OPT_RECV_BUFFER (on Linux at most net.core.wmem_max). Default: the system's."
    3 ForceRecvBuffer FORCE_RECV_BUFFER 0..=i32::MAX, "UDP_OPT_RECV_BUFFER without the system's limit (SO_RCVBUFFORCE). Needs a privilege (CAP_NET_ADMIN on Linux)."
    4 ForceSendBuffer FORCE_SEND_BUFFER 0..=i32::MAX, "UDP_OPT_SEND_BUFFER without the system's limit (SO_SNDBUFFORCE). Needs a privilege (CAP_NET_ADMIN on Linux)."
    5 SendTimeout SEND_TIMEOUT 0..=i32::MAX, "How long a send waits for room in the send buffer, in milliseconds: 0 does not wait, 2147483647 waits forever. Default: 2147483647."
    6 Broadcast BROADCAST 0..=1, "1 permits datagrams to broadcast addresses (SO_BROADCAST). udp_broadcast sets it itself. Default: 0."
    7 Ttl TTL 1..=255, "Time to live (IPv6: hop limit) of unicast datagrams, 1 to 255 (IP_TTL, IPV6_UNICAST_HOPS). Each router decrements it. Default: the system's, usually 64."
    8 Tos TOS 0..=255, "Type-of-service byte (IPv6: traffic class), 0 to 255 (IP_TOS, IPV6_TCLASS): DSCP in the upper six bits, ECN in the lower two. Default: 0."
    9 DontFragment DONT_FRAGMENT 0..=2, "Path MTU discovery (IP_MTU_DISCOVER). 0: fragment datagrams larger than the path MTU. 1: set DF; larger datagrams fail with UDP_ERR_MSGSIZE. 2: set DF and ignore the cached path MTU (for probing). Default: the system's, usually 0."
    10 PathMtu PATH_MTU READ_ONLY, "Path MTU to the connected peer as the system knows it, in bytes, IP header included (IP_MTU). Read only."
    11 Priority PRIORITY 0..=i32::MAX, "Queueing priority of sent datagrams (SO_PRIORITY); above 6 needs a privilege. On Linux, setting UDP_OPT_TOS changes it. Default: 0."
    12 Ipv6Only IPV6_ONLY 0..=1, "1: an IPv6 socket uses IPv6 only; 0: IPv4 as well (IPV6_V6ONLY). udp_open sets it; can be changed before udp_bind."
    13 ReuseAddress REUSE_ADDRESS 0..=1, "1 lets several sockets bind the same address and port; each receives the broadcast and multicast datagrams (SO_REUSEADDR). Set it before udp_bind. Default: 0."
    14 ReusePort REUSE_PORT 0..=1, "1 distributes the datagrams of one address and port over the sockets bound to it (SO_REUSEPORT). Set it before udp_bind. Default: 0."
    15 BindInterface BIND_INTERFACE 0..=i32::MAX, "Index of the only interface to send and receive on (SO_BINDTOIFINDEX); 0: all interfaces. Default: 0."
    16 MulticastTtl MULTICAST_TTL 0..=255, "Time to live (IPv6: hop limit) of multicast datagrams, 0 to 255 (IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS). 0: this machine only, 1: the local link only. Default: 1."
    17 MulticastLoop MULTICAST_LOOP 0..=1, "1 delivers sent multicast datagrams to members on this machine too (IP_MULTICAST_LOOP). Default: 1."
    18 MulticastInterface MULTICAST_INTERFACE 0..=i32::MAX, "Index of the interface that multicast datagrams leave through (IP_MULTICAST_IF); 0: chosen by the routing table. Default: 0."
    19 RecvPktinfo RECV_PKTINFO 0..=1, "1 reports the local address and the interface that each datagram arrived at, in udp_packet_info (IP_PKTINFO). Default: 0."
    20 RecvTimestamp RECV_TIMESTAMP 0..=1, "1 reports when the kernel received each datagram, in udp_packet_info.timestamp_ns (SO_TIMESTAMPNS). Default: 0."
    21 RecvTos RECV_TOS 0..=1, "1 reports each datagram's type-of-service byte, with ECN in its lower two bits, in udp_packet_info.tos (IP_RECVTOS). Default: 0."
    22 RecvErrors RECV_ERRORS 0..=1, "1 queues path errors (ICMP) per peer for udp_recv_error; no other call then fails because of them (IP_RECVERR). 0: only a connected socket reports them, in its next call. Default: 0."
    23 BusyPoll BUSY_POLL 0..=i32::MAX, "How long a wait busy-polls the device before it sleeps, in microseconds (SO_BUSY_POLL). Raising it needs a privilege. Default: the system's, usually 0."
    24 Spin SPIN 0..=10_000, "How long a receive looks for a datagram before it sleeps, in microseconds, at most 10,000. It saves the time that waking a thread takes, and tunes itself: while nothing comes in that time, fewer and shorter looks are made. A signal that arrives meanwhile ends the wait after the look (Linux). udp_poller_wait looks for as long as the largest value that a socket had when it was added. Default: 0."
}

impl SocketOption {
    /// The option of a number from C.
    pub fn from_number(number: i32) -> Option<SocketOption> {
        TABLE.iter().map(|row| row.option).find(|&option| option as i32 == number)
    }

    pub(crate) fn row(self) -> &'static Row {
        // The numbers are 1, 2, ... in the table's order: a test holds them to it.
        &TABLE[self as usize - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_consecutive_in_table_order() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.option as i32, index as i32 + 1, "{}", row.name);
            assert_eq!(SocketOption::from_number(row.option as i32), Some(row.option));
        }
        for number in [0, -1, TABLE.len() as i32 + 1, i32::MAX, i32::MIN] {
            assert_eq!(SocketOption::from_number(number), None);
        }
    }
}
