//! Sending: one datagram, a batch, or one buffer split into segments. Datagrams of one size to one destination are sent as
//! a GSO super-datagram, the rest with as few system calls as possible.

use std::io::IoSlice;
use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;

use super::Socket;
use super::scratch::Scratch;
use crate::addr;
use crate::error::{Code, Error, Result};
use crate::options::SocketOption;
use crate::segment::{self, Limits, MAX_IPV4, MAX_IPV6};
use crate::sys::{self, List, errno};
use crate::types::{Events, MmsgEntry, Pktinfo, SourceAddr};

/// A datagram to send.
#[derive(Debug, Clone, Copy)]
pub struct Transmit<'a> {
    /// Its bytes.
    pub data: &'a [u8],
    /// The destination; `None` for the connected peer.
    pub to: Option<SocketAddr>,
}

/// Datagrams to send, each read from the caller's arrays when it is needed.
pub(crate) trait PacketSource<'a> {
    fn count(&self) -> usize;
    fn data(&self, index: usize) -> Result<&'a [u8]>;
    fn to(&self, index: usize) -> Result<Option<SocketAddr>>;

    /// Whether two packets have the same destination and source.
    fn same_peer(&self, index: usize, other: usize) -> bool;

    /// The source address; `None` lets the system choose.
    fn source(&self, _index: usize) -> Result<Option<SourceAddr>> {
        Ok(None)
    }
}

impl<'a> PacketSource<'a> for [Transmit<'a>] {
    fn count(&self) -> usize {
        self.len()
    }

    fn data(&self, index: usize) -> Result<&'a [u8]> {
        Ok(self[index].data)
    }

    fn to(&self, index: usize) -> Result<Option<SocketAddr>> {
        Ok(self[index].to)
    }

    fn same_peer(&self, index: usize, other: usize) -> bool {
        self[index].to == self[other].to
    }
}

impl<'a> PacketSource<'a> for [(Transmit<'a>, SourceAddr)] {
    fn count(&self) -> usize {
        self.len()
    }

    fn data(&self, index: usize) -> Result<&'a [u8]> {
        Ok(self[index].0.data)
    }

    fn to(&self, index: usize) -> Result<Option<SocketAddr>> {
        Ok(self[index].0.to)
    }

    fn same_peer(&self, index: usize, other: usize) -> bool {
        (self[index].0.to, self[index].1) == (self[other].0.to, self[other].1)
    }

    fn source(&self, index: usize) -> Result<Option<SourceAddr>> {
        Ok(Some(self[index].1))
    }
}

/// The datagrams of an entry, one by one.
fn datagrams<'p>(entry: &MmsgEntry, parts: &'p [IoSlice<'_>]) -> impl Iterator<Item = &'p [u8]> {
    let (contiguous, segment_size) = (entry.parts == 1, entry.segment_size);
    parts[..entry.parts].iter().flat_map(move |part| {
        // An empty part is an empty datagram, which `chunks` would skip.
        let size = if contiguous { segment_size } else { part.len() }.max(1);
        part.chunks(size).chain(part.is_empty().then_some(&[][..]))
    })
}

/// The entries of one system call, and their memory, one after the other.
struct Plan<'p> {
    entries: List<MmsgEntry, { sys::MAX_MESSAGES }>,
    parts: List<IoSlice<'p>, MAX_PARTS>,
}

impl Plan<'_> {
    fn new() -> Self {
        Plan { entries: List::new(), parts: List::new() }
    }

    fn has_room(&self) -> bool {
        self.entries.room() > 0 && self.parts.room() > 0
    }
}

/// Datagrams up to this size are copied together, larger ones are passed to the kernel as pieces of memory. A piece costs
/// the kernel about 25 ns, whatever its size; a copy costs 9 ns for each 100 bytes. Measured with 1,024 datagrams in
/// buffers of their own to one peer, nanoseconds for each (Xeon, Linux 6.18, loopback, send only):
///
/// | bytes  | 64 | 256 | 512 | 600 | 700 | 800 | 900 | 1200 |
/// |--------|----|-----|-----|-----|-----|-----|-----|------|
/// | copied | 18 |  32 |  49 |  56 |  66 |  78 |  91 |  145 |
/// | pieces | 42 |  46 |  59 |  66 |  73 |  77 |  88 |  142 |
const MAX_COPIED: usize = 700;
/// How many pieces of memory one system call takes: four super-datagrams of 1,200-byte pieces.
const MAX_PARTS: usize = 256;

impl Socket {
    /// Sends one datagram to `to` or to the connected peer. Waits for room in the send buffer until the send timeout
    /// ([`SocketOption::SendTimeout`]) expires.
    pub fn send_to(&self, data: &[u8], to: Option<SocketAddr>) -> Result<()> {
        self.send_to_after(None, data, to)
    }

    /// One attempt of [`Socket::send_to`], which makes one system call. `None` if more has to be done. A failure belongs to
    /// [`Socket::send_to_after`], because the system reports some only once.
    pub(crate) fn try_send_to(&self, data: &[u8], to: Option<SocketAddr>) -> Option<Result<()>> {
        let wire = self.check_send(data.len(), to).ok()?;
        self.is_plain().then(|| self.send_one(data, wire))
    }

    /// [`Socket::send_to`] after an attempt.
    pub(crate) fn send_to_after(
        &self,
        first: Option<Result<()>>,
        data: &[u8],
        to: Option<SocketAddr>,
    ) -> Result<()> {
        let wire = self.check_send(data.len(), to)?;
        let sent = self.retry_after(first, Events::WRITE, self.send_timeout(), || self.send_one(data, wire));
        sent.map_err(|error| self.explain_access(error, to))
    }

    fn send_one(&self, data: &[u8], to: Option<SocketAddr>) -> Result<()> {
        sys::send(&self.descriptor, data, to)?;
        self.counters.sent.add(1, data.len());
        Ok(())
    }

    /// Sends datagrams in order and returns how many were sent. If the first one fails, its error is returned. If a later
    /// one fails, call again with the remainder to get the error. Waits for room like [`Socket::send_to`].
    pub fn send_batch(&self, packets: &[Transmit<'_>]) -> Result<usize> {
        self.send_packets(packets)
    }

    /// [`Socket::send_batch`] with a source address for each datagram, as in [`Socket::reply`].
    pub fn reply_batch(&self, replies: &[(Transmit<'_>, SourceAddr)]) -> Result<usize> {
        self.send_packets(replies)
    }

    /// Sends `data` split into datagrams of `segment_size` bytes, of which the last may be shorter. Returns how many were
    /// sent, or an error if none was.
    pub fn send_segments(&self, data: &[u8], segment_size: usize, to: Option<SocketAddr>) -> Result<usize> {
        if segment_size == 0 {
            return Err(Error::new(
                Code::Invalid,
                format_args!("segment_size is 0; a segment has at least one byte"),
            ));
        }
        let to = self.check_send(segment_size.min(data.len()), to)?;
        let datagrams = if data.is_empty() { 0 } else { segment::count(data.len(), segment_size) };
        self.send_all(datagrams, |sent| {
            let mut plan = Plan::new();
            let bytes = self.gso_limits_to(to).fit(segment_size) * segment_size;
            for part in data[sent * segment_size..].chunks(bytes) {
                let (bytes, datagrams) = (part.len(), segment::count(part.len(), segment_size));
                plan.parts.push(IoSlice::new(part));
                plan.entries.push(MmsgEntry { to, from: None, parts: 1, segment_size, datagrams, bytes });
                if to.is_none() || !plan.has_room() {
                    break;
                }
            }
            self.send_plan(&plan)
        })
    }

    /// [`Socket::send_batch`] for packets from any source.
    pub(crate) fn send_packets<'a>(&self, packets: &(impl PacketSource<'a> + ?Sized)) -> Result<usize> {
        let mut scratch = Scratch::take()?;
        self.send_all(packets.count(), |sent| {
            let mut plan = Plan::new();
            // What ended the plan is reported when it concerns the first packet of a plan.
            let stopped = self.plan(&mut plan, &mut scratch, packets, sent).err();
            if plan.entries.is_empty() { (0, stopped) } else { self.send_plan(&plan) }
        })
    }

    /// Plans one system call for the packets from `next` on: which of them go together, and where their bytes are.
    fn plan<'p, 'a: 'p>(
        &self,
        plan: &mut Plan<'p>,
        scratch: &'p mut [u8],
        packets: &(impl PacketSource<'a> + ?Sized),
        mut next: usize,
    ) -> Result<()> {
        let mut room: &'p mut [u8] = scratch;
        while next < packets.count() && plan.has_room() {
            let first = packets.data(next)?;
            let (to, from) = self.route(packets, next)?;
            let to = self.check_send(first.len(), to)?;
            let mut entry =
                MmsgEntry { to, from, parts: 1, segment_size: first.len(), datagrams: 1, bytes: first.len() };
            let same_peer = |index| index < packets.count() && packets.same_peer(index, next);
            if !same_peer(next + 1) {
                plan.parts.push(IoSlice::new(first));
            } else {
                let mut limits = self.gso_limits_to(to);
                let copied = first.len() <= MAX_COPIED;
                let (most, parts) = (limits.fit(first.len()), plan.parts.room());
                // A super-datagram for which too little room is left waits for the next system call.
                let fits = if copied { most * first.len() <= room.len() } else { most <= parts };
                if !fits && !plan.entries.is_empty() {
                    break;
                }
                if copied {
                    limits.bytes = limits.bytes.min(room.len());
                } else {
                    limits.segments = limits.segments.min(parts);
                }
                // Each packet is looked at once: it is copied or added as soon as its length is known. So is the packet
                // that ends the run, which may be longer than the room.
                let (mut filled, parts_before) = (0, plan.parts.len());
                let lengths = (next..).map_while(|index| {
                    let data = if same_peer(index) { packets.data(index).ok()? } else { return None };
                    if copied {
                        if let Some(place) = room.get_mut(filled..filled + data.len()) {
                            place.copy_from_slice(data);
                        }
                        filled += data.len();
                    } else {
                        plan.parts.push(IoSlice::new(data));
                    }
                    Some(data.len())
                });
                entry.datagrams = segment::run(lengths, limits);
                let last = packets.data(next + entry.datagrams - 1)?.len();
                entry.bytes = (entry.datagrams - 1) * entry.segment_size + last;
                if copied {
                    let (place, later) = mem::take(&mut room).split_at_mut(entry.bytes);
                    room = later;
                    plan.parts.push(IoSlice::new(place));
                } else {
                    entry.parts = entry.datagrams;
                    plan.parts.truncate(parts_before + entry.parts);
                }
            }
            next += entry.datagrams;
            plan.entries.push(entry);
            // sendmmsg discards the error of an entry that is not its first, and on a connected socket that error may be
            // a pending refusal. So each entry to the connected peer has a system call of its own.
            if to.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The destination and the source of a packet.
    fn route<'a>(
        &self,
        packets: &(impl PacketSource<'a> + ?Sized),
        index: usize,
    ) -> Result<(Option<SocketAddr>, Option<Pktinfo>)> {
        let to = packets.to(index)?;
        let Some(source) = packets.source(index)? else { return Ok((to, None)) };
        let to = to.map_or_else(|| self.peer_addr(), Ok)?;
        Ok((Some(to), Some(source.pktinfo(to)?)))
    }

    /// Sends what is planned, with several system calls if necessary. Returns how many datagrams were sent, and what
    /// stopped it.
    fn send_plan(&self, plan: &Plan<'_>) -> (usize, Option<Error>) {
        let (mut entries, mut parts) = (&plan.entries[..], &plan.parts[..]);
        let mut sent = 0;
        while let Some(first) = entries.first() {
            let attempt = || sys::send_messages(&self.descriptor, entries, parts);
            let done = match self.retry(Events::WRITE, self.send_timeout(), attempt) {
                Ok(done) => {
                    let datagrams = entries[..done].iter().map(|entry| entry.datagrams).sum();
                    // Once, because the atomic additions take as long as the rest of the loop.
                    self.counters.sent.add(datagrams, entries[..done].iter().map(|entry| entry.bytes).sum());
                    sent += datagrams;
                    done
                }
                Err(error) => {
                    // The source address may have caused this error, so do not lower the GSO limits.
                    let by_source = first.from.is_some_and(|from| from.may_cause(error.code()));
                    let by_gso = !by_source && first.datagrams > 1 && is_gso_refusal(&error);
                    if !by_source && !by_gso {
                        return (sent, Some(self.explain_access(error, first.to)));
                    }
                    let (went, plain_error) = self.send_one_by_one(first, parts);
                    sent += went;
                    if plain_error.is_some() {
                        return (sent, plain_error);
                    }
                    if by_gso {
                        match error.os() {
                            errno::EIO => self.gso_limits.disable(),
                            errno::EINVAL => {
                                self.gso_limits.learn_invalid(first.datagrams, first.segment_size);
                            }
                            // EMSGSIZE is about this path: the segments to other peers may fit.
                            _ => {}
                        }
                        self.counters.offload_refused.fetch_add(1, Relaxed);
                    }
                    1
                }
            };
            parts = &parts[entries[..done].iter().map(|entry| entry.parts).sum()..];
            entries = &entries[done..];
        }
        (sent, None)
    }

    /// Sends the datagrams of an entry without GSO.
    fn send_one_by_one(&self, entry: &MmsgEntry, parts: &[IoSlice<'_>]) -> (usize, Option<Error>) {
        let mut sent = 0;
        for data in datagrams(entry, parts) {
            let done = match (entry.from, entry.to) {
                (Some(from), Some(to)) => self.send_with_pktinfo(data, to, from),
                _ => self.retry(Events::WRITE, self.send_timeout(), || {
                    sys::send(&self.descriptor, data, entry.to)
                }),
            };
            match done {
                Ok(()) => self.counters.sent.add(1, data.len()),
                Err(error) => return (sent, Some(error)),
            }
            sent += 1;
        }
        (sent, None)
    }

    /// Checks the length and the destination, and returns the destination as the system calls take it.
    pub(super) fn check_send(&self, length: usize, to: Option<SocketAddr>) -> Result<Option<SocketAddr>> {
        self.check_length(length, to)?;
        to.map(|to| self.to_peer(to)).transpose()
    }

    pub(super) fn check_length(&self, length: usize, to: Option<SocketAddr>) -> Result<()> {
        let v4 = to.map_or(!self.ipv6, |to| addr::unmap(to).is_ipv4());
        let limit = if v4 { MAX_IPV4 } else { MAX_IPV6 };
        if length > limit && !(to.is_none() && self.peer_addr()?.is_ipv4() && length <= MAX_IPV4) {
            let family = if v4 { "IPv4" } else { "IPv6" };
            return Err(Error::new(
                Code::MessageSize,
                format_args!("{length} bytes; an {family} datagram has at most {limit}"),
            ));
        }
        Ok(())
    }

    /// Says what to do if the system refused a datagram to a broadcast address (EACCES, sendto(2)).
    pub(super) fn explain_access(&self, error: Error, to: Option<SocketAddr>) -> Error {
        match to {
            Some(to) if error.os() == errno::EACCES && self.get_option(SocketOption::Broadcast) == Ok(0) => {
                let to = addr::display(to);
                error.with_context(format_args!(
                    "to broadcast to {to}, set UDP_OPT_BROADCAST to 1 or use udp_broadcast"
                ))
            }
            _ => error,
        }
    }

    /// Sends in as many steps as necessary. `send_some` sends a few datagrams after the first so many, and returns how many it
    /// sent and what stopped it. An error before the first datagram is returned. A later one ends the batch: the first
    /// datagram of the remainder meets it again, unless it was a pending error of the connected peer, which is kept.
    fn send_all(
        &self,
        datagrams: usize,
        mut send_some: impl FnMut(usize) -> (usize, Option<Error>),
    ) -> Result<usize> {
        let mut sent = 0;
        while sent < datagrams {
            let (went, error) = send_some(sent);
            sent += went;
            match error {
                Some(error) if sent == 0 => return Err(error),
                Some(error) => {
                    let pending = matches!(error.code(), Code::Refused | Code::Unreachable);
                    if pending && self.peer_addr().is_ok() {
                        self.keep_error(&error);
                    }
                    break;
                }
                None => {}
            }
        }
        Ok(sent)
    }

    fn gso_limits_to(&self, to: Option<SocketAddr>) -> Limits {
        self.gso_limits.get(sys::max_segments(&self.descriptor), to.is_some_and(|to| to.is_ipv4()))
    }
}

/// Whether the kernel refused GSO, rather than the datagrams. Segments larger than the path MTU are EINVAL or, since Linux
/// 6.12, EMSGSIZE, although each of them alone would be fragmented (udp_send_skb in net/ipv4/udp.c).
fn is_gso_refusal(error: &Error) -> bool {
    matches!(error.os(), errno::EIO | errno::EINVAL | errno::EMSGSIZE)
}
