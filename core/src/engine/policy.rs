//! What the operator writes: TOML, refused as a whole if any of it is unknown or out of range.

use crate::detect::{Class, Classes, FACTS};
use crate::limits::Limits;
use crate::verdict::{Masking, Sensitivity};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use std::fmt;

/// The operator's wishes. [`Policy::from_toml`] reads them; the default is what most sites want.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Policy {
    /// What is looked for, and how eagerly.
    pub detection: Detection,
    /// Findings that are known to be none.
    pub exclusions: Vec<Exclusion>,
    /// Secrets kept out of events.
    pub masking: Masking,
    /// Bounds on what one transaction may cost.
    pub limits: Limits,
}

/// What is looked for, and how eagerly.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Detection {
    /// How much has to be understood before a transaction is called an attack. Default `default`.
    pub sensitivity: Sensitivity,
    /// The classes that are looked for: all but those listed under `disabled`. Default all.
    #[serde(rename = "disabled", deserialize_with = "all_but")]
    pub classes: Classes,
}

impl Default for Detection {
    fn default() -> Self {
        Detection { sensitivity: Sensitivity::Default, classes: Classes::ALL }
    }
}

/// Findings that the operator has judged to be none: all that match every field given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Exclusion {
    /// The classes meant; empty means any.
    #[serde(default)]
    pub classes: Vec<Class>,
    /// The points meant: a point as events show it, where `*` stands for any run of characters. Absent means any.
    pub point: Option<String>,
    /// The paths meant: a path as sent, where `*` stands for any run of characters. Absent means any.
    pub path: Option<String>,
    /// The host meant, without port, any case. Absent means any.
    pub host: Option<String>,
    /// Why: for the next person who reads the policy.
    pub reason: Option<String>,
}

impl Exclusion {
    /// Whether a request for `path` at `host` is meant.
    pub(super) fn concerns(&self, path: &[u8], host: &[u8]) -> bool {
        self.path.as_ref().is_none_or(|p| glob(p.as_bytes(), path))
            && self.host.as_ref().is_none_or(|h| h.as_bytes().eq_ignore_ascii_case(without_port(host)))
    }

    /// Whether a finding of `class` at `point` of such a request is meant.
    pub(super) fn covers(&self, class: Class, point: &str) -> bool {
        (self.classes.is_empty() || self.classes.contains(&class))
            && self.point.as_ref().is_none_or(|p| glob(p.as_bytes(), point.as_bytes()))
    }
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// A policy with unknown keys, values out of range or broken syntax is refused with line, column and reason.
    ///
    /// ```
    /// use sidewatch::Policy;
    /// let policy = Policy::from_toml("[detection]\nsensitivity = \"relaxed\"\ndisabled = [\"scanner\"]")?;
    /// let refused = Policy::from_toml("[limits]\nfindings = 0").unwrap_err();
    /// assert_eq!((refused.line(), refused.column()), (2, 12));
    /// # Ok::<(), sidewatch::PolicyError>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Policy, PolicyError> {
        let policy: Policy = toml::from_str(text).map_err(|e| PolicyError::new(text, &e))?;
        Ok(policy)
    }
}

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    line: usize,
    column: usize,
    reason: String,
}

impl PolicyError {
    fn new(text: &str, error: &toml::de::Error) -> PolicyError {
        let at = error.span().map_or(text.len(), |s| s.start);
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        PolicyError { line, column, reason: error.message().trim().replace('\n', ", ") }
    }

    /// Line of the offending key or value, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column of the offending key or value, in characters from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong with it.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "policy line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

impl std::error::Error for PolicyError {}

impl<'de> Deserialize<'de> for Class {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Class, D::Error> {
        let name = String::deserialize(deserializer)?;
        Class::from_name(&name).ok_or_else(|| {
            let names: Vec<_> = FACTS.iter().map(|f| f.name).collect();
            D::Error::custom(format!("unknown class `{name}`, expected one of {}", names.join(", ")))
        })
    }
}

fn all_but<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Classes, D::Error> {
    let mut classes = Classes::ALL;
    for class in Vec::<Class>::deserialize(deserializer)? {
        classes.set(class, false);
    }
    Ok(classes)
}

fn without_port(host: &[u8]) -> &[u8] {
    match memchr::memrchr(b':', host) {
        Some(i) if host[i + 1..].iter().all(u8::is_ascii_digit) => &host[..i],
        _ => host,
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of bytes. Linear space, at most pattern times text.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&b) if b == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&b| b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Policy::from_toml(text).expect_err("refused").to_string()
    }

    #[test]
    fn an_empty_policy_is_the_default() {
        assert_eq!(Policy::from_toml("").unwrap(), Policy::default());
    }

    #[test]
    fn a_full_policy_is_read() {
        let text = r#"
            [detection]
            sensitivity = "strict"
            disabled = ["scanner", "redir"]
            [[exclusions]]
            classes = ["xss"]
            point = "body.json.html*"
            path = "/cms/*"
            host = "wiki.example.com"
            reason = "editors write markup"
            [masking]
            headers = ["X-Session"]
            names = ["iban"]
            [limits]
            findings = 10
        "#;
        let policy = Policy::from_toml(text).unwrap();
        assert!(
            !policy.detection.classes.contains(Class::Scanner)
                && policy.detection.classes.contains(Class::Xss)
        );
        assert_eq!(policy.limits.findings, 10);
        let rule = &policy.exclusions[0];
        assert!(rule.covers(Class::Xss, "body.json.html"));
        assert!(!rule.covers(Class::Sqli, "body.json.html") && !rule.covers(Class::Xss, "body.json.title"));
        assert!(rule.concerns(b"/cms/page/1", b"Wiki.Example.com:8080"));
        assert!(!rule.concerns(b"/", b"wiki.example.com") && !rule.concerns(b"/cms/", b"example.com"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let cases = [
            ("colour = 1", "policy line 1, column 1: unknown field `colour`"),
            ("[limits]\nfindings = \"many\"", "policy line 2, column 12: invalid type"),
            ("[limits]\n\nwindow = 3", "policy line 3, column 1: unknown field `window`"),
            ("[limits]\ndecode_depth = 99", "policy line 2, column 16: 99 is out of range, expected 0 to 12"),
            ("[detection]\ndisabled = [\"sqli\", \"sql\"]", "policy line 2, column 12: unknown class `sql`"),
            ("[detection]\nsensitivity = \"loud\"", "policy line 2, column 15: unknown variant `loud`"),
            ("[detection\n", "policy line 1, column 11: "),
            ("[[exclusions]]\nclass = \"xss\"", "policy line 2, column 1: unknown field `class`"),
        ];
        for (text, want) in cases {
            let got = refused(text);
            assert!(got.starts_with(want), "{text:?}: {got}");
        }
    }

    #[test]
    fn stars_stand_for_any_run() {
        for (pattern, text, want) in [
            ("", "", true),
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("*.*", "a.b", true),
            ("*ab", "aab", true),
            ("a", "ab", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), want, "{pattern} {text}");
        }
    }
}
