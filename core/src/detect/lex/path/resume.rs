//! Going on in the middle of a value.

use super::{PARTS, Part, blank_in_name};

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
