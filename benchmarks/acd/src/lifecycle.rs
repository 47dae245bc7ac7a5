//! Closed loop of whole life cycles on one core: enqueue, offer, accept, complete, wrap-up, ready.

use std::collections::VecDeque;
use std::time::Instant;

use acd::{AgentId, Strategy};
use serde_json::json;

use crate::Windows;
use crate::driver::{Driver, Offer};
use crate::report::{Figures, figures, rounded};
use crate::world::World;

/// Life cycles between two looks at the clock.
const BATCH: usize = 1000;
const OFFER_TIMEOUT_US: i64 = 20_000_000;

/// With as many contacts waiting as there are agents times ten, and with nobody waiting and all
/// agents idle but the one who is offered something.
pub fn run(windows: Windows, classes: usize, agents: usize) -> Figures {
    let mut world = World::new(2, agents, classes);
    let waiting = agents as i64 * 10;
    let backlog = with_backlog(windows, &mut world, waiting);
    let idle = with_idle_agents(windows, &mut world);
    figures(json!({
        "commands_per_s": rounded(backlog.min(idle)),
        "with_contacts_waiting_per_s": rounded(backlog),
        "with_agents_idle_per_s": rounded(idle),
        "agents": agents,
        "waiting": waiting,
        "classes": classes,
    }))
}

fn with_backlog(windows: Windows, world: &mut World, waiting: i64) -> f64 {
    let mut driver = Driver::new(world, Strategy::LongestIdle, OFFER_TIMEOUT_US);
    let mut now_us = 3_600_000_000;
    driver.fill(world, waiting, now_us);
    let mut calls = driver.staff(world, now_us);
    let mut cycle = |driver: &mut Driver, world: &mut World| {
        now_us += 10;
        driver.enqueue(world, now_us);
        let at = world.dice.below(calls.len());
        let ended = calls[at];
        driver.complete(now_us, ended.contact);
        driver.wrap_up_done(now_us, ended);
        // Either the new contact or a waiting one went to somebody; seldom to nobody.
        calls.swap_remove(at);
        while let Some(offer) = driver.sink.offers.pop() {
            driver.accept(now_us, offer);
            calls.push(offer);
        }
    };
    measure(windows, &mut driver, world, &mut cycle)
}

fn with_idle_agents(windows: Windows, world: &mut World) -> f64 {
    let mut driver = Driver::new(world, Strategy::LongestIdle, OFFER_TIMEOUT_US);
    let mut now_us = 3_600_000_000;
    for agent in 0..world.agents.len() {
        now_us += 10;
        driver.ready(now_us, AgentId(agent as u32));
    }
    // A few calls are always on, so that arrivals and ends don't alternate.
    let mut calls: VecDeque<Offer> = VecDeque::new();
    let most = world.agents.len() / 100;
    let mut cycle = |driver: &mut Driver, world: &mut World| {
        now_us += 10;
        driver.enqueue(world, now_us);
        while let Some(offer) = driver.sink.offers.pop() {
            driver.accept(now_us, offer);
            calls.push_back(offer);
        }
        if calls.len() > most
            && let Some(ended) = calls.pop_front()
        {
            driver.complete(now_us, ended.contact);
            driver.wrap_up_done(now_us, ended);
        }
    };
    measure(windows, &mut driver, world, &mut cycle)
}

fn measure(
    windows: Windows,
    driver: &mut Driver,
    world: &mut World,
    cycle: &mut impl FnMut(&mut Driver, &mut World),
) -> f64 {
    // Each class has been there, and caches and branches know their way.
    for _ in 0..world.needs.len() * 10 {
        cycle(driver, world);
    }
    let before = driver.commands;
    let start = Instant::now();
    while start.elapsed() < windows.closed_loop {
        for _ in 0..BATCH {
            cycle(driver, world);
        }
    }
    (driver.commands - before) as f64 / start.elapsed().as_secs_f64()
}
