//! A contact looks for an agent, an agent for a contact, and who finds somebody goes from hand to
//! hand.

use crate::agent::{Activity, Agent};
use crate::class::ClassIx;
use crate::command::NotReadyReason;
use crate::contact::{Contact, Place, Traces};
use crate::event::{AgentState, Decision, Event, Journal};
use crate::floor::{Floor, Whereabouts};
use crate::id::{AgentId, QueueId};
use crate::index::Ready;
use crate::requirement::{Levels, level_of};
use crate::reservation::{Phase, Reservation};
use crate::strategy::{Strategy, lot};
use crate::timers::Timer;

impl Floor {
    /// A contact that is nowhere looks for an agent, else it waits.
    pub fn place(&mut self, contact: Contact, journal: &mut Journal<'_>) {
        match self.choose_agent(&contact) {
            Some(ready) => self.offer(contact, ready.agent, ready.idle_since_us, journal),
            None => self.put_in_place(contact),
        }
    }

    /// An agent who is not ready becomes it, and looks for a contact.
    pub fn free(&mut self, agent: AgentId, idle_since_us: i64, journal: &mut Journal<'_>) {
        let share = self.share;
        self.known_mut(agent).workload.catch_up(share);
        journal.emit(Event::AgentStateChanged {
            agent,
            state: AgentState::Ready,
            reason: None,
            since_us: idle_since_us,
        });
        self.seek(agent, idle_since_us, journal);
    }

    /// An agent who is not filed as ready looks for a contact, and is filed if there is none.
    pub fn seek(&mut self, agent: AgentId, idle_since_us: i64, journal: &mut Journal<'_>) {
        let slot = self.known(agent).slot;
        match self.index.most_urgent(slot, journal.at_us) {
            // They go from hand to hand: who has a contact waiting is never filed as ready.
            Some((class, place)) => {
                let contact = self.take_from_place(class, place);
                self.offer(contact, agent, idle_since_us, journal);
            }
            None => {
                self.turn(agent, Activity::Ready { idle_since_us });
            }
        }
    }

    /// The agent for a contact, by its queue's strategy, among all ready ones who fit.
    pub fn choose_agent(&mut self, contact: &Contact) -> Option<Ready> {
        if !self.classes.get(contact.stage.class).is_empty() {
            return None; // else one of those who wait there would not
        }
        let strategy = self.settings(contact.stage.queue).strategy;
        let order = strategy.order();
        let all = || self.index.all_ready(contact.stage.class, order).into_iter();
        let compared = |ready: &Ready| self.compared(contact, ready.agent, ready.idle_since_us);
        match strategy {
            Strategy::BestSkill => all().min_by_key(|ready| (-compared(ready), *ready)),
            Strategy::Random => all().min_by_key(|ready| (compared(ready), *ready)),
            _ => self.index.first_ready(contact.stage.class, order),
        }
    }

    /// What the strategy of the contact's queue compares of an agent.
    fn compared(&self, contact: &Contact, agent: AgentId, idle_since_us: i64) -> i64 {
        let settings = self.settings(contact.stage.queue);
        let known = self.known(agent);
        match settings.strategy {
            Strategy::BestSkill => {
                let queue = self.queues[&contact.stage.queue].attribute;
                let needed = self.classes.get(contact.stage.class).needed.iter();
                let levels = self.index.levels(known.slot);
                needed
                    .filter(|(attribute, _)| *attribute != queue)
                    .map(|(attribute, _)| i64::from(level_of(levels, *attribute)))
                    .sum()
            }
            // Half the range, so that it stays a positive number in every language.
            Strategy::Random => (lot(settings.seed, contact.id, agent) >> 1).cast_signed(),
            other => known.workload.key(other.order(), idle_since_us),
        }
    }

    /// Where nobody is free for it, a contact waits.
    pub fn put_in_place(&mut self, contact: Contact) {
        let (id, queue, class, place) = (
            contact.id,
            contact.stage.queue,
            contact.stage.class,
            contact.place(),
        );
        let queue = self.queue_mut(queue);
        queue.waiting += 1;
        queue.measures.wait_begins(contact.arrived_us);
        self.contacts.insert(id, Whereabouts::Waiting(class, place));
        self.classes.get_mut(class).put(contact);
        self.file(class);
    }

    pub fn take_from_place(&mut self, class: ClassIx, place: Place) -> Contact {
        let taken = self.classes.get_mut(class).take(place);
        let contact = taken.expect("whereabouts and index follow the contact");
        let queue = self.queue_mut(contact.stage.queue);
        queue.waiting -= 1;
        queue.measures.wait_ends(contact.arrived_us);
        self.file(class);
        contact
    }

    /// A contact has left the floor.
    pub fn forget(&mut self, traces: &Traces) {
        self.contacts.remove(&traces.id);
        self.leave_stage(&traces.stage);
        if let Some(due_us) = traces.relaxes_us {
            self.timers.disarm(due_us, Timer::Relax(traces.id));
        }
    }

    /// The class of a contact that comes onto the floor.
    pub fn join_class(&mut self, queue: QueueId, needed: Levels) -> ClassIx {
        let (class, new) = self.classes.join(queue, &needed);
        if new {
            self.index
                .open(class, self.queues[&queue].attribute, needed);
        }
        class
    }

    /// A contact of this class has left the floor.
    pub fn leave_class(&mut self, class: ClassIx) {
        if self.classes.leave(class) {
            self.index.close(class);
            self.schedules.forget();
        }
    }

    /// The head of a class may be another one: the index follows.
    fn file(&mut self, ix: ClassIx) {
        let class = self.classes.get(ix);
        let slope = self.settings(class.queue).slope;
        self.index.file(ix, class.head(), slope);
    }

    /// A queue's slope is another one.
    pub fn refile_contacts(&mut self, queue: QueueId) {
        let classes: Vec<ClassIx> = self.classes.filled_of(queue).map(|(ix, _)| ix).collect();
        for class in classes {
            self.file(class);
        }
    }

    /// A queue's strategy is another one.
    pub fn refile_agents(&mut self, queue: QueueId) {
        let serve = |(_, agent): &(&AgentId, &Agent)| agent.queues.contains(&queue);
        let agents: Vec<AgentId> = self
            .agents
            .iter()
            .filter(serve)
            .map(|(id, _)| *id)
            .collect();
        for id in agents {
            let before = self.turn(id, Activity::NotReady(NotReadyReason::SignedIn));
            let orders = self.orders(&self.known(id).queues);
            self.known_mut(id).orders = orders;
            self.turn(id, before);
        }
    }

    /// Moves a contact into the hands of an agent who is ready or just becomes it.
    pub fn offer(
        &mut self,
        contact: Contact,
        agent: AgentId,
        idle_since_us: i64,
        journal: &mut Journal<'_>,
    ) {
        let queue = &self.queues[&contact.stage.queue];
        let strategy = queue.settings.strategy;
        let filed = self.index.ready_count(queue.attribute);
        let just_now = !matches!(self.known(agent).activity(), Activity::Ready { .. });
        self.last_epoch.0 += 1;
        let epoch = self.last_epoch;
        let expires_us = journal
            .at_us
            .saturating_add(queue.settings.offer_timeout_us);
        journal.emit(Event::ReservationCreated {
            contact: contact.id,
            agent,
            epoch,
            expires_us,
            decision: Decision {
                strategy,
                candidates: u32::try_from(filed + usize::from(just_now)).expect("AGENT_BOUND"),
                compared: self.compared(&contact, agent, idle_since_us),
                idle_since_us,
                waited_us: journal.at_us.saturating_sub(contact.arrived_us).max(0),
            },
        });
        let phase = Phase::Offered {
            expires_us,
            idle_since_us,
        };
        self.queue_mut(contact.stage.queue).offered += 1;
        let reservation = Reservation {
            contact,
            epoch,
            phase,
        };
        self.turn(agent, Activity::Engaged(reservation));
        self.known_mut(agent).workload.last_offer = epoch;
        self.report(agent, journal.at_us, journal);
    }
}
