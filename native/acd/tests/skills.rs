//! Who can take whom: skills with levels, and what an assignment changes.

mod scene;

use acd::{Arrival, Assignment, Command, RefusalCode, Relaxation, SkillId, SkillLevel};
use scene::*;

fn levels(skills: &[(u32, u8)]) -> Vec<SkillLevel> {
    let level = |(skill, level): &(u32, u8)| SkillLevel {
        skill: SkillId(*skill),
        level: *level,
    };
    skills.iter().map(level).collect()
}

fn assign(agent: u32, queues: &[u32], skills: &[(u32, u8)]) -> Command {
    Command::AgentAssign(Assignment {
        skills: levels(skills),
        ..assignment(agent, queues)
    })
}

fn needing(contact: u64, queue: u32, skills: &[(u32, u8)]) -> Command {
    Command::Enqueue(Arrival {
        requires: levels(skills),
        ..arrival(contact, queue)
    })
}

/// A ready agent with skills, later than whoever was before.
fn skilled(scene: &mut Scene, agent: u32, skills: &[(u32, u8)]) {
    scene.now_us += 1;
    scene.sign_in(agent, &[1]);
    scene.does(assign(agent, &[1], skills));
    scene.does(ready(agent));
}

#[test]
fn an_agent_needs_every_skill_at_its_level() {
    let mut scene = Scene::new();
    skilled(&mut scene, 1, &[(7, 4)]);
    skilled(&mut scene, 2, &[(7, 5)]);
    skilled(&mut scene, 3, &[(7, 9), (8, 1)]);
    skilled(&mut scene, 4, &[(7, 9), (8, 2)]);
    assert_eq!(
        offers(&scene.does(needing(1, 1, &[(7, 5), (8, 2)]))),
        [(1, 4)]
    );
    assert_eq!(offers(&scene.does(needing(2, 1, &[(7, 5)]))), [(2, 2)]);
    assert_eq!(offers(&scene.does(needing(3, 1, &[(7, 10)]))), []);
    assert_eq!(offers(&scene.does(needing(4, 1, &[(9, 1)]))), []);
    assert_eq!(offers(&scene.does(needing(5, 1, &[]))), [(5, 1)]);
}

#[test]
fn level_0_shuts_out_who_has_it() {
    let mut scene = Scene::new();
    skilled(&mut scene, 1, &[(7, 1), (8, 3)]);
    skilled(&mut scene, 2, &[(6, 1), (8, 3), (9, 1)]);
    assert_eq!(
        offers(&scene.does(needing(1, 1, &[(7, 0), (8, 3)]))),
        [(1, 2)]
    );
    assert_eq!(offers(&scene.does(needing(2, 1, &[(7, 0)]))), []);
    assert_eq!(offers(&scene.does(needing(3, 1, &[(9, 0)]))), [(3, 1)]);
    let wrong = assign(1, &[1], &[(7, 0)]);
    assert_eq!(scene.refuses(wrong), RefusalCode::Invalid);
}

#[test]
fn a_free_agent_passes_over_what_they_cannot_take() {
    let mut scene = Scene::new();
    scene.does(needing(1, 1, &[(7, 5)]));
    scene.does(needing(2, 1, &[(8, 1)]));
    scene.does(needing(3, 1, &[(7, 2)]));
    scene.does(needing(4, 1, &[]));
    scene.sign_in(1, &[1]);
    scene.does(assign(1, &[1], &[(7, 3)]));
    assert_eq!(offers(&scene.does(ready(1))), [(3, 1)]);
    assert_eq!(scene.waiting(1), [1, 2, 4]);
}

#[test]
fn a_skill_does_not_make_up_for_the_queue() {
    let mut scene = Scene::new();
    skilled(&mut scene, 1, &[(7, 9)]);
    assert_eq!(offers(&scene.does(needing(1, 2, &[(7, 1)]))), []);
}

#[test]
fn who_learns_a_skill_takes_what_waits_for_it_at_once() {
    let mut scene = Scene::new();
    skilled(&mut scene, 1, &[]);
    scene.does(needing(1, 1, &[(7, 5)]));
    assert_eq!(offers(&scene.does(assign(1, &[1], &[(7, 4)]))), []);
    assert_eq!(offers(&scene.does(assign(1, &[1], &[(7, 5)]))), [(1, 1)]);
}

#[test]
fn an_offer_rings_on_whatever_its_agent_is_assigned() {
    let mut scene = Scene::new();
    skilled(&mut scene, 1, &[(7, 5)]);
    let (agent, epoch) = offer_in(&scene.does(needing(1, 1, &[(7, 5)])), 1);
    assert_eq!(scene.does(assign(1, &[2], &[])), []);
    assert_eq!(scene.does(accept(1, agent, epoch)).len(), 2);
    // Afterwards the new assignment holds.
    scene.does(complete(1));
    scene.does(needing(2, 1, &[]));
    assert_eq!(offers(&scene.does(wrap_up_done(1, 1))), []);
    assert_eq!(offers(&scene.does(enqueue(3, 2))), [(3, 1)]);
}

#[test]
fn who_returns_from_an_agent_still_needs_what_they_needed() {
    let mut scene = Scene::new();
    skilled(&mut scene, 1, &[(7, 5)]);
    let (agent, epoch) = offer_in(&scene.does(needing(1, 1, &[(7, 5)])), 1);
    skilled(&mut scene, 2, &[]);
    assert_eq!(offers(&scene.does(reject(1, agent, epoch))), []);
    skilled(&mut scene, 3, &[(7, 6)]);
    assert_eq!(scene.waiting(1).len(), 0);
}

#[test]
fn skills_that_cannot_be_are_refused() {
    let mut scene = Scene::new();
    scene.sign_in(1, &[1]);
    let many: Vec<(u32, u8)> = (0..33).map(|skill| (skill, 1)).collect();
    for skills in [&[(7, 11)][..], &[(7, 1), (7, 2)], &many] {
        assert_eq!(scene.refuses(needing(1, 1, skills)), RefusalCode::Invalid);
    }
    for skills in [&[(7, 0)][..], &[(7, 1), (8, 1), (7, 1)]] {
        assert_eq!(scene.refuses(assign(1, &[1], skills)), RefusalCode::Invalid);
    }
    assert_eq!(
        scene.refuses(assign(1, &[9], &[])),
        RefusalCode::UnknownQueue
    );
    assert_eq!(
        scene.refuses(assign(2, &[1], &[])),
        RefusalCode::UnknownAgent
    );
}

/// Each agent is a skill of their own, numbered after all others, for contacts that are held for
/// them: a class for each, of which nobody else's contact knows.
#[test]
fn a_contact_for_one_agent_waits_for_them_alone_until_it_is_anybodys() {
    const AGENTS: u32 = 500;
    let own = |agent: u32| (1 << 31) + agent;
    let mut scene = Scene::new();
    scene.open(1, WRAP_UP_US, AGENTS);
    scene.does(Command::Configure {
        heartbeat_timeout_us: 600_000_000,
    });
    for agent in 1..=AGENTS {
        scene.sign_in(agent, &[1]);
        scene.does(assign(agent, &[1], &[(own(agent), 1)]));
    }
    for agent in 1..=AGENTS {
        let free = Relaxation {
            after_us: 60_000_000,
            requires: vec![],
            queue: None,
        };
        scene.does(Command::Enqueue(Arrival {
            requires: levels(&[(own(agent), 1)]),
            relax: vec![free],
            ..arrival(u64::from(agent), 1)
        }));
    }
    assert_eq!(offers(&scene.does(ready(77))), [(77, 77)]);
    for _ in 1..AGENTS {
        scene.next_timer();
    }
    assert_eq!(offers(&scene.does(ready(99))), [(1, 99)]);
}
