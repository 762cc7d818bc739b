//! Requests like those of `traffic/` whose values nobody has sent before: the same bytes in every run.
//!
//! What a client keeps from request to request (its own fields, names of parameters, keys of documents, the shape of
//! each value) stays; numbers, tokens and words of values are others. So it is with requests of everyday traffic, of which no
//! two are the same, while one request again and again leaves nothing to do for what remembers.

use crate::bodies::{Sequence, prose};
use crate::traffic::Request;
use std::ops::Range;

/// Fields that are others with each request.
const FIELDS: [&str; 8] = [
    "cookie",
    "authorization",
    "referer",
    "idempotency-key",
    "x-request-id",
    "x-csrf-token",
    "x-device-id",
    "traceparent",
];
/// Words that mean something to who reads a value.
const KEPT: [&str; 4] = ["true", "false", "null", "https"];
/// Letters and digits from which on they are a token, not a number, a date or a size.
const TOKEN: usize = 5;

/// So many requests like `like`, all different.
pub fn requests(like: &Request, count: usize) -> Vec<Request> {
    let mut writer = Writer { sequence: Sequence::new(0x5EED_0F0D), words: words() };
    (0..count).map(|_| Request::new(&like.name, writer.request(&like.bytes))).collect()
}

/// Words of prose, of four letters and more.
fn words() -> Vec<String> {
    let text = prose(&mut Sequence::new(0x00C0_FFEE), 16 << 10);
    let plain = |word: &&str| word.len() >= 4 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let mut words: Vec<_> = text.split(' ').filter(plain).map(str::to_ascii_lowercase).collect();
    words.sort();
    words.dedup();
    words
}

struct Writer {
    sequence: Sequence,
    words: Vec<String>,
}

impl Writer {
    fn request(&mut self, like: &[u8]) -> Vec<u8> {
        let text = std::str::from_utf8(like).expect("traffic is text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        let body = match body.starts_with('{') {
            true => self.json(body),
            false => self.pairs(body, "&"),
        };
        let mut out = String::new();
        for (number, line) in head.split("\r\n").enumerate() {
            let (name, value) = line.split_once(": ").unwrap_or(("", line));
            let name_of = |known: &str| number > 0 && name.eq_ignore_ascii_case(known);
            let line = if number == 0 || name_of("referer") {
                self.behind_question_mark(line)
            } else if name_of("cookie") {
                format!("{name}: {}", self.pairs(value, "; "))
            } else if name_of("content-length") {
                format!("{name}: {}", body.len())
            } else if FIELDS.iter().any(|known| name_of(known)) {
                format!("{name}: {}", self.value(value))
            } else {
                line.to_owned()
            };
            out += &line;
            out += "\r\n";
        }
        format!("{out}\r\n{body}").into_bytes()
    }

    /// The parameters of an address.
    fn behind_question_mark(&mut self, line: &str) -> String {
        let Some((before, query)) = line.split_once('?') else { return line.to_owned() };
        let (query, behind) = query.split_once(' ').map_or((query, ""), |(query, _)| (query, " HTTP/1.1"));
        format!("{before}?{}{behind}", self.pairs(query, "&"))
    }

    /// Names and values.
    fn pairs(&mut self, text: &str, between: &str) -> String {
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", self.value(value)),
            None => pair.to_owned(),
        };
        text.split(between).map(pair).collect::<Vec<_>>().join(between)
    }

    /// Keys stay, and so does a document of another language in a string.
    fn json(&mut self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, string)) = rest.split_once('"') {
            let mut escaped = false;
            let end = string.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let (string, behind) = string.split_at(end.expect("a string has an end"));
            rest = &behind[1..];
            out += &self.value(before);
            out.push('"');
            let stays = rest.starts_with(':') || string.contains('{');
            out += &if stays { string.to_owned() } else { self.value(string) };
            out.push('"');
        }
        out + &self.value(rest)
    }

    /// A value with other numbers, tokens and words of the same shape.
    fn value(&mut self, value: &str) -> String {
        let mut out = String::with_capacity(value.len());
        let mut at = 0;
        while at < value.len() {
            let run = run_at(value, at);
            if run.is_empty() {
                let next = value[at..].chars().next().map_or(1, char::len_utf8);
                // What an escape stands for stays.
                let escape = match value.as_bytes()[at] {
                    b'%' => 3,
                    b'\\' => 2,
                    _ => next,
                };
                let end = (at + escape).min(value.len());
                out += &value[at..end];
                at = end;
                continue;
            }
            at = run.end;
            // The name of a pair inside.
            match value.as_bytes().get(at) {
                Some(b'=') if !value[run.clone()].starts_with(|c: char| c.is_ascii_digit()) => {
                    out += &value[run]
                }
                _ => self.run(&value[run], &mut out),
            }
        }
        out
    }

    /// A run of letters and digits.
    fn run(&mut self, run: &str, out: &mut String) {
        let digits = run.bytes().any(|b| b.is_ascii_digit());
        if run.starts_with("eyJ") || KEPT.contains(&run) || !digits && run.len() < 4 {
            // JSON in base64, and short words.
            *out += run;
        } else if !digits {
            let word = &self.words[self.sequence.below(self.words.len())];
            match run.as_bytes()[0].is_ascii_uppercase() {
                true => *out += &(word[..1].to_ascii_uppercase() + &word[1..]),
                false => *out += word,
            }
        } else {
            for (at, b) in run.bytes().enumerate() {
                let other = match b {
                    // No number begins with a zero that did not, and what was a date or a time is one.
                    b'0'..=b'9' => {
                        let least = u8::from(at == 0 && b > b'0');
                        let most = if run.len() < TOKEN { b - b'0' } else { 9 };
                        b'0' + least + self.sequence.below(usize::from(most - least) + 1) as u8
                    }
                    b'a'..=b'f' => b'a' + self.sequence.below(6) as u8,
                    b'g'..=b'z' if run.len() >= TOKEN => b'a' + self.sequence.below(26) as u8,
                    b'A'..=b'Z' if run.len() >= TOKEN => b'A' + self.sequence.below(26) as u8,
                    _ => b,
                };
                out.push(char::from(other));
            }
        }
    }
}

/// The letters and digits of ASCII at `at`.
fn run_at(text: &str, at: usize) -> Range<usize> {
    at..at + text.bytes().skip(at).take_while(u8::is_ascii_alphanumeric).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::named;
    use std::collections::HashSet;

    #[test]
    fn names_and_shapes_stay_and_values_are_others() {
        let like = Request::new(
            "x",
            b"GET /a?id=17042&sort=price-asc&q=garden%20tools HTTP/1.1\r\nHost: a\r\nCookie: sid=s%3AqT2v9hX0; lang=de\r\n\r\n".to_vec(),
        );
        for request in requests(&like, 100) {
            let text = String::from_utf8(request.bytes).unwrap();
            assert!(text.starts_with("GET /a?id=") && !text.contains("17042"), "{text}");
            let (query, head) = text.split_once(" HTTP/1.1\r\n").unwrap();
            let [_, sort, q] = query.split('&').collect::<Vec<_>>()[..] else { panic!("{text}") };
            assert!(sort.starts_with("sort=") && sort.contains('-') && q.contains("%20"), "{text}");
            assert!(
                head.starts_with("Host: a\r\nCookie: sid=s%3A") && head.ends_with("; lang=de\r\n\r\n"),
                "{text}"
            );
        }
    }

    #[test]
    fn every_request_is_another_and_as_long_as_it_says() {
        for name in ["chrome-windows-page", "order", "contact-form"] {
            let like = named(name);
            let all = requests(&like, 300);
            assert_eq!(all.iter().map(|r| &r.bytes).collect::<HashSet<_>>().len(), 300, "{name}");
            for request in &all {
                let text = std::str::from_utf8(&request.bytes).unwrap();
                if let Some((_, length)) = text.split_once("Content-Length: ") {
                    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                    assert_eq!(length, request.body().len(), "{text}");
                }
            }
        }
        let order = &requests(&named("order"), 3)[2];
        let keys = |body: &[u8]| {
            let read = serde_json::from_slice::<serde_json::Map<_, serde_json::Value>>(body).unwrap();
            read.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(keys(order.body()), keys(named("order").body()));
    }
}
