//! Steps of protocols, drills, and the words that are owed about signals.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::signal::SkipReason;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::described::{COLUMNS, Described, Detail, described, grouped};
use super::records::Period;
use super::waits::{coded, wait};
use super::{ReadError, Reader, inconsistent, stored};
use crate::estimators::delays::Wait;
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

/// Signals of one kind of which the same people waited equally long, to the hour, for a word from a person.
#[derive(Debug, Clone)]
pub(crate) struct Loops {
    /// In the centre that listened; absent where no more than minors is asked about, since centres make many kinds of them.
    pub(crate) of: Option<Described>,
    pub(crate) minors: Option<bool>,
    pub(crate) count: u64,
    /// Until the reporter heard more than that it was received.
    pub(crate) reporter: Wait,
    /// Until the reporter heard how it ended.
    pub(crate) outcome: Wait,
    /// Until the child heard.
    pub(crate) child: Wait,
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

    /// The signals that `centres`, or all, logged in the period by what they say of themselves, strengths and imports aside, with how long who
    /// waited by `now`.
    pub(crate) async fn loops(
        &self,
        centres: Option<&[Uuid]>,
        (from, to): Period,
        (detail, confidential): (Detail, bool),
        now: Timestamp,
        as_of: u64,
    ) -> Result<Vec<Loops>, ReadError> {
        let waits = ["reporter", "outcome", "child"]
            .map(|who| coded("c.recorded_at", &format!("told.{who}"), "$5::timestamptz"));
        let (own, columns) = match detail {
            Detail::All => (detail.columns("centre"), COLUMNS),
            Detail::Source | Detail::Minors => ("c.minors".to_owned(), 1),
        };
        let query = grouped(
            &format!("{own}, {}, count(*)", waits.join(", ")),
            columns + waits.len(),
            "LEFT JOIN (
                 SELECT signal, min(recorded_at) FILTER (WHERE recipient = 'reporter') AS reporter,
                     min(recorded_at) FILTER (WHERE recipient = 'reporter' AND kind = 'outcome') AS outcome,
                     min(recorded_at) FILTER (WHERE recipient = 'child') AS child
                 FROM {fact_feedback} WHERE recorded_seq <= $1 AND kind <> 'acknowledged' GROUP BY signal
             ) told ON told.signal = c.aggregate
             WHERE c.list <> 'official_register' AND ($2::uuid[] IS NULL OR c.centre = ANY ($2)) AND c.recorded_at >= $3
               AND c.recorded_at < $4 AND NOT c.historic AND (NOT c.confidential OR $6)",
        );
        let asked: [&(dyn ToSql + Sync); 6] = [&stored(as_of), &centres, &from, &to, &now, &confidential];
        let rows = self.rows(&query, &asked).await?;
        rows.iter()
            .map(|row| {
                let of = if detail == Detail::All { Some(described(row)?) } else { None };
                let minors = of.as_ref().map_or_else(|| row.try_get(0), |of| Ok(of.minors))?;
                let count = row.try_get::<_, i64>(columns + waits.len())?.unsigned_abs();
                let waited = |place| Ok::<_, ReadError>(wait(row.try_get(columns + place)?, count));
                Ok(Loops { of, minors, count, reporter: waited(0)?, outcome: waited(1)?, child: waited(2)? })
            })
            .collect()
    }
}
