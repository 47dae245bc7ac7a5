//! The people of a story before the real matcher, in virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use acd::{Command, CommandId, Envelope, Machine};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::changes::Changes;
use crate::figures::{Figures, Question, Watch};
use crate::habits::{Habits, Purpose, lot, pick, pick_by_queue};
use crate::patience::Patience;
use crate::story::{Answer, AnswerKind, Call, Contact, Story, What, WrapUp};
use crate::wire::{Does, Fact, Reaction, fact, with_fields};

/// Every command here, as no answer is waited for.
const ANY: CommandId = CommandId(1);

/// What came of a simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Waits, service level and occupancy.
    #[serde(flatten)]
    pub figures: Figures,
    /// How much of it isn't recorded.
    pub drawn: Drawn,
}

/// Counts what people were drawn to do because the same had not happened to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// Contacts that left at a time which is drawn.
    pub abandons: u64,
    /// Calls.
    pub calls: u64,
    /// Answers to offers.
    pub answers: u64,
    /// Wrap-ups.
    pub wrap_ups: u64,
}

/// A change asks for something that the matcher has not.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct BadChange {
    what: String,
    why: String,
}

/// Runs the story as it would have been, and counts.
///
/// # Errors
/// [`BadChange`] when a change makes a command that is none.
pub fn simulate(
    story: &Story,
    changes: &Changes,
    question: Question,
) -> Result<Outcome, BadChange> {
    let mut stage = Stage::new(story, changes);
    stage.run()?;
    let end_us = story.last_us;
    let figures = Figures::of(&stage.watch, question, end_us, &stage.serves());
    Ok(Outcome {
        figures,
        drawn: stage.drawn,
    })
}

impl Story {
    /// Counts what came of it as it was.
    #[must_use]
    pub fn figures(&self, question: Question) -> Figures {
        let serves = self.agents.iter();
        let serves = serves.map(|(agent, habits)| (*agent, habits.queues.clone()));
        Figures::of(&self.watch, question, self.last_us, &serves.collect())
    }
}

struct Stage<'a> {
    story: &'a Story,
    changes: &'a Changes,
    machine: Machine,
    events: Vec<Envelope>,
    watch: Watch,
    drawn: Drawn,
    due: BinaryHeap<Reverse<(i64, u64, Reaction)>>,
    pushed: u64,
    numbers: FxHashMap<u64, usize>,
    /// By place in the story's contacts: nobody waits for them (any more).
    settled: Vec<bool>,
    /// By place in the story's contacts: how often they were accepted.
    accepted: Vec<u32>,
    heartbeat_timeout_us: i64,
    /// How often an agent signed in.
    sessions: FxHashMap<u32, u32>,
    /// Where the contact came to that comes now.
    entrance: u32,
    /// Offers of a contact to an agent so far.
    offers: FxHashMap<(u64, u32), u32>,
    does: FxHashMap<u32, Does>,
    /// After how long who missed or declined an offer is ready again, by agent.
    returns_us: FxHashMap<u32, i64>,
    /// Who goes when their call is over.
    leaving: FxHashSet<u32>,
    absent: FxHashSet<u32>,
    /// Numbers of those who are like somebody, by whom they are like, and the other way round.
    doubles: FxHashMap<u32, Vec<u32>>,
    like: FxHashMap<u32, u32>,
    habits: Habits,
}

impl<'a> Stage<'a> {
    fn new(story: &'a Story, changes: &'a Changes) -> Self {
        let mut doubles: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut like = FxHashMap::default();
        let first = story.agents.keys().max().map_or(1, |last| last + 1);
        for (double, original) in (first..).zip(&changes.doubled) {
            doubles.entry(*original).or_default().push(double);
            like.insert(double, *original);
        }
        let contacts = story.contacts.iter().enumerate();
        Self {
            story,
            changes,
            machine: Machine::new(),
            events: Vec::new(),
            watch: Watch::default(),
            drawn: Drawn::default(),
            due: BinaryHeap::new(),
            pushed: 0,
            numbers: contacts.map(|(at, it)| (it.number, at)).collect(),
            settled: vec![false; story.contacts.len()],
            accepted: vec![0; story.contacts.len()],
            heartbeat_timeout_us: acd::HEARTBEAT_TIMEOUT_US_DEFAULT,
            sessions: FxHashMap::default(),
            entrance: 0,
            offers: FxHashMap::default(),
            does: FxHashMap::default(),
            returns_us: FxHashMap::default(),
            leaving: FxHashSet::default(),
            absent: changes.absent.iter().copied().collect(),
            doubles,
            like,
            habits: Habits::of(story),
        }
    }

    /// Which queues each agent serves.
    fn serves(&self) -> FxHashMap<u32, Vec<u32>> {
        let queues = |agent: u32| {
            let given = self.changes.agents.get(&agent);
            let given = given.and_then(|fields| fields.get("queues"));
            given
                .and_then(|queues| serde_json::from_value(queues.clone()).ok())
                .unwrap_or_else(|| self.story.agents[&agent].queues.clone())
        };
        let originals = self.story.agents.keys().map(|agent| (*agent, *agent));
        let doubles = self.like.iter().map(|(double, like)| (*double, *like));
        originals
            .chain(doubles.filter(|(_, like)| self.story.agents.contains_key(like)))
            .map(|(agent, like)| (agent, queues(like)))
            .collect()
    }

    fn run(&mut self) -> Result<(), BadChange> {
        let story = self.story;
        let start_us = story.first_us();
        for (number, opened) in self.changes.opened.iter().enumerate() {
            let json = opened.to_string();
            let command = Command::from_json(json.as_bytes()).map_err(|error| BadChange {
                what: format!("opened[{number}]"),
                why: error.to_string(),
            })?;
            self.order(start_us, command);
        }
        let mut schedule = story.schedule.iter().peekable();
        loop {
            let planned_us = schedule.peek().map_or(i64::MAX, |planned| planned.at_us);
            let due_us = self.due.peek().map_or(i64::MAX, |Reverse(due)| due.0);
            let timer_us = self.machine.poll_timeout().unwrap_or(i64::MAX);
            let next_us = planned_us.min(due_us).min(timer_us);
            // The comparison ends where the record does.
            if next_us > story.last_us {
                return Ok(());
            }
            if timer_us == next_us {
                self.machine.handle_timeout(timer_us, &mut self.events);
                self.react();
            } else if planned_us == next_us
                && let Some(planned) = schedule.next()
            {
                self.happen(next_us, planned.what, &planned.json)?;
            } else if let Some(Reverse((_, _, reaction))) = self.due.pop() {
                self.answer(next_us, reaction);
            }
        }
    }

    fn order(&mut self, now_us: i64, command: Command) {
        self.machine.apply(now_us, ANY, command, &mut self.events);
        self.react();
    }

    fn later(&mut self, at_us: i64, reaction: Reaction) {
        self.pushed += 1;
        self.due.push(Reverse((at_us, self.pushed, reaction)));
    }

    /// Something that happens of itself, to the one it happened to and to all who are like them.
    fn happen(&mut self, now_us: i64, what: What, json: &[u8]) -> Result<(), BadChange> {
        let none = Map::new();
        match what {
            What::Queue(queue) => {
                let fields = self.changes.queues.get(&queue).unwrap_or(&none);
                let command = changed(json, fields, || format!("queue {queue}"))?;
                self.order(now_us, command);
            }
            What::Configure(timeout_us) => {
                self.heartbeat_timeout_us = timeout_us;
                self.order(now_us, changed(json, &none, String::new)?);
            }
            What::DayStarted => self.order(now_us, changed(json, &none, String::new)?),
            What::Arrival(at) => {
                let contact = &self.story.contacts[at];
                self.entrance = contact.queue;
                let shape = self.changes.shapes.get(contact.shape);
                let fields = shape.and_then(Option::as_ref).unwrap_or(&none);
                let command = changed(json, fields, || format!("shape {}", contact.shape))?;
                self.order(now_us, command);
            }
            What::Restored(at) => {
                self.settled[at] = true;
                self.order(now_us, changed(json, &none, String::new)?);
                self.talk(now_us, at);
            }
            What::SignIn(agent)
            | What::Assign(agent)
            | What::SignOut(agent)
            | What::Ready(agent)
            | What::NotReady(agent) => {
                let fields = self.changes.agents.get(&agent).unwrap_or(&none);
                let doubles = self.doubles.get(&agent).cloned().unwrap_or_default();
                for one in [agent].into_iter().chain(doubles) {
                    if !self.absent.contains(&one) {
                        self.happen_to(one, now_us, what, json, fields)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn happen_to(
        &mut self,
        agent: u32,
        now_us: i64,
        what: What,
        json: &[u8],
        assigned: &Map<String, Value>,
    ) -> Result<(), BadChange> {
        let mut fields = Map::new();
        match what {
            What::SignOut(_) if self.does.get(&agent) == Some(&Does::Busy) => {
                self.leaving.insert(agent);
                return Ok(());
            }
            What::SignOut(_) => {
                self.order(now_us, Reaction::SignOut { agent }.command());
                return Ok(());
            }
            What::SignIn(_) | What::Assign(_) => {
                self.leaving.remove(&agent);
                fields.clone_from(assigned);
            }
            _ => {}
        }
        fields.insert("agent".into(), agent.into());
        let command = changed(json, &fields, || format!("agent {agent}"))?;
        self.order(now_us, command);
        if let What::SignIn(_) = what {
            let session = self.sessions.entry(agent).or_default();
            *session += 1;
            let session = *session;
            self.beat_later(now_us, agent, session);
        }
        Ok(())
    }

    /// The next sign of life of an agent's page: in good time, and the last one when it was.
    fn beat_later(&mut self, now_us: i64, agent: u32, session: u32) {
        let who = self.like.get(&agent).unwrap_or(&agent);
        let sessions = self.story.silences.get(who);
        let silent = sessions.and_then(|sessions| sessions.get(session as usize - 1));
        let silent_us = silent.copied().flatten().unwrap_or(i64::MAX);
        if now_us < silent_us {
            let next_us = now_us + (self.heartbeat_timeout_us / 2).max(1);
            self.later(next_us.min(silent_us), Reaction::Beat { agent, session });
        }
    }

    /// What somebody has come to do, if it still makes sense.
    fn answer(&mut self, now_us: i64, reaction: Reaction) {
        match reaction {
            Reaction::Abandon { contact } => {
                let at = self.numbers[&contact];
                if self.settled[at] {
                    return;
                }
                if !matches!(self.story.contacts[at].patience, Patience::Left(_)) {
                    self.drawn.abandons += 1;
                }
            }
            Reaction::Connect { contact, call } | Reaction::Complete { contact, call }
                if self.accepted[self.numbers[&contact]] != call =>
            {
                return;
            }
            Reaction::Beat { agent, session } => {
                if self.sessions.get(&agent) != Some(&session)
                    || self.does.get(&agent) == Some(&Does::Away)
                {
                    return;
                }
                self.beat_later(now_us, agent, session);
            }
            Reaction::Return { agent } if self.does.get(&agent) != Some(&Does::Punished) => return,
            _ => {}
        }
        self.order(now_us, reaction.command());
    }

    /// What people do about what the matcher did.
    fn react(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        for envelope in events.drain(..) {
            let (at_us, fact) = (envelope.at_us, fact(&envelope));
            self.watch.see(at_us, fact);
            self.follow(at_us, fact);
        }
        self.events = events;
    }

    fn follow(&mut self, at_us: i64, fact: Fact) {
        match fact {
            Fact::Enqueued { contact, .. } => self.wait(contact),
            Fact::Refused { full: true } => self.watch.turned_away(self.entrance, at_us),
            Fact::Offered {
                contact,
                agent,
                epoch,
            } => self.ring(at_us, contact, agent, epoch),
            Fact::Accepted { contact, .. } => {
                let at = self.numbers[&contact];
                self.settled[at] = true;
                self.talk(at_us, at);
            }
            // From a call that was cut, or from an agent who didn't take it.
            Fact::Requeued { contact } => self.settled[self.numbers[&contact]] = false,
            Fact::Abandoned { contact } => self.settled[self.numbers[&contact]] = true,
            Fact::WrapUpStarted { agent, contact } => {
                let of = &self.story.contacts[self.numbers[&contact]];
                if let Some(WrapUp::Done(after_us)) = self.wrap_up(of) {
                    self.later(at_us + after_us, Reaction::WrapUpDone { agent, contact });
                }
            }
            Fact::Agent { agent, does } => {
                self.does.insert(agent, does);
                if does == Does::Punished
                    && let Some(after_us) = self.returns_us.remove(&agent)
                {
                    self.later(at_us + after_us, Reaction::Return { agent });
                }
                if does != Does::Busy && self.leaving.remove(&agent) && does != Does::Away {
                    self.later(at_us, Reaction::SignOut { agent });
                }
            }
            _ => {}
        }
    }

    fn wait(&mut self, contact: u64) {
        let of = &self.story.contacts[self.numbers[&contact]];
        let patience_us = match of.patience {
            Patience::Left(us) => Some(us),
            Patience::Longer(us) => {
                let known = &self.habits.patience;
                let survival = known.get(&of.queue).or_else(|| known.get(&0));
                let lot = self.lot(Purpose::Patience, contact, 0);
                survival.and_then(|survival| survival.draw(lot, us))
            }
        };
        if let Some(us) = patience_us {
            let leaves_us = of.arrived_us.saturating_add(us);
            self.later(leaves_us, Reaction::Abandon { contact });
        }
    }

    fn ring(&mut self, at_us: i64, contact: u64, agent: u32, epoch: u64) {
        let before = self.offers.entry((contact, agent)).or_default();
        let nth = *before;
        *before += 1;
        let of = &self.story.contacts[self.numbers[&contact]];
        let mut recorded = of.answers.iter().filter(|answer| answer.agent == agent);
        let answer = match recorded.nth(nth as usize).copied() {
            // Nothing had been answered until then; what would have been comes after it.
            Some(cut) if cut.kind == AnswerKind::None => {
                self.drawn_answer(contact, agent, nth).map(|drawn| Answer {
                    after_us: cut.after_us + drawn.after_us.max(1),
                    ..drawn
                })
            }
            Some(answer) => Some(answer),
            None => {
                self.drawn.answers += 1;
                self.drawn_answer(contact, agent, nth)
            }
        };
        let Some(answer) = answer else {
            return; // nobody ever answered anything
        };
        if let Some(after_us) = answer.returns_us {
            self.returns_us.insert(agent, after_us);
        } else {
            self.returns_us.remove(&agent);
        }
        let reaction = match answer.kind {
            AnswerKind::Accept => Reaction::Accept {
                contact,
                agent,
                epoch,
            },
            AnswerKind::Reject => Reaction::Reject {
                contact,
                agent,
                epoch,
            },
            AnswerKind::Miss | AnswerKind::None => return,
        };
        self.later(at_us + answer.after_us, reaction);
    }

    /// One of this agent's answers, or of anybody's.
    fn drawn_answer(&self, contact: u64, agent: u32, nth: u32) -> Option<Answer> {
        let lot = self.lot(Purpose::Answer, contact, agent ^ nth << 24);
        let who = self.like.get(&agent).unwrap_or(&agent);
        let own = self.story.agents.get(who).map(|habits| &habits.answers);
        match own.filter(|own| !own.is_empty()) {
            Some(own) => {
                let (contact, answer) = pick(own, lot)?;
                Some(self.story.contacts[contact].answers[answer])
            }
            None => pick(&self.habits.answers, lot),
        }
    }

    fn talk(&mut self, at_us: i64, at: usize) {
        self.accepted[at] += 1;
        let (contact, call) = (self.story.contacts[at].number, self.accepted[at]);
        let Some(talked) = self.call(at) else {
            return; // nobody ever hung up: nor does this one
        };
        let talks_from_us = at_us + talked.connects_us.unwrap_or(0);
        if talked.connects_us.is_some() {
            self.later(talks_from_us, Reaction::Connect { contact, call });
        }
        let ends_us = talks_from_us + talked.talk_us;
        self.later(ends_us, Reaction::Complete { contact, call });
    }

    /// The call that follows the acceptance which was counted last.
    fn call(&mut self, at: usize) -> Option<Call> {
        let of = &self.story.contacts[at];
        let nth = self.accepted[at] as usize - 1;
        let unended = || (nth == of.calls.len()).then(|| of.unended(self.story.last_us));
        let recorded = of.calls.get(nth).copied().or_else(|| unended().flatten());
        let drawn = || {
            let lot = self.lot(Purpose::Call, of.number, 0);
            pick_by_queue(&self.habits.calls, of.queue, lot)
        };
        match recorded {
            Some(cut) if cut.cut => Some(Call {
                talk_us: cut.talk_us + drawn().map_or(1, |call| call.talk_us.max(1)),
                ..cut
            }),
            Some(call) => Some(call),
            None => {
                let call = drawn();
                self.drawn.calls += 1;
                call
            }
        }
    }

    fn lot(&self, purpose: Purpose, contact: u64, agent: u32) -> f64 {
        lot(self.changes.seed, purpose, contact, agent)
    }

    fn wrap_up(&mut self, of: &Contact) -> Option<WrapUp> {
        of.wrap_up.or_else(|| {
            self.drawn.wrap_ups += 1;
            let lot = self.lot(Purpose::WrapUp, of.number, 0);
            pick_by_queue(&self.habits.wrap_ups, of.queue, lot)
        })
    }
}

fn changed(
    json: &[u8],
    fields: &Map<String, Value>,
    what: impl FnOnce() -> String,
) -> Result<Command, BadChange> {
    let command = if fields.is_empty() {
        Command::from_json(json).map_err(|error| error.to_string())
    } else {
        with_fields(json, fields)
    };
    command.map_err(|why| BadChange { what: what(), why })
}
