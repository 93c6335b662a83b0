//! Steps of protocols, drills, and the words that are owed about signals.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::signal::SkipReason;
use uuid::Uuid;

use super::records::{Described, NEXT, described};
use super::{ReadError, Reader, inconsistent, stored};
use crate::facts::names::Named;

/// A step of a protocol with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) run: Uuid,
    pub(crate) protocol: String,
    pub(crate) due_at: Timestamp,
    /// When it was done or skipped.
    pub(crate) ended_at: Option<Timestamp>,
    /// Why it was skipped.
    pub(crate) because: Option<SkipReason>,
}

/// A signal, and when who was told by a person.
#[derive(Debug, Clone)]
pub(crate) struct Loop {
    /// In the centre that listened.
    pub(crate) of: Described,
    pub(crate) logged_at: Timestamp,
    /// More than that it was received.
    pub(crate) reporter_at: Option<Timestamp>,
    pub(crate) outcome_at: Option<Timestamp>,
    pub(crate) child_at: Option<Timestamp>,
}

impl Reader {
    /// The steps of protocols that were started in `[from, to)` on signals of `centres`.
    pub(crate) async fn steps(
        &self,
        centres: &BTreeSet<Uuid>,
        (from, to): (Timestamp, Timestamp),
        confidential: bool,
        as_of: u64,
    ) -> Result<Vec<Step>, ReadError> {
        let centres: Vec<Uuid> = centres.iter().copied().collect();
        let rows = self
            .rows(
                "SELECT s.run, s.protocol, s.due_at, e.ended_at, e.because FROM {fact_step} s
                 LEFT JOIN LATERAL (
                     SELECT l.ended_at, l.because FROM {fact_step_end} l
                     WHERE l.run = s.run AND l.step = s.step AND l.recorded_seq <= $5
                     ORDER BY l.recorded_seq DESC LIMIT 1
                 ) e ON true
                 WHERE s.centre = ANY ($1) AND s.started_at >= $2 AND s.started_at < $3
                   AND (NOT s.confidential OR $4) AND s.recorded_seq <= $5",
                &[&centres, &from, &to, &confidential, &stored(as_of)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let because: Option<String> = row.get(4);
                let because = because.map(|word| {
                    SkipReason::named(&word).ok_or_else(|| inconsistent("step_end", "because", &word))
                });
                Ok(Step {
                    run: row.get(0),
                    protocol: row.get(1),
                    due_at: row.get(2),
                    ended_at: row.get(3),
                    because: because.transpose()?,
                })
            })
            .collect()
    }

    /// The protocols that `centres` practised on the days `[from, to)`, one for each time.
    pub(crate) async fn drills(
        &self,
        centres: &BTreeSet<Uuid>,
        (from, to): (Date, Date),
        as_of: u64,
    ) -> Result<Vec<String>, ReadError> {
        let centres: Vec<Uuid> = centres.iter().copied().collect();
        let rows = self
            .rows(
                "SELECT protocol FROM {fact_drill}
                 WHERE centre = ANY ($1) AND practised_on >= $2 AND practised_on < $3 AND recorded_seq <= $4",
                &[&centres, &from, &to, &stored(as_of)],
            )
            .await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// The signals that `centres` logged in `[from, to)`, strengths and imports aside, with when who was told.
    pub(crate) async fn loops(
        &self,
        centres: &BTreeSet<Uuid>,
        (from, to): (Timestamp, Timestamp),
        confidential: bool,
        as_of: u64,
    ) -> Result<Vec<Loop>, ReadError> {
        let centres: Vec<Uuid> = centres.iter().copied().collect();
        let rows = self
            .rows(
                "SELECT c.centre, c.list, coalesce(n.label, c.label), c.label_group, c.level, c.severity, coalesce(n.minors, c.minors),
                     c.confidential, c.recorded_at, told.reporter, told.outcome, told.child
                 FROM {fact_capture} c
                 LEFT JOIN LATERAL (
                     SELECT (array_agg(h.label ORDER BY h.recorded_seq DESC) FILTER (WHERE h.label IS NOT NULL))[1] AS label,
                            (array_agg(h.minors ORDER BY h.recorded_seq DESC) FILTER (WHERE h.minors IS NOT NULL))[1] AS minors
                     FROM {fact_change} h WHERE h.aggregate = c.aggregate AND h.recorded_seq <= $5
                 ) n ON true
                 LEFT JOIN LATERAL (
                     SELECT min(f.recorded_at) FILTER (WHERE f.recipient = 'reporter' AND f.kind <> 'acknowledged') AS reporter,
                            min(f.recorded_at) FILTER (WHERE f.recipient = 'reporter' AND f.kind = 'outcome') AS outcome,
                            min(f.recorded_at) FILTER (WHERE f.recipient = 'child' AND f.kind <> 'acknowledged') AS child
                     FROM {fact_feedback} f WHERE f.signal = c.aggregate AND f.recorded_seq <= $5
                 ) told ON true
                 WHERE c.list <> 'official_register' AND c.centre = ANY ($1) AND c.recorded_at >= $2
                   AND c.recorded_at < $3 AND NOT c.strength AND NOT c.historic AND (NOT c.confidential OR $4) AND c.recorded_seq <= $5",
                &[&centres, &from, &to, &confidential, &stored(as_of)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Loop {
                    of: described(row)?,
                    logged_at: row.try_get(NEXT)?,
                    reporter_at: row.try_get(NEXT + 1)?,
                    outcome_at: row.try_get(NEXT + 2)?,
                    child_at: row.try_get(NEXT + 3)?,
                })
            })
            .collect()
    }
}
