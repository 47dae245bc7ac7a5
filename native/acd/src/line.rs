//! Who stands where, from the events alone: kept by who reads them, so that it costs the machine
//! nothing.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::contact::Place;
use crate::event::{Envelope, Event};
use crate::id::{ContactId, QueueId};

/// Places in one piece of a line, at most: a piece is moved as a whole when one stands in or leaves.
const PIECE_BOUND: usize = 512;

/// Who waits, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The contact.
    pub contact: ContactId,
    /// Its queue.
    pub queue: QueueId,
    /// As of [`ContactEnqueued`](Event::ContactEnqueued).
    pub urgent_since_us: i64,
}

/// The lines of all queues.
#[derive(Debug, Default)]
pub struct Lines {
    queues: BTreeMap<QueueId, Line>,
    standing: FxHashMap<ContactId, (QueueId, i64)>,
}

impl Lines {
    /// Follows one event.
    pub fn follow(&mut self, envelope: &Envelope) {
        match envelope.event {
            Event::ContactEnqueued {
                contact,
                queue,
                urgent_since_us,
                ..
            }
            | Event::ContactRequeued {
                contact,
                queue,
                urgent_since_us,
                ..
            }
            | Event::ContactDue {
                contact,
                queue,
                urgent_since_us,
            } => self.stand(Standing {
                contact,
                queue,
                urgent_since_us,
            }),
            Event::ContactTransferred {
                contact,
                queue,
                to,
                urgent_since_us,
                ..
            } => {
                self.leave(contact);
                if to.is_none() {
                    self.stand(Standing {
                        contact,
                        queue,
                        urgent_since_us,
                    });
                }
            }
            // On offer or deferred it stands nowhere, and where it would then is told when it returns.
            Event::ContactRelaxed { contact, queue, .. }
            | Event::ContactMoved { contact, queue } => {
                if let Some((_, urgent_since_us)) = self.leave(contact) {
                    self.stand(Standing {
                        contact,
                        queue,
                        urgent_since_us,
                    });
                }
            }
            Event::ReservationCreated { contact, .. }
            | Event::ContactDeferred { contact, .. }
            | Event::ContactDismissed { contact, .. }
            | Event::ContactAbandoned { contact, .. } => {
                self.leave(contact);
            }
            _ => {}
        }
    }

    /// The queue in which a contact waits and how many stand before it; `None`: it doesn't wait.
    #[must_use]
    pub fn rank(&self, contact: ContactId) -> Option<(QueueId, usize)> {
        let (queue, urgent_since_us) = *self.standing.get(&contact)?;
        let place = Place {
            urgent_since_us,
            contact,
        };
        Some((queue, self.queues[&queue].rank(place)))
    }

    /// The contacts that wait in a queue, in the order in which they will be offered.
    pub fn waiting(&self, queue: QueueId) -> impl Iterator<Item = ContactId> {
        let line = self.queues.get(&queue).into_iter();
        line.flat_map(|line| line.pieces.iter().flatten())
            .map(|place| place.contact)
    }

    /// One takes their place that no event tells of.
    pub fn stand(&mut self, standing: Standing) {
        let Standing {
            contact,
            queue,
            urgent_since_us,
        } = standing;
        self.standing.insert(contact, (queue, urgent_since_us));
        self.queues.entry(queue).or_default().insert(Place {
            urgent_since_us,
            contact,
        });
    }

    fn leave(&mut self, contact: ContactId) -> Option<(QueueId, i64)> {
        let (queue, urgent_since_us) = self.standing.remove(&contact)?;
        let line = self.queues.get_mut(&queue).expect("it stands there");
        line.remove(Place {
            urgent_since_us,
            contact,
        });
        Some((queue, urgent_since_us))
    }
}

/// Places in order, in pieces: whoever is asked for their rank counts pieces, not places. With a
/// million in one line that are some thousand additions.
#[derive(Debug, Default)]
struct Line {
    /// None is empty.
    pieces: Vec<Vec<Place>>,
}

impl Line {
    /// The piece in which a place is, or would be.
    fn piece_of(&self, place: Place) -> usize {
        let behind = self
            .pieces
            .partition_point(|piece| piece.first().is_some_and(|first| *first <= place));
        behind.saturating_sub(1)
    }

    fn insert(&mut self, place: Place) {
        let at = self.piece_of(place);
        let is_last = at + 1 == self.pieces.len();
        let Some(piece) = self.pieces.get_mut(at) else {
            self.pieces.push(vec![place]);
            return;
        };
        let within = piece.partition_point(|other| *other < place);
        if piece.len() < PIECE_BOUND {
            piece.insert(within, place);
        } else if is_last && within == PIECE_BOUND {
            self.pieces.push(vec![place]); // mostly: at the end of the line
        } else {
            piece.insert(within, place);
            let second = piece.split_off(PIECE_BOUND / 2);
            self.pieces.insert(at + 1, second);
        }
    }

    fn remove(&mut self, place: Place) {
        let at = self.piece_of(place);
        let found = self.pieces[at].binary_search(&place);
        self.pieces[at].remove(found.expect("it stands there"));
        // Neither empty pieces nor many small ones.
        let next = self.pieces.get(at + 1).map_or(0, Vec::len);
        if self.pieces[at].is_empty() {
            self.pieces.remove(at);
        } else if next > 0 && self.pieces[at].len() + next <= PIECE_BOUND / 2 {
            let mut behind = self.pieces.remove(at + 1);
            self.pieces[at].append(&mut behind);
        }
    }

    fn rank(&self, place: Place) -> usize {
        let at = self.piece_of(place);
        let before: usize = self.pieces.iter().take(at).map(Vec::len).sum();
        let piece = self.pieces.get(at).map_or(&[][..], Vec::as_slice);
        before + piece.partition_point(|other| *other < place)
    }
}
