//! The media core, sans-IO: rooms, sessions, tracks and the forwarding between them.
//!
//! No socket, no clock, no thread: datagrams, commands and the time go in by `handle_*`, and
//! [`Sfu::poll_output`] says what to send, to tell, to write down and when to call again.
//!
//! | file | holds |
//! |---|---|
//! | [`sfu`] | [`Sfu`]: the sessions and tables, timers, outputs |
//! | `control` | the commands |
//! | `negotiate` | offers: grants, mapping of media sections to tracks |
//! | `room`, `member` | rooms and tracks; a session's rights and mapping |
//! | `fanout` | from a publisher's packet to every receiver's |
//! | `forwarding` | rewriting of packets for one receiver |
//! | `keyframe` | when a source is asked for a keyframe |
//! | `demux` | which session a datagram belongs to |
//! | [`capture`] | what the capture's writer is told |
//! | `clock` | when a sender captured what it sent |
//! | `session` | one WebRTC peer; the only file that names the protocol library |
//! | `sdp` | what is read and changed in session descriptions as text |
//! | [`codec`], [`payload`] | codec parameters; where keyframes start |
//! | [`command`], [`event`], [`error`] | what comes in and goes out |

pub mod capture;
mod clock;
pub mod codec;
pub mod command;
mod control;
mod demux;
pub mod error;
pub mod event;
mod fanout;
mod forwarding;
mod id;
mod keyframe;
mod member;
mod negotiate;
pub mod packet;
pub mod payload;
mod room;
mod sdp;
mod session;
pub mod sfu;
mod timers;

pub use capture::{CaptureItem, CaptureTrack};
pub use codec::{Codec, CodecParameters, Kind};
pub use command::{Command, Publish, Source, Subscribe};
pub use error::{Refusal, RefusalCode};
pub use event::{ClosedReason, Event, SessionStats};
pub use id::{Mid, RoomId, SessionId, TrackId};
pub use packet::Packet;
pub use sfu::{Counters, Output, Settings, Sfu, Transmit};
