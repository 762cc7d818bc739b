//! The techniques of malicious uploads, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("executable-extension", "A file name that the server would run.", &[650]),
    row("double-extension", "A runnable extension in front of a harmless one.", &[650, 11]),
    row("hidden-extension", "A runnable extension behind blanks, dots, NUL or stream names.", &[650, 11]),
    row("server-setup-file", "A file name that sets up the server: `.htaccess` and its kind.", &[650]),
    row("server-setup", "Directives that make the server run uploads.", &[650]),
    row("session-file", "A file name that an application server reads as a session.", &[586]),
    row("web-shell", "Code that runs what a request tells it.", &[650]),
    row("php-code", "PHP code in a file.", &[650]),
    row("jsp-code", "Java server page code in a file.", &[650]),
    row("coldfusion-shell", "ColdFusion code in a file.", &[650]),
    row("server-page", "Code of a server page in a file.", &[650]),
    row("svg-script", "An SVG image with script.", &[18, 63]),
    row("image-coder", "An image file that makes ImageMagick read files, addresses or run commands.", &[17]),
    row("postscript-pipe", "PostScript that runs commands.", &[17]),
    row("archive-traversal", "An archive whose members lead out of the folder.", &[139]),
    row("pdf-action", "A PDF that runs script or a program when it is opened.", &[17]),
    row("program-file", "A program.", &[17]),
    row("polyglot", "A file that is an image and code at once.", &[636]),
    row("test-virus", "The EICAR test file, which scanners of uploads are tried with.", &[17]),
];
