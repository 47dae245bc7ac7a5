//! What is to be different.

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Changes to a run. Fields are those of the matcher's commands; the default changes nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Changes {
    /// What everything that isn't recorded is drawn from.
    pub seed: u64,
    /// Fields of `queue_put`, by queue.
    pub queues: FxHashMap<u32, Map<String, Value>>,
    /// Whole `queue_put` commands of queues that the run didn't have.
    pub opened: Vec<Value>,
    /// Fields of `enqueue`, by the place of the shape in `About`; missing or null: as it was.
    pub shapes: Vec<Option<Map<String, Value>>>,
    /// Fields of `agent_sign_in` and `agent_assign`, by agent.
    pub agents: FxHashMap<u32, Map<String, Value>>,
    /// Agents of whom one more is there, who comes, goes and behaves like them.
    pub doubled: Vec<u32>,
    /// Agents who are not there.
    pub absent: Vec<u32>,
}
