//! Captures in, transactions out.

use crate::file::{CaptureFile, FileError};
use crate::http::HttpStreams;
use crate::limits::Limits;
use crate::pipeline::Pipeline;
use crate::summary::Summary;
use sidewatch::detect::Classes;
use sidewatch::{Engine, Policy, Transaction};
use std::net::SocketAddr;
use std::path::Path;

/// A transaction that is complete, or of which no more will come.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished<'a> {
    /// A number that the transactions of one connection have in common.
    pub connection: u64,
    /// Who sent the request.
    pub client: SocketAddr,
    /// Who sent the response.
    pub server: SocketAddr,
    /// What was exchanged, and what was found in it.
    pub transaction: &'a Transaction,
}

/// Takes transactions as they are finished. A closure does.
pub trait Output {
    /// The next one.
    fn transaction(&mut self, finished: &Finished<'_>);
}

impl<F: FnMut(&Finished<'_>)> Output for F {
    fn transaction(&mut self, finished: &Finished<'_>) {
        self(finished);
    }
}

/// Reads a capture piece by piece, so that the caller can stop, or do something else, in between.
pub struct Scanner<O: Output> {
    file: CaptureFile,
    pipeline: Pipeline<HttpStreams<O>>,
    error: Option<FileError>,
    done: bool,
}

/// What a capture held, and whether it was whole.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scan {
    /// The counts.
    pub summary: Summary,
    /// Why the capture could not be read to its end; what came before was.
    pub error: Option<FileError>,
}

impl<O: Output> Scanner<O> {
    /// A scanner at the beginning of `file`.
    pub fn new(engine: &Engine, file: CaptureFile, limits: Limits, output: O) -> Scanner<O> {
        let streams = HttpStreams::new(engine.clone(), &limits, output);
        Scanner { file, pipeline: Pipeline::new(limits, streams), error: None, done: false }
    }

    /// Reads at most `frames` frames. At the end of the capture, and at an error, every connection ends and `false` is
    /// returned.
    pub fn step(&mut self, frames: usize) -> bool {
        for _ in 0..frames {
            if self.done {
                return false;
            }
            match self.file.next_frame() {
                Ok(Some(frame)) => self.pipeline.frame(&frame),
                Ok(None) => self.finish(),
                Err(error) => {
                    self.error = Some(error);
                    self.finish();
                }
            }
        }
        !self.done
    }

    fn finish(&mut self) {
        self.done = true;
        self.pipeline.finish();
    }

    /// The counts so far.
    pub fn summary(&self) -> Summary {
        let mut summary = self.pipeline.summary().clone();
        summary.add(&self.pipeline.streams().counts);
        summary.bad_blocks = self.file.bad_blocks();
        summary
    }

    /// How far the (decompressed) file has been read, in bytes.
    pub fn offset(&self) -> u64 {
        self.file.offset()
    }

    /// Why the capture could not be read to its end.
    pub fn error(&self) -> Option<&FileError> {
        self.error.as_ref()
    }

    /// What takes the transactions.
    pub fn output_mut(&mut self) -> &mut O {
        &mut self.pipeline.streams_mut().output
    }
}

/// Reads a capture file and shows every transaction to `output`, in the order in which they are complete. An error is
/// returned only if nothing could be read; one in the middle of the file is part of the result.
///
/// ```no_run
/// let engine = sidewatch::Engine::default();
/// let scan = sidewatch_capture::scan_file(&engine, "traffic.pcap", Default::default(), |finished: &sidewatch_capture::Finished<'_>| {
///     for finding in finished.transaction.findings() {
///         eprintln!("{}: {:?}", finished.client, finding);
///     }
/// })?;
/// for (reason, dropped) in scan.summary.drops() {
///     eprintln!("{}: {} packets, {} bytes", reason.name(), dropped.packets, dropped.bytes);
/// }
/// # Ok::<(), sidewatch_capture::file::FileError>(())
/// ```
pub fn scan_file(
    engine: &Engine,
    path: impl AsRef<Path>,
    limits: Limits,
    output: impl Output,
) -> Result<Scan, FileError> {
    let mut scanner = Scanner::new(engine, CaptureFile::open(path)?, limits, output);
    while scanner.step(1024) {}
    Ok(Scan { summary: scanner.summary(), error: scanner.error })
}

/// Reads the transactions of a capture without judging them: of each body at most `keep_body` decoded bytes are kept
/// ([`Transaction::request_body_kept`], [`Transaction::response_body_kept`]).
///
/// # Errors
/// As for [`scan_file`].
pub fn transactions(
    path: impl AsRef<Path>,
    keep_body: usize,
    limits: Limits,
    output: impl Output,
) -> Result<Scan, FileError> {
    let mut policy = Policy::default();
    policy.detection.classes = Classes::NONE;
    policy.limits.keep_body = keep_body;
    scan_file(&Engine::new(policy), path, limits, output)
}
