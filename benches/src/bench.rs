//! Measures this library beside what a user would take instead, prints a table and the goals, and draws a plot.
//!
//! `libudp-bench FOLDER [PYTHON_RESULTS]` writes results.txt and results.svg into FOLDER. LIBUDP_LIBRARY names the
//! library that is measured, LIBUDP_BENCH_ROUNDS says how many rounds there are.

mod bare;
mod calls;
mod gso;
mod mmsg;
mod own;
mod plot;
mod quinn;
mod report;
mod rounds;
mod uv;
mod waits;

use own::{Api, Sends};
use report::{Group, Report};
use rounds::{Field, Load, run};

const SIZES: [usize; 3] = [64, 512, 1200];
const FLOWS: [usize; 2] = [1, 1000];
/// How many datagrams of a burst go to each of many peers.
const EACH: [usize; 2] = [4, 16];

fn field<'a>(load: &'a Load, api: &'static Api) -> Field<'a> {
    let mut field: Field<'a> = Vec::new();
    let one = load.flows == 1;
    if one {
        field.push((report::SEGMENTS, Box::new(own::Batches::new(load, api, Sends::Segments, true))));
        field.push((report::COALESCING, Box::new(own::Batches::new(load, api, Sends::Batch, true))));
    } else {
        field.push((report::BATCH, Box::new(own::Batches::new(load, api, Sends::Batch, false))));
        field.push((report::COALESCING, Box::new(own::Batches::new(load, api, Sends::Batch, true))));
    }
    field.push(("libudp single calls", Box::new(own::Calls::new(load, api))));
    if one {
        for (name, segments, gather) in [
            ("GSO contiguous, 128 + GRO", 128, false),
            ("GSO contiguous, 64 + GRO", 64, false),
            ("GSO gather, 128 + GRO", 128, true),
            ("GSO gather, 64 + GRO", 64, true),
        ] {
            // An older kernel takes 64 segments at most.
            if let Some(gso) = gso::Gso::new(load, segments, gather) {
                field.push((name, Box::new(gso)));
            }
        }
    }
    field.push((report::QUINN, Box::new(quinn::Quinn::new(load))));
    field.push((report::MMSG, Box::new(mmsg::Mmsg::new(load))));
    field.push((report::UV, Box::new(uv::Uv::new(load))));
    field.push((report::BARE, Box::new(bare::Bare::new(load))));
    field
}

/// Many datagrams to each of many peers, in turn.
fn grouped<'a>(load: &'a Load, api: &'static Api) -> Field<'a> {
    vec![
        (report::GROUPED, Box::new(own::Batches::new(load, api, Sends::Grouped, false))),
        (report::GROUPED_COALESCING, Box::new(own::Batches::new(load, api, Sends::Grouped, true))),
        (report::BATCH, Box::new(own::Batches::new(load, api, Sends::Batch, false))),
        (report::MMSG, Box::new(mmsg::Mmsg::new(load))),
    ]
}

fn group(load: &Load, mut field: Field<'_>, rounds: usize) -> Group {
    eprintln!("{} flows, {} bytes ...", load.flows, load.size);
    let times = run(load, &mut field, rounds);
    Group {
        size: load.size,
        flows: load.flows,
        rows: field.iter().map(|(name, _)| *name).zip(times).collect(),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("libudp-bench FOLDER [PYTHON_RESULTS]");
    let python = arguments.next().map(|path| std::fs::read_to_string(path).expect("the results of Python"));
    let api = Api::load();
    let rounds = std::env::var("LIBUDP_BENCH_ROUNDS").map_or(200, |text| text.parse().expect("a number"));
    // A datagram of 1,200 bytes takes less than 4 KiB of the receive buffer.
    let count = (bare::granted() / 4096 + 1).next_power_of_two().clamp(128, 2048) / 2;

    let mut groups = Vec::new();
    for flows in FLOWS {
        for size in SIZES {
            let load = Load::new(size, flows, count);
            groups.push(group(&load, field(&load, api), rounds));
        }
    }
    let in_turn = EACH.map(|each| {
        let load = Load::new(1200, count / each, count);
        group(&load, grouped(&load, api), rounds)
    });
    eprintln!("single calls ...");
    let calls = report::Calls {
        single: calls::single(api, rounds),
        round_trips: waits::round_trips(api, rounds),
        two_threads: calls::two_threads_on_one(api, rounds),
        crowd: calls::crowd(api, rounds),
        polled: waits::polled(api, rounds),
        cores: waits::cores(api, rounds),
    };
    let python = python.unwrap_or_default();
    let python_goals = report::python_goals(&python);
    let python = report::python(&python);
    let report = Report { count, rounds, groups, in_turn, calls, python, python_goals };
    let text = report.text();
    print!("{text}");
    std::fs::write(format!("{folder}/results.txt"), text).expect("results.txt");
    std::fs::write(format!("{folder}/results.svg"), plot::draw(&report)).expect("results.svg");
}
