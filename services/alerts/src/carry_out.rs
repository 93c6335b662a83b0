//! Does what the machines want done: a command on an escalation. Whoever comes second finds it done.

use std::sync::Arc;

use jiff::Timestamp;
use nabij_log::{ExecuteError, Log, Submission};
use nabij_model::escalation::{Escalation, EscalationCommand, Lapsed, Raised, Rung};
use nabij_model::text::StaffId;
use nabij_model::{Actor, Policies, Role};

use crate::evaluate::{Matter, Todo};
use crate::ladder::Climb;
use crate::pace::Pace;
use crate::roster::Roster;
use crate::rule::Rule;

/// Carries out what the rules want.
#[derive(Debug, Clone)]
pub struct CarryOut {
    log: Log,
    rules: Arc<Vec<Rule>>,
    policies: Arc<Policies>,
    roster: Arc<Roster>,
    pace: Arc<Pace>,
}

/// The account that raises escalations.
///
/// # Panics
/// Never: the name fits.
#[must_use]
pub fn service_actor() -> Actor {
    let subject = StaffId::new("service:alerts").expect("fits the pattern of a staff id");
    Actor { subject, role: Role::Service, centres: Vec::new(), operator: None }
}

impl CarryOut {
    /// For these rules, in the time zone of this roster and with its quiet hours.
    #[must_use]
    pub fn new(
        log: Log,
        rules: Arc<Vec<Rule>>,
        policies: Arc<Policies>,
        roster: Arc<Roster>,
        pace: Arc<Pace>,
    ) -> Self {
        Self { log, rules, policies, roster, pace }
    }

    /// Hands an escalation up, or reminds its last rung. Answers whether it was this call that did it.
    ///
    /// # Errors
    /// When the log did not take it; the ladder wants it done again.
    pub async fn climb(&self, climb: Climb, now: Timestamp) -> Result<bool, ExecuteError> {
        let (id, step, _) = climb.key();
        let submission = Submission::new(now, service_actor(), Arc::clone(&self.policies));
        match self.log.execute::<Escalation>(id.0, climb.command(), &submission).await {
            Ok(_) => {
                tracing::info!(escalation = %id, step, "nobody answered escalation {id} in time: step {step} hears it");
                Ok(true)
            }
            // Somebody answered, or another instance was first: the log tells.
            Err(ExecuteError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Answers whether it was this call that did it.
    ///
    /// # Errors
    /// When the log did not take it; the machine wants it done again.
    pub async fn todo(&self, todo: Todo, now: Timestamp) -> Result<bool, ExecuteError> {
        let id = todo.escalation(&self.rules);
        let mut submission = Submission::new(now, service_actor(), Arc::clone(&self.policies));
        let command = match todo {
            Todo::Raise { rule, matter } => {
                submission.traceparent.clone_from(&matter.traceparent);
                EscalationCommand::Raise(raised(
                    &self.rules[rule],
                    &matter,
                    self.heard_from(&self.rules[rule], now),
                    now,
                ))
            }
            Todo::Lapse { by, .. } => EscalationCommand::Lapse(Lapsed { by }),
        };
        match self.log.execute::<Escalation>(id.0, command, &submission).await {
            Ok(_) => {
                tracing::info!(escalation = %id, "wrote down what the rules found on escalation {id}");
                Ok(true)
            }
            Err(ExecuteError::Refused(refusal))
                if matches!(refusal.code, "escalation-exists" | "already-resolved") =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

impl CarryOut {
    fn heard_from(&self, rule: &Rule, now: Timestamp) -> Option<Timestamp> {
        if rule.quiet_hours { self.pace.heard_from(now, self.roster.zone()) } else { None }
    }
}

/// The event that raises `rule` on `matter`. What is confidential goes to the safeguarding person alone. In
/// quiet hours, of a rule that keeps them, it is heard from their end on.
#[must_use]
pub fn raised(rule: &Rule, matter: &Matter, heard_from: Option<Timestamp>, now: Timestamp) -> Raised {
    let rung = |to: Vec<Role>, within: jiff::SignedDuration| Rung {
        to,
        acknowledge_within_seconds: u32::try_from(within.as_secs()).unwrap_or(u32::MAX),
    };
    let first = &rule.steps[0];
    let confidential = matter.is_confidential();
    let ladder: Vec<Rung> = if confidential {
        vec![rung(vec![Role::SafeguardingPerson], first.acknowledge_within)]
    } else {
        rule.steps.iter().map(|step| rung(step.to.clone(), step.acknowledge_within)).collect()
    };
    Raised {
        rule: rule.id.clone(),
        rule_version: rule.version,
        severity: rule.severity,
        trigger: matter.trigger,
        subject: matter.subject.clone(),
        title: rule.id.clone(),
        step: 0,
        recipients: ladder[0].to.clone(),
        acknowledge_by: heard_from
            .unwrap_or(now)
            .saturating_add(first.acknowledge_within)
            .unwrap_or(Timestamp::MAX),
        confidential,
        shown_as: rule.shown_as,
        ladder,
        quiet_hours: rule.quiet_hours,
        heard_from,
        passed_over: if rule.pass_over_reporter { vec![matter.actor.clone()] } else { Vec::new() },
    }
}
