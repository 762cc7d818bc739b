//! Instructions of one warm run of the rows that matter, counted by callgrind and compared with `instructions.json`.
//!
//! A count does not depend on how busy the machine is, so it can be compared from one change to the next. It does depend on
//! the compiler and on which vectors the processor has that valgrind emulates; both are recorded, and only counts of the
//! same making are compared. With `REASON` in the environment the record is written anew. Without valgrind, or with
//! another making, there is nothing to compare: that is told, and an error if `INSTRUCTIONS=required` is set, as
//! continuous integration does.
//!
//! The program runs itself under callgrind, which dumps its counters after each call of [`counted_by_callgrind`].
//! Callgrind is driven directly rather than through a framework: the record and what counts as worse are our own anyway,
//! and the frameworks' runners have to be installed beside the bench in the same version, with some 200 crates.

#![allow(clippy::print_stdout)] // a table is what it is for

use sidewatch::{Connection, Engine, Transaction};
use sidewatch_bench::record::{Making, Record, Row, total, worse};
use sidewatch_bench::traffic::{self, Request};
use sidewatch_bench::{bodies, drive};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What [`main`] is called with when it runs under callgrind.
const COUNT: &str = "--count-under-callgrind";
/// Transactions that take each request, of which the mean counts: what one remembers depends on random keys, and for documents of more
/// values than have room one alone cost 6 % more or less than another.
const KEYS: u64 = 8;
/// So often the rows are counted, and the least of each taken, where one seems to cost more than recorded or a record is written: with an
/// unlucky key one transaction of the eight made a row 9 % dearer.
const COUNTS: usize = 3;
/// The attacks that are counted: an early and a late class, markup, code, names and trees.
const ATTACKS: &[&str] = &["sqli", "xss", "rce", "ptrav", "nosqli", "ssti", "xxe", "prompt"];

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == COUNT) {
        count();
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Problem::Nothing(why)) if std::env::var("INSTRUCTIONS").as_deref() != Ok("required") => {
            println!("instructions: skipped, {why}");
            ExitCode::SUCCESS
        }
        Err(Problem::Nothing(why) | Problem::Wrong(why)) => {
            println!("instructions: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Why nothing was compared, or what is wrong.
enum Problem {
    /// There is nothing to compare with on this machine.
    Nothing(String),
    /// It cost more, or could not be counted.
    Wrong(String),
}

fn run() -> Result<(), Problem> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err(Problem::Nothing("there is no valgrind".to_owned()));
    }
    let (made_by, mut rows) = counts().map_err(Problem::Wrong)?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
    let recorded =
        std::fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str::<Record>(&text).ok());
    let reason = std::env::var("REASON").ok().filter(|reason| !reason.trim().is_empty());
    let comparable = recorded.as_ref().filter(|record| record.made_by == made_by);
    for _ in 1..COUNTS {
        let is_fine = || comparable.is_none_or(|record| worse(&record.rows, &rows).is_empty());
        if reason.is_none() && is_fine() {
            break;
        }
        for (name, again) in counts().map_err(Problem::Wrong)?.1 {
            rows.entry(name).and_modify(|row| row.instructions = row.instructions.min(again.instructions));
        }
    }
    show(recorded.as_ref().map(|record| &record.rows), &rows);
    if let Some(reason) = reason {
        let record = Record { reason, made_by, rows };
        let text = serde_json::to_string_pretty(&record).expect("a record") + "\n";
        std::fs::write(&file, text).map_err(|e| Problem::Wrong(format!("{}: {e}", file.display())))?;
        println!("instructions: benches/instructions.json is written");
        return Ok(());
    }
    let again = "make instructions REASON='why' writes the record anew";
    let Some(recorded) = recorded else {
        return Err(Problem::Wrong(format!("there is no readable record; {again}")));
    };
    if recorded.made_by != made_by {
        let (was, is) = (&recorded.made_by, &made_by);
        return Err(Problem::Nothing(format!(
            "the record was made by {} for {} with {}, this is {} for {} with {}; {again}",
            was.rustc, was.target, was.vectors, is.rustc, is.target, is.vectors
        )));
    }
    let wrong = worse(&recorded.rows, &rows);
    if wrong.is_empty() {
        println!("instructions: nothing costs over 5 % more than recorded");
        return Ok(());
    }
    Err(Problem::Wrong(format!(
        "{}\nMake it cheaper, or record it with the reason: {again}",
        wrong.join("\n")
    )))
}

fn show(recorded: Option<&BTreeMap<String, Row>>, rows: &BTreeMap<String, Row>) {
    println!("{:<34} {:>8} {:>14} {:>9} {:>9}", "row", "bytes", "instructions", "per byte", "change");
    for (name, row) in rows {
        let change = recorded.and_then(|rows| rows.get(name)).map(|old| format!("{:+.1} %", old.change(row)));
        let each = row.instructions as f64 / row.bytes as f64;
        println!(
            "{name:<34} {:>8} {:>14} {each:>9.1} {:>9}",
            row.bytes,
            row.instructions,
            change.unwrap_or_default()
        );
    }
}

/// Runs this program under callgrind and reads what it counted.
fn counts() -> Result<(Making, BTreeMap<String, Row>), String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("instructions");
    let told = |what: &str, e: std::io::Error| format!("{what}: {e}");
    _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|e| told("the folder of the dumps", e))?;
    let program = std::env::current_exe().map_err(|e| told("this program", e))?;
    let dumps = folder.join("dump");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
        .args(
            ["--toggle-collect", "--dump-after"]
                .map(|option| format!("{option}=instructions::counted_by_callgrind")),
        )
        .arg(format!("--callgrind-out-file={}", dumps.display()))
        .arg(program)
        .arg(COUNT)
        // The C library's copies as every processor has them: the choice should not differ between machines.
        .env(
            "GLIBC_TUNABLES",
            "glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-AVX512F,-AVX512VL,-ERMS,-FSRM",
        )
        .output()
        .map_err(|e| told("valgrind", e))?;
    if !output.status.success() {
        return Err(format!("valgrind: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    let told = String::from_utf8_lossy(&output.stdout);
    let mut lines = told.lines();
    let vectors = lines.next().unwrap_or_default().to_owned();
    let mut rows = BTreeMap::new();
    for (i, line) in lines.enumerate() {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().ok_or_else(|| format!("an odd line: {line}"));
        let (bytes, times, name) = (part()?, part()?, part()?);
        let bytes = bytes.parse().map_err(|e| format!("{line}: {e}"))?;
        let times: u64 = times.parse().map_err(|e| format!("{line}: {e}"))?;
        let dump = folder.join(format!("dump.{}", i + 1));
        let text = std::fs::read_to_string(&dump).map_err(|e| format!("{}: {e}", dump.display()))?;
        let instructions =
            total(&text).filter(|&n| n > 0).ok_or_else(|| format!("{name}: nothing was counted"))?;
        rows.insert(name.to_owned(), Row { bytes, instructions: instructions / times.max(1) });
    }
    let rustc =
        Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("--version").output();
    let rustc = rustc.map_err(|e| format!("rustc: {e}"))?;
    let rustc = String::from_utf8_lossy(&rustc.stdout).trim().to_owned();
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    Ok((Making { rustc, target, vectors }, rows))
}

/// Under callgrind: tells the processor, then of each row the bytes, how many times it is run, and the name, and runs it warm.
fn count() {
    println!("{}", vectors());
    let engine = Engine::default();
    for request in requests() {
        let mut transactions: Vec<_> = (0..KEYS).map(|_| engine.transaction()).collect();
        row(&request, KEYS, |bytes| {
            transactions.iter_mut().for_each(|transaction| drive::judge(transaction, bytes));
        });
    }
    for response in [bodies::html(), bodies::listing()] {
        let mut connection: Connection = engine.connection();
        row(&response, 1, |bytes| drive::answer(&mut connection, bytes));
    }
    let order = traffic::named("order");
    let mut transaction: Transaction = engine.transaction();
    for (name, size) in [("order in 64-byte pieces", 64), ("order byte by byte", 1)] {
        row(&Request::new(name, order.bytes.clone()), 1, |bytes| {
            drive::judge_in_pieces(&mut transaction, bytes, size)
        });
    }
    row(&Request::new("building an engine", vec![0]), 1, |_| drop(std::hint::black_box(Engine::default())));
}

/// A row whose `run` judges the message so many times.
fn row(message: &Request, times: u64, mut run: impl FnMut(&[u8])) {
    (0..3).for_each(|_| run(&message.bytes));
    println!("{} {times} {}", message.bytes.len(), message.name);
    counted_by_callgrind(&mut || run(&message.bytes));
}

fn requests() -> Vec<Request> {
    let mut list = traffic::ordinary();
    list.push(bodies::small_json());
    let attacks = traffic::attacks().into_iter().filter(|attack| ATTACKS.contains(&attack.name.as_str()));
    list.extend(attacks.map(|attack| Request { name: format!("attack {}", attack.name), ..attack }));
    list
}

/// What callgrind counts.
#[inline(never)]
fn counted_by_callgrind(act: &mut dyn FnMut()) {
    act();
}

/// The widest vectors that code can choose at run time. Valgrind emulates what it knows of the processor it runs on.
fn vectors() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512bw") {
            return "AVX-512";
        }
        if std::is_x86_feature_detected!("avx2") {
            return "AVX2";
        }
        "SSE2"
    }
    #[cfg(not(target_arch = "x86_64"))]
    "all vectors of the architecture"
}
