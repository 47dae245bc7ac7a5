//! A day with all that people can do about contacts: transfers from a wait, an offer and a call,
//! consultations and hand-overs, callbacks, chats, queues that are emptied and closed, agents who are
//! signed out and whose pages fall silent.

use std::collections::{BTreeMap, BTreeSet};

use acd::{Event, QueueId};

use crate::office::day::Day;
use crate::office::{Commands, SECOND_US, START_US};

const HOUR_US: i64 = 3600 * SECOND_US;
/// Contacts that the customers send have numbers below; consultations, from here.
const CONSULTS_FROM: u64 = 1_000_000;
const QUEUES: i64 = 3;

pub struct Bustle {
    pub seed: u64,
    pub agents: u32,
    pub contacts: u64,
    pub between_us: i64,
    /// Queue 3 is closed on the way, and opened again.
    pub closes: bool,
}

pub struct Worked {
    pub commands: Commands,
    /// By the matcher: answered, abandoned, and the wait of the answered.
    pub counted: (u64, u64, u64),
    /// Kinds of events, with how often they came.
    pub seen: BTreeMap<&'static str, u64>,
}

/// Who came with what, and who asks whom about whom.
#[derive(Default)]
struct Ties {
    arrived_us: BTreeMap<u64, i64>,
    channel: BTreeMap<u64, &'static str>,
    /// By consultation, the call that it is about.
    about: BTreeMap<u64, u64>,
    calls: BTreeSet<u64>,
    consults: u64,
    seen: BTreeMap<&'static str, u64>,
}

impl Bustle {
    pub fn work(&self) -> Worked {
        let mut day = Day::new(self.seed);
        let mut ties = Ties::default();
        let until_us = self.contacts.cast_signed() * self.between_us;
        day.plan(
            0,
            format!(
                r#"{{"type":"configure","heartbeat_timeout_us":{}}}"#,
                HOUR_US / 4
            ),
        );
        for queue in 1..=QUEUES {
            day.plan(0, queue_put(queue));
        }
        for agent in 1..=self.agents {
            self.staff(&mut day, agent, until_us);
        }
        let mut at_us = 60 * SECOND_US;
        for contact in 1..=self.contacts {
            at_us += 1 + day.exponential(self.between_us);
            let channel = ["video", "voice", "chat", "callback"][day.below(4) as usize];
            ties.arrived_us.insert(contact, START_US + at_us);
            ties.channel.insert(contact, channel);
            let queue = 1 + day.below(QUEUES);
            let more = match day.below(12) {
                0 => format!(r#","not_before_us":{}"#, START_US + at_us + 300 * SECOND_US),
                1 => r#","max_wait":{"after_us":90000000,"then":"leave"}"#.to_owned(),
                2 => r#","max_wait":{"after_us":90000000,"then":"stay"}"#.to_owned(),
                _ => String::new(),
            };
            let come = arrival(&ties, contact, queue, &more);
            day.plan(at_us, format!(r#"{{"type":"enqueue",{come}}}"#));
        }
        for _ in 0..8 {
            let to = ["", r#","to":2"#][day.below(2) as usize];
            let empties_us = day.below(at_us);
            day.plan(
                empties_us,
                format!(r#"{{"type":"queue_empty","queue":1{to}}}"#),
            );
        }
        if self.closes {
            for at_us in [at_us / 3, at_us * 2 / 3] {
                let to = ["", r#","to":2"#][day.below(2) as usize];
                day.plan(at_us, format!(r#"{{"type":"queue_close","queue":3{to}}}"#));
                day.plan(at_us + 600 * SECOND_US, queue_put(3));
            }
        }
        // Some are in line, on offer and in calls where the record ends.
        day.pass(at_us, |day, now_us, event| {
            ties.react(day, now_us, event);
        });
        let counted = counted(&mut day, at_us);
        Worked {
            commands: day.commands,
            counted,
            seen: ties.seen,
        }
    }

    /// Comes, has breaks, is signed out and comes again; a page in ten falls silent.
    fn staff(&self, day: &mut Day, agent: u32, until_us: i64) {
        let mut comes_us = day.below(120 * SECOND_US);
        while comes_us < until_us {
            let queues = ["[1,2]", "[2,3]", "[1,3]"][day.below(3) as usize];
            let one = r#"{"slots":1,"blocks":["voice","video","callback"]}"#;
            let capacity =
                format!(r#"{{"voice":{one},"video":{one},"callback":{one},"chat":{{"slots":2}}}}"#);
            day.plan(comes_us, format!(r#"{{"type":"agent_sign_in","agent":{agent},"queues":{queues},"capacity":{capacity},"skills":[{{"skill":1,"level":{}}},{{"skill":{},"level":1}}]}}"#, 1 + agent % 10, 100 + agent));
            day.plan(
                comes_us + 1,
                format!(r#"{{"type":"agent_ready","agent":{agent}}}"#),
            );
            let goes_us = comes_us + HOUR_US / 2 + day.below(2 * HOUR_US);
            let silent_us = match day.below(10) {
                0 => comes_us + day.below(goes_us - comes_us),
                _ => goes_us,
            };
            for beat in 1.. {
                let at_us = comes_us + beat * HOUR_US / 12;
                if at_us > silent_us {
                    break;
                }
                day.plan(
                    at_us,
                    format!(r#"{{"type":"agent_heartbeat","agent":{agent}}}"#),
                );
            }
            let pause_us = comes_us + day.below(goes_us - comes_us);
            day.plan(
                pause_us,
                format!(r#"{{"type":"agent_not_ready","agent":{agent},"reason":"break"}}"#),
            );
            day.plan(
                pause_us + 300 * SECOND_US,
                format!(r#"{{"type":"agent_ready","agent":{agent}}}"#),
            );
            let force = day.below(2) == 0;
            day.plan(
                goes_us,
                format!(r#"{{"type":"agent_sign_out","agent":{agent},"force":{force}}}"#),
            );
            comes_us = goes_us + 1 + day.below(HOUR_US / 2);
        }
    }
}

fn counted(day: &mut Day, now_us: i64) -> (u64, u64, u64) {
    let figures = day.machine.figures(QueueId(0), START_US + now_us);
    figures.fold((0, 0, 0), |(answered, abandoned, wait_us), one| {
        (
            answered + one.day.answered,
            abandoned + one.day.abandoned,
            wait_us + one.day.answer_wait_us,
        )
    })
}

fn queue_put(queue: i64) -> String {
    format!(
        r#"{{"type":"queue_put","queue":{queue},"offer_timeout_us":20000000,"wrap_up_us":30000000,"max_waiting":12,"strategy":"longest_idle"}}"#
    )
}

/// The fields of a contact as it comes, or goes on.
fn arrival(ties: &Ties, contact: u64, queue: i64, more: &str) -> String {
    let (arrived_us, channel) = (ties.arrived_us[&contact], ties.channel[&contact]);
    format!(
        r#""contact":{contact},"queue":{queue},"channel":"{channel}","priority":0,"arrived_us":{arrived_us},"requires":[{{"skill":1,"level":{}}}],"relax":[{{"after_us":60000000,"requires":[]}},{{"after_us":120000000,"requires":[],"queue":2}}]{more}"#,
        1 + contact % 5
    )
}

impl Ties {
    fn count(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    fn transfer(&mut self, day: &mut Day, at_us: i64, contact: u64) {
        let queue = 1 + day.below(QUEUES);
        let come = if day.below(3) == 0 {
            // To an agent, for whom it is held for a while.
            let agent = 101 + day.below(12);
            let (arrived_us, channel) = (self.arrived_us[&contact], self.channel[&contact]);
            let after_us = START_US + at_us - arrived_us + 30 * SECOND_US;
            format!(
                r#""contact":{contact},"queue":{queue},"channel":"{channel}","priority":0,"arrived_us":{arrived_us},"requires":[{{"skill":{agent},"level":1}}],"relax":[{{"after_us":{after_us},"requires":[]}}]"#
            )
        } else if day.below(8) == 0 {
            let until_us = START_US + at_us + 120 * SECOND_US;
            arrival(
                self,
                contact,
                queue,
                &format!(r#","not_before_us":{until_us}"#),
            )
        } else {
            arrival(self, contact, queue, "")
        };
        day.plan(
            at_us,
            format!(r#"{{"type":"transfer","arrival":{{{come}}}}}"#),
        );
    }

    fn consult(&mut self, day: &mut Day, now_us: i64, contact: u64, ends_us: i64) {
        let consult = CONSULTS_FROM + self.consults;
        self.consults += 1;
        let asks_us = now_us + 1 + day.below(ends_us - now_us);
        self.arrived_us.insert(consult, START_US + asks_us);
        self.channel.insert(consult, self.channel[&contact]);
        self.about.insert(consult, contact);
        let queue = 1 + day.below(QUEUES);
        let come = arrival(self, consult, queue, r#","internal":true"#);
        day.plan(asks_us, format!(r#"{{"type":"enqueue",{come}}}"#));
        // Who hangs up ends the consultation with the call.
        day.plan(
            ends_us,
            format!(r#"{{"type":"complete","contact":{contact}}}"#),
        );
        for leaves in ["abandon", "complete"] {
            day.plan(
                ends_us,
                format!(r#"{{"type":"{leaves}","contact":{consult}}}"#),
            );
        }
    }

    fn react(&mut self, day: &mut Day, now_us: i64, event: &Event) {
        match event {
            Event::ContactEnqueued { contact, .. } => {
                if contact.0 >= CONSULTS_FROM {
                    self.count("consulted");
                    return;
                }
                let leaves_us = now_us + 1 + day.exponential(180 * SECOND_US);
                day.plan(
                    leaves_us,
                    format!(r#"{{"type":"abandon","contact":{contact}}}"#),
                );
                let after_us = now_us + 1 + day.exponential(40 * SECOND_US);
                match day.below(8) {
                    0 => {
                        let until_us =
                            START_US + after_us + day.below(400 * SECOND_US) - 100 * SECOND_US;
                        day.plan(
                            after_us,
                            format!(
                                r#"{{"type":"defer","contact":{contact},"until_us":{until_us}}}"#
                            ),
                        );
                    }
                    1 => self.transfer(day, after_us, contact.0),
                    _ => {}
                }
            }
            Event::ReservationCreated {
                contact,
                agent,
                epoch,
                ..
            } => {
                let after_us = now_us + SECOND_US + day.below(9 * SECOND_US);
                let answer = match day.below(100) {
                    0..4 => return,
                    4..8 => "reject",
                    8..12 if contact.0 < CONSULTS_FROM => {
                        self.count("ringing");
                        self.transfer(day, after_us, contact.0);
                        return;
                    }
                    _ => "accept",
                };
                day.plan(after_us, format!(r#"{{"type":"{answer}","contact":{contact},"agent":{agent},"epoch":{epoch}}}"#));
            }
            Event::ReservationTimedOut { agent, .. } | Event::ReservationRejected { agent, .. } => {
                let after_us = day.exponential(60 * SECOND_US);
                day.plan(
                    now_us + 1 + after_us,
                    format!(r#"{{"type":"agent_ready","agent":{agent}}}"#),
                );
            }
            Event::ReservationAccepted { contact, .. } => {
                let connects_us = now_us + SECOND_US + day.below(SECOND_US);
                day.plan(
                    connects_us,
                    format!(r#"{{"type":"connect","contact":{contact}}}"#),
                );
                if let Some(about) = self.about.get(&contact.0) {
                    if day.below(2) == 0 {
                        let after_us = connects_us + day.exponential(30 * SECOND_US);
                        day.plan(
                            after_us,
                            format!(
                                r#"{{"type":"hand_over","contact":{about},"consult":{contact}}}"#
                            ),
                        );
                    }
                    return;
                }
                self.calls.insert(contact.0);
                self.call(day, connects_us, contact.0);
            }
            Event::ContactTransferred {
                contact, from, to, ..
            } => {
                self.count(match (from, to) {
                    (_, Some(_)) => "handed over",
                    (Some(_), None) => "transferred",
                    (None, None) => "transferred from the line",
                });
                if to.is_some() {
                    self.call(day, now_us, contact.0);
                }
            }
            Event::WrapUpStarted { agent, contact, .. } => {
                let done_us = now_us + day.below(60 * SECOND_US);
                day.plan(
                    done_us,
                    format!(r#"{{"type":"wrap_up_done","agent":{agent},"contact":{contact}}}"#),
                );
            }
            Event::ContactRequeued { contact, .. } if self.calls.contains(&contact.0) => {
                self.count("lost");
            }
            Event::ContactDeferred { .. } => self.count("deferred"),
            Event::ContactMoved { .. } => self.count("moved"),
            Event::ContactDismissed { .. } => self.count("dismissed"),
            _ => {}
        }
    }

    /// What becomes of a call.
    fn call(&mut self, day: &mut Day, now_us: i64, contact: u64) {
        let ends_us = now_us + 1 + day.exponential(180 * SECOND_US);
        match day.below(10) {
            0 | 1 => self.transfer(day, ends_us, contact),
            2..5 => self.consult(day, now_us, contact, ends_us + 60 * SECOND_US),
            _ => day.plan(
                ends_us,
                format!(r#"{{"type":"complete","contact":{contact}}}"#),
            ),
        }
    }
}
