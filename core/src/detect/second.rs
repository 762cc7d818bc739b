//! One instruction that fits two classes is one attack: the hit that says how it is carried stays, the other goes.
//!
//! `<!ENTITY x SYSTEM "file:///etc/hostname">` names a file, but the parser reads it, not `open`: that is XXE, and not
//! path traversal beside it. What goes must lie in the same value and be what the other one does or leads to; two attacks
//! that merely share a value both stay. At attack level only: a hint never silences anything. To add one: a line in
//! [`CARRIES`], or in [`Rule`] if it depends on the technique.

use super::{Class, Hit, Hits, Value};
use crate::points::Place;

/// Confidence from which a hit is an attack at the default sensitivity.
const ATTACK: u8 = 50;

/// When the carried hit goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Always: whatever else is in such a value is what it carries.
    Always,
    /// Where the two lie on common bytes.
    Overlap,
    /// Where it begins within or behind the carrying one.
    Behind,
    /// Where the carrying one is at least as sure, or the carried one is part of what follows its beginning.
    Surer,
}

use Class::*;
use Rule::{Always, Behind, Overlap, Surer};

/// What carries, what is carried, and when.
#[rustfmt::skip]
static CARRIES: &[(Class, &[Class], Rule)] = &[
    // The declaration makes the XML parser open the path or fetch the address.
    (Xxe, &[Ptrav, Ssrf, Rfi, Redir, Upload, Scanner], Always),
    // The command, statement or template names the file it reads.
    (Rce, &[Ptrav], Surer), (Sqli, &[Ptrav], Surer), (Ssti, &[Ptrav], Surer), (Nosqli, &[Ptrav], Surer),
    (Ssi, &[Ptrav, Ssrf], Always),
    // The edge fetches what the element names, and writes what it holds into the page.
    (Esi, &[Ptrav, Ssrf, Rfi, Redir, Crlf, Xss], Behind),
    // What follows the line ends is the header or page that is added.
    (Crlf, &[Xss, Redir], Behind), (Crlf, &[Ptrav], Surer),
    // The URL is included, wherever its path or host leads.
    (Rfi, &[Ptrav, Redir], Overlap),
];

/// Takes out of `hits`, all of one value, what another of them carries; that one is then as sure as either.
#[inline]
pub fn settle(value: &Value<'_>, hits: &mut Hits) {
    if hits.len() > 1 {
        settle_among(value, hits);
    }
}

fn settle_among(value: &Value<'_>, hits: &mut Hits) {
    let mut at = 0;
    while let Some(hit) = hits.get(at) {
        let confidence = hit.confidence;
        let carrier = hits
            .iter()
            .position(|by| by.class != hit.class && by.confidence >= ATTACK && carried(value, by, hit));
        match carrier.and_then(|by| hits.get_mut(by)) {
            Some(by) => {
                by.confidence = by.confidence.max(confidence);
                hits.remove(at);
            }
            None => at += 1,
        }
    }
}

/// Whether the value is the path of a request for a hidden file: `/.htgroup`.
fn hidden(value: &Value<'_>) -> bool {
    value.place == Place::Path && matches!(value.bytes, [b'/', b'.', b, ..] if b.is_ascii_alphabetic())
}

/// Whether `hit` is only what `by` carries.
fn carried(value: &Value<'_>, by: &Hit, hit: &Hit) -> bool {
    match (by.class, hit.class) {
        // A line end in code or a statement, with a word and a colon behind it.
        (Xss | Sqli | Rce | Ssti, Crlf) if hit.confidence < 67 => true,
        (Crlf, _) if by.confidence < 67 => false,
        // The head of a mail in a field of a mail, the head of a response elsewhere.
        (Mail, Crlf) => super::mail::is_field(value.name) || by.technique == "smtp-command",
        (Crlf, Mail) => !super::mail::is_field(value.name) && hit.technique == "header-field",
        // The wrapper hands what it carries to the interpreter.
        (Rce, Ptrav) if hit.technique == "stream-wrapper" && hit.span.start == 0 => false,
        (Ptrav, Rce) if by.technique == "stream-wrapper" => by.span.start == 0,
        // A template expression that makes the call: the call is how the template's engine comes to the command.
        (Ssti, Rce) => {
            by.span.start <= hit.span.start
                && hit.span.end <= by.span.end
                && matches!(
                    hit.technique,
                    "command-call"
                        | "code-call"
                        | "module-load"
                        | "hidden-call"
                        | "java-expression"
                        | "node-object"
                )
        }
        // Steps up to a program: the path is read as a command's, too.
        (Ptrav, Rce) => {
            by.span.start == 0
                && by.confidence > hit.confidence
                && hit.technique == "shell-command"
                && matches!(by.technique, "dot-dot" | "sensitive-file" | "malformed-probe")
        }
        // Where a file that the server runs is put.
        (Upload, Ptrav) if value.place == Place::FileName => true,
        // Entities of its own are how markup and statements in XML are spelt to pass a filter.
        (Xss | Sqli | Rce | Ssti, Xxe) => hit.technique == "internal-entity",
        (Xxe, _) if by.technique == "internal-entity" => false,
        // A stylesheet that calls a language's functions.
        (Xxe, Rce) => by.technique == "xslt-code",
        // An SVG with script harms who opens it; the upload is only its way there.
        (Xss, Upload) => hit.technique == "svg-script",
        (Upload, Xss) if by.technique == "svg-script" => false,
        // A file that the server would run: what it would then do comes second.
        (Upload, Rce | Xss | Ssti | Ssi | Esi | Ptrav | Sqli | Nosqli | Ssrf | Rfi | Ldapi | Xpath) => {
            value.place == Place::FileContent
        }
        // A redirect to a `javascript:` address or a path of steps up that only ends the host.
        (Redir, Xss) => by.technique == "script-url" && matches!(hit.technique, "script-url" | "script-code"),
        (Redir, Ptrav) => {
            hit.technique == "dot-dot"
                || by.technique == "path-trick"
                    && matches!(hit.technique, "malformed-probe" | "path-parameter")
        }
        // A Windows share as it stands.
        (Ptrav, Redir) => {
            hit.technique == "backslash-slash" && matches!(by.technique, "absolute-path" | "sensitive-file")
        }
        // The parameter says what it is meant to hold: an address to fetch, or a file.
        (Ssrf, Ptrav) => {
            by.technique != "scheme" && hit.technique == "stream-wrapper"
                || super::lex::url::names_url(value.name)
        }
        (Ptrav, Ssrf) => hit.technique == "scheme" && !super::lex::url::names_url(value.name),
        (Rfi, Ssrf) => hit.technique == "odd-address",
        // No page links to the file, as to no file of the server itself.
        // A request for a hidden file asks the server's own folder, not the root of its disk.
        (Ptrav, Scanner) => !(hidden(value) && by.technique == "absolute-path"),
        (Scanner, Ptrav) => hidden(value) && hit.technique == "absolute-path",
        // The payload around the address is the attack; that a tester waits there is beside it.
        (Sqli | Xss | Rce | Ssti | Ssrf | Rfi | Xxe | Redir | Nosqli | Ldapi, Scanner) => {
            hit.technique == "callback-host" && hit.confidence < 90
        }
        _ => CARRIES.iter().any(|(carrier, carried, rule)| {
            *carrier == by.class
                && carried.contains(&hit.class)
                && match rule {
                    Always => true,
                    Overlap => by.span.start < hit.span.end && hit.span.start < by.span.end,
                    Behind => by.span.start <= hit.span.start,
                    Surer => by.confidence >= hit.confidence || by.span.start < hit.span.start,
                }
        }),
    }
}

/// Whether a hit of `class` in a decoded form is carried by an attack of one of `outer` in the form it was decoded from:
/// so in documents, whose escapes are part of the document.
pub fn is_carried(outer: super::Classes, class: Class) -> bool {
    outer.contains(Upload)
        && matches!(class, Rce | Xss | Ssti | Ssi | Esi | Ptrav | Sqli | Nosqli | Ssrf | Rfi)
        || outer.contains(Xxe) && matches!(class, Ptrav | Ssrf | Rfi | Redir | Upload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;
    use std::borrow::Cow;

    fn left(
        place: Place,
        name: &str,
        found: &[(Class, &'static str, u8, std::ops::Range<usize>)],
    ) -> Vec<Class> {
        let bytes = [b'x'; 100];
        let (wake, name) = (wake(&bytes), name.as_bytes());
        let words = words(&bytes);
        let value =
            Value { bytes: &bytes, place, name, wake, words, trust: Trust::Plain, first: true, last: true };
        let hit = |f: &(Class, &'static str, u8, std::ops::Range<usize>)| Hit {
            class: f.0,
            technique: f.1,
            confidence: f.2,
            span: f.3.clone(),
            reason: Cow::Borrowed("x"),
        };
        let mut hits: Hits = found.iter().map(hit).collect();
        settle(&value, &mut hits);
        hits.iter().map(|h| h.class).collect()
    }

    #[test]
    fn what_is_carried_goes() {
        let query = Place::QueryValue;
        let entity = (Xxe, "external-entity", 93, 10..60);
        assert_eq!(left(query, "x", &[(Ptrav, "sensitive-file", 95, 30..50), entity.clone()]), [Xxe]);
        assert_eq!(left(query, "x", &[entity, (Sqli, "tautology", 90, 70..90)]), [Xxe, Sqli], "not carried");
        let wrapped = (Xxe, "internal-entity", 52, 0..60);
        assert_eq!(left(query, "x", &[wrapped.clone(), (Xss, "event-handler", 90, 5..50)]), [Xss]);
        assert_eq!(left(query, "x", &[wrapped, (Ptrav, "dot-dot", 90, 5..50)]), [Xxe, Ptrav]);
    }

    #[test]
    fn a_template_that_runs_a_command_is_one_attack_and_a_command_beside_it_another() {
        let query = Place::QueryValue;
        let template = (Ssti, "server-code", 90, 2..40);
        let call = (Rce, "command-call", 80, 10..30);
        let beside = (Rce, "command-call", 80, 30..60);
        assert_eq!(left(query, "x", &[call.clone(), template.clone()]), [Ssti]);
        assert_eq!(left(query, "x", &[beside, template]), [Rce, Ssti]);
        assert_eq!(left(query, "x", &[(Ssti, "engine-object", 40, 0..60), call]), [Ssti, Rce], "a hint");
        let pipe = (Rce, "command-pipe", 88, 0..20);
        assert_eq!(left(query, "x", &[pipe, (Ptrav, "absolute-path", 80, 6..18)]), [Rce]);
    }

    #[test]
    fn what_stays_is_as_sure_as_what_goes() {
        let bytes = [b'x'; 100];
        let (place, wake) = (Place::QueryValue, wake(&bytes));
        let value = Value {
            bytes: &bytes,
            place,
            name: b"x",
            wake,
            words: words(&bytes),
            trust: Trust::Plain,
            first: true,
            last: true,
        };
        let hit = |class, technique, confidence, span| Hit {
            class,
            technique,
            confidence,
            span,
            reason: Cow::Borrowed("x"),
        };
        let mut hits: Hits =
            smallvec::smallvec![hit(Rce, "shell-command", 58, 0..18), hit(Ptrav, "absolute-path", 80, 4..18)];
        settle(&value, &mut hits);
        let left: Vec<_> = hits.iter().map(|h| (h.class, h.confidence)).collect();
        assert_eq!(left, [(Rce, 80)]);
    }

    #[test]
    fn a_hint_silences_nothing() {
        let hint = (Xxe, "external-entity", 40, 10..60);
        assert_eq!(
            left(Place::QueryValue, "x", &[hint, (Ptrav, "sensitive-file", 95, 30..50)]),
            [Xxe, Ptrav]
        );
    }

    #[test]
    fn files_are_judged_by_what_the_server_would_do() {
        let found =
            [(Rce, "php-tag", 88, 0..9), (Upload, "web-shell", 96, 0..2), (Xss, "event-handler", 95, 40..50)];
        assert_eq!(left(Place::FileContent, "file", &found), [Upload]);
        assert_eq!(left(Place::QueryValue, "file", &found), [Rce, Upload, Xss]);
        assert!(
            is_carried(outer(Upload), Rce)
                && !is_carried(outer(Upload), Xxe)
                && !is_carried(outer(Sqli), Ptrav)
        );
    }

    fn outer(class: Class) -> super::super::Classes {
        let mut outer = super::super::Classes::NONE;
        outer.set(class, true);
        outer
    }

    #[test]
    fn the_parameter_says_what_an_address_of_a_file_is() {
        let found = [(Ssrf, "scheme", 72, 0..20), (Ptrav, "file-url", 90, 7..20)];
        assert_eq!(left(Place::QueryValue, "feed_url", &found), [Ssrf]);
        assert_eq!(left(Place::QueryValue, "page", &found), [Ptrav]);
    }
}
