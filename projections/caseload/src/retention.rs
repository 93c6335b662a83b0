//! How long what is kept, by record and by law: `deploy/retention/*.toml`. A rule proposes; two persons decide.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use nabij_model::case::{CloseReason, ErasureGround};
use nabij_model::text::Code;
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::case_list::LATEST;
use crate::reader::{ReadError, Reader, at};

/// The kind of record that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retained {
    /// A case, with every record that is about this person alone. Proposed is an erasure.
    Case,
    /// A signal that names no case: no erasure of a person ever reaches it. Proposed is a redaction of its words, feedback among them.
    Signal,
    /// A discussion that names no case. Proposed is a redaction of its words.
    Discussion,
}

/// The event that starts the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Starts {
    /// The follow-up ended.
    Closed,
    /// Somebody last wrote anything about a closed case, or in the record.
    LastWritten,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// Its name, once over all files.
    pub id: Code,
    /// What it is about.
    pub record: Retained,
    /// What starts the period.
    pub starts: Starts,
    /// Only cases that were closed for one of these reasons; all when empty.
    #[serde(default)]
    pub reasons: Vec<CloseReason>,
    /// How long the record is kept, in days.
    pub days: u32,
    /// The ground that is proposed; of records without a case there is no other than that the period is over.
    #[serde(default = "retention_over")]
    pub ground: ErasureGround,
    /// The law, circular or agreement that the period comes from.
    pub source: String,
}

const fn retention_over() -> ErasureGround {
    ErasureGround::RetentionOver
}

/// All rules. Of several that fit a case the first counts: files by name, rules as they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention(Vec<RetentionRule>);

/// A rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The folder or the file.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its text.
    #[error("{}: {what}", path.display())]
    Wrong {
        /// Which.
        path: PathBuf,
        /// What was wrong, with line and column where there is one.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<RetentionRule>,
}

impl Retention {
    /// Reads every `*.toml` of `folder`; a folder that is absent proposes nothing.
    ///
    /// # Errors
    /// [`RetentionError`] names file and mistake.
    pub fn from_folder(folder: &Path) -> Result<Self, RetentionError> {
        let unreadable =
            |path: &Path, source| RetentionError::Unreadable { path: path.to_path_buf(), source };
        if !folder.exists() {
            return Ok(Self::default());
        }
        let entries = std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
        let mut files: Vec<PathBuf> =
            entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        let mut all = Self::default();
        for file in files {
            let text = std::fs::read_to_string(&file).map_err(|source| unreadable(&file, source))?;
            all.add(&text).map_err(|what| RetentionError::Wrong { path: file, what })?;
        }
        Ok(all)
    }

    fn add(&mut self, text: &str) -> Result<(), String> {
        let File { rule } = toml::from_str(text).map_err(|error| error.to_string())?;
        for rule in rule {
            if rule.days == 0 {
                return Err(format!("rule {} keeps nothing: give `days`, at least 1", rule.id));
            }
            if rule.source.trim().is_empty() {
                return Err(format!(
                    "rule {} has no source: say which law or agreement it comes from",
                    rule.id
                ));
            }
            let of_record = rule.record != Retained::Case;
            if of_record && (rule.starts != Starts::LastWritten || !rule.reasons.is_empty()) {
                return Err(format!(
                    "rule {} is about records that are never closed: set `starts = \"last_written\"` and leave `reasons` out",
                    rule.id
                ));
            }
            if self.0.iter().any(|known| known.id == rule.id) {
                return Err(format!("rule {} stands twice: give each a name of its own", rule.id));
            }
            self.0.push(rule);
        }
        Ok(())
    }

    /// All rules, in the order in which they count.
    #[must_use]
    pub fn rules(&self) -> &[RetentionRule] {
        &self.0
    }

    /// The first rule that fits a case closed for `reason`.
    fn of(&self, reason: Option<CloseReason>) -> Option<&RetentionRule> {
        let fits = |rule: &&RetentionRule| {
            rule.record == Retained::Case
                && (rule.reasons.is_empty() || reason.is_some_and(|reason| rule.reasons.contains(&reason)))
        };
        self.0.iter().find(fits)
    }

    /// The first rule about records of this kind.
    #[must_use]
    pub fn of_records(&self, kind: Retained) -> Option<&RetentionRule> {
        self.0.iter().find(|rule| rule.record == kind)
    }
}

/// A person whose period is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proposal {
    /// The case.
    pub case: CaseId,
    /// The centre that has the file.
    pub centre: CentreId,
    /// The rule that proposes it.
    pub rule: String,
    /// Where its period comes from.
    pub source: String,
    /// The ground to ask with.
    pub ground: ErasureGround,
    /// When the period began.
    pub began: Timestamp,
    /// When it was over.
    pub over: Timestamp,
}

impl Reader {
    /// Closed cases of these centres, or of all, whose period was over at `now`, by case id; nobody is erased by this.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn proposals(
        &self,
        retention: &Retention,
        centres: Option<&[Uuid]>,
        now: Timestamp,
        as_of: u64,
    ) -> Result<Vec<Proposal>, ReadError> {
        let sql = format!(
            "SELECT c.case_id, now.centre, ended.recorded_at, ended.body, written.recorded_at FROM (
                 SELECT DISTINCT case_id FROM $schema.case_fact WHERE closed AND recorded_seq <= $2
             ) c {LATEST}
             JOIN LATERAL (
                 SELECT t.recorded_at, t.body FROM $schema.timeline t
                 WHERE t.case_id = c.case_id AND t.recorded_seq <= $2 AND t.event_type LIKE 'nabij.case.closed.%'
                 ORDER BY t.recorded_seq DESC LIMIT 1
             ) ended ON true
             WHERE now.closed AND ($1::uuid[] IS NULL OR now.centre = ANY ($1))
             ORDER BY c.case_id"
        );
        let rows = self.query(&sql, &[&centres, &at(as_of)]).await?;
        Ok(rows
            .iter()
            .filter_map(|row| {
                let body: Value = serde_json::from_str(row.get(3)).unwrap_or_default();
                let reason = serde_json::from_value(body["reason"].clone()).ok();
                let rule = retention.of(reason)?;
                let began: Timestamp = match rule.starts {
                    Starts::Closed => row.get(2),
                    Starts::LastWritten => row.get(4),
                };
                let over = began.checked_add(SignedDuration::from_hours(24 * i64::from(rule.days))).ok()?;
                (over <= now).then(|| Proposal {
                    case: CaseId(row.get(0)),
                    centre: CentreId(row.get(1)),
                    rule: rule.id.to_string(),
                    source: rule.source.clone(),
                    ground: rule.ground,
                    began,
                    over,
                })
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"
        [[rule]]
        id = "closed-case"
        record = "case"
        starts = "closed"
        days = 3650
        ground = "retention_over"
        source = "an agreement"
    "#;

    #[test]
    fn the_shipped_rules_read_and_each_says_where_it_comes_from() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/retention");
        let shipped = Retention::from_folder(&folder).unwrap();
        assert!(!shipped.rules().is_empty());
        assert!(
            shipped.of(Some(CloseReason::Other)).is_some(),
            "a case that ended otherwise is kept for ever"
        );
        let mistake = shipped.of(Some(CloseReason::OpenedByMistake)).unwrap();
        assert_eq!(mistake.ground, ErasureGround::OpenedByMistake);
        for kind in [Retained::Signal, Retained::Discussion] {
            assert!(shipped.of_records(kind).is_some(), "{kind:?} without a case is kept for ever");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_meant_is_refused_by_name() {
        let refused = |text: &str| Retention::default().add(text).unwrap_err();
        assert!(refused(&RULE.replace("3650", "0")).contains("closed-case"));
        assert!(refused(&RULE.replace("an agreement", " ")).contains("source"));
        assert!(refused(&RULE.repeat(2)).contains("twice"));
        assert!(refused(&RULE.replace("\"closed\"", "\"never\"")).contains("never"));
        assert!(refused(&RULE.replace("\"case\"", "\"signal\"")).contains("last_written"));
    }
}
