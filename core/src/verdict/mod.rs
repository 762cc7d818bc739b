//! What the hits of the detectors add up to.
//!
//! What comes in: hits, with the point and the window they were found in. What goes out: [`Finding`]s with masked
//! evidence, and a [`Verdict`]. What always holds: findings are only added, never withdrawn; what leaves here is
//! bounded and holds no secret in clear. To add one: a field of evidence goes to `finding.rs`, a kind of secret to
//! `mask.rs`, a rule of scoring to `score.rs`, a language whose tokens are shown to `tokens/`.

mod excerpt;
mod finding;
mod mask;
mod score;
mod tokens;

pub use finding::{Finding, Findings};
pub(crate) use finding::{Full, Scene};
pub use mask::{Masking, SECRET_HEADERS, SECRET_WORDS};
pub(crate) use score::weigh;
pub use score::{Action, Sensitivity, Verdict};
pub(crate) use tokens::read as tokens;
