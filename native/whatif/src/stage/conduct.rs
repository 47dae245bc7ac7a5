//! What people do about what happens to them: as they did, or else as they are drawn to do.

use super::Stage;
use crate::agenda::{Deed, Intent, Phase};
use crate::contact::{Answer, AnswerKind, Call, End, WrapUp};
use crate::habits::{Purpose, lot, pick, pick_by_queue};
use crate::patience::Patience;
use crate::wire::Word;

impl Stage<'_> {
    /// A wait begins.
    pub(super) fn wait(&mut self, since_us: i64, at: usize) {
        self.lives[at].go_on(Phase::Waits);
        let stretch = self.stretch(at);
        let nth = stretch.leg - 1;
        let story = self.story;
        let contact = &story.contacts[at];
        let leg = contact.legs.get(nth);
        for one in leg.map_or(&[][..], |leg| &leg.moves) {
            let intent = Intent::During(stretch, Deed::Move(one.by));
            self.agenda.add(since_us + one.after_us, intent);
        }
        let seen = leg.map_or(Patience::Longer(0), |leg| leg.patience(story.last_us));
        let patience_us = match seen {
            Patience::Left(us) => Some(us),
            Patience::Longer(us) => self.drawn_patience(at, nth, us),
        };
        if let Some(us) = patience_us {
            let leaves_us = since_us.saturating_add(us);
            let intent = Intent::During(stretch, Deed::Leave);
            self.agenda.add(leaves_us, intent);
        }
    }

    fn drawn_patience(&self, at: usize, nth: usize, longer_us: i64) -> Option<i64> {
        let contact = &self.story.contacts[at];
        let known = &self.habits.patience;
        let survival = known.get(&contact.pool(nth)).or_else(|| known.get(&0));
        let lot = self.lot(Purpose::Patience, contact.number, of_leg(nth));
        survival?.draw(lot, longer_us)
    }

    pub(super) fn ring(&mut self, at_us: i64, contact: u64, agent: u32, epoch: u64) {
        let before = self.offers.entry((contact, agent)).or_default();
        let nth = *before;
        *before += 1;
        let answer = match self.recorded_answer(contact, agent, nth) {
            // Nothing had been answered until then; what would have been comes after it.
            Some(cut) if cut.kind == AnswerKind::None => {
                self.drawn_answer(contact, agent, nth).map(|drawn| Answer {
                    after_us: cut.after_us + drawn.after_us.max(1),
                    ..drawn
                })
            }
            Some(answer) => Some(answer),
            None => {
                self.drawn.answers += 1;
                self.drawn_answer(contact, agent, nth)
            }
        };
        let Some(answer) = answer else {
            return; // nobody ever answered anything
        };
        if let Some(after_us) = answer.returns_us {
            self.returns_us.insert(agent, after_us);
        } else {
            self.returns_us.remove(&agent);
        }
        let word = match answer.kind {
            AnswerKind::Accept => Word::Accept {
                contact,
                agent,
                epoch,
            },
            AnswerKind::Reject => Word::Reject {
                contact,
                agent,
                epoch,
            },
            AnswerKind::Miss | AnswerKind::None => return,
        };
        self.agenda.add(at_us + answer.after_us, Intent::Say(word));
    }

    /// What this agent did when they were offered it for the nth time.
    fn recorded_answer(&self, contact: u64, agent: u32, nth: usize) -> Option<Answer> {
        let answers = &self.story.contacts[self.numbers[&contact]].answers;
        let mut own = answers.iter().filter(|answer| answer.agent == agent);
        if let Some(answer) = own.clone().nth(nth) {
            return Some(*answer);
        }
        // It still rings where the record ends.
        let (ringing, since_us) = *self.story.ringing.get(&contact)?;
        let last = ringing == agent && own.by_ref().count() == nth;
        last.then_some(Answer {
            agent,
            kind: AnswerKind::None,
            after_us: self.story.last_us - since_us,
            returns_us: None,
        })
    }

    /// One of this agent's answers, or of anybody's.
    fn drawn_answer(&self, contact: u64, agent: u32, nth: usize) -> Option<Answer> {
        let lot = self.lot(Purpose::Answer, contact, agent ^ of_leg(nth) << 24);
        let who = self.like.get(&agent).unwrap_or(&agent);
        let own = self.story.agents.get(who).map(|habits| &habits.answers);
        match own.filter(|own| !own.is_empty()) {
            Some(own) => {
                let (contact, answer) = pick(own, lot)?;
                Some(self.story.contacts[contact].answers[answer])
            }
            None => pick(&self.habits.answers, lot),
        }
    }

    /// A call begins.
    pub(super) fn talk(&mut self, at_us: i64, at: usize) {
        let stretch = self.stretch(at);
        let number = self.story.contacts[at].number;
        let Some(call) = self.call(at, stretch.leg - 1) else {
            return; // nobody ever hung up: nor does this one
        };
        let during = |deed| Intent::During(stretch, deed);
        let talks_from_us = at_us + call.connects_us.unwrap_or(0);
        if call.connects_us.is_some() {
            let connect = Deed::Say(Word::Connect { contact: number });
            self.agenda.add(talks_from_us, during(connect));
        }
        let ends_us = talks_from_us + call.talk_us;
        match call.end {
            End::HungUp | End::Cut => {
                let hang_up = Deed::Say(Word::Complete { contact: number });
                self.agenda.add(ends_us, during(hang_up));
            }
            End::Transferred(by) => self.agenda.add(ends_us, during(Deed::Move(by))),
            // The colleague takes it when they have been told enough.
            End::Given { consult, asked_us } => {
                self.agenda
                    .add(at_us + asked_us, during(Deed::Ask(consult)));
            }
            End::Took { contact } => {
                let hand_over = Word::HandOver {
                    contact,
                    consult: number,
                };
                self.agenda.add(ends_us, during(Deed::Say(hand_over)));
            }
        }
    }

    /// The call of a contact's nth leg.
    fn call(&mut self, at: usize, nth: usize) -> Option<Call> {
        let of = &self.story.contacts[at];
        let leg = of.legs.get(nth);
        let drawn = || {
            let lot = self.lot(Purpose::Call, of.number, of_leg(nth));
            pick_by_queue(&self.habits.calls, of.pool(nth), lot)
        };
        match leg.and_then(|leg| leg.call(self.story.last_us)) {
            Some(cut) if cut.end == End::Cut => Some(Call {
                talk_us: cut.talk_us + drawn().map_or(1, |call| call.talk_us.max(1)),
                ..cut
            }),
            Some(call) => Some(call),
            None => {
                let call = drawn();
                self.drawn.calls += 1;
                call
            }
        }
    }

    /// A contact is gone. The call that a consultation was to end is ended by the agent who asked.
    pub(super) fn part(&mut self, at_us: i64, at: usize) {
        self.lives[at].hang_up();
        if let Some(stretch) = self.lives[at].asked_in {
            let contact = self.story.contacts[stretch.contact].number;
            let complete = Deed::Say(Word::Complete { contact });
            self.agenda.add(at_us, Intent::During(stretch, complete));
        }
    }

    pub(super) fn wrap_up(&mut self, at_us: i64, agent: u32, contact: u64) {
        let at = self.numbers[&contact];
        let nth = self.lives[at].talked - 1;
        let of = &self.story.contacts[at];
        let recorded = of.legs.get(nth).and_then(|leg| leg.call?.wrap_up);
        let done = recorded.or_else(|| {
            self.drawn.wrap_ups += 1;
            let lot = self.lot(Purpose::WrapUp, contact, of_leg(nth));
            pick_by_queue(&self.habits.wrap_ups, of.pool(nth), lot)
        });
        if let Some(WrapUp::Done(after_us)) = done {
            let word = Word::WrapUpDone { agent, contact };
            self.agenda.add(at_us + after_us, Intent::Say(word));
        }
    }

    fn lot(&self, purpose: Purpose, contact: u64, agent: u32) -> f64 {
        lot(self.changes.seed, purpose, contact, agent)
    }
}

/// Each leg has its own lots.
fn of_leg(nth: usize) -> u32 {
    u32::try_from(nth).unwrap_or(u32::MAX)
}
