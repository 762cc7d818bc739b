//! A JSON Web Token inside a value: its header and payload become values of their own, and its header is judged.

use super::inspect::{Form, Inspector, Level};
use crate::bytes::{Joiner, Wake, Window};
use crate::decode::Trust;
use crate::detect::jwt::{self, Claims, Token};
use crate::http::{Anomalies, Anomaly};
use crate::points::{Place, Point, Segment, Sink};
use std::sync::Arc;

/// Kinds of byte without which there is no token.
pub(super) const WAKE: Wake = Wake::DOT.or(Wake::ALPHA);

/// Takes the members of one part of a token.
struct Part<'a> {
    inspector: &'a mut Inspector,
    joiner: &'a mut Joiner,
    form: Form,
    claims: &'a mut Claims,
    header: bool,
    anomalies: Anomalies,
}

impl Sink for Part<'_> {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        if let (Segment::Path { text, .. }, Place::JsonValue) = (at.segment(), place) {
            if self.header {
                self.claims.header(text, piece);
            } else {
                self.claims.payload(text, piece);
            }
        }
        let (inspector, form) = (&mut *self.inspector, self.form);
        self.joiner.piece(piece, more, |window| inspector.value(at, place, window, form));
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }
}

impl Inspector {
    /// Reads the first token in the value. Tells whether the value is nothing else (but for a scheme before it), so that
    /// no other decoder need look at it.
    pub(super) fn token(&mut self, at: &Point<'_>, window: &Window<'_>, form: Form) -> bool {
        let bytes = window.bytes;
        if !jwt::may_hold(bytes) {
            return false;
        }
        let Some(token) = jwt::find(bytes) else { return false };
        if form.depth >= self.policy().limits.decode_depth {
            self.anomalies.insert(Anomaly::DecodeTooDeep);
            return false;
        }
        let via = at.then(Segment::Via("jwt"));
        let (policy, mut level) = (Arc::clone(self.policy()), self.take(form.depth));
        let inner = Form { depth: form.depth + 1, trust: form.trust.max(Trust::Layered), ..form };
        let mut claims = Claims::default();
        let Level { bytes: scratch, joiner, json, .. } = &mut *level;
        let header_at = via.then(Segment::Name(b"header"));
        let mut read = false;
        for (name, part) in [(&b"header"[..], token.header), (b"payload", token.payload)] {
            if !Token::decode(part, scratch) || !scratch.trim_ascii_start().starts_with(b"{") {
                continue;
            }
            let header = name == b"header";
            let mut sink = Part {
                inspector: self,
                joiner,
                form: inner,
                claims: &mut claims,
                header,
                anomalies: Anomalies::default(),
            };
            json.get_or_insert_default().read(
                &policy.limits,
                &via.then(Segment::Name(name)),
                scratch,
                &mut sink,
            );
            let odd = sink.anomalies;
            read |= header && !odd.contains(Anomaly::InvalidJson);
            claims.repeated |= header && odd.contains(Anomaly::DuplicateKey);
            if header && !claims.is_token() {
                break;
            }
        }
        let complete = window.last || token.span.end < bytes.len();
        let request = at.name() == b"request";
        claims.judge(&token, request, complete, scratch, &mut |member, value, hit| {
            let at = header_at.then(Segment::Name(member));
            self.tell(&at, Place::JsonValue, value, inner.trust, hit);
        });
        let alone = read && claims.is_token() && token.span.start <= 16 && token.span.end == bytes.len();
        self.put(form.depth, level);
        alone
    }
}
