//! What an import would do, without appending anything.

use std::collections::HashMap;

use nabij_log::{Log, Submission};
use nabij_model::text::Code;
use nabij_model::{CommandId, Decider, EventHash};

use super::kind::{Entry, Kind};
use super::load::{differs, refused};
use super::row::Reject;

/// Asks the rules of each entry, on what the log holds and what the same file would add.
pub(crate) struct DryRun<'a, K> {
    log: &'a Log,
    kind: &'a K,
    submission: Submission,
    /// What the file would add so far: 48 bytes a row.
    would_add: HashMap<CommandId, EventHash>,
}

/// What would become of an entry.
pub(crate) enum Would {
    Add,
    BePresent,
    BeRejected(Reject),
}

impl<'a, K: Kind> DryRun<'a, K> {
    pub(crate) fn new(log: &'a Log, kind: &'a K, submission: Submission) -> Self {
        Self { log, kind, submission, would_add: HashMap::new() }
    }

    /// What would become of it; `new_operator` when its centre would be registered by the same import.
    pub(crate) async fn look(
        &mut self,
        entry: Entry<K::Aggregate>,
        new_operator: Option<&Code>,
    ) -> anyhow::Result<Would> {
        let root = self.log.load::<K::Aggregate>(entry.id).await?;
        let repeat = entry.repeat;
        let known = root.commands.get(&repeat.id).map(|(body, _)| *body);
        match known.or_else(|| self.would_add.get(&repeat.id).copied()) {
            Some(body) if body == repeat.body => return Ok(Would::BePresent),
            Some(_) => return Ok(Would::BeRejected(differs())),
            None => {}
        }
        let submission =
            Submission { now: entry.recorded_at.unwrap_or(self.submission.now), ..self.submission.clone() };
        let new = new_operator.and_then(|operator| self.kind.new_centre(operator));
        let state = new.as_ref().unwrap_or(&root.state);
        match K::Aggregate::decide(state, entry.command, &submission.context()) {
            Ok(_) => {
                self.would_add.insert(repeat.id, repeat.body);
                Ok(Would::Add)
            }
            Err(refusal) => Ok(Would::BeRejected(refused(self.kind, &refusal))),
        }
    }
}
