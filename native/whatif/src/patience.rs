//! How long customers are ready to wait, from what was seen of it.
//!
//! Who left has shown their patience; who was served only that it was longer than their wait. The
//! distribution is the product-limit estimate of Kaplan and Meier (1958), which uses both. Beyond the
//! longest patience seen it goes on at a constant rate of leaving: all who left by all the time waited.

/// Of one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// They left after so long, microseconds.
    Left(i64),
    /// They were there after so long, microseconds; what would have been is unknown.
    Longer(i64),
}

/// The distribution of patience.
#[derive(Debug, Clone, Default)]
pub struct Survival {
    /// When somebody left, ascending, with the fraction who is more patient.
    steps: Vec<(i64, f64)>,
    /// Who leaves, per microsecond waited.
    rate: f64,
    left: usize,
}

impl Survival {
    /// Estimates it.
    #[must_use]
    pub fn estimate(seen: impl IntoIterator<Item = Patience>) -> Self {
        let mut seen: Vec<(i64, bool)> = seen
            .into_iter()
            .map(|patience| match patience {
                Patience::Left(us) => (us.max(0), false),
                Patience::Longer(us) => (us.max(0), true),
            })
            .collect();
        // At the same time who left goes first: the others were still there.
        seen.sort_unstable();
        let waited_us: f64 = seen.iter().map(|(us, _)| *us as f64).sum();
        let left = seen.iter().filter(|(_, censored)| !censored).count();
        let mut steps: Vec<(i64, f64)> = Vec::new();
        let mut surviving = 1.0;
        for (at, (us, censored)) in seen.iter().enumerate() {
            if *censored {
                continue;
            }
            surviving *= 1.0 - 1.0 / (seen.len() - at) as f64;
            match steps.last_mut() {
                Some(last) if last.0 == *us => last.1 = surviving,
                _ => steps.push((*us, surviving)),
            }
        }
        Self {
            steps,
            rate: if waited_us > 0.0 {
                left as f64 / waited_us
            } else {
                0.0
            },
            left,
        }
    }

    /// How many were seen to leave.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left
    }

    /// The fraction who waits longer than this, microseconds.
    #[must_use]
    pub fn beyond(&self, us: i64) -> f64 {
        match self.steps.partition_point(|(at, _)| *at <= us) {
            0 => 1.0,
            count => self.steps[count - 1].1,
        }
    }

    /// The patience of somebody who is known to have waited `longer_us`, microseconds, for a lot in
    /// (0, 1]; `None`: nobody was ever seen to leave.
    #[must_use]
    pub fn draw(&self, lot: f64, longer_us: i64) -> Option<i64> {
        let (last_us, at_last) = *self.steps.last()?;
        let wanted = lot * self.beyond(longer_us);
        if wanted > 0.0 && at_last <= wanted && longer_us < last_us {
            let step = self.steps.partition_point(|(_, beyond)| *beyond > wanted);
            return Some(self.steps[step].0.max(longer_us + 1));
        }
        // Past the longest that was seen.
        let (from_us, share) = if longer_us < last_us {
            (last_us, wanted / at_last)
        } else {
            (longer_us, lot)
        };
        let more_us = -libm::log(share) / self.rate;
        // Longer than any run; a number that large would overflow.
        let more_us = more_us.min(acd::DURATION_US_MAX as f64);
        #[expect(clippy::cast_possible_truncation, reason = "bounded in the line above")]
        Some(from_us + 1 + more_us as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Kaplan and Meier, J. Am. Stat. Assoc. 53 (1958), section 2: deaths at 0.8, 3.1,
    /// 5.4, 9.2; losses at 1.0, 2.7, 7.0, 12.1.
    #[test]
    fn the_published_example_comes_out() {
        let deaths = [800, 3100, 5400, 9200].map(Patience::Left);
        let losses = [1000, 2700, 7000, 12_100].map(Patience::Longer);
        let survival = Survival::estimate(deaths.into_iter().chain(losses));
        let expected = [(800, 7.0 / 8.0), (3100, 0.7), (5400, 0.525), (9200, 0.2625)];
        for (us, share) in expected {
            assert!((survival.beyond(us) - share).abs() < 1e-9, "{us}");
        }
        assert!((survival.beyond(799) - 1.0).abs() < 1e-9);
        assert_eq!(survival.left(), 4);
    }

    #[test]
    fn who_is_drawn_is_more_patient_than_they_were_seen_to_be() {
        let seen = (1..100).map(|n| match n % 3 {
            0 => Patience::Left(n * 1000),
            _ => Patience::Longer(n * 900),
        });
        let survival = Survival::estimate(seen);
        for longer_us in [0, 500, 50_000, 98_999, 99_000, 1_000_000] {
            let mut before_us = i64::MAX;
            for lot in 1..=100 {
                let drawn_us = survival.draw(f64::from(lot) / 100.0, longer_us);
                let drawn_us = drawn_us.expect("somebody left");
                assert!(drawn_us > longer_us, "{lot}: {drawn_us} after {longer_us}");
                assert!(drawn_us <= before_us, "a larger lot is less patience");
                before_us = drawn_us;
            }
        }
    }

    #[test]
    fn where_nobody_left_nobody_will() {
        let survival = Survival::estimate([Patience::Longer(5), Patience::Longer(7)]);
        assert_eq!(survival.draw(0.5, 3), None);
        assert_eq!(Survival::estimate([]).draw(0.5, 0), None);
    }
}
