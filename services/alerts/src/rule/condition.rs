//! What makes a rule raise, beyond its triggers.

use jiff::SignedDuration;
use serde::Deserialize;

use super::trigger::Trigger;

/// What makes a rule raise.
#[derive(Debug, Clone, Copy)]
pub enum Condition<'r> {
    /// Each trigger.
    Event,
    /// A trigger that nothing answered in time.
    Absence(&'r Unless),
    /// A trigger that something followed in time.
    Sequence(&'r Then),
    /// So many triggers in a sliding window.
    Count(&'r Count),
    /// A figure that crosses a limit.
    Figure(&'r Figure),
}

/// What must follow a trigger in time for the rule to stay silent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unless {
    /// Counted from the trigger's `recorded_at`; this or `until`.
    #[serde(default)]
    pub within: Option<SignedDuration>,
    /// The trigger's own field that holds the day or the moment: a JSON pointer. A trigger without it waits for nothing.
    #[serde(default)]
    pub until: Option<String>,
    /// Only what somebody else than the trigger's author did counts.
    #[serde(default)]
    pub by_another: bool,
    /// Field of trigger and answer that must be the same: two transfers of one case are two matters.
    #[serde(default)]
    pub key: Option<String>,
    /// Any of these answers the trigger.
    pub any: Vec<Trigger>,
}

/// What must follow a trigger in time for the rule to raise.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Then {
    /// Counted from the trigger's `recorded_at`.
    pub within: SignedDuration,
    /// Field of both that must be the same.
    #[serde(default)]
    pub key: Option<String>,
    /// Any of these follows.
    pub any: Vec<Trigger>,
}

/// How many triggers, of what, in which window.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// So many.
    pub at_least: u32,
    /// In a window of this length that slides along.
    pub within: SignedDuration,
    /// Counted together.
    pub over: Over,
    /// Counted once each: cases, instead of triggers.
    #[serde(default)]
    pub distinct_cases: bool,
    /// Only minors among the cases count.
    #[serde(default)]
    pub minors: bool,
    /// Only what hangs together counts together: by a link, or by a case that both name.
    #[serde(default)]
    pub linked: bool,
    /// Only above what is usual here.
    #[serde(default)]
    pub above_baseline: Option<Baseline>,
    /// Any of these begins the count anew.
    #[serde(default)]
    pub reset_by: Vec<Trigger>,
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// One record: a referral.
    Record,
    /// One case; of a signal those that are affected.
    Case,
    /// One household.
    Household,
    /// One place within a centre.
    Location,
    /// One centre.
    Centre,
}

/// What is usual: the quantile of a Poisson law whose mean is what the same scope had in a window on average.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Over so many days before the window.
    pub days: u32,
    /// Above this quantile it is unusual, 0 to 1.
    pub quantile: f64,
}

/// A figure of the views, and its limit.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Which.
    pub name: FigureName,
    /// Raises above this.
    pub above: f64,
}

/// The figures that a rule may watch, each of one centre or of the network, once a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureName {
    /// How many days a centre has been silent longer than chance explains.
    SilentDays,
    /// Events that no view could take in.
    DeadLetters,
    /// Signals of a centre whose reporter was told nothing yet.
    OpenFeedback,
}

impl FigureName {
    /// As a file has it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SilentDays => "silent_days",
            Self::DeadLetters => "dead_letters",
            Self::OpenFeedback => "open_feedback",
        }
    }
}
