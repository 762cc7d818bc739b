//! Server-side request forgery (CWE-918).

use super::{Hits, Value};

/// Judges one value.
pub fn judge(_value: &Value<'_>, _hits: &mut Hits) {}
