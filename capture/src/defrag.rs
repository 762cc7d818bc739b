//! IP datagrams joined from their fragments, within bounds.
//!
//! Where fragments overlap, the bytes seen first stay: what has been judged cannot be replaced afterwards.

use crate::limits::{Limits, nanos};
use crate::summary::{Reason, Summary};
use hashlink::LinkedHashMap;
use std::hash::RandomState;
use std::net::IpAddr;

/// Longest payload of an IP datagram.
const DATAGRAM: usize = 65_535;
/// Most separate pieces of one datagram; full-sized fragments of Ethernet need 45.
const PIECES: usize = 256;
/// What one unfinished datagram costs besides its bytes.
const OVERHEAD: usize = 256;

/// One fragment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragment<'a> {
    pub from: IpAddr,
    pub to: IpAddr,
    /// The protocol of the payload.
    pub number: u8,
    pub id: u32,
    /// Where in the payload it belongs.
    pub start: usize,
    /// Whether others come after it.
    pub more: bool,
    pub bytes: &'a [u8],
    /// Whether the snapshot length cut it: the datagram cannot become whole.
    pub cut: bool,
}

/// What became of a fragment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Others are missing.
    Waits,
    /// It cannot belong to a datagram.
    Invalid,
    /// It was the last one missing; this is the payload.
    Whole(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    from: IpAddr,
    to: IpAddr,
    number: u8,
    id: u32,
}

#[derive(Debug, Default)]
struct Datagram {
    /// Pieces in order, none overlapping another.
    pieces: Vec<(usize, Vec<u8>)>,
    bytes: usize,
    end: Option<usize>,
    since: u64,
    fragments: u64,
}

/// The datagrams of which fragments have been seen, oldest first.
#[derive(Debug)]
pub(crate) struct Defrag {
    datagrams: LinkedHashMap<Key, Datagram, RandomState>,
    kept: usize,
    most: usize,
    most_kept: usize,
    patience: u64,
}

impl Defrag {
    pub fn new(limits: &Limits) -> Defrag {
        Defrag {
            datagrams: LinkedHashMap::with_hasher(RandomState::new()),
            kept: 0,
            most: limits.datagrams,
            most_kept: limits.fragments,
            patience: nanos(limits.fragment_time),
        }
    }

    /// Takes one fragment.
    pub fn add(&mut self, fragment: &Fragment<'_>, time: u64, summary: &mut Summary) -> Held {
        self.expire(time, summary);
        let end = fragment.start + fragment.bytes.len();
        if end > DATAGRAM
            || fragment.bytes.is_empty()
            || fragment.more && !fragment.bytes.len().is_multiple_of(8) && !fragment.cut
        {
            return Held::Invalid;
        }
        let key = Key { from: fragment.from, to: fragment.to, number: fragment.number, id: fragment.id };
        let datagram = self.datagrams.entry(key).or_insert_with(|| {
            self.kept += OVERHEAD;
            Datagram { since: time, ..Datagram::default() }
        });
        if !fragment.more && !fragment.cut {
            match datagram.end {
                Some(known) if known != end => return Held::Invalid,
                _ if datagram.pieces.last().is_some_and(|p| p.0 + p.1.len() > end) => return Held::Invalid,
                _ => datagram.end = Some(end),
            }
        } else if datagram.end.is_some_and(|known| end > known) {
            return Held::Invalid;
        }
        let before = datagram.bytes;
        let same = datagram.insert(fragment.start, fragment.bytes);
        self.kept += datagram.bytes - before;
        datagram.fragments += 1;
        if !same {
            summary.drop(Reason::FragmentConflict, fragment.bytes.len());
        }
        if datagram.end == Some(datagram.bytes)
            && let Some(datagram) = self.datagrams.remove(&key)
        {
            self.kept -= datagram.bytes + OVERHEAD;
            let mut whole = Vec::with_capacity(datagram.bytes);
            datagram.pieces.iter().for_each(|p| whole.extend_from_slice(&p.1));
            return Held::Whole(whole);
        }
        while self.datagrams.len() > self.most || self.kept > self.most_kept {
            if !self.drop_oldest(summary) {
                break;
            }
        }
        Held::Waits
    }

    /// Drops what has waited too long at `time`.
    pub fn expire(&mut self, time: u64, summary: &mut Summary) {
        while let Some((_, oldest)) = self.datagrams.front()
            && time.saturating_sub(oldest.since) > self.patience
        {
            self.drop_oldest(summary);
        }
    }

    fn drop_oldest(&mut self, summary: &mut Summary) -> bool {
        let Some((_, datagram)) = self.datagrams.pop_front() else { return false };
        self.kept -= datagram.bytes + OVERHEAD;
        summary.drop_many(Reason::FragmentLost, datagram.fragments, datagram.bytes as u64);
        true
    }
}

impl Datagram {
    /// Adds what is new of `bytes`; returns whether what is not new agrees with what was there.
    fn insert(&mut self, start: usize, bytes: &[u8]) -> bool {
        let (mut at, end, mut same) = (start, start + bytes.len(), true);
        let mut i = self.pieces.partition_point(|p| p.0 + p.1.len() <= start);
        while at < end {
            let part = |from: usize, to: usize| bytes.get(from - start..to - start).unwrap_or_default();
            match self.pieces.get(i) {
                Some((begin, there)) if *begin <= at => {
                    let stop = (begin + there.len()).min(end);
                    same &= there.get(at - begin..stop - begin) == Some(part(at, stop));
                    at = stop;
                }
                next => {
                    let stop = next.map_or(end, |p| p.0.min(end));
                    if self.pieces.len() >= PIECES {
                        return same;
                    }
                    self.pieces.insert(i, (at, part(at, stop).to_vec()));
                    self.bytes += stop - at;
                    at = stop;
                }
            }
            i += 1;
        }
        same
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    fn fragment(id: u32, start: usize, bytes: &[u8], more: bool) -> Fragment<'_> {
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Fragment { from: ip, to: ip, number: 6, id, start, more, bytes, cut: false }
    }

    #[test]
    fn the_bytes_seen_first_stay() {
        let (mut defrag, mut summary) = (Defrag::new(&Limits::default()), Summary::default());
        assert_eq!(defrag.add(&fragment(1, 8, b"BBBBBBBBCC", false), 0, &mut summary), Held::Waits);
        let whole = defrag.add(&fragment(1, 0, b"AAAAAAAAXXXXXXXX", true), 0, &mut summary);
        assert_eq!(whole, Held::Whole(b"AAAAAAAABBBBBBBBCC".to_vec()));
        assert_eq!(summary.dropped(Reason::FragmentConflict).packets, 1);
        assert_eq!((defrag.kept, defrag.datagrams.len()), (0, 0));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let (mut defrag, mut summary) = (Defrag::new(&Limits::default()), Summary::default());
        assert_eq!(defrag.add(&fragment(1, 65_528, b"12345678", false), 0, &mut summary), Held::Invalid);
        assert_eq!(defrag.add(&fragment(1, 0, b"123", true), 0, &mut summary), Held::Invalid);
        assert_eq!(defrag.add(&fragment(1, 16, b"12", false), 0, &mut summary), Held::Waits);
        assert_eq!(defrag.add(&fragment(1, 24, b"12", false), 0, &mut summary), Held::Invalid, "two ends");
        assert_eq!(
            defrag.add(&fragment(1, 16, b"12345678", true), 0, &mut summary),
            Held::Invalid,
            "past the end"
        );
    }

    #[test]
    fn a_flood_of_fragments_costs_no_more_than_the_limit() {
        let limits = Limits { datagrams: 10, fragments: 10_000, ..Limits::default() };
        let (mut defrag, mut summary) = (Defrag::new(&limits), Summary::default());
        for id in 0..1000 {
            defrag.add(&fragment(id, 0, &[0; 1024], true), 0, &mut summary);
            assert!(defrag.kept <= 10_000 && defrag.datagrams.len() <= 10);
        }
        defrag.expire(u64::MAX, &mut summary);
        assert_eq!((defrag.kept, defrag.datagrams.len()), (0, 0));
        assert_eq!(summary.dropped(Reason::FragmentLost).bytes, 1000 * 1024);
    }

    proptest! {
        #[test]
        fn order_and_duplicates_do_not_matter(
            payload in prop::collection::vec(any::<u8>(), 17..400),
            order in prop::collection::vec(any::<prop::sample::Index>(), 60..120),
        ) {
            let (mut defrag, mut summary) = (Defrag::new(&Limits::default()), Summary::default());
            let parts: Vec<_> = payload.chunks(16).enumerate().map(|(i, c)| (i * 16, c)).collect();
            let all = order.iter().map(|i| i.index(parts.len())).chain(0..parts.len());
            let mut whole = None;
            for i in all {
                let (start, bytes) = parts[i];
                let more = start + bytes.len() < payload.len();
                if let Held::Whole(w) = defrag.add(&fragment(9, start, bytes, more), 0, &mut summary) {
                    whole.get_or_insert(w);
                }
            }
            prop_assert_eq!(whole, Some(payload));
            prop_assert_eq!(summary.dropped(Reason::FragmentConflict).packets, 0);
        }
    }
}
