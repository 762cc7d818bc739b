//! Content codings: gzip (RFC 1952), zlib and raw deflate (RFC 1950, RFC 1951), as a stream.
//!
//! Bodies are what they are, not what their label says: the first bytes decide, and a label that lies is flagged. Plain
//! text with a label goes through as it is. Several gzip members, optional header fields, wrong checksums, data that
//! stops short: what inflates comes out, the oddity is flagged. What cannot be inflated, what follows the end, and what
//! follows a stop at the budget comes out as [`Piece::Raw`], so that it is judged as it came.
//!
//! The pieces joined, and the anomalies, do not depend on how the input was cut: every decision is taken at a fixed
//! offset of the compressed data.

use crate::http::{Anomalies, Anomaly};
use crate::limits::Limits;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use smallvec::SmallVec;

/// Bytes inflated in one step.
const STEP: usize = 16 << 10;
/// The ratio of the budget is looked at whenever this many compressed bytes have gone in.
const STRIDE: u64 = 512;
/// Output up to which no ratio is a bomb.
const FREE: u64 = 1 << 20;
/// Bytes looked at to tell text from compressed data.
const SNIFF: usize = 16;
/// Most codings one on top of the other.
const LAYERS: usize = 4;

/// One coding of a Content-Encoding (or Transfer-Encoding) field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coding {
    /// `gzip` or `x-gzip`.
    Gzip,
    /// `deflate`: zlib by the specification, raw deflate in the wild.
    Deflate,
}

/// The codings that a Content-Encoding field lists, in the order they were applied. A coding that is not known
/// (`br`, `zstd`) hides the ones before it: they are left out and [`Anomaly::InvalidEncoding`] is raised, as it is for
/// more codings than are undone.
pub fn codings(field: &[u8], anomalies: &mut Anomalies) -> SmallVec<[Coding; LAYERS]> {
    let mut list = SmallVec::new();
    for name in field.split(|&b| b == b',') {
        let name = name.trim_ascii();
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("gzip") || is("x-gzip") {
            list.push(Coding::Gzip);
        } else if is("deflate") {
            list.push(Coding::Deflate);
        } else if !name.is_empty() && !is("identity") {
            anomalies.insert(Anomaly::InvalidEncoding);
            list.clear();
        }
        if list.len() > LAYERS {
            anomalies.insert(Anomaly::InvalidEncoding);
            list.remove(0);
        }
    }
    list
}

/// What comes out. All `Body` pieces come before the first `Raw` one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The body, decoded.
    Body(&'a [u8]),
    /// Bytes that could not be decoded, or were not for want of budget.
    Raw(&'a [u8]),
}

/// Undoes the codings of one body after another. Memory: some 60 KiB for each coding on top of the other, kept for the
/// next body.
#[derive(Debug, Default)]
pub struct Inflate {
    /// The outermost coding first; only `used` of them belong to this body.
    layers: Vec<Layer>,
    used: usize,
    /// Bytes taken.
    taken: u64,
    /// The budget is spent: nothing more is inflated, and bytes are passed on from this offset of the input.
    stop: Option<u64>,
    anomalies: Anomalies,
}

impl Inflate {
    /// Begins a body with these codings, listed in the order they were applied.
    pub fn start(&mut self, codings: &[Coding]) {
        self.used = codings.len().min(LAYERS);
        while self.layers.len() < self.used {
            self.layers.push(Layer::new());
        }
        for (layer, &coding) in self.layers.iter_mut().zip(codings.iter().rev()) {
            layer.start(coding);
        }
        (self.taken, self.stop, self.anomalies) = (0, None, Anomalies::default());
    }

    /// Takes the next bytes of the body.
    pub fn feed(&mut self, limits: &Limits, input: &[u8], mut out: impl FnMut(Piece<'_>)) {
        let mut rest = input;
        while !rest.is_empty() {
            if let Some(stop) = self.stop {
                let skip =
                    usize::try_from(stop.saturating_sub(self.taken)).unwrap_or(usize::MAX).min(rest.len());
                self.taken += rest.len() as u64;
                if skip < rest.len() {
                    out(Piece::Raw(rest.get(skip..).unwrap_or_default()));
                }
                return;
            }
            let stride = (STRIDE - self.taken % STRIDE) as usize;
            let (step, later) = rest.split_at(stride.min(rest.len()));
            rest = later;
            self.taken += step.len() as u64;
            self.step(limits, step, &mut out);
            let whole = self.taken.is_multiple_of(STRIDE);
            let most = self.layers.iter().take(self.used).map(|l| l.given).max().unwrap_or(0);
            if self.stop.is_none() && whole && most > FREE && most / limits.inflate_ratio.max(1) > self.taken
            {
                self.stop = Some(self.taken);
                self.anomalies.insert(Anomaly::DataBomb);
            }
        }
    }

    /// Ends the body: what was held back comes out, and the anomalies of the whole body are returned.
    pub fn finish(&mut self, limits: &Limits, mut out: impl FnMut(Piece<'_>)) -> Anomalies {
        if self.stop.is_none() {
            let mut flow = Flow { limits, anomalies: &mut self.anomalies, out: &mut out, full: false };
            finish(self.layers.get_mut(..self.used).unwrap_or_default(), &mut flow);
        }
        std::mem::take(&mut self.anomalies)
    }

    fn step(&mut self, limits: &Limits, input: &[u8], out: &mut dyn FnMut(Piece<'_>)) {
        let mut flow = Flow { limits, anomalies: &mut self.anomalies, out, full: false };
        pass(self.layers.get_mut(..self.used).unwrap_or_default(), input, &mut flow);
        if flow.full {
            // Where exactly the budget ran out depends on the steps of the layers; the next stride does not.
            self.stop = Some(self.taken.next_multiple_of(STRIDE));
            self.anomalies.insert(Anomaly::DataBomb);
        }
    }
}

/// What the layers share while bytes pass through them.
struct Flow<'f> {
    limits: &'f Limits,
    anomalies: &'f mut Anomalies,
    out: &'f mut dyn FnMut(Piece<'_>),
    /// A layer has given all it may.
    full: bool,
}

/// Hands bytes to the first of `layers`, or out if there is none. Calls itself once per layer, of which there are few.
fn pass(layers: &mut [Layer], bytes: &[u8], flow: &mut Flow<'_>) {
    match layers.split_first_mut() {
        _ if bytes.is_empty() || flow.full => {}
        Some((layer, inner)) => layer.feed(inner, bytes, flow),
        None => (flow.out)(Piece::Body(bytes)),
    }
}

/// Ends the input of `layers`, the outermost first. Nothing happens to one that has ended before.
fn finish(layers: &mut [Layer], flow: &mut Flow<'_>) {
    let mut rest = layers;
    while let Some((layer, inner)) = rest.split_first_mut() {
        layer.finish(inner, flow);
        rest = inner;
    }
}

/// Where in its format a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Collecting the first bytes.
    Sniff,
    /// Not compressed after all: bytes pass through.
    Plain,
    /// In the header of a gzip member.
    Header(Header),
    /// In deflate data.
    Data,
    /// In the checksum (and size) behind it.
    Trailer,
    /// Behind a gzip member, where another may begin.
    Between,
    /// What follows cannot be decoded, for this reason.
    Raw(Anomaly),
    /// Nothing follows.
    Ended,
}

/// The part of a gzip member header that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    Fixed,
    ExtraLength,
    Extra(u16),
    Name,
    Comment,
    Checksum,
}

/// Which container the data lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Gzip,
    Zlib,
    Bare,
}

struct Layer {
    coding: Coding,
    container: Container,
    state: State,
    engine: Decompress,
    /// The first bytes, a header or a trailer, as far as they have come.
    held: SmallVec<[u8; SNIFF]>,
    /// Flags of the gzip member header that are still to be acted upon.
    flags: u8,
    crc: Crc,
    adler: Adler,
    /// Bytes of this gzip member given out, modulo 2^32.
    size: u32,
    /// Bytes given out.
    given: u64,
    out: Box<[u8]>,
}

impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Layer")
            .field("coding", &self.coding)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Layer {
    fn new() -> Layer {
        Layer {
            coding: Coding::Gzip,
            container: Container::Gzip,
            state: State::Sniff,
            engine: Decompress::new(false),
            held: SmallVec::new(),
            flags: 0,
            crc: Crc::new(),
            adler: Adler::default(),
            size: 0,
            given: 0,
            out: vec![0; STEP].into_boxed_slice(),
        }
    }

    fn start(&mut self, coding: Coding) {
        self.coding = coding;
        self.state = State::Sniff;
        self.held.clear();
        self.given = 0;
    }

    fn feed(&mut self, inner: &mut [Layer], bytes: &[u8], flow: &mut Flow<'_>) {
        let mut rest = bytes;
        while !rest.is_empty() && !flow.full {
            rest = match self.state {
                State::Sniff => {
                    let rest = self.hold(rest, SNIFF);
                    if let Some(found) = self.sniff(self.held.len() == SNIFF) {
                        self.open(found, inner, flow);
                    }
                    rest
                }
                State::Plain => {
                    self.given += rest.len() as u64;
                    pass(inner, rest, flow);
                    b""
                }
                State::Header(part) => self.header(part, rest, flow),
                State::Data => self.inflate(inner, rest, flow),
                State::Trailer => self.trailer(inner, rest, flow),
                State::Between => {
                    let rest = self.hold(rest, 2);
                    match *self.held {
                        [0x1f] | [] => {}
                        [0x1f, 0x8b] => self.state = State::Header(Header::Fixed),
                        _ => self.give_up(Anomaly::TrailingData, inner, flow),
                    }
                    rest
                }
                State::Raw(why) => {
                    flow.anomalies.insert(why);
                    (flow.out)(Piece::Raw(rest));
                    b""
                }
                State::Ended => b"",
            };
        }
    }

    /// Holds bytes until there are `until`; returns those behind.
    fn hold<'a>(&mut self, bytes: &'a [u8], until: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(until.saturating_sub(self.held.len()).min(bytes.len()));
        self.held.extend_from_slice(taken);
        rest
    }

    /// What the held bytes are the beginning of; none while more bytes could tell better.
    fn sniff(&self, last: bool) -> Option<Found> {
        match *self.held {
            [0x1f, 0x8b, ..] => return Some(Found::In(Container::Gzip)),
            [] => return None,
            _ if !last => return None,
            _ => {}
        }
        let text = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n');
        Some(match *self.held {
            _ if self.held.iter().all(text) => Found::Plain,
            // RFC 1950 section 2.2: method 8, a window of at most 32 KiB, no preset dictionary, a multiple of 31.
            [method, flags, ..]
                if method & 0x8f == 8
                    && flags & 0x20 == 0
                    && (u16::from(method) << 8 | u16::from(flags)) % 31 == 0 =>
            {
                Found::In(Container::Zlib)
            }
            _ => Found::In(Container::Bare),
        })
    }

    /// Acts on what was found and goes over the held bytes again.
    fn open(&mut self, found: Found, inner: &mut [Layer], flow: &mut Flow<'_>) {
        let held = std::mem::take(&mut self.held);
        let container = match found {
            Found::Plain => {
                flow.anomalies.insert(Anomaly::InvalidEncoding);
                self.state = State::Plain;
                return self.feed(inner, &held, flow);
            }
            Found::In(container) => container,
        };
        self.container = container;
        if (container == Container::Gzip) != (self.coding == Coding::Gzip) {
            flow.anomalies.insert(Anomaly::InvalidEncoding);
        }
        let data = match container {
            Container::Gzip => {
                self.state = State::Header(Header::Fixed);
                return self.feed(inner, &held, flow);
            }
            Container::Zlib => held.get(2..).unwrap_or_default(),
            Container::Bare => {
                // Trying costs nothing yet: what is no deflate data within its first bytes is passed on whole.
                self.engine.reset(false);
                if self.engine.decompress(&held, &mut self.out, FlushDecompress::None).is_err() {
                    flow.anomalies.insert(Anomaly::InvalidEncoding);
                    self.state = State::Plain;
                    return self.feed(inner, &held, flow);
                }
                &held
            }
        };
        self.begin();
        self.feed(inner, data, flow);
    }

    fn begin(&mut self) {
        self.engine.reset(false);
        self.crc.reset();
        self.adler = Adler::default();
        self.size = 0;
        self.held.clear();
        self.state = State::Data;
    }

    fn header<'a>(&mut self, part: Header, bytes: &'a [u8], flow: &mut Flow<'_>) -> &'a [u8] {
        const RESERVED: u8 = 0xe0;
        let until = match part {
            Header::Fixed => 10,
            Header::ExtraLength | Header::Checksum => 2,
            Header::Extra(0) => 0,
            Header::Extra(left) => {
                let skip = bytes.len().min(left.into());
                self.state = State::Header(Header::Extra(left - skip as u16));
                return bytes.get(skip..).unwrap_or_default();
            }
            Header::Name | Header::Comment => {
                let end = memchr::memchr(0, bytes);
                if end.is_some() {
                    self.next_part();
                }
                return end.and_then(|end| bytes.get(end + 1..)).unwrap_or_default();
            }
        };
        let rest = self.hold(bytes, until);
        if self.held.len() == until {
            match (part, &*self.held) {
                (Header::Fixed, &[_, _, method, flags, ..]) => {
                    if method != 8 || flags & RESERVED != 0 {
                        flow.anomalies.insert(Anomaly::InvalidEncoding);
                    }
                    self.flags = flags;
                    self.next_part();
                }
                (Header::ExtraLength, &[low, high]) => {
                    self.held.clear();
                    self.state = State::Header(Header::Extra(u16::from_le_bytes([low, high])));
                }
                _ => self.next_part(),
            }
        }
        rest
    }

    /// Goes to the next part of the header that the flags announce, or to the data.
    fn next_part(&mut self) {
        const PARTS: [(u8, Header); 4] =
            [(4, Header::ExtraLength), (8, Header::Name), (16, Header::Comment), (2, Header::Checksum)];
        self.held.clear();
        match PARTS.iter().find(|p| self.flags & p.0 != 0) {
            Some(&(flag, part)) => {
                self.flags &= !flag;
                self.state = State::Header(part);
            }
            None => self.begin(),
        }
    }

    fn inflate<'a>(&mut self, inner: &mut [Layer], bytes: &'a [u8], flow: &mut Flow<'_>) -> &'a [u8] {
        let mut rest = bytes;
        loop {
            let left =
                usize::try_from(flow.limits.inflate_bytes.saturating_sub(self.given)).unwrap_or(usize::MAX);
            // With the budget spent, one byte more tells whether the data end here.
            let space = self.out.len().min(left.max(1));
            let Some(space) = self.out.get_mut(..space) else { return b"" };
            let (before_in, before_out) = (self.engine.total_in(), self.engine.total_out());
            let status = self.engine.decompress(rest, space, FlushDecompress::None);
            let taken = (self.engine.total_in() - before_in) as usize;
            let made = (self.engine.total_out() - before_out) as usize;
            let filled = made == space.len();
            rest = rest.get(taken..).unwrap_or_default();
            if made > left {
                flow.full = true;
                return b"";
            }
            let given = self.out.get(..made).unwrap_or_default();
            self.given += made as u64;
            match self.container {
                Container::Gzip => {
                    self.crc.update(given);
                    self.size = self.size.wrapping_add(made as u32);
                }
                Container::Zlib => self.adler.update(given),
                Container::Bare => {}
            }
            pass(inner, given, flow);
            if flow.full {
                return b"";
            }
            match status {
                Ok(Status::StreamEnd) if self.container == Container::Bare => {
                    self.give_up(Anomaly::TrailingData, inner, flow);
                }
                Ok(Status::StreamEnd) => self.state = State::Trailer,
                Err(_) => self.give_up(Anomaly::InvalidEncoding, inner, flow),
                // A full buffer may hide more that needs no more input.
                Ok(_) if filled => continue,
                Ok(_) if !rest.is_empty() && taken + made > 0 => continue,
                Ok(_) if !rest.is_empty() && !flow.full => {
                    self.give_up(Anomaly::InvalidEncoding, inner, flow)
                }
                Ok(_) => {}
            }
            return rest;
        }
    }

    fn trailer<'a>(&mut self, inner: &mut [Layer], bytes: &'a [u8], flow: &mut Flow<'_>) -> &'a [u8] {
        let rest = self.hold(bytes, if self.container == Container::Gzip { 8 } else { 4 });
        let right = match *self.held {
            [a, b, c, d, e, f, g, h] => {
                u32::from_le_bytes([a, b, c, d]) == self.crc.sum()
                    && u32::from_le_bytes([e, f, g, h]) == self.size
            }
            [a, b, c, d] if self.container == Container::Zlib => {
                u32::from_be_bytes([a, b, c, d]) == self.adler.sum()
            }
            _ => return rest,
        };
        if !right {
            flow.anomalies.insert(Anomaly::InvalidEncoding);
        }
        self.held.clear();
        match self.container {
            Container::Gzip => self.state = State::Between,
            _ => self.give_up(Anomaly::TrailingData, inner, flow),
        }
        rest
    }

    /// From here on bytes are passed on as they are; those held come first. The layers within have seen all they will.
    fn give_up(&mut self, why: Anomaly, inner: &mut [Layer], flow: &mut Flow<'_>) {
        finish(inner, flow);
        self.state = State::Raw(why);
        if why == Anomaly::InvalidEncoding || !self.held.is_empty() {
            flow.anomalies.insert(why);
        }
        if !self.held.is_empty() {
            (flow.out)(Piece::Raw(&self.held));
            self.held.clear();
        }
    }

    /// Ends the layer's input.
    fn finish(&mut self, inner: &mut [Layer], flow: &mut Flow<'_>) {
        if self.state == State::Sniff
            && let Some(found) = self.sniff(true)
        {
            self.open(found, inner, flow);
        }
        match self.state {
            State::Header(_) | State::Data | State::Trailer => {
                flow.anomalies.insert(Anomaly::InvalidEncoding)
            }
            State::Between if !self.held.is_empty() => self.give_up(Anomaly::TrailingData, inner, flow),
            _ => {}
        }
        self.state = State::Ended;
    }
}

/// What the first bytes are the beginning of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Plain,
    In(Container),
}

/// The checksum of zlib (RFC 1950 section 8.2).
#[derive(Clone, Copy)]
struct Adler(u32, u32);

impl Default for Adler {
    fn default() -> Self {
        Adler(1, 0)
    }
}

impl Adler {
    fn update(&mut self, bytes: &[u8]) {
        const MODULUS: u32 = 65521;
        // As many additions as 32 bits hold before the sums must be reduced.
        for block in bytes.chunks(5552) {
            for &byte in block {
                self.0 += u32::from(byte);
                self.1 += self.0;
            }
            self.0 %= MODULUS;
            self.1 %= MODULUS;
        }
    }

    fn sum(self) -> u32 {
        self.1 << 16 | self.0
    }
}

#[cfg(test)]
mod tests;
