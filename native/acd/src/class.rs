//! Contacts that need the same wait in one class: whoever can take one of them can take all.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::capacity::Channel;
use crate::id::QueueId;
use crate::line::Line;
use crate::requirement::{AttributeIx, Levels};

/// The dense number of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassIx(pub u32);

#[derive(Debug)]
pub(crate) struct Class {
    pub queue: QueueId,
    pub channel: Channel,
    /// What an agent must have, the queue included.
    pub needed: Levels,
    pub waiting: Line,
}

/// What a class needs, in the table itself as long as it isn't much: one step less to where it stands.
type Known = SmallVec<[(AttributeIx, u8); 4]>;

/// All classes, each known by what it needs.
#[derive(Debug)]
pub(crate) struct Classes {
    kept: usize,
    all: Vec<Class>,
    /// Contacts of each class on the floor, waiting, with an agent, or on their way to it; apart from
    /// the rest, as most contacts come and go without waiting.
    contacts: Vec<u32>,
    free: Vec<ClassIx>,
    /// Of each channel.
    known: [FxHashMap<Known, ClassIx>; Channel::ALL.len()],
}

impl Classes {
    /// At most `kept` classes stay without a contact.
    pub fn new(kept: usize) -> Self {
        Self {
            kept,
            all: Vec::new(),
            contacts: Vec::new(),
            free: Vec::new(),
            known: Default::default(),
        }
    }

    /// The class of contacts in `queue` that need this, with one contact more; and whether it is
    /// a new one.
    pub fn join(
        &mut self,
        queue: QueueId,
        channel: Channel,
        needed: &[(AttributeIx, u8)],
    ) -> (ClassIx, bool) {
        if let Some(ix) = self.known[channel as usize].get(needed) {
            self.contacts[ix.0 as usize] += 1;
            return (*ix, false);
        }
        let class = Class {
            queue,
            channel,
            needed: Levels::from(needed),
            waiting: Line::default(),
        };
        let ix = if let Some(ix) = self.free.pop() {
            self.all[ix.0 as usize] = class;
            self.contacts[ix.0 as usize] = 1;
            ix
        } else {
            let ix = ClassIx(u32::try_from(self.all.len()).expect("CONTACT_BOUND"));
            self.all.push(class);
            self.contacts.push(1);
            ix
        };
        self.known[channel as usize].insert(Known::from_slice(needed), ix);
        (ix, true)
    }

    /// As `join`, of a class that the caller knows.
    pub fn join_known(&mut self, ix: ClassIx) {
        self.contacts[ix.0 as usize] += 1;
    }

    /// A contact has left the floor. Empty classes stay for the next one, up to a number; true: this
    /// one is given up.
    pub fn leave(&mut self, ix: ClassIx) -> bool {
        let contacts = &mut self.contacts[ix.0 as usize];
        *contacts -= 1;
        let open: usize = self.known.iter().map(FxHashMap::len).sum();
        let given_up = *contacts == 0 && open > self.kept;
        if given_up {
            let class = &self.all[ix.0 as usize];
            self.known[class.channel as usize].remove(&class.needed[..]);
            self.free.push(ix);
        }
        given_up
    }

    pub fn get(&self, ix: ClassIx) -> &Class {
        &self.all[ix.0 as usize]
    }

    pub fn get_mut(&mut self, ix: ClassIx) -> &mut Class {
        &mut self.all[ix.0 as usize]
    }

    /// Classes of a queue that somebody waits in.
    pub fn filled_of(&self, queue: QueueId) -> impl Iterator<Item = (ClassIx, &Class)> {
        self.filled().filter(move |(_, class)| class.queue == queue)
    }

    /// Classes that somebody waits in.
    pub fn filled(&self) -> impl Iterator<Item = (ClassIx, &Class)> {
        (0..)
            .map(ClassIx)
            .zip(&self.all)
            .filter(|(_, class)| !class.waiting.is_empty())
    }
}
