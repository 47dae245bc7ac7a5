//! Recording at packet level: what came in is appended to one log per track and made into frames
//! only when it is read, after the call.

pub mod depacketize;
pub mod frames;
pub mod log;
pub mod writer;
