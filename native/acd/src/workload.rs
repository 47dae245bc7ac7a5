//! What an agent has done so far, as the strategies compare it.

use crate::OCCUPANCY_HALF_LIFE_US;
use crate::command::AgentDay;
use crate::id::Epoch;
use crate::strategy::Order;

/// One contact's share of an agent of weight 1, in the units of [`Workload::share`].
const SHARE: i64 = 1_000_000;

/// Kept for a day, also while the agent is signed out. It doesn't change while they are filed as
/// ready.
#[derive(Debug)]
pub(crate) struct Workload {
    pub weight: u16,
    pub rank: u16,
    pub last_offer: Epoch,
    /// Accepted since the day began.
    pub contacts: u32,
    /// Accepted contacts by weight (stride scheduling, Waldspurger and Weihl 1995).
    pub share: i64,
    occupancy: Occupancy,
}

impl Workload {
    pub fn new(share: i64) -> Self {
        Self {
            weight: 1,
            rank: 0,
            last_offer: Epoch(0),
            contacts: 0,
            share,
            occupancy: Occupancy::default(),
        }
    }

    /// After a restart, what is known of the time before.
    pub fn resume_day(&mut self, day: &AgentDay, now_us: i64) {
        self.contacts = day.contacts;
        self.occupancy.resume(day.stopped_us, now_us);
    }

    /// Away, others had their share; that is not made up for.
    pub fn catch_up(&mut self, share: i64) {
        self.share = self.share.max(share);
    }

    pub fn accept(&mut self, now_us: i64) {
        self.contacts += 1;
        self.share += SHARE / i64::from(self.weight);
        self.occupancy.begin(now_us);
    }

    /// Busy with a call that is not one of this day's.
    pub fn resume(&mut self, now_us: i64) {
        self.occupancy.begin(now_us);
    }

    /// A contact is done; `busy`: with others still.
    pub fn finish(&mut self, now_us: i64, busy: bool) {
        self.occupancy.go_to(now_us);
        self.occupancy.busy = busy;
    }

    /// What this order compares, the lowest first.
    pub fn key(&self, order: Order, idle_since_us: i64) -> i64 {
        match order {
            Order::LongestIdle => idle_since_us,
            Order::RoundRobin => i64::try_from(self.last_offer.0).unwrap_or(i64::MAX),
            Order::LeastOccupied => self.occupancy.key(),
            Order::FewestContacts => i64::from(self.contacts),
            Order::Weighted => self.share,
            Order::TopDown => i64::from(self.rank),
        }
    }
}

/// The exponentially weighted share of time in which an agent was busy.
///
/// While agents are free, all their shares fall by the same factor, so that the logarithm of the
/// share plus the time at which it was true orders them whatever the time is now.
#[derive(Debug, Default)]
struct Occupancy {
    /// 0 to 1, at `at_us`.
    share: f64,
    at_us: i64,
    busy: bool,
}

impl Occupancy {
    fn begin(&mut self, now_us: i64) {
        self.go_to(now_us);
        self.busy = true;
    }

    fn go_to(&mut self, now_us: i64) {
        // `libm` computes the same bits on every machine, so that a log replays anywhere.
        let left = libm::exp2(-half_lives(now_us.saturating_sub(self.at_us).max(0)));
        self.share *= left;
        if self.busy {
            self.share += 1.0 - left;
        }
        self.at_us = now_us;
    }

    /// From the key that it had.
    fn resume(&mut self, key: Option<i64>, now_us: i64) {
        let fallen = |key: i64| libm::exp2(half_lives(key.saturating_sub(now_us)));
        self.share = key.map_or(0.0, fallen).min(1.0);
        self.at_us = now_us;
    }

    fn key(&self) -> i64 {
        if self.share <= 0.0 {
            return i64::MIN; // never busy
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // under 2^53
        let ago_us = (libm::log2(self.share) * OCCUPANCY_HALF_LIFE_US as f64) as i64;
        self.at_us.saturating_add(ago_us)
    }
}

#[allow(clippy::cast_precision_loss)] // under 2^53
fn half_lives(span_us: i64) -> f64 {
    span_us as f64 / OCCUPANCY_HALF_LIFE_US as f64
}
