//! Tokenizers shared by the detectors, one language a file.
//!
//! What comes in: bytes of any kind, beginning anywhere in a program. What goes out: tokens with their spans. What
//! always holds: a lexer never fails and never allocates; every byte is in exactly one token; work is linear. To add
//! one: a file and a line below.

pub mod cmd;
pub mod find;
pub mod graphql;
pub mod html;
pub mod js;
pub mod path;
pub mod shell;
pub mod sql;
mod sql_token;
mod sql_words;
pub mod url;
pub mod words;

/// Counts what lexers do, so that tests can hold the work of a detector linear without a clock.
#[cfg(test)]
pub(crate) mod work {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    thread_local!(static STEPS: Cell<u64> = const { Cell::new(0) });

    /// Adds the cost of one token.
    pub fn add(bytes: usize) {
        STEPS.with(|s| s.set(s.get() + 1 + bytes as u64));
    }

    /// What was added since the last call.
    pub fn take() -> u64 {
        STEPS.with(|s| s.replace(0))
    }

    /// Holds that `judge` takes time in proportion to the text: `piece` over and over, 32 KiB and 16 times as much. What grew with
    /// the square would take 256 times as long.
    pub fn linear(judge: &dyn Fn(&[u8]), piece: &[u8]) {
        let time = |size: usize| {
            let text = piece.repeat(size / piece.len());
            let once = || {
                let start = Instant::now();
                judge(&text);
                start.elapsed()
            };
            (0..3).map(|_| once()).min().unwrap_or_default()
        };
        // Other work on the machine may make one try late, but not all of them.
        let proportional = |_| time(512 << 10) < time(32 << 10) * 64 + Duration::from_millis(5);
        assert!(
            (0..8).any(proportional),
            "{:?}: 512 KiB take more than 64 times as long as 32 KiB",
            String::from_utf8_lossy(piece)
        );
    }
}
