//! What must stand in the official register, and within how many days: dated files, one an operator.
//!
//! Each file maps the categories of signals and the types of the register into one vocabulary of reportable types, so that both lists
//! speak of the same things, and names the source of every rule. Where no law exists the source is the network's own agreement.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use nabij_model::incident::Level;
use nabij_model::signal::Severity;
use nabij_model::text::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operator whose file holds for every operator without one of its own.
pub const DEFAULT: &str = "default";

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReportabilityError {
    /// The folder or a file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not of the expected form.
    #[error("{name}: {source}")]
    Form {
        /// Which file.
        name: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A file contradicts itself.
    #[error("{name}: {problem}")]
    Contradiction {
        /// Which file.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// No file is for the operator `default`.
    #[error("no file says operator = \"default\": it holds for operators without a file")]
    NoDefault,
}

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
struct Levels {
    minor: Severity,
    major: Severity,
    critical: Severity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    operator: Code,
    levels: Option<Levels>,
    #[serde(default, rename = "type")]
    types: Vec<ReportableType>,
    #[serde(default, rename = "rule")]
    rules: Vec<Rule>,
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

/// The files of all operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reportability {
    by_operator: BTreeMap<String, Duties>,
}

impl Reportability {
    /// The files that come with this version, from `deploy/reportability`.
    ///
    /// # Panics
    /// Never: a test reads the same files.
    #[must_use]
    pub fn shipped() -> Self {
        let files = [
            ("default.toml", include_str!("../../../deploy/reportability/default.toml")),
            ("fedasil.toml", include_str!("../../../deploy/reportability/fedasil.toml")),
        ];
        Self::from_files(files).expect("a test reads these files")
    }

    /// Reads every `*.toml` of a folder.
    ///
    /// # Errors
    /// [`ReportabilityError`] names the file.
    pub fn from_folder(folder: &Path) -> Result<Self, ReportabilityError> {
        let read = |path: &Path, source| ReportabilityError::Read { path: path.to_owned(), source };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| read(folder, error))? {
            let path = entry.map_err(|error| read(folder, error))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let text = std::fs::read_to_string(&path).map_err(|error| read(&path, error))?;
                files.push((path.display().to_string(), text));
            }
        }
        Self::from_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Reads files given as name and text. A file without types or levels takes those of `default`.
    ///
    /// # Errors
    /// [`ReportabilityError`] names the file.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ReportabilityError> {
        let mut parsed = BTreeMap::new();
        for (name, text) in files {
            let file: File = toml::from_str(text).map_err(|source| ReportabilityError::Form {
                name: name.to_owned(),
                source: Box::new(source),
            })?;
            if let Some((_, (first, _))) =
                parsed.insert(file.operator.to_string(), (name, file)).map(|old| ((), old))
            {
                return Err(contradiction(name, format!("{first} is for the same operator")));
            }
        }
        let Some((_, default)) = parsed.get(DEFAULT) else { return Err(ReportabilityError::NoDefault) };
        let (types, levels) = (default.types.clone(), default.levels);
        let mut by_operator = BTreeMap::new();
        for (operator, (name, mut file)) in parsed {
            if file.types.is_empty() {
                file.types.clone_from(&types);
            }
            let Some(levels) = file.levels.or(levels) else {
                return Err(contradiction(name, "[levels] is missing here and in the default".into()));
            };
            by_operator.insert(operator, Duties::new(name, file.types, levels, file.rules)?);
        }
        Ok(Self { by_operator })
    }

    /// What this operator must register.
    #[must_use]
    pub fn of(&self, operator: &str) -> &Duties {
        self.by_operator.get(operator).unwrap_or_else(|| &self.by_operator[DEFAULT])
    }
}

impl Duties {
    fn new(
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

fn contradiction(name: &str, problem: String) -> ReportabilityError {
    ReportabilityError::Contradiction { name: name.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::new(text).unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_shipped_files_bring_signals_and_registers_under_one_name() {
        let shipped = Reportability::shipped();
        for operator in ["default", "fedasil", "caritas"] {
            let duties = shipped.of(operator);
            assert_eq!(
                duties.type_of_signal("violence_against_child"),
                Some(&code("violence-against-child"))
            );
            assert_eq!(duties.type_of_incident("assault-minor", Some("violence")), Some(&code("violence")));
            assert_eq!(duties.type_of_incident("birth-of-a-child", Some("party")), None);
            assert_eq!(duties.severity_of(Level::Critical), Severity::Acute);
        }
    }

    #[test]
    fn the_shortest_matching_duty_holds_and_only_while_it_is_valid() {
        let duties = |text: &str| Reportability::from_files([("a", text)]).unwrap().of("x").clone();
        let duties = duties(
            r#"
            operator = "default"
            levels = { minor = "low", major = "high", critical = "acute" }
            [[type]]
            code = "violence"
            [[rule]]
            types = ["violence"]
            at_least = "high"
            within_days = 7
            valid_from = "2024-01-01"
            valid_to = "2026-01-01"
            source = "agreement"
            [[rule]]
            types = ["violence"]
            only_minors = true
            within_days = 1
            valid_from = "2025-01-01"
            source = "agreement"
            "#,
        );
        let within = |severity, minors, on: &str| {
            duties.duty(&code("violence"), severity, minors, day(on)).map(|rule| rule.within_days)
        };
        assert_eq!(within(Severity::High, None, "2025-06-01"), Some(7));
        assert_eq!(within(Severity::High, Some(true), "2025-06-01"), Some(1));
        assert_eq!(within(Severity::Unsure, Some(true), "2025-06-01"), Some(1));
        assert_eq!(within(Severity::High, Some(true), "2024-06-01"), Some(7));
        assert_eq!(within(Severity::Moderate, None, "2025-06-01"), None);
        assert_eq!(within(Severity::Acute, None, "2026-01-01"), None);
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused_with_its_name() {
        let head =
            "operator = \"default\"\nlevels = { minor = \"low\", major = \"high\", critical = \"acute\" }\n";
        let refused = |rest: &str| {
            Reportability::from_files([("here.toml", format!("{head}{rest}").as_str())])
                .unwrap_err()
                .to_string()
        };
        let twice =
            "[[type]]\ncode = \"a\"\nsignals = [\"x-y\"]\n[[type]]\ncode = \"b\"\nsignals = [\"x_y\"]\n";
        assert!(refused(twice).starts_with("here.toml: x_y is both a and b"), "{}", refused(twice));
        let unknown =
            "[[rule]]\ntypes = [\"a\"]\nwithin_days = 1\nvalid_from = \"2024-01-01\"\nsource = \"s\"\n";
        assert!(refused(unknown).contains("no [[type]]"));
        assert!(refused("surprise = 1").contains("here.toml"));
        let other = [("other.toml", "operator = \"fedasil\"")];
        assert!(matches!(Reportability::from_files(other), Err(ReportabilityError::NoDefault)));
    }
}
