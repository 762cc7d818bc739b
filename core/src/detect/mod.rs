//! Detectors: each judges one value for one class of attack.
//!
//! What comes in: a [`Value`]: a contiguous window of bytes and where it stands. What goes out: [`Hit`]s. What always
//! holds: work linear in the bytes; no allocation unless there is a hit; a hit says what was understood, in words an
//! operator can check. To add one: a folder here, a variant of [`Class`], and one line in each of the two tables.

pub mod lex;

mod asked;
mod beside;
mod bomb;
mod crlf;
mod esi;
pub mod graphql;
mod idle;
pub mod jwt;
mod ldapi;
mod mail;
mod mass_assign;
mod nosqli;
mod overlimit;
mod prompt;
mod proto_pollution;
mod ptrav;
mod rce;
mod redir;
mod rfi;
mod scanner;
mod second;
mod signs;
pub mod smuggling;
mod sqli;
mod ssi;
mod ssrf;
mod ssti;
mod technique;
mod upload;
mod words;
mod xpath;
mod xss;
mod xxe;

use asked::asked;

pub use asked::may_wake;
pub use beside::beside;
pub use idle::{
    PAIRS, are_harmless_pairs, idle_scalar, idle_text, is_harmless, is_idle, is_idle_member, is_idle_under,
    is_nothing, under,
};
pub use second::{is_carried, settle};
pub use technique::{References, Technique};
pub use words::{Groups, Places, is_worded};

use crate::bytes::Wake;
use crate::decode::Trust;
use crate::points::Place;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::ops::Range;

/// The kind of an attack. Numbers and names are stable; 26 and 28 are kept for classes to come
/// (infoleak, custom).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Class {
    /// SQL injection.
    Sqli = 1,
    /// NoSQL injection.
    Nosqli = 2,
    /// Cross-site scripting.
    Xss = 3,
    /// Command and code execution.
    Rce = 4,
    /// Path traversal and local file inclusion.
    Ptrav = 5,
    /// Remote file inclusion.
    Rfi = 6,
    /// Server-side template injection.
    Ssti = 7,
    /// Server-side includes.
    Ssi = 8,
    /// Edge-side includes.
    Esi = 9,
    /// Server-side request forgery.
    Ssrf = 10,
    /// XML external entities.
    Xxe = 11,
    /// LDAP injection.
    Ldapi = 12,
    /// XPath injection.
    Xpath = 13,
    /// Header injection and response splitting.
    Crlf = 14,
    /// Mail command injection.
    Mail = 15,
    /// Open redirect.
    Redir = 16,
    /// Request smuggling.
    Smuggling = 17,
    /// Costly GraphQL documents.
    Graphql = 18,
    /// Forged JSON Web Tokens.
    Jwt = 19,
    /// Malicious uploads.
    Upload = 20,
    /// Prototype pollution.
    ProtoPollution = 21,
    /// Mass assignment of privileged fields.
    MassAssign = 22,
    /// Data that grows when it is read.
    Bomb = 23,
    /// Limits that were reached.
    Overlimit = 24,
    /// Scanners and probes.
    Scanner = 25,
    /// Prompt injection.
    Prompt = 27,
}

/// How bad it is if the attack works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Severity {
    /// Reconnaissance.
    Low = 1,
    /// Data of single users at risk.
    Medium = 2,
    /// Data of the application at risk.
    High = 3,
    /// The server itself at risk.
    Critical = 4,
}

impl Severity {
    /// The stable name used in events.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// What is known of a class without looking at a value.
#[derive(Debug)]
pub struct Facts {
    /// The class.
    pub class: Class,
    /// The stable name used in events and policies.
    pub name: &'static str,
    /// CWE number, 0 where there is none.
    pub cwe: u16,
    /// How bad it is if it works.
    pub severity: Severity,
    /// What an attacker would gain, in one sentence.
    pub gain: &'static str,
    /// The detector looks only at values that hold one of these kinds of byte...
    pub any: Wake,
    /// ...and all of these.
    pub all: Wake,
}

/// One window of a value, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    /// The bytes to judge.
    pub bytes: &'a [u8],
    /// The kind of place.
    pub place: Place,
    /// The innermost name on the way to the value: parameter, field (lower case), key. May be empty.
    pub name: &'a [u8],
    /// The kinds of byte in `bytes`.
    pub wake: Wake,
    /// The groups of known words in `bytes`.
    pub words: Groups,
    /// How sure it is that the application sees the value in this form.
    pub trust: Trust,
    /// Whether the value begins with this window.
    pub first: bool,
    /// Whether the value ends with this window.
    pub last: bool,
}

/// What a detector found in one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The class.
    pub class: Class,
    /// Stable name of the technique within the class, in kebab case: `union-select`, `event-handler`.
    pub technique: &'static str,
    /// How sure it is, 1 to 100: 90 and up a complete instruction that cannot be data, 75 and up very likely, 50 and up
    /// likely (an attack at the default sensitivity), below that a hint.
    pub confidence: u8,
    /// The part of `Value::bytes` that tells.
    pub span: Range<usize>,
    /// Why, for a person: what was understood and what the server would do with it.
    pub reason: Cow<'static, str>,
}

/// The hits of one value, best first within a class is not required.
pub type Hits = SmallVec<[Hit; 2]>;

use Severity::{Critical, High, Low, Medium};

const W: Wake = Wake::NONE;
const QUOTE: Wake = Wake::QUOTE;

/// Every class: number, name, CWE, severity, the kinds of byte that wake it (any of the first, all of the second), and
/// what an attacker gains.
#[rustfmt::skip]
pub static FACTS: &[Facts] = &[
    facts(Class::Sqli, "sqli", 89, Critical, SQL, W, "Reads or changes the database with the application's rights."),
    facts(Class::Nosqli, "nosqli", 943, High, SCRIPT, W, "Changes what a document query matches, often to sign in without a password."),
    facts(Class::Xss, "xss", 79, High, Wake::LESS.or(Wake::EQUALS).or(Wake::COLON).or(Wake::PAREN).or(Wake::BRACE).or(Wake::BACKTICK).or(Wake::PLUS), W, "Runs script in other users' browsers with their session."),
    facts(Class::Rce, "rce", 78, Critical, ANY.or(Wake::DOT).or(Wake::ALPHA).or(Wake::UNDERSCORE), W, "Runs commands or code on the server."),
    facts(Class::Ptrav, "ptrav", 22, High, PATHS, W, "Reads files outside the folder the application serves."),
    facts(Class::Rfi, "rfi", 98, Critical, Wake::COLON.or(Wake::BACKSLASH).or(Wake::BRACKET), W, "Makes the application load and run code from the attacker's server."),
    facts(Class::Ssti, "ssti", 1336, Critical, Wake::BRACE.or(Wake::LESS).or(Wake::HASH).or(Wake::AT).or(Wake::BRACKET).or(Wake::UNDERSCORE), W, "Runs expressions in the server's template engine, usually up to commands."),
    facts(Class::Ssi, "ssi", 97, High, Wake::LESS, Wake::HASH, "Makes the web server run its include directives: files, commands."),
    facts(Class::Esi, "esi", 97, High, Wake::LESS, W, "Makes the edge cache fetch or include what the attacker names."),
    facts(Class::Ssrf, "ssrf", 918, High, Wake::COLON.or(Wake::DOT), W, "Makes the server fetch internal addresses in the attacker's place."),
    facts(Class::Xxe, "xxe", 611, High, Wake::LESS.or(Wake::COLON).or(Wake::PAREN), W, "Makes the XML parser read local files or internal addresses."),
    facts(Class::Ldapi, "ldapi", 90, High, Wake::PAREN, W, "Changes what a directory query matches."),
    facts(Class::Xpath, "xpath", 643, High, STEPS, W, "Changes what an XML query selects."),
    facts(Class::Crlf, "crlf", 113, Medium, Wake::NEWLINE.or(Wake::HIGH), W, "Adds headers or a second response to the server's answer."),
    facts(Class::Mail, "mail", 93, Medium, Wake::NEWLINE, W, "Adds recipients or commands to mail the server sends."),
    facts(Class::Redir, "redir", 601, Low, Wake::SLASH.or(Wake::BACKSLASH).or(Wake::COLON).or(Wake::HIGH).or(Wake::AT), W, "Sends users from a trusted address to the attacker's site."),
    facts(Class::Smuggling, "smuggling", 444, High, Wake::SLASH.or(Wake::NEWLINE), Wake::ALPHA, "Makes two servers see different requests: poisons other users' answers, passes access rules."),
    facts(Class::Graphql, "graphql", 400, Medium, Wake::BRACE, Wake::ALPHA, "Keeps the API busy with one request, guesses secrets in bulk, or learns the schema."),
    facts(Class::Jwt, "jwt", 347, High, W, W, "Signs in as anybody with a token that no issuer has signed."),
    facts(Class::Upload, "upload", 434, Critical, ANY.or(Wake::DOT).or(Wake::UNDERSCORE), W, "Stores a file that the server will run."),
    facts(Class::ProtoPollution, "proto_pollution", 1321, High, Wake::UNDERSCORE.or(Wake::BRACKET).or(Wake::DOT).or(Wake::SLASH), W, "Changes the defaults of every object in a JavaScript server."),
    facts(Class::MassAssign, "mass_assign", 915, Medium, Wake::ALPHA.or(Wake::DIGIT), W, "Sets fields the form does not offer, such as a role."),
    facts(Class::Bomb, "bomb", 409, Medium, Wake::CONTROL.or(Wake::STAR), Wake::ALPHA, "Exhausts memory or time with a small request."),
    facts(Class::Overlimit, "overlimit", 770, Low, W, W, "Exhausts the server, or hides a payload behind what an inspector reads."),
    facts(Class::Scanner, "scanner", 0, Low, Wake::SLASH.or(Wake::DOT).or(Wake::ALPHA), W, "Learns which weaknesses the site has."),
    facts(Class::Prompt, "prompt", 1427, Medium, Wake::BLANK.or(Wake::HIGH).or(Wake::PIPE).or(Wake::LESS), W, "Makes a language model serve the attacker: shows its instructions, uses its tools, misleads its users."),
];

/// Shows `value` to the detector of `class`.
fn judge_class(class: Class, value: &Value<'_>, places: Places<'_>, hits: &mut Hits) {
    match class {
        Class::Sqli => sqli::judge(value, places, hits),
        Class::Nosqli => nosqli::judge(value, places, hits),
        Class::Xss => xss::judge(value, hits),
        Class::Rce => rce::judge(value, hits),
        Class::Ptrav => ptrav::judge(value, hits),
        Class::Rfi => rfi::judge(value, hits),
        Class::Ssti => ssti::judge(value, hits),
        Class::Ssi => ssi::judge(value, hits),
        Class::Esi => esi::judge(value, hits),
        Class::Ssrf => ssrf::judge(value, hits),
        Class::Xxe => xxe::judge(value, hits),
        Class::Ldapi => ldapi::judge(value, hits),
        Class::Xpath => xpath::judge(value, hits),
        Class::Crlf => crlf::judge(value, places, hits),
        Class::Mail => mail::judge(value, places, hits),
        Class::Redir => redir::judge(value, hits),
        Class::Smuggling => smuggling::judge(value, hits),
        Class::Graphql => graphql::judge(value, hits),
        // Read by the engine, where the token stands.
        Class::Jwt => {}
        Class::Upload => upload::judge(value, hits),
        Class::ProtoPollution => proto_pollution::judge(value, hits),
        Class::MassAssign => mass_assign::judge(value, hits),
        Class::Bomb => bomb::judge(value, hits),
        // Told by the engine, which holds the limits.
        Class::Overlimit => {}
        Class::Scanner => scanner::judge(value, hits),
        Class::Prompt => prompt::judge(value, places, hits),
    }
}

/// Kinds of byte without which a value is no path; digits for `0x2f`.
const PATHS: Wake = Wake::SLASH
    .or(Wake::BACKSLASH)
    .or(Wake::DOT)
    .or(Wake::PERCENT)
    .or(Wake::HIGH)
    .or(Wake::CONTROL)
    .or(Wake::DIGIT);

/// Kinds of byte of which a query object, script, protocol command or name of a special document needs one.
const SCRIPT: Wake = QUOTE
    .or(Wake::DOLLAR)
    .or(Wake::PIPE)
    .or(Wake::AMPERSAND)
    .or(Wake::SEMICOLON)
    .or(Wake::NEWLINE)
    .or(Wake::UNDERSCORE)
    .or(Wake::PAREN);

/// Kinds of byte of which XPath needs one.
const STEPS: Wake = Wake::SLASH.or(Wake::COLON).or(Wake::PAREN);

/// Kinds of byte of which SQL between or around values needs one: words must be parted from each other somehow.
const SQL: Wake = QUOTE
    .or(Wake::BLANK)
    .or(Wake::NEWLINE)
    .or(Wake::CONTROL)
    .or(Wake::PLUS)
    .or(Wake::PAREN)
    .or(Wake::SEMICOLON)
    .or(Wake::STAR)
    .or(Wake::PIPE)
    .or(Wake::AMPERSAND)
    .or(Wake::EQUALS)
    .or(Wake::HASH)
    .or(Wake::AT)
    .or(Wake::HIGH)
    .or(Wake::UNDERSCORE);

/// Kinds of byte without which a value is words and numbers.
const ANY: Wake = Wake::BLANK
    .or(QUOTE)
    .or(Wake::LESS)
    .or(Wake::GREATER)
    .or(Wake::PAREN)
    .or(Wake::BRACE)
    .or(Wake::BRACKET)
    .or(Wake::SEMICOLON)
    .or(Wake::PIPE)
    .or(Wake::AMPERSAND)
    .or(Wake::DOLLAR)
    .or(Wake::SLASH)
    .or(Wake::BACKSLASH)
    .or(Wake::EQUALS)
    .or(Wake::COLON)
    .or(Wake::HASH)
    .or(Wake::AT)
    .or(Wake::BANG)
    .or(Wake::STAR)
    .or(Wake::NEWLINE)
    .or(Wake::CONTROL);

const fn facts(
    class: Class,
    name: &'static str,
    cwe: u16,
    severity: Severity,
    any: Wake,
    all: Wake,
    gain: &'static str,
) -> Facts {
    Facts { class, name, cwe, severity, gain, any, all }
}

impl Class {
    /// What is known of this class.
    pub fn facts(self) -> &'static Facts {
        match FACTS.iter().find(|f| f.class == self) {
            Some(facts) => facts,
            None => &FACTS[0], // unreachable: a test holds the table complete
        }
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The class of that name.
    pub fn from_name(name: &str) -> Option<Class> {
        FACTS.iter().find(|f| f.name == name).map(|f| f.class)
    }
}

/// A set of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes(u64);

impl Classes {
    /// Every class.
    pub const ALL: Classes = Classes(u64::MAX);
    /// No class.
    pub const NONE: Classes = Classes(0);

    /// Whether `class` is in the set.
    pub const fn contains(self, class: Class) -> bool {
        self.0 & 1 << class as u8 != 0
    }

    /// Of the classes whose bits, by their numbers, are set those of this set.
    const fn among(self, bits: u32) -> u32 {
        self.0 as u32 & bits
    }

    /// Adds or removes `class`.
    pub const fn set(&mut self, class: Class, on: bool) {
        let bit = 1 << class as u8;
        self.0 = if on { self.0 | bit } else { self.0 & !bit };
    }
}

/// Judges `value` for every class of `on` that it wakes; of two classes that fit one instruction the one that carries it
/// stays. Its words stand at `places`.
pub fn judge(value: &Value<'_>, places: Places<'_>, on: Classes, hits: &mut Hits) {
    for class in asked(value, on) {
        judge_class(class, value, places, hits);
    }
    if value.place == Place::JsonKey && on.contains(Class::ProtoPollution) {
        proto_pollution::judge_key(value, hits);
    }
    if hits.len() > 1 {
        settle(value, hits);
    }
}

/// Whether `value`, the beginning of a binary file, tells something as a whole: it is a serialised object, has a format that
/// an upload may have, grows when it is read, or holds the name of a file that attackers read, for the steps to it may be
/// spelt with bytes that are no text.
pub fn tells_as_a_whole(value: &Value<'_>) -> bool {
    let mut hits = Hits::new();
    rce::judge_object(value, &mut hits);
    upload::judge(value, &mut hits);
    bomb::judge(value, &mut hits);
    // Words of three letters stand in random bytes, too.
    let long = |at: usize| value.bytes.get(at..at + 4).is_some_and(|w| w.iter().all(u8::is_ascii_alphabetic));
    !hits.is_empty() || value.words.any(Groups::FILES) && words::files(value.bytes).any(long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_and_name_is_used_once() {
        let mut seen = Classes::NONE;
        for f in FACTS {
            assert!(!seen.contains(f.class), "{} twice", f.name);
            seen.set(f.class, true);
            assert_eq!(Class::from_name(f.name), Some(f.class));
            assert_eq!(f.class.name(), f.name);
        }
    }
}
