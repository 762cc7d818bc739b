//! The table for a person, and the rows as JSON.

use crate::traffic::Traffic;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// One engine in one work.
#[derive(Serialize)]
pub struct Row {
    /// Kind of traffic.
    pub work: &'static str,
    /// Who judged it.
    pub engine: &'static str,
    /// Version of the engine, and of its rules.
    pub version: String,
    /// Why it was not measured, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Median of the turns; null if missing.
    pub ns_per_request: Option<f64>,
    /// Requests of the work.
    pub requests: usize,
    /// Those it flagged; always 0 for what judges nothing.
    pub flagged: usize,
    /// Mean size of a request.
    pub bytes_per_request: f64,
    /// Time of this engine over that of sidewatch.
    pub ratio: Option<f64>,
    /// Turns that were measured.
    pub turns: usize,
    /// Of the attacks, by class: flagged, and all.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub flagged_by_class: BTreeMap<String, (usize, usize)>,
}

/// Engines that parse or copy and judge nothing.
const FLOOR: &[&str] = &["httparse", "memcpy"];

/// Prints what a request costs in each engine, and what each engine flagged.
pub fn print(traffic: &Traffic, rows: &[Row]) {
    let of = |work: &str| rows.iter().filter(|row| row.work == work).collect::<Vec<_>>();
    let any = traffic.works.first().map(|work| of(work.name)).unwrap_or_default();
    for row in &any {
        match &row.missing {
            Some(reason) => println!("{}: missing: {reason}", row.engine),
            None => println!("{}: {}", row.engine, row.version),
        }
    }
    for work in &traffic.works {
        let size = of(work.name).first().map_or(0.0, |row| row.bytes_per_request);
        println!("{}: {}; {} requests of {size:.0} bytes", work.name, work.about, work.requests.len());
    }
    println!("\nNanoseconds a request, and times those of sidewatch:\n");
    heading("", any.iter().map(|row| row.engine));
    for work in &traffic.works {
        line(work.name, of(work.name).iter().map(|row| cost(row)));
    }
    println!("\nRequests that were flagged:\n");
    let judges =
        |work: &str| of(work).into_iter().filter(|row| !FLOOR.contains(&row.engine)).collect::<Vec<_>>();
    heading(
        "",
        ["of"].into_iter().chain(any.iter().map(|row| row.engine).filter(|name| !FLOOR.contains(name))),
    );
    for work in &traffic.works {
        let flagged = judges(work.name).into_iter().map(|row| match row.missing {
            Some(_) => String::from("missing"),
            None => row.flagged.to_string(),
        });
        line(work.name, [work.requests.len().to_string()].into_iter().chain(flagged));
    }
    for class in crate::traffic::COMMON {
        let all = traffic.classes.iter().filter(|c| c.as_deref() == Some(class)).count();
        let found = judges("attacks").into_iter().map(|row| {
            row.flagged_by_class.get(*class).map_or("missing".into(), |(found, _)| found.to_string())
        });
        line(&format!("attacks: {class}"), [all.to_string()].into_iter().chain(found));
    }
}

/// The head of a table.
fn heading<'a>(first: &str, others: impl Iterator<Item = &'a str>) {
    let others: Vec<&str> = others.collect();
    println!("| {first} | {} |", others.join(" | "));
    println!("| --- |{}", " ---: |".repeat(others.len()));
}

/// A line of a table.
fn line(first: &str, others: impl Iterator<Item = String>) {
    println!("| {first} | {} |", others.collect::<Vec<_>>().join(" | "));
}

/// `1,902,115 (51)`.
fn cost(row: &Row) -> String {
    let Some(time) = row.ns_per_request else { return String::from("missing") };
    match row.ratio.filter(|_| row.engine != "sidewatch") {
        Some(times) => format!("{} ({})", grouped(time), ratio(times)),
        None => grouped(time),
    }
}

/// Enough digits to read it by.
fn ratio(ratio: f64) -> String {
    match ratio {
        r if r < 0.1 => format!("{r:.4}"),
        r if r < 10.0 => format!("{r:.2}"),
        r => grouped(r),
    }
}

/// A number with a comma between thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes the rows as a JSON array.
pub fn write(to: &Path, rows: &[Row]) -> Result<(), String> {
    let text = serde_json::to_string_pretty(rows).map_err(|e| e.to_string())?;
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    std::fs::write(to, text + "\n").map_err(|e| format!("{}: {e}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_promised_names() {
        let row = Row {
            work: "mixed",
            engine: "memcpy",
            version: String::new(),
            missing: None,
            ns_per_request: Some(12.5),
            requests: 3,
            flagged: 0,
            bytes_per_request: 800.0,
            ratio: None,
            turns: 5,
            flagged_by_class: BTreeMap::new(),
        };
        let json = serde_json::to_value([row]).unwrap();
        for (name, value) in [
            ("work", "mixed".into()),
            ("engine", "memcpy".into()),
            ("ns_per_request", 12.5.into()),
            ("requests", 3.into()),
            ("flagged", serde_json::Value::from(0)),
        ] {
            assert_eq!(json[0][name], value, "{name}");
        }
        assert!(json[0].get("missing").is_none());
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([999.4, 1000.0, 1_234_567.0].map(grouped), ["999", "1,000", "1,234,567"]);
        assert_eq!([0.00942, 1.0, 9.876, 1012.3].map(ratio), ["0.0094", "1.00", "9.88", "1,012"]);
    }
}
