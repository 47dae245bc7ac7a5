//! An office that works for some hours, people and all, and the commands that came of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use acd::{AgentId, Command, CommandId, ContactId, Envelope, Event, Machine, lot};

const SECOND_US: i64 = 1_000_000;
/// 2026-01-01T00:00:00Z.
const START_US: i64 = 1_767_225_600 * SECOND_US;

pub struct Office {
    pub seed: u64,
    pub agents: u32,
    pub contacts: u64,
    pub between_us: i64,
}

/// Time, number and JSON of each command.
pub type Commands = Vec<(i64, u64, Vec<u8>)>;

impl Office {
    /// Two queues, sales and support; every third agent serves both. Some calls are missed, declined or
    /// given up on, and everybody has a break.
    pub fn work(&self) -> Commands {
        let mut day = Day {
            seed: self.seed,
            rolls: 0,
            machine: Machine::new(),
            commands: Vec::new(),
            due: BinaryHeap::new(),
            pushed: 0,
            patience: BTreeMap::new(),
        };
        // Pages that never fall silent, so that no heartbeat has to be told.
        day.plan(
            0,
            r#"{"type":"configure","heartbeat_timeout_us":86400000000}"#.into(),
        );
        for queue in [1, 2] {
            day.plan(0, format!(r#"{{"type":"queue_put","queue":{queue},"offer_timeout_us":20000000,"wrap_up_us":30000000,"max_waiting":500,"strategy":"longest_idle"}}"#));
        }
        for agent in 1..=self.agents {
            let queues = ["[1]", "[2]", "[1,2]"][agent as usize % 3];
            let comes_us = day.below(600 * SECOND_US);
            day.plan(comes_us, format!(r#"{{"type":"agent_sign_in","agent":{agent},"queues":{queues},"skills":[{{"skill":1,"level":{}}}]}}"#, 1 + agent % 10));
            day.plan(
                comes_us + 1,
                format!(r#"{{"type":"agent_ready","agent":{agent}}}"#),
            );
            let pause_us = comes_us + 600 * SECOND_US + day.below(3600 * SECOND_US);
            day.plan(
                pause_us,
                format!(r#"{{"type":"agent_not_ready","agent":{agent},"reason":"break"}}"#),
            );
            day.plan(
                pause_us + 900 * SECOND_US,
                format!(r#"{{"type":"agent_ready","agent":{agent}}}"#),
            );
        }
        let mut at_us = 300 * SECOND_US;
        for contact in 1..=self.contacts {
            at_us += day.exponential(self.between_us);
            let (queue, level) = (1 + day.below(2), 1 + day.below(4));
            let relax = r#"[{"after_us":60000000,"requires":[]},{"after_us":120000000,"requires":[],"queue":2}]"#;
            day.plan(at_us, format!(r#"{{"type":"enqueue","contact":{contact},"queue":{queue},"priority":0,"arrived_us":{},"requires":[{{"skill":1,"level":{level}}}],"relax":{relax}}}"#, START_US + at_us));
            let patience_us = day.exponential(180 * SECOND_US);
            day.patience.insert(contact, at_us + patience_us);
        }
        day.pass(at_us + 1800 * SECOND_US);
        day.commands
    }
}

struct Day {
    seed: u64,
    rolls: u64,
    machine: Machine,
    commands: Commands,
    due: BinaryHeap<Reverse<(i64, u64, String)>>,
    pushed: u64,
    patience: BTreeMap<u64, i64>,
}

impl Day {
    fn roll(&mut self) -> u64 {
        self.rolls += 1;
        lot(self.seed, ContactId(self.rolls), AgentId(1))
    }

    fn below(&mut self, bound: i64) -> i64 {
        (self.roll() % bound.unsigned_abs()).cast_signed()
    }

    fn exponential(&mut self, mean_us: i64) -> i64 {
        let share = ((self.roll() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        (-share.ln() * mean_us as f64) as i64
    }

    fn plan(&mut self, at_us: i64, json: String) {
        self.pushed += 1;
        self.due.push(Reverse((at_us, self.pushed, json)));
    }

    fn pass(&mut self, until_us: i64) {
        loop {
            let due_us = self.due.peek().map_or(i64::MAX, |Reverse(due)| due.0);
            let timer_us = self.machine.poll_timeout().unwrap_or(i64::MAX);
            let timer_us = timer_us.saturating_sub(START_US);
            let mut events: Vec<Envelope> = Vec::new();
            if due_us.min(timer_us) > until_us {
                return;
            } else if timer_us <= due_us {
                self.machine
                    .handle_timeout(START_US + timer_us, &mut events);
            } else if let Some(Reverse((at_us, _, json))) = self.due.pop() {
                let id = self.commands.len() as u64 + 1;
                let at_us = START_US + at_us;
                let command = Command::from_json(json.as_bytes()).expect("well-formed");
                self.machine
                    .apply(at_us, CommandId(id), command, &mut events);
                self.commands.push((at_us, id, json.into_bytes()));
            }
            for envelope in &events {
                self.react(envelope.at_us - START_US, &envelope.event);
            }
        }
    }

    fn react(&mut self, now_us: i64, event: &Event) {
        match event {
            Event::ContactEnqueued { contact, .. } => {
                let leaves_us = self.patience[&contact.0];
                self.plan(
                    leaves_us,
                    format!(r#"{{"type":"abandon","contact":{contact}}}"#),
                );
            }
            Event::ReservationCreated {
                contact,
                agent,
                epoch,
                ..
            } => {
                let answer = match self.below(100) {
                    0..3 => return,
                    3..5 => "reject",
                    _ => "accept",
                };
                let after_us = SECOND_US + self.below(9 * SECOND_US);
                self.plan(now_us + after_us, format!(r#"{{"type":"{answer}","contact":{contact},"agent":{agent},"epoch":{epoch}}}"#));
            }
            Event::ReservationTimedOut { agent, .. } | Event::ReservationRejected { agent, .. } => {
                let after_us = self.exponential(120 * SECOND_US);
                self.plan(
                    now_us + after_us,
                    format!(r#"{{"type":"agent_ready","agent":{agent}}}"#),
                );
            }
            Event::ReservationAccepted { contact, .. } => {
                let connects_us = now_us + SECOND_US + self.below(SECOND_US);
                self.plan(
                    connects_us,
                    format!(r#"{{"type":"connect","contact":{contact}}}"#),
                );
                let ends_us = connects_us + self.exponential(240 * SECOND_US);
                self.plan(
                    ends_us,
                    format!(r#"{{"type":"complete","contact":{contact}}}"#),
                );
            }
            Event::WrapUpStarted { agent, contact, .. } => {
                let done_us = now_us + self.below(60 * SECOND_US);
                self.plan(
                    done_us,
                    format!(r#"{{"type":"wrap_up_done","agent":{agent},"contact":{contact}}}"#),
                );
            }
            _ => {}
        }
    }
}
