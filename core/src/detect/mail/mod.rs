//! Mail injection (CWE-93, CWE-88): header fields, SMTP and IMAP commands in what a form sends.
//!
//! What comes in: a value with a line end. What goes out: a hit if a line adds recipients to a mail, or is a command of
//! the protocol the server speaks to its mail server. What always holds: a mail quoted in a text area is a hint at most.
//! To add a command: the tables below.
//!
//! Fires: `me@a.example\nBcc: all@b.example`, `x\r\n.\r\nRCPT TO:<a@b.example>`, `"\r\nV001 CREATE x`.
//! Must not: a forwarded mail of many lines, "To: the manager", a list with colons. Sources: RFC 5322 section 3.6,
//! RFC 5321 section 4.1, RFC 9051 section 6, RFC 1939, OWASP WSTG-INPV-10.

pub(super) mod techniques;

use super::crlf::{blanks, first_word};
use super::{Class, Groups, Hit, Hits, Places, Value};
use crate::bytes::{Set, Wake};
use crate::detect::lex::initials::Initials;
use crate::points::Place;

/// IMAP commands.
pub(super) const IMAP: &[&str] = &[
    "capability",
    "login",
    "select",
    "examine",
    "create",
    "delete",
    "rename",
    "subscribe",
    "unsubscribe",
    "list",
    "lsub",
    "status",
    "append",
    "fetch",
    "store",
    "copy",
    "uid",
    "search",
    "expunge",
    "logout",
    "noop",
    "starttls",
    "authenticate",
];

/// POP3 and SMTP commands that take a line of their own.
pub(super) const LINES: &[&str] =
    &["data", "rset", "quit", "ehlo", "helo", "vrfy", "expn", "stat", "retr", "dele", "uidl", "apop"];

/// Commands of POP3 that are words of every text, and commands only with a number behind them.
pub(super) const COUNTED: &[&str] = &["list", "top"];

/// Confidence of a line that begins as such a command does.
const LINE: u8 = 30;

/// Names of fields that become header fields of a mail.
static MAIL_FIELDS: &[&str] = &[
    "email",
    "e-mail",
    "mail",
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "name",
    "reply",
    "replyto",
    "reply-to",
    "reply_to",
    "sender",
    "recipient",
    "your_email",
    "youremail",
    "email_address",
    "contact",
    "topic",
];

/// Judges one value, whose lines end at `places`.
pub fn judge(value: &Value<'_>, places: Places<'_>, hits: &mut Hits) {
    use Place::*;
    let bytes = value.bytes;
    if !matches!(
        value.place,
        QueryValue | FormValue | JsonValue | XmlText | XmlAttr | CookieValue | HeaderValue | Path
    ) || bytes.len() < 6
    {
        return;
    }
    // A field has a colon, a command is a word.
    let (colon, command) = (value.wake.any(Wake::COLON), value.words.any(Groups::MAIL));
    if !colon && !command {
        return;
    }
    // PERF: of line ends side by side the last tells what the next line begins with.
    let last = |end: usize| !matches!(bytes.get(end + 1), Some(b'\r' | b'\n'));
    let begins = match places.ends(bytes.len()) {
        Some(ends) => ends.last_of_each().any(|end| may_begin(bytes, end, colon, command)),
        None => ENDS.places(bytes).any(|end| last(end) && may_begin(bytes, end, colon, command)),
    };
    if !begins {
        return;
    }
    let ends = ENDS.places(bytes).filter(|end| may_begin(bytes, *end, colon, command));
    let count = |end: u8| memchr::memchr_iter(end, bytes).take(9).count();
    // Of `\r\r\n` the CR are not lines of their own.
    let lines = if memchr::memchr(b'\n', bytes).is_some() { count(b'\n') } else { count(b'\r') };
    let head = bytes.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or(b"");
    let words = head.iter().filter(|b| **b == b' ').count();
    // An address in a field of any name is part of a head as well.
    let field = is_field(value.name) || is_address(head);
    let query = matches!(value.place, QueryValue | Path | CookieValue | HeaderValue);
    let padded = words > 4 && super::crlf::is_padding(head);
    let prose = lines > 8 || words > 4 && !field && !padded;
    // In an attribute of XML only a reference makes a line end (XML 1.0 section 3.3.3).
    let written = value.place == XmlAttr;
    let mut best: Option<Hit> = None;
    let mut commands = 0;
    for end in ends {
        let line = bytes.get(end + 1..).unwrap_or(b"");
        let line = unfolded(line.get(..line.len().min(512)).unwrap_or(line)).trim_ascii();
        let Some((technique, mut confidence, what)) = read(line, field, query) else { continue };
        if written && technique == "header-field" {
            continue;
        }
        if technique == "smtp-line" {
            commands += 1;
            let given = confidence > LINE;
            let begins = bytes.starts_with(b"\r\n") && bytes.trim_ascii() == line;
            // `\r\nQUIT\r\n` and nothing else: a line of its own between line ends of the protocol.
            let alone = begins && bytes.ends_with(b"\r\n");
            confidence = match () {
                () if commands >= 2 => 74,
                () if alone => 62,
                // Nothing but the line, and what the command takes is of the protocol's own form.
                () if begins && given => 58,
                () if begins && written => 52,
                () if begins => 40,
                () => LINE,
            };
        }
        if prose {
            confidence = confidence.min(45);
        } else if padded {
            confidence = confidence.min(60);
        }
        if best.as_ref().is_none_or(|b| b.confidence < confidence) {
            let reason = format!("after a line end, {what}");
            let span = end..(end + 1 + line.len()).min(bytes.len());
            let technique = if technique == "smtp-line" { "smtp-command" } else { technique };
            best = Some(Hit { class: Class::Mail, technique, confidence, span, reason: reason.into() });
        }
    }
    if let Some(best) = best {
        hits.push(best);
    }
}

/// The bytes that end lines.
static ENDS: Set = Set::of(b"\r\n");

/// Whether the line behind the line end at `end` may begin with a field, which takes a `colon`, or a `command`.
fn may_begin(bytes: &[u8], end: usize, colon: bool, command: bool) -> bool {
    let rest = bytes.get(end + 1..).unwrap_or_default();
    let text = match rest {
        // The CR of a CR LF ends a line, and the next begins behind the LF.
        [b'\n', b, ..] if !b.is_ascii_whitespace() && bytes.get(end) == Some(&b'\r') => return false,
        [b, ..] if !b.is_ascii_whitespace() => rest,
        // PERF: lists and code stand indented.
        _ => rest.get(blanks(rest)..).unwrap_or_default().trim_ascii_start(),
    };
    let Some(first) = text.first() else { return false };
    let letter = first | 0x20;
    if let Some(len) = first_word(text) {
        // `RCPT TO:`, `MAIL FROM:`.
        let next = text.get(len + 1).map_or(0, |b| b | 0x20);
        return colon && matches!(letter, b'm' | b'r') && matches!(next, b'f' | b't')
            || command && (is_large(text) || is_command(text.get(..len.min(5))));
    }
    if colon && matches!(letter, b'b' | b'c' | b'f' | b'm' | b'r' | b's' | b't' | b'x') {
        let name = text.iter().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        let behind = text.get(name..).unwrap_or_default().trim_ascii_start().first();
        // `RCPT TO:`, `MAIL FROM:`.
        if behind == Some(&b':')
            || matches!(letter, b'm' | b'r') && matches!(behind.map(|b| b | 0x20), Some(b'f' | b't'))
        {
            return true;
        }
    }
    if !command {
        return false;
    }
    // The tag of an IMAP command, or a command of three or four letters, large ones.
    matches!(text, [b'a'..=b'z' | b'A'..=b'Z', b'0'..=b'9', ..])
        || is_large(text)
        || is_command(text.get(..text.iter().take(5).take_while(|b| b.is_ascii_alphabetic()).count()))
}

/// Whether the text begins with three large letters.
fn is_large(text: &[u8]) -> bool {
    matches!(text, [b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z', ..])
}

/// Whether a word is a command of POP3 or SMTP.
fn is_command(word: Option<&[u8]>) -> bool {
    // PERF: few words of text are as long as the commands that begin so.
    static COMMANDS: Initials = Initials::of(LINES).and(COUNTED);
    let is = |command: &&str| word.is_some_and(|w| w.eq_ignore_ascii_case(command.as_bytes()));
    word.is_some_and(|w| COMMANDS.fit(w)) && LINES.iter().chain(COUNTED).any(is)
}

/// Whether the text is one address of a mailbox.
fn is_address(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    !text.contains(&b' ')
        && memchr::memchr(b'@', text)
            .is_some_and(|at| at > 0 && text.get(at..).is_some_and(|d| d.contains(&b'.')))
}

fn starts(line: &[u8], word: &str) -> bool {
    line.get(..word.len()).is_some_and(|l| l.eq_ignore_ascii_case(word.as_bytes()))
}

/// The line and those that continue it: a blank after the line end folds a field (RFC 5322 section 2.2.3).
fn unfolded(text: &[u8]) -> &[u8] {
    let ends = |at: &usize| {
        let rest = text.get(*at..).unwrap_or(b"");
        let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        !matches!(rest.strip_prefix(b"\n").unwrap_or(rest), [b' ' | b'\t', b'!'..=b'~', ..])
    };
    let mut breaks = memchr::memchr2_iter(b'\n', b'\r', text)
        .filter(|&at| text.get(at) == Some(&b'\r') || at == 0 || text.get(at - 1) != Some(&b'\r'));
    breaks.find(ends).and_then(|at| text.get(..at)).unwrap_or(text)
}

/// Whether a line begins with that field (lower case, the colon included); some mailers take blanks before the colon
/// (RFC 5322 section 4.5).
fn field_named(line: &[u8], name: &str) -> bool {
    let word = name.trim_end_matches(':');
    starts(line, word)
        && line.get(word.len()..).is_some_and(|rest| rest.trim_ascii_start().first() == Some(&b':'))
}

fn read(line: &[u8], field: bool, query: bool) -> Option<(&'static str, u8, String)> {
    // The postmaster needs no domain (RFC 5321 section 4.1.1.3).
    let path = |l: &[u8]| {
        memchr::memchr(b'@', l).is_some() || memchr::memchr(b'<', l).is_some() && l.ends_with(b">")
    };
    if (starts(line, "rcpt to:") || starts(line, "mail from:")) && path(line) {
        return Some(("smtp-command", 88, "an SMTP command names a sender or recipient".into()));
    }
    let address = memchr::memchr(b'@', line).is_some();
    for (name, base) in [("bcc:", 78), ("cc:", 66), ("to:", 60), ("reply-to:", 60), ("from:", 52)] {
        if address && field_named(line, name) {
            let confidence = base + if field { 12 } else { 0 } + if query { 6 } else { 0 }
                - if field || query { 0 } else { 14 };
            let why = format!("`{}` adds an address to the head of a mail", name.trim_end_matches(':'));
            return Some(("header-field", confidence, why));
        }
    }
    let mime = [
        "content-type: multipart",
        "content-type:multipart",
        "mime-version:",
        "x-mailer:",
        "content-transfer-encoding:",
    ];
    if mime.iter().any(|m| starts(line, m)) && (field || query) {
        return Some(("header-field", 66, "a MIME field changes what a mail is made of".into()));
    }
    if field && field_named(line, "subject:") {
        return Some(("header-field", 62, "`Subject` replaces the subject of a mail".into()));
    }
    let mut words = line.split(|b| *b == b' ');
    let (first, second) = (words.next()?, words.next());
    if first.iter().all(u8::is_ascii_uppercase) && (3..=4).contains(&first.len()) {
        let given = fits_line(first, second, words.clone());
        if given || LINES.iter().any(|l| first.eq_ignore_ascii_case(l.as_bytes())) {
            return Some(("smtp-line", LINE + u8::from(given), "commands of SMTP or POP3".into()));
        }
    }
    let tag = (2..=8).contains(&first.len())
        && first.first().is_some_and(u8::is_ascii_alphabetic)
        && first.iter().skip(1).all(u8::is_ascii_digit);
    if tag && let Some(command) = second.filter(|s| IMAP.iter().any(|c| s.eq_ignore_ascii_case(c.as_bytes())))
    {
        // Clients write them large; people who number their points do not, nor do they give what the command takes.
        let shouted = command.iter().all(u8::is_ascii_uppercase);
        let confidence = match (takes(command, words), shouted, query) {
            (true, true, _) => 82,
            (true, false, true) => 60,
            (true, false, false) if line.contains(&b'"') => 55,
            _ => 45,
        };
        return Some(("imap-command", confidence, "a tagged IMAP command".into()));
    }
    None
}

/// Whether what follows a command of SMTP or POP3 is of the form the protocol asks for, which text has not (RFC 5321
/// section 4.1.1, RFC 1939 sections 5 to 7): a domain, numbers of messages, a digest.
fn fits_line<'a>(command: &[u8], first: Option<&[u8]>, mut more: impl Iterator<Item = &'a [u8]>) -> bool {
    let number = |w: &[u8]| (1..=6).contains(&w.len()) && w.iter().all(u8::is_ascii_digit);
    let domain = |w: &[u8]| {
        w.contains(&b'.')
            && w.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'[' | b']' | b':'))
    };
    let is = |names: &[&str]| names.iter().any(|n| command.eq_ignore_ascii_case(n.as_bytes()));
    match (first, more.next(), more.next()) {
        (Some(n), None, None) if is(&["retr", "dele", "uidl", "list"]) => number(n),
        (Some(n), Some(lines), None) if is(&["top"]) => number(n) && number(lines),
        (Some(host), None, None) if is(&["ehlo", "helo"]) => domain(host),
        (Some(_), Some(digest), None) if is(&["apop"]) => {
            digest.len() == 32 && digest.iter().all(u8::is_ascii_hexdigit)
        }
        _ => false,
    }
}

/// Whether an IMAP command can have these arguments (RFC 9051 sections 6.1 to 6.4).
fn takes<'a>(command: &[u8], mut words: impl Iterator<Item = &'a [u8]>) -> bool {
    let first = words.next().filter(|w| !w.is_empty());
    let more = words.count();
    let is = |names: &[&str]| names.iter().any(|n| command.eq_ignore_ascii_case(n.as_bytes()));
    let Some(first) = first else {
        return is(&["capability", "noop", "logout", "expunge", "starttls", "authenticate"]);
    };
    let begins = |set: &[u8]| first.first().is_some_and(|b| set.contains(b));
    match () {
        () if is(&["fetch", "store", "copy"]) => begins(b"0123456789*$"),
        () if is(&["list", "lsub"]) => more > 0 && (begins(b"\"*%(") || first.len() == 1),
        () if is(&["search", "uid"]) => {
            first.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'0'..=b'9' | b'(' | b':' | b'*'))
        }
        () if is(&["login", "rename"]) => more == 1,
        () if is(&["append", "status"]) => more > 0,
        () if is(&["capability", "noop", "logout", "expunge", "starttls"]) => false,
        () => more == 0 || begins(b"\""),
    }
}

/// Whether what a field of that name holds becomes part of the head of a mail.
pub fn is_field(name: &[u8]) -> bool {
    let name = name.strip_suffix(b"[]").unwrap_or(name);
    MAIL_FIELDS.iter().any(|f| name.eq_ignore_ascii_case(f.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn two_words_tell_what_the_whole_line_does(
            word in prop_oneof!["[a-zA-Z]{1,9}", prop::sample::select(&["RCPT", "mail", "From", "QUIT", "list", "Bcc", "DATA", "top"][..]).prop_map(String::from)],
            gap in prop::sample::select(&[" ", "  ", " :", "\t", ": ", ",", "-x", "\r\n", " \n"][..]),
            next in "[a-zA-Z0-9:/<,]{1,3}",
            indent in "\n[ \t]{0,20}",
            colon in any::<bool>(),
            command in any::<bool>(),
        ) {
            // Of a line that is so short each byte is looked at.
            let short = format!("\n{word}{gap}{next}");
            prop_assert!(first_word(&short.as_bytes()[1..]).is_none());
            let long = format!("{short} and so it went on");
            let told = |text: &str| may_begin(text.as_bytes(), 0, colon, command);
            prop_assert_eq!(told(&short), told(&long), "{}", long.escape_debug());
            prop_assert_eq!(told(&short.replacen('\n', &indent, 1)), told(&short), "{:?}", short);
            prop_assert_eq!(told(&long.replacen('\n', &indent, 1)), told(&short), "{:?}", long);
        }
    }
}
