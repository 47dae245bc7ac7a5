//! The only crate with sockets, threads, files and clocks.

pub mod clock;
pub mod matcher;
pub mod ring;
pub mod wake;
