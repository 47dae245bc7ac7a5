//! The people of a story before the real matcher, in virtual time.

mod conduct;
mod schedule;

use acd::{Command, CommandId, Envelope, Machine};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value};

use crate::agenda::{Agenda, Intent, Life, Phase, Stretch};
use crate::changes::Changes;
use crate::figures::Watch;
use crate::habits::Habits;
use crate::simulation::{BadChange, Drawn};
use crate::story::Story;
use crate::wire::{Does, Fact, Told, Word, fact, told, with_fields};

/// Every command here, as no answer is waited for.
const ANY: CommandId = CommandId(1);

pub(crate) struct Stage<'a> {
    story: &'a Story,
    changes: &'a Changes,
    machine: Machine,
    events: Vec<Envelope>,
    pub watch: Watch,
    pub drawn: Drawn,
    agenda: Agenda,
    numbers: FxHashMap<u64, usize>,
    /// By place in the story's contacts.
    lives: Vec<Life>,
    heartbeat_timeout_us: i64,
    /// How often an agent signed in.
    sessions: FxHashMap<u32, u32>,
    /// Offers of a contact to an agent so far.
    offers: FxHashMap<(u64, u32), usize>,
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

/// What the matcher says to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    Done,
    Full,
    Refused,
}

impl<'a> Stage<'a> {
    pub fn new(story: &'a Story, changes: &'a Changes) -> Self {
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
            agenda: Agenda::default(),
            numbers: contacts.map(|(at, it)| (it.number, at)).collect(),
            lives: vec![Life::default(); story.contacts.len()],
            heartbeat_timeout_us: acd::HEARTBEAT_TIMEOUT_US_DEFAULT,
            sessions: FxHashMap::default(),
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
    pub fn serves(&self) -> FxHashMap<u32, Vec<u32>> {
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

    pub fn run(&mut self) -> Result<(), BadChange> {
        let story = self.story;
        let start_us = story.first_us();
        for (number, opened) in self.changes.opened.iter().enumerate() {
            let json = opened.to_string();
            let what = || format!("opened[{number}]");
            self.tell(start_us, json.as_bytes(), &Map::new(), what)?;
        }
        let mut schedule = story.schedule.iter().peekable();
        loop {
            let planned_us = schedule.peek().map_or(i64::MAX, |planned| planned.at_us);
            let due_us = self.agenda.next_us().unwrap_or(i64::MAX);
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
                && let Some(planned) =
                    schedule.next_if(|planned| !planned.yields || due_us != next_us)
            {
                self.happen(next_us, planned.what, &planned.json)?;
            } else if let Some(intent) = self.agenda.take() {
                self.carry_out(next_us, intent)?;
            }
        }
    }

    /// A recorded command, with other values of some fields.
    fn tell(
        &mut self,
        now_us: i64,
        json: &[u8],
        fields: &Map<String, Value>,
        what: impl FnOnce() -> String,
    ) -> Result<Reply, BadChange> {
        let command = if fields.is_empty() {
            Command::from_json(json).map_err(|error| error.to_string())
        } else {
            with_fields(json, fields)
        };
        let command = command.map_err(|why| BadChange { what: what(), why })?;
        let reply = self.order(now_us, command);
        if reply == Reply::Done
            && let Some(told) = told(json)
        {
            self.watch.heed(&told);
            self.heed(&told);
        }
        Ok(reply)
    }

    fn say(&mut self, now_us: i64, word: Word) -> Reply {
        self.order(now_us, word.command())
    }

    fn order(&mut self, now_us: i64, command: Command) -> Reply {
        self.machine.apply(now_us, ANY, command, &mut self.events);
        self.react()
    }

    /// What people do about what the matcher did.
    fn react(&mut self) -> Reply {
        let mut reply = Reply::Done;
        let mut events = std::mem::take(&mut self.events);
        for envelope in events.drain(..) {
            let (at_us, fact) = (envelope.at_us, fact(&envelope));
            self.watch.see(at_us, fact);
            match fact {
                Fact::Refused { full: true } => reply = Reply::Full,
                Fact::Refused { full: false } => reply = Reply::Refused,
                _ => self.follow(at_us, fact),
            }
        }
        self.events = events;
        reply
    }

    /// Who is called back has no line to hold.
    fn heed(&mut self, told: &Told) {
        let (contact, called_back) = match told {
            Told::Enqueue(came) | Told::Transfer { arrival: came } => {
                (came.contact, came.not_before_us.is_some())
            }
            Told::Defer { contact } => (*contact, true),
            _ => return,
        };
        self.lives[self.numbers[&contact]].called_back = called_back;
    }

    fn stretch(&self, contact: usize) -> Stretch {
        let Life { legs, phase, .. } = self.lives[contact];
        Stretch {
            contact,
            leg: legs,
            phase,
        }
    }

    fn follow(&mut self, at_us: i64, fact: Fact) {
        match fact {
            Fact::Enqueued {
                contact,
                arrived_us,
                ..
            } => self.wait(arrived_us, self.numbers[&contact]),
            Fact::Offered {
                contact,
                agent,
                epoch,
            } => self.ring(at_us, contact, agent, epoch),
            Fact::Accepted { contact, .. } => {
                let at = self.numbers[&contact];
                self.lives[at].phase = Phase::Talks;
                self.talk(at_us, at);
            }
            Fact::Requeued { contact } => {
                let at = self.numbers[&contact];
                if self.lives[at].phase == Phase::Talks {
                    self.wait(at_us, at);
                }
            }
            Fact::Transferred {
                contact,
                engaged: true,
                taken,
                ..
            } => {
                let at = self.numbers[&contact];
                self.lives[at].hang_up();
                if taken {
                    self.lives[at].go_on(Phase::Talks);
                    self.talk(at_us, at);
                } else {
                    self.wait(at_us, at);
                }
            }
            Fact::Completed { contact }
            | Fact::Abandoned { contact }
            | Fact::Dismissed { contact } => self.part(at_us, self.numbers[&contact]),
            Fact::WrapUpStarted { agent, contact } => self.wrap_up(at_us, agent, contact),
            Fact::Agent { agent, does } => self.turn(at_us, agent, does),
            _ => {}
        }
    }

    fn turn(&mut self, at_us: i64, agent: u32, does: Does) {
        self.does.insert(agent, does);
        if does == Does::Punished
            && let Some(after_us) = self.returns_us.remove(&agent)
        {
            self.agenda.add(at_us + after_us, Intent::Return { agent });
        }
        if does != Does::Busy && self.leaving.remove(&agent) && does != Does::Away {
            self.agenda.add(at_us, Intent::Say(Word::SignOut { agent }));
        }
    }
}
