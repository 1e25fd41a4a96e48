//! The discovery example on several hosts, one of them on two networks.

use std::process::Command;

use crate::host::{Host, in_own_network};
use crate::program::{Running, example};
use crate::tools::Scratch;

/// The lines that a search prints, sorted, and whether it succeeded.
fn find(host: &Host, program: &str, name: &str, group: &str) -> (Vec<String>, bool) {
    let mut command = Command::new(program);
    command.args(["find", name, group]);
    let output = host.run(move || command.output().unwrap());
    let mut lines: Vec<String> =
        String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect();
    lines.sort();
    (lines, output.status.success())
}

/// `addrs`: the middle host's on its left and right, the left host's, the right host's.
fn hosts_find_each_other(group: &str, addrs: [&str; 4], bits: u32) {
    let scratch = Scratch::new(&format!("netns-discovery-{bits}"));
    let program = example("discovery", &scratch);
    let program = program.to_str().unwrap();
    let at = |name: &str, addr: &str| {
        let addr = if addr.contains(':') { format!("[{addr}]") } else { addr.into() };
        format!("{name} is at {addr}:7685")
    };
    let be = |host: &Host, name: &str| -> Running {
        host.start(program, &format!("be {name} {group}"), &format!("{name} listens"))
    };
    let (between, left, right) = (Host::new(), Host::new(), Host::new());
    for (name, other, here, there) in
        [("left", &left, addrs[0], addrs[2]), ("right", &right, addrs[1], addrs[3])]
    {
        let (here, there) = (format!("{here}/{bits}"), format!("{there}/{bits}"));
        between.cable((name, &here), other, ("eth0", &there));
    }

    let [ann, bob, cy] = [(&left, "ann"), (&left, "bob"), (&right, "cy")].map(|(host, name)| be(host, name));
    assert_eq!(ann.line(), at("bob", addrs[2]), "a neighbour on the same host");
    let _dee = be(&between, "dee");
    // A host that starts announces itself on all its networks, each from its address there.
    for (heard, from) in [(&ann, addrs[0]), (&bob, addrs[0]), (&cy, addrs[1])] {
        assert_eq!(heard.line(), at("dee", from));
    }
    for (asker, name, found) in [
        (&left, "dee", vec![at("dee", addrs[0])]),
        (&right, "dee", vec![at("dee", addrs[1])]),
        (&between, "ann", vec![at("ann", addrs[2])]),
        (&between, "bob", vec![at("bob", addrs[2])]),
        (&between, "cy", vec![at("cy", addrs[3])]),
        (&right, "ann", vec![]),
    ] {
        let any = !found.is_empty();
        assert_eq!(find(asker, program, name, group), (found, any), "{name}");
    }
    // Two hosts of one name: both answer, and the first prints the second.
    let _other = be(&right, "ann");
    assert_eq!(cy.line(), at("ann", addrs[3]));
    let both = vec![at("ann", addrs[2]), at("ann", addrs[3])];
    assert_eq!(find(&between, program, "ann", group), (both, true));
}

#[test]
fn discovery_by_ipv4_finds_every_host() {
    in_own_network("discovery::discovery_by_ipv4_finds_every_host", || {
        hosts_find_each_other("239.255.1.2", ["10.1.0.1", "10.2.0.1", "10.1.0.2", "10.2.0.2"], 24);
    });
}

#[test]
fn discovery_by_ipv6_finds_every_host() {
    in_own_network("discovery::discovery_by_ipv6_finds_every_host", || {
        // A site-local group, because a link-local source address is not usable at once.
        hosts_find_each_other("ff15::1:2", ["fd01::1", "fd02::1", "fd01::2", "fd02::2"], 64);
    });
}

#[test]
fn discovery_without_network_finds_itself() {
    in_own_network("discovery::discovery_without_network_finds_itself", || {
        let scratch = Scratch::new("netns-discovery-alone");
        let program = example("discovery", &scratch);
        let program = program.to_str().unwrap();
        let host = Host::new();
        let _ann = host.start(program, "be ann 239.255.1.2", "ann listens");
        assert_eq!(
            find(&host, program, "ann", "239.255.1.2"),
            (vec!["ann is at 127.0.0.1:7685".into()], true)
        );
        assert_eq!(find(&host, program, "bob", "239.255.1.2"), (vec![], false));
    });
}
