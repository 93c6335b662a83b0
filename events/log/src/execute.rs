//! Carrying a command out: load, decide, seal, append; again when others were faster.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use nabij_model::{AggregateId, Decider, Refusal, Root};
use uuid::Uuid;

use crate::decision::Decided;
use crate::error::{ExecuteError, LogError};
use crate::load::Via;
use crate::log::Log;
use crate::submission::{Accepted, Submission};
use crate::vault::Unwritten;

/// How often a command is decided again after others changed the aggregate.
pub(crate) const RETRIES: u32 = 3;

/// How often the event that came first is looked for.
const LOOKS: u32 = 8;
/// Pause after the first look; it grows.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What a decision stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// What this process remembers, or nothing: may be behind. An append is safe, any other answer is not.
    Remembered,
    /// Read just now through the leader.
    Certain,
}

impl Log {
    /// Carries a command out on one aggregate.
    ///
    /// It is decided on what this process knows, without reading: concurrency control makes a success safe, and any other
    /// answer is decided again on what the leader knows. With [`Submission::command`] a repeat is exact: it gives the
    /// first answer again and writes nothing.
    ///
    /// # Errors
    /// [`ExecuteError`]; nothing is written unless it says that the outcome is not known.
    pub async fn execute<A: Decider>(
        &self,
        id: Uuid,
        command: A::Command,
        submission: &Submission,
    ) -> Result<Accepted, ExecuteError> {
        self.execute_if::<A>(id, command, submission, |_| Ok(())).await
    }

    /// The same, if `permit` says yes to the very root that is decided on: a service's policy, asked again whenever the
    /// aggregate has changed meanwhile. An aggregate without events is an empty root.
    ///
    /// # Errors
    /// [`ExecuteError`], `Refused` with what `permit` said.
    pub async fn execute_if<A: Decider>(
        &self,
        id: Uuid,
        command: A::Command,
        submission: &Submission,
        permit: impl Fn(&Root<A>) -> Result<(), Refusal> + Send + Sync,
    ) -> Result<Accepted, ExecuteError> {
        let aggregate = AggregateId::new(A::KIND, id);
        let mut root = self.roots().get::<A>(aggregate).unwrap_or_default();
        let mut known = Known::Remembered;
        let mut retries = 0;
        loop {
            let version = root.version;
            let attempt = match permit(&root) {
                Ok(()) => self.attempt(aggregate, root, command.clone(), submission, known).await,
                Err(refusal) => Err(refusal.into()),
            };
            match attempt {
                Ok(Some(accepted)) => return Ok(accepted),
                Ok(None) => {}
                Err(ExecuteError::Conflict { .. }) if retries < RETRIES => {
                    retries += 1;
                    root = self.root_after::<A>(aggregate, version).boxed().await?;
                    known = Known::Certain;
                    tokio::time::sleep(jitter(retries)?).await;
                    continue;
                }
                Err(error) if known == Known::Certain || is_final(&error) => {
                    if matches!(error, ExecuteError::Unavailable(_)) {
                        self.roots().forget(aggregate);
                    }
                    return Err(error);
                }
                Err(_) => {}
            }
            root = self.root::<A>(aggregate, Via::Leader).boxed().await?;
            known = Known::Certain;
        }
    }

    /// What the leader knows after a conflict at `version`. In a cluster it refuses as soon as it has proposed the event that
    /// came first, and shows it once it is committed.
    async fn root_after<A: Decider>(
        &self,
        aggregate: AggregateId,
        version: u64,
    ) -> Result<Arc<Root<A>>, LogError> {
        let mut looks = 0;
        loop {
            let root = self.root::<A>(aggregate, Via::Leader).await?;
            looks += 1;
            if root.version > version || looks == LOOKS {
                return Ok(root);
            }
            tokio::time::sleep(LOOK_AGAIN * looks).await;
        }
    }

    /// `None`: decide again on what the leader knows.
    async fn attempt<A: Decider>(
        &self,
        aggregate: AggregateId,
        root: Arc<Root<A>>,
        command: A::Command,
        submission: &Submission,
        known: Known,
    ) -> Result<Option<Accepted>, ExecuteError> {
        let mut unwritten = Unwritten::default();
        let decided = self.decide(aggregate, &root, command, submission, &mut unwritten).await?;
        let decision = match decided {
            // Only what was carried out stays so; "nothing to do" may be out of date.
            Decided::Nothing(accepted) if accepted.replayed || known == Known::Certain => {
                return Ok(Some(accepted));
            }
            Decided::Nothing(_) => return Ok(None),
            Decided::Events(decision) => decision,
        };
        if !self.vault().write(&mut unwritten).await? {
            return Ok(None);
        }
        let (append, settlement) = decision.part();
        let events = append.len();
        let sequences = self.append_batch(vec![append]).await?;
        let sequence = sequences.last().copied().unwrap_or(root.version);
        let (accepted, next) = settlement.settle(aggregate, sequence);
        self.keep(aggregate, Arc::new(next), u32::try_from(events).unwrap_or(u32::MAX));
        Ok(Some(accepted))
    }
}

/// Whether reading again cannot change the answer.
pub(crate) fn is_final(error: &ExecuteError) -> bool {
    match error {
        ExecuteError::Refused(_) | ExecuteError::VersionMismatch { .. } => false,
        ExecuteError::Log(error) => !matches!(error.kind(), crate::error::LogErrorKind::Damaged),
        _ => true,
    }
}

/// A random pause, so that those who collided do not collide again: up to 5, 10, 15 ms.
pub(crate) fn jitter(retry: u32) -> Result<Duration, LogError> {
    let mut byte = [0];
    crate::cipher::random(&mut byte)?;
    Ok(Duration::from_micros(u64::from(byte[0]) * 20 * u64::from(retry)))
}
