//! From frames to streams: the dissector and the table of connections, one after the other.

use crate::file::Frame;
use crate::limits::Limits;
use crate::packet::Dissector;
use crate::streams::Streams;
use crate::summary::Summary;
use crate::table::FlowTable;

/// Takes frames of any source and hands their streams to `S`.
pub struct Pipeline<S: Streams> {
    dissector: Dissector,
    table: FlowTable<S>,
    streams: S,
    summary: Summary,
    time: u64,
}

impl<S: Streams> Pipeline<S> {
    /// A pipeline that has seen nothing.
    pub fn new(limits: Limits, streams: S) -> Pipeline<S> {
        Pipeline {
            dissector: Dissector::new(&limits),
            table: FlowTable::new(limits),
            streams,
            summary: Summary::default(),
            time: 0,
        }
    }

    /// Takes the next frame.
    pub fn frame(&mut self, frame: &Frame<'_>) {
        self.summary.frames += 1;
        self.summary.bytes += frame.data.len() as u64;
        self.time = frame.time;
        let (table, streams) = (&mut self.table, &mut self.streams);
        self.dissector.dissect(frame, &mut self.summary, |summary, segment| {
            table.segment(segment, frame.time, streams, summary);
        });
    }

    /// The capture is over: every connection ends, and fragments that wait are given up.
    pub fn finish(&mut self) {
        self.dissector.expire(u64::MAX, &mut self.summary);
        self.table.finish(self.time, &mut self.streams, &mut self.summary);
    }

    /// The counts so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The counts, to add to.
    pub fn summary_mut(&mut self) -> &mut Summary {
        &mut self.summary
    }

    /// The connections followed.
    pub fn table(&self) -> &FlowTable<S> {
        &self.table
    }

    /// What takes the streams.
    pub fn streams(&self) -> &S {
        &self.streams
    }

    /// What takes the streams, to take out what it has gathered.
    pub fn streams_mut(&mut self) -> &mut S {
        &mut self.streams
    }
}
