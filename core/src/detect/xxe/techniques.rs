//! The techniques of XML external entities, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("external-entity", "An entity that stands for a file or address.", &[221]),
    row("parameter-entity", "A parameter entity that stands for a file or address.", &[221]),
    row("external-dtd", "The document type lies elsewhere.", &[228]),
    row("internal-entity", "An entity that stands for markup.", &[228]),
    row("entity-bomb", "Entities of entities, whose text grows with each.", &[197]),
    row("schema-location", "The schema lies at an address of the sender.", &[228]),
    row("xinclude", "XInclude takes in a file or address.", &[221]),
    row("xslt-code", "A style sheet that runs code or reads files.", &[250]),
    row("utf7", "XML in UTF-7, which hides markup.", &[250]),
];
