//! A contact centre to measure in: queues, agents with skills, and requirements that somebody has.

use acd::{
    AgentId, Arrival, Assignment, Capacity, Channel, Command, ContactId, QueueId, Relaxation,
    SkillId, SkillLevel, Strategy,
};

pub const QUEUES: u32 = 32;
const SKILLS: f64 = 512.0;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound as u64) as usize
    }

    /// 0 to 1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A few skills are common, most are rare.
    fn skill(&mut self) -> SkillId {
        SkillId(SKILLS.powf(self.unit()) as u32)
    }
}

/// What an agent serves and can.
pub struct Ability {
    pub queues: Vec<QueueId>,
    pub skills: Vec<SkillLevel>,
    pub rank: u16,
}

/// What contacts of one class need.
#[derive(Clone)]
pub struct Need {
    pub queue: QueueId,
    pub requires: Vec<SkillLevel>,
}

pub struct World {
    pub dice: Dice,
    pub agents: Vec<Ability>,
    pub needs: Vec<Need>,
}

impl World {
    /// Agents with one to three queues and three to ten skills, nearly no two of them alike; and
    /// `classes` different needs, each of which some agent can serve.
    pub fn new(seed: u64, agents: usize, classes: usize) -> Self {
        let mut dice = Dice(seed);
        let agents: Vec<Ability> = (0..agents).map(|_| ability(&mut dice)).collect();
        let mut known = std::collections::BTreeSet::new();
        while known.len() < classes {
            let agent = &agents[dice.below(agents.len())];
            let queue = agent.queues[dice.below(agent.queues.len())];
            let mut requires: Vec<SkillLevel> = (0..=dice.below(3))
                .map(|_| {
                    let had = agent.skills[dice.below(agent.skills.len())];
                    let level = 1 + dice.below(usize::from(had.level)) as u8;
                    SkillLevel { level, ..had }
                })
                .collect();
            requires.sort_unstable();
            requires.dedup_by_key(|needed| needed.skill);
            known.insert((queue, requires));
        }
        let needs = known.into_iter();
        let needs = needs.map(|(queue, requires)| Need { queue, requires });
        Self {
            needs: needs.collect(),
            dice,
            agents,
        }
    }

    pub fn queue_put(id: u32, strategy: Strategy, offer_timeout_us: i64) -> Command {
        Command::QueuePut {
            queue: QueueId(id),
            offer_timeout_us,
            wrap_up_us: 30_000_000,
            max_waiting: u32::MAX,
            strategy,
            seed: 1,
            // Two minutes of waiting for a point.
            priority_worth_us: 120_000_000,
            slope: 1,
            service_level_us: acd::SERVICE_LEVEL_US_DEFAULT,
            short_abandon_us: acd::SHORT_ABANDON_US_DEFAULT,
        }
    }

    pub fn sign_in(&self, agent: usize) -> Command {
        let known = &self.agents[agent];
        Command::AgentSignIn(Assignment {
            agent: AgentId(agent as u32),
            queues: known.queues.clone(),
            capacity: Capacity::default(),
            skills: known.skills.clone(),
            weight: 1,
            rank: known.rank,
        })
    }

    /// A contact of a random class, one in ten with a priority.
    pub fn enqueue(&mut self, contact: u64, arrived_us: i64) -> Command {
        let need = self.needs[self.dice.below(self.needs.len())].clone();
        Command::Enqueue(Arrival {
            contact: ContactId(contact),
            queue: need.queue,
            channel: Channel::Video,
            priority: if self.dice.below(10) == 0 { 5 } else { 0 },
            arrived_us,
            requires: need.requires,
            relax: Vec::new(),
            max_wait: None,
            not_before_us: None,
            last_agent: None,
            internal: false,
            answered: false,
        })
    }

    /// A contact of a random class that first requires something that nobody has.
    pub fn enqueue_choosy(&mut self, contact: u64, arrived_us: i64, after_us: i64) -> Command {
        let need = self.needs[self.dice.below(self.needs.len())].clone();
        let nobodys = SkillLevel {
            skill: SkillId(u32::MAX),
            level: 1,
        };
        Command::Enqueue(Arrival {
            contact: ContactId(contact),
            queue: need.queue,
            channel: Channel::Video,
            priority: 0,
            arrived_us,
            requires: vec![nobodys],
            relax: vec![Relaxation {
                after_us,
                requires: need.requires,
                queue: None,
            }],
            max_wait: None,
            not_before_us: None,
            last_agent: None,
            internal: false,
            answered: false,
        })
    }
}

fn ability(dice: &mut Dice) -> Ability {
    let mut queues: Vec<QueueId> = (0..=dice.below(3))
        .map(|_| QueueId(dice.below(QUEUES as usize) as u32))
        .collect();
    queues.sort_unstable();
    queues.dedup();
    let count = 3 + dice.below(8);
    let mut skills: Vec<SkillLevel> = Vec::with_capacity(count);
    while skills.len() < count {
        let skill = dice.skill();
        if !skills.iter().any(|had| had.skill == skill) {
            let level = 1 + dice.below(10) as u8;
            skills.push(SkillLevel { skill, level });
        }
    }
    Ability {
        queues,
        skills,
        rank: 0,
    }
}
