//! Where the expressions of template engines stand in a value.
//!
//! One pass finds the innermost expressions of every engine's delimiters: an opener inside an expression begins a new
//! one, so each byte belongs to at most one expression and the work is linear whatever is nested.

use crate::bytes::{Places, Sought, Triples};
use std::ops::Range;

/// Delimiters, by what stands between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{{ }}`: Jinja2, Twig, Nunjucks, Liquid, Handlebars, Go, also `${{ }}` and `{{{ }}}`.
    Double,
    /// `{% %}`, `[% %]`: statements of the same and of Template Toolkit.
    Statement,
    /// `${ }`, `#{ }`, `*{ }`, `~{ }`, `@{ }`, `%{ }`: Freemarker, Mako, EL, Thymeleaf, Pug, Ruby, Razor; the byte before it.
    Marked(u8),
    /// `<% %>`, `<%= %>`: ERB, EJS, ASP, JSP, Mako.
    Percent,
    /// `[[ ]]`, `[( )]`, `[= ]`: Thymeleaf's inlining, Freemarker's square brackets.
    Square,
    /// `{ }`: Smarty, Latte.
    Single,
}

/// An expression: its delimiters and what they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The delimiters.
    pub kind: Kind,
    /// The bytes between them.
    pub inner: Range<usize>,
    /// The whole.
    pub span: Range<usize>,
    /// Whether the end delimiter is there.
    pub closed: bool,
}

/// The bytes that delimiters begin with, with what makes them one: a sign of prose or markup is none by itself.
static MARKS: Triples = Triples::NONE
    .with(0, [b"{}", b"", b""])
    .with(1, [b"]", b"", b""])
    .with(2, [b"[", b"%[(=", b""])
    .with(3, [b"<", b"%", b""])
    .with(4, [b")", b"]", b""])
    .with(5, [b"%", b"}]>", b""]);

/// Calls `each` with every innermost expression in `bytes`.
pub fn expressions(bytes: &[u8], each: impl FnMut(&Expression)) {
    expressions_of(bytes, MARKS.places(bytes), each);
}

/// The same, with the `marks` that are looked at.
fn expressions_of<S: Sought>(bytes: &[u8], mut marks: Places<'_, S>, mut each: impl FnMut(&Expression)) {
    let byte = |n: usize| bytes.get(n).copied().unwrap_or(0);
    let mut open: Option<(Kind, usize, usize)> = None;
    let mut depth = 0u32;
    // PERF: most bytes neither open nor close anything; where they do is told for 64 at once.
    while let Some(at) = marks.next() {
        let (b, next) = (byte(at), byte(at + 1));
        if open.is_none() && !matches!(b, b'{' | b'[' | b'<') {
            continue;
        }
        let before = at.checked_sub(1).map_or(0, byte);
        let opener = match b {
            b'{' if next == b'{' => {
                let run = bytes.get(at..).unwrap_or_default().iter().take_while(|b| **b == b'{').count();
                Some((Kind::Double, at, at + run))
            }
            b'{' if next == b'%' => Some((Kind::Statement, at, at + 2)),
            b'{' if matches!(before, b'$' | b'#' | b'*' | b'~' | b'@' | b'%') => {
                Some((Kind::Marked(before), at - 1, at + 1))
            }
            b'{' if matches!(open, None | Some((Kind::Single, ..))) => Some((Kind::Single, at, at + 1)),
            b'[' if next == b'%' => Some((Kind::Statement, at, at + 2)),
            b'<' if next == b'%' => Some((Kind::Percent, at, at + 2)),
            b'[' if matches!(next, b'[' | b'(' | b'=') && open.is_none() => Some((Kind::Square, at, at + 2)),
            _ => None,
        };
        if let Some((kind, start, inner)) = opener {
            open = Some((kind, start, inner));
            depth = 0;
            marks.skip_to(inner);
            continue;
        }
        if let Some((kind, start, inner)) = open {
            let end = match kind {
                Kind::Double if b == b'}' && next == b'}' => 2,
                Kind::Statement if b == b'%' && matches!(next, b'}' | b']') => 2,
                Kind::Percent if b == b'%' && next == b'>' => 2,
                Kind::Square if b == b']' && (next == b']' || byte(start + 1) == b'=') => 1,
                Kind::Square if b == b')' && next == b']' => 2,
                Kind::Marked(_) | Kind::Single if b == b'}' && depth == 0 => 1,
                Kind::Marked(_) | Kind::Single => {
                    match b {
                        b'{' => depth += 1,
                        b'}' => depth -= 1,
                        _ => {}
                    }
                    0
                }
                _ => 0,
            };
            if end > 0 {
                each(&Expression {
                    kind,
                    inner: inner..at,
                    span: start..(at + end).min(bytes.len()),
                    closed: true,
                });
                open = None;
                marks.skip_to(at + end);
            }
        }
    }
    if let Some((kind, start, inner)) = open {
        let inner = inner.min(bytes.len());
        each(&Expression { kind, inner: inner..bytes.len(), span: start..bytes.len(), closed: false });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Set;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn signs_that_are_passed_over_are_of_no_expression(
            parts in prop::collection::vec(
                prop::sample::select(&["{", "}", "{{", "}}", "[", "]", "<", ">", "%", "(", ")", "=", "$", "#", " ", "x", "7*7"][..]),
                0..40,
            ),
        ) {
            static SIGNS: Set = Set::of(b"{[<}])%");
            let text = parts.concat();
            let (mut some, mut all) = (Vec::new(), Vec::new());
            expressions(text.as_bytes(), |e| some.push(e.clone()));
            expressions_of(text.as_bytes(), SIGNS.places(text.as_bytes()), |e| all.push(e.clone()));
            prop_assert_eq!(some, all, "{}", text);
        }
    }

    #[test]
    fn the_innermost_expressions_are_found() {
        let read = |text: &str| {
            let mut all = Vec::new();
            expressions(text.as_bytes(), |e| all.push((e.kind, text[e.inner.clone()].to_owned(), e.closed)));
            all
        };
        let s = |text: &str| text.to_owned();
        assert_eq!(
            read("a{{b}}c{% d %}<%=e%>${f{g}}#{h"),
            [
                (Kind::Double, s("b"), true),
                (Kind::Statement, s(" d "), true),
                (Kind::Percent, s("=e"), true),
                (Kind::Marked(b'$'), s("f{g}"), true),
                (Kind::Marked(b'#'), s("h"), false),
            ]
        );
        assert_eq!(read("${{1}}"), [(Kind::Double, s("1"), true)]);
        assert_eq!(read("__${a}__"), [(Kind::Marked(b'$'), s("a"), true)]);
        assert_eq!(read("[[${a}]]"), [(Kind::Marked(b'$'), s("a"), true)]);
        assert_eq!(read("{php}x{/php}"), [(Kind::Single, s("php"), true), (Kind::Single, s("/php"), true)]);
    }
}
