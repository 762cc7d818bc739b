//! Cookies of pairs in which nothing could be found: `isGpcEnabled=0&datestamp=Wed+Jun+12+2024+10%3A21%3A51+GMT%2B0200+(..)&groups=C0001%3A1`,
//! as sites keep what a visitor has consented to.
//!
//! What comes in: the whole value of a cookie. What goes out: whether nothing comes of it: as it was sent, percent-decoded, and of
//! either as the pairs of a form. What always holds: never more than that. The values of the pairs are such as end at one look in a
//! form, or a moment as JavaScript writes it. In the forms in which several of them stand few signs are left, none of which stands where a path,
//! an address, or the name of a command has it; all other detectors are asked.
//!
//! PERF: such a cookie is another with each page, and all readers looked at it in six forms.

use super::shapes::pattern;
use super::{is_idle, is_nothing, names_format};
use crate::bytes::{table, wake};
use crate::decode::{self, Decoder, Trust};
use crate::detect::asked::asked;
use crate::detect::{Class, Classes, Groups, Hits, Places, Value, beside, judge_class, jwt, rce, xss};
use crate::points::Place;

/// Bytes of the shortest value that is looked at: no shorter one is an address, whatever it is.
const LEAST: usize = 64;
/// Bytes of the longest.
const MOST: usize = 512;
/// Most pairs in a value that [`are_harmless_pairs`] tells of.
pub const PAIRS: usize = 24;
/// Longest value of a pair that is no moment, and longest moment.
const VALUE: usize = 64;
const MOMENT: usize = 96;

/// Whether neither a detector of `on` nor a decoder could find anything in the whole value `bytes` of a cookie of this name, nor in
/// the pairs that it and its decoded form are made of.
pub fn are_harmless_pairs(name: &[u8], bytes: &[u8], on: Classes) -> bool {
    // PERF: nearly every other value ends here.
    (LEAST..=MOST).contains(&bytes.len())
        && bytes.contains(&b'&')
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && !names_format(name)
        && tell_nothing(name, bytes, on)
}

/// The same of a value that may be such.
#[inline(never)]
fn tell_nothing(name: &[u8], bytes: &[u8], on: Classes) -> bool {
    let mut buffer = [0; MOST];
    let Some(decoded) = undone(bytes, &mut buffer) else { return false };
    let (mut names, mut runs): ([&[u8]; PAIRS], _) = ([&[]; PAIRS], false);
    for (n, (sent, pair)) in bytes.split(|b| *b == b'&').zip(decoded.split(|b| *b == b'&')).enumerate() {
        let (Some(equals), Some(slot)) = (memchr::memchr(b'=', sent), names.get_mut(n)) else { return false };
        let (name, value) = sent.split_at(equals);
        // What it is in the decoded form, in which plus signs that were escaped stand for blanks, too.
        let again = pair.get(equals + 1..).unwrap_or_default();
        *slot = name;
        if !is_plain_name(name) || names.get(..n).is_none_or(|before| before.contains(&name)) {
            return false;
        }
        let Some(kind) = holds_nothing(name, value.get(1..).unwrap_or_default(), again, on) else {
            return false;
        };
        // To a shell each pair is an assignment, behind which a command may stand; to that of Windows the name is one.
        runs |= kind == Kind::Words || rce::is_windows_command(name);
    }
    // The first name may be taken for that of an attribute.
    let acts = names.first().is_some_and(|name| xss::may_act(name));
    let sent = Form { place: Place::CookieValue, name, trust: Trust::Plain, runs, acts };
    let undone = Form { trust: Trust::Layered, ..sent };
    sent.tells_nothing(bytes, on) && undone.tells_nothing(decoded, on)
}

/// What a byte is where it stands in a value whose escapes are undone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// None that may stand there.
    Other,
    Letter,
    Digit,
    /// `=`, `&`, `)`
    Mark,
    Plus,
    /// `(`
    Open,
    /// `.`, `:`: between digits alone.
    Point,
    /// `-`, `,`: between letters and digits alone.
    Joint,
    Percent,
}

static SIGNS: [Sign; 256] = table!(b => match b {
    b'a'..=b'z' | b'A'..=b'Z' => Sign::Letter,
    b'0'..=b'9' => Sign::Digit,
    b'=' | b'&' | b')' => Sign::Mark,
    b'+' => Sign::Plus,
    b'(' => Sign::Open,
    b'.' | b':' => Sign::Point,
    b'-' | b',' => Sign::Joint,
    b'%' => Sign::Percent,
    _ => Sign::Other,
});

impl Sign {
    /// Whether `next` may stand behind it.
    #[inline]
    fn goes_before(self, next: Sign) -> bool {
        use Sign::{Digit, Joint, Letter, Open, Other, Percent, Plus, Point};
        match (self, next) {
            (_, Other | Percent) => false,
            (Point, next) => next == Digit,
            (before, Point) => before == Digit,
            (Joint, next) => matches!(next, Letter | Digit),
            (before, Joint) => matches!(before, Letter | Digit),
            // A parenthesis opens behind a blank that is written as a plus sign.
            (Open, next) => next == Letter,
            (before, Open) => before == Plus,
            _ => true,
        }
    }
}

/// `bytes` with their escapes undone, if they are of pairs and no sign stands oddly.
fn undone<'a>(bytes: &[u8], buffer: &'a mut [u8; MOST]) -> Option<&'a [u8]> {
    let (mut len, mut at, mut before) = (0, 0, Sign::Mark);
    while let Some(&b) = bytes.get(at) {
        at += 1;
        let (mut b, mut sign) = (b, SIGNS[usize::from(b)]);
        if sign == Sign::Percent {
            b = match bytes.get(at..at + 2)? {
                [b'3', b'A' | b'a'] => b':',
                [b'2', b'C' | b'c'] => b',',
                [b'2', b'B' | b'b'] => b'+',
                [b'2', b'8'] => b'(',
                [b'2', b'9'] => b')',
                _ => return None,
            };
            (sign, at) = (SIGNS[usize::from(b)], at + 2);
        }
        // PERF: nearly all are letters and digits side by side.
        let plain =
            matches!(before, Sign::Letter | Sign::Digit) && matches!(sign, Sign::Letter | Sign::Digit);
        if !plain && !before.goes_before(sign) {
            return None;
        }
        *buffer.get_mut(len)? = b;
        (len, before) = (len + 1, sign);
    }
    let ends = !matches!(before, Sign::Point | Sign::Joint | Sign::Open | Sign::Plus);
    buffer.get(..len).filter(|undone| undone.len() >= LEAST && ends)
}

/// Whether a name is one of letters and digits that is idle in a form and begins no reference of HTML.
fn is_plain_name(name: &[u8]) -> bool {
    let refers = |to: &[u8]| name.get(..to.len()).is_some_and(|n| n.eq_ignore_ascii_case(to));
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(u8::is_ascii_alphanumeric)
        && ![&b"amp"[..], b"lt", b"gt", b"quot"].iter().any(|to| refers(to))
        && is_idle(Place::FormName, name, name, Classes::ALL)
}

/// What the value of a pair is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A word, number or list without a blank.
    Word,
    /// Something with blanks.
    Words,
    /// A moment.
    Moment,
}

/// What the value of a pair is, if nothing comes of it: of `sent`, and of `again`, the same in the decoded form.
fn holds_nothing(name: &[u8], sent: &[u8], again: &[u8], on: Classes) -> Option<Kind> {
    if sent.is_empty() {
        return Some(Kind::Word);
    }
    let mut buffers = [[0; MOMENT]; 2];
    let [first, second] = &mut buffers;
    let (first, second) = (read(sent, first)?, read(again, second)?);
    if first.len() <= VALUE && is_nothing(Place::FormValue, name, first, on) {
        let kind = if second.contains(&b' ') { Kind::Words } else { Kind::Word };
        return (first == second || is_nothing(Place::FormValue, name, second, on)).then_some(kind);
    }
    let form = Form { place: Place::FormValue, name, trust: Trust::Plain, runs: false, acts: false };
    (is_moment(first)
        && !names_format(name)
        && form.tells_nothing(first, on)
        && Form { trust: Trust::Layered, ..form }.tells_nothing(second, on))
    .then_some(Kind::Moment)
}

/// `value` as a form reads it. Its escapes are those of [`undone`].
fn read<'a>(value: &'a [u8], buffer: &'a mut [u8; MOMENT]) -> Option<&'a [u8]> {
    // PERF: most have none.
    if !value.iter().any(|b| matches!(b, b'+' | b'%')) {
        return Some(value);
    }
    let (mut len, mut at) = (0, 0);
    while let Some(&b) = value.get(at) {
        at += 1;
        let b = match b {
            b'+' => b' ',
            b'%' => {
                let digit = |i: usize| value.get(at + i).and_then(|b| char::from(*b).to_digit(16));
                let b = digit(0)? << 4 | digit(1)?;
                at += 2;
                b as u8
            }
            b => b,
        };
        *buffer.get_mut(len)? = b;
        len += 1;
    }
    buffer.get(..len)
}

/// Whether a text is a moment as JavaScript writes it (ECMA-262, `Date.prototype.toString`), whose time zone is named by words of letters:
/// `Wed Jun 12 2024 10:21:51 GMT+0200 (Central European Summer Time)`.
fn is_moment(text: &[u8]) -> bool {
    const DAYS: &[u8] = b"Mon Tue Wed Thu Fri Sat Sun ";
    const MONTHS: &[u8] = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
    let is_one = |word: &[u8], words: &[u8]| words.chunks(4).any(|w| w == word);
    let Some((date, rest)) = text.split_at_checked(8) else { return false };
    let zone = pattern(rest, b"00 0000 00:00:00 GMT+0000 (")
        .or_else(|| pattern(rest, b"00 0000 00:00:00 GMT-0000 ("));
    let Some(zone) = zone.and_then(|zone| zone.strip_suffix(b")")) else { return false };
    let (day, month) = date.split_at(4);
    is_one(day, DAYS)
        && is_one(month, MONTHS)
        && zone.split(|b| *b == b' ').all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_alphabetic))
}

/// Groups of words of code that needs neither dots nor parentheses beside its words.
const CODE: Groups = Groups::X.or(Groups::OBJECTS).or(Groups::POWERSHELL);

/// Where one of the forms of the value stands.
#[derive(Clone, Copy)]
struct Form<'a> {
    place: Place,
    name: &'a [u8],
    trust: Trust,
    /// Whether a word may stand where a command does.
    runs: bool,
    /// Whether it may begin as an attribute does that runs something.
    acts: bool,
}

impl Form<'_> {
    /// Whether no detector of `on` finds anything in this form, and no decoder but that of percent-encoding undoes anything.
    fn tells_nothing(self, bytes: &[u8], on: Classes) -> bool {
        let kinds = wake(bytes);
        let mut room = [Places::ROOM; MOST / 64];
        let room = if bytes.len() < Places::LEAST { &mut [] } else { &mut room[..] };
        let (words, places) = Places::of(bytes, kinds, room);
        if jwt::may_hold(bytes) {
            return false;
        }
        let undone = |decoder| matches!(decoder, Decoder::Percent | Decoder::PercentStray | Decoder::Html);
        if decode::woken(bytes, kinds).any(|facts| facts.trust != Trust::Plain && !undone(facts.decoder)) {
            return false;
        }
        let Form { place, name, trust, runs, acts } = self;
        let wake = beside(bytes, kinds);
        let value = Value { bytes, place, name, wake, words, trust, first: true, last: true };
        let mut hits = Hits::new();
        for class in asked(&value, on) {
            // No separator stands in it, no colon behind a name, no sign that begins or hides a command, no parenthesis behind a name,
            // and no mark of markup.
            let told = match class {
                Class::Ssrf => !words.any(Groups::HOSTS),
                Class::Xss => !acts && !words.any(Groups::BROWSER),
                Class::Ptrav => !words.any(Groups::X),
                Class::Rce => !(words.any(CODE) || runs && words.any(Groups::COMMANDS)),
                _ => false,
            };
            if !told {
                judge_class(class, &value, places, &mut hits);
            }
        }
        hits.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SENT: &str = "isGpcEnabled=0&datestamp=Wed+Jun+12+2024+10%3A21%3A51+GMT%2B0200+(Central+European+Summer+Time)&version=202405.1.0&browserGpcFlag=0&hosts=&consentId=5d3e7c1a-0b52-4b2e-9c1f-2f6a7d8e9b10&interactionCount=1&groups=C0001%3A1%2CC0002%3A0";

    fn harmless(value: &str) -> bool {
        are_harmless_pairs(b"OptanonConsent", value.as_bytes(), Classes::ALL)
    }

    #[test]
    fn what_a_visitor_has_consented_to_is_harmless() {
        assert!(harmless(SENT));
        assert!(harmless(&SENT.replace("%3A", ":").replace("(", "%28").replace(")", "%29")));
        for (part, other) in [
            ("hosts=", "hosts=..%2f..%2fetc%2fpasswd"),
            ("version=202405", "version='202405"),
            ("hosts=&", "hosts&"),
            ("hosts=", "version=1"),
            ("hosts=", "gtm=1"),
            ("GMT%2B0200+", "GMT%2B0200+;"),
            ("Central+European", "$(id)"),
            ("202405.1.0", "169.254.169.254"),
            ("5d3e7c1a-0b52-4b2e-9c1f-2f6a7d8e9b10", "c2VsZWN0IDEgZnJvbSB1c2Vycw"),
            ("Jun+12", "Jun++12"),
        ] {
            let value = SENT.replacen(part, other, 1);
            assert!(value != SENT && !harmless(&value), "{value}");
        }
    }

    proptest! {
        #[test]
        fn the_value_is_undone_as_the_decoder_does(
            pairs in prop::collection::vec("[a-z]{1,9}=([A-Z][0-9]{1,9}(%3A|%2C|%2c|:|,|\\.|-)[0-9]{1,9}|[a-z]{1,9}(%2B|\\+)\\(?[A-Za-z]{1,9}(\\)|%29)?)", 4..12),
        ) {
            let value = pairs.join("&");
            let (mut buffer, mut out) = ([0; MOST], Vec::new());
            if let Some(undone) = undone(value.as_bytes(), &mut buffer) {
                let decoded = decode::decode(Decoder::Percent, value.as_bytes(), &mut out);
                prop_assert!(decoded.anomalies.is_empty());
                prop_assert_eq!(undone, if decoded.changed { &out[..] } else { value.as_bytes() });
            }
        }
    }
}
