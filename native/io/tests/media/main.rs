//! Capture logs and the media shard, with real files and sockets.

#![allow(
    clippy::cast_possible_truncation,
    reason = "test data is numbered by small counters"
)]

mod shard;
mod track_log;
mod writer;
