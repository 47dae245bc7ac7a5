//! Writes a run's journal on a thread of its own. Matching never waits for the disk: where a command
//! doesn't fit into the ring the journal of this run ends, says so, and the rest is counted as lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use acd::CommandId;
use serde::Serialize;

use crate::framing::{FRAME_BYTES, write_record};
use crate::journal::record::{EndReason, Header, MAGIC, command_body, end_body, header_body};
use crate::request::Request;
use rings::ring::{Consumer, Full, Producer, ring};

/// Commands that may wait for the writer: a minute of a busy day, or the burst of a restart.
pub const JOURNAL_RING_BOUND: usize = 65_536;

/// Bytes after which a segment is closed and the next one begun.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// How long commands are collected before they are written: fewer wake-ups and system calls, and
/// this much is missing at the end when the process is killed.
const COLLECT: Duration = Duration::from_millis(10);

/// Where a run's journal goes, and how large it may become.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// The run's folder; made if it is missing, and must hold no segment.
    pub folder: PathBuf,
    /// Most bytes of the run; then its journal ends.
    pub bytes_max: u64,
    /// Usually [`SEGMENT_BYTES`].
    pub segment_bytes: u64,
    /// Usually [`JOURNAL_RING_BOUND`].
    pub ring_bound: usize,
}

impl JournalOptions {
    /// With the usual bounds.
    #[must_use]
    pub fn new(folder: PathBuf, bytes_max: u64) -> Self {
        Self {
            folder,
            bytes_max,
            segment_bytes: SEGMENT_BYTES,
            ring_bound: JOURNAL_RING_BOUND,
        }
    }
}

/// Counters of a run's journal.
#[derive(Debug, Default)]
pub struct JournalCounters {
    commands: AtomicU64,
    bytes: AtomicU64,
    lost: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JournalMetrics {
    /// Commands written.
    pub journal_commands_total: u64,
    /// Bytes written.
    pub journal_bytes_total: u64,
    /// Commands carried out after the journal of the run had ended: from a gap, an error of the disk
    /// or its full size on.
    pub journal_lost_total: u64,
}

impl JournalCounters {
    /// Their values.
    #[must_use]
    pub fn read(&self) -> JournalMetrics {
        JournalMetrics {
            journal_commands_total: self.commands.load(Ordering::Relaxed),
            journal_bytes_total: self.bytes.load(Ordering::Relaxed),
            journal_lost_total: self.lost.load(Ordering::Relaxed),
        }
    }
}

enum Entry {
    Command {
        at_us: i64,
        id: CommandId,
        digest: u32,
        request: Request,
    },
    End {
        reason: EndReason,
        at_us: i64,
        digest: u32,
    },
}

/// The matcher's side: hands commands over and never waits.
pub struct Recorder {
    ring: Producer<Entry>,
    counters: Arc<JournalCounters>,
    /// Asks the writer to end.
    stop: Arc<AtomicBool>,
    /// The writer takes nothing more.
    ended: Arc<AtomicBool>,
    /// The end, once decided, until it fits into the ring.
    end: Option<Entry>,
    over: bool,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Begins the first segment and starts the thread.
    ///
    /// # Errors
    /// The operating system's: the folder can't be written, or there is no thread or descriptor.
    pub fn start(options: &JournalOptions) -> io::Result<Self> {
        fs::create_dir_all(&options.folder)?;
        let (producer, entries) = ring(options.ring_bound)?;
        let counters = Arc::new(JournalCounters::default());
        let stop = Arc::new(AtomicBool::new(false));
        let ended = Arc::new(AtomicBool::new(false));
        let mut writer = Writer {
            options: options.clone(),
            entries,
            counters: Arc::clone(&counters),
            stop: Arc::clone(&stop),
            ended: Arc::clone(&ended),
            out: None,
            segment: 0,
            segment_bytes: 0,
            bytes: 0,
            commands: 0,
        };
        writer.begin_segment()?;
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run())?;
        Ok(Self {
            ring: producer,
            counters,
            stop,
            ended,
            end: None,
            over: false,
            thread: Some(thread),
        })
    }

    /// The counters, for any thread to read.
    #[must_use]
    pub fn counters(&self) -> Arc<JournalCounters> {
        Arc::clone(&self.counters)
    }

    /// Hands over a command that is about to be carried out; `digest` is of the events up to the one
    /// that closed the command before. So a command that the machine fails at is in the journal.
    pub fn note(&mut self, at_us: i64, id: CommandId, request: &Request, digest: u32) {
        if !self.over && !self.ended.load(Ordering::Relaxed) {
            let entry = Entry::Command {
                at_us,
                id,
                digest,
                request: request.clone(),
            };
            if self.ring.push(entry).is_ok() {
                return;
            }
            self.finish(EndReason::Gap, at_us, digest);
        }
        self.push_end();
        self.counters.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// The matcher is closed, after `at_us`.
    pub fn close(mut self, at_us: i64, digest: u32) {
        self.finish(EndReason::Closed, at_us, digest);
        while self.end.is_some() && self.thread.as_ref().is_some_and(|t| !t.is_finished()) {
            thread::sleep(COLLECT);
            self.push_end();
        }
    }

    fn finish(&mut self, reason: EndReason, at_us: i64, digest: u32) {
        if !self.over {
            self.over = true;
            self.end = Some(Entry::End {
                reason,
                at_us,
                digest,
            });
            self.push_end();
        }
    }

    fn push_end(&mut self) {
        if let Some(end) = self.end.take()
            && let Err(Full(end)) = self.ring.push(end)
        {
            self.end = Some(end);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.ring.wake();
        if let Some(thread) = self.thread.take() {
            // Its panic has said what it was; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

/// The thread's side.
struct Writer {
    options: JournalOptions,
    entries: Consumer<Entry>,
    counters: Arc<JournalCounters>,
    stop: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    /// `None` after the end or after the disk refused.
    out: Option<BufWriter<File>>,
    segment: u32,
    segment_bytes: u64,
    bytes: u64,
    commands: u64,
}

impl Writer {
    fn run(mut self) {
        loop {
            self.work_off();
            // Looked at after the ring was found empty: that lowers the wake-up of who stops us.
            if self.stop.load(Ordering::SeqCst) {
                self.work_off();
                break;
            }
            self.entries.wait(None);
            thread::sleep(COLLECT);
        }
        let closed = self.close_segment();
        self.judge(closed);
    }

    /// Empties the ring and hands what was written to the system.
    fn work_off(&mut self) {
        while let Some(entry) = self.entries.pop() {
            if self.out.is_some() {
                let taken = self.take(&entry);
                self.judge(taken);
            } else if matches!(entry, Entry::Command { .. }) {
                self.counters.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        let flushed = self.out.as_mut().map_or(Ok(()), BufWriter::flush);
        self.judge(flushed);
    }

    /// After an error of the disk the journal of this run has no more to say.
    fn judge(&mut self, result: io::Result<()>) {
        if result.is_err() {
            self.out = None;
            self.ended.store(true, Ordering::Relaxed);
        }
    }

    fn take(&mut self, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Command {
                at_us,
                id,
                digest,
                request,
            } => {
                if self.segment_bytes >= self.options.segment_bytes {
                    self.close_segment()?;
                    self.begin_segment()?;
                }
                if self.bytes >= self.options.bytes_max {
                    self.counters.lost.fetch_add(1, Ordering::Relaxed);
                    return self.end(EndReason::Full, *at_us, *digest);
                }
                self.write(&command_body(*at_us, id.0, *digest, request))?;
                self.commands += 1;
                self.counters.commands.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Entry::End {
                reason,
                at_us,
                digest,
            } => self.end(*reason, *at_us, *digest),
        }
    }

    fn end(&mut self, reason: EndReason, at_us: i64, digest: u32) -> io::Result<()> {
        self.ended.store(true, Ordering::Relaxed);
        self.write(&end_body(reason, at_us, digest))?;
        self.close_segment()
    }

    fn write(&mut self, body: &[u8]) -> io::Result<()> {
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        write_record(out, body)?;
        self.grow((FRAME_BYTES + body.len()) as u64);
        Ok(())
    }

    fn grow(&mut self, bytes: u64) {
        self.segment_bytes += bytes;
        self.bytes += bytes;
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn begin_segment(&mut self) -> io::Result<()> {
        self.segment += 1;
        self.segment_bytes = 0;
        let path = segment_path(&self.options.folder, self.segment);
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let mut out = BufWriter::new(file);
        out.write_all(MAGIC)?;
        self.out = Some(out);
        self.grow(MAGIC.len() as u64);
        self.write(&header_body(&Header {
            rules: acd::RULES_VERSION,
            release: env!("CARGO_PKG_VERSION").into(),
            segment: self.segment,
            commands: self.commands,
        }))?;
        self.out.as_mut().map_or(Ok(()), BufWriter::flush)
    }

    fn close_segment(&mut self) -> io::Result<()> {
        let Some(mut out) = self.out.take() else {
            return Ok(());
        };
        out.flush()?;
        out.get_ref().sync_all()
    }
}

/// `<folder>/000001.mcjournal` and so on.
pub(crate) fn segment_path(folder: &Path, segment: u32) -> PathBuf {
    folder.join(format!("{segment:06}.mcjournal"))
}
