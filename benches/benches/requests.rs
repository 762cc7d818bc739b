//! Ordinary requests through a warm transaction, against `httparse` on the same bytes in the same run.
//!
//! The two take turns in short rounds, so that a machine that is busy or changes its clock slows both. Of the rounds'
//! times per request the median is shown, and the ratio of the medians. `httparse` reads the head alone; sidewatch reads
//! the head and the body, undoes encodings and judges every value for every class.

#![allow(clippy::print_stdout)] // a table is what it is for

use sidewatch::http::Messages;
use sidewatch::{Engine, Transaction, Verdict};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds of each; odd, so that there is a median.
const ROUNDS: usize = 151;
/// How long one round should take.
const ROUND: Duration = Duration::from_millis(4);

fn main() {
    let requests = [("browser GET", browser()), ("JSON POST", json()), ("form POST", form())];
    println!(
        "{:<12} {:>6} {:>12} {:>12} {:>8} {:>10}",
        "request", "bytes", "sidewatch", "httparse", "ratio", "bytes/us"
    );
    for (name, request) in &requests {
        let mut transaction = Engine::default().transaction();
        inspect(&mut transaction, request);
        assert_eq!(transaction.verdict(), Verdict::Pass, "{name}: {:#?}", transaction.findings());
        let (ours, theirs) =
            alternate(|| inspect(&mut transaction, black_box(request)), || parse(black_box(request)));
        println!(
            "{name:<12} {:>6} {:>9.2} us {:>9.3} us {:>8.1} {:>10.0}",
            request.len(),
            ours * 1e6,
            theirs * 1e6,
            ours / theirs,
            request.len() as f64 / (ours * 1e6),
        );
    }
}

fn inspect(transaction: &mut Transaction, request: &[u8]) {
    transaction.reset();
    transaction.request_bytes(request);
    transaction.request_end();
    black_box(transaction.verdict());
}

fn parse(request: &[u8]) {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Request::new(&mut fields);
    assert!(black_box(head.parse(request)).is_ok_and(|status| status.is_complete()));
    black_box(&head);
}

/// The median seconds for one call of each, measured in turns.
fn alternate(mut a: impl FnMut(), mut b: impl FnMut()) -> (f64, f64) {
    let (times_a, times_b) = (calls(&mut a), calls(&mut b));
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_a.push(seconds(&mut a, times_a));
        of_b.push(seconds(&mut b, times_b));
    }
    (median(of_a), median(of_b))
}

/// How many calls a round takes.
fn calls(act: &mut impl FnMut()) -> u32 {
    let mut number = 1;
    while seconds(act, number) * f64::from(number) < ROUND.as_secs_f64() {
        number *= 2;
    }
    number
}

fn seconds(act: &mut impl FnMut(), number: u32) -> f64 {
    let start = Instant::now();
    (0..number).for_each(|_| act());
    start.elapsed().as_secs_f64() / f64::from(number)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A page view of 1,024 bytes.
fn browser() -> Vec<u8> {
    let head = "GET /shop/list?category=garden%20tools&sort=price&page=2&utm_source=newsletter HTTP/1.1\r\n\
        Host: www.shop.example\r\n\
        User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n\
        Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n\
        Accept-Encoding: gzip, deflate, br, zstd\r\n\
        Accept-Language: de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7\r\n\
        Cache-Control: max-age=0\r\n\
        Connection: keep-alive\r\n\
        Referer: https://www.shop.example/shop/?category=garden%20tools&page=1\r\n\
        Sec-Ch-Ua: \"Chromium\";v=\"126\", \"Not/A)Brand\";v=\"8\"\r\n\
        Sec-Ch-Ua-Mobile: ?0\r\n\
        Sec-Ch-Ua-Platform: \"Windows\"\r\n\
        Sec-Fetch-Dest: document\r\n\
        Sec-Fetch-Mode: navigate\r\n\
        Sec-Fetch-Site: same-origin\r\n\
        Sec-Fetch-User: ?1\r\n\
        Upgrade-Insecure-Requests: 1\r\n\
        Cookie: sid=d2f1c09ab3714e55; lang=de; consent=%7B%22ads%22%3Afalse%2C%22v%22%3A2%7D; _ga=GA1.2.1042.1718000000; seen=";
    let fill = 1024 - head.len() - 4;
    let seen: String = "1204,77,981,".chars().cycle().take(fill).collect();
    format!("{head}{seen}\r\n\r\n").into_bytes()
}

/// An order in JSON, about 2 KB.
fn json() -> Vec<u8> {
    let items: Vec<String> = (0..16)
        .map(|i| format!(r#"{{"sku":"A-{}","title":"Garden chair, foldable ({i})","n":{},"price":{}.90,"gift":false}}"#, 1700 + i, i % 3 + 1, 20 + i))
        .collect();
    let body = format!(
        r#"{{"customer":{{"name":"Zoë O'Brien","mail":"zoe@mail.example","phone":"+49 30 901820"}},"items":[{}],"note":"Leave it at the door (left side), please!\nThank you & see you soon.","at":"2024-06-01T10:00:00Z"}}"#,
        items.join(",")
    );
    post("/api/v2/orders", "application/json", &body)
}

/// A form with free text, about 4 KB.
fn form() -> Vec<u8> {
    let text = "Hello%2C+do+you+still+sell+the+chair+with+the+blue+cover%3F+It%27s+for+my+garden+%28north+side%29+%26+should+last.%0D%0A";
    let body = format!(
        "name=Sean+O%27Brien&mail=sean%40mail.example&topic=question&order=A-1704&text={}&copy=on&csrf=5f3c18b2a90d4e77",
        text.repeat(31)
    );
    post("/contact", "application/x-www-form-urlencoded", &body)
}

fn post(target: &str, content_type: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {target} HTTP/1.1\r\nHost: www.shop.example\r\nUser-Agent: shop-app/4.2 (Android 14)\r\nAccept: */*\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
