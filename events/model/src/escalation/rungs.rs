//! The rungs of one escalation: how long those who hear it have to answer, and how long it is theirs who took it up.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::events::{Raised, Rung};

/// The rungs by their numbers, as they stood when it was raised: a changed rule changes no running escalation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rungs {
    first: u32,
    rungs: Vec<Rung>,
}

impl Rungs {
    /// Of what was raised `at` that moment. Of events from before they named every rung the one that it was raised on.
    #[must_use]
    pub fn of(raised: &Raised, at: Timestamp) -> Self {
        let mut rungs = raised.ladder.clone();
        if rungs.is_empty() {
            let within = raised.acknowledge_by.duration_since(at);
            let acknowledge_within_seconds = u32::try_from(within.as_secs()).unwrap_or(1).max(1);
            rungs.push(Rung { to: raised.recipients.clone(), acknowledge_within_seconds });
        }
        Self { first: raised.step, rungs }
    }

    /// Each with its number, from the lowest.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &Rung)> {
        let number = |at: usize| self.first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        self.rungs.iter().enumerate().map(move |(at, rung)| (number(at), rung))
    }

    /// How long those of rung `step` have to answer; of a rung that no event described, as long as those of the last that one did.
    #[must_use]
    pub fn time(&self, step: u32) -> SignedDuration {
        let numbered = self.numbered().find(|(number, _)| *number == step);
        let rung = numbered.map(|(_, rung)| rung).or(self.rungs.last());
        rung.map_or(SignedDuration::ZERO, |rung| {
            SignedDuration::from_secs(rung.acknowledge_within_seconds.into())
        })
    }

    /// Until when it is theirs who took it up `at` that moment on rung `step`: as they promised; where they said nothing, as long
    /// as the rung had to answer. A promise without an end would end the climbing of what nobody does anything about.
    #[must_use]
    pub fn promised(&self, step: u32, at: Timestamp, until: Option<Timestamp>) -> Timestamp {
        until.unwrap_or_else(|| at.saturating_add(self.time(step)).unwrap_or(Timestamp::MAX))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-03-01T{time}Z").parse().unwrap()
    }

    fn rungs(ladder: serde_json::Value) -> Rungs {
        let raised = serde_json::from_value(json!({
            "rule": "acute-signal", "rule_version": 1, "severity": "acute", "title": "acute-signal",
            "trigger": "01890000-0000-7000-8000-000000000003", "step": 1, "recipients": ["coordinator"],
            "acknowledge_by": "2026-03-01T12:15:00Z", "ladder": ladder,
        }));
        Rungs::of(&raised.unwrap(), at("12:00:00"))
    }

    #[test]
    fn a_promise_without_an_end_lasts_as_long_as_its_rung_had_to_answer() {
        let rungs = rungs(json!([
            {"to": ["coordinator"], "acknowledge_within_seconds": 900},
            {"to": ["director"], "acknowledge_within_seconds": 3600},
        ]));
        assert_eq!(rungs.promised(1, at("12:10:00"), None), at("12:25:00"));
        assert_eq!(rungs.promised(2, at("12:10:00"), None), at("13:10:00"));
        assert_eq!(rungs.promised(2, at("12:10:00"), Some(at("18:00:00"))), at("18:00:00"));
    }

    #[test]
    fn of_an_old_event_the_deadline_says_how_long_a_rung_has() {
        let rungs = rungs(json!([]));
        assert_eq!(rungs.promised(1, at("12:10:00"), None), at("12:25:00"));
        assert_eq!(
            rungs.promised(2, at("12:20:00"), None),
            at("12:35:00"),
            "handed up by a rule that no event names"
        );
    }
}
