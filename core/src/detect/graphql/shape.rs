//! The shape of a document: how deep, how wide, how often the same.

use super::hit;
use crate::detect::Hits;
use crate::detect::lex::graphql::{Kind, Token, Tokens};
use std::ops::Range;

/// Levels whose fields are kept.
const LEVELS: usize = 64;
/// Fields of selections counted apart.
const FIELDS: usize = 128;
/// Fragments whose spreads are kept.
const FRAGMENTS: usize = 32;

/// Words in the names of mutations that sign in, prove an identity or spend: guessing them is what batches are for.
static SENSITIVE: &[&[u8]] = &[
    b"login",
    b"signin",
    b"sign_in",
    b"logon",
    b"authenticate",
    b"verif",
    b"otp",
    b"totp",
    b"mfa",
    b"twofactor",
    b"pincode",
    b"password",
    b"resetcode",
    b"redeem",
    b"coupon",
    b"voucher",
    b"giftcard",
    b"promo",
    b"transfer",
    b"withdraw",
    b"createtoken",
    b"accesstoken",
    b"authtoken",
    b"tokenauth",
];

/// One field of one selection, and how often it stands there.
#[derive(Clone, Copy, Default)]
struct Count {
    key: u64,
    aliased: u32,
    plain: u32,
}

/// What was counted in one document.
#[derive(Debug, Default)]
pub struct Shape {
    /// Whether the text is a document to its end: nothing left open, no byte that begins no token.
    pub whole: bool,
    depth: (u32, usize),
    /// The same field on one path, with others between, and directly inside itself.
    cycle: (u32, usize),
    nested: (u32, usize),
    /// `fields { type { fields` inside the schema.
    schema_cycle: u32,
    aliased: (u32, Range<usize>),
    repeated: (u32, Range<usize>),
    directives: (u32, usize),
    all_directives: u32,
    operations: u32,
    mutation: bool,
    sensitive: bool,
    root_names: u32,
    /// Fields at the root that are not of the schema.
    other_roots: u32,
    schema: Option<Range<usize>>,
    kind: Option<Range<usize>>,
    /// Whether the fields of that type are asked for.
    members: bool,
    page: (u64, Range<usize>),
    fragment_cycle: Option<usize>,
}

/// A hash of bytes that differ, as good as always.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// The fields of connections, lists and schemas, which come again on every path.
fn is_structural(name: &[u8]) -> bool {
    matches!(
        name,
        b"edges" | b"node" | b"nodes" | b"items" | b"data" | b"ofType" | b"pageInfo" | b"fields" | b"type"
    )
}

struct Reader<'a> {
    text: &'a [u8],
    shape: Shape,
    /// The fields that lead to the current selection: hash of the name, structural or not, and the selection's number.
    path: [(u64, bool, u32); LEVELS],
    depth: usize,
    counts: [Count; FIELDS],
    /// Number of selections so far.
    selections: u32,
    /// The field that a `{` would open.
    field: (u64, bool),
    fragments: [(u64, u32, usize); FRAGMENTS],
    fragment_count: usize,
    /// Spreads not yet resolved: hash of the name by fragment.
    spreads: [(u8, u64); 2 * FRAGMENTS],
    spread_count: usize,
    current: Option<usize>,
    /// Whether the definition selects from a type of operations, as far as its text tells.
    root: bool,
}

impl Shape {
    /// Reads a document, or as much of one as there is.
    pub fn read(text: &[u8]) -> Shape {
        let mut reader = Reader {
            text,
            shape: Shape::default(),
            path: [(0, false, 0); LEVELS],
            depth: 0,
            counts: [Count::default(); FIELDS],
            selections: 0,
            field: (0, false),
            fragments: [(0, 0, 0); FRAGMENTS],
            fragment_count: 0,
            spreads: [(0, 0); 2 * FRAGMENTS],
            spread_count: 0,
            current: None,
            root: true,
        };
        reader.run();
        reader.cycles();
        reader.shape
    }

    /// Whether an operation signs in, proves an identity or spends.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// What the counts amount to; the table is in the module above.
    pub fn judge(&self, hits: &mut Hits) {
        let grade = |n: u32, steps: [(u32, u8); 3]| {
            steps.iter().rev().find(|(from, _)| n >= *from && *from > 0).map(|(_, confidence)| *confidence)
        };
        let at = |at: usize| at..at + 1;
        if let Some(confidence) = grade(self.depth.0, [(20, 42), (31, 64), (51, 86)]) {
            let why = format!("selections nest to {} levels: the work grows with every level", self.depth.0);
            hits.push(hit("depth", confidence, at(self.depth.1), why));
        }
        let cycle = grade(self.cycle.0, [(4, 42), (5, 66), (8, 84)]);
        if let Some(confidence) = cycle.max(grade(self.nested.0, [(0, 0), (10, 62), (16, 80)])) {
            let (n, place) = if cycle.is_some() { self.cycle } else { self.nested };
            let why = format!(
                "one path comes back to the same field {n} times: each round multiplies the objects fetched"
            );
            hits.push(hit("circular-query", confidence, at(place), why));
        }
        let steps = match (self.mutation, self.sensitive) {
            (_, true) => [(0, 0), (3, 78), (100, 90)],
            (true, _) => [(6, 42), (10, 62), (100, 88)],
            _ => [(16, 42), (30, 62), (100, 86)],
        };
        if let Some(confidence) = grade(self.aliased.0, steps) {
            let (n, span) = &self.aliased;
            let why = format!(
                "one field {n} times under aliases: one request does the work, or makes the guesses, of {n}"
            );
            hits.push(hit("alias-overload", confidence, span.clone(), why));
        }
        if let Some(confidence) = grade(self.repeated.0, [(5, 40), (10, 64), (50, 86)]) {
            let (n, span) = &self.repeated;
            hits.push(hit(
                "field-duplication",
                confidence,
                span.clone(),
                format!("one field {n} times in one selection: no client writes that"),
            ));
        }
        let heap = grade(self.directives.0, [(0, 0), (6, 76), (10, 86)]);
        if let Some(confidence) = heap.max((self.all_directives >= 80).then_some(58)) {
            let why = format!("{} directives on one element: each is looked up and run", self.directives.0);
            hits.push(hit("directive-overload", confidence, at(self.directives.1), why));
        }
        if let Some(confidence) = grade(self.operations, [(6, 40), (12, 60), (50, 80)]) {
            let why = format!(
                "{} operations in one document, of which one can run: the others are there to be parsed",
                self.operations
            );
            hits.push(hit("operation-overload", confidence, 0..1, why));
        }
        if let Some(place) = self.fragment_cycle {
            let why = "fragments spread each other in a circle: a server that does not check runs until it falls over";
            hits.push(hit("circular-fragment", 90, at(place), why.into()));
        }
        if let Some(confidence) = grade(self.root_names, [(0, 0), (16, 60), (48, 72)]) {
            let why = format!(
                "{} bare names at the root: the server's corrections tell which fields there are",
                self.root_names
            );
            hits.push(hit("field-guessing", confidence, 0..1, why));
        }
        if let Some(span) = &self.schema {
            let deep = self.schema_cycle >= 3;
            let why = if deep {
                "the schema is asked for in a circle of fields and types, which grows with every round"
            } else {
                "the schema is asked for: it lists every operation, type and argument"
            };
            let technique = if deep { "circular-introspection" } else { "introspection" };
            hits.push(hit(technique, if deep { 82 } else { 56 }, span.clone(), why.into()));
        } else if let Some(span) = &self.kind {
            // A client may ask what values a type can have; a document of nothing but a type's fields explores.
            let confidence = if self.other_roots == 0 && self.members { 54 } else { 42 };
            hits.push(hit(
                "introspection",
                confidence,
                span.clone(),
                "one type of the schema is asked for".into(),
            ));
        }
        if self.page.0 >= 100_000 {
            let confidence = if self.page.0 >= 1_000_000 { 56 } else { 42 };
            let why = format!("a page of {} objects is asked for", self.page.0);
            hits.push(hit("page-size", confidence, self.page.1.clone(), why));
        }
    }
}

impl Reader<'_> {
    fn run(&mut self) {
        let (text, mut tokens) = (self.text, Tokens::new(self.text));
        let mut parens = 0u32;
        let mut sound = true;
        // The kind of the last token, the last argument's name, directives in a row.
        let (mut last, mut argument, mut row): (Kind, &[u8], u32) = (Kind::Other, b"", 0);
        while let Some(token) = tokens.next() {
            let word = text.get(token.span.clone()).unwrap_or_default();
            match token.kind {
                Kind::Comment => continue,
                Kind::Sign(b'(') => parens += 1,
                Kind::Sign(b')') => {
                    sound &= parens > 0;
                    parens = parens.saturating_sub(1);
                }
                _ if parens > 0 => match token.kind {
                    Kind::Name => argument = word,
                    Kind::Number => self.number(argument, word, &token),
                    Kind::Other => sound = false,
                    _ => {}
                },
                Kind::Sign(b'{') => {
                    self.open(token.span.start);
                    row = 0;
                }
                Kind::Sign(b'}') => {
                    sound &= self.depth > 0;
                    self.depth = self.depth.saturating_sub(1);
                    row = 0;
                    if self.depth == 0 {
                        (self.current, self.root) = (None, true);
                    }
                }
                Kind::Sign(b'@') => {
                    row += 1;
                    self.shape.all_directives += 1;
                    if row > self.shape.directives.0 {
                        self.shape.directives = (row, token.span.start);
                    }
                }
                Kind::Name if last == Kind::Sign(b'@') => {}
                Kind::Name if last == Kind::Spread => {
                    row = 0;
                    if word == b"on" {
                        tokens.find(|t| t.kind != Kind::Comment);
                    } else {
                        self.spread(word);
                    }
                    self.field = (0, true);
                }
                Kind::Name if self.depth == 0 => {
                    row = 0;
                    self.definition(word, &mut tokens);
                }
                Kind::Name => {
                    row = 0;
                    self.name(word, token.span.clone(), &mut tokens);
                }
                Kind::Spread => self.field = (0, true),
                _ => sound = false,
            }
            last = token.kind;
        }
        self.shape.whole = sound && self.depth == 0 && parens == 0 && self.selections > 0;
    }

    fn definition(&mut self, word: &[u8], tokens: &mut Tokens<'_>) {
        match word {
            b"query" | b"subscription" | b"mutation" => {
                self.shape.operations += 1;
                self.shape.mutation |= word == b"mutation";
                self.field = (0, true);
                self.root = true;
            }
            b"fragment" => {
                let Some(name) = tokens.find(|t| t.kind != Kind::Comment) else { return };
                let hash = hash(self.text.get(name.span.clone()).unwrap_or_default());
                if let Some(slot) = self.fragments.get_mut(self.fragment_count) {
                    *slot = (hash, 0, name.span.start);
                    self.current = Some(self.fragment_count);
                    self.fragment_count += 1;
                }
                self.field = (0, true);
                self.root = false;
            }
            // The type that a fragment is on, by the names that servers give to the types of operations.
            b"Query" | b"RootQuery" | b"QueryRoot" | b"query_root" => self.root = true,
            b"Mutation" | b"RootMutation" | b"MutationRoot" | b"mutation_root" => {
                self.root = true;
                self.shape.mutation = true;
            }
            _ => {}
        }
    }

    /// A field, or an alias and its field.
    fn name(&mut self, word: &[u8], span: Range<usize>, tokens: &mut Tokens<'_>) {
        let (mut word, mut span, mut aliased) = (word, span, false);
        let mut next = tokens.peek();
        if next.as_ref().is_some_and(|t| t.kind == Kind::Sign(b':')) {
            tokens.find(|t| t.kind != Kind::Comment);
            if let Some(field) = tokens.find(|t| t.kind != Kind::Comment) {
                word = self.text.get(field.span.clone()).unwrap_or_default();
                span = span.start..field.span.end;
                aliased = true;
            }
            next = tokens.peek();
        }
        let hash = hash(word);
        let next = next.map(|t| t.kind);
        let bare = !matches!(next, Some(Kind::Sign(b'{' | b'(' | b'@')));
        self.field = (hash, is_structural(word));
        self.shape.members |= self.shape.kind.is_some() && matches!(word, b"fields" | b"inputFields");
        if self.at_root() {
            self.shape.root_names += u32::from(bare && !aliased && !word.starts_with(b"__"));
            match word {
                b"__schema" => self.shape.schema = Some(span.clone()),
                b"__type" => self.shape.kind = Some(span.clone()),
                b"_service" => self.shape.schema = Some(span.clone()),
                b"__typename" => {}
                _ => self.shape.other_roots += 1,
            }
            if self.shape.mutation && is_sensitive(word) {
                self.shape.sensitive = true;
            }
        }
        let selection = self.depth.checked_sub(1).and_then(|d| self.path.get(d)).map_or(0, |p| p.2);
        let key = hash ^ u64::from(selection).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let first = key as usize % FIELDS;
        for probe in 0..8 {
            let Some(slot) = self.counts.get_mut((first + probe) % FIELDS) else { return };
            if slot.key == 0 {
                slot.key = key;
            }
            if slot.key != key {
                continue;
            }
            let (count, most) = if aliased {
                slot.aliased += 1;
                (slot.aliased, &mut self.shape.aliased)
            } else {
                slot.plain += 1;
                (slot.plain, &mut self.shape.repeated)
            };
            if count > most.0 {
                *most = (count, span);
            }
            return;
        }
    }

    /// Whether fields here are those of the operation: in its selection, or in fragments that stand for parts of it.
    fn at_root(&self) -> bool {
        let above = self.path.get(1..self.depth).unwrap_or_default();
        self.root && self.depth > 0 && above.iter().all(|p| p.0 == 0)
    }

    fn open(&mut self, at: usize) {
        if self.depth == 0 && self.shape.operations == 0 && self.current.is_none() {
            // A selection alone is a query.
            self.shape.operations = 1;
        }
        self.selections += 1;
        let (hash, structural) = self.field;
        let above = self.path.get(..self.depth.min(LEVELS)).unwrap_or_default();
        if hash != 0 {
            let directly = above.iter().rev().take_while(|p| p.0 == hash).count() as u32 + 1;
            let rounds = |h: u64| {
                let begins = |i: usize| i == 0 || above.get(i - 1).is_none_or(|p| p.0 != h);
                above.iter().enumerate().filter(|(i, p)| p.0 == h && begins(*i)).count() as u32
            };
            if directly > self.shape.nested.0 {
                self.shape.nested = (directly, at);
            }
            let cycle = rounds(hash) + u32::from(directly == 1);
            if !structural && cycle > self.shape.cycle.0 {
                self.shape.cycle = (cycle, at);
            }
            if structural && self.shape.schema.is_some() {
                self.shape.schema_cycle =
                    self.shape.schema_cycle.max(if hash == self::hash(b"fields") { cycle } else { 0 });
            }
        }
        if let Some(slot) = self.path.get_mut(self.depth) {
            *slot = (hash, structural, self.selections);
        }
        self.depth += 1;
        self.field = (0, true);
        if self.depth as u32 > self.shape.depth.0 {
            self.shape.depth = (self.depth as u32, at);
        }
    }

    fn spread(&mut self, name: &[u8]) {
        if let (Some(fragment), Some(slot)) = (self.current, self.spreads.get_mut(self.spread_count)) {
            *slot = (fragment as u8, hash(name));
            self.spread_count += 1;
        }
    }

    fn number(&mut self, argument: &[u8], digits: &[u8], token: &Token) {
        const PAGES: [&[u8]; 10] = [
            b"first",
            b"last",
            b"limit",
            b"take",
            b"count",
            b"pagesize",
            b"page_size",
            b"perpage",
            b"per_page",
            b"size",
        ];
        if digits.len() > 5 && PAGES.iter().any(|p| argument.eq_ignore_ascii_case(p)) {
            let n = digits.iter().take_while(|b| b.is_ascii_digit());
            let n = n.fold(0u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')));
            if n > self.shape.page.0 {
                self.shape.page = (n, token.span.clone());
            }
        }
    }

    /// Whether a fragment leads back to itself: who reaches whom, in as many rounds as there are fragments.
    fn cycles(&mut self) {
        let known = self.fragments.get(..self.fragment_count).unwrap_or_default();
        let mut reach = [0u32; FRAGMENTS];
        for &(from, name) in self.spreads.get(..self.spread_count).unwrap_or_default() {
            if let (Some(slot), Some(to)) =
                (reach.get_mut(usize::from(from)), known.iter().position(|f| f.0 == name))
            {
                *slot |= 1 << to;
            }
        }
        for via in 0..known.len() {
            let through = reach[via];
            for slot in reach.iter_mut().filter(|r| **r & 1 << via != 0) {
                *slot |= through;
            }
        }
        self.shape.fragment_cycle =
            known.iter().zip(reach).enumerate().find(|(i, (_, r))| r & 1 << i != 0).map(|(_, (f, _))| f.2);
    }
}

fn is_sensitive(name: &[u8]) -> bool {
    SENSITIVE.iter().any(|word| name.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word)))
}
