//! Does what the machines want done: a command on an escalation. Whoever comes second finds it done.

use std::sync::Arc;

use jiff::Timestamp;
use nabij_log::{ExecuteError, Log, Submission};
use nabij_model::escalation::{Escalation, EscalationCommand, Lapsed, Raised, Rung};
use nabij_model::text::StaffId;
use nabij_model::{Actor, Policies, Role};

use crate::evaluate::{Matter, Todo};
use crate::rule::Rule;

/// Carries out what the rules want.
#[derive(Debug, Clone)]
pub struct CarryOut {
    log: Log,
    rules: Arc<Vec<Rule>>,
    policies: Arc<Policies>,
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
    /// For these rules.
    #[must_use]
    pub fn new(log: Log, rules: Arc<Vec<Rule>>, policies: Arc<Policies>) -> Self {
        Self { log, rules, policies }
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
                EscalationCommand::Raise(raised(&self.rules[rule], &matter, now))
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

/// The event that raises `rule` on `matter`. What is confidential goes to the safeguarding person alone.
#[must_use]
pub fn raised(rule: &Rule, matter: &Matter, now: Timestamp) -> Raised {
    let rung = |to: Vec<Role>, within: jiff::SignedDuration| Rung {
        to,
        acknowledge_within_seconds: u32::try_from(within.as_secs()).unwrap_or(u32::MAX),
    };
    let first = &rule.steps[0];
    let ladder: Vec<Rung> = if matter.confidential {
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
        acknowledge_by: now.saturating_add(first.acknowledge_within).unwrap_or(Timestamp::MAX),
        confidential: matter.confidential,
        shown_as: rule.shown_as,
        ladder,
    }
}
