//! Whole scenarios with independent peers on a virtual clock: no socket, no sleep.

#![allow(
    clippy::cast_possible_truncation,
    reason = "test data is numbered by small counters"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a virtual clock begins at some instant"
)]

mod capture;
mod control;
mod forwarding;
mod negotiation;
mod peer;
mod strangers;
mod world;
