//! Waits that are too long, customers who are called back, queues that are emptied or closed.

use acd::{
    AfterMaxWait, AgentId, ContactId, DismissReason, Epoch, Event, QueueId, RefusalCode,
    RescindReason,
};

use super::world::Is;
use super::{Model, before};

impl Model {
    pub(super) fn waited_too_long(&mut self, id: u64) {
        let at = self.find_contact(id).expect("it has a limit");
        let contact = &mut self.contacts[at];
        let most = contact.max_wait.take().expect("it was due");
        if most.then == AfterMaxWait::Leave {
            contact.exceeded = true;
        } else {
            let queue = QueueId(contact.queue);
            let contact = ContactId(id);
            self.say(Event::ContactOverdue { contact, queue });
        }
    }

    /// Who is on offer may still be accepted.
    pub(super) fn send_away_who_exceeded(&mut self) {
        let over = |at: &usize| {
            let contact = &self.contacts[*at];
            contact.exceeded && contact.is == Is::Waiting
        };
        if let Some(at) = (0..self.contacts.len()).find(over) {
            self.sends_away(at, DismissReason::MaxWait);
        }
    }

    fn sends_away(&mut self, at: usize, reason: DismissReason) {
        let gone = self.contacts.remove(at);
        self.say(Event::ContactDismissed {
            contact: ContactId(gone.id),
            queue: QueueId(gone.queue),
            reason,
        });
    }

    pub(super) fn defer(&mut self, id: u64, until: i64) -> Option<RefusalCode> {
        const YEAR: i64 = 366 * 24 * 3600 * 1_000_000;
        if until - self.now > YEAR {
            return Some(RefusalCode::Invalid);
        }
        let Some(at) = self.find_contact(id) else {
            return Some(RefusalCode::UnknownContact);
        };
        let later = until > self.now;
        match self.contacts[at].is {
            Is::Accepted { .. } | Is::Connected { .. } => return Some(RefusalCode::WrongState),
            Is::Offered { .. } if later => return Some(RefusalCode::WrongState),
            Is::Waiting | Is::Offered { .. } | Is::Deferred { .. } => {}
        }
        let contact = &mut self.contacts[at];
        contact.max_wait = None;
        contact.exceeded = false;
        contact.called_back = true;
        if later {
            self.sets_aside(at, until);
        } else if let Is::Deferred { .. } = contact.is {
            self.falls_due(id);
        }
        None
    }

    pub(super) fn sets_aside(&mut self, at: usize, until: i64) {
        let contact = &mut self.contacts[at];
        contact.is = Is::Deferred { until };
        let event = Event::ContactDeferred {
            contact: ContactId(contact.id),
            queue: QueueId(contact.queue),
            until_us: until,
        };
        self.say(event);
    }

    pub(super) fn falls_due(&mut self, id: u64) {
        let at = self.find_contact(id).expect("it is deferred");
        self.contacts[at].is = Is::Waiting;
        self.say(Event::ContactDue {
            contact: ContactId(id),
            queue: QueueId(self.contacts[at].queue),
        });
        self.catch_up(at);
    }

    pub(super) fn empty_queue(
        &mut self,
        queue: QueueId,
        to: Option<QueueId>,
    ) -> Option<RefusalCode> {
        if let Some(code) = self.no_heir(queue, to) {
            return Some(code);
        }
        for id in self.members(queue) {
            let at = self.find_contact(id).expect("a member");
            if self.contacts[at].is != Is::Waiting || self.contacts[at].called_back {
                continue;
            }
            match to {
                Some(to) => self.moves(at, to),
                None => self.sends_away(at, DismissReason::QueueEmptied),
            }
        }
        None
    }

    pub(super) fn close_queue(
        &mut self,
        queue: QueueId,
        to: Option<QueueId>,
    ) -> Option<RefusalCode> {
        if let Some(code) = self.no_heir(queue, to) {
            return Some(code);
        }
        let talks = |contact: &super::Contact| contact.queue == queue.0 && contact.in_call();
        if to.is_none() && self.contacts.iter().any(talks) {
            return Some(RefusalCode::WrongState);
        }
        for agent in &mut self.agents {
            agent.queues.retain(|served| *served != queue.0);
        }
        let mut freed = Vec::new();
        for id in self.members(queue) {
            let at = self.find_contact(id).expect("a member");
            if let Some(to) = to {
                self.moves(at, to);
                continue;
            }
            if let Is::Offered { agent, epoch, .. } = self.contacts[at].is {
                freed.push(agent);
                self.let_go(agent, id);
                self.say(Event::ReservationRescinded {
                    contact: ContactId(id),
                    agent: AgentId(agent),
                    epoch: Epoch(epoch),
                    reason: RescindReason::QueueClosed,
                });
            }
            self.sends_away(at, DismissReason::QueueClosed);
        }
        self.queues.retain(|known| known.id != queue.0);
        self.closed.0.push((queue.0, to.map(|to| to.0)));
        // One after the other, each with the contacts that are left.
        self.not_looked_at.clone_from(&freed);
        for agent in freed {
            self.not_looked_at.remove(0);
            self.idles(agent);
            self.match_all();
        }
        None
    }

    fn no_heir(&self, queue: QueueId, to: Option<QueueId>) -> Option<RefusalCode> {
        let open = |queue: QueueId| self.queues.iter().any(|known| known.id == queue.0);
        if !open(queue) || to.is_some_and(|to| !open(to)) {
            Some(RefusalCode::UnknownQueue)
        } else if to == Some(queue) {
            Some(RefusalCode::Invalid)
        } else {
            None
        }
    }

    /// The contacts of a queue in the order of their places.
    fn members(&self, queue: QueueId) -> Vec<u64> {
        let mut members: Vec<_> = self.contacts.iter().collect();
        members.retain(|contact| contact.queue == queue.0);
        members.sort_by(|one, other| before(other, one).cmp(&before(one, other)));
        members.into_iter().map(|contact| contact.id).collect()
    }

    fn moves(&mut self, at: usize, to: QueueId) {
        self.contacts[at].queue = to.0;
        let contact = ContactId(self.contacts[at].id);
        self.say(Event::ContactMoved { contact, queue: to });
    }
}
