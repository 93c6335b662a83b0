//! Walking the audit stream: is every chain what its process wrote, and nothing else?

use std::collections::{HashMap, HashSet};

use futures::StreamExt;
use nabij_model::EventHash;

use super::group::{AuditGroup, GroupContent};
use crate::error::{LogError, LogErrorKind};
use crate::finding::{Finding, Findings, Part};
use crate::log::Log;
use crate::raw::Raw;

/// The answer of [`Log::verify_audit`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditVerification {
    /// The end of the stream when the walk began.
    pub through: u64,
    /// How many messages were read.
    pub groups: u64,
    /// How many records they hold.
    pub records: u64,
    /// How many chains there are: one a process and boot.
    pub chains: usize,
    /// The first findings, in stream order.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub found: u64,
    /// `<process>.<boot>` of the chains without an end mark: processes that still run, were killed, or had to begin another
    /// chain. Information, no finding.
    pub open: Vec<String>,
}

impl AuditVerification {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }
}

/// Where a chain stands.
struct Place {
    sequence: u64,
    number: u64,
    records: u64,
    hash: EventHash,
    ended: bool,
}

#[derive(Default)]
struct Walk {
    result: AuditVerification,
    findings: Findings,
    chains: HashMap<String, Place>,
    ids: HashSet<String>,
}

impl Log {
    /// Walks the audit stream from its first message to its present end: gaps, ids that occur twice, and on the chain of
    /// every process and boot the running number, the hash of the message before, and that nothing follows an end mark.
    ///
    /// # Errors
    /// Only when the stream cannot be read; what is wrong with it is in the answer.
    pub async fn verify_audit(&self, mut progress: impl FnMut(u64)) -> Result<AuditVerification, LogError> {
        let head = self.audit_head().await?.sequence;
        let mut walk = Walk::default();
        walk.result.through = head;
        let mut next = 1;
        while next <= head {
            let messages = match self.read_audit(next).await {
                Ok(messages) => messages,
                Err(error) => {
                    next = walk.behind(&error).ok_or(error)?;
                    continue;
                }
            };
            let mut messages = std::pin::pin!(messages);
            while next <= head {
                match messages.next().await {
                    Some(Ok(raw)) => {
                        next = raw.sequence + 1;
                        walk.message(&raw);
                        progress(raw.sequence);
                    }
                    Some(Err(error)) => {
                        next = walk.behind(&error).ok_or(error)?;
                        break;
                    }
                    None => break,
                }
            }
        }
        Ok(walk.end())
    }
}

impl Walk {
    fn behind(&mut self, error: &LogError) -> Option<u64> {
        let LogErrorKind::Gap { first, last } = error.kind() else { return None };
        let missing = last - first + 1;
        let what = format!("{missing} messages of the audit stream are missing, up to sequence {last}");
        self.findings.add(Finding::new(Part::Audit, first, what));
        Some(last + 1)
    }

    fn message(&mut self, raw: &Raw) {
        self.result.groups += 1;
        if let Err(finding) = self.check(raw) {
            self.findings.add(Finding { subject: raw.subject.clone(), ..*finding });
        }
    }

    /// What is wrong, with it or with the one before it in its chain.
    fn check(&mut self, raw: &Raw) -> Result<(), Box<Finding>> {
        let here = |what: String| Box::new(Finding::new(Part::Audit, raw.sequence, what));
        let group = AuditGroup::decode(raw).map_err(|error| here(error.to_string()))?;
        self.result.records += group.records().len() as u64;
        let id = raw.event_id().map_err(|error| here(error.to_string()))?.to_string();
        let name = format!("{}.{}", group.process, group.boot);
        let before = self.chains.get(&name);
        let expected = before.map_or(1, |place| place.number + 1);
        let verdict = match (&group.content, before) {
            _ if self.ids.contains(&id) => Err(here(format!("the id {id} occurs twice"))),
            (_, Some(place)) if place.ended => Err(here("it follows the end mark of its chain".to_owned())),
            _ if group.number > expected => Err(here(format!(
                "it is number {} of its chain, after number {}: some are missing",
                group.number,
                expected - 1
            ))),
            _ if group.number < expected => Err(here(format!(
                "it is number {} of its chain, out of order: {expected} was to come",
                group.number
            ))),
            (_, before) if group.previous != before.map(|place| place.hash) => {
                Err(Box::new(another(raw.sequence, group.previous, before)))
            }
            (GroupContent::Ended { groups, records }, before) => {
                let (had_groups, had_records) = before.map_or((0, 0), |place| (place.number, place.records));
                if (*groups, *records) == (had_groups, had_records) {
                    Ok(())
                } else {
                    Err(here(format!(
                        "its chain ends after {groups} messages with {records} records, {had_groups} with {had_records} are there"
                    )))
                }
            }
            _ => Ok(()),
        };
        self.ids.insert(id);
        // What stands out of order moves no chain on: one stray message is one finding.
        if group.number >= expected {
            let records = before.map_or(0, |place| place.records) + group.records().len() as u64;
            let ended = matches!(group.content, GroupContent::Ended { .. });
            let (sequence, number, hash) = (raw.sequence, group.number, group.hash);
            self.chains.insert(name, Place { sequence, number, records, hash, ended });
        }
        verdict
    }

    fn end(mut self) -> AuditVerification {
        (self.result.findings, self.result.found) = self.findings.end();
        self.result.chains = self.chains.len();
        self.result.open =
            self.chains.into_iter().filter(|(_, place)| !place.ended).map(|(name, _)| name).collect();
        self.result.open.sort_unstable();
        self.result
    }
}

/// The message at `sequence` says that the one before it in its chain was another: no number is missing between them, so that the
/// one before it is to be looked at.
fn another(sequence: u64, said: Option<EventHash>, before: Option<&Place>) -> Finding {
    let Some(before) = before else {
        return Finding::new(
            Part::Audit,
            sequence,
            "it is the first of its chain, and says that one came before it",
        );
    };
    let what = format!(
        "its content is another than it was, or the message after it is forged: the message at sequence {sequence} says so"
    );
    let said = said.map_or_else(|| "none".to_owned(), |said| said.to_string());
    Finding::new(Part::Audit, before.sequence, what).between(said, before.hash)
}
