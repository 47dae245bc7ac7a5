//! From a command or a timer to the rule that it calls for.

use crate::agent::{Assignment, Departure};
use crate::command::{Command, NotReadyReason};
use crate::contact::Arrival;
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
            Command::AgentSignIn {
                agent,
                queues,
                video_slots,
                skills,
                weight,
                rank,
            } => {
                let assignment = Assignment {
                    queues,
                    skills,
                    weight,
                    rank,
                };
                self.sign_in(agent, assignment, video_slots, journal)
            }
            Command::AgentAssign {
                agent,
                queues,
                skills,
                weight,
                rank,
            } => {
                let assignment = Assignment {
                    queues,
                    skills,
                    weight,
                    rank,
                };
                self.assign(agent, assignment, journal)
            }
            Command::AgentSignOut { agent } => self.sign_out(agent, journal),
            Command::AgentReady { agent } => self.ready(agent, journal),
            Command::AgentNotReady { agent, reason } => self.not_ready(agent, reason, journal),
            Command::AgentHeartbeat { agent } => self.heartbeat(agent, journal),
            Command::Enqueue {
                contact,
                queue,
                priority,
                arrived_us,
                requires,
                relax,
            } => self.enqueue(
                &Arrival {
                    contact,
                    queue,
                    priority,
                    arrived_us,
                    requires,
                    relax,
                },
                journal,
            ),
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
            Command::WrapUpDone { agent, contact } => self.wrap_up_done(agent, contact, journal),
            Command::RestoreConnected {
                contact,
                queue,
                agent,
                priority,
                arrived_us,
                connected_us,
                requires,
                relax,
            } => self.restore(
                &Arrival {
                    contact,
                    queue,
                    priority,
                    arrived_us,
                    requires,
                    relax,
                },
                agent,
                connected_us.unwrap_or(journal.at_us),
                journal,
            ),
            Command::Configure {
                heartbeat_timeout_us,
            } => self.configure(heartbeat_timeout_us),
            Command::DayStarted {} => {
                self.start_day();
                Ok(())
            }
        }
    }

    /// What a timer ends. It is disarmed on the way, as by any other end.
    pub fn fire(&mut self, due_us: i64, timer: Timer, journal: &mut Journal<'_>) {
        match timer {
            Timer::Offer(agent) => {
                let offer = self.reservation_of(agent);
                let timed_out = Event::ReservationTimedOut {
                    contact: offer.contact.id,
                    agent,
                    epoch: offer.epoch,
                };
                let reasons = (RequeueReason::TimedOut, NotReadyReason::MissedOffer);
                self.return_offer(agent, timed_out, reasons, journal);
            }
            Timer::WrapUp(agent) => self.end_wrap_up(agent, journal),
            Timer::Heartbeat(agent) => self.leave(agent, Departure::Lost, journal),
            Timer::Relax(contact) => self.relax(contact, due_us, journal),
        }
    }
}
