//! The guard against a log that was rewound underneath us.
//!
//! A server that lost blocks of a stream starts again as if nothing had happened, with fewer messages and the same
//! sequences to give out once more. So a writer remembers the highest acknowledged event, looks for it after every
//! reconnect before it writes anything, and stops for good when it is gone or another one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nabij_model::EventHash;
use tokio::sync::watch;

use crate::error::{LogError, LogErrorKind};
use crate::log::Log;

/// Pause between two tries to look for the highest event while the servers are still electing a leader.
const RETRY: Duration = Duration::from_millis(200);

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// No connection.
    Lost,
    /// Connected, but the highest event was not looked for yet.
    Unchecked,
    /// Writing is allowed.
    Open,
    /// Writing is over.
    Rewound(Arc<str>),
}

/// Whether this process may write now.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    state: Arc<watch::Sender<State>>,
    highest: Arc<Mutex<Option<(u64, EventHash)>>>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { state: Arc::new(watch::Sender::new(State::Unchecked)), highest: Arc::default() }
    }

    pub(crate) fn connected(&self) {
        self.turn(State::Unchecked);
    }

    pub(crate) fn lost(&self) {
        self.turn(State::Lost);
    }

    /// A rewound log stays rewound: nothing but a person can say what became of the lost events.
    pub(crate) fn rewound(&self, what: &str) -> LogError {
        self.turn(State::Rewound(what.into()));
        LogError::new(LogErrorKind::Rewound, what)
    }

    fn turn(&self, to: State) {
        self.state.send_if_modified(|state| {
            let turns = !matches!(state, State::Rewound(_)) && *state != to;
            if turns {
                *state = to;
            }
            turns
        });
    }

    /// Waits until writing is allowed, at most `patience`.
    pub(crate) async fn pass(&self, patience: Duration) -> Result<(), LogError> {
        if *self.state.borrow() == State::Open {
            return Ok(());
        }
        let mut state = self.state.subscribe();
        let decided = state.wait_for(|state| matches!(state, State::Open | State::Rewound(_)));
        match tokio::time::timeout(patience, decided).await {
            Ok(Ok(state)) => match &*state {
                State::Rewound(what) => Err(LogError::new(LogErrorKind::Rewound, what.as_ref())),
                _ => Ok(()),
            },
            _ => Err(LogError::new(
                LogErrorKind::Unavailable,
                "the connection to NATS is lost, or the log is not checked yet: try again in a moment",
            )),
        }
    }

    /// Fails once the log was found to be rewound.
    pub(crate) fn not_rewound(&self) -> Result<(), LogError> {
        match &*self.state.borrow() {
            State::Rewound(what) => Err(LogError::new(LogErrorKind::Rewound, what.as_ref())),
            _ => Ok(()),
        }
    }

    /// The highest acknowledged sequence so far; to be taken before a send.
    pub(crate) fn mark(&self) -> u64 {
        self.highest().map_or(0, |(sequence, _)| sequence)
    }

    fn highest(&self) -> Option<(u64, EventHash)> {
        *self.highest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers an acknowledged event. One that was sent after `mark` cannot stand at or before it, unless the log was
    /// rewound.
    pub(crate) fn acknowledged(&self, mark: u64, sequence: u64, hash: EventHash) -> Result<(), LogError> {
        if sequence <= mark {
            return Err(self.rewound(&format!(
                "the log was rewound: it acknowledged sequence {sequence} after {mark}; nothing more is written, restore a backup"
            )));
        }
        let mut highest = self.highest.lock().unwrap_or_else(PoisonError::into_inner);
        if highest.is_none_or(|(before, _)| before < sequence) {
            *highest = Some((sequence, hash));
        }
        Ok(())
    }
}

impl Log {
    /// Compares a checkpoint with the log: the event at `sequence` must have `hash`. At 0 there is nothing to compare.
    ///
    /// From a failed check on, this `Log` refuses to write.
    ///
    /// # Errors
    /// [`LogErrorKind::Rewound`] when the log ends before it or holds another event there.
    pub async fn check(&self, sequence: u64, hash: EventHash) -> Result<(), LogError> {
        if sequence == 0 {
            return Ok(());
        }
        let found = self.event_at(sequence).await?.map(|raw| raw.event_hash());
        let what = match found {
            Some(found) if found == hash => return Ok(()),
            Some(_) => "holds another event there",
            None => "does not hold it",
        };
        Err(self.gate().rewound(&format!(
            "the log was rewound: a checkpoint knows the event at sequence {sequence}, the log {what}; nothing more is written, restore a backup"
        )))
    }

    /// Whether this process may still write: fails for good once the log was found to be rewound.
    ///
    /// # Errors
    /// [`LogErrorKind::Rewound`].
    pub fn check_writable(&self) -> Result<(), LogError> {
        self.gate().not_rewound()
    }

    /// Returns once the log was found to be rewound: a service then ends with exit code 3.
    pub async fn until_rewound(&self) -> LogError {
        let mut state = self.gate().state.subscribe();
        let rewound = state.wait_for(|state| matches!(state, State::Rewound(_))).await;
        let what = match rewound.as_deref() {
            Ok(State::Rewound(what)) => what.to_string(),
            _ => String::new(),
        };
        LogError::new(LogErrorKind::Rewound, what)
    }
}

/// Looks for the highest acknowledged event after every reconnect, and opens the gate when it is there.
pub(crate) async fn watch(log: Log) {
    let gate = log.gate().clone();
    let weak = log.downgrade();
    drop(log);
    let mut state = gate.state.subscribe();
    while state.wait_for(|state| *state == State::Unchecked).await.is_ok() {
        let Some(log) = weak.upgrade() else { return };
        let checked = match gate.highest() {
            Some((sequence, hash)) => log.check(sequence, hash).await,
            None => Ok(()),
        };
        drop(log);
        match checked {
            Ok(()) => {
                gate.state.send_if_modified(|state| {
                    let opens = *state == State::Unchecked;
                    if opens {
                        *state = State::Open;
                    }
                    opens
                });
            }
            Err(error) if error.is_rewound() => {
                tracing::error!(%error, "the log was rewound");
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "the log cannot be checked yet");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}
