//! When something happened in the world, as precisely as it is known.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// How exactly a moment is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// To the minute.
    #[default]
    Minute,
    /// To the hour.
    Hour,
    /// To the day.
    Day,
    /// To the week.
    Week,
    /// To the month.
    Month,
    /// To the year.
    Year,
    /// Nobody knows.
    Unknown,
}

/// The span of world time in which something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Occurred {
    /// Earliest moment.
    pub from: Timestamp,
    /// Latest moment; absent when it is the same or still goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// How exactly the two are known.
    #[serde(default)]
    pub precision: Precision,
    /// It was still going on when it was written down.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ongoing: bool,
}

impl Occurred {
    /// A moment known to the minute.
    #[must_use]
    pub fn at(from: Timestamp) -> Self {
        Self { from, to: None, precision: Precision::Minute, ongoing: false }
    }

    /// Refuses a span that ends before it begins or lies after `now`: nothing happened after it was recorded.
    ///
    /// # Errors
    /// `impossible-date`, pointing at the field below `pointer`.
    pub fn check(&self, now: Timestamp, pointer: &'static str) -> Result<(), Refusal> {
        if self.to.is_some_and(|to| to < self.from) {
            return Err(Refusal::invalid(
                "impossible-date",
                "it ends before it begins: swap `from` and `to`",
                pointer,
            ));
        }
        if self.from > now || self.to.is_some_and(|to| to > now) {
            return Err(Refusal::invalid(
                "impossible-date",
                format!(
                    "it lies after the moment it is recorded ({now}): something cannot have happened yet"
                ),
                pointer,
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_neither_ends_before_it_begins_nor_lies_ahead() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-01T12:00:00Z");
        let span = |from, to: Option<&str>| Occurred { to: to.map(at), ..Occurred::at(at(from)) };
        assert!(span("2026-03-01T12:00:00Z", None).check(now, "").is_ok());
        assert!(span("2026-02-01T00:00:00Z", Some("2026-02-02T00:00:00Z")).check(now, "").is_ok());
        for (from, to) in [
            ("2026-03-01T12:00:01Z", None),
            ("2026-03-01T11:00:00Z", Some("2026-03-01T12:00:01Z")),
            ("2026-02-02T00:00:00Z", Some("2026-02-01T00:00:00Z")),
        ] {
            let refusal = span(from, to).check(now, "/occurred").unwrap_err();
            assert_eq!((refusal.code, refusal.pointer), ("impossible-date", Some("/occurred")));
        }
    }
}
