//! Rows about somebody who was just erased, written anew as a rebuild would write them.

use std::collections::BTreeMap;

use deadpool_postgres::ClientWrapper;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use nabij_log::Log;
use uuid::Uuid;

use crate::bulk::Target;
use crate::chunk::apply;
use crate::erased::{Erased, Gone};
use crate::error::EngineError;
use crate::lane::TableStatements;
use crate::reading;
use crate::rows::Rows;
use crate::write;

/// Events read at once.
const AT_ONCE: usize = 32;

/// Finds every event of which `target` holds a row that names one of these persons or a record about them alone, deletes all
/// of its rows, and writes what is left of it. In the caller's transaction; doing it again changes nothing.
pub(crate) async fn rewrite(
    client: &ClientWrapper,
    log: &Log,
    target: &Target,
    statements: &[TableStatements],
    erased: &Erased,
    gone: &[Gone],
) -> Result<(), EngineError> {
    let records: Vec<Uuid> = gone.iter().flat_map(Gone::records).collect();
    if records.is_empty() {
        return Ok(());
    }
    let events = written(client, target, &records).await?;
    let sequences: Vec<i64> = events.keys().copied().collect();
    let mut raws = stream::iter(events)
        .map(|(sequence, known_at)| async move {
            let raw = log.event_at(sequence.cast_unsigned()).await?;
            let raw =
                raw.ok_or_else(|| EngineError::NotFound(format!("event {sequence} is not in the log")))?;
            let known_at = known_at.or_else(|| raw.recorded_at().ok()).unwrap_or(Timestamp::MIN);
            reading::decode(log, &raw, known_at, erased).await
        })
        .buffered(AT_ONCE);
    let mut rows = Rows::new(target.projection.tables());
    while let Some(delivery) = raws.try_next().await? {
        apply(target, &delivery, &mut rows)?;
    }
    for table in target.projection.tables().iter().filter(|table| table.has("recorded_seq")) {
        let sql = format!("DELETE FROM \"{}\".{} WHERE recorded_seq = ANY ($1)", target.schema, table.name);
        client.execute(&sql, &[&sequences]).await?;
    }
    write::copy(client, statements, &mut rows).await?;
    Ok(())
}

/// The sequences of those events, with when the network knew them where a table says so.
async fn written(
    client: &ClientWrapper,
    target: &Target,
    records: &[Uuid],
) -> Result<BTreeMap<i64, Option<Timestamp>>, EngineError> {
    let mut events = BTreeMap::new();
    let tables = target.projection.tables();
    for table in tables.iter().filter(|table| table.has("recorded_seq")) {
        for column in target.projection.named_in().iter().filter(|column| table.has(column)) {
            let sql = format!(
                "SELECT DISTINCT recorded_seq FROM \"{}\".{} WHERE {column} = ANY ($1)",
                target.schema, table.name
            );
            let found = client.query(&sql, &[&records]).await?;
            events.extend(found.iter().map(|row| (row.get::<_, i64>(0), None)));
        }
    }
    let sequences: Vec<i64> = events.keys().copied().collect();
    for table in tables.iter().filter(|table| table.has("recorded_seq") && table.has("known_at")) {
        let sql = format!(
            "SELECT DISTINCT recorded_seq, known_at FROM \"{}\".{} WHERE recorded_seq = ANY ($1)",
            target.schema, table.name
        );
        let found = client.query(&sql, &[&sequences]).await?;
        events.extend(found.iter().map(|row| (row.get(0), row.get::<_, Option<Timestamp>>(1))));
    }
    Ok(events)
}
