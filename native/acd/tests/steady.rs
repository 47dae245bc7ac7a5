//! In steady state nothing grows: after the first rounds of life cycles the machine holds no more
//! memory than before, however many contacts went through.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};

use acd::{AgentId, Command, CommandId, ContactId, Envelope, Event, EventSink, Machine, Shifts};

/// The system's allocator, with a count of the bytes that are not freed yet.
struct Counting;

static LIVE_BYTES: AtomicIsize = AtomicIsize::new(0);

// SAFETY: everything is the system allocator's; the count changes nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE_BYTES.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE_BYTES.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const QUEUES: u32 = 8;
const AGENTS: u32 = 200;
/// Contacts that wait all the time.
const BACKLOG: u64 = 2_000;
const ROUND: u64 = 5_000;
const ROUNDS: usize = 10;
/// How much the trees' shapes may differ from one look to the next: half a byte for each
/// contact of a round.
const SHAPE_BYTES: isize = 16_384;

/// Answers every offer, and lets those who follow the events follow them.
#[derive(Default)]
struct Desk {
    offers: Vec<(ContactId, AgentId, acd::Epoch)>,
    shifts: Shifts,
}

impl EventSink for Desk {
    fn emit(&mut self, envelope: Envelope) {
        self.shifts.follow(&envelope);
        match envelope.event {
            Event::ReservationCreated {
                contact,
                agent,
                epoch,
                ..
            } => self.offers.push((contact, agent, epoch)),
            Event::Refused { detail, .. } => panic!("{detail}"),
            _ => {}
        }
    }
}

struct Floor {
    machine: Machine,
    desk: Desk,
    now_us: i64,
    commands: u64,
    contacts: u64,
    calls: std::collections::VecDeque<(ContactId, AgentId)>,
}

impl Floor {
    fn apply(&mut self, command: Command) {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.machine.apply(self.now_us, id, command, &mut self.desk);
    }

    fn enqueue(&mut self) {
        self.contacts += 1;
        self.now_us += 1_000;
        let text = format!(
            r#"{{"type":"enqueue","contact":{},"queue":{},"channel":"video","priority":0,
                "arrived_us":{}}}"#,
            self.contacts,
            self.contacts % u64::from(QUEUES),
            self.now_us
        );
        self.apply(Command::from_json(text.as_bytes()).expect("well-formed"));
    }

    fn answer(&mut self) {
        while let Some((contact, agent, epoch)) = self.desk.offers.pop() {
            self.apply(Command::Accept {
                contact,
                agent,
                epoch,
            });
            self.apply(Command::Connect { contact });
            self.calls.push_back((contact, agent));
        }
    }

    /// One comes, one is finished with.
    fn life_cycle(&mut self) {
        self.enqueue();
        let (contact, agent) = self.calls.pop_front().expect("all agents are in calls");
        self.apply(Command::Complete { contact });
        self.apply(Command::WrapUpDone { agent, contact });
        self.answer();
    }
}

#[test]
fn memory_does_not_grow_with_the_contacts_that_went_through() {
    let mut floor = Floor {
        machine: Machine::new(),
        desk: Desk::default(),
        now_us: 1_767_225_600_000_000,
        commands: 0,
        contacts: 0,
        calls: std::collections::VecDeque::with_capacity(AGENTS as usize + 1),
    };
    floor.apply(Command::Configure {
        heartbeat_timeout_us: acd::DURATION_US_MAX,
    });
    for queue in 0..QUEUES {
        let text = format!(
            r#"{{"type":"queue_put","queue":{queue},"offer_timeout_us":20000000,
                "wrap_up_us":20000000,"max_waiting":100000}}"#
        );
        floor.apply(Command::from_json(text.as_bytes()).expect("well-formed"));
    }
    for agent in 1..=AGENTS {
        let text = format!(
            r#"{{"type":"agent_sign_in","agent":{agent},"queues":[{}],
                "capacity":{{"video":{{"slots":1}}}}}}"#,
            agent % QUEUES
        );
        floor.apply(Command::from_json(text.as_bytes()).expect("well-formed"));
    }
    for _ in 0..BACKLOG {
        floor.enqueue();
    }
    for agent in 1..=AGENTS {
        let agent = AgentId(agent);
        floor.apply(Command::AgentReady { agent });
    }
    floor.answer();
    let held: Vec<isize> = (0..ROUNDS)
        .map(|_| {
            (0..ROUND).for_each(|_| floor.life_cycle());
            LIVE_BYTES.load(Ordering::Relaxed)
        })
        .collect();
    let first = held[0];
    let most = held.iter().max().expect("some rounds");
    assert!(most - first < SHAPE_BYTES, "{held:?}");
}
