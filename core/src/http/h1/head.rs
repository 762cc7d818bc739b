//! A block of field lines: the header section, or the trailer section of a chunked body.

use super::Bounds;
use super::chars::{is_blank, is_ows, trim};
use super::field::{self, is_field};
use super::framing::{Framing, Known, known};
use super::line::{Gathered, Lines};
use super::side::Side;
use crate::http::{Anomalies, Anomaly};

/// Reads field lines up to the empty one. Holds at most one folded field.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// A field that the next line may continue.
    pending: Vec<u8>,
    held: bool,
    /// Fields seen.
    fields: usize,
    /// Whether the rest of an overlong line is under way.
    rest: bool,
    /// Whether the line before held blanks only: some readers end the head there.
    blank: bool,
    trailer: bool,
}

impl Head {
    /// Begins a block.
    pub fn start(&mut self, trailer: bool) {
        self.pending.clear();
        (self.held, self.fields, self.rest, self.blank) = (false, 0, false, false);
        self.trailer = trailer;
    }

    /// Tells that the start line was cut: its rest comes first.
    pub fn after_cut_line(&mut self) {
        self.rest = true;
    }

    /// Reads on; true when the block has ended.
    pub fn feed<S: Side>(
        &mut self,
        lines: &mut Lines,
        input: &mut &[u8],
        framing: &mut Framing,
        bounds: Bounds,
        out: &mut S,
    ) -> bool {
        loop {
            if self.rest {
                if !lines.rest(input, out) {
                    return false;
                }
                self.rest = false;
            }
            if !self.trailer && !self.held && !self.blank {
                if lines.is_empty() {
                    // PERF: a part of a line need not be looked at.
                    if lines.begin(input, bounds.field) {
                        return false;
                    }
                    if self.at_once(input, framing, bounds, out) {
                        return true;
                    }
                    if lines.begin(input, bounds.field) {
                        return false;
                    }
                } else {
                    match lines.gather(input, bounds.field) {
                        Gathered::Part => return false,
                        Gathered::Line(line) if ends_line(input) => {
                            let mut line = line;
                            let (line, framing) = (&mut line, &mut *framing);
                            if self.known_joined(line, framing, bounds, out)
                                || self.plain(line, true, bounds, out)
                            {
                                lines.clear();
                                continue;
                            }
                        }
                        Gathered::Line(_) | Gathered::Other => {}
                    }
                }
            }
            if let Some(ended) = self.line(lines, input, framing, bounds, out) {
                return ended;
            }
        }
    }

    /// Takes lines that lie whole in the input and are written as nearly all are. Whether they end the block.
    ///
    /// PERF: nearly every field was sent before, byte for byte; one that is known is not taken apart.
    #[inline]
    fn at_once<S: Side>(
        &mut self,
        input: &mut &[u8],
        framing: &mut Framing,
        bounds: Bounds,
        out: &mut S,
    ) -> bool {
        // PERF: what is left stays in registers.
        let mut left = *input;
        let ended = loop {
            while self.known(&mut left, false, framing, bounds, out) {}
            if let Some(rest) = left.strip_prefix(b"\r\n") {
                left = rest;
                break true;
            }
            if !self.plain(&mut left, false, bounds, out) {
                break false;
            }
        };
        *input = left;
        ended
    }

    /// Tells the field at the front of `input` if the receiver knows its line. `joined` tells that `input` is one line, and
    /// that it is over.
    #[inline(always)]
    fn known<S: Side>(
        &mut self,
        input: &mut &[u8],
        joined: bool,
        framing: &mut Framing,
        bounds: Bounds,
        out: &mut S,
    ) -> bool {
        if self.fields < bounds.headers
            && let Some(known) = out.header_known(input)
            && let Some((line, rest)) = input.split_at_checked(known.line)
            && (if joined { rest.is_empty() } else { ends_line(rest) })
            && line.len() <= bounds.field
        {
            self.fields += 1;
            *input = rest;
            if !known.plain {
                let mut flags = Anomalies::default();
                let (name, value) = (line.get(..known.name), line.get(known.value));
                let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
                framing.field(&field::again(name, value), false, &mut flags);
                out.header_again(name, value);
                out.flags(flags);
            }
            return true;
        }
        false
    }

    /// The same of a line that came in pieces.
    #[inline(never)]
    fn known_joined<S: Side>(
        &mut self,
        line: &mut &[u8],
        framing: &mut Framing,
        bounds: Bounds,
        out: &mut S,
    ) -> bool {
        self.known(line, true, framing, bounds, out)
    }

    /// Tells the field at the front of `input` if it is written as nearly all are and nothing about the message depends on it.
    #[inline(always)]
    fn plain<S: Side>(&mut self, input: &mut &[u8], joined: bool, bounds: Bounds, out: &mut S) -> bool {
        if let Some((name, value, rest)) = field::plainly(input, bounds.field)
            && (if joined { rest.is_empty() } else { ends_line(rest) })
            && known(name) == Known::Other
        {
            self.fields += 1;
            let line = input.get(..input.len() - rest.len()).unwrap_or_default();
            *input = rest;
            if self.fields > bounds.headers {
                out.raw(line.strip_suffix(b"\r\n").unwrap_or(line), false);
                out.anomaly(Anomaly::TooManyHeaders);
            } else {
                out.header(name, value);
                out.header_is_plain(name, value, false);
            }
            return true;
        }
        false
    }

    /// Takes one line, whatever it is. Tells whether the block has ended, or that the next line comes.
    fn line<S: Side>(
        &mut self,
        lines: &mut Lines,
        input: &mut &[u8],
        framing: &mut Framing,
        bounds: Bounds,
        out: &mut S,
    ) -> Option<bool> {
        let before = *input;
        let Some(line) = lines.next(input, bounds.field) else { return Some(false) };
        let (text, place) = (line.text, line.place());
        let blank = std::mem::take(&mut self.blank);
        let over = blank && !text.is_empty() && !text.starts_with(b" ") && !is_field(text);
        if over || self.trailer && S::find_start(text) == Some(0) {
            if self.trailer {
                out.anomaly(Anomaly::ChunkDelimiter);
            }
            self.flush(framing, bounds, out);
            lines.unread(place, 0, before, input);
            return Some(true);
        }
        if line.cut {
            self.flush(framing, bounds, out);
            out.anomaly(Anomaly::FieldTooLong);
            self.field(text, false, framing, bounds, out);
            self.rest = true;
            return None;
        }
        if line.bare_lf {
            out.anomaly(Anomaly::BareLf);
        }
        if line.bare_cr {
            out.anomaly(Anomaly::BareCr);
        }
        let Some(&first) = text.first() else {
            if line.bare_cr && !blank {
                // CR CR LF: not every reader takes it for an empty line.
                self.blank = true;
                return None;
            }
            self.flush(framing, bounds, out);
            return Some(true);
        };
        self.blank = text.iter().copied().all(is_blank);
        if is_ows(first) {
            self.fold(trim(text, is_ows), framing, bounds, out);
            return None;
        }
        self.flush(framing, bounds, out);
        // Told at once if no line can continue it any more.
        if ends_line(input) {
            self.field(text, false, framing, bounds, out);
        } else {
            self.pending.extend_from_slice(text);
            self.held = true;
        }
        None
    }

    /// Tells one field.
    pub fn field<S: Side>(
        &mut self,
        text: &[u8],
        doubtful: bool,
        framing: &mut Framing,
        bounds: Bounds,
        out: &mut S,
    ) {
        let field = field::parse(text);
        let mut flags = field.flags;
        self.tell(&field, text, doubtful, framing, bounds, &mut flags, out);
        if flags.is_empty() && field.plain && !doubtful && !self.trailer {
            out.header_is_plain(field.name, field.value, known(field.name) != Known::Other);
        }
        if flags.contains(Anomaly::BareCr) {
            // The other reading: a CR ends the line.
            for part in text.split(|&b| b == b'\r').skip(1).filter(|p| is_field(p)) {
                self.tell(&field::parse(part), part, true, framing, bounds, &mut flags, out);
            }
        }
        out.flags(flags);
    }

    /// Ends a block whose empty line has not come. True if what is held is not part of it.
    pub fn close<S: Side>(
        &mut self,
        lines: &mut Lines,
        framing: &mut Framing,
        bounds: Bounds,
        out: &mut S,
    ) -> bool {
        if self.rest {
            out.raw(b"", false);
        }
        if lines.is_waiting() && self.line(lines, &mut &[][..], framing, bounds, out) == Some(true) {
            return true;
        }
        self.flush(framing, bounds, out);
        let partial = lines.partial();
        if self.blank && !partial.is_empty() && !is_field(partial) {
            return true;
        }
        let text = trim(partial, |b| b == b'\r');
        if !text.is_empty() {
            self.field(text, false, framing, bounds, out);
        }
        lines.clear();
        false
    }

    #[allow(clippy::too_many_arguments)] // one call, taken apart only so that the second reading can repeat it
    fn tell<S: Side>(
        &mut self,
        field: &field::Field<'_>,
        text: &[u8],
        doubtful: bool,
        framing: &mut Framing,
        bounds: Bounds,
        flags: &mut Anomalies,
        out: &mut S,
    ) {
        self.fields += 1;
        if self.trailer {
            if matches!(known(field.name), Known::ContentLength | Known::TransferEncoding | Known::Host) {
                flags.insert(Anomaly::TrailerFraming);
            }
        } else {
            framing.field(field, doubtful, flags);
        }
        if self.fields > bounds.headers {
            flags.insert(Anomaly::TooManyHeaders);
            out.raw(text, false);
        } else if self.trailer {
            out.trailer(field.name, field.value);
        } else {
            out.header(field.name, field.value);
        }
    }

    fn fold<S: Side>(&mut self, text: &[u8], framing: &mut Framing, bounds: Bounds, out: &mut S) {
        out.anomaly(Anomaly::Folding);
        if !self.held && self.fields == 0 {
            return self.field(text, true, framing, bounds, out);
        }
        if is_field(text) && !self.trailer {
            // The other reading: a line of its own.
            let mut flags = Anomalies::default();
            let field = field::parse(text);
            if matches!(known(field.name), Known::ContentLength | Known::TransferEncoding) {
                framing.field(&field, true, &mut flags);
            }
            out.flags(flags);
        }
        if self.held && self.pending.len() + 1 + text.len() <= bounds.field {
            if !text.is_empty() {
                self.pending.push(b' ');
                self.pending.extend_from_slice(text);
            }
        } else {
            self.flush(framing, bounds, out);
            out.anomaly(Anomaly::FieldTooLong);
            out.raw(text, false);
        }
    }

    fn flush<S: Side>(&mut self, framing: &mut Framing, bounds: Bounds, out: &mut S) {
        if self.held {
            self.held = false;
            let mut text = std::mem::take(&mut self.pending);
            self.field(&text, false, framing, bounds, out);
            text.clear();
            self.pending = text;
        }
    }
}

/// Whether the line before `rest` is known to be over: no line continues it. CR CR LF is no end: a folded line may come
/// after it.
fn ends_line(rest: &[u8]) -> bool {
    match rest {
        [b'\r', b'\n', ..] => true,
        [b'\r', ..] | [] => false,
        [first, ..] => !is_ows(*first),
    }
}
