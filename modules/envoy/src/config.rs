//! The filter's configuration: JSON, refused as a whole if any of it is unknown, out of range or does not fit together.

use crate::sink;
use serde::Deserialize;
use sidewatch::{Engine, Policy, Verdict};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Larger policies are refused: nobody writes them by hand.
const POLICY_MAX: u64 = 1024 * 1024;

/// Where the filter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Position {
    /// In the serving Envoy, watching.
    Observer,
    /// In an Envoy that requests are mirrored to: it answers them itself.
    MirrorTarget,
    /// In the serving Envoy, answering attacks itself.
    Inline,
}

/// What becomes of a request in line if the library fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnError {
    /// It is passed on.
    #[default]
    Pass,
    /// It is answered with 503.
    Block,
}

/// Which transactions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Write {
    /// Every one.
    All,
    /// Those with findings, hints too.
    Findings,
    /// Attacks.
    #[default]
    Attacks,
}

impl Write {
    /// Whether a transaction with this verdict is written.
    pub(crate) fn takes(self, verdict: Verdict) -> bool {
        match self {
            Write::All => true,
            Write::Findings => verdict >= Verdict::Suspicious,
            Write::Attacks => verdict == Verdict::Attack,
        }
    }
}

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Events {
    /// The file, appended to.
    pub path: PathBuf,
    /// Which are written.
    #[serde(default)]
    pub write: Write,
    /// At most so many in a second and worker thread.
    pub max_per_second: Option<u32>,
}

/// The configuration as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    position: Position,
    policy: Option<String>,
    policy_file: Option<PathBuf>,
    events: Option<Events>,
    metadata: Option<bool>,
    id_header: Option<String>,
    responses: Option<bool>,
    client_header: Option<String>,
    client_hops: Option<u8>,
    strip_shadow_suffix: Option<bool>,
    block_status: Option<u16>,
    hold_body: Option<u32>,
    on_error: Option<OnError>,
}

/// A configuration that holds, shared by all worker threads.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Tells configurations apart for as long as the process lives.
    pub number: u64,
    /// Set when Envoy has dropped the configuration.
    pub closed: AtomicBool,
    /// The engine built from the policy.
    pub engine: Engine,
    /// Where the filter stands.
    pub position: Position,
    /// Where events go, if anywhere.
    pub events: Option<Events>,
    /// Whether the verdict is told to Envoy's access log and later filters.
    pub metadata: bool,
    /// The field that holds the request's identifier, in lower case.
    pub id_header: Vec<u8>,
    /// Whether responses are told to the engine.
    pub responses: bool,
    /// The field of a mirrored request that holds the address of its client, in lower case.
    pub client_header: Vec<u8>,
    /// How many addresses follow that of the client there.
    pub client_hops: u8,
    /// Whether `-shadow` is cut off the host of a mirrored request.
    pub strip_shadow_suffix: bool,
    /// The status of the answer to an attack.
    pub block_status: u16,
    /// Requests with a body of at most so many bytes are held back until judged.
    pub hold_body: u64,
    /// What becomes of a request if the library fails.
    pub on_error: OnError,
}

impl Settings {
    /// Reads the configuration, and the policy it names.
    pub(crate) fn read(json: &[u8]) -> Result<Settings, String> {
        if json.iter().all(u8::is_ascii_whitespace) {
            return Err("the filter has no configuration, `position` is needed".to_owned());
        }
        let written: Written = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        written.fits()?;
        let engine = Engine::new(written.policy()?);
        if let Some(events) = &written.events {
            sink::open(&events.path).map_err(|e| format!("events.path {}: {e}", shown(&events.path)))?;
        }
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Ok(Settings {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            closed: AtomicBool::new(false),
            engine,
            position: written.position,
            events: written.events,
            metadata: written.metadata.unwrap_or(false),
            id_header: lower(written.id_header, "x-request-id"),
            responses: written.responses.unwrap_or(true),
            client_header: lower(written.client_header, "x-sidewatch-client"),
            client_hops: written.client_hops.unwrap_or(0),
            strip_shadow_suffix: written.strip_shadow_suffix.unwrap_or(true),
            block_status: written.block_status.unwrap_or(403),
            hold_body: written.hold_body.unwrap_or(0).into(),
            on_error: written.on_error.unwrap_or_default(),
        })
    }
}

impl Written {
    /// Refuses what makes no sense together: an option that would be ignored is a misunderstanding.
    fn fits(&self) -> Result<(), String> {
        let (position, name) = match self.position {
            Position::Observer => (self.position, "observer"),
            Position::MirrorTarget => (self.position, "mirror_target"),
            Position::Inline => (self.position, "inline"),
        };
        for (option, set, of) in [
            ("responses", self.responses.is_some(), &[Position::Observer, Position::Inline][..]),
            ("client_header", self.client_header.is_some(), &[Position::MirrorTarget]),
            ("client_hops", self.client_hops.is_some(), &[Position::MirrorTarget]),
            ("strip_shadow_suffix", self.strip_shadow_suffix.is_some(), &[Position::MirrorTarget]),
            ("block_status", self.block_status.is_some(), &[Position::Inline]),
            ("hold_body", self.hold_body.is_some(), &[Position::Inline]),
            ("on_error", self.on_error.is_some(), &[Position::Inline]),
        ] {
            if set && !of.contains(&position) {
                return Err(format!("`{option}` makes no sense with the position `{name}`"));
            }
        }
        for (option, value) in [("client_header", &self.client_header), ("id_header", &self.id_header)] {
            let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if value.as_ref().is_some_and(|v| v.is_empty() || !v.bytes().all(token)) {
                return Err(format!("`{option}` is {value:?}, which is no name of a header field"));
            }
        }
        match self.block_status {
            Some(status) if !(400..600).contains(&status) => {
                return Err(format!("`block_status` is {status}, expected 400 to 599"));
            }
            _ => {}
        }
        if self.events.as_ref().is_some_and(|e| e.max_per_second == Some(0)) {
            return Err("`events.max_per_second` is 0, expected at least 1".to_owned());
        }
        if self.events.is_none() && self.metadata != Some(true) && self.position != Position::Inline {
            return Err(format!(
                "the position `{name}` needs `events` or `\"metadata\": true`, or nobody would learn of attacks"
            ));
        }
        Ok(())
    }

    fn policy(&self) -> Result<Policy, String> {
        match (&self.policy, &self.policy_file) {
            (Some(_), Some(_)) => Err("`policy` and `policy_file` are both set, one is enough".to_owned()),
            (None, None) => Ok(Policy::default()),
            (Some(text), None) => Policy::from_toml(text).map_err(|e| format!("`policy`: {e}")),
            (None, Some(path)) => {
                let refused = |reason: &dyn Display| format!("policy_file {}: {reason}", shown(path));
                let info = std::fs::metadata(path).map_err(|e| refused(&e))?;
                if !info.is_file() {
                    return Err(refused(&"no regular file"));
                }
                if info.len() > POLICY_MAX {
                    return Err(refused(&format!("{} bytes, more than {POLICY_MAX}", info.len())));
                }
                let text = std::fs::read_to_string(path).map_err(|e| refused(&e))?;
                Policy::from_toml(&text).map_err(|e| refused(&e))
            }
        }
    }
}

fn shown(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn lower(name: Option<String>, default: &str) -> Vec<u8> {
    name.unwrap_or_else(|| default.to_owned()).to_ascii_lowercase().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        Settings::read(json.as_bytes()).expect_err(json)
    }

    #[test]
    fn a_short_configuration_has_the_defaults() {
        let json = r#"{"position": "observer", "events": {"path": "/dev/null"}}"#;
        let settings = Settings::read(json.as_bytes()).unwrap();
        assert_eq!(settings.position, Position::Observer);
        assert_eq!(settings.events.unwrap().write, Write::Attacks);
        assert!(settings.responses && !settings.metadata);
        assert_eq!(settings.id_header, b"x-request-id");
        let json = r#"{"position": "inline"}"#;
        let settings = Settings::read(json.as_bytes()).unwrap();
        assert_eq!((settings.block_status, settings.hold_body, settings.on_error), (403, 0, OnError::Pass));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (json, want) in [
            ("", "the filter has no configuration, `position` is needed"),
            ("{}", "missing field `position`"),
            ("[", "EOF while parsing"),
            (
                r#"{"position": "sideways"}"#,
                "unknown variant `sideways`, expected one of `observer`, `mirror_target`, `inline`",
            ),
            (r#"{"position": "inline", "polcy": ""}"#, "unknown field `polcy`"),
            (
                r#"{"position": "inline", "events": {"path": "/dev/null", "wirte": "all"}}"#,
                "unknown field `wirte`",
            ),
            (
                r#"{"position": "inline", "events": {"path": "/dev/null", "write": "some"}}"#,
                "unknown variant `some`",
            ),
            (
                r#"{"position": "inline", "events": {"path": "/missing/folder/x"}}"#,
                "events.path \"/missing/folder/x\": No such file",
            ),
            (r#"{"position": "inline", "events": {"path": "/"}}"#, "events.path \"/\": Is a directory"),
            (
                r#"{"position": "inline", "events": {"path": "/dev/null", "max_per_second": 0}}"#,
                "`events.max_per_second` is 0",
            ),
            (
                r#"{"position": "inline", "policy": "[limits]\nfindings = 0"}"#,
                "`policy`: policy line 2, column 12: 0 is out of range",
            ),
            (
                r#"{"position": "inline", "policy_file": "/missing.toml"}"#,
                "policy_file \"/missing.toml\": No such file",
            ),
            (r#"{"position": "inline", "policy_file": "/"}"#, "policy_file \"/\": no regular file"),
            (r#"{"position": "inline", "policy": "", "policy_file": "/x"}"#, "both set"),
            (r#"{"position": "inline", "block_status": 200}"#, "`block_status` is 200, expected 400 to 599"),
            (r#"{"position": "inline", "block_status": 70000}"#, "invalid value: integer `70000`"),
            (
                r#"{"position": "inline", "client_header": "x"}"#,
                "`client_header` makes no sense with the position `inline`",
            ),
            (r#"{"position": "inline", "id_header": "a b"}"#, "which is no name of a header field"),
            (
                r#"{"position": "observer", "block_status": 403}"#,
                "`block_status` makes no sense with the position `observer`",
            ),
            (r#"{"position": "mirror_target", "responses": true}"#, "`responses` makes no sense"),
            (r#"{"position": "observer"}"#, "needs `events` or `\"metadata\": true`"),
        ] {
            let got = refused(json);
            assert!(got.contains(want), "{json}: {got}");
        }
    }
}
