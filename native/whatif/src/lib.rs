//! What would have been different: a recorded run of the matcher under other settings.
//!
//! A journal holds commands at times, and most of them are answers to what the matcher did: an accept
//! at a time when the phone rang. Under other settings it rings elsewhere and at another time, so they
//! can't be carried out as they stand. Instead:
//!
//! 1. [`story`] carries the run out as it was and notes, of each contact, when it came and what it
//!    required, how long it was ready to wait, how long it talked; of each agent, when they were there
//!    and how they answered offers.
//! 2. [`simulation`] puts these people before the real matcher in virtual time. They do what they did
//!    where the same happens to them again, and where it doesn't what they are drawn to do. `stage`
//!    holds the matcher and what happens of itself, `stage/conduct` what people answer, `agenda` what
//!    they intend.
//! 3. [`figures`] counts what came of it, as recorded, simulated as it was, simulated as it would be.
//!
//! A contact's life is a row of legs, each a wait and the call that it led to. What others do with it
//! belongs to its leg:
//!
//! - Out of a wait (a transfer, a deferral) it happens after the same time of waiting, and not at all
//!   where the contact is answered before. The moment of a callback is the customer's, and stays.
//! - Out of a call (a transfer, a hand-over) it happens after the same time of talking, as hanging up
//!   does. So does asking the colleague who takes over; they take over after the same time with them.
//!   Where no colleague comes, the call ends when the asking does, and where a transfer is refused, at
//!   once.
//! - A consultation that wasn't followed by a hand-over comes at its own time: the journal doesn't say
//!   which call it was about.
//! - A drawn call ends by hanging up: nobody knows where it would have gone.
//! - Queues are emptied and closed, and agents signed out by force, at their time. A queue that can't
//!   be closed, as a call of it is still on, is emptied.
//!
//! Waits count as on the board: once, to the first answer. A consultation counts nowhere; a contact
//! that is called back or sent away is neither answered nor abandoned.
//!
//! Only [`wire`] knows the fields of commands and events. Pure: no clock, no file, and randomness from
//! a seed alone.

#![forbid(unsafe_code)]

mod agenda;
pub mod changes;
mod contact;
pub mod figures;
mod habits;
pub mod patience;
pub mod simulation;
mod stage;
pub mod story;
pub mod wire;

pub use changes::Changes;
pub use figures::{Figures, Question};
pub use simulation::simulate;
pub use story::Story;
