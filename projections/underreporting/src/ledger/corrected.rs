//! Captures as corrections left them, each version of them a row.
//!
//! Few are ever corrected, so reports look up nothing for those that were not: they read captures that still stood, and beside them these
//! rows.

use std::collections::HashSet;

use nabij_engine::{EngineError, Settlement};
use uuid::Uuid;

use super::row::CORRECTED;
use crate::facts::capture::{CAPTURE, CHANGE};

/// Works the versions of these captures out anew, which were corrected by `upto`.
pub(super) async fn corrected(
    settlement: &Settlement<'_>,
    changed: HashSet<Uuid>,
    upto: i64,
) -> Result<(), EngineError> {
    if changed.is_empty() {
        return Ok(());
    }
    let changed: Vec<Uuid> = changed.into_iter().collect();
    settlement.query("DELETE FROM $schema.fact_corrected WHERE aggregate = ANY ($1)", &[&changed]).await?;
    settlement.query(&versions(), &[&changed, &upto]).await?;
    settlement
        .query(
            "UPDATE $schema.fact_capture c SET valid_to = corrected.valid_from
             FROM (SELECT aggregate, min(valid_from) AS valid_from FROM $schema.fact_corrected
                   WHERE aggregate = ANY ($1) GROUP BY aggregate) corrected
             WHERE c.aggregate = corrected.aggregate",
            &[&changed],
        )
        .await?;
    Ok(())
}

/// At each correction the last word on every column, else what the capture says itself.
fn versions() -> String {
    let corrections: Vec<&str> = CHANGE
        .columns
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !["recorded_seq", "aggregate"].contains(name))
        .collect();
    let said: String = corrections
        .iter()
        .map(|name| format!(", array_agg({name}) FILTER (WHERE {name} IS NOT NULL) OVER so_far AS {name}"))
        .collect();
    let names: Vec<&str> = CAPTURE.columns.iter().map(|(name, _)| *name).collect();
    let known: Vec<String> = names
        .iter()
        .map(|name| {
            if corrections.contains(name) {
                format!("coalesce(n.{name}[cardinality(n.{name})], c.{name})")
            } else {
                format!("c.{name}")
            }
        })
        .collect();
    format!(
        "INSERT INTO $schema.{table} ({names}, valid_from, valid_to)
         SELECT {known}, n.valid_from, n.valid_to FROM $schema.{capture} c JOIN (
             SELECT aggregate, recorded_seq AS valid_from, lead(recorded_seq) OVER so_far AS valid_to{said}
             FROM $schema.{change} WHERE aggregate = ANY ($1) AND recorded_seq <= $2
             WINDOW so_far AS (PARTITION BY aggregate ORDER BY recorded_seq)
         ) n USING (aggregate)",
        table = CORRECTED.name,
        names = names.join(", "),
        known = known.join(", "),
        capture = CAPTURE.name,
        change = CHANGE.name,
    )
}
