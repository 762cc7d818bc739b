//! Events: the verdict of one transaction, ready to be written.
//!
//! What comes in: an [`Event`], which borrows from a transaction. What goes out: one line of text. What always holds:
//! secrets are masked, text is valid UTF-8 without control characters, the schema is versioned and documented. To add
//! one: a file per format.

mod event;
mod json;

pub use event::{Event, Request, Response, SCHEMA};
pub use json::write as write_json;
