//! How messages go through sidewatch, and through what it is compared with.

use crate::traffic::Request;
use serde::de::IgnoredAny;
use sidewatch::http::Messages;
use sidewatch::{Connection, Transaction};
use std::hint::black_box;

/// One request, whole, through a transaction that is used again.
pub fn judge(transaction: &mut Transaction, request: &[u8]) {
    transaction.reset();
    transaction.request_bytes(black_box(request));
    transaction.request_end();
    black_box(transaction.verdict());
}

/// The same in pieces of `size` bytes.
pub fn judge_in_pieces(transaction: &mut Transaction, request: &[u8], size: usize) {
    transaction.reset();
    black_box(request).chunks(size).for_each(|piece| transaction.request_bytes(piece));
    transaction.request_end();
    black_box(transaction.verdict());
}

/// Several requests, one after the other.
pub fn judge_all(transaction: &mut Transaction, requests: &[Request]) {
    requests.iter().for_each(|request| judge(transaction, &request.bytes));
}

/// A small request and its response through a connection that gets its transactions back.
pub fn answer(connection: &mut Connection, response: &[u8]) {
    connection.client(black_box(crate::bodies::ASKED));
    connection.server(black_box(response));
    let transaction = connection.next_transaction().expect("answered");
    black_box(transaction.verdict());
    connection.recycle(transaction);
}

/// What httparse does with the head of a request: finds the fields, and nothing else.
pub fn httparse_head(request: &[u8]) {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Request::new(&mut fields);
    assert!(black_box(head.parse(black_box(request))).is_ok_and(|status| status.is_complete()));
    black_box(&head);
}

/// What serde_json does with a body that nobody wants: checks its syntax and keeps nothing.
pub fn skip_json(body: &[u8]) {
    black_box(serde_json::from_slice::<IgnoredAny>(black_box(body)).expect("JSON"));
}
