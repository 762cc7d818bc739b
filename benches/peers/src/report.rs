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

/// Prints the rows, and what each engine found by class.
pub fn print(traffic: &Traffic, rows: &[Row]) {
    println!("| work | engine | ns a request | times sidewatch | flagged |");
    println!("| --- | --- | ---: | ---: | ---: |");
    for row in rows {
        let flagged = match (row.ns_per_request, FLOOR.contains(&row.engine)) {
            (None, _) => String::from("missing"),
            (_, true) => String::from("-"),
            _ => format!("{} of {}", row.flagged, row.requests),
        };
        println!(
            "| {} | {} | {} | {} | {flagged} |",
            row.work,
            row.engine,
            row.ns_per_request.map_or(String::from("-"), grouped),
            row.ratio.map_or(String::from("-"), |r| if r < 10.0 { format!("{r:.2}") } else { grouped(r) }),
        );
    }
    println!();
    for work in &traffic.works {
        let size = rows.iter().find(|row| row.work == work.name).map_or(0.0, |row| row.bytes_per_request);
        println!("{}: {}; {} requests of {size:.0} bytes", work.name, work.about, work.requests.len());
    }
    let judges: Vec<&Row> =
        rows.iter().filter(|row| row.work == "attacks" && !FLOOR.contains(&row.engine)).collect();
    println!("\n| attacks | all | {} |", judges.iter().map(|row| row.engine).collect::<Vec<_>>().join(" | "));
    println!("| --- | ---: |{}", " ---: |".repeat(judges.len()));
    for class in crate::traffic::COMMON {
        let all = traffic.classes.iter().filter(|c| c.as_deref() == Some(class)).count();
        print!("| {class} | {all} |");
        for row in &judges {
            match row.flagged_by_class.get(*class) {
                Some((found, _)) => print!(" {found} |"),
                None => print!(" - |"),
            }
        }
        println!();
    }
    for row in rows.iter().filter(|row| row.work == "ordinary") {
        if let Some(reason) = &row.missing {
            println!("\nmissing: {}: {reason}", row.engine);
        }
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
    }
}
