//! The matcher's journal: every command with its time, so that a run can be carried out again.
//!
//! A *run* is what one start of the matcher took, a folder of segments. It begins with an empty
//! floor and needs nothing else: what a restart puts back comes as commands too. Each command's
//! record has the checksum of all events before it, so that a replay proves that it made the same
//! events, byte for byte, though none is stored. There are numbers in it and no customer data.
//!
//! - [`record`]: what stands in a segment.
//! - [`writer`]: the recorder on the matcher's thread, and the thread that writes.
//! - [`run`]: the commands of a run, read.
//! - [`replay`]: a run carried out again, and compared.

pub mod record;
pub mod replay;
pub mod run;
pub mod writer;
