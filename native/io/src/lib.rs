//! The only crate with sockets, threads, files and clocks.

pub mod capture;
pub mod clock;
pub mod live;
pub mod matcher;
pub mod shard;
mod sockets;
