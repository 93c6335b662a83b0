//! The shipped rules do what their histories say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nabij_alerts::history::{read_histories, rehearse};
use nabij_alerts::rule::{Condition, read_rules};
use nabij_model::Policies;
use nabij_underreporting::reportability::Reportability;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules")
}

#[test]
fn every_shipped_rule_does_what_its_histories_say() {
    let (reportability, policies) = (Arc::new(Reportability::shipped()), Arc::new(Policies::shipped()));
    let rules = read_rules(&folder()).unwrap();
    let mut wrong = Vec::new();
    for rule in &rules {
        if let Err(errors) = rehearse(&folder(), &rules, rule, &reportability, &policies) {
            wrong.extend(errors.iter().map(ToString::to_string));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_shipped_rule_on_events_has_a_history_that_raises_and_one_that_does_not() {
    for rule in read_rules(&folder()).unwrap() {
        if let Condition::Figure(_) = rule.condition() {
            continue;
        }
        let histories = read_histories(&folder(), &rule).unwrap();
        assert!(histories.is_some_and(|histories| histories.show_both()), "rule {}", rule.id);
    }
}
