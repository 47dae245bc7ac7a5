//! Contacts that waited before a restart, put back many at a time.
//!
//! A command and two events for each would take a server of a million several times as long to come
//! back: what they have in common is sent once, and only what became different is told.

use acd::{Command, CommandId, ContactId, Envelope, Event, EventSink, Machine, Relaxation};
use serde::{Deserialize, Serialize};

/// Contacts that wait again, by columns: the n-th entry of each list is the n-th contact's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returning {
    /// Commands `enqueue` with what many contacts have in common; the columns say the rest.
    kinds: Vec<Command>,
    /// Places in `kinds`.
    kind: Vec<usize>,
    contact: Vec<ContactId>,
    priority: Vec<u8>,
    arrived_us: Vec<i64>,
    /// How many of its steps a contact had taken, as far as anybody was told.
    relaxed: Vec<usize>,
}

/// The bytes are no list of contacts. The text says what would be right.
#[derive(Debug, thiserror::Error)]
#[error("malformed contacts: {0}")]
pub struct MalformedContacts(String);

impl Returning {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`MalformedContacts`] for anything else, for lists of different lengths or none at all, and
    /// for a kind that isn't there.
    pub fn from_json(bytes: &[u8]) -> Result<Self, MalformedContacts> {
        let malformed = |text: String| Err(MalformedContacts(text));
        let read: Self =
            serde_json::from_slice(bytes).map_err(|error| MalformedContacts(error.to_string()))?;
        let count = read.contact.len();
        if count == 0 {
            return malformed("contact is empty, must have one at least".into());
        }
        for (name, length) in [
            ("kind", read.kind.len()),
            ("priority", read.priority.len()),
            ("arrived_us", read.arrived_us.len()),
            ("relaxed", read.relaxed.len()),
        ] {
            if length != count {
                return malformed(format!("{name} has {length} entries, contact {count}"));
            }
        }
        let is_enqueue = |kind: &Command| matches!(kind, Command::Enqueue { .. });
        if !read.kinds.iter().all(is_enqueue) {
            return malformed("kinds has another command, must be enqueue".into());
        }
        let kinds = read.kinds.len();
        match read.kind.iter().find(|kind| **kind >= kinds) {
            Some(kind) => malformed(format!("kind is {kind}, must be less than {kinds}")),
            None => Ok(read),
        }
    }

    /// One command for each contact.
    pub fn commands(&self) -> impl Iterator<Item = Command> {
        (0..self.contact.len()).map(|n| self.command(n).0)
    }

    /// Enqueues them all. Of their events these are told:
    ///
    /// - `contact_enqueued` of a contact that has taken other steps by now than was told before;
    /// - what is due meanwhile;
    /// - one `done` at the end, or the first refusal. The others are enqueued all the same.
    ///
    /// What isn't told has its number in the order of events all the same.
    pub fn enqueue(
        &self,
        machine: &mut Machine,
        id: CommandId,
        now_us: i64,
        sink: &mut impl EventSink,
    ) {
        let mut closing = None;
        for n in 0..self.contact.len() {
            let (command, steps_us) = self.command(n);
            let steps_taken = |at_us| steps_us.iter().filter(|due_us| **due_us <= at_us).count();
            let mut quiet = Quiet {
                sink,
                id,
                closing: &mut closing,
                as_told: |at_us| steps_taken(at_us) == self.relaxed[n],
            };
            machine.apply(now_us, id, command, &mut quiet);
        }
        sink.emit(closing.expect("each command is closed, and there is one at least"));
    }

    /// The n-th contact's command, and when its steps are due.
    fn command(&self, n: usize) -> (Command, Vec<i64>) {
        let mut command = self.kinds[self.kind[n]].clone();
        let Command::Enqueue(arrival) = &mut command else {
            unreachable!("checked when it was read")
        };
        arrival.contact = self.contact[n];
        arrival.priority = self.priority[n];
        arrival.arrived_us = self.arrived_us[n];
        let due_us = |step: &Relaxation| self.arrived_us[n].saturating_add(step.after_us);
        let steps_us = arrival.relax.iter().map(due_us).collect();
        (command, steps_us)
    }
}

/// Passes on what has to be told, and keeps the event that will close the whole.
struct Quiet<'a, Sink, AsTold> {
    sink: &'a mut Sink,
    id: CommandId,
    closing: &'a mut Option<Envelope>,
    as_told: AsTold,
}

impl<Sink: EventSink, AsTold: Fn(i64) -> bool> EventSink for Quiet<'_, Sink, AsTold> {
    fn emit(&mut self, envelope: Envelope) {
        if envelope.command != self.id {
            return self.sink.emit(envelope);
        }
        match &envelope.event {
            Event::ContactEnqueued { .. } if (self.as_told)(envelope.at_us) => {}
            Event::Done {} | Event::Refused { .. } => {
                let refused = |closing: &Envelope| matches!(closing.event, Event::Refused { .. });
                if !self.closing.as_ref().is_some_and(refused) {
                    *self.closing = Some(envelope);
                }
            }
            _ => self.sink.emit(envelope),
        }
    }
}
