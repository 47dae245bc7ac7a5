//! The matcher's thread: commands in, events out, nothing lost when a ring is full.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use acd::{AgentState, Command, CommandId, ContactId, Envelope, Event, RefusalCode};
use io::matcher::{Matcher, MatcherError, MatcherOptions};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Longer than any scheduling delay of a busy machine.
const PATIENCE_S: i64 = 20;

fn command(text: &str) -> Command {
    Command::from_json(text.as_bytes()).expect("well-formed")
}

fn submit(matcher: &Matcher, id: u64, text: &str) {
    matcher
        .submit(CommandId(id), command(text))
        .expect("room in the ring");
}

/// Waits on the descriptor as Python does, then drains.
fn next_events(matcher: &Matcher, limit: usize) -> Vec<Envelope> {
    // SAFETY: the matcher keeps its descriptor open while it is borrowed here.
    let descriptor = unsafe { BorrowedFd::borrow_raw(matcher.fileno()) };
    let patience = Timespec {
        tv_sec: PATIENCE_S,
        tv_nsec: 0,
    };
    let mut descriptors = [PollFd::new(&descriptor, PollFlags::IN)];
    let ready = poll(&mut descriptors, Some(&patience)).expect("poll on an open descriptor");
    assert_eq!(ready, 1, "no event came");
    let events = matcher.drain(limit).expect("a living thread");
    events
        .iter()
        .map(|event| serde_json::from_slice(event).expect("an envelope"))
        .collect()
}

/// All events up to the one that closes this command.
fn until_closed(matcher: &Matcher, id: u64) -> Vec<Envelope> {
    let mut events = Vec::new();
    loop {
        events.extend(next_events(matcher, 64));
        let closed = |envelope: &Envelope| {
            envelope.command == CommandId(id)
                && matches!(envelope.event, Event::Done {} | Event::Refused { .. })
        };
        if events.iter().any(closed) {
            return events;
        }
    }
}

fn open_queue(matcher: &Matcher, offer_timeout_us: i64) {
    submit(
        matcher,
        1,
        &format!(
            r#"{{"type":"queue_put","queue":1,"offer_timeout_us":{offer_timeout_us},"wrap_up_us":0,"max_waiting":1000000}}"#
        ),
    );
    until_closed(matcher, 1);
}

fn enqueue(number: u64) -> Command {
    command(&format!(
        r#"{{"type":"enqueue","contact":{number},"queue":1,"priority":0,"arrived_us":{number}}}"#
    ))
}

fn start(command_bound: usize, event_bound: usize) -> Matcher {
    let options = MatcherOptions {
        command_bound,
        event_bound,
        ..MatcherOptions::default()
    };
    Matcher::start(&options).expect("a thread")
}

#[test]
fn an_offer_rings_and_times_out_on_the_threads_own_clock() {
    let matcher = start(16, 64);
    open_queue(&matcher, 30_000);
    submit(
        &matcher,
        2,
        r#"{"type":"agent_sign_in","agent":7,"queues":[1]}"#,
    );
    submit(&matcher, 3, r#"{"type":"agent_ready","agent":7}"#);
    matcher
        .submit(CommandId(4), enqueue(9))
        .expect("room in the ring");
    let mut events = until_closed(&matcher, 4);
    let timed_out = |envelope: &Envelope| {
        matches!(envelope.event, Event::ReservationTimedOut { .. })
            && envelope.command == CommandId::TIMER
    };
    while !events.iter().any(timed_out) {
        events.extend(next_events(&matcher, 64));
    }
    assert!(events.is_sorted_by_key(|envelope| (envelope.at_us, envelope.seq)));
}

#[test]
fn a_full_event_ring_stalls_the_thread_and_a_full_command_ring_refuses() {
    let matcher = start(8, 4);
    open_queue(&matcher, 1);
    // Two events each: the event ring holds two commands' worth, then the thread stops taking.
    let mut submitted = 0;
    let mut refused = 0;
    let started = Instant::now();
    while refused < 100 {
        assert!(started.elapsed() < Duration::from_secs(20), "never full");
        match matcher.submit(CommandId(100 + submitted), enqueue(1 + submitted)) {
            Ok(()) => submitted += 1,
            Err(MatcherError::Full { bound }) => {
                assert_eq!(bound, 8);
                refused += 1;
                std::thread::yield_now();
            }
            Err(MatcherError::Ended) => panic!("the thread ended"),
        }
    }
    // 2 in the event ring, 1 in the backlog, 8 in the command ring; fewer if it was not yet there.
    assert!((8..=11).contains(&submitted), "{submitted} were taken");
    let mut events = Vec::new();
    while events.len() < 2 * usize::try_from(submitted).expect("few") {
        events.extend(next_events(&matcher, 3));
    }
    let closed: Vec<u64> = events
        .iter()
        .filter(|envelope| matches!(envelope.event, Event::Done {}))
        .map(|envelope| envelope.command.0)
        .collect();
    assert!(closed.iter().copied().eq(100..100 + submitted));
    assert!(events.is_sorted_by(|one, next| one.seq + 1 == next.seq));
}

#[test]
fn many_submit_at_once_and_each_command_is_closed_once() {
    const THREADS: u64 = 4;
    const COMMANDS: u64 = 5_000;
    let matcher = start(64, 64);
    open_queue(&matcher, 1);
    let mut closed = vec![0_u32; usize::try_from(2 + THREADS * COMMANDS).expect("few")];
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let matcher = &matcher;
            scope.spawn(move || {
                for number in 0..COMMANDS {
                    let id = 2 + thread * COMMANDS + number;
                    while matcher.submit(CommandId(id), enqueue(id)).is_err() {
                        std::thread::yield_now();
                    }
                }
            });
        }
        let mut left = THREADS * COMMANDS;
        let mut last_seq = None;
        while left > 0 {
            for envelope in next_events(&matcher, 1024) {
                assert!(last_seq.is_none_or(|seq: u64| seq + 1 == envelope.seq));
                last_seq = Some(envelope.seq);
                if let Event::Done {} = envelope.event {
                    closed[usize::try_from(envelope.command.0).expect("few")] += 1;
                    left -= 1;
                }
            }
        }
    });
    assert!(closed[2..].iter().all(|times| *times == 1));
}

/// Looks until it is so; a publication that never comes is a failure.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}: never");
        std::thread::yield_now();
    }
}

#[test]
fn figures_are_published() {
    let matcher = start(16, 64);
    open_queue(&matcher, 1_000_000);
    submit(
        &matcher,
        2,
        r#"{"type":"agent_sign_in","agent":7,"queues":[1],"capacity":{"video":{"slots":1}}}"#,
    );
    submit(&matcher, 3, r#"{"type":"agent_ready","agent":7}"#);
    for contact in 1..=3 {
        matcher
            .submit(CommandId(3 + contact), enqueue(contact))
            .expect("room in the ring");
    }
    let _ = until_closed(&matcher, 6);
    until("the queue's figures", || {
        let one = matcher.live().queue(0);
        one.is_some_and(|one| (one.waiting, one.offered, one.staffed) == (2, 1, 1))
    });
    let agent = matcher.live().agents()[0];
    assert_eq!((agent.agent.0, agent.state), (7, AgentState::Reserved));
    let snapshot = matcher.snapshot().expect("it runs");
    assert_eq!(snapshot.queues[0].waiting, [ContactId(2), ContactId(3)]);
    // A queue that sorts before the others doesn't move them.
    submit(
        &matcher,
        7,
        r#"{"type":"queue_put","queue":0,"offer_timeout_us":1,"wrap_up_us":0,"max_waiting":9}"#,
    );
    until("the new queue", || matcher.live().queues().len() == 2);
    let numbers: Vec<u32> = matcher
        .live()
        .queues()
        .iter()
        .map(|one| one.queue.0)
        .collect();
    assert_eq!(numbers, [1, 0]);
}

#[test]
fn close_carries_out_what_waits_and_ends_while_stalled() {
    let matcher = start(16, 64);
    open_queue(&matcher, 1);
    matcher
        .submit(CommandId(2), command(r#"{"type":"abandon","contact":5}"#))
        .expect("room in the ring");
    matcher.close();
    assert!(matches!(
        matcher.submit(CommandId(3), enqueue(1)),
        Err(MatcherError::Ended)
    ));
    let events = until_closed(&matcher, 2);
    assert!(matches!(
        events.last().map(|envelope| &envelope.event),
        Some(Event::Refused {
            code: RefusalCode::UnknownContact,
            ..
        })
    ));
    assert!(matcher.drain(10).expect("closed, not failed").is_empty());

    let stalled = start(64, 1);
    for id in 1..10 {
        stalled
            .submit(CommandId(id), enqueue(id))
            .expect("room in the ring");
    }
    stalled.close();
}

/// The wake-up of `close` may come at any moment of the thread's turn.
#[test]
fn close_is_never_missed() {
    for round in 0..500 {
        let matcher = start(16, 64);
        open_queue(&matcher, 1);
        if round % 2 == 0 {
            matcher
                .submit(CommandId(2), enqueue(1))
                .expect("room in the ring");
        }
        matcher.close();
    }
}
