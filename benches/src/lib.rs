//! What a request costs: the traffic, the drivers and the clock that the three benches share.
//!
//! `benches/bar.rs` measures every promise of `docs/performance.md` in one run and says which are kept, `benches/rows.rs`
//! gives the statistics of each row (criterion), `benches/instructions.rs` counts instructions under callgrind and
//! compares them with `instructions.json`.
//!
//! To add one: a request is a file in `traffic/`, a text that people post one in `traffic/texts/` ([`texts`]), a large
//! body a builder in [`bodies`], a flood a line in [`adversarial`]. The benches find them by themselves, and [`fresh`]
//! makes requests like the first that nobody has sent before. A new row is a line in `bar.rs` and a group in `rows.rs`.

pub mod adversarial;
pub mod bodies;
pub mod clock;
pub mod drive;
pub mod fresh;
pub mod record;
pub mod texts;
pub mod traffic;
