//! Other programs as peers: dnsmasq answers the DNS client of the examples; socat and ncat exchange datagrams with our
//! sockets.

use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Output};

use udp::{Family, Socket};

use crate::host::{Host, in_own_network};
use crate::optional::have;
use crate::program::example;
use crate::tools::Scratch;
use crate::{addr, hear};

const PORT: u16 = 5000;
/// The loopback address of each family, as the tools write it.
const HERE: [&str; 2] = ["127.0.0.1", "::1"];

/// Runs a program to its end and returns its output, its error output and its exit code.
fn outcome(host: &Host, program: &str, words: &str) -> (String, String, Option<i32>) {
    let (program, words) = (program.to_owned(), words.to_owned());
    let Output { status, stdout, stderr } =
        host.run(move || Command::new(program).args(words.split(' ')).output().unwrap());
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), status.code())
}

#[test]
fn dns_client_gets_answers_of_dnsmasq() {
    if !have("dnsmasq") {
        return;
    }
    in_own_network("interop::dns_client_gets_answers_of_dnsmasq", || {
        let host = Host::new();
        let scratch = Scratch::new("netns-dns");
        let dns = example("dns", &scratch);
        let dns = dns.to_str().unwrap();
        let words = "--no-daemon --conf-file=/dev/null --no-resolv --no-hosts --pid-file= --user=root --port=5353 \
             --local=/test/ --host-record=both.test,192.0.2.1,2001:db8::1 --host-record=four.test,192.0.2.4 \
             --cname=alias.test,both.test --address=/many.test/192.0.2.7 --address=/many.test/192.0.2.8";
        let _dnsmasq = host.start("dnsmasq", words, "started");
        for server in HERE {
            let ask = |rest: &str| outcome(&host, dns, &format!("{server} 5353 {rest}"));
            let found = "both.test 192.0.2.1\nalias.test 192.0.2.1\nBoth.Test. 192.0.2.1\n";
            assert_eq!(ask("A both.test alias.test Both.Test."), (found.into(), String::new(), Some(0)));
            let (mut found, complaint, code) = ask("A many.test");
            // dnsmasq rotates the addresses.
            if found.starts_with("many.test 192.0.2.8") {
                found = found.lines().rev().map(|line| format!("{line}\n")).collect();
            }
            assert_eq!(
                (&*found, &*complaint, code),
                ("many.test 192.0.2.7\nmany.test 192.0.2.8\n", "", Some(0))
            );
            let found = "alias.test 2001:db8::1\n";
            let complaint = "four.test: no such address\nnone.test: no such name\n\
                 elsewhere.example: the server refuses, or cannot tell\n";
            assert_eq!(
                ask("AAAA four.test none.test elsewhere.example alias.test"),
                (found.into(), complaint.into(), Some(1))
            );
            let (found, complaint, code) = outcome(&host, dns, &format!("{server} 5354 A both.test"));
            let refused =
                "both.test: the peer refused an earlier datagram: no socket is bound to that port\n";
            assert_eq!((&*found, &*complaint, code), ("", refused, Some(1)));
        }
    });
}

/// Any bytes come back, up to the length that a pipe writes atomically (pipe(7)).
fn is_echoed(socket: &Socket, to: SocketAddr) {
    for length in [1, 1400, 4096, 3] {
        let data: Vec<u8> = (0..length).map(|at| (at * 7 + length) as u8).collect();
        socket.send_to(&data, Some(to)).unwrap();
        let (back, from) = hear(socket);
        assert_eq!(from, to);
        assert!(back == data, "{length} bytes");
    }
}

#[test]
fn socat_and_ncat_echo_our_datagrams() {
    if !have("socat") || !have("ncat") {
        return;
    }
    in_own_network("interop::socat_and_ncat_echo_our_datagrams", || {
        let host = Host::new();
        let mut port = PORT;
        for (program, words, ready, ip) in [
            ("socat", "-d -d UDP4-RECVFROM:PORT,bind=127.0.0.1,fork PIPE", "receiving on", "127.0.0.1"),
            ("socat", "-d -d UDP6-RECVFROM:PORT,bind=[::1],fork PIPE", "receiving on", "::1"),
            ("socat", "-d -d UDP4-LISTEN:PORT,bind=127.0.0.1,fork PIPE", "listening on", "127.0.0.1"),
            ("socat", "-d -d UDP6-LISTEN:PORT,bind=[::1],fork PIPE", "listening on", "::1"),
            ("ncat", "-v -u -l 127.0.0.1 PORT --keep-open -e /bin/cat", "Listening on 127", "127.0.0.1"),
            ("ncat", "-v -u -l ::1 PORT --keep-open --sh-exec cat", "Listening on ::1", "::1"),
        ] {
            let ip: IpAddr = ip.parse().unwrap();
            for family in [if ip.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }, Family::Dual] {
                // One server for each peer: a child that serves one could receive another's datagram and answer the
                // first.
                port += 1;
                let _server = host.start(program, &words.replace("PORT", &port.to_string()), ready);
                is_echoed(&host.socket(family, 0), (ip, port).into());
            }
        }
    });
}

#[test]
fn our_socket_echoes_socat_and_ncat() {
    if !have("socat") || !have("ncat") {
        return;
    }
    in_own_network("interop::our_socket_echoes_socat_and_ncat", || {
        let host = Host::new();
        let ours = host.socket(Family::Dual, PORT);
        for (program, words, ready) in [
            ("socat", "-d -d - UDP4:127.0.0.1:5000", "starting data transfer"),
            ("socat", "-d -d - UDP6:[::1]:5000", "starting data transfer"),
            ("ncat", "-v -u 127.0.0.1 5000", "Connected to"),
            ("ncat", "-v -u ::1 5000", "Connected to"),
        ] {
            let mut client = host.start(program, words, ready);
            for text in ["hello", "联通"] {
                client.types(text);
                let (data, from) = hear(&ours);
                assert_eq!(data, format!("{text}\n").as_bytes(), "{program}");
                ours.send_to(&data, Some(from)).unwrap();
                assert_eq!(client.line(), text, "{program}");
            }
        }
    });
}

/// For both programs an empty datagram ends their input; socat can send one at its own end.
#[test]
fn socat_exchanges_empty_datagrams() {
    if !have("socat") || !have("ncat") {
        return;
    }
    in_own_network("interop::socat_exchanges_empty_datagrams", || {
        let host = Host::new();
        let ours = host.socket(Family::Dual, PORT);
        for (program, words, ready, to) in [
            ("socat", "-d -d -u UDP4-RECV:5001,bind=127.0.0.1,null-eof STDOUT", "starting", "127.0.0.1:5001"),
            ("socat", "-d -d -u UDP6-RECV:5001,bind=[::1],null-eof STDOUT", "starting", "[::1]:5001"),
            ("ncat", "-v -u -l 127.0.0.1 5003 -e /bin/cat", "Listening on 127", "127.0.0.1:5003"),
            ("ncat", "-v -u -l ::1 5003 -e /bin/cat", "Listening on ::1", "[::1]:5003"),
        ] {
            let theirs = host.start(program, words, ready);
            ours.send_to(b"some\n", Some(addr(to))).unwrap();
            ours.send_to(b"", Some(addr(to))).unwrap();
            theirs.ends();
        }
        for to in ["UDP4:127.0.0.1:5000", "UDP6:[::1]:5000"] {
            let mut theirs =
                host.start("socat", &format!("-d -d -u - {to},shut-null"), "starting data transfer");
            theirs.types("some");
            assert_eq!(hear(&ours).0, b"some\n");
            theirs.ends();
            assert_eq!(hear(&ours).0, b"");
        }
    });
}
