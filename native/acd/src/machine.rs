//! The machine's outside: time, order and numbers of its events.

use crate::command::Command;
use crate::event::{Event, EventSink, Journal};
use crate::floor::Floor;
use crate::id::{CommandId, QueueId};
use crate::measures::QueueFigures;
use crate::snapshot::Snapshot;

/// What changes how fast the machine is and how much memory it takes, and never what it decides.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// Contacts that at most so many agents fit are matched by lists of these agents, others by a
    /// search in order.
    pub narrow_bound: usize,
    /// Classes (different requirements) beyond which one that nobody needs any more is given up.
    pub classes_kept: usize,
    /// Whether memory for as many contacts as there can be is touched at once, so that none waits
    /// for the system to find it: some 100 MB.
    pub large: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            narrow_bound: 8_192,
            classes_kept: 65_536,
            large: false,
        }
    }
}

/// The matcher.
///
/// Drive it like this, all times in microseconds since the Unix epoch:
/// 1. [`apply`](Self::apply) each command as it comes;
/// 2. after each step ask [`poll_timeout`](Self::poll_timeout), and call
///    [`handle_timeout`](Self::handle_timeout) when that time has come.
///
/// A time before an earlier one counts as that earlier one. What was due before a command's time
/// happens before the command, stamped with the time at which it was due: the events depend on the
/// commands and their times alone, not on how promptly `handle_timeout` was called.
#[derive(Debug)]
pub struct Machine {
    floor: Floor,
    now_us: i64,
    last_seq: u64,
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// An empty floor.
    #[must_use]
    pub fn new() -> Self {
        Self::with_tuning(Tuning::default())
    }

    /// An empty floor that is tuned otherwise.
    #[must_use]
    pub fn with_tuning(tuning: Tuning) -> Self {
        Self {
            floor: Floor::new(tuning),
            now_us: 0,
            last_seq: 0,
        }
    }

    /// Carries out one command. Its events go to `sink`, the last of them `done` or `refused`.
    pub fn apply(
        &mut self,
        now_us: i64,
        id: CommandId,
        command: Command,
        sink: &mut impl EventSink,
    ) {
        self.handle_timeout(now_us, sink);
        let mut journal = Journal {
            sink,
            seq: &mut self.last_seq,
            at_us: self.now_us,
            command: id,
        };
        let closing = match self.floor.carry_out(command, &mut journal) {
            Ok(()) => Event::Done {},
            Err(refusal) => Event::Refused {
                code: refusal.code,
                detail: refusal.detail,
            },
        };
        journal.emit(closing);
    }

    /// When `handle_timeout` has to be called next, in microseconds since the Unix epoch; `None`:
    /// not before another command.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<i64> {
        self.floor.timers.next().map(|(due_us, _)| due_us)
    }

    /// Does what is due at `now_us`, in order.
    pub fn handle_timeout(&mut self, now_us: i64, sink: &mut impl EventSink) {
        while let Some((due_us, timer)) = self.floor.timers.next()
            && due_us <= now_us
        {
            self.now_us = self.now_us.max(due_us);
            let mut journal = Journal {
                sink,
                seq: &mut self.last_seq,
                at_us: self.now_us,
                command: CommandId::TIMER,
            };
            self.floor.fire(due_us, timer, &mut journal);
        }
        self.now_us = self.now_us.max(now_us);
    }

    /// The figures of the queues from this one on, by number, at `now_us` or the machine's own time
    /// if that is later.
    pub fn figures(&mut self, from: QueueId, now_us: i64) -> impl Iterator<Item = QueueFigures> {
        self.floor.figures(from, self.now_us.max(now_us))
    }

    /// The queues as they are after the last step.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            at_us: self.now_us,
            queues: self.floor.snapshot(),
        }
    }
}
