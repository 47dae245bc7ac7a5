//! Sequence numbers and the replay window, against what anybody would write down.

use std::collections::HashSet;

use proptest::prelude::*;
use rtp::replay::{Replay, WINDOW};
use rtp::sequence::Extender;

proptest! {
    #[test]
    fn numbers_are_extended_to_the_nearest(
        steps in prop::collection::vec(-30_000..32_000_i64, 1..300),
    ) {
        let (mut extender, mut at) = (Extender::default(), 0_i64);
        let mut highest = 0;
        for step in steps {
            // Near the highest, as packets are that belong together.
            at = (highest + step).max(0);
            let number = u16::try_from(at & 0xffff).expect("16 bits");
            prop_assert_eq!(extender.extend(number), at.unsigned_abs());
            highest = highest.max(at);
        }
        prop_assert!(at >= 0);
    }

    #[test]
    fn what_came_is_known_in_a_window(
        steps in prop::collection::vec(-1_500..1_500_i64, 1..500),
    ) {
        let (mut replay, mut came) = (Replay::default(), HashSet::new());
        let mut highest = 0_i64;
        for step in steps {
            let at = (highest + step).max(0);
            let (index, end) = (at.unsigned_abs(), highest.unsigned_abs());
            let in_window = came.is_empty() || index + WINDOW > end;
            let new = in_window && !came.contains(&index);
            prop_assert_eq!(replay.is_new(index), new);
            if new {
                replay.take(index);
                came.insert(index);
                highest = highest.max(at);
            }
        }
    }
}

#[test]
fn half_a_round_is_the_same_round() {
    // RFC 3711 appendix A: only what is more than half a round away is of another one.
    let mut extender = Extender::default();
    extender.take(0x1_9000);
    assert_eq!(extender.guess(0x1000), 0x1_1000);
    assert_eq!(extender.guess(0x0fff), 0x2_0fff);
    let mut extender = Extender::default();
    extender.take(0x1_1000);
    assert_eq!(extender.guess(0x9000), 0x1_9000);
    assert_eq!(extender.guess(0x9001), 0x0_9001);
}
