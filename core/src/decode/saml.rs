//! Messages of SAML in a query: raw deflate (RFC 1951) in base64, as "Bindings for SAML 2.0" section 3.4.4.1 has it.
//!
//! Raw deflate begins with no mark, so that a guess would try every binary token; only the parameters that the
//! specification names for it are read ([`is_named`]). What comes out is bounded as in [`super::gunzip`] and must begin as
//! XML does.
//!
//! Changed: `SAMLRequest=s7EPz0gtSVQoSS0qts...`. Not changed: XML in plain base64 (the POST binding), any other name.

use super::{Decoded, base64, gunzip};
use flate2::bufread::DeflateDecoder;
use std::io::Read;

/// The least length: no message of XML is shorter.
pub(super) const MIN: usize = 24;

/// Whether a parameter of this name holds a message: `SAMLRequest`, `SAMLResponse`.
pub(super) fn is_named(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"SAMLRequest") || name.eq_ignore_ascii_case(b"SAMLResponse")
}

/// Inflates a message. It asks for memory, as values of other names never do.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut packed = Vec::new();
    if !base64::raw(value.trim_ascii(), &mut packed) {
        return Decoded::default();
    }
    // What was inflated before an error is kept in `out`.
    let _ = DeflateDecoder::new(packed.as_slice()).take(gunzip::most(packed.len())).read_to_end(out);
    let xml = out.trim_ascii_start().starts_with(b"<");
    Decoded { changed: xml, ..Decoded::default() }
}
