//! What a request costs in sidewatch and in its peers: the same traffic through all of them, in one process on one core,
//! in turns. `make bench-peers` installs the peers and runs it; docs/performance.md tells what each is given.

#![allow(clippy::print_stdout)] // a table is what it is for

mod engines;
mod measure;
mod message;
mod report;
mod traffic;
mod train;

use engines::Slot;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
bench-peers [--seconds N] [--engines LIST] [--peers DIR] [--library FILE] [--out FILE]
bench-peers --train [--library FILE]

  --seconds N      how long to measure, all in all (default 100; each engine gets its least number of turns all the same)
  --engines LIST   only these, comma-separated: sidewatch,modsecurity,libddwaf,libinjection,httparse,memcpy
  --peers DIR      where the peers are installed (default target/peers)
  --library FILE   the C library of sidewatch (default target/release/libsidewatch.so)
  --out FILE       where the rows go as JSON (default target/bench-peers.json)
  --train          measure nothing: have the library judge other traffic than what is compared, for a profile (make profile)

Exit status: 0 all measured, 1 failed, 2 wrong arguments, 3 a peer is missing.";

/// What was asked for.
struct Options {
    seconds: u64,
    engines: Option<Vec<String>>,
    peers: PathBuf,
    library: PathBuf,
    out: PathBuf,
    train: bool,
}

fn options() -> Result<Option<Options>, String> {
    let mut options = Options {
        seconds: 100,
        engines: None,
        peers: "target/peers".into(),
        library: "target/release/libsidewatch.so".into(),
        out: "target/bench-peers.json".into(),
        train: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--help" || argument == "-h" {
            return Ok(None);
        }
        if argument == "--train" {
            options.train = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{argument} wants a value"))?;
        match argument.as_str() {
            "--seconds" => {
                options.seconds = value.parse().map_err(|_| format!("--seconds {value}: not a number"))?;
            }
            "--engines" => {
                let list: Vec<String> = value.split(',').map(str::to_owned).collect();
                if let Some(unknown) = list.iter().find(|name| !engines::NAMES.contains(&name.as_str())) {
                    return Err(format!("--engines {unknown}: one of {}", engines::NAMES.join(", ")));
                }
                options.engines = Some(list);
            }
            "--peers" => options.peers = value.into(),
            "--library" => options.library = value.into(),
            "--out" => options.out = value.into(),
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(Some(options))
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("bench-peers: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if options.train {
        return match train::run(&options.library) {
            Ok(judged) => {
                println!("{judged}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("bench-peers: {error}");
                ExitCode::FAILURE
            }
        };
    }
    match run(&options) {
        Ok(missing) if missing => ExitCode::from(3),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-peers: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures, prints, writes; tells whether a peer is missing.
fn run(options: &Options) -> Result<bool, String> {
    let traffic = traffic::Traffic::load()?;
    let wanted = |name: &str| options.engines.as_ref().is_none_or(|list| list.iter().any(|n| n == name));
    let names: Vec<&str> = engines::NAMES.iter().copied().filter(|name| wanted(name)).collect();
    let mut slots: Vec<Slot> = Vec::new();
    for name in names {
        let slot = engines::open(name, &options.library, &options.peers, &traffic.pool);
        if let Err(reason) = &slot.engine {
            eprintln!("{name} is missing: {reason}");
        }
        slots.push(slot);
    }
    let rows = measure::all(&traffic, &mut slots, Duration::from_secs(options.seconds));
    report::print(&traffic, &rows);
    report::write(&options.out, &rows)?;
    println!("\nwritten to {}", options.out.display());
    Ok(slots.iter().any(|slot| slot.engine.is_err()))
}
