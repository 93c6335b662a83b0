//! Rules that speak of one matter: what keeps silent beside what, in a past and between two sets of rules.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use nabij_alerts::backtest::{Backtest, Change, Outcome};
use nabij_alerts::history::read_histories;
use nabij_alerts::rule::{Rule, Test, read_rules};
use nabij_model::{Policies, Recorded};
use nabij_underreporting::reportability::Reportability;
use serde_json::json;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules")
}

fn rules() -> Vec<Rule> {
    let mut rules = read_rules(&folder()).unwrap();
    rules.retain(|rule| rule.matter.as_ref().is_some_and(|matter| matter.as_str() == "danger"));
    assert_eq!(rules.len(), 2);
    rules
}

/// A history of the shipped rules, by what it shows.
fn history(rule: &str, what: &str) -> Vec<Recorded> {
    let rule = rules().into_iter().find(|other| other.id.as_str() == rule).unwrap();
    let histories = read_histories(&folder(), &rule).unwrap().unwrap();
    let history = histories.histories().iter().find(|history| history.what.contains(what)).unwrap();
    histories.events(history).unwrap()
}

fn compared(tested: &[Rule], current: &[Rule], past: &[Recorded]) -> Outcome {
    let (reportability, policies) = (Arc::new(Reportability::shipped()), Arc::new(Policies::shipped()));
    let mut backtest =
        Backtest::new(tested, current, reportability, policies, Timestamp::MIN, Timestamp::MAX);
    past.iter().for_each(|event| backtest.feed(event));
    backtest.until(Timestamp::MAX);
    backtest.outcome()
}

fn told(outcome: &Outcome) -> Vec<(&str, Change)> {
    outcome.escalations.iter().map(|one| (one.rule.as_str(), one.change)).collect()
}

#[test]
fn two_sets_that_differ_on_a_matter_do_not_silence_each_other() {
    let past = history("assessed-flag", "a second red flag");
    let rules = rules();
    let same = compared(&rules, &rules, &past);
    assert_eq!(told(&same), [("assessed-flag", Change::Same); 2], "red, then black");
    let mut only_black = rules.clone();
    for rule in &mut only_black {
        rule.version += 1;
        rule.when.retain(|trigger| trigger.predicates.get("/flag") != Some(&Test::OneOf(vec![json!("red")])));
    }
    let less = compared(&only_black, &rules, &past);
    assert_eq!(told(&less), [("assessed-flag", Change::Gone), ("assessed-flag", Change::Same)]);
    let more = compared(&rules, &only_black, &past);
    assert_eq!(told(&more), [("assessed-flag", Change::New), ("assessed-flag", Change::Same)]);
}

#[test]
fn a_rule_that_leaves_makes_the_other_one_speak() {
    let past = history("assessed-flag", "acute and flagged at once");
    let rules = rules();
    assert_eq!(told(&compared(&rules, &rules, &past)), [("acute-signal", Change::Same)]);
    let alone: Vec<Rule> = rules.iter().filter(|rule| rule.id.as_str() == "assessed-flag").cloned().collect();
    let without = compared(&alone, &rules, &past);
    assert_eq!(told(&without), [("acute-signal", Change::Gone), ("assessed-flag", Change::New)]);
}
