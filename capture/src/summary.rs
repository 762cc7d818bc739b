//! Counts of everything seen and of everything dropped, with the reason.

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// Why a packet, or some bytes of it, did not become part of a transaction. Numbers and names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $doc])* $variant = $number,)*
        }

        impl Reason {
            /// Every reason, in the order of their numbers.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)*];

            /// The stable name used in reports.
            pub const fn name(self) -> &'static str {
                match self { $(Reason::$variant => $name,)* }
            }

            /// What it means, in one sentence.
            pub const fn doc(self) -> &'static str {
                match self { $(Reason::$variant => { const DOC: &str = concat!($($doc),*); DOC.trim_ascii_start() },)* }
            }
        }
    };
}

reasons! {
    /// The capture's link type is not supported.
    LinkType = 0, "link_type";
    /// Neither IPv4 nor IPv6 (ARP, LLDP, encrypted MACsec...).
    NotIp = 1, "not_ip";
    /// IP, but not TCP and no known tunnel.
    NotTcp = 2, "not_tcp";
    /// The snapshot length cut the packet inside its headers.
    HeadersCut = 3, "headers_cut";
    /// A header contradicts itself or ends early.
    Malformed = 4, "malformed";
    /// More layers of encapsulation than the limit.
    TooDeep = 5, "too_deep";
    /// A fragment that waits for the others; dropped only if they never come.
    FragmentHeld = 6, "fragment_held";
    /// Fragments whose datagram stayed incomplete, or whose place was needed.
    FragmentLost = 7, "fragment_lost";
    /// A fragment that lies outside a datagram or contradicts others.
    FragmentInvalid = 8, "fragment_invalid";
    /// Fragments of one datagram that overlap with different bytes; the first were taken.
    FragmentConflict = 9, "fragment_conflict";
    /// Bytes after the close of their connection, or on the segment that aborts it.
    AfterClose = 10, "after_close";
    /// Bytes seen before: retransmissions and keep-alive probes.
    Retransmitted = 11, "retransmitted";
    /// Bytes that came after they had been given up as lost, or before the first byte seen of a connection.
    TooLate = 12, "too_late";
    /// Bytes outside the window that the receiver offers, or on a SYN inside a connection.
    OutOfWindow = 13, "out_of_window";
    /// Retransmissions that differ from the bytes seen first.
    OverlapConflict = 14, "overlap_conflict";
    /// Urgent bytes taken out of the stream.
    Urgent = 15, "urgent";
    /// Bytes that were sent but not captured, or cut off by the snapshot length.
    Gap = 16, "gap";
    /// TLS.
    Tls = 17, "tls";
    /// HTTP/2 without an upgrade.
    Http2 = 18, "http2";
    /// Neither HTTP nor TLS.
    NotHttp = 19, "not_http";
    /// Bytes of a connection that ended before it was clear what it speaks.
    Undecided = 20, "undecided";
}

/// How often something was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Packets, or pieces of packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What a capture held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Frames read from the capture.
    pub frames: u64,
    /// Their bytes, as captured.
    pub bytes: u64,
    /// Blocks of the capture file that do not hold what their type says; they were skipped.
    pub bad_blocks: u64,
    /// TCP segments found in the frames.
    pub segments: u64,
    /// Bytes of TCP payload handed on in order.
    pub delivered: u64,
    /// Connections seen.
    pub connections: u64,
    /// Connections whose beginning was not captured.
    pub midstream: u64,
    /// Connections that were silent for longer than the limit.
    pub idle: u64,
    /// Connections closed early because the table was full.
    pub evicted: u64,
    /// Times that a connection gave up its holes because all connections together kept too much.
    pub memory_pressed: u64,
    /// Connections that spoke HTTP/1.
    pub http: u64,
    /// Connections that spoke TLS.
    pub tls: u64,
    /// Connections that spoke HTTP/2 without an upgrade.
    pub http2: u64,
    /// Connections that spoke something else.
    pub other: u64,
    /// Connections without a byte of payload.
    pub silent: u64,
    /// Connections that ended before it was clear what they speak.
    pub undecided: u64,
    /// Transactions reported.
    pub transactions: u64,
    dropped: [Dropped; Reason::ALL.len()],
}

impl Summary {
    /// Counts one packet, or piece of a packet, of `bytes` bytes as dropped.
    pub fn drop(&mut self, reason: Reason, bytes: usize) {
        self.drop_many(reason, 1, bytes as u64);
    }

    /// Counts bytes as dropped, if there are any.
    pub(crate) fn drop_bytes(&mut self, reason: Reason, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.drop(reason, bytes.len());
        }
    }

    /// Counts several at once.
    pub fn drop_many(&mut self, reason: Reason, packets: u64, bytes: u64) {
        if let Some(d) = self.dropped.get_mut(reason as usize) {
            d.packets += packets;
            d.bytes = d.bytes.saturating_add(bytes);
        }
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Summary) {
        // Named one by one, so that a new count cannot be forgotten.
        let Summary {
            frames,
            bytes,
            bad_blocks,
            segments,
            delivered,
            connections,
            midstream,
            idle,
            evicted,
            memory_pressed,
            http,
            tls,
            http2,
            other: others,
            silent,
            undecided,
            transactions,
            dropped,
        } = other;
        self.frames += frames;
        self.bytes += bytes;
        self.bad_blocks += bad_blocks;
        self.segments += segments;
        self.delivered += delivered;
        self.connections += connections;
        self.midstream += midstream;
        self.idle += idle;
        self.evicted += evicted;
        self.memory_pressed += memory_pressed;
        self.http += http;
        self.tls += tls;
        self.http2 += http2;
        self.other += others;
        self.silent += silent;
        self.undecided += undecided;
        self.transactions += transactions;
        for (mine, theirs) in self.dropped.iter_mut().zip(dropped) {
            mine.packets += theirs.packets;
            mine.bytes = mine.bytes.saturating_add(theirs.bytes);
        }
    }

    /// How much was dropped for `reason`.
    pub fn dropped(&self, reason: Reason) -> Dropped {
        self.dropped.get(reason as usize).copied().unwrap_or_default()
    }

    /// Every reason for which something was dropped.
    pub fn drops(&self) -> impl Iterator<Item = (Reason, Dropped)> + '_ {
        Reason::ALL.iter().map(|&r| (r, self.dropped(r))).filter(|(_, d)| d.packets > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_names_unique() {
        assert!(Reason::ALL.iter().enumerate().all(|(i, &r)| r as usize == i && !r.doc().is_empty()));
        let names: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|r| r.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
    }

    #[test]
    fn drops_lists_what_was_counted() {
        let mut summary = Summary::default();
        summary.drop(Reason::Tls, 10);
        summary.drop(Reason::Tls, 5);
        assert_eq!(summary.drops().collect::<Vec<_>>(), [(Reason::Tls, Dropped { packets: 2, bytes: 15 })]);
    }
}
