//! A day in the making: what is planned goes to a real matcher, and people react to its events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use acd::{AgentId, Command, CommandId, ContactId, Envelope, Event, Machine, lot};

use super::{Commands, START_US};

pub struct Day {
    seed: u64,
    rolls: u64,
    pub machine: Machine,
    pub commands: Commands,
    due: BinaryHeap<Reverse<(i64, u64, String)>>,
    pushed: u64,
}

impl Day {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            rolls: 0,
            machine: Machine::new(),
            commands: Vec::new(),
            due: BinaryHeap::new(),
            pushed: 0,
        }
    }

    pub fn roll(&mut self) -> u64 {
        self.rolls += 1;
        lot(self.seed, ContactId(self.rolls), AgentId(1))
    }

    pub fn below(&mut self, bound: i64) -> i64 {
        (self.roll() % bound.unsigned_abs()).cast_signed()
    }

    pub fn exponential(&mut self, mean_us: i64) -> i64 {
        let share = ((self.roll() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        (-share.ln() * mean_us as f64) as i64
    }

    pub fn plan(&mut self, at_us: i64, json: String) {
        self.pushed += 1;
        self.due.push(Reverse((at_us, self.pushed, json)));
    }

    /// Until then, with what people do about each event.
    pub fn pass(&mut self, until_us: i64, mut react: impl FnMut(&mut Self, i64, &Event)) {
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
                react(self, envelope.at_us - START_US, &envelope.event);
            }
        }
    }
}
