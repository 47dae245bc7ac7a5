//! The shard on a real socket: an independent peer connects, sends, and is captured.

use std::fs::File;
use std::io::BufReader;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use io::capture::frames::read_track_log;
use io::shard::{Shard, ShardError};
use serde_json::{Value, json};
use str0m::change::SdpAnswer;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc};

/// Long enough for a loaded machine; reached only when something is broken.
const PATIENCE: Duration = Duration::from_secs(20);

fn start() -> Shard {
    let config = json!({"bind": "127.0.0.1:0", "advertise": ["127.0.0.1"]});
    Shard::start(config.to_string().as_bytes()).expect("loopback can be bound")
}

fn wait_for(shard: &Shard, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        for event in shard.drain(1).expect("running") {
            let event = serde_json::from_slice(&event).expect("JSON");
            if wanted(&event) {
                return event;
            }
        }
        std::thread::yield_now();
    }
    panic!("it was not told in time");
}

fn command(shard: &Shard, request: u64, command: Value) -> Value {
    shard
        .submit(request, command.to_string().as_bytes())
        .expect("room in the ring");
    wait_for(shard, |event| event["request"] == request)
}

/// Drives the peer until it says to stop.
fn drive(rtc: &mut Rtc, socket: &UdpSocket, mut stop: impl FnMut(&mut Rtc, Option<Event>) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    let local = socket.local_addr().expect("bound");
    let mut buffer = [0; 2000];
    while Instant::now() < deadline {
        let timeout = match rtc.poll_output().expect("alive") {
            Output::Transmit(t) => {
                socket
                    .send_to(&t.contents, t.destination)
                    .expect("loopback");
                continue;
            }
            Output::Event(event) => {
                if stop(rtc, Some(event)) {
                    return;
                }
                continue;
            }
            Output::Timeout(at) => at,
        };
        if stop(rtc, None) {
            return;
        }
        let wait = timeout
            .saturating_duration_since(Instant::now())
            .clamp(Duration::from_millis(1), Duration::from_millis(20));
        socket.set_read_timeout(Some(wait)).expect("not zero");
        match socket.recv_from(&mut buffer) {
            Ok((length, source)) => {
                let receive = Receive::new(Protocol::Udp, source, local, &buffer[..length]);
                let input = Input::Receive(Instant::now(), receive.expect("known"));
                rtc.handle_input(input).expect("alive");
            }
            Err(_) => rtc
                .handle_input(Input::Timeout(Instant::now()))
                .expect("alive"),
        }
    }
    panic!("the peer did not get there in time");
}

#[test]
fn a_peer_connects_sends_and_is_captured() {
    let directory = tempfile::tempdir().expect("a directory");
    let shard = start();
    let join = json!({"type": "join", "room": 1, "session": 1, "participant": 1, "label": "agent/1",
        "publish": true, "subscribe": true, "hidden": false});
    let capture = json!({"type": "start_capture", "room": 1, "directory": directory.path()});
    for (request, one) in [
        (1, json!({"type": "open_room", "room": 1})),
        (2, join),
        (3, capture),
    ] {
        assert_eq!(command(&shard, request, one)["type"], "done");
    }
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback");
    let local = socket.local_addr().expect("bound");
    let mut rtc = Rtc::builder().set_rtp_mode(true).build(Instant::now());
    rtc.add_local_candidate(Candidate::host(local, "udp").expect("loopback"));
    let mut change = rtc.sdp_api();
    let mid = change.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
    let (offer, pending) = change.apply().expect("something to negotiate");
    let offer = json!({"type": "offer", "session": 1, "sdp": offer.to_sdp_string(),
        "publish": [{"mid": &*mid, "source": "camera"}], "subscribe": [], "auto": false});
    let answer = command(&shard, 4, offer);
    let sdp = answer["sdp"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert!(sdp.contains(&format!("127.0.0.1 {} typ host", shard.local_port())));
    let answer = SdpAnswer::from_sdp_string(sdp).expect("an answer");
    rtc.sdp_api()
        .accept_answer(pending, answer)
        .expect("it fits");

    drive(&mut rtc, &socket, |_, event| {
        matches!(event, Some(Event::Connected))
    });
    wait_for(&shard, |event| event["type"] == "session_connected");
    let params = rtc.codec_config().find(|p| p.spec().codec == Codec::Vp8);
    let payload_type = params.expect("VP8 is known").pt();
    let mut sent = 0u32;
    drive(&mut rtc, &socket, |rtc, event| {
        if event.is_none() && sent < 30 {
            let mut direct = rtc.direct_api();
            let stream = direct.stream_tx_by_mid(mid, None).expect("it sends");
            let payload = [0x10, if sent == 0 { 0x50 } else { 0x51 }, 7];
            let now = Instant::now();
            let sequence = u64::from(sent).into();
            stream.write_rtp(
                RtpWrite::new(payload_type, sequence, sent * 3000, now, payload).marker(true),
            );
            sent += 1;
        }
        sent == 30 && shard.metrics().core.media_packets_received_total == 30
    });
    let stopped = command(&shard, 5, json!({"type": "stop_capture", "room": 1}));
    let path = stopped["files"][0].as_str().expect("one file");
    let file = BufReader::new(File::open(path).expect("it is there"));
    let (header, frames) = read_track_log(file).expect("a log");
    assert_eq!(header.label, "agent/1");
    assert_eq!(frames.count(), 30);
    let stats = command(&shard, 6, json!({"type": "stats", "session": 1}));
    assert_eq!(stats["media_packets_received"], 30);
    shard.close();
    assert!(matches!(
        shard.submit(7, br#"{"type":"open_room","room":2}"#),
        Err(ShardError::Ended)
    ));
}

#[test]
fn the_last_change_before_a_silence_reaches_the_metrics() {
    let shard = start();
    for request in 1..=3 {
        let room = json!({"type": "open_room", "room": request});
        assert_eq!(command(&shard, request, room)["type"], "done");
    }
    let deadline = Instant::now() + PATIENCE;
    while shard.metrics().core.rooms != 3 {
        assert!(Instant::now() < deadline, "{:?}", shard.metrics());
        std::thread::yield_now();
    }
}

#[test]
fn wrong_configurations_and_commands_name_what_is_wrong() {
    let shard = start();
    for (command, word) in [
        ("{", "EOF"),
        (r#"{"type":"open_room"}"#, "room"),
        (r#"{"type":"open_room","room":1,"colour":2}"#, "colour"),
        (r#"{"type":"fly"}"#, "fly"),
        (r#"{"type":"leave","session":"one"}"#, "one"),
    ] {
        let error = shard.submit(1, command.as_bytes()).expect_err(command);
        assert!(matches!(error, ShardError::Malformed(_)));
        assert!(error.to_string().contains(word), "{error}");
    }
    let unusable: SocketAddr = ([203, 0, 113, 1], 1).into();
    for (config, word) in [
        (json!({"bind": "127.0.0.1:0"}), "advertise"),
        (
            json!({"bind": "127.0.0.1", "advertise": ["127.0.0.1"]}),
            "socket address",
        ),
        (json!({"bind": "127.0.0.1:0", "advertise": []}), "advertise"),
        (
            json!({"bind": "127.0.0.1:0", "advertise": ["::1"], "x": 1}),
            "unknown field `x`",
        ),
        (
            json!({"bind": unusable, "advertise": ["127.0.0.1"]}),
            "assign",
        ),
    ] {
        let error = Shard::start(config.to_string().as_bytes()).expect_err("unusable");
        assert!(error.to_string().contains(word), "{error}");
    }
}
