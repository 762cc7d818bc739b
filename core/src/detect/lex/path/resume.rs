//! Going on in the middle of a value.

use super::blank_in_name;
use super::telling::{PARTS, Part};
use std::ops::Range;

/// Where the run that holds the byte at `at` may begin, at `least` or behind it: from there on [`Runs`](super::Runs) gives the same as if
/// it had read all that stands before. The value must hold no escapes and no overlong forms, which may take in a blank.
pub fn resume(bytes: &[u8], at: usize, least: usize) -> usize {
    const X86: &[u8] = b" (x86)";
    let mut start = at;
    while start > least {
        let before = bytes.get(..start).unwrap_or_default();
        let Some(&last) = before.last() else { break };
        let goes_on = match PARTS[usize::from(last)] {
            Part::Blank => blank_in_name(bytes.get(start - 1..).unwrap_or_default()).is_some(),
            part => part != Part::Break,
        };
        if goes_on {
            start -= 1;
        } else if before.last_chunk::<6>().is_some_and(|b| b.eq_ignore_ascii_case(X86)) {
            start -= X86.len();
        } else {
            break;
        }
    }
    start.max(least)
}

/// What stands around `at` between blanks and breaks, if that is of less than `most` bytes and no part of a run that reaches beyond
/// it. The value must be as for [`resume`].
pub fn short_around(bytes: &[u8], at: usize, most: usize) -> Option<Range<usize>> {
    let of_word = |b: u8| !matches!(PARTS[usize::from(b)], Part::Break | Part::Blank);
    let (mut start, mut end) = (at, at);
    // PERF: loops, which end after a byte or two.
    while start.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(|b| of_word(*b)) {
        start -= 1;
        if end - start >= most {
            return None;
        }
    }
    while bytes.get(end).is_some_and(|b| of_word(*b)) {
        end += 1;
        if end - start >= most {
            return None;
        }
    }
    is_apart(bytes, &(start..end)).then_some(start..end)
}

/// The dots and separators that stand at `at` with nothing else between breaks or blanks: a run of their own, whatever stands
/// around them. `None` if there are eight or more. The value must be as for [`resume`].
pub fn bare_signs(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let (before, behind) = bytes.split_at_checked(at)?;
    let eight: &[u8; 8] = behind.first_chunk()?;
    let len = eight.iter().position(|b| !matches!(b, b'.' | b'/' | b'\\'))?;
    let parts = |b: &u8| matches!(PARTS[usize::from(*b)], Part::Break | Part::Blank);
    let parted = eight.get(len).is_some_and(parts) && !behind.get(len..)?.starts_with(b" (");
    // A parenthesis may end ` (x86)`.
    let begins = before.last().is_some_and(|b| parts(b) && *b != b')');
    if parted && begins { behind.get(..len) } else { None }
}

/// What stands around `at` between blanks and breaks, if it is plain and no part of a run that reaches beyond it.
pub fn plain_around(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    /// Longest that is looked at.
    const LONG: usize = 64;
    let (before, behind) = bytes.split_at_checked(at)?;
    let plain = |b: &&u8| matches!(PARTS[usize::from(**b)], Part::Name | Part::Sign);
    let start = at - before.iter().rev().take(LONG).take_while(plain).count();
    let end = at + behind.iter().take(LONG).take_while(plain).count();
    is_apart(bytes, &(start..end)).then_some(start..end)
}

/// Whether what stands right before and behind `around` parts it from what is further away.
fn is_apart(bytes: &[u8], around: &Range<usize>) -> bool {
    let byte = |at: usize| bytes.get(at).copied();
    let goes_on = |at: usize| blank_in_name(bytes.get(at..).unwrap_or_default()).is_some();
    let parts = |at: Option<usize>| {
        let Some((at, b)) = at.and_then(|at| Some((at, byte(at)?))) else { return true };
        match PARTS[usize::from(b)] {
            Part::Break => b != b')',
            // `Program Files`, `Program Files (x86)`.
            Part::Blank => !goes_on(at) && byte(at + 1) != Some(b'('),
            _ => false,
        }
    };
    parts(around.start.checked_sub(1)) && parts(Some(around.end))
}
