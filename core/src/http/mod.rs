//! HTTP as bytes on the wire: heads, framing and the oddities of both.
//!
//! What comes in: the bytes of one direction of a connection, in chunks of any size. What goes out: the parts of each
//! message as they become known, and [`Anomaly`] flags. What always holds: odd syntax is flagged, never refused; no
//! byte is lost; the parts do not depend on the chunks. To add one: a file per protocol version or framing rule; a new
//! oddity is a line in `anomaly.rs`.

mod anomaly;
pub mod h1;
mod messages;
mod method;
mod pairing;

pub use anomaly::{Anomalies, Anomaly};
pub use messages::{KnownHeader, Messages, Version};
pub use method::{METHODS, is_registered_method};
pub use pairing::{Pairing, Pool};
