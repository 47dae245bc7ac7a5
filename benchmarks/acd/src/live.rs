//! What readers of the live figures get, and what they cost the matcher: life cycles with their
//! figures published as the matcher's thread does it, now with a reader on the other core who reads
//! single queues and agents as fast as it can, now without.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use acd::{
    AGENT_WORDS, AgentFigures, AgentId, QUEUE_WORDS, QueueFigures, QueueId, Shifts, Strategy,
};
use rings::record::Records;
use serde_json::json;

use crate::Windows;
use crate::driver::{Driver, Offer};
use crate::report::{Figures, figures, pin_to_first_core, rounded, thread_time};
use crate::world::{QUEUES, World};

const AGENTS: usize = 10_000;
const CLASSES: usize = 512;
/// Life cycles between two looks at the clock.
const BATCH: usize = 100;
/// How often queues are published, as in the matcher's thread.
const PUBLISH: Duration = Duration::from_millis(100);
/// Windows with and without a reader take turns, so that a noisy moment strikes both.
const TURNS: u32 = 8;

struct Live {
    queues: Records<QUEUE_WORDS>,
    agents: Records<AGENT_WORDS>,
}

pub fn run(windows: Windows) -> Figures {
    let live = Arc::new(Live {
        queues: Records::new(QUEUES as usize),
        agents: Records::new(AGENTS),
    });
    let mut writer = Writer::new(&live);
    let (reading, ended) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let reads = Arc::new(AtomicU64::new(0));
    let reader = {
        let (live, reading, ended, reads) = (live, reading.clone(), ended.clone(), reads.clone());
        thread::spawn(move || read(&live, &reading, &ended, &reads))
    };
    let window = windows.closed_loop / TURNS;
    writer.work(window);
    let (mut alone, mut read_from, mut reading_s) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..TURNS {
        alone.push(writer.work(window));
        let start = Instant::now();
        reading.store(true, Ordering::Relaxed);
        read_from.push(writer.work(window));
        reading.store(false, Ordering::Relaxed);
        reading_s += start.elapsed().as_secs_f64();
    }
    ended.store(true, Ordering::Relaxed);
    reader.join().expect("the reader reads");
    let (alone, read_from) = (median(&mut alone), median(&mut read_from));
    figures(json!({
        "reads_per_s": rounded(reads.load(Ordering::Relaxed) as f64 / reading_s),
        "writer_slowdown_pct": rounded((1.0 - read_from / alone) * 100.0),
        "commands_per_cpu_s": rounded(alone),
        "queues": QUEUES,
        "agents": AGENTS,
    }))
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    f64::midpoint(rates[(rates.len() - 1) / 2], rates[rates.len() / 2])
}

fn read(live: &Live, reading: &AtomicBool, ended: &AtomicBool, reads: &AtomicU64) {
    const ROUND: usize = 1_000;
    pin_to_first_core();
    let mut at = 0;
    while !ended.load(Ordering::Relaxed) {
        if !reading.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        for _ in 0..ROUND {
            at += 1;
            let queue = live.queues.read(at % QUEUES as usize);
            let agent = live.agents.read(at % AGENTS);
            std::hint::black_box(queue.map(|words| QueueFigures::from_words(&words)));
            std::hint::black_box(agent.map(|words| AgentFigures::from_words(&words)));
        }
        reads.fetch_add(2 * ROUND as u64, Ordering::Relaxed);
    }
}

struct Writer {
    world: World,
    driver: Driver,
    calls: Vec<Offer>,
    now_us: i64,
    live: Arc<Live>,
}

impl Writer {
    fn new(live: &Arc<Live>) -> Self {
        let mut world = World::new(5, AGENTS, CLASSES);
        let mut driver = Driver::new(&world, Strategy::LongestIdle, 20_000_000);
        let shifts = Rc::new(RefCell::new(Shifts::default()));
        let publisher = Arc::clone(live);
        driver.sink.follow = Some(Box::new(move |envelope| {
            let mut shifts = shifts.borrow_mut();
            if let Some(agent) = shifts.follow(envelope) {
                let words = shifts.agents()[agent].to_words();
                publisher.agents.publish(agent, words);
            }
        }));
        let now_us = 3_600_000_000;
        driver.fill(&mut world, AGENTS as i64 * 10, now_us);
        for agent in 0..AGENTS {
            driver.ready(now_us, AgentId(agent as u32));
        }
        let calls = std::mem::take(&mut driver.sink.offers);
        for offer in &calls {
            driver.accept(now_us, *offer);
        }
        Self {
            world,
            driver,
            calls,
            now_us,
            live: Arc::clone(live),
        }
    }

    /// Commands a second of this thread's own time, so that others on the core don't count.
    fn work(&mut self, window: Duration) -> f64 {
        let before = self.driver.commands;
        let own_before_s = thread_time().as_secs_f64();
        let start = Instant::now();
        let mut publish_at = start;
        while start.elapsed() < window {
            (0..BATCH).for_each(|_| self.life_cycle());
            if Instant::now() >= publish_at {
                publish_at += PUBLISH;
                let queues = self.driver.machine.figures(QueueId(0), self.now_us);
                for (number, figures) in queues.enumerate() {
                    self.live.queues.publish(number, figures.to_words());
                }
            }
        }
        (self.driver.commands - before) as f64 / (thread_time().as_secs_f64() - own_before_s)
    }

    fn life_cycle(&mut self) {
        let Self {
            world,
            driver,
            calls,
            now_us,
            ..
        } = self;
        *now_us += 10;
        driver.enqueue(world, *now_us);
        let ended = calls.swap_remove(world.dice.below(calls.len()));
        driver.complete(*now_us, ended.contact);
        driver.wrap_up_done(*now_us, ended);
        while let Some(offer) = driver.sink.offers.pop() {
            driver.accept(*now_us, offer);
            calls.push(offer);
        }
    }
}
