//! Server-side request forgery (CWE-918).
//!
//! What comes in: a value an application may fetch. What goes out: a hit if the URL leads to a cloud's metadata
//! service, the server itself, its network, or uses a scheme that speaks to internal services. What always holds: the
//! host is read as fetchers read it ([`Host`]), so its spelling does not matter, except that an odd one is evidence.
//! To add a port or scheme: the tables below; a host: `lex/url.rs`.
//!
//! Fires: `http://169.254.169.254/latest/meta-data/`, `http://2130706433:6379/`, `gopher://10.0.0.5:6379/_INFO`,
//! `http://a@127.0.0.1:22/`. Must not: `https://example.com/page`, `http://localhost:3000` in Origin or as the redirect
//! of a native application (RFC 8252), `127.0.0.1` as an address in a log line. Sources: CWE-918; the metadata services'
//! documentation (AWS, Google Cloud, Azure, Alibaba, Oracle, DigitalOcean); RFC 8252 section 7.3; curl's list of schemes.

pub(super) mod techniques;

use super::lex::url::{self, Host, Reach, Url, names_url};
use super::{Class, Groups, Hit, Hits, Value};
use crate::bytes::{Wake, Words};
use crate::detect::lex::find::find;
use crate::points::Place;
use smallvec::SmallVec;

/// Schemes that speak to more than web servers, the confidence of one in a value, and what it can do.
#[rustfmt::skip]
static SCHEMES: &[(&str, u8, &str)] = &[
    ("gopher", 92, "sends any bytes to any port"),
    ("dict", 85, "sends a line to any port"),
    ("tftp", 80, "sends datagrams"),
    ("ldap", 62, "queries a directory"), ("ldaps", 58, "queries a directory"), ("ldapi", 80, "queries a local directory"),
    ("netdoc", 85, "reads local files (Java)"),
    ("local_file", 85, "reads local files (Python)"),
    ("http+unix", 80, "speaks to a local socket"), ("unix", 60, "speaks to a local socket"),
    ("finger", 60, "sends a line to any port"), ("rmi", 60, "loads Java objects"), ("nfs", 50, "reads a file server"),
    ("jar", 80, "fetches an archive (Java)"),
    ("sftp", 45, "opens an SSH connection"), ("scp", 45, "opens an SSH connection"),
    ("smb", 48, "opens a Windows share and gives away a password hash"),
    ("telnet", 45, "opens a terminal connection"),
    ("imap", 45, "speaks to a mail server"), ("imaps", 45, "speaks to a mail server"), ("pop3", 45, "speaks to a mail server"),
    ("smtp", 45, "speaks to a mail server"), ("rsync", 45, "speaks to a file server"),
    ("redis", 42, "speaks to a database"), ("memcached", 45, "speaks to a cache"),
];

/// Ports of services that trust their network.
#[rustfmt::skip]
static PORTS: &[(u32, &str)] = &[
    (21, "FTP"), (22, "SSH"), (23, "Telnet"), (25, "SMTP"), (53, "DNS"), (110, "POP3"), (111, "portmapper"), (139, "NetBIOS"),
    (143, "IMAP"), (389, "LDAP"), (445, "SMB"), (512, "rexec"), (873, "rsync"), (1433, "SQL Server"), (1521, "Oracle"),
    (2049, "NFS"), (2375, "Docker"), (2379, "etcd"), (3306, "MySQL"), (3389, "RDP"), (5432, "PostgreSQL"), (5984, "CouchDB"),
    (5985, "WinRM"), (6379, "Redis"), (6443, "Kubernetes"), (8500, "Consul"), (9000, "FastCGI"), (9200, "Elasticsearch"),
    (10250, "kubelet"), (11211, "memcached"), (27017, "MongoDB"),
];

/// `known` with a word of each name of a metadata service.
pub(super) const fn words(known: Words) -> Words {
    url::metadata_words(known, Groups::HOSTS.bits())
}

/// Whether a value without a colon could be an address: of a metadata service, or with a share's or host's slashes.
fn may_lead(value: &Value<'_>) -> bool {
    let odd = Wake::HIGH.or(Wake::PERCENT).or(Wake::NEWLINE);
    let start = value.bytes.iter().find(|b| **b > b' ');
    value.words.any(Groups::HOSTS)
        || start.is_some_and(|b| matches!(b, b'0'..=b'9' | b'/' | b'\\'))
        || value.wake.any(odd)
        || value.wake.any(Wake::BLANK) && value.bytes.contains(&b'\t')
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let colon = value.wake.any(Wake::COLON);
    let woken = colon || value.place != Place::Path && may_lead(value);
    if !value.first || bytes.len() < 7 || !woken || own_grammar(value) {
        return;
    }
    let text = bytes.get(bytes.iter().take_while(|b| **b <= b' ').count()..).unwrap_or(b"");
    let text = strip(text, b"url:").or_else(|| strip(text, b"view-source:")).unwrap_or(text);
    let from = bytes.len() - text.len();
    if value.place == Place::Path {
        // `/proxy/http://169.254.169.254/`: a relay takes the rest of the path for a URL.
        if let Some(at) = find(text, b"://") {
            let letters = text.iter().take(at).rev().take_while(|b| b.is_ascii_alphabetic()).count();
            hits.extend(text.get(at - letters..).and_then(|t| url(value, t, from + at - letters)));
        }
        return;
    }
    if let Some(hit) = url(value, text, from).or_else(|| interrupted(value, text)) {
        hits.push(hit);
    } else if let Some(hit) = bare(text, from) {
        hits.push(hit);
    }
}

/// Header fields whose URLs are not fetched: the browser's own, and addresses of the client.
fn own_grammar(value: &Value<'_>) -> bool {
    #[rustfmt::skip]
    static OWN: &[&[u8]] = &[
        b"referer", b"origin", b"user-agent", b"host", b"accept", b"accept-language", b"accept-encoding", b"cookie", b"via",
        b"x-forwarded-for", b"x-real-ip", b"x-forwarded-host", b"forwarded", b"content-type", b"authorization",
    ];
    value.place == Place::HeaderValue && OWN.contains(&value.name)
}

fn strip<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    text.get(..prefix.len())?.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..))?
}

fn hit(technique: &'static str, confidence: u32, span: std::ops::Range<usize>, reason: String) -> Hit {
    Hit {
        class: Class::Ssrf,
        technique,
        confidence: confidence.clamp(1, 99) as u8,
        span,
        reason: reason.into(),
    }
}

/// A metadata address without a scheme, as a whole value.
fn bare(text: &[u8], from: usize) -> Option<Hit> {
    let head = text.get(..49).unwrap_or(text);
    let end = head.iter().position(|b| matches!(b, b'/' | b'?')).unwrap_or(head.len());
    let name = head.get(..end)?;
    let one = name.iter().any(|b| matches!(b, b'.' | b':')) && !name.contains(&b' ');
    if !(7..=48).contains(&name.len()) || !one {
        return None;
    }
    let host = Host::read(name)?;
    let path = text.len() > end + 1;
    (host.reach == Reach::Metadata).then(|| {
        let reason = format!("the value is the address of {}", host.reach.what());
        hit("metadata", if path { 88 } else { 72 }, from..from + end, reason)
    })
}

/// Most bytes before the colon of a scheme that is read.
const SCHEME: usize = 16;

/// A URL with a tab or line end in its scheme or before its host, which fetchers drop (WHATWG URL Standard, "remove all
/// ASCII tab or newline") and filters that look for `http://` do not.
fn interrupted(value: &Value<'_>, text: &[u8]) -> Option<Hit> {
    let cuts = |b: &u8| matches!(b, b'\t' | b'\r' | b'\n');
    let head = text.get(..text.len().min(32))?;
    if !value.wake.any(Wake::BLANK.or(Wake::NEWLINE)) || text.len() > 1024 || !head.iter().any(cuts) {
        return None;
    }
    // Only what the blanks took apart: of lines of text the first ends in no scheme.
    let mut kept = text.iter().filter(|b| !cuts(b));
    let colon = kept.by_ref().take(SCHEME + 1).position(|b| *b == b':')?;
    if !kept.take(2).eq(b"//") || !text.iter().take(colon + 4).any(cuts) {
        return None;
    }
    let joined: SmallVec<[u8; 256]> = text.iter().filter(|b| !cuts(b)).copied().collect();
    let mut hit = url(value, &joined, 0)?;
    hit.span = 0..value.bytes.len();
    if hit.technique == "internal-host" {
        hit.technique = "odd-internal-host";
    }
    hit.confidence = hit.confidence.max(88);
    hit.reason = format!("{}; tabs or line ends inside the URL hide it from filters", hit.reason).into();
    Some(hit)
}

fn url(value: &Value<'_>, text: &[u8], from: usize) -> Option<Hit> {
    let url = Url::read(text, value.place != Place::Path)?;
    let web = url.scheme.is_empty()
        || url.is("http")
        || url.is("https")
        || url.is("ws")
        || url.is("wss")
        || url.is("ftp");
    let scheme = SCHEMES.iter().find(|(s, ..)| url.is(s));
    let netish =
        web || scheme.is_some() || url.slashes >= 2 && Host::read(url.host).is_some_and(Host::is_internal);
    if url.is("file") || !netish {
        return file(value, &url, from, text.len());
    }
    let span = from..from + text.len().saturating_sub(url.rest.len());
    let host = url.innermost();
    let shown = url.host.escape_ascii();
    if let Some((host, confused)) = host {
        let odd = host.odd || confused || url.slashes == 0 && host.address;
        let technique = match host.reach {
            Reach::Metadata => "metadata",
            Reach::Rebinding => "rebinding-host",
            Reach::Public => "odd-address",
            _ if odd => "odd-internal-host",
            _ => "internal-host",
        };
        let mut confidence = match host.reach {
            Reach::Metadata => 95 + u32::from(odd),
            // Where the parameter sends the visitor on, it is the visitor who shall not recognise it.
            Reach::Public if super::redir::is_target(value.name) => 0,
            Reach::Public if odd && host.address => 70,
            Reach::Public if url.host.first() == Some(&b'[') => 52,
            Reach::Public => 0,
            _ if odd => 92,
            Reach::Rebinding => {
                if url.host.iter().any(u8::is_ascii_digit) {
                    85
                } else {
                    60
                }
            }
            _ => plain_internal(value, &url),
        };
        if let Some((_, base, _)) = scheme
            && host.is_internal()
        {
            confidence = confidence.max(u32::from(*base) + 8);
        }
        if confidence > 0 && confidence >= scheme.map_or(0, |s| u32::from(s.1)) {
            let how = if odd { ", written so that a filter does not recognise it" } else { "" };
            let port = url.port.and_then(|p| PORTS.iter().find(|(n, _)| *n == p));
            let service = port.map_or(String::new(), |(n, s)| format!(", port {n} ({s})"));
            let reason = format!("a URL whose host `{shown}`{service} is {}{how}", host.reach.what());
            return Some(hit(technique, confidence, span, reason));
        }
    }
    if let Some((name, confidence, what)) = scheme {
        let mut confidence = u32::from(*confidence);
        // In an address of the query that the server is to fetch, a scheme of another protocol has no business.
        if value.place == Place::QueryValue && names_url(value.name) {
            confidence += 10;
        }
        if value.bytes.iter().take(200).filter(|b| **b == b' ').count() > 3 {
            confidence = confidence.min(45);
        }
        let reason = format!("a URL of the scheme `{name}`, which {what} if the server fetches it");
        return Some(hit("scheme", confidence, span, reason));
    }
    // A host cut up by backslashes: parsers that skip them see a name that filters do not.
    let cut = url.scheme.len() >= 4 && url.rest.iter().take(32).filter(|b| **b == b'\\').count() >= 3;
    (cut && url.host.len() <= 3)
        .then(|| hit("odd-address", 62, span, "a URL whose host is cut up by backslashes".to_string()))
}

/// Confidence of a plainly written internal host in an `http` URL.
fn plain_internal(value: &Value<'_>, url: &Url<'_>) -> u32 {
    let service = url.port.is_some_and(|p| PORTS.iter().any(|(n, _)| *n == p));
    let fetched = names_url(value.name);
    // `redirect_uri` of a native application (RFC 8252), as opposed to a plain `url`.
    let callback = super::redir::is_callback(value.name);
    let loopback = Host::read(url.host).is_some_and(|h| h.reach == Reach::Loopback);
    // Developers' browsers name it in referrers and reports; what the server fetches is another matter.
    let local = url.is_host("localhost") && url.port.is_some_and(|p| p >= 1024);
    let developing = url.is_host("localhost") && (!fetched || local) && !(fetched && manages(url.path()));
    let server = fetched && loopback && !developing;
    let mut confidence = match value.place {
        _ if url.scheme.is_empty() => 30,
        Place::QueryValue | Place::QueryName | Place::Path => 60,
        Place::FormValue => 55,
        Place::JsonValue | Place::CookieValue if server => 55,
        Place::XmlText | Place::XmlAttr if server => 52,
        Place::JsonValue => 45,
        _ => 40,
    };
    if service {
        confidence += 25;
    }
    if (callback || developing) && !service {
        confidence = confidence.min(40);
    }
    if value.bytes.len() > 2048 || value.bytes.iter().take(200).filter(|b| **b == b' ').count() > 3 {
        confidence = confidence.min(40);
    }
    confidence
}

/// Whether a path begins as the pages do that manage a server or show its state, which a developer's own application does
/// not have: Tomcat, Spring Boot, Apache, NGINX, JBoss, Jolokia, Elasticsearch, CouchDB, Solr (their manuals).
fn manages(path: &[u8]) -> bool {
    #[rustfmt::skip]
    static PAGES: &[&str] = &[
        "manager", "host-manager", "actuator", "server-status", "server-info", "nginx_status", "jmx-console", "web-console",
        "jolokia", "_cat", "_cluster", "_all_dbs", "_config", "solr",
    ];
    // Steps that lead nowhere are taken out before a path is looked up (RFC 3986 section 5.2.4).
    let idle = |s: &[u8]| s.is_empty() || s == b"." || s.eq_ignore_ascii_case(b"%2e");
    let first = path.split(|b| *b == b'/').take(8).find(|s| !idle(s)).unwrap_or(b"");
    PAGES.iter().any(|p| first.eq_ignore_ascii_case(p.as_bytes()))
}

/// A `file:` URL: the server's own disk.
fn file(value: &Value<'_>, url: &Url<'_>, from: usize, len: usize) -> Option<Hit> {
    if !url.is("file") || value.wake.any(Wake::BLANK) && value.bytes.len() > 120 {
        return None;
    }
    let name = url.host;
    let windows =
        url.path().get(..3).is_some_and(|p| matches!(p, [b'/', d, b':'] if d.is_ascii_alphabetic()));
    // Pages opened from a visitor's own disk report such addresses to analytics.
    let page = matches!(url.ending(), b"html" | b"htm" | b"pdf");
    let confidence = match value.place {
        _ if page || windows && value.place == Place::JsonValue => 35,
        Place::QueryValue | Place::FormValue | Place::XmlText | Place::XmlAttr => 72,
        _ => 55,
    };
    let reason = format!(
        "a `file:` URL{}: the server would read its own disk",
        if name.is_empty() { "" } else { " with a host" }
    );
    Some(hit("scheme", confidence, from..from + len, reason))
}
