//! Decoders: each turns one value into another.
//!
//! What comes in: the bytes of a value and a buffer. What goes out: whether the value was so encoded, and if it was,
//! the decoded bytes in the buffer. What always holds: linear work, output no longer than the input (but for
//! compression, which has its own budget), no allocation beyond the caller's buffer, abandoned at the first byte that
//! cannot be. To add one: a file here, a variant and a line in each of the two tables below.

/// How sure it is that the application would see a value in this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// As sent, or decoded the way every server decodes at that place.
    Plain,
    /// One more layer than the place asks for: what a second decoder behind the server, or a browser, would see.
    Layered,
    /// Guessed from the bytes (base64, hex): judged with a higher bar.
    Guessed,
}
