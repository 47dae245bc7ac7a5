//! The only crate with sockets, threads, files and clocks.

pub mod ring;
pub mod wake;
