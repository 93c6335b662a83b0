//! What a verification finds.

use std::fmt;

use serde::Serialize;

/// Which part of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The stream of events.
    Events,
    /// The stream of wrapped keys.
    Vault,
    /// The audit stream.
    Audit,
    /// The anchors themselves.
    Anchors,
}

/// What is wrong with one event, key or anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of which stream.
    pub part: Part,
    /// Where: the sequence, or the number of an anchor.
    pub sequence: u64,
    /// Its subject; empty when the message itself is missing.
    pub subject: String,
    /// Its type as stored; empty where there is none.
    pub event_type: String,
    /// What is wrong, in a sentence.
    pub what: String,
    /// What should stand there, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Finding {
    pub(crate) fn new(part: Part, sequence: u64, what: impl Into<String>) -> Self {
        let (subject, event_type) = (String::new(), String::new());
        Self { part, sequence, subject, event_type, what: what.into(), expected: None, found: None }
    }

    pub(crate) fn between(self, expected: impl ToString, found: impl ToString) -> Self {
        Self { expected: Some(expected.to_string()), found: Some(found.to_string()), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, sequence, subject, event_type, what, expected, found } = self;
        match part {
            Part::Events => write!(f, "sequence {sequence}")?,
            Part::Vault => write!(f, "vault, sequence {sequence}")?,
            Part::Audit => write!(f, "audit, sequence {sequence}")?,
            Part::Anchors => write!(f, "anchor {sequence}")?,
        }
        for named in [subject, event_type].into_iter().filter(|named| !named.is_empty()) {
            write!(f, " {named}")?;
        }
        write!(f, ": {what}")?;
        match (expected, found) {
            (Some(expected), Some(found)) => write!(f, " (expected {expected}, found {found})"),
            _ => Ok(()),
        }
    }
}

/// Findings that are listed; the rest is counted.
const LISTED: usize = 20;

/// The first findings, part by part in the order of its stream, and how many there are in all.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    listed: Vec<((Part, u64), Finding)>,
    found: u64,
}

impl Findings {
    /// One that is told where it stands.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.add_behind(finding.sequence, finding);
    }

    /// One that is told behind all those up to `sequence`: it covers them, and they say more.
    pub(crate) fn add_behind(&mut self, sequence: u64, finding: Finding) {
        self.found += 1;
        let place = (finding.part, sequence);
        let at = self.listed.partition_point(|(other, _)| *other <= place);
        self.listed.insert(at, (place, finding));
        self.listed.truncate(LISTED);
    }

    /// Those that are listed, and how many there are in all.
    pub(crate) fn end(self) -> (Vec<Finding>, u64) {
        (self.listed.into_iter().map(|(_, finding)| finding).collect(), self.found)
    }
}
