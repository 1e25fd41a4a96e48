//! The C and C++ programs of tests/c: each has to return 0, linked with the shared library and with the static one, and
//! under valgrind.

#![cfg(target_os = "linux")]

#[path = "support/optional.rs"]
mod optional;
#[path = "support/program.rs"]
mod program;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use optional::have;
use program::{build, compile};
use support::{library, path, run};
use tools::{Scratch, compiler};

/// True if there is a C++ compiler. The C compiler is required.
fn have_cxx() -> bool {
    have(&compiler(true).get_program().to_string_lossy())
}

fn passes(file: &str) {
    if file.ends_with(".cpp") && !have_cxx() {
        return;
    }
    let scratch = Scratch::new(&format!("c-{file}"));
    let [shared, fixed] = build(&path("tests/c").join(file), &scratch);
    // Cargo sets LD_LIBRARY_PATH for its tests, which may name the directory of another build.
    let (so, copy) = (library("libudp.so"), scratch.path("copy.so"));
    if file == "unload.c" {
        fs::copy(&so, &copy).unwrap();
    }
    run(Command::new(&shared)
        .env("LD_LIBRARY_PATH", scratch.path(""))
        .env("LIBUDP_SO", &so)
        .env("LIBUDP_SO_COPY", &copy));
    run(Command::new(&fixed)
        .env_remove("LD_LIBRARY_PATH")
        .env("LIBUDP_SO", &so)
        .env("LIBUDP_SO_COPY", &copy));
    // valgrind treats memory below the stack pointer as undefined, and stack.c reads it. It is too slow for a signal
    // every 100 us and for threads that never sleep.
    if !["fork_locks.c", "stack.c", "signal_handler.c"].contains(&file) && have("valgrind") {
        run(Command::new("valgrind")
            .args(["-q", "--error-exitcode=1", "--leak-check=full", "--errors-for-leak-kinds=definite"])
            .args(["--show-leak-kinds=definite", "--fair-sched=try"])
            .arg(&shared)
            .env("LD_LIBRARY_PATH", scratch.path(""))
            .env("LIBUDP_SO", &so)
            .env("LIBUDP_SO_COPY", &copy));
    }
}

macro_rules! programs {
    ($($name:ident: $file:literal,)*) => {
        $(#[test] fn $name() { passes($file); })*

        #[test]
        fn every_program_of_tests_c_is_run() {
            assert_eq!(sources("tests/c"), BTreeSet::from([$($file),*].map(String::from)));
        }
    };
}

programs! {
    addresses: "addresses.c",
    batch: "batch.c",
    batch_bad_input: "batch_bad_input.c",
    bad_input: "bad_input.c",
    close_wakes: "close_wakes.c",
    closed: "closed.c",
    cancel: "cancel.c",
    connected: "connected.c",
    control_truncated: "control_truncated.c",
    fork_locks: "fork_locks.c",
    signal_handler: "signal_handler.c",
    stack: "stack.c",
    unload: "unload.c",
    wait_errors: "wait_errors.c",
    cxx: "cxx.cpp",
    disconnect: "disconnect.c",
    empty: "empty.c",
    errors: "errors.c",
    fork: "fork.c",
    fork_descriptor: "fork_descriptor.c",
    group: "group.c",
    interfaces: "interfaces.c",
    interrupted: "interrupted.c",
    message: "message.c",
    multicast: "multicast.c",
    null: "null.c",
    options: "options.c",
    oversize: "oversize.c",
    path_errors: "path_errors.c",
    reply: "reply.c",
    round_trip: "round_trip.c",
    shutdown: "shutdown.c",
    text: "text.c",
    timeouts: "timeouts.c",
    truncated: "truncated.c",
    wait: "wait.c",
    would_block: "would_block.c",
}

/// The names of the C and C++ files in a directory.
fn sources(directory: &str) -> BTreeSet<String> {
    let files = fs::read_dir(path(directory)).unwrap().map(|entry| entry.unwrap().path());
    let is_source = |file: &PathBuf| file.extension().is_some_and(|end| end == "c" || end == "cpp");
    files.filter(is_source).map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn header_alone_compiles_in_every_standard() {
    let scratch = Scratch::new("header");
    // c2x and c++2b are what compilers of before those standards call them.
    for standard in ["c99", "c11", "c17", "c2x", "c++11", "c++14", "c++17", "c++20", "c++2b"] {
        let end = if standard.starts_with("c++") { "cpp" } else { "c" };
        if end == "cpp" && !have_cxx() {
            continue;
        }
        let source = scratch.path(&format!("alone.{end}"));
        // Include it twice, because a header may be; declare something, because ISO C forbids an empty file. The COM
        // headers of Windows define `interface`.
        let text =
            "#define interface struct\n#include <libudp.h>\n#include <libudp.h>\nextern udp_addr used;\n";
        fs::write(&source, text).unwrap();
        run(compile(&source, standard, &scratch.path("alone.o")).arg("-c"));
    }
}

mod examples {
    mod dns;

    use std::collections::BTreeSet;
    use std::net::UdpSocket;
    use std::process::Command;

    use super::program::{Running, SOON, example};
    use super::sources;
    use super::tools::Scratch;

    fn start(name: &str, arguments: &[&str]) -> Running {
        let scratch = Scratch::new(&format!("example-{name}-{}", arguments.join("-")));
        Running::start(Command::new(example(name, &scratch)).args(arguments))
    }

    /// The number at the end of the next line.
    fn port(example: &Running) -> u16 {
        example.line().rsplit(' ').next().unwrap().parse().expect("a port")
    }

    /// The peer of an example: a socket of the standard library.
    fn peer() -> (UdpSocket, String) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        let address = socket.local_addr().unwrap().to_string();
        (socket, address)
    }

    fn receive(socket: &UdpSocket) -> (Vec<u8>, std::net::SocketAddr) {
        let mut data = vec![0; 65535];
        let (length, from) = socket.recv_from(&mut data).unwrap();
        data.truncate(length);
        (data, from)
    }

    #[test]
    fn exchange_with_windows() {
        let (windows, address) = peer();
        let port = address.rsplit(':').next().unwrap();
        let mut example = start("exchange_with_windows", &["127.0.0.1", port, "0", "127.0.0.1"]);
        example.types("你好");
        let (data, from) = receive(&windows);
        assert_eq!(data, "你好".as_bytes());
        windows.send_to(b"\xc1\xaa\xcd\xa8", from).unwrap();
        assert_eq!(example.line(), format!("To send: {address} (gb18030): 联通"));
        example.ends();
    }

    #[test]
    fn server() {
        let (client, address) = peer();
        let example = start("server", &["0", "127.0.0.1"]);
        client.send_to(b"\xd6\xd0\0\xce\xc4", ("127.0.0.1", port(&example))).unwrap();
        assert_eq!(receive(&client).0, b"\xd6\xd0\0\xce\xc4", "the same bytes");
        assert!(example.line().starts_with(&format!("{address}: 中")));
        example.ends();
    }

    #[test]
    fn echo_server() {
        let (client, address) = peer();
        let mut example = start("echo_server", &["0", "127.0.0.1"]);
        client.connect(("127.0.0.1", port(&example))).unwrap();
        client.send(b"\xd6\xd0\xce\xc4").unwrap();
        assert_eq!(example.line(), format!("{address}: 中文"));
        example.types("联通");
        assert_eq!(receive(&client).0, b"\xc1\xaa\xcd\xa8", "the peer writes GBK, and is answered in it");
        // Without input it echoes what it receives.
        example.input = None;
        for text in ["back", "", "again"] {
            client.send(text.as_bytes()).unwrap();
            assert!(example.line().ends_with(&format!("{address}: {text}")));
            assert_eq!(receive(&client).0, text.as_bytes());
        }
    }

    #[test]
    fn client() {
        let (server, address) = peer();
        let port = address.rsplit(':').next().unwrap();
        let mut example = start("client", &["127.0.0.1", port]);
        for text in ["first", "第二"] {
            example.types(text);
            let (data, from) = receive(&server);
            assert_eq!(data, text.as_bytes());
            server.send_to(b"heard", from).unwrap();
            assert_eq!(example.line(), format!("To send: {address}: heard"));
        }
        example.ends();
    }

    #[test]
    fn binding() {
        let example = start("binding", &["0"]);
        let (bound, before, after) = (port(&example), port(&example), port(&example));
        assert!(bound != 0 && before == 0 && after != 0 && after != bound);
        assert_eq!(example.line(), "the bound socket received: to the bound port");
        assert_eq!(example.line(), "the unbound socket received: to the other port");
        assert_eq!(example.line(), "the bound socket received nothing more");
        example.ends();
    }

    #[test]
    fn chat() {
        let mut ann = start("chat", &["0", "127.0.0.1"]);
        let ann_port = port(&ann);
        let mut bob = start("chat", &["0", "127.0.0.1", "127.0.0.1", &ann_port.to_string()]);
        let bob_port = port(&bob);
        bob.types("hello");
        assert_eq!(ann.line(), format!("127.0.0.1:{bob_port}: hello"));
        // Both send at the same time.
        for round in 0..5 {
            ann.types(&format!("from ann {round}"));
            bob.types(&format!("from bob {round}"));
        }
        for round in 0..5 {
            assert_eq!(ann.line(), format!("127.0.0.1:{bob_port}: from bob {round}"));
            assert_eq!(bob.line(), format!("127.0.0.1:{ann_port}: from ann {round}"));
        }
        ann.types("");
        ann.ends();
        bob.ends();
    }

    #[test]
    fn spread() {
        let spread = start("spread", &["3", "32"]);
        let count = |line: String| line.split(' ').nth(2).unwrap().parse::<u32>().unwrap();
        let counts: Vec<u32> = (0..3).map(|_| count(spread.line())).collect();
        assert_eq!(counts.iter().sum::<u32>(), 3200, "{counts:?}");
        assert!(
            counts.iter().filter(|&&count| count > 0).count() > 1,
            "32 peers all went to one thread: {counts:?}"
        );
        spread.ends();
    }

    #[test]
    fn many_ports() {
        let server = start("many_ports", &["0", "300", "127.0.0.1"]);
        let (first, last) = (port(&server), port(&server));
        for port in [last, first, last] {
            let (peer, _) = peer();
            peer.send_to(b"hello", ("127.0.0.1", port)).unwrap();
            let (data, from) = receive(&peer);
            assert_eq!((&data[..], from.port()), (&b"hello"[..], port));
            assert_eq!(server.line(), format!("{port}: 5 bytes from {}", peer.local_addr().unwrap()));
        }
    }

    #[test]
    fn echo_batch() {
        let example = start("echo_batch", &["0", "127.0.0.1"]);
        let clients = [peer().0, peer().0, peer().0];
        let port = port(&example);
        // Each client's datagrams differ in length, and one is empty.
        let text = |client: usize, number: usize| format!("{client}{number}").repeat(number);
        clients.iter().for_each(|client| client.connect(("127.0.0.1", port)).unwrap());
        for number in 0..20 {
            for (index, client) in clients.iter().enumerate() {
                client.send(text(index, number).as_bytes()).unwrap();
            }
        }
        for (index, client) in clients.iter().enumerate() {
            for number in 0..20 {
                assert_eq!(receive(client).0, text(index, number).as_bytes());
            }
        }
    }

    #[test]
    fn fan_out() {
        let example = start("fan_out", &["20", "30"]);
        assert_eq!(example.line(), "20 players received 6000 events, 0 out of order");
        example.ends();
    }

    /// Broadcast and multicast need a network namespace, so these are only compiled here.
    #[test]
    fn broadcast_and_discovery_compile() {
        for name in ["broadcast", "discovery"] {
            example(name, &Scratch::new(&format!("example-{name}")));
        }
    }

    #[test]
    fn every_example_is_tested() {
        let tested = [
            "binding",
            "broadcast",
            "chat",
            "client",
            "discovery",
            "dns",
            "echo_batch",
            "echo_server",
            "exchange_with_windows",
            "fan_out",
            "many_ports",
            "server",
            "spread",
        ];
        assert_eq!(
            sources("examples"),
            tested.map(|name| format!("{name}.c")).into_iter().collect::<BTreeSet<_>>()
        );
    }
}
