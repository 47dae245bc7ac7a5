//! What is noted of a run's events: how people behaved.

use super::Story;
use crate::contact::{Answer, AnswerKind, End, WrapUp};
use crate::patience::Patience;
use crate::wire::{Does, Fact, Told};

impl Story {
    /// Takes an event for what it says about people; `cause` is the command that it comes from.
    pub(super) fn follow(&mut self, at_us: i64, fact: Fact, cause: &Told) {
        match fact {
            Fact::Enqueued {
                contact,
                queue,
                arrived_us,
            } => self.of(contact, |it| it.wait(arrived_us, queue)),
            Fact::Offered { contact, agent, .. } => {
                self.ringing.insert(contact, (agent, at_us));
            }
            Fact::Accepted { contact, .. } => {
                self.answered(contact, AnswerKind::Accept, at_us);
                self.of(contact, |it| it.accept(at_us));
            }
            Fact::Rejected { contact, .. } => self.answered(contact, AnswerKind::Reject, at_us),
            Fact::Missed { contact, .. } => self.answered(contact, AnswerKind::Miss, at_us),
            Fact::Rescinded { contact } => self.answered(contact, AnswerKind::None, at_us),
            Fact::Abandoned { contact } => {
                self.of(contact, |it| it.end_wait(at_us, Patience::Left));
            }
            Fact::Dismissed { contact } => {
                self.of(contact, |it| it.end_wait(at_us, Patience::Longer));
            }
            Fact::Connected { contact } => self.of(contact, |it| it.connect(at_us)),
            Fact::Completed { contact } => {
                let end = match *cause {
                    Told::HandOver { contact, .. } => End::Took { contact },
                    _ => End::HungUp,
                };
                self.of(contact, |it| it.end_call(at_us, end));
            }
            Fact::Requeued { contact } => self.of(contact, |it| it.lose(at_us)),
            Fact::Transferred {
                contact,
                engaged,
                queue,
                taken,
            } => {
                let by = self.moves.len(); // its command is noted after its events
                if !engaged {
                    self.of(contact, |it| it.moved(at_us, by));
                } else if taken {
                    let end = self.given(contact, cause);
                    self.of(contact, |it| {
                        it.end_call(at_us, end);
                        it.talk(at_us, queue);
                    });
                } else {
                    self.of(contact, |it| {
                        it.end_call(at_us, End::Transferred(by));
                        it.wait(at_us, queue);
                    });
                }
            }
            Fact::WrapUpStarted { agent, contact } => self.wrap_up(at_us, agent, contact),
            Fact::WrapUpEnded { agent, contact } => {
                let begun = self.wrapping.remove(&(agent, contact));
                if let (Told::WrapUpDone {}, Some((at, leg, since_us))) = (cause, begun)
                    && let Some(call) = &mut self.contacts[at].legs[leg].call
                {
                    call.wrap_up = Some(WrapUp::Done(at_us - since_us));
                }
            }
            Fact::Agent {
                agent,
                does: Does::Punished,
            } => {
                if let Some((contact, answer)) = self.faulted.remove(&agent) {
                    self.punished.insert(agent, (contact, answer, at_us));
                }
            }
            Fact::Agent { agent, .. } => {
                self.punished.remove(&agent);
            }
            Fact::Relaxed { .. } | Fact::Moved { .. } | Fact::Refused { .. } | Fact::Other => {}
        }
    }

    /// How a call ended whose contact a colleague has taken over.
    fn given(&mut self, contact: u64, cause: &Told) -> End {
        let numbers = &self.numbers;
        let asked = match cause {
            Told::HandOver { consult, .. } => numbers.get(consult).zip(numbers.get(&contact)),
            _ => None,
        };
        let Some((consult, contact)) = asked.map(|(consult, contact)| (*consult, *contact)) else {
            return End::Cut;
        };
        let planned = self.contacts[consult].planned;
        let arrived_us = planned.map(|at| self.schedule[at].at_us);
        let accepted_us = self.contacts[contact].accepted_us();
        match arrived_us.zip(accepted_us) {
            Some((arrived_us, accepted_us)) if arrived_us >= accepted_us => {
                self.contacts[consult].asked = true;
                let asked_us = arrived_us - accepted_us;
                End::Given { consult, asked_us }
            }
            // Asked before that call, or before the record: it comes at its own time.
            _ => End::Cut,
        }
    }

    fn wrap_up(&mut self, at_us: i64, agent: u32, contact: u64) {
        let Some(at) = self.numbers.get(&contact).copied() else {
            return;
        };
        // A contact that was handed over is in its next call already.
        let legs = &mut self.contacts[at].legs;
        let ended = legs.iter().rposition(|leg| leg.call.is_some());
        if let Some(leg) = ended
            && let Some(call) = &mut legs[leg].call
        {
            // Until somebody says that it is done.
            call.wrap_up = Some(WrapUp::Limit);
            self.wrapping.insert((agent, contact), (at, leg, at_us));
        }
    }

    fn answered(&mut self, contact: u64, kind: AnswerKind, at_us: i64) {
        let (Some((agent, since_us)), Some(at)) = (
            self.ringing.remove(&contact),
            self.numbers.get(&contact).copied(),
        ) else {
            return;
        };
        let answers = &mut self.contacts[at].answers;
        let place = (at, answers.len());
        answers.push(Answer {
            agent,
            kind,
            after_us: at_us - since_us,
            returns_us: None,
        });
        if kind != AnswerKind::None {
            self.served(agent).answers.push(place);
        }
        if matches!(kind, AnswerKind::Reject | AnswerKind::Miss) {
            self.faulted.insert(agent, place);
        }
    }
}
