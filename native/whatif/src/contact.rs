//! A contact of the record: what became of it, and how those behaved who had to do with it.

use crate::patience::Patience;

/// Draws for consultations come from consultations: no queue of the matcher has this number.
pub(crate) const CONSULTS: u32 = u32::MAX;

/// A customer's request, or an agent's for a colleague.
#[derive(Debug)]
pub(crate) struct Contact {
    pub number: u64,
    pub queue: u32,
    pub arrived_us: i64,
    pub shape: usize,
    /// A colleague asks.
    pub internal: bool,
    /// Where its arrival stands in the schedule; one that a restart put back has none.
    pub planned: Option<usize>,
    /// It is asked in the call that it was handed over from, and not by the schedule.
    pub asked: bool,
    pub legs: Vec<Leg>,
    pub answers: Vec<Answer>,
}

/// A wait and the call that it led to. A contact has another one each time that it goes on from a
/// call: it was transferred, handed over, or its agent was lost.
#[derive(Debug)]
pub(crate) struct Leg {
    pub queue: u32,
    /// When the wait began, microseconds since the Unix epoch.
    since_us: i64,
    /// The customer doesn't hold the line.
    pub called_back: bool,
    /// Known when the wait is over.
    patience: Option<Patience>,
    /// What others did with it while it waited.
    pub moves: Vec<Moved>,
    begun: Option<Begun>,
    /// Known when the call is over.
    pub call: Option<Call>,
}

/// When the call began, microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
struct Begun {
    accepted_us: i64,
    connected_us: Option<i64>,
}

/// A place in `Story::moves`, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moved {
    /// Microseconds after the wait began.
    pub after_us: i64,
    pub by: usize,
}

/// From the acceptance on, microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// From accepted to connected, if it ever was.
    pub connects_us: Option<i64>,
    /// From connected (from accepted, if it never was) to the end.
    pub talk_us: i64,
    pub end: End,
    pub wrap_up: Option<WrapUp>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    HungUp,
    /// Not by itself: the agent was lost or sent away, or the record ends.
    Cut,
    /// Transferred, by this place in `Story::moves`.
    Transferred(usize),
    /// Given to the colleague whom the agent asked by this contact, so long after having accepted.
    Given {
        consult: usize,
        asked_us: i64,
    },
    /// Of a consultation: the colleague took the call of this contact.
    Took {
        contact: u64,
    },
}

/// How an agent ended the work after a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WrapUp {
    /// By saying so after so many microseconds.
    Done(i64),
    /// By letting it run out.
    Limit,
}

/// What an agent did with an offer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub agent: u32,
    pub kind: AnswerKind,
    /// After so many microseconds of ringing.
    pub after_us: i64,
    /// Ready again so many microseconds after having missed or declined it.
    pub returns_us: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    Accept,
    Reject,
    Miss,
    /// The offer was taken back before there was any.
    None,
}

impl Contact {
    /// It waits from now on.
    pub fn wait(&mut self, since_us: i64, queue: u32) {
        self.legs.push(Leg {
            queue,
            since_us,
            called_back: false,
            patience: None,
            moves: Vec::new(),
            begun: None,
            call: None,
        });
    }

    /// It is in a call without having waited for it.
    pub fn talk(&mut self, at_us: i64, queue: u32) {
        self.wait(at_us, queue);
        self.accept(at_us);
    }

    pub fn accept(&mut self, at_us: i64) {
        self.end_wait(at_us, Patience::Longer);
        if let Some(leg) = self.legs.last_mut() {
            leg.begun = Some(Begun {
                accepted_us: at_us,
                connected_us: None,
            });
        }
    }

    pub fn connect(&mut self, at_us: i64) {
        let begun = self.legs.last_mut().and_then(|leg| leg.begun.as_mut());
        if let Some(begun) = begun {
            begun.connected_us = Some(at_us);
        }
    }

    pub fn end_wait(&mut self, at_us: i64, patience: fn(i64) -> Patience) {
        if let Some(leg) = self.legs.last_mut() {
            leg.patience = Some(patience(at_us - leg.since_us));
        }
    }

    pub fn end_call(&mut self, at_us: i64, end: End) {
        if let Some(leg) = self.legs.last_mut() {
            leg.call = leg.talked(at_us, end);
        }
    }

    /// It came back from an agent: from an offer it waits on, from a call it waits again.
    pub fn lose(&mut self, at_us: i64) {
        if self.accepted_us().is_some() {
            self.end_call(at_us, End::Cut);
            self.wait(at_us, self.legs.last().map_or(self.queue, |leg| leg.queue));
        }
    }

    /// When the call that goes on was accepted.
    pub fn accepted_us(&self) -> Option<i64> {
        let leg = self.legs.last()?;
        Some(leg.begun?.accepted_us).filter(|_| leg.call.is_none())
    }

    /// Somebody does something with it while it waits.
    pub fn moved(&mut self, at_us: i64, by: usize) {
        if let Some(leg) = self.legs.last_mut() {
            let after_us = at_us - leg.since_us;
            leg.moves.push(Moved { after_us, by });
        }
    }

    /// Of the contacts of which queue it is one, for draws.
    pub fn pool(&self, leg: usize) -> u32 {
        if self.internal {
            CONSULTS
        } else {
            self.legs.get(leg).map_or(self.queue, |leg| leg.queue)
        }
    }
}

impl Leg {
    /// As far as it is seen in a record that ends at `end_us`.
    pub fn patience(&self, end_us: i64) -> Patience {
        let longer = || Patience::Longer(end_us - self.since_us);
        self.patience.unwrap_or_else(longer)
    }

    /// As far as it is seen in a record that ends at `end_us`, if there was one.
    pub fn call(&self, end_us: i64) -> Option<Call> {
        self.call.or_else(|| self.talked(end_us, End::Cut))
    }

    fn talked(&self, at_us: i64, end: End) -> Option<Call> {
        let Begun {
            accepted_us,
            connected_us,
        } = self.begun?;
        Some(Call {
            connects_us: connected_us.map(|us| us - accepted_us),
            talk_us: at_us - connected_us.unwrap_or(accepted_us),
            end,
            wrap_up: None,
        })
    }
}
