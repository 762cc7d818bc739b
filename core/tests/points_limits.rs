//! Floods: each limit of the readers is reached, told, and what is beyond it still comes out.

use sidewatch::limits::{Limits, NAME};
use sidewatch::points::{Body, Header, Multipart, Part, Place, Point, Query, Sink, Target};
use sidewatch::{Anomalies, Anomaly};

/// Keeps what a flood leaves behind: how many values, the last of them, the longest point.
#[derive(Default)]
struct Count {
    values: usize,
    bytes: usize,
    last: Vec<u8>,
    last_place: Option<Place>,
    longest_point: usize,
    anomalies: Anomalies,
    open: bool,
}

impl Sink for Count {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        if !self.open {
            self.values += 1;
            self.last.clear();
        }
        self.open = more;
        self.bytes += piece.len();
        self.last.extend_from_slice(piece);
        self.last_place = Some(place);
        self.longest_point = self.longest_point.max(at.to_string().len());
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }
}

fn limits(params: usize) -> Limits {
    let mut limits = Limits::default();
    limits.params = params;
    limits
}

fn body(content_type: &str, limits: &Limits, bytes: &[u8]) -> Count {
    let (mut body, mut sink) = (Body::default(), Count::default());
    let at = Point::part(Part::Body);
    body.start(Some(content_type.as_bytes()), &mut sink);
    bytes.chunks(1000).for_each(|chunk| body.feed(limits, &at, chunk, &mut sink));
    body.finish(limits, &at, &mut sink);
    assert!(!sink.open);
    sink
}

#[test]
fn pairs_past_the_limit_are_raw() {
    let form = "a=1&".repeat(500) + "needle=x&y";
    let count = body("application/x-www-form-urlencoded", &limits(100), form.as_bytes());
    assert!(count.anomalies.contains(Anomaly::TooManyParams));
    assert_eq!((count.values, count.last_place), (201, Some(Place::Raw)));
    assert!(count.last.ends_with(b"&needle=x&y"));
    let mut sink = Count::default();
    Query::default().read(&limits(100), &Point::part(Part::Query), form.as_bytes(), &mut sink);
    assert!(sink.anomalies.contains(Anomaly::TooManyParams));
}

#[test]
fn cookies_past_the_limit_are_raw() {
    let mut sink = Count::default();
    let cookies = "a=1; ".repeat(500) + "needle=x";
    Header::default().read(&limits(100), b"Cookie", cookies.as_bytes(), &mut sink);
    assert!(sink.anomalies.contains(Anomaly::TooManyParams));
    assert!(sink.last.ends_with(b"needle=x") && sink.last_place == Some(Place::Raw));
}

#[test]
fn segments_past_the_limit_stay_in_the_path() {
    let mut sink = Count::default();
    let target = "/a".repeat(500);
    Target::split(target.as_bytes(), false).read(&limits(100), &mut Query::default(), &mut sink);
    assert!(sink.anomalies.contains(Anomaly::TooManyParams));
    assert_eq!(sink.values, 101);
}

#[test]
fn parts_past_the_limit_are_raw() {
    let part = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
    let count =
        body("multipart/form-data; boundary=x", &limits(100), (part.repeat(200) + "needle").as_bytes());
    assert!(count.anomalies.contains(Anomaly::TooManyParams));
    assert!(count.last.ends_with(b"needle") && count.last_place == Some(Place::Raw));
}

#[test]
fn long_names_are_cut_for_the_point_and_come_out_whole() {
    let name = "n".repeat(5000);
    let form = format!("{name}=1&{name}");
    let count = body("application/x-www-form-urlencoded", &Limits::default(), form.as_bytes());
    assert_eq!((count.values, count.bytes), (3, 10_001));
    assert!(count.longest_point <= NAME + 20 && count.last.len() == 5000);
    let part = format!("--x\r\nContent-Disposition: form-data; name={}\r\n\r\n1\r\n--x--", &name[..2000]);
    let count = body("multipart/form-data; boundary=x", &Limits::default(), part.as_bytes());
    assert_eq!((count.values, count.bytes), (2, 2001));
    assert!(count.longest_point <= NAME + 30);
}

#[test]
fn a_header_block_past_the_limit_is_content() {
    let part = format!("--x\r\nX-Long: {}needle\r\n\r\nend\r\n--x--", "a".repeat(10_000));
    let count = body("multipart/form-data; boundary=x", &Limits::default(), part.as_bytes());
    assert!(count.anomalies.contains(Anomaly::MultipartHeader));
    assert!(count.last.ends_with(b"needle\r\n\r\nend"));
}

#[test]
fn multipart_bodies_nest_only_so_deep() {
    let mut bytes = String::new();
    for i in 0..30 {
        bytes += &format!("--b{i}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", i + 1);
    }
    bytes += "--b30\r\n\r\nneedle\r\n--b0--";
    let mut sink = Count::default();
    let (mut multipart, at) = (Multipart::default(), Point::part(Part::Body));
    multipart.read(&Limits::default(), &at, bytes.as_bytes(), &mut sink);
    assert!(sink.anomalies.contains(Anomaly::NestingTooDeep));
    assert!(sink.last.ends_with(b"--b30\r\n\r\nneedle"));
}

#[test]
fn decoded_contents_are_bounded_and_told() {
    let part = format!(
        "--x\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--x--",
        "QUFB".repeat(20_000)
    );
    let count = body("multipart/form-data; boundary=x", &Limits::default(), part.as_bytes());
    assert!(count.anomalies.contains(Anomaly::DecodeBudget));
    assert_eq!(count.last.len(), 32 << 10);
}
