//! An event with predicates on its clear fields and on what is known of its cases and its centre.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// An event with predicates: on its own fields (JSON pointers, `"/severity"`) and on what is known at that moment
/// (`"case.minor"`, see [`Fields`]).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// `signal.logged`.
    pub event: String,
    /// Field -> what it must be. An absent field is `false`.
    #[serde(default, rename = "where")]
    pub predicates: BTreeMap<String, Test>,
    /// Of two triggers of rules that share a matter and a severity, the one with the higher grade is worse.
    #[serde(default = "lowest")]
    pub grade: u8,
}

const fn lowest() -> u8 {
    1
}

/// What a field must be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Test {
    /// One of these values.
    OneOf(Vec<Value>),
    /// All of these hold.
    Is(Is),
}

/// What a field must be beyond a list of values. What is no number is outside every bound.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Is {
    #[serde(default)]
    below: Option<f64>,
    #[serde(default)]
    at_least: Option<f64>,
    #[serde(default)]
    present: Option<bool>,
}

/// What is known of an event beyond its own fields.
pub trait Fields {
    /// The values of a known field: one for each case that the event is about, or one of its centre. Any of them may fit.
    fn known(&self, name: &str) -> Vec<Value>;
}

/// The fields that [`Fields`] knows.
pub(super) const KNOWN: &[&str] = &[
    "case.minor",
    "case.age",
    "case.pregnant",
    "case.accompaniment",
    "case.guardian",
    "case.support_level",
    "case.confidential_signal_days",
    "household.youngest",
    "household.pregnant",
    "centre.closing",
    "signal.minor",
    "signal.reportable",
    "signal.decided",
    "signal.affects_anybody",
    "screening.positive",
];

impl Trigger {
    /// Whether an event with this body fits, given that it is called `event`.
    pub fn matches(&self, body: &Value, fields: &impl Fields) -> bool {
        self.predicates.iter().all(|(name, test)| match name.starts_with('/') {
            true => test.holds(body.pointer(name)),
            false => fields.known(name).iter().any(|value| test.holds(Some(value))),
        })
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        match self {
            Self::OneOf(accepted) => accepted.contains(value.unwrap_or(&Value::Bool(false))),
            Self::Is(Is { below, at_least, present }) => {
                let number = value.and_then(Value::as_f64);
                below.is_none_or(|below| number.is_some_and(|number| number < below))
                    && at_least.is_none_or(|least| number.is_some_and(|number| number >= least))
                    && present.is_none_or(|present| value.is_some_and(|value| !value.is_null()) == present)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Case(Vec<Value>);

    impl Fields for Case {
        fn known(&self, _: &str) -> Vec<Value> {
            self.0.clone()
        }
    }

    fn trigger(predicates: &str) -> Trigger {
        toml::from_str(&format!("event = \"signal.logged\"\n[where]\n{predicates}")).unwrap()
    }

    #[test]
    fn an_absent_field_is_false() {
        let nobody = Case(vec![]);
        let trigger = trigger("\"/severity\" = [\"acute\"]\n\"/strength\" = [false]");
        assert!(trigger.matches(&json!({"severity": "acute"}), &nobody));
        assert!(!trigger.matches(&json!({"severity": "acute", "strength": true}), &nobody));
        assert!(!trigger.matches(&json!({"severity": "high"}), &nobody));
    }

    #[test]
    fn a_field_may_only_have_to_be_there() {
        let linked = trigger("\"/to/incident\" = { present = true }");
        assert!(linked.matches(&json!({"to": {"incident": "1"}}), &Case(vec![])));
        assert!(!linked.matches(&json!({"to": {"signal": "1"}}), &Case(vec![])));
    }

    #[test]
    fn any_case_may_fit_and_what_is_unknown_fits_nothing() {
        let young = trigger("\"case.age\" = { below = 3 }");
        assert!(young.matches(&json!({}), &Case(vec![json!(40), json!(2)])));
        assert!(!young.matches(&json!({}), &Case(vec![json!(40), json!(3)])));
        assert!(!young.matches(&json!({}), &Case(vec![json!(null)])));
        assert!(!young.matches(&json!({}), &Case(vec![])));
    }
}
