//! Header fields and targets that were judged before and held nothing.
//!
//! Nearly every header field of a request was sent before, byte for byte: a client's language, agent, cookies and tokens
//! come again with each request, and clients share them with each other. What a field is worth depends on its name and
//! value and on the policy, which a transaction never changes; one that told nothing the last time need not be read again.
//! The target of a request is remembered in the same way: pages, pictures and calls that many clients ask for.
//! Only whole equal fields are passed over, compared byte for byte, so that no field can pose as another. The memory is
//! bounded and has two halves: when the younger is full, what the older holds is forgotten, but for what was met since then
//! and so has moved to the younger. Who floods it makes the next field cost what it costs without it.

use super::ahead::Ahead;
use super::inspect::Inspector;
use crate::bytes::same;
use crate::detect::graphql::Batch;
use crate::http::KnownHeader;

/// Bytes of fields that a half remembers at most: those of some six clients.
const ROOM: usize = 6 << 10;
/// Bytes by which a half grows up to there.
const STEP: usize = 512;
/// The longest field remembered: several have to have room.
const LONGEST: usize = 2 << 10;
/// Places for fields at most: several for each that has room, or fields of different clients push each other out.
const PLACES: usize = 256;
/// Places to begin with, and the bytes that are remembered with them.
const FIRST_PLACES: usize = 64;
const FIRST_ROOM: usize = 2 << 10;
/// Neighbouring places of which a field may have any, and as many elsewhere. With neighbours alone, where nine fell
/// together two of them pushed each other out for ever.
const WAYS: usize = 8;
/// Fields of one head that are remembered at most. A flood of fields is not sent again, and would push out what is.
const CROWD: usize = 128;
/// What stands between the name and the value of a field, and behind it, where it is written as nearly all are.
const BETWEEN: &[u8] = b": ";
const BEHIND: &[u8] = b"\r\n";

/// What is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: a free place.
    #[default]
    Free,
    /// A header field.
    Field,
    /// A header field of which a parser has told that nothing about the message depends on it.
    Plain,
    /// A header field of which a parser has told that nothing is odd about it, but that the message depends on it.
    Framing,
    /// The target of a request whose method is not CONNECT; it has no name.
    Target,
}

/// One remembered field: where its line begins in which half, the length of the line, that of the name, and the mark by which
/// others at its place are told from it.
#[derive(Clone, Copy, Debug, Default)]
struct Field {
    at: u16,
    line: u16,
    name: u8,
    mark: u8,
    half: bool,
    kind: Kind,
}

impl Field {
    /// Name and value, of the field's line.
    fn parts(self, line: &[u8]) -> (&[u8], &[u8]) {
        if self.kind == Kind::Target {
            return (b"", line);
        }
        let (name, value) = line.split_at_checked(usize::from(self.name)).unwrap_or_default();
        let end = value.len().saturating_sub(BEHIND.len());
        (name, value.get(BETWEEN.len()..end).unwrap_or_default())
    }
}

/// See the module. A transaction keeps it when it is reset.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// The two halves, each full of lines; which is the younger.
    lines: [Vec<u8>; 2],
    young: bool,
    fields: Vec<Field>,
    ahead: Ahead,
    /// Fields of this head that were looked for.
    met: usize,
}

/// A field's hash: where it has its places, and its mark. Equal fields have equal hashes; the ends of a value differ where its
/// middle does, as a rule.
///
/// PERF: fields of one name and length whose values differ are many, and without a mark each is compared with several.
fn hash(name: &[u8], value: &[u8]) -> (usize, u8) {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let ends = |bytes: &[u8]| match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => bytes.iter().fold(0, |hash, &b| hash << 8 | u64::from(b)),
    };
    let lengths = (name.len() as u64) << 32 ^ value.len() as u64;
    let hash = (ends(name).rotate_left(17) ^ ends(value) ^ lengths).wrapping_mul(ODD);
    let (places, rest) = (64 - PLACES.trailing_zeros(), 64 - PLACES.trailing_zeros() - u8::BITS);
    ((hash >> places) as usize, (hash >> rest) as u8)
}

impl Memo {
    /// The head of a request begins.
    pub fn start(&mut self) {
        self.ahead.start();
        self.met = 0;
    }

    /// Whether no more fields of this head are remembered.
    pub fn is_crowded(&self) -> bool {
        self.met >= CROWD
    }

    /// Whether the target is remembered.
    pub fn holds_target(&mut self, target: &[u8]) -> bool {
        self.look_up(b"", target).is_some_and(|place| {
            self.renew(place);
            self.fields[place].kind == Kind::Target
        })
    }

    /// Whether the field is remembered. It is the next one of the head.
    pub fn holds_field(&mut self, name: &[u8], value: &[u8]) -> bool {
        if self.is_crowded() {
            return false;
        }
        self.met += 1;
        if name.is_empty() {
            self.meet(None);
            return false;
        }
        let fields = (&self.fields, &self.lines);
        if let Some(place) = self.ahead.follow(|place| is_at(fields, place, name, value)) {
            self.renew(place);
            return true;
        }
        let place = self.look_up(name, value);
        self.meet(place);
        place.is_some()
    }

    /// The field whose line `head` begins with, if it is remembered as one in which nothing is odd. It is the next one of
    /// the head.
    #[inline(always)]
    pub fn known_line(&mut self, head: &[u8]) -> Option<KnownHeader> {
        // PERF: fields come in the order in which they came before.
        if self.is_crowded() {
            return None;
        }
        let mut guesses = self.ahead.guesses();
        let (place, field) = loop {
            let Some(guess) = guesses.next(&self.ahead) else {
                let place = self.known_elsewhere(head)?;
                break (place, *self.fields.get(place)?);
            };
            if let Some(field) = self.begins(head, guess.place) {
                break (self.ahead.take(guess), field);
            }
        };
        self.met += 1;
        if field.half != self.young {
            self.renew(place);
        }
        let (line, name) = (usize::from(field.line), usize::from(field.name));
        let value = name + BETWEEN.len()..line - BEHIND.len();
        Some(KnownHeader { line, name, value, plain: field.kind == Kind::Plain })
    }

    /// The field at `place`, if `head` begins with its line and nothing is odd in it.
    #[inline(always)]
    fn begins(&self, head: &[u8], place: usize) -> Option<Field> {
        let field = *self.fields.get(place)?;
        let head = head.get(..usize::from(field.line))?;
        let is = matches!(field.kind, Kind::Plain | Kind::Framing) && same(head, line(&self.lines, field));
        is.then_some(field)
    }

    #[inline(never)]
    fn known_elsewhere(&mut self, head: &[u8]) -> Option<usize> {
        let (name, value) = written_plainly(head)?;
        let place = self.look_up(name, value)?;
        if !matches!(self.fields[place].kind, Kind::Plain | Kind::Framing) {
            return None;
        }
        self.meet(Some(place));
        Some(place)
    }

    /// Nothing is odd about the field; whether something about the message depends on it.
    pub fn set_plain(&mut self, name: &[u8], value: &[u8], framing: bool) {
        if let Some(place) = self.look_up(name, value)
            && self.fields[place].kind == Kind::Field
        {
            self.fields[place].kind = if framing { Kind::Framing } else { Kind::Plain };
        }
    }

    /// The next field of the head is the one at `place`, or one that is not remembered.
    fn meet(&mut self, place: Option<usize>) {
        self.ahead.meet(place);
        if let Some(place) = place {
            self.renew(place);
        }
    }

    /// The place of the field. A target has no name, and a field without one is not remembered.
    fn look_up(&self, name: &[u8], value: &[u8]) -> Option<usize> {
        if self.fields.is_empty() {
            return None;
        }
        let hash = hash(name, value);
        let fields = (&self.fields, &self.lines);
        self.places(hash)
            .find(|&place| self.fields[place].mark == hash.1 && is_at(fields, place, name, value))
    }

    /// The places that a field with this hash may have, in the order in which they are given away.
    fn places(&self, (first, mark): (usize, u8)) -> impl Iterator<Item = usize> + use<> {
        let last = self.fields.len() - 1;
        // The bit of `WAYS` alone leads away from the neighbours; the mark spreads those who go.
        let elsewhere = usize::from(mark) & !(2 * WAYS - 1);
        (0..2 * WAYS).map(move |way| (first ^ way ^ if way < WAYS { 0 } else { elsewhere }) & last)
    }

    /// Moves a field that was met to the younger half, if there is room.
    fn renew(&mut self, place: usize) {
        let Some(field) = self.fields.get_mut(place).filter(|field| field.half != self.young) else { return };
        let [first, second] = &mut self.lines;
        let (young, old) = if self.young { (second, first) } else { (first, second) };
        let line = usize::from(field.at)..usize::from(field.at) + usize::from(field.line);
        if let Some(line) = old.get(line)
            && young.len() + line.len() <= ROOM
        {
            (field.at, field.half) = (young.len() as u16, self.young);
            reserve(young, line.len());
            young.extend_from_slice(line);
        }
    }

    /// Remembers the target.
    pub fn keep_target(&mut self, target: &[u8]) {
        self.keep(Kind::Target, b"", [target]);
    }

    /// Remembers the field.
    pub fn keep_field(&mut self, name: &[u8], value: &[u8]) {
        if !name.is_empty() {
            self.keep(Kind::Field, name, [name, BETWEEN, value, BEHIND]);
        }
    }

    /// Remembers a line, if it is no longer than that is worth.
    fn keep<const N: usize>(&mut self, kind: Kind, name: &[u8], parts: [&[u8]; N]) {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let Ok(name) = u8::try_from(name.len()) else { return };
        if length > LONGEST {
            return;
        }
        self.make_room(length);
        let young = &mut self.lines[usize::from(self.young)];
        reserve(young, length);
        let field =
            Field { at: young.len() as u16, line: length as u16, name, mark: 0, half: self.young, kind };
        parts.iter().for_each(|part| young.extend_from_slice(part));
        self.insert(field);
    }

    fn insert(&mut self, field: Field) {
        let (name, value) = field.parts(line(&self.lines, field));
        let hash = hash(name, value);
        let free = self.places(hash).find(|&place| self.fields[place].kind == Kind::Free);
        let place = free.unwrap_or(hash.0 & (self.fields.len() - 1));
        self.fields[place] = Field { mark: hash.1, ..field };
    }

    /// Makes room for `more` bytes and a field: what is remembered grows up to its bounds, then the older half is forgotten.
    fn make_room(&mut self, more: usize) {
        if self.lines[usize::from(self.young)].len() + more > ROOM {
            self.young = !self.young;
            self.lines[usize::from(self.young)].clear();
            let young = self.young;
            self.fields.iter_mut().filter(|field| field.half == young).for_each(|f| *f = Field::default());
        }
        let bytes = self.lines.iter().map(Vec::len).sum::<usize>() + more;
        let places = if bytes > FIRST_ROOM { PLACES } else { FIRST_PLACES };
        if self.fields.len() < places {
            let mut known = Vec::with_capacity(places);
            known.resize(places, Field::default());
            let before = std::mem::replace(&mut self.fields, known);
            before.into_iter().filter(|field| field.kind != Kind::Free).for_each(|field| self.insert(field));
            self.ahead.forget();
        }
    }
}

/// Reserves room for `more` bytes in steps.
fn reserve(lines: &mut Vec<u8>, more: usize) {
    let wanted = lines.len() + more;
    if wanted > lines.capacity() {
        lines.reserve_exact(wanted.next_multiple_of(STEP) - lines.len());
    }
}

/// The line of a field; empty if the place is free.
#[inline]
fn line(lines: &[Vec<u8>; 2], field: Field) -> &[u8] {
    let at = usize::from(field.at);
    lines[usize::from(field.half)].get(at..at + usize::from(field.line)).unwrap_or_default()
}

#[inline]
fn is_at((fields, lines): (&Vec<Field>, &[Vec<u8>; 2]), place: usize, name: &[u8], value: &[u8]) -> bool {
    let Some(field) = fields.get(place) else { return false };
    let around = if field.kind == Kind::Target { 0 } else { BETWEEN.len() + BEHIND.len() };
    let (own, rest) = field.parts(line(lines, *field));
    field.kind != Kind::Free
        && usize::from(field.line) == name.len() + value.len() + around
        && same(own, name)
        && same(rest, value)
}

/// Name and value of the line that `head` begins with, if it is written as nearly all are.
fn written_plainly(head: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = crate::bytes::first_of(head, [b':', b'\n'])?;
    let (name, behind) = head.split_at(colon);
    let behind = behind.strip_prefix(BETWEEN)?;
    let end = crate::bytes::first_of(behind, [b'\n'])?;
    Some((name, behind.get(..end)?.strip_suffix(b"\r")?))
}

/// What a field may leave behind; two that are equal were taken before and after one that left nothing.
#[derive(PartialEq)]
pub(super) struct State {
    told: u64,
    spare: u64,
    batch: Batch,
}

impl Inspector {
    /// Runs `read`, which reads a field. Whether it left nothing behind: no finding, no oddity, no memory spent.
    pub(super) fn leaves_nothing(&mut self, read: impl FnOnce(&mut Inspector)) -> bool {
        let before = self.state();
        let odd = std::mem::take(&mut self.anomalies);
        read(self);
        let nothing = self.anomalies.is_empty()
            && self.state() == before
            && self.trace.is_none()
            && self.reached.is_nothing();
        self.anomalies.merge(odd);
        nothing
    }

    fn state(&self) -> State {
        State { told: self.told, spare: self.spare, batch: self.batch }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(memo: &mut Memo, name: &str, value: &str) {
        memo.keep_field(name.as_bytes(), value.as_bytes());
    }

    fn holds(memo: &mut Memo, name: &str, value: &str) -> bool {
        memo.holds_field(name.as_bytes(), value.as_bytes())
    }

    #[test]
    fn what_was_kept_is_held_until_there_is_no_room() {
        let mut memo = Memo::default();
        assert!(!holds(&mut memo, "accept", "*/*"));
        keep(&mut memo, "accept", "*/*");
        keep(&mut memo, "cookie", "a=1; b=0123456789");
        assert!(holds(&mut memo, "accept", "*/*") && holds(&mut memo, "cookie", "a=1; b=0123456789"));
        for (name, value) in [
            ("accept", "*/"),
            ("accept*", "/*"),
            ("accepT", "*/*"),
            ("accept: ", "*/*"),
            ("", "accept: */*\r\n"),
            ("cookie", "a=1; c=0123456789"),
        ] {
            assert!(!holds(&mut memo, name, value));
        }
        let long = "x".repeat(LONGEST - 5);
        keep(&mut memo, "xx", &long);
        assert!(!holds(&mut memo, "xx", &long), "too long");
        for letter in 'a'..='z' {
            let long: String = (0..LONGEST - 100).map(|i| (b'a' + (i % 26) as u8) as char).collect();
            keep(&mut memo, &letter.to_string(), &long);
            assert!(holds(&mut memo, &letter.to_string(), &long));
            assert!(holds(&mut memo, "accept", "*/*"), "a field that is met is not forgotten");
        }
        assert!(!holds(&mut memo, "cookie", "a=1; b=0123456789"), "forgotten");
        assert!(memo.lines.iter().all(|half| half.capacity() == ROOM) && memo.fields.len() == PLACES);
    }

    #[test]
    fn the_fields_of_several_clients_have_room_beside_each_other() {
        let fields: Vec<(String, String)> = (0..5)
            .flat_map(|client| (0..17).map(move |n| (client, n)))
            .map(|(client, n)| {
                (format!("x-field-{n}"), format!("value {} of client {client}", n * 7919 % 101))
            })
            .collect();
        let mut memo = Memo::default();
        let mut misses = 0;
        for round in 0..20 {
            for (n, (name, value)) in fields.iter().enumerate() {
                if n % 17 == 0 {
                    memo.start();
                }
                if !holds(&mut memo, name, value) {
                    misses += usize::from(round > 0);
                    keep(&mut memo, name, value);
                }
            }
        }
        assert!(misses < 19 * fields.len() / 100, "{misses} of {}", 19 * fields.len());
    }

    #[test]
    fn fields_that_fall_together_do_not_push_each_other_out() {
        let neighbours = |value: &str| hash(b"x-id", value.as_bytes()).0 / WAYS % (FIRST_PLACES / WAYS);
        let of = neighbours("0");
        let values: Vec<String> =
            (0..).map(|n| n.to_string()).filter(|v| neighbours(v) == of).take(12).collect();
        let mut memo = Memo::default();
        values.iter().for_each(|value| keep(&mut memo, "x-id", value));
        assert_eq!(memo.fields.len(), FIRST_PLACES);
        assert!(values.iter().all(|value| holds(&mut memo, "x-id", value)));
    }

    #[test]
    fn a_line_is_known_only_as_a_whole_and_only_if_nothing_is_odd_about_it() {
        let mut memo = Memo::default();
        let fields =
            [("host", "a.example", true), ("dnt", "1", false), ("accept", "text/html,*/*;q=0.8", false)];
        for (name, value, framing) in fields {
            keep(&mut memo, name, value);
            let line = format!("{name}: {value}\r\n");
            assert_eq!(memo.known_line(line.as_bytes()), None);
            memo.set_plain(name.as_bytes(), value.as_bytes(), framing);
            for _ in 0..2 {
                memo.start();
                let known = memo.known_line(format!("{line}\r\n").as_bytes()).expect("kept");
                assert_eq!((known.line, known.name, known.plain), (line.len(), name.len(), !framing));
                assert_eq!(&line[known.value], value);
            }
            for at in 0..line.len() {
                let mut other = line.clone().into_bytes();
                other[at] ^= 1;
                memo.start();
                assert_eq!(memo.known_line(&other), None, "{line:?} differs at {at}");
                assert_eq!(memo.known_line(&line.as_bytes()[..at]), None, "{line:?} cut at {at}");
            }
        }
    }
}
