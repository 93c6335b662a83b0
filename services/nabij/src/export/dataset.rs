//! Which facts leave, and which never do.

use std::sync::Arc;

use nabij_engine::{Projection, Table};
use tokio_postgres::types::Type;

/// Tables of the caseload that are exported. The others say who needs what, or what part somebody had in a signal:
/// nothing that leaves the network by file.
const CASELOAD: [&str; 4] = ["timeline", "case_fact", "occupancy", "centre_fact"];
/// Columns that stay behind: keyed hashes that group or single out persons, and members of staff.
const BEHIND: [&str; 3] = ["household", "actor", "command"];
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
    let erased = erased(projections);
    let mut all = Vec::new();
    for projection in projections {
        let schema = format!("{}_v{}", projection.name(), projection.version());
        for table in projection.tables() {
            if CASELOAD.contains(&table.name) || is_figure(table) {
                all.push(dataset(table.name, table, &schema, None, erased.as_deref()));
            }
            if table.name == "fact_capture" {
                let only = "list = 'official_register'";
                all.push(dataset("incident", table, &schema, Some(only), erased.as_deref()));
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

fn dataset(
    name: &'static str,
    table: &Table,
    schema: &str,
    only: Option<&str>,
    erased: Option<&str>,
) -> Dataset {
    let has = |column: &str| table.columns.iter().any(|(name, _)| *name == column);
    let columns: Vec<_> = table.columns.iter().filter(|(name, _)| !BEHIND.contains(name)).cloned().collect();
    let mut conditions = vec!["recorded_seq <= $1".to_owned()];
    conditions.extend(only.map(str::to_owned));
    if has("confidential") {
        conditions.push("NOT confidential".to_owned());
    }
    if table.name == "timeline" {
        // A moment of somebody who is erased says nothing.
        conditions.push("event_type <> ''".to_owned());
    }
    if let Some(erased) = erased.filter(|_| has("case_id")) {
        conditions.push(format!("(case_id IS NULL OR case_id NOT IN ({erased}))"));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let sql = format!(
        "SELECT {} FROM \"{schema}\".{} WHERE {} ORDER BY recorded_seq",
        names.join(", "),
        table.name,
        conditions.join(" AND ")
    );
    Dataset { name, columns, sql }
}

/// The cases that are erased now, whatever day is asked for.
fn erased(projections: &[Arc<dyn Projection>]) -> Option<String> {
    let holds =
        |projection: &&Arc<dyn Projection>| projection.tables().iter().any(|table| table.name == "case_fact");
    let caseload = projections.iter().find(holds)?;
    let schema = format!("{}_v{}", caseload.name(), caseload.version());
    Some(format!("SELECT case_id FROM \"{schema}\".case_fact WHERE erased"))
}
