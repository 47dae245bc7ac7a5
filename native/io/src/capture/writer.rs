//! Writes packet logs on a thread of its own. Forwarding never waits for the disk: what does not
//! fit into the ring is counted, and the log says so.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sfu::{CaptureItem, CaptureTrack, Event, Packet, RoomId, TrackId};

use crate::capture::log::{Header, write_gap, write_header, write_packet};
use rings::ring::{Consumer, Full, Producer, ring};

/// Packets that may wait for the writer: about 10 MB, or a second of 40 calls.
pub const CAPTURE_RING_BOUND: usize = 8192;

/// Events that may wait for the shard, which looks several times a second.
const REPORT_RING_BOUND: usize = 1024;

/// How long packets are collected before they are written: fewer wake-ups and system calls, and
/// this much is lost when the process is killed.
const COLLECT: Duration = Duration::from_millis(10);

/// How long the writer waits when the shard doesn't take its events.
const REPORT_RETRY: Duration = Duration::from_millis(10);

/// Identifies a log: track and part.
type LogKey = (u64, u32);

enum Work {
    Packet {
        log: Arc<CaptureTrack>,
        packet: Packet,
        arrival_us: i64,
        /// Packets that didn't fit into the ring just before.
        missing: u64,
    },
    End {
        log: Arc<CaptureTrack>,
        at_us: i64,
        missing: u64,
    },
    Stop {
        room: RoomId,
        request: u64,
        at_us: i64,
        missing: Vec<(Arc<CaptureTrack>, u64)>,
    },
}

/// The shard's end: hands work over and never waits.
pub struct CaptureWriter {
    work: Producer<Work>,
    stop: Arc<AtomicBool>,
    reports: Consumer<(u64, Event)>,
    /// Packets lost per log since the last one that fitted.
    missing: HashMap<LogKey, (Arc<CaptureTrack>, u64)>,
    /// Ends and stops, which must not be lost, until they fit.
    waiting: VecDeque<Work>,
    thread: Option<JoinHandle<()>>,
}

impl CaptureWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's, when it has no thread or descriptor left.
    pub fn start() -> io::Result<Self> {
        let (work, consumer) = ring(CAPTURE_RING_BOUND)?;
        let (reporter, reports) = ring(REPORT_RING_BOUND)?;
        let stop = Arc::new(AtomicBool::new(false));
        let desk = Desk {
            work: consumer,
            stop: Arc::clone(&stop),
            reporter,
            logs: HashMap::new(),
            files: HashMap::new(),
        };
        let thread = thread::Builder::new()
            .name("capture".into())
            .spawn(move || desk.run())?;
        Ok(Self {
            work,
            stop,
            reports,
            missing: HashMap::new(),
            waiting: VecDeque::new(),
            thread: Some(thread),
        })
    }

    /// What the writer has to tell: its descriptor is readable when there is something.
    pub fn reports(&mut self) -> &mut Consumer<(u64, Event)> {
        &mut self.reports
    }

    /// Hands an item over at `at_us`, microseconds since the Unix epoch.
    pub fn write(&mut self, item: CaptureItem, at_us: impl Fn(&Packet) -> i64, now_us: i64) {
        let work = match item {
            CaptureItem::Packet { log, packet } => {
                let key = (log.track.0, log.part);
                let missing = self.missing.remove(&key).map_or(0, |(_, count)| count);
                Work::Packet {
                    arrival_us: at_us(&packet),
                    log,
                    packet,
                    missing,
                }
            }
            CaptureItem::End { log } => {
                let key = (log.track.0, log.part);
                let missing = self.missing.remove(&key).map_or(0, |(_, count)| count);
                Work::End {
                    log,
                    at_us: now_us,
                    missing,
                }
            }
            CaptureItem::Stop { room, request } => {
                let of_room =
                    |_: &LogKey, (log, _): &mut (Arc<CaptureTrack>, u64)| log.room == room;
                Work::Stop {
                    room,
                    request,
                    at_us: now_us,
                    missing: self.missing.extract_if(of_room).map(|(_, v)| v).collect(),
                }
            }
        };
        self.retry();
        if self.waiting.is_empty() {
            self.push(work);
        } else {
            self.keep(work);
        }
    }

    /// Tries again what must not be lost. True: some of it still waits.
    pub fn retry(&mut self) -> bool {
        while let Some(work) = self.waiting.pop_front() {
            if let Some(work) = self.refused(work) {
                self.waiting.push_front(work);
                return true;
            }
        }
        false
    }

    fn push(&mut self, work: Work) {
        if let Some(work) = self.refused(work) {
            self.keep(work);
        }
    }

    /// Pushes the work; gives it back when there is no room.
    fn refused(&self, work: Work) -> Option<Work> {
        self.work.push(work).err().map(|Full(work)| work)
    }

    fn keep(&mut self, work: Work) {
        match work {
            Work::Packet { log, missing, .. } => {
                let key = (log.track.0, log.part);
                self.missing.entry(key).or_insert((log, 0)).1 += missing + 1;
            }
            control => self.waiting.push_back(control),
        }
    }

    /// Writes what was handed over, finishes every log and ends the thread.
    pub fn close(&mut self) {
        while self.retry() && self.thread.as_ref().is_some_and(|t| !t.is_finished()) {
            thread::sleep(REPORT_RETRY);
        }
        self.stop.store(true, Ordering::SeqCst);
        self.work.wake();
        if let Some(thread) = self.thread.take() {
            // Its panic has said what it was; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

impl Drop for CaptureWriter {
    fn drop(&mut self) {
        self.close();
    }
}

/// The thread's end.
struct Desk {
    work: Consumer<Work>,
    stop: Arc<AtomicBool>,
    reporter: Producer<(u64, Event)>,
    logs: HashMap<LogKey, Log>,
    /// Every file of each captured room.
    files: HashMap<RoomId, Vec<String>>,
}

/// An open log.
struct Log {
    track: Arc<CaptureTrack>,
    /// `None` after the disk refused.
    out: Option<BufWriter<File>>,
    /// Packets lost since the disk refused.
    lost: u64,
}

impl Desk {
    fn run(mut self) {
        loop {
            self.work_off();
            // Looked at after the ring was found empty: that lowers the wake-up of who stops us.
            if self.stop.load(Ordering::SeqCst) {
                self.work_off();
                break;
            }
            self.work.wait(None);
            thread::sleep(COLLECT);
        }
        let open: Vec<Log> = self.logs.drain().map(|(_, log)| log).collect();
        open.into_iter().for_each(|log| self.finish(log));
    }

    /// Empties the ring and hands what was written to the system.
    fn work_off(&mut self) {
        let mut worked = false;
        while let Some(work) = self.work.pop() {
            worked = true;
            self.handle(work);
        }
        if worked {
            for log in self.logs.values_mut() {
                log.attempt(0, BufWriter::flush);
            }
        }
    }

    fn handle(&mut self, work: Work) {
        match work {
            Work::Packet {
                log,
                packet,
                arrival_us,
                missing,
            } => {
                self.gap(&log, arrival_us, missing);
                let track = (log.room, log.track);
                let log = self.log(log, arrival_us);
                let before = log.lost;
                log.attempt(1, |out| write_packet(out, &packet, arrival_us));
                if before == 0 && log.lost == 1 {
                    self.report_gap(track.0, track.1, 1);
                }
            }
            Work::End {
                log,
                at_us,
                missing,
            } => {
                self.gap(&log, at_us, missing);
                if let Some(log) = self.logs.remove(&key(&log)) {
                    self.finish(log);
                }
            }
            Work::Stop {
                room,
                request,
                at_us,
                missing,
            } => {
                for (log, count) in missing {
                    self.gap(&log, at_us, count);
                }
                let ended: Vec<Log> = self
                    .logs
                    .extract_if(|_, log| log.track.room == room)
                    .map(|(_, log)| log)
                    .collect();
                ended.into_iter().for_each(|log| self.finish(log));
                let files = self.files.remove(&room).unwrap_or_default();
                self.report(request, Event::CaptureStopped { room, files });
            }
        }
    }

    fn log(&mut self, track: Arc<CaptureTrack>, at_us: i64) -> &mut Log {
        match self.logs.entry(key(&track)) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let path = path(&track);
                let header = Header::new(&track, at_us);
                let opened = File::create(&path).and_then(|file| {
                    let mut out = BufWriter::new(file);
                    write_header(&mut out, &header).map(|()| out)
                });
                if opened.is_ok() {
                    let files = self.files.entry(track.room).or_default();
                    files.push(path.to_string_lossy().into_owned());
                }
                entry.insert(Log {
                    track,
                    out: opened.ok(),
                    lost: 0,
                })
            }
        }
    }

    /// Packets before this one are missing.
    fn gap(&mut self, track: &Arc<CaptureTrack>, at_us: i64, packets: u64) {
        if packets > 0 {
            self.log(Arc::clone(track), at_us)
                .attempt(0, |out| write_gap(out, at_us, packets));
            self.report_gap(track.room, track.track, packets);
        }
    }

    /// Brings a log to the disk.
    fn finish(&mut self, mut log: Log) {
        log.attempt(0, |out| {
            out.flush()?;
            out.get_ref().sync_all()
        });
        // The first was reported at once.
        if log.lost > 1 {
            self.report_gap(log.track.room, log.track.track, log.lost - 1);
        }
    }

    fn report_gap(&self, room: RoomId, track: TrackId, packets: u64) {
        let event = Event::CaptureGap {
            room,
            track,
            packets,
        };
        self.report(0, event);
    }

    fn report(&self, request: u64, event: Event) {
        let mut report = (request, event);
        while let Err(Full(back)) = self.reporter.push(report) {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            report = back;
            thread::sleep(REPORT_RETRY);
        }
    }
}

impl Log {
    /// Does something with the file; after an error there is none, and `packets` are lost.
    fn attempt(
        &mut self,
        packets: u64,
        action: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) {
        let done = self.out.as_mut().map(action);
        if !matches!(done, Some(Ok(()))) {
            self.out = None;
            self.lost += packets;
        }
    }
}

fn key(track: &CaptureTrack) -> LogKey {
    (track.track.0, track.part)
}

/// `<directory>/<track>.mclog`, with the part in the name from the second on.
fn path(track: &CaptureTrack) -> PathBuf {
    let name = match track.part {
        1 => format!("{}.mclog", track.track),
        part => format!("{}-{part}.mclog", track.track),
    };
    PathBuf::from(&*track.directory).join(name)
}
