//! What holds for any packets: order within a window does not matter, memory is bounded, nothing panics.
#![allow(missing_docs)]

mod common;

use common::{Recorder, Tcp, WRAPS, ethernet, frame, ipv4, pcap};
use proptest::prelude::*;
use sidewatch_capture::file::CaptureFile;
use sidewatch_capture::limits::Limits;
use sidewatch_capture::pipeline::Pipeline;
use sidewatch_capture::summary::Reason;

/// A conversation in turns, cut into segments: true for the server.
fn conversation(turns: &[(bool, Vec<u8>)], mss: usize, isn: (u32, u32)) -> Vec<Tcp> {
    let (mut at, mut out) = ([isn.0, isn.1], Vec::new());
    let mut push = |at: &mut [u32; 2], backward: bool, syn: bool, fin: bool, payload: &[u8]| {
        let (me, other) = if backward { (1, 0) } else { (0, 1) };
        let ack = (!syn || backward).then_some(at[other]);
        let tcp = Tcp {
            backward,
            seq: at[me],
            ack,
            syn,
            fin,
            window: 0xffff,
            payload: payload.to_vec(),
            ..Tcp::default()
        };
        at[me] = at[me].wrapping_add(payload.len() as u32 + u32::from(syn) + u32::from(fin));
        out.push(tcp);
    };
    push(&mut at, false, true, false, b"");
    push(&mut at, true, true, false, b"");
    for (backward, bytes) in turns {
        for chunk in bytes.chunks(mss) {
            push(&mut at, *backward, false, false, chunk);
        }
    }
    push(&mut at, false, false, true, b"");
    push(&mut at, true, false, true, b"");
    push(&mut at, false, false, false, b"");
    out
}

fn told(packets: &[Tcp]) -> Vec<String> {
    let mut pipeline = Pipeline::new(Limits::default(), Recorder::default());
    for (i, tcp) in packets.iter().enumerate() {
        pipeline.frame(&frame(
            1,
            i as u64 * 1000,
            &ethernet(0x0800, &ipv4(6, tcp.backward, &tcp.bytes())),
            0,
        ));
    }
    pipeline.finish();
    assert_eq!(pipeline.table().held(), 0);
    std::mem::take(&mut pipeline.streams_mut().events)
}

proptest! {
    #[test]
    fn disorder_and_duplicates_within_a_window_change_nothing(
        turns in prop::collection::vec((any::<bool>(), prop::collection::vec(b'a'..=b'z', 1..40)), 1..12),
        mss in 1usize..12,
        isn in any::<(u32, u32)>(),
        window in 1u32..12,
        keys in prop::collection::vec(any::<u32>(), 400),
        copies in prop::collection::vec(0u32..12, 400),
    ) {
        let packets = conversation(&turns, mss, isn);
        let straight = told(&packets);
        prop_assert_eq!(straight.last().map(String::as_str), Some("end Closed"));

        // The handshake stays in front; a packet moves by less than the window, and some come again within it.
        let mut shuffled: Vec<(u32, usize)> = Vec::new();
        for i in 2..packets.len() {
            let place = i as u32 * 2;
            shuffled.push((place + keys[i % keys.len()] % (window * 2), i));
            if copies[i % copies.len()] < 3 {
                shuffled.push((place + copies[i % copies.len()] * window / 2, i));
            }
        }
        shuffled.sort_unstable();
        let shuffled: Vec<Tcp> =
            packets[..2].iter().cloned().chain(shuffled.iter().map(|&(_, i)| packets[i].clone())).collect();
        let disordered = told(&shuffled);
        prop_assert_eq!(bytes_of(&disordered), bytes_of(&straight));
    }

    #[test]
    fn any_bytes_in_any_link_layer_are_survived(
        frames in prop::collection::vec((0usize..WRAPS.len(), prop::collection::vec(any::<u8>(), 0..200)), 0..40),
    ) {
        let mut pipeline = Pipeline::new(Limits::default(), Recorder::default());
        for (i, (wrap, bytes)) in frames.iter().enumerate() {
            pipeline.frame(&frame(WRAPS[*wrap].1, i as u64, bytes, 0));
        }
        pipeline.finish();
        prop_assert_eq!(pipeline.table().held(), 0);
    }

    #[test]
    fn damaged_packets_are_survived(
        wrap in 0usize..WRAPS.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 0..60),
        short in prop::option::of(any::<(prop::sample::Index, prop::sample::Index)>()),
    ) {
        let turns = [(false, b"GET / HTTP/1.1\r\n\r\n".to_vec()), (true, vec![b'x'; 90]), (false, vec![b'y'; 30])];
        let mut frames: Vec<Vec<u8>> = conversation(&turns, 11, (7, 0xffff_fff0)).iter().flat_map(WRAPS[wrap].2).collect();
        for (which, at, byte) in damage {
            let i = which.index(frames.len());
            let j = at.index(frames[i].len());
            frames[i][j] = byte;
        }
        if let Some((which, at)) = short {
            let i = which.index(frames.len());
            let n = at.index(frames[i].len());
            frames[i].truncate(n);
        }
        let mut pipeline = Pipeline::new(Limits::default(), Recorder::default());
        for (i, bytes) in frames.iter().enumerate() {
            pipeline.frame(&frame(WRAPS[wrap].1, i as u64 * 1_000_000, bytes, 0));
        }
        pipeline.finish();
        prop_assert_eq!(pipeline.table().held(), 0);
    }

    #[test]
    fn hostile_segments_cost_no_more_than_the_limits(
        segments in prop::collection::vec(
            (0u16..12, any::<bool>(), 0u32..4000, prop::option::of(0u32..4000), 0u8..64, 0usize..60), 1..300),
    ) {
        let mut limits = Limits::default();
        (limits.flows, limits.buffered, limits.ahead, limits.pieces, limits.history) = (8, 3000, 1000, 6, 100);
        let mut pipeline = Pipeline::new(limits, Recorder::default());
        let (mut sent, count) = (0u64, segments.len());
        for (i, (connection, backward, seq, ack, flags, len)) in segments.into_iter().enumerate() {
            let tcp = Tcp {
                connection,
                backward,
                seq,
                ack,
                // Data mostly, now and then a SYN, FIN or RST.
                syn: flags == 1,
                fin: flags == 2,
                rst: flags == 3,
                urgent: (flags == 4).then_some(len as u16 / 2),
                window: 0xffff,
                payload: vec![flags; len],
                cut: 0,
            };
            sent += len as u64;
            pipeline.frame(&frame(101, i as u64 * 50_000_000, &ipv4(6, backward, &tcp.bytes()), 0));
            // One segment may be over before it is pressed; nothing stays over.
            prop_assert!(pipeline.table().held() <= 3000, "held {}", pipeline.table().held());
            prop_assert!(pipeline.table().len() <= 8);
        }
        pipeline.finish();
        prop_assert_eq!(pipeline.table().held(), 0);
        let summary = pipeline.summary();
        prop_assert_eq!(summary.segments, count as u64);
        // Every byte is accounted for: handed on, or dropped for a reason.
        let dropped: u64 = summary.drops().filter(|(r, _)| *r != Reason::Gap).map(|(_, d)| d.bytes).sum();
        prop_assert_eq!(summary.delivered + dropped, sent);
    }

    #[test]
    fn damaged_files_end_in_one_error_with_its_place(
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 1..8),
        cut in any::<prop::sample::Index>(),
        ng in any::<bool>(),
    ) {
        let frames: Vec<_> = (0..6).map(|i| (i, vec![i as u8; 50])).collect();
        let mut file = if ng { pcapng(&frames) } else { pcap(1, &frames) };
        let i = at.index(file.len() - bytes.len());
        file[i..i + bytes.len()].copy_from_slice(&bytes);
        file.truncate(cut.index(file.len()) + 1);
        let size = file.len() as u64;
        let Ok(mut capture) = CaptureFile::from_reader(std::io::Cursor::new(file)) else { return Ok(()) };
        let mut errors = 0;
        for _ in 0..1000 {
            match capture.next_frame() {
                Ok(Some(frame)) => prop_assert!(frame.data.len() as u64 <= size),
                Ok(None) => break,
                Err(e) => {
                    errors += 1;
                    prop_assert!(e.offset <= size);
                    prop_assert!(!e.to_string().is_empty());
                }
            }
        }
        prop_assert!(errors <= 1);
    }
}

/// The bytes of each direction in the order of the turns, without the ends, whose order may differ.
fn bytes_of(events: &[String]) -> Vec<&String> {
    events.iter().filter(|e| !e.contains("close")).collect()
}

fn pcapng(frames: &[(u64, Vec<u8>)]) -> Vec<u8> {
    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let len = (12 + body.len().next_multiple_of(4)) as u32;
        let mut out = [&kind.to_le_bytes()[..], &len.to_le_bytes(), body].concat();
        out.resize(len as usize - 4, 0);
        out.extend(len.to_le_bytes());
        out
    }
    let mut out =
        block(0x0a0d_0d0a, &[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    out.extend(block(1, &[1, 0, 0, 0, 0, 0, 4, 0]));
    for (time, data) in frames {
        let len = (data.len() as u32).to_le_bytes();
        let (high, low) = ((time >> 32) as u32, *time as u32);
        out.extend(block(
            6,
            &[&[0; 4], &high.to_le_bytes()[..], &low.to_le_bytes(), &len, &len, data].concat(),
        ));
    }
    out
}

#[test]
fn a_flood_of_connections_costs_no_more_than_the_limit() {
    let mut limits = Limits::default();
    (limits.flows, limits.buffered) = (100, 50_000);
    let mut pipeline = Pipeline::new(limits, Recorder::default());
    for connection in 0..20_000u16 {
        for (seq, len) in [(1, 0), (500, 300)] {
            let tcp = Tcp { connection, seq, syn: len == 0, payload: vec![7; len], ..Tcp::default() };
            pipeline.frame(&frame(101, u64::from(connection), &ipv4(6, false, &tcp.bytes()), 0));
            assert!(pipeline.table().len() <= 100 && pipeline.table().held() <= 50_000);
        }
    }
    pipeline.finish();
    let summary = pipeline.summary();
    assert_eq!((summary.connections, summary.evicted), (20_000, 19_900));
    assert_eq!(summary.delivered, 20_000 * 300, "what waited was handed on behind a gap");
    assert_eq!(summary.dropped(Reason::Gap).packets, 20_000);
}
