//! sidewatch finds web attacks in a copy of the traffic.
//!
//! Feed it HTTP, as parsed parts, as raw bytes, or as both directions of a TCP connection. It decodes what is encoded, reads each
//! value as the attacked interpreter would, and tells what is attacking, where, how sure it is, and why.
//!
//! ```
//! use sidewatch::http::{Messages, Version};
//! use sidewatch::{Engine, Verdict};
//!
//! let engine = Engine::default(); // immutable: share it between threads
//! let mut tx = engine.transaction(); // one request and its response: reuse it with reset()
//! tx.request_line(b"GET", b"/item?id=1%27+union+select+password+from+users--", Version::Http11);
//! tx.request_header(b"Host", b"shop.example");
//! tx.request_head_end();
//! tx.request_end();
//!
//! assert_eq!(tx.verdict(), Verdict::Attack);
//! let finding = &tx.findings()[0];
//! assert_eq!((finding.class.name(), &*finding.point), ("sqli", "query.id"));
//! ```
//!
//! # What to look at first
//!
//! | you have | you want |
//! | --- | --- |
//! | a server, proxy or framework that has parsed the request | [`Transaction`], through the methods of [`Messages`](http::Messages) |
//! | the bytes of a request | [`Transaction::request_bytes`] |
//! | both directions of a TCP connection | [`Engine::connection`] |
//! | an operator with wishes | [`Policy::from_toml`] and [`Engine::new`] |
//! | something to write to a log | [`Transaction::write_json`], or [`Transaction::event`] for a format of your own |
//! | a question why something was found, or not | [`Finding::reason`], [`Transaction::set_trace`] |
//!
//! Examples that run are in the repository: `cargo run -p sidewatch --example inspect`, and in its folder `examples` a layer for tower and
//! hyper that judges bodies while they stream, and a proxy that taps connections.
//!
//! # Bodies and responses
//!
//! Pieces are judged as they come and are not kept. However the same bytes are cut into pieces, the findings are the same;
//! findings are only added, so in line a verdict can be acted on as soon as it is there.
//!
//! ```
//! # use sidewatch::http::{Messages, Version};
//! # let mut tx = sidewatch::Engine::default().transaction();
//! tx.request_line(b"POST", b"/login", Version::Http11);
//! tx.request_header(b"Content-Type", b"application/json");
//! tx.request_head_end();
//! for piece in [&b"{\"user\": \"admin' or "[..], b"1=1--\"}"] {
//!     tx.request_body(piece);
//! }
//! tx.request_end();
//! tx.response_line(Some(200), Version::Http11);
//! tx.response_head_end();
//! tx.response_end();
//! assert_eq!(tx.findings()[0].point, "body.json.user");
//! let mut event = Vec::new();
//! tx.write_json(&mut event);
//! ```
//!
//! # Policies, and how to change one
//!
//! A policy is refused as a whole, with line, column and reason. An [`Engine`] is cheap to clone and never changes: to reload, build another
//! and let new transactions come from it; those under way keep theirs. A host with threads holds the current engine where it
//! holds other configuration, for instance in an `RwLock<Engine>` that is read once a request.
//!
//! ```
//! use sidewatch::{Engine, Policy};
//!
//! let policy = Policy::from_toml("[detection]\nsensitivity = \"strict\"\n[limits]\nkeep_body = 1024\n")?;
//! let engine = Engine::new(policy);
//! let refused = Policy::from_toml("[detection]\nsensitivity = \"loud\"\n").unwrap_err();
//! assert!(refused.to_string().starts_with("policy line 2, column 15: "));
//! # Ok::<(), sidewatch::PolicyError>(())
//! ```
//!
//! # What always holds
//!
//! No I/O, no threads, no global state, no clock, no `unsafe` but in the byte scanners. Memory and work per transaction are
//! [bounded](limits); a bound that is reached is told as an [`Anomaly`] and never ends inspection. What cannot be parsed is judged as raw bytes. A warm
//! transaction allocates nothing for an ordinary request. Secrets are masked in findings and events.
//!
//! # The rooms
//!
//! Data flows from left to right, and modules use only what stands left of them: [`limits`], [`bytes`] < [`http`] < [`points`] <
//! [`decode`] < [`detect`] < [`verdict`] < [`emit`] < [`engine`]. What is named at this level is what an embedder needs; the modules
//! are open for tools that look closer.
#![deny(unsafe_code)]

pub mod bytes;
pub mod decode;
pub mod detect;
pub mod emit;
pub mod engine;
pub mod http;
pub mod limits;
pub mod points;
pub mod verdict;

/// The examples of the README, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use engine::{Connection, Engine, Policy, PolicyError, Transaction};
pub use http::{Anomalies, Anomaly};
pub use verdict::{Action, Finding, Sensitivity, Verdict};
