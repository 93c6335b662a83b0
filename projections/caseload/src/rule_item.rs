//! What rules put on the worklist of a team, or on the agenda of its next discussion. Alarms are not among it: somebody is told.

use jiff::Timestamp;
use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::escalation::{EscalationEvent, Raised, ShownAs};
use nabij_model::text::Code;
use nabij_model::{CentreId, Event, Recorded, Role};
use schemars::JsonSchema;
use serde::Serialize;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::case_list::CaseSummary;
use crate::reader::{ReadError, Reader, at};
use crate::work_item::WorkKind;
use crate::worklist::Open;

pub(crate) static RULE_ITEM: Table = Table {
    name: "rule_item",
    columns: &[
        ("escalation", Type::UUID),
        ("agenda", Type::BOOL),
        ("rule", Type::TEXT),
        ("roles", Type::TEXT),
        ("case_id", Type::UUID),
        ("signal", Type::UUID),
        ("centre", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("since", Type::TIMESTAMPTZ),
        ("due_at", Type::TIMESTAMPTZ),
        ("confidential", Type::BOOL),
    ],
};

pub(crate) static RULE_ITEM_END: Table =
    Table { name: "rule_item_end", columns: &[("escalation", Type::UUID), ("recorded_seq", Type::INT8)] };

/// Which rule asks, whom, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleNote {
    /// The rule, as its file in `deploy/rules` is called.
    pub rule: Code,
    /// Whom it asks.
    pub to: Vec<Role>,
    /// What it says of itself today; absent of a rule that is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<RuleWords>,
}

/// What a rule says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleWords {
    /// What it is about, in Dutch.
    pub nl: String,
    /// In French.
    pub fr: String,
    /// In English.
    pub en: String,
    /// Why the rule exists, in English.
    pub reason: String,
}

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let Event::Escalation(escalation) = &event.event else { return Ok(()) };
    match escalation {
        EscalationEvent::Raised(raised) if !raised.shown_as.is_alarm() => {
            let cases = &raised.subject.cases;
            // Who is affected by a signal is asked of the signal when the list is read.
            let of_signal = raised.subject.signal.is_some() && cases.len() > 1;
            if cases.is_empty() || of_signal {
                return row(event, raised, None, rows);
            }
            cases.iter().try_for_each(|case| row(event, raised, Some(case.0), rows))
        }
        EscalationEvent::Resolved(_) | EscalationEvent::Lapsed(_) => {
            rows.row(&RULE_ITEM_END).put(event.meta.aggregate.id).put(event.sequence as i64).end()
        }
        _ => Ok(()),
    }
}

fn row(event: &Recorded, raised: &Raised, case: Option<Uuid>, rows: &mut Rows) -> Result<(), ApplyError> {
    let roles: Vec<&str> = raised.recipients.iter().map(|role| role.as_str()).collect();
    rows.row(&RULE_ITEM)
        .put(event.meta.aggregate.id)
        .put(raised.shown_as == ShownAs::Agenda)
        .put(raised.rule.as_str())
        .put(roles.join(" ").as_str())
        .put(case)
        .put(raised.subject.signal.map(|signal| signal.0))
        .put(raised.subject.centre.map(|centre| centre.0))
        .put(event.sequence as i64)
        .put(event.meta.recorded_at)
        .put(raised.acknowledge_by)
        .put(raised.confidential)
        .end()
}

impl Reader {
    /// What rules ask about `cases`, or about nobody's case in `centre`, as known at `as_of`: for the agenda or for the worklist.
    /// What is confidential is never among it.
    pub(crate) async fn rule_items(
        &self,
        centre: CentreId,
        cases: &[CaseSummary],
        agenda: bool,
        as_of: u64,
    ) -> Result<Vec<Open>, ReadError> {
        let ids: Vec<Uuid> = cases.iter().map(|case| case.case.0).collect();
        let rows = self
            .query(
                "SELECT r.escalation, r.rule, r.roles, r.case_id, r.signal, r.centre, r.recorded_seq, r.since, r.due_at
                 FROM $schema.rule_item r
                 WHERE r.agenda = $3 AND r.recorded_seq <= $4 AND NOT r.confidential
                   AND (r.case_id = ANY ($1) OR (r.case_id IS NULL AND (r.centre = $2 OR r.signal IN (
                       SELECT c.signal FROM $schema.signal_case c
                       WHERE c.case_id = ANY ($1) AND c.recorded_seq <= $4))))
                   AND NOT EXISTS (SELECT FROM $schema.rule_item_end e
                                   WHERE e.escalation = r.escalation AND e.recorded_seq <= $4)
                 ORDER BY r.recorded_seq, r.case_id",
                &[&ids, &centre.0, &agenda, &at(as_of)],
            )
            .await?;
        rows.iter().map(open).collect()
    }
}

fn open(row: &Row) -> Result<Open, ReadError> {
    let recorded_seq = row.get::<_, i64>(6) as u64;
    let unreadable = |column, what: String| ReadError::Inconsistent {
        table: "rule_item",
        column,
        sequence: recorded_seq,
        what,
    };
    let rule = Code::new(row.get::<_, String>(1)).map_err(|error| unreadable("rule", error.to_string()))?;
    let roles: String = row.get(2);
    let to = roles.split_whitespace().map(|word| word.parse::<Role>());
    let to = to.collect::<Result<_, _>>().map_err(|error| unreadable("roles", error.to_string()))?;
    let since: Timestamp = row.get(7);
    Ok(Open {
        kind: WorkKind::AskedByRule,
        key: row.get(0),
        signal: row.get(4),
        case: row.get(3),
        centre: row.get(5),
        since,
        due_on: None,
        due_at: Some(row.get(8)),
        step: None,
        rule: Some(RuleNote { rule, to, why: None }),
        recorded_seq,
    })
}
