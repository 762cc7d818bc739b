//! CBOR (RFC 8949), items one after the other (RFC 8742).

use super::super::{Point, Sink};
use super::tree::{OPEN, Tree};
use super::{hides_text, number, take};
use crate::limits::Limits;

/// Reads a body; whether it was CBOR, with all its text in strings.
pub(super) fn read(
    limits: &Limits,
    at: &Point<'_>,
    body: &[u8],
    tree: &mut Tree,
    sink: &mut impl Sink,
) -> bool {
    all(limits, at, body, tree, sink).is_some() && tree.is_top() && !tree.hidden
}

fn all(limits: &Limits, at: &Point<'_>, body: &[u8], tree: &mut Tree, sink: &mut impl Sink) -> Option<()> {
    let mut pos = 0;
    while let Some(&head) = body.get(pos) {
        tree.count(limits, sink)?;
        let (major, info) = (head >> 5, head & 0x1f);
        let (argument, content) = match info {
            0..24 => (u64::from(info), pos + 1),
            24..28 => number(body, pos + 1, 1 << (info - 24))?,
            31 => (OPEN, pos + 1),
            _ => return None,
        };
        pos = content;
        match (major, argument) {
            (7, OPEN) => tree.close()?,
            (0 | 1 | 7, _) if info != 31 => tree.scalar(),
            // A tag belongs to the item behind it.
            (6, _) if info != 31 => {}
            (2 | 3, OPEN) => {
                tree.hidden |= hides_text(body.get(tree.end..pos)?);
                let (text, end) = pieces(body, pos, major)?;
                (pos, tree.end) = (end, end);
                tree.string(at, &text, sink);
            }
            (2 | 3, len) => {
                tree.hidden |= hides_text(body.get(tree.end..pos)?);
                let (text, end) = take(body, pos, len)?;
                (pos, tree.end) = (end, end);
                tree.string(at, text, sink);
            }
            (4, len) => tree.open(limits, false, len, sink)?,
            (5, OPEN) => tree.open(limits, true, OPEN, sink)?,
            (5, len) => tree.open(limits, true, len.checked_mul(2)?, sink)?,
            _ => return None,
        }
    }
    tree.hidden |= hides_text(body.get(tree.end..)?);
    Some(())
}

/// A string in pieces, put together, and where it ends. It is rare enough to ask for memory.
fn pieces(body: &[u8], start: usize, major: u8) -> Option<(Vec<u8>, usize)> {
    let (mut text, mut pos) = (Vec::new(), start);
    loop {
        let head = *body.get(pos)?;
        if head == 0xff {
            return Some((text, pos + 1));
        }
        let (len, content) = match head & 0x1f {
            info @ 0..24 => (u64::from(info), pos + 1),
            info @ 24..28 => number(body, pos + 1, 1 << (info - 24))?,
            _ => return None,
        };
        if head >> 5 != major {
            return None;
        }
        let (piece, end) = take(body, content, len)?;
        text.extend_from_slice(piece);
        pos = end;
    }
}
