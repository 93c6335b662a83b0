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

/// The signals of one kind, and when who was told by a person.
#[derive(Debug, Clone)]
pub(crate) struct Loops {
    /// In the centre that listened.
    pub(crate) of: Described,
    pub(crate) logged_at: Vec<Timestamp>,
    /// More than that it was received; each as in `logged_at`.
    pub(crate) reporter_at: Vec<Option<Timestamp>>,
    pub(crate) outcome_at: Vec<Option<Timestamp>>,
    pub(crate) child_at: Vec<Option<Timestamp>>,
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

    /// The signals that `centres` logged in `[from, to)` by what they say of themselves, strengths and imports aside, with when who was
    /// told.
    pub(crate) async fn loops(
        &self,
        centres: &BTreeSet<Uuid>,
        (from, to): (Timestamp, Timestamp),
        confidential: bool,
        as_of: u64,
    ) -> Result<Vec<Loops>, ReadError> {
        let centres: Vec<Uuid> = centres.iter().copied().collect();
        let rows = self
            .rows(
                "SELECT c.centre, c.list, coalesce(n.label, c.label), c.label_group, c.level, c.severity, coalesce(n.minors, c.minors),
                     c.confidential, array_agg(c.recorded_at), array_agg(told.reporter), array_agg(told.outcome), array_agg(told.child)
                 FROM {fact_capture} c
                 LEFT JOIN (
                     SELECT aggregate,
                         (array_agg(label ORDER BY recorded_seq DESC) FILTER (WHERE label IS NOT NULL))[1] AS label,
                         (array_agg(minors ORDER BY recorded_seq DESC) FILTER (WHERE minors IS NOT NULL))[1] AS minors
                     FROM {fact_change} WHERE recorded_seq <= $5 AND (label IS NOT NULL OR minors IS NOT NULL) GROUP BY aggregate
                 ) n ON n.aggregate = c.aggregate
                 LEFT JOIN (
                     SELECT signal, min(recorded_at) FILTER (WHERE recipient = 'reporter') AS reporter,
                         min(recorded_at) FILTER (WHERE recipient = 'reporter' AND kind = 'outcome') AS outcome,
                         min(recorded_at) FILTER (WHERE recipient = 'child') AS child
                     FROM {fact_feedback} WHERE recorded_seq <= $5 AND kind <> 'acknowledged' GROUP BY signal
                 ) told ON told.signal = c.aggregate
                 WHERE c.list <> 'official_register' AND c.centre = ANY ($1) AND c.recorded_at >= $2
                   AND c.recorded_at < $3 AND NOT c.strength AND NOT c.historic AND (NOT c.confidential OR $4) AND c.recorded_seq <= $5
                 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8",
                &[&centres, &from, &to, &confidential, &stored(as_of)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Loops {
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
