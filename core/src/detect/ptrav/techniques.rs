//! The techniques of path traversal, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("dot-dot", "Steps up that leave the folder the path begins in.", &[139]),
    row("nested-dots", "Dots that become a step up when a filter takes some away.", &[139]),
    row("path-parameter", "A step up hidden behind a path parameter (`..;`).", &[139]),
    row("malformed-probe", "Repeated malformed escapes around dots and slashes.", &[79]),
    row("path-truncation", "A path so long that its end is cut off.", &[139]),
    row("sensitive-file", "Steps up or a root, then a file that attackers want.", &[126]),
    row("absolute-path", "An absolute path of a system file.", &[597]),
    row("file-stream", "The default stream of a file on NTFS (`::$DATA`), by which a program is shown.", &[168]),
    row("file-url", "A `file:` URL.", &[597]),
    row("stream-wrapper", "A stream wrapper such as `php://filter` or `jar:`.", &[252]),
];
