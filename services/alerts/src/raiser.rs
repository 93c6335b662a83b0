//! Raises what is due.
//!
//! An escalation's id is derived from its rule and trigger and it is created on an empty subject, so it is raised
//! once, ever, whatever crashes, and however many raisers run.

use std::sync::Arc;

use deadpool_postgres::Pool;
use jiff::Timestamp;
use nabij_log::{ExecuteError, KnownAt, Log, LogError, Submission};
use nabij_model::escalation::{Escalation, EscalationCommand, Raised, Subject, id_of};
use nabij_model::text::StaffId;
use nabij_model::{Actor, AggregateKind, Policies, Recorded, Role};

use crate::due::{Due, Looked, due};
use crate::rule::{Rule, Step};

/// Why a look at what is due could not be finished; the next look starts where this one did.
#[derive(Debug, thiserror::Error)]
pub enum RaiseError {
    /// No connection to PostgreSQL could be had.
    #[error("PostgreSQL cannot be reached: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// A query failed.
    #[error("what is due cannot be read: {0}")]
    Query(#[from] tokio_postgres::Error),
    /// The log could not be read.
    #[error("a trigger cannot be read from the log: {0}")]
    Log(#[from] LogError),
    /// The log did not take an escalation.
    #[error("an escalation cannot be raised: {0}")]
    Execute(#[from] ExecuteError),
    /// The projection knows an event that the log does not hold.
    #[error("trigger {0} is not in the log: has it been rewound?")]
    Missing(u64),
    /// A trigger is no event that this binary knows.
    #[error("trigger {sequence} cannot be decoded: {why}")]
    Undecodable {
        /// Where it stands.
        sequence: u64,
        /// What was wrong.
        why: String,
    },
}

/// Looks at what is due and raises it.
#[derive(Debug)]
pub struct Raiser {
    log: Log,
    pool: Pool,
    rules: Arc<Vec<Rule>>,
    policies: Arc<Policies>,
    actor: Actor,
    looked: Option<Looked>,
}

impl Raiser {
    /// A raiser for these rules.
    #[must_use]
    pub fn new(log: Log, pool: Pool, rules: Arc<Vec<Rule>>, policies: Arc<Policies>) -> Self {
        let subject = StaffId::new("service:alerts").expect("fits the pattern of a staff id");
        let actor = Actor { subject, role: Role::Service, centres: Vec::new(), operator: None };
        Self { log, pool, rules, policies, actor, looked: None }
    }

    /// Raises what is due at `now`, given that the watch projection stands at the end of the log, at `sequence`.
    ///
    /// Answers how many escalations were raised.
    ///
    /// # Errors
    /// [`RaiseError`]; nothing is lost, the next look finds the same again.
    pub async fn look(&mut self, now: Timestamp, sequence: u64) -> Result<usize, RaiseError> {
        let client = self.pool.get().await?;
        let mut raised = 0;
        for rule in self.rules.iter() {
            for due in due(&client, rule, self.looked, now).await? {
                raised += usize::from(self.raise(rule, due, now).await?);
            }
        }
        self.looked = Some(Looked { at: now, sequence });
        Ok(raised)
    }

    /// Answers whether it was this call that raised it.
    async fn raise(&self, rule: &Rule, due: Due, now: Timestamp) -> Result<bool, RaiseError> {
        let trigger = self.trigger(due).await?;
        let id = id_of(&rule.id, due.trigger);
        let mut submission = Submission::new(now, self.actor.clone(), Arc::clone(&self.policies));
        submission.traceparent.clone_from(&trigger.meta.traceparent);
        let command = EscalationCommand::Raise(raised(rule, &trigger, now));
        match self.log.execute::<Escalation>(id.0, command, &submission).await {
            Ok(_) => {
                tracing::info!(escalation = %id, rule = %rule.id, "raised escalation {id} by rule {}", rule.id);
                Ok(true)
            }
            Err(ExecuteError::Refused(refusal)) if refusal.code == "escalation-exists" => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn trigger(&self, due: Due) -> Result<Recorded, RaiseError> {
        let raw = self.log.event_at(due.sequence).await?.ok_or(RaiseError::Missing(due.sequence))?;
        let undecodable = |why: String| RaiseError::Undecodable { sequence: due.sequence, why };
        raw.decode(&mut KnownAt::default()).map_err(|error| undecodable(error.to_string()))
    }
}

/// The event that raises `rule` on `trigger`. What is confidential goes to the safeguarding person alone.
fn raised(rule: &Rule, trigger: &Recorded, now: Timestamp) -> Raised {
    let Step { to, acknowledge_within } = &rule.steps[0];
    let confidential = trigger.meta.concerns.confidential;
    Raised {
        rule: rule.id.clone(),
        rule_version: rule.version,
        severity: rule.severity,
        trigger: trigger.meta.id,
        subject: subject(trigger),
        title: rule.id.clone(),
        step: 0,
        recipients: if confidential { vec![Role::SafeguardingPerson] } else { to.clone() },
        acknowledge_by: now.saturating_add(*acknowledge_within).unwrap_or(Timestamp::MAX),
        confidential,
    }
}

fn subject(trigger: &Recorded) -> Subject {
    let concerns = &trigger.meta.concerns;
    let of = |kind| (trigger.meta.aggregate.kind == kind).then_some(trigger.meta.aggregate.id);
    Subject {
        centre: concerns.centre,
        cases: concerns.cases.clone(),
        signal: of(AggregateKind::Signal).map(Into::into),
        discussion: of(AggregateKind::Discussion).map(Into::into),
        referral: of(AggregateKind::Referral).map(Into::into),
        incident: of(AggregateKind::Incident).map(Into::into),
    }
}
