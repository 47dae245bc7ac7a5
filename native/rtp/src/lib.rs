//! RTP (RFC 3550), its header extensions (RFC 8285), RTCP and SRTP (RFC 3711, RFC 7714), as far as
//! WebRTC needs them.
//!
//! - [`header`]: a packet's header, read and written.
//! - [`sequence`]: sequence numbers that count their rounds.
//! - [`replay`]: which packets came already.
//! - [`rtcp`]: reports and feedback, read and written.
//! - [`srtp`]: sealing and opening, with the keys of a DTLS handshake.
//!
//! Pure: no clock, no socket, no thread; nothing is allocated for a packet. Foreign bytes give errors,
//! never a panic.

#![forbid(unsafe_code)]

pub mod header;
pub mod replay;
pub mod rtcp;
pub mod sequence;
pub mod srtp;
