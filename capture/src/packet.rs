//! One frame taken apart down to its TCP segment, through every layer of encapsulation.
//!
//! A loop over layers, never a recursion: each step reads one header and names what follows it. The headers of IP,
//! UDP and TCP are read by the `etherparse` crate; link layers and tunnels are in `link.rs` and `tunnel.rs`.

use crate::defrag::{Defrag, Fragment, Held};
use crate::file::Frame;
use crate::limits::Limits;
use crate::link::{self, after, be16};
use crate::summary::{Reason, Summary};
use crate::tunnel;
use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice, TcpOptionElement, TcpSlice, UdpHeaderSlice};
use std::net::{IpAddr, SocketAddr};

/// Most headers of one frame; three nested tunnels take about twelve.
const LAYERS: usize = 24;
/// Most datagrams joined from fragments on the way to one segment.
const JOINS: usize = 4;

/// One TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The sender.
    pub from: SocketAddr,
    /// The receiver.
    pub to: SocketAddr,
    /// Sequence number of the first byte (of SYN, if set).
    pub seq: u32,
    /// The acknowledgement, if the flag is set.
    pub ack: Option<u32>,
    /// Opens this direction.
    pub syn: bool,
    /// Ends this direction.
    pub fin: bool,
    /// Aborts the connection.
    pub rst: bool,
    /// The urgent pointer, if the flag is set.
    pub urgent: Option<u16>,
    /// The receive window, not scaled.
    pub window: u16,
    /// The shift count for windows, on a SYN that has the option.
    pub scale: Option<u8>,
    /// The bytes captured.
    pub payload: &'a [u8],
    /// Further bytes that were sent but not captured.
    pub cut: u32,
}

/// What the next header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// A frame of this registered link type.
    Link(u16),
    /// What an EtherType announces.
    EtherType(u16),
    /// PPP, beginning with its protocol field.
    Ppp,
    /// IPv4 or IPv6, told by its first four bits.
    Ip,
    /// What an IP protocol number announces. `whole` is the length of `bytes` on the wire.
    Proto { number: u8, from: IpAddr, to: IpAddr, whole: usize },
}

/// What follows a header: its layer and bytes.
pub(crate) type Next<'a> = Result<(Layer, &'a [u8]), Reason>;

/// Takes frames apart, joining IP fragments on the way.
#[derive(Debug)]
pub struct Dissector {
    defrag: Defrag,
}

enum Walk<'a> {
    Segment(Segment<'a>),
    Joined(Layer, Vec<u8>),
}

impl Dissector {
    /// A dissector that keeps fragments within `limits`.
    pub fn new(limits: &Limits) -> Dissector {
        Dissector { defrag: Defrag::new(limits) }
    }

    /// Takes one frame apart and shows its TCP segment to `then`. What is no TCP segment is counted in `summary`.
    pub fn dissect<R>(
        &mut self,
        frame: &Frame<'_>,
        summary: &mut Summary,
        then: impl FnOnce(&mut Summary, &Segment<'_>) -> R,
    ) -> Option<R> {
        let mut joined: Vec<u8>;
        let (mut layer, mut bytes) = (Layer::Link(frame.link), frame.data);
        for _ in 0..=JOINS {
            match self.walk(layer, bytes, frame.time, summary) {
                Ok(Walk::Segment(segment)) => return Some(then(summary, &segment)),
                Ok(Walk::Joined(next, whole)) => {
                    joined = whole;
                    (layer, bytes) = (next, &joined);
                }
                Err(reason) => {
                    let cut = (frame.wire as usize) > frame.data.len();
                    let reason = if cut && reason == Reason::Malformed { Reason::HeadersCut } else { reason };
                    summary.drop(reason, frame.data.len());
                    return None;
                }
            }
        }
        summary.drop(Reason::TooDeep, frame.data.len());
        None
    }

    /// Gives up fragments that have waited too long at `time`; all of them at the end of a capture.
    pub fn expire(&mut self, time: u64, summary: &mut Summary) {
        self.defrag.expire(time, summary);
    }

    fn walk<'a>(
        &mut self,
        mut layer: Layer,
        mut bytes: &'a [u8],
        time: u64,
        summary: &mut Summary,
    ) -> Result<Walk<'a>, Reason> {
        for _ in 0..LAYERS {
            let (next, rest) = match layer {
                Layer::Link(kind) => link::frame(kind, bytes)?,
                Layer::EtherType(kind) => link::ether_type(kind, bytes)?,
                Layer::Ppp => link::ppp(bytes)?,
                Layer::Ip => match ip(bytes)? {
                    Ip::Whole(next, rest) => (next, rest),
                    Ip::Fragment(fragment) => return self.join(fragment, time, summary),
                },
                Layer::Proto { number: 6, from, to, whole } => {
                    return tcp(bytes, from, to, whole).map(Walk::Segment);
                }
                Layer::Proto { number: 17, .. } => udp(bytes)?,
                Layer::Proto {
                    number: number @ (0 | 43 | 44 | 51 | 60 | 135 | 139 | 140),
                    from,
                    to,
                    whole,
                } => match extension(number, from, to, whole, bytes)? {
                    Ip::Whole(next, rest) => (next, rest),
                    Ip::Fragment(fragment) => return self.join(fragment, time, summary),
                },
                Layer::Proto { number, .. } => tunnel::over_ip(number, bytes)?,
            };
            (layer, bytes) = (next, rest);
        }
        Err(Reason::TooDeep)
    }

    fn join<'a>(
        &mut self,
        fragment: Fragment<'_>,
        time: u64,
        summary: &mut Summary,
    ) -> Result<Walk<'a>, Reason> {
        match self.defrag.add(&fragment, time, summary) {
            Held::Waits => Err(Reason::FragmentHeld),
            Held::Invalid => Err(Reason::FragmentInvalid),
            Held::Whole(whole) => {
                let layer = Layer::Proto {
                    number: fragment.number,
                    from: fragment.from,
                    to: fragment.to,
                    whole: whole.len(),
                };
                Ok(Walk::Joined(layer, whole))
            }
        }
    }
}

enum Ip<'a> {
    Whole(Layer, &'a [u8]),
    Fragment(Fragment<'a>),
}

fn ip(bytes: &[u8]) -> Result<Ip<'_>, Reason> {
    match bytes.first().map(|b| b >> 4) {
        Some(4) => ipv4(bytes),
        Some(6) => ipv6(bytes),
        Some(_) => Err(Reason::NotIp),
        None => Err(Reason::Malformed),
    }
}

fn ipv4(bytes: &[u8]) -> Result<Ip<'_>, Reason> {
    let header = Ipv4HeaderSlice::from_slice(bytes).map_err(|_| Reason::Malformed)?;
    let size = header.slice().len();
    let whole = match usize::from(header.total_len()) {
        // Left to the network card to fill in: the frame is as long as it is.
        0 => bytes.len(),
        n if n < size => return Err(Reason::Malformed),
        n => n,
    };
    let payload = bytes.get(size..whole.min(bytes.len())).ok_or(Reason::Malformed)?;
    let (from, to) = (header.source_addr().into(), header.destination_addr().into());
    let number = header.protocol().0;
    if header.is_fragmenting_payload() {
        return Ok(Ip::Fragment(Fragment {
            from,
            to,
            number,
            id: header.identification().into(),
            start: usize::from(header.fragments_offset().value()) * 8,
            more: header.more_fragments(),
            bytes: payload,
            cut: whole - size > payload.len(),
        }));
    }
    Ok(Ip::Whole(Layer::Proto { number, from, to, whole: whole - size }, payload))
}

fn ipv6(bytes: &[u8]) -> Result<Ip<'_>, Reason> {
    let header = Ipv6HeaderSlice::from_slice(bytes).map_err(|_| Reason::Malformed)?;
    let rest = bytes.get(header.slice().len()..).ok_or(Reason::Malformed)?;
    let whole = match usize::from(header.payload_length()) {
        0 => rest.len(),
        n => n,
    };
    let payload = rest.get(..whole).unwrap_or(rest);
    let (from, to) = (header.source_addr().into(), header.destination_addr().into());
    Ok(Ip::Whole(Layer::Proto { number: header.next_header().0, from, to, whole }, payload))
}

/// An extension header of IPv6, or the authentication header of either version (RFC 8200, RFC 4302). Read here, because
/// the crate's iterator over them reads past the end of a chain that breaks off.
fn extension(number: u8, from: IpAddr, to: IpAddr, whole: usize, bytes: &[u8]) -> Result<Ip<'_>, Reason> {
    let Some([next, len, ..]) = bytes.first_chunk::<8>() else { return Err(Reason::Malformed) };
    let size = match number {
        44 => 8,
        51 => (usize::from(*len) + 2) * 4,
        _ => (usize::from(*len) + 1) * 8,
    };
    let rest = after(bytes, size)?;
    if number == 44 {
        let (place, id) = (be16(bytes, 2)?, be16(bytes, 4)?);
        let (start, more) = (usize::from(place & 0xfff8), place & 1 == 1);
        // A fragment that is the whole datagram (RFC 6946) is passed by.
        if start > 0 || more {
            let id = u32::from(id) << 16 | u32::from(be16(bytes, 6)?);
            let cut = whole > bytes.len();
            return Ok(Ip::Fragment(Fragment { from, to, number: *next, id, start, more, bytes: rest, cut }));
        }
    }
    Ok(Ip::Whole(Layer::Proto { number: *next, from, to, whole: whole.saturating_sub(size) }, rest))
}

fn udp(bytes: &[u8]) -> Next<'_> {
    let header = UdpHeaderSlice::from_slice(bytes).map_err(|_| Reason::Malformed)?;
    let payload = bytes.get(header.slice().len()..).ok_or(Reason::Malformed)?;
    tunnel::over_udp(header.source_port(), header.destination_port(), payload)
}

fn tcp(bytes: &[u8], from: IpAddr, to: IpAddr, whole: usize) -> Result<Segment<'_>, Reason> {
    let tcp = TcpSlice::from_slice(bytes).map_err(|_| Reason::Malformed)?;
    let scale = tcp.syn().then(|| {
        tcp.options_iterator().find_map(|o| match o {
            // RFC 7323 section 2.3: larger counts mean 14.
            Ok(TcpOptionElement::WindowScale(n)) => Some(n.min(14)),
            _ => None,
        })
    });
    Ok(Segment {
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        seq: tcp.sequence_number(),
        ack: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        urgent: tcp.urg().then(|| tcp.urgent_pointer()),
        window: tcp.window_size(),
        scale: scale.flatten(),
        payload: tcp.payload(),
        cut: u32::try_from(whole.saturating_sub(bytes.len())).unwrap_or(0),
    })
}
