//! A protocol that runs on a signal: what was asked of whom, and what became of each step.
//!
//! The run is the signal's own and no plan of a case: a signal is about no case, one or several, its cases may change hands or be
//! corrected, and a confidential one must leave no trace in a file that its centre reads. What is asked stands in the event that
//! starts it, so a protocol that is changed afterwards changes nothing that runs.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Role;
use crate::id::RunId;
use crate::sealed::Sealed;
use crate::text::Code;

/// A protocol was started on the signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolStarted {
    /// This run.
    pub run: RunId,
    /// Which, as its file in `deploy/protocols` is called.
    pub protocol: Code,
    /// Of which version.
    pub version: u32,
    /// It started by itself, because the signal was acute.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// What is asked, in the protocol's order.
    pub steps: Vec<ProtocolStep>,
    /// Title and steps in the network's languages, as the file said them then: JSON. One text, sealed with the signal, so that a
    /// redaction carries it over as it does every other.
    pub words: Sealed<String>,
}

/// One step, as it stood when the protocol was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolStep {
    /// Its name within the protocol.
    pub step: Code,
    /// Who does it.
    pub role: Role,
    /// Who does it when they are away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deputies: Vec<Role>,
    /// By when.
    pub due_at: Timestamp,
    /// The step that comes first; until that is done or skipped, this one waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Code>,
}

/// A step was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolStepDone {
    /// Of which run.
    pub run: RunId,
    /// Which step.
    pub step: Code,
    /// When, if that was before it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// A step will not be done; with a reason that is no failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolStepSkipped {
    /// Of which run.
    pub run: RunId,
    /// Which step.
    pub step: Code,
    /// What kind of reason, to be counted.
    pub because: SkipReason,
    /// The reason.
    pub reason: Sealed<String>,
}

/// Why a step was skipped, in words that can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It does not apply here.
    NotApplicable,
    /// Somebody else does it, or did.
    DoneByOthers,
    /// The child or the resident did not want it.
    PersonDeclined,
    /// It would bring somebody into danger.
    Unsafe,
    /// Whoever is needed could not be reached.
    Unreachable,
    /// Another reason.
    Other,
}

/// A step's deadline passed and nobody said what became of it: what a rule escalates. It is still to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolStepOverdue {
    /// Of which run.
    pub run: RunId,
    /// Of which protocol.
    pub protocol: Code,
    /// Which step.
    pub step: Code,
    /// Who was to do it.
    pub role: Role,
    /// By when.
    pub due_at: Timestamp,
}
