//! What this process knows of aggregates: their states, bounded in number.
//!
//! An entry may be behind the log. That is safe: a decision on it is appended only if the log has not gone on, and a
//! refusal from it is decided again after reading the tail. It is kept no longer than an opened key: what a state opened must not outlive
//! the key of somebody who was erased, in a process that did not hear of it.

use std::any::Any;
use std::sync::Arc;

use moka::sync::Cache;
use nabij_model::{AggregateId, Decider, Root};

use crate::vault::KEEP;

/// One aggregate as last seen.
#[derive(Clone)]
struct Entry {
    root: Arc<dyn Any + Send + Sync>,
    version: u64,
    since_snapshot: u32,
}

/// States of aggregates of any kind.
pub(crate) struct RootCache(Cache<AggregateId, Entry>);

impl RootCache {
    pub(crate) fn new(capacity: u64) -> Self {
        Self(Cache::builder().max_capacity(capacity).time_to_live(KEEP).build())
    }

    pub(crate) fn get<A: Decider>(&self, aggregate: AggregateId) -> Option<Arc<Root<A>>> {
        self.0.get(&aggregate)?.root.downcast().ok()
    }

    /// Keeps the newer of what is there and `root`, of which `events` came since it was last kept; says how many came
    /// since the last snapshot. Two who keep at the same moment do not wait for each other: the older may stay, which is then
    /// behind as any entry may be.
    pub(crate) fn keep<A: Decider>(&self, aggregate: AggregateId, root: Arc<Root<A>>, events: u32) -> u32 {
        let known = self.0.get(&aggregate);
        if known.as_ref().is_some_and(|known| known.version >= root.version) {
            return events;
        }
        let since_snapshot = events + known.map_or(0, |known| known.since_snapshot);
        self.0.insert(aggregate, Entry { version: root.version, root, since_snapshot });
        since_snapshot
    }

    /// A snapshot was written: the count starts again.
    pub(crate) fn snapshotted(&self, aggregate: AggregateId) {
        if let Some(known) = self.0.get(&aggregate) {
            self.0.insert(aggregate, Entry { since_snapshot: 0, ..known });
        }
    }

    pub(crate) fn forget(&self, aggregate: AggregateId) {
        self.0.invalidate(&aggregate);
    }
}
