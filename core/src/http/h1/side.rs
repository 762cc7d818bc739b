//! The two directions behind one face, so that fields, framing and bodies are written once.

use super::{request_line, status_line};
use crate::http::{Anomalies, Anomaly, KnownHeader, Messages};

/// Whether bytes at the front of a stream begin a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// They do.
    Start,
    /// They cannot.
    Other,
    /// More bytes are needed to tell.
    Unknown,
}

/// One direction of [`Messages`].
pub(super) trait Side {
    fn header(&mut self, name: &[u8], value: &[u8]);
    /// See [`Messages::request_header_known`].
    fn header_known(&mut self, _head: &[u8]) -> Option<KnownHeader> {
        None
    }
    /// See [`Messages::request_header_again`].
    fn header_again(&mut self, name: &[u8], value: &[u8]) {
        self.header(name, value);
    }
    /// See [`Messages::request_header_is_plain`].
    fn header_is_plain(&mut self, _name: &[u8], _value: &[u8], _framing: bool) {}
    fn head_end(&mut self);
    fn body(&mut self, piece: &[u8]);
    fn trailer(&mut self, name: &[u8], value: &[u8]);
    fn raw(&mut self, piece: &[u8], more: bool);
    fn end(&mut self);
    fn anomaly(&mut self, anomaly: Anomaly);

    /// Where in a line of bytes out of sync a start line begins, beyond reasonable doubt.
    fn find_start(line: &[u8]) -> Option<usize>;

    /// Whether the next message begins here, judged by its first few bytes.
    fn front(bytes: &[u8]) -> Front;

    fn flags(&mut self, set: Anomalies) {
        if !set.is_empty() {
            set.iter().for_each(|a| self.anomaly(a));
        }
    }
}

/// The client's direction.
pub(super) struct Client<'a, M>(pub &'a mut M);

impl<M: Messages> Side for Client<'_, M> {
    fn header(&mut self, name: &[u8], value: &[u8]) {
        self.0.request_header(name, value);
    }
    #[inline(always)]
    fn header_known(&mut self, head: &[u8]) -> Option<KnownHeader> {
        self.0.request_header_known(head)
    }
    fn header_again(&mut self, name: &[u8], value: &[u8]) {
        self.0.request_header_again(name, value);
    }
    fn header_is_plain(&mut self, name: &[u8], value: &[u8], framing: bool) {
        self.0.request_header_is_plain(name, value, framing);
    }
    fn head_end(&mut self) {
        self.0.request_head_end();
    }
    fn body(&mut self, piece: &[u8]) {
        self.0.request_body(piece);
    }
    fn trailer(&mut self, name: &[u8], value: &[u8]) {
        self.0.request_trailer(name, value);
    }
    fn raw(&mut self, piece: &[u8], more: bool) {
        self.0.request_raw(piece, more);
    }
    fn end(&mut self) {
        self.0.request_end();
    }
    fn anomaly(&mut self, anomaly: Anomaly) {
        self.0.request_anomaly(anomaly);
    }
    fn find_start(line: &[u8]) -> Option<usize> {
        request_line::find(line)
    }
    fn front(bytes: &[u8]) -> Front {
        request_line::front(bytes)
    }
}

/// The server's direction.
pub(super) struct Server<'a, M>(pub &'a mut M);

impl<M: Messages> Side for Server<'_, M> {
    fn header(&mut self, name: &[u8], value: &[u8]) {
        self.0.response_header(name, value);
    }
    fn head_end(&mut self) {
        self.0.response_head_end();
    }
    fn body(&mut self, piece: &[u8]) {
        self.0.response_body(piece);
    }
    fn trailer(&mut self, name: &[u8], value: &[u8]) {
        self.0.response_trailer(name, value);
    }
    fn raw(&mut self, piece: &[u8], more: bool) {
        self.0.response_raw(piece, more);
    }
    fn end(&mut self) {
        self.0.response_end();
    }
    fn anomaly(&mut self, anomaly: Anomaly) {
        self.0.anomaly(anomaly);
    }
    fn find_start(line: &[u8]) -> Option<usize> {
        status_line::find(line)
    }
    fn front(bytes: &[u8]) -> Front {
        status_line::front(bytes)
    }
}
