//! A queue is emptied, or closed for good.

use rustc_hash::FxHashMap;

use crate::class::ClassIx;
use crate::contact::{Contact, Place};
use crate::event::{DismissReason, Event, Journal, Refusal, RefusalCode, RescindReason};
use crate::floor::Floor;
use crate::id::{AgentId, ContactId, QueueId};
use crate::requirement::Levels;
use crate::reservation::{Phase, Reservation};

/// A contact of a queue that is closed, wherever it was.
enum Member {
    InLine(Contact),
    Deferred(ContactId),
    With(AgentId),
}

impl Member {
    fn waiting(contact: Contact) -> (Place, Self) {
        (contact.place(), Self::InLine(contact))
    }
}

impl Floor {
    pub fn empty_queue(
        &mut self,
        id: QueueId,
        to: Option<QueueId>,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        self.check_heir(id, to)?;
        let mut line = self.take_line(id, |contact| !contact.called_back);
        line.sort_unstable_by_key(Contact::place);
        match to {
            Some(to) => self.inherit(line.into_iter().map(Member::waiting).collect(), to, journal),
            None => {
                for contact in line {
                    self.dismiss(&contact, DismissReason::QueueEmptied, journal);
                }
            }
        }
        Ok(())
    }

    pub fn close_queue(
        &mut self,
        id: QueueId,
        to: Option<QueueId>,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        self.check_heir(id, to)?;
        let members = self.members(id, to.is_some())?;
        let agents: Vec<AgentId> = self
            .agents
            .iter()
            .filter(|(_, agent)| agent.queues.contains(&id))
            .map(|(agent, _)| *agent)
            .collect();
        for agent in agents {
            self.unserve(agent, id);
        }
        match to {
            Some(to) => self.inherit(members, to, journal),
            None => self.dissolve(members, journal),
        }
        self.queues.remove(&id);
        self.heirs.insert(id, to);
        Ok(())
    }

    /// The open queue that one which may be closed stands for now.
    pub fn heir(&self, queue: QueueId) -> Option<QueueId> {
        let mut queue = queue;
        // No circle: a queue that is opened again stands for itself.
        while !self.queues.contains_key(&queue) {
            queue = self.heirs.get(&queue).copied().flatten()?;
        }
        Some(queue)
    }

    /// As `join_class`, of a contact that needs the same as those of a class in another queue.
    pub fn join_class_in(&mut self, queue: QueueId, other: ClassIx) -> ClassIx {
        let class = self.classes.get(other);
        let replaced = self.vocabulary.queue(class.queue);
        let attribute = self.queues[&queue].attribute;
        let mut needed = class.needed.to_vec();
        for (needs, _) in &mut needed {
            if *needs == replaced {
                *needs = attribute;
            }
        }
        needed.sort_unstable();
        let channel = class.channel;
        self.join_class(queue, channel, &needed)
    }

    fn check_heir(&self, id: QueueId, to: Option<QueueId>) -> Result<(), Refusal> {
        self.queue(id)?;
        if let Some(to) = to {
            self.queue(to)?;
        }
        if to == Some(id) {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("to is {id}, must be another queue"),
            ));
        }
        Ok(())
    }

    /// Takes contacts out of their places, in no order.
    fn take_line(&mut self, queue: QueueId, wanted: impl Fn(&Contact) -> bool) -> Vec<Contact> {
        let classes: Vec<ClassIx> = self.classes.filled_of(queue).map(|(ix, _)| ix).collect();
        let mut line = Vec::new();
        for class in classes {
            line.extend(self.classes.get_mut(class).waiting.take_all(&wanted));
            self.file(class);
        }
        let queue = self.queue_mut(queue);
        queue.waiting -= u32::try_from(line.len()).expect("CONTACT_BOUND");
        for contact in &line {
            queue.measures.wait_ends(contact.arrived_us);
        }
        line
    }

    /// All contacts of a queue by their places; those who wait are taken out of the line.
    fn members(&mut self, queue: QueueId, calls: bool) -> Result<Vec<(Place, Member)>, Refusal> {
        let mut members: Vec<(Place, Member)> = Vec::new();
        for (id, agent) in &self.agents {
            let of_queue = |held: &&Reservation| held.contact.stage.queue == queue;
            for reservation in agent.reservations().filter(of_queue) {
                if !calls && !matches!(reservation.phase, Phase::Offered { .. }) {
                    let contact = reservation.contact.id;
                    return Err(Refusal::new(
                        RefusalCode::WrongState,
                        format!(
                            "contact {contact} of queue {queue} is in a call; name a queue `to` which it goes"
                        ),
                    ));
                }
                members.push((reservation.contact.place(), Member::With(*id)));
            }
        }
        for contact in self.deferred.values() {
            if contact.stage.queue == queue {
                members.push((contact.place(), Member::Deferred(contact.id)));
            }
        }
        let line = self.take_line(queue, |_| true);
        members.extend(line.into_iter().map(Member::waiting));
        members.sort_unstable_by_key(|(place, _)| *place);
        Ok(members)
    }

    /// A queue that an agent serves is taken from them. Whatever they do goes on.
    fn unserve(&mut self, id: AgentId, queue: QueueId) {
        self.withdraw(id);
        let removed = self.queues[&queue].attribute;
        let agent = self.known(id);
        let slot = agent.slot;
        let queues: Box<[QueueId]> = agent
            .queues
            .iter()
            .copied()
            .filter(|id| *id != queue)
            .collect();
        let attributes = queues.iter().map(|id| self.queues[id].attribute).collect();
        let levels = self.index.levels(slot).iter().copied();
        let levels: Levels = levels
            .filter(|(attribute, _)| *attribute != removed)
            .collect();
        let orders = self.orders(&queues);
        let agent = self.known_mut(id);
        agent.queues = queues;
        agent.orders = orders;
        self.index.assign(slot, levels, attributes);
        self.file_agent(id);
    }

    /// Contacts of a queue go to another, all before any of them is offered.
    fn inherit(&mut self, members: Vec<(Place, Member)>, to: QueueId, journal: &mut Journal<'_>) {
        let mut moves = Moves::to(to);
        let mut line = Vec::new();
        for (place, member) in members {
            journal.emit(moved(place.contact, to));
            let stage = match &member {
                Member::InLine(contact) => &contact.stage,
                Member::Deferred(id) => &self.deferred[id].stage,
                Member::With(agent) => &self.reservation(*agent, place.contact).contact.stage,
            };
            let class = moves.join(self, stage.class);
            let stage = match member {
                Member::InLine(contact) => {
                    line.push(contact);
                    &mut line.last_mut().expect("just pushed").stage
                }
                Member::Deferred(id) => {
                    let contact = self.deferred.get_mut(&id);
                    &mut contact.expect("it was there").stage
                }
                Member::With(agent) => {
                    if let Phase::Offered { .. } = self.reservation(agent, place.contact).phase {
                        self.queue_mut(to).offered += 1; // the other's count goes with it
                    }
                    let held = self.known_mut(agent).reservation_mut(place.contact);
                    &mut held.contact.stage
                }
            };
            (stage.class, stage.queue) = (class, to);
        }
        moves.leave(self);
        for contact in line {
            self.place(contact, journal);
        }
    }

    /// The contacts of a queue are dismissed; then those who had one on offer become ready again,
    /// one after the other.
    fn dissolve(&mut self, members: Vec<(Place, Member)>, journal: &mut Journal<'_>) {
        let mut freed = Vec::new();
        for (place, member) in members {
            let reason = DismissReason::QueueClosed;
            match member {
                Member::InLine(contact) => self.dismiss(&contact, reason, journal),
                Member::Deferred(id) => {
                    let contact = self.take_aside(id);
                    self.forget(&contact.traces(false));
                    journal.emit(Event::ContactDismissed {
                        contact: id,
                        queue: contact.stage.queue,
                        reason,
                    });
                }
                Member::With(agent) => {
                    let reservation = self.take_reservation(agent, place.contact);
                    journal.emit(Event::ReservationRescinded {
                        contact: reservation.contact.id,
                        agent,
                        epoch: reservation.epoch,
                        reason: RescindReason::QueueClosed,
                    });
                    self.dismiss(&reservation.contact, reason, journal);
                    freed.push(agent);
                }
            }
        }
        for agent in freed {
            self.free(agent, journal);
        }
    }
}

fn moved(contact: ContactId, queue: QueueId) -> Event {
    Event::ContactMoved { contact, queue }
}

/// The classes of contacts that go to another queue. Those that they leave are left last, so that no
/// number gets a second meaning meanwhile.
struct Moves {
    to: QueueId,
    joined: FxHashMap<ClassIx, ClassIx>,
    left: Vec<ClassIx>,
}

impl Moves {
    fn to(to: QueueId) -> Self {
        Self {
            to,
            joined: FxHashMap::default(),
            left: Vec::new(),
        }
    }

    fn join(&mut self, floor: &mut Floor, from: ClassIx) -> ClassIx {
        self.left.push(from);
        if let Some(class) = self.joined.get(&from) {
            floor.classes.join_known(*class);
            return *class;
        }
        let class = floor.join_class_in(self.to, from);
        self.joined.insert(from, class);
        class
    }

    fn leave(self, floor: &mut Floor) {
        for class in self.left {
            floor.leave_class(class);
        }
    }
}
