//! Sending many datagrams: runs to one destination leave as one, the rest in as few system calls as it takes.

use std::cell::Cell;
use std::io::IoSlice;
use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::batch::{self, Limits};
use crate::error::{Code, Error, Result};
use crate::socket::{Events, MAX_IPV4, MAX_IPV6, Socket};
use crate::sys;

/// A datagram to send.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Its bytes.
    pub data: &'a [u8],
    /// Where it goes; `None` for the connected peer.
    pub to: Option<SocketAddr>,
}

/// What one entry of a system call sends: a datagram, or a super-datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a> {
    /// Its bytes: one piece, or one for each datagram.
    pub(crate) parts: &'a [IoSlice<'a>],
    /// Where it goes, as the system wants it.
    pub(crate) to: Option<SocketAddr>,
    /// How long its datagrams are, but for the last.
    pub(crate) segment: usize,
    /// How many there are.
    pub(crate) datagrams: usize,
    /// How many bytes in all.
    pub(crate) bytes: usize,
}

impl Message<'_> {
    /// Its datagrams, one by one.
    fn each(&self) -> impl Iterator<Item = &[u8]> {
        let joined = self.parts.len() == 1;
        self.parts.iter().flat_map(move |part| {
            // An empty piece is an empty datagram, which `chunks` would pass over.
            let size = if joined { self.segment } else { part.len() }.max(1);
            part.chunks(size).chain(part.is_empty().then_some(&[][..]))
        })
    }
}

/// What is left of super-datagrams when the system refuses them.
#[derive(Debug)]
pub(crate) struct Joining {
    segments: AtomicUsize,
    segment: AtomicUsize,
}

impl Joining {
    pub(crate) const fn new() -> Joining {
        Joining { segments: AtomicUsize::new(usize::MAX), segment: AtomicUsize::new(MAX_IPV4) }
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
            Code::Value if segments > sys::OLD_SEGMENTS => {
                self.segments.fetch_min(sys::OLD_SEGMENTS, Relaxed)
            }
            Code::Value => self.segment.fetch_min(segment - 1, Relaxed),
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
    pub fn send_batch(&self, packets: &[Outgoing<'_>]) -> Result<usize> {
        self.send_each(packets.len(), |index| Ok(packets[index]))
    }

    /// Sends `data` cut into datagrams of `segment` bytes, of which the last may be shorter, and says how many were
    /// sent. An error is returned if none could be.
    pub fn send_segments(&self, data: &[u8], segment: usize, to: Option<SocketAddr>) -> Result<usize> {
        if segment == 0 {
            return Err(Error::new(Code::Value, "a segment has at least one byte"));
        }
        let wire = self.check_send(segment.min(data.len()), to)?;
        let mut sent = 0;
        let mut rest = data;
        while !rest.is_empty() {
            let fit = self.joining().limits(self, wire).fit(segment) * segment;
            let mut parts = [IoSlice::new(&[]); sys::MESSAGES];
            let most = if to.is_some() { sys::MESSAGES } else { 1 };
            let mut count = 0;
            for (part, piece) in parts.iter_mut().zip(rest.chunks(fit)).take(most) {
                *part = IoSlice::new(piece);
                count += 1;
            }
            let mut messages = [EMPTY; sys::MESSAGES];
            for (message, part) in messages.iter_mut().zip(parts[..count].chunks(1)) {
                let bytes = part[0].len();
                let datagrams = batch::pieces(bytes, segment);
                *message = Message { parts: part, to: wire, segment, datagrams, bytes };
            }
            let (went, error) = self.send_messages(&messages[..count]);
            sent += went;
            match error {
                Some(error) if sent == 0 => return Err(error),
                Some(_) => break,
                None => rest = &rest[messages[..count].iter().map(|message| message.bytes).sum()..],
            }
        }
        Ok(sent)
    }

    /// [`Socket::send_batch`] for packets that are made as they are asked for.
    pub(crate) fn send_each<'a>(
        &self,
        count: usize,
        packet: impl Fn(usize) -> Result<Outgoing<'a>>,
    ) -> Result<usize> {
        let mut copies = COPIES.try_with(Cell::take).unwrap_or_default();
        let result = self.send_through(&mut copies, count, packet);
        let _ = COPIES.try_with(|place| place.set(copies));
        result
    }

    fn send_through<'a>(
        &self,
        copies: &mut Vec<u8>,
        count: usize,
        packet: impl Fn(usize) -> Result<Outgoing<'a>>,
    ) -> Result<usize> {
        let mut sent = 0;
        while sent < count {
            let mut parts = [IoSlice::new(&[]); PARTS];
            let mut plan = [Planned::default(); sys::MESSAGES];
            let planned = match self.plan(copies, &mut parts, &mut plan, sent..count, &packet) {
                Err(error) if sent == 0 => return Err(error),
                Err(_) => break,
                Ok(planned) => planned,
            };
            let mut messages = [EMPTY; sys::MESSAGES];
            let mut rest = &parts[..];
            for (message, plan) in messages.iter_mut().zip(&plan[..planned]) {
                let (these, later) = rest.split_at(plan.parts);
                let Planned { to, segment, datagrams, bytes, .. } = *plan;
                *message = Message { parts: these, to, segment, datagrams, bytes };
                rest = later;
            }
            let (went, error) = self.send_messages(&messages[..planned]);
            sent += went;
            match error {
                Some(error) if sent == 0 => return Err(error),
                Some(_) => break,
                None => {}
            }
        }
        Ok(sent)
    }

    /// Plans one system call for the packets of a range: which leave together, and where their bytes are.
    fn plan<'p, 'a: 'p>(
        &self,
        copies: &'p mut Vec<u8>,
        parts: &mut [IoSlice<'p>; PARTS],
        plan: &mut [Planned; sys::MESSAGES],
        range: std::ops::Range<usize>,
        packet: &impl Fn(usize) -> Result<Outgoing<'a>>,
    ) -> Result<usize> {
        let mut room: &'p mut [u8] = &mut [];
        let mut copies = Some(copies);
        let (mut next, mut planned, mut used) = (range.start, 0, 0);
        while next < range.end && planned < plan.len() && used < parts.len() {
            // An error ends the plan; it is told when it is the first packet's.
            let first = match packet(next)
                .and_then(|first| Ok((first, self.check_send(first.data.len(), first.to)?)))
            {
                Err(error) if planned == 0 => return Err(error),
                Err(_) => break,
                Ok(first) => first,
            };
            let (first, to) = first;
            let mut limits = self.joining().limits(self, to);
            let small = first.data.len() <= COPY;
            if !small {
                limits.segments = limits.segments.min(parts.len() - used);
            }
            let same =
                |index| packet(index).ok().filter(|packet| packet.to == first.to).map(|packet| packet.data);
            let lengths = (next..range.end).map_while(|index| same(index).map(<[u8]>::len));
            let datagrams = batch::run(lengths, limits);
            let run = || (next..next + datagrams).filter_map(same);
            let bytes = run().map(<[u8]>::len).sum();
            let pieces = if datagrams == 1 {
                parts[used] = IoSlice::new(first.data);
                1
            } else if small {
                if let Some(copies) = copies.take() {
                    if copies.is_empty() {
                        copies.try_reserve_exact(SCRATCH).map_err(|_| Error::from(Code::Memory))?;
                        copies.resize(SCRATCH, 0);
                    }
                    room = copies;
                }
                if bytes > room.len() {
                    break;
                }
                let (place, later) = mem::take(&mut room).split_at_mut(bytes);
                room = later;
                let mut at = 0;
                for data in run() {
                    place[at..at + data.len()].copy_from_slice(data);
                    at += data.len();
                }
                parts[used] = IoSlice::new(place);
                1
            } else {
                for (part, data) in parts[used..].iter_mut().zip(run()) {
                    *part = IoSlice::new(data);
                }
                datagrams
            };
            plan[planned] = Planned { parts: pieces, to, segment: first.data.len(), datagrams, bytes };
            planned += 1;
            used += pieces;
            next += datagrams;
            // sendmmsg swallows the error of a message that is not its first, and a connected socket's peer may have
            // refused an earlier datagram: there each message has a call of its own.
            if to.is_none() {
                break;
            }
        }
        Ok(planned)
    }

    /// Sends messages, one system call after the other: how many datagrams went, and what stopped it.
    fn send_messages(&self, messages: &[Message<'_>]) -> (usize, Option<Error>) {
        let (mut done, mut sent) = (0, 0);
        while done < messages.len() {
            let rest = &messages[done..];
            match self.retry(Events::WRITE, self.send_wait(), || sys::send_messages(self.descriptor(), rest))
            {
                Ok(went) => {
                    for message in &rest[..went] {
                        self.counts().sent.add(message.datagrams, message.bytes);
                        sent += message.datagrams;
                    }
                    done += went;
                }
                Err(error) if rest[0].datagrams > 1 && refusal(&error) => {
                    // The same datagrams go out plainly, at once.
                    let (went, plain_error) = self.send_plainly(&rest[0]);
                    sent += went;
                    if plain_error.is_some() {
                        return (sent, plain_error);
                    }
                    self.joining().learn(error.code(), rest[0].datagrams, rest[0].segment);
                    self.counts().refused.fetch_add(1, Relaxed);
                    done += 1;
                }
                Err(error) => return (sent, Some(error)),
            }
        }
        (sent, None)
    }

    fn send_plainly(&self, message: &Message<'_>) -> (usize, Option<Error>) {
        let mut sent = 0;
        for data in message.each() {
            let one = || sys::send(self.descriptor(), data, message.to);
            match self.retry(Events::WRITE, self.send_wait(), one) {
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

#[derive(Clone, Copy, Default)]
struct Planned {
    parts: usize,
    to: Option<SocketAddr>,
    segment: usize,
    datagrams: usize,
    bytes: usize,
}

const EMPTY: Message<'_> = Message { parts: &[], to: None, segment: 0, datagrams: 0, bytes: 0 };

impl Joining {
    /// Whether runs still leave as one.
    pub(crate) fn possible(&self, socket: &Socket) -> bool {
        self.limits(socket, None).segments > 1
    }
}
