//! From a command or a timer to the rule that it calls for.

use crate::agent::Departure;
use crate::command::{Command, NotReadyReason};
use crate::event::{Event, Journal, Refusal, RequeueReason};
use crate::floor::Floor;
use crate::queue::QueueSettings;
use crate::timers::Timer;

impl Floor {
    /// Carries a command out, or refuses it with nothing changed.
    pub fn carry_out(
        &mut self,
        command: Command,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        match command {
            Command::QueuePut {
                queue,
                offer_timeout_us,
                wrap_up_us,
                max_waiting,
                strategy,
                seed,
                priority_worth_us,
                slope,
                service_level_us,
                short_abandon_us,
            } => self.put_queue(
                queue,
                QueueSettings {
                    offer_timeout_us,
                    wrap_up_us,
                    max_waiting,
                    strategy,
                    seed,
                    priority_worth_us,
                    slope,
                    service_level_us,
                    short_abandon_us,
                },
            ),
            Command::QueueEmpty { queue, to } => self.empty_queue(queue, to, journal),
            Command::QueueClose { queue, to } => self.close_queue(queue, to, journal),
            Command::AgentSignIn(assignment) => self.sign_in(assignment, journal),
            Command::AgentAssign(assignment) => self.assign(assignment, journal),
            Command::AgentSignOut { agent, force } => self.sign_out(agent, force, journal),
            Command::AgentReady { agent } => self.ready(agent, journal),
            Command::AgentNotReady { agent, reason } => self.not_ready(agent, reason, journal),
            Command::AgentHeartbeat { agent } => self.heartbeat(agent, journal),
            Command::Enqueue(arrival) => self.enqueue(&arrival, journal),
            Command::Defer { contact, until_us } => self.defer(contact, until_us, journal),
            Command::Abandon { contact } => self.abandon(contact, journal),
            Command::Accept {
                contact,
                agent,
                epoch,
            } => self.accept(contact, agent, epoch, journal),
            Command::Reject {
                contact,
                agent,
                epoch,
            } => self.reject(contact, agent, epoch, journal),
            Command::Connect { contact } => self.connect(contact, journal),
            Command::Complete { contact } => self.complete(contact, journal),
            Command::Transfer { arrival } => self.transfer(&arrival, journal),
            Command::HandOver { contact, consult } => self.hand_over(contact, consult, journal),
            Command::WrapUpDone { agent, contact } => self.wrap_up_done(agent, contact, journal),
            Command::RestoreConnected {
                agent,
                connected_us,
                arrival,
            } => {
                let since_us = connected_us.unwrap_or(journal.at_us);
                self.restore(&arrival, agent, since_us, journal)
            }
            Command::Configure {
                heartbeat_timeout_us,
            } => self.configure(heartbeat_timeout_us),
            Command::DayStarted {} => {
                self.start_day();
                Ok(())
            }
            Command::DayResumed { queues, agents } => {
                self.resume_day(&queues, &agents, journal.at_us);
                Ok(())
            }
        }
    }

    /// What a timer ends. It is disarmed on the way, as by any other end.
    pub fn fire(&mut self, due_us: i64, timer: Timer, journal: &mut Journal<'_>) {
        match timer {
            Timer::Offer(agent) => {
                let offer = self.known(agent).offer().expect("it rings");
                let timed_out = Event::ReservationTimedOut {
                    contact: offer.contact.id,
                    agent,
                    epoch: offer.epoch,
                };
                let reasons = (RequeueReason::TimedOut, NotReadyReason::MissedOffer);
                self.return_offer(agent, timed_out, reasons, journal);
            }
            Timer::WrapUp(agent, contact) => self.end_wrap_up(agent, contact, journal),
            Timer::Heartbeat(agent) => self.leave(agent, Departure::Lost, journal),
            Timer::Relax(contact) => self.relax(contact, due_us, journal),
            Timer::MaxWait(contact) => self.exceed_max_wait(contact, due_us, journal),
            Timer::Due(contact) => self.fall_due(contact, journal),
        }
    }
}
