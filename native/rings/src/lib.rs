//! What threads hand each other without a lock.
//!
//! - [`ring`]: bounded, many producers, one consumer, and a descriptor to wait on.
//! - [`wake`]: the protocol by which the consumer sleeps and is woken; a system call only then.
//!
//! Everything here is written on [`sync`], which stands for the atomics of the standard library, or
//! under `--cfg loom` for those of loom: `tests/loom.rs` tries the code that ships, thread
//! interleaving by thread interleaving. The only `unsafe` code is in `slots`.

#![deny(unsafe_code)]

pub mod ring;
mod slots;
mod sync;
pub mod wake;
