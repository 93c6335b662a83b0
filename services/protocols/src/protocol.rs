//! One protocol, as its file says.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use nabij_model::id::{RunId, SignalId};
use nabij_model::signal::{ProtocolStarted, ProtocolStep, Severity};
use nabij_model::text::Code;
use nabij_model::{Role, Sealed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text in the network's languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Dutch.
    pub nl: String,
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

/// What a protocol was written from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The law, guideline or service, and what of it is to be confirmed.
    pub name: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name within the protocol.
    pub id: Code,
    /// Who does it.
    pub role: Role,
    /// Who does it when they are away.
    pub deputies: Vec<Role>,
    /// By when, counted from the start of the protocol.
    pub within: SignedDuration,
    /// The step that comes first.
    pub after: Option<Code>,
    /// The source or the agreement that it rests on, and what is to be confirmed.
    pub rests_on: String,
    /// What is asked.
    pub what: Words,
}

/// One protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// For ever: events name it.
    pub id: Code,
    /// Raised with every change.
    pub version: u32,
    /// What it is called.
    pub title: Words,
    /// The categories of signals that it is offered for.
    pub categories: Vec<Code>,
    /// The severities that it is offered for.
    pub severities: Vec<Severity>,
    /// It starts without anybody when a signal of its categories is acute.
    pub starts_itself_when_acute: bool,
    /// What it was written from.
    pub sources: Vec<Source>,
    /// In order.
    pub steps: Vec<Step>,
}

/// The words of a protocol as they travel in the event that starts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProtocolWords {
    /// What it is called.
    pub title: Words,
    /// What each step asks.
    pub steps: BTreeMap<Code, Words>,
}

impl Protocol {
    /// Whether it is about signals of this category; hyphens and underscores are the same.
    #[must_use]
    pub fn covers(&self, category: &Code) -> bool {
        let plain = |code: &Code| code.as_str().replace('_', "-");
        self.categories.iter().any(|own| plain(own) == plain(category))
    }

    /// Whether it is offered for a signal of this category and severity.
    #[must_use]
    pub fn offered_for(&self, category: &Code, severity: Severity) -> bool {
        self.covers(category) && self.severities.contains(&severity)
    }

    /// What starts it at `now`.
    #[must_use]
    pub fn started(&self, run: RunId, automatic: bool, now: Timestamp) -> ProtocolStarted {
        let step = |step: &Step| ProtocolStep {
            step: step.id.clone(),
            role: step.role,
            deputies: step.deputies.clone(),
            due_at: now.checked_add(step.within).unwrap_or(Timestamp::MAX),
            after: step.after.clone(),
        };
        let words = serde_json::to_string(&self.words()).expect("texts under codes are JSON");
        ProtocolStarted {
            run,
            protocol: self.id.clone(),
            version: self.version,
            automatic,
            steps: self.steps.iter().map(step).collect(),
            words: Sealed::plain(words),
        }
    }

    /// The run in which it starts by itself on a signal: always the same, so that it is once.
    #[must_use]
    pub fn own_run(&self, signal: SignalId) -> RunId {
        RunId::derived(&["protocol", &signal.to_string(), self.id.as_str()])
    }

    fn words(&self) -> ProtocolWords {
        let steps = self.steps.iter().map(|step| (step.id.clone(), step.what.clone())).collect();
        ProtocolWords { title: self.title.clone(), steps }
    }
}
