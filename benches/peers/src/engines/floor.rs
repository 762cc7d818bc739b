//! What no engine can be quicker than: reading the head once, and copying the bytes once.

use super::Engine;
use crate::message::Message;
use std::hint::black_box;

/// `httparse` reads the head.
pub fn httparse() -> Box<dyn Engine> {
    Box::new(Httparse)
}

/// All bytes are copied.
pub fn memcpy(pool: &[Message]) -> Box<dyn Engine> {
    Box::new(Memcpy(vec![0; pool.iter().map(|message| message.raw.len()).max().unwrap_or_default()]))
}

struct Httparse;

impl Engine for Httparse {
    fn version(&self) -> String {
        String::from("reads the head")
    }

    fn inspect(&mut self, _: usize, message: &Message) -> bool {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut fields);
        black_box(head.parse(black_box(&message.raw)).is_err())
    }
}

struct Memcpy(Vec<u8>);

impl Engine for Memcpy {
    fn version(&self) -> String {
        String::from("copies all bytes")
    }

    fn inspect(&mut self, _: usize, message: &Message) -> bool {
        self.0[..message.raw.len()].copy_from_slice(black_box(&message.raw));
        black_box(&mut self.0);
        false
    }
}
