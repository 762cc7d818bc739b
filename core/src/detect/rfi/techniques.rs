//! The techniques of remote file inclusion, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("code-url", "A URL of another host that ends in a file of code.", &[193]),
    row("include-parameter", "A URL in a parameter that names what to include.", &[193]),
    row("cut-tail", "A URL that cuts off what the application adds.", &[193]),
    row("ftp-url", "A file of code by FTP.", &[193]),
    row("share", "A file of code on a network share.", &[253]),
    row("superglobal", "A URL set into a global variable of PHP.", &[193]),
];
