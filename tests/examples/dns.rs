//! The DNS client of the examples against a server that sends any answer.

use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Output};
use std::thread;

use super::{peer, receive};
use crate::optional::have;
use crate::program::example;
use crate::tools::Scratch;

const HEADER: usize = 12;
/// The length of the question for a name such as `abcdef.test`: two labels, the end, type and class.
const QUESTION: usize = 7 + 5 + 1 + 2 + 2;

/// A valid answer: a CNAME, whose address is 192.0.2.1.
fn right(query: &[u8]) -> Vec<u8> {
    let mut answer = query.to_vec();
    answer[2] |= 0x80;
    answer[7] = 2;
    // The name in the question is at byte 12.
    answer.extend(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01x\xc0\x0c");
    answer.extend(b"\x01x\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01");
    answer
}

/// The first label of the name in a query.
fn label(query: &[u8]) -> String {
    String::from_utf8(query[13..13 + usize::from(query[12])].to_vec()).unwrap()
}

/// Runs the example with these names and answers each query with the result of `answers`.
fn ask(
    test: &str,
    tool: &[&str],
    names: &[String],
    mut answers: impl FnMut(&[u8], SocketAddr) -> Vec<Vec<u8>> + Send,
) -> Output {
    let scratch = Scratch::new(&format!("example-{test}"));
    let (server, address) = peer();
    let (host, port) = address.rsplit_once(':').unwrap();
    let program = example("dns", &scratch);
    let words = [tool, &[program.to_str().unwrap(), host, port, "A"]].concat();
    thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let (query, from) = receive(&server);
                if query.is_empty() {
                    return;
                }
                for answer in answers(&query, from) {
                    server.send_to(&answer, from).unwrap();
                }
            }
        });
        let output = Command::new(words[0]).args(&words[1..]).args(names).output();
        // An empty datagram ends the server.
        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"", &address).unwrap();
        output.unwrap()
    })
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(String::from).collect()
}

#[test]
fn dns_with_forged_answers_takes_only_the_real_one() {
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let output = ask("dns-forged", &[], &["a.test".into()], |query, from| {
        let mut forgery = right(query);
        *forgery.last_mut().unwrap() = 66;
        stranger.send_to(&forgery, from).unwrap();
        let forged = |at: usize| {
            let mut answer = forgery.clone();
            answer[at] ^= 1;
            answer
        };
        // Wrong id, wrong number of questions, wrong question, the query itself, too short; then the answer.
        vec![forged(0), forged(1), forged(5), forged(14), query.to_vec(), vec![], vec![0; 11], right(query)]
    });
    assert_eq!(lines(&output.stdout), ["a.test 192.0.2.1"]);
    assert!(output.status.success());
}

#[test]
fn dns_without_answer_asks_again_and_gives_up() {
    let mut queries = Vec::new();
    let output = ask("dns-again", &[], &["late.test".into(), "never.test".into()], |query, _| {
        queries.push(query.to_vec());
        let answers = label(query) == "late" && queries.len() == 2;
        if answers { vec![right(query)] } else { vec![] }
    });
    assert_eq!(lines(&output.stdout), ["late.test 192.0.2.1"]);
    assert_eq!(lines(&output.stderr), ["never.test: the timeout expired"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(queries.len(), 5, "two tries and three");
    assert!(queries[0] == queries[1] && queries[2] == queries[3], "the same question");
}

#[test]
fn dns_with_bad_answer_prints_the_cause() {
    type Change = fn(&mut Vec<u8>);
    let wrong: [(&str, &str, Change); 10] = [
        ("none", "no such name", |answer| answer[3] |= 3),
        ("refused", "the server refuses, or cannot tell", |answer| answer[3] |= 5),
        ("cut", "the answer does not fit into a datagram", |answer| answer[2] |= 2),
        ("alias", "no such address", |answer| answer[7] = 1),
        ("few", "a malformed answer", |answer| answer[7] = 3),
        ("many", "a malformed answer", |answer| answer[6] = 255),
        ("short", "a malformed answer", |answer| answer.truncate(answer.len() - 1)),
        ("label", "a malformed answer", |answer| {
            let at = answer.len() - 18;
            answer[at] = 64;
        }),
        ("size", "a malformed answer", |answer| {
            let at = answer.len() - 5;
            answer[at] = 3;
        }),
        ("long", "the datagram or text is longer than the buffer; its beginning was stored", |answer| {
            answer.resize(513, 0);
        }),
    ];
    let names: Vec<String> = wrong.iter().map(|(name, ..)| format!("{name}.test")).collect();
    let output = ask("dns-wrong", &[], &names, |query, _| {
        let mut answer = right(query);
        wrong.iter().find(|(name, ..)| *name == label(query)).unwrap().2(&mut answer);
        vec![answer]
    });
    let expected: Vec<String> = wrong.iter().map(|(name, what, _)| format!("{name}.test: {what}")).collect();
    assert_eq!(lines(&output.stderr), expected);
    assert_eq!((lines(&output.stdout).len(), output.status.code()), (0, Some(1)));
}

#[test]
fn dns_with_invalid_name_sends_nothing() {
    let long = ["a", "b", "c", "d"].map(|letter| letter.repeat(63)).join(".");
    let names = ["", ".", "a..b", &"a".repeat(64), &long].map(String::from);
    let output = ask("dns-names", &[], &names, |_, _| unreachable!());
    assert_eq!(lines(&output.stderr), names.map(|name| format!("{name}: not a name")));
    // 253 letters and dots are 255 bytes (RFC 1035, 2.3.4), with a dot at the end or without.
    let longest = [&long[..253], &format!("{}.", &long[..253])].map(String::from);
    let output = ask("dns-longest", &[], &longest, |query, _| vec![right(query)]);
    assert_eq!(lines(&output.stdout), longest.map(|name| format!("{name} 192.0.2.1")));
}

/// valgrind reports each byte that is read beyond the answer.
#[test]
fn dns_with_any_spoilt_answer_does_not_crash() {
    let valgrind = ["valgrind", "-q", "--error-exitcode=99"];
    let tool: &[&str] = if have("valgrind") { &valgrind } else { &[] };
    // Each prefix of the answer; and each byte replaced by an end, a label, a pointer, the maximum.
    let ways = ["cut", "000", "063", "192", "255"];
    let length = right(&[0; HEADER + QUESTION]).len();
    let names: Vec<String> =
        (0..length).flat_map(|at| ways.map(|way| format!("{way}{at:03}.test"))).collect();
    let output = ask("dns-any", tool, &names, |query, _| {
        let label = label(query);
        let (way, at) = (&label[..3], label[3..].parse().unwrap());
        let mut answer = right(query);
        match way.parse() {
            Ok(byte) => answer[at] = byte,
            Err(_) => answer.truncate(at),
        }
        // Where the first one is rejected, the second answers.
        vec![answer, right(query)]
    });
    let (out, err) = (lines(&output.stdout), lines(&output.stderr));
    assert!(output.status.code().is_some_and(|code| code < 2), "{err:#?}");
    assert_eq!(out.len() + err.len(), names.len(), "a line for each: {err:#?}");
}
