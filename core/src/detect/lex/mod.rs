//! Tokenizers shared by the detectors, one language a file.
//!
//! What comes in: bytes of any kind, beginning anywhere in a program. What goes out: tokens with their spans. What
//! always holds: a lexer never fails and never allocates; every byte is in exactly one token; work is linear. To add
//! one: a file and a line below.

pub mod barren;
pub mod cmd;
pub mod find;
pub mod graphql;
pub mod html;
pub mod initials;
pub mod js;
pub mod path;
pub mod shell;
pub mod sql;
mod sql_short;
mod sql_token;
mod sql_words;
pub mod url;
pub mod words;

/// Counts what lexers do, so that tests can hold the work of a detector linear without a clock.
#[cfg(test)]
pub(crate) mod work {
    use std::cell::Cell;

    thread_local!(static STEPS: Cell<u64> = const { Cell::new(0) });

    /// Adds the cost of one token.
    pub fn add(bytes: usize) {
        STEPS.with(|s| s.set(s.get() + 1 + bytes as u64));
    }

    /// What was added since the last call.
    pub fn take() -> u64 {
        STEPS.with(|s| s.replace(0))
    }

    /// Holds that `judge` takes steps in proportion to the text: `piece` over and over.
    pub fn linear(judge: &dyn Fn(&[u8]), piece: &[u8]) {
        for size in [1 << 10, 64 << 10] {
            let text = piece.repeat(size / piece.len());
            take();
            judge(&text);
            let steps = take();
            assert!(
                steps < 64 * text.len() as u64,
                "{steps} steps for {} bytes of {:?}",
                text.len(),
                String::from_utf8_lossy(piece)
            );
        }
    }
}
