//! Tunnels: packets inside the packets of GRE, ERSPAN, VXLAN, GENEVE, IP in IP, EtherIP, MPLS in IP and Teredo.

use crate::link::{after, be16, ethernet, mpls};
use crate::packet::{Layer, Next};
use crate::summary::Reason;

/// Ports of VXLAN: the registered one, and Linux's from before there was one.
const VXLAN: [u16; 2] = [4789, 8472];
/// Port of GENEVE.
const GENEVE: u16 = 6081;
/// Port of Teredo.
const TEREDO: u16 = 3544;

/// What an IP protocol number other than TCP and UDP announces.
pub(crate) fn over_ip(number: u8, bytes: &[u8]) -> Next<'_> {
    match number {
        // IPv4 and IPv6 in IP (RFC 2003, RFC 4213).
        4 | 41 => Ok((Layer::Ip, bytes)),
        47 => gre(bytes),
        // EtherIP (RFC 3378): a version, then Ethernet.
        97 => ethernet(after(bytes, 2)?),
        // MPLS in IP (RFC 4023).
        137 => mpls(bytes),
        _ => Err(Reason::NotTcp),
    }
}

/// What a UDP datagram carries, told by its ports.
pub(crate) fn over_udp(from: u16, to: u16, bytes: &[u8]) -> Next<'_> {
    if VXLAN.contains(&to) || VXLAN.contains(&from) {
        vxlan(bytes)
    } else if to == GENEVE || from == GENEVE {
        geneve(bytes)
    } else if to == TEREDO || from == TEREDO {
        teredo(bytes)
    } else {
        Err(Reason::NotTcp)
    }
}

/// GRE (RFC 2784, RFC 2890), its PPTP variant (RFC 2637), and ERSPAN inside it (draft-foschiano-erspan).
fn gre(bytes: &[u8]) -> Next<'_> {
    let (flags, kind) = (be16(bytes, 0)?, be16(bytes, 2)?);
    let (checksum, routing, key, sequence) =
        (flags & 0x8000 != 0, flags & 0x4000 != 0, flags & 0x2000 != 0, flags & 0x1000 != 0);
    let acknowledged = flags & 0x7 == 1 && flags & 0x0080 != 0;
    if routing {
        // Source routes were removed from GRE in 2000.
        return Err(Reason::Malformed);
    }
    let words = 1 + [checksum, key, sequence, acknowledged].iter().filter(|&&b| b).count();
    let rest = after(bytes, words * 4)?;
    match kind {
        0x880b => Ok((Layer::Ppp, rest)),
        // ERSPAN type II has a header of 8 bytes; type I, which sends no sequence number, has none.
        0x88be if sequence => ethernet(after(rest, 8)?),
        0x88be => ethernet(rest),
        // ERSPAN type III: 12 bytes, and 8 more if the last bit says so.
        0x22eb => {
            let more = rest.get(11).ok_or(Reason::Malformed)? & 1 == 1;
            ethernet(after(rest, if more { 20 } else { 12 })?)
        }
        _ => Ok((Layer::EtherType(kind), rest)),
    }
}

/// VXLAN (RFC 7348). Reserved fields are ignored, as receivers must.
fn vxlan(bytes: &[u8]) -> Next<'_> {
    match bytes.first_chunk::<8>() {
        Some(header) if header[0] & 0x08 != 0 => ethernet(after(bytes, 8)?),
        Some(_) => Err(Reason::NotTcp),
        None => Err(Reason::Malformed),
    }
}

/// GENEVE (RFC 8926): options in units of four bytes, then what an EtherType announces.
fn geneve(bytes: &[u8]) -> Next<'_> {
    let first = *bytes.first().ok_or(Reason::Malformed)?;
    if first >> 6 != 0 {
        return Err(Reason::NotTcp);
    }
    Ok((Layer::EtherType(be16(bytes, 2)?), after(bytes, 8 + usize::from(first & 0x3f) * 4)?))
}

/// Teredo (RFC 4380 section 5.1.1): authentication and origin headers may stand before IPv6.
fn teredo(mut bytes: &[u8]) -> Next<'_> {
    if let [0, 1, id, auth, ..] = bytes {
        bytes = after(bytes, 13 + usize::from(*id) + usize::from(*auth))?;
    }
    if let [0, 0, ..] = bytes {
        bytes = after(bytes, 8)?;
    }
    match bytes.first().map(|b| b >> 4) {
        Some(6) => Ok((Layer::Ip, bytes)),
        _ => Err(Reason::NotTcp),
    }
}
