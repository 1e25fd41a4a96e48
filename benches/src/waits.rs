//! Waits: round trips with and without a look before the sleep, one wait on many sockets, and threads on several cores.

use std::mem;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use udp::SocketOption;
use udp::ffi::types::{UDP_EVENT_READ, UDP_OPEN_REUSE_PORT, UDP_STEER_CPU, udp_addr, udp_poller, udp_ready};

use crate::bare::{recv_from, send_to};
use crate::calls::{Comparison, Peer, bare_socket, compare, descriptors, own_socket, ping_pong, ratios};
use crate::own::{Api, Own};
use crate::rounds::ratio;

/// The processors that this process may use.
fn processors() -> Vec<usize> {
    // SAFETY: all zero is a valid set, and the call gets its size.
    let allowed = unsafe {
        let mut allowed: libc::cpu_set_t = mem::zeroed();
        libc::sched_getaffinity(0, size_of_val(&allowed), &mut allowed);
        allowed
    };
    // SAFETY: a number within the set.
    (0..libc::CPU_SETSIZE as usize).filter(|&cpu| unsafe { libc::CPU_ISSET(cpu, &allowed) }).collect()
}

/// Keeps the calling thread on some processors.
fn pin(processors: &[usize]) {
    // SAFETY: all zero is a valid set, the numbers are within it, and the call gets its size.
    unsafe {
        let mut set: libc::cpu_set_t = mem::zeroed();
        processors.iter().for_each(|&cpu| libc::CPU_SET(cpu, &mut set));
        libc::sched_setaffinity(0, size_of_val(&set), &set);
    }
}

/// A round trip between two threads.
pub struct RoundTrips {
    /// Each where the system puts it.
    pub anywhere: Comparison,
    /// Each on a processor of its own, and this library with UDP_OPT_SPIN.
    pub spin: Option<Comparison>,
    /// Both on one processor, and this library with UDP_OPT_SPIN.
    pub spin_on_one: Comparison,
}

pub fn round_trips(api: &'static Api, rounds: usize) -> RoundTrips {
    let own = || [own_socket(api), own_socket(api)];
    let bare = [bare_socket(), bare_socket()];
    let spinning = own();
    for socket in &spinning {
        socket.set_option(SocketOption::Spin, 50);
    }
    let all = processors();
    let trips = |own: &[Own; 2], here: &[usize], there: &[usize]| {
        pin(here);
        let there = || pin(there);
        let done =
            compare(rounds, || ping_pong(&own[0], &own[1], there), || ping_pong(&bare[0], &bare[1], there));
        pin(&all);
        done
    };
    RoundTrips {
        anywhere: trips(&own(), &all, &all),
        spin: (all.len() > 1).then(|| trips(&spinning, &all[..1], &all[1..2])),
        spin_on_one: trips(&spinning, &all[..1], &all[..1]),
    }
}

/// One wait on many sockets.
pub struct Polled {
    /// How many sockets of each kind there are, and how many have a datagram.
    pub sockets: usize,
    pub active: usize,
    /// Nanoseconds per datagram of udp_poller_wait and udp_recvfrom, and of epoll_wait and recvfrom.
    pub times: Comparison,
}

struct Poller {
    api: &'static Api,
    handle: udp_poller,
    sockets: Vec<Own>,
}

impl Drop for Poller {
    fn drop(&mut self) {
        // SAFETY: no pointers.
        unsafe { (self.api.udp_poller_close)(self.handle) };
    }
}

pub fn polled(api: &'static Api, rounds: usize) -> Polled {
    const ACTIVE: usize = 100;
    const READY: usize = 128;
    // 10,000 of both kinds, if there are descriptors.
    let each = 10_000.min(descriptors().saturating_sub(200) / 2);
    let own = Poller {
        api,
        // SAFETY: no pointers.
        handle: unsafe { (api.udp_poller_open)() },
        sockets: (0..each).map(|_| own_socket(api)).collect(),
    };
    // SAFETY: no pointers; a new descriptor.
    let epoll = unsafe { OwnedFd::from_raw_fd(libc::epoll_create1(libc::EPOLL_CLOEXEC)) };
    let bare: Vec<_> = (0..each).map(|_| bare_socket()).collect();
    for (index, (own_one, bare_one)) in own.sockets.iter().zip(&bare).enumerate() {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: index as u64 };
        // SAFETY: an event that lives.
        unsafe {
            let added = (api.udp_poller_set)(own.handle, own_one.handle, UDP_EVENT_READ, index as u64);
            assert_eq!(added, 0, "udp_poller_set");
            let fd = bare_one.as_raw_fd();
            assert_eq!(libc::epoll_ctl(epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &mut event), 0);
        }
    }
    let own_addrs: Vec<_> = own.sockets.iter().map(Peer::addr).collect();
    let bare_addrs: Vec<_> = bare.iter().map(Peer::addr).collect();
    let (own_sender, bare_sender) = (own_socket(api), bare_socket());
    // Others in each round, the same in each run.
    let chosen = |random: &mut u64| {
        [(); ACTIVE].map(|()| {
            *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (*random >> 33) as usize % each
        })
    };
    let mut random = [1; 2];
    let [own_random, bare_random] = &mut random;
    let own_round = || {
        chosen(own_random).iter().for_each(|&index| own_sender.send_to(&[7; 64], &own_addrs[index]));
        let none = udp_ready { socket: 0, user_data: 0, events: 0, reserved: 0 };
        let (mut ready, mut buf, mut from) = ([none; READY], [0; 2048], udp_addr::NONE);
        let (start, mut got) = (Instant::now(), 0);
        while got < ACTIVE {
            // SAFETY: room for so many.
            let count = unsafe { (api.udp_poller_wait)(own.handle, ready.as_mut_ptr(), READY, 1000) };
            for ready in &ready[..usize::try_from(count).expect("ready sockets")] {
                // SAFETY: buffer and address are writable.
                let length = unsafe {
                    (api.udp_recvfrom)(ready.socket, buf.as_mut_ptr().cast(), buf.len(), &mut from, 0)
                };
                got += usize::from(length == 64);
            }
        }
        start.elapsed().as_nanos() as f64 / ACTIVE as f64
    };
    let bare_round = || {
        for index in chosen(bare_random) {
            send_to(bare_sender.as_raw_fd(), &[7; 64], &bare_addrs[index]);
        }
        let mut ready = [libc::epoll_event { events: 0, u64: 0 }; READY];
        let (mut buf, mut from) = ([0; 2048], bare_addrs[0]);
        let (start, mut got) = (Instant::now(), 0);
        while got < ACTIVE {
            // SAFETY: room for so many.
            let count =
                unsafe { libc::epoll_wait(epoll.as_raw_fd(), ready.as_mut_ptr(), READY as i32, 1000) };
            for event in &ready[..usize::try_from(count).expect("ready sockets")] {
                let socket = &bare[event.u64 as usize];
                let length = recv_from(socket.as_raw_fd(), &mut buf, &mut from, libc::MSG_DONTWAIT);
                got += usize::from(length == 64);
            }
        }
        start.elapsed().as_nanos() as f64 / ACTIVE as f64
    };
    // A round takes a tenth of a millisecond.
    let times = compare(rounds * 10, own_round, bare_round);
    Polled { sockets: each, active: ACTIVE, times }
}

/// Two threads, each on a processor of its own: how many times the rate of one thread they have together.
pub struct Cores {
    pub separate: f64,
    pub steered: f64,
    pub shared: f64,
}

/// None on a machine with one processor.
pub fn cores(api: &'static Api, rounds: usize) -> Option<Cores> {
    let processors = processors();
    if processors.len() < 2 {
        return None;
    }
    let separate = [own_socket(api), own_socket(api)];
    let first = Own::bound(api, UDP_OPEN_REUSE_PORT, Ipv4Addr::LOCALHOST);
    let second = Own::bound_at(api, UDP_OPEN_REUSE_PORT, Ipv4Addr::LOCALHOST, first.addr().port);
    // SAFETY: no pointers.
    assert_eq!(unsafe { (api.udp_steer)(first.handle, UDP_STEER_CPU, 0, 0, 2) }, 0);
    // The number of a processor, divided by 2, says which of the two gets its datagrams.
    let steered = if processors[0] % 2 == 0 { [&first, &second] } else { [&second, &first] };
    let shared = own_socket(api);
    let rate = |sockets: &[&Own]| bursts_at_once(api, sockets, &processors);
    let fields: [&[&Own]; 4] =
        [&[&separate[0]], &[&separate[0], &separate[1]], &steered, &[&shared, &shared]];
    let [one, separate, steered, shared] =
        ratios(rounds.div_ceil(4), fields.map(|field| move || rate(field)));
    let gain = |rates: &[f64]| ratio(rates, &one);
    Some(Cores { separate: gain(&separate), steered: gain(&steered), shared: gain(&shared) })
}

/// Datagrams per second of threads, each on a processor of its own, that send bursts to a socket and receive them again.
fn bursts_at_once(api: &'static Api, sockets: &[&Own], processors: &[usize]) -> f64 {
    const BURSTS: usize = 200;
    const BURST: usize = 16;
    let start = Barrier::new(sockets.len());
    let times: Vec<f64> = thread::scope(|scope| {
        let threads: Vec<_> = sockets
            .iter()
            .zip(processors)
            .map(|(socket, &processor)| {
                let start = &start;
                scope.spawn(move || {
                    pin(&[processor]);
                    let (sender, to) = (own_socket(api), socket.addr());
                    let (mut buf, mut from) = ([0; 2048], to);
                    start.wait();
                    let begin = Instant::now();
                    for _ in 0..BURSTS {
                        (0..BURST).for_each(|_| sender.send_to(&[7; 64], &to));
                        // As many as this thread has sent, though another may have sent some of them.
                        for _ in 0..BURST {
                            assert_eq!(socket.recv_from(&mut buf, &mut from, -1), 64);
                        }
                    }
                    begin.elapsed().as_secs_f64()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread")).collect()
    });
    times.iter().map(|time| (BURSTS * BURST) as f64 / time).sum()
}
