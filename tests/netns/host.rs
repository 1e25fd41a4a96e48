//! Hosts in network namespaces. Each has a thread, which runs its code in its network.
//!
//! Each test runs in a process that `unshare` gives a first namespace, so that tests need no privilege where users may
//! make namespaces, do not affect each other, and leave nothing behind.

use std::env;
use std::fs::File;
use std::process::{Command, exit};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use udp::{OpenOptions, Socket};

use crate::LONG;
use crate::optional::have;
use crate::program::Running;
use crate::support::skip;

const INSIDE: &str = "LIBUDP_TEST_NETWORK";

/// Runs a test in a process with its own network; `name` is the test's path. The test is skipped if this machine
/// forbids network namespaces.
pub(crate) fn in_own_network(name: &str, body: fn()) {
    if env::var(INSIDE).is_ok_and(|test| test == name) {
        return body();
    }
    if let Err(missing) = possible() {
        return skip(&missing);
    }
    let mut test = unshare();
    test.arg(env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]).env(INSIDE, name);
    let output = test.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "no such test: {text}");
}

/// True if this process is root outside the namespace. If not, the skip is noted. Inside the namespace every process is
/// root, so ask before `in_own_network`.
pub(crate) fn is_root(for_what: &str) -> bool {
    // SAFETY: no arguments.
    let root = unsafe { libc::geteuid() } == 0;
    if !root {
        skip(&format!("{for_what} needs root: run make test as root"));
    }
    root
}

/// True if `ip tuntap` works: on some machines users cannot open its device. If not, the skip is noted.
pub(crate) fn can_make_tunnels() -> bool {
    let opened = File::options().read(true).write(true).open("/dev/net/tun");
    if let Err(error) = &opened {
        skip(&format!("/dev/net/tun does not open ({error}): run modprobe tun and make test as root"));
    }
    opened.is_ok()
}

fn unshare() -> Command {
    let mut command = Command::new("unshare");
    // SAFETY: no arguments.
    if unsafe { libc::geteuid() } == 0 {
        command.arg("--net");
    } else {
        command.args(["--net", "--map-root-user"]);
    }
    // The test is the first process of its PID namespace, so whatever it starts ends with it (pid_namespaces(7)).
    command.args(["--pid", "--fork", "--kill-child"]);
    command
}

/// Whether this machine can make a network namespace and a link in it. The error says why not and what helps.
fn possible() -> Result<(), String> {
    let namespace =
        unshare().arg("true").output().map_err(|_| "unshare is missing: apt-get install util-linux")?;
    if !namespace.status.success() {
        let error = String::from_utf8_lossy(&namespace.stderr);
        return Err(format!("network namespaces are forbidden ({}): sudo make test", error.trim()));
    }
    if !have("ip") {
        return Err("ip is missing: make deps".into());
    }
    let link = unshare().args(["ip", "link", "add", "type", "veth"]).output().unwrap();
    match link.status.success() {
        true => Ok(()),
        false => {
            Err(format!("no veth links ({}): modprobe veth", String::from_utf8_lossy(&link.stderr).trim()))
        }
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// A host with its own network.
pub(crate) struct Host {
    jobs: Sender<Job>,
    thread_id: libc::c_long,
}

impl Host {
    pub(crate) fn new() -> Host {
        let (jobs, todo) = channel::<Job>();
        let (tell, told) = channel();
        thread::spawn(move || {
            // SAFETY: no pointers.
            let thread_id = unsafe {
                assert_eq!(libc::unshare(libc::CLONE_NEWNET), 0, "{}", std::io::Error::last_os_error());
                libc::syscall(libc::SYS_gettid)
            };
            tell.send(thread_id).unwrap();
            todo.into_iter().for_each(|job| job());
        });
        let host = Host { jobs, thread_id: told.recv().unwrap() };
        host.ip("link set lo up");
        host
    }

    /// Runs a function on this host and returns its result. A panic there ends the test.
    pub(crate) fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, told) = channel();
        self.jobs.send(Box::new(move || drop(tell.send(job())))).unwrap();
        told.recv().unwrap_or_else(|_| exit(1))
    }

    /// Runs `ip` with these arguments on this host.
    pub(crate) fn ip(&self, words: &str) {
        self.tool("ip", words);
    }

    /// Runs a program with these arguments on this host; it has to succeed.
    pub(crate) fn tool(&self, program: &str, words: &str) {
        let (program, words) = (program.to_owned(), words.to_owned());
        self.run(move || {
            let output = Command::new(&program).args(words.split(' ')).output();
            let output = output.unwrap_or_else(|error| panic!("{program}: {error} (`make deps`)"));
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program} {words}: {error}");
        });
    }

    /// Starts a program with these arguments on this host, and waits until it prints `ready`. Its standard error is
    /// read too.
    pub(crate) fn start(&self, program: &str, words: &str, ready: &str) -> Running {
        let words = format!("{program} {words}");
        let running = self.run(move || {
            let mut command = Command::new("sh");
            Running::start(command.args(["-c", "exec \"$@\" 2>&1", "sh"]).args(words.split(' ')))
        });
        while !running.line().contains(ready) {}
        running
    }

    /// Sets a kernel parameter of this host, such as `net/ipv4/ip_forward`.
    pub(crate) fn sysctl(&self, name: &str, value: &str) {
        let (path, value) = (format!("/proc/sys/{name}"), value.to_owned());
        self.run(move || std::fs::write(&path, value).unwrap_or_else(|error| panic!("{path}: {error}")));
    }

    /// The index of an interface on this host.
    pub(crate) fn index(&self, name: &'static str) -> u32 {
        self.run(move || udp::interface_index(name).unwrap())
    }

    /// A socket on this host, bound to all addresses.
    pub(crate) fn socket(&self, open: impl Into<OpenOptions>, port: u16) -> Arc<Socket> {
        let open = open.into();
        self.run(move || {
            let socket = Socket::open(open).unwrap();
            socket.bind("", port).unwrap();
            socket.into()
        })
    }

    /// A cable to another host: an interface at each end, up, with an address such as `10.1.0.1/24`.
    pub(crate) fn cable(
        &self,
        (name, addr): (&str, &str),
        other: &Host,
        (other_name, other_addr): (&str, &str),
    ) {
        let there = other.thread_id;
        self.ip(&format!("link add {name} type veth peer name {other_name} netns {there}"));
        for (host, name, addr) in [(self, name, addr), (other, other_name, other_addr)] {
            // Without duplicate address detection, which takes seconds.
            let how = if addr.contains(':') { "nodad" } else { "broadcast +" };
            host.ip(&format!("addr add {addr} dev {name} {how}"));
            host.ip(&format!("link set dev {name} up"));
        }
        self.await_link(name);
        other.await_link(other_name);
    }

    /// Waits until the kernel has noticed that both ends are up (net/core/link_watch.c): before that it may drop what
    /// is sent, and has no route to IPv6 groups.
    fn await_link(&self, name: &str) {
        let name = name.to_owned();
        self.run(move || {
            let end = Instant::now() + LONG.unwrap();
            let running = |row: &udp::Interface| row.name == name && row.running;
            // A line begins with the destination and ends with the name of the device.
            let to_groups = |line: &str| line.starts_with("ff0000") && line.ends_with(&format!(" {name}"));
            while !udp::interfaces().unwrap().iter().any(running)
                || !std::fs::read_to_string("/proc/thread-self/net/ipv6_route")
                    .unwrap()
                    .lines()
                    .any(to_groups)
            {
                assert!(Instant::now() < end, "the cable at {name} carries nothing");
                thread::sleep(Duration::from_millis(1));
            }
        });
    }
}
