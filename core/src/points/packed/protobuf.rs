//! Protocol Buffers messages (protobuf.dev, "Encoding"), without a schema.
//!
//! A field of bytes may be a string, a message, or neither; only the schema tells. One whose bytes are, to the last of
//! them, fields of a message is read as one; one that is text is a string; what is both is taken for both.

use super::super::{Point, Sink};
use super::tree::{Tree, push_number};
use super::{hides_text, is_text, take};
use crate::limits::Limits;
use smallvec::SmallVec;

/// Deepest message inside messages that is read as one.
const DEEPEST: usize = 10;

/// Reads a message; whether it was one, with all its text in strings.
pub(super) fn read(
    limits: &Limits,
    at: &Point<'_>,
    message: &[u8],
    tree: &mut Tree,
    sink: &mut impl Sink,
) -> bool {
    // JSON in frames made for protobuf.
    if is_text(message) && matches!(message.trim_ascii_start().first(), Some(b'{' | b'[')) {
        tree.give(at, false, message, sink);
        return true;
    }
    fields(limits, at, message, tree, sink).is_some() && !tree.hidden
}

fn fields(limits: &Limits, at: &Point<'_>, all: &[u8], tree: &mut Tree, sink: &mut impl Sink) -> Option<()> {
    // Where each open message ends, and the length of the path to it.
    let mut open = SmallVec::<[(usize, usize); DEEPEST]>::new();
    let mut pos = 0;
    loop {
        while let Some(&(end, path)) = open.last()
            && pos >= end
        {
            open.pop();
            tree.path.truncate(path);
        }
        if pos >= all.len() {
            break;
        }
        tree.count(limits, sink)?;
        let field = field(all, pos)?;
        pos = field.end;
        let Some(content) = field.content.filter(|c| !c.is_empty()) else { continue };
        let path = tree.path.len();
        if path > 0 {
            tree.path.push(b'.');
        }
        push_number(field.number, &mut tree.path);
        let start = field.end - content.len();
        let message = open.len() < DEEPEST && is_message(content);
        let text = is_text(content);
        if text || !message {
            // What is no text may be the beginning of something that is.
            if text {
                tree.hidden |= hides_text(all.get(tree.end..start).unwrap_or_default());
                tree.end = tree.end.max(field.end);
            }
            tree.give(at, false, content, sink);
        }
        if message {
            open.push((field.end, path));
            pos = start;
        } else {
            tree.path.truncate(path);
        }
    }
    tree.hidden |= hides_text(all.get(tree.end..).unwrap_or_default());
    Some(())
}

struct Field<'a> {
    number: u64,
    /// The bytes of a field of them.
    content: Option<&'a [u8]>,
    end: usize,
}

/// The field at `at`.
fn field(bytes: &[u8], at: usize) -> Option<Field<'_>> {
    let (tag, at) = varint(bytes, at)?;
    let (number, kind) = (tag >> 3, tag & 7);
    if number == 0 || number >= 1 << 29 {
        return None;
    }
    let (content, end) = match kind {
        0 => (None, varint(bytes, at)?.1),
        1 => (None, take(bytes, at, 8)?.1),
        2 => {
            let (len, at) = varint(bytes, at)?;
            let (content, end) = take(bytes, at, len)?;
            (Some(content), end)
        }
        // The marks around a group: its fields are taken for those of the message.
        3 | 4 => (None, at),
        5 => (None, take(bytes, at, 4)?.1),
        _ => return None,
    };
    Some(Field { number, content, end })
}

/// Whether `bytes` are fields to the last of them. Fields inside fields are not looked at.
fn is_message(bytes: &[u8]) -> bool {
    let (mut pos, mut groups) = (0, 0u32);
    while pos < bytes.len() {
        let Some(field) = field(bytes, pos) else { return false };
        match bytes.get(pos).map(|b| b & 7) {
            Some(3) => groups += 1,
            Some(4) if groups == 0 => return false,
            Some(4) => groups -= 1,
            _ => {}
        }
        pos = field.end;
    }
    groups == 0
}

fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for (i, &b) in bytes.get(at..)?.iter().take(10).enumerate() {
        value |= u64::from(b & 0x7f).checked_shl(7 * i as u32)?;
        if b < 0x80 {
            return Some((value, at + i + 1));
        }
    }
    None
}
