//! Requests made to be slow: each family is bytes that wake much and mean nothing, of any size.

use crate::bodies::{Sequence, flood};
use std::fmt::Write as _;

/// Sizes at which work has to be in proportion to the bytes.
pub const SIZES: [usize; 4] = [16 << 10, 64 << 10, 256 << 10, 1 << 20];

/// A family of requests.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// What it is made of.
    pub name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A form with one field that holds the text again and again and nothing else.
    Run(&'static str),
    /// The same with a letter or digit put in here and there, in no order: what repeats would be squeezed as padding.
    Form(&'static str),
    /// A text that begins once, and goes on with the rest again and again.
    Text(&'static str, &'static str, &'static str),
    /// A form of words in no order.
    Words(&'static [&'static str]),
    /// A form of single bytes in no order.
    Bytes(&'static [u8]),
    /// Pieces that count: the content type, what comes first, and the piece for each number.
    Counted(&'static str, &'static str, fn(&mut String, usize)),
}

/// Words of the attacked languages with a letter missing or added, and some whole ones: no instruction among them.
const NEAR: &[&str] = &[
    "selec",
    "selected",
    "unions",
    "union",
    "form",
    "from",
    "wher",
    "whereas",
    "or",
    "xor",
    "and",
    "ands",
    "slep(",
    "sleepy",
    "banchmark",
    "inset",
    "into",
    "outfit",
    "havin",
    "casting",
    "char",
    "chr",
    "javascrip:",
    "java script",
    "onclck=",
    "onerro",
    "<scrip",
    "<svgs",
    "<imgs",
    "evaluate(",
    "sytem(",
    "passthru",
    "/etc",
    "passwords",
    "cmd.ex",
    "whoam",
    "cat",
    "wgett",
    "${jnd:",
    "{{x",
    "<%-",
    "<!--",
    "$ned",
    "$were",
    "..",
    "....//",
    "http:/",
    "fil:/",
    "php:/",
    "0x",
    "1=",
    "'='x",
    "%0",
    "&#",
    "\\u00",
];

/// Every family.
pub const FAMILIES: &[Family] = &[
    family("single quotes and nothing else", Kind::Run("'")),
    family("single quotes", Kind::Form("'")),
    family("parentheses", Kind::Form("(")),
    family("block comments", Kind::Form("/**/")),
    family("quotes of all kinds", Kind::Form("'\"`\\'")),
    family("quotes between words", Kind::Form("a' b\" c` ")),
    family("parentheses and nothing else", Kind::Run("(")),
    family("brackets in pairs", Kind::Form("([{<>}])")),
    family("calls", Kind::Form("a(b(c(")),
    family("percent chains", Kind::Form("%2525252525")),
    family("percent of every byte", Kind::Form("%27%20%4f%52%20%31")),
    family("block comments and nothing else", Kind::Run("/**/")),
    family("comments of all kinds", Kind::Form("/*a*/--b\n#c\n//d\n<!--e-->")),
    family("comments never closed", Kind::Form("/*<!--")),
    family("near-miss keywords", Kind::Words(NEAR)),
    family("operators", Kind::Form("1=1||2<>3&&4-5+")),
    family("angle brackets", Kind::Form("<a <b='<c>")),
    family("templates", Kind::Form("{{${<%#{*{")),
    family("shell signs", Kind::Form(";|&`$(\n>a<")),
    family("dots and slashes", Kind::Form("../..\\./")),
    family("schemes", Kind::Form("a://b.c:d@e/")),
    family("escapes", Kind::Form("\\u0027\\x27\\47\\\\")),
    family("dots and digits", Kind::Form("1.1.1.1e1x0x1")),
    family("base64 look-alikes", Kind::Form("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo= ")),
    family("one long base64", Kind::Form("dGhlIGdhcmRlbiBhbmQgdGhlIHNvaWwg")),
    family("hex", Kind::Form("746865206761726465")),
    family("full-width signs", Kind::Form("＇（＜ｓ")),
    family("special bytes in no order", Kind::Bytes(b"'\"`()[]{}<>=;:|&$%#@!*+-/\\,.~^? \n\taA1")),
    family("entities", Kind::Form("&lt;&#39;&#x3c;&amp;amp;")),
    family("entities of XML", Kind::Text("text/xml", "<a>", "&b;&amp;&#60;")),
    family(
        "declarations of entities",
        Kind::Counted("text/xml", "<!DOCTYPE a [", |out, i| _ = write!(out, "<!ENTITY e{i} \"&e;&e;\">")),
    ),
    family("deep JSON lists", Kind::Text("application/json", "", "[")),
    family("deep JSON objects", Kind::Text("application/json", "", "{\"a\":")),
    family("strings of JSON", Kind::Text("application/json", "[", "\"'\\u0027\\\"\",")),
    family(
        "JSON in strings",
        Kind::Text("application/json", "[", "\"{\\\"a\\\":\\\"[1,{\\\\\\\"b\\\\\\\":2}]\\\"}\","),
    ),
    family("deep XML", Kind::Text("text/xml", "", "<a>")),
    family("attributes of XML", Kind::Counted("text/xml", "<a ", |out, i| _ = write!(out, "b{i}='<c' "))),
    family(
        "100,000 parameters",
        Kind::Counted("application/x-www-form-urlencoded", "", |out, i| {
            _ = write!(out, "p{i:05}=v{}&", i % 7)
        }),
    ),
    family(
        "parameters with brackets",
        Kind::Counted("application/x-www-form-urlencoded", "", |out, i| _ = write!(out, "a[b][{i}][]=&")),
    ),
    family(
        "parts of multipart",
        Kind::Text(
            "multipart/form-data; boundary=b",
            "",
            "--b\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n1\r\n",
        ),
    ),
    family(
        "almost boundaries",
        Kind::Text(
            "multipart/form-data; boundary=bbbbbbbb",
            "--bbbbbbbb\r\nContent-Disposition: form-data; name=a\r\n\r\n",
            "\r\n--bbbbbbb",
        ),
    ),
    family(
        "multipart in multipart",
        Kind::Counted("multipart/mixed; boundary=b0", "", |out, i| {
            _ = write!(out, "--b{i}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", i + 1)
        }),
    ),
];

const fn family(name: &'static str, kind: Kind) -> Family {
    Family { name, kind }
}

/// The text as a field of a form holds it: what has a meaning in a form is encoded.
fn field(text: &str) -> String {
    text.replace('&', "%26").replace('+', "%2B").replace('#', "%23")
}

/// Most texts of a size.
const TEXTS: usize = 16;

impl Family {
    /// The requests that stand for the family with bodies of about `size` bytes. One, where each is like the others. What
    /// text in no order costs is a matter of luck, the more so the shorter it is, and the processor learns the branches of a short
    /// one: several, of as many bytes together as the largest size has if they are not too many.
    pub fn requests(&self, size: usize) -> Vec<Vec<u8>> {
        let in_no_order = matches!(self.kind, Kind::Form(_) | Kind::Words(_) | Kind::Bytes(_));
        let number = if in_no_order { (SIZES[SIZES.len() - 1] / size).clamp(1, TEXTS) } else { 1 };
        (0..number as u64).map(|number| self.text(size, number)).collect()
    }

    /// One request of the family with a body of about `size` bytes.
    pub fn request(&self, size: usize) -> Vec<u8> {
        self.text(size, 0)
    }

    /// The request with this number.
    fn text(&self, size: usize, number: u64) -> Vec<u8> {
        let seed = 0x5EED + (number << 32);
        let form = "application/x-www-form-urlencoded";
        let repeated = |first: &str, text: &str| {
            first.to_owned() + &text.repeat((size - first.len()).div_ceil(text.len()))
        };
        match self.kind {
            Kind::Run(text) => flood(form, repeated("q=", &field(text)).as_bytes()),
            Kind::Form(text) => {
                let (text, mut sequence) = (field(text), Sequence::new(seed));
                let mut body = String::from("q=");
                while body.len() < size {
                    body += &text.repeat(1 + sequence.below(4));
                    body.push(char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[sequence.below(36)]));
                }
                flood(form, body.as_bytes())
            }
            Kind::Text(content_type, first, text) => flood(content_type, repeated(first, text).as_bytes()),
            Kind::Words(words) => {
                let mut sequence = Sequence::new(seed);
                let mut body = String::from("q=");
                while body.len() < size {
                    body += &field(sequence.of(words));
                    body.push(' ');
                }
                flood(form, body.as_bytes())
            }
            Kind::Bytes(bytes) => {
                let mut sequence = Sequence::new(seed);
                let mut body = b"q=".to_vec();
                while body.len() < size {
                    match bytes[sequence.below(bytes.len())] {
                        b'&' => body.extend_from_slice(b"%26"),
                        byte => body.push(byte),
                    }
                }
                flood(form, &body)
            }
            Kind::Counted(content_type, first, piece) => {
                let mut body = first.to_owned();
                for i in 0.. {
                    if body.len() >= size {
                        break;
                    }
                    piece(&mut body, i);
                }
                flood(content_type, body.as_bytes())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_size_asked_for() {
        for family in FAMILIES {
            for size in [1 << 10, 16 << 10] {
                let got = family.request(size).len();
                assert!((size..size + 800).contains(&got), "{}: {got} bytes for {size}", family.name);
            }
        }
    }

    #[test]
    fn text_in_no_order_is_several() {
        for family in FAMILIES {
            let requests = family.requests(1 << 16);
            assert_eq!(requests[0], family.request(1 << 16), "{}", family.name);
            let several = matches!(family.kind, Kind::Form(_) | Kind::Words(_) | Kind::Bytes(_));
            assert_eq!(requests.len(), if several { TEXTS } else { 1 }, "{}", family.name);
            assert!(requests.windows(2).all(|two| two[0] != two[1]), "{}", family.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = FAMILIES.iter().map(|family| family.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FAMILIES.len());
    }
}
