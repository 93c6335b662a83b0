//! Every version that an occurrence ever had, kept as events come.
//!
//! ```text
//! fact_touched since the last settlement ─▶ captures that links have ever joined to them ─▶ their evidence
//!     ─▶ what was known of them at each sequence since (pure) ─▶ versions that end, versions that begin
//! ```
//!
//! The meaning of a version is that of [`occurrences`](crate::occurrences::occurrences), which the ledger asks about each
//! component at each sequence at which anything about it was recorded; it has no rules of its own. A component is closed
//! under every link that was ever made, also under those that were taken back, so nothing outside it can change what is
//! true inside. A report then counts versions in the database, on whatever day. Beside them it keeps each single record as corrections
//! left it.

mod corrected;
mod labels;
mod near;
pub(crate) mod row;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::HashSet;

use nabij_engine::{EngineError, Rows, Settlement};
use uuid::Uuid;

use self::labels::Labels;

pub use versions::{Seen, Version, versions};

/// Records that are looked at together in a load.
const WINDOW: i64 = 20_000;

/// Brings the ledger up to the settlement's sequence.
///
/// # Errors
/// When PostgreSQL refuses, or a column holds what this version does not know.
pub async fn settle(settlement: &Settlement<'_>) -> Result<(), EngineError> {
    in_windows(settlement, WINDOW).await
}

/// The same, with so many records at a time.
async fn in_windows(settlement: &Settlement<'_>, size: i64) -> Result<(), EngineError> {
    let upto = settlement.upto().cast_signed();
    let before = settlement
        .query(
            "UPDATE $schema.fact_settled SET sequence = greatest($1, before.sequence)
             FROM (SELECT sequence FROM $schema.fact_settled FOR UPDATE) before RETURNING before.sequence",
            &[&upto],
        )
        .await?;
    let mut after: i64 = before.first().map_or(Ok(0), |row| row.try_get(0))?;
    let much = upto - after > size;
    while after < upto {
        let end = if upto - after > size { window_end(settlement, after, upto, size).await? } else { upto };
        window(settlement, after, end).await?;
        after = end;
    }
    if much {
        for table in [row::OCCURRENCE.name, row::PAST.name, row::CORRECTED.name] {
            settlement.analyze(table).await?;
        }
    }
    Ok(())
}

/// The sequence by which a window is full.
async fn window_end(
    settlement: &Settlement<'_>,
    after: i64,
    upto: i64,
    size: i64,
) -> Result<i64, EngineError> {
    let full = settlement
        .query(
            "SELECT recorded_seq FROM $schema.fact_touched WHERE recorded_seq > $1 AND recorded_seq <= $2
             ORDER BY recorded_seq OFFSET $3 LIMIT 1",
            &[&after, &upto, &(size - 1)],
        )
        .await?;
    Ok(full.first().map_or(Ok(upto), |row| row.try_get(0))?)
}

async fn window(settlement: &Settlement<'_>, after: i64, upto: i64) -> Result<(), EngineError> {
    let captures = near::captures(settlement, after, upto).await?;
    if captures.is_empty() {
        return Ok(());
    }
    let evidence = near::evidence(settlement, &captures, upto).await?;
    let new = evidence.changes.iter().filter(|change| change.recorded_seq > after.cast_unsigned());
    let changed: HashSet<Uuid> = new.map(|change| change.aggregate).collect();
    corrected::corrected(settlement, changed, upto).await?;
    let mut rows = Rows::new(row::TABLES);
    let (mut ended, mut labels) = (Ended::default(), HashSet::new());
    for component in near::components(evidence) {
        for version in versions(&component, after.cast_unsigned()) {
            match (version.valid_from, version.valid_to) {
                (None, Some(end)) => {
                    ended.occurrences.push(version.occurrence.id);
                    ended.seen.push(version.seen.code());
                    ended.ends.push(end.cast_signed());
                }
                // It was there before and still holds.
                (None, None) => {}
                (Some(_), _) => {
                    let called = Labels::of(&version.occurrence);
                    row::put(&version, called.id, &mut rows).map_err(|error| EngineError::Inconsistent {
                        projection: "underreporting",
                        what: error.to_string(),
                    })?;
                    labels.insert(called);
                }
            }
        }
    }
    // Sent one behind the other without waiting: none needs the answer of another.
    futures::try_join!(end(settlement, &ended, after), name(settlement, labels), settlement.add(rows))?;
    Ok(())
}

/// Versions that hold no longer.
#[derive(Default)]
struct Ended {
    occurrences: Vec<Uuid>,
    seen: Vec<i16>,
    ends: Vec<i64>,
}

/// Puts versions that began by `after` and end now with those that hold no longer.
async fn end(settlement: &Settlement<'_>, ended: &Ended, after: i64) -> Result<(), EngineError> {
    let Ended { occurrences, seen, ends } = ended;
    if ends.is_empty() {
        return Ok(());
    }
    let columns: Vec<&str> = row::OCCURRENCE.columns.iter().map(|(name, _)| *name).collect();
    let columns = columns.join(", ");
    let old: String = columns.split(", ").map(|name| format!("o.{name}, ")).collect();
    let sql = format!(
        "WITH ended AS (
             DELETE FROM $schema.fact_occurrence o
             USING unnest($1::uuid[], $2::int2[], $3::int8[]) AS e (occurrence, seen, valid_to)
             WHERE o.occurrence = e.occurrence AND o.seen = e.seen AND o.valid_from <= $4 RETURNING {old}e.valid_to
         ) INSERT INTO $schema.fact_occurrence_past ({columns}, valid_to) SELECT * FROM ended"
    );
    settlement.query(&sql, &[occurrences, seen, ends, &after]).await?;
    Ok(())
}

/// Notes the names that nobody used before.
async fn name(settlement: &Settlement<'_>, labels: HashSet<Labels>) -> Result<(), EngineError> {
    if labels.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = labels.iter().map(|labels| labels.id).collect();
    let (categories, types): (Vec<String>, Vec<String>) =
        labels.into_iter().map(|labels| (labels.categories, labels.register_types)).unzip();
    settlement
        .query(
            "INSERT INTO $schema.fact_labels SELECT * FROM unnest($1::int8[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
            &[&ids, &categories, &types],
        )
        .await?;
    Ok(())
}
