//! Times without a record.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::life::Life;
use crate::estimators::BadInput;

const DAY_SECONDS: f64 = 86_400.0;

/// A time without a record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Span {
    /// Last record before it, or the start of the period.
    pub from: Timestamp,
    /// First record after it, or the end of what can be known.
    pub to: Timestamp,
    /// How long.
    pub days: f64,
    /// How likely so long a silence is at the centre's shrunken rate, given how many lived there.
    pub p_value: f64,
    /// It stands out among the silences of all centres.
    pub flagged: bool,
}

impl Span {
    /// For others than analysts: whole days, since its ends are moments of records, and no more of the probability than its first
    /// digit, since their count follows from it.
    pub(super) fn coarse(&self) -> Self {
        Self {
            from: day(self.from),
            to: day(self.to),
            days: self.days.floor(),
            p_value: first_digit(self.p_value),
            ..*self
        }
    }
}

/// The moment at which its day begins.
pub(super) fn day(at: Timestamp) -> Timestamp {
    let start = at.as_second() - at.as_second().rem_euclid(86_400);
    Timestamp::from_second(start).unwrap_or(at)
}

/// A probability rounded up to one digit.
pub(super) fn first_digit(p_value: f64) -> f64 {
    let digits = 10_f64.powf(p_value.max(1e-12).log10().floor());
    (p_value / digits).ceil() * digits
}

/// Every time without a record in the life of a centre.
pub(super) fn between(
    at: &[Timestamp],
    life: &Life,
    p_value: impl Fn(Timestamp, Timestamp) -> Result<f64, BadInput>,
) -> Result<Vec<Span>, BadInput> {
    let inside = at.iter().copied().filter(|at| *at < life.to);
    let edges: Vec<Timestamp> = [life.from].into_iter().chain(inside).chain([life.to]).collect();
    edges
        .windows(2)
        .filter(|edge| edge[1] > edge[0])
        .map(|edge| {
            let (from, to) = (edge[0], edge[1]);
            Ok(Span { from, to, days: days(from, to), p_value: p_value(from, to)?, flagged: false })
        })
        .collect()
}

/// Those that stand out, and the longest.
pub(super) fn remarkable(spans: Vec<Span>) -> Vec<Span> {
    let longest = spans.iter().map(|span| span.days).fold(0.0, f64::max);
    let mut first = true;
    spans
        .into_iter()
        .filter(|span| {
            let is_longest = span.days == longest && std::mem::take(&mut first);
            span.flagged || is_longest
        })
        .collect()
}

/// Days from one moment to a later one.
fn days(from: Timestamp, to: Timestamp) -> f64 {
    (to.duration_since(from).as_secs_f64() / DAY_SECONDS).max(0.0)
}
