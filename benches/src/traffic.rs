//! The requests of `traffic/`: heads and bodies as browsers, applications and attackers send them, written for this
//! purpose. Hosts are of RFC 2606.
//!
//! A file is the request with its lines ended by LF; on the wire each ends in CRLF. `{length}` stands for the length of
//! the body, and the newline at the end of the file belongs to no body.

use std::path::Path;

/// A request as sent, with its name.
#[derive(Clone, Debug)]
pub struct Request {
    /// The name of its file or what its builder makes.
    pub name: String,
    /// The bytes on the wire.
    pub bytes: Vec<u8>,
}

impl Request {
    /// A request that a builder made.
    pub fn new(name: &str, bytes: Vec<u8>) -> Request {
        Request { name: name.to_owned(), bytes }
    }

    /// Where the body begins.
    pub fn body(&self) -> &[u8] {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        &self.bytes[end + 4..]
    }
}

/// Page views and what pages fetch, each a head of about 1 KB with cookies.
pub fn browser() -> Vec<Request> {
    folder("browser")
}

/// What applications and forms send.
pub fn api() -> Vec<Request> {
    folder("api")
}

/// One typical attack of each class, named after the class.
pub fn attacks() -> Vec<Request> {
    folder("attack")
}

/// One request of [`browser`] or [`api`].
pub fn named(name: &str) -> Request {
    let all = browser().into_iter().chain(api());
    all.into_iter().find(|request| request.name == name).unwrap_or_else(|| panic!("no request {name}"))
}

/// Everything of every day: what the benign path is measured on.
pub fn ordinary() -> Vec<Request> {
    browser().into_iter().chain(api()).collect()
}

/// How many bytes the requests have together.
pub fn bytes(requests: &[Request]) -> usize {
    requests.iter().map(|request| request.bytes.len()).sum()
}

fn folder(name: &str) -> Vec<Request> {
    files(name, "http").into_iter().map(|(name, text)| Request { name, bytes: wire(&text) }).collect()
}

/// The files of a folder of `traffic/` that end so: their names without that, and what they hold.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traffic").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == extension));
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display())))
    };
    files.iter().map(read).collect()
}

/// The text of a file as the bytes on the wire.
fn wire(text: &str) -> Vec<u8> {
    let (head, body) = text.split_once("\n\n").expect("a blank line ends the head");
    let body = body.strip_suffix('\n').unwrap_or(body).replace('\n', "\r\n");
    let head = head.replace('\n', "\r\n").replace("{length}", &body.len().to_string());
    format!("{head}\r\n\r\n{body}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_what_is_sent() {
        assert_eq!(wire("GET / HTTP/1.1\nHost: a\n\n"), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(
            wire("POST / HTTP/1.1\nContent-Length: {length}\n\na\nb\n"),
            b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\na\r\nb"
        );
    }
}
