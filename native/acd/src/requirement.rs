//! What a contact needs and what an agent has, in one vocabulary.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::event::{Refusal, RefusalCode};
use crate::id::{QueueId, SkillId};
use crate::{AGENT_SKILL_BOUND, ATTRIBUTE_BOUND, LEVEL_MAX, REQUIRED_SKILL_BOUND};

/// A skill with a level: of an agent, how well they have it, 1 to [`LEVEL_MAX`](crate::LEVEL_MAX);
/// of a contact, how well its agent must have it at least, or 0: its agent must not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillLevel {
    /// The skill.
    pub skill: SkillId,
    /// How well.
    pub level: u8,
}

/// A queue that is served, or a skill. One vocabulary for both, so that one index finds either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Attribute {
    Queue(QueueId),
    Skill(SkillId),
}

/// The dense number of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AttributeIx(pub u32);

/// Attributes with levels, ascending, each once. A queue has level 1; where something is needed,
/// level 0 shuts out whoever has it.
pub(crate) type Levels = Arc<[(AttributeIx, u8)]>;

/// The same on the stack unless there are very many, for those who only look whether they are known.
pub(crate) type Needs = SmallVec<[(AttributeIx, u8); 16]>;

/// Numbers the attributes in the order in which they first came.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    numbers: FxHashMap<Attribute, AttributeIx>,
}

impl Vocabulary {
    /// The levels of a queue's contact, or of an agent who serves these queues.
    pub fn levels(&mut self, queues: &[QueueId], skills: &[SkillLevel]) -> Needs {
        let queues = queues.iter().map(|id| (Attribute::Queue(*id), 1));
        let skills = skills
            .iter()
            .map(|skill| (Attribute::Skill(skill.skill), skill.level));
        let mut levels: Needs = queues
            .chain(skills)
            .map(|(attribute, level)| (self.number(attribute), level))
            .collect();
        levels.sort_unstable();
        levels
    }

    pub fn number(&mut self, attribute: Attribute) -> AttributeIx {
        let next = AttributeIx(u32::try_from(self.numbers.len()).expect("ATTRIBUTE_BOUND"));
        *self.numbers.entry(attribute).or_insert(next)
    }

    /// The number of a queue that is or was open.
    pub fn queue(&self, id: QueueId) -> AttributeIx {
        self.numbers[&Attribute::Queue(id)]
    }

    /// Refuses skills that would be one too many new ones.
    pub fn check_room(&self, skills: &[SkillLevel]) -> Result<(), Refusal> {
        let new = |skill: &&SkillLevel| !self.numbers.contains_key(&Attribute::Skill(skill.skill));
        if self.numbers.len() + skills.iter().filter(new).count() > ATTRIBUTE_BOUND {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("{ATTRIBUTE_BOUND} queues and skills are known, the most"),
            ));
        }
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Whether somebody with `levels` has all that is needed, and nothing that is shut out.
pub(crate) fn covers(levels: &[(AttributeIx, u8)], needed: &[(AttributeIx, u8)]) -> bool {
    let mut rest = levels;
    needed.iter().all(|(attribute, least)| {
        // Both ascend: what was passed over is not needed any more.
        while let Some(((has, _), others)) = rest.split_first()
            && has < attribute
        {
            rest = others;
        }
        let level = rest
            .first()
            .filter(|(has, _)| has == attribute)
            .map_or(0, |(_, level)| *level);
        if *least == 0 {
            level == 0
        } else {
            level >= *least
        }
    })
}

/// A set of bits such that whoever covers what is needed has all its bits, and others seldom have: a
/// Bloom filter (Bloom 1970) over the attributes and a few steps of their levels.
pub(crate) fn signature(levels: &[(AttributeIx, u8)]) -> u128 {
    const STEPS: [u8; 3] = [1, 4, 7];
    let mut bits = 0;
    for (attribute, level) in levels {
        for step in STEPS.iter().filter(|step| *step <= level) {
            let mixed = (u64::from(attribute.0) << 8 | u64::from(*step))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            bits |= 1 << (mixed >> 57);
        }
    }
    bits
}

pub(crate) fn level_of(levels: &[(AttributeIx, u8)], attribute: AttributeIx) -> u8 {
    levels
        .binary_search_by_key(&attribute, |(has, _)| *has)
        .map_or(0, |at| levels[at].1)
}

pub(crate) fn check_required(skills: &[SkillLevel]) -> Result<(), Refusal> {
    check_skills("requires", skills, 0, REQUIRED_SKILL_BOUND)
}

pub(crate) fn check_had(skills: &[SkillLevel]) -> Result<(), Refusal> {
    check_skills("skills", skills, 1, AGENT_SKILL_BOUND)
}

fn check_skills(
    field: &str,
    skills: &[SkillLevel],
    lowest: u8,
    bound: usize,
) -> Result<(), Refusal> {
    let invalid = |detail| Err(Refusal::new(RefusalCode::Invalid, detail));
    if skills.len() > bound {
        return invalid(format!(
            "{field} has {} skills, must be {bound} at most",
            skills.len()
        ));
    }
    for (at, SkillLevel { skill, level }) in skills.iter().enumerate() {
        if !(lowest..=LEVEL_MAX).contains(level) {
            return invalid(format!(
                "{field}: the level of skill {skill} is {level}, must be {lowest} to {LEVEL_MAX}"
            ));
        }
        if skills[..at].iter().any(|before| before.skill == *skill) {
            return invalid(format!("{field}: skill {skill} is there twice"));
        }
    }
    Ok(())
}
