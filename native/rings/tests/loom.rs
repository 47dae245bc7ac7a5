//! The code that ships, with every order of the threads' steps that two or three preemptions allow,
//! and every value that the memory model lets a load see.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p mediacore-rings --test loom`; part of
//! `make test-rust`. The eventfd is replaced by a flag and a condition variable: a consumer that
//! nobody wakes is a deadlock, which loom reports.

#![cfg(loom)]

use loom::model::Builder;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use rings::ring::{Consumer, Full, ring_on};
use rings::wake::{Signal, Wake};

/// An eventfd as loom can see it.
#[derive(Default)]
struct Flag {
    set: Mutex<bool>,
    changed: Condvar,
}

impl Flag {
    fn sleep(&self) {
        let mut set = self.set.lock().expect("nobody panics");
        while !*set {
            set = self.changed.wait(set).expect("nobody panics");
        }
    }
}

impl Signal for Flag {
    fn set(&self) {
        *self.set.lock().expect("nobody panics") = true;
        self.changed.notify_one();
    }

    fn clear(&self) {
        *self.set.lock().expect("nobody panics") = false;
    }
}

fn check(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// Sleeps until there is an item, as the matcher's thread does.
fn wait_for(consumer: &mut Consumer<u32, Flag>) -> u32 {
    loop {
        if let Some(item) = consumer.take() {
            return item;
        }
        if consumer.rest() {
            consumer.signal().sleep();
        }
    }
}

#[test]
fn two_producers_lose_and_double_nothing_and_wake_the_consumer_for_each_item() {
    check(3, || {
        let (producer, mut consumer) = ring_on(4, Flag::default());
        let other = producer.clone();
        let one = thread::spawn(move || {
            for item in [10, 11] {
                producer.push(item).expect("room for all");
            }
        });
        let two = thread::spawn(move || other.push(20).expect("room for all"));
        let taken: Vec<u32> = (0..3).map(|_| wait_for(&mut consumer)).collect();
        let of_one: Vec<u32> = taken.iter().copied().filter(|item| *item < 20).collect();
        assert_eq!(of_one, [10, 11], "lost, doubled or reordered: {taken:?}");
        assert_eq!(taken.iter().filter(|item| **item == 20).count(), 1);
        one.join().expect("no panic");
        two.join().expect("no panic");
        assert!(consumer.is_empty());
    });
}

#[test]
fn a_full_ring_gives_the_item_back_and_slots_are_used_again() {
    check(3, || {
        let (producer, mut consumer) = ring_on(1, Flag::default());
        producer.push(1).expect("empty");
        let pushing = thread::spawn(move || match producer.push(2) {
            Ok(()) => true,
            Err(Full(item)) => {
                assert_eq!(item, 2);
                false
            }
        });
        assert_eq!(wait_for(&mut consumer), 1);
        if pushing.join().expect("no panic") {
            assert_eq!(wait_for(&mut consumer), 2);
        }
        assert_eq!(consumer.take(), None);
        assert!(consumer.is_empty());
    });
}

#[test]
fn two_producers_on_one_slot() {
    check(3, || {
        let (producer, mut consumer) = ring_on(1, Flag::default());
        let pushed: Vec<_> = [1, 2]
            .into_iter()
            .map(|item| {
                let producer = producer.clone();
                thread::spawn(move || producer.push(item).is_ok())
            })
            .collect();
        let first = wait_for(&mut consumer);
        let pushed: Vec<bool> = pushed
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect();
        let second = consumer.take();
        let expected = if pushed == [true, true] {
            Some(3 - first)
        } else {
            None
        };
        assert!(pushed[first as usize - 1]);
        assert_eq!(second, expected);
    });
}

/// As the shard and the drained events use it: emptied with `pop`, which lowers by itself.
#[test]
fn pop_until_none_is_a_rest() {
    check(3, || {
        let (producer, mut consumer) = ring_on(2, Flag::default());
        let pushing = thread::spawn(move || {
            for item in [1, 2] {
                producer.push(item).expect("room for both");
            }
        });
        let mut taken = Vec::new();
        while taken.len() < 2 {
            match consumer.pop() {
                Some(item) => taken.push(item),
                None => consumer.signal().sleep(),
            }
        }
        assert_eq!(taken, [1, 2]);
        pushing.join().expect("no panic");
    });
}

/// What was pushed before the flag was set is taken before the consumer ends, also behind a push of
/// somebody else that is still under way; and the consumer always ends.
#[test]
fn a_stop_flag_is_seen_and_nothing_before_it_is_left_behind() {
    check(3, || {
        let (producer, mut consumer) = ring_on(4, Flag::default());
        let stop = Arc::new(AtomicBool::new(false));
        let other = producer.clone();
        let slow = thread::spawn(move || other.push(1).expect("room for both"));
        let stopping = {
            let stop = Arc::clone(&stop);
            thread::spawn(move || {
                producer.push(2).expect("room for both");
                stop.store(true, Ordering::SeqCst);
                producer.wake();
            })
        };
        let mut taken = Vec::new();
        loop {
            let last_turn = stop.load(Ordering::SeqCst);
            while let Some(item) = consumer.take() {
                taken.push(item);
            }
            if last_turn && consumer.is_empty() {
                break;
            }
            if consumer.rest() && stop.load(Ordering::SeqCst) == last_turn {
                consumer.signal().sleep();
            }
        }
        assert!(taken.contains(&2), "left behind");
        slow.join().expect("no panic");
        stopping.join().expect("no panic");
    });
}

/// The event ring is full: the thread sleeps until somebody has made room.
#[test]
fn who_waits_for_room_is_woken() {
    check(3, || {
        let (producer, mut consumer) = ring_on(1, Flag::default());
        let room = Arc::new(Wake::with(Flag::default()));
        producer.push(1).expect("empty");
        let draining = {
            let room = Arc::clone(&room);
            thread::spawn(move || {
                let first = consumer.drain(2);
                room.raise();
                (first, consumer)
            })
        };
        let mut item = 2;
        while let Err(Full(back)) = producer.push(item) {
            room.lower();
            match producer.push(back) {
                Ok(()) => break,
                Err(Full(back)) => item = back,
            }
            room.signal().sleep();
        }
        let (mut taken, mut consumer) = draining.join().expect("no panic");
        taken.extend(consumer.drain(2));
        assert_eq!(taken, [1, 2]);
    });
}
