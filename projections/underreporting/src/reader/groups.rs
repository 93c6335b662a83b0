//! Occurrences counted in the database, by one aspect of them at a time.
//!
//! Counting by everything at once would make as many groups as there are occurrences; a report breaks them down by one thing
//! at a time.

use nabij_model::case::Accompaniment;
use nabij_model::signal::{Certainty, NonRegistrationReason, Severity};
use tokio_postgres::Row;
use uuid::Uuid;

use super::judged::{Rulings, Sent, judged};
use super::{ReadError, Reader, inconsistent};
use crate::facts::names::Named;
use crate::ledger::row::{coded, history, pair, words};
use crate::lists::History;
use crate::occurrences::Status;

/// What is known of every occurrence, whatever it is broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own that a report asks")]
pub(crate) struct State {
    pub(crate) status: Status,
    /// A source other than the register wrote it down.
    pub(crate) noticed: bool,
    /// It stands in the register.
    pub(crate) entered: bool,
    /// Somebody said when it happened.
    pub(crate) timed: bool,
    /// A rule demands that it is registered.
    pub(crate) reportable: bool,
    /// By now, and no later.
    pub(crate) due: bool,
    /// It was registered later than it had to be, as far as the day of the entry is known.
    pub(crate) late: bool,
    /// Somebody recorded why it is not registered.
    pub(crate) reasoned: bool,
    /// Two people judged how serious it is, the second without seeing what the first said.
    pub(crate) judged_twice: bool,
}

/// Occurrences that the report need not tell apart.
#[derive(Debug, Clone)]
pub(crate) struct Counted<A> {
    /// How many there are.
    pub(crate) count: u64,
    pub(crate) state: State,
    /// What they are broken down by.
    pub(crate) by: A,
}

/// What a report breaks occurrences down by.
pub(crate) trait Aspect: Sized {
    /// Its columns.
    const COLUMNS: &'static str;
    /// What has none of it is left out.
    const ONLY: &'static str = "true";

    /// Reads them from the row, from this column on.
    fn read(row: &Row, first: usize) -> Result<Self, ReadError>;
}

/// Where, what, and whether minors were involved.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub(crate) centre: Uuid,
    /// The number of the kind in [`Rulings`].
    pub(crate) kind: i16,
    pub(crate) minors: Option<bool>,
}

/// How it is known, of whom, and by whom.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) certainty: Option<Certainty>,
    pub(crate) accompaniment: Option<Accompaniment>,
    /// Another centre than the one where it happened listened.
    pub(crate) elsewhere: bool,
}

/// The lists that captured it by themselves.
#[derive(Debug, Clone)]
pub(crate) struct Captured(pub(crate) History);

/// Why it was not registered.
#[derive(Debug, Clone)]
pub(crate) struct Explained(pub(crate) Vec<NonRegistrationReason>);

/// What a reporter and somebody who had not seen that judged, with where and what it was.
#[derive(Debug, Clone)]
pub(crate) struct JudgedTwice {
    pub(crate) centre: Uuid,
    pub(crate) kind: i16,
    pub(crate) pairs: Vec<(Severity, Severity)>,
}

impl Happened {
    fn read(row: &Row, first: usize) -> Result<Self, ReadError> {
        Ok(Self {
            centre: row.try_get(first)?,
            kind: row.try_get(first + 1)?,
            minors: row.try_get(first + 2)?,
        })
    }
}

impl Heard {
    fn read(row: &Row, first: usize) -> Result<Self, ReadError> {
        let scale = |column: usize| row.try_get::<_, Option<i16>>(column);
        Ok(Self {
            certainty: scale(first)?.map(|code| coded("certainty", code)).transpose()?,
            accompaniment: scale(first + 1)?.map(|code| coded("accompaniment", code)).transpose()?,
            elsewhere: row.try_get(first + 2)?,
        })
    }
}

impl Aspect for Captured {
    const COLUMNS: &'static str = "history";

    fn read(row: &Row, first: usize) -> Result<Self, ReadError> {
        Ok(Self(history(row.try_get(first)?)?))
    }
}

impl Aspect for Explained {
    const COLUMNS: &'static str = "reasons";
    const ONLY: &'static str = "reasons <> ''";

    fn read(row: &Row, first: usize) -> Result<Self, ReadError> {
        let named = |name| Named::named(name).ok_or_else(|| inconsistent("fact_occurrence", "reasons", name));
        Ok(Self(words(row.try_get(first)?).map(named).collect::<Result<_, _>>()?))
    }
}

impl Aspect for JudgedTwice {
    const COLUMNS: &'static str = "happened, kind, judged_twice";
    const ONLY: &'static str = "judged_twice <> ''";

    fn read(row: &Row, first: usize) -> Result<Self, ReadError> {
        let pairs = words(row.try_get(first + 2)?).map(pair).collect::<Result<_, _>>()?;
        Ok(Self { centre: row.try_get(first)?, kind: row.try_get(first + 1)?, pairs })
    }
}

/// All occurrences, by each of the three aspects that tell something of every one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aspects {
    pub(crate) happened: Vec<Counted<Happened>>,
    pub(crate) heard: Vec<Counted<Heard>>,
    pub(crate) captured: Vec<Counted<Captured>>,
}

/// The state in one number: groups of few small columns are found fastest.
const STATE: &str = "status + CASE WHEN noticed_at IS NOT NULL THEN 4 ELSE 0 END + CASE WHEN registered_at IS NOT NULL THEN 8 ELSE 0 END
     + CASE WHEN occurred_at IS NOT NULL THEN 16 ELSE 0 END + CASE WHEN hours >= 0 THEN 32 ELSE 0 END
     + CASE WHEN hours >= 0 AND first_at + given <= $18 THEN 64 ELSE 0 END
     + CASE WHEN hours >= 0 AND dated AND registered_at > first_at + given THEN 128 ELSE 0 END
     + CASE WHEN reasons <> '' THEN 256 ELSE 0 END + CASE WHEN judged_twice <> '' THEN 512 ELSE 0 END";

impl Reader {
    /// Counts the occurrences of the report's centres by one aspect.
    pub(crate) async fn counted<A: Aspect>(&self, rulings: &Rulings) -> Result<Vec<Counted<A>>, ReadError> {
        let query = format!(
            "SELECT {STATE} AS state, {}, count(*) FROM {} judged WHERE inside AND {} GROUP BY 1, {}",
            A::COLUMNS,
            judged(),
            A::ONLY,
            A::COLUMNS
        );
        let sent = Sent::of(rulings);
        let parameters = [sent.parameters().as_slice(), &[&rulings.now]].concat();
        let rows = self.rows(&query, &parameters).await?;
        rows.iter()
            .map(|row| {
                let count: i64 = row.try_get(row.len() - 1)?;
                Ok(Counted {
                    count: count.unsigned_abs(),
                    state: state(row.try_get(0)?)?,
                    by: A::read(row, 1)?,
                })
            })
            .collect()
    }

    /// Counts the same by three aspects in one pass.
    pub(crate) async fn aspects(&self, rulings: &Rulings) -> Result<Aspects, ReadError> {
        let query = format!(
            "SELECT state, happened, kind, minors, certainty, accompaniment, elsewhere, history,
                 grouping(happened) = 0, grouping(elsewhere) = 0, count(*)
             FROM (SELECT *, {STATE} AS state, coalesce(listened <> happened, false) AS elsewhere FROM {} judged
                   WHERE inside) judged
             GROUP BY GROUPING SETS ((state, happened, kind, minors), (state, certainty, accompaniment, elsewhere), (state, history))",
            judged()
        );
        let sent = Sent::of(rulings);
        let parameters = [sent.parameters().as_slice(), &[&rulings.now]].concat();
        let mut aspects = Aspects::default();
        for row in &self.rows(&query, &parameters).await? {
            let count = row.try_get::<_, i64>(10)?.unsigned_abs();
            let state = state(row.try_get(0)?)?;
            if row.try_get(8)? {
                aspects.happened.push(Counted { count, state, by: Happened::read(row, 1)? });
            } else if row.try_get(9)? {
                aspects.heard.push(Counted { count, state, by: Heard::read(row, 4)? });
            } else {
                aspects.captured.push(Counted { count, state, by: Captured::read(row, 7)? });
            }
        }
        Ok(aspects)
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

fn state(bits: i32) -> Result<State, ReadError> {
    let is = |bit: i32| bits & bit != 0;
    Ok(State {
        status: coded("status", i16::try_from(bits & 3).unwrap_or_default())?,
        noticed: is(4),
        entered: is(8),
        timed: is(16),
        reportable: is(32),
        due: is(64),
        late: is(128),
        reasoned: is(256),
        judged_twice: is(512),
    })
}
