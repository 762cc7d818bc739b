//! Byte sets, scanning and windows: the floor everything else stands on.
//!
//! What comes in: bytes. What goes out: which kinds of byte a value holds ([`Wake`]), and values cut into contiguous
//! windows whatever the chunks were ([`Joiner`]). What always holds: no knowledge of HTTP or of attacks; work is linear
//! and the result depends on the bytes only, never on how they were cut. To add one: a file here and a line below.

mod binary;
mod classes;
mod comments;
mod kinds;
mod letters;
mod noise;
mod plain;
mod runs;
mod search;
mod set;
mod table;
mod triples;
mod vector;
mod wake;
mod window;
mod words;

pub use binary::{is_binary, runs_of_text, short_runs_of_text};
pub use classes::ByteClasses;
pub use letters::letters_of;
pub use noise::Quiet;
pub use plain::{Glance, Plain, runs_of};
pub use search::{STEP, all_masks_of, common, copy_replaced, first_of, is_name, leading, masks_of, same};
pub use set::{Places, Set, Sought};
pub(crate) use table::{holds, table};
pub use triples::Triples;
#[cfg(test)]
pub use vector::levels;
pub use vector::{Bits, ENDS, unescape, with_bits};
pub use wake::{Wake, has_either, has_pair, wake};
pub use window::{Joiner, Window};
pub use words::{Few, Words};
