//! Capture files: pcap and pcapng, either as it is or compressed with gzip.
//!
//! The block and record grammars are those of the `pcap-parser` crate; the framing around them is ours, so that a
//! block which claims to be huge costs nothing, a damaged block inside an intact frame is skipped, and an error can say
//! where the file breaks and why. Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.

use flate2::read::MultiGzDecoder;
use pcap_parser::pcapng::{Block, parse_block_be, parse_block_le};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

/// Longest record or block read; snapshot lengths end far below.
const BLOCK: usize = 16 << 20;
/// Bytes asked of the reader at once.
const READ: usize = 128 << 10;
/// Most interfaces of one pcapng section.
const INTERFACES: usize = 65_536;
/// The packet block of the first pcapng drafts, which `pcap-parser` leaves to its callers.
const OLD_PACKET: u32 = 2;
/// Time units per second of pcapng without an `if_tsresol` option.
const MICROS: u64 = 1_000_000;

/// One frame as it was captured.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// When, in nanoseconds since 1970.
    pub time: u64,
    /// The link type, as registered at <https://www.tcpdump.org/linktypes.html>.
    pub link: u16,
    /// The bytes captured.
    pub data: &'a [u8],
    /// The length on the wire; more than `data` holds if the snapshot length cut it.
    pub wire: u32,
}

/// Where and why a capture file could not be read on.
#[derive(Debug)]
pub struct FileError {
    /// Where, in bytes from the start of the (decompressed) file.
    pub offset: u64,
    /// Why.
    pub kind: FileErrorKind,
}

/// Why a capture file could not be read on.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileErrorKind {
    /// The operating system, or decompression, failed.
    Io(io::Error),
    /// The file does not begin as a capture does; these are its first bytes.
    Unknown(Vec<u8>),
    /// The file ends inside a record or block.
    Truncated,
    /// A record or block that cannot be as it says.
    Corrupt(&'static str),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FileErrorKind::Io(e) => write!(f, "read failed at byte {}: {e}", self.offset),
            FileErrorKind::Unknown(first) if first.is_empty() => f.write_str(
                "the file is empty: expected a pcap or pcapng capture, or one compressed with gzip",
            ),
            FileErrorKind::Unknown(first) => write!(
                f,
                "not a capture: expected pcap or pcapng, or either compressed with gzip, but the file begins with \"{}\"",
                first.escape_ascii()
            ),
            FileErrorKind::Truncated => {
                write!(f, "the capture ends inside a record that begins at byte {}", self.offset)
            }
            FileErrorKind::Corrupt(why) => write!(f, "the capture is damaged at byte {}: {why}", self.offset),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            FileErrorKind::Io(e) => Some(e),
            _ => None,
        }
    }
}

/// Reads the frames of a capture, one after the other, in bounded memory.
pub struct CaptureFile {
    input: Input,
    format: Format,
    bad_blocks: u64,
    done: bool,
}

impl fmt::Debug for CaptureFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureFile").field("offset", &self.input.offset).finish_non_exhaustive()
    }
}

enum Format {
    Pcap { record: Record, link: u16, nanoseconds: bool },
    Pcapng { big_endian: bool, interfaces: Vec<Interface> },
}

/// The three layouts of a pcap record.
#[derive(Clone, Copy)]
enum Record {
    Little,
    Big,
    /// Eight more bytes in each header, written by patched kernels of long ago.
    Modified,
}

#[derive(Clone, Copy)]
struct Interface {
    link: u16,
    /// Time units per second.
    units: u64,
    /// Seconds to add.
    offset: i64,
    snaplen: u32,
}

/// A frame's place in the buffer.
struct Found {
    time: u64,
    link: u16,
    data: Range<usize>,
    wire: u32,
}

impl CaptureFile {
    /// Opens a capture and reads its first header.
    pub fn open(path: impl AsRef<Path>) -> Result<CaptureFile, FileError> {
        let file = File::open(path).map_err(|e| FileError { offset: 0, kind: FileErrorKind::Io(e) })?;
        CaptureFile::from_reader(file)
    }

    /// Reads a capture from anywhere.
    pub fn from_reader(reader: impl Read + Send + 'static) -> Result<CaptureFile, FileError> {
        let mut input = Input::new(Box::new(reader));
        input.fill(2)?;
        if input.bytes().starts_with(&[0x1f, 0x8b]) {
            let Input { reader, mut buf, end, .. } = input;
            buf.truncate(end);
            input = Input::new(Box::new(MultiGzDecoder::new(io::Cursor::new(buf).chain(reader))));
        }
        input.fill(24)?;
        let format = open_format(&mut input)?;
        Ok(CaptureFile { input, format, bad_blocks: 0, done: false })
    }

    /// The next frame; `None` at the end of the file. After an error there is nothing more to read.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, FileError> {
        if self.done {
            return Ok(None);
        }
        let found = match &mut self.format {
            Format::Pcap { record, link, nanoseconds } => {
                next_record(&mut self.input, *record, *link, *nanoseconds)
            }
            Format::Pcapng { big_endian, interfaces } => {
                next_packet(&mut self.input, big_endian, interfaces, &mut self.bad_blocks)
            }
        };
        self.done = !matches!(found, Ok(Some(_)));
        let input = &self.input;
        Ok(found?.map(|f| Frame {
            time: f.time,
            link: f.link,
            data: input.buf.get(f.data).unwrap_or_default(),
            wire: f.wire,
        }))
    }

    /// How many damaged pcapng blocks were skipped so far.
    pub fn bad_blocks(&self) -> u64 {
        self.bad_blocks
    }

    /// How far the (decompressed) file has been read, in bytes.
    pub fn offset(&self) -> u64 {
        self.input.offset
    }
}

fn open_format(input: &mut Input) -> Result<Format, FileError> {
    let start = input.bytes();
    if start.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
        return Ok(Format::Pcapng { big_endian: false, interfaces: Vec::new() });
    }
    match parse_pcap_header(start) {
        Ok((_, header)) => {
            let record = match (header.is_modified_format(), header.is_bigendian()) {
                (true, _) => Record::Modified,
                (false, true) => Record::Big,
                (false, false) => Record::Little,
            };
            let format = Format::Pcap {
                record,
                // The upper half tells of frame check sequences, which the length fields of IP leave out anyway.
                link: header.network.0 as u16,
                nanoseconds: header.is_nanosecond_precision(),
            };
            let size = header.size();
            input.consume(size);
            Ok(format)
        }
        Err(pcap_parser::nom::Err::Incomplete(_)) if start.len() >= 4 => {
            Err(input.error(FileErrorKind::Truncated))
        }
        Err(_) => Err(input
            .error(FileErrorKind::Unknown(start.get(..start.len().min(16)).unwrap_or_default().to_vec()))),
    }
}

fn next_record(
    input: &mut Input,
    record: Record,
    link: u16,
    nanoseconds: bool,
) -> Result<Option<Found>, FileError> {
    let header = if matches!(record, Record::Modified) { 24 } else { 16 };
    match input.fill(header)? {
        0 => return Ok(None),
        n if n < header => return Err(input.error(FileErrorKind::Truncated)),
        _ => {}
    }
    let caplen = input.u32_at(8, matches!(record, Record::Big)) as usize;
    if caplen > BLOCK {
        return Err(input.error(FileErrorKind::Corrupt("a record claims to hold more than 16 MiB")));
    }
    if input.fill(header + caplen)? < header + caplen {
        return Err(input.error(FileErrorKind::Truncated));
    }
    let whole = input.bytes();
    let parsed = match record {
        Record::Little => parse_pcap_frame(whole),
        Record::Big => parse_pcap_frame_be(whole),
        Record::Modified => parse_pcap_frame_modified(whole),
    };
    let Ok((_, block)) = parsed else {
        return Err(input.error(FileErrorKind::Corrupt("a record header does not parse")));
    };
    let unit = if nanoseconds { 1 } else { 1_000 };
    let time = u64::from(block.ts_sec) * 1_000_000_000 + u64::from(block.ts_usec) * unit;
    let wire = block.origlen;
    let data = input.consume(header + caplen);
    Ok(Some(Found { time, link, data: data.start + header..data.end, wire }))
}

fn next_packet(
    input: &mut Input,
    big_endian: &mut bool,
    interfaces: &mut Vec<Interface>,
    bad: &mut u64,
) -> Result<Option<Found>, FileError> {
    loop {
        match input.fill(12)? {
            0 => return Ok(None),
            n if n < 12 => return Err(input.error(FileErrorKind::Truncated)),
            _ => {}
        }
        if input.bytes().starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
            *big_endian = match input.bytes().get(8..12) {
                Some([0x1a, 0x2b, 0x3c, 0x4d]) => true,
                Some([0x4d, 0x3c, 0x2b, 0x1a]) => false,
                _ => {
                    return Err(
                        input.error(FileErrorKind::Corrupt("a section header without its byte-order mark"))
                    );
                }
            };
        }
        let len = input.u32_at(4, *big_endian) as usize;
        if len < 12 || !len.is_multiple_of(4) {
            return Err(input
                .error(FileErrorKind::Corrupt("a block length that is too small or not a multiple of 4")));
        }
        if len > BLOCK {
            return Err(input.error(FileErrorKind::Corrupt("a block claims to hold more than 16 MiB")));
        }
        if input.fill(len)? < len {
            return Err(input.error(FileErrorKind::Truncated));
        }
        if input.u32_at(len - 4, *big_endian) as usize != len {
            return Err(input.error(FileErrorKind::Corrupt("the two lengths of a block differ")));
        }
        let block = input.bytes().get(..len).unwrap_or_default();
        let parsed = if *big_endian { parse_block_be(block) } else { parse_block_le(block) };
        let packet = match parsed {
            Ok((_, Block::SectionHeader(_))) => {
                interfaces.clear();
                None
            }
            Ok((_, Block::InterfaceDescription(idb))) => {
                if interfaces.len() < INTERFACES {
                    let offset = idb.if_tsoffset;
                    interfaces.push(Interface {
                        link: idb.linktype.0 as u16,
                        units: units(idb.if_tsresol),
                        // The crate reads this option as little-endian whatever the section says.
                        offset: if *big_endian { offset.swap_bytes() } else { offset },
                        snaplen: idb.snaplen,
                    });
                }
                None
            }
            Ok((_, Block::EnhancedPacket(epb))) => match interfaces.get(epb.if_id as usize) {
                Some(i) => {
                    let time = i.nanoseconds(epb.ts_high, epb.ts_low);
                    Some((time, i.link, 28, epb.packet_data().len(), epb.origlen))
                }
                None => {
                    *bad += 1;
                    None
                }
            },
            Ok((_, Block::SimplePacket(spb))) => match interfaces.first() {
                Some(i) => {
                    let snaplen = if i.snaplen == 0 { usize::MAX } else { i.snaplen as usize };
                    Some((0, i.link, 12, spb.packet_data().len().min(snaplen), spb.origlen))
                }
                None => {
                    *bad += 1;
                    None
                }
            },
            Ok((_, Block::Unknown(_))) if input.u32_at(0, *big_endian) == OLD_PACKET && len >= 32 => {
                let interface = input.u32_at(8, *big_endian);
                let id = if *big_endian { interface >> 16 } else { interface & 0xffff };
                let [high, low, caplen, wire] = [12, 16, 20, 24].map(|at| input.u32_at(at, *big_endian));
                let i = interfaces.get(id as usize);
                i.map(|i| (i.nanoseconds(high, low), i.link, 28, (caplen as usize).min(len - 32), wire))
            }
            Ok(_) => None,
            Err(_) => {
                *bad += 1;
                None
            }
        };
        let place = input.consume(len);
        if let Some((time, link, header, size, wire)) = packet {
            let start = place.start + header;
            let data = start..(start + size).min(place.end);
            return Ok(Some(Found { time, link, data, wire }));
        }
    }
}

/// Time units per second of an `if_tsresol` option: a power of ten, or with the upper bit set of two.
fn units(resolution: u8) -> u64 {
    let exponent = u32::from(resolution & 0x7f);
    let units = if resolution & 0x80 == 0 { 10u64.checked_pow(exponent) } else { 1u64.checked_shl(exponent) };
    units.unwrap_or(MICROS)
}

impl Interface {
    fn nanoseconds(&self, high: u32, low: u32) -> u64 {
        let ticks = u64::from(high) << 32 | u64::from(low);
        let units = self.units.max(1);
        let rest = u128::from(ticks % units) * 1_000_000_000 / u128::from(units);
        let seconds = (ticks / units).saturating_add_signed(self.offset);
        seconds.saturating_mul(1_000_000_000).saturating_add(rest as u64)
    }
}

/// A reader with a window that slides over it.
struct Input {
    reader: Box<dyn Read + Send>,
    buf: Vec<u8>,
    /// What has been consumed of `buf`.
    start: usize,
    /// What has been filled of `buf`.
    end: usize,
    /// What has been consumed of the file.
    offset: u64,
    eof: bool,
}

impl Input {
    fn new(reader: Box<dyn Read + Send>) -> Input {
        Input { reader, buf: Vec::new(), start: 0, end: 0, offset: 0, eof: false }
    }

    /// Makes at least `wanted` bytes available, unless the file ends before; returns how many are.
    fn fill(&mut self, wanted: usize) -> Result<usize, FileError> {
        if self.end - self.start < wanted && self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        while self.end - self.start < wanted && !self.eof {
            // Grown by what arrives, not by what a header claims.
            if self.buf.len() < self.end + READ {
                self.buf.resize(self.end + READ, 0);
            }
            let Some(space) = self.buf.get_mut(self.end..) else { break };
            match self.reader.read(space) {
                Ok(0) => self.eof = true,
                Ok(n) => self.end += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // A compressed file that ends early.
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(self.error(FileErrorKind::Truncated));
                }
                Err(e) => return Err(self.error(FileErrorKind::Io(e))),
            }
        }
        Ok(self.end - self.start)
    }

    fn bytes(&self) -> &[u8] {
        self.buf.get(self.start..self.end).unwrap_or_default()
    }

    fn u32_at(&self, at: usize, big_endian: bool) -> u32 {
        let bytes = self.bytes().get(at..).and_then(|b| b.first_chunk::<4>()).copied().unwrap_or_default();
        if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    /// Moves past `n` available bytes; they stay in the buffer, at the place returned, until the next `fill`.
    fn consume(&mut self, n: usize) -> Range<usize> {
        let place = self.start..(self.start + n).min(self.end);
        self.start = place.end;
        self.offset += place.len() as u64;
        place
    }

    fn error(&self, kind: FileErrorKind) -> FileError {
        FileError { offset: self.offset, kind }
    }
}
