//! Occurrences counted in the database, by several things in one pass.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::groups::{self, Captured, Counted, Explained, Happened, Heard, JudgedTwice};
use super::judged::{Rulings, Sent, judged};
use super::waits::{Entered, Span, Waited};
use super::{ReadError, Reader};
use crate::facts::names::Named;
use crate::occurrences::Status;

/// What to count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// [`Happened`].
    Happened,
    /// [`Heard`].
    Heard,
    /// [`Captured`].
    Captured,
    /// How long they waited.
    Waited(Span),
    /// [`Entered`].
    Entered,
    /// [`Explained`]: only what has a reason.
    Explained,
    /// [`JudgedTwice`]: only what was.
    JudgedTwice,
}

/// Counts of the occurrences of a report; what was not asked for is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) happened: Vec<Counted<Happened>>,
    pub(crate) heard: Vec<Counted<Heard>>,
    pub(crate) captured: Vec<Counted<Captured>>,
    pub(crate) entered: Vec<Entered>,
    pub(crate) explained: Vec<Explained>,
    pub(crate) judged_twice: Vec<JudgedTwice>,
    /// In the order of [`Span::ALL`].
    waited: [Waited; Span::ALL.len()],
}

/// The state in one number: what the ledger knows, and what follows from a rule and the moment `$18`.
const STATE: &str = "state_bits + CASE WHEN hours < 0 THEN 0 ELSE 32
     + CASE WHEN first_at + make_interval(hours => hours) <= $18 THEN 64 ELSE 0 END
     + CASE WHEN dated AND registered_at > first_at + make_interval(hours => hours) THEN 128 ELSE 0 END END";

/// An entry whose day is known and past, of an occurrence whose day is.
const ENTERED: &str = "hours_to_register IS NOT NULL AND dated AND registered_at <= $18";

impl By {
    /// Its columns; the first one is no other's, so that it tells the rows of this set from others.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Happened => &["minors", "state", "happened", "kind"],
            Self::Heard => &["heard_key", "state"],
            Self::Captured => &["history", "state"],
            Self::Waited(Span::OccurrenceToSignal) => &["occurrence_to_signal"],
            Self::Waited(Span::SignalToRegistration) => &["signal_to_registration"],
            Self::Waited(Span::OccurrenceToRegistration) => &["occurrence_to_registration"],
            Self::Waited(Span::SignalToAnswer) => &["signal_to_answer"],
            Self::Entered => &["month_happened", "month_registered"],
            Self::Explained => &["explained"],
            Self::JudgedTwice => &["judged", "happened", "kind"],
        }
    }
}

impl Reader {
    /// Counts the occurrences of the report's centres by each of these, in one pass.
    pub(crate) async fn counts(&self, rulings: &Rulings, by: &[By]) -> Result<Counts, ReadError> {
        let now = rulings.now;
        let months: Vec<Timestamp> = rulings.months.iter().map(|(_, start)| *start).collect();
        let sent = Sent::of(rulings);
        let parameters = [sent.parameters().as_slice(), &[&now, &months]].concat();
        let rows = self.rows(&query(by), &parameters).await?;
        let mut counts = Counts::default();
        let mut waits = Span::ALL.map(|_| Vec::new());
        for row in &rows {
            // A bit for each set, the first one highest; 0 where the row is of that set.
            let others: i32 = row.try_get("others")?;
            let place = by.len().saturating_sub(1).saturating_sub((!others).trailing_zeros() as usize);
            match by[place] {
                By::Happened => counts.happened.push(groups::counted(row, Happened::read)?),
                By::Heard => counts.heard.push(groups::counted(row, Heard::read)?),
                By::Captured => counts.captured.push(groups::counted(row, Captured::read)?),
                By::Waited(span) => {
                    if let Some(coded) = row.try_get(by[place].columns()[0])? {
                        waits[span as usize].push((coded, groups::count(row)?));
                    }
                }
                By::Entered => counts.entered.extend(entered(row, rulings)?),
                By::Explained => counts.explained.extend(Explained::read(row)?),
                By::JudgedTwice => counts.judged_twice.extend(JudgedTwice::read(row)?),
            }
        }
        counts.waited = waits.map(Waited::of);
        Ok(counts)
    }

    /// How many happened outside the report's centres and were noticed in one of them.
    pub(crate) async fn noticed_for_others(&self, rulings: &Rulings) -> Result<u64, ReadError> {
        let query = format!(
            "SELECT count(*) FROM {} judged WHERE NOT inside AND noticed_at IS NOT NULL AND status <> $18
                 AND listened IN (SELECT centre FROM unnest($5::uuid[], $7::bool[]) AS own (centre, inside) WHERE own.inside)",
            judged()
        );
        let sent = Sent::of(rulings);
        let dismissed = Status::Dismissed.code();
        let parameters = [sent.parameters().as_slice(), &[&dismissed]].concat();
        let rows = self.rows(&query, &parameters).await?;
        Ok(rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))?.unsigned_abs())
    }
}

impl Counts {
    /// The waits of a span.
    pub(crate) fn waited(&self, span: Span) -> &Waited {
        &self.waited[span as usize]
    }
}

/// One grouping set for each; every column of theirs once.
fn query(by: &[By]) -> String {
    let spans: Vec<String> =
        Span::ALL.map(|span| format!("{} AS {}", span.sql(), By::Waited(span).columns()[0])).into();
    let columns: BTreeSet<&str> = by.iter().flat_map(|by| by.columns()).copied().collect();
    let columns: Vec<&str> = columns.into_iter().collect();
    let markers: Vec<&str> = by.iter().map(|by| by.columns()[0]).collect();
    let dismissed = Status::Dismissed.code();
    let sets: Vec<String> = by.iter().map(|by| format!("({})", by.columns().join(", "))).collect();
    format!(
        "SELECT grouping({}) AS others, count(*) AS count, {} FROM (
             SELECT *, {STATE} AS state, {}, nullif(reasons, '') AS explained, nullif(judged_twice, '') AS judged,
                 CASE WHEN {ENTERED} THEN width_bucket(occurred_at, $19::timestamptz[]) END AS month_happened,
                 CASE WHEN {ENTERED} THEN width_bucket(registered_at, $19::timestamptz[]) END AS month_registered
             FROM (SELECT *, status = {dismissed} AS dismissed FROM {} judged) judged
             WHERE inside AND $18::timestamptz IS NOT NULL AND $19::timestamptz[] IS NOT NULL
         ) counted GROUP BY GROUPING SETS ({})",
        markers.join(", "),
        columns.join(", "),
        spans.join(", "),
        judged(),
        sets.join(", ")
    )
}

/// What was registered before the report's first month was so before it happened.
fn entered(row: &Row, rulings: &Rulings) -> Result<Option<Entered>, ReadError> {
    let month = |column: &str| {
        let bucket: Option<i32> = row.try_get(column)?;
        let place = bucket.and_then(|bucket| usize::try_from(bucket).ok()?.checked_sub(1));
        Ok::<_, ReadError>(place.and_then(|place| rulings.months.get(place)).map(|(month, _)| *month))
    };
    let (happened, registered) = (month("month_happened")?, month("month_registered")?);
    let count = groups::count(row)?;
    Ok(happened.map(|happened| Entered { happened, registered: registered.unwrap_or(happened), count }))
}
