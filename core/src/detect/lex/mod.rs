//! Tokenizers shared by the detectors, one language a file.
//!
//! What comes in: bytes of any kind, beginning anywhere in a program. What goes out: tokens with their spans. What
//! always holds: a lexer never fails and never allocates; every byte is in exactly one token; work is linear. To add
//! one: a file and a line below.

pub mod cmd;
pub mod html;
pub mod js;
pub mod path;
pub mod shell;
pub mod sql;
mod sql_words;
pub mod url;
pub mod words;
