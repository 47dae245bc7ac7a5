//! Records under readers that never stop: each is whole, and none is older than one seen before.

#![cfg(not(loom))]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rings::record::{Record, Records};

#[test]
fn nothing_is_read_before_the_first_publication() {
    let record = Record::<3>::new();
    assert_eq!(record.read(), None);
    record.publish([1, 2, 3]);
    assert_eq!(record.read(), Some([1, 2, 3]));
    record.publish([4, 5, 6]);
    assert_eq!(record.read(), Some([4, 5, 6]));
}

#[test]
fn readers_see_whole_records_in_order() {
    const PUBLICATIONS: u64 = 200_000;
    let record = Record::<24>::new();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::Acquire) {
                    let Some(words) = record.read() else { continue };
                    assert!(words.iter().all(|word| *word == words[0]), "torn");
                    assert!(words[0] >= last, "back in time");
                    last = words[0];
                }
            });
        }
        for number in 1..=PUBLICATIONS {
            record.publish([number; 24]);
        }
        done.store(true, Ordering::Release);
    });
    assert_eq!(record.read(), Some([PUBLICATIONS; 24]));
}

#[test]
fn a_list_grows_up_to_its_bound() {
    let list = Records::<1>::new(100);
    assert!(list.is_empty());
    for at in 0..100 {
        list.publish(at, [at as u64]);
        assert_eq!(list.len(), at + 1);
    }
    list.publish(3, [33]);
    list.publish(1_000, [1]);
    assert_eq!(list.len(), 100);
    assert_eq!(list.read(3), Some([33]));
    assert_eq!(list.read(99), Some([99]));
    assert_eq!(list.read(1_000), None);
}
