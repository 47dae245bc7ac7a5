//! The live figures, counted anew from the events and from what the commands said that were carried
//! out: every outcome is kept, and added up when somebody asks.

use std::collections::BTreeMap;

use acd::{
    AgentFigures, AgentState, Command, ContactId, Envelope, Event, Lines, Machine, QueueFigures,
    QueueId, RECENT_SLICE_US, RECENT_SLICES, Shifts, Snapshot, Tally,
};

#[derive(Default)]
pub struct Recount {
    contacts: BTreeMap<u64, Known>,
    queues: BTreeMap<u32, Limits>,
    agents: BTreeMap<u32, Person>,
    outcomes: Vec<Outcome>,
    /// From which of the outcomes on they are today's.
    today: usize,
    /// The queue of a contact that ended, and when.
    ended: BTreeMap<u64, (u32, i64)>,
    lines: Lines,
    shifts: Shifts,
}

struct Limits {
    service_level_us: i64,
    short_abandon_us: i64,
}

struct Known {
    queue: u32,
    arrived_us: i64,
    answered: bool,
    stage: Stage,
}

#[derive(PartialEq)]
enum Stage {
    Waits,
    Rings,
    Talks,
}

#[derive(Default)]
struct Person {
    queues: Vec<QueueId>,
    video: bool,
    /// All states they were in, since when.
    states: Vec<(AgentState, i64)>,
    accepted: u64,
    day_from_us: i64,
}

struct Outcome {
    at_us: i64,
    queue: u32,
    tally: Tally,
}

impl Recount {
    pub fn follow(&mut self, command: Option<&Command>, events: &[Envelope]) {
        // Timers come first; what a command says holds from its own events on.
        let own = events.partition_point(|envelope| envelope.command.0 == 0);
        for envelope in &events[..own] {
            self.count(envelope);
        }
        if let Some(command) = command
            && matches!(events.last().map(|last| &last.event), Some(Event::Done {}))
        {
            self.learn(command, events[own].at_us);
        }
        for envelope in &events[own..] {
            self.count(envelope);
        }
    }

    fn learn(&mut self, command: &Command, now_us: i64) {
        match command {
            Command::QueuePut {
                queue,
                service_level_us,
                short_abandon_us,
                ..
            } => {
                let limits = Limits {
                    service_level_us: *service_level_us,
                    short_abandon_us: *short_abandon_us,
                };
                self.queues.insert(queue.0, limits);
            }
            Command::AgentSignIn {
                agent,
                queues,
                video_slots,
                ..
            } => {
                let person = self.agents.entry(agent.0).or_default();
                person.queues.clone_from(queues);
                person.video = *video_slots == 1;
            }
            Command::AgentAssign { agent, queues, .. } => {
                let person = self.agents.get_mut(&agent.0).expect("signed in");
                person.queues.clone_from(queues);
            }
            Command::RestoreConnected {
                contact,
                queue,
                arrived_us,
                ..
            } => {
                let known = Known {
                    queue: queue.0,
                    arrived_us: *arrived_us,
                    answered: true,
                    stage: Stage::Talks,
                };
                self.contacts.insert(contact.0, known);
            }
            Command::DayStarted {} => {
                self.today = self.outcomes.len();
                self.shifts.start_day(now_us);
                for person in self.agents.values_mut() {
                    person.accepted = 0;
                    person.day_from_us = now_us;
                }
            }
            _ => {}
        }
    }

    fn count(&mut self, envelope: &Envelope) {
        self.lines.follow(envelope);
        self.shifts.follow(envelope);
        let at_us = envelope.at_us;
        match envelope.event {
            Event::ContactEnqueued {
                contact,
                queue,
                arrived_us,
                ..
            } => {
                let known = Known {
                    queue: queue.0,
                    arrived_us,
                    answered: false,
                    stage: Stage::Waits,
                };
                self.contacts.insert(contact.0, known);
            }
            Event::ContactRelaxed { contact, queue, .. } => {
                self.known(contact).queue = queue.0;
            }
            Event::ReservationCreated { contact, .. } => self.known(contact).stage = Stage::Rings,
            Event::ContactRequeued { contact, .. } => self.known(contact).stage = Stage::Waits,
            Event::ReservationAccepted { contact, agent, .. } => {
                self.agents.get_mut(&agent.0).expect("signed in").accepted += 1;
                let known = self.known(contact);
                known.stage = Stage::Talks;
                let before = std::mem::replace(&mut known.answered, true);
                let (queue, wait_us) = (known.queue, (at_us - known.arrived_us).max(0));
                if !before {
                    let in_time = wait_us <= self.queues[&queue].service_level_us;
                    let tally = Tally {
                        answered: 1,
                        answered_in_time: in_time.into(),
                        answer_wait_us: wait_us.cast_unsigned(),
                        ..Tally::default()
                    };
                    self.add(at_us, queue, tally);
                }
            }
            Event::ContactAbandoned { contact, .. } => {
                let known = self.contacts.remove(&contact.0).expect("enqueued before");
                if !known.answered {
                    let short_us = self.queues[&known.queue].short_abandon_us;
                    let short = (at_us - known.arrived_us).max(0) <= short_us;
                    let tally = Tally {
                        abandoned: 1,
                        abandoned_short: short.into(),
                        ..Tally::default()
                    };
                    self.add(at_us, known.queue, tally);
                }
            }
            Event::ContactCompleted {
                contact, talk_us, ..
            } => {
                let known = self.contacts.remove(&contact.0).expect("enqueued before");
                self.ended.insert(contact.0, (known.queue, at_us));
                let tally = Tally {
                    handled: 1,
                    talk_us: talk_us.cast_unsigned(),
                    ..Tally::default()
                };
                self.add(at_us, known.queue, tally);
            }
            Event::WrapUpEnded { contact, .. } => {
                let (queue, since_us) = self.ended[&contact.0];
                let tally = Tally {
                    wrap_up_us: (at_us - since_us).cast_unsigned(),
                    ..Tally::default()
                };
                self.add(at_us, queue, tally);
            }
            Event::AgentStateChanged { agent, state, .. } => {
                let person = self.agents.get_mut(&agent.0).expect("signed in");
                person.states.push((state, at_us));
            }
            _ => {}
        }
    }

    fn known(&mut self, contact: ContactId) -> &mut Known {
        self.contacts.get_mut(&contact.0).expect("enqueued before")
    }

    fn add(&mut self, at_us: i64, queue: u32, tally: Tally) {
        self.outcomes.push(Outcome {
            at_us,
            queue,
            tally,
        });
    }

    pub fn compare(&self, machine: &Machine, snapshot: &Snapshot) {
        let figures: Vec<QueueFigures> = machine.figures(QueueId(0), 0).collect();
        assert_eq!(figures.len(), snapshot.queues.len());
        for (counted, looked_at) in figures.iter().zip(&snapshot.queues) {
            assert_eq!(*counted, self.queue(counted.queue.0, snapshot.at_us));
            let words = counted.to_words();
            assert_eq!(QueueFigures::from_words(&words), *counted);
            assert!(
                self.lines
                    .waiting(counted.queue)
                    .eq(looked_at.waiting.iter().copied())
            );
            for (rank, contact) in looked_at.waiting.iter().enumerate() {
                assert_eq!(self.lines.rank(*contact), Some((counted.queue, rank)));
            }
            let agents = (looked_at.ready, looked_at.staffed, looked_at.offered);
            assert_eq!((counted.ready, counted.staffed, counted.offered), agents);
        }
        for agent in self.shifts.agents() {
            assert_eq!(AgentFigures::from_words(&agent.to_words()), *agent);
            self.compare_agent(agent, snapshot.at_us);
        }
    }

    fn queue(&self, id: u32, now_us: i64) -> QueueFigures {
        let here = |stage: Stage| {
            self.contacts
                .values()
                .filter(move |known| known.queue == id && known.stage == stage)
        };
        let state = |person: &&Person| person.states.last().map(|(state, _)| *state);
        let serves = |person: &&Person| person.video && person.queues.contains(&QueueId(id));
        let count = |fits: &dyn Fn(AgentState) -> bool| {
            let people = self.agents.values().filter(serves);
            people.filter(|one| state(one).is_some_and(fits)).count() as u32
        };
        let slice = |at_us: i64| at_us.div_euclid(RECENT_SLICE_US);
        let first = slice(now_us) - RECENT_SLICES as i64 + 1;
        let oldest_us = here(Stage::Waits).map(|known| known.arrived_us).min();
        let grain = acd::ARRIVAL_GRAIN_US;
        QueueFigures {
            queue: QueueId(id),
            at_us: now_us,
            waiting: here(Stage::Waits).count() as u32,
            oldest_us: oldest_us.map(|at_us| at_us.div_euclid(grain) * grain),
            offered: here(Stage::Rings).count() as u32,
            ready: count(&|state| state == AgentState::Ready),
            staffed: count(&|state| !matches!(state, AgentState::Offline | AgentState::NotReady)),
            recent: self.sum(
                id,
                self.outcomes.iter().filter(|one| slice(one.at_us) >= first),
            ),
            day: self.sum(id, self.outcomes[self.today..].iter()),
        }
    }

    fn sum<'a>(&self, queue: u32, outcomes: impl Iterator<Item = &'a Outcome>) -> Tally {
        let mut sum = Tally::default();
        for Outcome { tally, .. } in outcomes.filter(|one| one.queue == queue) {
            sum.answered += tally.answered;
            sum.answered_in_time += tally.answered_in_time;
            sum.abandoned += tally.abandoned;
            sum.abandoned_short += tally.abandoned_short;
            sum.answer_wait_us += tally.answer_wait_us;
            sum.handled += tally.handled;
            sum.talk_us += tally.talk_us;
            sum.wrap_up_us += tally.wrap_up_us;
        }
        sum
    }

    fn compare_agent(&self, counted: &AgentFigures, now_us: i64) {
        let person = &self.agents[&counted.agent.0];
        assert_eq!(counted.contacts, person.accepted);
        assert_eq!(
            Some(counted.state),
            person.states.last().map(|(state, _)| *state)
        );
        let mut counted = *counted;
        counted.count_to(now_us);
        let ends = person.states.iter().skip(1).map(|(_, at_us)| *at_us);
        let (mut available_us, mut occupied_us) = (0, 0);
        for ((state, from_us), to_us) in person.states.iter().zip(ends.chain([now_us])) {
            let span_us = (to_us - (*from_us).max(person.day_from_us)).max(0);
            match state {
                AgentState::Ready | AgentState::Reserved => available_us += span_us,
                AgentState::Busy | AgentState::WrapUp => occupied_us += span_us,
                AgentState::Offline | AgentState::NotReady => {}
            }
        }
        assert_eq!(counted.available_us, available_us.cast_unsigned());
        assert_eq!(counted.occupied_us, occupied_us.cast_unsigned());
    }
}
