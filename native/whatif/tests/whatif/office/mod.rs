//! An office that works for some hours, people and all, and the commands that came of it.

pub mod day;

use std::collections::BTreeMap;

use acd::Event;
use day::Day;

pub const SECOND_US: i64 = 1_000_000;
/// 2026-01-01T00:00:00Z.
pub const START_US: i64 = 1_767_225_600 * SECOND_US;

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
        let mut day = Day::new(self.seed);
        let mut leaves: BTreeMap<u64, i64> = BTreeMap::new();
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
            leaves.insert(contact, at_us + patience_us);
        }
        day.pass(at_us + 1800 * SECOND_US, |day, now_us, event| {
            react(day, &leaves, now_us, event);
        });
        day.commands
    }
}

fn react(day: &mut Day, leaves: &BTreeMap<u64, i64>, now_us: i64, event: &Event) {
    match event {
        Event::ContactEnqueued { contact, .. } => {
            let leaves_us = leaves[&contact.0];
            day.plan(
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
            let answer = match day.below(100) {
                0..3 => return,
                3..5 => "reject",
                _ => "accept",
            };
            let after_us = SECOND_US + day.below(9 * SECOND_US);
            day.plan(
                now_us + after_us,
                format!(
                    r#"{{"type":"{answer}","contact":{contact},"agent":{agent},"epoch":{epoch}}}"#
                ),
            );
        }
        Event::ReservationTimedOut { agent, .. } | Event::ReservationRejected { agent, .. } => {
            let after_us = day.exponential(120 * SECOND_US);
            day.plan(
                now_us + after_us,
                format!(r#"{{"type":"agent_ready","agent":{agent}}}"#),
            );
        }
        Event::ReservationAccepted { contact, .. } => {
            let connects_us = now_us + SECOND_US + day.below(SECOND_US);
            day.plan(
                connects_us,
                format!(r#"{{"type":"connect","contact":{contact}}}"#),
            );
            let ends_us = connects_us + day.exponential(240 * SECOND_US);
            day.plan(
                ends_us,
                format!(r#"{{"type":"complete","contact":{contact}}}"#),
            );
        }
        Event::WrapUpStarted { agent, contact, .. } => {
            let done_us = now_us + day.below(60 * SECOND_US);
            day.plan(
                done_us,
                format!(r#"{{"type":"wrap_up_done","agent":{agent},"contact":{contact}}}"#),
            );
        }
        _ => {}
    }
}
