//! Lines whose waits are known by formula.

use forecast::{Line, Malformed, Pool, Waits, drain, ends};

fn line(heads: &[f64], leave_per_s: f64) -> Line {
    Line {
        length: heads.len(),
        leave_per_s,
        heads: heads.to_vec(),
    }
}

fn pool(lines: &[usize], free_per_s: f64) -> Pool {
    Pool {
        lines: lines.to_vec(),
        free_per_s,
    }
}

fn drained(lines: &[Line], pools: &[Pool]) -> Vec<Waits> {
    let found = drain(lines, pools).expect("they make sense");
    found
        .into_iter()
        .map(|one| one.expect("it is served"))
        .collect()
}

fn near(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0)
}

#[test]
fn with_nobody_leaving_each_place_takes_one_departure() {
    // M/M/s: with k ahead the wait is the sum of k + 1 exponential times.
    let waits = &drained(&[line(&[0.0; 40], 0.0)], &[pool(&[0], 0.25)])[0];
    for ahead in 0..=40_u8 {
        let wait = waits.wait(ahead.into());
        let departures = f64::from(ahead) + 1.0;
        assert!(near(wait.mean_s, 4.0 * departures));
        assert!(near(wait.variance_s2, 16.0 * departures));
    }
}

#[test]
fn with_patience_it_is_ibrahim_and_whitts_ql_a() {
    // The sum over those ahead, each of whom may leave, of 1 / (s mu + i theta).
    let (free_per_s, leave_per_s) = (0.5, 0.01);
    let lines = [line(&[0.0; 40], leave_per_s)];
    let waits = &drained(&lines, &[pool(&[0], free_per_s)])[0];
    for ahead in 0..=40_u8 {
        let mean_s: f64 = (0..=ahead)
            .map(|left| 1.0 / (free_per_s + f64::from(left) * leave_per_s))
            .sum();
        let wait = waits.wait(ahead.into());
        assert!(
            near(wait.mean_s, mean_s),
            "{ahead}: {} for {mean_s}",
            wait.mean_s
        );
    }
}

#[test]
fn agents_who_serve_two_lines_take_the_oldest() {
    let found = drained(
        &[line(&[1.0, 4.0], 0.0), line(&[2.0, 3.0], 0.0)],
        &[pool(&[0, 1], 1.0)],
    );
    let turns = [(0, 0, 1.0), (1, 0, 2.0), (1, 1, 3.0), (0, 1, 4.0)];
    for (line, ahead, at_s) in turns {
        assert!(near(found[line].wait(ahead).mean_s, at_s));
    }
    // Newcomers aren't in each other's way.
    assert!(near(found[0].wait(2).mean_s, 5.0));
    assert!(near(found[1].wait(9).mean_s, 5.0));
}

#[test]
fn a_line_without_agents_has_no_wait() {
    let found = drain(&[line(&[], 0.0), line(&[], 0.0)], &[pool(&[1], 2.0)]).expect("sense");
    assert!(found[0].is_none());
    assert!(near(found[1].as_ref().expect("served").wait(0).mean_s, 0.5));
    let idle = drain(&[line(&[], 0.0)], &[pool(&[0], 0.0)]).expect("sense");
    assert!(idle[0].is_none());
}

#[test]
fn a_million_are_few_steps() {
    let steps = ends(1_000_000);
    assert!(steps.len() < 1_000);
    assert_eq!(steps[..3], [0, 1, 2]);
    assert_eq!(steps.last(), Some(&1_000_000));
    assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn heads_are_asked_for_where_agents_are_shared() {
    let mut short = line(&[1.0, 2.0], 0.0);
    short.heads.pop();
    let lines = [short, line(&[3.0], 0.0)];
    assert_eq!(
        drain(&lines, &[pool(&[0, 1], 1.0)]),
        Err(Malformed::Heads(0))
    );
    assert!(drain(&lines, &[pool(&[0], 1.0)]).is_ok());
}
