//! Who asked that somebody is erased, who agreed, and whether it is done. Nobody is named.

use jiff::Timestamp;
use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::case::{CaseEvent, ErasureGround};
use nabij_model::{CaseId, CentreId, Event, Recorded};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::word::{variant, word};

pub(crate) static ERASURE: Table = Table {
    name: "erasure",
    columns: &[
        ("case_id", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("recorded_at", Type::TIMESTAMPTZ),
        ("centre", Type::UUID),
        ("state", Type::TEXT),
        ("ground", Type::TEXT),
        ("requested_by", Type::TEXT),
        ("approved_by", Type::TEXT),
    ],
};

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureStep {
    /// It waits for a second person.
    Requested,
    /// The second person did not agree.
    Refused,
    /// Who asked took it back.
    Withdrawn,
    /// Two persons agreed; the keys are being destroyed.
    Ordered,
    /// The keys are gone.
    Done,
}

/// An erasure as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Erasure {
    /// The case; once it is erased, an id that means nothing.
    pub case: CaseId,
    /// The centre that has, or had, the file.
    pub centre: CentreId,
    /// How far it is.
    pub state: ErasureStep,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub ground: Option<ErasureGround>,
    /// Who asked.
    pub requested_by: Option<String>,
    /// Who agreed.
    pub approved_by: Option<String>,
    /// Where its last step stands in the log.
    pub recorded_seq: u64,
}

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let Event::Case(case) = &event.event else { return Ok(()) };
    let by = event.meta.actor.subject.as_str();
    let (state, ground, requested_by, approved_by) = match case {
        CaseEvent::ErasureRequested(asked) => (ErasureStep::Requested, Some(asked.ground), Some(by), None),
        CaseEvent::ErasureRefused(_) => (ErasureStep::Refused, None, None, None),
        CaseEvent::ErasureWithdrawn(_) => (ErasureStep::Withdrawn, None, None, None),
        CaseEvent::Erased(erased) => (
            ErasureStep::Ordered,
            Some(erased.ground),
            erased.requested_by.as_ref().map(|by| by.as_str()),
            Some(erased.approved_by.as_str()),
        ),
        CaseEvent::ErasureCompleted(_) => (ErasureStep::Done, None, None, None),
        _ => return Ok(()),
    };
    rows.row(&ERASURE)
        .put(event.meta.aggregate.id)
        .put(event.sequence as i64)
        .put(event.meta.recorded_at)
        .put(event.meta.concerns.centre.map(|centre| centre.0))
        .put(word(state))
        .put(ground.map(word))
        .put(requested_by)
        .put(approved_by)
        .end()
}

impl Reader {
    /// The last step of every erasure of these centres, or of all of them, the newest first.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn erasures(
        &self,
        centres: Option<&[Uuid]>,
        only: Option<ErasureStep>,
        as_of: u64,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Erasure>, ReadError> {
        let rows = self
            .query(
                "SELECT case_id, centre, state, recorded_at, ground, requested_by, approved_by, recorded_seq FROM (
                     SELECT DISTINCT ON (case_id) case_id, centre, state, recorded_at, recorded_seq,
                            max(ground) OVER said AS ground, max(requested_by) OVER said AS requested_by,
                            max(approved_by) OVER said AS approved_by
                     FROM $schema.erasure WHERE recorded_seq <= $1
                     WINDOW said AS (PARTITION BY case_id)
                     ORDER BY case_id, recorded_seq DESC
                 ) last
                 WHERE ($2::uuid[] IS NULL OR centre = ANY ($2)) AND ($3::text IS NULL OR state = $3)
                   AND ($4::bigint IS NULL OR recorded_seq < $4)
                 ORDER BY recorded_seq DESC LIMIT $5",
                &[&at(as_of), &centres, &only.map(word), &before.map(at), &i64::from(limit)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let recorded_seq = row.get::<_, i64>(7) as u64;
                let state: String = row.get(2);
                let state = variant(state.clone()).ok_or_else(|| ReadError::Inconsistent {
                    table: "erasure",
                    column: "state",
                    sequence: recorded_seq,
                    what: format!("{state:?} is no step of an erasure"),
                })?;
                Ok(Erasure {
                    case: CaseId(row.get(0)),
                    centre: CentreId(row.get(1)),
                    state,
                    since: row.get(3),
                    ground: row.get::<_, Option<String>>(4).and_then(variant),
                    requested_by: row.get(5),
                    approved_by: row.get(6),
                    recorded_seq,
                })
            })
            .collect()
    }
}
