//! What a million waiting contacts, 100,000 agents and 32,000 classes take.

use acd::Strategy;
use serde_json::json;

use crate::driver::Driver;
use crate::report::{Figures, figures, resident_mb};
use crate::world::World;

pub fn run() -> Figures {
    const WAITING: i64 = 1_000_000;
    const AGENTS: usize = 100_000;
    const CLASSES: usize = 32_768;
    let before = resident_mb();
    let mut world = World::new(4, AGENTS, CLASSES);
    let mut driver = Driver::new(&world, Strategy::LongestIdle, 20_000_000);
    driver.fill(&mut world, WAITING, 3_600_000_000);
    driver.staff(&world, 3_600_000_000);
    driver.fill(&mut world, AGENTS as i64, 3_600_000_000);
    figures(json!({
        // The whole process, with the world that the contacts and agents come from.
        "rss_mb": resident_mb(),
        "rss_before_mb": before,
        "agents": AGENTS,
        "waiting": WAITING,
        "classes": CLASSES,
    }))
}
