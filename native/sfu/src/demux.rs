//! Which session a datagram belongs to: STUN requests by the user name they carry, everything else
//! by source address. Both are hints only; the session confirms by `accepts`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::id::SessionId;

/// Addresses one session may be reached from at a time. Browsers try a handful of pairs.
const ADDRESSES_PER_SESSION_BOUND: usize = 16;

/// An address belongs to the session that last proved it for this long, even when another session
/// proves it too: who forges a victim's source address in a valid check of its own session must
/// not take the victim's packets away. Browsers check every 2.5 s (RFC 7675 consent).
const ADDRESS_HOLD: Duration = Duration::from_secs(6);

#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_address: HashMap<SocketAddr, Holder>,
    by_ufrag: HashMap<String, SessionId>,
    addresses: HashMap<SessionId, Vec<SocketAddr>>,
}

#[derive(Debug, Clone, Copy)]
struct Holder {
    session: SessionId,
    proved: Instant,
}

impl Demux {
    /// The session that holds the address.
    pub(crate) fn by_address(&self, source: SocketAddr) -> Option<SessionId> {
        self.by_address.get(&source).map(|holder| holder.session)
    }

    /// The session whose user name fragment a STUN request names.
    pub(crate) fn by_ufrag(&self, ufrag: &str) -> Option<SessionId> {
        self.by_ufrag.get(ufrag).copied()
    }

    /// The session may be called by this user name fragment from now on.
    pub(crate) fn add_ufrag(&mut self, ufrag: String, session: SessionId) {
        self.by_ufrag.insert(ufrag, session);
    }

    /// The fragment is of the past (ICE restart, end of the session).
    pub(crate) fn remove_ufrag(&mut self, ufrag: &str) {
        self.by_ufrag.remove(ufrag);
    }

    /// `session` has authenticated a connectivity check that came from `source`.
    pub(crate) fn prove(&mut self, source: SocketAddr, session: SessionId, now: Instant) {
        let fresh = Holder {
            session,
            proved: now,
        };
        match self.by_address.get_mut(&source) {
            Some(holder) if holder.session == session => {
                holder.proved = now;
                return;
            }
            Some(holder) if now < holder.proved + ADDRESS_HOLD => return,
            Some(holder) => {
                let before = std::mem::replace(holder, fresh).session;
                if let Some(addresses) = self.addresses.get_mut(&before) {
                    addresses.retain(|address| *address != source);
                }
            }
            None => {
                self.by_address.insert(source, fresh);
            }
        }
        let addresses = self.addresses.entry(session).or_default();
        addresses.push(source);
        if addresses.len() > ADDRESSES_PER_SESSION_BOUND {
            let oldest = (0..addresses.len())
                .min_by_key(|&at| self.by_address.get(&addresses[at]).map(|h| h.proved));
            if let Some(at) = oldest {
                let address = addresses.swap_remove(at);
                self.by_address.remove(&address);
            }
        }
    }

    /// The session is gone.
    pub(crate) fn remove_session(&mut self, session: SessionId) {
        for address in self.addresses.remove(&session).unwrap_or_default() {
            self.by_address.remove(&address);
        }
    }
}

/// What a datagram is, by its first byte (RFC 7983).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Datagram<'a> {
    /// A STUN message with the receiver's user name fragment, if it carries one.
    Stun(Option<&'a str>),
    /// DTLS, RTP or RTCP.
    Other,
    /// None of these.
    Unknown,
}

/// Classifies a datagram. Nothing in it is verified.
pub(crate) fn classify(datagram: &[u8]) -> Datagram<'_> {
    match datagram {
        [0..=3, ..] if datagram.len() >= 20 => Datagram::Stun(stun_ufrag(datagram)),
        [20..=63 | 128..=191, _, ..] => Datagram::Other,
        _ => Datagram::Unknown,
    }
}

/// The part of USERNAME before the colon (RFC 8489 section 14.3, RFC 8445 section 7.2.2).
fn stun_ufrag(message: &[u8]) -> Option<&str> {
    const USERNAME: u16 = 0x0006;
    let mut attributes = message.get(20..)?;
    while let [t0, t1, l0, l1, rest @ ..] = attributes {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        let value = rest.get(..length)?;
        if u16::from_be_bytes([*t0, *t1]) == USERNAME {
            let name = std::str::from_utf8(value).ok()?;
            return name.split_once(':').map(|(own, _)| own);
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::disallowed_methods,
        reason = "a virtual clock begins at some instant"
    )]

    use super::*;

    #[test]
    fn the_user_name_is_found_and_nonsense_is_not() {
        let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        message.extend([0; 12]);
        message.extend([0x80, 0x22, 0, 1, b'x', 0, 0, 0]);
        message.extend([0, 6, 0, 5, b'a', b'b', b':', b'c', b'd', 0, 0, 0]);
        assert_eq!(classify(&message), Datagram::Stun(Some("ab")));
        for length in 20..message.len() - 3 {
            assert_eq!(
                classify(&message[..length]),
                Datagram::Stun(None),
                "{length}"
            );
        }
        assert_eq!(classify(&message[..19]), Datagram::Unknown);
        assert_eq!(classify(&[]), Datagram::Unknown);
        assert_eq!(classify(&[22, 254, 253]), Datagram::Other);
        assert_eq!(classify(&[255; 40]), Datagram::Unknown);
    }

    #[test]
    fn an_address_in_use_is_not_taken_over() {
        let (a, b) = (SessionId(1), SessionId(2));
        let address: SocketAddr = ([192, 0, 2, 1], 5000).into();
        let start = Instant::now();
        let mut demux = Demux::default();
        demux.prove(address, a, start);
        demux.prove(address, b, start + Duration::from_secs(5));
        assert_eq!(demux.by_address(address), Some(a));
        demux.prove(address, a, start + Duration::from_secs(5));
        demux.prove(address, b, start + Duration::from_secs(7));
        assert_eq!(demux.by_address(address), Some(a));
        demux.prove(address, b, start + Duration::from_secs(11));
        assert_eq!(demux.by_address(address), Some(b));
        demux.remove_session(a);
        assert_eq!(demux.by_address(address), Some(b));
        demux.remove_session(b);
        assert_eq!(demux.by_address(address), None);
    }

    #[test]
    fn a_session_holds_a_bounded_number_of_addresses() {
        let start = Instant::now();
        let mut demux = Demux::default();
        for port in 0..1000u16 {
            let now = start + Duration::from_millis(u64::from(port));
            demux.prove(([192, 0, 2, 1], port).into(), SessionId(1), now);
        }
        assert_eq!(demux.by_address.len(), ADDRESSES_PER_SESSION_BOUND);
        assert_eq!(
            demux.by_address(([192, 0, 2, 1], 999).into()),
            Some(SessionId(1))
        );
    }
}
