//! HTML and its kin, as `detect::lex::html` reads them.

use super::{Out, code, declaration, knows};
use crate::detect::lex::html::{Html, Kind, Start};
use crate::detect::lex::js;

/// Elements that are shown by name: the HTML Standard's index of elements, SVG 2 and MathML Core where they run or load
/// something, those of ESI 1.0.
#[rustfmt::skip]
pub(super) const ELEMENTS: &[&str] = &[
    "a", "abbr", "address", "animate", "animatemotion", "animatetransform", "annotation-xml", "applet", "area",
    "article", "aside", "audio", "base", "bgsound", "blockquote", "body", "br", "button", "canvas", "caption",
    "center", "col", "command", "content", "data", "datalist", "details", "dialog", "div", "dl", "embed",
    "esi:assign", "esi:choose", "esi:comment", "esi:debug", "esi:eval", "esi:include", "esi:inline", "esi:remove",
    "esi:try", "esi:vars", "esi:when", "fieldset", "figure", "font", "footer", "foreignobject", "form", "frame",
    "frameset", "h1", "h2", "h3", "head", "header", "hr", "html", "iframe", "image", "img", "input", "isindex",
    "keygen", "label", "layer", "legend", "li", "link", "listing", "main", "map", "marquee", "math", "meta", "meter",
    "mglyph", "mi", "mo", "mtext", "nav", "noembed", "noframes", "noscript", "object", "ol", "optgroup", "option",
    "p", "param", "picture", "plaintext", "pre", "progress", "script", "section", "select", "set", "slot", "small",
    "source", "span", "strong", "style", "svg", "switch", "table", "tbody", "td", "template", "textarea", "tfoot",
    "th", "thead", "time", "title", "tr", "track", "tt", "u", "ul", "use", "var", "video", "xml", "xmp", "xss"
];

/// Attributes that are shown by name: those of the HTML Standard's index that take a URL, script, style or markup.
#[rustfmt::skip]
pub(super) const ATTRIBUTES: &[&str] = &[
    "action", "allow", "archive", "attributename", "autofocus", "background", "begin", "by", "charset", "cite",
    "classid", "code", "codebase", "content", "contenteditable", "data", "dynsrc", "for", "form", "formaction",
    "from", "handler", "href", "http-equiv", "id", "is", "lowsrc", "manifest", "method", "name", "ping", "poster",
    "profile", "rel", "sandbox", "src", "srcdoc", "srcset", "style", "tabindex", "target", "to", "type", "usemap",
    "value", "values", "xlink:href", "xmlns"
];

/// Schemes whose URLs run code, and those that are worth knowing.
#[rustfmt::skip]
pub(super) const RUNS: &[&str] = &[
    "blob", "data", "javascript", "livescript", "vbscript"
];

/// Directives of server-side includes (Apache HTTP Server manual, mod_include).
#[rustfmt::skip]
pub(super) const DIRECTIVES: &[&str] = &[
    "config", "echo", "elif", "else", "endif", "exec", "flastmod", "fsize", "if", "include", "printenv", "set"
];

/// Reads `text`.
pub(super) fn read(text: &[u8], out: &mut Out) {
    let first = text.iter().find(|b| !b.is_ascii_whitespace());
    let start = match first {
        Some(b'"') => Start::DoubleQuoted,
        Some(b'\'') => Start::SingleQuoted,
        Some(_) if text.contains(&b'<') || !text.contains(&b'=') => Start::Data,
        _ => Start::Tag,
    };
    if start == Start::Data && !text.contains(&b'<') {
        return value(text, b"", out);
    }
    let mut html = Html::new(text, start);
    let mut attribute: &[u8] = b"";
    let mut element: &[u8] = b"";
    let mut begun = start != Start::DoubleQuoted && start != Start::SingleQuoted;
    while let Some(token) = html.next() {
        if out.full {
            return;
        }
        let bytes = text.get(token.span.clone()).unwrap_or_default();
        match token.kind {
            Kind::Text if bytes.iter().all(u8::is_ascii_whitespace) => {}
            Kind::Text => out.put("text"),
            Kind::Open => {
                element = bytes.get(1..).unwrap_or_default();
                tag("<", element, out);
            }
            Kind::Close => tag("</", bytes.get(2..).unwrap_or_default(), out),
            Kind::Gap => {}
            Kind::Name => {
                attribute = bytes;
                name(bytes, out);
            }
            Kind::Equals => out.put("="),
            Kind::Value if !begun => {
                out.put("attribute-end");
                begun = true;
            }
            Kind::Value => {
                let inner = html.unquote(&token.span);
                value(text.get(inner).unwrap_or_default(), attribute, out);
            }
            Kind::End => out.put(">"),
            Kind::Comment => comment(bytes, out),
            Kind::Markup => declaration::inside(bytes, out),
            Kind::Cdata => out.put("cdata"),
            Kind::Raw if element.eq_ignore_ascii_case(b"style") => out.put("style"),
            Kind::Raw => code::tokens(bytes, js::Start::Code, out),
        }
    }
}

fn tag(before: &str, name: &[u8], out: &mut Out) {
    if knows(ELEMENTS, name) { out.word(before, name) } else { out.put(&format!("{before}element")) }
}

fn is_handler(name: &[u8]) -> bool {
    let rest = name.get(2..).unwrap_or_default();
    name.get(..2).is_some_and(|on| on.eq_ignore_ascii_case(b"on"))
        && rest.len() >= 2
        && rest.iter().all(u8::is_ascii_alphabetic)
}

fn name(bytes: &[u8], out: &mut Out) {
    if is_handler(bytes) || knows(ATTRIBUTES, bytes) { out.word("", bytes) } else { out.put("attribute") }
}

/// The value of an attribute: script, a URL or something else.
fn value(bytes: &[u8], attribute: &[u8], out: &mut Out) {
    if is_handler(attribute) {
        return code::tokens(bytes, js::Start::Code, out);
    }
    let colon = bytes.iter().position(|&b| b == b':');
    let scheme = colon.and_then(|at| bytes.get(..at)).unwrap_or_default();
    let scheme: Vec<u8> = scheme.iter().copied().filter(u8::is_ascii_graphic).collect();
    match colon {
        Some(at) if knows(RUNS, &scheme) => {
            let mut shown = scheme.to_ascii_lowercase();
            shown.push(b':');
            out.word("", &shown);
            if shown != b"data:" && shown != b"blob:" {
                code::tokens(bytes.get(at + 1..).unwrap_or_default(), js::Start::Code, out);
            }
        }
        _ if bytes.windows(2).any(|w| w == b"//") => out.put("url"),
        _ => out.put("value"),
    }
}

/// A comment; one that begins with `#` is a directive of server-side includes.
fn comment(bytes: &[u8], out: &mut Out) {
    let Some(inner) = bytes.strip_prefix(b"<!--#") else { return out.put("comment") };
    let inner = inner.strip_suffix(b"-->").unwrap_or(inner);
    let inner = inner.trim_ascii_start();
    let end = inner.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(inner.len());
    let (directive, rest) = inner.split_at(end);
    out.put("<!--#");
    if knows(DIRECTIVES, directive) {
        out.word("", directive)
    } else {
        out.put("name")
    }
    for token in Html::new(rest, Start::Tag) {
        match token.kind {
            Kind::Name => out.put("attribute"),
            Kind::Equals => out.put("="),
            Kind::Value => out.put("value"),
            _ => {}
        }
    }
    out.put("-->");
}
