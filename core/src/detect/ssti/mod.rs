//! Server-side template injection (CWE-1336).

use super::{Hits, Value};

/// Judges one value.
pub fn judge(_value: &Value<'_>, _hits: &mut Hits) {}
