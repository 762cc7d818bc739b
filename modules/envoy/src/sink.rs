//! Events into a file: one line, one write, so that the lines of several workers stay whole without a lock.

use crate::config::{Events, Write};
use sidewatch::{Transaction, Verdict};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a worker asks whether the file was renamed, at most.
const LOOK: Duration = Duration::from_secs(1);
/// How often a worker complains that events are lost, at most.
const COMPLAIN: Duration = Duration::from_secs(10);
/// A line buffer larger than this is not kept.
const KEEP: usize = 64 * 1024;

/// Opens the file for appending. It never blocks: a pipe that nobody reads loses events instead.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// What became of an event.
#[derive(Debug)]
pub(crate) enum Written {
    /// It was not asked for.
    Unwanted,
    /// It is in the file.
    Yes,
    /// It exceeds the rate that was set.
    Suppressed,
    /// It is lost; the reason is there if it is time to complain.
    Lost(Option<String>),
}

/// One worker's way to the file.
#[derive(Debug)]
pub(crate) struct Sink {
    events: Events,
    file: Option<File>,
    looked: Instant,
    complained: Option<Instant>,
    /// A line was written in part: the next one begins on a line of its own.
    torn: bool,
    second: Instant,
    in_second: u32,
    line: Vec<u8>,
}

impl Sink {
    pub(crate) fn new(events: &Events) -> Sink {
        let now = Instant::now();
        Sink {
            events: events.clone(),
            file: None,
            looked: now,
            complained: None,
            torn: false,
            second: now,
            in_second: 0,
            line: Vec::new(),
        }
    }

    /// Whether events of ordinary requests are wanted.
    pub(crate) fn write(&self) -> Write {
        self.events.write
    }

    /// Writes the event of `tx` if it is wanted.
    pub(crate) fn put(&mut self, tx: &Transaction, verdict: Verdict) -> Written {
        if !self.write().takes(verdict) {
            return Written::Unwanted;
        }
        let now = Instant::now();
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            (self.second, self.in_second) = (now, 0);
        }
        if self.events.max_per_second.is_some_and(|max| self.in_second >= max) {
            return Written::Suppressed;
        }
        self.in_second = self.in_second.saturating_add(1);
        self.line.clear();
        self.line.shrink_to(KEEP);
        if self.torn {
            self.line.push(b'\n');
        }
        tx.write_json(&mut self.line);
        self.line.push(b'\n');
        match self.append(now) {
            Ok(()) => Written::Yes,
            Err(error) => {
                let due = self.complained.is_none_or(|t| now.duration_since(t) >= COMPLAIN);
                self.complained = if due { Some(now) } else { self.complained };
                Written::Lost(
                    due.then(|| format!("an event was lost: \"{}\": {error}", self.events.path.display())),
                )
            }
        }
    }

    fn append(&mut self, now: Instant) -> io::Result<()> {
        if self.file.is_none() || now.duration_since(self.looked) >= LOOK {
            self.looked = now;
            if !self.file.as_ref().is_some_and(|f| is_at(f, &self.events.path)) {
                // The old file stays in use if the new one cannot be opened.
                match open(&self.events.path) {
                    Ok(file) => (self.file, self.torn) = (Some(file), false),
                    Err(error) if self.file.is_none() => return Err(error),
                    Err(_) => {}
                }
            }
        }
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::NotFound.into()) };
        let written = loop {
            match file.write(&self.line) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        match written {
            Ok(n) if n == self.line.len() => {
                self.torn = false;
                Ok(())
            }
            Ok(n) => {
                self.torn |= n > 0;
                Err(io::Error::other(format!("{n} of {} bytes written", self.line.len())))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether `path` still names this file: a rotation renames it.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sidewatch::Engine;

    fn sink(path: &Path, max_per_second: Option<u32>) -> Sink {
        Sink::new(&Events { path: path.to_owned(), write: Write::All, max_per_second })
    }

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("sidewatch-envoy-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_renamed_file_is_opened_anew() {
        let folder = folder("rotate");
        let (path, old) = (folder.join("events"), folder.join("events.1"));
        let (mut sink, tx) = (sink(&path, None), Engine::default().transaction());
        assert!(matches!(sink.put(&tx, Verdict::Pass), Written::Yes));
        std::fs::rename(&path, &old).unwrap();
        assert!(matches!(sink.put(&tx, Verdict::Pass), Written::Yes));
        assert!(!path.exists(), "within a second nobody looks");
        sink.looked -= LOOK;
        assert!(matches!(sink.put(&tx, Verdict::Pass), Written::Yes));
        let lines = |p: &Path| std::fs::read_to_string(p).unwrap().lines().count();
        assert_eq!((lines(&old), lines(&path)), (2, 1));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_rate_bounds_a_flood() {
        let folder = folder("rate");
        let path = folder.join("events");
        let (mut sink, tx) = (sink(&path, Some(2)), Engine::default().transaction());
        sink.second += Duration::from_secs(3600);
        let written = (0..5).filter(|_| matches!(sink.put(&tx, Verdict::Pass), Written::Yes)).count();
        assert_eq!(written, 2);
        sink.second = Instant::now() - Duration::from_secs(2);
        assert!(matches!(sink.put(&tx, Verdict::Pass), Written::Yes));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_written_is_told_once() {
        let (mut sink, tx) = (sink(Path::new("/dev/full"), None), Engine::default().transaction());
        assert!(
            matches!(sink.put(&tx, Verdict::Pass), Written::Lost(Some(reason)) if reason.contains("/dev/full"))
        );
        assert!(matches!(sink.put(&tx, Verdict::Pass), Written::Lost(None)));
    }

    #[test]
    fn the_line_after_a_torn_one_begins_anew() {
        let folder = folder("torn");
        let path = folder.join("events");
        let (mut sink, tx) = (sink(&path, None), Engine::default().transaction());
        std::fs::write(&path, "{\"torn").unwrap();
        sink.file = Some(open(&path).unwrap());
        sink.torn = true;
        assert!(matches!(sink.put(&tx, Verdict::Pass), Written::Yes));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("{\"torn\n{\"schema\""), "{text}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
