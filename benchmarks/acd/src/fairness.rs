//! How evenly the work is spread under each strategy, on a day whose load and agents are skewed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use acd::{AgentId, Arrival, Channel, Command, ContactId, Strategy};
use serde_json::{Map, Value, json};

use crate::driver::{Driver, Offer};
use crate::report::{Figures, figures, rounded};
use crate::world::World;

const AGENTS: usize = 200;
const DAY_US: i64 = 8 * 3600 * 1_000_000;
/// Who calls, some of them often.
const CUSTOMERS: usize = 5_000;
const WRAP_UP_US: i64 = 30_000_000;

const STRATEGIES: [(&str, Strategy); 9] = [
    ("longest_idle", Strategy::LongestIdle),
    ("round_robin", Strategy::RoundRobin),
    ("least_occupied", Strategy::LeastOccupied),
    ("fewest_contacts", Strategy::FewestContacts),
    ("best_skill", Strategy::BestSkill),
    ("weighted", Strategy::Weighted),
    ("top_down", Strategy::TopDown),
    ("random", Strategy::Random),
    ("sticky", Strategy::Sticky),
];

/// Spread of occupancy (highest and lowest decile apart, and standard deviation) under each strategy.
pub fn run() -> Figures {
    let mut spreads = Map::new();
    let mut details = Map::new();
    for (name, strategy) in STRATEGIES {
        let day = day(strategy);
        spreads.insert(name.into(), json!(rounded(day.spread)));
        details.insert(name.into(), day.into());
    }
    figures(json!({ "occupancy_spread": spreads, "by_strategy": details }))
}

struct Day {
    mean: f64,
    spread: f64,
    deviation: f64,
    contacts: u64,
}

impl From<Day> for Value {
    fn from(day: Day) -> Self {
        json!({
            "mean_occupancy": rounded(day.mean),
            "standard_deviation": rounded(day.deviation),
            "contacts": day.contacts,
        })
    }
}

/// Eight hours in one queue: load rises to noon and falls, calls of one class last three times as
/// long, half the agents have the rare skill, customers come again, agents begin in three shifts,
/// and stand in ten ranks.
fn day(strategy: Strategy) -> Day {
    let mut world = World::new(5, AGENTS, 64);
    for (agent, assignment) in world.agents.iter_mut().enumerate() {
        assignment.queues = vec![acd::QueueId(0)];
        assignment.skills = vec![level(1, 5)];
        assignment.rank = (agent / 20) as u16;
        if agent % 2 == 0 {
            assignment.skills.push(level(2, 1 + (agent % 10) as u8));
        }
    }
    let mut driver = Driver::new(&world, strategy, 20_000_000);
    let mut until: BinaryHeap<Reverse<(i64, u64, Next)>> = BinaryHeap::new();
    let mut number = 0;
    let mut push = |heap: &mut BinaryHeap<_>, at_us: i64, next: Next| {
        number += 1;
        heap.push(Reverse((at_us, number, next)));
    };
    for agent in 0..AGENTS as u32 {
        let shift_us = i64::from(agent % 3) * 1_800_000_000;
        push(&mut until, shift_us, Next::Ready(AgentId(agent)));
    }
    push(&mut until, 0, Next::Arrival);
    let mut busy_us: BTreeMap<AgentId, i64> = BTreeMap::new();
    let mut calls: BTreeMap<ContactId, (Offer, i64)> = BTreeMap::new();
    let mut long: BTreeMap<ContactId, bool> = BTreeMap::new();
    let mut customers: BTreeMap<ContactId, usize> = BTreeMap::new();
    let mut served_by: Vec<Option<AgentId>> = vec![None; CUSTOMERS];
    let mut contacts = 0;
    while let Some(Reverse((now_us, _, next))) = until.pop() {
        if now_us >= DAY_US {
            break;
        }
        match next {
            Next::Ready(agent) => driver.ready(now_us, agent),
            Next::Arrival => {
                driver.last_contact += 1;
                contacts += 1;
                let contact = ContactId(driver.last_contact);
                let rare = world.dice.below(4) == 0;
                long.insert(contact, rare);
                let customer = world.dice.below(CUSTOMERS);
                customers.insert(contact, customer);
                let command = Command::Enqueue(Arrival {
                    contact,
                    queue: acd::QueueId(0),
                    channel: Channel::Video,
                    priority: 0,
                    arrived_us: now_us,
                    requires: vec![if rare { level(2, 1) } else { level(1, 1) }],
                    relax: Vec::new(),
                    max_wait: None,
                    not_before_us: None,
                    last_agent: served_by[customer],
                    internal: false,
                    answered: false,
                });
                driver.apply(now_us, command);
                // 60 to 80 % of the staff's time, the most at noon.
                let noon = 1.0 - (now_us as f64 / DAY_US as f64 - 0.5).abs();
                let rate = AGENTS as f64 * 0.8 * noon / 300e6;
                let gap_us = -(1.0 - world.dice.unit()).ln() / rate;
                push(&mut until, now_us + gap_us as i64 + 1, Next::Arrival);
            }
            Next::End(contact) => {
                driver.complete(now_us, contact);
                push(
                    &mut until,
                    now_us + WRAP_UP_US - 1,
                    Next::WrappedUp(contact),
                );
            }
            Next::WrappedUp(contact) => {
                let (call, since_us) = calls.remove(&contact).expect("it was on");
                *busy_us.entry(call.agent).or_default() += now_us - since_us;
                driver.wrap_up_done(now_us, call);
            }
        }
        for offer in std::mem::take(&mut driver.sink.offers) {
            driver.accept(now_us, offer);
            served_by[customers[&offer.contact]] = Some(offer.agent);
            calls.insert(offer.contact, (offer, now_us));
            let mean_us = if long[&offer.contact] { 540e6 } else { 180e6 };
            let talk_us = -(1.0 - world.dice.unit()).ln() * mean_us;
            push(
                &mut until,
                now_us + talk_us as i64 + 1,
                Next::End(offer.contact),
            );
        }
    }
    for (call, since_us) in calls.into_values() {
        *busy_us.entry(call.agent).or_default() += DAY_US - since_us;
    }
    let mut shares: Vec<f64> = (0..AGENTS as u32)
        .map(|agent| {
            let there_us = DAY_US - i64::from(agent % 3) * 1_800_000_000;
            *busy_us.get(&AgentId(agent)).unwrap_or(&0) as f64 / there_us as f64
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    let mean = shares.iter().sum::<f64>() / AGENTS as f64;
    let squares = shares.iter().map(|share| (share - mean).powi(2));
    Day {
        mean,
        spread: shares[AGENTS * 9 / 10] - shares[AGENTS / 10],
        deviation: (squares.sum::<f64>() / AGENTS as f64).sqrt(),
        contacts,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Ready(AgentId),
    Arrival,
    End(ContactId),
    WrappedUp(ContactId),
}

fn level(skill: u32, level: u8) -> acd::SkillLevel {
    acd::SkillLevel {
        skill: acd::SkillId(skill),
        level,
    }
}
