//! The contact matcher on a thread of its own, between two rings.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use acd::{
    AgentDay, Command, CommandId, Envelope, EventSink, Machine, QueueId, RECENT_SLICE_US, Shifts,
    Snapshot, Tuning,
};

use crate::clock::Clock;
use rings::ring::{Consumer, Full, Producer, ring};
use rings::wake::Wake;

use crate::journal::record::Digest;
use crate::journal::writer::{JournalCounters, JournalMetrics, JournalOptions, Recorder};
use crate::live::Live;
use crate::request::Request;
use crate::restore::Returning;

/// Commands that may wait for the thread, unless told otherwise.
pub const COMMAND_RING_BOUND: usize = 65_536;
/// Events that may wait to be drained, unless told otherwise.
pub const EVENT_RING_BOUND: usize = 262_144;
/// Shortest time between two publications of a queue's figures, in microseconds.
pub const PUBLISH_INTERVAL_US: i64 = 100_000;
/// Commands taken before timers and the figures get their turn.
const COMMANDS_PER_TURN: usize = 256;
/// Queues published in one turn: some twenty microseconds' work.
const QUEUES_PER_TURN: usize = 64;

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
    commands: Producer<Order>,
    command_bound: usize,
    /// Held by who drains, never by the matcher's thread.
    events: Mutex<Consumer<Envelope>>,
    events_fd: RawFd,
    shared: Arc<Shared>,
    journal: Option<Arc<JournalCounters>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What goes through the command ring.
#[derive(Debug)]
enum Order {
    CarryOut(CommandId, Request),
    Look(SyncSender<Snapshot>),
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
    live: Live,
}

/// How a matcher starts.
#[derive(Debug, Clone)]
pub struct MatcherOptions {
    /// The most commands that wait for the thread.
    pub command_bound: usize,
    /// The most events that wait to be drained.
    pub event_bound: usize,
    /// Whether memory for as many contacts as there can be is taken at once (see
    /// [`Tuning::large`]).
    pub large_floor: bool,
    /// Where its commands are recorded, if they are.
    pub journal: Option<JournalOptions>,
}

impl Default for MatcherOptions {
    fn default() -> Self {
        Self {
            command_bound: COMMAND_RING_BOUND,
            event_bound: EVENT_RING_BOUND,
            large_floor: false,
            journal: None,
        }
    }
}

impl Matcher {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's, when it has no descriptor or thread left, or when the journal's folder
    /// can't be written.
    pub fn start(options: &MatcherOptions) -> io::Result<Self> {
        let recorder = options.journal.as_ref().map(Recorder::start).transpose()?;
        let (commands, command_consumer) = ring(options.command_bound)?;
        let (event_producer, events) = ring(options.event_bound)?;
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            room: Wake::new()?,
            live: Live::default(),
        });
        let journal = recorder.as_ref().map(Recorder::counters);
        let clock = Clock::start();
        let desk = Desk {
            machine: Machine::with_tuning(Tuning {
                large: options.large_floor,
                ..Tuning::default()
            }),
            clock,
            told_us: clock.now_us(),
            closed_digest: 0,
            commands: command_consumer,
            outbox: Outbox {
                ring: event_producer,
                backlog: VecDeque::new(),
                digest: recorder.is_some().then(Digest::default),
                shifts: Shifts::default(),
                shared: Arc::clone(&shared),
            },
            recorder,
            shared: Arc::clone(&shared),
            round: Round::default(),
            numbers: BTreeMap::new(),
        };
        let thread = thread::Builder::new()
            .name("matcher".into())
            .spawn(move || desk.run())?;
        Ok(Self {
            commands,
            command_bound: options.command_bound,
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
        self.order(Order::CarryOut(id, request))
    }

    fn order(&self, order: Order) -> Result<(), MatcherError> {
        self.commands
            .push(order)
            .map_err(|Full(_)| MatcherError::Full {
                bound: self.command_bound,
            })
    }

    /// Everybody who waits, in order, after what was handed in before. It is written down on the
    /// matcher's thread, some 50 ms for a million: for tools and tests; boards ask [`Self::live`].
    ///
    /// # Errors
    /// As of `submit`; [`MatcherError::Ended`] also when the thread ends before its turn.
    pub fn snapshot(&self) -> Result<Snapshot, MatcherError> {
        let (reply, taken) = sync_channel(1);
        self.order(Order::Look(reply))?;
        taken.recv().map_err(|_| MatcherError::Ended)
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
        Ok(taken.iter().map(Envelope::to_json).collect())
    }

    /// The figures of all queues, at most [`PUBLISH_INTERVAL_US`] behind, and of all agents. Reading
    /// them takes no lock.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.shared.live
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
    ring: Producer<Envelope>,
    backlog: VecDeque<Envelope>,
    /// Of all events, where a journal is kept.
    digest: Option<Digest>,
    shifts: Shifts,
    shared: Arc<Shared>,
}

impl EventSink for Outbox {
    fn emit(&mut self, envelope: Envelope) {
        if let Some(digest) = &mut self.digest {
            digest.add(&envelope);
        }
        if let Some(agent) = self.shifts.follow(&envelope) {
            self.publish_agent(agent);
        }
        if !self.backlog.is_empty() {
            self.backlog.push_back(envelope);
        } else if let Err(Full(envelope)) = self.ring.push(envelope) {
            self.backlog.push_back(envelope);
        }
    }
}

impl Outbox {
    fn digest(&self) -> u32 {
        self.digest.as_ref().map_or(0, Digest::value)
    }

    fn publish_agent(&self, agent: usize) {
        let figures = &self.shifts.agents()[agent];
        self.shared.live.publish_agent(agent, figures);
    }

    fn start_day(&mut self, now_us: i64) {
        self.shifts.start_day(now_us);
        self.publish_agents();
    }

    fn resume_day(&mut self, agents: &[AgentDay], now_us: i64) {
        self.shifts.resume_day(agents, now_us);
        self.publish_agents();
    }

    fn publish_agents(&mut self) {
        (0..self.shifts.agents().len()).for_each(|agent| self.publish_agent(agent));
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
    commands: Consumer<Order>,
    outbox: Outbox,
    shared: Arc<Shared>,
    round: Round,
    /// The record in which each queue is published.
    numbers: BTreeMap<QueueId, usize>,
}

/// Where the publication of all queues' figures is, some of them each turn.
#[derive(Debug, Default)]
struct Round {
    /// The next queue; `None` between two rounds.
    at: Option<QueueId>,
    began_us: i64,
    /// Something happened since it began.
    changed: bool,
}

impl Round {
    /// When the next one begins. What is counted over the last minutes changes also when nothing
    /// happens.
    fn due_us(&self) -> i64 {
        if self.changed {
            self.began_us.saturating_add(PUBLISH_INTERVAL_US)
        } else {
            (self.began_us / RECENT_SLICE_US + 1) * RECENT_SLICE_US
        }
    }
}

impl Desk {
    fn run(mut self) {
        while self.wait_for_room() {
            // Asked before the last command is taken: what was submitted before `close` is carried out.
            let last_turn = self.asked_to_stop();
            let idle = self.turn();
            let published = self.publish();
            if !(idle && published) {
                continue;
            }
            // Not before a command that somebody is just putting in: others may stand behind it.
            if last_turn && self.commands.is_empty() {
                break;
            }
            // Asked again, because resting has lowered a wake-up that came meanwhile.
            if self.commands.rest() && self.asked_to_stop() == last_turn {
                let due_us = [self.machine.poll_timeout(), Some(self.round.due_us())];
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
            self.round.changed = true;
        }
        for _ in 0..COMMANDS_PER_TURN {
            if !self.outbox.backlog.is_empty() {
                return false;
            }
            match self.commands.take() {
                Some(Order::CarryOut(id, request)) => self.carry_out(id, request),
                // Nobody waits for it any more if it can't be sent.
                Some(Order::Look(reply)) => drop(reply.send(self.machine.snapshot())),
                None => return true,
            }
        }
        false
    }

    fn carry_out(&mut self, id: CommandId, request: Request) {
        let now_us = self.clock.now_us();
        if let Some(recorder) = &mut self.recorder {
            recorder.note(now_us, id, &request, self.closed_digest);
        }
        self.told_us = now_us;
        self.round.changed = true;
        match &request {
            Request::Carry(Command::DayStarted {}) => self.outbox.start_day(now_us),
            Request::Carry(Command::DayResumed { agents, .. }) => {
                self.outbox.resume_day(agents, now_us);
            }
            _ => {}
        }
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

    /// Goes on with a round, or begins one that is due. Says whether none is under way.
    fn publish(&mut self) -> bool {
        let from = match self.round.at {
            Some(next) => next,
            None => {
                let now_us = self.clock.now_us();
                if now_us < self.round.due_us() {
                    return true;
                }
                self.round = Round {
                    at: None,
                    began_us: now_us,
                    changed: false,
                };
                QueueId(0)
            }
        };
        let mut queues = self.machine.figures(from, self.round.began_us);
        for figures in queues.by_ref().take(QUEUES_PER_TURN) {
            let unused = self.numbers.len();
            let number = self.numbers.entry(figures.queue).or_insert(unused);
            self.shared.live.publish_queue(*number, &figures);
        }
        self.round.at = queues.next().map(|next| next.queue);
        self.round.at.is_none()
    }
}

impl Drop for Desk {
    /// Also on a panic: whoever waits for events has to learn that none will come.
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.outbox.ring.wake();
    }
}
