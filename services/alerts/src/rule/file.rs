//! Reading rules from their files: what is wrong, where, and what was expected.

use std::path::{Path, PathBuf};

use nabij_model::Event;
use nabij_model::escalation::EscalationSeverity;
use serde_json::Value;

use super::trigger::KNOWN;
use super::{Condition, Rule, Test};

/// A rule file is wrong: which, where and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a rule: TOML's own message has line and column.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// It is a rule that makes no sense.
    #[error("{}:{line}: {problem}", path.display())]
    Senseless {
        /// Which.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What, and what was expected.
        problem: String,
    },
}

/// What makes no sense, and a word of the file near it.
struct Senseless {
    near: String,
    problem: String,
}

fn senseless(near: impl Into<String>, problem: impl Into<String>) -> Senseless {
    Senseless { near: near.into(), problem: problem.into() }
}

/// Reads every `*.toml` in `folder`, in the order of their names.
///
/// # Errors
/// Everything that is wrong, at most one a file.
pub fn read_rules(folder: &Path) -> Result<Vec<Rule>, Vec<RuleError>> {
    let unreadable = |source| vec![RuleError::Unreadable { path: folder.to_owned(), source }];
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(unreadable)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let (mut rules, mut errors) = (Vec::<Rule>::new(), Vec::new());
    for path in paths {
        match read(&path, &rules) {
            Ok(rule) => rules.push(rule),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

fn read(path: &Path, others: &[Rule]) -> Result<Rule, RuleError> {
    let path = path.to_owned();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(RuleError::Unreadable { path, source }),
    };
    let rule: Rule = match toml::from_str(&text) {
        Ok(rule) => rule,
        Err(source) => return Err(RuleError::Malformed { path, source: Box::new(source) }),
    };
    let checked = rule.check().and_then(|()| {
        let taken = others.iter().any(|other| other.id == rule.id);
        if taken {
            Err(senseless("id", format!("the id `{}` is taken by another rule", rule.id)))
        } else {
            Ok(())
        }
    });
    match checked {
        Ok(()) => Ok(rule),
        Err(Senseless { near, problem }) => {
            let line = text.lines().position(|line| line.contains(&near)).map_or(1, |line| line + 1);
            Err(RuleError::Senseless { path, line, problem })
        }
    }
}

impl Rule {
    fn check(&self) -> Result<(), Senseless> {
        let tables =
            [self.unless.is_some(), self.then.is_some(), self.count.is_some(), self.figure.is_some()];
        if tables.iter().filter(|given| **given).count() > 1 {
            return Err(senseless("[", "a rule has one of `[unless]`, `[then]`, `[count]`, `[figure]`"));
        }
        if self.when.is_empty() == self.figure.is_none() {
            return Err(senseless("when", "expected at least one `[[when]]`, or a `[figure]` without any"));
        }
        if self.steps.is_empty() || self.steps.iter().any(|step| step.to.is_empty()) {
            return Err(senseless("steps", "every rule needs steps, and every step somebody in `to`"));
        }
        if self.quiet_hours && self.severity == EscalationSeverity::Acute {
            return Err(senseless(
                "quiet_hours",
                "what is acute does not wait for the morning: leave `quiet_hours` out",
            ));
        }
        if self.at_most == Some(0) || (self.at_most.is_some() && self.shown_as.is_alarm()) {
            return Err(senseless(
                "at_most",
                "`at_most` is 1 or more, and only for `shown_as` worklist or agenda: an alarm never waits its turn",
            ));
        }
        if !self.done_by.is_empty() && self.shown_as.is_alarm() {
            return Err(senseless(
                "done_by",
                "`done_by` is for `shown_as` worklist or agenda: an alarm ends when somebody says how",
            ));
        }
        let of_events = matches!(self.condition(), Condition::Event) && self.shown_as.is_alarm();
        if self.matter.is_some() && !of_events {
            return Err(senseless("matter", "`matter` is for alarms that each `[[when]]` raises by itself"));
        }
        if self.matter.is_none() && self.triggers().any(|trigger| trigger.grade != 1) {
            return Err(senseless(
                "grade",
                "`grade` says which of two alarms on one `matter` is worse: name the matter",
            ));
        }
        self.check_times()?;
        for trigger in self.triggers() {
            check_event(&trigger.event)?;
            for (name, test) in &trigger.predicates {
                check_predicate(name, test)?;
            }
        }
        Ok(())
    }

    fn check_times(&self) -> Result<(), Senseless> {
        let positive = |near: &str, time: jiff::SignedDuration| {
            if time.is_positive() {
                Ok(())
            } else {
                Err(senseless(near, format!("`{near}` must be longer than nothing")))
            }
        };
        self.steps.iter().try_for_each(|step| positive("acknowledge_within", step.acknowledge_within))?;
        match self.condition() {
            Condition::Absence(unless) => match (unless.within, &unless.until) {
                (Some(within), None) => positive("within", within),
                (None, Some(pointer)) if pointer.starts_with('/') => Ok(()),
                (None, Some(_)) => {
                    Err(senseless("until", "`until` is a JSON pointer: `/answer_due` for example"))
                }
                _ => Err(senseless("[unless]", "`[unless]` needs `within`, or `until`, and not both")),
            },
            Condition::Sequence(then) => positive("within", then.within),
            Condition::Count(count) => {
                positive("within", count.within)?;
                if count.at_least < 2 {
                    return Err(senseless(
                        "at_least",
                        "`at_least` is 2 or more: one event needs no `[count]`",
                    ));
                }
                match count.above_baseline {
                    Some(base) if base.days == 0 || !(0.5..1.0).contains(&base.quantile) => Err(senseless(
                        "above_baseline",
                        "expected `days` above 0 and `quantile` from 0.5 to below 1",
                    )),
                    _ => Ok(()),
                }
            }
            Condition::Event | Condition::Figure(_) => Ok(()),
        }
    }
}

fn check_event(name: &str) -> Result<(), Senseless> {
    let known = Event::catalogue()
        .iter()
        .any(|entry| format!("{}.{}", entry.event_type.kind, entry.event_type.name) == name);
    if known {
        Ok(())
    } else {
        Err(senseless(name, format!("`{name}` is no event: expected for example `signal.logged`")))
    }
}

fn check_predicate(name: &str, test: &Test) -> Result<(), Senseless> {
    let near = format!("\"{name}\"");
    if !name.starts_with('/') && !KNOWN.contains(&name) {
        let known = KNOWN.join("`, `");
        let problem =
            format!("`{name}` in `where` is neither a JSON pointer like `/severity` nor one of `{known}`");
        return Err(senseless(near, problem));
    }
    match test {
        Test::OneOf(values) if values.is_empty() => {
            Err(senseless(near, format!("`{name}` accepts no value: name at least one")))
        }
        Test::OneOf(values)
            if values.iter().any(|value| matches!(value, Value::Object(_) | Value::Array(_))) =>
        {
            Err(senseless(near, format!("`{name}` accepts words, numbers, true and false")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rule.toml"), text).unwrap();
        folder
    }

    const RULE: &str = r#"
        id = "a-rule"
        version = 1
        severity = "acute"
        reason = "because"
        title = { nl = "een", fr = "un", en = "one" }
        when = [{ event = "signal.logged", where = { "/severity" = ["acute"], "/strength" = [false] } }]
        steps = [{ to = ["director"], acknowledge_within = "15m" }]
    "#;

    #[test]
    fn the_shipped_rules_are_sound() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules");
        if let Err(errors) = read_rules(&folder) {
            panic!("{errors:?}");
        }
    }

    #[test]
    fn a_wrong_rule_says_where() {
        for (from, to, said) in [
            ("signal.logged", "signal.lodged", "rule.toml:7: `signal.lodged` is no event"),
            ("\"/severity\"", "\"severity\"", "rule.toml:7: `severity` in `where` is neither"),
            ("[\"director\"]", "[]", "rule.toml:8: every rule needs steps"),
            ("\"15m\"", "\"soon\"", "line 8"),
            ("\"15m\"", "\"-1m\"", "rule.toml:8: `acknowledge_within` must be longer"),
            ("version = 1", "version = 1\nquiet = true", "unknown field `quiet`"),
            ("version = 1", "version = 1\nversion = 2", "duplicate key"),
            ("\"15m\"", "\"15m\", channel = \"sms\"", "unknown field `channel`"),
            ("version = 1", "version = 1\nquiet_hours = true", "rule.toml:4: what is acute does not wait"),
            (
                "version = 1",
                "matter = \"danger\"\nshown_as = \"agenda\"\nversion = 1",
                "rule.toml:3: `matter` is for alarms",
            ),
            (
                "steps =",
                "done_by = [{ event = \"signal.assessed\" }]\nsteps =",
                "an alarm ends when somebody",
            ),
            ("event = \"signal.logged\"", "grade = 2, event = \"signal.logged\"", "name the matter"),
            ("steps =", "unless = { any = [] }\nsteps =", "needs `within`, or `until`"),
            ("steps =", "count = { at_least = 1, within = \"2h\", over = \"case\" }\nsteps =", "2 or more"),
            (
                "when = [",
                "figure = { name = \"dead_letters\", above = 0 }\nwhen = [",
                "a `[figure]` without any",
            ),
        ] {
            let folder = write(&RULE.replace(from, to));
            let errors = read_rules(folder.path()).expect_err(to);
            let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert!(
                told.iter().any(|told| told.contains(said) && told.contains("rule.toml")),
                "{said}: {told:?}"
            );
        }
    }

    #[test]
    fn every_wrong_file_is_told_and_an_id_is_taken_once() {
        let folder = write(RULE);
        std::fs::write(folder.path().join("same.toml"), RULE).unwrap();
        std::fs::write(folder.path().join("torn.toml"), &RULE[..60]).unwrap();
        let errors = read_rules(folder.path()).unwrap_err();
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].to_string().contains("is taken by another rule"), "{errors:?}");
    }
}
