//! Carries a story out on a log: through the deciders, in bulk, day by day.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use futures::{StreamExt, TryStreamExt, stream};
use nabij_log::{Bulk, ExecuteError, Log, LogError, Submission};
use nabij_model::case::Case;
use nabij_model::centre::Centre;
use nabij_model::discussion::Discussion;
use nabij_model::incident::Incident;
use nabij_model::recorded::CommandRef;
use nabij_model::referral::Referral;
use nabij_model::signal::Signal;
use nabij_model::{AggregateKind, CommandId, EventHash, Policies};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::step::{Command, Step};
use super::story::{Plan, Story};

/// Steps that are looked at together.
const CHUNK: usize = 2_000;
/// Aggregates of an earlier run that are read at the same time.
const READ_AT_ONCE: usize = 64;

/// What a run came to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Ran {
    /// Commands that were given; each leads to one event.
    pub(crate) commands: u64,
    /// Events that were added to the log.
    pub(crate) added: u64,
    /// Commands that an earlier run of the same seed had carried out.
    pub(crate) already: u64,
    /// Commands that a decider refused, by the code of the refusal: each is a mistake of the simulation.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Things that happened, registered or not.
    pub(crate) occurrences: u64,
    /// Of these, in the register.
    pub(crate) registered: u64,
    /// It was told to stop before the last day; the same command goes on.
    pub(crate) stopped: bool,
    /// From the first command to the last acknowledgement.
    pub(crate) seconds: f64,
    /// `added` for each of these.
    pub(crate) events_per_second: f64,
}

/// Carries `plan` out on `log`, writing what really happened to `truth`, one JSON object a line. Holds the residents, the
/// aggregates that the log remembers, and one chunk of steps.
///
/// # Errors
/// When the log or the file fails. What went in stays; the same plan again adds what is missing.
pub(crate) async fn run(
    log: &Log,
    policies: Arc<Policies>,
    plan: Plan,
    truth: &mut (dyn Write + Send),
    stop: &CancellationToken,
    mut progress: impl FnMut(u32),
) -> anyhow::Result<Ran> {
    let began = Instant::now();
    let (mut ran, mut story, mut bulk) = (Ran::default(), Story::new(plan), log.bulk());
    let mut again = None;
    loop {
        let steps: Vec<Step> = story.by_ref().take(CHUNK).collect();
        for occurrence in story.truth() {
            ran.occurrences += 1;
            ran.registered += u64::from(occurrence.registered);
            serde_json::to_writer(&mut *truth, &occurrence).context("the truth")?;
            truth.write_all(b"\n").context("the truth")?;
        }
        let Some(first) = steps.first() else { break };
        // The first command makes a centre known: if it is there, this seed was here before.
        let resumed = match again {
            Some(known) => known,
            None => *again.insert(log.load::<Centre>(first.id).await?.exists()),
        };
        if resumed {
            remember(log, &steps).await?;
        }
        for step in steps {
            if stop.is_cancelled() {
                ran.stopped = true;
                break;
            }
            let submission = submission(&step, ran.commands, plan.seed, &policies)?;
            ran.commands += 1;
            push(&mut bulk, step, submission).await?;
        }
        count(&mut ran, bulk.outcomes());
        progress(story.day());
        if ran.stopped {
            break;
        }
    }
    count(&mut ran, bulk.finish().await?);
    truth.flush().context("the truth")?;
    ran.seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    {
        ran.events_per_second = (ran.added as f64 / ran.seconds).round();
    }
    Ok(ran)
}

/// What goes with a step: its time, its actor, and an id of its own, so that a second run is recognised.
fn submission(step: &Step, number: u64, seed: u64, policies: &Arc<Policies>) -> anyhow::Result<Submission> {
    let mut hash = Sha256::new();
    if let Some(request) = step.request()? {
        hash.update(request.path);
        hash.update(serde_json::to_vec(&request.body)?);
    }
    let mut submission = Submission::new(step.at, step.actor.clone(), Arc::clone(policies));
    submission.historic = true;
    submission.command = Some(CommandRef {
        id: CommandId::derived(&["simulate", &seed.to_string(), &step.id.to_string(), &number.to_string()]),
        body: EventHash(hash.finalize().into()),
    });
    Ok(submission)
}

async fn push(bulk: &mut Bulk, step: Step, submission: Submission) -> Result<(), LogError> {
    let id = step.id;
    match step.command {
        Command::Case(command) => bulk.push::<Case>(id, command, submission).await,
        Command::Signal(command) => bulk.push::<Signal>(id, command, submission).await,
        Command::Discussion(command) => bulk.push::<Discussion>(id, command, submission).await,
        Command::Referral(command) => bulk.push::<Referral>(id, command, submission).await,
        Command::Incident(command) => bulk.push::<Incident>(id, command, submission).await,
        Command::Centre(command) => bulk.push::<Centre>(id, command, submission).await,
    }
}

/// Reads the aggregates of these steps, so that what was carried out before is known without a conflict.
async fn remember(log: &Log, steps: &[Step]) -> Result<(), LogError> {
    let mut aggregates: Vec<(AggregateKind, Uuid)> =
        steps.iter().map(|step| (step.aggregate().kind, step.id)).collect();
    aggregates.sort_unstable();
    aggregates.dedup();
    stream::iter(aggregates)
        .map(|(kind, id)| async move {
            match kind {
                AggregateKind::Case => log.load::<Case>(id).await.map(drop),
                AggregateKind::Signal => log.load::<Signal>(id).await.map(drop),
                AggregateKind::Discussion => log.load::<Discussion>(id).await.map(drop),
                AggregateKind::Referral => log.load::<Referral>(id).await.map(drop),
                AggregateKind::Incident => log.load::<Incident>(id).await.map(drop),
                AggregateKind::Centre => log.load::<Centre>(id).await.map(drop),
                AggregateKind::Escalation => Ok(()),
            }
        })
        .buffer_unordered(READ_AT_ONCE)
        .try_collect()
        .await
}

fn count(ran: &mut Ran, outcomes: Vec<nabij_log::Outcome>) {
    for outcome in outcomes {
        match outcome.result {
            Ok(accepted) if accepted.replayed => ran.already += 1,
            Ok(_) => ran.added += 1,
            Err(error) => {
                let code = match &error {
                    ExecuteError::Refused(refusal) => refusal.code.to_owned(),
                    other => other.to_string(),
                };
                let times = ran.refused.entry(code).or_default();
                if *times == 0 {
                    eprintln!("refused: {}: {error}", outcome.aggregate);
                }
                *times += 1;
            }
        }
    }
}
