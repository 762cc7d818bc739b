//! Lines of headers and of mail protocols (RFC 9110 section 5, RFC 5321, RFC 3501).

use super::{Out, knows};

/// Commands that are shown: RFC 5321 section 4.1, RFC 3501 section 6, RFC 1939.
#[rustfmt::skip]
pub(super) const VERBS: &[&str] = &[
    "append", "auth", "authenticate", "capability", "check", "close", "copy", "create", "data", "dele", "delete",
    "ehlo", "examine", "expn", "expunge", "fetch", "from", "helo", "help", "list", "login", "logout", "lsub", "mail",
    "noop", "pass", "quit", "rcpt", "rename", "retr", "rset", "search", "select", "starttls", "stat", "status",
    "store", "subscribe", "to", "top", "uid", "user", "vrfy"
];

/// Reads `text`.
pub(super) fn read(text: &[u8], out: &mut Out) {
    let mut at = 0;
    while at < text.len() && !out.full {
        let rest = text.get(at..).unwrap_or_default();
        let end = rest.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(rest.len());
        line(rest.get(..end).unwrap_or_default(), at > 0, out);
        at += end;
        let ends = text.get(at..).unwrap_or_default();
        match ends {
            [b'\r', b'\n', ..] => {
                out.put("line-end");
                at += 2;
            }
            [_, ..] => {
                out.put("line-end");
                at += 1;
            }
            [] => {}
        }
    }
}

fn line(line: &[u8], injected: bool, out: &mut Out) {
    let line = line.trim_ascii();
    if line.is_empty() {
        return;
    }
    if !injected {
        return out.put("text");
    }
    if line == b"." {
        return out.put("dot");
    }
    if line.get(..5).is_some_and(|l| l.eq_ignore_ascii_case(b"http/")) {
        return out.put("status-line");
    }
    if line.starts_with(b"<") {
        return out.put("markup");
    }
    let words = line.split(|b| b.is_ascii_whitespace() || *b == b':').filter(|w| !w.is_empty());
    let count = words.clone().count();
    // `A1 FETCH`: IMAP's clients begin each command with a tag.
    let tagged = |w: &&[u8]| {
        w.first().is_some_and(u8::is_ascii_alphabetic) && w.iter().skip(1).all(u8::is_ascii_digit)
    };
    let tag =
        words.clone().next().filter(tagged).filter(|_| words.clone().nth(1).is_some_and(|w| knows(VERBS, w)));
    let words = words.skip(usize::from(tag.is_some()));
    if tag.is_some() {
        out.put("tag");
    }
    let verbs: Vec<&[u8]> = words.take(3).take_while(|w| knows(VERBS, w)).collect();
    let colon = line.iter().position(|&b| b == b':');
    let name = colon.and_then(|at| line.get(..at)).unwrap_or_default();
    let one = !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if one && !matches!(verbs.first(), Some(verb) if verb.len() == name.len() && verbs.len() > 1) {
        out.put("field");
    } else {
        verbs.iter().for_each(|verb| out.word("", verb));
        if verbs.is_empty() {
            return out.put("text");
        }
    }
    if let Some(at) = colon {
        out.put(":");
        if at + 1 < line.len() {
            out.put("text");
        }
    } else if count > verbs.len() + usize::from(tag.is_some()) {
        out.put("text");
    }
}
