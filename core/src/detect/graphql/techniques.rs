//! The techniques of costly GraphQL documents, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("depth", "Selections that nest deep.", &[229]),
    row("circular-query", "A path that comes back to the same fields.", &[229]),
    row("alias-overload", "One field many times under aliases.", &[112, 229]),
    row("field-duplication", "One field many times without aliases.", &[229]),
    row("directive-overload", "Directives in a heap.", &[229]),
    row("operation-overload", "Many operations in one document.", &[229]),
    row("circular-fragment", "Fragments that spread each other.", &[229]),
    row("field-guessing", "Bare names at the root, to learn from the corrections.", &[54]),
    row("introspection", "The schema is asked for.", &[54]),
    row("circular-introspection", "The schema is asked for in a circle.", &[54, 229]),
    row("page-size", "A page of very many objects.", &[147]),
    row("batch", "Many documents in one request.", &[112, 147]),
];
