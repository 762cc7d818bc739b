//! sidewatch as a dynamic module of Envoy: an HTTP filter that judges requests as an observer, as the target of a mirror,
//! or in line.
//!
//! What comes in: the hooks that Envoy calls for each stream, and a configuration in JSON. What goes out: events as lines
//! of JSON, counters in Envoy's statistics, the verdict as dynamic metadata, and answers where the position asks for them.
//! What always holds: no panic leaves a hook, Envoy goes on if the library fails, nothing waits for a lock, and `unsafe`
//! stays in `abi.rs`. To add one: an option goes to `config.rs` and its row to `README.md`, a counter to `host.rs`.
#![deny(unsafe_code)]

#[cfg(not(test))]
#[allow(unsafe_code)]
mod abi;
mod address;
mod config;
mod exchange;
mod head;
mod host;
mod sink;
mod worker;

#[cfg(test)]
mod tests;
