//! The stories of `testdata/stories.toml`: packets in, streams out. Every story is told with two initial sequence
//! numbers, one of them just before the numbers wrap, and through every link layer and tunnel.
#![allow(missing_docs)]

mod common;

use common::{Recorder, Tcp, WRAPS, frame};
use serde::Deserialize;
use sidewatch_capture::limits::Limits;
use sidewatch_capture::pipeline::Pipeline;
use sidewatch_capture::summary::Summary;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stories {
    story: Vec<Story>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    name: String,
    why: String,
    /// `>` or `<`, with the number of the connection before it if it is not the first, then words in any order:
    /// `syn`, `fin`, `rst`, `@N` (offset of the first byte), `ack=N` (offset; `ack=-` for none; without it all that the
    /// other side has sent so far), `win=N`, `urg=N`, `cut=N`, `+N` (milliseconds since the last packet), and after
    /// ` :` the payload. A line of `+N` alone lets time pass. Without `@N` a packet goes on where the last one ended.
    packets: Vec<String>,
    expect: Vec<String>,
    #[serde(default)]
    dropped: BTreeMap<String, u64>,
    #[serde(default)]
    limits: Bounds,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Bounds {
    flows: Option<usize>,
    ahead: Option<usize>,
    buffered: Option<usize>,
    patience: Option<u32>,
    linger_ms: Option<u64>,
    enough: Option<usize>,
}

/// Where one side of a connection stands.
#[derive(Clone, Copy, Default)]
struct Side {
    next: i64,
    top: i64,
    started: bool,
}

fn packets(story: &Story, isn: u32) -> Vec<(u64, Tcp)> {
    let mut sides: BTreeMap<(u16, bool), Side> = BTreeMap::new();
    let (mut out, mut time) = (Vec::new(), 1_000_000_000);
    for line in &story.packets {
        let (head, payload) = line.split_once(" :").unwrap_or((line, ""));
        let mut words = head.split_whitespace();
        let first = words.next().expect("a direction");
        if let Some(ms) = first.strip_prefix('+') {
            time += ms.parse::<u64>().expect("milliseconds") * 1_000_000;
            continue;
        }
        let connection = first.trim_end_matches(['<', '>']).parse().unwrap_or(0);
        let backward = first.ends_with('<');
        let other = sides.get(&(connection, !backward)).copied().unwrap_or_default();
        let side = sides.entry((connection, backward)).or_default();
        let isn = |backward: bool| if backward { isn.wrapping_mul(3) } else { isn };
        let number = |at: i64, backward| isn(backward).wrapping_add(1).wrapping_add(at as u32);
        let mut tcp = Tcp { backward, connection, window: 0xffff, payload: payload.into(), ..Tcp::default() };
        tcp.ack = other.started.then(|| number(other.top, !backward));
        let mut at = side.next;
        for word in words {
            let value = |n: &str| n.parse::<i64>().unwrap_or_else(|_| panic!("{}: {word}", story.name));
            match word.split_at(word.find('=').map_or(1, |i| i + 1)) {
                _ if word == "syn" => tcp.syn = true,
                _ if word == "fin" => tcp.fin = true,
                _ if word == "rst" => tcp.rst = true,
                ("@", n) => at = value(n),
                ("+", n) => time += value(n) as u64 * 1_000_000,
                ("ack=", "-") => tcp.ack = None,
                ("ack=", n) => tcp.ack = Some(number(value(n), !backward)),
                ("win=", n) => tcp.window = value(n) as u16,
                ("urg=", n) => tcp.urgent = Some(value(n) as u16),
                ("cut=", n) => tcp.cut = value(n) as usize,
                _ => panic!("{}: what is {word}?", story.name),
            }
        }
        tcp.seq = number(at - i64::from(tcp.syn), backward);
        side.next = at + payload.len() as i64;
        side.top = side.top.max(side.next + i64::from(tcp.fin));
        side.started = true;
        time += 1_000_000;
        out.push((time, tcp));
    }
    out
}

fn tell(story: &Story, isn: u32, wrap: usize) -> (Vec<String>, Summary) {
    let (_, link, frames) = WRAPS[wrap];
    let mut limits = Limits::default();
    let Bounds { flows, ahead, buffered, patience, linger_ms, enough } = story.limits;
    limits.flows = flows.unwrap_or(limits.flows);
    limits.ahead = ahead.unwrap_or(limits.ahead);
    limits.buffered = buffered.unwrap_or(limits.buffered);
    limits.patience = patience.unwrap_or(limits.patience);
    limits.linger = linger_ms.map_or(limits.linger, Duration::from_millis);
    let mut pipeline = Pipeline::new(limits, Recorder { enough, ..Recorder::default() });
    for (time, tcp) in packets(story, isn) {
        for bytes in frames(&tcp) {
            pipeline.frame(&frame(link, time, &bytes, tcp.cut));
        }
    }
    pipeline.finish();
    assert_eq!(pipeline.table().held(), 0, "{}: memory is given back", story.name);
    (std::mem::take(&mut pipeline.streams_mut().events), pipeline.summary().clone())
}

#[test]
fn every_story_ends_as_told() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/stories.toml")).unwrap();
    let stories: Stories = toml::from_str(&text).unwrap();
    let (mut names, mut failures) = (BTreeSet::new(), Vec::new());
    for story in &stories.story {
        assert!(names.insert(&story.name), "two stories are called {}", story.name);
        assert!(!story.why.is_empty());
        let cut = story.packets.iter().any(|p| p.contains("cut="));
        for isn in [1000, 0xffff_fffc] {
            for (w, wrap) in WRAPS.iter().enumerate() {
                // Cut fragments never become whole, and padding cannot be cut as payload.
                if cut && (wrap.0.contains("fragment") || wrap.0.contains("padded")) {
                    continue;
                }
                let (events, summary) = tell(story, isn, w);
                let dropped: BTreeMap<_, _> = summary
                    .drops()
                    .filter(|(r, _)| !r.name().starts_with("fragment"))
                    .map(|(r, d)| (r.name().to_owned(), d.bytes))
                    .collect();
                if events != story.expect || dropped != story.dropped {
                    failures.push(format!(
                        "{} ({}, {isn:#x}):\n  {events:#?}\n  {dropped:?}",
                        story.name, wrap.0
                    ));
                    break;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
