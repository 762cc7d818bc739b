//! Command and code execution (CWE-78, CWE-94).

use super::{Hits, Value};

/// Judges one value.
pub fn judge(_value: &Value<'_>, _hits: &mut Hits) {}
