//! What holds for a whole value that may have a command in it: what kind of text it is and how its field is named.

use super::candidates::Opener;
use super::command::Found;
use crate::bytes::Wake;
use crate::detect::Value;
use crate::points::Place;

/// What holds for the whole value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setting {
    /// `+` stands for a blank.
    pub plus: bool,
    /// The value is a document: several lines or long text.
    pub document: bool,
    /// The parameter is named for commands.
    pub named: bool,
    /// The value is a header's, whose own grammar parts comments and parameters by `;`.
    pub header: bool,
    /// The field is named for text that people write.
    pub written: bool,
    /// The value begins with a command.
    pub started: bool,
    /// A word of the value may be a pattern for paths.
    pub matched: bool,
    /// The value has no backslash.
    pub plain: bool,
}

impl Setting {
    /// Of `value`.
    pub(super) fn of(value: &Value<'_>, plus: bool) -> Setting {
        let wild =
            value.wake.any(Wake::STAR.or(Wake::BRACKET)) || memchr::memchr(b'?', value.bytes).is_some();
        Setting {
            plus,
            document: is_document(value),
            named: is_command_name(value.name),
            written: is_text_name(value.name),
            header: value.place == Place::HeaderValue,
            started: false,
            // Without a slash what variables hold may be one; a short value has few marks to be read behind.
            matched: wild
                && super::spelt::roots_path(value)
                && (value.bytes.len() < 128
                    || !value.wake.any(Wake::SLASH)
                    || super::patterns::may_stand_in(value.bytes)),
            plain: !value.wake.any(Wake::BACKSLASH),
        }
    }

    /// Whether a command in a document is no finding whatever stands around it: how the field is named may add one to its score
    /// and what stands before it another, and that it is a document takes one away, or two on a line of its own. There several
    /// commands are no more than each of them.
    pub(super) fn is_too_little(self, opener: Opener, found: &Found) -> bool {
        let line = opener == Opener::Line;
        let marked = line || matches!(opener, Opener::Pipe | Opener::Ampersand | Opener::List);
        // What is bare may print the environment, which is told otherwise.
        self.document && marked && !found.bare && found.score + i8::from(self.named) - i8::from(line) < 2
    }
}

/// Documents quote commands: several lines, long text, uploaded files. Long runs without blanks are padding, not text.
pub(super) fn is_document(value: &Value<'_>) -> bool {
    let bytes = value.bytes;
    if value.place == Place::FileContent || bytes.len() <= 160 {
        return value.place == Place::FileContent;
    }
    let lines = value.wake.any(Wake::NEWLINE) && memchr::memchr_iter(b'\n', bytes).take(3).count() == 3;
    let head = bytes.get(..600).unwrap_or(bytes);
    lines || bytes.len() > 600 && head.iter().filter(|b| **b == b' ').count() >= 40
}

/// Whether a body is bytes rather than text: no UTF-8, and one byte in sixteen a control.
pub(super) fn is_binary(value: &Value<'_>) -> bool {
    let bytes = value.bytes;
    let control = |b: &&u8| b.is_ascii_control() && !b.is_ascii_whitespace();
    matches!(value.place, Place::Raw | Place::Text | Place::FileContent)
        && std::str::from_utf8(bytes).is_err()
        && bytes.iter().filter(control).count() * 16 > bytes.len()
}

/// Whether a field is named for what people write.
fn is_text_name(name: &[u8]) -> bool {
    [
        &b"body"[..],
        b"content",
        b"description",
        b"comment",
        b"markdown",
        b"text",
        b"article",
        b"summary",
        b"bio",
    ]
    .iter()
    .any(|n| name.eq_ignore_ascii_case(n))
}

/// Whether a parameter is named for what it runs.
fn is_command_name(name: &[u8]) -> bool {
    [&b"cmd"[..], b"command", b"exec", b"execute", b"run", b"shell", b"system", b"cmdline"]
        .iter()
        .any(|n| name.eq_ignore_ascii_case(n))
}

/// Whether the text before a `;` is a character reference of HTML, which ends in one: `a=1&amp`, `&#38`.
pub(super) fn ends_reference(before: &[u8]) -> bool {
    let tail = before.get(before.len().saturating_sub(10)..).unwrap_or_default();
    let Some(mark) = memchr::memrchr(b'&', tail) else { return false };
    let name = tail.get(mark + 1..).unwrap_or_default();
    let name = name.strip_prefix(b"#").unwrap_or(name);
    name.len() > 1 && name.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::super::candidates::Candidate;
    use super::super::command::adjust;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_too_little_stays_so(
            parts in prop::collection::vec(prop::sample::select(&["a", "word", " ", "\n", ".", ":", "`", "=", "?", "&", ";"][..]), 0..20),
            (at, score, opener) in (any::<prop::sample::Index>(), 0i8..4, prop::sample::select(&[
                Opener::Start, Opener::Semicolon, Opener::Pipe, Opener::Ampersand, Opener::List, Opener::Line, Opener::Backtick,
            ][..])),
            (named, header, written, started) in any::<(bool, bool, bool, bool)>(),
            (reaches, fits) in any::<(bool, bool)>(),
            (bare, program) in prop::sample::select(&[(false, "more"), (false, "more"), (true, "env")][..]),
        ) {
            let text = parts.concat();
            let mark = at.index(text.len() + 1);
            let setting = Setting { document: true, named, header, written, started, ..Setting::default() };
            let found = Found {
                score, program, rarity: 1, why: "", technique: None, bare, reaches, path: false, fits, stop: text.len(),
            };
            if setting.is_too_little(opener, &found) {
                let candidate = Candidate { opener, mark, from: (mark + 1).min(text.len()) };
                prop_assert!(score + adjust(text.as_bytes(), candidate, setting, &found) < 2, "{}", text);
            }
        }
    }
}
