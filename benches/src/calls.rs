//! Single calls of this library against the system calls: one thread, two threads in turn, two threads on one socket,
//! and many open sockets.

use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Release},
};
use std::thread;
use std::time::Instant;

use libc::{rlimit, sockaddr_in};
use udp::ffi::types::udp_addr;

use crate::bare::{BUFFER, Bare, option, raw_v4, recv_from, send_to};
use crate::own::{Api, Calls, Own};
use crate::rounds::{Contender, Load, median, ratio, run};

/// One comparison: nanoseconds per datagram or round trip of this library and of the system calls, and the median of
/// the rounds' ratios.
pub struct Comparison {
    pub own: f64,
    pub bare: f64,
    pub ratio: f64,
}

pub fn compare(rounds: usize, mut own: impl FnMut() -> f64, mut bare: impl FnMut() -> f64) -> Comparison {
    let (mut owns, mut bares) = (Vec::new(), Vec::new());
    for round in 0..rounds + 1 {
        // Who comes first changes, and the first round warms up.
        let (a, b) = if round % 2 == 0 {
            let a = own();
            (a, bare())
        } else {
            let b = bare();
            (own(), b)
        };
        if round > 0 {
            owns.push(a);
            bares.push(b);
        }
    }
    Comparison { own: median(&owns), bare: median(&bares), ratio: ratio(&owns, &bares) }
}

/// What each measurement gave, in rounds in which they take turns. The first round warms up.
pub fn ratios<const N: usize>(rounds: usize, mut field: [impl FnMut() -> f64; N]) -> [Vec<f64>; N] {
    let mut values = [(); N].map(|()| Vec::new());
    for round in 0..rounds + 1 {
        for place in 0..N {
            let index = (place + round) % N;
            let value = field[index]();
            if round > 0 {
                values[index].push(value);
            }
        }
    }
    values
}

/// udp_sendto and udp_recvfrom of what is there, against sendto and recvfrom.
pub fn single(api: &'static Api, rounds: usize) -> Comparison {
    let load = Load::new(64, 1, 512);
    let mut field: Vec<(_, Box<dyn Contender>)> =
        vec![("own", Box::new(Calls::new(&load, api))), ("bare", Box::new(Bare::new(&load)))];
    let times = run(&load, &mut field, rounds * 4);
    let [own, bare] = [&times[0].both, &times[1].both];
    Comparison { own: median(own), bare: median(bare), ratio: ratio(own, bare) }
}

/// A socket of either kind: what the threads below need of it. `receive` waits for ever.
pub trait Peer: Sync {
    type Addr: Copy + Send + Sync;
    fn addr(&self) -> Self::Addr;
    fn send(&self, data: &[u8], to: &Self::Addr);
    fn receive(&self, buf: &mut [u8], from: &mut Self::Addr) -> usize;
}

impl Peer for Own {
    type Addr = udp_addr;
    fn addr(&self) -> udp_addr {
        Own::addr(self)
    }
    #[inline]
    fn send(&self, data: &[u8], to: &udp_addr) {
        self.send_to(data, to);
    }
    #[inline]
    fn receive(&self, buf: &mut [u8], from: &mut udp_addr) -> usize {
        let got = self.recv_from(buf, from, -1);
        usize::try_from(got).unwrap_or_else(|_| panic!("udp_recvfrom: {got}"))
    }
}

/// A blocking descriptor.
impl Peer for UdpSocket {
    type Addr = sockaddr_in;
    fn addr(&self) -> sockaddr_in {
        raw_v4(self.local_addr().expect("an address"))
    }
    #[inline]
    fn send(&self, data: &[u8], to: &sockaddr_in) {
        send_to(self.as_raw_fd(), data, to);
    }
    #[inline]
    fn receive(&self, buf: &mut [u8], from: &mut sockaddr_in) -> usize {
        usize::try_from(recv_from(self.as_raw_fd(), buf, from, 0)).expect("a datagram")
    }
}

pub fn own_socket(api: &'static Api) -> Own {
    Own::bound(api, 0, Ipv4Addr::LOCALHOST)
}

pub fn bare_socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    option(&socket, libc::SOL_SOCKET, libc::SO_RCVBUF, BUFFER).expect("SO_RCVBUF");
    socket
}

/// Nanoseconds per round trip of a datagram between two threads that block in their receives. `begin` is called by the
/// second one.
pub fn ping_pong<P: Peer>(here: &P, there: &P, begin: impl FnOnce() + Send) -> f64 {
    const TRIPS: usize = 1000;
    let (to, mut from) = (there.addr(), here.addr());
    thread::scope(|scope| {
        scope.spawn(|| {
            begin();
            let mut buf = [0; 2048];
            let mut from = here.addr();
            for _ in 0..TRIPS + 1 {
                let got = there.receive(&mut buf, &mut from);
                there.send(&buf[..got], &from);
            }
        });
        let mut buf = [0; 2048];
        let mut trip = || {
            here.send(&[7; 64], &to);
            assert_eq!(here.receive(&mut buf, &mut from), 64);
        };
        // The first one waits until the other thread runs.
        trip();
        let start = Instant::now();
        (0..TRIPS).for_each(|_| trip());
        start.elapsed().as_nanos() as f64 / TRIPS as f64
    })
}

/// Nanoseconds per datagram where one thread sends to the socket itself and another receives, at most a window behind.
fn two_threads<P: Peer>(socket: &P) -> f64 {
    const COUNT: usize = 20_000;
    const WINDOW: usize = 1000;
    let to = socket.addr();
    let received = AtomicUsize::new(0);
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut buf, mut from) = ([0; 2048], to);
            for count in 1..=COUNT {
                assert_eq!(socket.receive(&mut buf, &mut from), 64);
                // Seldom, so that the counter's cache line is no part of what is measured.
                if count % 64 == 0 {
                    received.store(count, Release);
                }
            }
        });
        for count in 0..COUNT {
            while count > received.load(Acquire) + WINDOW {
                thread::yield_now();
            }
            socket.send(&[7; 64], &to);
        }
    });
    start.elapsed().as_nanos() as f64 / COUNT as f64
}

pub fn two_threads_on_one(api: &'static Api, rounds: usize) -> Comparison {
    let (own, bare) = (own_socket(api), bare_socket());
    compare(rounds, || two_threads(&own), || two_threads(&bare))
}

/// Nanoseconds per datagram of a burst from one socket to another.
fn burst<P: Peer>(sender: &P, receiver: &P) -> f64 {
    const COUNT: usize = 1000;
    let (to, mut buf) = (receiver.addr(), [0; 2048]);
    let mut from = to;
    let start = Instant::now();
    for _ in 0..COUNT {
        sender.send(&[7; 64], &to);
    }
    for _ in 0..COUNT {
        assert_eq!(receiver.receive(&mut buf, &mut from), 64);
    }
    start.elapsed().as_nanos() as f64 / COUNT as f64
}

/// What many open sockets cost a call.
pub struct Crowd {
    /// How many were opened.
    pub sockets: usize,
    /// A call on one pair of sockets while so many are open (`own`), and while none is (`bare`).
    pub idle: Comparison,
    /// How many of each kind the next line has.
    pub each: usize,
    /// Calls that go through all of them in turn: this library's sockets, and as many descriptors.
    pub turns: Comparison,
}

/// Raises the limit of descriptors as far as it goes, and says how many there may be.
pub fn descriptors() -> usize {
    let mut limit = rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: room for the limits.
    unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
    }
    usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX)
}

pub fn crowd(api: &'static Api, rounds: usize) -> Crowd {
    let sockets = 10_000.min(descriptors().saturating_sub(100));
    let open = || (0..sockets).map(|_| Own::bound(api, 0, Ipv4Addr::LOCALHOST)).collect::<Vec<_>>();
    let pair = [own_socket(api), own_socket(api)];
    let many_bursts = || median(&(0..9).map(|_| burst(&pair[0], &pair[1])).collect::<Vec<_>>());
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..rounds.div_ceil(4) {
        without.push(many_bursts());
        let crowd = open();
        with.push(many_bursts());
        drop(crowd);
    }
    let idle = Comparison { own: median(&with), bare: median(&without), ratio: ratio(&with, &without) };

    // Half of the descriptors for each kind.
    let each = (sockets / 2).min(descriptors() / 2 - 100);
    let own: Vec<_> = (0..each).map(|_| own_socket(api)).collect();
    let bare: Vec<_> = (0..each).map(|_| bare_socket()).collect();
    let turns = compare(rounds.div_ceil(4), || turn(&own), || turn(&bare));
    Crowd { sockets, idle, each, turns }
}

/// Each socket sends to the next, which receives.
fn turn<P: Peer>(sockets: &[P]) -> f64 {
    let addrs: Vec<_> = sockets.iter().map(Peer::addr).collect();
    let (mut buf, mut from) = ([0; 2048], addrs[0]);
    let start = Instant::now();
    for (index, socket) in sockets.iter().enumerate() {
        let next = (index + 1) % sockets.len();
        socket.send(&[7; 64], &addrs[next]);
        assert_eq!(sockets[next].receive(&mut buf, &mut from), 64);
    }
    start.elapsed().as_nanos() as f64 / sockets.len() as f64
}
