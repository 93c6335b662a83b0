//! The steps of protocols that a team has to do now.

use jiff::Timestamp;
use nabij_model::id::{RunId, SignalId};
use nabij_model::text::Code;
use nabij_model::{CentreId, Role};
use schemars::JsonSchema;
use serde::Serialize;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::case_list::CaseSummary;
use crate::reader::{ReadError, Reader, at};
use crate::work_item::WorkKind;
use crate::worklist::Open;

/// A step of a protocol that is to be done. Its words are with the signal's protocols.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepToDo {
    /// The signal that the protocol runs on.
    pub signal: SignalId,
    /// The run.
    pub run: RunId,
    /// Which protocol.
    pub protocol: Code,
    /// Which of its steps.
    pub step: Code,
    /// Who does it.
    pub role: Role,
    /// Who does it when they are away.
    pub deputies: Vec<Role>,
}

impl Reader {
    /// The open steps on signals of `centre`, or about `cases`, as known at `as_of`. A step that waits for another shows once that
    /// one is done or skipped, or when it is overdue itself. Confidential signals are never among it.
    pub(crate) async fn open_steps(
        &self,
        centre: CentreId,
        cases: &[CaseSummary],
        now: Timestamp,
        as_of: u64,
    ) -> Result<Vec<Open>, ReadError> {
        let ids: Vec<Uuid> = cases.iter().map(|case| case.case.0).collect();
        let of_centre = "NOT s.confidential AND (s.centre = $4 OR s.signal IN (
            SELECT c.signal FROM $schema.signal_case c WHERE c.case_id = ANY ($1) AND c.recorded_seq <= $2))";
        let rows = self.query(&steps(of_centre), &[&ids, &at(as_of), &now, &centre.0]).await?;
        rows.iter().map(open).collect()
    }

    /// The open steps on confidential signals of `centres`.
    pub(crate) async fn confidential_steps(
        &self,
        centres: &[Uuid],
        now: Timestamp,
        as_of: u64,
    ) -> Result<Vec<Open>, ReadError> {
        let confidential = steps("s.confidential AND s.centre = ANY ($1)");
        let rows = self.query(&confidential, &[&centres, &at(as_of), &now]).await?;
        rows.iter().map(open).collect()
    }
}

/// Steps that are open at sequence `$2` and time `$3`, of those that `which` names.
fn steps(which: &str) -> String {
    format!(
        "SELECT s.signal, s.run, s.protocol, s.step, s.role, s.deputies, s.centre, s.recorded_seq, s.started_at, s.due_at
         FROM $schema.protocol_step s
         WHERE s.recorded_seq <= $2 AND {which}
           AND NOT EXISTS (
               SELECT 1 FROM $schema.protocol_end e
               WHERE e.run = s.run AND e.step = s.step AND e.recorded_seq <= $2)
           AND (s.after IS NULL OR s.due_at <= $3 OR EXISTS (
               SELECT 1 FROM $schema.protocol_end e
               WHERE e.run = s.run AND e.step = s.after AND e.recorded_seq <= $2))
         ORDER BY s.recorded_seq, s.due_at, s.step"
    )
}

fn open(row: &Row) -> Result<Open, ReadError> {
    let recorded_seq = row.get::<_, i64>(7) as u64;
    let unreadable = |column, what: String| ReadError::Inconsistent {
        table: "protocol_step",
        column,
        sequence: recorded_seq,
        what,
    };
    let code = |column, index: usize| {
        Code::new(row.get::<_, String>(index)).map_err(|error| unreadable(column, error.to_string()))
    };
    let role =
        |column, word: &str| word.parse::<Role>().map_err(|error| unreadable(column, error.to_string()));
    let deputies: String = row.get(5);
    let (signal, run): (Uuid, Uuid) = (row.get(0), row.get(1));
    Ok(Open {
        kind: WorkKind::ProtocolStepDue,
        key: run,
        signal: Some(signal),
        case: None,
        centre: row.get(6),
        since: row.get(8),
        due_on: None,
        due_at: Some(row.get(9)),
        step: Some(StepToDo {
            signal: signal.into(),
            run: run.into(),
            protocol: code("protocol", 2)?,
            step: code("step", 3)?,
            role: role("role", row.get(4))?,
            deputies: deputies
                .split_whitespace()
                .map(|word| role("deputies", word))
                .collect::<Result<_, _>>()?,
        }),
        rule: None,
        recorded_seq,
    })
}
