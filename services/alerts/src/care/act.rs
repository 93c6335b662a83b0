//! Has done what the machine wants done: a command on a signal. Whoever comes second finds it done.

use std::sync::Arc;

use jiff::Timestamp;
use nabij_log::{ExecuteError, Log, Submission};
use nabij_model::recorded::CommandRef;
use nabij_model::signal::{FeedbackGiven, FeedbackKind, FeedbackTo, Signal, SignalCommand};
use nabij_model::{CommandId, EventHash, Policies, Recorded};
use nabij_protocols::Protocols;

use super::{Care, Todo};
use crate::carry_out::service_actor;
use crate::machine::Machine;
use crate::settled::Settled;

/// The machine with its hands.
pub(crate) struct Caring {
    care: Care,
    log: Log,
    protocols: Arc<Protocols>,
    policies: Arc<Policies>,
}

impl Caring {
    pub(crate) fn new(log: Log, protocols: Arc<Protocols>, policies: Arc<Policies>) -> Self {
        Self { care: Care::new(Arc::clone(&protocols)), log, protocols, policies }
    }

    pub(crate) fn feed(&mut self, event: &Recorded) {
        self.care.feed(event);
    }

    /// Does everything that is due, given that everything recorded until `known_until` was fed. What fails is tried again.
    pub(crate) async fn act(&self, known_until: Timestamp, settled: &mut Settled<Todo>) {
        let act = |todo| async move { self.carry_out(&todo).await };
        for (todo, error) in settled.each(self.care.due(known_until), Todo::clone, act).await {
            tracing::warn!(?todo, %error, "what a signal is owed is not written yet, it will be tried again: {error}");
        }
    }

    /// The command's id is derived from what is done: a repeat is the same command, and concurrency control makes it exact.
    async fn carry_out(&self, todo: &Todo) -> Result<(), ExecuteError> {
        let now = Timestamp::now();
        let (signal, command, name) = match todo {
            Todo::Receipt(signal) => {
                let (to, kind) = (FeedbackTo::Reporter, FeedbackKind::Acknowledged);
                let receipt = FeedbackGiven { to, kind, note: None, automatic: true };
                (signal, SignalCommand::GiveFeedback(receipt), vec!["receipt".to_owned()])
            }
            Todo::Start(signal, id) => {
                let Some(protocol) = self.protocols.get(id) else { return Ok(()) };
                let started = protocol.started(protocol.own_run(*signal), true, now);
                (signal, SignalCommand::StartProtocol(started), vec!["protocol".to_owned(), id.to_string()])
            }
            Todo::Overdue(signal, run, step) => {
                let Some(overdue) = self.care.overdue(*run, step) else { return Ok(()) };
                let name = vec!["overdue".to_owned(), run.to_string(), step.to_string()];
                (signal, SignalCommand::MarkOverdue(overdue.clone()), name)
            }
        };
        let signal_id = signal.to_string();
        let parts: Vec<&str> =
            std::iter::once(signal_id.as_str()).chain(name.iter().map(String::as_str)).collect();
        let mut submission = Submission::new(now, service_actor(), Arc::clone(&self.policies));
        submission.command = Some(CommandRef { id: CommandId::derived(&parts), body: EventHash([0; 32]) });
        match self.log.execute::<Signal>(signal.0, command, &submission).await {
            Ok(_) => {
                tracing::info!(%signal, "wrote down what signal {signal} was owed: {}", name.join(" "));
                Ok(())
            }
            // Somebody was faster, or the signal is no longer what it was.
            Err(ExecuteError::Refused(refusal)) => {
                tracing::debug!(%signal, code = refusal.code, "signal {signal} needs nothing: {refusal}");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
