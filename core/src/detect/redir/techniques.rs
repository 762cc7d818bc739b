//! The techniques of open redirect, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("scheme-relative", "Two slashes and a foreign host.", &[98]),
    row("absolute-url", "A whole URL of a foreign host.", &[98]),
    row("odd-host", "A host in a spelling nobody writes.", &[98]),
    row("user-as-host", "A name before `@` that looks like the host.", &[98]),
    row("script-url", "A URL of a scheme that runs code.", &[98, 244]),
    row("backslash-slash", "Backslashes that browsers read as slashes.", &[98]),
    row("many-slashes", "More slashes than a URL has.", &[98]),
    row("odd-slashes", "Slashes with blanks or controls between.", &[98]),
    row("slash-scheme", "A path that becomes a URL when its first slash goes.", &[98]),
    row("path-trick", "A path that browsers read as a host.", &[98]),
    row("look-alike", "Characters that look like slashes or dots.", &[98]),
    row("embedded-host", "A host that begins with the complete name of another.", &[98]),
    row("suffix-host", "A host name as the whole query or fragment: the end looks right.", &[98]),
    row("nested-parameter", "A redirect parameter where an address was.", &[98]),
    row("own-redirector", "The site's own redirector with a foreign host.", &[98]),
    row("many-parameters", "The same foreign host in many parameters: which one redirects?", &[98]),
];
