use super::*;
use crate::bytes::wake;
use proptest::prelude::*;

const PLACES: [Place; 11] = [
    Place::Raw,
    Place::Path,
    Place::PathSegment,
    Place::HeaderValue,
    Place::CookieValue,
    Place::JsonValue,
    Place::JsonKey,
    Place::QueryValue,
    Place::QueryName,
    Place::FormValue,
    Place::FormName,
];
const NAMES: &[&str] = &[
    "",
    "q",
    "name",
    "state",
    "role",
    "is_admin",
    "class",
    "@type",
    "constructor",
    "javaClass",
    "rO0ABXNy",
    "KztAAUx",
    "SAMLRequest",
    "org.apache.x",
    "YXZhLmxhbmcuUnVu",
    "user[admin]",
    "customer.role",
    "user-agent",
    "x-requested-with",
    "x-scan-memo",
    "x-filename",
    "authorization",
    "sid",
];
pub(super) const PIECES: &[&str] = &[
    "a",
    "A",
    "e",
    "n",
    "x",
    "1",
    "7",
    "64",
    "ob",
    " ",
    " ",
    " ",
    ",",
    ".",
    "..",
    "-",
    "--",
    "_",
    "__",
    "Garden",
    "chair",
    "price",
    "please",
    "or",
    "and",
    "select",
    "union",
    "from",
    "users",
    "sleep",
    "ping",
    "cat",
    "id",
    "etc",
    "passwd",
    "rc1",
    "class",
    "close",
    "proto",
    "__proto__",
    "constructor",
    "prototype",
    "ignore",
    "ignroe",
    "previous",
    "all",
    "rules",
    "rlues",
    "system",
    "ign0re",
    "base64",
    "basic",
    "rO0AB",
    "KztAAU",
    ": ",
    ": ",
    "X-A17: ",
    "javascript",
    "file",
    "php",
    "system",
    "c",
    "Cs7QAF",
    "aced00057",
    "AAEAAAD",
    "this.c",
    "process.",
    "0x2f",
    "0x27206f72",
    "127.0.0.1",
    "10.1",
    "2024",
    "06",
    "eyJhbGciOiJub25lIn0",
    "eyJzdWIiOiIxIn0",
    "true",
    "yes",
    "on",
    "admin",
    "root",
    "PHNjcmlwdD4",
    "JyBvciAxPTE",
    "3c7363726970743e",
    "YXZhLmxhbmcuUnVu",
    "ADw",
    "AGE",
    "-en",
    "-EncodedCommand",
    "Get",
    "Process",
    "Invoke",
    "http",
    "localhost",
    "metadata",
    "sqlmap",
    "zgrab",
    "oast",
    "esi",
    "tmp",
    "bin",
    "sh",
    "php",
    "win.ini",
    "boot",
    "web.config",
    "env",
    ".env",
    ".git",
    "._",
    ".php",
    "sess_",
    "a._b",
    "q\u{e9}",
    "'",
    "(",
    " (",
    ") ",
    ")",
    ":",
    "/",
    "@",
    " & ",
    "!",
    "! ",
    "?",
    "? ",
    "+",
    "+49 30",
    "10:21",
    "\u{fc}",
    "\u{c7}",
    "\u{e8}",
    "\u{d7}",
    "\u{fc}b\u{fe}",
    "O'Brien",
    "alert",
    "eval",
    "uid",
    "whoami",
    "script",
    "javascript:",
    "data:",
    "https:",
    "//",
    "evil.example",
    "@mail.example",
    "24/10",
    "is",
    "not",
    "null",
    "having",
    "1",
    "=",
    "||",
    ";",
    "waitfor",
    "delay",
    "benchmark",
    "exec",
    "xp_cmdshell",
    "instructions",
    "forget",
    "everything",
    "you",
    "are",
    "now",
    "pretend",
    "reveal",
    "your",
    "prompt",
    "tell",
    "me",
    "text",
    "contains",
    "count",
    "return",
    "match",
    "function",
    "this",
    "where",
    "O:3",
    "a:1",
];

pub(super) fn judged(place: Place, name: &[u8], bytes: &[u8]) -> Hits {
    let kinds = wake(bytes);
    let words = Groups::of(bytes, kinds);
    let value =
        Value { bytes, place, name, wake: kinds, words, trust: Trust::Plain, first: true, last: true };
    let mut hits = Hits::new();
    super::super::judge(&value, Places::NONE, Classes::ALL, &mut hits);
    hits
}

pub(super) fn is_decoded(name: &[u8], bytes: &[u8]) -> bool {
    let mut out = Vec::new();
    decode::woken(bytes, wake(bytes)).filter(|f| f.trust != Trust::Plain || f.is_asked_by(|| name)).any(|f| {
        let decoded =
            decode::part(f.decoder, bytes).map(|part| decode::decode(f.decoder, &bytes[part], &mut out));
        decoded.is_some_and(|d| d.changed || !d.anomalies.is_empty())
    })
}

#[test]
fn plain_values_are_idle_unless_they_say_something() {
    let idle = |name: &str, value: &str| {
        let (place, name, value) = (Place::JsonValue, name.as_bytes(), value.as_bytes());
        is_idle(place, name, value, Classes::ALL) || is_harmless(place, name, value, Classes::ALL)
    };
    for value in
        ["42", "20.90", "-1", "true", "EUR", "GC-17040", "06-01", "Garden chair, foldable", "en-GB", "1"]
    {
        assert!(idle("title", value), "{value}");
    }
    for value in [
        "O'Brien",
        "Children's rake",
        "Zo\u{eb} O'Brien-K\u{f6}hler",
        "+49 30 901820",
        "An der M\u{fc}hle 7 (Hinterhaus)",
        "Hose reel 20 m & nozzle",
        "SPRING-24/10",
        "2024-06-12T10:21:51.337+02:00",
        "wall mount",
        "Wie geht's?",
    ] {
        assert!(idle("title", value), "{value}");
    }
    for value in ["a'b'c", "x' or 'a", "(a=b)", "a:b", "1 or 2--", "admin ", "..", &"a".repeat(65)] {
        assert!(!idle("title", value), "{value}");
    }
    assert!(!idle("role", "admin") && !idle("@type", "x") && idle("name", "admin"));
    assert!(!is_idle(Place::JsonKey, b"constructor", b"prototype", Classes::ALL));
    let header = |name: &str, value: &str| {
        is_idle(Place::HeaderValue, name.as_bytes(), value.as_bytes(), Classes::ALL)
    };
    assert!(header("sec-fetch-mode", "same-origin") && header("dnt", "1"));
    assert!(!header("user-agent", "sqlmap") && !header("x-scan-memo", "1") && !header("x-filename", "a.php"));
    let cookie = |value: &str| is_idle(Place::CookieValue, b"_ga", value.as_bytes(), Classes::ALL);
    assert!(cookie("GA1.2.1042776310.1718000000") && cookie("fb.1.1717924411220.1083371406"));
    assert!(
        !cookie("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.") && !cookie("1 union select 2") && !cookie("../etc")
    );
    assert!(cookie("2024-06-12T10:21:51.337Z") && cookie("24/10") && !cookie("a:1") && !cookie("s%3Aa"));
    for tag in ["\"d41d8cd98f00b204e9800998ecf8427e\"", "W/\"5f9-18ff3a2b1c0\"", "\"64-2d432a5e4a73a\""] {
        assert!(header("if-none-match", tag), "{tag}");
    }
    for tag in ["\"1-or-1-union\"", "\"\"", "\"a b1\"", "\"aced0005770800\"", "X/\"5f918ff\"", "\"5f918ff"] {
        assert!(!header("if-none-match", tag), "{tag}");
    }
    let path = |value: &str| is_idle(Place::Path, b"path", value.as_bytes(), Classes::ALL);
    assert!(path("/api/v2/products/17042") && path("/soil/index.html"));
    assert!(
        !path("/etc/passwd")
            && !path("/.git/config")
            && !path("/a/../b")
            && !path("/backup.sql")
            && !path("//a")
    );
}

#[test]
fn what_grants_a_privilege_is_something_under_its_name_alone() {
    for (name, nothing) in [("role", false), ("user[role]", false), ("q", true)] {
        for place in [Place::QueryValue, Place::FormValue, Place::JsonValue] {
            let told = |text: &str| is_nothing(place, name.as_bytes(), text.as_bytes(), Classes::ALL);
            assert_eq!((told("super_admin"), told("admin")), (nothing, nothing), "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]
    #[test]
    fn nothing_is_found_in_an_idle_value(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..8),
        name in prop::sample::select(NAMES),
        place in prop::sample::select(&PLACES[..]),
    ) {
        let text = pieces.concat();
        let (told, bytes) = (name.as_bytes(), text.as_bytes());
        let nothing = is_idle(place, told, bytes, Classes::ALL) || is_harmless(place, told, bytes, Classes::ALL);
        prop_assert_eq!(nothing, is_nothing(place, told, bytes, Classes::ALL), "{}", text);
        if nothing {
            let hits = judged(place, name.as_bytes(), text.as_bytes());
            prop_assert!(hits.is_empty(), "{} at {:?} {}: {:?}", text, place, name, hits);
            prop_assert!(!is_decoded(name.as_bytes(), text.as_bytes()), "{} of {}", text, name);
        }
    }

    #[test]
    fn nothing_is_found_in_an_idle_path(
        segments in prop::collection::vec(
            prop_oneof![
                prop::sample::select(PIECES),
                prop::sample::select(&[
                    "api", "v2", "products", "17042", "index", "index.html", "garden-chairs", "app.9f3c.js", "WEB-INF", "web.xml", "wp-admin",
                    "config.php.bak", "backup", "cgi-bin", "test.cgi", "proc", "self", "environ", "shadow", "var", "log", "id_rsa", "HEAD", "actuator",
                    "server-status", "phpmyadmin", "solr", "a.b", "C", "c.txt", "boot.ini", "example.com", "10.0.0.1", "b64", "select", "1", "or",
                ][..]),
            ],
            1..5,
        ),
        between in prop::sample::select(&["/", "/", "/", "//", ".", "-"][..]),
        rooted in any::<bool>(),
        place in prop::sample::select(&[Place::Path, Place::PathSegment][..]),
    ) {
        let text = if rooted { "/".to_owned() } else { String::new() } + &segments.join(between);
        let bytes = text.as_bytes();
        if is_idle(place, b"path", bytes, Classes::ALL) || is_harmless(place, b"path", bytes, Classes::ALL) {
            prop_assert!(judged(place, b"path", bytes).is_empty(), "{:?} at {:?}", text, place);
            prop_assert!(!is_decoded(b"path", bytes), "{:?}", text);
        }
    }

    #[test]
    fn what_a_name_says_changes_nothing_about_what_is_idle(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..3),
        name in prop::sample::select(NAMES),
        place in prop::sample::select(&PLACES[5..]),
        cut in any::<prop::sample::Index>(),
    ) {
        let text = pieces.concat();
        let (name, bytes) = (name.as_bytes(), text.as_bytes());
        let bytes = &bytes[..cut.index(bytes.len() + 1)];
        let made = Plain::look(bytes).unwrap_or_default();
        let told = is_idle_under(place, name, under(name), bytes, &made, Classes::ALL);
        if place == Place::JsonValue {
            let (says, behind) = (under(name), "\",\"and so on\":[1,2,3]");
            let text = [bytes, behind.as_bytes()].concat();
            let glance = idle_text(says, block(&text));
            prop_assert!(glance.is_none_or(|len| told && len == bytes.len()), "{:?} of {:?} at a glance", text, name);
            let text = [bytes, &behind.as_bytes()[1..]].concat();
            // It may end sooner.
            let idle = |len: usize| bytes.get(..len).is_some_and(|bytes| is_idle(place, name, bytes, Classes::ALL));
            prop_assert!(idle_scalar(says, block(&text)).is_none_or(idle), "{:?} of {:?} at a glance", text, name);
        }
        let empty = bytes.is_empty() && !names_format(name);
        prop_assert_eq!(told, empty || is_idle(place, name, bytes, Classes::ALL), "{:?} of {:?}", text, name);
    }
}

fn block(text: &[u8]) -> &[u8; STEP] {
    text.first_chunk().expect("long enough")
}

#[test]
fn short_words_and_numbers_are_told_at_a_glance() {
    let behind = "\",\"and so on\":[1,2,3]";
    for value in ["", "a", "EUR", "10115", "20.90", "wall-on", "Berlin", "a,b"] {
        let text = format!("{value}{behind}");
        assert_eq!(idle_text(under(b"state"), block(text.as_bytes())), Some(value.len()), "{value}");
        assert_eq!(idle_text(under(b"@type"), block(text.as_bytes())), None, "{value}");
    }
    for value in ["a b", "a_b", "..", "x1", "ProcessX", "0x", "aced", "\u{e9}", "a\\n", "20.90.1"] {
        let text = format!("{value}{behind}");
        assert_eq!(idle_text(under(b"state"), block(text.as_bytes())), None, "{value}");
    }
    for value in ["true", "false"] {
        let text = format!("{value}{behind}");
        assert_eq!(idle_text(under(b"is_admin"), block(text.as_bytes())), None, "{value}");
    }
    for value in ["true", "false", "null", "0", "1", "12", "0.5", "20.90", "999999"] {
        for end in [",", "}", "]", " ", "\n"] {
            let text = format!("{value}{end}\"and so on\":[1,2,3]");
            assert_eq!(idle_scalar(under(b"n"), block(text.as_bytes())), Some(value.len()), "{value}");
            assert_eq!(idle_scalar(under(b"is_admin"), block(text.as_bytes())), None, "{value}");
        }
        for end in ["\"", "/", "e", ":", "x", ".", ".,", "..,"] {
            let text = format!("{value}{end}\"and so on\":[1,2,3]");
            assert_eq!(idle_scalar(under(b"n"), block(text.as_bytes())), None, "{value}{end}");
        }
    }
    for value in ["00", "01", ".5", "1.", "1..2", "-1", "1e5", "12.3456", "tru", "nul", "", "0.1.2"] {
        let text = format!("{value},\"and so on\":[1,2,3]");
        assert_eq!(idle_scalar(under(b"n"), block(text.as_bytes())), None, "{value}");
    }
}

#[test]
fn fields_of_privilege_are_told_by_their_names() {
    for name in ["role", "is_admin", "user[admin]", "customer.role", "user[roles][]", "IsAdmin", "roles[0]"] {
        assert!(under(name.as_bytes()).privileged, "{name}");
        let value = if name.to_lowercase().contains("admin") { "1" } else { "root" };
        assert!(!judged(Place::FormValue, name.as_bytes(), value.as_bytes()).is_empty(), "{name}");
    }
    for name in ["", "gift", "rol", "street", "user", "administration", &"admin".repeat(11)] {
        assert!(!under(name.as_bytes()).privileged, "{name}");
    }
    for (name, format) in [("title", false), ("@type", true), ("SAMLRequest", true)] {
        assert_eq!(under(name.as_bytes()).format, format, "{name}");
    }
}
