//! Sending many datagrams: runs to one destination leave as one, the rest in as few system calls as it takes.

use std::cell::Cell;
use std::io::IoSlice;
use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::error::{Code, Error, Result};
use crate::segment::{self, Limits};
use crate::socket::reply::{Pktinfo, SourceAddr};
use crate::socket::wait::Events;
use crate::socket::{MAX_IPV4, MAX_IPV6, Socket};
use crate::sys;

/// A datagram to send.
#[derive(Debug, Clone, Copy)]
pub struct Transmit<'a> {
    /// Its bytes.
    pub data: &'a [u8],
    /// Where it goes; `None` for the connected peer.
    pub to: Option<SocketAddr>,
}

/// Datagrams to send, that are made as they are asked for.
pub(crate) trait PacketSource<'a> {
    fn count(&self) -> usize;
    fn data(&self, index: usize) -> Result<&'a [u8]>;
    fn to(&self, index: usize) -> Result<Option<SocketAddr>>;
    fn same_peer(&self, index: usize, other: usize) -> bool;

    /// Where it leaves from; `None` is the system's choice. Packets of [`PacketSource::same_peer`] have the same.
    fn origin(&self, _index: usize) -> Result<Option<SourceAddr>> {
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

    fn origin(&self, index: usize) -> Result<Option<SourceAddr>> {
        Ok(Some(self[index].1))
    }
}

/// What one entry of a system call sends: a datagram, or a super-datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    /// Where it goes, as the system wants it.
    pub(crate) to: Option<SocketAddr>,
    /// Where it leaves from, if that is not the system's choice; then there is a destination.
    pub(crate) from: Option<Pktinfo>,
    /// How many pieces it is in: one, or one for each datagram.
    pub(crate) parts: usize,
    /// How long its datagrams are, but for the last.
    pub(crate) segment: usize,
    /// How many there are.
    pub(crate) datagrams: usize,
    /// How many bytes in all.
    pub(crate) bytes: usize,
}

impl Message {
    const NONE: Message = Message { to: None, from: None, parts: 0, segment: 0, datagrams: 0, bytes: 0 };

    /// Its datagrams, one by one.
    fn each<'p>(&self, parts: &'p [IoSlice<'_>]) -> impl Iterator<Item = &'p [u8]> {
        let (joined, segment) = (self.parts == 1, self.segment);
        parts[..self.parts].iter().flat_map(move |part| {
            // An empty piece is an empty datagram, which `chunks` would pass over.
            let size = if joined { segment } else { part.len() }.max(1);
            part.chunks(size).chain(part.is_empty().then_some(&[][..]))
        })
    }
}

/// The messages of one system call, and their pieces, one after the other.
struct Plan<'p> {
    messages: [Message; sys::MESSAGES],
    planned: usize,
    parts: [IoSlice<'p>; PARTS],
    used: usize,
}

impl<'p> Plan<'p> {
    fn new() -> Plan<'p> {
        Plan {
            messages: [Message::NONE; sys::MESSAGES],
            planned: 0,
            parts: [IoSlice::new(&[]); PARTS],
            used: 0,
        }
    }

    fn has_room(&self) -> bool {
        self.planned < self.messages.len() && self.used < self.parts.len()
    }

    /// Adds a message whose pieces were added before.
    fn push(&mut self, message: Message) {
        self.messages[self.planned] = message;
        self.planned += 1;
    }

    fn add(&mut self, part: &'p [u8]) {
        self.parts[self.used] = IoSlice::new(part);
        self.used += 1;
    }
}

/// What is left of super-datagrams when the system refuses them.
#[derive(Debug)]
pub(crate) struct GsoLimits {
    segments: AtomicUsize,
    segment: AtomicUsize,
}

impl GsoLimits {
    pub(crate) const fn new() -> GsoLimits {
        GsoLimits { segments: AtomicUsize::new(usize::MAX), segment: AtomicUsize::new(MAX_IPV4) }
    }

    fn limits(&self, socket: &Socket, to: Option<SocketAddr>) -> Limits {
        Limits {
            segments: self.segments.load(Relaxed).min(sys::segments(socket.descriptor())),
            segment: self.segment.load(Relaxed),
            bytes: if to.is_some_and(|to| to.is_ipv4()) { MAX_IPV4 } else { MAX_IPV6 },
        }
    }

    /// Learns from a refusal (udp_send_skb in net/ipv4/udp.c): EIO says that the device cannot do it, EINVAL that a
    /// segment is larger than the path takes, or that there are more of them than an older kernel knows.
    fn learn(&self, code: Code, segments: usize, segment: usize) {
        match code {
            Code::Invalid if segments > sys::OLD_SEGMENTS => {
                self.segments.fetch_min(sys::OLD_SEGMENTS, Relaxed)
            }
            Code::Invalid => self.segment.fetch_min(segment - 1, Relaxed),
            _ => self.segments.fetch_min(1, Relaxed),
        };
    }
}

/// Small pieces are copied together, because the kernel takes one large piece several times faster than many small
/// ones. Above this many bytes a piece, the copy costs more than it saves.
const COPY: usize = 1024;
/// Room for copies: several super-datagrams for one system call.
const SCRATCH: usize = 4 * 65_536;
/// How many pieces a system call takes; large datagrams are few in a super-datagram.
const PARTS: usize = 128;

thread_local! {
    /// Taken while a call uses it, so that a signal handler which sends finds none and makes its own.
    static COPIES: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Socket {
    /// Sends datagrams in their order, and says how many. An error is returned if the first could not be sent; else
    /// the next call, which begins with the one that failed, tells why. Waits for room like [`Socket::send_to`].
    pub fn send_batch(&self, packets: &[Transmit<'_>]) -> Result<usize> {
        self.send_outbox(packets)
    }

    /// [`Socket::send_batch`] in which each datagram leaves from an origin, as with [`Socket::reply`].
    pub fn reply_batch(&self, replies: &[(Transmit<'_>, SourceAddr)]) -> Result<usize> {
        self.send_outbox(replies)
    }

    /// Sends `data` cut into datagrams of `segment` bytes, of which the last may be shorter, and says how many were
    /// sent. An error is returned if none could be.
    pub fn send_segments(&self, data: &[u8], segment: usize, to: Option<SocketAddr>) -> Result<usize> {
        if segment == 0 {
            return Err(Error::new(Code::Invalid, "a segment has at least one byte"));
        }
        let to = self.check_send(segment.min(data.len()), to)?;
        let (mut sent, mut rest) = (0, data);
        while !rest.is_empty() {
            let fit = self.joining().limits(self, to).fit(segment) * segment;
            let mut plan = Plan::new();
            while plan.has_room() && !rest.is_empty() {
                let (part, later) = rest.split_at(fit.min(rest.len()));
                let (bytes, datagrams) = (part.len(), segment::pieces(part.len(), segment));
                plan.add(part);
                plan.push(Message { to, from: None, parts: 1, segment, datagrams, bytes });
                rest = later;
                if to.is_none() {
                    break;
                }
            }
            let (went, error) = self.send_plan(&plan);
            sent += went;
            match error {
                Some(error) if sent == 0 => return Err(error),
                Some(_) => break,
                None => {}
            }
        }
        Ok(sent)
    }

    /// [`Socket::send_batch`] for packets that are made as they are asked for.
    pub(crate) fn send_outbox<'a>(&self, packets: &(impl PacketSource<'a> + ?Sized)) -> Result<usize> {
        let mut copies = COPIES.try_with(Cell::take).unwrap_or_default();
        let result = self.send_through(&mut copies, packets);
        let _ = COPIES.try_with(|place| place.set(copies));
        result
    }

    fn send_through<'a>(
        &self,
        copies: &mut Vec<u8>,
        packets: &(impl PacketSource<'a> + ?Sized),
    ) -> Result<usize> {
        let mut sent = 0;
        while sent < packets.count() {
            let mut plan = Plan::new();
            // What stopped the plan is told when it was the first packet.
            let stopped = self.plan(&mut plan, copies, packets, sent).err();
            if plan.planned == 0 {
                return stopped.filter(|_| sent == 0).map_or(Ok(sent), Err);
            }
            let (went, error) = self.send_plan(&plan);
            sent += went;
            match error {
                Some(error) if sent == 0 => return Err(error),
                Some(_) => break,
                None => {}
            }
        }
        Ok(sent)
    }

    /// Plans one system call for the packets from `next` on: which leave together, and where their bytes are.
    fn plan<'p, 'a: 'p>(
        &self,
        plan: &mut Plan<'p>,
        copies: &'p mut Vec<u8>,
        packets: &(impl PacketSource<'a> + ?Sized),
        mut next: usize,
    ) -> Result<()> {
        if copies.is_empty() {
            copies.try_reserve_exact(SCRATCH).map_err(|_| Error::from(Code::Memory))?;
            copies.resize(SCRATCH, 0);
        }
        let mut room: &'p mut [u8] = copies;
        while next < packets.count() && plan.has_room() {
            let first = packets.data(next)?;
            let (to, from) = self.way(packets, next)?;
            let to = self.check_send(first.len(), to)?;
            let mut limits = self.joining().limits(self, to);
            let small = first.len() <= COPY;
            if small && room.len() < 2 * first.len() {
                break;
            }
            if small {
                limits.bytes = limits.bytes.min(room.len());
            } else {
                // A super-datagram that there are not pieces enough for is better left to the next system call.
                let pieces = plan.parts.len() - plan.used;
                if plan.planned > 0 && pieces < limits.fit(first.len()) {
                    break;
                }
                limits.segments = limits.segments.min(pieces);
            }
            // The packets to the same peer, each looked at once: what leaves together is put together on the way.
            let joins = |index| index < packets.count() && packets.same_peer(index, next);
            let data = |index| joins(index).then(|| packets.data(index).ok()).flatten();
            let mut message =
                Message { to, from, parts: 1, segment: first.len(), datagrams: 1, bytes: first.len() };
            if !joins(next + 1) {
                plan.add(first);
            } else if small {
                let mut filled = 0;
                let lengths = (next..).map_while(|index| {
                    let data = data(index)?;
                    // The one that ends a run is looked at too, and may be longer than what is left.
                    if let Some(place) = room.get_mut(filled..filled + data.len()) {
                        place.copy_from_slice(data);
                    }
                    filled += data.len();
                    Some(data.len())
                });
                message.datagrams = segment::run(lengths, limits);
                if message.datagrams == 1 {
                    plan.add(first);
                } else {
                    let last = packets.data(next + message.datagrams - 1)?.len();
                    message.bytes = (message.datagrams - 1) * message.segment + last;
                    let (place, later) = mem::take(&mut room).split_at_mut(message.bytes);
                    room = later;
                    plan.add(place);
                }
            } else {
                message.datagrams = segment::run((next..).map_while(data).map(<[u8]>::len), limits);
                message.parts = message.datagrams;
                let run = (next..next + message.datagrams).filter_map(data);
                message.bytes = run.inspect(|data| plan.add(data)).map(<[u8]>::len).sum();
            }
            next += message.datagrams;
            plan.push(message);
            // sendmmsg swallows the error of a message that is not its first, and a connected socket's peer may have
            // refused an earlier datagram: there each message has a call of its own.
            if to.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Where a packet goes and where it leaves from.
    fn way<'a>(
        &self,
        packets: &(impl PacketSource<'a> + ?Sized),
        index: usize,
    ) -> Result<(Option<SocketAddr>, Option<Pktinfo>)> {
        let to = packets.to(index)?;
        let Some(origin) = packets.origin(index)? else { return Ok((to, None)) };
        let to = to.map_or_else(|| self.peer_addr(), Ok)?;
        Ok((Some(to), Some(origin.departure(to)?)))
    }

    /// Sends what is planned, by more than one system call if it must be: how many datagrams went, and what stopped it.
    fn send_plan(&self, plan: &Plan<'_>) -> (usize, Option<Error>) {
        let (mut messages, mut parts) = (&plan.messages[..plan.planned], &plan.parts[..plan.used]);
        let mut sent = 0;
        while let Some(first) = messages.first() {
            let attempt = || sys::send_messages(self.descriptor(), messages, parts);
            let done = match self.retry(Events::WRITE, self.send_wait(), attempt) {
                Ok(done) => {
                    for message in &messages[..done] {
                        self.counts().sent.add(message.datagrams, message.bytes);
                        sent += message.datagrams;
                    }
                    done
                }
                Err(error)
                    if first.datagrams > 1 && refusal(&error)
                        || first.from.is_some_and(|from| from.explains(&error)) =>
                {
                    // The same datagrams go out plainly, at once.
                    let (went, plain_error) = self.send_plainly(first, parts);
                    sent += went;
                    if plain_error.is_some() {
                        return (sent, plain_error);
                    }
                    // What an origin may have been the reason of teaches nothing.
                    if !first.from.is_some_and(|from| from.explains(&error)) {
                        self.joining().learn(error.code(), first.datagrams, first.segment);
                        self.counts().refused.fetch_add(1, Relaxed);
                    }
                    1
                }
                Err(error) => return (sent, Some(error)),
            };
            parts = &parts[messages[..done].iter().map(|message| message.parts).sum()..];
            messages = &messages[done..];
        }
        (sent, None)
    }

    fn send_plainly(&self, message: &Message, parts: &[IoSlice<'_>]) -> (usize, Option<Error>) {
        let mut sent = 0;
        for data in message.each(parts) {
            let one = || sys::send(self.descriptor(), data, message.to);
            let done = match (message.from, message.to) {
                (Some(from), Some(to)) => self.depart(data, to, from),
                _ => self.retry(Events::WRITE, self.send_wait(), one),
            };
            match done {
                Ok(()) => self.counts().sent.add(1, data.len()),
                Err(error) => return (sent, Some(error)),
            }
            sent += 1;
        }
        (sent, None)
    }
}

/// Whether the system refused to cut a super-datagram, rather than to send at all.
fn refusal(error: &Error) -> bool {
    matches!(error.os(), sys::errno::EIO | sys::errno::EINVAL)
}

impl GsoLimits {
    /// Whether runs still leave as one.
    pub(crate) fn possible(&self, socket: &Socket) -> bool {
        self.limits(socket, None).segments > 1
    }
}
