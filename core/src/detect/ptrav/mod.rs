//! Path traversal and local file inclusion (CWE-22).

use super::{Hits, Value};

/// Judges one value.
pub fn judge(_value: &Value<'_>, _hits: &mut Hits) {}
