//! The techniques of forged tokens, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("alg-none", "A token that says it is not signed.", &[115]),
    row("alg-missing", "A token that names no algorithm.", &[115]),
    row("alg-unknown", "An algorithm that is not registered for tokens.", &[115]),
    row("no-signature", "An empty signature under an algorithm that signs.", &[475]),
    row("zero-signature", "An elliptic-curve signature of zeros.", &[475]),
    row("key-confusion", "A shared-secret algorithm beside a public key.", &[475]),
    row("embedded-key", "The key to verify with inside the token.", &[475]),
    row("key-url", "An address to fetch the key from.", &[475]),
    row("kid-path", "A key identifier that is a path.", &[475, 126]),
    row("kid-injection", "A key identifier that goes on as a query or command.", &[475]),
    row("key-derivation-cost", "Millions of rounds of key derivation.", &[130]),
    row("content-type", "A payload type whose reader can be attacked.", &[586]),
    row("repeated-member", "A header that names a member twice.", &[475]),
];
