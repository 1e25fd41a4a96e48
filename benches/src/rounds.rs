//! How everything is measured: contenders take turns in short slices, and what is told is the median over the rounds.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

/// What is sent in one burst: it fits into the receive buffer, so nothing is ever dropped.
pub struct Load {
    /// Bytes of a datagram.
    pub size: usize,
    /// How many destinations they go to in turn.
    pub flows: usize,
    /// The burst in one piece.
    pub joined: Vec<u8>,
    /// The same datagrams, each in memory of its own.
    pub pieces: Vec<Box<[u8]>>,
}

impl Load {
    pub fn new(size: usize, flows: usize, count: usize) -> Load {
        let pieces: Vec<Box<[u8]>> = (0..count).map(|index| vec![index as u8; size].into()).collect();
        Load { size, flows, joined: pieces.concat(), pieces }
    }

    pub fn count(&self) -> usize {
        self.pieces.len()
    }

    /// Where the receiver is bound.
    pub fn local(&self) -> Ipv4Addr {
        if self.flows == 1 { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED }
    }

    /// Where the datagram of this number goes, if the receiver has this port: all of 127.0.0.0/8 is this machine.
    pub fn peer(&self, index: usize, port: u16) -> SocketAddrV4 {
        let flow = (index % self.flows) as u32;
        SocketAddrV4::new(Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) + flow), port)
    }

    fn all(&self) -> Seen {
        let mut seen = Seen::default();
        self.pieces.iter().for_each(|piece| seen.datagram(piece));
        seen
    }
}

/// What a receiver saw. Each datagram is looked at: its length and its first byte.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub datagrams: usize,
    bytes: usize,
    sum: usize,
}

impl Seen {
    #[inline]
    pub fn datagram(&mut self, data: &[u8]) {
        self.datagrams += 1;
        self.bytes += data.len();
        self.sum += usize::from(std::hint::black_box(data)[0]);
    }
}

/// One way to send a burst and to receive it again.
pub trait Contender {
    fn send(&mut self);
    /// Receives what is there.
    fn receive(&mut self, seen: &mut Seen);
}

/// One contender's times in nanoseconds per datagram, a value for each round.
#[derive(Default)]
pub struct Times {
    pub send: Vec<f64>,
    pub receive: Vec<f64>,
    pub both: Vec<f64>,
}

/// The contenders that a group of rounds compares.
pub type Field<'a> = Vec<(&'static str, Box<dyn Contender + 'a>)>;

/// How long a contender's turn takes.
const SLICE: Duration = Duration::from_micros(1500);

/// Lets all take turns for `rounds` rounds.
pub fn run(load: &Load, field: &mut Field<'_>, rounds: usize) -> Vec<Times> {
    let all = load.all();
    let mut times: Vec<Times> = field.iter().map(|_| Times::default()).collect();
    let mut bursts = vec![1; field.len()];
    let mut order: Vec<usize> = (0..field.len()).collect();
    let mut random = 1;
    // The first rounds warm up and find out how many bursts fill a slice.
    for round in 0..rounds + WARM_UP {
        shuffle(&mut order, &mut random);
        for &index in &order {
            let (name, contender) = &mut field[index];
            // Not counted: the caches, and the kernel's stock of buffers, are the contender's own then.
            burst(contender.as_mut(), &all, name);
            let (mut send, mut receive) = (Duration::ZERO, Duration::ZERO);
            for _ in 0..bursts[index] {
                let (sent, received) = burst(contender.as_mut(), &all, name);
                send += sent;
                receive += received;
            }
            let took = send + receive;
            if round < WARM_UP {
                let one = (took / bursts[index]).max(Duration::from_nanos(1));
                bursts[index] = (SLICE.as_nanos() / one.as_nanos()).clamp(1, 1000) as u32;
                continue;
            }
            let each =
                |time: Duration| time.as_nanos() as f64 / (f64::from(bursts[index]) * load.count() as f64);
            times[index].send.push(each(send));
            times[index].receive.push(each(receive));
            times[index].both.push(each(took));
        }
    }
    times
}

const WARM_UP: usize = 4;

/// Another order in each round, so that nobody follows the same neighbour each time; the same in each run.
fn shuffle(order: &mut [usize], random: &mut u64) {
    for last in (1..order.len()).rev() {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        order.swap(last, (*random >> 33) as usize % (last + 1));
    }
}

fn burst(contender: &mut dyn Contender, all: &Seen, name: &str) -> (Duration, Duration) {
    let mut seen = Seen::default();
    let start = Instant::now();
    contender.send();
    let sent = start.elapsed();
    contender.receive(&mut seen);
    let mut took = start.elapsed();
    // The kernel delivers on loopback before the send returns, unless it is so busy that it leaves that to a thread.
    while seen.datagrams < all.datagrams && took < Duration::from_secs(2) {
        contender.receive(&mut seen);
        took = start.elapsed();
    }
    assert_eq!(&seen, all, "{name}: not all datagrams arrived as they were sent");
    (sent, took - sent)
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The median of `a / b` in each round: what slows the machine down for a while slows both.
pub fn ratio(a: &[f64], b: &[f64]) -> f64 {
    median(&a.iter().zip(b).map(|(a, b)| a / b).collect::<Vec<_>>())
}
