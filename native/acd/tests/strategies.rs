//! Who is chosen, queue by queue, and whose turn it is between queues.

mod scene;

use std::collections::BTreeMap;

use acd::{
    AgentDay, AgentId, Allowance, Arrival, Assignment, Capacity, Channels, Command, QueueId,
    RefusalCode, SkillId, SkillLevel, Strategy,
};
use scene::*;

const SECOND_US: i64 = 1_000_000;

fn queue(id: u32, strategy: Strategy) -> Command {
    settings(id, strategy, acd::DURATION_US_MAX, 1)
}

fn settings(id: u32, strategy: Strategy, priority_worth_us: i64, slope: u16) -> Command {
    Command::QueuePut {
        queue: QueueId(id),
        offer_timeout_us: OFFER_TIMEOUT_US,
        wrap_up_us: 0,
        max_waiting: 100,
        strategy,
        seed: 5,
        priority_worth_us,
        slope,
        service_level_us: SERVICE_LEVEL_US,
        short_abandon_us: SHORT_ABANDON_US,
    }
}

fn sign_in(agent: u32, skills: &[(u32, u8)], weight: u16, rank: u16) -> Command {
    let level = |(skill, level): &(u32, u8)| SkillLevel {
        skill: SkillId(*skill),
        level: *level,
    };
    Command::AgentSignIn(Assignment {
        skills: skills.iter().map(level).collect(),
        weight,
        rank,
        ..assignment(agent, &[1])
    })
}

/// Agents 1 to `count` become ready a second apart in a queue with this strategy.
fn floor(strategy: Strategy, count: u32) -> Scene {
    let mut scene = Scene::new();
    scene.does(queue(1, strategy));
    let heartbeat_timeout_us = acd::DURATION_US_MAX;
    scene.does(Command::Configure {
        heartbeat_timeout_us,
    });
    for agent in 1..=count {
        scene.now_us += SECOND_US;
        scene.does(sign_in(agent, &[], 1, 0));
        scene.does(ready(agent));
    }
    scene
}

/// A call of so many seconds with whoever is chosen.
fn call(scene: &mut Scene, contact: u64, seconds: i64) -> u32 {
    scene.now_us += SECOND_US;
    let agent = scene.call(contact, 1);
    scene.now_us += seconds * SECOND_US;
    scene.does(complete(contact));
    agent
}

#[test]
fn round_robin_goes_by_the_last_offer() {
    let mut scene = floor(Strategy::RoundRobin, 3);
    assert_eq!(call(&mut scene, 1, 1), 1);
    // A break makes agent 2 the last to be idle, but not the last to be offered something.
    scene.does(not_ready(2, acd::NotReadyReason::Break));
    scene.does(ready(2));
    let turns: Vec<u32> = (2..8).map(|contact| call(&mut scene, contact, 1)).collect();
    assert_eq!(turns, [3, 2, 1, 3, 2, 1]);
}

#[test]
fn fewest_contacts_counts_the_day() {
    let mut scene = floor(Strategy::FewestContacts, 2);
    scene.does(not_ready(2, acd::NotReadyReason::Break));
    for contact in 1..=3 {
        assert_eq!(call(&mut scene, contact, 1), 1);
    }
    scene.does(ready(2));
    let turns: Vec<u32> = (4..8).map(|contact| call(&mut scene, contact, 1)).collect();
    assert_eq!(turns, [2, 2, 2, 1]);
    scene.does(Command::DayStarted {});
    // Both at nothing: who has been idle longer, then in turn.
    let turns: Vec<u32> = (8..11)
        .map(|contact| call(&mut scene, contact, 1))
        .collect();
    assert_eq!(turns, [2, 1, 2]);
}

#[test]
fn who_signs_out_and_in_again_goes_on_with_their_day() {
    let mut scene = floor(Strategy::FewestContacts, 2);
    for contact in 1..=4 {
        call(&mut scene, contact, 1);
    }
    scene.does(sign_out(2));
    assert_eq!(call(&mut scene, 5, 1), 1);
    scene.does(sign_in(2, &[], 1, 0));
    scene.does(ready(2));
    // Two against three; then as ever.
    let turns: Vec<u32> = (6..9).map(|contact| call(&mut scene, contact, 1)).collect();
    assert_eq!(turns, [2, 1, 2]);
}

/// An agent who has done nothing yet.
fn day_of(agent: u32) -> AgentDay {
    AgentDay {
        agent: AgentId(agent),
        contacts: 0,
        available_us: 0,
        occupied_us: 0,
        stopped_us: None,
    }
}

#[test]
fn a_day_goes_on_after_a_restart() {
    let mut scene = floor(Strategy::FewestContacts, 1);
    let agents = [(1, 1), (2, 3)].map(|(agent, contacts)| AgentDay {
        contacts,
        ..day_of(agent)
    });
    scene.does(Command::DayResumed {
        queues: Vec::new(),
        agents: agents.into(),
    });
    scene.does(sign_in(2, &[], 1, 0));
    scene.does(ready(2));
    let turns: Vec<u32> = (1..5).map(|contact| call(&mut scene, contact, 1)).collect();
    assert_eq!(turns, [1, 1, 2, 1]);
}

#[test]
fn least_occupied_weighs_how_long_and_how_long_ago() {
    let mut scene = floor(Strategy::LeastOccupied, 3);
    assert_eq!(call(&mut scene, 1, 600), 1);
    assert_eq!(call(&mut scene, 2, 60), 2);
    assert_eq!(call(&mut scene, 3, 6), 3);
    // Agent 3 was busy the least, twice.
    assert_eq!(call(&mut scene, 4, 600), 3);
    assert_eq!(call(&mut scene, 5, 60), 2);
    // Agent 1's ten minutes are longer ago than agent 3's.
    assert_eq!(call(&mut scene, 6, 900), 2);
    assert_eq!(call(&mut scene, 7, 1), 1);
}

/// An offer that rings while other work ends doesn't occupy anybody, nor when it has lapsed.
#[test]
fn least_occupied_counts_no_offer() {
    let mut scene = floor(Strategy::LeastOccupied, 0);
    let two_at_once = Capacity {
        video: Allowance {
            slots: 2,
            blocks: Channels::default(),
        },
        ..Capacity::default()
    };
    scene.does(Command::AgentSignIn(Assignment {
        capacity: two_at_once,
        ..assignment(1, &[1])
    }));
    scene.does(ready(1));
    assert_eq!(scene.call(1, 1), 1);
    let (agent, epoch) = offer_in(&scene.does(enqueue(2, 1)), 2);
    scene.now_us += SECOND_US;
    scene.does(complete(1));
    scene.does(reject(2, agent, epoch));
    scene.does(abandon(2));
    scene.does(sign_in(2, &[], 1, 0));
    scene.does(ready(2));
    assert_eq!(call(&mut scene, 3, 60), 2);
    scene.does(ready(1));
    scene.now_us += 3_600 * SECOND_US;
    assert_eq!(call(&mut scene, 4, 1), 1, "one second against sixty");
}

#[test]
fn least_occupied_goes_on_after_a_restart() {
    let mut scene = floor(Strategy::LeastOccupied, 0);
    let stopped_us = [Some(9_000 * SECOND_US), None, Some(6_000 * SECOND_US)];
    let agents = [1, 2, 3].map(|agent| AgentDay {
        stopped_us: stopped_us[agent as usize - 1].map(|ago_us| scene.now_us - ago_us),
        ..day_of(agent)
    });
    scene.does(Command::DayResumed {
        queues: Vec::new(),
        agents: agents.into(),
    });
    for agent in [1, 2, 3] {
        scene.does(sign_in(agent, &[], 1, 0));
        scene.does(ready(agent));
    }
    // The second was never busy, the first stopped before the third.
    let turns: Vec<u32> = (1..4)
        .map(|contact| call(&mut scene, contact, 600))
        .collect();
    assert_eq!(turns, [2, 1, 3]);
}

#[test]
fn best_skill_adds_up_what_is_required_and_nothing_else() {
    let mut scene = floor(Strategy::BestSkill, 0);
    for (agent, skills) in [
        (1, &[(7, 5), (8, 5), (9, 10)][..]),
        (2, &[(7, 3), (8, 9)]),
        (3, &[(7, 9), (8, 1)]),
        (4, &[(7, 3), (8, 9)]),
    ] {
        scene.now_us += SECOND_US;
        scene.does(sign_in(agent, skills, 1, 0));
        scene.does(ready(agent));
    }
    let mut needing = |contact, skills: &[(u32, u8)]| {
        let requires = skills.iter().map(|(skill, level)| SkillLevel {
            skill: SkillId(*skill),
            level: *level,
        });
        offers(&scene.does(Command::Enqueue(Arrival {
            arrived_us: 0,
            requires: requires.collect(),
            ..arrival(contact, 1)
        })))
    };
    assert_eq!(needing(1, &[(7, 1), (8, 2)]), [(1, 2)]);
    assert_eq!(needing(2, &[(7, 1), (8, 2)]), [(2, 4)]);
    assert_eq!(needing(3, &[(7, 1)]), [(3, 3)]);
    assert_eq!(needing(4, &[]), [(4, 1)]);
}

#[test]
fn weighted_shares_follow_the_weights() {
    let mut scene = floor(Strategy::Weighted, 0);
    for (agent, weight) in [(1, 1), (2, 2), (3, 5)] {
        scene.does(sign_in(agent, &[], weight, 0));
        scene.does(ready(agent));
    }
    let mut counts = BTreeMap::new();
    for contact in 1..=800 {
        *counts.entry(call(&mut scene, contact, 1)).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([(1, 100), (2, 200), (3, 500)]));
}

#[test]
fn who_was_away_makes_nothing_up_under_weighted() {
    let mut scene = floor(Strategy::Weighted, 2);
    scene.does(not_ready(2, acd::NotReadyReason::Training));
    for contact in 1..=50 {
        assert_eq!(call(&mut scene, contact, 1), 1);
    }
    scene.does(ready(2));
    let turns: Vec<u32> = (51..57)
        .map(|contact| call(&mut scene, contact, 1))
        .collect();
    assert_eq!(turns, [2, 1, 2, 1, 2, 1]);
}

#[test]
fn top_down_goes_by_rank() {
    let mut scene = floor(Strategy::TopDown, 0);
    for (agent, rank) in [(1, 2), (2, 1), (3, 0), (4, 1)] {
        scene.now_us += SECOND_US;
        scene.does(sign_in(agent, &[], 1, rank));
        scene.does(ready(agent));
    }
    let order: Vec<u32> = (1..=4).map(|contact| scene.call(contact, 1)).collect();
    assert_eq!(order, [3, 2, 4, 1]);
}

#[test]
fn random_gives_each_the_same_chance() {
    let mut scene = floor(Strategy::Random, 4);
    let mut counts = [0u32; 5];
    for contact in 1..=4000 {
        counts[call(&mut scene, contact, 1) as usize] += 1;
    }
    // Four times the standard deviation of a fair draw, sqrt(4000 * 1/4 * 3/4).
    let fair = |count: &u32| count.abs_diff(1000) < 110;
    assert!(counts[1..].iter().all(fair), "{counts:?}");
}

#[test]
fn a_change_of_strategy_holds_from_the_next_offer() {
    let mut scene = floor(Strategy::LongestIdle, 3);
    assert_eq!(call(&mut scene, 1, 1), 1);
    scene.does(queue(1, Strategy::RoundRobin));
    scene.does(not_ready(2, acd::NotReadyReason::Break));
    scene.does(ready(2));
    let turns: Vec<u32> = (2..5).map(|contact| call(&mut scene, contact, 1)).collect();
    assert_eq!(turns, [3, 2, 1]);
}

#[test]
fn a_point_of_priority_is_worth_so_much_waiting() {
    let mut scene = Scene::new();
    scene.does(settings(1, Strategy::LongestIdle, 10, 1));
    for (contact, priority, arrived_us) in [(1, 0, 100), (2, 2, 115), (3, 2, 125), (4, 1, 110)] {
        scene.does(enqueue_at(contact, 1, priority, arrived_us));
    }
    assert_eq!(scene.waiting(1), [2, 1, 4, 3]);
}

#[test]
fn a_steeper_queue_catches_up_over_time() {
    // A contact of queue 2 that waits since 700 is as urgent as one of queue 1 since 100 at 1000.
    for (now_us, first) in [(999, 1), (1000, 1), (1001, 2)] {
        let mut scene = Scene::new();
        let start_us = scene.now_us;
        scene.does(settings(1, Strategy::LongestIdle, 0, 1));
        scene.does(settings(2, Strategy::LongestIdle, 0, 3));
        scene.does(enqueue_at(1, 1, 0, start_us + 100));
        scene.does(enqueue_at(2, 2, 0, start_us + 700));
        scene.sign_in(1, &[1, 2]);
        scene.now_us = start_us + now_us;
        assert_eq!(offers(&scene.does(ready(1))), [(first, 1)], "{now_us}");
    }
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let mut scene = Scene::new();
    for command in [
        settings(1, Strategy::LongestIdle, -1, 1),
        settings(1, Strategy::LongestIdle, 0, 0),
        settings(1, Strategy::LongestIdle, 0, acd::SLOPE_MAX + 1),
        sign_in(1, &[], 0, 0),
        sign_in(1, &[], acd::WEIGHT_MAX + 1, 0),
    ] {
        assert_eq!(scene.refuses(command), RefusalCode::Invalid);
    }
}

#[test]
fn sticky_is_the_last_agent_if_they_are_free() {
    let mut scene = floor(Strategy::Sticky, 3);
    let of = |contact: u64, last: u32| {
        Command::Enqueue(Arrival {
            last_agent: Some(AgentId(last)),
            ..arrival(contact, 1)
        })
    };
    assert_eq!(offers(&scene.does(of(1, 2))), [(1, 2)]);
    assert_eq!(
        offers(&scene.does(of(2, 2))),
        [(2, 1)],
        "the longest idle else"
    );
    assert_eq!(
        offers(&scene.does(of(3, 9))),
        [(3, 3)],
        "or if they are gone"
    );
}
