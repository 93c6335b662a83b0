//! Signals with what became of each: those that somebody logged, and the confidential ones of some centres.

use std::collections::BTreeSet;

use jiff::Timestamp;
use nabij_model::id::IncidentId;
use nabij_model::signal::{FeedbackTo, LinkTarget, Linked, SignalEvent, Unlinked};
use nabij_model::{CentreId, Event};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::timeline::{COLUMNS, Entry, WIDTH, entry, event};

/// A signal with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SignalProgress {
    /// The signal.
    pub signal: Uuid,
    /// Where it was logged.
    pub centre: CentreId,
    /// As it was logged; sealed.
    pub logged: Entry,
    /// For the operator's safeguarding person alone.
    pub confidential: bool,
    /// A second person gave their view.
    pub assessed: bool,
    /// It was found to be nothing.
    pub dismissed: bool,
    /// It is linked to an entry of the register.
    pub registered: bool,
    /// Somebody decided not to register it, and said why.
    pub not_registered: bool,
    /// A person told the reporter what became of it: more than that it was received.
    pub reporter_heard: bool,
    /// What was told, the oldest first; sealed. A reporter's own list holds what was told to the reporter only.
    pub feedback: Vec<Entry>,
    /// When anything last happened to it.
    pub last_step_at: Timestamp,
    /// The entries of the register that it is linked to.
    #[serde(skip)]
    entries: BTreeSet<IncidentId>,
}

/// A page of signals.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SignalList {
    /// The newest first.
    pub signals: Vec<SignalProgress>,
    /// Give it as `cursor` for the next page; absent on the last.
    pub next: Option<u64>,
}

impl Reader {
    /// The signals that `actor` logged, confidential ones among them, each with what became of it.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn signals_by(
        &self,
        actor: &str,
        as_of: u64,
        cursor: Option<u64>,
        limit: u32,
    ) -> Result<SignalList, ReadError> {
        let last = cursor.map_or(at(as_of), |cursor| at(as_of).min(at(cursor) - 1));
        let found = self
            .query(
                "SELECT aggregate, min(recorded_seq) FROM $schema.timeline
                 WHERE actor = $1 AND event_type LIKE 'nabij.signal.logged.%' AND recorded_seq <= $2
                 GROUP BY aggregate ORDER BY 2 DESC LIMIT $3",
                &[&actor, &last, &(i64::from(limit) + 1)],
            )
            .await?;
        let mut list = self.progress(&found, as_of, limit).await?;
        for signal in &mut list.signals {
            signal.feedback.retain(|told| told.body.get("to").and_then(|to| to.as_str()) == Some("reporter"));
        }
        Ok(list)
    }

    /// The confidential signals of `centres`, each with what became of it.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn confidential_signals(
        &self,
        centres: &[CentreId],
        as_of: u64,
        cursor: Option<u64>,
        limit: u32,
    ) -> Result<SignalList, ReadError> {
        let centres: Vec<Uuid> = centres.iter().map(|centre| centre.0).collect();
        let last = cursor.map_or(at(as_of), |cursor| at(as_of).min(at(cursor) - 1));
        let found = self
            .query(
                "SELECT aggregate, min(recorded_seq) FROM $schema.timeline
                 WHERE confidential AND centre = ANY ($1) AND event_type LIKE 'nabij.signal.logged.%'
                   AND recorded_seq <= $2
                 GROUP BY aggregate ORDER BY 2 DESC LIMIT $3",
                &[&centres, &last, &(i64::from(limit) + 1)],
            )
            .await?;
        self.progress(&found, as_of, limit).await
    }

    async fn progress(
        &self,
        found: &[tokio_postgres::Row],
        as_of: u64,
        limit: u32,
    ) -> Result<SignalList, ReadError> {
        let more = found.len() > limit as usize;
        let page: Vec<(Uuid, i64)> =
            found.iter().take(limit as usize).map(|row| (row.get(0), row.get(1))).collect();
        let ids: Vec<Uuid> = page.iter().map(|(signal, _)| *signal).collect();
        let sql = format!(
            "SELECT DISTINCT ON (recorded_seq) {COLUMNS}, confidential FROM $schema.timeline
             WHERE aggregate = ANY ($1) AND recorded_seq <= $2 AND event_type LIKE 'nabij.signal.%'
             ORDER BY recorded_seq"
        );
        let rows = self.query(&sql, &[&ids, &at(as_of)]).await?;
        let mut signals: Vec<SignalProgress> = Vec::with_capacity(ids.len());
        for row in &rows {
            let step = entry(row)?;
            let Event::Signal(happened) = event(row)? else { continue };
            if let SignalEvent::Logged(logged) = &happened {
                signals.push(begun(step, logged.centre, row.get(WIDTH)));
            } else if let Some(signal) = signals.iter_mut().find(|signal| signal.signal == step.aggregate) {
                take(signal, step, &happened);
            }
        }
        signals.reverse();
        let next = page.last().filter(|_| more).map(|(_, first)| *first as u64);
        Ok(SignalList { signals, next })
    }
}

fn begun(logged: Entry, centre: CentreId, confidential: bool) -> SignalProgress {
    SignalProgress {
        signal: logged.aggregate,
        centre,
        confidential,
        assessed: false,
        dismissed: false,
        registered: false,
        not_registered: false,
        reporter_heard: false,
        feedback: Vec::new(),
        last_step_at: logged.recorded_at,
        entries: BTreeSet::new(),
        logged,
    }
}

fn take(signal: &mut SignalProgress, step: Entry, happened: &SignalEvent) {
    signal.last_step_at = step.recorded_at;
    match happened {
        SignalEvent::Assessed(_) => {
            signal.assessed = true;
            signal.dismissed = false;
        }
        SignalEvent::Dismissed(_) => signal.dismissed = true,
        SignalEvent::Linked(Linked { to: LinkTarget::Incident(entry) }) => {
            signal.entries.insert(*entry);
            signal.registered = true;
        }
        SignalEvent::Unlinked(Unlinked { to: LinkTarget::Incident(entry), .. }) => {
            signal.entries.remove(entry);
            signal.registered = !signal.entries.is_empty();
        }
        SignalEvent::NotRegistered(_) => signal.not_registered = true,
        SignalEvent::FeedbackGiven(feedback) => {
            signal.reporter_heard |= feedback.to == FeedbackTo::Reporter && !feedback.automatic;
            signal.feedback.push(step);
        }
        _ => {}
    }
}
