//! An agent on the floor, and the rules of coming, being ready, wrapping up and going.

use crate::command::NotReadyReason;
use crate::event::{
    AgentState, Event, Journal, Refusal, RefusalCode, RequeueReason, RescindReason,
};
use crate::floor::{Floor, count_staff};
use crate::id::{AgentId, ContactId, QueueId};
use crate::index::Slot;
use crate::requirement::{SkillLevel, check_had};
use crate::reservation::{Phase, Reservation};
use crate::strategy::Orders;
use crate::timers::Timer;
use crate::workload::Workload;
use crate::{AGENT_BOUND, WEIGHT_MAX};

#[derive(Debug)]
pub(crate) struct Agent {
    /// Where the index has the agent, with their queues and skills.
    pub slot: Slot,
    video_slots: u8,
    /// Ascending, each once. Empty without a video slot.
    pub queues: Box<[QueueId]>,
    /// The orders in which these queues look for agents.
    pub orders: Orders,
    /// Changes only while the agent is not filed as ready.
    pub workload: Workload,
    /// The last sign of life.
    pub heard_us: i64,
    /// Asked for during a call or wrap-up: the reason to be not ready afterwards.
    pub afterwards: Option<NotReadyReason>,
    /// Only [`Floor::turn`] changes it, because indices follow from it.
    activity: Activity,
}

/// What an agent serves and can.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub queues: Vec<QueueId>,
    pub skills: Vec<SkillLevel>,
    pub weight: u16,
    pub rank: u16,
}

/// What an agent does, with what belongs to it.
#[derive(Debug)]
pub(crate) enum Activity {
    NotReady(NotReadyReason),
    Ready {
        idle_since_us: i64,
    },
    Engaged(Reservation),
    WrapUp {
        contact: ContactId,
        queue: QueueId,
        since_us: i64,
        ends_us: i64,
    },
}

impl Activity {
    /// Whether the agent is at work: whoever is not ready is not.
    pub fn is_here(&self) -> bool {
        !matches!(self, Activity::NotReady(_))
    }
}

/// Why an agent leaves the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    SignedOut,
    Lost,
}

impl Agent {
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// The reservation of an agent whom the caller saw with one.
    pub fn reservation_mut(&mut self) -> &mut Reservation {
        match &mut self.activity {
            Activity::Engaged(reservation) => reservation,
            other => unreachable!("the caller saw a reservation, not {other:?}"),
        }
    }

    pub(crate) fn replace_activity(&mut self, next: Activity) -> Activity {
        std::mem::replace(&mut self.activity, next)
    }

    pub fn state(&self) -> (AgentState, Option<NotReadyReason>) {
        match &self.activity {
            Activity::NotReady(reason) => (AgentState::NotReady, Some(*reason)),
            Activity::Ready { .. } => (AgentState::Ready, None),
            Activity::Engaged(reservation) => match reservation.phase {
                Phase::Offered { .. } => (AgentState::Reserved, None),
                Phase::Accepted | Phase::Connected { .. } => (AgentState::Busy, None),
            },
            Activity::WrapUp { .. } => (AgentState::WrapUp, None),
        }
    }
}

impl Floor {
    pub fn sign_in(
        &mut self,
        agent: AgentId,
        assignment: Assignment,
        video_slots: u8,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let invalid = |detail| Err(Refusal::new(RefusalCode::Invalid, detail));
        if self.agents.contains_key(&agent) {
            return Err(Refusal::new(
                RefusalCode::AlreadySignedIn,
                format!("agent {agent} is signed in already"),
            ));
        }
        if video_slots > 1 {
            return invalid(format!("video_slots is {video_slots}, must be 0 or 1"));
        }
        self.check_assignment(&assignment)?;
        if self.agents.len() >= AGENT_BOUND {
            return invalid(format!("{AGENT_BOUND} agents are signed in, the most"));
        }
        let heard_us = journal.at_us;
        self.timers
            .arm(self.lost_at_us(heard_us), Timer::Heartbeat(agent));
        self.agents.insert(
            agent,
            Agent {
                slot: self.index.join(agent),
                video_slots,
                queues: Box::default(),
                orders: Orders::default(),
                workload: Workload::new(self.share),
                heard_us,
                afterwards: None,
                activity: Activity::NotReady(NotReadyReason::SignedIn),
            },
        );
        self.put_assignment(agent, assignment);
        self.report(agent, journal.at_us, journal);
        Ok(())
    }

    /// Gives an agent other queues and skills; one who is ready may find a contact by them.
    pub fn assign(
        &mut self,
        agent: AgentId,
        assignment: Assignment,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        self.agent(agent)?;
        self.check_assignment(&assignment)?;
        match *self.known(agent).activity() {
            Activity::Ready { idle_since_us } => {
                self.turn(agent, Activity::NotReady(NotReadyReason::SignedIn));
                self.put_assignment(agent, assignment);
                self.seek(agent, idle_since_us, journal);
            }
            _ => self.put_assignment(agent, assignment),
        }
        Ok(())
    }

    fn check_assignment(&self, assignment: &Assignment) -> Result<(), Refusal> {
        let Assignment {
            queues,
            skills,
            weight,
            ..
        } = assignment;
        check_had(skills)?;
        if !(1..=WEIGHT_MAX).contains(weight) {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("weight is {weight}, must be 1 to {WEIGHT_MAX}"),
            ));
        }
        for queue in queues {
            self.queue(*queue)?;
        }
        self.vocabulary.check_room(skills)
    }

    /// Of an agent who is not filed as ready.
    fn put_assignment(&mut self, agent: AgentId, assignment: Assignment) {
        let Assignment {
            mut queues,
            skills,
            weight,
            rank,
        } = assignment;
        if self.known(agent).video_slots == 0 {
            queues.clear();
        }
        queues.sort_unstable();
        queues.dedup();
        let levels = self.vocabulary.levels(&queues, &skills);
        self.index.grow(self.vocabulary.len());
        let attributes = queues.iter().map(|id| self.queues[id].attribute).collect();
        let orders = self.orders(&queues);
        let on_floor = self.agents.get_mut(&agent).expect("on the floor");
        if on_floor.activity.is_here() {
            count_staff(&mut self.queues, &on_floor.queues, false);
            count_staff(&mut self.queues, &queues, true);
        }
        on_floor.queues = queues.into();
        on_floor.orders = orders;
        on_floor.workload.weight = weight;
        on_floor.workload.rank = rank;
        let slot = on_floor.slot;
        self.index.assign(slot, levels, attributes);
    }

    pub fn sign_out(&mut self, agent: AgentId, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        if self.agent(agent)?.state().0 == AgentState::Busy {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!("agent {agent} is in a call; complete it first"),
            ));
        }
        self.leave(agent, Departure::SignedOut, journal);
        Ok(())
    }

    pub fn ready(&mut self, agent: AgentId, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        let on_floor = self.agent_mut(agent)?;
        on_floor.afterwards = None;
        if let Activity::NotReady(_) = on_floor.activity {
            self.free(agent, journal.at_us, journal);
        }
        Ok(())
    }

    pub fn not_ready(
        &mut self,
        agent: AgentId,
        reason: NotReadyReason,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let on_floor = self.agent_mut(agent)?;
        match &on_floor.activity {
            Activity::NotReady(current) if *current == reason => {}
            Activity::NotReady(_) | Activity::Ready { .. } => {
                self.turn(agent, Activity::NotReady(reason));
                self.report(agent, journal.at_us, journal);
            }
            Activity::Engaged(reservation) => match reservation.phase {
                Phase::Offered { .. } => {
                    let rescinded = Event::ReservationRescinded {
                        contact: reservation.contact.id,
                        agent,
                        epoch: reservation.epoch,
                        reason: RescindReason::AgentNotReady,
                    };
                    let reasons = (RequeueReason::AgentNotReady, reason);
                    self.return_offer(agent, rescinded, reasons, journal);
                }
                Phase::Accepted | Phase::Connected { .. } => on_floor.afterwards = Some(reason),
            },
            Activity::WrapUp { .. } => on_floor.afterwards = Some(reason),
        }
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
        match self.agent(agent)?.activity {
            Activity::WrapUp {
                contact: current, ..
            } if current == contact => {
                self.end_wrap_up(agent, journal);
                Ok(())
            }
            _ => Err(Refusal::new(
                RefusalCode::WrongState,
                format!("agent {agent} is not wrapping up contact {contact}"),
            )),
        }
    }

    /// From a completed call into wrap-up, or past it where the queue has none.
    pub fn start_wrap_up(&mut self, agent: AgentId, journal: &mut Journal<'_>) {
        let held = &self.reservation_of(agent).contact;
        let (contact, queue) = (held.id, held.stage.queue);
        let wrap_up_us = self.settings(queue).wrap_up_us;
        if wrap_up_us == 0 {
            self.go_on(agent, journal);
            return;
        }
        let ends_us = journal.at_us.saturating_add(wrap_up_us);
        let wrap_up = Activity::WrapUp {
            contact,
            queue,
            since_us: journal.at_us,
            ends_us,
        };
        self.turn(agent, wrap_up);
        journal.emit(Event::WrapUpStarted {
            agent,
            contact,
            ends_us,
        });
        self.report(agent, journal.at_us, journal);
    }

    pub fn end_wrap_up(&mut self, agent: AgentId, journal: &mut Journal<'_>) {
        if let Activity::WrapUp {
            contact,
            queue,
            since_us,
            ..
        } = *self.known(agent).activity()
        {
            let measures = &mut self.queue_mut(queue).measures;
            measures.wrapped_up(journal.at_us, since_us);
            journal.emit(Event::WrapUpEnded { agent, contact });
            self.go_on(agent, journal);
        }
    }

    /// After the work on a contact: ready again, or not ready where the agent asked for that.
    fn go_on(&mut self, agent: AgentId, journal: &mut Journal<'_>) {
        let on_floor = self.known_mut(agent);
        on_floor.workload.finish(journal.at_us);
        match on_floor.afterwards.take() {
            Some(reason) => {
                self.turn(agent, Activity::NotReady(reason));
                self.report(agent, journal.at_us, journal);
            }
            None => self.free(agent, journal.at_us, journal),
        }
    }

    /// Off the floor. A contact on offer or in a call goes to the next agent or back to its place.
    pub fn leave(&mut self, agent: AgentId, departure: Departure, journal: &mut Journal<'_>) {
        let heard_us = self.known(agent).heard_us;
        self.timers
            .disarm(self.lost_at_us(heard_us), Timer::Heartbeat(agent));
        let before = self.turn(agent, Activity::NotReady(NotReadyReason::SignedIn));
        if let Some(gone) = self.agents.remove(&agent) {
            self.index.leave(gone.slot);
        }
        let mut returned = None;
        match before {
            Activity::NotReady(_) | Activity::Ready { .. } => {}
            Activity::WrapUp {
                contact,
                queue,
                since_us,
                ..
            } => {
                let measures = &mut self.queue_mut(queue).measures;
                measures.wrapped_up(journal.at_us, since_us);
                journal.emit(Event::WrapUpEnded { agent, contact });
            }
            Activity::Engaged(Reservation {
                mut contact,
                epoch,
                phase,
            }) => {
                if let Phase::Offered { .. } = phase {
                    self.queue_mut(contact.stage.queue).offered -= 1;
                    journal.emit(Event::ReservationRescinded {
                        contact: contact.id,
                        agent,
                        epoch,
                        reason: match departure {
                            Departure::SignedOut => RescindReason::AgentSignedOut,
                            Departure::Lost => RescindReason::AgentLost,
                        },
                    });
                }
                journal.emit(Event::ContactRequeued {
                    contact: contact.id,
                    queue: contact.stage.queue,
                    reason: match departure {
                        Departure::SignedOut => RequeueReason::AgentSignedOut,
                        Departure::Lost => RequeueReason::AgentLost,
                    },
                    urgent_since_us: contact.urgent_since_us,
                });
                if !matches!(phase, Phase::Offered { .. }) {
                    self.resume_schedule(&mut contact, journal);
                }
                returned = Some(contact);
            }
        }
        journal.emit(Event::AgentStateChanged {
            agent,
            state: AgentState::Offline,
            reason: None,
            since_us: journal.at_us,
        });
        if let Some(contact) = returned {
            self.place(contact, journal);
        }
    }
}
