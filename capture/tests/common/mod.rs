//! Packets built by hand, ways to wrap them, and a recorder of what comes out.
#![allow(dead_code, missing_docs)]

use sidewatch_capture::file::Frame;
use sidewatch_capture::streams::{End, Interest, Opened, Streams, Way};

/// One TCP segment to build.
#[derive(Clone, Debug, Default)]
pub struct Tcp {
    pub backward: bool,
    pub connection: u16,
    pub seq: u32,
    pub ack: Option<u32>,
    pub syn: bool,
    pub fin: bool,
    pub rst: bool,
    pub urgent: Option<u16>,
    pub window: u16,
    pub payload: Vec<u8>,
    /// Bytes of the payload that the snapshot length cuts off.
    pub cut: usize,
}

impl Tcp {
    pub fn bytes(&self) -> Vec<u8> {
        let (client, server) = (40_000 + self.connection, 8080u16);
        let (from, to) = if self.backward { (server, client) } else { (client, server) };
        let flags = u8::from(self.fin)
            | u8::from(self.syn) << 1
            | u8::from(self.rst) << 2
            | u8::from(self.ack.is_some()) << 4
            | u8::from(self.urgent.is_some()) << 5;
        let options: &[u8] = if self.syn { &[2, 4, 5, 0xb4, 3, 3, 7, 0] } else { &[] };
        let mut out = Vec::new();
        out.extend(from.to_be_bytes());
        out.extend(to.to_be_bytes());
        out.extend(self.seq.to_be_bytes());
        out.extend(self.ack.unwrap_or(0).to_be_bytes());
        out.extend([((20 + options.len()) / 4 * 16) as u8, flags]);
        out.extend(self.window.to_be_bytes());
        out.extend([0, 0]);
        out.extend(self.urgent.unwrap_or(0).to_be_bytes());
        out.extend(options);
        out.extend(&self.payload);
        out
    }
}

pub fn ipv4(number: u8, backward: bool, payload: &[u8]) -> Vec<u8> {
    ipv4_part(number, backward, 7, 0, false, payload)
}

pub fn ipv4_part(number: u8, backward: bool, id: u16, start: usize, more: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x45, 0];
    out.extend((20 + payload.len() as u16).to_be_bytes());
    out.extend(id.to_be_bytes());
    out.extend(((start as u16 / 8) | (u16::from(more) << 13)).to_be_bytes());
    out.extend([64, number, 0, 0]);
    let (a, b) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    out.extend(if backward { [b, a] } else { [a, b] }.concat());
    out.extend(payload);
    out
}

pub fn ipv6(number: u8, backward: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x60, 0, 0, 0];
    out.extend((payload.len() as u16).to_be_bytes());
    out.extend([number, 64]);
    let (mut a, mut b) = ([0; 16], [0; 16]);
    (a[0], a[15], b[0], b[15]) = (0xfd, 1, 0xfd, 2);
    out.extend(if backward { [b, a] } else { [a, b] }.concat());
    out.extend(payload);
    out
}

pub fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2], &kind.to_be_bytes()[..], payload].concat()
}

pub fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let len = 8 + payload.len() as u16;
    [&5555u16.to_be_bytes(), &port.to_be_bytes(), &len.to_be_bytes(), &[0, 0][..], payload].concat()
}

/// Ways to put a segment into frames: a name, the link type, and the frames.
type Wrap = (&'static str, u16, fn(&Tcp) -> Vec<Vec<u8>>);

fn plain(tcp: &Tcp) -> Vec<u8> {
    ipv4(6, tcp.backward, &tcp.bytes())
}

fn vxlan(tcp: &Tcp) -> Vec<u8> {
    udp(4789, &[&[8, 0, 0, 0, 0, 0, 1, 0][..], &ethernet(0x0800, &plain(tcp))].concat())
}

fn parts(bytes: &[u8], size: usize) -> impl Iterator<Item = (usize, bool, &[u8])> {
    let last = bytes.len().saturating_sub(1) / size;
    bytes.chunks(size).enumerate().map(move |(i, c)| (i * size, i < last, c))
}

pub const WRAPS: &[Wrap] = &[
    ("ethernet", 1, |t| vec![ethernet(0x0800, &plain(t))]),
    ("ethernet, padded to 60 bytes", 1, |t| {
        let mut frame = ethernet(0x0800, &plain(t));
        frame.resize(frame.len().max(60), 0);
        vec![frame]
    }),
    ("802.1Q one way only", 1, |t| {
        let tag = [0, 5, 8, 0];
        vec![if t.backward {
            ethernet(0x0800, &plain(t))
        } else {
            ethernet(0x8100, &[&tag[..], &plain(t)].concat())
        }]
    }),
    ("QinQ", 1, |t| vec![ethernet(0x88a8, &[&[0, 5, 0x81, 0, 0, 6, 8, 0][..], &plain(t)].concat())]),
    ("MPLS", 1, |t| vec![ethernet(0x8847, &[&[0, 1, 0, 64, 0, 2, 1, 64][..], &plain(t)].concat())]),
    ("PPPoE", 1, |t| vec![ethernet(0x8864, &[&[0x11, 0, 0, 1, 0, 99, 0, 0x21][..], &plain(t)].concat())]),
    ("SNAP", 1, |t| vec![ethernet(300, &[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &plain(t)].concat())]),
    ("loopback", 0, |t| vec![[&[2, 0, 0, 0][..], &plain(t)].concat()]),
    ("raw IP", 101, |t| vec![plain(t)]),
    ("Linux cooked", 113, |t| {
        vec![[&[0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0][..], &plain(t)].concat()]
    }),
    ("Linux cooked 2", 276, |t| {
        vec![[&[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0][..], &plain(t)].concat()]
    }),
    ("Cisco HDLC", 104, |t| vec![[&[0x0f, 0, 8, 0][..], &plain(t)].concat()]),
    ("IPv6", 1, |t| vec![ethernet(0x86dd, &ipv6(6, t.backward, &t.bytes()))]),
    ("IPv6 with options", 1, |t| {
        let options = [60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0];
        vec![ethernet(0x86dd, &ipv6(0, t.backward, &[&options[..], &t.bytes()].concat()))]
    }),
    ("IPv4 fragments, last first", 101, |t| {
        let id = (t.seq ^ t.seq >> 16) as u16 ^ t.payload.len() as u16;
        let whole = t.bytes();
        parts(&whole, 16).map(|(start, more, c)| ipv4_part(6, t.backward, id, start, more, c)).rev_vec()
    }),
    ("IPv6 fragments with options inside", 101, |t| {
        let id = t.seq.wrapping_add(t.payload.len() as u32).to_be_bytes();
        let whole = [&[6, 0, 1, 4, 0, 0, 0, 0][..], &t.bytes()].concat();
        parts(&whole, 24)
            .map(|(start, more, c)| {
                let offset = (start as u16 | u16::from(more)).to_be_bytes();
                ipv6(44, t.backward, &[&[60, 0], &offset[..], &id, c].concat())
            })
            .collect()
    }),
    ("GRE", 1, |t| {
        vec![ethernet(
            0x0800,
            &ipv4(47, false, &[&[0x30, 0, 8, 0, 0, 0, 0, 1, 0, 0, 0, 9][..], &plain(t)].concat()),
        )]
    }),
    ("ERSPAN II", 1, |t| {
        let gre = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 9, 0x10, 1, 0, 1, 0, 0, 0, 0];
        vec![ethernet(0x0800, &ipv4(47, false, &[&gre[..], &ethernet(0x0800, &plain(t))].concat()))]
    }),
    ("ERSPAN I", 1, |t| {
        vec![ethernet(
            0x0800,
            &ipv4(47, false, &[&[0, 0, 0x88, 0xbe][..], &ethernet(0x0800, &plain(t))].concat()),
        )]
    }),
    ("VXLAN", 1, |t| vec![ethernet(0x0800, &ipv4(17, false, &vxlan(t)))]),
    ("VXLAN in fragments", 1, |t| {
        let id = (t.seq ^ t.seq >> 16) as u16 ^ t.payload.len() as u16;
        parts(&vxlan(t), 32)
            .map(|(s, more, c)| ethernet(0x0800, &ipv4_part(17, t.backward, id, s, more, c)))
            .collect()
    }),
    ("GENEVE with VXLAN inside", 1, |t| {
        let inner = ipv4(17, false, &vxlan(t));
        let geneve = [2, 0, 8, 0, 0, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        vec![ethernet(0x0800, &ipv4(17, false, &udp(6081, &[&geneve[..], &inner].concat())))]
    }),
    ("IP in IP", 1, |t| vec![ethernet(0x0800, &ipv4(4, false, &plain(t)))]),
    ("Teredo", 1, |t| {
        let origin = [0, 0, 1, 2, 3, 4, 5, 6];
        vec![ethernet(
            0x0800,
            &ipv4(17, false, &udp(3544, &[&origin[..], &ipv6(6, t.backward, &t.bytes())].concat())),
        )]
    }),
];

trait RevVec<T> {
    fn rev_vec(self) -> Vec<T>;
}

impl<T, I: Iterator<Item = T>> RevVec<T> for I {
    fn rev_vec(self) -> Vec<T> {
        let mut all: Vec<T> = self.collect();
        all.reverse();
        all
    }
}

/// A frame of `data`, of which the last `cut` bytes were not captured.
pub fn frame(link: u16, time: u64, data: &[u8], cut: usize) -> Frame<'_> {
    Frame { time, link, data: &data[..data.len() - cut], wire: data.len() as u32 }
}

/// A pcap file of frames.
pub fn pcap(link: u16, frames: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0];
    out.extend(u32::from(link).to_le_bytes());
    for (time, data) in frames {
        let len = data.len() as u32;
        let (seconds, micros) = ((time / 1_000_000_000) as u32, (time / 1000 % 1_000_000) as u32);
        for n in [seconds, micros, len, len] {
            out.extend(n.to_le_bytes());
        }
        out.extend(data);
    }
    out
}

/// Writes down what comes out of each connection.
#[derive(Debug, Default)]
pub struct Recorder {
    pub events: Vec<String>,
    /// Bytes after which a stream is no longer wanted.
    pub enough: Option<usize>,
}

/// What a connection's events are marked with, and how much of it came.
#[derive(Debug)]
pub struct Recorded {
    mark: String,
    bytes: usize,
}

fn arrow(way: Way) -> &'static str {
    if way == Way::Forward { ">" } else { "<" }
}

impl Streams for Recorder {
    type Stream = Recorded;

    fn open(&mut self, opened: &Opened) -> Recorded {
        let port = opened.from.port().max(opened.to.port());
        let mark = if port == 40_000 { String::new() } else { port.wrapping_sub(40_000).to_string() };
        let from = if opened.from.port() == 8080 { " from server" } else { "" };
        let how = if opened.handshake { "handshake" } else { "midstream" };
        self.events.push(format!("{mark}open {how}{from}"));
        Recorded { mark, bytes: 0 }
    }

    fn data(&mut self, stream: &mut Recorded, way: Way, bytes: &[u8], _: u64) -> Interest {
        let prefix = format!("{}{} ", stream.mark, arrow(way));
        let text = bytes.escape_ascii().to_string();
        let whole =
            ["gap ", "conflict ", "close"].iter().all(|w| !self.events.last().is_some_and(|e| e.contains(w)));
        match self.events.last_mut().filter(|last| whole && last.starts_with(&prefix)) {
            Some(last) => last.push_str(&text),
            None => self.events.push(prefix + &text),
        }
        stream.bytes += bytes.len();
        match self.enough {
            Some(n) if stream.bytes >= n => Interest::Ignore(sidewatch_capture::summary::Reason::NotHttp),
            _ => Interest::Keep,
        }
    }

    fn gap(&mut self, stream: &mut Recorded, way: Way, bytes: u64, _: u64) {
        self.events.push(format!("{}{} gap {bytes}", stream.mark, arrow(way)));
    }

    fn conflict(&mut self, stream: &mut Recorded, way: Way, bytes: &[u8], _: u64) {
        self.events.push(format!("{}{} conflict {}", stream.mark, arrow(way), bytes.escape_ascii()));
    }

    fn close(&mut self, stream: &mut Recorded, way: Way, _: u64) {
        self.events.push(format!("{}{} close", stream.mark, arrow(way)));
    }

    fn end(&mut self, stream: Recorded, end: End, _: u64) {
        self.events.push(format!("{}end {end:?}", stream.mark));
    }
}
