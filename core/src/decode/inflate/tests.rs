//! Compressed by the encoders of flate2, spoilt by hand, cut anywhere.

use super::*;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use std::io::Write;

/// Body, raw bytes and anomalies.
type Came = (Vec<u8>, Vec<u8>, Anomalies);

fn run(inflate: &mut Inflate, codings: &[Coding], limits: &Limits, chunks: &[&[u8]]) -> Came {
    let (mut body, mut raw) = (Vec::new(), Vec::new());
    let mut take = |piece: Piece<'_>| match piece {
        Piece::Body(bytes) => {
            assert!(raw.is_empty(), "a body piece behind a raw one");
            body.extend_from_slice(bytes);
        }
        Piece::Raw(bytes) => raw.extend_from_slice(bytes),
    };
    inflate.start(codings);
    for chunk in chunks {
        inflate.feed(limits, chunk, &mut take);
    }
    let anomalies = inflate.finish(limits, &mut take);
    (body, raw, anomalies)
}

fn whole(codings: &[Coding], input: &[u8]) -> Came {
    run(&mut Inflate::default(), codings, &Limits::default(), &[input])
}

fn flags(list: &[Anomaly]) -> Anomalies {
    let mut set = Anomalies::default();
    list.iter().for_each(|&a| set.insert(a));
    set
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("in memory")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("in memory")
}

fn bare(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("in memory")
}

const TEXT: &[u8] = b"{\"name\": \"value\", \"other\": \"<b>it's</b>\"}";

#[test]
fn labels_may_lie() {
    use Coding::{Deflate, Gzip};
    let (right, lie) = (Anomalies::default(), flags(&[Anomaly::InvalidEncoding]));
    for (coding, input, want) in [
        (Gzip, gzip(TEXT), right),
        (Gzip, zlib(TEXT), lie),
        (Gzip, bare(TEXT), lie),
        (Gzip, TEXT.to_vec(), lie),
        (Deflate, zlib(TEXT), right),
        (Deflate, bare(TEXT), right),
        (Deflate, gzip(TEXT), lie),
        (Deflate, TEXT.to_vec(), lie),
    ] {
        assert_eq!(whole(&[coding], &input), (TEXT.to_vec(), vec![], want), "{coding:?} {input:02x?}");
    }
    assert_eq!(whole(&[Gzip], b""), (vec![], vec![], right));
    assert_eq!(whole(&[Gzip], b"a=1"), (b"a=1".to_vec(), vec![], lie));
    assert_eq!(whole(&[], TEXT), (TEXT.to_vec(), vec![], right));
}

#[test]
fn members_and_layers_are_joined() {
    let two = [gzip(b"first "), gzip(b"second")].concat();
    assert_eq!(whole(&[Coding::Gzip], &two), (b"first second".to_vec(), vec![], Anomalies::default()));
    let mut anomalies = Anomalies::default();
    let list = codings(b"deflate , X-GZIP, identity,gzip", &mut anomalies);
    assert_eq!(
        (&list[..], anomalies),
        (&[Coding::Deflate, Coding::Gzip, Coding::Gzip][..], Anomalies::default())
    );
    let nested = gzip(&gzip(&zlib(TEXT)));
    assert_eq!(whole(&list, &nested), (TEXT.to_vec(), vec![], Anomalies::default()));
    assert_eq!(&codings(b"gzip, br, deflate", &mut anomalies)[..], [Coding::Deflate]);
    assert_eq!(anomalies, flags(&[Anomaly::InvalidEncoding]));
}

#[test]
fn optional_header_fields_are_stepped_over() {
    let plain = gzip(TEXT);
    for (flag, field) in [
        (1, &b""[..]),
        (2, b"\x12\x34"),
        (4, b"\x03\x00abc"),
        (4, b"\x00\x00"),
        (8, b"file.txt\0"),
        (16, b"a comment\0"),
        (31, b"\x01\x00xname\0comment\0\x00\x00"),
    ] {
        let mut input = plain[..10].to_vec();
        input[3] = flag;
        input.extend_from_slice(field);
        input.extend_from_slice(&plain[10..]);
        assert_eq!(whole(&[Coding::Gzip], &input), (TEXT.to_vec(), vec![], Anomalies::default()), "{flag}");
    }
}

#[test]
fn broken_data_give_what_inflates_and_a_flag() {
    let invalid = flags(&[Anomaly::InvalidEncoding]);
    let good = gzip(TEXT);
    for wrong in [good.len() - 1, good.len() - 5] {
        let mut input = good.clone();
        input[wrong] ^= 1;
        assert_eq!(whole(&[Coding::Gzip], &input), (TEXT.to_vec(), vec![], invalid), "byte {wrong}");
    }
    let (body, raw, anomalies) = whole(&[Coding::Gzip], &good[..good.len() - 12]);
    assert!(TEXT.starts_with(&body) && !body.is_empty() && raw.is_empty());
    assert_eq!(anomalies, invalid);

    let junk = [&good[..], b"' or 1=1"].concat();
    let trailing = flags(&[Anomaly::TrailingData]);
    assert_eq!(whole(&[Coding::Gzip], &junk), (TEXT.to_vec(), b"' or 1=1".to_vec(), trailing));
    let junk = [&zlib(TEXT)[..], b"x"].concat();
    assert_eq!(whole(&[Coding::Deflate], &junk), (TEXT.to_vec(), b"x".to_vec(), trailing));
}

#[test]
fn bombs_stop_at_the_budget_and_the_rest_is_raw() {
    let zeros = vec![0; 8 << 20];
    let input = gzip(&zeros);
    let limits = Limits { inflate_bytes: 100_000, ..Limits::default() };
    let (body, raw, anomalies) = run(&mut Inflate::default(), &[Coding::Gzip], &limits, &[&input]);
    assert_eq!((body.len(), anomalies), (100_000, flags(&[Anomaly::DataBomb])));
    assert_eq!(raw, input[512..]);
    let bytewise: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(run(&mut Inflate::default(), &[Coding::Gzip], &limits, &bytewise), (body, raw, anomalies));

    let (body, raw, anomalies) = whole(&[Coding::Gzip], &input);
    assert_eq!(anomalies, flags(&[Anomaly::DataBomb]), "by its ratio");
    assert!(body.len() > 1 << 20 && body.len() < 2 << 20 && raw.len() > input.len() / 2);
    assert_eq!(
        run(&mut Inflate::default(), &[Coding::Gzip], &Limits::default(), &bytewise),
        (body, raw, anomalies)
    );

    // A budget that just suffices is no bomb.
    let limits = Limits { inflate_bytes: TEXT.len() as u64, ..Limits::default() };
    let exact = run(&mut Inflate::default(), &[Coding::Gzip], &limits, &[&gzip(TEXT)]);
    assert_eq!(exact, (TEXT.to_vec(), vec![], Anomalies::default()));
}

fn splits(input: &[u8], cuts: &[prop::sample::Index]) -> Vec<usize> {
    let mut at: Vec<usize> = cuts.iter().map(|c| c.index(input.len() + 1)).collect();
    at.extend([0, input.len()]);
    at.sort_unstable();
    at
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let runs = prop::collection::vec((any::<[u8; 3]>(), 1usize..2000, any::<bool>()), 0..20);
    runs.prop_map(|runs| {
        let one = |(word, n, noise): ([u8; 3], usize, bool)| {
            (0..n).map(
                move |i| if noise { ((i * i * 2654435761) >> 9) as u8 ^ word[i % 3] } else { word[i % 3] },
            )
        };
        runs.into_iter().flat_map(one).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_compressed_inflates_however_it_is_cut(
        body in body(),
        form in 0usize..3,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let (coding, input) = match form {
            0 => (Coding::Gzip, gzip(&body)),
            1 => (Coding::Deflate, zlib(&body)),
            _ => (Coding::Deflate, bare(&body)),
        };
        let at = splits(&input, &cuts);
        let chunks: Vec<&[u8]> = at.windows(2).map(|w| &input[w[0]..w[1]]).collect();
        let came = run(&mut Inflate::default(), &[coding], &Limits::default(), &chunks);
        prop_assert_eq!(came, (body, vec![], Anomalies::default()));
    }

    #[test]
    fn odd_data_come_out_the_same_however_they_are_cut(
        body in body(),
        nested: bool,
        spoil in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        tail in prop::collection::vec(any::<u8>(), 0..40),
        budget in prop_oneof![Just(u64::MAX), 0u64..5000],
        ratio in prop_oneof![Just(200u64), Just(3)],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut input = gzip(&body);
        let mut codings = vec![Coding::Gzip];
        if nested {
            input = zlib(&input);
            codings = vec![Coding::Gzip, Coding::Deflate];
        }
        for (at, byte) in spoil {
            let at = at.index(input.len());
            input[at] = byte;
        }
        input.extend_from_slice(&tail);
        let limits = Limits { inflate_bytes: budget, inflate_ratio: ratio, ..Limits::default() };
        let want = run(&mut Inflate::default(), &codings, &limits, &[&input]);
        let at = splits(&input, &cuts);
        let chunks: Vec<&[u8]> = at.windows(2).map(|w| &input[w[0]..w[1]]).collect();
        let mut used = Inflate::default();
        run(&mut used, &codings, &limits, &[b"\x1f\x8b\x08\x00something else"]);
        prop_assert_eq!(&run(&mut used, &codings, &limits, &chunks), &want, "in chunks, by a used reader");
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        prop_assert_eq!(&run(&mut used, &codings, &limits, &bytes), &want, "byte by byte");
        // What was never compressed passes through as long as it is.
        prop_assert!(want.0.len() as u64 <= budget || want.0.len() <= input.len());
    }

    #[test]
    fn any_bytes_come_out_the_same_however_they_are_cut(
        input in prop::collection::vec(any::<u8>(), 0..300),
        gzip: bool,
    ) {
        let codings = [if gzip { Coding::Gzip } else { Coding::Deflate }];
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        let came = run(&mut Inflate::default(), &codings, &Limits::default(), &bytes);
        prop_assert_eq!(came, whole(&codings, &input));
    }
}
