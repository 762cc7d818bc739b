//! Limits that a request reaches (CWE-770): told by the engine, which holds the limits (`engine/overlimit.rs`).

pub(super) mod techniques;
