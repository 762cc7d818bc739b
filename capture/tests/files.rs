//! Capture files: formats, byte orders, compression, and what is said about files that end early or are none.
#![allow(missing_docs)]

mod common;

use common::pcap;
use sidewatch_capture::file::{CaptureFile, FileErrorKind};
use std::io::{Cursor, Write};

type Read = Vec<(u64, u16, Vec<u8>, u32)>;

fn read(bytes: &[u8]) -> (Read, Option<String>) {
    let mut file = match CaptureFile::from_reader(Cursor::new(bytes.to_vec())) {
        Ok(file) => file,
        Err(e) => return (Vec::new(), Some(e.to_string())),
    };
    let mut frames = Vec::new();
    loop {
        match file.next_frame() {
            Ok(Some(f)) => frames.push((f.time, f.link, f.data.to_vec(), f.wire)),
            Ok(None) => return (frames, None),
            Err(e) => {
                assert!(matches!(file.next_frame(), Ok(None)), "one error, then the end");
                return (frames, Some(e.to_string()));
            }
        }
    }
}

/// Builds files of either byte order.
#[derive(Clone, Copy)]
struct Order(bool);

impl Order {
    fn u32(self, n: u32) -> [u8; 4] {
        if self.0 { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn u16(self, n: u16) -> [u8; 2] {
        if self.0 { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn u64(self, n: u64) -> [u8; 8] {
        if self.0 { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn pcap(self, magic: u32, link: u32, records: &[(u32, u32, &[u8], u32)]) -> Vec<u8> {
        let mut out = self.u32(magic).to_vec();
        out.extend([self.u16(2), self.u16(4)].concat());
        for n in [0, 0, 262_144, link] {
            out.extend(self.u32(n));
        }
        for (seconds, fraction, data, wire) in records {
            for n in [*seconds, *fraction, data.len() as u32, *wire] {
                out.extend(self.u32(n));
            }
            out.extend(*data);
        }
        out
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let size = 12 + body.len().next_multiple_of(4);
        let mut out = [self.u32(kind), self.u32(size as u32)].concat();
        out.extend(body);
        out.resize(size - 4, 0);
        out.extend(self.u32(size as u32));
        out
    }

    fn section(self) -> Vec<u8> {
        let body = [&self.u32(0x1a2b_3c4d)[..], &self.u16(1), &self.u16(0), &[255; 8]].concat();
        self.block(0x0a0d_0d0a, &body)
    }

    fn interface(self, link: u16, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = [&self.u16(link)[..], &[0, 0], &self.u32(96)].concat();
        for (code, value) in options {
            body.extend([self.u16(*code), self.u16(value.len() as u16)].concat());
            body.extend(*value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        self.block(1, &body)
    }

    fn packet(self, interface: u32, ticks: u64, data: &[u8], wire: u32) -> Vec<u8> {
        let mut body = Vec::new();
        for n in [interface, (ticks >> 32) as u32, ticks as u32, data.len() as u32, wire] {
            body.extend(self.u32(n));
        }
        body.extend(data);
        self.block(6, &body)
    }
}

const ORDERS: [Order; 2] = [Order(false), Order(true)];

#[test]
fn pcap_of_either_byte_order_and_resolution() {
    for order in ORDERS {
        let micros = order.pcap(0xa1b2_c3d4, 1, &[(5, 7, b"abc", 60), (6, 0, b"", 0)]);
        assert_eq!(
            read(&micros),
            (vec![(5_000_007_000, 1, b"abc".to_vec(), 60), (6_000_000_000, 1, vec![], 0)], None)
        );
        let nanos = order.pcap(0xa1b2_3c4d, 0xf000_0065, &[(5, 7, b"abc", 3)]);
        assert_eq!(
            read(&nanos),
            (vec![(5_000_000_007, 101, b"abc".to_vec(), 3)], None),
            "upper bits are no link type"
        );
    }
}

#[test]
fn pcapng_of_either_byte_order() {
    for order in ORDERS {
        let offset = order.u64(100);
        let file = [
            order.section(),
            order.interface(1, &[]),
            order.interface(101, &[(9, &[9]), (14, &offset)]),
            order.interface(113, &[(9, &[0x8a])]),
            order.block(0x4242, b"of no concern"),
            order.packet(0, 5_000_007, b"abc", 60),
            order.packet(1, 5_000_007_001, b"abcd", 4),
            order.packet(2, 1024 + 512, b"", 0),
            order.block(3, &[&order.u32(5)[..], b"short"].concat()),
            order.block(
                2,
                &[
                    &order.u16(1)[..],
                    &order.u16(0),
                    &order.u32(0),
                    &order.u32(9),
                    &order.u32(2),
                    &order.u32(2),
                    b"xy",
                ]
                .concat(),
            ),
            // A section of its own with its own interfaces.
            order.section(),
            order.interface(276, &[]),
            order.packet(0, 1, b"z", 1),
        ]
        .concat();
        let expect: Read = vec![
            (5_000_007_000, 1, b"abc".to_vec(), 60),
            (105_000_007_001, 101, b"abcd".to_vec(), 4),
            (1_500_000_000, 113, vec![], 0),
            (0, 1, b"short".to_vec(), 5),
            (100_000_000_009, 101, b"xy".to_vec(), 2),
            (1_000, 276, b"z".to_vec(), 1),
        ];
        assert_eq!(read(&file), (expect, None));
    }
}

#[test]
fn sections_may_change_the_byte_order() {
    let [little, big] = ORDERS;
    let of = |o: Order| [o.section(), o.interface(1, &[]), o.packet(0, 1, b"x", 1)].concat();
    assert_eq!(read(&[of(little), of(big), of(little)].concat()).0.len(), 3);
}

#[test]
fn gzip_is_seen_through() {
    let plain = pcap(1, &[(1_000_000_000, vec![7; 5000]), (2_000_000_000, vec![9; 10])]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(read(&gzip), read(&plain));
    let (frames, error) = read(&gzip[..gzip.len() - 12]);
    assert!(frames.len() < 3);
    assert!(error.unwrap().contains("ends inside"));
}

#[test]
fn a_truncated_file_gives_its_frames_and_the_place() {
    let frames: Vec<_> = (0..3).map(|i| (i * 1_000_000, vec![i as u8; 40])).collect();
    let whole = pcap(1, &frames);
    for cut in 24..whole.len() {
        let (read, error) = read(&whole[..cut]);
        let (complete, rest) = ((cut - 24) / 56, (cut - 24) % 56);
        assert_eq!(read.len(), complete);
        let expect = (rest > 0)
            .then(|| format!("the capture ends inside a record that begins at byte {}", 24 + complete * 56));
        assert_eq!(error, expect);
    }
}

#[test]
fn a_damaged_file_says_where_and_why() {
    let mut file = pcap(1, &[(0, vec![1; 40]), (0, vec![2; 40])]);
    file[24 + 56 + 11] = 0x7f;
    let (frames, error) = read(&file);
    assert_eq!(frames.len(), 1);
    assert_eq!(error.unwrap(), "the capture is damaged at byte 80: a record claims to hold more than 16 MiB");

    let order = Order(false);
    let mut file = [order.section(), order.interface(1, &[]), order.packet(0, 1, b"x", 1)].concat();
    let last = file.len() - 1;
    file[last] = 1;
    assert_eq!(
        read(&file).1.unwrap(),
        "the capture is damaged at byte 48: the two lengths of a block differ"
    );
}

#[test]
fn a_damaged_block_in_an_intact_frame_is_skipped() {
    let order = Order(false);
    let file = [
        order.section(),
        order.interface(1, &[]),
        // Claims more bytes than its block has; names an interface that is not there.
        order.block(6, &[&[0; 12][..], &order.u32(500), &order.u32(500), b"abcd"].concat()),
        order.packet(7, 1, b"x", 1),
        order.packet(0, 1, b"good", 4),
    ]
    .concat();
    let mut capture = CaptureFile::from_reader(Cursor::new(file)).unwrap();
    assert_eq!(capture.next_frame().unwrap().unwrap().data, b"good");
    assert!(capture.next_frame().unwrap().is_none());
    assert_eq!(capture.bad_blocks(), 2);
}

#[test]
fn other_files_are_named_for_what_they_are() {
    assert!(read(b"").1.unwrap().contains("the file is empty"));
    let text = read(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").1.unwrap();
    assert!(
        text.contains("expected pcap or pcapng") && text.contains("begins with \"GET / HTTP/1.1\\r\\n\""),
        "{text}"
    );
    let missing = CaptureFile::open("/nonexistent/file.pcap").unwrap_err();
    assert!(matches!(missing.kind, FileErrorKind::Io(_)));
    let (frames, error) = read(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0]);
    assert!(frames.is_empty() && error.unwrap().contains("ends inside"));
}
