//! Stream wrappers: names that `include` and `fopen` accept in place of a path.
//!
//! Fires: `php://filter/convert.base64-encode/resource=index`, `expect://id`, `phar://up.jpg/x`, `file:///etc/passwd`.
//! Must not: `https://...`, `data:image/png;base64,...`, a sentence about `php://input`.
//! Sources: PHP manual, "Supported Protocols and Wrappers"; RFC 8089 (`file`); Java's `JarURLConnection` (`jar:`).

/// A wrapper that begins a value.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrapper {
    /// Bytes of the scheme with what makes it one.
    pub len: usize,
    /// Confidence when the value is this and nothing else.
    pub confidence: u8,
    /// What it does.
    pub what: &'static str,
}

/// What PHP offers under `php://`.
static PHP: &[&str] = &["filter", "input", "fd", "memory", "temp", "stdin", "stdout", "output"];

#[rustfmt::skip]
static SCHEMES: &[(&str, u8, &str)] = &[
    ("expect://", 92, "runs a command"),
    ("phar://", 90, "opens a PHP archive and unserializes its metadata"),
    ("zip://", 88, "reads a member of a ZIP archive"),
    ("compress.zlib://", 90, "reads a compressed file"),
    ("compress.bzip2://", 90, "reads a compressed file"),
    ("glob://", 88, "lists files that match a pattern"),
    ("ogg://", 80, "reads an audio file as a stream"),
    ("rar://", 85, "reads a member of a RAR archive"),
    ("ssh2.exec://", 92, "runs a command over SSH"),
    ("ssh2.shell://", 90, "opens a shell over SSH"),
    ("ssh2.sftp://", 85, "opens a file over SSH"),
    ("ssh2.tunnel://", 88, "opens a connection over SSH"),
    ("jar:file:", 88, "reads a member of a Java archive"),
    ("jar:http", 85, "fetches a Java archive and reads a member"),
    ("netdoc:", 85, "reads a local file (Java)"),
    ("local_file:", 85, "reads a local file (Python)"),
    ("view-source:file:", 85, "reads a local file"),
];

/// The wrapper `value` begins with.
pub fn wrapper(value: &[u8]) -> Option<Wrapper> {
    let first = value.first()?.to_ascii_lowercase();
    if !matches!(
        first,
        b'p' | b'e' | b'z' | b'c' | b'g' | b'o' | b'r' | b's' | b'j' | b'n' | b'l' | b'v' | b'd'
    ) {
        return None;
    }
    let starts =
        |prefix: &str| value.get(..prefix.len()).is_some_and(|v| v.eq_ignore_ascii_case(prefix.as_bytes()));
    if starts("php:") {
        let at = 4 + value.iter().skip(4).take_while(|&&b| b == b'/').count();
        let rest = value.get(at..).unwrap_or(b"");
        let stream =
            PHP.iter().find(|s| rest.get(..s.len()).is_some_and(|v| v.eq_ignore_ascii_case(s.as_bytes())))?;
        let confidence = if at >= 6 { 93 } else { 60 };
        return Some(Wrapper { len: at + stream.len(), confidence, what: "reads or rewrites a PHP stream" });
    }
    if starts("data:") {
        // Included as code: text of PHP or nothing said, base64 or not. Images and fonts are ordinary.
        let rest = value.get(5..)?;
        let rest = rest.strip_prefix(b"//").unwrap_or(rest);
        let code =
            rest.strip_prefix(b"text/plain").or_else(|| rest.strip_prefix(b"application/x-httpd-php"))?;
        let body = code.get(memchr::memchr(b',', code)? + 1..)?;
        let php =
            body.get(..2) == Some(b"<?") || body.get(..3) == Some(b"PD8") || value.get(5..7) == Some(b"//");
        return php.then_some(Wrapper { len: 5, confidence: 85, what: "includes code carried in the value" });
    }
    let (scheme, confidence, what) = SCHEMES.iter().find(|(s, ..)| starts(s))?;
    (value.len() > scheme.len()).then_some(Wrapper { len: scheme.len(), confidence: *confidence, what })
}
