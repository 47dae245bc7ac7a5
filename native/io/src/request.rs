//! What the matcher's thread is asked for.

use std::sync::Arc;

use acd::{Command, CommandId, EventSink, Machine, MalformedCommand};
use serde::{Deserialize, Serialize};

use crate::restore::Returning;

/// A command, or contacts that waited before a restart.
#[derive(Debug, Clone)]
pub enum Request {
    /// To be applied.
    Carry(Command),
    /// To be enqueued as [`Returning::enqueue`] does.
    PutBack(Arc<Returning>),
}

/// The JSON form of what is no command.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Other<Contacts> {
    PutBack(Contacts),
}

impl Request {
    /// Reads the JSON form: a command's, or that of contacts with the type `put_back`.
    ///
    /// # Errors
    /// [`MalformedCommand`] if it is neither.
    pub fn from_json(bytes: &[u8]) -> Result<Self, MalformedCommand> {
        match serde_json::from_slice(bytes) {
            Ok(Other::PutBack(contacts)) => Ok(Self::PutBack(Arc::new(contacts))),
            Err(_) => Command::from_json(bytes).map(Self::Carry),
        }
    }

    /// The JSON form.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        match self {
            Self::Carry(command) => command.to_json(),
            Self::PutBack(contacts) => {
                serde_json::to_vec(&Other::PutBack(&**contacts)).expect("numbers and commands")
            }
        }
    }

    /// Has the machine do it.
    pub fn carry_out(
        self,
        machine: &mut Machine,
        now_us: i64,
        id: CommandId,
        sink: &mut impl EventSink,
    ) {
        match self {
            Self::Carry(command) => machine.apply(now_us, id, command, sink),
            Self::PutBack(contacts) => contacts.enqueue(machine, id, now_us, sink),
        }
    }

    /// The commands that it comes to, one after the other.
    #[must_use]
    pub fn commands(&self) -> Vec<Command> {
        match self {
            Self::Carry(command) => vec![command.clone()],
            Self::PutBack(contacts) => contacts.commands().collect(),
        }
    }
}
