//! Rules: when an escalation is raised, who hears it, and how long they have. TOML files in `deploy/rules`.
//!
//! # To add a rule
//!
//! Write one more file there; no Rust. `when` names events (any of them triggers) with predicates. Alone it raises on each;
//! one of these makes it another condition:
//!
//! | table | raises |
//! |---|---|
//! | `[unless]` | when none of its events followed the trigger in time: an absence |
//! | `[then]` | when one of its events follows the trigger in time: a sequence |
//! | `[count]` | when so many triggers fall into a sliding window |
//! | `[figure]` | when a figure of the views crosses a limit; then there is no `when` |
//!
//! Every rule says its reason. The whole language with examples: `deploy/rules/README.md`.

mod condition;
mod file;
mod trigger;

pub use condition::{Baseline, Condition, Count, Figure, FigureName, Over, Then, Unless};
pub use file::{RuleError, read_rules};
pub use trigger::{Fields, Is, Test, Trigger};

use jiff::SignedDuration;
use nabij_model::Role;
use nabij_model::escalation::{EscalationSeverity, ShownAs};
use nabij_model::text::Code;
use serde::Deserialize;

/// One rule, as its file says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// For ever: an escalation's id is derived from it.
    pub id: Code,
    /// Raised with every change.
    pub version: u32,
    /// How loud.
    pub severity: EscalationSeverity,
    /// Why the rule exists.
    pub reason: String,
    /// What the recipients read.
    pub title: Title,
    /// Any of these triggers.
    #[serde(default)]
    pub when: Vec<Trigger>,
    /// Makes it a rule on an absence.
    #[serde(default)]
    unless: Option<Unless>,
    /// Makes it a rule on a sequence.
    #[serde(default)]
    then: Option<Then>,
    /// Makes it a rule on a number of events.
    #[serde(default)]
    count: Option<Count>,
    /// Makes it a rule on a figure.
    #[serde(default)]
    figure: Option<Figure>,
    /// An alarm, or an item of the worklist or the agenda, of which nobody is notified.
    #[serde(default)]
    pub shown_as: ShownAs,
    /// Of worklist and agenda: no more than so many stand in one centre at a time; the others wait their turn.
    #[serde(default)]
    pub at_most: Option<u32>,
    /// Of worklist and agenda: any of these takes it down, on the same record or about the same case.
    #[serde(default)]
    pub done_by: Vec<Trigger>,
    /// Rules with the same word speak of one matter: while an alarm of one of them on a record stands, another on that record is
    /// raised only when it is worse.
    #[serde(default)]
    pub matter: Option<Code>,
    /// It waits for the end of the night.
    #[serde(default)]
    pub quiet_hours: bool,
    /// Whoever recorded the trigger never hears it: it asks what they themselves left undone.
    #[serde(default)]
    pub pass_over_reporter: bool,
    /// What it raises is for the safeguarding person alone, as what a confidential signal raises.
    #[serde(default)]
    pub confidential: bool,
    /// Who hears it, one after another until somebody acknowledges.
    pub steps: Vec<Step>,
}

/// A title in the network's languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Dutch.
    pub nl: String,
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

/// One rung.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The roles that hear it.
    pub to: Vec<Role>,
    /// How long they have to acknowledge before it climbs.
    pub acknowledge_within: SignedDuration,
}

impl Rule {
    /// What makes the rule raise.
    #[must_use]
    pub fn condition(&self) -> Condition<'_> {
        match (&self.unless, &self.then, &self.count, &self.figure) {
            (Some(unless), ..) => Condition::Absence(unless),
            (_, Some(then), ..) => Condition::Sequence(then),
            (_, _, Some(count), _) => Condition::Count(count),
            (.., Some(figure)) => Condition::Figure(figure),
            _ => Condition::Event,
        }
    }

    /// The longest time that it waits for something, or looks back.
    #[must_use]
    pub fn within(&self) -> SignedDuration {
        match self.condition() {
            Condition::Absence(unless) => unless.within.unwrap_or_default(),
            Condition::Sequence(then) => then.within,
            Condition::Count(count) => count.within,
            Condition::Event | Condition::Figure(_) => SignedDuration::ZERO,
        }
    }

    /// Every trigger that it names, those that answer or follow among them.
    pub fn triggers(&self) -> impl Iterator<Item = &Trigger> {
        let answers = self.unless.iter().flat_map(|unless| &unless.any);
        let follows = self.then.iter().flat_map(|then| &then.any);
        let resets = self.count.iter().flat_map(|count| &count.reset_by);
        self.when.iter().chain(answers).chain(follows).chain(resets).chain(&self.done_by)
    }
}
