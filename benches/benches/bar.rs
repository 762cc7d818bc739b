//! Every promise of `docs/performance.md`, measured in one run: `make bench` prints work, measured, bar, and whether it is met.
//!
//! The sides of a row take turns in short rounds of the processor's time, and medians are shown: a busy machine moves both
//! sides of a ratio. Absolute figures are this machine's. `cargo bench -p sidewatch-bench --bench bar -- SECTION...` measures some sections
//! only: engine, requests, fresh, large, responses, pieces, memory, attacks, adversarial. With `UPDATE_DOCS` in the environment
//! a whole run writes its tables into `docs/performance.md`.

#![allow(clippy::print_stdout)] // tables are what it is for

#[path = "../../core/tests/counting/mod.rs"]
mod counting;

use sidewatch::{Engine, Transaction, Verdict};
use sidewatch_bench::adversarial::{FAMILIES, SIZES};
use sidewatch_bench::clock::{median, medians, now};
use sidewatch_bench::traffic::{self, Request};
use sidewatch_bench::{bodies, drive, fresh, texts};
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

/// How long one row is measured, in the processor's time.
const ROW: Duration = Duration::from_millis(1200);
/// The same for each of many rows.
const SHORT: Duration = Duration::from_millis(200);
/// Bytes a transaction may hold at most; `core/tests/bounds.rs` holds it to that.
const HARD: usize = 256 << 10;
/// Work that is linear may cost so many times as much a byte in a message that is four times as big.
const LINEAR: f64 = 1.5;

/// Rows of cells; the first row is the heading.
struct Table {
    title: &'static str,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(title: &'static str, heading: &[&str]) -> Table {
        Table { title, rows: vec![heading.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    fn line(&mut self, work: &str, measured: String, bar: &str, met: bool) {
        let met = if met { "yes" } else { "no" };
        self.rows.push(vec![work.to_owned(), measured, bar.to_owned(), met.to_owned()]);
    }

    /// In Markdown, with the columns aligned so that it reads in a terminal too.
    fn markdown(&self) -> String {
        let columns = self.rows[0].len();
        let width =
            |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut out = format!("### {}\n\n", self.title);
        for (i, row) in self.rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                _ = write!(out, "| {cell:<width$} ");
            }
            out += "|\n";
            if i == 0 {
                widths.iter().for_each(|width| _ = write!(out, "| {} ", "-".repeat(*width)));
                out += "|\n";
            }
        }
        out + "\n"
    }
}

/// What is printed: the bar, and the tables with its details.
struct Report {
    bar: Table,
    details: Vec<Table>,
}

/// A section: its name and what measures it.
type Section = (&'static str, fn(&mut Report));

const SECTIONS: &[Section] = &[
    // First: what the first engine of a process costs shows only once.
    ("engine", engine),
    ("requests", requests),
    ("fresh", fresh_requests),
    ("texts", posted_texts),
    ("large", large),
    ("responses", responses),
    ("pieces", pieces),
    ("memory", memory),
    ("attacks", attacks),
    ("adversarial", adversarial),
];

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let whole = wanted.is_empty();
    if let Some(odd) = wanted.iter().find(|name| SECTIONS.iter().all(|(section, _)| section != name)) {
        panic!("there is no section {odd}");
    }
    let bar = Table::new("The bar", &["work", "measured", "bar", "met?"]);
    let mut report = Report { bar, details: Vec::new() };
    for (name, measure) in SECTIONS {
        if whole || wanted.iter().any(|wanted| wanted == name) {
            eprintln!("bar: {name}");
            measure(&mut report);
        }
    }
    let mut page = machine();
    page += &report.bar.markdown();
    report.details.iter().for_each(|table| page += &table.markdown());
    println!("\n{page}");
    let met = report.bar.rows.iter().filter(|row| row[3] == "yes").count();
    println!("{met} of {} rows meet the bar", report.bar.rows.len() - 1);
    if whole && std::env::var_os("UPDATE_DOCS").is_some() {
        write(&page);
    }
}

/// On what it was measured.
fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("Measured on {model}, {cores} cores, other work running beside.\n\n")
}

/// Puts the tables between the marks in the documentation.
fn write(page: &str) {
    let (begin, end) = ("<!-- bench: begin -->\n", "<!-- bench: end -->");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
    let text = std::fs::read_to_string(&file).expect("docs/performance.md");
    let (before, rest) = text.split_once(begin).expect("the mark before the tables");
    let (_, after) = rest.split_once(end).expect("the mark after the tables");
    std::fs::write(&file, format!("{before}{begin}\n{page}{end}{after}")).expect("writable");
    println!("docs/performance.md is written");
}

fn micros(seconds: f64) -> String {
    format!("{:.2} µs", seconds * 1e6)
}

fn kib(bytes: usize) -> String {
    format!("{:.1} KiB", bytes as f64 / 1024.0)
}

/// Judges each request once and holds it to be of every day: a request that is taken for an attack measures something else.
fn pass(requests: &[Request]) {
    let mut transaction = Engine::default().transaction();
    for request in requests {
        drive::judge(&mut transaction, &request.bytes);
        assert_eq!(transaction.verdict(), Verdict::Pass, "{}: {:#?}", request.name, transaction.findings());
    }
}

/// Bytes of memory of this process, code that was read in included; nothing where the system does not tell.
fn resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<usize>().ok()? * 4096)
}

fn engine(report: &mut Report) {
    let requests = traffic::ordinary().into_iter().chain(traffic::attacks()).collect::<Vec<_>>();
    let before = resident();
    let start = now();
    let engine = Engine::default();
    let first = now() - start;
    let mut transaction = engine.transaction();
    let start = now();
    drive::judge(&mut transaction, &requests[0].bytes);
    let request = now() - start;
    drive::judge_all(&mut transaction, &requests);
    let after = resident();
    let [again] = medians([&mut || drop(black_box(Engine::default()))], SHORT);
    let bar = &mut report.bar;
    bar.line(
        "building an engine from the default policy",
        format!(
            "{:.3} ms the first, {} each other; first request {:.2} ms",
            first.as_secs_f64() * 1e3,
            micros(again),
            request.as_secs_f64() * 1e3
        ),
        "at most 5 ms",
        first + request <= Duration::from_millis(5),
    );
    if let (Some(before), Some(after)) = (before, after) {
        let grown = after.saturating_sub(before);
        bar.line(
            "resident size of an engine that has judged every request and attack, its code included",
            kib(grown),
            "at most 8 MiB",
            grown <= 8 << 20,
        );
    }
}

fn requests(report: &mut Report) {
    let bar = &mut report.bar;
    let mut transaction = Engine::default().transaction();
    let browser = traffic::browser();
    pass(&traffic::ordinary());
    // In turns, as they come: one request again and again would let the processor learn it by heart.
    let [ours, parse] = medians(
        [&mut || drive::judge_all(&mut transaction, &browser), &mut || {
            browser.iter().for_each(|request| drive::httparse_head(&request.bytes))
        }],
        2 * ROW,
    );
    let number = browser.len() as f64;
    bar.line(
        &format!(
            "browser GET, {number} kinds in turn, {} bytes on average",
            traffic::bytes(&browser) / browser.len()
        ),
        format!("{}; httparse {}: {:.1} x", micros(ours / number), micros(parse / number), ours / parse),
        "at most 2 x httparse",
        ours / parse <= 2.0,
    );
    for (work, name) in [("JSON API POST", "order"), ("form with prose", "contact-form")] {
        let request = traffic::named(name);
        let bytes = request.bytes.len();
        let [time] = medians([&mut || drive::judge(&mut transaction, &request.bytes)], ROW);
        let each = time * 1e9 / bytes as f64;
        bar.line(
            &format!("{work}, {bytes} bytes"),
            format!("{each:.2} ns a byte ({})", micros(time)),
            "at most 1.5 ns a byte",
            each <= 1.5,
        );
    }
}

/// What requests cost whose values nobody has sent before, beside one that comes again and again.
fn fresh_requests(report: &mut Report) {
    const MANY: usize = 512; // more than anything remembers
    let heading = ["request", "bytes", "again, µs", "new, µs", "new, ns a byte", "httparse, µs"];
    let mut table = Table::new("Requests whose values were never seen", &heading);
    let engine = Engine::default();
    for request in traffic::ordinary() {
        let mut new = fresh::requests(&request, MANY);
        // Without values that could be others.
        if new[0].bytes == new[1].bytes {
            continue;
        }
        // Words in no order hint at something here and there.
        let mut transaction = engine.transaction();
        new.retain(|request| {
            drive::judge(&mut transaction, &request.bytes);
            transaction.verdict() == Verdict::Pass
        });
        assert!(new.len() > MANY * 3 / 4, "{}: {} of {MANY} pass", request.name, new.len());
        let bytes = traffic::bytes(&new) / new.len();
        let [mut one, mut other] = [engine.transaction(), engine.transaction()];
        let mut next = new.iter().cycle();
        let [again, new, parse] = medians(
            [
                &mut || drive::judge(&mut one, &request.bytes),
                &mut || drive::judge(&mut other, &next.next().expect("endless").bytes),
                &mut || drive::httparse_head(&request.bytes),
            ],
            SHORT,
        );
        let mut cells = vec![request.name, bytes.to_string()];
        cells.extend([again, new].map(|time| format!("{:.2}", time * 1e6)));
        cells.push(format!("{:.2}", new * 1e9 / bytes as f64));
        cells.push(format!("{:.2}", parse * 1e6));
        table.rows.push(cells);
    }
    report.details.push(table);
}

fn posted_texts(report: &mut Report) {
    const LONG: usize = 64 << 10;
    let heading = ["text", "bytes", "ns a byte", "64 KB, ns a byte"];
    let mut table = Table::new("Texts of other kinds and languages, in a string of JSON", &heading);
    let mut transaction = Engine::default().transaction();
    for requests in texts::requests(LONG) {
        let mut cells = vec![requests[0].name.clone(), requests[0].bytes.len().to_string()];
        for request in &requests {
            let [time] = medians([&mut || drive::judge(&mut transaction, &request.bytes)], SHORT);
            cells.push(format!("{:.2}", time * 1e9 / request.bytes.len() as f64));
        }
        table.rows.push(cells);
    }
    report.details.push(table);
}

fn large(report: &mut Report) {
    let bar = &mut report.bar;
    let mut transaction = Engine::default().transaction();
    let (json, form) = (bodies::json(), bodies::form());
    pass(&[json.clone(), form.clone()]);
    let rate = |request: &Request, time: f64| request.bytes.len() as f64 / time / 1e9;
    let [ours, skip] = medians(
        [&mut || drive::judge(&mut transaction, &json.bytes), &mut || drive::skip_json(json.body())],
        ROW,
    );
    let speed = rate(&json, ours);
    bar.line(
        "JSON body 1 MiB",
        format!("{speed:.3} GB/s; serde_json skips at {:.2} GB/s: {:.1} x", rate(&json, skip), ours / skip),
        "at least 1 GB/s, at most 1 x serde_json",
        speed >= 1.0 && ours <= skip,
    );
    let uploads = [(form, 1.0), (bodies::upload(), 4.0), (bodies::octets(), 4.0)];
    for (request, least) in uploads {
        let [time] = medians([&mut || drive::judge(&mut transaction, &request.bytes)], ROW);
        let speed = rate(&request, time);
        bar.line(
            &request.name,
            format!("{speed:.3} GB/s"),
            &format!("at least {least} GB/s"),
            speed >= least,
        );
    }
}

fn responses(report: &mut Report) {
    let mut connection = Engine::default().connection();
    for response in [bodies::html(), bodies::listing()] {
        let [time] = medians([&mut || drive::answer(&mut connection, &response.bytes)], ROW);
        let speed = (response.bytes.len() + bodies::ASKED.len()) as f64 / time / 1e9;
        let measured = format!("{speed:.2} GB/s, parsed and paired with its request; not judged yet");
        report.bar.line(&response.name, measured, "at least 2 GB/s", speed >= 2.0);
    }
}

fn pieces(report: &mut Report) {
    let requests = traffic::ordinary();
    let engine = Engine::default();
    let mut transactions = [engine.transaction(), engine.transaction(), engine.transaction()];
    let [a, b, c] = &mut transactions;
    let run = |transaction: &mut Transaction, size: usize| {
        requests.iter().for_each(|request| drive::judge_in_pieces(transaction, &request.bytes, size));
    };
    let [whole, small, single] =
        medians([&mut || run(a, usize::MAX), &mut || run(b, 64), &mut || run(c, 1)], 2 * ROW);
    let bar = &mut report.bar;
    let what = format!("{} requests of every day", requests.len());
    bar.line(
        &format!("{what} in 64-byte pieces"),
        format!("{:.2} x whole", small / whole),
        "at most 1.5 x",
        small / whole <= 1.5,
    );
    bar.line(
        &format!("{what} byte by byte"),
        format!("{:.2} x whole", single / whole),
        "at most 6 x",
        single / whole <= 6.0,
    );
}

fn memory(report: &mut Report) {
    let bar = &mut report.bar;
    let engine = Engine::default();
    let requests = traffic::ordinary();
    let mut transaction = engine.transaction();
    let (mut asked, mut by) = (0, Vec::new());
    for request in &requests {
        let before = asked;
        for size in [usize::MAX, 64, 1] {
            (0..2).for_each(|_| drive::judge_in_pieces(&mut transaction, &request.bytes, size));
            asked += counting::calls(|| drive::judge_in_pieces(&mut transaction, &request.bytes, size));
        }
        if asked > before {
            by.push(request.name.as_str());
        }
    }
    bar.line(
        "heap allocations on the requests of every day, once warm (core/tests/allocation.rs has more)",
        format!("{asked}{}{}", if by.is_empty() { "" } else { ", on " }, by.join(", ")),
        "0",
        asked == 0,
    );
    let held = |request: &[u8]| {
        counting::peak(|| {
            let mut transaction = Box::new(engine.transaction());
            drive::judge(&mut transaction, request);
        })
    };
    let each: Vec<f64> = requests.iter().map(|request| held(&request.bytes) as f64).collect();
    let (typical, most) = (median(each.clone()) as usize, each.into_iter().fold(0.0, f64::max) as usize);
    bar.line(
        "memory of an open transaction, typical",
        format!("{}; the largest of {} requests {}", kib(typical), requests.len(), kib(most)),
        "at most 8 KiB",
        typical <= 8 << 10,
    );
    let worst = FAMILIES.iter().map(|family| {
        let request = family.request(SIZES[2]);
        // What all transactions share is built when it is first needed, and not held by this one.
        drive::judge(&mut transaction, &request);
        (held(&request), family.name)
    });
    let worst = worst.max();
    let (worst, name) = worst.expect("families");
    bar.line(
        "memory of an open transaction, hard maximum (held by core/tests/bounds.rs)",
        format!("{} ({name})", kib(worst)),
        &format!("stated: {} KiB", HARD >> 10),
        worst <= HARD,
    );
}

fn attacks(report: &mut Report) {
    let mut transaction = Engine::default().transaction();
    let mut table = Table::new("Attack requests", &["class", "bytes", "µs"]);
    let mut worst = (0.0, String::new());
    for attack in traffic::attacks() {
        drive::judge(&mut transaction, &attack.bytes);
        assert_eq!(transaction.verdict(), Verdict::Attack, "{}", attack.name);
        let [time] = medians([&mut || drive::judge(&mut transaction, &attack.bytes)], SHORT);
        let cells = vec![attack.name.clone(), attack.bytes.len().to_string(), format!("{:.2}", time * 1e6)];
        table.rows.push(cells);
        if time > worst.0 {
            worst = (time, attack.name);
        }
    }
    report.bar.line(
        "attack requests, the slowest class",
        format!("{} ({})", micros(worst.0), worst.1),
        "at most 10 µs",
        worst.0 <= 10e-6,
    );
    report.details.push(table);
}

fn judge_each(transaction: &mut Transaction, requests: &[Vec<u8>]) {
    requests.iter().for_each(|request| drive::judge(transaction, request));
}

fn adversarial(report: &mut Report) {
    let mut table = Table::new(
        "The adversarial set, ns a byte",
        &["family", "16 KiB", "64 KiB", "256 KiB", "1 MiB", "growth"],
    );
    let engine = Engine::default();
    let (mut worst, mut growth) = ((0.0, ""), (0.0, ""));
    for family in FAMILIES {
        let requests = SIZES.map(|size| family.requests(size));
        let mut transactions = SIZES.map(|_| engine.transaction());
        let [a, b, c, d] = &mut transactions;
        let times = medians(
            [
                &mut || judge_each(a, &requests[0]),
                &mut || judge_each(b, &requests[1]),
                &mut || judge_each(c, &requests[2]),
                &mut || judge_each(d, &requests[3]),
            ],
            SHORT,
        );
        let bytes = requests.each_ref().map(|list| list.iter().map(Vec::len).sum::<usize>());
        let each: Vec<f64> = times.iter().zip(bytes).map(|(time, bytes)| time * 1e9 / bytes as f64).collect();
        let most = each.iter().copied().fold(0.0, f64::max);
        // The largest step up beyond what smaller ones cost: 1 is linear, 4 quadratic.
        let mut step = 0.0f64;
        let mut before = each[0];
        for &each in &each[1..] {
            step = step.max(each / before);
            before = before.max(each);
        }
        if most > worst.0 {
            worst = (most, family.name);
        }
        if step > growth.0 {
            growth = (step, family.name);
        }
        let mut cells = vec![family.name.to_owned()];
        cells.extend(each.iter().map(|each| format!("{each:.1}")));
        cells.push(format!("{step:.2} x"));
        table.rows.push(cells);
    }
    let over = table.rows[1..]
        .iter()
        .filter(|row| row[1..5].iter().any(|cell| cell.parse().is_ok_and(|each: f64| each > 30.0)));
    let over = over.count();
    let bar = &mut report.bar;
    bar.line(
        &format!("adversarial set, {} families at 4 sizes, the slowest", FAMILIES.len()),
        format!("{:.1} ns a byte ({}); {over} families over 30", worst.0, worst.1),
        "at most 30 ns a byte",
        worst.0 <= 30.0,
    );
    bar.line(
        "adversarial set, largest growth a byte from one size to the next, 4 times as big",
        format!("{:.2} x ({})", growth.0, growth.1),
        &format!("linear: at most {LINEAR} x"),
        growth.0 <= LINEAR,
    );
    report.details.push(table);
}
