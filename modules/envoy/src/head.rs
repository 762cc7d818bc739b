//! The way of a request's head into a transaction: what HTTP/2 calls pseudo-fields becomes the request line and Host, and
//! a mirrored request becomes the original one.

use crate::address;
use crate::config::{Position, Settings};
use crate::host::{Attribute, Fields, Host, Section};
use sidewatch::Transaction;
use sidewatch::http::{Messages, Version};
use std::time::{SystemTime, UNIX_EPOCH};

/// What the rest of the exchange has to know of the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The request asks for a tunnel.
    pub connect: bool,
    /// The length of the body as announced.
    pub length: Option<u64>,
    /// The client waits for an answer before it sends the body, or for another protocol.
    pub waits: bool,
    /// The request is a call of gRPC.
    pub grpc: bool,
}

/// What a mirror tells of the original request, in the fields that the mirror of the NGINX module also uses.
#[derive(Debug, Default)]
struct Original<'a> {
    method: Option<&'a [u8]>,
    target: Option<&'a [u8]>,
    host: Option<&'a [u8]>,
    protocol: Option<&'a [u8]>,
    id: Option<&'a [u8]>,
    client: Option<&'a [u8]>,
    client_port: Option<&'a [u8]>,
    transfer_encoding: Option<&'a [u8]>,
}

impl<'a> Original<'a> {
    /// The place of the field of this name (Envoy's names are in lower case).
    fn place(&mut self, name: &[u8]) -> Option<&mut Option<&'a [u8]>> {
        Some(match name.strip_prefix(b"x-sidewatch-")? {
            b"method" => &mut self.method,
            b"target" => &mut self.target,
            b"host" => &mut self.host,
            b"protocol" => &mut self.protocol,
            b"id" => &mut self.id,
            b"client" => &mut self.client,
            b"client-port" => &mut self.client_port,
            b"transfer-encoding" => &mut self.transfer_encoding,
            _ => return None,
        })
    }
}

/// Tells `tx` the head. `None` if there is none.
pub(crate) fn feed(tx: &mut Transaction, host: &impl Host, settings: &Settings) -> Option<Head> {
    let fields = host.fields(Section::RequestHead);
    let mut original = Original::default();
    let mirrored = settings.position == Position::MirrorTarget;
    if mirrored {
        for &(name, value) in &fields {
            if let Some(place) = original.place(name) {
                // Empty is what Envoy and NGINX write for something that is not there.
                *place = Some(value).filter(|v| !v.is_empty());
            }
        }
    }
    let method = original.method.or(get(&fields, b":method"))?;
    let authority = get(&fields, b":authority");
    let target = original.target.or(get(&fields, b":path")).or(authority).unwrap_or_default();

    tx.set_time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
    if let Some(id) = original.id.or_else(|| get(&fields, &settings.id_header)) {
        tx.set_id(id);
    }
    let seen = || host.text(Attribute::Source).and_then(address::parse);
    let told = get(&fields, &settings.client_header).filter(|_| mirrored);
    let told = told.and_then(|list| address::last(list, settings.client_hops));
    if let Some(mut client) = told.or_else(seen) {
        if told.is_some()
            && let Some(port) = original.client_port.and_then(number)
        {
            client.set_port(u16::try_from(port).unwrap_or(0));
        }
        tx.set_client(client);
    }
    if !mirrored && let Some(server) = host.text(Attribute::Destination).and_then(address::parse) {
        tx.set_server(server);
    }

    tx.request_line(method, target, version(original.protocol.or_else(|| host.text(Attribute::Protocol))));
    match (original.host, authority) {
        (Some(host), _) => tx.request_header(b"host", host),
        // What the mirror of an NGINX sends where the original had none.
        (None, Some(b"sidewatch")) if mirrored => {}
        (None, Some(authority)) if mirrored && settings.strip_shadow_suffix => {
            let (name, port) = address::without_shadow(authority);
            tx.request_header(b"host", &[name, port].concat());
        }
        (None, Some(authority)) => tx.request_header(b"host", authority),
        (None, None) => {}
    }
    if let Some(coding) = original.transfer_encoding {
        tx.request_header(b"transfer-encoding", coding);
    }
    // The original was chunked; a mirror that counts its bytes would make it look like smuggling.
    let counted = original.transfer_encoding.is_some();
    for &(name, value) in &fields {
        let made = mirrored
            && (original.place(name).is_some()
                || name == b"connection"
                || counted && name == b"content-length"
                || name == settings.client_header.as_slice());
        if !made && name.first() != Some(&b':') {
            tx.request_header(name, value);
        }
    }
    tx.request_head_end();
    let grpc = get(&fields, b"content-type").and_then(|t| t.strip_prefix(b"application/grpc"));
    Some(Head {
        grpc: grpc.is_some_and(|rest| rest.first().is_none_or(|b| b"+; ".contains(b))),
        connect: method == b"CONNECT",
        length: get(&fields, b"content-length").and_then(number),
        waits: get(&fields, b"expect").is_some() || get(&fields, b"upgrade").is_some(),
    })
}

/// The value of the first field of this name.
pub(crate) fn get<'a>(fields: &Fields<'a>, name: &[u8]) -> Option<&'a [u8]> {
    fields.iter().find(|f| f.0 == name).map(|f| f.1)
}

/// A number in decimal.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn version(protocol: Option<&[u8]>) -> Version {
    match protocol {
        Some(b"HTTP/1.1") => Version::Http11,
        Some(b"HTTP/2" | b"HTTP/2.0") => Version::Http2,
        Some(b"HTTP/1.0") => Version::Http10,
        Some(b"HTTP/3" | b"HTTP/3.0") => Version::Http3,
        Some(b"HTTP/0.9") => Version::Http09,
        _ => Version::Other,
    }
}
