//! Recipients whom the rules name and the roster does not know.

use std::fmt;

use nabij_model::text::Code;
use nabij_model::{CentreId, Role};

use super::Roster;
use crate::rule::Rule;

/// Nobody has this role where a rule needs it: only who looks at the screen hears it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The rule.
    pub rule: Code,
    /// Which of its steps, from 0.
    pub step: usize,
    /// The role that nobody has.
    pub role: Role,
    /// Where.
    pub centre: CentreId,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, step, role, centre } = self;
        write!(
            f,
            "rule {rule}, step {step}: the roster has no {role} for centre {centre}: add a `[[duty]]`, for everybody of the role with `everybody = true`"
        )
    }
}

impl Roster {
    /// A centre that no duty names, of each operator that one names: what every new centre would find. Which operator a named
    /// centre has only the log knows, and a service looks at those when it starts.
    #[must_use]
    pub fn any_centres(&self) -> Vec<(CentreId, Option<Code>)> {
        let mut operators: Vec<Option<Code>> = self
            .duties
            .iter()
            .filter(|duty| duty.operator.is_some())
            .map(|duty| duty.operator.clone())
            .collect();
        operators.sort();
        operators.dedup();
        if operators.is_empty() {
            operators.push(None);
        }
        operators.into_iter().map(|operator| (CentreId::derived(&["any"]), operator)).collect()
    }

    /// What is missing for these rules in these centres, each with its operator.
    #[must_use]
    pub fn gaps(&self, rules: &[Rule], centres: &[(CentreId, Option<Code>)]) -> Vec<Gap> {
        let alarms = rules.iter().filter(|rule| rule.shown_as.is_alarm());
        let named = alarms.flat_map(|rule| {
            let steps = rule.steps.iter().enumerate();
            steps.flat_map(move |(step, of)| of.to.iter().map(move |&role| (rule, step, role)))
        });
        let somebody = |role, centre, operator: Option<&Code>| {
            self.duties
                .iter()
                .any(|duty| duty.role == role && duty.nearness(Some(centre), operator).is_some())
        };
        let missing = named.flat_map(|(rule, step, role)| {
            let without =
                centres.iter().filter(move |(centre, operator)| !somebody(role, *centre, operator.as_ref()));
            without.map(move |&(centre, _)| Gap { rule: rule.id.clone(), step, role, centre })
        });
        missing.collect()
    }
}
