//! The head of a 1xx response, kept until it is plain that a final response follows.

use super::field;
use super::side::{Front, Side};
use crate::http::Anomaly;

/// The fields of an interim response. Holds at most a field limit of bytes.
#[derive(Debug, Default)]
pub(super) struct Interim {
    fields: Vec<u8>,
}

impl Interim {
    /// Begins a head.
    pub fn begin(&mut self) {
        self.fields.clear();
    }

    /// A receiver that keeps header fields here and passes the rest on to `out`.
    pub fn store<'a, S>(&'a mut self, limit: usize, out: &'a mut S) -> Store<'a, S> {
        Store { fields: &mut self.fields, limit, out }
    }

    /// Tells the fields as raw text: they do not belong to the final response.
    pub fn tell<S: Side>(&mut self, out: &mut S) {
        if !self.fields.is_empty() {
            out.raw(&self.fields, false);
        }
        self.fields.clear();
    }

    /// Tells the fields as those of the final response.
    pub fn replay<S: Side>(&mut self, out: &mut S) {
        for line in self.fields.split(|&b| b == b'\n').filter(|l| !l.is_empty()) {
            let field = field::parse(line);
            out.header(field.name, field.value);
        }
        self.fields.clear();
    }
}

/// See [`Interim::store`].
pub(super) struct Store<'a, S> {
    fields: &'a mut Vec<u8>,
    limit: usize,
    out: &'a mut S,
}

impl<S: Side> Side for Store<'_, S> {
    fn header(&mut self, name: &[u8], value: &[u8]) {
        if self.fields.len() + name.len() + value.len() + 3 > self.limit {
            self.out.anomaly(Anomaly::FieldTooLong);
            self.out.raw(name, true);
            self.out.raw(b": ", true);
            return self.out.raw(value, false);
        }
        for part in [name, b": ", value, b"\n"] {
            self.fields.extend_from_slice(part);
        }
    }
    fn head_end(&mut self) {}
    fn body(&mut self, piece: &[u8]) {
        self.out.body(piece);
    }
    fn trailer(&mut self, name: &[u8], value: &[u8]) {
        self.out.trailer(name, value);
    }
    fn raw(&mut self, piece: &[u8], more: bool) {
        self.out.raw(piece, more);
    }
    fn end(&mut self) {}
    fn anomaly(&mut self, anomaly: Anomaly) {
        self.out.anomaly(anomaly);
    }
    fn find_start(line: &[u8]) -> Option<usize> {
        S::find_start(line)
    }
    fn front(bytes: &[u8]) -> Front {
        S::front(bytes)
    }
}
