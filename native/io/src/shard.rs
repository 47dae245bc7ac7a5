//! One media thread with one UDP port: the core between a socket, the clock and two rings.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use serde::{Deserialize, Serialize};
use sfu::{Command, Counters, Event, Output, Refusal, Settings, Sfu, Transmit};

use crate::capture::writer::CaptureWriter;
use crate::clock::Clock;
use crate::sockets::{Bound, bind};
use rings::ring::{Consumer, Full, Producer, ring};
use rings::wake::Wake;

/// Commands that may wait for the thread.
pub const COMMAND_RING_BOUND: usize = 4096;
/// Events that may wait to be drained.
pub const EVENT_RING_BOUND: usize = 65_536;

/// Datagrams read before commands and timers get their turn.
const DATAGRAMS_PER_TURN: usize = 256;
/// Commands taken per turn: an offer is about a millisecond of work.
const COMMANDS_PER_TURN: usize = 4;
/// Events of the capture's writer taken per turn.
const REPORTS_PER_TURN: usize = 64;
/// Larger than any datagram of a path with a common MTU.
const DATAGRAM_BYTES_BOUND: usize = 2048;
/// Shortest time between two published metrics.
const METRICS_INTERVAL: Duration = Duration::from_millis(250);
/// How soon the capture's full ring is tried again.
const CAPTURE_RETRY: Duration = Duration::from_millis(20);

const COMMANDS: Token = Token(0);
const REPORTS: Token = Token(1);
const ROOM: Token = Token(2);
/// The sockets' tokens begin here.
const SOCKETS: usize = 3;

/// How a shard runs. Unknown fields are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardConfig {
    /// Address and UDP port of the socket; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Addresses that peers are told.
    pub advertise: Vec<IpAddr>,
    /// Sessions at a time.
    #[serde(default = "default_max_sessions")]
    pub max_sessions: usize,
    /// Rate at which a browser's video encoder begins, kbit/s.
    #[serde(default = "default_video_start_kbps")]
    pub video_start_kbps: u32,
    /// Rate that a browser's video encoder never exceeds, kbit/s.
    #[serde(default = "default_video_max_kbps")]
    pub video_max_kbps: u32,
    /// Silence after which a peer counts as disconnected. Browsers check every 2.5 s, others as
    /// rarely as every 6 s.
    #[serde(default = "default_ice_disconnect_s")]
    pub ice_disconnect_s: f64,
    /// Silence after which a session is closed.
    #[serde(default = "default_session_timeout_s")]
    pub session_timeout_s: f64,
}

fn default_max_sessions() -> usize {
    1000
}
fn default_video_start_kbps() -> u32 {
    1500
}
fn default_video_max_kbps() -> u32 {
    3000
}
fn default_ice_disconnect_s() -> f64 {
    8.0
}
fn default_session_timeout_s() -> f64 {
    30.0
}

/// Why a shard can't start or take a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// The configuration or command is malformed; the text names the field.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// A value of the configuration can't be used.
    #[error("{0}")]
    Config(String),
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Too many commands wait. Nothing was taken: try again later.
    #[error("the command ring is full: {COMMAND_RING_BOUND} commands wait")]
    Full,
    /// The shard was closed, or its thread failed.
    #[error("the media shard has ended")]
    Ended,
}

/// The handle. Any thread may submit and read; draining is for one at a time.
///
/// With the event ring full the thread takes no further command until events were drained; media
/// goes on.
#[derive(Debug)]
pub struct Shard {
    commands: Producer<(u64, Command)>,
    events: Mutex<Consumer<Vec<u8>>>,
    events_fd: RawFd,
    shared: Arc<Shared>,
    local_port: u16,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the handle and the thread both see.
#[derive(Debug)]
struct Shared {
    stop: AtomicBool,
    ended: AtomicBool,
    /// The thread waits for `room` in the event ring.
    stalled: AtomicBool,
    room: Wake,
    metrics: ArcSwap<Metrics>,
}

/// Counters and gauges of a shard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Of the core.
    #[serde(flatten)]
    pub core: Counters,
    /// Datagrams that the socket's buffer had no room for.
    pub datagrams_unsent_total: u64,
    /// Commands taken.
    pub commands_total: u64,
    /// Events that wait for room in the ring.
    pub events_waiting: u64,
}

#[derive(Serialize)]
struct Envelope<'a> {
    request: u64,
    #[serde(flatten)]
    event: &'a Event,
}

impl Shard {
    /// Binds the socket and starts the thread. `config` is a [`ShardConfig`] in JSON.
    ///
    /// # Errors
    /// [`ShardError::Malformed`], [`ShardError::Config`], [`ShardError::Io`].
    pub fn start(config: &[u8]) -> Result<Self, ShardError> {
        let config: ShardConfig = serde_json::from_slice(config)?;
        let bound = bind(config.bind, &config.advertise)?;
        let addresses: Vec<SocketAddr> = bound.iter().flat_map(|b| b.advertised.clone()).collect();
        let Some(local_port) = addresses.first().map(SocketAddr::port) else {
            return Err(ShardError::Config("advertise is empty".into()));
        };
        let sfu = Sfu::new(settings(&config, addresses)?, Instant::now())
            .map_err(|Refusal { detail, .. }| ShardError::Config(detail))?;
        let (commands, command_consumer) = ring(COMMAND_RING_BOUND)?;
        let (event_producer, events) = ring(EVENT_RING_BOUND)?;
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
            room: Wake::new()?,
            metrics: ArcSwap::default(),
        });
        let capture = CaptureWriter::start()?;
        let reactor = Reactor::new(
            bound,
            sfu,
            command_consumer,
            event_producer,
            capture,
            Arc::clone(&shared),
        )?;
        let thread = thread::Builder::new()
            .name("media".into())
            .spawn(move || reactor.run())?;
        Ok(Self {
            commands,
            events_fd: events.as_raw_fd(),
            events: Mutex::new(events),
            shared,
            local_port,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The UDP port.
    #[must_use]
    pub fn local_port(&self) -> u16 {
        self.local_port
    }

    /// Hands in a [`Command`] in JSON; its closing event carries `request`. Never blocks.
    ///
    /// # Errors
    /// [`ShardError::Malformed`], [`ShardError::Full`] with nothing taken, [`ShardError::Ended`].
    pub fn submit(&self, request: u64, command: &[u8]) -> Result<(), ShardError> {
        let command = serde_json::from_slice(command)?;
        if self.shared.stop.load(Ordering::SeqCst) || self.shared.ended.load(Ordering::SeqCst) {
            return Err(ShardError::Ended);
        }
        self.commands
            .push((request, command))
            .map_err(|Full(_)| ShardError::Full)
    }

    /// Readable while events wait, and when the thread has ended.
    pub fn fileno(&self) -> RawFd {
        self.events_fd
    }

    /// Takes at most `limit` events in their order, each in JSON with its `request`.
    ///
    /// # Errors
    /// [`ShardError::Ended`] when the thread failed and all its events were taken.
    pub fn drain(&self, limit: usize) -> Result<Vec<Vec<u8>>, ShardError> {
        let failed =
            self.shared.ended.load(Ordering::SeqCst) && !self.shared.stop.load(Ordering::SeqCst);
        let taken = self
            .events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(limit);
        if self.shared.stalled.swap(false, Ordering::SeqCst) {
            self.shared.room.raise();
        }
        if failed && taken.is_empty() && limit > 0 {
            return Err(ShardError::Ended);
        }
        Ok(taken)
    }

    /// The last published metrics, at most a quarter of a second behind.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        **self.shared.metrics.load()
    }

    /// Ends all sessions and captures and the thread, and waits for its end.
    pub fn close(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.commands.wake();
        self.shared.room.raise();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // A panic of the thread has been told by `drain` or by its own message.
            let _ = thread.join();
        }
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        self.close();
    }
}

fn settings(config: &ShardConfig, addresses: Vec<SocketAddr>) -> Result<Settings, ShardError> {
    let seconds = |name: &str, value: f64| {
        Duration::try_from_secs_f64(value)
            .map_err(|error| ShardError::Config(format!("{name} is {value}: {error}")))
    };
    Ok(Settings {
        addresses,
        max_sessions: config.max_sessions,
        video_start_kbps: config.video_start_kbps,
        video_max_kbps: config.video_max_kbps.max(config.video_start_kbps),
        disconnect_after: seconds("ice_disconnect_s", config.ice_disconnect_s)?,
        close_after: seconds("session_timeout_s", config.session_timeout_s)?,
    })
}

/// A socket, and whether it may hold more datagrams.
struct Door {
    bound: Bound,
    ready: bool,
}

/// The thread's state.
struct Reactor {
    poll: Poll,
    doors: Vec<Door>,
    sfu: Sfu,
    commands: Consumer<(u64, Command)>,
    events: Producer<Vec<u8>>,
    /// Events beyond the ring's room; no command is taken before it is empty.
    backlog: VecDeque<Vec<u8>>,
    capture: CaptureWriter,
    capture_waits: bool,
    shared: Arc<Shared>,
    clock: Clock,
    metrics: Metrics,
    published: Instant,
    /// Something has changed since, too soon to publish it again.
    metrics_waiting: bool,
    /// Readiness that was not used up in the last turn: edges are told once.
    commands_ready: bool,
    reports_ready: bool,
}

impl Reactor {
    fn new(
        bound: Vec<Bound>,
        sfu: Sfu,
        commands: Consumer<(u64, Command)>,
        events: Producer<Vec<u8>>,
        mut capture: CaptureWriter,
        shared: Arc<Shared>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry();
        let mut doors = Vec::new();
        for mut bound in bound {
            let token = Token(SOCKETS + doors.len());
            registry.register(&mut bound.socket, token, Interest::READABLE)?;
            doors.push(Door { bound, ready: true });
        }
        let descriptors = [
            (commands.as_raw_fd(), COMMANDS),
            (capture.reports().as_raw_fd(), REPORTS),
            (shared.room.as_raw_fd(), ROOM),
        ];
        for (descriptor, token) in descriptors {
            registry.register(&mut SourceFd(&descriptor), token, Interest::READABLE)?;
        }
        Ok(Self {
            poll,
            doors,
            sfu,
            commands,
            events,
            backlog: VecDeque::new(),
            capture,
            capture_waits: false,
            shared,
            clock: Clock::start(),
            metrics: Metrics::default(),
            published: Instant::now(),
            metrics_waiting: false,
            commands_ready: true,
            reports_ready: true,
        })
    }

    fn run(mut self) {
        // Tells the handle whatever way the thread ends.
        let ending = Ending {
            shared: Arc::clone(&self.shared),
            events: self.events.clone(),
        };
        let mut ready = Events::with_capacity(16);
        let mut deadline = None;
        while !self.shared.stop.load(Ordering::SeqCst) {
            if let Err(error) = self.poll.poll(&mut ready, self.wait_for(deadline))
                && error.kind() != io::ErrorKind::Interrupted
            {
                break;
            }
            for event in &ready {
                match event.token() {
                    COMMANDS => self.commands_ready = true,
                    REPORTS => self.reports_ready = true,
                    ROOM => self.shared.room.lower(),
                    Token(socket) => self.doors[socket - SOCKETS].ready = true,
                }
            }
            for door in 0..self.doors.len() {
                self.read_datagrams(door);
            }
            self.flush_backlog();
            self.take_reports();
            self.take_commands();
            let now = Instant::now();
            if deadline.is_some_and(|at| at <= now) || deadline.is_none() {
                self.sfu.handle_timeout(now);
            }
            deadline = self.pump();
            if self.capture_waits {
                self.capture_waits = self.capture.retry();
            }
            self.publish_metrics(now);
        }
        self.capture.close();
        drop(ending);
    }

    fn wait_for(&self, deadline: Option<Instant>) -> Option<Duration> {
        let commands_wait = self.commands_ready && self.backlog.is_empty();
        let datagrams_wait = self.doors.iter().any(|door| door.ready);
        if datagrams_wait || commands_wait || self.reports_ready {
            return Some(Duration::ZERO);
        }
        let until = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let retry = self.capture_waits.then_some(CAPTURE_RETRY);
        let publish = self
            .metrics_waiting
            .then(|| METRICS_INTERVAL.saturating_sub(self.published.elapsed()));
        [until, retry, publish].into_iter().flatten().min()
    }

    fn read_datagrams(&mut self, door: usize) {
        let mut buffer = [0; DATAGRAM_BYTES_BOUND];
        for _ in 0..DATAGRAMS_PER_TURN {
            let Door { bound, ready } = &mut self.doors[door];
            if !*ready {
                return;
            }
            match bound.socket.recv_from(&mut buffer) {
                Ok((length, source)) => {
                    // Of a socket for several addresses: whichever, the peer sees the NAT's.
                    let local = bound.advertised[0];
                    self.sfu
                        .handle_datagram(Instant::now(), local, source, &buffer[..length]);
                    self.pump();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => *ready = false,
                // A peer's port unreachable, told at the next call: not about this datagram.
                Err(_) => {}
            }
        }
    }

    fn take_commands(&mut self) {
        for _ in 0..COMMANDS_PER_TURN {
            if !self.backlog.is_empty() {
                return;
            }
            let Some((request, command)) = self.commands.pop() else {
                self.commands_ready = false;
                return;
            };
            self.metrics.commands_total += 1;
            self.sfu.handle_command(Instant::now(), request, command);
            self.pump();
        }
        self.commands_ready = true;
    }

    fn take_reports(&mut self) {
        let reports = self.capture.reports().drain(REPORTS_PER_TURN);
        // Only an empty drain lowers the wake-up, and without that there is no new edge.
        self.reports_ready = !reports.is_empty();
        for (request, event) in &reports {
            self.tell(*request, event);
        }
    }

    /// Does what the core has to do and returns when it wants to be called.
    fn pump(&mut self) -> Option<Instant> {
        loop {
            match self.sfu.poll_output() {
                Output::Transmit(transmit) => self.send(&transmit),
                Output::Event { request, event } => self.tell(request, &event),
                Output::Capture(item) => {
                    let (now, now_us) = (Instant::now(), self.clock.now_us());
                    let at_us = |packet: &sfu::Packet| {
                        let ago = now.saturating_duration_since(packet.arrival);
                        now_us - i64::try_from(ago.as_micros()).unwrap_or(0)
                    };
                    self.capture.write(item, at_us, now_us);
                    self.capture_waits = true;
                }
                Output::Timeout(at) => return at,
            }
        }
    }

    fn send(&mut self, transmit: &Transmit) {
        let door = self
            .doors
            .iter()
            .find(|door| door.bound.advertised.contains(&transmit.local));
        let sent = door.map(|door| {
            let socket = &door.bound.socket;
            socket.send_to(&transmit.payload, transmit.destination)
        });
        // Without room in the socket's buffer the datagram is lost, as it might be on the way.
        if !matches!(sent, Some(Ok(_))) {
            self.metrics.datagrams_unsent_total += 1;
        }
    }

    fn tell(&mut self, request: u64, event: &Event) {
        match serde_json::to_vec(&Envelope { request, event }) {
            Ok(json) => self.backlog.push_back(json),
            // Events hold only numbers, names and text.
            Err(_) => debug_assert!(false, "an event is always JSON"),
        }
        self.flush_backlog();
    }

    fn flush_backlog(&mut self) {
        while let Some(json) = self.backlog.pop_front() {
            if let Err(Full(json)) = self.events.push(json) {
                self.backlog.push_front(json);
                // Once more after saying so: the reader may have drained in between.
                if self.shared.stalled.swap(true, Ordering::SeqCst) {
                    return;
                }
            }
        }
    }

    fn publish_metrics(&mut self, now: Instant) {
        self.metrics.core = self.sfu.counters();
        self.metrics.events_waiting = self.backlog.len() as u64;
        let changed = **self.shared.metrics.load() != self.metrics;
        // The last change before a silence is told too.
        self.metrics_waiting =
            changed && now.saturating_duration_since(self.published) < METRICS_INTERVAL;
        if changed && !self.metrics_waiting {
            self.published = now;
            self.shared.metrics.store(Arc::new(self.metrics));
        }
    }
}

/// Marks the end of the thread, also by a panic, and wakes who waits for events.
struct Ending {
    shared: Arc<Shared>,
    events: Producer<Vec<u8>>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.events.wake();
    }
}
