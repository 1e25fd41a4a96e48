//! The tables that a reader gets, and which goals were met.

use std::fmt::Write;

use crate::calls::{Comparison, Crowd};
use crate::rounds::{Times, median, ratio};
use crate::waits::{Cores, Polled, RoundTrips};

pub const SEGMENTS: &str = "libudp send_segments";
pub const BATCH: &str = "libudp send_batch";
pub const COALESCING: &str = "libudp send_batch, coalescing";
pub const GROUPED: &str = "libudp grouped";
pub const GROUPED_COALESCING: &str = "libudp grouped, coalescing";
pub const QUINN: &str = "quinn-udp";
pub const MMSG: &str = "sendmmsg/recvmmsg";
pub const UV: &str = "libuv";
pub const BARE: &str = "sendto/recvfrom";

/// The contenders of one size and number of flows.
pub struct Group {
    pub size: usize,
    pub flows: usize,
    pub rows: Vec<(&'static str, Times)>,
}

impl Group {
    fn times(&self, name: &str) -> &Times {
        &self.rows.iter().find(|(row, _)| *row == name).expect("a contender").1
    }

    fn both(&self, name: &str) -> &[f64] {
        &self.times(name).both
    }

    /// The best of the contenders whose names begin so, by one of its times.
    fn best(&self, start: &str, by: fn(&Times) -> &[f64]) -> Option<&[f64]> {
        let some = self.rows.iter().filter(|(name, _)| name.starts_with(start)).map(|(_, times)| by(times));
        some.min_by(|a, b| median(a).total_cmp(&median(b)))
    }

    /// What the others are compared with: what a user of this library takes here.
    pub fn own(&self) -> &'static str {
        self.rows[0].0
    }
}

pub struct Calls {
    pub single: Comparison,
    pub round_trips: RoundTrips,
    pub two_threads: Comparison,
    pub crowd: Crowd,
    pub polled: Polled,
    pub cores: Option<Cores>,
}

/// A line of the Python part: flows, contender, nanoseconds per datagram, and how many times as fast as `socket`.
pub struct PythonRow {
    pub flows: usize,
    pub name: String,
    pub both: f64,
    pub gain: f64,
}

/// Reads what benches/python/bench.py printed: a line for each contender, fields between tabs.
pub fn python(text: &str) -> Vec<PythonRow> {
    let row = |line: &str| {
        let mut fields = line.split('\t');
        Some(PythonRow {
            flows: fields.next()?.parse().ok()?,
            name: fields.next()?.to_string(),
            both: fields.next()?.parse().ok()?,
            gain: fields.next()?.parse().ok()?,
        })
    };
    text.lines().filter_map(row).collect()
}

/// The head of the rows with that many flows, which says how they are driven.
pub fn python_head(flows: usize) -> String {
    let driver = if flows == 1 { "one flow".into() } else { format!("echo to {flows} senders") };
    format!("Python, 64 bytes, {driver}")
}

/// Reads the goals that benches/python/calls.py and programs.py printed.
pub fn python_goals(text: &str) -> Vec<Goal> {
    let goal = |line: &str| match line.split('\t').collect::<Vec<_>>()[..] {
        ["goal", name, value, "most", most] => {
            Some(Goal(name.into(), value.parse().ok()?, Bound::Most(most.parse().ok()?)))
        }
        ["goal", name, value, "least", least] => {
            Some(Goal(name.into(), value.parse().ok()?, Bound::Least(least.parse().ok()?)))
        }
        _ => None,
    };
    text.lines().filter_map(goal).collect()
}

pub struct Report {
    pub count: usize,
    pub rounds: usize,
    pub groups: Vec<Group>,
    /// Few and many datagrams to each of many peers in turn.
    pub in_turn: [Group; 2],
    pub calls: Calls,
    pub python: Vec<PythonRow>,
    pub python_goals: Vec<Goal>,
}

/// A goal: what was measured, and the bound that it has to keep.
#[derive(Clone)]
pub struct Goal(String, f64, Bound);

#[derive(Clone, Copy)]
pub enum Bound {
    Least(f64),
    Most(f64),
}

impl Report {
    pub fn text(&self) -> String {
        let mut text = format!(
            "Send and receive on loopback, nanoseconds per datagram: medians of {} rounds in which the contenders \
             take turns\nwith bursts of {}. \"ratio\" is the contender's time over that of this library's first row, \
             the median of the\nrounds' own ratios: above 1, this library is faster. Every datagram is checked. See \
             benches/ for how each is driven.\n",
            self.rounds, self.count
        );
        for group in self.groups.iter().chain(&self.in_turn) {
            let flows = if group.flows == 1 { "one flow".into() } else { format!("{} flows", group.flows) };
            let head = format!("{} bytes, {flows}", group.size);
            let _ = writeln!(text, "\n{head:32}{:>9}{:>9}{:>9}{:>9}", "send", "receive", "both", "ratio");
            for (name, times) in &group.rows {
                let [send, receive, both] = [&times.send, &times.receive, &times.both].map(|one| median(one));
                let times_own = ratio(&times.both, group.both(group.own()));
                let _ = writeln!(text, "{name:32}{send:9.1}{receive:9.1}{both:9.1}{times_own:9.2}");
            }
        }
        let _ =
            writeln!(text, "\n{:52}{:>9}{:>9}{:>9}", "64 bytes, nanoseconds", "libudp", "system", "ratio");
        let Calls { single, round_trips, two_threads, crowd, polled, cores } = &self.calls;
        let mut line = |name: String, Comparison { own, bare, ratio }: &Comparison| {
            let _ = writeln!(text, "{name:52}{own:9.0}{bare:9.0}{ratio:9.3}");
        };
        line("udp_sendto + udp_recvfrom, per datagram".into(), single);
        line("round trip between two blocked threads".into(), &round_trips.anywhere);
        if let Some(spin) = &round_trips.spin {
            line("round trip, a processor each, UDP_OPT_SPIN".into(), spin);
        }
        line("round trip, both on one processor, UDP_OPT_SPIN".into(), &round_trips.spin_on_one);
        line("two threads on one socket, per datagram".into(), two_threads);
        line(format!("calls in turn on {} open sockets", crowd.each), &crowd.turns);
        line(format!("libudp: {} other sockets open, and none", crowd.sockets), &crowd.idle);
        line(
            format!("one wait on {} sockets, {} of them ready", polled.sockets, polled.active),
            &polled.times,
        );
        if let Some(Cores { separate, steered, shared }) = cores {
            let _ = writeln!(
                text,
                "\n{:70}{:>9}",
                "Two threads, a processor each: rate over one thread", "times"
            );
            for (name, rate) in [
                ("a socket each", separate),
                ("sockets of one port, steered by processor", steered),
                ("one socket for both", shared),
            ] {
                let _ = writeln!(text, "{name:70}{rate:9.2}");
            }
        }
        self.python_text(&mut text);
        self.goals_text(&mut text);
        text + LIMITS
    }

    fn python_text(&self, text: &mut String) {
        for flows in [1, 1000] {
            let mut rows = self.python.iter().filter(|row| row.flows == flows).peekable();
            if rows.peek().is_some() {
                let head = python_head(flows);
                let _ = writeln!(text, "\n{head:50}{:>9}{:>18}", "both", "socket's time over");
            }
            for row in rows {
                let _ = writeln!(text, "{:50}{:9.0}{:18.2}", row.name, row.both, row.gain);
            }
        }
    }

    fn goals_text(&self, text: &mut String) {
        let _ = writeln!(text, "\nGoals{:>69}{:>8}", "measured", "goal");
        for Goal(name, value, bound) in self.goals() {
            let (sign, goal, met) = match bound {
                Bound::Least(least) => ("≥", least, value >= least),
                Bound::Most(most) => ("≤", most, value <= most),
            };
            let verdict = if met {
                "met".into()
            } else {
                format!("missed by {:.0} %", (value / goal - 1.0).abs() * 100.0)
            };
            let _ = writeln!(text, "{name:66}{value:8.2}  {sign} {goal:4}  {verdict}");
        }
    }

    fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        let mut goal = |name: String, value: f64, bound| goals.push(Goal(name, value, bound));
        let group = |flows, size| self.groups.iter().find(|group| (group.flows, group.size) == (flows, size));
        for size in [64, 1200] {
            let Some(group) = group(1, size) else { continue };
            if let Some(best) = group.best("GSO", |times| &times.both) {
                let name = format!("one flow, {size} bytes: rate over the best hand-written");
                goal(name, ratio(best, group.both(SEGMENTS)), Bound::Least(0.95));
            }
            if let Some(best) = group.best("GSO gather", |times| &times.send) {
                let name = format!("one flow, scattered {size} bytes: send rate over gather GSO");
                goal(name, ratio(best, &group.times(COALESCING).send), Bound::Least(1.0));
            }
        }
        if let Some(group) = group(1, 64) {
            for (name, least) in [(QUINN, 1.3), (BARE, 30.0), (UV, 30.0)] {
                let rate = ratio(group.both(name), group.both(SEGMENTS));
                goal(format!("one flow, 64 bytes: rate over {name}"), rate, Bound::Least(least));
            }
        }
        for group in self.groups.iter().filter(|group| group.flows > 1) {
            let name = format!("{} flows, {} bytes: rate over {MMSG}", group.flows, group.size);
            goal(name, ratio(group.both(MMSG), group.both(BATCH)), Bound::Least(0.98));
        }
        for (group, most) in self.in_turn.iter().zip([0.65, 0.45]) {
            let (flows, each) = (group.flows, self.count / group.flows);
            let name = format!("{flows} flows in turn, {each} each, grouped: time over {MMSG}");
            goal(name, ratio(group.both(GROUPED), group.both(MMSG)), Bound::Most(most));
        }
        let Calls { single, round_trips, two_threads, crowd, polled, .. } = &self.calls;
        goal("single calls: cost over the system's".into(), single.ratio, Bound::Most(1.05));
        goal(
            "round trip of blocked threads: cost over the system's".into(),
            round_trips.anywhere.ratio,
            Bound::Most(1.12),
        );
        if let Some(spin) = &round_trips.spin {
            let name = "round trip, a processor each, with spin: cost over the system's";
            goal(name.into(), spin.ratio, Bound::Most(0.15));
        }
        let name = "round trip on one processor, with spin: cost over the system's";
        goal(name.into(), round_trips.spin_on_one.ratio, Bound::Most(1.25));
        let name = format!("one wait on {} sockets: cost over epoll, recvfrom", polled.sockets);
        goal(name, polled.times.ratio, Bound::Most(1.1));
        let rate = 1.0 / two_threads.ratio;
        goal("two threads on one socket: rate over the system's".into(), rate, Bound::Least(0.95));
        let name = format!("a call with {} open sockets: cost over one without", crowd.sockets);
        goal(name, crowd.idle.ratio, Bound::Most(1.1));
        for (flows, name, least) in [(1, "bytes", 10.0), (1, "zero-copy", 25.0)] {
            let best = self.python.iter().filter(|row| row.flows == flows && row.name.contains(name));
            if let Some(best) = best.map(|row| row.gain).max_by(f64::total_cmp) {
                let name = format!("Python batch, {name}, {flows} flows: rate over socket");
                goal(name, best, Bound::Least(least));
            }
        }
        goals.extend(self.python_goals.iter().cloned());
        goals
    }
}

const LIMITS: &str = "
How each is driven:
libudp send_segments        one call with one buffer; udp_recv_segments, UDP_OPEN_COALESCE, 16 blocks of 64 KiB
libudp send_batch           one call, a buffer for each datagram; udp_recv_batch, 64 places of 2 KiB, or with \"coalescing\"
                            256 packets in 16 blocks
libudp grouped              the packets are filled in, then udp_group_packets and udp_send_batch; received as send_batch
libudp single calls         udp_sendto and udp_recvfrom for each datagram, timeout 0
GSO contiguous, gather      sendmmsg of up to 16 super-datagrams with so many segments, from one buffer or from a list of
                            one piece for each datagram, made once; recvmmsg of 16 blocks
quinn-udp                   as many datagrams in a Transmit as its max_gso_segments; recv into its BATCH_SIZE buffers
sendmmsg/recvmmsg           64 messages with each call, all arrays made once
libuv                       uv_udp_try_send2 with 20 datagrams at a time; UV_UDP_RECVMMSG with 20 buffers of 64 KiB
sendto/recvfrom             one call for each datagram
round trips                 the system: blocking sockets, recvfrom
one wait on many sockets    udp_poller_wait with room for 128, then one udp_recvfrom for each that is ready; the system:
                            epoll_wait with room for 128, level-triggered, then one recvfrom with MSG_DONTWAIT

What this cannot tell: loopback is no network card. Nothing is serialised, checksummed, cut by hardware or waited for,
no interrupt comes, and the kernel hands a super-datagram from sender to receiver uncut. Send and receive happen on one
core, one after the other. On a wire the differences between the system calls stay, those of large buffers shrink.
";
