//! What one end seals the other opens, once, unchanged and in any order.

use proptest::prelude::*;
use rtp::header::{FIXED_BYTES, Fields, Header};
use rtp::srtp::{Keying, OVERHEAD, Opener, Profile, Received, Sealer, SrtpError};

const PROFILES: [Profile; 3] = [
    Profile::Aes128CmSha1_80,
    Profile::Aes128Gcm,
    Profile::Aes256Gcm,
];
const SSRC: u32 = 0xdead_beef;

fn ends(profile: Profile) -> (Sealer, Opener) {
    let material: Vec<u8> = (0..profile.material_bytes())
        .map(|n| u8::try_from(n * 7 % 251).expect("small"))
        .collect();
    let (client, of_server) =
        Keying::split(profile, &material, true).expect("as long as it should be");
    let (server, of_client) = Keying::split(profile, &material, false).expect("the same");
    // Both ends agree on both directions: what the server seals the client opens as well.
    let (back, forth) = (Sealer::new(&server), Opener::new(&of_server));
    assert!(back.is_ok() && forth.is_ok());
    (
        Sealer::new(&client).expect("keys"),
        Opener::new(&of_client).expect("keys"),
    )
}

fn sealed(sealer: &Sealer, index: u64, payload: &[u8]) -> Vec<u8> {
    let fields = Fields {
        payload_type: 96,
        marker: false,
        sequence: u16::try_from(index & 0xffff).expect("its lower half"),
        timestamp: 7,
        ssrc: SSRC,
        extensions: &[(1, b"abc")],
    };
    let mut header = [0; 64];
    let length = fields.write(&mut header).expect("room");
    let mut out = vec![0; length + payload.len() + OVERHEAD];
    let end = sealer
        .seal_rtp(index, &header[..length], payload, &mut out)
        .expect("room");
    out.truncate(end);
    out
}

/// A receiver report without blocks, and a PLI.
fn control() -> Vec<u8> {
    let mut packet = vec![0; 20];
    let mut at = rtp::rtcp::write_receiver_report(SSRC, &[], &mut packet).expect("room");
    at += rtp::rtcp::write_pli(SSRC, 5, &mut packet[at..]).expect("room");
    packet.truncate(at);
    packet
}

#[test]
fn a_stream_is_opened_over_rounds_of_its_numbers() {
    for profile in PROFILES {
        let (sealer, opener) = ends(profile);
        let mut received = Received::default();
        // Two rollovers, with a gap now and then.
        for index in (65_000..200_000_u64).step_by(97) {
            // A receiver begins in some round that it can't know: the first.
            let index = index - 65_000;
            let payload = index.to_be_bytes();
            let mut packet = sealed(&sealer, index, &payload);
            let (found, end) = opener
                .open_rtp(&mut received, &mut packet)
                .expect("authentic");
            assert_eq!(found, index);
            let begin = Header::parse(&packet).expect("a packet").length();
            assert_eq!(packet[begin..end], payload);
        }
    }
}

#[test]
fn what_was_changed_or_came_before_is_refused_and_changes_nothing() {
    for profile in PROFILES {
        let (sealer, opener) = ends(profile);
        let mut received = Received::default();
        let packet = sealed(&sealer, 70, b"payload");
        for at in 0..packet.len() {
            let mut changed = packet.clone();
            changed[at] ^= 1;
            let outcome = opener.open_rtp(&mut received, &mut changed);
            assert!(outcome.is_err(), "{profile:?}: byte {at}");
        }
        for end in 0..packet.len() {
            let outcome = opener.open_rtp(&mut received, &mut packet[..end].to_vec());
            assert!(outcome.is_err(), "{profile:?}: cut at {end}");
        }
        assert!(opener.open_rtp(&mut received, &mut packet.clone()).is_ok());
        let again = opener.open_rtp(&mut received, &mut packet.clone());
        assert_eq!(again, Err(SrtpError::Replayed));
        let mut late = sealed(&sealer, 69, b"late");
        assert!(opener.open_rtp(&mut received, &mut late).is_ok());
        let mut far = sealed(&sealer, 70 + rtp::replay::WINDOW, b"far");
        assert!(opener.open_rtp(&mut received, &mut far).is_ok());
        let again = opener.open_rtp(&mut received, &mut packet.clone());
        assert_eq!(again, Err(SrtpError::Replayed), "too far back to tell");
    }
}

#[test]
fn reports_are_opened_once_and_unchanged() {
    for profile in PROFILES {
        let (mut sealer, mut opener) = ends(profile);
        let plain = control();
        let mut out = vec![0; plain.len() + OVERHEAD];
        let end = sealer.seal_rtcp(&plain, &mut out).expect("room");
        for at in 0..end {
            let mut changed = out[..end].to_vec();
            changed[at] ^= 1;
            assert!(
                opener.open_rtcp(&mut changed).is_err(),
                "{profile:?}: byte {at}"
            );
        }
        let mut packet = out[..end].to_vec();
        let length = opener.open_rtcp(&mut packet).expect("authentic");
        assert_eq!(packet[..length], plain);
        let again = opener.open_rtcp(&mut out[..end].to_vec());
        assert_eq!(again, Err(SrtpError::Replayed));
        let next = sealer.seal_rtcp(&plain, &mut out).expect("room");
        assert!(opener.open_rtcp(&mut out[..next]).is_ok());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for profile in PROFILES {
            let (_, mut opener) = ends(profile);
            let mut received = Received::default();
            prop_assert!(opener.open_rtp(&mut received, &mut bytes.clone()).is_err());
            prop_assert!(opener.open_rtcp(&mut bytes.clone()).is_err());
        }
    }

    #[test]
    fn headers_are_read_as_they_were_written(
        payload_type in 0..128_u8,
        marker: bool,
        sequence: u16,
        timestamp: u32,
        ssrc: u32,
        values in prop::collection::btree_map(1..15_u8, prop::collection::vec(any::<u8>(), 1..17), 0..6),
    ) {
        let extensions: Vec<(u8, &[u8])> = values.iter().map(|(id, v)| (*id, &v[..])).collect();
        let fields = Fields {
            payload_type,
            marker,
            sequence,
            timestamp,
            ssrc,
            extensions: &extensions,
        };
        let mut out = [0; FIXED_BYTES + 4 + 6 * 17 + 3];
        let length = fields.write(&mut out).expect("room");
        let header = Header::parse(&out).expect("a header");
        prop_assert_eq!(header.length(), length);
        prop_assert_eq!((header.payload_type(), header.marker()), (payload_type, marker));
        prop_assert_eq!((header.sequence(), header.timestamp()), (sequence, timestamp));
        prop_assert_eq!(header.ssrc(), ssrc);
        prop_assert_eq!(header.extensions().collect::<Vec<_>>(), extensions);
    }
}
