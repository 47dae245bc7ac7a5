//! A WebRTC client that speaks only the wire: the load of the media benchmarks.
//!
//! - [`peer`]: one connection. The protocol library does SDP, ICE and DTLS; `media` is sealed and opened
//!   by `rtp`, with the keys that [`keys`] takes from the handshake.
//! - [`camera`]: what is sent when. `inbound`: what came of a stream. [`figures`]: what is told of all.
//! - [`socket`]: one socket for a thousand peers.
//!
//! It knows nothing of the server but what is on the wire.

pub mod camera;
pub mod figures;
mod inbound;
pub mod keys;
mod media;
pub mod peer;
pub mod socket;
