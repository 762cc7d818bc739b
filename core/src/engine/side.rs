//! What a transaction keeps of one direction: the fields that rule how the body is read, counts, and bodies if asked.

use crate::bytes::is_name;
use crate::decode::Piece;

/// Longest field value kept.
const FIELD: usize = 1 << 10;

/// One direction of a transaction.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Whether the message was seen.
    pub seen: bool,
    /// Bytes of the body as received, transfer coding removed.
    pub body_bytes: u64,
    content_type: Option<Vec<u8>>,
    /// The Content-Encoding fields as one list; empty if there is none.
    pub content_encoding: Vec<u8>,
    /// The beginning of the decoded body, if the policy keeps it.
    pub kept: Kept,
    /// The memory of `content_type` while there is none.
    spare: Vec<u8>,
}

impl Side {
    pub fn reset(&mut self) {
        (self.seen, self.body_bytes) = (false, 0);
        self.content_encoding.clear();
        self.kept.0.clear();
        if let Some(spare) = self.content_type.take() {
            self.spare = spare;
        }
    }

    /// Looks whether the field says how to read the body. Of several Content-Type fields the first counts; several
    /// Content-Encoding fields are one list (RFC 9110 section 5.3).
    pub fn header(&mut self, name: &[u8], value: &[u8]) {
        // PERF: nearly no field has a name of such a length.
        if !matches!(name.len(), 12 | 16) {
            return;
        }
        let value = &value[..value.len().min(FIELD)];
        if is_name(name, b"content-type") && self.content_type.is_none() {
            let mut kept = std::mem::take(&mut self.spare);
            kept.clear();
            kept.extend_from_slice(value);
            self.content_type = Some(kept);
        } else if is_name(name, b"content-encoding") && self.content_encoding.len() < FIELD {
            if !self.content_encoding.is_empty() {
                self.content_encoding.push(b',');
            }
            self.content_encoding.extend_from_slice(value);
        }
    }

    /// The Content-Type field as sent.
    pub fn content_type(&self) -> Option<&[u8]> {
        self.content_type.as_deref()
    }
}

/// The beginning of a decoded body.
#[derive(Debug, Default)]
pub(super) struct Kept(Vec<u8>);

impl Kept {
    /// Adds a piece, up to `limit` bytes in all. What could not be decoded is kept as it came.
    pub fn extend(&mut self, piece: Piece<'_>, limit: usize) {
        let (Piece::Body(bytes) | Piece::Raw(bytes)) = piece;
        let room = limit.saturating_sub(self.0.len());
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// What was kept.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
