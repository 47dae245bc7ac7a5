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
//!    where the same happens to them again, and where it doesn't what they are drawn to do.
//! 3. [`figures`] counts what came of it, as recorded, simulated as it was, simulated as it would be.
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
