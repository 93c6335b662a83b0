//! Occurrences counted in the database, by everything that a report asks about.

use jiff::Timestamp;
use nabij_model::case::Accompaniment;
use nabij_model::incident::Level;
use nabij_model::signal::{Certainty, NonRegistrationReason, Severity};
use tokio_postgres::Row;
use uuid::Uuid;

use super::occurrences::known;
use super::{ReadError, Reader, inconsistent, stored};
use crate::facts::names::Named;
use crate::ledger::row::{coded, history, pair, typed, words};
use crate::lists::History;
use crate::occurrences::Status;

/// What time is cut into, so that a few classes stand for every moment.
#[derive(Debug, Clone)]
pub(crate) struct Cuts {
    /// First moment, and the one after the last.
    pub(crate) period: (Timestamp, Timestamp),
    /// Moments at which rules begin or end, in order.
    pub(crate) rules: Vec<Timestamp>,
    /// The hours that rules give, in order.
    pub(crate) hours: Vec<i32>,
    /// Waits last until now.
    pub(crate) now: Timestamp,
}

/// Occurrences that no report needs to tell apart.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// How many there are.
    pub(crate) count: u64,
    pub(crate) history: History,
    pub(crate) listened: Option<Uuid>,
    pub(crate) happened: Uuid,
    pub(crate) categories: Vec<String>,
    pub(crate) register_types: Vec<(String, Option<String>)>,
    pub(crate) severity: Severity,
    pub(crate) level: Option<Level>,
    pub(crate) certainty: Option<Certainty>,
    pub(crate) accompaniment: Option<Accompaniment>,
    pub(crate) minors: Option<bool>,
    pub(crate) status: Status,
    pub(crate) reasons: Vec<NonRegistrationReason>,
    pub(crate) judged_twice: Vec<(Severity, Severity)>,
    /// A source other than the register wrote it down.
    pub(crate) noticed: bool,
    /// It stands in the register.
    pub(crate) entered: bool,
    /// Somebody said when it happened.
    pub(crate) timed: bool,
    /// How many of [`Cuts::rules`] it happened at or after.
    pub(crate) rules_past: usize,
    /// How many of [`Cuts::hours`] have passed since somebody first wrote it down.
    pub(crate) hours_past: usize,
    /// How many of them had passed, each by more than nothing, when it was entered in the register.
    pub(crate) hours_before_entry: usize,
}

impl Reader {
    /// Counts what was known at `as_of` of the period's occurrences, confidential captures counted or not.
    pub(crate) async fn groups(
        &self,
        as_of: u64,
        confidential: bool,
        cuts: &Cuts,
    ) -> Result<Vec<Group>, ReadError> {
        let query = format!(
            "SELECT history, listened, happened, categories, register_types, severity, level, certainty, accompaniment,
                 minors, status, reasons, judged_twice, noticed_at IS NOT NULL, registered_at IS NOT NULL,
                 occurred_at IS NOT NULL, width_bucket(moment, $5::timestamptz[]),
                 width_bucket($6 - coalesce(noticed_at, registered_at), given.hours),
                 width_bucket(registered_at - coalesce(noticed_at, registered_at) - interval '1 microsecond', given.hours),
                 count(*)
             FROM {} known, (SELECT ARRAY(SELECT make_interval(hours => h) FROM unnest($7::int4[]) h ORDER BY h) AS hours) given
             WHERE moment >= $3 AND moment < $4
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19",
            known()
        );
        let Cuts { period: (from, to), rules, hours, now } = cuts;
        let rows = self.rows(&query, &[&stored(as_of), &confidential, from, to, rules, now, hours]).await?;
        rows.iter().map(group).collect()
    }
}

fn group(row: &Row) -> Result<Group, ReadError> {
    let scale = |column: usize| row.try_get::<_, Option<i16>>(column);
    Ok(Group {
        history: history(row.try_get(0)?)?,
        listened: row.try_get(1)?,
        happened: row.try_get(2)?,
        categories: words(row.try_get(3)?).map(str::to_owned).collect(),
        register_types: words(row.try_get(4)?).map(typed).collect(),
        severity: coded("severity", row.try_get(5)?)?,
        level: scale(6)?.map(|code| coded("level", code)).transpose()?,
        certainty: scale(7)?.map(|code| coded("certainty", code)).transpose()?,
        accompaniment: scale(8)?.map(|code| coded("accompaniment", code)).transpose()?,
        minors: row.try_get(9)?,
        status: coded("status", row.try_get(10)?)?,
        reasons: words(row.try_get(11)?)
            .map(|name| Named::named(name).ok_or_else(|| inconsistent("fact_occurrence", "reasons", name)))
            .collect::<Result<_, _>>()?,
        judged_twice: words(row.try_get(12)?).map(pair).collect::<Result<_, _>>()?,
        noticed: row.try_get(13)?,
        entered: row.try_get(14)?,
        timed: row.try_get(15)?,
        rules_past: class(row, 16)?,
        hours_past: class(row, 17)?,
        hours_before_entry: class(row, 18)?,
        count: row.try_get::<_, i64>(19)?.unsigned_abs(),
    })
}

/// A class of time; absent where the moment is.
fn class(row: &Row, column: usize) -> Result<usize, ReadError> {
    let class: Option<i32> = row.try_get(column)?;
    Ok(class.and_then(|class| usize::try_from(class).ok()).unwrap_or(0))
}
