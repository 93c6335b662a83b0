//! Which pairs are looked at, and in what they agree.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Serialize;

use super::Record;

/// Records that happened further apart are not looked at.
pub const WITHIN_DAYS: i64 = 7;

/// How far apart they happened. No finer than a day: people round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// Less than a day.
    WithinADay,
    /// Less than three.
    WithinThreeDays,
    /// At most seven.
    WithinAWeek,
}

/// What they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Types {
    /// The same.
    Same,
    /// Somebody called one of them nothing.
    OneUnnamed,
}

/// Whom they name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cases {
    /// The same cases.
    TheSame,
    /// Some in common.
    SomeInCommon,
    /// One of them names nobody.
    OneNamesNobody,
}

/// Whose lists they are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// Of two sources.
    Apart,
    /// Of one source, which writes most things down once.
    Together,
}

/// In what two records agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Agreement {
    /// How far apart they happened.
    pub time: Times,
    /// What they are called.
    pub types: Types,
    /// Whom they name.
    pub cases: Cases,
    /// Whose lists they are on.
    pub lists: Listed,
}

/// The pairs that are looked at, the earlier record first, each with what agrees.
#[must_use]
pub fn pairs(records: &[Record]) -> Vec<(usize, usize, Agreement)> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|place| {
        let record = &records[*place];
        (record.centre, record.at, record.id)
    });
    let mut found = Vec::new();
    for (place, first) in order.iter().enumerate() {
        let a = &records[*first];
        for second in &order[place + 1..] {
            let b = &records[*second];
            let apart = b.at.duration_since(a.at);
            if a.centre != b.centre || apart > SignedDuration::from_hours(24 * WITHIN_DAYS) {
                break;
            }
            if let Some(agreement) = compare(a, b, apart) {
                found.push((*first, *second, agreement));
            }
        }
    }
    found
}

/// What agrees; `None` when the two contradict each other.
fn compare(a: &Record, b: &Record, apart: SignedDuration) -> Option<Agreement> {
    let types = match (&a.kind, &b.kind) {
        (Some(a), Some(b)) if a == b => Types::Same,
        (Some(_), Some(_)) => return None,
        _ => Types::OneUnnamed,
    };
    let cases = if a.cases.is_empty() || b.cases.is_empty() {
        Cases::OneNamesNobody
    } else if a.cases == b.cases {
        Cases::TheSame
    } else if a.cases.is_disjoint(&b.cases) {
        return None;
    } else {
        Cases::SomeInCommon
    };
    let time = match apart.as_hours() {
        ..24 => Times::WithinADay,
        24..72 => Times::WithinThreeDays,
        _ => Times::WithinAWeek,
    };
    let lists = if a.list == b.list { Listed::Together } else { Listed::Apart };
    Some(Agreement { time, types, cases, lists })
}
