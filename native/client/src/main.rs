//! `mediacore-load`: peers as told by lines of JSON on standard input, each answered by one on
//! standard output with the same `id`.
//!
//! One thread for everything, so that its processor says when the load is what's slow.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::{Duration, Instant};

use client::camera::Kind;
use client::figures::{Figures, Told};
use client::peer::{Peer, PeerError};
use client::socket::Batch;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};
use serde::{Deserialize, Serialize};

const SOCKET: Token = Token(0);
const TOLD: Token = Token(1);
/// Time passes in such steps for whoever sends or waits.
const TICK: Duration = Duration::from_millis(1);
/// Batches read before time passes on.
const BATCHES_BOUND: usize = 8;

#[derive(Deserialize)]
struct Line {
    id: u64,
    #[serde(flatten)]
    command: Command,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Command {
    /// Make a peer at an address of ours, and its offer.
    Offer {
        peer: u64,
        ip: IpAddr,
        send: Vec<Kind>,
        receive: Vec<Kind>,
    },
    /// The answer to its offer.
    Answer { peer: u64, sdp: String },
    /// Make a peer that answers an offer, and receives what it offers.
    Accept { peer: u64, ip: IpAddr, sdp: String },
    /// Say how many are connected, as soon as all are or after so many milliseconds.
    Connected { within_ms: u64 },
    /// All who send begin.
    Start {},
    /// What was sent and received since the last look.
    Figures {},
    /// End some.
    Close { peers: Vec<u64> },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Sdp { sdp: String },
    Connected { connected: usize, peers: usize },
    Figures(Told),
    Done {},
}

#[derive(Serialize)]
struct Reply {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(flatten)]
    answer: Option<Answer>,
}

struct Load {
    batch: Batch,
    port: u16,
    begun: Instant,
    peers: BTreeMap<u64, Peer>,
    /// By address; all have one port.
    by_ip: BTreeMap<IpAddr, u64>,
    figures: Figures,
    /// Who asked for everybody's connection, and until when it waits.
    waiting: Option<(u64, Instant)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let batch = Batch::bind()?;
    let mut poll = Poll::new()?;
    let descriptor = batch.socket().as_raw_fd();
    poll.registry()
        .register(&mut SourceFd(&descriptor), SOCKET, Interest::READABLE)?;
    let lines = lines(Waker::new(poll.registry(), TOLD)?);
    let mut load = Load {
        port: batch.port()?,
        batch,
        begun: Instant::now(),
        peers: BTreeMap::new(),
        by_ip: BTreeMap::new(),
        figures: Figures::default(),
        waiting: None,
    };
    let mut events = Events::with_capacity(8);
    let mut passed = Instant::now();
    loop {
        poll.poll(&mut events, Some(TICK))?;
        for _ in 0..BATCHES_BOUND {
            if !load.receive()? {
                break;
            }
        }
        let now = Instant::now();
        if now >= passed + TICK {
            passed = now;
            load.pass(now);
        }
        loop {
            match lines.try_recv() {
                Ok(line) => load.told(&line)?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
        load.tell_connected(now)?;
    }
}

/// What is told, read on a thread of its own.
fn lines(waker: Waker) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() || waker.wake().is_err() {
                return;
            }
        }
        drop(sender);
        // Nobody is left to tell if this fails.
        let _ = waker.wake();
    });
    receiver
}

impl Load {
    fn receive(&mut self) -> std::io::Result<bool> {
        let Self {
            batch,
            peers,
            by_ip,
            figures,
            begun,
            ..
        } = self;
        let now = Instant::now();
        let now_ns = nanoseconds(now - *begun);
        batch.receive(|local, source, datagram| {
            let peer = by_ip.get(&local).and_then(|peer| peers.get_mut(peer));
            if let Some(peer) = peer {
                peer.handle_datagram(now, now_ns, source, datagram, figures);
            }
        })
    }

    /// Time passes: what is due is sent.
    fn pass(&mut self, now: Instant) {
        let begun = self.begun;
        for peer in self.peers.values_mut() {
            let local = peer.address.ip();
            let mut send = |to: SocketAddr, datagram: &[u8]| self.batch.send(local, to, datagram);
            peer.pass(
                now,
                || nanoseconds(begun.elapsed()),
                &mut self.figures,
                &mut send,
            );
        }
    }

    fn told(&mut self, line: &str) -> std::io::Result<()> {
        let Line { id, command } = serde_json::from_str(line)?;
        match self.carry_out(id, command) {
            Ok(Some(answer)) => tell(id, None, Some(answer)),
            Ok(None) => Ok(()),
            Err(error) => tell(id, Some(error.to_string()), None),
        }
    }

    fn carry_out(&mut self, id: u64, command: Command) -> Result<Option<Answer>, PeerError> {
        let now = Instant::now();
        Ok(Some(match command {
            Command::Offer {
                peer,
                ip,
                send,
                receive,
            } => {
                let mut new = Peer::new(now, SocketAddr::new(ip, self.port));
                let sdp = new.offer(&send, &receive)?;
                self.put(peer, new);
                Answer::Sdp { sdp }
            }
            Command::Answer { peer, sdp } => {
                self.peer(peer)?.accept_answer(&sdp)?;
                Answer::Done {}
            }
            Command::Accept { peer, ip, sdp } => {
                let mut new = Peer::new(now, SocketAddr::new(ip, self.port));
                let sdp = new.accept_offer(&sdp)?;
                self.put(peer, new);
                Answer::Sdp { sdp }
            }
            Command::Connected { within_ms } => {
                self.waiting = Some((id, now + Duration::from_millis(within_ms)));
                return Ok(None);
            }
            Command::Start {} => {
                for peer in self.peers.values_mut() {
                    peer.start(now);
                }
                Answer::Done {}
            }
            Command::Figures {} => {
                let expected = self.peers.values_mut().map(Peer::expected).sum();
                let figures = std::mem::take(&mut self.figures);
                Answer::Figures(figures.told(expected))
            }
            Command::Close { peers } => {
                for peer in peers {
                    if let Some(mut gone) = self.peers.remove(&peer) {
                        let local = gone.address.ip();
                        self.by_ip.remove(&local);
                        gone.close(now, &mut |to, datagram| {
                            self.batch.send(local, to, datagram)
                        });
                    }
                }
                Answer::Done {}
            }
        }))
    }

    fn put(&mut self, number: u64, peer: Peer) {
        self.by_ip.insert(peer.address.ip(), number);
        self.peers.insert(number, peer);
    }

    fn peer(&mut self, number: u64) -> Result<&mut Peer, PeerError> {
        self.peers.get_mut(&number).ok_or(PeerError::Unknown)
    }

    fn tell_connected(&mut self, now: Instant) -> std::io::Result<()> {
        let Some((id, until)) = self.waiting else {
            return Ok(());
        };
        let connected = self.peers.values().filter(|peer| peer.connected()).count();
        if connected < self.peers.len() && now < until {
            return Ok(());
        }
        self.waiting = None;
        let peers = self.peers.len();
        tell(id, None, Some(Answer::Connected { connected, peers }))
    }
}

fn tell(id: u64, error: Option<String>, answer: Option<Answer>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &Reply { id, error, answer })?;
    out.write_all(b"\n")?;
    out.flush()
}

fn nanoseconds(passed: Duration) -> u64 {
    u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX)
}
