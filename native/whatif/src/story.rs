//! What happened in a run, told as who came, who was there and how they behaved.

use acd::{Command, CommandId, Envelope, Machine};
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

use crate::figures::Watch;
use crate::patience::Patience;
use crate::wire::{Does, Fact, Told, by_timer, fact, told};

/// A run, as far as it has been read.
#[derive(Debug, Default)]
pub struct Story {
    machine: Machine,
    pub(crate) contacts: Vec<Contact>,
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
    /// Offers that ring, by contact.
    ringing: FxHashMap<u64, (u32, i64)>,
    /// Who is not ready since a missed or declined offer: its contact, the answer's place, since when.
    punished: FxHashMap<u32, (usize, usize, i64)>,
    /// Whose last answer was a miss or a decline.
    faulted: FxHashMap<u32, (usize, usize)>,
    first_us: Option<i64>,
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

/// A customer's request.
#[derive(Debug)]
pub(crate) struct Contact {
    pub number: u64,
    pub queue: u32,
    pub arrived_us: i64,
    pub shape: usize,
    pub patience: Patience,
    /// One for each acceptance, but for one that still goes on.
    pub calls: Vec<Call>,
    pub wrap_up: Option<WrapUp>,
    pub answers: Vec<Answer>,
    begun: Begun,
}

/// When what is under way began, microseconds since the Unix epoch.
#[derive(Debug, Default)]
struct Begun {
    accepted_us: Option<i64>,
    connected_us: Option<i64>,
    wrap_up_us: i64,
}

impl Contact {
    /// The call is over, if there is one.
    fn hang_up(&mut self, at_us: i64, cut: bool) {
        self.calls.extend(self.begun.call(at_us, cut));
        self.begun.accepted_us = None;
    }

    /// What there was of a call that the record doesn't see the end of.
    pub fn unended(&self, at_us: i64) -> Option<Call> {
        self.begun.call(at_us, true)
    }
}

impl Begun {
    fn call(&self, at_us: i64, cut: bool) -> Option<Call> {
        let accepted_us = self.accepted_us?;
        Some(Call {
            connects_us: self.connected_us.map(|us| us - accepted_us),
            talk_us: at_us - self.connected_us.unwrap_or(accepted_us),
            cut,
        })
    }
}

/// From the acceptance on, microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// From accepted to connected, if it ever was.
    pub connects_us: Option<i64>,
    /// From connected (from accepted, if it never was) to the end.
    pub talk_us: i64,
    /// It didn't end by itself: the agent was lost, or the record ends.
    pub cut: bool,
}

/// How an agent ended the work after a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WrapUp {
    /// By saying so after so many microseconds.
    Done(i64),
    /// By letting it run out.
    Limit,
}

/// What an agent did with an offer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub agent: u32,
    pub kind: AnswerKind,
    /// After so many microseconds of ringing.
    pub after_us: i64,
    /// Ready again so many microseconds after having missed or declined it.
    pub returns_us: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    Accept,
    Reject,
    Miss,
    /// The offer was taken back before there was any.
    None,
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
    pub what: What,
    pub json: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Queue(u32),
    DayStarted,
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
        if let Told::Enqueue { .. } | Told::RestoreConnected { .. } = told {
            self.introduce(at_us, &told);
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
                    if let (true, Told::Enqueue { contact, .. }) = (full, &told) {
                        self.watch.turned_away(self.queue_of(*contact), at_us);
                        refused = false;
                    }
                }
                Fact::Agent {
                    agent,
                    does: Does::Away,
                } if by_timer(envelope) => self.lose(agent, envelope.at_us),
                _ => {}
            }
            let by_hand = matches!(told, Told::WrapUpDone {}) && !by_timer(envelope);
            self.follow(envelope.at_us, fact, by_hand);
        }
        if !refused && !returns {
            self.plan_told(at_us, &told, json);
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

    fn queue_of(&self, contact: u64) -> u32 {
        self.numbers
            .get(&contact)
            .map_or(0, |at| self.contacts[*at].queue)
    }

    fn introduce(&mut self, at_us: i64, told: &Told) {
        let (number, shape, arrived_us) = match told {
            Told::Enqueue {
                contact,
                queue,
                arrived_us,
                requires,
                relax,
            } => (
                *contact,
                Shape {
                    queue: *queue,
                    requires: requires.clone(),
                    relax: relax.clone(),
                },
                *arrived_us,
            ),
            Told::RestoreConnected { arrival } => (
                arrival.contact,
                Shape {
                    queue: arrival.queue,
                    requires: Value::Null,
                    relax: Value::Null,
                },
                at_us,
            ),
            _ => return,
        };
        if self.numbers.contains_key(&number) {
            return; // refused as known
        }
        let queue = shape.queue;
        let name = serde_json::to_string(&shape).expect("numbers and lists");
        let next = self.shapes.len();
        let shape_number = *self.shape_numbers.entry(name).or_insert(next);
        if shape_number == next {
            self.shapes.push(shape);
        }
        self.numbers.insert(number, self.contacts.len());
        self.contacts.push(Contact {
            number,
            queue,
            arrived_us,
            shape: shape_number,
            patience: Patience::Longer(0),
            calls: Vec::new(),
            wrap_up: None,
            answers: Vec::new(),
            begun: Begun {
                accepted_us: matches!(told, Told::RestoreConnected { .. }).then_some(at_us),
                ..Begun::default()
            },
        });
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
            what,
            json: json.into(),
        });
    }

    fn plan_told(&mut self, at_us: i64, told: &Told, json: &[u8]) {
        let what = match told {
            Told::QueuePut { queue } => What::Queue(*queue),
            Told::DayStarted {} => What::DayStarted,
            Told::Configure {
                heartbeat_timeout_us,
            } => {
                self.heartbeat_timeout_us = Some(*heartbeat_timeout_us);
                What::Configure(*heartbeat_timeout_us)
            }
            Told::Enqueue { contact, .. } => What::Arrival(self.numbers[contact]),
            Told::RestoreConnected { arrival } => What::Restored(self.numbers[&arrival.contact]),
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
            Told::WrapUpDone {} | Told::Reaction => return,
        };
        self.plan(at_us, what, json);
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

    /// Takes an event for what it says about people.
    fn follow(&mut self, at_us: i64, fact: Fact, by_hand: bool) {
        self.watch.see(at_us, fact);
        match fact {
            Fact::Offered { contact, agent, .. } => {
                self.ringing.insert(contact, (agent, at_us));
            }
            Fact::Accepted { contact, .. } => {
                self.answered(contact, AnswerKind::Accept, at_us);
                self.waited(contact, at_us, Patience::Longer);
                self.of(contact, |it| {
                    it.begun.accepted_us = Some(at_us);
                    it.begun.connected_us = None;
                });
            }
            Fact::Rejected { contact, .. } => self.answered(contact, AnswerKind::Reject, at_us),
            Fact::Missed { contact, .. } => self.answered(contact, AnswerKind::Miss, at_us),
            Fact::Rescinded { contact } => self.answered(contact, AnswerKind::None, at_us),
            Fact::Abandoned { contact } => self.waited(contact, at_us, Patience::Left),
            Fact::Connected { contact } => {
                self.of(contact, |it| it.begun.connected_us = Some(at_us));
            }
            Fact::Completed { contact } => self.of(contact, |it| it.hang_up(at_us, false)),
            Fact::Requeued { contact } => self.of(contact, |it| it.hang_up(at_us, true)),
            Fact::WrapUpStarted { contact, .. } => {
                self.of(contact, |it| it.begun.wrap_up_us = at_us);
            }
            Fact::WrapUpEnded { contact } => self.of(contact, |it| {
                it.wrap_up = Some(if by_hand {
                    WrapUp::Done(at_us - it.begun.wrap_up_us)
                } else {
                    WrapUp::Limit
                });
            }),
            Fact::Agent {
                agent,
                does: Does::Punished,
            } => {
                if let Some((contact, answer)) = self.faulted.remove(&agent) {
                    self.punished.insert(agent, (contact, answer, at_us));
                }
            }
            Fact::Agent { agent, .. } => {
                self.punished.remove(&agent);
            }
            _ => {}
        }
    }

    fn of(&mut self, contact: u64, change: impl FnOnce(&mut Contact)) {
        if let Some(at) = self.numbers.get(&contact) {
            change(&mut self.contacts[*at]);
        }
    }

    fn waited(&mut self, contact: u64, at_us: i64, patience: fn(i64) -> Patience) {
        self.of(contact, |it| {
            it.patience = patience((at_us - it.arrived_us).max(0));
        });
    }

    fn answered(&mut self, contact: u64, kind: AnswerKind, at_us: i64) {
        let (Some((agent, since_us)), Some(at)) =
            (self.ringing.remove(&contact), self.numbers.get(&contact))
        else {
            return;
        };
        let answers = &mut self.contacts[*at].answers;
        let place = (*at, answers.len());
        answers.push(Answer {
            agent,
            kind,
            after_us: at_us - since_us,
            returns_us: None,
        });
        if kind != AnswerKind::None {
            self.served(agent).answers.push(place);
        }
        if matches!(kind, AnswerKind::Reject | AnswerKind::Miss) {
            self.faulted.insert(agent, place);
        }
    }
}
