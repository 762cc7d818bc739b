//! Mass assignment of privileged fields (CWE-915).
//!
//! What fires: a privileged field of a nested record, set to what grants the privilege: `user[admin]=true`,
//! `account[role]=administrator`. What stays a hint: the same field on its own (`is_admin=1`, `"role": "admin"`), because
//! the forms of administrators send it every day. What must not: other values (`role=reader`), other fields. Source: Rails
//! guide, "Strong Parameters"; OWASP Mass Assignment Cheat Sheet; CWE-915.

pub(super) mod techniques;

use super::{Class, Hit, Hits, Value};
use crate::points::Place;

/// Fields that are flags of privilege, lower case without `_` and `-`.
static FLAGS: &[&[u8]] = &[
    b"admin",
    b"isadmin",
    b"isadministrator",
    b"issuperuser",
    b"superuser",
    b"isstaff",
    b"isroot",
    b"issuperadmin",
    b"superadmin",
    b"isowner",
    b"canadmin",
];
/// Fields that name a role.
static ROLES: &[&[u8]] = &[
    b"role",
    b"roles",
    b"userrole",
    b"usertype",
    b"accounttype",
    b"privilege",
    b"privileges",
    b"permissions",
    b"accesslevel",
    b"group",
];
/// Values that grant a flag.
static YES: &[&[u8]] = &[b"true", b"1", b"yes", b"on", b"t", b"y"];
/// Values that are roles above all others.
static TOP: &[&[u8]] = &[
    b"admin",
    b"administrator",
    b"root",
    b"superuser",
    b"superadmin",
    b"super_admin",
    b"sysadmin",
    b"owner",
];
/// Records that stand for the one who sends the request.
static RECORDS: &[&[u8]] =
    &[b"user", b"account", b"profile", b"member", b"customer", b"registration", b"signup", b"me"];

/// Bytes of the shortest and of the longest name of a field that is looked at.
const SHORTEST: usize = 4;
const LONGEST: usize = 48;

/// Whether a value of a field that is privileged would grant a privilege.
///
/// PERF: by the lengths of the words, so that hardly any value is compared.
#[inline]
pub(super) fn may_grant(bytes: &[u8]) -> bool {
    match bytes {
        [b] => matches!(b | 0x20, b'1' | b't' | b'y'),
        [a, _] => a | 0x20 == b'o',
        [a, _, _] => a | 0x20 == b'y',
        [a, _, _, _] => matches!(a | 0x20, b't' | b'r') && may_grant_all(bytes),
        [a, _, _, _, _, ..] => {
            matches!(a | 0x20, b'a' | b'o' | b'r' | b's') && bytes.len() <= 16 && may_grant_all(bytes)
        }
        [] => false,
    }
}

#[inline(never)]
fn may_grant_all(bytes: &[u8]) -> bool {
    [YES, TOP].into_iter().flatten().any(|t| t.eq_ignore_ascii_case(bytes))
}

/// Whether a field of this name could be one of privilege: most are told by their first letter.
#[inline]
pub(super) fn may_be_privileged(name: &[u8]) -> bool {
    let first = match name.first() {
        Some(first) if first.is_ascii_alphabetic() => first | 0x20,
        first => return first.is_some(),
    };
    matches!(first, b'a' | b'c' | b'g' | b'i' | b'p' | b'r' | b's' | b'u')
        || name.iter().any(|b| matches!(b, b'[' | b'.'))
}

/// Whether a field of this name is one of privilege: [`judge`] finds nothing in any other.
pub(super) fn is_privileged(name: &[u8]) -> bool {
    may_be_privileged(name)
        && (SHORTEST..=LONGEST).contains(&name.len())
        && split(name, |_, field| is(FLAGS, field) || is(ROLES, field))
}

/// Calls `told` with the record and the field of which `name` is the name, the field in lower case without its signs.
fn split<T>(name: &[u8], told: impl FnOnce(&[u8], &[u8]) -> T) -> T {
    // `user[roles][]`: a list of one.
    let name = name.strip_suffix(b"[]").or_else(|| name.strip_suffix(b"[0]")).unwrap_or(name);
    let field_at = name.iter().rposition(|b| matches!(b, b'[' | b'.')).map_or(0, |i| i + 1);
    let (record, field) = name.split_at(field_at);
    let mut plain = [0u8; LONGEST];
    let mut n = 0;
    for b in field.iter().filter(|b| b.is_ascii_alphanumeric()) {
        if let Some(slot) = plain.get_mut(n) {
            *slot = b.to_ascii_lowercase();
            n += 1;
        }
    }
    told(record, plain.get(..n).unwrap_or_default())
}

fn is(list: &[&[u8]], text: &[u8]) -> bool {
    list.iter().any(|t| t.eq_ignore_ascii_case(text))
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let written = matches!(value.place, Place::FormValue | Place::QueryValue | Place::JsonValue);
    if !written || value.bytes.len() > 16 || !(SHORTEST..=LONGEST).contains(&value.name.len()) {
        return;
    }
    // PERF: hardly any value begins as one of these words does.
    if !matches!(value.bytes.first().map(|b| b | 0x20), Some(b'1' | b'a' | b'o' | b'r' | b's' | b't' | b'y'))
    {
        return;
    }
    grants(value, hits);
}

/// Judges a short value of a field.
#[inline(never)]
fn grants(value: &Value<'_>, hits: &mut Hits) {
    // PERF: few values are one of these words, and nearly all others differ from each in length; no name is looked at then.
    let (yes, top) = (is(YES, value.bytes), is(TOP, value.bytes));
    if !yes && !top {
        return;
    }
    let told = split(value.name, |record, field| {
        let grants = yes && is(FLAGS, field) || top && is(ROLES, field);
        let record = record.split(|b| matches!(b, b'[' | b'.' | b']')).next().unwrap_or_default();
        let confidence = if is(RECORDS, record) {
            58
        } else if is(FLAGS, field) {
            42
        } else {
            32
        };
        grants.then(|| (confidence, field.escape_ascii().to_string()))
    });
    let Some((confidence, field)) = told else { return };
    hits.push(Hit {
        class: Class::MassAssign,
        technique: "privileged-field",
        confidence,
        span: 0..value.bytes.len(),
        reason: format!("sets the field {field} to a value that grants privilege").into(),
    });
}
