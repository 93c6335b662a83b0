//! Commands on several aggregates that go in together or not at all.

use std::collections::{HashMap, HashSet};
use std::fmt;

use nabij_model::{AggregateId, CommandId, Decider};
use uuid::Uuid;

use crate::append::Append;
use crate::error::ExecuteError;
use crate::execute::{RETRIES, is_final, jitter};
use crate::log::Log;
use crate::step::{CommandStep, Held, Led, Step};
use crate::submission::{Accepted, Submission};
use crate::vault::Unwritten;

/// Commands on several aggregates, to be carried out together.
///
/// ```no_run
/// # use nabij_log::{ExecuteError, Log, Submission};
/// # use nabij_model::signal::{Signal, SignalCommand};
/// # async fn example(log: &Log, submission: Submission, one: uuid::Uuid, other: uuid::Uuid,
/// #     link: SignalCommand, back: SignalCommand) -> Result<(), ExecuteError> {
/// let accepted = log.transaction(submission).then::<Signal>(one, link).then::<Signal>(other, back).commit().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens before `commit`"]
pub struct Transaction {
    log: Log,
    submission: Submission,
    steps: Vec<Box<dyn Step>>,
}

/// One try.
#[derive(Default)]
struct Try {
    roots: HashMap<AggregateId, Box<dyn Held>>,
    appends: Vec<Append>,
    /// For each step: its place in `appends`, or what it led to at once.
    steps: Vec<Result<usize, Accepted>>,
    unwritten: Unwritten,
}

impl Log {
    /// Starts a transaction by one actor under one idempotency key. `If-Match` counts for its first command.
    pub fn transaction(&self, submission: Submission) -> Transaction {
        Transaction { log: self.clone(), submission, steps: Vec::new() }
    }
}

impl Transaction {
    /// Adds a command. Several on the same aggregate are decided one on top of the other.
    pub fn then<A: Decider>(mut self, id: Uuid, command: A::Command) -> Self
    where
        A::Command: Sync,
    {
        let mut submission = self.submission.clone();
        if !self.steps.is_empty() {
            submission.expected_version = None;
            // Each step has a command id of its own, so that a repeat of all is not taken for a repeat of one.
            if let Some(command) = &mut submission.command {
                command.id = CommandId::derived(&[&command.id.to_string(), &self.steps.len().to_string()]);
            }
        }
        self.steps.push(Box::new(CommandStep::<A> { id, command, submission }));
        self
    }

    /// Carries everything out, or nothing. Gives an answer for each command, in the order in which they were added.
    ///
    /// # Errors
    /// The first refusal, or a conflict after three retries; see [`ExecuteError`].
    pub async fn commit(self) -> Result<Vec<Accepted>, ExecuteError> {
        let mut certain = HashSet::new();
        let mut retries = 0;
        if self.steps.is_empty() {
            return Ok(Vec::new());
        }
        loop {
            let mut this = Try::default();
            let read_again = match self.attempt(&mut this, &certain).await {
                Ok(Ok(accepted)) => return Ok(accepted),
                Ok(Err(uncertain)) => vec![uncertain],
                Err(ExecuteError::Conflict { .. }) if retries < RETRIES => {
                    retries += 1;
                    tokio::time::sleep(jitter(retries)?).await;
                    certain.clear();
                    self.steps.iter().map(|step| step.aggregate()).collect()
                }
                Err(error) => {
                    if matches!(error, ExecuteError::Unavailable(_)) {
                        self.steps.iter().for_each(|step| self.log.roots().forget(step.aggregate()));
                    }
                    return Err(error);
                }
            };
            for step in &self.steps {
                if read_again.contains(&step.aggregate()) && certain.insert(step.aggregate()) {
                    step.read(&self.log).await?;
                }
            }
        }
    }

    /// `Err` inside `Ok` names an aggregate that must be read through the leader before an answer about it counts.
    async fn attempt(
        &self,
        this: &mut Try,
        certain: &HashSet<AggregateId>,
    ) -> Result<Result<Vec<Accepted>, AggregateId>, ExecuteError> {
        for step in &self.steps {
            let aggregate = step.aggregate();
            let root = this.roots.entry(aggregate).or_insert_with(|| step.remembered(&self.log));
            let decided = step.decide(&self.log, root.as_ref(), &mut this.unwritten).await;
            let certain = certain.contains(&aggregate);
            match decided {
                Ok(Led::ToEvents(mut append, next)) => {
                    if this.appends.iter().any(|before| before.aggregate() == aggregate) {
                        append.follow();
                    }
                    this.roots.insert(aggregate, next);
                    this.steps.push(Ok(this.appends.len()));
                    this.appends.push(append);
                }
                Ok(Led::Nowhere(accepted)) if accepted.replayed || certain => {
                    this.steps.push(Err(accepted));
                }
                Ok(Led::Nowhere(_)) => return Ok(Err(aggregate)),
                Err(error) if certain || is_final(&error) => return Err(error),
                Err(_) => return Ok(Err(aggregate)),
            }
        }
        if !self.log.vault().write(&mut this.unwritten).await? {
            // Another process made a key: the next try seals with it.
            let aggregate = self.steps[0].aggregate();
            return Err(ExecuteError::Conflict { aggregate });
        }
        let sequences = self.log.append_batch(std::mem::take(&mut this.appends)).await?;
        Ok(Ok(self.settle(this, &sequences)))
    }

    fn settle(&self, this: &mut Try, sequences: &[u64]) -> Vec<Accepted> {
        let mut accepted = Vec::with_capacity(self.steps.len());
        for (step, outcome) in self.steps.iter().zip(&this.steps) {
            let (aggregate, command) = (step.aggregate(), step.submission().command);
            accepted.push(match outcome {
                Err(before) => *before,
                Ok(place) => {
                    let sequence = sequences[*place];
                    if let Some(root) = this.roots.get_mut(&aggregate) {
                        root.settled(command, sequence);
                    }
                    Accepted { id: aggregate.id, sequence, version: sequence, replayed: false }
                }
            });
        }
        for (aggregate, root) in this.roots.drain() {
            if root.version() > 0 {
                root.keep(&self.log, aggregate, 1);
            }
        }
        accepted
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transaction({} commands)", self.steps.len())
    }
}
