//! The same people under the same settings come to the same figures; under others, to others.

// The numbers of a test are small.
#![allow(clippy::cast_possible_truncation)]

mod bustle;
mod legs;
mod office;

use std::collections::BTreeMap;

use bustle::{Bustle, Worked};
use office::{Commands, Office};
use whatif::figures::QueueFigures;
use whatif::simulation::Drawn;
use whatif::{Changes, Question, Story, simulate};

const QUESTION: Question = Question {
    within_us: 20_000_000,
    from_us: 0,
    to_us: i64::MAX,
};

fn read(commands: &Commands) -> Story {
    let mut story = Story::new();
    for (at_us, id, json) in commands {
        story.take(*at_us, *id, json).expect("a command");
    }
    story
}

/// Some hours with fewer agents than it takes.
fn busy() -> Story {
    let office = Office {
        seed: 1,
        agents: 30,
        contacts: 1_500,
        between_us: 9_000_000,
    };
    read(&office.work())
}

fn with(changes: &str) -> Changes {
    serde_json::from_str(changes).expect("changes")
}

fn total(story: &Story, changes: &str) -> QueueFigures {
    let outcome = simulate(story, &with(changes), QUESTION).expect("possible");
    outcome.figures.total
}

#[test]
fn unchanged_settings_give_the_figures_of_the_run() {
    for seed in 0..8 {
        let office = Office {
            seed,
            agents: 10 + 5 * seed as u32,
            contacts: 800,
            between_us: 12_000_000,
        };
        let story = read(&office.work());
        let outcome = simulate(&story, &Changes::default(), QUESTION).expect("possible");
        assert_eq!(outcome.figures, story.figures(QUESTION), "seed {seed}");
        assert_eq!(outcome.drawn.answers, 0, "seed {seed}");
        assert_eq!(outcome.drawn.abandons, 0, "seed {seed}");
    }
}

/// With more than there is to do on most days, of all that can be done about contacts.
fn bustle(seed: u64, closes: bool) -> Worked {
    let bustle = Bustle {
        seed,
        agents: 12,
        contacts: 600,
        between_us: 25_000_000,
        closes,
    };
    bustle.work()
}

#[test]
fn so_does_a_day_of_transfers_consultations_and_callbacks() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..24 {
        let worked = bustle(seed, seed % 2 == 0);
        let story = read(&worked.commands);
        let outcome = simulate(&story, &Changes::default(), QUESTION).expect("possible");
        assert_eq!(outcome.figures, story.figures(QUESTION), "seed {seed}");
        assert_eq!(outcome.drawn, Drawn::default(), "seed {seed}");
        for (what, times) in worked.seen {
            *seen.entry(what).or_default() += times;
        }
    }
    let all = [
        "consulted",
        "deferred",
        "dismissed",
        "handed over",
        "lost",
        "moved",
        "ringing",
        "transferred",
        "transferred from the line",
    ];
    for what in all {
        let often = seen.get(what).is_some_and(|times| *times > 50);
        assert!(often, "{what}: {seen:?}");
    }
}

#[test]
fn waits_are_counted_as_the_matcher_counts_them() {
    for seed in 100..108 {
        let Worked {
            commands,
            counted: (answered, abandoned, wait_us),
            ..
        } = bustle(seed, false);
        let figures = read(&commands).figures(QUESTION).total;
        assert_eq!(
            (figures.answered, figures.abandoned),
            (answered, abandoned),
            "seed {seed}"
        );
        let asa_s = figures.asa_s.expect("somebody was answered");
        let expected_s = wait_us as f64 / answered as f64 / 1e6;
        assert!((asa_s - expected_s).abs() < 1e-9, "seed {seed}: {asa_s}");
    }
}

#[test]
fn whatever_is_changed_everybody_comes_and_nobody_comes_twice() {
    let changes = [
        r#"{"absent":[1,2,3,4]}"#,
        r#"{"doubled":[1,2,3,4]}"#,
        r#"{"queues":{"1":{"wrap_up_us":0},"3":{"max_waiting":3,"strategy":"random"}}}"#,
    ];
    for seed in 200..208 {
        let story = read(&bustle(seed, false).commands);
        for changed in changes {
            let figures = total(&story, changed);
            let came = figures.contacts + figures.turned_away as u64;
            assert_eq!(came, 600, "seed {seed}, {changed}");
            let ended = figures.answered + figures.abandoned;
            assert!(ended <= figures.contacts, "seed {seed}, {changed}");
        }
    }
}

#[test]
fn the_office_has_something_of_everything() {
    let story = busy();
    let figures = story.figures(QUESTION).total;
    assert_eq!(figures.contacts, 1_500);
    assert!(figures.abandoned > 100, "{figures:?}");
    assert!(figures.overflowed > 5, "{figures:?}");
    assert!(
        figures.asa_s.is_some_and(|asa_s| asa_s > 20.0),
        "{figures:?}"
    );
    assert!(figures.answered + figures.abandoned == 1_500, "{figures:?}");
}

#[test]
fn twice_the_agents_shorten_the_wait_and_half_of_them_lengthen_it() {
    let story = busy();
    let agents: Vec<u32> = story.about().agents.iter().map(|it| it.agent).collect();
    assert_eq!(agents.len(), 30);
    let doubled = serde_json::json!({ "doubled": agents }).to_string();
    let halved = serde_json::json!({ "absent": agents[..15] }).to_string();
    let (more, same, fewer) = (
        total(&story, &doubled),
        total(&story, "{}"),
        total(&story, &halved),
    );
    assert_eq!((more.agents, same.agents, fewer.agents), (60, 30, 15));
    assert!(more.asa_s < same.asa_s, "{more:?} {same:?}");
    assert!(more.service_level > same.service_level);
    assert!(more.abandoned < same.abandoned);
    assert!(more.occupancy < same.occupancy);
    assert!(fewer.abandoned > same.abandoned, "{fewer:?} {same:?}");
    assert!(fewer.service_level < same.service_level);
}

#[test]
fn the_same_seed_gives_the_same_and_another_one_something_near() {
    let story = busy();
    let changes = r#"{"absent":[1,2,3],"seed":SEED}"#;
    let of = |seed: &str| total(&story, &changes.replace("SEED", seed));
    assert_eq!(of("5"), of("5"));
    let (one, other) = (of("5"), of("6"));
    assert_ne!(one, other);
    let levels = one.service_level.zip(other.service_level);
    assert!(levels.is_some_and(|(one, other)| (one - other).abs() < 0.1));
}

#[test]
fn settings_of_queues_contacts_and_agents_can_be_changed() {
    let story = busy();
    let same = total(&story, "{}");
    let spread = total(
        &story,
        r#"{"queues":{"1":{"strategy":"top_down"},"2":{"strategy":"top_down"}},
            "agents":{"3":{"queues":[]}}}"#,
    );
    assert_ne!(same.asa_s, spread.asa_s);
    assert_eq!(spread.contacts, same.contacts);
    // Nobody needs a skill, and nobody goes on to another queue.
    let shapes: Vec<_> = story
        .about()
        .shapes
        .iter()
        .map(|_| serde_json::json!({"requires": [], "relax": []}))
        .collect();
    let free = total(&story, &serde_json::json!({ "shapes": shapes }).to_string());
    assert_eq!(free.overflowed, 0);
    let full = total(&story, r#"{"queues":{"1":{"max_waiting":1}}}"#);
    assert!(full.turned_away > 0, "{full:?}");
    assert_eq!(full.contacts + full.turned_away as u64, same.contacts);
}

#[test]
fn a_change_that_is_none_is_refused_by_name() {
    let story = busy();
    let refused = simulate(
        &story,
        &with(r#"{"queues":{"2":{"strategy":"best"}}}"#),
        QUESTION,
    );
    let text = refused.expect_err("no such strategy").to_string();
    assert!(text.starts_with("queue 2: "), "{text}");
    assert!(text.contains("strategy"), "{text}");
}

#[test]
fn a_part_of_the_day_can_be_asked_about() {
    let story = busy();
    let about = story.about();
    let middle_us = i64::midpoint(about.first_us, about.last_us);
    let morning = story
        .figures(Question {
            to_us: middle_us,
            ..QUESTION
        })
        .total;
    let evening = story
        .figures(Question {
            from_us: middle_us,
            ..QUESTION
        })
        .total;
    assert_eq!(morning.contacts + evening.contacts, 1_500);
    assert!(morning.contacts > 0 && evening.contacts > 0);
}
