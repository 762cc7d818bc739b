//! Texts as people post them, of other kinds and languages than the prose of [`bodies`](crate::bodies): a manual, a README, source code, posts
//! to a forum, written for this purpose. What is made cheap for one text is seen here to be so for others.

use crate::bodies::{Sequence, post, quoted};
use crate::traffic::{Request, files};

/// Each text of `traffic/texts/` as the string of a document in JSON: as it is, and with its paragraphs in some order, again and again, up to so
/// many bytes.
pub fn requests(length: usize) -> Vec<[Request; 2]> {
    let sent = |name: &str, text: &str| {
        let body = format!(r#"{{"author":"Kim","text":{}}}"#, quoted(text));
        Request::new(name, post("/api/v2/posts", "application/json", body.as_bytes()))
    };
    let both = |(name, text): (String, String)| [sent(&name, &text), sent(&name, &longer(&text, length))];
    files("texts", "txt").into_iter().map(both).collect()
}

fn longer(text: &str, length: usize) -> String {
    let (paragraphs, mut sequence) = (text.split("\n\n").collect::<Vec<_>>(), Sequence::new(0x7E87));
    let mut out = String::new();
    while out.len() < length {
        out += sequence.of(&paragraphs);
        out += "\n\n";
    }
    out
}
