//! An agent on the floor, and the rules of coming, being ready, wrapping up and going.

use smallvec::SmallVec;

use crate::capacity::{Capacity, Channels};
use crate::command::{Assignment, NotReadyReason};
use crate::event::{
    AgentState, Event, Journal, Refusal, RefusalCode, RequeueReason, RescindReason,
};
use crate::floor::{Floor, count_staff};
use crate::id::{AgentId, ContactId, QueueId};
use crate::index::Slot;
use crate::requirement::{Levels, check_had};
use crate::reservation::{Phase, Reservation};
use crate::strategy::Orders;
use crate::timers::Timer;
use crate::work::{Finished, Work, WrapUp};
use crate::workload::Workload;
use crate::{AGENT_BOUND, AWAY_BOUND, WEIGHT_MAX};

/// Capacity, work and workload change only while the agent is not filed: [`Floor::withdraw`] comes
/// first, [`Floor::seek`] last.
#[derive(Debug)]
pub(crate) struct Agent {
    /// Where the index has the agent, with their queues and skills.
    pub slot: Slot,
    /// Ascending, each once. Empty without any slot.
    pub queues: Box<[QueueId]>,
    /// The orders in which these queues look for agents.
    pub orders: Orders,
    pub capacity: Capacity,
    pub workload: Workload,
    /// The last sign of life.
    pub heard_us: i64,
    /// Why the agent takes no more contacts; what is in hand goes on.
    pub not_ready: Option<NotReadyReason>,
    /// Since when they are ready, or when they last took or finished a contact.
    pub idle_since_us: i64,
    /// One offer at most: who has to answer is not asked for more. The first stands here itself,
    /// as most agents have one.
    pub work: SmallVec<[Work; 1]>,
    /// In the index among those who are ready.
    pub filed: bool,
    /// What was told last.
    told: (AgentState, Option<NotReadyReason>),
}

/// Why an agent leaves the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    SignedOut,
    Lost,
}

impl Agent {
    /// The channels of which the agent can be offered a contact now.
    pub fn open(&self) -> Channels {
        if self.not_ready.is_some() || self.offer().is_some() {
            return Channels::default();
        }
        self.capacity.open(self.work.iter().map(Work::channel))
    }

    pub fn offer(&self) -> Option<&Reservation> {
        let offered = |held: &&Reservation| matches!(held.phase, Phase::Offered { .. });
        self.reservations().find(offered)
    }

    pub fn reservations(&self) -> impl Iterator<Item = &Reservation> {
        self.work.iter().filter_map(|work| match work {
            Work::Contact(reservation) => Some(reservation),
            Work::WrapUp(_) => None,
        })
    }

    /// The reservation of a contact that is with this agent.
    pub fn reservation_mut(&mut self, contact: ContactId) -> &mut Reservation {
        let held = self.work.iter_mut().find_map(|work| match work {
            Work::Contact(reservation) if reservation.contact.id == contact => Some(reservation),
            _ => None,
        });
        held.expect("whereabouts follow the contact")
    }

    /// The reservation of a contact that is with this agent, out of their hands.
    pub fn take_reservation(&mut self, contact: ContactId) -> Reservation {
        let it = |work: &Work| matches!(work, Work::Contact(held) if held.contact.id == contact);
        match self.take_work(it) {
            Some(Work::Contact(reservation)) => reservation,
            _ => unreachable!("whereabouts follow the contact"),
        }
    }

    /// The agent's wrap-up of this contact, which is over now.
    pub fn take_wrap_up(&mut self, of: ContactId) -> Option<WrapUp> {
        match self
            .take_work(|work| matches!(work, Work::WrapUp(one) if one.finished.contact == of))?
        {
            Work::WrapUp(wrap_up) => Some(wrap_up),
            Work::Contact(_) => unreachable!("only wrap-ups were asked for"),
        }
    }

    fn take_work(&mut self, it: impl Fn(&Work) -> bool) -> Option<Work> {
        let at = self.work.iter().position(it)?;
        Some(self.work.remove(at))
    }

    pub fn state(&self) -> (AgentState, Option<NotReadyReason>) {
        let state = if self.offer().is_some() {
            AgentState::Reserved
        } else if self.reservations().next().is_some() {
            AgentState::Busy
        } else if !self.work.is_empty() {
            AgentState::WrapUp
        } else if self.not_ready.is_some() {
            AgentState::NotReady
        } else {
            AgentState::Ready
        };
        (state, self.not_ready)
    }

    fn wraps_up(&self, contact: ContactId) -> bool {
        let it = |work: &Work| matches!(work, Work::WrapUp(one) if one.finished.contact == contact);
        self.work.iter().any(it)
    }
}

/// Whether an agent in this state is at work.
fn is_here(state: AgentState) -> bool {
    !matches!(state, AgentState::Offline | AgentState::NotReady)
}

impl Floor {
    /// Tells an agent's state if it is another one than was told.
    pub fn report(&mut self, id: AgentId, journal: &mut Journal<'_>) {
        let agent = self.known_mut(id);
        let told = agent.state();
        if agent.told == told {
            return;
        }
        let before = std::mem::replace(&mut agent.told, told);
        let (state, reason) = told;
        let since_us = match state {
            AgentState::Ready => agent.idle_since_us,
            _ => journal.at_us,
        };
        journal.emit(Event::AgentStateChanged {
            agent: id,
            state,
            reason,
            since_us,
        });
        if is_here(before.0) != is_here(state) {
            count_staff(&mut self.queues, &self.agents[&id].queues, is_here(state));
        }
    }

    pub fn sign_in(
        &mut self,
        assignment: Assignment,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let agent = assignment.agent;
        if self.agents.contains_key(&agent) {
            return Err(Refusal::new(
                RefusalCode::AlreadySignedIn,
                format!("agent {agent} is signed in already"),
            ));
        }
        self.check_assignment(&assignment)?;
        if self.agents.len() >= AGENT_BOUND {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("{AGENT_BOUND} agents are signed in, the most"),
            ));
        }
        let heard_us = journal.at_us;
        self.timers
            .arm(self.lost_at_us(heard_us), Timer::Heartbeat(agent));
        let share = self.share;
        let known = self.away.remove(&agent);
        let mut workload = known.unwrap_or_else(|| Workload::new(share));
        workload.catch_up(share);
        self.agents.insert(
            agent,
            Agent {
                slot: self.index.join(agent),
                queues: Box::default(),
                orders: Orders::default(),
                capacity: Capacity::NONE,
                workload,
                heard_us,
                not_ready: Some(NotReadyReason::SignedIn),
                idle_since_us: journal.at_us,
                work: SmallVec::new(),
                filed: false,
                told: (AgentState::Offline, None),
            },
        );
        self.put_assignment(assignment);
        self.report(agent, journal);
        Ok(())
    }

    /// Gives an agent other queues, skills and slots; one who is ready may find a contact by them.
    pub fn assign(
        &mut self,
        assignment: Assignment,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let agent = assignment.agent;
        self.agent(agent)?;
        self.check_assignment(&assignment)?;
        self.withdraw(agent);
        self.put_assignment(assignment);
        self.seek(agent, journal);
        Ok(())
    }

    fn check_assignment(&self, assignment: &Assignment) -> Result<(), Refusal> {
        check_had(&assignment.skills)?;
        assignment.capacity.check()?;
        let weight = assignment.weight;
        if !(1..=WEIGHT_MAX).contains(&weight) {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("weight is {weight}, must be 1 to {WEIGHT_MAX}"),
            ));
        }
        for queue in &assignment.queues {
            self.queue(*queue)?;
        }
        self.vocabulary.check_room(&assignment.skills)
    }

    /// Of an agent who is not filed.
    fn put_assignment(&mut self, assignment: Assignment) {
        let Assignment {
            agent,
            mut queues,
            capacity,
            skills,
            weight,
            rank,
        } = assignment;
        if capacity.open(std::iter::empty()).is_empty() {
            queues.clear();
        }
        queues.sort_unstable();
        queues.dedup();
        let levels = Levels::from(&self.vocabulary.levels(&queues, &skills)[..]);
        self.index.grow(self.vocabulary.len());
        let attributes = queues.iter().map(|id| self.queues[id].attribute).collect();
        let orders = self.orders(&queues);
        let on_floor = self.agents.get_mut(&agent).expect("on the floor");
        if is_here(on_floor.told.0) {
            count_staff(&mut self.queues, &on_floor.queues, false);
            count_staff(&mut self.queues, &queues, true);
        }
        on_floor.queues = queues.into();
        on_floor.orders = orders;
        on_floor.capacity = capacity;
        on_floor.workload.weight = weight;
        on_floor.workload.rank = rank;
        let slot = on_floor.slot;
        self.index.assign(slot, levels, attributes);
    }

    pub fn sign_out(
        &mut self,
        agent: AgentId,
        force: bool,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let talks = |held: &Reservation| !matches!(held.phase, Phase::Offered { .. });
        let talk = self.agent(agent)?.reservations().find(|held| talks(held));
        if let Some(held) = talk.filter(|_| !force) {
            let contact = held.contact.id;
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!("agent {agent} has contact {contact}; complete it first"),
            ));
        }
        self.leave(agent, Departure::SignedOut, journal);
        Ok(())
    }

    pub fn ready(&mut self, agent: AgentId, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        let on_floor = self.agent_mut(agent)?;
        if on_floor.not_ready.take().is_some() {
            on_floor.idle_since_us = journal.at_us;
            self.free(agent, journal);
        }
        Ok(())
    }

    pub fn not_ready(
        &mut self,
        agent: AgentId,
        reason: NotReadyReason,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        if let Some(offer) = self.agent(agent)?.offer() {
            let rescinded = Event::ReservationRescinded {
                contact: offer.contact.id,
                agent,
                epoch: offer.epoch,
                reason: RescindReason::AgentNotReady,
            };
            let reasons = (RequeueReason::AgentNotReady, reason);
            self.return_offer(agent, rescinded, reasons, journal);
            return Ok(());
        }
        self.withdraw(agent);
        self.known_mut(agent).not_ready = Some(reason);
        self.report(agent, journal);
        Ok(())
    }

    pub fn heartbeat(&mut self, agent: AgentId, journal: &Journal<'_>) -> Result<(), Refusal> {
        let heard_us = self.agent(agent)?.heard_us;
        self.timers
            .disarm(self.lost_at_us(heard_us), Timer::Heartbeat(agent));
        self.timers
            .arm(self.lost_at_us(journal.at_us), Timer::Heartbeat(agent));
        self.agent_mut(agent)?.heard_us = journal.at_us;
        Ok(())
    }

    pub fn wrap_up_done(
        &mut self,
        agent: AgentId,
        contact: ContactId,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        if !self.agent(agent)?.wraps_up(contact) {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!("agent {agent} is not wrapping up contact {contact}"),
            ));
        }
        self.end_wrap_up(agent, contact, journal);
        Ok(())
    }

    /// From a contact that was completed or given away into its wrap-up, or past it where the queue
    /// has none.
    pub fn start_wrap_up(&mut self, agent: AgentId, finished: Finished, journal: &mut Journal<'_>) {
        let contact = finished.contact;
        self.drop_wrap_up(agent, contact, journal); // of an earlier time with the same contact
        let wrap_up_us = self.settings(finished.queue).wrap_up_us;
        if wrap_up_us == 0 {
            self.go_on(agent, journal);
            return;
        }
        let ends_us = journal.at_us.saturating_add(wrap_up_us);
        self.timers.arm(ends_us, Timer::WrapUp(agent, contact));
        self.known_mut(agent).work.push(Work::WrapUp(WrapUp {
            finished,
            since_us: journal.at_us,
            ends_us,
        }));
        journal.emit(Event::WrapUpStarted {
            agent,
            contact,
            ends_us,
        });
        self.report(agent, journal);
        self.seek(agent, journal);
    }

    pub fn end_wrap_up(&mut self, agent: AgentId, contact: ContactId, journal: &mut Journal<'_>) {
        self.withdraw(agent);
        self.drop_wrap_up(agent, contact, journal);
        self.go_on(agent, journal);
    }

    fn drop_wrap_up(&mut self, agent: AgentId, contact: ContactId, journal: &mut Journal<'_>) {
        if let Some(wrap_up) = self.known_mut(agent).take_wrap_up(contact) {
            self.close_wrap_up(agent, &wrap_up, journal);
        }
    }

    /// A wrap-up that is not among the agent's work any more.
    fn close_wrap_up(&mut self, agent: AgentId, wrap_up: &WrapUp, journal: &mut Journal<'_>) {
        let Finished {
            contact,
            queue,
            internal,
            ..
        } = wrap_up.finished;
        self.timers
            .disarm(wrap_up.ends_us, Timer::WrapUp(agent, contact));
        // A queue that was closed meanwhile took its figures along.
        if let Some(queue) = self.queues.get_mut(&queue).filter(|_| !internal) {
            queue.measures.wrapped_up(journal.at_us, wrap_up.since_us);
        }
        journal.emit(Event::WrapUpEnded { agent, contact });
    }

    /// After the work on a contact: the slot is free, unless the agent takes no more.
    fn go_on(&mut self, agent: AgentId, journal: &mut Journal<'_>) {
        let on_floor = self.known_mut(agent);
        let rings = on_floor.offer().is_some();
        let busy = on_floor.work.len() > usize::from(rings);
        on_floor.workload.finish(journal.at_us, busy);
        on_floor.idle_since_us = journal.at_us;
        self.free(agent, journal);
    }

    /// Off the floor. Contacts on offer or in a call go to the next agents or back to their places.
    pub fn leave(&mut self, agent: AgentId, departure: Departure, journal: &mut Journal<'_>) {
        self.withdraw(agent);
        let mut gone = self.agents.remove(&agent).expect("the caller saw them");
        gone.workload.finish(journal.at_us, false);
        if self.away.len() < AWAY_BOUND {
            self.away.insert(agent, gone.workload);
        }
        self.timers
            .disarm(self.lost_at_us(gone.heard_us), Timer::Heartbeat(agent));
        self.index.leave(gone.slot);
        if is_here(gone.told.0) {
            count_staff(&mut self.queues, &gone.queues, false);
        }
        let (rescinded, requeued) = match departure {
            Departure::SignedOut => (RescindReason::AgentSignedOut, RequeueReason::AgentSignedOut),
            Departure::Lost => (RescindReason::AgentLost, RequeueReason::AgentLost),
        };
        let mut returned = Vec::new();
        for work in gone.work {
            match work {
                Work::WrapUp(wrap_up) => self.close_wrap_up(agent, &wrap_up, journal),
                Work::Contact(Reservation {
                    mut contact,
                    epoch,
                    phase,
                }) => {
                    let offered = if let Phase::Offered { expires_us } = phase {
                        self.end_offer(agent, contact.stage.queue, expires_us);
                        journal.emit(Event::ReservationRescinded {
                            contact: contact.id,
                            agent,
                            epoch,
                            reason: rescinded,
                        });
                        true
                    } else {
                        false
                    };
                    journal.emit(Event::ContactRequeued {
                        contact: contact.id,
                        queue: contact.stage.queue,
                        reason: requeued,
                    });
                    if !offered {
                        self.resume_schedule(&mut contact, journal);
                    }
                    returned.push(contact);
                }
            }
        }
        journal.emit(Event::AgentStateChanged {
            agent,
            state: AgentState::Offline,
            reason: None,
            since_us: journal.at_us,
        });
        self.put_back_all(returned, journal);
    }
}
