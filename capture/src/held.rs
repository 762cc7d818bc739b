//! The first bytes of a connection, held until it is clear what it speaks.

use crate::streams::Way;

/// What one entry of the order costs.
const ENTRY: usize = 32;
/// The first bytes are looked at again at each of the first so many, and then once for each further so many.
const LOOK: usize = 512;

/// The bytes of both directions and the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Held {
    starts: [Vec<u8>; 2],
    order: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    way: Way,
    time: u64,
    bytes: usize,
    /// Bytes missing after them.
    gap: u64,
}

/// What comes out of [`Held::replay`].
pub(crate) enum Part<'a> {
    Bytes(&'a [u8]),
    Gap(u64),
}

impl Held {
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The direction that spoke first.
    pub fn first_way(&self) -> Way {
        self.order.first().map_or(Way::Forward, |e| e.way)
    }

    /// The bytes of one direction.
    pub fn start(&self, way: Way) -> &[u8] {
        &self.starts[way as usize]
    }

    /// Bytes of memory held.
    pub fn cost(&self) -> usize {
        self.starts.iter().map(Vec::len).sum::<usize>() + self.order.len() * ENTRY
    }

    pub fn push(&mut self, way: Way, bytes: &[u8], time: u64) {
        self.starts[way as usize].extend_from_slice(bytes);
        match self.order.last_mut() {
            Some(last) if last.way == way && last.gap == 0 => last.bytes += bytes.len(),
            _ => self.order.push(Entry { way, time, bytes: bytes.len(), gap: 0 }),
        }
    }

    pub fn gap(&mut self, way: Way, n: u64, time: u64) {
        match self.order.last_mut() {
            Some(last) if last.way == way => last.gap = last.gap.saturating_add(n),
            _ => self.order.push(Entry { way, time, bytes: 0, gap: n }),
        }
    }

    /// Whether the bytes just pushed may tell more than those before: so that many small segments cost no more than
    /// one large one.
    pub fn is_worth_a_look(&self, way: Way, pushed: &[u8]) -> bool {
        let now = self.start(way).len();
        let before = now.saturating_sub(pushed.len());
        now <= LOOK / 8 || before / LOOK != now / LOOK || memchr::memchr(b'\n', pushed).is_some()
    }

    /// Shows everything in the order in which it came.
    pub fn replay(self, mut each: impl FnMut(Way, u64, Part<'_>)) {
        let mut at = [0, 0];
        for Entry { way, time, bytes, gap } in self.order {
            let (start, at) = (&self.starts[way as usize], &mut at[way as usize]);
            if let Some(part) = start.get(*at..*at + bytes).filter(|p| !p.is_empty()) {
                each(way, time, Part::Bytes(part));
            }
            if gap > 0 {
                each(way, time, Part::Gap(gap));
            }
            *at += bytes;
        }
    }
}
