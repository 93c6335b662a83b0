//! Which facts leave, and which never do.

use std::sync::Arc;

use nabij_engine::{Projection, Table};
use nabij_model::Role;
use tokio_postgres::types::Type;

/// Tables of the caseload that are exported. The others say who needs what, or what part somebody had in a signal:
/// nothing that leaves the network by file.
const CASELOAD: [&str; 4] = ["timeline", "case_fact", "occupancy", "centre_fact"];
/// Of these, those about persons: they tell days and no hours, as the interface tells analysts.
const OF_PERSONS: [&str; 2] = ["timeline", "case_fact"];
/// Moments that become days, and what the day is called.
const DAYS: [(&str, &str); 2] = [("recorded_at", "recorded_on"), ("known_at", "known_on")];
/// Columns that stay behind: keyed hashes that group or single out persons, members of staff, and where a fact stands in the log, which a
/// team reads beside the name in its own files.
const BEHIND: [&str; 4] = ["household", "actor", "command", "recorded_seq"];
/// Columns of figures that say which record, or which event of it, a fact is about.
const ABOUT: [&str; 8] = ["aggregate", "signal", "a", "b", "discussion", "target", "run", "about_event"];
/// What every table of figures begins with.
const FIGURES: &str = "fact_";

/// One file: its columns and the query that fills it; `$1` is the event as of which.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) name: &'static str,
    pub(super) columns: Vec<(&'static str, Type)>,
    pub(super) sql: String,
}

/// Every dataset of these projections.
pub(super) fn all(projections: &[Arc<dyn Projection>]) -> Vec<Dataset> {
    let without = Without { erased: erased(projections), confidential: confidential(projections) };
    let mut all = Vec::new();
    for projection in projections {
        let schema = format!("{}_v{}", projection.name(), projection.version());
        for table in projection.tables() {
            if CASELOAD.contains(&table.name) || is_figure(table) {
                all.push(dataset(table.name, table, &schema, None, &without));
            }
            if table.name == "fact_capture" {
                let only = "list = 'official_register'";
                all.push(dataset("incident", table, &schema, Some(only), &without));
            }
        }
    }
    all
}

/// Facts that an event added. What was worked out of them has no event of its own, and which records an event touched names
/// confidential ones too.
fn is_figure(table: &Table) -> bool {
    let recorded = table.columns.iter().any(|(name, _)| *name == "recorded_seq");
    recorded && table.name.starts_with(FIGURES) && table.name != "fact_touched"
}

/// Queries for what leaves no trace in any file.
struct Without {
    erased: Option<String>,
    confidential: Option<String>,
}

fn dataset(
    name: &'static str,
    table: &Table,
    schema: &str,
    only: Option<&str>,
    without: &Without,
) -> Dataset {
    let has = |column: &str| table.columns.iter().any(|(name, _)| *name == column);
    let days = OF_PERSONS.contains(&table.name);
    let mut conditions = vec!["recorded_seq <= $1".to_owned()];
    conditions.extend(only.map(str::to_owned));
    if has("confidential") {
        conditions.push("NOT confidential".to_owned());
    }
    if table.name == "timeline" {
        // A moment of somebody who is erased says nothing; a safeguarding person's hold would tell that somebody was accused.
        conditions.push("event_type <> ''".to_owned());
        let role = Role::SafeguardingPerson.as_str();
        conditions.push(format!("NOT (role = '{role}' AND event_type LIKE 'nabij.case.hold_%')"));
    }
    if let Some(erased) = without.erased.as_ref().filter(|_| has("case_id")) {
        conditions.push(format!("(case_id IS NULL OR case_id NOT IN ({erased}))"));
    }
    let (mut columns, mut chosen) = (Vec::new(), Vec::new());
    for (column, kind) in table.columns.iter().filter(|(name, _)| !BEHIND.contains(name)) {
        let day = DAYS.iter().find(|(moment, _)| days && moment == column);
        columns.push(day.map_or((*column, kind.clone()), |(_, day)| (*day, Type::DATE)));
        chosen.push(match &without.confidential {
            // What came up in a meeting that nobody is to know of came up.
            Some(confidential) if *column == "after_discussion" => {
                format!("CASE WHEN {column} NOT IN ({confidential}) THEN {column} END")
            }
            _ => (*column).to_owned(),
        });
    }
    if let Some(confidential) = without.confidential.as_ref().filter(|_| is_figure(table)) {
        let about = table.columns.iter().filter(|(column, _)| ABOUT.contains(column));
        conditions.extend(about.map(|(column, _)| format!("{column} NOT IN ({confidential})")));
    }
    let sql = format!(
        "SELECT {} FROM \"{schema}\".{} WHERE {} ORDER BY recorded_seq",
        chosen.join(", "),
        table.name,
        conditions.join(" AND ")
    );
    Dataset { name, columns, sql }
}

/// The cases that are erased now, whatever day is asked for.
fn erased(projections: &[Arc<dyn Projection>]) -> Option<String> {
    Some(format!("SELECT case_id FROM {} WHERE erased", place_of("case_fact", projections)?))
}

/// The records that are for the safeguarding person alone, what happened to them, and the protocols that run on them. Facts about them are
/// left out of tables too that do not say so: a fact about a record that is missing from the captures would tell what kind it is.
fn confidential(projections: &[Arc<dyn Projection>]) -> Option<String> {
    let [timeline, capture, step] =
        ["timeline", "fact_capture", "fact_step"].map(|table| place_of(table, projections));
    let (timeline, capture, step) = (timeline?, capture?, step?);
    Some(format!(
        "SELECT aggregate FROM {timeline} WHERE confidential UNION SELECT event_id FROM {timeline} WHERE confidential
         UNION SELECT aggregate FROM {capture} WHERE confidential UNION SELECT event FROM {capture} WHERE confidential
         UNION SELECT run FROM {step} WHERE confidential"
    ))
}

/// Where a table lies.
fn place_of(table: &str, projections: &[Arc<dyn Projection>]) -> Option<String> {
    let holds = |projection: &&Arc<dyn Projection>| projection.tables().iter().any(|one| one.name == table);
    let projection = projections.iter().find(holds)?;
    Some(format!("\"{}_v{}\".{table}", projection.name(), projection.version()))
}
