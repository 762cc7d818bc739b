//! From confidences to a verdict.

use crate::decode::Trust;
use serde::Deserialize;

/// How much has to be understood before a transaction is called an attack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// Hints count: confidence 30 and up. For applications that take no free text.
    Strict,
    /// Confidence 50 and up.
    #[default]
    Default,
    /// Confidence 75 and up. For sites where people post code on purpose.
    Relaxed,
}

impl Sensitivity {
    /// The lowest confidence of a finding that makes its transaction an attack.
    pub const fn attack_from(self) -> u8 {
        match self {
            Sensitivity::Strict => 30,
            Sensitivity::Default => 50,
            Sensitivity::Relaxed => 75,
        }
    }
}

/// What the findings of a transaction add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Verdict {
    /// Nothing was found.
    #[default]
    Pass = 0,
    /// Something was found, too little to call it an attack at the engine's sensitivity.
    Suspicious = 1,
    /// An attack.
    Attack = 2,
}

impl Verdict {
    /// The stable name used in events.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Suspicious => "suspicious",
            Verdict::Attack => "attack",
        }
    }

    /// The verdict of one finding.
    pub(crate) fn of(confidence: u8, sensitivity: Sensitivity) -> Verdict {
        if confidence >= sensitivity.attack_from() { Verdict::Attack } else { Verdict::Suspicious }
    }
}

/// What a host in line did with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// Let it through.
    Pass = 1,
    /// Refused it.
    Block = 2,
}

impl Action {
    /// The stable name used in events.
    pub const fn name(self) -> &'static str {
        match self {
            Action::Pass => "pass",
            Action::Block => "block",
        }
    }
}

/// The confidence of a hit in a value of that trust: what was only guessed to be encoded has to show more.
pub(crate) fn weigh(confidence: u8, trust: Trust) -> u8 {
    let less = match trust {
        Trust::Plain => 0,
        Trust::Layered => 2,
        Trust::Guessed => 5,
    };
    confidence.saturating_sub(less).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sensitivity_draws_the_line() {
        let verdicts =
            |c| [Sensitivity::Strict, Sensitivity::Default, Sensitivity::Relaxed].map(|s| Verdict::of(c, s));
        assert_eq!(verdicts(80), [Verdict::Attack; 3]);
        assert_eq!(verdicts(60), [Verdict::Attack, Verdict::Attack, Verdict::Suspicious]);
        assert_eq!(verdicts(29), [Verdict::Suspicious; 3]);
    }

    #[test]
    fn a_guessed_decoding_weighs_less() {
        assert!(weigh(54, Trust::Guessed) < Sensitivity::Default.attack_from());
        assert!(weigh(90, Trust::Guessed) >= Sensitivity::Relaxed.attack_from());
        assert_eq!(weigh(5, Trust::Guessed), 1);
    }
}
