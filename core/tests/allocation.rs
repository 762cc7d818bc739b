//! No allocation on the benign path: ordinary requests through a warm transaction or connection ask for no memory.

mod counting;
mod engine;

use counting::calls;
use sidewatch::http::{Messages, Version};
use sidewatch::{Connection, Engine, Transaction, Verdict};

type Fields = &'static [(&'static str, &'static str)];

/// An ordinary request: name, method, target, header fields, body.
struct Ordinary(&'static str, &'static str, &'static str, Fields, &'static str);

const BROWSER: (&str, &str) = (
    "User-Agent",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
);

const ORDINARY: &[Ordinary] = &[
    Ordinary(
        "browser page",
        "GET",
        "/shop/list?category=garden%20tools&sort=price&page=2&colour=red&colour=green&utm_source=mail",
        &[
            BROWSER,
            (
                "Accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            ),
            ("Accept-Language", "de-DE,de;q=0.9,en;q=0.8"),
            ("Referer", "https://shop.example/shop/?category=garden"),
            (
                "Cookie",
                "sid=d2f1c09ab3714e55; _ga=GA1.2.1042.1718000000; consent=%7B%22ads%22%3Afalse%2C%22v%22%3A2%7D; lang=de",
            ),
            ("Sec-Ch-Ua", "\"Chromium\";v=\"126\", \"Not/A)Brand\";v=\"8\""),
            ("If-None-Match", "W/\"5f3c-18b2a\""),
            (
                "Authorization",
                "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MSIsImV4cCI6MTcyMDAwMDAwMH0.c2lnbmF0dXJlLW9mLXRva2Vu",
            ),
        ],
        "",
    ),
    Ordinary("image", "GET", "/img/2024/06/beach-1600x900.jpg", &[BROWSER, ("Accept", "image/*")], ""),
    Ordinary(
        "JSON",
        "POST",
        "/api/v2/orders",
        &[("Content-Type", "application/json"), ("Accept", "application/json")],
        r#"{"customer":{"name":"Zoë O'Brien","mail":"zoe@mail.example"},"items":[{"sku":"A-17","n":2,"price":19.9},{"sku":"B 4","n":1,"price":5}],"note":"Leave it at the door (left side), please!","gift":false,"at":"2024-06-01T10:00:00Z"}"#,
    ),
    Ordinary(
        "form",
        "POST",
        "/contact",
        &[BROWSER, ("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "https://shop.example")],
        "name=Sean+O%27Brien&mail=sean%40mail.example&text=Hello%2C%0D%0Ado+you+sell+nuts+%26+bolts+%28M8%29%3F+It%27s+urgent.&ok=on",
    ),
    Ordinary(
        "multipart",
        "POST",
        "/upload",
        &[BROWSER, ("Content-Type", "multipart/form-data; boundary=----WebKitFormBoundaryQx")],
        "------WebKitFormBoundaryQx\r\nContent-Disposition: form-data; name=\"album\"\r\n\r\nSummer '24\r\n------WebKitFormBoundaryQx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\nContent-Type: text/csv\r\n\r\nid,name,price\r\n1,\"nuts, small\",2.50\r\n2,bolts,3\r\n------WebKitFormBoundaryQx--\r\n",
    ),
    Ordinary(
        "XML",
        "POST",
        "/soap/orders",
        &[("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", "\"urn:order#place\"")],
        "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><order id=\"7\"><item n='2'>Nuts &amp; bolts</item></order></s:Body></s:Envelope>",
    ),
    Ordinary(
        "GraphQL",
        "POST",
        "/graphql",
        &[("Content-Type", "application/json")],
        r#"{"operationName":"Order","variables":{"id":"41","first":10},"query":"query Order($id: ID!, $first: Int) {\n  order(id: $id) {\n    items(first: $first) { sku price }\n  }\n}"}"#,
    ),
    Ordinary(
        "text",
        "PUT",
        "/notes/4",
        &[("Content-Type", "text/plain")],
        "milk, eggs & bread\n- call Kim at 10:30\n- 50% off?",
    ),
    Ordinary(
        "health check",
        "HEAD",
        "/healthz",
        &[("User-Agent", "kube-probe/1.29"), ("X-Request-Id", "3f2b8c4e-91aa-4c1e-a7f0-2d9b66c01e57")],
        "",
    ),
    Ordinary(
        "search",
        "GET",
        "/search?q=how+to+update+a+table+from+a+select&lang=en&d=eyJwYWdlIjoyLCJzb3J0IjoicHJpY2UifQ%3D%3D",
        &[BROWSER],
        "",
    ),
    Ordinary(
        "form of many fields",
        "POST",
        "/contact",
        &[BROWSER, ("Content-Type", "application/x-www-form-urlencoded")],
        "a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=10&k=11&l=12&m=13&n=14",
    ),
];

impl Ordinary {
    fn bytes(&self) -> Vec<u8> {
        let Ordinary(_, method, target, fields, body) = self;
        let mut out = format!("{method} {target} HTTP/1.1\r\nHost: shop.example\r\n");
        for (name, value) in *fields {
            out += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            out += &format!("Content-Length: {}\r\n", body.len());
        }
        (out + "\r\n" + body).into_bytes()
    }

    fn parts(&self, transaction: &mut Transaction) {
        let Ordinary(_, method, target, fields, body) = self;
        transaction.request_line(method.as_bytes(), target.as_bytes(), Version::Http11);
        transaction.request_header(b"Host", b"shop.example");
        for (name, value) in *fields {
            transaction.request_header(name.as_bytes(), value.as_bytes());
        }
        transaction.request_head_end();
        body.as_bytes().chunks(100).for_each(|piece| transaction.request_body(piece));
        transaction.request_end();
    }
}

fn passes(name: &str, transaction: &Transaction) {
    assert_eq!(transaction.verdict(), Verdict::Pass, "{name}: {:#?}", transaction.findings());
}

/// Does `act` twice to warm up, then holds it to no allocation.
fn holds(name: &str, mut act: impl FnMut()) -> Option<String> {
    act();
    act();
    let number = calls(act);
    (number > 0).then(|| format!("{name}: {number} allocations"))
}

#[test]
fn the_counter_counts() {
    assert_eq!(calls(|| drop(std::hint::black_box(vec![0u8; 100]))), 1);
    assert!(counting::peak(|| drop(std::hint::black_box(vec![0u8; 1000]))) >= 1000);
}

#[test]
fn the_parts_of_ordinary_requests_cost_no_allocation() {
    let mut transaction = Engine::default().transaction();
    let run = |transaction: &mut Transaction, ordinary: &Ordinary| {
        transaction.reset();
        ordinary.parts(transaction);
    };
    ORDINARY.iter().for_each(|ordinary| run(&mut transaction, ordinary));
    let mut wrong = Vec::new();
    for ordinary in ORDINARY {
        wrong.extend(holds(ordinary.0, || run(&mut transaction, ordinary)));
        passes(ordinary.0, &transaction);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_bytes_of_ordinary_requests_cost_no_allocation() {
    for size in [usize::MAX, 700, 64, 1] {
        let mut transaction = Engine::default().transaction();
        let run = |transaction: &mut Transaction, bytes: &[u8]| {
            transaction.reset();
            bytes.chunks(size).for_each(|piece| transaction.request_bytes(piece));
            transaction.request_end();
        };
        let mut wrong = Vec::new();
        for ordinary in ORDINARY {
            let bytes = ordinary.bytes();
            wrong.extend(holds(ordinary.0, || run(&mut transaction, &bytes)));
            passes(ordinary.0, &transaction);
        }
        assert!(wrong.is_empty(), "in pieces of {size}: {wrong:#?}");
    }
}

#[test]
fn a_connection_that_gets_its_transactions_back_costs_no_allocation() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<p>hello</p>";
    let mut connection = Engine::default().connection();
    let run = |connection: &mut Connection, bytes: &[u8], head: bool| {
        connection.client(bytes);
        connection.server(if head { b"HTTP/1.1 204 No Content\r\n\r\n" } else { answer });
        let transaction = connection.next_transaction().expect("answered");
        assert!(transaction.has_response() && transaction.verdict() == Verdict::Pass);
        connection.recycle(transaction);
    };
    let mut wrong = Vec::new();
    for ordinary in ORDINARY {
        let bytes = ordinary.bytes();
        wrong.extend(holds(ordinary.0, || run(&mut connection, &bytes, ordinary.1 == "HEAD")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn ordinary_requests_of_the_cases_cost_no_allocation() {
    let mut transaction = Engine::default().transaction();
    let mut wrong = Vec::new();
    for case in engine::requests().iter().filter(|case| case.verdict == Verdict::Pass.name()) {
        let bytes = case.bytes();
        wrong.extend(holds(&case.name, || {
            transaction.reset();
            transaction.request_bytes(&bytes);
            transaction.request_end();
        }));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
