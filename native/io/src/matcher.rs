//! The contact matcher on a thread of its own, between two rings.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use acd::{Command, CommandId, Envelope, EventSink, Machine};
use arc_swap::ArcSwap;

use crate::clock::Clock;
use rings::ring::{Consumer, Full, Producer, ring};
use rings::wake::Wake;

use crate::journal::record::Digest;
use crate::journal::writer::{JournalCounters, JournalMetrics, JournalOptions, Recorder};
use crate::request::Request;
use crate::restore::Returning;

/// Commands that may wait for the thread, unless told otherwise.
pub const COMMAND_RING_BOUND: usize = 65_536;
/// Events that may wait to be drained, unless told otherwise.
pub const EVENT_RING_BOUND: usize = 262_144;
/// Shortest time between two published snapshots, in microseconds.
pub const SNAPSHOT_INTERVAL_US: i64 = 100_000;
/// Commands taken before timers and the snapshot get their turn.
const COMMANDS_PER_TURN: usize = 256;

/// Why a command was not taken, or no event can follow.
#[derive(Debug, thiserror::Error)]
pub enum MatcherError {
    /// Too many commands wait. Nothing was taken: try again later.
    #[error("the command ring is full: {bound} commands wait")]
    Full {
        /// The ring's bound.
        bound: usize,
    },
    /// The matcher was closed, or its thread failed.
    #[error("the matcher has ended")]
    Ended,
}

/// The handle. Any thread may submit and read; draining is for one at a time.
///
/// Nothing is lost on the way: with the event ring full the thread takes no further command until
/// events were drained, and then the command ring refuses.
#[derive(Debug)]
pub struct Matcher {
    commands: Producer<(CommandId, Request)>,
    command_bound: usize,
    events: Mutex<Consumer<Vec<u8>>>,
    events_fd: RawFd,
    shared: Arc<Shared>,
    journal: Option<Arc<JournalCounters>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the handle and the thread both see.
#[derive(Debug)]
struct Shared {
    /// Asks the thread to end.
    stop: AtomicBool,
    /// The thread has ended.
    ended: AtomicBool,
    /// Raised with each drain; the thread lowers it when it has to wait for room in the event ring.
    room: Wake,
    snapshot: ArcSwap<Vec<u8>>,
}

impl Matcher {
    /// Starts the thread, with rings of these bounds, and without a journal.
    ///
    /// # Errors
    /// The operating system's, when it has no descriptor or thread left.
    pub fn start(command_bound: usize, event_bound: usize) -> io::Result<Self> {
        Self::launch(command_bound, event_bound, None)
    }

    /// Starts the thread and keeps a journal of its commands.
    ///
    /// # Errors
    /// The operating system's, also when the journal's folder can't be written.
    pub fn start_recorded(
        command_bound: usize,
        event_bound: usize,
        journal: &JournalOptions,
    ) -> io::Result<Self> {
        let recorder = Recorder::start(journal)?;
        Self::launch(command_bound, event_bound, Some(recorder))
    }

    fn launch(
        command_bound: usize,
        event_bound: usize,
        recorder: Option<Recorder>,
    ) -> io::Result<Self> {
        let (commands, command_consumer) = ring(command_bound)?;
        let (event_producer, events) = ring(event_bound)?;
        let machine = Machine::new();
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            room: Wake::new()?,
            snapshot: ArcSwap::from_pointee(machine.snapshot().to_json()),
        });
        let journal = recorder.as_ref().map(Recorder::counters);
        let clock = Clock::start();
        let desk = Desk {
            machine,
            clock,
            told_us: clock.now_us(),
            closed_digest: 0,
            commands: command_consumer,
            outbox: Outbox {
                ring: event_producer,
                backlog: VecDeque::new(),
                digest: recorder.is_some().then(Digest::default),
            },
            recorder,
            shared: Arc::clone(&shared),
            published_us: i64::MIN,
            changed: false,
        };
        let thread = thread::Builder::new()
            .name("matcher".into())
            .spawn(move || desk.run())?;
        Ok(Self {
            commands,
            command_bound,
            events_fd: events.as_raw_fd(),
            events: Mutex::new(events),
            shared,
            journal,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Hands in a command; its events carry `id`. Never blocks.
    ///
    /// # Errors
    /// [`MatcherError::Full`] with nothing taken, [`MatcherError::Ended`].
    pub fn submit(&self, id: CommandId, command: Command) -> Result<(), MatcherError> {
        self.request(id, Request::Carry(command))
    }

    /// Hands in contacts that waited before a restart, as [`Returning::enqueue`] puts them back.
    ///
    /// # Errors
    /// As of `submit`.
    pub fn put_back(&self, id: CommandId, contacts: Returning) -> Result<(), MatcherError> {
        self.request(id, Request::PutBack(Arc::new(contacts)))
    }

    fn request(&self, id: CommandId, request: Request) -> Result<(), MatcherError> {
        if self.shared.stop.load(Ordering::SeqCst) || self.shared.ended.load(Ordering::SeqCst) {
            return Err(MatcherError::Ended);
        }
        self.commands
            .push((id, request))
            .map_err(|Full(_)| MatcherError::Full {
                bound: self.command_bound,
            })
    }

    /// Readable while events wait, and when the thread has ended.
    pub fn fileno(&self) -> RawFd {
        self.events_fd
    }

    /// Takes at most `limit` events in their order, each an [`Envelope`] in JSON.
    ///
    /// # Errors
    /// [`MatcherError::Ended`] when the thread failed and all its events were taken.
    pub fn drain(&self, limit: usize) -> Result<Vec<Vec<u8>>, MatcherError> {
        let failed =
            self.shared.ended.load(Ordering::SeqCst) && !self.shared.stop.load(Ordering::SeqCst);
        let taken = lock(&self.events).drain(limit);
        self.shared.room.raise();
        if failed && taken.is_empty() && limit > 0 {
            return Err(MatcherError::Ended);
        }
        Ok(taken)
    }

    /// The last published [`acd::Snapshot`] in JSON, at most [`SNAPSHOT_INTERVAL_US`] behind.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Vec<u8>> {
        self.shared.snapshot.load_full()
    }

    /// Of the journal, if one is kept.
    #[must_use]
    pub fn journal(&self) -> Option<JournalMetrics> {
        self.journal.as_deref().map(JournalCounters::read)
    }

    /// Ends the thread after the commands that wait already, as far as the event ring has room, and
    /// waits for its end. The events can still be drained.
    pub fn close(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.commands.wake();
        self.shared.room.raise();
        if let Some(thread) = lock(&self.thread).take() {
            // A panic of the thread has been told by `drain` or by its own message.
            let _ = thread.join();
        }
    }
}

impl Drop for Matcher {
    fn drop(&mut self) {
        self.close();
    }
}

/// Both guarded values are whole after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The events on their way to the ring. The backlog holds what one step made beyond the ring's
/// room; no further step is taken before it is empty.
#[derive(Debug)]
struct Outbox {
    ring: Producer<Vec<u8>>,
    backlog: VecDeque<Vec<u8>>,
    /// Of all events, where a journal is kept.
    digest: Option<Digest>,
}

impl EventSink for Outbox {
    fn emit(&mut self, envelope: Envelope) {
        let event = envelope.to_json();
        if let Some(digest) = &mut self.digest {
            digest.add(&event);
        }
        if !self.backlog.is_empty() {
            self.backlog.push_back(event);
        } else if let Err(Full(event)) = self.ring.push(event) {
            self.backlog.push_back(event);
        }
    }
}

impl Outbox {
    fn digest(&self) -> u32 {
        self.digest.as_ref().map_or(0, Digest::value)
    }

    /// Moves the backlog to the ring as far as there is room, and says whether that was all of it.
    fn flush(&mut self) -> bool {
        while let Some(event) = self.backlog.pop_front() {
            if let Err(Full(event)) = self.ring.push(event) {
                self.backlog.push_front(event);
                return false;
            }
        }
        true
    }
}

/// The thread's side.
struct Desk {
    machine: Machine,
    clock: Clock,
    /// The last time that the machine was given.
    told_us: i64,
    /// Of the events up to the one that closed the last command.
    closed_digest: u32,
    recorder: Option<Recorder>,
    commands: Consumer<(CommandId, Request)>,
    outbox: Outbox,
    shared: Arc<Shared>,
    published_us: i64,
    changed: bool,
}

impl Desk {
    fn run(mut self) {
        while self.wait_for_room() {
            // Asked before the last command is taken: what was submitted before `close` is carried out.
            let last_turn = self.asked_to_stop();
            let idle = self.turn();
            self.publish();
            if !idle {
                continue;
            }
            // Not before a command that somebody is just putting in: others may stand behind it.
            if last_turn && self.commands.is_empty() {
                break;
            }
            // Asked again, because resting has lowered a wake-up that came meanwhile.
            if self.commands.rest() && self.asked_to_stop() == last_turn {
                let due_us = [self.machine.poll_timeout(), self.publish_due_us()];
                let next_us = due_us.into_iter().flatten().min();
                self.commands
                    .wait(next_us.map(|due_us| self.clock.until(due_us)));
            }
        }
        if let Some(recorder) = self.recorder.take() {
            recorder.close(self.told_us, self.outbox.digest());
        }
    }

    fn asked_to_stop(&self) -> bool {
        self.shared.stop.load(Ordering::SeqCst)
    }

    /// Timers, then some commands. Says whether no command is left.
    fn turn(&mut self) -> bool {
        let now_us = self.clock.now_us();
        if self.machine.poll_timeout().is_some_and(|due| due <= now_us) {
            self.told_us = now_us;
            self.machine.handle_timeout(now_us, &mut self.outbox);
            self.changed = true;
        }
        for _ in 0..COMMANDS_PER_TURN {
            if !self.outbox.backlog.is_empty() {
                return false;
            }
            let Some((id, request)) = self.commands.take() else {
                return true;
            };
            self.carry_out(id, request);
        }
        false
    }

    fn carry_out(&mut self, id: CommandId, request: Request) {
        let now_us = self.clock.now_us();
        if let Some(recorder) = &mut self.recorder {
            recorder.note(now_us, id, &request, self.closed_digest);
        }
        self.told_us = now_us;
        // After contacts that were put back the snapshot is published with the next command: one of
        // a million for each page of them would take longer than all the rest.
        self.changed |= matches!(request, Request::Carry(_));
        request.carry_out(&mut self.machine, now_us, id, &mut self.outbox);
        self.closed_digest = self.outbox.digest();
    }

    /// Returns with an empty backlog, or with false when asked to end before there was room.
    fn wait_for_room(&mut self) -> bool {
        while !self.outbox.flush() {
            self.shared.room.lower();
            // Drained between the flush and the lowering: nobody will raise for that.
            if self.outbox.flush() {
                break;
            }
            if self.asked_to_stop() {
                return false;
            }
            self.shared.room.wait(None);
        }
        true
    }

    fn publish_due_us(&self) -> Option<i64> {
        self.changed
            .then(|| self.published_us.saturating_add(SNAPSHOT_INTERVAL_US))
    }

    fn publish(&mut self) {
        let now_us = self.clock.now_us();
        if self.publish_due_us().is_some_and(|due_us| due_us <= now_us) {
            let snapshot = self.machine.snapshot().to_json();
            self.shared.snapshot.store(Arc::new(snapshot));
            self.published_us = now_us;
            self.changed = false;
        }
    }
}

impl Drop for Desk {
    /// Also on a panic: whoever waits for events has to learn that none will come.
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.outbox.ring.wake();
    }
}
