//! A run is recorded by the matcher's thread and carried out again: the same, or it says where not.

// The numbers of a test are small.
#![allow(clippy::cast_possible_truncation)]

use std::fs;
use std::path::{Path, PathBuf};

use acd::{AgentId, Command, CommandId, ContactId, lot};
use io::journal::replay::{Progress, Replay};
use io::journal::run::{RunEnd, RunError};
use io::journal::writer::{JournalOptions, Recorder};
use io::matcher::{Matcher, MatcherError, MatcherOptions};
use io::request::Request;

const NEVER_US: i64 = i64::MAX;

/// Small numbers from a seed.
struct Dice {
    seed: u64,
    rolls: u64,
}

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.rolls += 1;
        lot(self.seed, ContactId(self.rolls), AgentId(0)) % bound
    }
}

/// Mostly sensible, often refused: what matters is that the same comes out.
fn any_command(dice: &mut Dice, number: u64) -> Command {
    let (queue, agent) = (1 + dice.below(3), 1 + dice.below(6));
    let (contact, level) = (1 + dice.below(number), 1 + dice.below(10));
    let json = match dice.below(12) {
        0 => format!(
            r#"{{"type":"queue_put","queue":{queue},"offer_timeout_us":{},"wrap_up_us":500,"max_waiting":9,"strategy":"random","seed":{level}}}"#,
            1 + dice.below(3_000)
        ),
        1 => format!(
            r#"{{"type":"agent_sign_in","agent":{agent},"queues":[{queue}],"skills":[{{"skill":1,"level":{level}}}]}}"#
        ),
        2 | 3 => format!(r#"{{"type":"agent_ready","agent":{agent}}}"#),
        4 => format!(r#"{{"type":"agent_heartbeat","agent":{agent}}}"#),
        5 => format!(
            r#"{{"type":"accept","contact":{contact},"agent":{agent},"epoch":{}}}"#,
            1 + dice.below(number)
        ),
        6 => format!(r#"{{"type":"complete","contact":{contact}}}"#),
        7 => format!(r#"{{"type":"abandon","contact":{contact}}}"#),
        _ => format!(
            r#"{{"type":"enqueue","contact":{number},"queue":{queue},"priority":{level},"arrived_us":{number},"requires":[{{"skill":1,"level":{level}}}],"relax":[{{"after_us":{},"requires":[]}}]}}"#,
            1 + dice.below(5_000)
        ),
    };
    Command::from_json(json.as_bytes()).expect("well-formed")
}

/// Records a run of random commands; whether the matcher is closed or left as by a kill.
fn record(folder: &Path, seed: u64, commands: u64) {
    let mut options = JournalOptions::new(folder.into(), u64::MAX);
    options.segment_bytes = 20_000;
    let matcher = Matcher::start(&MatcherOptions {
        event_bound: 1 << 20,
        journal: Some(options),
        ..MatcherOptions::default()
    })
    .expect("a thread");
    let mut dice = Dice { seed, rolls: 0 };
    for number in 1..=commands {
        let command = any_command(&mut dice, number);
        while let Err(error) = matcher.submit(CommandId(number), command.clone()) {
            assert!(matches!(error, MatcherError::Full { .. }), "{error}");
            std::thread::yield_now();
        }
    }
    matcher.close();
    let journal = matcher.journal().expect("one is kept");
    assert_eq!(journal.journal_commands_total, commands, "seed {seed}");
    assert_eq!(journal.journal_lost_total, 0, "seed {seed}");
}

fn replay(folder: &Path) -> Result<Progress, RunError> {
    let mut replay = Replay::open(folder)?;
    while replay.advance(1_000, NEVER_US)? {}
    Ok(replay.progress().clone())
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths
}

#[test]
fn random_runs_come_out_the_same() {
    for seed in 0..20 {
        let folder = tempfile::tempdir().expect("a folder");
        record(folder.path(), seed, 2_000);
        assert!(segments(folder.path()).len() > 5, "seed {seed}");
        let progress = replay(folder.path()).expect("readable");
        assert_eq!(progress.difference, None, "seed {seed}");
        assert_eq!(progress.end, Some(RunEnd::Closed), "seed {seed}");
        assert_eq!((progress.commands, progress.proven), (2_000, 2_000));
        assert!(progress.events > 2_000, "seed {seed}");
    }
}

#[test]
fn a_flipped_byte_is_refused_by_name_or_ends_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path(), 1, 400);
    let paths = segments(folder.path());
    let mut dice = Dice { seed: 2, rolls: 0 };
    let mut named = 0;
    for _ in 0..200 {
        let path = &paths[dice.below(paths.len() as u64) as usize];
        let whole = fs::read(path).expect("a segment");
        let at = dice.below(whole.len() as u64) as usize;
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << dice.below(8);
        fs::write(path, &flipped).expect("writable");
        match replay(folder.path()) {
            Err(RunError::Damaged { path: told, .. } | RunError::Header { path: told, .. }) => {
                assert_eq!(told, *path);
                named += 1;
            }
            // A length that reaches beyond the last file looks like a write that was cut off.
            Ok(progress) => assert_eq!(progress.end, Some(RunEnd::Cut), "byte {at}"),
            Err(other) => panic!("byte {at}: {other}"),
        }
        fs::write(path, whole).expect("writable");
    }
    assert!(named > 180, "{named} of 200");
}

#[test]
fn the_damaged_record_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path(), 3, 50);
    let path = &segments(folder.path())[0];
    let mut bytes = fs::read(path).expect("a segment");
    let second = 8 + frame_length(&bytes[8..]);
    bytes[second + 8] ^= 0x40;
    fs::write(path, bytes).expect("writable");
    let error = replay(folder.path()).expect_err("damaged").to_string();
    assert!(error.contains("record 2 is damaged"), "{error}");
}

#[test]
fn a_truncated_tail_is_replayed_up_to_the_last_whole_record() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path(), 4, 25);
    let path = segments(folder.path()).pop().expect("a segment");
    let whole = fs::read(&path).expect("a segment");
    let mut ends = vec![8];
    while let Some(end) = ends.last().filter(|end| **end < whole.len()) {
        ends.push(end + frame_length(&whole[*end..]));
    }
    let first = ends[1];
    let before = replay(folder.path()).expect("readable").commands - (ends.len() as u64 - 3);
    for length in first..whole.len() {
        fs::write(&path, &whole[..length]).expect("writable");
        let progress = replay(folder.path()).expect("readable");
        let complete = ends
            .iter()
            .filter(|end| (first + 1..=length).contains(*end));
        assert_eq!(progress.commands, before + complete.count() as u64);
        let at_record = ends.contains(&length);
        let end = if at_record { RunEnd::Open } else { RunEnd::Cut };
        assert_eq!(progress.end, Some(end), "{length} bytes");
        assert_eq!(progress.difference, None, "{length} bytes");
        // The digest after the last command stands in the next record.
        assert_eq!(progress.proven, progress.commands.saturating_sub(1));
    }
}

#[test]
fn other_events_are_found_at_their_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder =
        Recorder::start(&JournalOptions::new(folder.path().into(), u64::MAX)).expect("a thread");
    let command = Command::from_json(br#"{"type":"day_started"}"#).expect("well-formed");
    let mut digest = io::journal::record::Digest::default();
    let mut machine = acd::Machine::new();
    for number in 1..=5 {
        recorder.note(
            number,
            CommandId(7),
            &Request::Carry(command.clone()),
            digest.value(),
        );
        machine.apply(number, CommandId(7), command.clone(), &mut digest);
        if number == 3 {
            // As if the rules had told somebody of another time.
            machine.apply(number, CommandId(8), command.clone(), &mut digest);
        }
    }
    recorder.close(5, digest.value());
    let difference = replay(folder.path()).expect("readable").difference;
    let difference = difference.expect("one event more than there was");
    assert_eq!((difference.number, difference.at_us), (3, 3));
    assert_eq!(difference.command, r#"{"type":"day_started"}"#);
}

#[test]
fn rules_of_another_version_and_missing_segments_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path(), 5, 1_000);
    let paths = segments(folder.path());
    let first = fs::read(&paths[0]).expect("a segment");
    let length = frame_length(&first[8..]);
    let mut header = first[16..8 + length].to_vec();
    let at = header.windows(8).position(|at| at == br#""rules":"#);
    header[at.expect("a field") + 8] = b'9';
    let mut other = first[..8].to_vec();
    other.extend(u32::try_from(header.len()).expect("short").to_le_bytes());
    other.extend(crc32fast::hash(&header).to_le_bytes());
    other.extend(&header);
    other.extend(&first[8 + length..]);
    fs::write(&paths[0], other).expect("writable");
    let error = replay(folder.path()).expect_err("refused").to_string();
    assert!(error.contains("under rules 9"), "{error}");

    fs::write(&paths[0], first).expect("writable");
    fs::rename(&paths[2], &paths[1]).expect("renamed");
    let refused = replay(folder.path());
    assert!(matches!(refused, Err(RunError::Header { segment: 2, .. })));
    fs::remove_file(&paths[0]).expect("removed");
    assert!(matches!(replay(folder.path()), Err(RunError::NoRun(_))));
}

#[test]
fn a_full_ring_is_a_gap_and_a_full_journal_says_so() {
    let command = Command::from_json(br#"{"type":"day_started"}"#).expect("well-formed");
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = JournalOptions::new(folder.path().join("gap"), u64::MAX);
    options.ring_bound = 4;
    let mut recorder = Recorder::start(&options).expect("a thread");
    let counters = recorder.counters();
    let mut noted = 0;
    while counters.read().journal_lost_total < 10 {
        noted += 1;
        recorder.note(noted, CommandId(1), &Request::Carry(command.clone()), 0);
    }
    recorder.close(noted, 0);
    let figures = counters.read();
    assert_eq!(
        figures.journal_commands_total + figures.journal_lost_total,
        noted.unsigned_abs()
    );
    let mut run = io::journal::run::Run::open(&options.folder).expect("readable");
    while run.end().is_none() {
        run.next_step().expect("readable");
    }
    assert_eq!(run.end(), Some(RunEnd::Gap));

    let options = JournalOptions::new(folder.path().join("full"), 1_000);
    let mut recorder = Recorder::start(&options).expect("a thread");
    let counters = recorder.counters();
    for number in 0..100 {
        recorder.note(number, CommandId(1), &Request::Carry(command.clone()), 0);
    }
    recorder.close(100, 0);
    let figures = counters.read();
    assert_eq!(
        figures.journal_commands_total + figures.journal_lost_total,
        100
    );
    assert!((1_000..1_100).contains(&figures.journal_bytes_total));
    let mut run = io::journal::run::Run::open(&options.folder).expect("readable");
    while run.end().is_none() {
        run.next_step().expect("readable");
    }
    assert_eq!(run.end(), Some(RunEnd::Full));
}

/// Bytes of the record at the start of these.
fn frame_length(bytes: &[u8]) -> usize {
    let (length, _) = bytes.split_first_chunk().expect("a record");
    8 + u32::from_le_bytes(*length) as usize
}
