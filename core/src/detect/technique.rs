//! What the techniques of each class are called, what they mean, and where class and technique are described.
//!
//! Names are stable: a technique that a detector no longer tells apart keeps its row. `core/tests/techniques.rs` holds
//! that every technique of the project's cases has its row here, and every row a case. CAPEC numbers are those of
//! <https://capec.mitre.org>; OWASP categories those of the Top 10 of 2021 and 2025, the API Security Top 10 of 2023 and
//! the Top 10 for LLM Applications of 2025.

use super::bomb;
use super::graphql;
use super::overlimit;
use super::prompt;
use super::{
    Class, crlf, esi, jwt, ldapi, mail, mass_assign, nosqli, proto_pollution, ptrav, rce, redir, rfi,
    scanner, smuggling, sqli,
};
use super::{ssi, ssrf, ssti, upload, xpath, xss, xxe};

/// One technique of a class.
#[derive(Debug)]
pub struct Technique {
    /// The stable name, in kebab case.
    pub name: &'static str,
    /// What is done, in one line.
    pub meaning: &'static str,
    /// The attack patterns of CAPEC it is one of.
    pub capec: &'static [u16],
}

/// Where a class is described.
#[derive(Debug)]
pub struct References {
    /// The class.
    pub class: Class,
    /// The attack patterns of CAPEC.
    pub capec: &'static [u16],
    /// The categories of OWASP's lists.
    pub owasp: &'static [&'static str],
}

pub(super) const fn row(name: &'static str, meaning: &'static str, capec: &'static [u16]) -> Technique {
    Technique { name, meaning, capec }
}

const fn see(class: Class, capec: &'static [u16], owasp: &'static [&'static str]) -> References {
    References { class, capec, owasp }
}

/// Injection, in both editions of the Top 10.
const INJECTION: &[&str] = &["A03:2021", "A05:2025"];

/// Every class.
#[rustfmt::skip]
static REFERENCES: &[References] = &[
    see(Class::Sqli, &[66, 7], INJECTION),
    see(Class::Nosqli, &[676], INJECTION),
    see(Class::Xss, &[63], INJECTION),
    see(Class::Rce, &[88, 242, 586], &["A03:2021", "A08:2021", "A05:2025", "A08:2025"]),
    see(Class::Ptrav, &[126], &["A01:2021", "A01:2025"]),
    see(Class::Rfi, &[253], INJECTION),
    see(Class::Ssti, &[242], INJECTION),
    see(Class::Ssi, &[101], INJECTION),
    see(Class::Esi, &[101], INJECTION),
    see(Class::Ssrf, &[664], &["A10:2021", "A01:2025", "API7:2023"]),
    see(Class::Xxe, &[221, 228], &["A05:2021", "A02:2025"]),
    see(Class::Ldapi, &[136], INJECTION),
    see(Class::Xpath, &[83], INJECTION),
    see(Class::Crlf, &[34], INJECTION),
    see(Class::Mail, &[134, 183], INJECTION),
    see(Class::Redir, &[98], &["A01:2021", "A01:2025"]),
    see(Class::Smuggling, &[33, 105], &["A05:2021", "A02:2025"]),
    see(Class::Graphql, &[147, 229], &["API4:2023"]),
    see(Class::Jwt, &[475, 115], &["A02:2021", "A07:2021", "A07:2025", "API2:2023"]),
    see(Class::Upload, &[650, 17], &["A04:2021", "A06:2025"]),
    see(Class::ProtoPollution, &[77], &["A08:2021", "A08:2025"]),
    see(Class::MassAssign, &[77], &["A08:2021", "A08:2025", "API3:2023"]),
    see(Class::Bomb, &[130, 229], &["A05:2021", "A02:2025", "API4:2023"]),
    see(Class::Overlimit, &[125, 130], &["API4:2023"]),
    see(Class::Scanner, &[310], &["A05:2021", "A02:2025"]),
    see(Class::Prompt, &[242], &["LLM01:2025", "LLM07:2025"]),
];

impl Class {
    /// The techniques of this class.
    pub fn techniques(self) -> &'static [Technique] {
        match self {
            Class::Sqli => sqli::techniques::TECHNIQUES,
            Class::Nosqli => nosqli::techniques::TECHNIQUES,
            Class::Xss => xss::techniques::TECHNIQUES,
            Class::Rce => rce::techniques::TECHNIQUES,
            Class::Ptrav => ptrav::techniques::TECHNIQUES,
            Class::Rfi => rfi::techniques::TECHNIQUES,
            Class::Ssti => ssti::techniques::TECHNIQUES,
            Class::Ssi => ssi::techniques::TECHNIQUES,
            Class::Esi => esi::techniques::TECHNIQUES,
            Class::Ssrf => ssrf::techniques::TECHNIQUES,
            Class::Xxe => xxe::techniques::TECHNIQUES,
            Class::Ldapi => ldapi::techniques::TECHNIQUES,
            Class::Xpath => xpath::techniques::TECHNIQUES,
            Class::Crlf => crlf::techniques::TECHNIQUES,
            Class::Mail => mail::techniques::TECHNIQUES,
            Class::Redir => redir::techniques::TECHNIQUES,
            Class::Upload => upload::techniques::TECHNIQUES,
            Class::ProtoPollution => proto_pollution::techniques::TECHNIQUES,
            Class::MassAssign => mass_assign::techniques::TECHNIQUES,
            Class::Smuggling => smuggling::techniques::TECHNIQUES,
            Class::Jwt => jwt::techniques::TECHNIQUES,
            Class::Graphql => graphql::techniques::TECHNIQUES,
            Class::Bomb => bomb::techniques::TECHNIQUES,
            Class::Overlimit => overlimit::techniques::TECHNIQUES,
            Class::Prompt => prompt::techniques::TECHNIQUES,
            Class::Scanner => scanner::techniques::TECHNIQUES,
        }
    }

    /// The technique of that name.
    pub fn technique(self, name: &str) -> Option<&'static Technique> {
        self.techniques().iter().find(|t| t.name == name)
    }

    /// Where this class is described.
    pub fn references(self) -> &'static References {
        match REFERENCES.iter().find(|r| r.class == self) {
            Some(references) => references,
            None => &REFERENCES[0], // unreachable: a test holds the table complete
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::FACTS;
    use std::collections::BTreeSet;

    #[test]
    fn every_class_is_described() {
        assert!(
            REFERENCES.iter().map(|r| r.class).eq(FACTS.iter().map(|f| f.class)),
            "a row for each class, in order"
        );
        for facts in FACTS {
            let references = facts.class.references();
            assert!(!references.owasp.is_empty() && !references.capec.contains(&0), "{}", facts.name);
            let mut names = BTreeSet::new();
            for technique in facts.class.techniques() {
                assert!(names.insert(technique.name), "{}: {} twice", facts.name, technique.name);
                assert!(technique.meaning.ends_with(['.', '?']), "{}: a sentence", technique.name);
            }
            assert!(!names.is_empty(), "{} has no techniques", facts.name);
        }
    }
}
