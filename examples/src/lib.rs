//! sidewatch in programs of today, to be read and taken from.
//!
//! [`layer`] judges the requests and responses of any [tower](tower_service) service over HTTP bodies, hyper's among them, while they
//! stream; [`tap`] is a TCP proxy that shows both directions of each connection to an engine. Both are small and whole: copy
//! the file and change what is to become of an event.
//!
//! ```sh
//! cargo run -p sidewatch --example inspect                # one request
//! cargo run -p sidewatch-examples --example server        # a hyper server with the layer
//! cargo run -p sidewatch-examples --example proxy -- 127.0.0.1:8080 127.0.0.1:80
//! ```

pub mod layer;
pub mod tap;
