//! sidewatch finds web attacks in a copy of the traffic.
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
