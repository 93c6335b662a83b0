//! Rules: when an escalation is raised, who hears it, and how long they have. TOML files in `deploy/rules`.
//!
//! # To add a rule
//!
//! Write one more file there; no Rust. `when` names events (any of them triggers) with predicates on their clear
//! fields; `unless` makes it a rule on an absence: the trigger raises only if none of the events followed within the
//! time. Every rule says its reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use nabij_model::escalation::EscalationSeverity;
use nabij_model::text::Code;
use nabij_model::{Event, Recorded, Role};
use serde::Deserialize;
use serde_json::Value;

/// One rule, as its file says.
#[derive(Debug, Clone, Deserialize)]
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
    pub when: Vec<Trigger>,
    /// Makes it a rule on an absence.
    #[serde(default)]
    pub unless: Option<Unless>,
    /// Who hears it, one after another until somebody acknowledges.
    pub steps: Vec<Step>,
}

/// A title in the network's languages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Dutch.
    pub nl: String,
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

/// An event with predicates on its clear fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// `signal.logged`.
    pub event: String,
    /// JSON pointer into the body -> the values that match. An absent field is `false`.
    #[serde(default, rename = "where")]
    pub predicates: BTreeMap<String, Vec<Value>>,
}

/// What must follow a trigger in time for the rule to stay silent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unless {
    /// Counted from the trigger's `recorded_at`.
    pub within: SignedDuration,
    /// Only what somebody else than the trigger's author did counts.
    #[serde(default)]
    pub by_another: bool,
    /// Any of these answers the trigger.
    pub events: Vec<String>,
}

/// One rung.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The roles that hear it.
    pub to: Vec<Role>,
    /// How long they have to acknowledge before it climbs.
    pub acknowledge_within: SignedDuration,
}

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
        source: toml::de::Error,
    },
    /// It is a rule that makes no sense.
    #[error("{}: {problem}", path.display())]
    Senseless {
        /// Which.
        path: PathBuf,
        /// What, and what was expected.
        problem: String,
    },
}

impl Rule {
    /// Whether `event` (with its stored body) triggers the rule.
    #[must_use]
    pub fn triggered_by(&self, event: &Recorded) -> bool {
        let name = name_of(event);
        let mut candidates = self.when.iter().filter(|trigger| trigger.event == name).peekable();
        if candidates.peek().is_none() {
            return false;
        }
        let body: Value = serde_json::from_slice(&event.body).unwrap_or_default();
        candidates.any(|trigger| trigger.matches(&body))
    }

    /// Whether `event` answers a trigger of the rule, if it is about the same matter.
    #[must_use]
    pub fn answered_by(&self, event: &Recorded) -> bool {
        let name = name_of(event);
        self.unless.as_ref().is_some_and(|unless| unless.events.contains(&name))
    }

    fn check(&self) -> Result<(), String> {
        let known: Vec<String> = Event::catalogue()
            .iter()
            .map(|entry| format!("{}.{}", entry.event_type.kind, entry.event_type.name))
            .collect();
        let named = self.when.iter().map(|trigger| &trigger.event);
        let answers = self.unless.iter().flat_map(|unless| &unless.events);
        if let Some(unknown) = named.chain(answers).find(|name| !known.contains(name)) {
            return Err(format!("`{unknown}` is no event: expected for example `signal.logged`"));
        }
        if self.when.is_empty() {
            return Err("`when` is empty: name at least one event".to_owned());
        }
        if self.steps.is_empty() || self.steps.iter().any(|step| step.to.is_empty()) {
            return Err("every rule needs steps, and every step somebody in `to`".to_owned());
        }
        let pointers = self.when.iter().flat_map(|trigger| trigger.predicates.keys());
        if let Some(pointer) = pointers.into_iter().find(|pointer| !pointer.starts_with('/')) {
            return Err(format!(
                "`{pointer}` in `where` is no JSON pointer: expected for example `/severity`"
            ));
        }
        Ok(())
    }
}

impl Trigger {
    fn matches(&self, body: &Value) -> bool {
        self.predicates.iter().all(|(pointer, accepted)| {
            let found = body.pointer(pointer).unwrap_or(&Value::Bool(false));
            accepted.contains(found)
        })
    }
}

fn name_of(event: &Recorded) -> String {
    format!("{}.{}", event.meta.event_type.kind, event.meta.event_type.name)
}

/// Reads every `*.toml` in `folder`, in the order of their names.
///
/// # Errors
/// The first file that is no rule, or two rules with one id.
pub fn read_rules(folder: &Path) -> Result<Vec<Rule>, RuleError> {
    let unreadable = |source| RuleError::Unreadable { path: folder.to_owned(), source };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(unreadable)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut rules: Vec<Rule> = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path)
            .map_err(|source| RuleError::Unreadable { path: path.clone(), source })?;
        let rule: Rule =
            toml::from_str(&text).map_err(|source| RuleError::Malformed { path: path.clone(), source })?;
        let senseless = |problem| RuleError::Senseless { path: path.clone(), problem };
        rule.check().map_err(senseless)?;
        if rules.iter().any(|other| other.id == rule.id) {
            return Err(senseless(format!("the id `{}` is taken by another rule", rule.id)));
        }
        rules.push(rule);
    }
    Ok(rules)
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
        let ids: Vec<String> = read_rules(&folder).unwrap().iter().map(|rule| rule.id.to_string()).collect();
        assert_eq!(ids, ["acute-signal", "handover-not-acknowledged", "undecided-minor"]);
    }

    #[test]
    fn a_wrong_rule_says_where() {
        for (from, to, said) in [
            ("signal.logged", "signal.lodged", "`signal.lodged` is no event"),
            ("/severity", "severity", "is no JSON pointer"),
            ("[\"director\"]", "[]", "somebody in `to`"),
            ("\"15m\"", "\"soon\"", "line 8"),
            ("version = 1", "version = 1\nquiet = true", "unknown field `quiet`"),
        ] {
            let folder = write(&RULE.replace(from, to));
            let error = read_rules(folder.path()).expect_err(to).to_string();
            assert!(error.contains(said), "{error}");
            assert!(error.contains("rule.toml"), "{error}");
        }
    }

    #[test]
    fn an_absent_field_is_false() {
        let folder = write(RULE);
        let rule = &read_rules(folder.path()).unwrap()[0];
        assert!(rule.when[0].matches(&serde_json::json!({"severity": "acute"})));
        assert!(!rule.when[0].matches(&serde_json::json!({"severity": "acute", "strength": true})));
        assert!(!rule.when[0].matches(&serde_json::json!({"severity": "high"})));
    }
}
