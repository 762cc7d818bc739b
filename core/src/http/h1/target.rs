//! Hosts and ports: the authority of a target, a Host field (RFC 3986 section 3.2, RFC 9110 section 7.2).

use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::{all_consuming, opt, recognize};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};
use std::net::Ipv6Addr;

/// `user@host:port` taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authority<'a> {
    /// What stands before `@`, if there is one.
    pub userinfo: Option<&'a [u8]>,
    /// The host as written, an IPv6 address with its brackets. All of it where it does not parse.
    pub host: &'a [u8],
    /// The port, if there is one and it is a port.
    pub port: Option<u16>,
    /// Whether host and port are well formed.
    pub valid: bool,
}

impl<'a> Authority<'a> {
    /// Takes an authority or the value of a Host field apart. Never fails: see [`Authority::valid`].
    pub fn parse(text: &'a [u8]) -> Authority<'a> {
        // The last `@` ends the user information: a lenient reader lets it hold further ones.
        let (userinfo, rest) = match text.iter().rposition(|&b| b == b'@') {
            Some(i) => (text.get(..i), text.get(i + 1..).unwrap_or_default()),
            None => (None, text),
        };
        let Ok((_, (host, port))) = host_port(rest) else {
            return Authority { userinfo, host: rest, port: None, valid: false };
        };
        let number = port.map(|p| std::str::from_utf8(p).ok().and_then(|p| p.parse().ok()));
        let port_valid = port.is_none_or(|p| p.is_empty() || matches!(number, Some(Some(1..))));
        Authority { userinfo, host, port: number.flatten(), valid: port_valid && valid_host(host) }
    }

    /// Whether two authorities name the same host, as far as both say which.
    pub fn agrees(&self, other: &Authority<'_>) -> bool {
        let plain = |h: &'a [u8]| h.strip_suffix(b".").unwrap_or(h);
        let theirs = other.host.strip_suffix(b".").unwrap_or(other.host);
        let ports = match (self.port, other.port) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        ports && plain(self.host).eq_ignore_ascii_case(theirs)
    }
}

/// The authority of an absolute-form target (`scheme://authority/...`), as written and taken apart.
pub fn absolute(target: &[u8]) -> Option<(&[u8], Authority<'_>)> {
    fn grammar(i: &[u8]) -> IResult<&[u8], &[u8]> {
        let scheme = take_while1(|b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        preceded((scheme, tag(&b"://"[..])), take_while(|b| !matches!(b, b'/' | b'?' | b'#' | b'\\')))
            .parse(i)
    }
    grammar(target).ok().map(|(_, authority)| (authority, Authority::parse(authority)))
}

type HostPort<'a> = (&'a [u8], Option<&'a [u8]>);

fn host_port(i: &[u8]) -> IResult<&[u8], HostPort<'_>> {
    let port = || opt(preceded(tag(&b":"[..]), take_while(|b: u8| b != b':')));
    let address = delimited(tag(&b"["[..]), take_while1(|b| b != b']'), tag(&b"]"[..]));
    if i.starts_with(b"[") {
        return all_consuming((recognize(address), port())).parse(i);
    }
    all_consuming((terminated(take_while(|b| b != b':'), tag(&b""[..])), port())).parse(i)
}

fn valid_host(host: &[u8]) -> bool {
    if let Some(address) = host.strip_prefix(b"[").and_then(|h| h.strip_suffix(b"]")) {
        // A zone (RFC 6874) is not part of the address.
        let address = address.split(|&b| b == b'%').next().unwrap_or_default();
        return std::str::from_utf8(address).is_ok_and(|a| a.parse::<Ipv6Addr>().is_ok());
    }
    let name = host.strip_suffix(b".").unwrap_or(host);
    let label = |l: &[u8]| {
        !l.is_empty()
            && l.len() <= 63
            && l.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    !name.is_empty() && name.len() <= 253 && name.split(|&b| b == b'.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_come_apart() {
        // text, user information, host, port, valid
        type Row = (&'static str, Option<&'static str>, &'static str, Option<u16>, bool);
        let rows: &[Row] = &[
            ("shop.test", None, "shop.test", None, true),
            ("shop.test:8443", None, "shop.test", Some(8443), true),
            ("shop.test:", None, "shop.test", None, true),
            ("SHOP.test.", None, "SHOP.test.", None, true),
            ("203.0.113.7:80", None, "203.0.113.7", Some(80), true),
            ("[2001:db8::7]:81", None, "[2001:db8::7]", Some(81), true),
            ("[fe80::7%25eth0]", None, "[fe80::7%25eth0]", None, true),
            ("amy:pw@shop.test", Some("amy:pw"), "shop.test", None, true),
            ("a@b@shop.test:80", Some("a@b"), "shop.test", Some(80), true),
            ("", None, "", None, false),
            ("shop.test:65536", None, "shop.test", None, false),
            ("shop.test:0", None, "shop.test", Some(0), false),
            ("shop.test:8o", None, "shop.test", None, false),
            ("shop..test", None, "shop..test", None, false),
            ("sh op.test", None, "sh op.test", None, false),
            ("[2001:db8::7", None, "[2001:db8::7", None, false),
            ("[2001:db8::7]x", None, "[2001:db8::7]x", None, false),
            ("a:1:2", None, "a:1:2", None, false),
        ];
        for &(text, userinfo, host, port, valid) in rows {
            let want =
                Authority { userinfo: userinfo.map(str::as_bytes), host: host.as_bytes(), port, valid };
            assert_eq!(Authority::parse(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn only_absolute_targets_have_an_authority() {
        assert_eq!(
            absolute(b"http://a.test:8/x@y").map(|(_, a)| (a.host, a.port)),
            Some((&b"a.test"[..], Some(8)))
        );
        assert_eq!(absolute(b"HTTPS://u@b.test?q").map(|(_, a)| a.host), Some(&b"b.test"[..]));
        for none in [&b"/x://y"[..], b"*", b"://a", b"mailto:a"] {
            assert_eq!(absolute(none), None);
        }
    }

    #[test]
    fn hosts_agree_whatever_their_case_and_default_port() {
        let agree = |a: &str, b: &str| Authority::parse(a.as_bytes()).agrees(&Authority::parse(b.as_bytes()));
        assert!(agree("a.test", "A.TEST.") && agree("a.test:80", "a.test"));
        assert!(!agree("a.test", "b.test") && !agree("a.test:80", "a.test:81"));
    }
}
