//! What the journal costs the matcher's thread, how fast a run is carried out again, and how fast it
//! is simulated under other settings; all in time that the thread itself used.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use acd::{Command, CommandId, Envelope, EventSink, Machine};
use io::journal::record::Digest;
use io::journal::replay::Replay;
use io::journal::writer::{JOURNAL_RING_BOUND, JournalOptions, Recorder};
use io::request::Request;
use serde_json::json;
use whatif::{Changes, Question, Story, simulate};

use crate::Windows;
use crate::office::{Commands, Office};
use crate::report::{Figures, figures, thread_time};

/// A day of a large centre, or as much of it as there is time for: ten thousand contacts a second of the
/// window.
fn day(windows: Windows) -> Office {
    Office {
        seed: 1,
        agents: 600,
        contacts: windows.closed_loop.as_secs() * 10_000,
        between_us: 500_000,
    }
}

/// As the matcher's thread does it: the digest is taken of each event's JSON; without one the event
/// is handed on as it is.
struct Sink {
    digest: Option<Digest>,
}

impl EventSink for Sink {
    fn emit(&mut self, envelope: Envelope) {
        if let Some(digest) = &mut self.digest {
            digest.add(&envelope);
        }
        black_box(envelope);
    }
}

pub fn run(windows: Windows) -> Figures {
    let commands = day(windows).work();
    let parsed: Vec<(i64, CommandId, Command)> = commands
        .iter()
        .map(|(at_us, id, json)| {
            let command = Command::from_json(json).expect("well-formed");
            (*at_us, CommandId(*id), command)
        })
        .collect();
    let folder = Folder::new();
    let bare_ns = apply(&parsed, None);
    let recorded_ns = apply(&parsed, Some(folder.path()));
    let replay = replay(folder.path());
    let whatif = simulated(&commands);
    let mut all = json!({
        "contacts": windows.closed_loop.as_secs() * 10_000,
        "commands": parsed.len(),
        "bare_ns": bare_ns,
        "recorded_ns": recorded_ns,
        "journal_ns": recorded_ns - bare_ns,
        "replay_commands_per_s": replay,
    });
    if let (Some(all), Some(whatif)) = (all.as_object_mut(), whatif.as_object()) {
        all.extend(whatif.clone());
    }
    figures(all)
}

/// Nanoseconds of the thread that a command takes, its events included, at the pace that the writer keeps.
fn apply(commands: &[(i64, CommandId, Command)], folder: Option<&Path>) -> u64 {
    let mut machine = Machine::new();
    let mut recorder = folder.map(|folder| {
        let options = JournalOptions::new(folder.into(), u64::MAX);
        Recorder::start(&options).expect("a folder to write to")
    });
    let mut sink = Sink {
        digest: recorder.is_some().then(Digest::default),
    };
    let (mut spent, mut closed) = (Duration::ZERO, 0);
    for burst in commands.chunks(JOURNAL_RING_BOUND / 2) {
        let copies = burst.to_vec();
        let started = thread_time();
        for (at_us, id, command) in copies {
            let request = Request::Carry(command);
            if let Some(recorder) = &mut recorder {
                recorder.note(at_us, id, &request, closed);
            }
            request.carry_out(&mut machine, at_us, id, &mut sink);
            closed = sink.digest.as_ref().map_or(0, Digest::value);
        }
        spent += thread_time() - started;
        // A minute of a busy day in a moment: the writer gets its time.
        if let Some(recorder) = &recorder {
            let counters = recorder.counters();
            let mut before = u64::MAX;
            while before != counters.read().journal_commands_total {
                before = counters.read().journal_commands_total;
                std::thread::sleep(Duration::from_millis(50));
            }
            assert_eq!(counters.read().journal_lost_total, 0);
        }
    }
    if let Some(recorder) = recorder {
        recorder.close(commands.last().map_or(0, |last| last.0), closed);
    }
    spent.as_nanos() as u64 / commands.len() as u64
}

fn replay(folder: &Path) -> u64 {
    let started = thread_time();
    let mut replay = Replay::open(folder).expect("a run");
    while replay.advance(100_000, i64::MAX).expect("readable") {}
    let progress = replay.progress();
    assert_eq!(progress.difference, None);
    (progress.commands as f64 / (thread_time() - started).as_secs_f64()) as u64
}

fn simulated(commands: &Commands) -> serde_json::Value {
    let started = thread_time();
    let mut story = Story::new();
    for (at_us, id, json) in commands {
        story.take(*at_us, *id, json).expect("a command");
    }
    let read_s = (thread_time() - started).as_secs_f64();
    let question = Question {
        within_us: 20_000_000,
        from_us: 0,
        to_us: i64::MAX,
    };
    let started = thread_time();
    let unchanged = simulate(&story, &Changes::default(), question).expect("possible");
    let simulated_s = (thread_time() - started).as_secs_f64();
    json!({
        "whatif_read_s": read_s,
        "whatif_simulate_s": simulated_s,
        "whatif_exact": unchanged.figures == story.figures(question),
        "whatif_service_level": unchanged.figures.total.service_level,
    })
}

/// Made for this run, and gone after it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("mediacore-bench-journal-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind it is only some megabytes.
        let _ = fs::remove_dir_all(&self.0);
    }
}
