//! Addresses as Envoy and proxies write them.

use std::net::{IpAddr, SocketAddr};

/// `192.0.2.1:80`, `[2001:db8::1]:80`, or an address without a port, which is then 0. `None` for a unix socket and the like.
pub(crate) fn parse(text: &[u8]) -> Option<SocketAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    text.parse().ok().or_else(|| Some(SocketAddr::new(bare.parse::<IpAddr>().ok()?, 0)))
}

/// The last address of a list such as that of X-Forwarded-For, after `hops` more: the one the nearest proxy has seen itself.
pub(crate) fn last(list: &[u8], hops: u8) -> Option<SocketAddr> {
    parse(list.rsplit(|&b| b == b',').nth(hops.into())?)
}

/// The host without the `-shadow` that Envoy appends to that of a mirrored request, before the port.
pub(crate) fn without_shadow(host: &[u8]) -> (&[u8], &[u8]) {
    let digits = host.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let at = match host.len().checked_sub(digits + 1) {
        Some(colon) if digits > 0 && host[colon] == b':' => colon,
        _ => host.len(),
    };
    let (name, port) = host.split_at(at);
    (name.strip_suffix(b"-shadow").unwrap_or(name), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_envoy_and_proxies_write_them() {
        for (text, want) in [
            ("192.0.2.1:4000", Some("192.0.2.1:4000")),
            ("192.0.2.1", Some("192.0.2.1:0")),
            ("[2001:db8::1]:80", Some("[2001:db8::1]:80")),
            ("2001:db8::1", Some("[2001:db8::1]:0")),
            ("[2001:db8::1]", Some("[2001:db8::1]:0")),
            (" 192.0.2.1 ", Some("192.0.2.1:0")),
            ("/run/envoy.sock", None),
            ("envoy://internal/", None),
            ("192.0.2.1:99999", None),
            ("", None),
        ] {
            assert_eq!(parse(text.as_bytes()), want.map(|w| w.parse().unwrap()), "{text}");
        }
        assert_eq!(parse(b"\xff"), None);
    }

    #[test]
    fn the_nearest_proxy_is_believed() {
        assert_eq!(last(b"203.0.113.9, 192.0.2.1", 0), Some("192.0.2.1:0".parse().unwrap()));
        assert_eq!(last(b"192.0.2.1", 0), Some("192.0.2.1:0".parse().unwrap()));
        assert_eq!(last(b"192.0.2.1, unknown", 0), None);
        assert_eq!(last(b"203.0.113.9, 192.0.2.1", 1), Some("203.0.113.9:0".parse().unwrap()));
        assert_eq!(last(b"192.0.2.1", 1), None);
    }

    #[test]
    fn the_shadow_suffix_is_undone() {
        for (host, want) in [
            ("shop.example-shadow", ("shop.example", "")),
            ("shop.example-shadow:8080", ("shop.example", ":8080")),
            ("shop.example", ("shop.example", "")),
            ("shop-shadow.example", ("shop-shadow.example", "")),
            ("-shadow", ("", "")),
            ("", ("", "")),
            (":", (":", "")),
            ("8080", ("8080", "")),
        ] {
            let (name, port) = without_shadow(host.as_bytes());
            assert_eq!((name, port), (want.0.as_bytes(), want.1.as_bytes()), "{host}");
        }
    }
}
