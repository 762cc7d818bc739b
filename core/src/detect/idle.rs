//! Values in which no detector and no decoder could find anything, told before any of them is asked.
//!
//! What comes in: a whole value of plain bytes ([`Plain`]), where it stands and its name. What goes out: whether judging it
//! could have any effect. What always holds: never more than that. Each condition below is one without which a detector
//! makes nothing of letters, digits, spaces and the signs `.,-_`, as its own first lines say; the test holds them to it.
//! To add a detector: if it can find anything in such bytes, its condition belongs here.
//!
//! PERF: nine values in ten of an API call end here, at a tenth of what asking every detector costs.

mod field;
mod member;
mod pairs;
mod shapes;

pub use member::is_idle_member;
pub use pairs::{PAIRS, are_harmless_pairs};

use super::asked::{classes, of_kinds, when};
use super::{Class, Classes, Groups, Hits, Places, Value, judge_class};
use super::{mass_assign, prompt, proto_pollution, rce, signs, sqli};
use crate::bytes::{Glance, Plain, STEP, Wake, has_either, has_pair, holds, runs_of, table};
use crate::decode::{self, Decoder, Trust};
use crate::points::{Place, Under};

/// Bytes of the longest value that is told.
const MOST: usize = 64;
/// Shortest word that is looked at for anything but what it grants.
const WORD: usize = 2;
/// Shortest name of a class in base64.
const CLASS: usize = 12;
/// Shortest token of base64 or of hexadecimal digits.
const TOKEN: usize = 8;
/// Longest run of letters and digits that is no token in longer text.
const RUN: u32 = 16;
/// Length from which a token of base64 is read from more than one place.
const SHORT: usize = 24;
/// Signs in front of the first dot of a JSON Web Token are more than these.
const HEADER: u32 = 8;
/// Least length of an address that a server could fetch.
const ADDRESS: usize = 7;

/// Whether neither a detector of `on` nor a decoder could find anything in the whole value `bytes` at `place`, of this name.
pub fn is_idle(place: Place, name: &[u8], bytes: &[u8], on: Classes) -> bool {
    use Place::{FormName, FormValue, JsonKey, JsonValue, PathSegment, QueryName, QueryValue};
    if !matches!(place, JsonValue | JsonKey | QueryValue | QueryName | FormValue | FormName | PathSegment) {
        return match place {
            Place::HeaderValue | Place::CookieValue => field::is_idle(place, name, bytes, on),
            Place::Path => {
                let harmless = |made| is_harmless_text(place, name, bytes, &made, on);
                !names_format(name) && Plain::look(bytes).is_some_and(harmless)
            }
            Place::Raw => name.is_empty() && field::is_idle_line(bytes),
            _ => false,
        };
    }
    !names_format(name) && Plain::look(bytes).is_some_and(|made| is_idle_made(place, name, bytes, &made, on))
}

/// What a name says of the values under it.
pub fn under(name: &[u8]) -> Under {
    Under { format: names_format(name), privileged: mass_assign::is_privileged(name) }
}

/// The same as [`is_idle`] for a value at one of those places, of which `made` tells what it is made of if it is no longer
/// than 64 bytes, and `under` what its name says.
pub fn is_idle_under(
    place: Place,
    name: &[u8],
    under: Under,
    bytes: &[u8],
    made: &Plain,
    on: Classes,
) -> bool {
    // PERF: what is not all plain is told without a call.
    !under.format
        && bytes.len() <= MOST
        && (bytes.is_empty() || made.is_all(bytes.len()) && is_idle_made(place, name, bytes, made, on))
}

/// The length of a value of JSON, a string of which `block` begins behind the quote, if it is a short word or number that is idle
/// under any name that says this.
///
/// PERF: most values are such.
#[inline(always)]
pub fn idle_text(under: Under, block: &[u8; STEP]) -> Option<usize> {
    if under.format || under.privileged {
        return None;
    }
    let is_end = |len: usize| block.get(len) == Some(&b'"');
    // PERF: two bytes at once need not go through memory.
    let pair = u16::from_le_bytes(*block.first_chunk().unwrap_or(&[0; 2]));
    let Glance { letters, digits, joints } = Glance::at(block);
    let word = (!(letters | joints)).trailing_zeros() as usize;
    if is_end(word) {
        return (word < TOKEN && !may_begin_format(pair)).then_some(word);
    }
    // Digits, and a dot between them.
    let others = !digits;
    let first = others.trailing_zeros() as usize;
    if is_end(first) {
        return (first < TOKEN && !may_begin_format(pair)).then_some(first);
    }
    let second = (others & others.wrapping_sub(1)).trailing_zeros() as usize;
    (block.get(first) == Some(&b'.') && second < ADDRESS && is_end(second)).then_some(second)
}

/// The length of the number or literal that `block` begins with, if it is a short one that is idle under any name that says this.
#[inline(always)]
pub fn idle_scalar(under: Under, block: &[u8; STEP]) -> Option<usize> {
    if under.format || under.privileged {
        return None;
    }
    let others = !Glance::at(block).digits;
    let first = others.trailing_zeros() as usize;
    let leads = block.first_chunk().is_some_and(|pair| u16::from_le_bytes(*pair) & 0xff == u16::from(b'0'));
    let len = if first != 0 {
        let second = (others & others.wrapping_sub(1)).trailing_zeros() as usize;
        // A digit at both ends, one point at most, and no zero in front of another digit.
        let pointed = block.get(first) == Some(&b'.');
        let len = if pointed { second } else { first };
        if len >= ADDRESS || pointed && second == first + 1 || first > 1 && leads {
            return None;
        }
        len
    } else {
        match *block {
            [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
            [b'f', b'a', b'l', b's', b'e', ..] => 5,
            _ => return None,
        }
    };
    matches!(block.get(len), Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')).then_some(len)
}

/// The same for a value under a name that is not that of a format.
#[inline(never)]
fn is_idle_made(place: Place, name: &[u8], bytes: &[u8], made: &Plain, on: Classes) -> bool {
    if !made.is_all(bytes.len()) {
        return false;
    }
    if (made.spaces | made.dots | made.underscores) != 0 {
        if !is_idle_text(place, name, bytes, made, on, place == Place::JsonKey) {
            return false;
        }
    } else if bytes.len() >= WORD && !is_idle_word(bytes, made) {
        return false;
    }
    // The one name that is looked at for what it stands below.
    let told = match place.is_name() {
        true => bytes == b"prototype",
        false => grants(place, name, bytes, made, on),
    };
    !told
}

/// Whether the value of a field that may be privileged grants a privilege.
#[inline]
fn grants(place: Place, name: &[u8], bytes: &[u8], made: &Plain, on: Classes) -> bool {
    mass_assign::may_grant(bytes)
        && mass_assign::is_privileged(name)
        && tells(when(true, Class::MassAssign), value(place, name, bytes, made.kinds(), Groups::NONE), on)
}

/// Whether neither a detector of `on` nor a decoder finds anything in a whole value that [`is_idle`] does not tell to be idle:
/// text with words of some language, or with the signs of everyday text. The few detectors that could make something of it
/// are asked.
pub fn is_harmless(place: Place, name: &[u8], bytes: &[u8], on: Classes) -> bool {
    use Place::{FormValue, JsonValue, QueryValue};
    if !matches!(place, JsonValue | QueryValue | FormValue) || names_format(name) {
        return false;
    }
    let Some(made) = Plain::look(bytes) else { return false };
    if !made.is_all(bytes.len()) {
        return is_harmless_text(place, name, bytes, &made, on);
    }
    // A word grants something, or begins as a format does.
    (made.spaces | made.dots | made.underscores) != 0
        && is_idle_text(place, name, bytes, &made, on, true)
        && !mass_assign::may_grant(bytes)
}

/// Whether [`is_idle`] or [`is_harmless`]: both by one look.
pub fn is_nothing(place: Place, name: &[u8], bytes: &[u8], on: Classes) -> bool {
    use Place::{FormValue, JsonValue, QueryValue};
    if !matches!(place, JsonValue | QueryValue | FormValue) {
        return is_idle(place, name, bytes, on);
    }
    if names_format(name) {
        return false;
    }
    let Some(made) = Plain::look(bytes) else { return false };
    if !made.is_all(bytes.len()) {
        return is_harmless_text(place, name, bytes, &made, on);
    }
    if (made.spaces | made.dots | made.underscores) == 0 {
        return is_idle_made(place, name, bytes, &made, on);
    }
    // What is idle is so, too, if detectors are asked.
    is_idle_text(place, name, bytes, &made, on, true)
        && (!mass_assign::may_grant(bytes) || is_idle_made(place, name, bytes, &made, on))
}

/// Whether a value without spaces, dots and underscores is idle.
fn is_idle_word(bytes: &[u8], plain: &Plain) -> bool {
    let Plain { letters, digits, dashes, .. } = *plain;
    if digits != 0 && letters != 0 {
        let words = Groups::of_short(bytes, letters);
        if words.any(Groups::FILES) || words.any(Groups::X) && has_escape(bytes) {
            return false;
        }
    }
    let told = begins_format(bytes)
        || bytes.len() >= TOKEN && may_decode(bytes, plain)
        || dashes == 0 && bytes.len() >= CLASS && rce::hides_class(bytes);
    !told
}

/// Whether a value with spaces, dots or underscores is idle, or nothing comes of it if detectors of `on` are `asked`. Of a key
/// none is asked but those of SQL and of commands, which do not look at what the key stands under.
fn is_idle_text(place: Place, name: &[u8], bytes: &[u8], plain: &Plain, on: Classes, asked: bool) -> bool {
    let Plain { letters, digits, spaces, dots, .. } = *plain;
    if stands_oddly(place, bytes, plain) {
        return false;
    }
    let words = if letters != 0 { Groups::of_short(bytes, letters) } else { Groups::NONE };
    let cared = words.and(cared_for(plain));
    let number =
        dots != 0 && digits & 1 != 0 && bytes.len() >= ADDRESS && !shapes::is_decimal(bytes, digits, dots);
    let most = match (asked, place.is_name()) {
        (true, false) => ASKED,
        (true, true) => SQL.or(Groups::COMMANDS),
        (false, _) => Groups::NONE,
    };
    let asks_number = asked && !place.is_name();
    if cared.without(most) != Groups::NONE || number && !asks_number {
        return false;
    }
    let prose = spaces != 0 && bytes.len() >= prompt::LEAST && !place.is_name();
    if prose && prompt::may_be_spelt(bytes, letters, digits)
        || bytes.len() >= TOKEN && may_decode(bytes, plain)
    {
        return false;
    }
    if cared == Groups::NONE && !number {
        return true;
    }
    let asked = when(cared.any(SQL), Class::Sqli)
        | when(prose && cared.any(prompt::GROUPS), Class::Prompt)
        | when(cared.any(Groups::COMMANDS), Class::Rce)
        | when(cared.any(Groups::FILES) || cared.any(Groups::X) && has_escape(bytes), Class::Ptrav)
        | when(number, Class::Ssrf);
    !tells(asked, value(place, name, bytes, plain.kinds(), words), on)
}

/// Whether nothing comes of a value with signs of everyday text.
fn is_harmless_text(place: Place, name: &[u8], bytes: &[u8], made: &Plain, on: Classes) -> bool {
    let Plain { letters, digits, spaces, dots, .. } = *made;
    let Some((signs, joins)) = signs::everyday(place, bytes, made) else { return false };
    if stands_oddly(place, bytes, made) {
        return false;
    }
    let words = if letters != 0 { Groups::of_short(bytes, letters) } else { Groups::NONE };
    if words.without(ASKED.or(UNLINED)) != Groups::NONE {
        return false;
    }
    let kinds = made.kinds().or(signs);
    if bytes.len() >= TOKEN && may_decode_among(bytes, made, joins, kinds) {
        return false;
    }
    let prose = bytes.len() >= prompt::LEAST && (spaces != 0 || signs.any(Wake::HIGH));
    let spelt = || {
        words.any(prompt::GROUPS) || signs.any(Wake::SINGLE) || prompt::may_be_spelt(bytes, letters, digits)
    };
    let number = dots != 0 && digits & 1 != 0;
    let parted = signs.any(Wake::PAREN.or(Wake::SLASH));
    // Its colons stand in no address, and its plus in no code.
    let time = signs.any(Wake::COLON) && shapes::is_time(bytes);
    let file = words.any(Groups::FILES)
        || words.any(Groups::X) && has_escape(bytes)
        || words.any(Groups::ROOTS) && signs.any(Wake::SLASH);
    let script = !time && signs.any(Wake::PAREN.or(Wake::PLUS)) || signs.all(Wake::COLON.or(Wake::HIGH));
    let address = !time && (signs.any(Wake::COLON) || number || dots != 0 && signs.any(Wake::HIGH));
    let leads = !time && signs.any(Wake::COLON) || signs.any(Wake::SLASH) && dots != 0;
    let asked = when(words.any(SQL) || signs.any(sqli::WORDLESS), Class::Sqli)
        | when(prose && spelt(), Class::Prompt)
        | when(words.any(Groups::COMMANDS) || parted && words.any(Groups::X), Class::Rce)
        | when(file, Class::Ptrav)
        | when(script, Class::Xss)
        | when(signs.any(Wake::AT), Class::Ssti)
        | when(address, Class::Ssrf)
        | when(leads, Class::Redir)
        // A path that no page links to.
        | when(place == Place::Path, Class::Scanner);
    !tells(asked, value(place, name, bytes, kinds, words), on)
}

/// Whether a value has plain bytes where detectors care for them, or begins as a format does.
fn stands_oddly(place: Place, bytes: &[u8], made: &Plain) -> bool {
    let Plain { spaces, dots, dashes, underscores, .. } = *made;
    // Blanks around a value are passed over by some readers.
    spaces & (1 | last(bytes.len())) != 0
        || (dots | underscores) != 0 && odd_signs(bytes, made, place)
        || dashes & dashes >> 1 != 0
        || dashes != 0 && spaces != 0 && odd_dashes(bytes, dashes)
        || begins_format(bytes)
}

/// A whole value as it was sent.
fn value<'a>(place: Place, name: &'a [u8], bytes: &'a [u8], wake: Wake, words: Groups) -> Value<'a> {
    Value { bytes, place, name, wake, words, trust: Trust::Plain, first: true, last: true }
}

/// Whether one of the detectors of the classes whose bits are in `asked` finds anything, if the value wakes it.
#[inline(never)]
fn tells(asked: u32, value: Value<'_>, on: Classes) -> bool {
    let asked = of_kinds(value.wake, on).among(asked);
    if asked == 0 {
        return false;
    }
    let mut hits = Hits::new();
    for class in classes(asked) {
        // What was guessed redirects sooner.
        let trust = if class == Class::Redir { Trust::Guessed } else { Trust::Plain };
        judge_class(class, &Value { trust, ..value }, Places::NONE, &mut hits);
    }
    !hits.is_empty()
}

/// Whether `0x` is there.
fn has_escape(bytes: &[u8]) -> bool {
    has_pair(bytes, *b"0x") || has_pair(bytes, *b"0X")
}

/// Groups of words of SQL.
const SQL: Groups =
    Groups::SQL.or(Groups::SQL_OPENING).or(Groups::SQL_HINT).or(Groups::SQL_JOINING).or(Groups::SQL_GLUED);

/// Groups of words that stand in prose all the time, each of one detector, which is asked.
const ASKED: Groups =
    SQL.or(prompt::GROUPS).or(Groups::COMMANDS).or(Groups::X).or(Groups::FILES).or(Groups::ROOTS);

/// Groups of words that say nothing in a single line.
const UNLINED: Groups = Groups::MAIL.or(Groups::WIRE);

/// The groups of words that matter to a detector which plain bytes of these kinds wake.
fn cared_for(plain: &Plain) -> Groups {
    let mut groups = Groups::NONE;
    let mut add = |when: u64, some| {
        if when != 0 {
            groups = groups.or(some);
        }
    };
    add(plain.spaces, prompt::GROUPS);
    add(plain.spaces | plain.underscores, SQL);
    let read = plain.spaces | plain.dots | plain.underscores;
    add(read, Groups::COMMANDS);
    if read != 0 {
        add(plain.dashes, Groups::POWERSHELL);
    }
    add(plain.dots, Groups::OBJECTS.or(Groups::HOSTS));
    add(plain.dots | plain.digits, Groups::FILES.or(Groups::X));
    add(plain.dots | plain.underscores, Groups::PROTOTYPE);
    groups
}

/// Whether dots or underscores stand as in paths, addresses, commands, tokens or expressions.
fn odd_signs(bytes: &[u8], plain: &Plain, place: Place) -> bool {
    let Plain { letters, digits, spaces, dots, underscores, .. } = *plain;
    // Of a name a filter may take words out.
    if place.is_name() && bytes.len() >= proto_pollution::SURVIVING {
        return true;
    }
    if dots == 0 {
        return false;
    }
    let alone = dots & (spaces >> 1 | last(bytes.len())) & !((letters | digits) << 1);
    dots & (dots | underscores) >> 1 != 0
        || alone != 0 && spaces != 0
        || runs_of(plain.signs(), HEADER) << HEADER & dots != 0
            && (has_pair(bytes, *b"ey") || has_pair(bytes, *b"ew"))
}

/// The bit of the last byte.
fn last(len: usize) -> u64 {
    1 << (len - 1)
}

/// Whether a dash begins what PowerShell reads as an encoded command.
fn odd_dashes(bytes: &[u8], dashes: u64) -> bool {
    let mut rest = dashes;
    while rest != 0 {
        let at = rest.trailing_zeros() as usize;
        rest &= rest - 1;
        if matches!(bytes.get(at + 1..), Some([b'e' | b'E', b'n' | b'N', ..])) {
            return true;
        }
    }
    false
}

/// Whether the value begins as a format, a number in hexadecimal or code does that is known by its beginning.
#[inline]
fn begins_format(bytes: &[u8]) -> bool {
    // PERF: most begin otherwise.
    static FIRSTS: [bool; 256] = table!(b => holds(b"AaCcK_0rpt", b));
    bytes.first().is_some_and(|&b| FIRSTS[usize::from(b)]) && begins_as_format(bytes)
}

/// Whether the first two bytes, the first one the lower, are such that [`begins_format`] may say so; more often than it does.
#[inline(always)]
fn may_begin_format(pair: u16) -> bool {
    // The pairs of first and second bytes of the beginnings: a bit for each pair of sets.
    static PAIRS: [[u8; 256]; 2] = {
        const SETS: [(&[u8], &[u8]); 8] = [
            (b"A", b"A"),
            (b"Aa", b"cC"),
            (b"_", b"_"),
            (b"0", b"xX"),
            (b"cC", b"lL"),
            (b"CK", b"sz"),
            (b"rp", b"Or"),
            (b"t", b"h"),
        ];
        let (mut pairs, mut set) = ([[0; 256]; 2], 0);
        while set < SETS.len() {
            let (firsts, seconds) = SETS[set];
            let mut i = 0;
            while i < firsts.len() {
                pairs[0][firsts[i] as usize] |= 1 << set;
                i += 1;
            }
            i = 0;
            while i < seconds.len() {
                pairs[1][seconds[i] as usize] |= 1 << set;
                i += 1;
            }
            set += 1;
        }
        pairs
    };
    let [first, second] = pair.to_le_bytes();
    PAIRS[0][usize::from(first)] & PAIRS[1][usize::from(second)] != 0
}

fn begins_as_format(bytes: &[u8]) -> bool {
    match bytes {
        [b'A', b'A', ..] | [b'A' | b'a', b'c' | b'C', b'e' | b'E', b'd' | b'D', ..] => true,
        [b'_', b'_', ..] | [b'0', b'x' | b'X', ..] => true,
        // `class.`
        [b'c' | b'C', b'l' | b'L', b'a' | b'A', ..] => true,
        [b'C', b's', b'7', ..] | [b'K', b'z', b't', ..] | [b'r', b'O', b'0', ..] => true,
        [b'p', b'r', ..] => bytes.starts_with(b"process."),
        [b't', b'h', ..] => bytes.starts_with(b"this.c"),
        _ => false,
    }
}

/// Whether a value of this name may be an object, whatever it holds, or SAML. What is idle below one name is so below every
/// other for which this is false, but for what is told below the name `constructor` and what grants a privilege.
#[inline]
fn names_format(name: &[u8]) -> bool {
    match name {
        [] | [b'a'..=b'z'] => false,
        [b'a'..=b'z', b'a'..=b'k' | b'm'..=b'z' | b'_', ..] if name.len() < 8 => false,
        // PERF: without the names that are known and the length from which one is looked at as base64.
        [b'a' | b'b' | b'd'..=b'i' | b'k'..=b'r' | b't'..=b'z', b'a'..=b'z' | b'_', ..]
            if name.len() < 12 && !has_dot(name) =>
        {
            false
        }
        _ => names_object(name),
    }
}

/// Whether a name of 8 to 16 bytes holds a dot.
#[inline]
fn has_dot(name: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let holds = |bytes: &[u8; 8]| {
        let dots = u64::from_le_bytes(*bytes) ^ (ONES * u64::from(b'.'));
        dots.wrapping_sub(ONES) & !dots & ONES << 7 != 0
    };
    match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => holds(first) || holds(last),
        _ => true,
    }
}

#[inline(never)]
fn names_object(name: &[u8]) -> bool {
    let begins = matches!(
        name,
        [b' ' | b'\t' | b'\n' | b'\x0c' | b'\r', ..] | [b'r', b'O', ..] | [b'K', b'z', ..] | [b'C', b's', ..]
    );
    begins
        || name.len() >= 12 && rce::hides_class(name)
        || name.len() > 7 && name.contains(&b'.')
        || rce::names_format(name)
        || decode::is_asked_for(name)
}

/// Whether a word may stand there that announces base64 (`base64`, `atob`), or the text begins as one.
fn announces(bytes: &[u8]) -> bool {
    has_either(bytes, *b"64", *b"ob") || matches!(bytes, [b'b' | b'B', b'a' | b'A', ..])
}

/// Whether a decoder could undo something.
fn may_decode(bytes: &[u8], plain: &Plain) -> bool {
    let Plain { spaces, dashes, underscores, .. } = *plain;
    let signs = plain.signs();
    let parted = spaces | dashes | underscores;
    // Nothing but signs of base64, or those and blanks for `+`, as no prose has them.
    let whole = (signs | spaces) == u64::MAX >> (64 - bytes.len())
        && (spaces == 0 || spaces.count_ones() as usize * 8 <= bytes.len());
    let hex = plain.digits != 0 && parted == 0;
    if whole && parted == 0 {
        return !is_hopeless(bytes, hex) && decodes(bytes, plain);
    }
    let announced = announces(bytes);
    // A unit of UTF-7 behind a blank.
    let unit = spaces != 0 && has_pair(bytes, *b" A");
    // Dashes and underscores are signs of one alphabet, blanks stand for one of the other, in which the rest may be a token.
    let all = if whole && spaces == 0 { plain.letters | plain.digits } else { signs };
    if announced || unit || runs_of(all, RUN) != 0 {
        return decodes(bytes, plain);
    }
    let mixed = spaces != 0 && (dashes | underscores) != 0;
    whole && !(mixed && bytes.len() < SHORT) && !is_hopeless(bytes, hex) && decodes(bytes, plain)
}

/// Whether a whole token of base64, read from each place from which it would be, is no text; nor is it of hexadecimal digits
/// that are.
fn is_hopeless(bytes: &[u8], hex: bool) -> bool {
    let shifts = if bytes.len() < SHORT { 1 } else { 4 };
    (0..shifts).all(|shift| decode::is_hopeless(bytes.get(shift..).unwrap_or_default(), hex))
}

/// Whether a decoder could undo something of a value that has signs of everyday text, too; `joins` are those of base64.
fn may_decode_among(bytes: &[u8], made: &Plain, joins: u64, kinds: Wake) -> bool {
    let signs = made.signs() | joins;
    let whole = (signs | made.spaces) == u64::MAX >> (64 - bytes.len())
        && made.spaces.count_ones() as usize * 8 <= bytes.len();
    let announced = announces(bytes);
    let unit = (made.spaces | joins) != 0 && (has_pair(bytes, *b" A") || has_pair(bytes, *b"+A"));
    // Of the letters beyond ASCII two that markup without its eighth bit needs.
    let marked = kinds.any(Wake::HIGH) && bytes.contains(&0xbc);
    (whole || announced || unit || marked || runs_of(signs, RUN) != 0) && undoes(bytes, kinds)
}

/// The same, as the decoders say.
#[inline(never)]
fn decodes(bytes: &[u8], plain: &Plain) -> bool {
    undoes(bytes, plain.kinds())
}

/// Whether a decoder is woken, but for that of letters: those of western Europe stand for themselves.
#[inline(never)]
fn undoes(bytes: &[u8], kinds: Wake) -> bool {
    decode::woken(bytes, kinds).any(|facts| facts.trust != Trust::Plain && facts.decoder != Decoder::Unicode)
}

#[cfg(test)]
mod tests;
