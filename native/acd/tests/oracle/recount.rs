//! The live figures, counted anew from the events and from what the commands said that were carried
//! out: every outcome is kept, and added up when somebody asks.

use std::collections::{BTreeMap, BTreeSet};

use acd::{
    AgentFigures, AgentState, Arrival, Assignment, Channel, Command, ContactId, Envelope, Event,
    Machine, QueueDay, QueueFigures, QueueId, QueueSnapshot, RECENT_SLICE_US, RECENT_SLICES,
    Shifts, Slice, Snapshot, Tally,
};

#[derive(Default)]
pub struct Recount {
    contacts: BTreeMap<u64, Known>,
    queues: BTreeMap<u32, Limits>,
    agents: BTreeMap<u32, Person>,
    outcomes: Vec<Outcome>,
    /// From which of the outcomes on they are today's.
    today: usize,
    /// Contacts whose customers don't hold the line.
    called_back: BTreeSet<u64>,
    /// Those that colleagues ask with, from their next arrival on.
    internal: BTreeMap<u64, bool>,
    /// Those that had their answer before they came, from their next arrival on.
    answered: BTreeSet<u64>,
    /// The queue of the call that an agent has ended, by agent and contact, and whether it counts.
    ended: BTreeMap<(u32, u64), (u32, bool)>,
    /// The same, and since when they wrap it up.
    wrapping: BTreeMap<(u32, u64), ((u32, bool), i64)>,
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
    internal: bool,
    stage: Stage,
}

#[derive(PartialEq)]
enum Stage {
    Waits,
    Deferred,
    Rings,
    Talks,
}

#[derive(Default)]
struct Person {
    queues: Vec<QueueId>,
    /// All states they were in, since when.
    states: Vec<(AgentState, i64)>,
    accepted: u64,
    /// Available and occupied by then, in microseconds.
    before_us: (u64, u64),
    day_from_us: i64,
}

struct Outcome {
    /// When it counts among the recent ones.
    slice: Option<i64>,
    /// Whether it counts for the day on which it was told.
    of_day: bool,
    queue: u32,
    tally: Tally,
}

fn slice(at_us: i64) -> i64 {
    at_us.div_euclid(RECENT_SLICE_US)
}

impl Recount {
    pub fn follow(&mut self, command: Option<&Command>, events: &[Envelope]) {
        // Timers come first; what a command says holds from its own events on.
        let own = events.partition_point(|envelope| envelope.command.0 == 0);
        for envelope in &events[..own] {
            self.count(envelope);
        }
        let done = matches!(events.last().map(|last| &last.event), Some(Event::Done {}));
        let carried_out = command.filter(|_| done);
        if let Some(command) = carried_out {
            self.learn(command, events[own].at_us);
        }
        for envelope in &events[own..] {
            self.count(envelope);
        }
        if let Some(Command::QueueClose { queue, .. }) = carried_out {
            self.close(*queue);
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
            Command::AgentSignIn(assignment) | Command::AgentAssign(assignment) => {
                let person = self.agents.entry(assignment.agent.0).or_default();
                person.queues = served(assignment);
            }
            Command::Enqueue(arrival) => {
                self.learn_how_it_waits(arrival);
            }
            Command::Transfer { arrival } => {
                self.learn_how_it_waits(arrival);
                self.known(arrival.contact).arrived_us = arrival.arrived_us;
            }
            Command::Defer { contact, .. } => {
                self.called_back.insert(contact.0);
            }
            Command::RestoreConnected { arrival, .. } => {
                let known = Known {
                    queue: arrival.queue.0,
                    arrived_us: arrival.arrived_us,
                    answered: true,
                    internal: arrival.internal,
                    stage: Stage::Talks,
                };
                self.contacts.insert(arrival.contact.0, known);
            }
            Command::DayStarted {} => {
                self.today = self.outcomes.len();
                self.shifts.start_day(now_us);
                for person in self.agents.values_mut() {
                    person.accepted = 0;
                    person.before_us = (0, 0);
                    person.day_from_us = now_us;
                }
            }
            Command::DayResumed { queues, agents } => {
                queues.iter().for_each(|one| self.resume(one, now_us));
                self.shifts.resume_day(agents, now_us);
                for one in agents {
                    let person = self.agents.entry(one.agent.0).or_default();
                    person.accepted = one.contacts.into();
                    person.before_us = (one.available_us, one.occupied_us);
                    person.day_from_us = now_us;
                }
            }
            _ => {}
        }
    }

    fn resume(&mut self, one: &QueueDay, now_us: i64) {
        let queue = one.queue.0;
        if !self.queues.contains_key(&queue) {
            return;
        }
        self.outcomes.push(Outcome {
            slice: None,
            of_day: true,
            queue,
            tally: one.day,
        });
        for Slice { number, tally } in one.recent.iter().copied() {
            self.outcomes.push(Outcome {
                // One to come counts in none.
                slice: Some(number).filter(|number| *number <= slice(now_us)),
                of_day: false,
                queue,
                tally,
            });
        }
    }

    fn learn_how_it_waits(&mut self, arrival: &Arrival) {
        let contact = arrival.contact.0;
        if arrival.not_before_us.is_some() {
            self.called_back.insert(contact);
        } else {
            self.called_back.remove(&contact);
        }
        self.internal.insert(contact, arrival.internal);
        if arrival.answered {
            self.answered.insert(contact);
        } else {
            self.answered.remove(&contact);
        }
    }

    /// Its figures go with it: one of the same number begins at nothing.
    fn close(&mut self, queue: QueueId) {
        self.queues.remove(&queue.0);
        for outcome in &mut self.outcomes {
            if outcome.queue == queue.0 {
                outcome.tally = Tally::default();
            }
        }
        for person in self.agents.values_mut() {
            person.queues.retain(|served| *served != queue);
        }
    }

    fn count(&mut self, envelope: &Envelope) {
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
                    answered: self.answered.contains(&contact.0),
                    internal: self.internal[&contact.0],
                    stage: Stage::Waits,
                };
                self.contacts.insert(contact.0, known);
            }
            Event::ContactRelaxed { contact, queue, .. }
            | Event::ContactMoved { contact, queue } => self.known(contact).queue = queue.0,
            Event::ContactDeferred { contact, .. } => self.known(contact).stage = Stage::Deferred,
            Event::ContactDue { contact, .. } => self.known(contact).stage = Stage::Waits,
            Event::ContactDismissed { contact, .. } => {
                self.contacts.remove(&contact.0).expect("enqueued before");
            }
            Event::ContactTransferred {
                contact,
                from,
                queue,
                to,
                talk_us,
                ..
            } => {
                if let Some(agent) = from {
                    let known = self.known(contact);
                    let left = (known.queue, !known.internal);
                    self.ended.insert((agent.0, contact.0), left);
                    self.talked(at_us, left, talk_us);
                }
                let internal = self.internal.get(&contact.0).copied();
                let known = self.known(contact);
                if let (None, Some(internal)) = (to, internal) {
                    known.internal = internal;
                }
                known.queue = queue.0;
                known.stage = match to {
                    Some(_) => Stage::Talks,
                    None => Stage::Waits,
                };
            }
            Event::ReservationCreated { contact, .. } => self.known(contact).stage = Stage::Rings,
            Event::ContactRequeued { contact, .. } => self.known(contact).stage = Stage::Waits,
            Event::ReservationAccepted { contact, agent, .. } => {
                self.agents.get_mut(&agent.0).expect("signed in").accepted += 1;
                let called_back = self.called_back.contains(&contact.0);
                let known = self.known(contact);
                known.stage = Stage::Talks;
                let before = std::mem::replace(&mut known.answered, true);
                let (queue, wait_us) = (known.queue, (at_us - known.arrived_us).max(0));
                if !before && !called_back && !known.internal {
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
                let counts = !known.answered && !known.internal;
                if counts && !self.called_back.contains(&contact.0) {
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
                contact,
                agent,
                talk_us,
            } => {
                let known = self.contacts.remove(&contact.0).expect("enqueued before");
                let left = (known.queue, !known.internal);
                self.ended.insert((agent.0, contact.0), left);
                self.talked(at_us, left, talk_us);
            }
            Event::WrapUpStarted { agent, contact, .. } => {
                let work = (agent.0, contact.0);
                self.wrapping.insert(work, (self.ended[&work], at_us));
            }
            Event::WrapUpEnded { agent, contact } => {
                let work = self.wrapping.remove(&(agent.0, contact.0));
                let ((queue, counts), since_us) = work.expect("begun before");
                // That of a queue that was closed meanwhile counts nowhere.
                if counts && self.queues.contains_key(&queue) {
                    let tally = Tally {
                        wrap_up_us: (at_us - since_us).cast_unsigned(),
                        ..Tally::default()
                    };
                    self.add(at_us, queue, tally);
                }
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

    fn talked(&mut self, at_us: i64, (queue, counts): (u32, bool), talk_us: i64) {
        let tally = Tally {
            handled: 1,
            talk_us: talk_us.cast_unsigned(),
            ..Tally::default()
        };
        if counts {
            self.add(at_us, queue, tally);
        }
    }

    fn add(&mut self, at_us: i64, queue: u32, tally: Tally) {
        self.outcomes.push(Outcome {
            slice: Some(slice(at_us)),
            of_day: true,
            queue,
            tally,
        });
    }

    pub fn compare(&self, machine: &mut Machine, snapshot: &Snapshot) {
        let figures: Vec<QueueFigures> = machine.figures(QueueId(0), 0).collect();
        assert_eq!(figures.len(), snapshot.queues.len());
        for (counted, looked_at) in figures.iter().zip(&snapshot.queues) {
            assert_eq!(*counted, self.queue(looked_at, snapshot.at_us));
            let words = counted.to_words();
            assert_eq!(QueueFigures::from_words(&words), *counted);
            let agents = (looked_at.ready, looked_at.staffed, looked_at.offered);
            assert_eq!((counted.ready, counted.staffed, counted.offered), agents);
        }
        for agent in self.shifts.agents() {
            assert_eq!(AgentFigures::from_words(&agent.to_words()), *agent);
            self.compare_agent(agent, snapshot.at_us);
        }
    }

    fn queue(&self, looked_at: &QueueSnapshot, now_us: i64) -> QueueFigures {
        let id = looked_at.queue.0;
        let here = |stage: Stage| {
            self.contacts
                .values()
                .filter(move |known| known.queue == id && known.stage == stage)
        };
        let state = |person: &&Person| person.states.last().map(|(state, _)| *state);
        let serves = |person: &&Person| person.queues.contains(&QueueId(id));
        let count = |fits: &dyn Fn(AgentState) -> bool| {
            let people = self.agents.values().filter(serves);
            people.filter(|one| state(one).is_some_and(fits)).count() as u32
        };
        let first = slice(now_us) - RECENT_SLICES as i64 + 1;
        let oldest_us = here(Stage::Waits).map(|known| known.arrived_us).min();
        let grain = acd::ARRIVAL_GRAIN_US;
        QueueFigures {
            queue: QueueId(id),
            at_us: now_us,
            waiting: here(Stage::Waits).count() as u32,
            oldest_us: oldest_us.map(|at_us| at_us.div_euclid(grain) * grain),
            offered: here(Stage::Rings).count() as u32,
            // By their slots, of which the events don't tell.
            ready: looked_at.ready,
            staffed: count(&|state| !matches!(state, AgentState::Offline | AgentState::NotReady)),
            recent: self.sum(
                id,
                self.outcomes
                    .iter()
                    .filter(|one| one.slice.is_some_and(|slice| slice >= first)),
            ),
            day: self.sum(
                id,
                self.outcomes[self.today..].iter().filter(|one| one.of_day),
            ),
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
        let last = person.states.last().map(|(state, _)| *state);
        assert_eq!(counted.state, last.unwrap_or(AgentState::Offline));
        let mut counted = *counted;
        counted.count_to(now_us);
        let ends = person.states.iter().skip(1).map(|(_, at_us)| *at_us);
        let (mut available_us, mut occupied_us) = person.before_us;
        for ((state, from_us), to_us) in person.states.iter().zip(ends.chain([now_us])) {
            let span_us = (to_us - (*from_us).max(person.day_from_us))
                .max(0)
                .cast_unsigned();
            match state {
                AgentState::Ready | AgentState::Reserved => available_us += span_us,
                AgentState::Busy | AgentState::WrapUp => occupied_us += span_us,
                AgentState::Offline | AgentState::NotReady => {}
            }
        }
        assert_eq!(counted.available_us, available_us);
        assert_eq!(counted.occupied_us, occupied_us);
    }
}

/// An agent without any slot serves no queue.
fn served(assignment: &Assignment) -> Vec<QueueId> {
    let has_slots = |channel: &Channel| assignment.capacity.of(*channel).slots > 0;
    if Channel::ALL.iter().any(has_slots) {
        assignment.queues.clone()
    } else {
        Vec::new()
    }
}
