//! Whatever a client says that its session is to be: it is answered or refused, and nothing panics.

#![no_main]
#![allow(
    clippy::disallowed_methods,
    reason = "a virtual clock begins at some instant"
)]

use std::cell::RefCell;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use sfu::{Command, Event, Output, RoomId, SessionId, Settings, Sfu};

const ROOM: RoomId = RoomId(1);

struct Server {
    sfu: Sfu,
    now: Instant,
    requests: u64,
}

impl Server {
    fn start() -> Self {
        let now = Instant::now();
        let settings = Settings {
            addresses: vec![([192, 0, 2, 1], 3478).into()],
            max_sessions: 1,
            video_start_kbps: 1500,
            video_max_kbps: 3000,
            disconnect_after: Duration::from_secs(8),
            close_after: Duration::from_secs(30),
        };
        let sfu = Sfu::new(settings, now).expect("the address can be advertised");
        let mut server = Self {
            sfu,
            now,
            requests: 0,
        };
        server.command(Command::OpenRoom { room: ROOM });
        server
    }

    /// Every command is closed, by one event.
    fn command(&mut self, command: Command) -> Event {
        self.requests += 1;
        self.sfu.handle_command(self.now, self.requests, command);
        let mut closing = None;
        loop {
            match self.sfu.poll_output() {
                Output::Timeout(_) => return closing.expect("every command is closed"),
                Output::Event { request, event } if request == self.requests => {
                    assert!(closing.replace(event).is_none(), "closed once");
                }
                _ => {}
            }
        }
    }
}

thread_local! {
    static SERVER: RefCell<Server> = RefCell::new(Server::start());
}

fuzz_target!(|sdp: &str| {
    SERVER.with_borrow_mut(|server| {
        let session = SessionId(server.requests + 1);
        let joined = server.command(Command::Join {
            room: ROOM,
            session,
            participant: 1,
            label: "visitor/1".into(),
            publish: true,
            withheld: Vec::new(),
            subscribe: true,
            hidden: false,
        });
        assert_eq!(joined, Event::Done {});
        let answer = server.command(Command::Offer {
            session,
            sdp: sdp.into(),
            publish: Vec::new(),
            subscribe: Vec::new(),
            auto: true,
        });
        match answer {
            Event::Answer { .. } => {}
            Event::Refused { detail, .. } => assert!(!detail.is_empty()),
            other => panic!("neither answered nor refused: {other:?}"),
        }
        server.command(Command::Leave { session });
    });
});
