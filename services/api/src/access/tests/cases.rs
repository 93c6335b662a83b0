//! `deploy/policies/cases.csv` holds: a table that anybody can review, asked of the shipped policies line by line.

use std::collections::BTreeSet;
use std::path::Path;

use nabij_model::{AggregateKind, Role};
use serde::Deserialize;

use super::SHIPPED;
use crate::access::relation::caller;
use crate::access::{Access, Action, Denial, Relation};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    role: String,
    relation: String,
    action: String,
    record: String,
    expected: String,
    why: String,
}

impl Case {
    /// What the policies say; an error names the word that nobody knows.
    fn ask(&self, access: &Access) -> Result<&'static str, String> {
        let role: Role = self.role.parse().map_err(|error| format!("{error}"))?;
        let action = Action::ALL.iter().find(|action| action.name() == self.action);
        let action = action.ok_or_else(|| format!("no action {:?}", self.action))?;
        let relation =
            Relation::named(&self.relation).ok_or_else(|| format!("no relation {:?}", self.relation))?;
        let kind = AggregateKind::ALL.into_iter().find(|kind| kind.to_string() == self.record);
        if kind.is_none() && !self.record.is_empty() {
            return Err(format!("no record {:?}", self.record));
        }
        Ok(match access.check(&caller(role), *action, &relation.place(kind)).denial {
            None => "allowed",
            Some(Denial::Hidden) => "not found",
            Some(Denial::Role | Denial::Elsewhere | Denial::Account) => "denied",
        })
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/policies"))
}

fn cases() -> Vec<Case> {
    let mut reader = csv::Reader::from_path(folder().join("cases.csv")).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn every_line_of_the_table_holds() {
    let mut wrong = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        let line = number + 2;
        match case.ask(&SHIPPED) {
            Ok(answer) if answer == case.expected => {}
            Ok(answer) => wrong.push(format!(
                "cases.csv line {line}: {} / {} / {} is {answer}, expected {} ({})",
                case.role, case.relation, case.action, case.expected, case.why
            )),
            Err(unknown) => wrong.push(format!("cases.csv line {line}: {unknown}")),
        }
        assert!(!case.why.trim().is_empty(), "cases.csv line {line} says no reason");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_long_and_says_nothing_twice() {
    let cases = cases();
    let denied = cases.iter().filter(|case| case.expected != "allowed").count();
    assert!(cases.len() >= 150 && denied >= 75, "{} cases, {denied} denied", cases.len());
    let distinct: BTreeSet<_> = cases.iter().map(|case| (&case.role, &case.relation, &case.action)).collect();
    assert_eq!(distinct.len(), cases.len(), "a case stands there twice");
    let both = |role: Role| {
        let of = |expected: &str| {
            cases.iter().any(|case| case.role == role.as_str() && case.expected.starts_with(expected))
        };
        of("allowed") && of("denied")
    };
    assert!(Role::ALL.into_iter().all(both), "a role has nothing allowed, or nothing denied");
    let spoken: BTreeSet<&str> = cases.iter().map(|case| case.action.as_str()).collect();
    for action in Action::ALL {
        assert!(spoken.contains(action.name()), "no case is about {action}");
    }
    for (_, name, ..) in Relation::ALL {
        assert!(cases.iter().any(|case| case.relation == *name), "no case is about {name}");
    }
}

#[test]
fn whatever_no_case_names_is_denied_or_shown_in_the_table() {
    let shown = std::fs::read_to_string(folder().join("README.md")).unwrap();
    assert!(
        shown == SHIPPED.table(),
        "deploy/policies/README.md is not what the policies say: `cargo run -p nabij-api --example policies`"
    );
}

#[test]
fn the_folder_is_what_was_shipped() {
    use crate::access::source::Source;
    assert_eq!(
        Source::from_folder(folder()).unwrap(),
        Source::shipped(),
        "a file is not listed in source.rs"
    );
}
