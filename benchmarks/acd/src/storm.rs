//! Everything at once.

use std::collections::HashMap;
use std::time::Instant;

use acd::{AgentId, Command, ContactId, Epoch, QueueId, Strategy};
use serde_json::json;

use crate::driver::{Driver, Offer};
use crate::report::{Figures, figures, notes, rounded};
use crate::world::{QUEUES, World};

const NO_OFFER: Offer = Offer {
    contact: ContactId(0),
    agent: AgentId(0),
    epoch: Epoch(0),
};

/// 100,000 agents become ready at the same moment with a million contacts waiting in 8,000 classes.
pub fn mass_ready() -> Figures {
    const WAITING: i64 = 1_000_000;
    const AGENTS: usize = 100_000;
    let mut world = World::new(3, AGENTS, 8192);
    let mut driver = Driver::new(&world, Strategy::LongestIdle, 20_000_000);
    let now_us = 3_600_000_000;
    driver.fill(&mut world, WAITING, now_us);
    driver.sink.offers = notes(AGENTS, NO_OFFER);
    let start = Instant::now();
    for agent in 0..AGENTS {
        driver.ready(now_us, AgentId(agent as u32));
    }
    let took = start.elapsed();
    let offered = driver.sink.offers.len();
    figures(json!({
        "all_offered_ms": rounded(took.as_secs_f64() * 1e3),
        "offered": offered,
        "order_exact": order_is_exact(&driver),
        "agents": AGENTS,
        "waiting": WAITING,
    }))
}

/// A million contacts wait for a skill that nobody has; in the same second each requires less, and
/// one in ten then finds an agent.
pub fn mass_relax() -> Figures {
    const WAITING: i64 = 1_000_000;
    const AGENTS: usize = 100_000;
    const SECOND_US: i64 = 1_000_000;
    let mut world = World::new(6, AGENTS, 8192);
    let mut driver = Driver::new(&world, Strategy::LongestIdle, 600 * SECOND_US);
    let start_us = 3_600 * SECOND_US;
    for agent in 0..AGENTS {
        driver.ready(start_us, AgentId(agent as u32));
    }
    for at in 0..WAITING {
        driver.last_contact += 1;
        // A second of arrivals, so that a second of steps follows a minute later.
        let now_us = start_us + at * SECOND_US / WAITING;
        let command = world.enqueue_choosy(driver.last_contact, now_us, 60 * SECOND_US);
        driver.apply(now_us, command);
    }
    assert!(driver.sink.offers.is_empty(), "nobody has the skill");
    driver.sink.offers = notes(AGENTS, NO_OFFER);
    let (start, first_us) = (Instant::now(), start_us + 60 * SECOND_US);
    let (mut longest, mut last) = (0.0f64, Instant::now());
    // As the thread that owns the machine does it: a look at the clock, then what is due.
    while let Some(due_us) = driver.machine.poll_timeout()
        && due_us < first_us + SECOND_US
    {
        driver.machine.handle_timeout(due_us, &mut driver.sink);
        longest = longest.max(last.elapsed().as_secs_f64());
        last = Instant::now();
    }
    figures(json!({
        "done_ms": rounded(start.elapsed().as_secs_f64() * 1e3),
        "longest_pause_ms": rounded(longest * 1e3),
        "offered": driver.sink.offers.len(),
        "waiting": WAITING,
    }))
}

/// A queue that 100,000 agents serve is closed while a million wait in it, who go to another; then one
/// with another million is closed that none is left for.
pub fn mass_close() -> Figures {
    const WAITING: i64 = 1_000_000;
    const AGENTS: usize = 100_000;
    let mut world = World::new(9, AGENTS, 8192);
    let mut driver = Driver::new(&world, Strategy::LongestIdle, 20_000_000);
    let now_us = 3_600_000_000;
    driver.fill(&mut world, WAITING, now_us);
    for queue in (1..QUEUES).map(QueueId) {
        let to = Some(QueueId(0));
        driver.apply(now_us, Command::QueueEmpty { queue, to });
    }
    let before = driver.machine.snapshot().queues[0].waiting.clone();
    let start = Instant::now();
    let (queue, to) = (QueueId(0), Some(QueueId(1)));
    driver.apply(now_us, Command::QueueClose { queue, to });
    let moved = start.elapsed();
    let order_exact = driver.machine.snapshot().queues[0].waiting == before;
    let start = Instant::now();
    let (queue, to) = (QueueId(1), None);
    driver.apply(now_us, Command::QueueClose { queue, to });
    figures(json!({
        "moved_ms": rounded(moved.as_secs_f64() * 1e3),
        "order_exact": order_exact,
        "dismissed_ms": rounded(start.elapsed().as_secs_f64() * 1e3),
        "waiting": before.len(),
        "agents": AGENTS,
    }))
}

/// Whether nobody was offered a contact twice and nobody who got one passed over an earlier one of
/// the same class: contacts of a class that were offered are its most urgent ones.
fn order_is_exact(driver: &Driver) -> bool {
    let snapshot = driver.machine.snapshot();
    let mut seen = HashMap::new();
    for offer in &driver.sink.offers {
        if seen.insert(offer.contact, offer.agent).is_some() {
            return false;
        }
    }
    let waiting = snapshot.queues.iter().flat_map(|queue| &queue.waiting);
    waiting.clone().all(|contact| !seen.contains_key(contact))
        && waiting.count() + seen.len() == driver.last_contact as usize
}
