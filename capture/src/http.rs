//! The streams of HTTP/1 connections, fed to the engine; those of other protocols, recognised and let go.
//!
//! A connection whose handshake was captured is held until its first bytes tell what it speaks; usually the first
//! segment does, and nothing is copied. One that was joined in the middle is searched, each direction by itself, for
//! its first start line: the line also tells who is the client.

use crate::held::{Held, Part};
use crate::limits::{Limits, nanos};
use crate::scan::{Finished, Output};
use crate::sniff::{Line, Says, find_start, first_bytes};
use crate::streams::{End, Interest, Opened, Streams, Way};
use crate::summary::{Reason, Summary};
use sidewatch::engine::Connection;
use sidewatch::{Engine, Transaction};
use std::net::SocketAddr;
use std::time::Duration;

/// Longest part of a line kept while a start line is searched for.
const TAIL: usize = 1 << 10;

/// Feeds HTTP connections to an engine and hands its transactions to `O`.
pub(crate) struct HttpStreams<O> {
    engine: Engine,
    undecided: usize,
    response_time: u64,
    /// Transactions for reuse by all connections, but while one is fed: they know what clients send again and again.
    #[allow(clippy::vec_box)] // they come and go as boxes: moving one moves a pointer
    spare: Vec<Box<Transaction>>,
    pub output: O,
    /// Only the counts of what is decided here.
    pub counts: Summary,
}

/// One connection.
pub(crate) struct Talk {
    opened: Opened,
    /// Who is the client, once known.
    client: Option<Way>,
    http: Option<Box<Connection>>,
    ignored: Option<Reason>,
    /// The directions whose place among the messages is not known.
    lost: [bool; 2],
    /// The unfinished line of each of them.
    tails: [Vec<u8>; 2],
    /// What has come while it was not clear what the connection speaks.
    held: Held,
    /// The directions of which bytes have come.
    spoke: [bool; 2],
    /// When bytes came last.
    last: u64,
}

impl<O: Output> HttpStreams<O> {
    pub fn new(engine: Engine, limits: &Limits, output: O) -> HttpStreams<O> {
        HttpStreams {
            engine,
            undecided: limits.undecided,
            response_time: nanos(limits.response_time),
            spare: Vec::new(),
            output,
            counts: Summary::default(),
        }
    }

    /// Decides by the first bytes of both directions, or holds them until they tell.
    fn hold(&mut self, talk: &mut Talk, way: Way, bytes: &[u8], time: u64) -> Interest {
        let nothing_held = talk.held.is_empty();
        let decision = if nothing_held {
            let says = first_bytes(bytes);
            decide(if way == Way::Forward { [says, Says::More] } else { [Says::More, says] }, way)
        } else {
            let first = talk.held.first_way();
            talk.held.push(way, bytes, time);
            match talk.held.is_worth_a_look(way, bytes) {
                true => decide([Way::Forward, Way::Backward].map(|w| first_bytes(talk.held.start(w))), first),
                false => Decision::Wait,
            }
        };
        match decision {
            Decision::Http(client) => {
                talk.client = Some(client);
                self.feed_held(talk);
                if nothing_held {
                    self.feed(talk, way, bytes, time);
                }
                Interest::Keep
            }
            Decision::Ignore(reason) => self.ignore(talk, reason, if nothing_held { bytes } else { b"" }),
            Decision::Wait => {
                if nothing_held {
                    talk.held.push(way, bytes, time);
                }
                if talk.held.cost() > self.undecided {
                    return self.ignore(talk, Reason::NotHttp, b"");
                }
                Interest::Keep
            }
        }
    }

    /// Feeds what was held, once it is clear that the connection speaks HTTP.
    fn feed_held(&mut self, talk: &mut Talk) {
        std::mem::take(&mut talk.held).replay(|way, time, held| match held {
            Part::Bytes(bytes) => self.feed(talk, way, bytes, time),
            Part::Gap(n) => self.feed_gap(talk, way, n),
        });
    }

    /// Looks for a start line in a direction that was joined in the middle.
    fn search(&mut self, talk: &mut Talk, way: Way, bytes: &[u8], time: u64) -> Interest {
        let first = first_bytes(bytes);
        if let (None, Says::Other(reason)) = (&talk.http, first) {
            return self.ignore(talk, reason, bytes);
        }
        let wanted = talk.client.map(|c| if c == way { Line::Request } else { Line::Response });
        let tail = std::mem::take(&mut talk.tails[way as usize]);
        // A message may begin where the bytes do, or where the line began that the last bytes ended in.
        let joined;
        let (mut text, mut found) = (bytes, find_start(bytes, wanted));
        if !tail.is_empty() {
            joined = [&tail, bytes].concat();
            let earlier = find_start(&joined, wanted);
            if found.is_none() || earlier.is_some_and(|e| found.is_some_and(|f| e.0 < f.0 + tail.len())) {
                (text, found) = (&joined, earlier);
            }
        }
        if found.is_none()
            && let Says::Http(kind) = first
            && wanted.is_none_or(|w| w == kind)
            && !bytes.contains(&b'\n')
        {
            (text, found) = (bytes, Some((0, kind)));
        }
        let Some((at, kind)) = found else {
            let line = memchr::memrchr(b'\n', text).map_or(0, |i| i + 1);
            let keep = text.get(line.max(text.len().saturating_sub(TAIL))..).unwrap_or_default();
            self.counts
                .drop_bytes(Reason::Undecided, text.get(..text.len() - keep.len()).unwrap_or_default());
            talk.tails[way as usize] = keep.to_vec();
            return Interest::Keep;
        };
        self.counts.drop_bytes(Reason::Undecided, text.get(..at).unwrap_or_default());
        talk.client = Some(if kind == Line::Request { way } else { way.other() });
        talk.lost[way as usize] = false;
        self.feed_held(talk);
        self.feed(talk, way, text.get(at..).unwrap_or_default(), time);
        Interest::Keep
    }

    /// Lets go of a connection; `bytes` are those that told.
    fn ignore(&mut self, talk: &mut Talk, reason: Reason, bytes: &[u8]) -> Interest {
        talk.ignored = Some(reason);
        self.count_held(talk, reason);
        self.counts.drop_bytes(reason, bytes);
        Interest::Ignore(reason)
    }

    /// Counts what is held, and is now given up.
    fn count_held(&mut self, talk: &mut Talk, reason: Reason) {
        let held = std::mem::take(&mut talk.held);
        for way in [Way::Forward, Way::Backward] {
            self.counts.drop_bytes(reason, held.start(way));
            self.counts.drop_bytes(reason, &std::mem::take(&mut talk.tails[way as usize]));
        }
    }

    fn feed(&mut self, talk: &mut Talk, way: Way, bytes: &[u8], time: u64) {
        let one_sided = !talk.has_spoken(way.other());
        let (from, to) = talk.ends();
        let http = talk.http.get_or_insert_with(|| {
            let mut http = Box::new(self.engine.connection());
            http.set_addresses(from, to);
            http
        });
        http.set_time(Duration::from_nanos(time));
        if one_sided && time.saturating_sub(talk.last) > self.response_time {
            http.settle();
        }
        talk.last = time;
        let (mut rest, is_client) = (bytes, talk.client == Some(way));
        while !rest.is_empty() {
            let Some(http) = &mut talk.http else { return };
            self.lend(http);
            let used = if is_client { http.client_message(rest) } else { http.server_message(rest) };
            rest = rest.get(used..).unwrap_or_default();
            self.drain(talk);
        }
    }

    /// Gives a connection the transactions for reuse, until the finished ones are taken from it.
    fn lend(&mut self, http: &mut Connection) {
        http.spare().append(&mut self.spare);
    }

    fn feed_gap(&mut self, talk: &mut Talk, way: Way, n: u64) {
        let Some(http) = &mut talk.http else { return };
        self.lend(http);
        if talk.client == Some(way) {
            http.client_gap(n);
        } else {
            http.server_gap(n);
        }
        self.drain(talk);
    }

    /// Hands on every transaction that is complete.
    fn drain(&mut self, talk: &mut Talk) {
        let (client, server) = talk.ends();
        let Some(http) = &mut talk.http else { return };
        while let Some(transaction) = http.next_transaction() {
            self.counts.transactions += 1;
            let connection = talk.opened.id;
            self.output.transaction(&Finished { connection, client, server, transaction: &transaction });
            http.recycle(transaction);
        }
        self.spare.append(http.spare());
    }
}

impl Talk {
    /// The client and the server.
    fn ends(&self) -> (SocketAddr, SocketAddr) {
        let Opened { from, to, .. } = self.opened;
        if self.client == Some(Way::Backward) { (to, from) } else { (from, to) }
    }

    /// Whether bytes of a direction have come.
    fn has_spoken(&self, way: Way) -> bool {
        self.spoke.get(way as usize) == Some(&true)
    }
}

enum Decision {
    Http(Way),
    Ignore(Reason),
    Wait,
}

/// What the first bytes of both directions add up to; `first` spoke first.
fn decide(says: [Says; 2], first: Way) -> Decision {
    match says {
        [Says::Other(reason), _] | [_, Says::Other(reason)] => Decision::Ignore(reason),
        [Says::Http(Line::Request), _] | [_, Says::Http(Line::Response)] => Decision::Http(Way::Forward),
        // The roles are the other way round, as for servers that call out.
        [Says::Http(Line::Response), _] | [_, Says::Http(Line::Request)] => Decision::Http(Way::Backward),
        [Says::Unknown, Says::Unknown] => Decision::Ignore(Reason::NotHttp),
        // A greeting: the protocols in which the server speaks first are not HTTP.
        [Says::More, Says::Unknown] if first == Way::Backward => Decision::Ignore(Reason::NotHttp),
        _ => Decision::Wait,
    }
}

impl<O: Output> Streams for HttpStreams<O> {
    type Stream = Talk;

    fn open(&mut self, opened: &Opened) -> Talk {
        Talk {
            opened: *opened,
            client: None,
            http: None,
            ignored: None,
            lost: [!opened.handshake; 2],
            tails: Default::default(),
            held: Held::default(),
            spoke: [false; 2],
            last: opened.time,
        }
    }

    fn data(&mut self, talk: &mut Talk, way: Way, bytes: &[u8], time: u64) -> Interest {
        talk.spoke[way as usize] = true;
        if let Some(reason) = talk.ignored {
            self.counts.drop_bytes(reason, bytes);
            Interest::Ignore(reason)
        } else if talk.lost[way as usize] {
            self.search(talk, way, bytes, time)
        } else if talk.http.is_some() {
            self.feed(talk, way, bytes, time);
            Interest::Keep
        } else {
            self.hold(talk, way, bytes, time)
        }
    }

    fn gap(&mut self, talk: &mut Talk, way: Way, bytes: u64, time: u64) {
        if talk.lost[way as usize] {
            talk.tails[way as usize].clear();
        } else if talk.http.is_some() {
            self.feed_gap(talk, way, bytes);
        } else if !talk.held.start(way).is_empty() {
            talk.held.gap(way, bytes, time);
        } else {
            talk.lost[way as usize] = true;
            if talk.opened.handshake {
                talk.client = Some(Way::Forward);
            }
        }
    }

    fn conflict(&mut self, talk: &mut Talk, way: Way, bytes: &[u8], _time: u64) {
        let Some(http) = &mut talk.http else { return };
        self.lend(http);
        if talk.client == Some(way) {
            http.client_conflict(bytes);
        } else {
            http.server_conflict(bytes);
        }
        self.drain(talk);
    }

    fn close(&mut self, talk: &mut Talk, way: Way, _time: u64) {
        if let Some(http) = &mut talk.http {
            if talk.client == Some(way) {
                http.client_close();
            } else {
                http.server_close();
            }
            self.drain(talk);
        }
    }

    fn end(&mut self, mut talk: Talk, _end: End, _time: u64) {
        if let Some(http) = &mut talk.http {
            http.client_close();
            http.server_close();
            self.drain(&mut talk);
        }
        let counts = &mut self.counts;
        match talk.ignored {
            _ if talk.http.is_some() => counts.http += 1,
            Some(Reason::Tls) => counts.tls += 1,
            Some(Reason::Http2) => counts.http2 += 1,
            Some(_) => counts.other += 1,
            None if talk.spoke == [false; 2] => counts.silent += 1,
            None => counts.undecided += 1,
        }
        self.count_held(&mut talk, Reason::Undecided);
    }
}
