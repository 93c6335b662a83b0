//! How far a stream was seen, and the rolling hash over it.

use nabij_model::EventHash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::raw::Raw;

/// A stream that is only ever appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Its last sequence; 0 when there was none.
    pub through: u64,
    /// How many messages there were; fewer than `through` where some are missing.
    pub count: u64,
    /// See [`Mark::take`].
    pub hash: EventHash,
}

/// The vault. Keys and erasures are counted by the sequence at which each was first written, which a rotation and a restore
/// carry along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultMark {
    /// The vault's last sequence.
    pub through: u64,
    /// How many aggregates ever had keys.
    pub made: u64,
    /// Rolling hash over sequence and id of each.
    pub made_hash: EventHash,
    /// How many keys were erased.
    pub erased: u64,
    /// Rolling hash over sequence and id of each.
    pub erased_hash: EventHash,
}

const NOTHING: EventHash = EventHash([0; 32]);

impl Default for Mark {
    fn default() -> Self {
        Self { through: 0, count: 0, hash: NOTHING }
    }
}

impl Default for VaultMark {
    fn default() -> Self {
        Self { through: 0, made: 0, made_hash: NOTHING, erased: 0, erased_hash: NOTHING }
    }
}

impl Mark {
    /// Takes the next message in: `hash = SHA-256(hash | sequence | event hash | every other header of ours)`, the sequence as
    /// u64 little endian, the headers sorted, name and value each behind its length (u64, little endian). Headers of the
    /// server (`Nats-`) differ between a single message and a batch and do not count.
    pub fn take(&mut self, raw: &Raw, event_hash: EventHash) {
        let mut others: Vec<(&str, &str)> = raw
            .headers
            .iter()
            .map(|(name, values)| (name.as_ref(), values))
            .filter(|(name, _): &(&str, _)| !name.starts_with("ce-") && !name.starts_with("Nats-"))
            .flat_map(|(name, values)| values.iter().map(move |value| (name, value.as_str())))
            .collect();
        others.sort_unstable();
        let mut hasher = next(self.hash, raw.sequence, &event_hash.0);
        for text in others.into_iter().flat_map(|(name, value)| [name, value]) {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        *self =
            Self { through: raw.sequence, count: self.count + 1, hash: EventHash(hasher.finalize().into()) };
    }
}

impl VaultMark {
    /// The next key, in the order in which keys were first written.
    pub(crate) fn take_made(&mut self, sequence: u64, id: Uuid) {
        self.made += 1;
        self.made_hash = EventHash(next(self.made_hash, sequence, id.as_bytes()).finalize().into());
    }

    /// The next erasure.
    pub(crate) fn take_erased(&mut self, sequence: u64, id: Uuid) {
        self.erased += 1;
        self.erased_hash = EventHash(next(self.erased_hash, sequence, id.as_bytes()).finalize().into());
    }
}

fn next(hash: EventHash, sequence: u64, bytes: &[u8]) -> Sha256 {
    Sha256::new().chain_update(hash.0).chain_update(sequence.to_le_bytes()).chain_update(bytes)
}
