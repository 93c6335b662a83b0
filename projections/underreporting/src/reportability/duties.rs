//! What one operator must register.

use std::collections::BTreeMap;

use jiff::civil::Date;
use nabij_model::incident::Level;
use nabij_model::signal::Severity;
use nabij_model::text::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReportabilityError, contradiction};

/// One reportable type and what it is called in signals and registers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportableType {
    /// Its name in the common vocabulary.
    pub code: Code,
    /// Categories of signals.
    #[serde(default)]
    pub signals: Vec<Code>,
    /// Types of the register.
    #[serde(default)]
    pub register: Vec<Code>,
    /// Groups of the register's types, for types that no other entry names.
    #[serde(default)]
    pub register_groups: Vec<Code>,
}

/// What must be registered, since when, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Reportable types.
    pub types: Vec<Code>,
    /// Lowest severity; `unsure` is any.
    #[serde(default)]
    pub at_least: Severity,
    /// Only where a minor is involved.
    #[serde(default)]
    pub only_minors: bool,
    /// Days after somebody first wrote it down.
    pub within_days: u32,
    /// First day of the rule.
    pub valid_from: Date,
    /// First day on which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
    /// The law, circular or agreement that it comes from.
    pub source: String,
}

/// What a register's own levels count as on the scale of severities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Levels {
    minor: Severity,
    major: Severity,
    critical: Severity,
}

/// What one operator must register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duties {
    levels: Levels,
    by_signal: BTreeMap<String, Code>,
    by_register: BTreeMap<String, Code>,
    by_group: BTreeMap<String, Code>,
    rules: Vec<Rule>,
}

impl Duties {
    pub(super) fn new(
        name: &str,
        types: Vec<ReportableType>,
        levels: Levels,
        rules: Vec<Rule>,
    ) -> Result<Self, ReportabilityError> {
        let mut duties = Self {
            levels,
            by_signal: BTreeMap::new(),
            by_register: BTreeMap::new(),
            by_group: BTreeMap::new(),
            rules,
        };
        for kind in &types {
            let maps = [
                (&mut duties.by_signal, &kind.signals),
                (&mut duties.by_register, &kind.register),
                (&mut duties.by_group, &kind.register_groups),
            ];
            for (map, labels) in maps {
                for label in labels {
                    if let Some(other) = map.insert(plain(label.as_str()), kind.code.clone()) {
                        return Err(contradiction(
                            name,
                            format!("{label} is both {other} and {}", kind.code),
                        ));
                    }
                }
            }
        }
        for rule in &duties.rules {
            if let Some(unknown) =
                rule.types.iter().find(|code| !types.iter().any(|kind| kind.code == **code))
            {
                return Err(contradiction(name, format!("a rule names {unknown}, which is no [[type]]")));
            }
            if rule.valid_to.is_some_and(|to| to <= rule.valid_from) {
                return Err(contradiction(
                    name,
                    format!("the rule of {} ends before it begins", rule.valid_from),
                ));
            }
        }
        Ok(duties)
    }

    /// The reportable type of a signal's category.
    #[must_use]
    pub fn type_of_signal(&self, category: &str) -> Option<&Code> {
        self.by_signal.get(&plain(category))
    }

    /// The reportable type of an entry of the register, by its type, else by the group of types.
    #[must_use]
    pub fn type_of_incident(&self, kind: &str, group: Option<&str>) -> Option<&Code> {
        self.by_register
            .get(&plain(kind))
            .or_else(|| group.and_then(|group| self.by_group.get(&plain(group))))
    }

    /// What a register's level counts as.
    #[must_use]
    pub fn severity_of(&self, level: Level) -> Severity {
        match level {
            Level::Unknown => Severity::Unsure,
            Level::Minor => self.levels.minor,
            Level::Major => self.levels.major,
            Level::Critical => self.levels.critical,
        }
    }

    /// The highest of the register's levels that a severity reaches; below all of them the lowest, and unknown where nobody judged.
    #[must_use]
    pub fn level_of(&self, severity: Severity) -> Level {
        if severity == Severity::Unsure {
            return Level::Unknown;
        }
        let reached = [Level::Minor, Level::Major, Level::Critical].into_iter();
        reached
            .filter(|level| self.severity_of(*level) <= severity)
            .max_by_key(|level| self.severity_of(*level))
            .unwrap_or(Level::Minor)
    }

    /// The graver of what the register and the signals say; a level that is absent says nothing.
    #[must_use]
    pub fn severity_with(&self, level: Option<Level>, severity: Severity) -> Severity {
        level.map_or(Severity::Unsure, |level| self.severity_of(level)).max(severity)
    }

    /// Every reportable type that a label stands for.
    pub fn kinds(&self) -> impl Iterator<Item = &Code> {
        self.by_signal.values().chain(self.by_register.values()).chain(self.by_group.values())
    }

    /// Every rule there is or was.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule that demands registration: of those that match, the one with the least time.
    #[must_use]
    pub fn duty(&self, kind: &Code, severity: Severity, minors: Option<bool>, on: Date) -> Option<&Rule> {
        self.rules
            .iter()
            .filter(|rule| rule.types.contains(kind) && severity >= rule.at_least)
            .filter(|rule| !rule.only_minors || minors == Some(true))
            .filter(|rule| rule.valid_from <= on && rule.valid_to.is_none_or(|to| on < to))
            .min_by_key(|rule| rule.within_days)
    }
}

/// Registers and signals differ in hyphens and underscores only by habit.
fn plain(label: &str) -> String {
    label.replace('_', "-")
}
