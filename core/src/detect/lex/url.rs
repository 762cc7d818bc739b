//! URLs as lenient fetchers read them, and the hosts in them in every spelling.
//!
//! Browsers and HTTP libraries forgive: backslashes for slashes, one slash or five, tabs and line ends anywhere, IPv4
//! addresses as one number, in octal or hexadecimal, enclosed or full-width digits. [`Url::read`] takes a URL apart the
//! same way and notes each liberty; [`Host`] says what address or name it comes to. Nothing is allocated.
//!
//! Sources: RFC 3986; WHATWG URL Standard (host parsing, IPv4 parser, "opaque" slashes); RFC 4291 (IPv6); RFC 6890 and
//! IANA's special-purpose address registries; Unicode UTS #46 (what a host name maps to).

use crate::bytes::Words;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest host name (RFC 1035) and some room for odd spellings.
const HOST: usize = 256;

/// A URL taken apart.
#[derive(Debug)]
pub struct Url<'a> {
    /// Scheme without the colon; empty for `//host`.
    pub scheme: &'a [u8],
    /// Slashes and backslashes before the host.
    pub slashes: usize,
    /// Whether one of them is a backslash.
    pub backslash: bool,
    /// Whether blanks, tabs or control bytes stand before the host.
    pub blanks: bool,
    /// What stands before `@`.
    pub user: Option<&'a [u8]>,
    /// The host as written, brackets of an IPv6 address included.
    pub host: &'a [u8],
    /// The port.
    pub port: Option<u32>,
    /// Path, query and fragment.
    pub rest: &'a [u8],
}

impl<'a> Url<'a> {
    /// Reads the URL that begins `bytes`, blanks skipped. With `relative`, `//host` and its misspellings count; a
    /// scheme is needed otherwise. The host may be empty.
    pub fn read(bytes: &'a [u8], relative: bool) -> Option<Url<'a>> {
        let start = bytes.iter().take_while(|b| **b <= b' ').count();
        let text = bytes.get(start..)?;
        let scheme = scheme(text);
        if scheme.is_none() && !relative {
            return None;
        }
        let after = text.get(scheme.map_or(0, |s| s.len() + 1)..)?;
        let lead = after.iter().take_while(|b| matches!(b, b'/' | b'\\') || **b <= b' ').count();
        let lead_bytes = after.get(..lead)?;
        let slashes = lead_bytes.iter().filter(|b| matches!(b, b'/' | b'\\')).count();
        if scheme.is_none() && slashes < 2 {
            return None;
        }
        let authority_on = after.get(lead..)?;
        let end = authority_on
            .iter()
            .position(|b| {
                matches!(b, b'/' | b'\\' | b'?' | b'#' | b'<' | b'>' | b'"' | b'\'' | b'`') || *b <= b' '
            })
            .unwrap_or(authority_on.len());
        let authority = authority_on.get(..end)?;
        let rest = authority_on.get(end..)?;
        let (user, host_port) = match memchr::memrchr(b'@', authority) {
            Some(at) => (authority.get(..at), authority.get(at + 1..)?),
            None => (None, authority),
        };
        let (host, port) = split_port(host_port);
        Some(Url {
            scheme: scheme.unwrap_or(b""),
            slashes,
            backslash: lead_bytes.contains(&b'\\'),
            blanks: lead_bytes.iter().any(|b| *b <= b' '),
            user,
            host,
            port,
            rest,
        })
    }

    /// Whether the scheme is this one.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme.as_bytes())
    }

    /// Whether the host is plainly this name.
    pub fn is_host(&self, name: &str) -> bool {
        self.host.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The host as parsers see it that look for the last `@` before any slash, where that is another one.
    pub fn late_host(&self) -> Option<&'a [u8]> {
        let end = memchr::memchr(b'/', self.rest).unwrap_or(self.rest.len()).min(256);
        let authority = self.rest.get(..end)?;
        let host = authority.get(memchr::memrchr(b'@', authority)? + 1..)?;
        Some(split_port(host).0)
    }

    /// The most internal host of the two ways to read the authority, and whether they differ: up to the first `/`, `?` or
    /// `#` as the standard says, or with the last `@` before any slash, as parsers do that look for the user first.
    pub fn innermost(&self) -> Option<(Host, bool)> {
        let first = Host::read(self.host).map(|h| (h, false));
        if first.is_some_and(|(h, _)| h.is_internal()) || self.scheme.is_empty() {
            return first;
        }
        if let Some(h) = self.late_host().and_then(Host::read).filter(|h| h.is_internal()) {
            return Some((h, true));
        }
        // `http://a.example &@10.0.0.1# @b.example/`: each parser stops at another `@`.
        let rest = self.rest.get(..self.rest.len().min(128))?;
        let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
        let hosts = rest.get(..end)?.split(|b| *b == b'@').skip(1).take(4);
        let inner = hosts
            .filter_map(|h| h.split(|b| matches!(b, b'#' | b'?' | b' ' | b':')).next())
            .filter_map(Host::read)
            .find(|h| h.is_internal());
        inner.map(|h| (h, true)).or(first)
    }

    /// The path alone.
    pub fn path(&self) -> &'a [u8] {
        let end = self.rest.iter().position(|b| matches!(b, b'?' | b'#')).unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or(b"")
    }

    /// The file ending of the path, without the dot; empty if there is none.
    pub fn ending(&self) -> &'a [u8] {
        ending(self.path())
    }
}

/// Whether a parameter of that name holds an address that the server fetches, or may.
pub fn names_url(name: &[u8]) -> bool {
    static WHOLE: &[&str] = &[
        "u",
        "dest",
        "destination",
        "target",
        "domain",
        "host",
        "site",
        "link",
        "href",
        "out",
        "feed",
        "ssrf",
    ];
    static PART: &[&str] = &["url", "uri", "hook", "proxy", "fetch", "endpoint", "remote"];
    WHOLE.iter().any(|w| name.eq_ignore_ascii_case(w.as_bytes()))
        || name.len() <= 64
            && PART.iter().any(|p| name.windows(p.len()).any(|w| w.eq_ignore_ascii_case(p.as_bytes())))
}

/// The file ending of a path, without the dot; empty if there is none.
pub fn ending(path: &[u8]) -> &[u8] {
    let file = path.rsplit(|b| matches!(b, b'/' | b'\\')).next().unwrap_or(b"");
    memchr::memrchr(b'.', file).and_then(|dot| file.get(dot + 1..)).unwrap_or(b"")
}

/// The scheme at the start of `text`: at least two letters, so that a drive is none.
fn scheme(text: &[u8]) -> Option<&[u8]> {
    let n = text
        .iter()
        .take(24)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_'))
        .count();
    let (scheme, after) = (text.get(..n)?, text.get(n)?);
    (n >= 2 && *after == b':' && scheme.first()?.is_ascii_alphabetic()).then_some(scheme)
}

fn split_port(text: &[u8]) -> (&[u8], Option<u32>) {
    if text.first() == Some(&b'[') {
        let end = memchr::memchr(b']', text).map_or(text.len(), |at| at + 1);
        return (text.get(..end).unwrap_or(text), number(text.get(end + 1..).unwrap_or(b"")));
    }
    match memchr::memrchr(b':', text) {
        // Two colons and no brackets: an IPv6 address written without them.
        Some(at) if memchr::memchr(b':', text) == Some(at) => {
            (text.get(..at).unwrap_or(b""), number(text.get(at + 1..).unwrap_or(b"")))
        }
        _ => (text, None),
    }
}

fn number(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok()
}

/// Who can be reached at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A cloud's metadata service: credentials for whoever asks from inside.
    Metadata,
    /// The server itself.
    Loopback,
    /// The server's own network.
    Private,
    /// The same link.
    LinkLocal,
    /// A name that resolves to an address of its owner's choice, internal ones included.
    Rebinding,
    /// Everybody.
    Public,
}

impl Reach {
    /// Where it leads, for a reason.
    pub fn what(self) -> &'static str {
        match self {
            Reach::Metadata => "a cloud's metadata service, which hands out credentials",
            Reach::Loopback => "the server itself",
            Reach::Private => "a private network",
            Reach::LinkLocal => "a link-local address",
            Reach::Rebinding => {
                "a name service that resolves to whatever address the name says, internal ones included"
            }
            Reach::Public => "a public address",
        }
    }
}

/// What a host comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// Who can be reached there.
    pub reach: Reach,
    /// Whether it is an address rather than a name.
    pub address: bool,
    /// Whether it is written in a way nobody writes hosts: octal, hexadecimal, one number, enclosed digits, escapes.
    pub odd: bool,
}

/// Names with a meaning of their own (suffixes at a label's border).
#[rustfmt::skip]
static NAMES: &[(&str, Reach)] = &[
    ("metadata.google.internal", Reach::Metadata), ("metadata.goog", Reach::Metadata), ("instance-data", Reach::Metadata),
    ("instance-data.ec2.internal", Reach::Metadata), ("metadata.tencentyun.com", Reach::Metadata), ("metadata.azure.internal", Reach::Metadata),
    ("metadata.platformequinix.com", Reach::Metadata), ("metadata.packet.net", Reach::Metadata), ("rancher-metadata", Reach::Metadata),
    ("localhost", Reach::Loopback), ("localhost.localdomain", Reach::Loopback), ("localdomain", Reach::Loopback),
    ("localhost6", Reach::Loopback), ("ip6-localhost", Reach::Loopback), ("ip6-loopback", Reach::Loopback), ("loopback", Reach::Loopback),
    ("host.docker.internal", Reach::Private), ("gateway.docker.internal", Reach::Private), ("kubernetes.default", Reach::Private),
    ("svc.cluster.local", Reach::Private), ("kubernetes.default.svc", Reach::Private), ("service.consul", Reach::Private),
    ("nip.io", Reach::Rebinding), ("sslip.io", Reach::Rebinding), ("xip.io", Reach::Rebinding), ("1u.ms", Reach::Rebinding),
    ("rbndr.us", Reach::Rebinding), ("localtest.me", Reach::Rebinding), ("lvh.me", Reach::Rebinding), ("vcap.me", Reach::Rebinding),
    ("lacolhost.com", Reach::Rebinding), ("traefik.me", Reach::Rebinding), ("nip.me", Reach::Rebinding), ("rebind.network", Reach::Rebinding),
    ("localh.st", Reach::Rebinding), ("fuf.me", Reach::Rebinding), ("local-ip.co", Reach::Rebinding), ("127-0-0-1.org.uk", Reach::Rebinding),
];

/// A hash of the last bytes of a name.
const fn end_hash(end: [u8; 4]) -> u8 {
    (u32::from_le_bytes(end).wrapping_mul(0x9e37_79b9) >> 24) as u8
}

/// The hashes of the last bytes of [`NAMES`].
///
/// PERF: nearly every name is told from all of them by one look.
static ENDS: [bool; 256] = {
    let (mut ends, mut i) = ([false; 256], 0);
    while i < NAMES.len() {
        let name = NAMES[i].0.as_bytes();
        let end = [name[name.len() - 4], name[name.len() - 3], name[name.len() - 2], name[name.len() - 1]];
        ends[end_hash(end) as usize] = true;
        i += 1;
    }
    ends
};

/// `known` with a word of each name of a metadata service, in `groups`.
pub const fn metadata_words(mut known: Words, groups: u64) -> Words {
    let mut i = 0;
    while i < NAMES.len() {
        if matches!(NAMES[i].1, Reach::Metadata) {
            known = known.with(NAMES[i].0, groups);
        }
        i += 1;
    }
    known
}

impl Host {
    /// Reads a host as written in a URL.
    pub fn read(text: &[u8]) -> Option<Host> {
        let mut buf = [0u8; HOST];
        let (name, mut odd) = plain(text, &mut buf)?;
        let name = name.strip_suffix(b".").unwrap_or(name);
        if name.is_empty() {
            return None;
        }
        if let Some(inner) = name.strip_prefix(b"[") {
            return v6(inner.strip_suffix(b"]")?, odd); // no parser takes an open bracket
        }
        if memchr::memchr_iter(b':', name).count() >= 2 {
            return v6(name, true);
        }
        if let Some((address, unusual)) = v4(name) {
            odd |= unusual;
            return Some(Host { reach: reach4(address), address: true, odd });
        }
        let known = |suffix: &str| {
            // PERF: four bytes tell nearly all of them apart without a call.
            name.last_chunk::<4>() == suffix.as_bytes().last_chunk()
                && name
                    .strip_suffix(suffix.as_bytes())
                    .is_some_and(|head| head.is_empty() || head.ends_with(b"."))
        };
        let reach = match name.last_chunk() {
            Some(end) if ENDS[usize::from(end_hash(*end))] => {
                NAMES.iter().find(|(n, _)| known(n)).map(|(_, r)| *r)
            }
            _ => None,
        };
        let reach = reach.unwrap_or(Reach::Public);
        Some(Host { reach, address: false, odd })
    }

    /// Whether only the server, not its clients, is meant to reach it.
    pub fn is_internal(self) -> bool {
        self.reach != Reach::Public
    }
}

/// The host in lower-case ASCII: escapes, enclosed and full-width characters resolved, tabs and line ends dropped.
/// `None` if it cannot be a host.
fn plain<'b>(text: &[u8], buf: &'b mut [u8; HOST]) -> Option<(&'b [u8], bool)> {
    // PERF: a name as nearly all are, in one loop without an early exit.
    if let Some(name) = buf.get_mut(..text.len()) {
        let mut plain = true;
        for (to, b) in name.iter_mut().zip(text) {
            plain &= b.is_ascii_alphanumeric() | matches!(b, b'.' | b'-' | b'_' | b':');
            *to = b.to_ascii_lowercase();
        }
        if plain {
            return Some((buf.get(..text.len())?, false));
        }
    }
    slow_plain(text, buf)
}

/// The same for names with other signs.
fn slow_plain<'b>(text: &[u8], buf: &'b mut [u8; HOST]) -> Option<(&'b [u8], bool)> {
    let (mut at, mut len, mut odd) = (0, 0, false);
    while let Some(&b) = text.get(at) {
        let (out, used): ([u8; 2], usize) = match b {
            b'\t' | b'\r' | b'\n' => {
                odd = true;
                at += 1;
                continue;
            }
            b'%' => match (hex(text.get(at + 1)), hex(text.get(at + 2))) {
                // A zone (`fe80::1%25eth0`, `%eth0`) is not part of the address.
                _ if text.first() == Some(&b'[') => {
                    at = memchr::memchr(b']', text).filter(|end| *end > at)?;
                    continue;
                }
                (Some(h), Some(l)) => ([h << 4 | l, 0], 3),
                _ => return None,
            },
            0x80.. => match fold(text.get(at..)?) {
                Some((out, used)) => (out, used),
                None => ([b, 0], 1),
            },
            _ => ([b, 0], 1),
        };
        odd |= used > 1;
        for out in out.iter().take(if out[1] == 0 { 1 } else { 2 }) {
            *buf.get_mut(len)? = out.to_ascii_lowercase();
            len += 1;
        }
        at += used;
    }
    let name = buf.get(..len)?;
    let sane = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']') || *b >= 0x80
    };
    name.iter().all(sane).then_some((name, odd))
}

fn hex(byte: Option<&u8>) -> Option<u8> {
    byte.and_then(|&b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok())
}

/// The ASCII characters that UTS #46 maps an enclosed, full-width, raised, mathematical or ideographic one to (the second
/// is 0 if there is one only), and its length in bytes.
fn fold(text: &[u8]) -> Option<([u8; 2], usize)> {
    let len = match text.first()? {
        0xc2 => 2,
        0xe0..=0xef => 3,
        0xf0 => 4,
        _ => return None,
    };
    let code = u32::from(std::str::from_utf8(text.get(..len)?).ok()?.chars().next()?);
    let one = |base: u32, to: u8| Some([to + u8::try_from(code - base).ok()?, 0]);
    let number = |n: u32| Some([b'0' + u8::try_from(n / 10).ok()?, b'0' + u8::try_from(n % 10).ok()?]);
    let out = match code {
        0xb2 | 0xb3 => one(0xb2, b'2')?,
        0xb9 => [b'1', 0],
        0x2070 => [b'0', 0],
        0x2074..=0x2079 => one(0x2074, b'4')?,
        0x2080..=0x2089 => one(0x2080, b'0')?,
        0x2460..=0x2468 => one(0x2460, b'1')?,
        0x2469..=0x2473 => number(code - 0x2469 + 10)?,
        0x24ea | 0x24ff => [b'0', 0],
        0x24b6..=0x24cf => one(0x24b6, b'a')?,
        0x24d0..=0x24e9 => one(0x24d0, b'a')?,
        0x3251..=0x325f => number(code - 0x3251 + 21)?,
        0x32b1..=0x32bf => number(code - 0x32b1 + 36)?,
        0xff10..=0xff19 => one(0xff10, b'0')?,
        0xff21..=0xff3a => one(0xff21, b'a')?,
        0xff41..=0xff5a => one(0xff41, b'a')?,
        0xff0e | 0x3002 | 0xff61 => [b'.', 0],
        // Mathematical alphabets of 52 letters each, digits by tens.
        0x1d400..=0x1d6a3 => [b'a' + u8::try_from((code - 0x1d400) % 26).ok()?, 0],
        0x1d7ce..=0x1d7ff => [b'0' + u8::try_from((code - 0x1d7ce) % 10).ok()?, 0],
        _ => return None,
    };
    Some((out, len))
}

/// An IPv4 address in any spelling `inet_aton` and browsers accept, and whether it is other than four decimal numbers.
fn v4(name: &[u8]) -> Option<(Ipv4Addr, bool)> {
    let (mut parts, mut count, mut odd) = ([0u64; 4], 0usize, false);
    for part in name.split(|b| *b == b'.') {
        let (value, strange) = part_value(part)?;
        *parts.get_mut(count)? = value;
        count += 1;
        odd |= strange;
    }
    odd |= count != 4;
    // Values too large for their place wrap, as they do in careless parsers.
    let last = *parts.get(count.checked_sub(1)?)?;
    let mut address = last as u32;
    for (i, value) in parts.iter().enumerate().take(count - 1) {
        odd |= *value > 255;
        address = address & !(0xff << (24 - 8 * i)) | ((*value & 0xff) as u32) << (24 - 8 * i);
    }
    if count == 4 {
        odd |= last > 255;
        address = address & 0xffff_ff00 | (last & 0xff) as u32;
        for (i, value) in parts.iter().enumerate().take(3) {
            address = address & !(0xff << (24 - 8 * i)) | ((*value & 0xff) as u32) << (24 - 8 * i);
        }
    }
    Some((Ipv4Addr::from(address), odd))
}

fn part_value(part: &[u8]) -> Option<(u64, bool)> {
    let (digits, radix) = match part {
        [b'0', b'x', rest @ ..] if !rest.is_empty() => (rest, 16),
        [b'0', rest @ ..] if !rest.is_empty() => (rest, 8),
        _ => (part, 10),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut value = 0u64;
    for &b in digits {
        value = value.checked_mul(radix)?.checked_add(u64::from(char::from(b).to_digit(radix as u32)?))?;
    }
    Some((value, radix != 10))
}

fn v6(inner: &[u8], odd: bool) -> Option<Host> {
    let address: Ipv6Addr = std::str::from_utf8(inner).ok()?.parse().ok()?;
    let s = address.segments();
    let embedded = || Ipv4Addr::from(u32::from(s[6]) << 16 | u32::from(s[7]));
    let mapped = s[..5] == [0; 5] && (s[5] == 0xffff || s[5] == 0 && s[6] != 0);
    let nat64 = s[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    if mapped || nat64 {
        return Some(Host { reach: reach4(embedded()), address: true, odd: true });
    }
    // AWS, Scaleway, Google Cloud.
    let metadata = [
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        [0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42],
        [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
    ];
    let reach = if metadata.contains(&s) {
        Reach::Metadata
    } else if s[..7] == [0; 7] && s[7] <= 1 {
        Reach::Loopback
    } else if s[0] & 0xffc0 == 0xfe80 {
        Reach::LinkLocal
    } else if s[0] & 0xfe00 == 0xfc00 {
        Reach::Private
    } else {
        Reach::Public
    };
    Some(Host { reach, address: true, odd })
}

fn reach4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [169, 254, 169, 254] | [169, 254, 170, 2 | 23] | [100, 100, 100, 200] | [192, 0, 0, 192] => {
            Reach::Metadata
        }
        [168, 63, 129, 16] | [169, 254, 42, 42] | [169, 254, 0, 23] | [100, 88, 222, 5] => Reach::Metadata,
        [127, ..] | [0, ..] => Reach::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Reach::Private,
        [169, 254, ..] => Reach::LinkLocal,
        _ => Reach::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn host(text: &str) -> Host {
        Host::read(text.as_bytes()).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn one_address_in_many_spellings() {
        let same = "2852039166 0xA9FEA9FE 0251.0376.0251.0376 0xa9.0xfe.43518 169.254.43518 425.510.425.510 7147006462 \
                    [::ffff:a9fe:a9fe] [0:0:0:0:0:ffff:169.254.169.254] [64:ff9b::a9fe:a9fe] ①⑥⑨.②⑤④.①⑥⑨.②⑤④ \
                    169。254。169。254 %31%36%39.254.169.254 [::ffff:a9fe:a9fe%25eth0]";
        for text in same.split_whitespace() {
            assert_eq!(host(text), Host { reach: Reach::Metadata, address: true, odd: true }, "{text}");
        }
        assert_eq!(host("169.254.169.254."), Host { reach: Reach::Metadata, address: true, odd: false });
        assert_eq!(host("127.1").reach, Reach::Loopback);
        assert_eq!(host("⑯9.②⑤4.𝟙𝟞𝟡.²⁵⁴"), Host { reach: Reach::Metadata, address: true, odd: true });
        assert_eq!(host("[fd20:ce::254]").reach, Reach::Metadata);
        assert_eq!(Host::read(b"[::ffff:a9fe:a9fe"), None, "no parser takes an open bracket");
        assert_eq!(host("[::]").reach, Reach::Loopback);
        assert_eq!(host("ⓁⓄⒸⒶⓁⒽⓄⓈⓉ"), Host { reach: Reach::Loopback, address: false, odd: true });
        assert_eq!(host("10.0.0.1.nip.io").reach, Reach::Rebinding);
        assert_eq!(host("notlocalhost").reach, Reach::Public);
        assert_eq!(host("8.8.8.8"), Host { reach: Reach::Public, address: true, odd: false });
        assert_eq!(host("www.example.com"), Host { reach: Reach::Public, address: false, odd: false });
        assert!(!host("bücher.example").odd);
        assert_eq!(Host::read(b"a b"), None);
    }

    #[test]
    fn a_url_is_taken_apart() {
        let url = Url::read(b" https:/\\user@host.example:8080/a/b.php?x#y", false).unwrap();
        assert_eq!((url.scheme, url.slashes, url.backslash), (&b"https"[..], 2, true));
        assert_eq!((url.user, url.host, url.port), (Some(&b"user"[..]), &b"host.example"[..], Some(8080)));
        assert_eq!((url.path(), url.ending()), (&b"/a/b.php"[..], &b"php"[..]));
        assert!(Url::read(b"/about", true).is_none());
        assert!(Url::read(b"c:\\x", false).is_none());
        assert_eq!(
            Url::read(b"/\t/evil.example", true).map(|u| (u.host, u.blanks)),
            Some((&b"evil.example"[..], true))
        );
        let six = Url::read(b"http://[::1]:80/", false).unwrap();
        assert_eq!((six.host, six.port), (&b"[::1]"[..], Some(80)));
    }

    #[test]
    fn every_name_is_known_by_its_end() {
        for (name, reach) in NAMES {
            assert_eq!(host(name).reach, *reach, "{name}");
            assert_eq!(host(&format!("a.{name}.")).reach, *reach, "{name}");
            let other = format!("a{name}");
            let known = |(n, _): &&(&str, Reach)| other.ends_with(&format!(".{n}"));
            assert_eq!(
                host(&other).reach,
                NAMES.iter().find(known).map_or(Reach::Public, |k| k.1),
                "{other}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_plain_name_is_read_as_any_other(text in "[a-zA-Z0-9._:\\[\\]%\t-]{0,20}") {
            let (mut one, mut other) = ([0; HOST], [0; HOST]);
            prop_assert_eq!(plain(text.as_bytes(), &mut one), slow_plain(text.as_bytes(), &mut other));
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..80), tail in "[hHtTpP0-9a-fx:/\\\\@.\\[\\]%]{0,40}") {
            for text in [&bytes[..], tail.as_bytes()] {
                let _ = Host::read(text);
                if let Some(url) = Url::read(text, true) {
                    let _ = (url.ending(), Host::read(url.host));
                }
            }
        }
    }
}
