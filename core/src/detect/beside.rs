//! Signs and what stands beside them, as payloads have it and prose does not: `::`, `<!`, `//`, a parenthesis right behind a
//! name.
//!
//! What comes in: a value that is longer than a word or two. What goes out: which of the pairs and the like that detectors look
//! for it lacks, kept with its kinds of byte ([`Wake::lacking`]). What always holds: what is told as lacking does not
//! stand in the value; of a value that was not looked at, or is dense with signs, nothing is told. To add one: a rule in
//! [`RULES`], a constant, and the question in the detector.
//!
//! PERF: prose has signs of nearly every kind, and each detector that needs one of them looked through the whole of it.

use super::Value;
use super::rce::{joins, may_be_called};
use super::xss::may_name_script;
use crate::bytes::{Bits, Set, Wake, with_bits};

/// Rules of which one may hold, by the bits of their numbers in [`RULES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beside(u64);

impl Beside {
    /// `//`, `/*`, `/@`, `../`
    pub const STEP: Beside = Beside(0b11);
    /// `::`
    pub const AXIS: Beside = Beside(1 << 2);
    /// A parenthesis that opens, and no blank before it.
    pub const TIGHT: Beside = Beside(1 << 3);
    /// A parenthesis that opens behind what a called name may end in that is no name, or behind two blanks.
    pub const PARTED: Beside = Beside(0b11 << 4);
    /// LF behind a letter, digit, underscore or the byte 0x8C.
    pub const LINE: Beside = Beside(1 << 6);
    /// `!!`, `!r`
    pub const TAG: Beside = Beside(1 << 7);
    /// `;.`, or `;` with blanks and quotes behind it.
    pub const DOT_COMMAND: Beside = Beside(0b111 << 8);
    /// `%x(`, `qx/`
    pub const QUOTED: Beside = Beside(1 << 11);
    /// A colon behind the end of the name of a scheme that runs script.
    pub const SCRIPT: Beside = Beside(0b1111 << 12);
    /// `<!`
    pub const DECLARED: Beside = Beside(1 << 16);
    /// `<?`
    pub const PROCESSED: Beside = Beside(1 << 17);
    /// `<%`
    pub const TEMPLATE: Beside = Beside(1 << 18);
    /// `rg/20`, `rg/19`: the names of the namespaces of W3C.
    pub const NAMESPACE: Beside = Beside(1 << 19);
    /// `ml-st`
    pub const STYLESHEET: Beside = Beside(1 << 20);
    /// `@(`, `@S`
    pub const RAZOR: Beside = Beside(1 << 21);
    /// `.fo`
    pub const FOR_NAME: Beside = Beside(1 << 22);
    /// `di:`
    pub const JNDI: Beside = Beside(1 << 23);
    /// `.`, `+` or `&` between quotes, a few blanks aside.
    pub const JOINT: Beside = Beside(0b11 << 24);
    /// `-en`
    pub const ENCODED: Beside = Beside(1 << 26);
    /// `)(`, `*(`, and the like with `&`, `|`, `!` or blanks between.
    pub const COMPONENT: Beside = Beside(0b11 << 27);
    /// `+AD`
    pub const UTF7: Beside = Beside(1 << 29);
    /// `).ch`
    pub const CHR: Beside = Beside(1 << 30);
    /// `/de`
    pub const DEVICE: Beside = Beside(1 << 31);
    /// The dot in the name of a callback service, with two letters before it and two behind.
    pub const CALLBACK: Beside = Beside(0b1111 << 32);
    /// What control tokens of chat templates begin with: `<|`, `<<S`, `<st`, `[/I`.
    pub const TOKEN: Beside = Beside(0b1111 << 36);
    /// What headings that pretend to be the system's begin with: `\n##`, `[sy`, `</u`, `<im`, `\nsy`, an empty line and `as`.
    pub const HEADING: Beside = Beside(0b11_1111 << 40);
    /// `--`
    pub const DASHES: Beside = Beside(1 << 46);
    /// `..`
    pub const DOTS: Beside = Beside(1 << 47);
    /// `||`, `&&`
    pub const LOGIC: Beside = Beside(0b11 << 48);
    /// The dash between verb and noun of a command of PowerShell, with two letters of each; or one behind a blank and the last
    /// letter of an alias.
    pub const CMDLET: Beside = Beside(0b1111 << 50);
    /// A slash that no word goes on with, and none ends in.
    pub const ROOTED: Beside = Beside(1 << 54);
    /// `w/`, `s/`: the last letters of folders that every host name or browser names, too.
    pub const FOLDER: Beside = Beside(1 << 55);
    /// A parenthesis that opens behind a blank, and the last word of a name that is called.
    pub const SPACED: Beside = Beside(1 << 56);

    /// Both together.
    pub(super) const fn or(self, other: Beside) -> Beside {
        Beside(self.0 | other.0)
    }

    /// Whether one of these may stand in a value of which `wake` was told.
    #[inline]
    pub(super) const fn in_any(self, wake: Wake) -> bool {
        wake.may_hold(self.0)
    }
}

impl Value<'_> {
    /// Whether one of these may stand in the value.
    #[inline]
    pub(super) const fn may_hold(&self, rare: Beside) -> bool {
        rare.in_any(self.wake)
    }
}

/// `kinds`, those of `bytes`, with what is lacking in them.
pub fn beside(bytes: &[u8], kinds: Wake) -> Wake {
    if bytes.len() <= LEAST { kinds } else { kinds.lacking(!with_bits(Look(bytes))) }
}

/// Longest value that is not looked at: short ones are looked through for less than this takes.
const LEAST: usize = 64;

/// Nothing is told of a value that has so many signs more than [`EACH`] for each 64 bytes up to anywhere: in a flood of them
/// the look ends soon.
const FEW: usize = 16;
const EACH: usize = 10;

/// What may stand at a place of a rule.
enum Of {
    /// Anything, or nothing.
    Any,
    /// One of these bytes.
    One(&'static [u8]),
    /// One of these bytes, or nothing.
    OneOrNone(&'static [u8]),
    /// A byte that is none of these.
    Not(&'static [u8]),
    /// The same, or nothing.
    NotOrNone(&'static [u8]),
}

use Of::{Any, Not, NotOrNone, One, OneOrNone};

/// White space, as Rust has it.
const WHITE: &[u8] = b" \t\n\x0c\r";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// No byte that browsers leave in an address.
macro_rules! low {
    ($($more:literal)?) => {
        concat!(
            "\0\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17",
            "\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f \x7f" $(, $more)?
        )
        .as_bytes()
    };
}

/// The two bytes before a sign, the sign, and the two bytes behind it.
#[rustfmt::skip]
static RULES: [[Of; 5]; 57] = [
    [Any, Any, One(b"/"), One(b"/*@"), Any],
    [One(b"."), One(b"."), One(b"/"), Any, Any],
    [Any, Any, One(b":"), One(b":"), Any],
    [Any, Not(WHITE), One(b"("), Any, Any],
    [Any, One(b")]'\"}/\n"), One(b"("), Any, Any],
    [One(b")]'\"}/\n \t\r\x0b\x0c"), One(b" \t\r\x0b\x0c"), One(b"("), Any, Any],
    [Any, One(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_\x8c"), One(b"\n"), Any, Any],
    [Any, Any, One(b"!"), One(b"!r"), Any],
    [Any, Any, One(b";"), One(b"."), Any],
    [Any, Any, One(b";"), One(b" \t\n\x0c\r\""), One(b" \t\n\x0c\r\"\\.")],
    [Any, Any, One(b";"), One(b"\\"), One(b" \t\n\x0c\r\"\\.n")],
    [One(b"%q"), One(b"x"), One(b"({[/|!"), Any, Any],
    [OneOrNone(low!("pP")), One(b"tT"), One(b":"), Any, Any],
    [OneOrNone(low!("bB")), One(b"sS"), One(b":"), Any, Any],
    [OneOrNone(low!("hHtT")), One(b"aA"), One(b":"), Any, Any],
    [One(low!("tTsSaA")), One(low!()), One(b":"), Any, Any],
    [Any, Any, One(b"<"), One(b"!"), Any],
    [Any, Any, One(b"<"), One(b"?"), Any],
    [Any, Any, One(b"<"), One(b"%"), Any],
    [One(b"r"), One(b"g"), One(b"/"), One(b"12"), One(b"90")],
    [One(b"m"), One(b"l"), One(b"-"), One(b"s"), One(b"t")],
    [Any, Any, One(b"@"), One(b"(S"), Any],
    [Any, Any, One(b"."), One(b"f"), One(b"o")],
    [One(b"dD"), One(b"iI"), One(b":"), Any, Any],
    [Any, One(b" \t\n\x0c\r'\"`"), One(b".+&"), One(b"'\"`"), Any],
    [Any, One(b" \t\n\x0c\r'\"`"), One(b".+&"), One(WHITE), One(b" \t\n\x0c\r'\"`")],
    [Any, Any, One(b"-"), One(b"eE"), One(b"nN")],
    [Any, One(b")*"), One(b"("), Any, Any],
    [One(b")*&|! \t\n\x0c\r"), One(b"&|! \t\n\x0c\r"), One(b"("), Any, Any],
    [Any, Any, One(b"+"), One(b"A"), One(b"D")],
    [Any, One(b")"), One(b"."), One(b"c"), One(b"h")],
    [Any, Any, One(b"/"), One(b"d"), One(b"e")],
    // `oast.fun`, `ptst.io`; `requestbin.com`, `canarytokens.org`; `xss.ht`, `eyes.sh`; and all others.
    [One(b"sS"), One(b"tT"), One(b"."), One(b"fFlLmMoOpPsSiI"), One(b"uUiIeEnNrRoO")],
    [One(b"oOiInN"), One(b"rRnNsS"), One(b"."), One(b"cCnNoOzZ"), One(b"oOeErRhH")],
    [One(b"sSeE"), One(b"sS"), One(b"."), One(b"mMsShHrR"), One(b"eEhHtT")],
    [One(b"cCyYiIoOsSfFgGaA8pPrR"), One(b"kKeEgGtThHyYbBmM7oOfF"), One(b"."), One(b"rRiIpPcCsSnNmM"), One(b"eEoOmMnNwWhHiI")],
    [Any, Any, One(b"<"), One(b"|\xef"), Any],
    [Any, Any, One(b"<"), One(b"<"), One(b"S/")],
    [Any, Any, One(b"<"), One(b"se"), One(b"tn")],
    [Any, Any, One(b"["), One(b"/"), One(b"I")],
    [Any, Any, One(b"\n"), One(b"#"), One(b"#")],
    [Any, Any, One(b"["), One(b"sSeE"), One(b"yYnN")],
    [Any, Any, One(b"<"), One(b"/"), One(b"uUsS")],
    [Any, Any, One(b"<"), One(b"sSiI"), One(b"yYmM")],
    [Any, Any, One(b"\n"), One(b"sS"), One(b"yY")],
    [Any, One(b"\n"), One(b"\n"), One(b"aA"), One(b"sS")],
    [Any, Any, One(b"-"), One(b"-"), Any],
    [Any, Any, One(b"."), One(b"."), Any],
    [Any, Any, One(b"|"), One(b"|"), Any],
    [Any, Any, One(b"&"), One(b"&"), Any],
    // `Get-`, `Import-`, `Out-`, `Select-`, `Test-`; `Enable-`, `Invoke-`, `Move-`, `Write-`; the other verbs.
    [One(b"eErRuUcCsS"), One(b"tT"), One(b"-"), One(b"cClLmMtTaAsSiIpPeEhHnNwWrRoOfFbBjJdD"), One(b"oOpPyYrReEtTsScCdDhHiIvVmMxXbBaAlLuUnN")],
    [One(b"lLkKvVtT"), One(b"eE"), One(b"-"), One(b"cClLmMtTaAsSiIpPeEhHnNwWrRoOfFbBjJdD"), One(b"oOpPyYrReEtTsScCdDhHiIvVmMxXbBaAlLuUnN")],
    [One(b"dDnNaAeEsStTpPoO"), One(b"dDrRsSoOyYwWpP"), One(b"-"), One(b"cClLmMtTaAhHpPsSiInNoO"), One(b"oOpPyYrRaAsScCeEtTbB")],
    [One(b"xXrRmMiIsSvVbB \t\n\x0c\r"), One(WHITE), One(b"-"), One(LETTERS), One(LETTERS)],
    [Any, NotOrNone(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/.-_="), One(b"/"), Not(b" /\n\r"), Any],
    [Any, One(b"wWsS"), One(b"/"), Any, Any],
    [One(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"), One(b" \t\r\x0b\x0c"), One(b"("), Any, Any],
];

/// For each place of a rule and each byte, and where there is none, the rules that it may be.
static TABLES: [[u64; 257]; 5] = {
    let (mut tables, mut rule) = ([[0; 257]; 5], 0);
    while rule < RULES.len() {
        let (bit, mut place) = (1 << rule, 0);
        while place < 5 {
            let (list, is): (&[u8], bool) = match RULES[rule][place] {
                Any => (&[], false),
                One(list) | OneOrNone(list) => (list, true),
                Not(list) | NotOrNone(list) => (list, false),
            };
            let mut i = 0;
            while i < 257 && !is {
                tables[place][i] |= bit;
                i += 1;
            }
            i = 0;
            while i < list.len() {
                tables[place][list[i] as usize] ^= bit;
                i += 1;
            }
            match RULES[rule][place] {
                Any | OneOrNone(_) | NotOrNone(_) => tables[place][256] |= bit,
                One(_) | Not(_) => tables[place][256] &= !bit,
            }
            place += 1;
        }
        rule += 1;
    }
    tables
};

/// The signs of [`RULES`].
static SIGNS: Set = {
    let (mut signs, mut rule) = (Set::of(b""), 0);
    while rule < RULES.len() {
        if let One(list) = RULES[rule][2] {
            let mut i = 0;
            while i < list.len() {
                signs = signs.with(list[i]);
                i += 1;
            }
        }
        rule += 1;
    }
    signs
};

/// The rules that hold somewhere in a value of more than 64 bytes.
struct Look<'a>(&'a [u8]);

impl Bits for Look<'_> {
    type Told = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let bytes = self.0;
        let (mut found, mut left, mut base) = (0, FEW, 0);
        while base < bytes.len() {
            let rest = bytes.get(base..).unwrap_or_default();
            let mut mask = match (rest.first_chunk(), bytes.last_chunk()) {
                (Some(block), _) => SIGNS.members(block),
                // What stands before the rest is shifted out.
                (None, Some(block)) => SIGNS.members(block).unbounded_shr((64 - rest.len()) as u32),
                _ => return u64::MAX,
            };
            let Some(fewer) = (left + EACH).checked_sub(mask.count_ones() as usize) else { return u64::MAX };
            left = fewer;
            while mask != 0 {
                let at = base + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                let rules = match at.checked_sub(2).and_then(|from| bytes.get(from..)?.first_chunk::<5>()) {
                    Some([a, b, c, d, e]) => {
                        let row = |place: usize, b: &u8| TABLES[place][usize::from(*b)];
                        row(0, a) & row(1, b) & row(2, c) & row(3, d) & row(4, e)
                    }
                    None => at_an_end(bytes, at),
                };
                found |= if rules & EXACT == 0 { rules } else { exact(rules, bytes, at) };
            }
            base += 64;
        }
        found
    }
}

/// Rules that tell less than can be told.
const EXACT: u64 = Beside::JOINT.or(Beside::SCRIPT).or(Beside::SPACED).0;

/// Of `rules`, which hold at the sign at `at`, those that hold on a closer look.
#[inline(never)]
fn exact(rules: u64, bytes: &[u8], at: usize) -> u64 {
    let (rule, holds) = match bytes.get(at) {
        Some(b':') => (Beside::SCRIPT, may_name_script(bytes.get(..at).unwrap_or_default())),
        Some(b'(') => (Beside::SPACED, may_be_called(bytes.get(..at).unwrap_or_default())),
        _ => (Beside::JOINT, joins(bytes, at)),
    };
    if holds { rules } else { rules & !rule.0 }
}

/// The rules that hold at the sign at `at`.
#[inline(never)]
fn at_an_end(bytes: &[u8], at: usize) -> u64 {
    TABLES.iter().enumerate().fold(u64::MAX, |rules, (place, table)| {
        let byte = (at + place).checked_sub(2).and_then(|at| bytes.get(at));
        rules & byte.map_or(table[256], |b| table[usize::from(*b)])
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Classes, Hits, Places, judge, words};
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::points::Place;
    use proptest::prelude::*;

    /// What each rule is for, pieces of it, and prose.
    const PIECES: &[&str] = &[
        "//",
        "/*",
        "/@",
        "../",
        "::",
        "ancestor::",
        "f(",
        "(",
        ")",
        "x)(y=",
        "*(",
        ")(",
        "& (",
        "\n",
        "\r\n",
        "cos\nsystem\n",
        "\u{8c}",
        "!!python/object",
        "!ruby/object",
        "!",
        ";.shell ls",
        "; \".system id",
        ";\\n.dump",
        ";",
        "%x(",
        "qx/",
        "id",
        "x",
        "javascript:",
        "java script :",
        "vbs:",
        "data:",
        " :",
        "<!",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">",
        "<!--#exec cmd=\"ls\"-->",
        "<?",
        "<%",
        "<%= 7*7 %>",
        "<a ",
        "=",
        "http://www.w3.org/2001/XInclude",
        "http://www.w3.org/1999/XSL/Transform",
        "xml-stylesheet",
        "schemaLocation=\"file:///etc/x\"",
        "@(1+2)",
        "@System.IO.File.Open(",
        "$class.forName(",
        ".class.forName",
        "jndi:ldap://x",
        "&lbrace;jndi:ldap://h/x}",
        "'sys' . 'tem'",
        "\"ev\"+\"al\"",
        "'",
        "\"",
        "`",
        ".",
        " . ",
        "+",
        "&",
        "x1.oast.fun",
        "http://a.requestbin.com/",
        "x.XSS.report",
        "a.interact.sh",
        "<|im_start|>",
        "<<SYS>>",
        "[/INST]",
        "<end_of_turn>",
        "\n### system",
        "[End of prompt]",
        "</user>",
        "<important>",
        "\nSystem:",
        "\n\nassistant:",
        "--- end of prompt",
        "\n---\nsystem",
        "'||1==1//",
        "'&&this.a&&'",
        "..",
        "-encodedcommand ",
        "powershell -en ",
        "+ADw-script+AD4-",
        "(chr(112).chr(119).chr(100))(",
        ").chr(",
        "/dev/tcp/1.2.3.4/5",
        "bash -i >& ",
        "exec",
        "eval",
        "system (",
        "not (",
        "count(",
        "java.net.URLClassLoader",
        "denyMethodExecution",
        "allowStaticMethodAccess",
        "(#a=@java.lang.Runtime@getRuntime()",
        "T(java.lang.Runtime).",
        "#context[",
        "iPhone",
        "Get-Process -Id 4",
        "iex -Uri http",
        "(iwr\n-useb",
        "new-object",
        "arm-rest",
        "system (id",
        "exec\t(",
        "www/",
        "(/etc/cron",
        "?/bin",
        "or",
        " and ",
        " ",
        "Dear",
        "sir",
        ", ",
        "7",
        "\u{e9}",
        "\t",
        "\0",
        "/",
        "-",
        ":",
        "%",
        "[",
        "{",
        "}",
        "]",
        "$",
    ];

    fn text(most: usize) -> impl Strategy<Value = Vec<u8>> {
        let words = prop::collection::vec((prop::sample::select(PIECES), 0usize..60), 0..most);
        words.prop_map(|pieces| {
            let mut text = Vec::new();
            for (piece, blanks) in pieces {
                text.extend_from_slice(piece.as_bytes());
                // Some of it is prose, so that it is not dense.
                text.extend_from_slice(
                    b" it was a long day in the old town and nothing went wrong "
                        .get(..blanks)
                        .unwrap_or(b""),
                );
            }
            text
        })
    }

    /// Whether the rule holds at the sign at `at`.
    fn holds(rule: &[Of; 5], bytes: &[u8], at: usize) -> bool {
        rule.iter().enumerate().all(|(place, of)| {
            let byte = (at + place).checked_sub(2).and_then(|at| bytes.get(at));
            match of {
                Any => true,
                One(list) => byte.is_some_and(|b| list.contains(b)),
                OneOrNone(list) => byte.is_none_or(|b| list.contains(b)),
                Not(list) => byte.is_some_and(|b| !list.contains(b)),
                NotOrNone(list) => byte.is_none_or(|b| !list.contains(b)),
            }
        })
    }

    proptest! {
        #[test]
        fn a_rule_that_holds_anywhere_is_not_lacking(bytes in text(12)) {
            let told = beside(&bytes, wake(&bytes));
            let expected = (0..bytes.len()).fold(0, |all, at| {
                let rules = RULES.iter().enumerate().fold(0, |rules, (n, rule)| {
                    rules | u64::from(holds(rule, &bytes, at)) << n
                });
                // What a closer look tells is one of the rules.
                let joined = b".+&".contains(&bytes[at]) && joins(&bytes, at);
                let script = bytes[at] == b':' && may_name_script(&bytes[..at]);
                assert!(!joined || rules & Beside::JOINT.0 != 0, "{at} of {}", bytes.escape_ascii());
                assert!(!script || rules & Beside::SCRIPT.0 != 0, "{at} of {}", bytes.escape_ascii());
                let called = bytes[at] == b'(' && may_be_called(&bytes[..at]);
                let doubted = if joined { 0 } else { Beside::JOINT.0 }
                    | if script { 0 } else { Beside::SCRIPT.0 }
                    | if called { 0 } else { Beside::SPACED.0 };
                all | rules & !doubted
            });
            for rule in 0..RULES.len() {
                let may = told.may_hold(1 << rule);
                prop_assert!(may || expected >> rule & 1 == 0, "{} of {}", rule, bytes.escape_ascii());
            }
            // Where it was looked at and is not dense, no more is told either.
            let dense = bytes.len() <= LEAST || told.may_hold(u64::MAX) && (0..RULES.len()).all(|n| told.may_hold(1 << n));
            prop_assert!(dense || (0..RULES.len()).all(|n| told.may_hold(1 << n) == (expected >> n & 1 == 1)));
        }

        #[test]
        fn what_is_lacking_changes_no_verdict(bytes in text(10), place in 0usize..6, first in any::<bool>()) {
            let place = [Place::FormValue, Place::QueryValue, Place::JsonValue, Place::XmlText, Place::HeaderValue, Place::Path][place];
            let (kinds, trust, name) = (wake(&bytes), Trust::Plain, b"q".as_slice());
            let value = Value { bytes: &bytes, place, name, wake: kinds, words: words::words(&bytes), trust, first, last: true };
            let told = Value { wake: beside(&bytes, kinds), ..value };
            let (mut hits, mut fewer) = (Hits::new(), Hits::new());
            judge(&value, Places::NONE, Classes::ALL, &mut hits);
            judge(&told, Places::NONE, Classes::ALL, &mut fewer);
            prop_assert_eq!(hits, fewer, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn prose_lacks_nearly_all() {
        let prose = b"Hello, I ordered the chairs (set of 2, oak); they're lovely - thank you! \"Front\" is fine: it fits. A & B, at 7:30.\r\n";
        let told = beside(prose, wake(prose));
        assert!((0..RULES.len()).all(|n| !told.may_hold(1 << n)), "{told:?}");
        assert!((0..RULES.len()).all(|n| wake(prose).may_hold(1 << n)));
    }
}
