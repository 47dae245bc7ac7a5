//! Random commands, most of them sensible, some late, wrong or twice.

use std::collections::BTreeMap;

use acd::{
    AfterMaxWait, AgentDay, AgentId, Allowance, Arrival, Assignment, Capacity, Channel, Command,
    ContactId, Epoch, Event, MaxWait, NotReadyReason, QueueDay, QueueId, RECENT_SLICE_US,
    Relaxation, SkillId, SkillLevel, Slice, Strategy,
};

use crate::model::{Is, Model};

pub enum Step {
    Command(i64, Command),
    Timeout(i64),
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        let at = self.below(items.len().max(1) as u64) as usize;
        items.get(at).copied()
    }
}

const REASONS: [NotReadyReason; 6] = [
    NotReadyReason::SignedIn,
    NotReadyReason::Break,
    NotReadyReason::Training,
    NotReadyReason::Meeting,
    NotReadyReason::MissedOffer,
    NotReadyReason::RejectedOffer,
];

const STRATEGIES: [Strategy; 9] = [
    Strategy::LongestIdle,
    Strategy::RoundRobin,
    Strategy::LeastOccupied,
    Strategy::FewestContacts,
    Strategy::BestSkill,
    Strategy::Weighted,
    Strategy::TopDown,
    Strategy::Random,
    Strategy::Sticky,
];

/// Each walk has a world of its own size and temper.
pub struct Walk {
    dice: Dice,
    now_us: i64,
    queues: u64,
    agents: u64,
    /// Commands that fit the state, in percent.
    sense: u64,
    /// Arrivals among the sensible commands, in percent: few leave agents idle, many fill queues.
    arrivals: u64,
    next_contact: u64,
    opened: bool,
    /// Those that contacts come by: one alone, or with others.
    channels: Vec<Channel>,
}

impl Walk {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        Walk {
            now_us: 1_000_000,
            queues: 1 + dice.below(4),
            agents: 1 + dice.below(12),
            sense: 60 + dice.below(39),
            arrivals: 8 + dice.below(14),
            next_contact: 1,
            opened: false,
            channels: match dice.below(3) {
                0 => vec![Channel::Video],
                1 => vec![Channel::Video, Channel::Chat, Channel::Chat],
                _ => Channel::ALL.to_vec(),
            },
            dice,
        }
    }

    pub fn next(&mut self, model: &Model) -> Step {
        // Mostly small steps among timers of some hundred; often none, seldom far, never back.
        self.now_us += match self.dice.below(100) {
            0..40 => 0,
            40..95 => self.dice.below(20) as i64,
            95..99 => self.dice.below(300) as i64,
            _ => self.dice.below(3_000) as i64,
        };
        // Often at, just before or just after something is due; but agents are lost far apart.
        if let Some(due_us) = model.poll_timeout()
            && self
                .dice
                .percent(if due_us - self.now_us < 200 { 20 } else { 1 })
        {
            self.now_us = self.now_us.max(due_us - 1 + self.dice.below(3) as i64);
        }
        if self.dice.percent(5) {
            return Step::Timeout(self.now_us);
        }
        let sensible = self.dice.percent(self.sense);
        let command = if sensible { self.sensible(model) } else { None };
        let command = command.unwrap_or_else(|| self.any(model));
        // A driver whose clock jitters: the machine takes the later time.
        let jitter = if self.dice.percent(2) { 5 } else { 0 };
        Step::Command(self.now_us - jitter, command)
    }

    /// What a page or the server would do next, if there is anything of the kind.
    fn sensible(&mut self, model: &Model) -> Option<Command> {
        if !self.opened {
            self.opened = true;
            return Some(Command::Configure {
                heartbeat_timeout_us: 20_000,
            });
        }
        let open = |id: &u64| model.queues.iter().any(|queue| u64::from(queue.id) == *id);
        if let Some(missing) = (0..self.queues).find(|id| !open(id)) {
            return Some(self.queue_put(missing));
        }
        if self.dice.percent(self.arrivals) {
            let queue = self.dice.below(self.queues);
            return Some(Command::Enqueue(self.arrival(queue)));
        }
        let offered: Vec<_> = model
            .contacts
            .iter()
            .filter_map(|contact| match contact.is {
                Is::Offered { agent, epoch, .. } => Some((contact.id, agent, epoch)),
                _ => None,
            })
            .collect();
        let held = |wanted: fn(&Is) -> bool| -> Vec<u64> {
            let fits = model.contacts.iter().filter(|contact| wanted(&contact.is));
            fits.map(|contact| contact.id).collect()
        };
        match self.dice.below(20) {
            0..=3 => {
                let (contact, agent, epoch) = self.dice.of(&offered)?;
                let (contact, agent, epoch) = (ContactId(contact), AgentId(agent), Epoch(epoch));
                Some(if self.dice.percent(80) {
                    Command::Accept {
                        contact,
                        agent,
                        epoch,
                    }
                } else {
                    Command::Reject {
                        contact,
                        agent,
                        epoch,
                    }
                })
            }
            4 => {
                let open = held(|is| !matches!(is, Is::Accepted { .. } | Is::Connected { .. }));
                let contact = ContactId(self.dice.of(&open)?);
                Some(if self.dice.percent(70) {
                    Command::Abandon { contact }
                } else {
                    self.defer(contact)
                })
            }
            5 | 6 => {
                let accepted = held(|is| matches!(is, Is::Accepted { .. }));
                let contact = ContactId(self.dice.of(&accepted)?);
                Some(Command::Connect { contact })
            }
            7 | 8 => {
                let calls = held(|is| matches!(is, Is::Connected { .. } | Is::Accepted { .. }));
                let contact = ContactId(self.dice.of(&calls)?);
                Some(Command::Complete { contact })
            }
            9 | 10 => {
                let at = self.dice.below(model.wrap_ups.len().max(1) as u64) as usize;
                let wrap = model.wrap_ups.get(at)?;
                Some(Command::WrapUpDone {
                    agent: AgentId(wrap.agent),
                    contact: ContactId(wrap.contact),
                })
            }
            11..=13 => {
                let rests = model
                    .agents
                    .iter()
                    .filter(|agent| agent.not_ready.is_some());
                let resting: Vec<u32> = rests.map(|agent| agent.id).collect();
                let agent = AgentId(self.dice.of(&resting)?);
                Some(Command::AgentReady { agent })
            }
            14..=16 => {
                let here: Vec<u32> = model.agents.iter().map(|agent| agent.id).collect();
                let agent = AgentId(self.dice.of(&here)?);
                Some(if self.dice.percent(30) {
                    Command::AgentAssign(self.assignment(agent))
                } else {
                    Command::AgentHeartbeat { agent }
                })
            }
            17 => {
                let inside: Vec<u64> = model.contacts.iter().map(|contact| contact.id).collect();
                let contact = ContactId(self.dice.of(&inside)?);
                Some(self.transfer(contact))
            }
            18 => {
                let calls = held(|is| matches!(is, Is::Connected { .. } | Is::Accepted { .. }));
                Some(Command::HandOver {
                    contact: ContactId(self.dice.of(&calls)?),
                    consult: ContactId(self.dice.of(&calls)?),
                })
            }
            _ => {
                let here = |id: &u32| model.agents.iter().any(|agent| agent.id == *id);
                let away: Vec<u32> = (0..self.agents as u32).filter(|id| !here(id)).collect();
                let agent = AgentId(self.dice.of(&away)?);
                Some(Command::AgentSignIn(self.assignment(agent)))
            }
        }
    }

    /// Any command with any small numbers, whether it fits or not.
    fn any(&mut self, model: &Model) -> Command {
        let agent = AgentId(self.dice.below(self.agents + 1) as u32);
        let known: Vec<u64> = model.contacts.iter().map(|contact| contact.id).collect();
        let contact = ContactId(match self.dice.of(&known) {
            Some(contact) if self.dice.percent(80) => contact,
            _ => self.dice.below(self.next_contact + 1),
        });
        let current = model
            .contacts
            .iter()
            .position(|known| known.id == contact.0);
        let epoch = current.map_or(0, |at| model.epoch_of(at));
        let epoch = Epoch(epoch.saturating_sub(self.dice.below(2)));
        match self.dice.below(54) {
            0 => {
                let queue = self.dice.below(self.queues + 1);
                self.queue_put(queue)
            }
            1..=3 => Command::AgentSignIn(self.assignment(agent)),
            4 if self.dice.percent(50) => Command::AgentSignOut {
                agent,
                force: self.dice.percent(20),
            },
            4..=8 => Command::AgentReady { agent },
            9..=12 => Command::AgentNotReady {
                agent,
                reason: self.dice.of(&REASONS).expect("not empty"),
            },
            13..=15 => Command::AgentHeartbeat { agent },
            16..=18 => {
                let queue = self.dice.below(self.queues + 1);
                let mut arrival = self.arrival(queue);
                // Again one that is there, or one that was.
                if self.dice.percent(50) {
                    arrival.contact = contact;
                }
                Command::Enqueue(arrival)
            }
            19 | 20 => Command::Abandon { contact },
            21..=23 => Command::Accept {
                contact,
                agent,
                epoch,
            },
            24..=26 => Command::Reject {
                contact,
                agent,
                epoch,
            },
            27..=29 => Command::Connect { contact },
            30..=32 => Command::Complete { contact },
            33..=35 => Command::WrapUpDone { agent, contact },
            36..=38 => {
                let queue = self.dice.below(self.queues + 1);
                let mut arrival = self.arrival(queue);
                if self.dice.percent(30) {
                    arrival.contact = contact;
                }
                Command::RestoreConnected {
                    agent,
                    connected_us: (self.dice.percent(50))
                        .then(|| self.now_us - 20 + self.dice.below(30) as i64),
                    arrival,
                }
            }
            39..=41 => Command::AgentAssign(self.assignment(agent)),
            42 if self.dice.percent(50) => Command::DayStarted {},
            42 => self.day_resumed(),
            47..=50 => self.defer(contact),
            51 => Command::QueueEmpty {
                queue: QueueId(self.dice.below(self.queues + 1) as u32),
                to: self.heir(),
            },
            52 => Command::QueueClose {
                queue: QueueId(self.dice.below(self.queues + 1) as u32),
                to: self.heir(),
            },
            43 | 44 => self.transfer(contact),
            45 | 46 => Command::HandOver {
                contact,
                consult: ContactId(self.dice.of(&known).unwrap_or(1)),
            },
            _ => Command::Configure {
                // Seldom so short that it loses everybody.
                heartbeat_timeout_us: match self.dice.below(10) {
                    0 => self.dice.below(2_000) as i64 - 1,
                    _ => 5_000 + self.dice.below(50_000) as i64,
                },
            },
        }
    }

    fn day_resumed(&mut self) -> Command {
        let now = self.now_us / RECENT_SLICE_US;
        let mut queues = Vec::new();
        for _ in 0..self.dice.below(3) {
            queues.push(QueueDay {
                queue: QueueId(self.dice.below(self.queues + 1) as u32),
                day: self.outcomes(),
                recent: (0..self.dice.below(4))
                    .map(|_| Slice {
                        // Also gone ones and ones to come.
                        number: now + 1 - self.dice.below(20) as i64,
                        tally: self.outcomes(),
                    })
                    .collect(),
            });
        }
        let mut agents = Vec::new();
        for _ in 0..self.dice.below(4) {
            agents.push(AgentDay {
                agent: AgentId(self.dice.below(self.agents + 1) as u32),
                contacts: self.dice.below(9) as u32,
                available_us: self.dice.below(1_000_000),
                occupied_us: self.dice.below(1_000_000),
                stopped_us: (self.dice.percent(70))
                    .then(|| self.now_us + 10 - self.dice.below(4_000_000_000) as i64),
            });
        }
        Command::DayResumed { queues, agents }
    }

    fn outcomes(&mut self) -> acd::Tally {
        acd::Tally {
            answered: self.dice.below(9),
            abandoned: self.dice.below(9),
            talk_us: self.dice.below(1_000_000),
            ..acd::Tally::default()
        }
    }

    fn queue_put(&mut self, queue: u64) -> Command {
        Command::QueuePut {
            queue: QueueId(queue as u32),
            offer_timeout_us: self.dice.below(200) as i64,
            wrap_up_us: match self.dice.below(4) {
                0 => 0,
                _ => self.dice.below(150) as i64 - 1,
            },
            max_waiting: self.dice.below(20) as u32,
            strategy: self.dice.of(&STRATEGIES).expect("not empty"),
            seed: self.dice.below(3),
            priority_worth_us: match self.dice.below(40) {
                0 => -1,
                1..15 => self.dice.below(30) as i64,
                _ => acd::DURATION_US_MAX,
            },
            slope: match self.dice.below(40) {
                0 => 0,
                1..20 => 1,
                _ => 1 + self.dice.below(3) as u16,
            },
            service_level_us: self.dice.below(60) as i64,
            short_abandon_us: self.dice.below(30) as i64 - 1,
        }
    }

    /// Mostly a few of four skills at sensible levels, seldom one twice or at no level.
    fn skills(&mut self, most: u64, levels: u64) -> Vec<SkillLevel> {
        let mut skills: Vec<SkillLevel> = (0..self.dice.below(most + 1))
            .map(|_| SkillLevel {
                skill: SkillId(self.dice.below(4) as u32),
                level: 1 + self.dice.below(levels) as u8,
            })
            .collect();
        if self.dice.percent(97) {
            skills.sort_unstable();
            skills.dedup_by_key(|had| had.skill);
        } else if let Some(first) = skills.first_mut() {
            first.level = self.dice.below(2) as u8 * 11;
        }
        skills
    }

    /// Some of it shuts out who has it.
    fn required(&mut self) -> Vec<SkillLevel> {
        if self.dice.percent(50) {
            return Vec::new();
        }
        let mut required = self.skills(3, 5);
        for needed in &mut required {
            if self.dice.percent(10) {
                needed.level = 0;
            }
        }
        required
    }

    /// Mostly none, else a few steps that mostly ascend, some to another queue.
    fn relax(&mut self) -> Vec<Relaxation> {
        if self.dice.percent(60) {
            return Vec::new();
        }
        let mut after_us = 0;
        (0..1 + self.dice.below(3))
            .map(|_| {
                after_us += self.dice.below(60) as i64;
                Relaxation {
                    after_us,
                    requires: self.required(),
                    queue: self
                        .dice
                        .percent(20)
                        .then(|| QueueId(self.dice.below(self.queues) as u32)),
                }
            })
            .collect()
    }

    fn served(&mut self) -> Vec<QueueId> {
        let count = self.dice.below(self.queues + 1);
        // Seldom a queue that isn't there; sometimes one twice.
        let among = self.queues + u64::from(self.dice.percent(3));
        (0..count)
            .map(|_| QueueId(self.dice.below(among) as u32))
            .collect()
    }

    fn defer(&mut self, contact: ContactId) -> Command {
        let until_us = match self.dice.below(60) {
            0 => self.now_us + acd::DURATION_US_MAX + 10,
            1..20 => self.now_us - self.dice.below(20) as i64,
            _ => self.now_us + self.dice.below(200) as i64,
        };
        Command::Defer { contact, until_us }
    }

    fn heir(&mut self) -> Option<QueueId> {
        let some = self.dice.percent(60);
        some.then(|| QueueId(self.dice.below(self.queues) as u32))
    }

    fn max_wait(&mut self) -> Option<MaxWait> {
        self.dice.percent(25).then(|| MaxWait {
            after_us: self.dice.below(150) as i64,
            then: if self.dice.percent(60) {
                AfterMaxWait::Leave
            } else {
                AfterMaxWait::Stay
            },
        })
    }

    /// Elsewhere, mostly by its first arrival.
    fn transfer(&mut self, contact: ContactId) -> Command {
        let queue = self.dice.below(self.queues);
        let mut arrival = self.arrival(queue);
        arrival.contact = contact;
        Command::Transfer { arrival }
    }

    fn weight(&mut self) -> u16 {
        match self.dice.below(30) {
            0 => 0,
            1..15 => 1,
            _ => 1 + self.dice.below(4) as u16,
        }
    }

    fn assignment(&mut self, agent: AgentId) -> Assignment {
        Assignment {
            agent,
            queues: self.served(),
            capacity: self.capacity(),
            skills: self.skills(5, 10),
            weight: self.weight(),
            rank: self.dice.below(3) as u16,
        }
    }

    /// Mostly one call beside some chats, else anything up to three of each, seldom none or too many.
    fn capacity(&mut self) -> Capacity {
        if self.dice.percent(60) {
            return Capacity::one_call(self.dice.below(4) as u8);
        }
        let mut allowance = || Allowance {
            slots: match self.dice.below(60) {
                0 => 33,
                other => (other % 4) as u8,
            },
            blocks: (Channel::ALL.into_iter())
                .filter(|_| self.dice.percent(20))
                .collect(),
        };
        match (allowance(), allowance(), allowance(), allowance()) {
            (one, other, ..) if one.slots == 3 && other.slots == 3 => Capacity::NONE,
            (voice, video, chat, callback) => Capacity {
                voice,
                video,
                chat,
                callback,
            },
        }
    }

    fn arrival(&mut self, queue: u64) -> Arrival {
        let priority = match self.dice.below(50) {
            0 => 100,
            1..=10 => self.dice.below(100) as u8,
            other => (other % 3) as u8,
        };
        Arrival {
            contact: self.fresh_contact(),
            queue: QueueId(queue as u32),
            channel: self.dice.of(&self.channels).expect("not empty"),
            priority,
            // Often equal ones, some from before a restart, some ahead of the clock.
            arrived_us: match self.dice.below(10) {
                0 => self.now_us - self.dice.below(1_000) as i64,
                1 => self.now_us + self.dice.below(10) as i64,
                _ => self.now_us / 16 * 16,
            },
            requires: self.required(),
            relax: self.relax(),
            max_wait: self.max_wait(),
            not_before_us: (self.dice.percent(5))
                .then(|| self.now_us - 50 + self.dice.below(200) as i64),
            last_agent: (self.dice.percent(50))
                .then(|| AgentId(self.dice.below(self.agents + 1) as u32)),
            internal: self.dice.percent(10),
            answered: self.dice.percent(5),
        }
    }

    /// Mostly ascending, as the store gives them, but not in order of arrival.
    fn fresh_contact(&mut self) -> ContactId {
        self.next_contact += 2;
        ContactId(self.next_contact ^ self.dice.below(2))
    }
}

/// How often each kind of event came: a walk that never gets somewhere proves nothing about it.
#[derive(Default)]
pub struct Tally(BTreeMap<String, u64>);

impl Tally {
    pub fn count(&mut self, event: &Event) {
        let text = match event {
            Event::Refused { code, .. } => format!("{code:?}"),
            Event::ReservationRescinded { reason, .. } => format!("rescinded {reason:?}"),
            Event::ContactRequeued { reason, .. } => format!("requeued {reason:?}"),
            Event::ContactAbandoned { phase, .. } => format!("abandoned {phase:?}"),
            Event::AgentStateChanged { state, .. } => format!("agent {state:?}"),
            Event::ContactEnqueued { .. } => "enqueued".into(),
            Event::ReservationCreated { decision, .. } => format!("by {:?}", decision.strategy),
            Event::ReservationAccepted { .. } => "accepted".into(),
            Event::ReservationRejected { .. } => "rejected".into(),
            Event::ReservationTimedOut { .. } => "timed out".into(),
            Event::ContactRelaxed { .. } => "relaxed".into(),
            Event::ContactMoved { .. } => "moved".into(),
            Event::ContactDeferred { .. } => "deferred".into(),
            Event::ContactDue { .. } => "due".into(),
            Event::ContactOverdue { .. } => "overdue".into(),
            Event::ContactDismissed { reason, .. } => format!("dismissed {reason:?}"),
            Event::ContactConnected { .. } => "connected".into(),
            Event::ContactCompleted { .. } => "completed".into(),
            Event::ContactTransferred { from, to, .. } => {
                format!(
                    "transferred, from a call: {}, to: {}",
                    from.is_some(),
                    to.is_some()
                )
            }
            Event::WrapUpStarted { .. } => "wrap-up started".into(),
            Event::WrapUpEnded { .. } => "wrap-up ended".into(),
            Event::Done {} => "done".into(),
        };
        *self.0.entry(text).or_default() += 1;
    }

    pub fn check(&self) {
        println!("{:#?}", self.0);
        let kinds = 9 + 6 + 5 + 3 + 6 + 9 + 3 + 10 + 4 + 3;
        assert_eq!(self.0.len(), kinds, "a kind of event never came");
        assert!(self.0.values().all(|count| *count >= 20), "one was rare");
    }
}
