//! Proof that somebody was shown an alarm: an event, once for each member of staff and step, however often they reconnect.
//!
//! It is written beside the line, never in its way. Only people prove anything: a machine's account shows nobody anything.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use nabij_log::{ExecuteError, Submission};
use nabij_model::escalation::{
    Channel, Escalation, EscalationCommand, EscalationEvent, HandedUp, Notified, Recipient, Reminded,
};
use nabij_model::{Actor, Event, Recorded, Role};
use tokio::sync::{Mutex, MutexGuard, mpsc};
use uuid::Uuid;

use crate::state::ApiState;

/// Proofs that one line may owe; when it owes more, a reader of years of history waits.
const OWED: usize = 256;
/// Proofs of one line that are written at a time.
const AT_ONCE: usize = 4;
/// Pause before a proof that the log did not take is given to it again.
const PAUSE: Duration = Duration::from_secs(1);
/// Escalations that take turns apart from each other, nearly always.
const TURNS: usize = 64;

/// Whoever writes to one escalation from this process takes turns: an alarm that shows on twenty screens at one moment is
/// twenty events on one subject, and nobody who takes it up is to lose against them.
#[derive(Debug)]
pub(crate) struct Turns([Mutex<()>; TURNS]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Turns {
    async fn of(&self, escalation: Uuid) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        escalation.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % TURNS as u64).unwrap_or(0);
        self.0[place].lock().await
    }
}

/// That the reader of a line was shown a step of an alarm.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    escalation: Uuid,
    notified: Notified,
}

impl Proof {
    /// What showing an event to `reader` proves; `None` when it tells them of no alarm of their own.
    pub(super) fn of(recorded: &Recorded, reader: &Actor) -> Option<Self> {
        let Event::Escalation(escalation) = &recorded.event else { return None };
        let (step, heard_by) = match escalation {
            EscalationEvent::Raised(raised) if raised.shown_as.is_alarm() => {
                (raised.step, &raised.recipients)
            }
            EscalationEvent::HandedUp(HandedUp { step, recipients, .. })
            | EscalationEvent::Reminded(Reminded { step, recipients, .. }) => (*step, recipients),
            _ => return None,
        };
        if reader.role == Role::Service || !heard_by.contains(&reader.role) {
            return None;
        }
        let notified = Notified {
            channel: Channel::Sse,
            to: Recipient::Staff(reader.subject.clone()),
            step,
            of: Some(recorded.meta.id),
            contact: None,
            attempt: None,
            together: None,
        };
        Some(Self { escalation: recorded.meta.aggregate.id, notified })
    }

    /// Until the log has it, or says that it had it before.
    async fn write(self, state: &ApiState, reader: &Actor) {
        let id = self.escalation;
        loop {
            let submission = Submission::new(Timestamp::now(), reader.clone(), Arc::clone(state.policies()));
            let command = EscalationCommand::Notify(self.notified.clone());
            let turn = state.turns().of(id).await;
            let written = state.log().execute::<Escalation>(id, command, &submission).await;
            drop(turn);
            match written {
                Ok(_) | Err(ExecuteError::Refused(_)) => return,
                Err(error) => {
                    tracing::warn!(escalation = %id, %error, "that escalation {id} was shown is not written yet: {error}");
                }
            }
            if state.stopping().run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                return;
            }
        }
    }
}

/// What one line owes the log. What is owed when the line ends is still written.
#[derive(Debug, Clone)]
pub(super) struct Proofs(mpsc::Sender<Proof>);

impl Proofs {
    pub(super) fn of_line(state: &ApiState, reader: &Actor) -> Self {
        let (owed, shown) = mpsc::channel(OWED);
        let (state, reader) = (state.clone(), reader.clone());
        let shown =
            stream::unfold(shown, |mut shown| async { shown.recv().await.map(|proof| (proof, shown)) });
        tokio::spawn(async move {
            shown.for_each_concurrent(AT_ONCE, |proof: Proof| proof.write(&state, &reader)).await;
        });
        Self(owed)
    }

    pub(super) async fn owe(&self, proof: Proof) {
        // Nobody takes it any more only when the process ends.
        drop(self.0.send(proof).await);
    }
}
