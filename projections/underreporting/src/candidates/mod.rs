//! Candidate links: pairs of records that may be about one occurrence, scored and offered, never applied.
//!
//! A pair is looked at when both happened in one centre within [`WITHIN_DAYS`] days, their types do not contradict each other, and they
//! name a case in common or one of them names nobody. It is then compared in four respects, each with a few steps
//! ([`Agreement`]), and scored as Fellegi and Sunter (1969, J. Am. Stat. Assoc. 64:1183) do:
//!
//! ```text
//! bits        = log2(prior odds) + Σ over the respects of log2(m / u)
//! probability = 1 / (1 + 2^-bits)
//! ```
//!
//! `m` is how often a step is seen of pairs that are of one occurrence, `u` of pairs that are not, and the prior odds are the
//! odds of the two kinds among pairs that are looked at. [`Weights::SHIPPED`] were estimated from the truth of simulated networks;
//! `nabij simulate --links` estimates them anew and judges them on networks of other seeds. The respects are treated as
//! independent given the truth, which they are not quite: read the order, not the last digit.
//!
//! `nabij simulate --links --centres 5 --cases 400 --days 120 --seed 1` prints this, of seeds 1 to 3, whose records are blurred as people
//! write (no type, another type, nobody named, days off; assumptions that stand in `services/nabij/src/simulate/links.rs`).
//! The shipped threshold is 0.5:
//!
//! | offered from | offered | right | precision | recall |
//! |---:|---:|---:|---:|---:|
//! | 0.1 | 305 | 225 | 0.738 | 0.930 |
//! | 0.25 | 275 | 220 | 0.800 | 0.909 |
//! | **0.5** | 226 | 208 | **0.920** | **0.860** |
//! | 0.75 | 196 | 189 | 0.964 | 0.781 |
//! | 0.9 | 192 | 185 | 0.964 | 0.764 |
//!
//! The five most probable stand on the worklist of the centre, and all of them at its `candidate-links`.
//!
//! Of 242 pairs of one occurrence 17 contradict each other and are never looked at. A real network blurs in its own way: until
//! teams have answered enough suggestions to estimate the weights from, these figures are of the simulator.
//!
//! Confidential signals are never among the records, so they are never offered.

mod compare;
mod weights;

use std::collections::BTreeSet;

use jiff::Timestamp;
use nabij_model::id::{IncidentId, SignalId};
use nabij_model::signal::LinkTarget;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use compare::{Agreement, Cases, Listed, Times, Types, WITHIN_DAYS, pairs};
pub use weights::{Tally, Weights};

use crate::lists::List;

/// From which probability a link is offered.
pub const THRESHOLD: f64 = 0.5;

/// A signal or an entry of the register, as far as candidates need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id.
    pub id: Uuid,
    /// Whose list it is on.
    pub list: List,
    /// Where it happened.
    pub centre: Uuid,
    /// Its reportable type, else what it was called; absent when nobody called it anything.
    pub kind: Option<String>,
    /// When it happened; when nobody said, when it was written down.
    pub at: Timestamp,
    /// Whom it names.
    pub cases: BTreeSet<Uuid>,
    /// Records of the same number are of one occurrence already.
    pub joined: usize,
}

/// A link that is suggested.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Candidate {
    /// The later signal of the two, or the only one: accept by linking it, say no at its `link-rejections`.
    pub signal: SignalId,
    /// The other record.
    pub to: LinkTarget,
    /// How probable it is that both are of one occurrence, 0 to 1.
    pub probability: f64,
    /// The same as log2 of the odds.
    pub bits: f64,
    /// What agrees.
    pub agreement: Agreement,
}

/// The links to offer among these records, the most probable first: none between records that are joined already, none of the pairs
/// to which somebody said no.
#[must_use]
pub fn candidates(records: &[Record], refused: &BTreeSet<(Uuid, Uuid)>, weights: &Weights) -> Vec<Candidate> {
    let mut offered: Vec<Candidate> = pairs(records)
        .into_iter()
        .filter_map(|(a, b, agreement)| {
            let (a, b) = (&records[a], &records[b]);
            if a.joined == b.joined || refused.contains(&(a.id.min(b.id), a.id.max(b.id))) {
                return None;
            }
            let bits = weights.bits(agreement);
            let probability = 1.0 / (1.0 + (-bits).exp2());
            let (signal, to) = ends(a, b)?;
            (probability >= THRESHOLD).then_some(Candidate { signal, to, probability, bits, agreement })
        })
        .collect();
    offered.sort_by(|a, b| b.bits.total_cmp(&a.bits).then_with(|| a.signal.cmp(&b.signal)));
    offered
}

/// The signal that would be linked, and to what; two entries of the register are two occurrences.
fn ends(a: &Record, b: &Record) -> Option<(SignalId, LinkTarget)> {
    match (a.list == List::OfficialRegister, b.list == List::OfficialRegister) {
        (true, true) => None,
        (true, false) => Some((SignalId(b.id), LinkTarget::Incident(IncidentId(a.id)))),
        (false, true) => Some((SignalId(a.id), LinkTarget::Incident(IncidentId(b.id)))),
        (false, false) => Some((SignalId(b.id), LinkTarget::Signal(SignalId(a.id)))),
    }
}

#[cfg(test)]
mod tests;
