//! The named parts of a message.
//!
//! What comes in: a target, header values, or the bytes of a body in chunks. What goes out: to a [`Sink`], the pieces
//! of every value with the [`Point`] it stands at, and anomalies. What always holds: the values do not depend on the
//! chunks; every byte of the input reaches the sink as some value, odd syntax or not; nothing is decoded but what the
//! format itself demands (JSON and XML escapes). To add one: a file per body format and a line in the list of readers.

mod body;
mod charset;
mod content_type;
mod cookie;
mod form;
mod header;
mod json;
mod multipart;
mod name;
mod packed;
mod pairs;
mod params;
mod place;
mod point;
mod query;
mod repeats;
mod sniff;
mod target;
mod text;
mod xml;

pub use body::Body;
pub use cookie::Cookie;
pub use form::Form;
pub use header::Header;
pub use json::Json;
pub use multipart::Multipart;
pub use place::Place;
pub use point::{Part, Point, Segment};
pub use query::Query;
pub use sniff::Format;
pub use target::Target;
pub use text::Text;
pub use xml::Xml;

use crate::bytes::{Plain, STEP};
use crate::http::Anomaly;

/// What a name says of the values under it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Under {
    /// Whether they may be of a format, whatever they hold.
    pub format: bool,
    /// Whether they may grant a privilege.
    pub privileged: bool,
}

/// Takes what the readers of this module find.
pub trait Sink {
    /// The next piece of the value at `at`. `more` tells whether pieces of this same value follow; pieces of another
    /// value never come in between. An empty piece with `more == false` ends a value.
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool);

    /// An oddity of the message.
    fn anomaly(&mut self, anomaly: Anomaly);

    /// What `name` says of what stands under it. That never changes, so that a reader may remember it.
    fn under(&self, _name: &[u8]) -> Under {
        Under { format: true, privileged: true }
    }

    /// The length of the string of which `block` begins behind the quote, if it can be told at a glance that nothing could come of
    /// it as a value of JSON, under a name that says this. It is asked only of one that [does so](Sink::glances).
    fn glances_text(&self, _under: Under, _block: &[u8; STEP]) -> Option<usize> {
        None
    }

    /// The same of the number or literal that `block` begins with.
    fn glances_scalar(&self, _under: Under, _block: &[u8; STEP]) -> Option<usize> {
        None
    }

    /// Whether nothing could come of the whole value `value`, which stands under the innermost name `name` and is made of what
    /// `made` tells. Then a reader that knows of what a value is made may pass it over, and need not even say where it stands.
    fn is_idle(&self, _place: Place, _name: &[u8], _under: Under, _value: &[u8], _made: &Plain) -> bool {
        false
    }

    /// Whether values may be told at a glance, and a key that [`Sink::is_idle`] told to be idle is so under every name that does
    /// not say it is that of a format.
    fn glances(&self) -> bool {
        false
    }

    /// Whether nothing comes of a whole value of which [`Sink::is_idle`] did not tell it: after a closer look, or because
    /// nothing came of it before.
    fn is_nothing(&mut self, _place: Place, _name: &[u8], _value: &[u8]) -> bool {
        false
    }

    /// The whole value at `at`, of which [`Sink::is_nothing`] was asked just before.
    fn whole(&mut self, at: &Point<'_>, place: Place, value: &[u8]) {
        self.piece(at, place, value, false);
    }
}
