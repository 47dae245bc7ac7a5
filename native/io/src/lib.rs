//! The only crate with sockets, threads, files and clocks.

pub mod capture;
pub mod clock;
mod framing;
pub mod journal;
pub mod matcher;
pub mod request;
pub mod restore;
pub mod shard;
mod sockets;
