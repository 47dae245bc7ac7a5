//! Whole scenarios with independent peers on a virtual clock: no socket, no sleep.

mod capture;
mod control;
mod forwarding;
mod negotiation;
mod peer;
mod strangers;
mod world;
