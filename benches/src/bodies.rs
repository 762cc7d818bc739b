//! Large messages, built: the same bytes in every run.

use crate::traffic::Request;
use std::fmt::Write as _;

/// A mebibyte.
pub const MIB: usize = 1 << 20;

/// The sequence of Marsaglia's xorshift64: the same in every run.
#[derive(Debug)]
pub struct Sequence(u64);

impl Sequence {
    /// The sequence that begins at `seed`, which is not zero.
    pub fn new(seed: u64) -> Sequence {
        Sequence(seed)
    }

    /// The next number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }

    /// One of the list.
    pub fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// Sentences as people write them; among them some with the words that query languages, shells and markup use too.
const SENTENCES: &[&str] = &[
    "The chairs arrived yesterday, and they're lovely.",
    "We ordered them on the 3rd of June; the driver rang twice.",
    "Is the oil (500 ml) the same as the one from the factory?",
    "Water the pots in the morning, or in the evening if it's hot.",
    "Please select a date between Monday and Friday.",
    "You'll find the update in the left drop-down, where it says \"News & dates\".",
    "It costs 39.90 - or 33.53 without tax - from the 1st of May.",
    "My neighbours asked where I'd got it; thank you!",
    "The union of both clubs was decided by 41 votes to 7.",
    "Zoë O'Brien will talk about soil: what to mix, when to dig, how deep.",
    "If the bell doesn't work, leave it at no. 9 (left side).",
    "Tomatoes like sun; lettuce doesn't, and neither do we at 35 °C.",
    "Don't forget to insert the key before you turn the handle.",
    "The table is 1.8 m long and takes 6 people, 8 at a pinch.",
    "Send the form to garden@club.example or call +44 20 7946 0991.",
    "More at https://www.shop.example/garden/soil?page=2#mixing.",
    "Compost needs air, water, time & patience.",
    "Half of the members were against it, 20% had no opinion.",
    "The script of the play is by Seán Möller; the sets are by children from class 4b.",
    "\"As is\" means: no guarantee, no return, no tears.",
    "He said: 'Cut it back by half', and she did.",
    "Group B meets on the 2nd Tuesday of each month at 7:30 pm.",
    "The system of pipes below the green house dates from 1962.",
    "Order by noon and it's there tomorrow; from 3 items on delivery is free.",
    "What a summer! It rained on 24 of 31 days.",
    "Have you tried to open the file with another program?",
    "Delete the old app first, then restart; it takes 5 minutes/phone.",
    "The café by the river is closed until 2 April - a pity.",
    "First prize went to #17, a pumpkin of 211 kg.",
    "All images by the author, unless stated otherwise.",
];
const TITLES: &[&str] = &[
    "Oak or pine? Chairs that last",
    "What's new in spring",
    "Soil & water: the basics",
    "Zoë's garden diary",
    "A table for 6",
    "How to oil wood (and how not to)",
    "Market news 24/2024",
    "From seed to salad in 40 days",
    "Our union with the allotment club",
    "Rain, rain, rain...",
];

/// Prose of `length` bytes or a few more, in paragraphs.
pub fn prose(sequence: &mut Sequence, length: usize) -> String {
    let mut out = String::with_capacity(length + 128);
    while out.len() < length {
        out += sequence.of(SENTENCES);
        out += if sequence.below(6) == 0 { "\n\n" } else { " " };
    }
    out
}

pub(crate) fn post(target: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: www.shop.example\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0\r\n\
         Accept: */*\r\nAccept-Language: en-GB,en;q=0.7\r\nCookie: sid=s%3AmB0c8Yt2Vn5KpQ7LxW3e.Rz1HdS9gUoJ4; lang=en\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

/// A JSON array of articles, of `length` bytes or a little more: prose, numbers, dates, addresses, lists.
pub fn articles(length: usize) -> String {
    let mut sequence = Sequence::new(0x9E37_79B9_7F4A_7C15);
    let mut out = String::from("[");
    for id in 1.. {
        let (day, month) = (1 + sequence.below(28), 1 + sequence.below(12));
        let text = 1500 + sequence.below(2500);
        _ = write!(
            out,
            r#"{{"id":{id},"title":{},"slug":"{}-{}-{id}","published":"2024-{month:02}-{day:02}T08:14:02Z","author":{{"id":{},"name":{}}},"tags":["{}","{}"],"rating":{}.{},"draft":{},"image":"https://img.shop.example/media/{id}_800x600.webp?v={}","text":{}}}"#,
            quoted(sequence.of(TITLES)),
            sequence.of(&["chairs", "tables", "tomatoes", "water", "soil"]),
            sequence.of(&["garden", "house", "market"]),
            sequence.below(500),
            quoted(sequence.of(&["Zoë O'Brien", "Kim (editor)", "Jean-Luc Möller", "Ann"])),
            sequence.of(&["garden", "soil & water", "do-it-yourself"]),
            sequence.of(&["news", "how to", "Q&A"]),
            sequence.below(5),
            sequence.below(10),
            sequence.below(2) == 0,
            sequence.below(9_000_000),
            quoted(&prose(&mut sequence, text)),
        );
        if out.len() >= length {
            break;
        }
        out.push(',');
    }
    out + "]"
}

/// A JSON body of a mebibyte.
pub fn json() -> Request {
    Request::new("JSON 1 MiB", post("/api/v2/articles/import", "application/json", articles(MIB).as_bytes()))
}

/// A form of a mebibyte: a few fields and one long text, as an editor of pages sends it.
pub fn form() -> Request {
    let mut body = String::from(
        "_token=kYw7rQn2-Jt8_vB1uXz0dA5f3c18b2&title=Notes+on+soil+%26+water&lang=en&section=4&text=",
    );
    percent(prose(&mut Sequence::new(0x0D15_EA5E), MIB).as_bytes(), &mut body);
    body += "&summary=typo%2C+%22links%22&minor=on&save=Save+page";
    Request::new("form 1 MiB", post("/wiki/edit/soil", "application/x-www-form-urlencoded", body.as_bytes()))
}

/// Encodes as browsers encode a form.
fn percent(bytes: &[u8], out: &mut String) {
    for &b in bytes {
        match b {
            b' ' => out.push('+'),
            b'\n' => *out += "%0D%0A",
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(char::from(b)),
            _ => _ = write!(out, "%{b:02X}"),
        }
    }
}

/// Bytes without order, as compressed pictures and films have them.
fn binary(length: usize) -> Vec<u8> {
    let mut sequence = Sequence::new(0x2545_F491_4F6C_DD1D);
    (0..length).map(|_| sequence.below(256) as u8).collect()
}

/// An upload of 8 MiB: two fields and a picture.
pub fn upload() -> Request {
    let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"album\"\r\n\r\nSummer '24 (garden)\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"IMG_20240612_1021.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(b"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00");
    body.extend_from_slice(&binary(8 * MIB));
    body.extend_from_slice(b"\xFF\xD9\r\n");
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Request::new(
        "multipart upload 8 MiB",
        post("/albums/7/photos", &format!("multipart/form-data; boundary={boundary}"), &body),
    )
}

/// A body of 8 MiB that is no text.
pub fn octets() -> Request {
    Request::new("octet-stream 8 MiB", post("/backup/chunk/17", "application/octet-stream", &binary(8 * MIB)))
}

/// What a response of [`html`] or [`listing`] answers.
pub const ASKED: &[u8] = b"GET /garden/furniture HTTP/1.1\r\nHost: www.shop.example\r\nAccept: */*\r\n\r\n";

fn response(content_type: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nDate: Wed, 12 Jun 2024 08:21:51 GMT\r\nServer: nginx\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\nConnection: keep-alive\r\nVary: Accept-Encoding\r\nCache-Control: private, max-age=0\r\n\
         Set-Cookie: sid=s%3AqT2v9hX0c7LwRk4Zp1Ym; Path=/; HttpOnly; Secure; SameSite=Lax\r\nX-Request-Id: 7f9c24e8a1b34d0c\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A page of 64 KB with styles, scripts, links and prose.
pub fn html() -> Request {
    let mut sequence = Sequence::new(0x1BAD_B002);
    let mut body = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Garden furniture - Shop</title>\n\
         <link rel=\"stylesheet\" href=\"/static/app.8c1f3a2.css\"><style>.card{display:grid;gap:8px} .price::after{content:\" \\20AC\"}</style>\n\
         <script>window.dataLayer=window.dataLayer||[];function tag(){dataLayer.push(arguments)}tag('js',new Date());\
         document.addEventListener('click',function(e){var b=e.target.closest('[data-buy]');if(b){fetch('/api/basket',{method:'POST',body:JSON.stringify({id:b.dataset.buy})})}});</script>\n</head><body>\n<main>\n",
    );
    for id in 17_000.. {
        if body.len() >= 64 << 10 {
            break;
        }
        _ = write!(
            body,
            "<article class=\"card\" id=\"p{id}\"><a href=\"/item/{id}?from=list&amp;pos={}\"><img src=\"https://img.shop.example/{id}_400.webp\" alt=\"{}\" loading=\"lazy\"></a>\n\
             <h3>{}</h3><p>{}</p><span class=\"price\">{}.90</span><button data-buy=\"{id}\" onclick=\"this.disabled=true\">Add to basket</button></article>\n",
            sequence.below(90),
            sequence.of(&["Chair, oak", "Hose reel", "Rake &amp; shears"]),
            sequence.of(TITLES).replace('&', "&amp;"),
            prose(&mut sequence, 300).replace('&', "&amp;").replace('"', "&quot;"),
            sequence.below(200),
        );
    }
    body += "</main>\n<footer>&copy; 2024 Shop &middot; <a href=\"/imprint\">Imprint</a></footer></body></html>\n";
    Request::new("HTML response 64 KB", response("text/html; charset=utf-8", &body))
}

/// A list of 64 KB in JSON.
pub fn listing() -> Request {
    Request::new("JSON response 64 KB", response("application/json", &articles(64 << 10)))
}

/// A JSON request body of 64 KB.
pub fn small_json() -> Request {
    Request::new(
        "JSON 64 KB",
        post("/api/v2/articles/import", "application/json", articles(64 << 10).as_bytes()),
    )
}

/// A request whose body is `body`; for the floods.
pub fn flood(content_type: &str, body: &[u8]) -> Vec<u8> {
    post("/a", content_type, body)
}
