//! What a value went through, for people who want to know why something was or was not found.

use crate::bytes::Wake;
use crate::decode::Trust;
use crate::detect::{self, Class, Classes, FACTS, Hits, Value};
use crate::points::{Place, Point};
use crate::verdict::{Sensitivity, tokens, weigh};

/// Longest part of a value shown in a trace, in bytes.
const SHOWN: usize = 200;

/// How the kinds of byte are called, by their number.
const KINDS: [&str; Wake::KINDS] = [
    "'",
    "\"",
    "`",
    "<",
    ">",
    "( )",
    "{ }",
    "[ ]",
    ";",
    "|",
    "&",
    "$",
    "/",
    "\\",
    ".",
    "=",
    ":",
    "%",
    "+",
    "#",
    "@",
    "!",
    "*",
    ",",
    "-",
    "_",
    "blank",
    "line end",
    "control byte",
    "byte above 0x7F",
    "letter",
    "digit",
];

/// One value, in one form, that was shown to the detectors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Where it stands, decoders included.
    pub point: String,
    /// The kind of place.
    pub place: Place,
    /// How sure it is that the application would see it in this form.
    pub trust: Trust,
    /// Its length in bytes.
    pub length: usize,
    /// Its beginning, unprintable bytes escaped. Secrets are not masked here.
    pub shown: String,
    /// What each class made of it, by number of the class; a class that said several things comes several times.
    pub looks: Vec<Look>,
}

/// How a class stands to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The policy turns the class off.
    Disabled,
    /// The value lacks the kinds of byte without which it cannot be such an attack.
    Asleep,
    /// The detector read it and found no attack.
    Silent,
    /// Something was understood, too little for an attack at the sensitivity.
    Hint,
    /// As a hint; it would have been an attack had the value not come out of a decoder that only guesses.
    Lowered,
    /// An attack at the sensitivity, or more, which the policy excludes at this point.
    Excluded,
    /// An attack.
    Attack,
}

impl Outcome {
    /// The stable name used in traces.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Disabled => "disabled",
            Outcome::Asleep => "not_woken",
            Outcome::Silent => "silent",
            Outcome::Hint => "hint",
            Outcome::Lowered => "lowered",
            Outcome::Excluded => "excluded",
            Outcome::Attack => "attack",
        }
    }
}

/// What one class made of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Look {
    /// The class.
    pub class: Class,
    /// How it stands to the value.
    pub outcome: Outcome,
    /// The technique understood, empty if there is none.
    pub technique: &'static str,
    /// How sure the detector was, 0 if nothing was understood.
    pub said: u8,
    /// What is left of that after the trust in the decoding was weighed.
    pub confidence: u8,
    /// The confidence from which it is an attack at the engine's sensitivity.
    pub line: u8,
    /// Why, in words.
    pub reason: String,
    /// The value, or the part that tells, as the lexer of the class reads it; empty if the detector did not look.
    pub tokens: String,
}

impl Step {
    pub(super) fn new(
        at: &Point<'_>,
        value: &Value<'_>,
        on: Classes,
        hits: &Hits,
        sensitivity: Sensitivity,
    ) -> Step {
        let shown = value.bytes[..value.bytes.len().min(SHOWN)].escape_ascii().to_string();
        let mut looks = Vec::with_capacity(FACTS.len());
        for facts in FACTS {
            let hits = hits.iter().filter(|h| h.class == facts.class);
            let before = looks.len();
            looks.extend(hits.map(|hit| {
                let confidence = weigh(hit.confidence, value.trust);
                let line = sensitivity.attack_from();
                let outcome = match () {
                    () if confidence >= line => Outcome::Attack,
                    () if hit.confidence >= line => Outcome::Lowered,
                    () => Outcome::Hint,
                };
                Look {
                    class: facts.class,
                    outcome,
                    technique: hit.technique,
                    said: hit.confidence,
                    confidence,
                    line,
                    reason: hit.reason.to_string(),
                    tokens: tokens(facts.class, hit.technique, value.bytes, hit.span.clone(), false),
                }
            }));
            if looks.len() == before {
                looks.push(Look::nothing(facts, value, on, sensitivity.attack_from()));
            }
        }
        Step {
            point: at.to_string(),
            place: value.place,
            trust: value.trust,
            length: value.bytes.len(),
            shown,
            looks,
        }
    }

    /// Notes what the policy excludes.
    pub(super) fn exclude(&mut self, is_excluded: impl Fn(Class, &str) -> bool) {
        for look in self.looks.iter_mut().filter(|look| look.said > 0) {
            if is_excluded(look.class, &self.point) {
                look.outcome = Outcome::Excluded;
            }
        }
    }

    /// The classes whose detectors looked at it.
    pub fn woken(&self) -> Vec<&'static str> {
        let looked = |look: &&Look| !matches!(look.outcome, Outcome::Disabled | Outcome::Asleep);
        let mut names: Vec<_> = self.looks.iter().filter(looked).map(|look| look.class.name()).collect();
        names.dedup();
        names
    }
}

impl Look {
    fn nothing(facts: &detect::Facts, value: &Value<'_>, on: Classes, line: u8) -> Look {
        let (outcome, reason) = if !on.contains(facts.class) {
            (Outcome::Disabled, "the policy turns this class off".to_owned())
        } else if !value.wake.any(facts.any) {
            (Outcome::Asleep, format!("holds none of {}", kinds(facts.any)))
        } else if !value.wake.all(facts.all) {
            (Outcome::Asleep, format!("does not hold all of {}", kinds(facts.all)))
        } else if !detect::is_worded(facts.class, value) {
            (Outcome::Asleep, "holds no word of its language".to_owned())
        } else {
            (Outcome::Silent, "read, and nothing of it is such an attack".to_owned())
        };
        let tokens = match outcome {
            Outcome::Silent => tokens(facts.class, "", value.bytes, 0..value.bytes.len(), false),
            _ => String::new(),
        };
        Look { class: facts.class, outcome, technique: "", said: 0, confidence: 0, line, reason, tokens }
    }
}

/// The names of the kinds of byte in `wake`.
fn kinds(wake: Wake) -> String {
    let names: Vec<_> = wake.kinds().map(|kind| KINDS[kind]).collect();
    names.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Messages, Version};
    use crate::{Engine, Policy};

    fn looks(policy: &str, target: &str, class: Class) -> Vec<(String, Look)> {
        let mut tx = Engine::new(Policy::from_toml(policy).expect("a policy")).transaction();
        tx.set_trace(true);
        tx.request_line(b"GET", target.as_bytes(), Version::Http11);
        tx.request_header(b"Host", b"shop.example");
        tx.request_head_end();
        tx.request_end();
        let all = tx.trace().iter().flat_map(|s| s.looks.iter().map(|l| (s.point.clone(), l.clone())));
        all.filter(|(point, look)| point == "query.q" && look.class == class).collect()
    }

    fn only(policy: &str, target: &str, class: Class) -> Look {
        let mut looks = looks(policy, target, class);
        assert_eq!(looks.len(), 1, "{looks:#?}");
        looks.remove(0).1
    }

    #[test]
    fn every_class_says_why() {
        let look = only("", "/?q=word", Class::Ssi);
        assert_eq!((look.outcome, look.reason.as_str()), (Outcome::Asleep, "holds none of <"));
        let look = only("", "/?q=a%3Cb", Class::Ssi);
        assert_eq!((look.outcome, look.reason.as_str()), (Outcome::Asleep, "does not hold all of #"));
        let look = only("[detection]\ndisabled = [\"sqli\"]", "/?q=a'+or+b", Class::Sqli);
        assert_eq!(look.outcome, Outcome::Disabled);
        let look = only("", "/?q=bread+%26+butter", Class::Sqli);
        assert_eq!((look.outcome, look.tokens.as_str()), (Outcome::Silent, "name & name"));
        let look = only("", "/?q=1'+or+3=3--+", Class::Sqli);
        assert_eq!((look.outcome, look.technique), (Outcome::Attack, "tautology"));
        assert!(look.said >= look.confidence && look.confidence >= 50 && !look.reason.is_empty());
    }

    #[test]
    fn exclusions_are_told_though_the_head_completes_later() {
        let policy = "[[exclusions]]\nclasses = [\"sqli\"]\npoint = \"query.q\"\nhost = \"shop.example\"";
        let look = only(policy, "/?q=1'+or+3=3--+", Class::Sqli);
        assert_eq!((look.outcome, look.technique), (Outcome::Excluded, "tautology"));
    }

    #[test]
    fn a_guess_is_told_to_have_lowered_it() {
        let hits = |confidence| {
            let reason = "because".into();
            Hits::from_iter([detect::Hit {
                class: Class::Sqli,
                technique: "clause",
                confidence,
                span: 0..1,
                reason,
            }])
        };
        let value = Value {
            bytes: b"x",
            place: Place::QueryValue,
            name: b"q",
            wake: crate::bytes::wake(b"x"),
            words: detect::Groups::default(),
            trust: Trust::Guessed,
            first: true,
            last: true,
        };
        let at = Point::part(crate::points::Part::Query);
        for (said, want) in [(52, Outcome::Lowered), (60, Outcome::Attack), (40, Outcome::Hint)] {
            let step = Step::new(&at, &value, Classes::ALL, &hits(said), Sensitivity::Default);
            let look = step.looks.iter().find(|l| l.class == Class::Sqli).expect("all classes are told");
            assert_eq!((look.outcome, look.said), (want, said));
            assert_eq!(step.woken().first(), Some(&"sqli"));
        }
    }
}
