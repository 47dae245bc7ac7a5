//! What happens of itself, and how what people intend comes about.

use serde_json::{Map, Value};

use super::{Reply, Stage};
use crate::agenda::{Deed, Intent, Phase, Stretch};
use crate::patience::Patience;
use crate::simulation::BadChange;
use crate::story::What;
use crate::wire::{Does, Word, arrived_us};

impl Stage<'_> {
    /// Something that happens of itself, to the one it happened to and to all who are like them.
    pub(super) fn happen(&mut self, now_us: i64, what: What, json: &[u8]) -> Result<(), BadChange> {
        let none = Map::new();
        match what {
            What::Queue(queue) => {
                let fields = self.changes.queues.get(&queue).unwrap_or(&none);
                self.tell(now_us, json, fields, || format!("queue {queue}"))?;
            }
            What::Close(queue) => {
                // With a call of it still on it can't be closed, but nobody waits in it any more.
                if self.tell(now_us, json, &none, String::new)? == Reply::Refused {
                    self.say(now_us, Word::Empty { queue });
                }
            }
            What::Configure(timeout_us) => {
                self.heartbeat_timeout_us = timeout_us;
                self.tell(now_us, json, &none, String::new)?;
            }
            What::AsItStands => {
                self.tell(now_us, json, &none, String::new)?;
            }
            What::Arrival(at) if self.story.contacts[at].asked => {}
            What::Arrival(at) => {
                self.arrive(now_us, at, json)?;
            }
            What::Restored(at) => {
                if self.tell(now_us, json, &none, String::new)? == Reply::Done {
                    self.lives[at].go_on(Phase::Talks);
                    self.talk(now_us, at);
                }
            }
            What::SignIn(agent)
            | What::Assign(agent)
            | What::SignOut(agent)
            | What::Ready(agent)
            | What::NotReady(agent) => {
                let fields = self.changes.agents.get(&agent).unwrap_or(&none);
                let doubles = self.doubles.get(&agent).cloned().unwrap_or_default();
                for one in [agent].into_iter().chain(doubles) {
                    if !self.absent.contains(&one) {
                        self.happen_to(one, now_us, what, json, fields)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn happen_to(
        &mut self,
        agent: u32,
        now_us: i64,
        what: What,
        json: &[u8],
        assigned: &Map<String, Value>,
    ) -> Result<(), BadChange> {
        let mut fields = Map::new();
        if let What::SignIn(_) | What::Assign(_) = what {
            self.leaving.remove(&agent);
            fields.clone_from(assigned);
        }
        fields.insert("agent".into(), agent.into());
        let reply = self.tell(now_us, json, &fields, || format!("agent {agent}"))?;
        match what {
            What::SignOut(_) if reply == Reply::Refused => {
                self.leaving.insert(agent);
            }
            What::SignIn(_) => {
                let session = self.sessions.entry(agent).or_default();
                *session += 1;
                let session = *session;
                self.beat_later(now_us, agent, session);
            }
            _ => {}
        }
        Ok(())
    }

    /// The next sign of life of an agent's page: in good time, and the last one when it was.
    fn beat_later(&mut self, now_us: i64, agent: u32, session: u32) {
        let who = self.like.get(&agent).unwrap_or(&agent);
        let sessions = self.story.silences.get(who);
        let silent = sessions.and_then(|sessions| sessions.get(session as usize - 1));
        let silent_us = silent.copied().flatten().unwrap_or(i64::MAX);
        if now_us < silent_us {
            let next_us = now_us + (self.heartbeat_timeout_us / 2).max(1);
            let next_us = next_us.min(silent_us);
            self.agenda.add(next_us, Intent::Beat { agent, session });
        }
    }

    /// A contact comes, with what its like would have come with.
    fn arrive(&mut self, now_us: i64, at: usize, json: &[u8]) -> Result<Reply, BadChange> {
        let contact = &self.story.contacts[at];
        let mut fields = self.reshaped(contact.shape);
        let planned = contact.planned.map(|at| self.story.schedule[at].at_us);
        let later_us = planned.map_or(0, |planned_us| now_us - planned_us);
        if later_us != 0 {
            fields.extend([arrived_us(contact.arrived_us + later_us)]);
        }
        let reply = self.tell(now_us, json, &fields, || format!("shape {}", contact.shape))?;
        if reply == Reply::Full && !contact.internal {
            self.watch.turned_away(contact.queue, now_us);
        }
        Ok(reply)
    }

    fn reshaped(&self, shape: usize) -> Map<String, Value> {
        let fields = self.changes.shapes.get(shape).and_then(Option::as_ref);
        fields.cloned().unwrap_or_default()
    }

    /// What somebody has come to do, if it still makes sense.
    pub(super) fn carry_out(&mut self, now_us: i64, intent: Intent) -> Result<(), BadChange> {
        match intent {
            Intent::During(stretch, deed) if self.stretch(stretch.contact) == stretch => {
                return self.act(now_us, stretch, deed);
            }
            Intent::During(..) => {}
            Intent::Say(word @ Word::SignOut { agent }) => {
                if self.say(now_us, word) == Reply::Refused {
                    self.leaving.insert(agent); // there is another call
                }
            }
            Intent::Say(word) => {
                self.say(now_us, word);
            }
            Intent::Beat { agent, session } => {
                if self.sessions.get(&agent) == Some(&session)
                    && self.does.get(&agent) != Some(&Does::Away)
                {
                    self.beat_later(now_us, agent, session);
                    self.say(now_us, Word::Beat { agent });
                }
            }
            Intent::Return { agent } => {
                if self.does.get(&agent) == Some(&Does::Punished) {
                    self.say(now_us, Word::Ready { agent });
                }
            }
        }
        Ok(())
    }

    fn act(&mut self, now_us: i64, stretch: Stretch, deed: Deed) -> Result<(), BadChange> {
        let contact = self.story.contacts[stretch.contact].number;
        let reply = match deed {
            Deed::Say(word) => self.say(now_us, word),
            Deed::Leave => {
                self.leave(now_us, stretch);
                return Ok(());
            }
            Deed::Move(by) => {
                let by = &self.story.moves[by];
                let fields = by.shape.map(|shape| self.reshaped(shape));
                self.tell(now_us, &by.json, &fields.unwrap_or_default(), || {
                    format!("transfer of contact {contact}")
                })?
            }
            Deed::Ask(consult) => {
                let planned = self.story.contacts[consult].planned;
                let json = planned.map_or(&[][..], |at| &self.story.schedule[at].json);
                self.lives[consult].asked_in = Some(stretch);
                self.arrive(now_us, consult, json)?
            }
        };
        // A call that couldn't be given away is ended by whoever has it.
        if reply != Reply::Done && stretch.phase == Phase::Talks {
            self.say(now_us, Word::Complete { contact });
        }
        Ok(())
    }

    fn leave(&mut self, now_us: i64, stretch: Stretch) {
        let contact = &self.story.contacts[stretch.contact];
        let leg = contact.legs.get(stretch.leg - 1);
        let patience = leg.map(|leg| leg.patience(self.story.last_us));
        let drawn = !matches!(patience, Some(Patience::Left(_)));
        // What is drawn is how long a line is held.
        if drawn && self.lives[stretch.contact].called_back {
            return;
        }
        self.drawn.abandons += u64::from(drawn);
        let contact = contact.number;
        self.say(now_us, Word::Abandon { contact });
    }
}
