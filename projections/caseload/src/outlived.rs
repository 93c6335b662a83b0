//! Records that name no case, and whose retention period is over: no erasure of a person ever reaches them.

use jiff::{SignedDuration, Timestamp};
use nabij_model::CentreId;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::retention::{Retained, Retention};

/// A record whose words are proposed to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outlived {
    /// `signal` or `discussion`.
    pub kind: &'static str,
    /// The record.
    pub record: Uuid,
    /// The centre that wrote it.
    pub centre: Option<CentreId>,
    /// For the safeguarding person alone: whoever lists it tells nobody else.
    pub confidential: bool,
    /// The rule that proposes it.
    pub rule: String,
    /// Where its period comes from.
    pub source: String,
    /// When the period began: when anything was last written in it.
    pub began: Timestamp,
    /// When it was over.
    pub over: Timestamp,
}

impl Reader {
    /// Signals and discussions that never named a case and whose period was over at `now`, the oldest first; nothing goes by this. What was
    /// redacted since anything was last written in it is not among them.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn outlived(
        &self,
        retention: &Retention,
        now: Timestamp,
        as_of: u64,
    ) -> Result<Vec<Outlived>, ReadError> {
        let mut found = Vec::new();
        for (kind, of) in [("signal", Retained::Signal), ("discussion", Retained::Discussion)] {
            let Some(rule) = retention.of_records(of) else { continue };
            let period = SignedDuration::from_hours(24 * i64::from(rule.days));
            let Ok(before) = now.checked_sub(period) else { continue };
            let rows = self
                .query(
                    "SELECT t.aggregate,
                            (array_agg(t.centre ORDER BY t.recorded_seq DESC) FILTER (WHERE t.centre IS NOT NULL))[1],
                            bool_or(t.confidential), max(t.recorded_at)
                     FROM $schema.timeline t
                     WHERE t.recorded_seq <= $1 AND t.event_type LIKE $2
                     GROUP BY t.aggregate
                     HAVING bool_and(t.case_id IS NULL) AND max(t.recorded_at) <= $3
                        AND (array_agg(t.event_type ORDER BY t.recorded_seq DESC))[1] NOT LIKE '%.redacted.%'
                     ORDER BY max(t.recorded_at), t.aggregate",
                    &[&at(as_of), &format!("nabij.{kind}.%"), &before],
                )
                .await?;
            found.extend(rows.iter().filter_map(|row| {
                let began: Timestamp = row.get(3);
                Some(Outlived {
                    kind,
                    record: row.get(0),
                    centre: row.get::<_, Option<Uuid>>(1).map(CentreId),
                    confidential: row.get(2),
                    rule: rule.id.to_string(),
                    source: rule.source.clone(),
                    began,
                    over: began.checked_add(period).ok()?,
                })
            }));
        }
        Ok(found)
    }
}
