//! The techniques of server-side template injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("arithmetic-probe", "A calculation between the delimiters of a template: is it done?", &[242]),
    row("polyglot-probe", "Delimiters of many engines at once, to see an error.", &[242]),
    row("engine-object", "Objects of the template engine itself.", &[242]),
    row("template-statement", "A statement of the template language.", &[242]),
    row("dangerous-filter", "A filter or tag that runs what it is given.", &[242]),
    row("python-introspection", "Walks from an object to Python's classes.", &[242]),
    row("java-reflection", "Walks from an object to Java's classes.", &[242]),
    row("server-code", "Code of the server's language between the delimiters of a template.", &[242]),
];
