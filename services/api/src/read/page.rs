//! Pages of lists that are worked out as a whole: centres, counts, the work of a team, a household.
//!
//! What is due depends on when one asks, so the cursor carries the moment of the first page along: no line is skipped or shown twice
//! because somebody wrote something in between. Such a list is filtered by the policy first and cut afterwards, and says how many
//! lines it has in all: a page must not pass for the whole.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::moment::{AsOf, Moment};
use crate::problem::Problem;
use crate::route::Call;
use crate::state::ApiState;

/// Where a page begins: `<sequence>.<nanoseconds>.<lines before>`; callers hand it back as they got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    sequence: u64,
    time: Timestamp,
    before: usize,
}

/// Which page of such a list is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    /// The moment that all pages of one list show.
    pub(super) moment: Moment,
    before: usize,
    limit: usize,
}

/// What a caller says of the page, where nothing else is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// As the network knew it then: a sequence or a time.
    pub(super) as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    pub(super) min_sequence: Option<u64>,
    /// At most so many, 1 to 200; 50 when left out.
    pub(super) limit: Option<u32>,
    /// `next` of the page before; it brings its own moment.
    pub(super) cursor: Option<Cursor>,
}

/// What stands beside the lines of a page.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Rest {
    /// Lines on all pages together.
    in_all: usize,
    /// Give it as `cursor` for the next page; absent on the last.
    next: Option<Cursor>,
}

impl Page {
    /// The page that is asked for; waits for the views as [`AsOf::resolve`] does. A cursor brings its own moment.
    ///
    /// # Errors
    /// 400 `bad-query` for a limit outside its bounds, else as [`AsOf::resolve`].
    pub(super) async fn resolve(
        (as_of, min_sequence): (Option<AsOf>, Option<u64>),
        (limit, cursor): (Option<u32>, Option<Cursor>),
        state: &ApiState,
        call: &Call,
    ) -> Result<Self, Problem> {
        let (when, which) = ((as_of, min_sequence), (limit, cursor));
        Self::of_views(&[state.schema()], when, which, state, call).await
    }

    /// The same of an answer that is composed of the views of `schemas`.
    ///
    /// # Errors
    /// As [`Page::resolve`].
    pub(super) async fn of_views(
        schemas: &[&str],
        (as_of, min_sequence): (Option<AsOf>, Option<u64>),
        (limit, cursor): (Option<u32>, Option<Cursor>),
        state: &ApiState,
        call: &Call,
    ) -> Result<Self, Problem> {
        let limit = super::limit(limit)? as usize;
        let as_of = cursor.map(|cursor| AsOf::Sequence(cursor.sequence)).or(as_of);
        let mut moment = AsOf::resolve(as_of, min_sequence, state, schemas, call.now).await?;
        if let Some(cursor) = cursor {
            moment.time = cursor.time.min(call.now);
        }
        Ok(Self { moment, before: cursor.map_or(0, |cursor| cursor.before), limit })
    }

    /// Leaves of `lines`, which are all that the caller may see, those of this page.
    pub(super) fn cut<T>(&self, lines: &mut Vec<T>) -> Rest {
        let in_all = lines.len();
        lines.drain(..self.before.min(in_all));
        lines.truncate(self.limit);
        let before = self.before.saturating_add(lines.len());
        let Moment { sequence, time } = self.moment;
        let next = (before < in_all).then_some(Cursor { sequence, time, before });
        Rest { in_all, next }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.sequence, self.time.as_nanosecond(), self.before)
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut parts = text.split('.');
            let (sequence, time, before) = (parts.next()?, parts.next()?, parts.next()?);
            let time = Timestamp::from_nanosecond(time.parse().ok()?).ok()?;
            let cursor = Self { sequence: sequence.parse().ok()?, time, before: before.parse().ok()? };
            parts.next().is_none().then_some(cursor)
        };
        read().ok_or("`cursor` is `next` of the page before, as it stands there")
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Cursor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "examples": ["4711.1767225600000000000.50"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(before: usize, limit: usize) -> Page {
        let time = "2026-03-01T12:00:00.000000001Z".parse().unwrap();
        Page { moment: Moment { sequence: 7, time }, before, limit }
    }

    #[test]
    fn pages_hold_every_line_once() {
        let mut seen = Vec::new();
        let mut before = 0;
        loop {
            let mut lines: Vec<u32> = (0..10).collect();
            let rest = page(before, 4).cut(&mut lines);
            assert_eq!(rest.in_all, 10);
            seen.extend(lines);
            let Some(next) = rest.next else { break };
            before = next.before;
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        let mut none: Vec<u32> = vec![1, 2];
        assert_eq!(page(9, 4).cut(&mut none).next, None);
        assert!(none.is_empty(), "behind the end there is nothing");
        let mut exact = vec![1, 2];
        assert_eq!(page(0, 2).cut(&mut exact).next, None);
    }

    #[test]
    fn a_cursor_is_handed_back_as_it_was() {
        let cursor = page(0, 1).cut(&mut vec![1, 2]).next.unwrap();
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in
            ["", "7", "7.1", "7.1.x", "7.1.2.3", "-7.1.2", "7.999999999999999999999999999999999999999.1"]
        {
            bad.parse::<Cursor>().expect_err(bad);
        }
    }
}
