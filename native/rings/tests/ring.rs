//! The ring under many producers: bounded, nothing lost, doubled or reordered, no wake-up missed,
//! and no system call while the consumer is awake.

#![cfg(not(loom))]

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use rings::ring::{Consumer, Full, Producer, ring, ring_on};
use rings::wake::{Signal, Wake};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

const PRODUCERS: u32 = 4;
const ITEMS_PER_PRODUCER: u32 = 100_000;

/// Longer than any scheduling delay of a busy machine: reaching it means a lost wake-up.
const PATIENCE: Duration = Duration::from_secs(20);

fn readable(descriptor: BorrowedFd<'_>) -> bool {
    let mut descriptors = [PollFd::new(&descriptor, PollFlags::IN)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    poll(&mut descriptors, Some(&at_once)).expect("poll on an open descriptor") > 0
}

fn new_ring<T>(bound: usize) -> (Producer<T>, Consumer<T>) {
    ring(bound).expect("a free descriptor")
}

/// Who pushed it, and their how manieth. On the heap, so that `make test-sanitized` sees one that is
/// dropped twice, never, or read before it is there.
type Item = Box<(u32, u32)>;

fn push_until_taken(producer: &Producer<Item>, mut item: Item) {
    while let Err(Full(back)) = producer.push(item) {
        item = back;
        thread::yield_now();
    }
}

#[test]
fn a_full_ring_refuses_and_gives_the_item_back() {
    let (producer, mut consumer) = new_ring(2);
    assert_eq!(producer.push(1), Ok(()));
    assert_eq!(producer.push(2), Ok(()));
    assert_eq!(producer.push(3), Err(Full(3)));
    assert_eq!(consumer.pop(), Some(1));
    assert_eq!(producer.push(4), Ok(()));
    assert_eq!(consumer.drain(10), [2, 4]);
    assert!(consumer.is_empty() && producer.is_empty());
}

#[test]
fn readable_exactly_while_items_wait() {
    let (producer, mut consumer) = new_ring(8);
    assert!(!readable(consumer.as_fd()));
    for item in 0..3 {
        producer.push(item).expect("room for three");
    }
    assert!(readable(consumer.as_fd()));
    assert_eq!(consumer.drain(2), [0, 1]);
    assert!(readable(consumer.as_fd()), "one item is left");
    assert_eq!(consumer.drain(2), [2]);
    assert_eq!(consumer.drain(2), []);
    assert!(!readable(consumer.as_fd()));
    producer.wake();
    assert!(readable(consumer.as_fd()), "woken without an item");
    assert_eq!(consumer.pop(), None);
    assert!(!readable(consumer.as_fd()));
}

/// Counts what would be system calls.
#[derive(Default)]
struct Calls(AtomicU32);

impl Signal for Calls {
    fn set(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn clear(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_push_makes_a_system_call_only_if_the_consumer_sleeps() {
    let (producer, mut consumer) = ring_on(8, Calls::default());
    let mut calls = || {
        for item in 0..1_000 {
            producer.push(item).expect("taken at once");
            assert_eq!(consumer.take(), Some(item));
        }
        assert!(consumer.take().is_none());
        let awake = consumer.signal().0.swap(0, Ordering::Relaxed);
        assert!(consumer.rest());
        (awake, consumer.signal().0.swap(0, Ordering::Relaxed))
    };
    // The first push ends the sleep in which a ring begins; going to sleep again is one call.
    assert_eq!(calls(), (1, 1));
    assert_eq!(calls(), (1, 1));
}

#[test]
fn rest_is_refused_while_an_item_waits() {
    let (producer, mut consumer) = new_ring(2);
    producer.push(1).expect("room");
    assert!(!consumer.rest());
    assert!(readable(consumer.as_fd()));
    assert_eq!(consumer.take(), Some(1));
    assert!(consumer.rest());
    assert!(!readable(consumer.as_fd()));
}

#[test]
fn what_nobody_took_is_dropped_with_the_ring() {
    let item = Arc::new(());
    let (producer, consumer) = new_ring(4);
    for _ in 0..3 {
        producer.push(Arc::clone(&item)).expect("room");
    }
    drop((producer, consumer));
    assert_eq!(Arc::strong_count(&item), 1);
}

#[test]
fn a_raise_before_the_wait_ends_it() {
    let wake = Wake::new().expect("a free descriptor");
    wake.raise();
    wake.wait(None);
    wake.lower();
    assert!(!readable(wake.as_fd()));
}

/// The consumer sleeps without a time limit that it could be saved by: a missed wake-up would hang
/// it, and `PATIENCE` turns that into a failure.
fn stress(bound: usize) {
    let (producer, mut consumer) = new_ring(bound);
    let mut next = [0_u32; PRODUCERS as usize];
    let mut left = PRODUCERS * ITEMS_PER_PRODUCER;
    thread::scope(|scope| {
        for name in 0..PRODUCERS {
            let producer = producer.clone();
            scope.spawn(move || {
                for number in 0..ITEMS_PER_PRODUCER {
                    push_until_taken(&producer, Box::new((name, number)));
                }
            });
        }
        while left > 0 {
            let taken = consumer.drain(64);
            if taken.is_empty() {
                let started = std::time::Instant::now();
                consumer.wait(Some(PATIENCE));
                assert!(started.elapsed() < PATIENCE, "a wake-up was missed");
            }
            for item in taken {
                let (name, number) = *item;
                let expected = &mut next[name as usize];
                assert_eq!(number, *expected, "lost, doubled or reordered");
                *expected += 1;
                left -= 1;
            }
        }
    });
    assert_eq!(next, [ITEMS_PER_PRODUCER; PRODUCERS as usize]);
    assert!(consumer.is_empty());
}

#[test]
fn many_producers_through_a_narrow_ring() {
    stress(4);
}

#[test]
fn many_producers_through_a_wide_ring() {
    stress(4096);
}

/// One item at a time, so that every single one has to wake the sleeping consumer.
#[test]
fn each_lone_item_wakes() {
    let (there, mut here) = new_ring(1);
    let (back, mut answers) = new_ring(1);
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..20_000 {
                let item = take(&mut here);
                back.push(item).expect("one at a time");
            }
        });
        for number in 0..20_000_u32 {
            there.push(number).expect("one at a time");
            assert_eq!(take(&mut answers), number);
        }
    });
}

fn take(consumer: &mut Consumer<u32>) -> u32 {
    loop {
        if let Some(item) = consumer.pop() {
            return item;
        }
        let started = std::time::Instant::now();
        consumer.wait(Some(PATIENCE));
        assert!(started.elapsed() < PATIENCE, "a wake-up was missed");
    }
}
