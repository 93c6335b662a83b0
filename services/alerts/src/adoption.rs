//! From when on each rule holds: it stands in the log, not in a file or a process.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nabij_log::{ExecuteError, Log, LogError, Submission};
use nabij_model::escalation::{Escalation, EscalationCommand, RuleAdopted, rule_id};
use nabij_model::{Actor, Policies};

use crate::evaluate::Adoptions;
use crate::rule::Rule;

/// What happened while the services were being started counts.
const GRACE: SignedDuration = SignedDuration::from_mins(10);

/// What the log says of these rules. One that nobody adopted is not there.
///
/// # Errors
/// When the log is away.
pub async fn adoptions(log: &Log, rules: &[Rule]) -> Result<Adoptions, LogError> {
    let mut adoptions = Adoptions::new();
    for rule in rules {
        if let Some(adopted) = log.load::<Escalation>(rule_id(&rule.id).0).await?.state.adopted {
            adoptions.insert(rule.id.clone(), adopted.from);
        }
    }
    Ok(adoptions)
}

/// Lets every rule hold from `now` on whose version nobody adopted yet. A rule whose older version is in the files than the one
/// that holds keeps what holds.
///
/// # Errors
/// When the log is away.
pub async fn adopt_new(
    log: &Log,
    rules: &[Rule],
    policies: &Arc<Policies>,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), ExecuteError> {
    for rule in rules {
        let held =
            log.load::<Escalation>(rule_id(&rule.id).0).await.map_err(ExecuteError::from)?.state.adopted;
        match held {
            Some(held) if held.version == rule.version => {}
            Some(held) if held.version > rule.version => {
                tracing::warn!(rule = %rule.id, "rule {} is version {} here, and version {} was adopted before: give a changed rule a higher version", rule.id, rule.version, held.version);
            }
            _ => {
                adopt(log, rule, now.checked_sub(GRACE).unwrap_or(now), policies, actor, now).await?;
            }
        }
    }
    Ok(())
}

/// Lets a rule hold since a moment; answers whether that changed anything.
///
/// # Errors
/// When the log is away, or a higher version holds.
pub async fn adopt(
    log: &Log,
    rule: &Rule,
    since: Timestamp,
    policies: &Arc<Policies>,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, ExecuteError> {
    let adopted = RuleAdopted {
        rule: rule.id.clone(),
        version: rule.version,
        since,
        within_seconds: rule.within().as_secs().unsigned_abs(),
    };
    let submission = Submission::new(now, actor.clone(), Arc::clone(policies));
    let command = EscalationCommand::AdoptRule(adopted);
    match log.execute::<Escalation>(rule_id(&rule.id).0, command, &submission).await {
        Ok(_) => {
            tracing::info!(rule = %rule.id, version = rule.version, %since, "rule {} holds since {since}", rule.id);
            Ok(true)
        }
        Err(ExecuteError::Refused(refusal)) if refusal.code == "rule-adopted" => Ok(false),
        Err(error) => Err(error),
    }
}
