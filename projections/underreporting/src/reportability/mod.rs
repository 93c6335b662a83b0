//! What must stand in the official register, and within how many days: dated files, one an operator.
//!
//! Each file maps the categories of signals and the types of the register into one vocabulary of reportable types, so that both lists
//! speak of the same things, and names the source of every rule. Where no law exists the source is the network's own agreement.

mod duties;

pub use duties::{Duties, ReportableType, Rule};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nabij_model::text::Code;
use serde::Deserialize;

use self::duties::Levels;

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
            ("default.toml", include_str!("../../../../deploy/reportability/default.toml")),
            ("fedasil.toml", include_str!("../../../../deploy/reportability/fedasil.toml")),
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

fn contradiction(name: &str, problem: String) -> ReportabilityError {
    ReportabilityError::Contradiction { name: name.to_owned(), problem }
}

#[cfg(test)]
mod tests;
