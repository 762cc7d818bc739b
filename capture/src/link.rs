//! Link layers: what lies between the start of a frame and IP.
//!
//! Numbers: <https://www.tcpdump.org/linktypes.html> for link types, the IEEE registry for EtherTypes, the IANA registry
//! for PPP protocols.

use crate::packet::{Layer, Next};
use crate::summary::Reason;

/// The 16-bit number at `at`, most significant byte first.
pub(crate) fn be16(bytes: &[u8], at: usize) -> Result<u16, Reason> {
    let two = bytes.get(at..).and_then(|b| b.first_chunk::<2>()).ok_or(Reason::Malformed)?;
    Ok(u16::from_be_bytes(*two))
}

/// The bytes after a header of `size` bytes.
pub(crate) fn after(bytes: &[u8], size: usize) -> Result<&[u8], Reason> {
    bytes.get(size..).ok_or(Reason::Malformed)
}

/// The header of a frame of a registered link type.
pub(crate) fn frame(link: u16, bytes: &[u8]) -> Next<'_> {
    match link {
        // NULL, LOOP: an address family in the byte order of whoever captured.
        0 | 108 => {
            let family = bytes.first_chunk::<4>().ok_or(Reason::Malformed)?;
            let family = u32::from_le_bytes(*family).min(u32::from_be_bytes(*family));
            match family {
                // AF_INET; AF_INET6 of the BSDs, macOS, Linux and Windows.
                2 | 10 | 23 | 24 | 28 | 30 => Ok((Layer::Ip, after(bytes, 4)?)),
                _ => Err(Reason::NotIp),
            }
        }
        // ETHERNET
        1 => ethernet(bytes),
        // PPP, PPP_HDLC: with or without the HDLC address and control bytes.
        9 | 50 => Ok((Layer::Ppp, bytes)),
        // PPP_ETHER: PPPoE without Ethernet.
        51 => pppoe(bytes),
        // RAW and its platform-dependent twins, IPV4, IPV6.
        12 | 14 | 101 | 228 | 229 => Ok((Layer::Ip, bytes)),
        // C_HDLC (Cisco): address, control, EtherType.
        104 => Ok((Layer::EtherType(be16(bytes, 2)?), after(bytes, 4)?)),
        // LINUX_SLL: type, address type, address length, address, EtherType.
        113 => Ok((Layer::EtherType(be16(bytes, 14)?), after(bytes, 16)?)),
        // LINUX_SLL2: EtherType first, interface index and address after it.
        276 => Ok((Layer::EtherType(be16(bytes, 0)?), after(bytes, 20)?)),
        _ => Err(Reason::LinkType),
    }
}

/// An Ethernet II or IEEE 802.3 header.
pub(crate) fn ethernet(bytes: &[u8]) -> Next<'_> {
    Ok((Layer::EtherType(be16(bytes, 12)?), after(bytes, 14)?))
}

/// What an EtherType announces: IP, or one more header.
pub(crate) fn ether_type(kind: u16, bytes: &[u8]) -> Next<'_> {
    match kind {
        0x0800 | 0x86dd => Ok((Layer::Ip, bytes)),
        // VLAN tags: 802.1Q, 802.1ad, and the two that were used before it.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => Ok((Layer::EtherType(be16(bytes, 2)?), after(bytes, 4)?)),
        // MPLS, unicast and multicast.
        0x8847 | 0x8848 => mpls(bytes),
        // PPPoE session.
        0x8864 => pppoe(bytes),
        // Transparent Ethernet bridging.
        0x6558 => ethernet(bytes),
        // A length: LLC, and SNAP with an EtherType if it says so (RFC 1042).
        0..=1500 => match bytes.first_chunk::<6>() {
            Some([0xaa, 0xaa, 0x03, 0, 0, 0]) => Ok((Layer::EtherType(be16(bytes, 6)?), after(bytes, 8)?)),
            _ => Err(Reason::NotIp),
        },
        _ => Err(Reason::NotIp),
    }
}

/// PPP, with or without address and control bytes, and with a protocol field of one or two bytes (RFC 1661, RFC 1662).
pub(crate) fn ppp(bytes: &[u8]) -> Next<'_> {
    let bytes = bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes);
    let (kind, rest) = match bytes {
        // The lowest bit ends the field.
        [short, rest @ ..] if short & 1 == 1 => (u16::from(*short), rest),
        [high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        _ => return Err(Reason::Malformed),
    };
    match kind {
        0x0021 | 0x0057 => Ok((Layer::Ip, rest)),
        0x0281 | 0x0283 => mpls(rest),
        _ => Err(Reason::NotIp),
    }
}

/// PPPoE (RFC 2516): only session data carries packets.
fn pppoe(bytes: &[u8]) -> Next<'_> {
    match bytes.get(..2) {
        Some([0x11, 0]) => Ok((Layer::Ppp, after(bytes, 6)?)),
        Some(_) => Err(Reason::NotIp),
        None => Err(Reason::Malformed),
    }
}

/// A stack of MPLS labels (RFC 3032). What follows is not named: IP shows itself by its version.
pub(crate) fn mpls(mut bytes: &[u8]) -> Next<'_> {
    for _ in 0..16 {
        let (label, rest) = bytes.split_first_chunk::<4>().ok_or(Reason::Malformed)?;
        bytes = rest;
        if label[2] & 1 == 1 {
            return match bytes.first().map(|b| b >> 4) {
                Some(4 | 6) => Ok((Layer::Ip, bytes)),
                // A pseudowire control word (RFC 4385), then Ethernet.
                Some(0) => ethernet(after(bytes, 4)?),
                _ => Err(Reason::NotIp),
            };
        }
    }
    Err(Reason::TooDeep)
}
