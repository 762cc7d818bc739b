//! One stream from its first hook to its last: what of it goes to the engine, and what Envoy is asked to do.

use crate::config::{OnError, Position};
use crate::head::{self, Head};
use crate::host::{Attribute, Body, Counter, Host, Section};
use crate::sink::Written;
use crate::worker::Worker;
use sidewatch::http::{Messages, Version};
use sidewatch::{Action, Transaction, Verdict};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// What Envoy is asked to do with the part of the request that it has just shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Pass it on, and with it what was held back.
    Go,
    /// Hold it back until more has come.
    Hold,
    /// Pass nothing on.
    Drop,
    /// Answer with this status, and pass nothing on. Where the answer has begun, Envoy ends the stream instead.
    Answer(u16),
    /// Answer a call of gRPC with this status of gRPC, and pass nothing on.
    AnswerGrpc(u8),
}

/// Where the request stands after a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// More of it comes.
    No,
    /// It is complete.
    Yes,
}

impl From<bool> for End {
    fn from(end: bool) -> End {
        if end { End::Yes } else { End::No }
    }
}

/// One stream.
#[derive(Debug)]
pub(crate) struct Exchange {
    worker: Rc<Worker>,
    /// There from the head to the end; not after a failure.
    tx: Option<Box<Transaction>>,
    head: Head,
    /// Bytes of the request's body so far.
    body: u64,
    request: Progress,
    response: Progress,
    failed: bool,
    /// An answer from here has been asked for.
    answered: bool,
    /// An answer, from wherever, is on its way to the client.
    answer_begun: bool,
    finished: bool,
}

const GRPC_PERMISSION_DENIED: u8 = 7;
const GRPC_UNAVAILABLE: u8 = 14;

/// How much of a message the engine has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    None,
    Open,
    Over,
}

impl Exchange {
    /// A stream that has just begun.
    pub(crate) fn new(worker: Rc<Worker>) -> Exchange {
        Exchange {
            worker,
            tx: None,
            head: Head::default(),
            body: 0,
            request: Progress::None,
            response: Progress::None,
            failed: false,
            answered: false,
            answer_begun: false,
            finished: false,
        }
    }

    /// Runs what a hook has to do. A panic ends the judging of this stream and nothing else.
    fn run<H: Host>(&mut self, host: &H, hook: impl FnOnce(&mut Exchange, &H)) {
        if self.failed || self.finished {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| hook(self, host))).is_err() {
            self.failed = true;
            // What the panic left half done must not be used again; to drop it may panic too.
            let tx = self.tx.take();
            let _ = catch_unwind(AssertUnwindSafe(|| drop(tx)));
            host.count(Counter::Panics);
        }
    }

    /// What becomes of the request, as far as it is known.
    fn step(&mut self, host: &impl Host, end: End) -> Step {
        let settings = &self.worker.settings;
        let answer = match settings.position {
            Position::Observer => return Step::Go,
            _ if self.answered => return Step::Drop,
            Position::MirrorTarget if end == End::No => return Step::Drop,
            Position::MirrorTarget => 204,
            Position::Inline if self.failed && settings.on_error == OnError::Block => 503,
            Position::Inline if self.verdict() == Verdict::Attack => settings.block_status,
            Position::Inline if end == End::No && !self.failed && self.holds(host) => return Step::Hold,
            Position::Inline => return Step::Go,
        };
        self.answered = true;
        if answer == 204 {
            return Step::Answer(answer);
        }
        host.count(Counter::Blocked);
        match answer {
            // Envoy would answer a call of gRPC with the status OK.
            503 if self.head.grpc && !self.answer_begun => Step::AnswerGrpc(GRPC_UNAVAILABLE),
            _ if self.head.grpc && !self.answer_begun => Step::AnswerGrpc(GRPC_PERMISSION_DENIED),
            _ => Step::Answer(answer),
        }
    }

    fn verdict(&self) -> Verdict {
        self.tx.as_ref().map_or(Verdict::Pass, |tx| tx.verdict())
    }

    /// Whether the request waits at the door until more of its body is known.
    fn holds(&self, host: &impl Host) -> bool {
        // The last piece waits until Envoy says that it was the last: with it, the application would have all it needs.
        if self.body > 0 && self.head.length.is_some_and(|n| n <= self.body) {
            return true;
        }
        let most = match host.buffer_limit() {
            0 => self.worker.settings.hold_body,
            limit => limit.min(self.worker.settings.hold_body),
        };
        !self.head.waits && self.head.length.is_some_and(|n| n > 0 && n <= most)
    }

    /// The request's head has come.
    pub(crate) fn request_head<H: Host>(&mut self, host: &H, end: End) -> Step {
        self.run(host, |x, host| {
            x.begin(host);
            provoke(host, "head");
            if end == End::Yes {
                x.end_request();
            }
        });
        self.step(host, end)
    }

    fn begin(&mut self, host: &impl Host) {
        let mut tx = self.worker.take();
        match head::feed(&mut tx, host, &self.worker.settings) {
            Some(head) => (self.tx, self.head, self.request) = (Some(tx), head, Progress::Open),
            None => self.worker.give_back(tx),
        }
    }

    /// A piece of the request's body has come.
    pub(crate) fn request_body<H: Host>(&mut self, host: &H, end: End) -> Step {
        self.run(host, |x, host| {
            if let (Some(tx), Progress::Open) = (&mut x.tx, x.request) {
                for piece in host.body(Body::Request) {
                    x.body += piece.len() as u64;
                    tx.request_body(piece);
                }
                provoke(host, "body");
            }
            if end == End::Yes {
                x.end_request();
            }
        });
        self.step(host, end)
    }

    /// The request's trailers have come, which end it.
    pub(crate) fn request_trailers<H: Host>(&mut self, host: &H) -> Step {
        self.run(host, |x, host| {
            if let (Some(tx), Progress::Open) = (&mut x.tx, x.request) {
                for (name, value) in host.fields(Section::RequestTrailers) {
                    tx.request_trailer(name, value);
                }
            }
            x.end_request();
        });
        self.step(host, End::Yes)
    }

    fn end_request(&mut self) {
        if let (Some(tx), Progress::Open) = (&mut self.tx, self.request) {
            self.request = Progress::Over;
            tx.request_end();
        }
    }

    /// The response's head has come.
    pub(crate) fn response_head<H: Host>(&mut self, host: &H, end: End) {
        self.answer_begun = true;
        self.run(host, |x, host| {
            let fields = host.fields(Section::ResponseHead);
            let status =
                head::get(&fields, b":status").and_then(head::number).and_then(|n| u16::try_from(n).ok());
            if let Some(tx) = x.told_response() {
                tx.response_line(status, Version::Other);
                for &(name, value) in fields.iter().filter(|f| f.0.first() != Some(&b':')) {
                    tx.response_header(name, value);
                }
                tx.response_head_end();
                provoke(host, "response");
                x.response = Progress::Open;
            }
            if end == End::Yes {
                x.end_response();
            }
            // What follows is another protocol, perhaps for hours.
            if status == Some(101) || x.head.connect && matches!(status, Some(200..300)) {
                x.finish(host);
            }
        });
    }

    /// A piece of the response's body has come.
    pub(crate) fn response_body<H: Host>(&mut self, host: &H, end: End) {
        self.run(host, |x, host| {
            if x.response == Progress::Open
                && let Some(tx) = x.told_response()
            {
                for piece in host.body(Body::Response) {
                    tx.response_body(piece);
                }
            }
            if end == End::Yes {
                x.end_response();
            }
        });
    }

    /// The response's trailers have come, which end it.
    pub(crate) fn response_trailers<H: Host>(&mut self, host: &H) {
        self.run(host, |x, host| {
            if x.response == Progress::Open
                && let Some(tx) = x.told_response()
            {
                for (name, value) in host.fields(Section::ResponseTrailers) {
                    tx.response_trailer(name, value);
                }
            }
            x.end_response();
        });
    }

    /// The transaction, if it is to be told of the response.
    fn told_response(&mut self) -> Option<&mut Transaction> {
        let wanted =
            self.worker.settings.responses && self.worker.settings.position != Position::MirrorTarget;
        self.tx.as_deref_mut().filter(|_| wanted)
    }

    fn end_response(&mut self) {
        if let (Some(tx), Progress::Open) = (&mut self.tx, self.response) {
            self.response = Progress::Over;
            tx.response_end();
        }
    }

    /// The stream is over, however it ended.
    pub(crate) fn complete<H: Host>(&mut self, host: &H) {
        self.run(host, |x, host| {
            if x.request == Progress::None {
                // Another filter answered before this one was asked.
                x.begin(host);
            }
            provoke(host, "end");
            x.finish(host);
        });
        if self.failed && !self.finished {
            self.finished = true;
            host.count(Counter::Requests);
            host.count(Counter::Errors);
        }
    }

    fn finish(&mut self, host: &impl Host) {
        self.end_request();
        if self.response == Progress::None
            && let Some(status @ 1..) = host.number(Attribute::Status).and_then(|n| u16::try_from(n).ok())
            && let Some(tx) = self.told_response()
        {
            // The answer was made here, or in a filter ahead of this one.
            tx.response_line(Some(status), Version::Other);
            tx.response_head_end();
            self.response = Progress::Open;
        }
        self.end_response();
        let Some(tx) = &mut self.tx else { return };
        if self.worker.settings.position == Position::Inline {
            tx.set_action(Some(if self.answered { Action::Block } else { Action::Pass }));
        }
        let verdict = tx.verdict();
        if self.worker.settings.metadata {
            host.set_metadata("verdict", verdict.name().as_bytes());
            host.set_metadata("classes", tx.event().classes().join(",").as_bytes());
        }
        let written = self.worker.sink.borrow_mut().as_mut().map(|sink| sink.put(tx, verdict));
        if let Some(tx) = self.tx.take() {
            self.worker.give_back(tx);
        }
        self.finished = true;
        host.count(Counter::Requests);
        match verdict {
            Verdict::Attack => host.count(Counter::Attacks),
            Verdict::Suspicious => host.count(Counter::Suspicious),
            Verdict::Pass => {}
        }
        match written {
            None | Some(Written::Unwanted) => {}
            Some(Written::Yes) => host.count(Counter::Events),
            Some(Written::Suppressed) => host.count(Counter::EventsSuppressed),
            Some(Written::Lost(complaint)) => {
                host.count(Counter::EventsLost);
                if let Some(complaint) = complaint {
                    host.log_error(&complaint);
                }
            }
        }
    }
}

/// In builds for the tests of the panic boundary: panics where the request asks for it.
#[cfg(feature = "panic-tests")]
fn provoke(host: &impl Host, hook: &str) {
    let fields = host.fields(Section::RequestHead);
    assert!(
        head::get(&fields, b"x-sidewatch-panic") != Some(hook.as_bytes()),
        "asked to panic at the {hook}"
    );
}

#[cfg(not(feature = "panic-tests"))]
fn provoke(_: &impl Host, _: &str) {}
