//! The Content-Type of a body or a part: what it says the bytes are.

use super::charset::Named;
use super::packed::Packing;
use super::params::{self, Params};

/// What bytes are said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `application/x-www-form-urlencoded`
    Form,
    /// `multipart/form-data`
    FormData,
    /// Any other `multipart/`
    Multipart,
    /// JSON and what is written in it
    Json,
    /// XML and what is written in it
    Xml,
    /// A binary format of APIs
    Packed(Packing),
    /// `text/plain` and other text without a reader
    Text,
    /// A format without a reader, not text
    Binary,
    /// No type that could be understood
    Unknown,
}

/// A Content-Type value.
#[derive(Clone, Debug)]
pub(super) struct ContentType<'a> {
    pub kind: Kind,
    /// The first `charset`, if any.
    pub charset: Option<Named>,
    /// Whether the value holds a second type, as two fields joined do.
    pub doubled: bool,
    pub params: Params<'a>,
}

/// Subtypes of `application/` (and of any type) written in JSON but not named `json` (IANA media types registry).
const JSON: &[&[u8]] = &[
    b"json",
    b"x-json",
    b"json-rpc",
    b"jsonrequest",
    b"x-ndjson",
    b"ndjson",
    b"jsonl",
    b"json-seq",
    b"csp-report",
];
/// Subtypes of binary formats of APIs; `+` and what follows may stand behind those of gRPC (gRPC over HTTP2, gRPC-Web;
/// IANA media types registry; names in use before one was registered).
const PACKED: &[(&[u8], Packing)] = &[
    (b"grpc", Packing::Grpc),
    (b"grpc-web", Packing::Grpc),
    (b"grpc-web-text", Packing::GrpcText),
    (b"protobuf", Packing::Protobuf),
    (b"x-protobuf", Packing::Protobuf),
    (b"x-protobuffer", Packing::Protobuf),
    (b"vnd.google.protobuf", Packing::Protobuf),
    (b"x-google-protobuf", Packing::Protobuf),
    (b"msgpack", Packing::Msgpack),
    (b"x-msgpack", Packing::Msgpack),
    (b"vnd.msgpack", Packing::Msgpack),
    (b"cbor", Packing::Cbor),
    (b"cbor-seq", Packing::Cbor),
];
/// Types of `application/` that are text without a reader of their own.
const TEXT: &[&[u8]] =
    &[b"javascript", b"x-javascript", b"ecmascript", b"graphql", b"sql", b"x-yaml", b"yaml", b"toml"];

impl<'a> ContentType<'a> {
    /// Reads a value of any shape.
    pub fn parse(value: &'a [u8]) -> ContentType<'a> {
        let (essence, params) = params::split(value);
        // Two fields may have been joined with a comma; the first type is the one read.
        let doubled = memchr::memchr2(b';', b',', value).is_some_and(|i| value[i] == b',');
        let charset = params.clone().find(|p| p.is(b"charset")).map(|p| Named::of(p.value.trim_ascii()));
        ContentType { kind: kind(essence), charset, doubled, params }
    }
}

fn kind(essence: &[u8]) -> Kind {
    let Some(slash) = memchr::memchr(b'/', essence) else {
        return Kind::Unknown;
    };
    let (main, sub) = (essence[..slash].trim_ascii_end(), essence[slash + 1..].trim_ascii());
    if main.is_empty() || sub.is_empty() {
        return Kind::Unknown;
    }
    let is = |a: &[u8], b: &[u8]| a.eq_ignore_ascii_case(b);
    let among = |names: &[&[u8]]| names.iter().any(|name| is(sub, name));
    let suffix = memchr::memrchr(b'+', sub).map_or(&b""[..], |plus| &sub[plus + 1..]);
    if is(main, b"multipart") {
        return if is(sub, b"form-data") { Kind::FormData } else { Kind::Multipart };
    }
    if is(sub, b"x-www-form-urlencoded") {
        return Kind::Form;
    }
    let before_suffix = &sub[..sub.len() - suffix.len()];
    let stem = before_suffix.strip_suffix(b"+").unwrap_or(sub);
    let grpc = stem.get(..4).is_some_and(|s| is(s, b"grpc"));
    if let Some(&(_, packing)) = PACKED.iter().find(|(name, _)| is(if grpc { stem } else { sub }, name)) {
        return Kind::Packed(packing);
    }
    if is(suffix, b"cbor") {
        return Kind::Packed(Packing::Cbor);
    }
    if is(suffix, b"msgpack") {
        return Kind::Packed(Packing::Msgpack);
    }
    if is(suffix, b"json") || among(JSON) {
        return Kind::Json;
    }
    if is(suffix, b"xml") || is(sub, b"xml") || is(sub, b"xml-dtd") {
        return Kind::Xml;
    }
    if is(main, b"text") || (is(main, b"application") && among(TEXT)) {
        return Kind::Text;
    }
    if is(main, b"application") && is(sub, b"octet-stream") { Kind::Unknown } else { Kind::Binary }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_name_and_suffix() {
        let kind = |value: &str| ContentType::parse(value.as_bytes()).kind;
        assert_eq!(kind("Application/X-WWW-Form-Urlencoded; charset=utf-8"), Kind::Form);
        assert_eq!(kind("multipart/form-data; boundary=x"), Kind::FormData);
        assert_eq!(kind("multipart/mixed"), Kind::Multipart);
        assert_eq!(kind("application/vnd.api+json"), Kind::Json);
        assert_eq!(kind("image/svg+xml"), Kind::Xml);
        assert_eq!(kind("text/xml"), Kind::Xml);
        assert_eq!(kind("text/plain"), Kind::Text);
        assert_eq!(kind("application/grpc"), Kind::Packed(Packing::Grpc));
        assert_eq!(kind("application/grpc-web-text+proto"), Kind::Packed(Packing::GrpcText));
        assert_eq!(kind("application/grpc+json; charset=utf-8"), Kind::Packed(Packing::Grpc));
        assert_eq!(kind("application/x-protobuf; messageType=a.B"), Kind::Packed(Packing::Protobuf));
        assert_eq!(kind("application/senml+cbor"), Kind::Packed(Packing::Cbor));
        assert_eq!(kind("image/png"), Kind::Binary);
        assert_eq!(kind("application/octet-stream"), Kind::Unknown);
        for odd in ["", "json", "/", ";", "application/", "; charset=x"] {
            assert_eq!(kind(odd), Kind::Unknown, "{odd}");
        }
        assert!(ContentType::parse(b"application/json, text/plain").doubled);
    }

    #[test]
    fn the_charset_is_found() {
        assert_eq!(ContentType::parse(b"text/plain; charset=\"UTF-8\"").charset, Some(Named::Utf8));
        assert_eq!(ContentType::parse(b"text/plain; x=y;CharSet=koi8-r").charset, Some(Named::Other));
        assert_eq!(ContentType::parse(b"text/plain").charset, None);
    }
}
