//! As of when: a sequence or a time, and how current the views must be.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use nabij_engine::{NotYet, wait_for};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::problem::Problem;
use crate::state::ApiState;

/// `as_of`: what the network knew at a sequence of the log, or at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AsOf {
    /// Up to this event.
    Sequence(u64),
    /// What was known then.
    Time(Timestamp),
}

/// A moment that the views show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Events up to here count.
    pub(crate) sequence: u64,
    /// The time that was asked for, else now: what "overdue" is judged by.
    pub(crate) time: Timestamp,
}

impl AsOf {
    /// Waits until the views of `schemas` show what is asked for, and says which events count.
    ///
    /// # Errors
    /// As [`shown`].
    pub(crate) async fn resolve(
        as_of: Option<Self>,
        min_sequence: Option<u64>,
        state: &ApiState,
        schemas: &[&str],
        now: Timestamp,
    ) -> Result<Moment, Problem> {
        let wanted = match as_of {
            Some(Self::Sequence(sequence)) => Some(sequence),
            // Only what stands at the end of the log now can say that nothing older is still on its way.
            Some(Self::Time(_)) => Some(state.log().head().await?.sequence),
            None => None,
        };
        let wanted = wanted.max(min_sequence).unwrap_or_default();
        if wanted > 0 {
            shown(state, schemas, wanted).await?;
        }
        let views = state.caseload();
        Ok(match as_of {
            Some(Self::Sequence(sequence)) => Moment { sequence, time: now },
            Some(Self::Time(time)) => {
                Moment { sequence: views.sequence_at(time).await?, time: time.min(now) }
            }
            None => Moment { sequence: views.sequence().await?, time: now },
        })
    }
}

/// Waits until the views of `schemas` show event `wanted`.
///
/// # Errors
/// 400 `no-such-sequence` when the log does not reach it either; 503 `not-visible-yet` with Retry-After when the views do
/// not get there in time.
async fn shown(state: &ApiState, schemas: &[&str], wanted: u64) -> Result<(), Problem> {
    let looked = wait_for(state.pool(), schemas, wanted, Duration::ZERO).await;
    if !matches!(looked, Err(NotYet::Behind { .. })) {
        return Ok(looked?);
    }
    written(wanted, state.log().head().await?.sequence)?;
    Ok(wait_for(state.pool(), schemas, wanted, state.limits().wait).await?)
}

/// Nobody needs to wait for what was never written.
///
/// # Errors
/// 400 `no-such-sequence` when `wanted` lies behind the `last` sequence of the stream.
pub(super) fn written(wanted: u64, last: u64) -> Result<(), Problem> {
    if wanted > last {
        let detail = format!(
            "nothing has the sequence {wanted} yet, the last is {last}: give one that an answer gave"
        );
        return Err(Problem::bad_request("no-such-sequence", detail));
    }
    Ok(())
}

impl From<NotYet> for Problem {
    fn from(error: NotYet) -> Self {
        match error {
            NotYet::Away(error) => Self::views_away(&error),
            behind @ NotYet::Behind { .. } => Self::unavailable("not-visible-yet", behind.to_string(), 1),
        }
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(sequence) = text.parse() {
            return Ok(Self::Sequence(sequence));
        }
        // An unescaped `+` of an offset arrives as a space.
        text.replace(' ', "+").parse().map(Self::Time).map_err(|_| {
            serde::de::Error::custom(format!(
                "{text:?} is neither a sequence nor a time like 2026-03-01T12:00:00Z"
            ))
        })
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence(sequence) => sequence.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}

impl JsonSchema for AsOf {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AsOf".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "examples": ["4711", "2026-03-01T12:00:00Z"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_sequence_or_a_time() {
        let read = |text: &str| serde_json::from_value::<AsOf>(text.into());
        assert_eq!(read("4711").unwrap(), AsOf::Sequence(4711));
        let noon = AsOf::Time("2026-03-01T12:00:00Z".parse().unwrap());
        assert_eq!(read("2026-03-01T12:00:00Z").unwrap(), noon);
        assert_eq!(read("2026-03-01T13:00:00 01:00").unwrap(), noon);
        for bad in ["yesterday", "-1", "2026-02-31T00:00:00Z", ""] {
            read(bad).expect_err(bad);
        }
    }
}
