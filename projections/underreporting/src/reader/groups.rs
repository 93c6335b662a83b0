//! What occurrences are counted by.
//!
//! Counting by everything at once would make as many groups as there are occurrences; a report breaks them down by one thing
//! at a time.

use nabij_model::case::Accompaniment;
use nabij_model::signal::{Certainty, NonRegistrationReason, Severity};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{ReadError, inconsistent};
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

/// Where, what, and whether minors were involved.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub(crate) centre: Uuid,
    /// The number of the kind in [`Rulings`](super::Rulings).
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

/// Why so many were not registered.
#[derive(Debug, Clone)]
pub(crate) struct Explained {
    pub(crate) count: u64,
    pub(crate) reasons: Vec<NonRegistrationReason>,
}

/// What a reporter and somebody who had not seen that judged of so many, with where and what it was.
#[derive(Debug, Clone)]
pub(crate) struct JudgedTwice {
    pub(crate) count: u64,
    pub(crate) centre: Uuid,
    pub(crate) kind: i16,
    pub(crate) pairs: Vec<(Severity, Severity)>,
}

/// Of the columns `state` and `count`, and those of `by`.
pub(super) fn counted<A>(
    row: &Row,
    by: impl FnOnce(&Row) -> Result<A, ReadError>,
) -> Result<Counted<A>, ReadError> {
    Ok(Counted { count: count(row)?, state: state(row.try_get("state")?)?, by: by(row)? })
}

pub(super) fn count(row: &Row) -> Result<u64, ReadError> {
    Ok(row.try_get::<_, i64>("count")?.unsigned_abs())
}

impl Happened {
    pub(super) fn read(row: &Row) -> Result<Self, ReadError> {
        let (centre, kind) = (row.try_get("happened")?, row.try_get("kind")?);
        Ok(Self { centre, kind, minors: row.try_get("minors")? })
    }
}

impl Heard {
    /// Of `heard_key`: three bits of certainty and three of accompaniment, each 0 for none, and one for elsewhere.
    pub(super) fn read(row: &Row) -> Result<Self, ReadError> {
        let key: i16 = row.try_get("heard_key")?;
        let scale = |code: i16| (code > 0).then(|| code - 1);
        Ok(Self {
            certainty: scale(key & 7).map(|code| coded("certainty", code)).transpose()?,
            accompaniment: scale(key >> 3 & 7).map(|code| coded("accompaniment", code)).transpose()?,
            elsewhere: key & 64 != 0,
        })
    }
}

impl Captured {
    pub(super) fn read(row: &Row) -> Result<Self, ReadError> {
        Ok(Self(history(row.try_get("history")?)?))
    }
}

impl Explained {
    /// Nothing where there is no reason.
    pub(super) fn read(row: &Row) -> Result<Option<Self>, ReadError> {
        let Some(reasons) = row.try_get("explained")? else { return Ok(None) };
        let named = |name| Named::named(name).ok_or_else(|| inconsistent("fact_occurrence", "reasons", name));
        let reasons = words(reasons).map(named).collect::<Result<_, _>>()?;
        Ok(Some(Self { count: count(row)?, reasons }))
    }
}

impl JudgedTwice {
    /// Nothing where nobody judged it a second time.
    pub(super) fn read(row: &Row) -> Result<Option<Self>, ReadError> {
        let Some(judged) = row.try_get("judged")? else { return Ok(None) };
        let pairs = words(judged).map(pair).collect::<Result<_, _>>()?;
        let (centre, kind) = (row.try_get("happened")?, row.try_get("kind")?);
        Ok(Some(Self { count: count(row)?, centre, kind, pairs }))
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
