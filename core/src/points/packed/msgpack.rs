//! MessagePack (the specification at github.com/msgpack/msgpack), values one after the other.

use super::super::{Point, Sink};
use super::tree::Tree;
use super::{hides_text, number, take};
use crate::limits::Limits;

/// What one item is.
enum Item {
    /// So many bytes that are no string.
    Scalar(u64),
    /// A string, or bytes.
    String(u64),
    /// Bytes of an application's own type.
    Extension(u64),
    /// So many items, keys counted as well.
    List(u64),
    Map(u64),
}

/// Reads a body; whether it was MessagePack, with all its text in strings.
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
    while let Some(&mark) = body.get(pos) {
        tree.count(limits, sink)?;
        let (item, content) = item(body, mark, pos + 1)?;
        pos = content;
        match item {
            Item::Scalar(len) => {
                pos = take(body, pos, len)?.1;
                tree.scalar();
            }
            Item::String(len) => {
                tree.hidden |= hides_text(body.get(tree.end..pos)?);
                let (text, end) = take(body, pos, len)?;
                (pos, tree.end) = (end, end);
                tree.string(at, text, sink);
            }
            Item::Extension(len) => {
                let (bytes, end) = take(body, pos, len)?;
                pos = end;
                tree.string(at, bytes, sink);
            }
            Item::List(len) => tree.open(limits, false, len, sink)?,
            Item::Map(len) => tree.open(limits, true, len, sink)?,
        }
    }
    tree.hidden |= hides_text(body.get(tree.end..)?);
    Some(())
}

/// What begins with `mark`, and where its content does; `at` is behind the mark.
fn item(body: &[u8], mark: u8, at: usize) -> Option<(Item, usize)> {
    let counted = |len| number(body, at, len);
    Some(match mark {
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => (Item::Scalar(0), at),
        0x80..=0x8f => (Item::Map(2 * u64::from(mark & 0x0f)), at),
        0x90..=0x9f => (Item::List(u64::from(mark & 0x0f)), at),
        0xa0..=0xbf => (Item::String(u64::from(mark & 0x1f)), at),
        0xc4..=0xc6 | 0xd9..=0xdb => {
            let (len, at) = counted(1 << ((mark & 0x03) - if mark < 0xd9 { 0 } else { 1 }))?;
            (Item::String(len), at)
        }
        // Extensions have a type before their content.
        0xc7..=0xc9 => {
            let (len, at) = counted(1 << (mark - 0xc7))?;
            (Item::Extension(len), take(body, at, 1)?.1)
        }
        0xd4..=0xd8 => (Item::Extension(1 << (mark - 0xd4)), take(body, at, 1)?.1),
        0xca => (Item::Scalar(4), at),
        0xcb => (Item::Scalar(8), at),
        0xcc..=0xcf => (Item::Scalar(1 << (mark - 0xcc)), at),
        0xd0..=0xd3 => (Item::Scalar(1 << (mark - 0xd0)), at),
        0xdc | 0xdd => {
            let (len, at) = counted(if mark == 0xdc { 2 } else { 4 })?;
            (Item::List(len), at)
        }
        0xde | 0xdf => {
            let (len, at) = counted(if mark == 0xde { 2 } else { 4 })?;
            (Item::Map(2 * len), at)
        }
        0xc1 => return None,
    })
}
