//! A contact looks for an agent, an agent for a contact, and who finds somebody goes from hand to
//! hand.

use std::cmp::Reverse;

use crate::agent::Agent;
use crate::capacity::Channel;
use crate::class::ClassIx;
use crate::contact::{Contact, Place, Traces};
use crate::event::{Decision, Event, Journal};
use crate::floor::{Floor, Whereabouts};
use crate::id::{AgentId, ContactId, QueueId};
use crate::index::Ready;
use crate::max_wait::Limit;
use crate::requirement::{AttributeIx, Levels, level_of};
use crate::reservation::{Phase, Reservation};
use crate::strategy::{Strategy, lot};
use crate::timers::Timer;
use crate::work::Work;

impl Floor {
    /// A contact that is nowhere looks for an agent, else it waits.
    pub fn place(&mut self, contact: Contact, journal: &mut Journal<'_>) {
        match self.choose_agent(&contact) {
            Some(ready) => self.offer(contact, ready.agent, journal),
            None => self.put_in_place(contact),
        }
    }

    /// As `put_back`, the most urgent first, after those whose time is over.
    pub fn put_back_all(&mut self, mut contacts: Vec<Contact>, journal: &mut Journal<'_>) {
        contacts.sort_by_key(|contact| {
            let slope = self.settings(contact.stage.queue).slope;
            let place = contact.place();
            let waits_on = contact.limit != Limit::Exceeded;
            let urgency = place.urgency(slope, journal.at_us);
            (waits_on, Reverse(urgency), place)
        });
        for contact in contacts {
            self.put_back(contact, journal);
        }
    }

    /// An agent got room for a contact, and looks for one.
    pub fn free(&mut self, agent: AgentId, journal: &mut Journal<'_>) {
        let share = self.share;
        self.known_mut(agent).workload.catch_up(share);
        self.report(agent, journal);
        self.seek(agent, journal);
    }

    /// An agent who is not filed looks for a contact, and is filed if there is none.
    pub fn seek(&mut self, agent: AgentId, journal: &mut Journal<'_>) {
        let on_floor = self.known(agent);
        let (slot, open) = (on_floor.slot, on_floor.open());
        if open.is_empty() {
            return;
        }
        match self.index.most_urgent(slot, open, journal.at_us) {
            // They go from hand to hand: who has a contact waiting is never filed as ready.
            Some((class, place)) => {
                // Before the contact is taken out, so that both are on their way from memory at once.
                self.give(place.contact, agent);
                let contact = self.take_from_place(class, place);
                self.ring(contact, agent, journal);
            }
            None => self.file_agent(agent),
        }
    }

    /// The agent for a contact, by its queue's strategy, among all ready ones who fit.
    pub fn choose_agent(&mut self, contact: &Contact) -> Option<Ready> {
        if self.index.is_filled(contact.stage.class) {
            return None; // else one of those who wait there would not
        }
        let strategy = self.settings(contact.stage.queue).strategy;
        let order = strategy.order();
        let all = || self.index.all_ready(contact.stage.class, order).into_iter();
        let compared = |ready: &Ready| self.compared(contact, ready.agent, ready.idle_since_us);
        match strategy {
            Strategy::BestSkill => all().min_by_key(|ready| (-compared(ready), *ready)),
            Strategy::Random => all().min_by_key(|ready| (compared(ready), *ready)),
            Strategy::Sticky => self
                .last_agent_if_free(contact)
                .or_else(|| self.index.first_ready(contact.stage.class, order)),
            _ => self.index.first_ready(contact.stage.class, order),
        }
    }

    fn last_agent_if_free(&self, contact: &Contact) -> Option<Ready> {
        let last = self.agents.get(&contact.last_agent?)?;
        self.index
            .ready_for(last.slot, contact.stage.class)
            .filter(|_| last.filed)
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
            Strategy::Sticky => i64::from(contact.last_agent != Some(agent)),
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
        if self.classes.get_mut(class).waiting.put(contact) {
            self.file(class);
        }
    }

    pub fn take_from_place(&mut self, class: ClassIx, place: Place) -> Contact {
        let taken = self.classes.get_mut(class).waiting.take(place);
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
        if let Some(due_us) = traces.limit_us {
            self.timers.disarm(due_us, Timer::MaxWait(traces.id));
        }
    }

    /// The class of a contact that comes onto the floor.
    pub fn join_class(
        &mut self,
        queue: QueueId,
        channel: Channel,
        needed: &[(AttributeIx, u8)],
    ) -> ClassIx {
        let (class, new) = self.classes.join(queue, channel, needed);
        if new {
            let attribute = self.queues[&queue].attribute;
            let needed = Levels::clone(&self.classes.get(class).needed);
            self.index.open(class, attribute, channel, needed);
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
    pub fn file(&mut self, ix: ClassIx) {
        let class = self.classes.get(ix);
        let slope = self.settings(class.queue).slope;
        self.index.file(ix, class.waiting.head(), slope);
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
            self.withdraw(id);
            let orders = self.orders(&self.known(id).queues);
            self.known_mut(id).orders = orders;
            self.file_agent(id);
        }
    }

    /// Moves a contact into the hands of an agent who has room for it.
    pub fn offer(&mut self, contact: Contact, agent: AgentId, journal: &mut Journal<'_>) {
        self.give(contact.id, agent);
        self.ring(contact, agent, journal);
    }

    /// Where the contact is from now on; [`Floor::ring`] follows.
    fn give(&mut self, contact: ContactId, agent: AgentId) {
        self.contacts.insert(contact, Whereabouts::With(agent));
    }

    /// The agent to whom the contact is given has to answer.
    fn ring(&mut self, contact: Contact, agent: AgentId, journal: &mut Journal<'_>) {
        let queue = &self.queues[&contact.stage.queue];
        let strategy = queue.settings.strategy;
        let on_floor = self.known(agent);
        let filed = self
            .index
            .ready_count(queue.attribute, contact.stage.channel);
        let idle_since_us = on_floor.idle_since_us;
        let candidates = filed + usize::from(!on_floor.filed);
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
                candidates: u32::try_from(candidates).expect("AGENT_BOUND"),
                compared: self.compared(&contact, agent, idle_since_us),
                idle_since_us,
                waited_us: journal.at_us.saturating_sub(contact.arrived_us).max(0),
            },
        });
        self.withdraw(agent);
        self.timers.arm(expires_us, Timer::Offer(agent));
        self.queue_mut(contact.stage.queue).offered += 1;
        let on_floor = self.known_mut(agent);
        on_floor.work.push(Work::Contact(Reservation {
            contact,
            epoch,
            phase: Phase::Offered { expires_us },
        }));
        on_floor.workload.last_offer = epoch;
        self.report(agent, journal);
    }
}
