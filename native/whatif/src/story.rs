//! What happened in a run, told as who came, who was there and how they behaved.

mod notes;

use acd::{Command, CommandId, Envelope, Machine};
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

use crate::contact::Contact;
use crate::figures::Watch;
use crate::wire::{Came, Does, Fact, Told, by_timer, fact, told};

/// A run, as far as it has been read.
#[derive(Debug, Default)]
pub struct Story {
    machine: Machine,
    pub(crate) contacts: Vec<Contact>,
    /// What others did with contacts: transfers and deferrals.
    pub(crate) moves: Vec<Move>,
    /// What happened of itself, in order: who came, what agents did unasked, what was configured.
    pub(crate) schedule: Vec<Scheduled>,
    pub(crate) agents: FxHashMap<u32, Served>,
    /// Of each agent's sessions, when the page fell silent, microseconds since the Unix epoch.
    pub(crate) silences: FxHashMap<u32, Vec<Option<i64>>>,
    pub(crate) watch: Watch,
    heartbeat_timeout_us: Option<i64>,
    pub(crate) last_us: i64,
    shapes: Vec<Shape>,
    shape_numbers: FxHashMap<String, usize>,
    numbers: FxHashMap<u64, usize>,
    /// Offers that ring, by contact: at whom, since when.
    pub(crate) ringing: FxHashMap<u64, (u32, i64)>,
    /// Who is not ready since a missed or declined offer: its contact, the answer's place, since when.
    punished: FxHashMap<u32, (usize, usize, i64)>,
    /// Whose last answer was a miss or a decline.
    faulted: FxHashMap<u32, (usize, usize)>,
    /// Who wraps up which contact: its place, its leg, since when.
    wrapping: FxHashMap<(u32, u64), (usize, usize, i64)>,
    first_us: Option<i64>,
    /// When somebody did something last that didn't happen of itself.
    reacted_us: Option<i64>,
}

/// What contacts were enqueued with, the same for many.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shape {
    /// Their queue.
    pub queue: u32,
    /// What they required, as in the command.
    pub requires: Value,
    /// Their steps of relaxation, as in the command.
    pub relax: Value,
}

/// A transfer or a deferral.
#[derive(Debug)]
pub(crate) struct Move {
    /// As what a transferred contact goes on.
    pub shape: Option<usize>,
    pub json: Vec<u8>,
}

/// An agent's answers, and whom they serve.
#[derive(Debug, Default)]
pub(crate) struct Served {
    /// Places in `contacts` and in its `answers`.
    pub answers: Vec<(usize, usize)>,
    pub queues: Vec<u32>,
}

/// Something that happens of itself.
#[derive(Debug)]
pub(crate) struct Scheduled {
    pub at_us: i64,
    /// After what people did at the same time.
    pub yields: bool,
    pub what: What,
    pub json: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Queue(u32),
    /// A queue is closed for good.
    Close(u32),
    /// Of the whole machine, as it stands: a day begins, a queue is emptied.
    AsItStands,
    /// Silence of so many microseconds ends a session from now on.
    Configure(i64),
    Arrival(usize),
    /// A call that was put back after a restart.
    Restored(usize),
    SignIn(u32),
    Assign(u32),
    SignOut(u32),
    Ready(u32),
    NotReady(u32),
}

/// What a run is about.
#[derive(Debug, Serialize)]
pub struct About {
    /// Time of the first command, microseconds since the Unix epoch; 0 without any.
    pub first_us: i64,
    /// Time of the last command, microseconds since the Unix epoch.
    pub last_us: i64,
    /// Contacts that came.
    pub contacts: usize,
    /// Ways in which they were enqueued, in the order of `Changes::shapes`.
    pub shapes: Vec<Shape>,
    /// Agents who were there.
    pub agents: Vec<Person>,
}

/// An agent who was there.
#[derive(Debug, Serialize)]
pub struct Person {
    /// Their number.
    pub agent: u32,
    /// Whom they served, as assigned last.
    pub queues: Vec<u32>,
    /// How long they were available or worked, microseconds.
    pub on_shift_us: i64,
}

impl Story {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next command of the run, given at `at_us`.
    ///
    /// # Errors
    /// When it is no command.
    pub fn take(&mut self, at_us: i64, id: u64, json: &[u8]) -> Result<(), acd::MalformedCommand> {
        let command = Command::from_json(json)?;
        let told = told(json).unwrap_or(Told::Reaction);
        if let Told::Enqueue(came) | Told::RestoreConnected { arrival: came } = &told {
            self.introduce(came);
        }
        let mut events: Vec<Envelope> = Vec::new();
        self.machine
            .apply(at_us, CommandId(id), command, &mut events);
        self.first_us.get_or_insert(at_us);
        self.last_us = self.last_us.max(at_us);
        // A return is an answer to the offer that was missed; before the events, which end it.
        let returns = match told {
            Told::AgentReady { agent } => self.note_return(agent, at_us),
            _ => false,
        };
        let mut refused = false;
        for envelope in &events {
            let fact = fact(envelope);
            match fact {
                Fact::Refused { full } => {
                    refused = true;
                    if let (true, Told::Enqueue(came)) = (full, &told) {
                        refused = false;
                        if !came.internal {
                            self.watch.turned_away(came.queue, at_us);
                        }
                    }
                }
                Fact::Agent {
                    agent,
                    does: Does::Away,
                } if by_timer(envelope) => self.lose(agent, envelope.at_us),
                _ => {}
            }
            let cause = if by_timer(envelope) {
                &Told::Reaction
            } else {
                &told
            };
            self.watch.see(envelope.at_us, fact);
            self.follow(envelope.at_us, fact, cause);
        }
        let planned = self.schedule.len();
        if !refused && !returns {
            self.plan_told(at_us, &told, json);
        }
        if !refused && self.schedule.len() == planned {
            self.reacted_us = Some(at_us);
        }
        Ok(())
    }

    /// What the run is about.
    #[must_use]
    pub fn about(&self) -> About {
        let mut agents: Vec<Person> = self
            .agents
            .iter()
            .map(|(agent, served)| Person {
                agent: *agent,
                queues: served.queues.clone(),
                on_shift_us: self.watch.on_shift_us(*agent, self.last_us),
            })
            .collect();
        agents.sort_by_key(|person| person.agent);
        About {
            first_us: self.first_us.unwrap_or_default(),
            last_us: self.last_us,
            contacts: self.contacts.len(),
            shapes: self.shapes.clone(),
            agents,
        }
    }

    pub(crate) fn first_us(&self) -> i64 {
        self.first_us.unwrap_or_default()
    }

    fn introduce(&mut self, came: &Came) {
        if self.numbers.contains_key(&came.contact) {
            return; // refused as known
        }
        let shape = self.shape(came);
        self.numbers.insert(came.contact, self.contacts.len());
        self.contacts.push(Contact {
            number: came.contact,
            queue: came.queue,
            arrived_us: came.arrived_us,
            shape,
            internal: came.internal,
            planned: None,
            asked: false,
            legs: Vec::new(),
            answers: Vec::new(),
        });
    }

    /// The place of the shape of such a contact.
    fn shape(&mut self, came: &Came) -> usize {
        let shape = Shape {
            queue: came.queue,
            requires: came.requires.clone(),
            relax: came.relax.clone(),
        };
        let name = serde_json::to_string(&shape).expect("numbers and lists");
        let next = self.shapes.len();
        let place = *self.shape_numbers.entry(name).or_insert(next);
        if place == next {
            self.shapes.push(shape);
        }
        place
    }

    /// Whether a ready command was the return after an offer that was missed or declined.
    fn note_return(&mut self, agent: u32, at_us: i64) -> bool {
        let Some((contact, answer, since_us)) = self.punished.remove(&agent) else {
            return false;
        };
        self.contacts[contact].answers[answer].returns_us = Some(at_us - since_us);
        true
    }

    fn plan(&mut self, at_us: i64, what: What, json: &[u8]) {
        self.schedule.push(Scheduled {
            at_us,
            yields: self.reacted_us == Some(at_us),
            what,
            json: json.into(),
        });
    }

    fn plan_told(&mut self, at_us: i64, told: &Told, json: &[u8]) {
        self.watch.heed(told);
        let what = match told {
            Told::QueuePut { queue } => What::Queue(*queue),
            Told::QueueClose { queue } => What::Close(*queue),
            Told::DayStarted {} | Told::DayResumed {} | Told::QueueEmpty {} => What::AsItStands,
            Told::Configure {
                heartbeat_timeout_us,
            } => {
                self.heartbeat_timeout_us = Some(*heartbeat_timeout_us);
                What::Configure(*heartbeat_timeout_us)
            }
            Told::Enqueue(came) => {
                let at = self.numbers[&came.contact];
                self.contacts[at].planned = Some(self.schedule.len());
                self.note_call_back(came.contact, came.not_before_us.is_some());
                What::Arrival(at)
            }
            Told::RestoreConnected { arrival } => {
                let at = self.numbers[&arrival.contact];
                self.contacts[at].talk(at_us, arrival.queue);
                What::Restored(at)
            }
            Told::Transfer { arrival } => {
                let shape = self.shape(arrival);
                self.note_call_back(arrival.contact, arrival.not_before_us.is_some());
                self.moves.push(Move {
                    shape: Some(shape),
                    json: json.into(),
                });
                return;
            }
            Told::Defer { contact } => {
                let by = self.moves.len();
                self.note_call_back(*contact, true);
                self.of(*contact, |it| it.moved(at_us, by));
                self.moves.push(Move {
                    shape: None,
                    json: json.into(),
                });
                return;
            }
            Told::AgentSignIn { agent, queues } => {
                self.served(*agent).queues.clone_from(queues);
                self.silences.entry(*agent).or_default().push(None);
                What::SignIn(*agent)
            }
            Told::AgentAssign { agent, queues } => {
                self.served(*agent).queues.clone_from(queues);
                What::Assign(*agent)
            }
            Told::AgentSignOut { agent } => What::SignOut(*agent),
            Told::AgentReady { agent } => What::Ready(*agent),
            Told::AgentNotReady { agent } => What::NotReady(*agent),
            Told::HandOver { .. } | Told::WrapUpDone {} | Told::Reaction => return,
        };
        self.plan(at_us, what, json);
    }

    fn note_call_back(&mut self, contact: u64, called_back: bool) {
        self.of(contact, |it| {
            if let Some(leg) = it.legs.last_mut() {
                leg.called_back = called_back;
            }
        });
    }

    /// An agent's page has been silent for so long that they are lost.
    fn lose(&mut self, agent: u32, at_us: i64) {
        let timeout_us = self.heartbeat_timeout_us;
        let sessions = self.silences.get_mut(&agent);
        if let Some(silence) = sessions.and_then(|sessions| sessions.last_mut()) {
            let timeout_us = timeout_us.unwrap_or(acd::HEARTBEAT_TIMEOUT_US_DEFAULT);
            *silence = Some(at_us - timeout_us);
        }
    }

    fn served(&mut self, agent: u32) -> &mut Served {
        self.agents.entry(agent).or_default()
    }

    fn of(&mut self, contact: u64, change: impl FnOnce(&mut Contact)) {
        if let Some(at) = self.numbers.get(&contact) {
            change(&mut self.contacts[*at]);
        }
    }
}
