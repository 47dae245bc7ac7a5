//! What became of a queue's contacts: the counts from which a board's figures are worked out.
//!
//! A contact counts once, when its wait ends, in the queue in which it ends: answered when an agent
//! first accepts it, or abandoned. One that comes back from a call has had its answer. Talk counts
//! when it ends, wrap-up when it ends. All work is O(1) a contact; whoever looks adds up the slices
//! and looks for the oldest arrival.

use serde::{Deserialize, Serialize};

use crate::id::QueueId;
use crate::sequence::Table;

/// Slices of the sliding span, the one included that is just running.
pub const RECENT_SLICES: usize = 15;
/// Length of a slice, in microseconds. Slices begin at multiples of it since the Unix epoch.
pub const RECENT_SLICE_US: i64 = 60_000_000;
/// The oldest arrival is known this exactly, in microseconds.
pub const ARRIVAL_GRAIN_US: i64 = 100_000;
/// An answer within this time is in time, unless the queue says otherwise, in microseconds.
pub const SERVICE_LEVEL_US_DEFAULT: i64 = 20_000_000;
/// Who leaves within this time never wanted to wait, unless the queue says otherwise, in microseconds.
pub const SHORT_ABANDON_US_DEFAULT: i64 = 5_000_000;

/// What ended in a span of time.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Contacts that an agent accepted, for the first time.
    pub answered: u64,
    /// Of these, within the queue's `service_level_us`.
    pub answered_in_time: u64,
    /// Contacts that left before that.
    pub abandoned: u64,
    /// Of these, within the queue's `short_abandon_us`.
    pub abandoned_short: u64,
    /// Waits of the answered ones, from arrival to acceptance, in microseconds.
    pub answer_wait_us: u64,
    /// Calls that ended.
    pub handled: u64,
    /// Their talk, in microseconds.
    pub talk_us: u64,
    /// Wrap-up that ended, in microseconds.
    pub wrap_up_us: u64,
}

/// Fields of a [`Tally`].
pub(crate) const TALLY_WORDS: usize = 8;

impl Tally {
    pub(crate) fn words(&self) -> [u64; TALLY_WORDS] {
        [
            self.answered,
            self.answered_in_time,
            self.abandoned,
            self.abandoned_short,
            self.answer_wait_us,
            self.handled,
            self.talk_us,
            self.wrap_up_us,
        ]
    }

    pub(crate) fn from_words(words: [u64; TALLY_WORDS]) -> Self {
        let [
            answered,
            answered_in_time,
            abandoned,
            abandoned_short,
            answer_wait_us,
            handled,
            talk_us,
            wrap_up_us,
        ] = words;
        Self {
            answered,
            answered_in_time,
            abandoned,
            abandoned_short,
            answer_wait_us,
            handled,
            talk_us,
            wrap_up_us,
        }
    }

    /// Together with what ended in another span.
    pub(crate) fn add(&mut self, other: &Self) {
        let (mine, others) = (self.words(), other.words());
        *self = Self::from_words(std::array::from_fn(|at| mine[at] + others[at]));
    }
}

/// What ended in one of the slices of the sliding span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// Its number, counted from the Unix epoch in [`RECENT_SLICE_US`].
    pub number: i64,
    /// What ended in it.
    pub tally: Tally,
}

/// The tallies of a queue, and when those came who wait.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    slices: [Tally; RECENT_SLICES],
    /// The number of the slice that is running, counted from the Unix epoch.
    slice: i64,
    day: Tally,
    /// How many wait of those who came in each [`ARRIVAL_GRAIN_US`].
    arrivals: Table<i64, u32>,
    /// Nobody who waits came before this one.
    oldest: i64,
}

fn grain(arrived_us: i64) -> i64 {
    arrived_us.div_euclid(ARRIVAL_GRAIN_US)
}

/// A span that a clock set back may have made negative.
fn span_us(from_us: i64, to_us: i64) -> u64 {
    u64::try_from(to_us.saturating_sub(from_us)).unwrap_or(0)
}

fn within(span_us: u64, limit_us: i64) -> u64 {
    u64::from(span_us <= u64::try_from(limit_us).unwrap_or(0))
}

/// The place of a slice in the ring.
fn place(slice: i64) -> usize {
    usize::try_from(slice.rem_euclid(RECENT_SLICES as i64)).unwrap_or(0)
}

impl Measures {
    pub fn wait_begins(&mut self, arrived_us: i64) {
        let key = grain(arrived_us);
        if self.arrivals.is_empty() || key < self.oldest {
            self.oldest = key;
        }
        *self.arrivals.entry(key).or_default() += 1;
    }

    pub fn wait_ends(&mut self, arrived_us: i64) {
        let key = grain(arrived_us);
        let count = self.arrivals.get_mut(&key).expect("it began");
        *count -= 1;
        if *count == 0 {
            self.arrivals.remove(&key);
        }
    }

    pub fn answered(&mut self, now_us: i64, arrived_us: i64, service_level_us: i64) {
        let wait_us = span_us(arrived_us, now_us);
        self.count(now_us, |tally| {
            tally.answered += 1;
            tally.answered_in_time += within(wait_us, service_level_us);
            tally.answer_wait_us += wait_us;
        });
    }

    pub fn abandoned(&mut self, now_us: i64, arrived_us: i64, short_abandon_us: i64) {
        let wait_us = span_us(arrived_us, now_us);
        self.count(now_us, |tally| {
            tally.abandoned += 1;
            tally.abandoned_short += within(wait_us, short_abandon_us);
        });
    }

    pub fn talked(&mut self, now_us: i64, talk_us: i64) {
        self.count(now_us, |tally| {
            tally.handled += 1;
            tally.talk_us += span_us(0, talk_us);
        });
    }

    pub fn wrapped_up(&mut self, now_us: i64, since_us: i64) {
        self.count(now_us, |tally| {
            tally.wrap_up_us += span_us(since_us, now_us);
        });
    }

    pub fn start_day(&mut self) {
        self.day = Tally::default();
    }

    /// Puts back what ended before a restart; what has been counted since stays. A slice that the span
    /// has no room for, or that a clock set back has made one to come, is only the day's.
    pub fn resume_day(&mut self, now_us: i64, day: &Tally, recent: &[Slice]) {
        self.go_to(now_us);
        self.day.add(day);
        let first = self.slice.saturating_sub(RECENT_SLICES as i64 - 1);
        for one in recent {
            if (first..=self.slice).contains(&one.number) {
                self.slices[place(one.number)].add(&one.tally);
            }
        }
    }

    /// Looks on from the one who was the oldest the last time, over as many grains as lie between,
    /// or as there are if these are fewer.
    pub fn oldest_us(&mut self) -> Option<i64> {
        let latest = self
            .oldest
            .saturating_add_unsigned(self.arrivals.len() as u64);
        let known = (self.oldest..latest).find(|key| self.arrivals.contains_key(key));
        self.oldest = known.or_else(|| self.arrivals.keys().min().copied())?;
        Some(self.oldest * ARRIVAL_GRAIN_US)
    }

    pub fn day(&self) -> Tally {
        self.day
    }

    /// What ended in the running slice and those before it that the span has room for.
    pub fn recent(&mut self, now_us: i64) -> Tally {
        self.go_to(now_us);
        let mut recent = Tally::default();
        self.slices.iter().for_each(|slice| recent.add(slice));
        recent
    }

    /// Begins the slice of this moment, and forgets those that the span has no room for any more.
    fn go_to(&mut self, now_us: i64) {
        let now = now_us.div_euclid(RECENT_SLICE_US);
        if now <= self.slice {
            return;
        }
        // Older than the whole span: all of them, each once.
        let last = now.min(self.slice.saturating_add(RECENT_SLICES as i64));
        for slice in self.slice + 1..=last {
            self.slices[place(slice)] = Tally::default();
        }
        self.slice = now;
    }

    fn count(&mut self, now_us: i64, change: impl Fn(&mut Tally)) {
        self.go_to(now_us);
        change(&mut self.slices[place(self.slice)]);
        change(&mut self.day);
    }
}

/// One queue as a board shows it, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFigures {
    /// The queue.
    pub queue: QueueId,
    /// The machine's time, in microseconds since the Unix epoch.
    pub at_us: i64,
    /// Contacts that wait.
    pub waiting: u32,
    /// When the one of them came that came first, in microseconds since the Unix epoch, rounded down
    /// to [`ARRIVAL_GRAIN_US`].
    pub oldest_us: Option<i64>,
    /// Contacts on offer.
    pub offered: u32,
    /// Agents who could take a contact now.
    pub ready: u32,
    /// Agents who serve the queue and are ready, reserved, busy or in wrap-up.
    pub staffed: u32,
    /// What ended in the last [`RECENT_SLICES`] slices of time.
    pub recent: Tally,
    /// What ended since the day began.
    pub day: Tally,
}

/// Words of [`QueueFigures::to_words`].
pub const QUEUE_WORDS: usize = 7 + 2 * TALLY_WORDS;

const NOBODY: u64 = u64::MAX;

impl QueueFigures {
    /// As a record of fixed size.
    #[must_use]
    pub fn to_words(&self) -> [u64; QUEUE_WORDS] {
        let mut words = [0; QUEUE_WORDS];
        words[..7].copy_from_slice(&[
            self.queue.0.into(),
            self.at_us.cast_unsigned(),
            self.waiting.into(),
            self.oldest_us.map_or(NOBODY, i64::cast_unsigned),
            self.offered.into(),
            self.ready.into(),
            self.staffed.into(),
        ]);
        words[7..7 + TALLY_WORDS].copy_from_slice(&self.recent.words());
        words[7 + TALLY_WORDS..].copy_from_slice(&self.day.words());
        words
    }

    /// Back from [`to_words`](Self::to_words).
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // they were 32 bits
    pub fn from_words(words: &[u64; QUEUE_WORDS]) -> Self {
        let tally = |from: usize| Tally::from_words(std::array::from_fn(|at| words[from + at]));
        Self {
            queue: QueueId(words[0] as u32),
            at_us: words[1].cast_signed(),
            waiting: words[2] as u32,
            oldest_us: (words[3] != NOBODY).then(|| words[3].cast_signed()),
            offered: words[4] as u32,
            ready: words[5] as u32,
            staffed: words[6] as u32,
            recent: tally(7),
            day: tally(7 + TALLY_WORDS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN_US: i64 = RECENT_SLICES as i64 * RECENT_SLICE_US;

    /// The sliding span against all outcomes, over gaps of no time up to more than the span.
    #[test]
    fn the_span_slides_as_if_counted_anew() {
        let mut lot = 1_u64;
        let mut below = |bound: i64| {
            lot = lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from(lot >> 33).unwrap_or(0) % bound
        };
        let mut measures = Measures::default();
        let mut outcomes: Vec<(i64, i64)> = Vec::new();
        let mut now_us = 1_767_225_600_000_000;
        for _ in 0..20_000 {
            now_us += match below(100) {
                0..70 => below(2_000_000),
                70..98 => below(3 * RECENT_SLICE_US),
                _ => below(2 * SPAN_US),
            };
            if below(3) == 0 {
                let wait_us = below(40_000_000);
                measures.answered(now_us, now_us - wait_us, SERVICE_LEVEL_US_DEFAULT);
                outcomes.push((now_us, wait_us));
            }
            let first = now_us.div_euclid(RECENT_SLICE_US) - RECENT_SLICES as i64 + 1;
            let mut recent = Tally::default();
            let inside = |at_us: i64| at_us.div_euclid(RECENT_SLICE_US) >= first;
            for (_, wait_us) in outcomes.iter().rev().take_while(|one| inside(one.0)) {
                recent.answered += 1;
                recent.answered_in_time += u64::from(*wait_us <= SERVICE_LEVEL_US_DEFAULT);
                recent.answer_wait_us += wait_us.cast_unsigned();
            }
            assert_eq!(measures.recent(now_us), recent);
        }
        assert_eq!(measures.day().answered, outcomes.len() as u64);
    }

    /// Two that each counted a part, one after the other, come to what one comes to that counted all.
    #[test]
    fn what_ended_before_a_restart_is_put_back_where_it_was() {
        let begins_us = 1_767_225_600_000_000;
        let down_us = begins_us + SPAN_US;
        let answer = |measures: &mut Measures, at_us| {
            measures.answered(at_us, at_us - 7_000_000, SERVICE_LEVEL_US_DEFAULT);
        };
        let (mut all, mut before, mut after): (Measures, Measures, Measures) = Default::default();
        let mut recent = Vec::new();
        let mut at_us = begins_us;
        while at_us < down_us + SPAN_US / 2 {
            answer(&mut all, at_us);
            if at_us < down_us {
                answer(&mut before, at_us);
                let tally = Tally {
                    answered: 1,
                    answered_in_time: 1,
                    answer_wait_us: 7_000_000,
                    ..Tally::default()
                };
                let number = at_us.div_euclid(RECENT_SLICE_US);
                recent.push(Slice { number, tally });
            } else {
                answer(&mut after, at_us);
            }
            at_us += 11_000_000;
        }
        let to_come = Slice {
            number: i64::MAX,
            tally: before.day(),
        };
        recent.push(to_come);
        after.resume_day(at_us, &before.day(), &recent);
        assert_eq!(after.day(), all.day());
        for later_us in (0..SPAN_US).step_by(7_000_000) {
            assert_eq!(after.recent(at_us + later_us), all.recent(at_us + later_us));
        }
    }

    #[test]
    fn the_oldest_arrival_is_known_to_the_tenth() {
        let mut measures = Measures::default();
        for arrived_us in [250_000, 120_000, 199_999] {
            measures.wait_begins(arrived_us);
        }
        assert_eq!(measures.oldest_us(), Some(100_000));
        measures.wait_ends(120_000);
        assert_eq!(measures.oldest_us(), Some(100_000));
        measures.wait_ends(199_999);
        assert_eq!(measures.oldest_us(), Some(200_000));
        measures.wait_ends(250_000);
        assert_eq!(measures.oldest_us(), None);
    }
}
