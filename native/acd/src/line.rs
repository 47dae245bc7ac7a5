//! The waiting contacts of one class, in order.

use std::collections::VecDeque;

use crate::contact::{Contact, Place};

/// Contacts in one piece at most. Whoever leaves from the middle moves half of them.
const PIECE_BOUND: usize = 32;

/// Contacts by place, in pieces that are themselves in order: mostly one comes last and the first
/// is taken, which touches one end of one piece, where a tree would look through its nodes. The
/// first and the last piece stand apart from the others: it is one step less to whoever is next and
/// to where somebody comes, and each step waits for memory.
#[derive(Debug)]
pub(crate) struct Line {
    /// Empty only if all is.
    front: VecDeque<Contact>,
    /// The pieces behind it. None is empty.
    rest: VecDeque<Piece>,
    /// The last piece, if there is more than one; empty if the others end the line.
    back: VecDeque<Contact>,
    /// Nobody stands behind this place.
    end: Place,
}

#[derive(Debug)]
struct Piece {
    /// Nobody in this piece stands before this place, nor in those before it behind.
    from: Place,
    contacts: VecDeque<Contact>,
}

impl Piece {
    fn new(contacts: VecDeque<Contact>) -> Self {
        let from = contacts.front().expect("no piece is empty").place();
        Self { from, contacts }
    }
}

impl Default for Line {
    fn default() -> Self {
        Self {
            front: VecDeque::new(),
            rest: VecDeque::new(),
            back: VecDeque::new(),
            end: Place::NOWHERE,
        }
    }
}

impl Line {
    /// True: the contact is the head now.
    pub fn put(&mut self, contact: Contact) -> bool {
        let place = contact.place();
        if self.is_empty() || self.end < place {
            self.end = place;
            return self.append(contact);
        }
        let at = self.piece_of(place);
        let contacts = self.piece_mut(at);
        let within = before(contacts, place);
        contacts.insert(within, contact);
        if contacts.len() > PIECE_BOUND {
            let half = contacts.split_off(PIECE_BOUND / 2);
            if at <= self.rest.len() {
                self.rest.insert(at, Piece::new(half));
            } else {
                let first = std::mem::replace(&mut self.back, half);
                self.rest.push_back(Piece::new(first));
            }
        }
        at == 0 && within == 0
    }

    fn append(&mut self, contact: Contact) -> bool {
        let only_front = self.rest.is_empty() && self.back.is_empty();
        if only_front && self.front.len() < PIECE_BOUND {
            self.front.push_back(contact);
            return self.front.len() == 1;
        }
        if self.back.len() == PIECE_BOUND {
            self.rest
                .push_back(Piece::new(std::mem::take(&mut self.back)));
        }
        if self.back.capacity() == 0 {
            self.back.reserve_exact(PIECE_BOUND); // a long line goes on: it will be full, too
        }
        self.back.push_back(contact);
        false
    }

    pub fn take(&mut self, place: Place) -> Option<Contact> {
        let first = self.head()?;
        let at = if first == place {
            0
        } else {
            self.piece_of(place)
        };
        let contacts = self.piece_mut(at);
        let within = before(contacts, place);
        if contacts.get(within)?.place() != place {
            return None;
        }
        let taken = contacts.remove(within);
        self.join(at);
        taken
    }

    /// Takes out all contacts of which `wanted` holds, in order.
    pub fn take_all(&mut self, wanted: impl Fn(&Contact) -> bool) -> impl Iterator<Item = Contact> {
        let Self {
            front, rest, back, ..
        } = std::mem::take(self);
        let rest = rest.into_iter().flat_map(|piece| piece.contacts);
        let (taken, left): (Vec<_>, Vec<_>) =
            front.into_iter().chain(rest).chain(back).partition(wanted);
        for contact in left {
            self.put(contact);
        }
        taken.into_iter()
    }

    pub fn is_empty(&self) -> bool {
        self.front.is_empty()
    }

    pub fn head(&self) -> Option<Place> {
        Some(self.front.front()?.place())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Contact> {
        let rest = self.rest.iter().flat_map(|piece| &piece.contacts);
        self.front.iter().chain(rest).chain(&self.back)
    }

    /// The piece in which a place is, or would be: 0 is the front, the one after all of `rest` the
    /// back.
    fn piece_of(&self, place: Place) -> usize {
        let back = self.back.front();
        if back.is_some_and(|first| first.place() <= place) {
            return self.rest.len() + 1;
        }
        self.rest.partition_point(|piece| piece.from <= place)
    }

    fn piece_mut(&mut self, at: usize) -> &mut VecDeque<Contact> {
        match at.checked_sub(1) {
            None => &mut self.front,
            Some(behind) if behind < self.rest.len() => &mut self.rest[behind].contacts,
            Some(_) => &mut self.back,
        }
    }

    /// Takes a whole piece out.
    fn piece(&mut self, at: usize) -> VecDeque<Contact> {
        match at.checked_sub(1) {
            None => std::mem::take(&mut self.front),
            Some(behind) => match self.rest.remove(behind) {
                Some(piece) => piece.contacts,
                None => std::mem::take(&mut self.back),
            },
        }
    }

    /// A piece that is small by now takes in the next one, so that there are never many small ones;
    /// an empty one goes, with its memory.
    fn join(&mut self, at: usize) {
        let small = self.piece_mut(at).len();
        if small == 0 && at == 0 {
            self.front = self.piece(1);
        } else if small == 0 {
            self.piece(at);
        } else if at <= self.rest.len() {
            let next = self.piece_mut(at + 1).len();
            if next > 0 && small + next <= PIECE_BOUND / 2 {
                let mut next = self.piece(at + 1);
                self.piece_mut(at).append(&mut next);
            }
        }
    }
}

/// How many of a piece stand before this place.
fn before(contacts: &VecDeque<Contact>, place: Place) -> usize {
    if contacts.front().is_none_or(|first| place <= first.place()) {
        return 0;
    }
    contacts.partition_point(|other| other.place() < place)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::capacity::Channel;
    use crate::class::ClassIx;
    use crate::id::{ContactId, QueueId};
    use crate::max_wait::Limit;
    use crate::relaxation::{Schedule, Stage};

    fn contact(place: Place) -> Contact {
        Contact {
            id: place.contact,
            stage: Stage {
                queue: QueueId(0),
                channel: Channel::Video,
                class: ClassIx(0),
                schedule: Schedule::default(),
            },
            arrived_us: 0,
            urgent_since_us: place.urgent_since_us,
            limit: Limit::None,
            called_back: false,
            last_agent: None,
            internal: false,
            answered: false,
        }
    }

    /// Growing and shrinking over many pieces, most put at the end and taken from the front.
    #[test]
    fn a_line_is_a_sorted_set() {
        let mut lot = 1_u64;
        let mut below = |bound: u64| {
            lot = lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (lot >> 33) % bound
        };
        let (mut line, mut set) = (Line::default(), BTreeSet::new());
        for step in 0..60_000_u64 {
            let grows = step / 10_000 % 2 == 0;
            if below(10) < if grows { 8 } else { 3 } {
                let earlier = if below(4) == 0 { below(5_000) } else { 0 };
                let place = Place {
                    urgent_since_us: (step - earlier.min(step)).cast_signed(),
                    contact: ContactId(step),
                };
                let comes_first = line.put(contact(place));
                set.insert(place);
                assert_eq!(comes_first, set.first() == Some(&place));
            } else {
                let from = Place {
                    urgent_since_us: below(step + 1).cast_signed(),
                    contact: ContactId(0),
                };
                let near = set.range(from..).next().copied();
                let place = if below(3) == 0 { near } else { line.head() };
                let taken = place.and_then(|place| line.take(place));
                assert_eq!(taken.map(|contact| contact.place()), place);
                assert!(place.is_none_or(|place| set.remove(&place)));
                let again = place.and_then(|place| line.take(place));
                assert!(again.is_none());
            }
            assert_eq!(line.head(), set.first().copied());
            if step % 1_000 == 0 {
                assert!(line.iter().map(Contact::place).eq(set.iter().copied()));
                assert!(line.rest.len() <= 2 + 4 * set.len() / PIECE_BOUND);
            }
        }
        let odd = |place: &Place| place.contact.0 % 2 == 1;
        let taken: Vec<Place> = line
            .take_all(|contact| odd(&contact.place()))
            .map(|one| one.place())
            .collect();
        let (odds, evens): (Vec<Place>, Vec<Place>) = set.iter().partition(|place| odd(place));
        assert_eq!(taken, odds);
        assert!(line.iter().map(Contact::place).eq(evens));
        assert!(!line.is_empty());
    }
}
