//! Which of several hits in one value name the attack, where one thing was read twice.
//!
//! A template expression that runs a command is read by the detector of templates and, the call inside it, by that of
//! commands: `{{ page.__globals__.os.popen('w') }}`. A command that reads a file is read by the detector of
//! commands and, its operand, by that of paths: `; cat /etc/hosts`. Both are right, but an operator wants the one name
//! that says what would happen. The rule: where a hit's span holds the whole of another's, and what the inner one
//! saw is a part of what the outer one does, the inner one is left out. What stands outside the span is a hit of its own.

use super::{Class, Hit, Hits};

/// Leaves out the hits that are parts of what another hit of the same value does, which is then as sure as they were.
pub(super) fn settle(hits: &mut Hits) {
    let mut at = 0;
    while let Some(inner) = hits.get(at) {
        let confidence = inner.confidence;
        match hits.iter().position(|outer| holds(outer, inner)).and_then(|n| hits.get_mut(n)) {
            Some(outer) => {
                outer.confidence = outer.confidence.max(confidence);
                hits.remove(at);
            }
            None => at += 1,
        }
    }
}

/// Whether `outer` is an instruction of which `inner` is a part.
fn holds(outer: &Hit, inner: &Hit) -> bool {
    // A path is read up to its end, a separator behind it included.
    let inside = outer.span.start <= inner.span.start && inner.span.end <= outer.span.end + 1;
    inside
        && outer.confidence >= 50
        && match (outer.class, inner.class) {
            // The call that a template expression comes to.
            (Class::Ssti, Class::Rce) => matches!(
                inner.technique,
                "command-call"
                    | "code-call"
                    | "module-load"
                    | "hidden-call"
                    | "java-expression"
                    | "node-object"
            ),
            // The file that a command, call or expression is given.
            (Class::Ssti | Class::Rce, Class::Ptrav) => inner.technique != "stream-wrapper",
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;

    fn hit(class: Class, technique: &'static str, confidence: u8, span: Range<usize>) -> Hit {
        Hit { class, technique, confidence, span, reason: "".into() }
    }

    fn left(hits: &[Hit]) -> Vec<&'static str> {
        let mut hits = Hits::from_vec(hits.to_vec());
        settle(&mut hits);
        hits.iter().map(|h| h.technique).collect()
    }

    #[test]
    fn parts_of_an_instruction_are_left_out_and_what_stands_beside_it_is_not() {
        let template = hit(Class::Ssti, "server-code", 90, 2..40);
        let call = hit(Class::Rce, "command-call", 80, 10..30);
        let beside = hit(Class::Rce, "command-call", 80, 30..60);
        let pipe = hit(Class::Rce, "command-pipe", 88, 0..20);
        let path = hit(Class::Ptrav, "absolute-path", 80, 6..18);
        let script = hit(Class::Xss, "script-element", 90, 6..18);
        let weak = hit(Class::Ssti, "engine-object", 40, 0..60);
        assert_eq!(left(&[call.clone(), template.clone()]), ["server-code"]);
        assert_eq!(left(&[beside.clone(), template]), ["command-call", "server-code"]);
        assert_eq!(left(&[pipe.clone(), path.clone()]), ["command-pipe"]);
        let weaker = hit(Class::Rce, "shell-command", 58, 0..18);
        let mut both = Hits::from_vec(vec![weaker, path.clone()]);
        settle(&mut both);
        assert_eq!(both.iter().map(|h| h.confidence).collect::<Vec<_>>(), [80]);
        assert_eq!(left(&[pipe, script]), ["command-pipe", "script-element"]);
        assert_eq!(left(&[beside.clone(), weak, path]), ["command-call", "engine-object", "absolute-path"]);
    }
}
