//! Everything that was written about a case, event by event.

use std::collections::HashMap;

use jiff::Timestamp;
use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::event::Payload;
use nabij_model::signal::Involvement;
use nabij_model::{AggregateKind, CaseId, Event, Recorded, upcast};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::signals::SignalLink;

pub(crate) static TIMELINE: Table = Table {
    name: "timeline",
    columns: &[
        ("case_id", Type::UUID),
        ("aggregate", Type::UUID),
        ("event_id", Type::UUID),
        ("centre", Type::UUID),
        ("command", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("recorded_at", Type::TIMESTAMPTZ),
        ("known_at", Type::TIMESTAMPTZ),
        ("historic", Type::BOOL),
        ("confidential", Type::BOOL),
        ("event_type", Type::TEXT),
        ("actor", Type::TEXT),
        ("role", Type::TEXT),
        ("by_others", Type::BOOL),
        ("body", Type::TEXT),
    ],
};

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let event_type = event.meta.event_type.to_string();
    let lifted = lifted_body(event)?;
    let body = match &lifted {
        Some(body) => body.as_str(),
        None => std::str::from_utf8(&event.body)
            .map_err(|error| ApplyError::Inconsistent(format!("the body is not UTF-8: {error}")))?,
    };
    let cases = &event.meta.concerns.cases;
    let mut one = |case: Option<CaseId>| {
        rows.row(&TIMELINE)
            .put(case.map(|case| case.0))
            .put(event.meta.aggregate.id)
            .put(event.meta.id.0)
            .put(event.meta.concerns.centre.map(|centre| centre.0))
            .put(event.meta.command.map(|command| command.id.0))
            .put(event.sequence as i64)
            .put(event.meta.recorded_at)
            .put(event.known_at)
            .put(event.meta.historic)
            .put(event.meta.concerns.confidential)
            .put(event_type.as_str())
            .put(event.meta.actor.subject.as_str())
            .put(event.meta.actor.role.as_str())
            .put(by_others(event))
            .put(body)
            .end()
    };
    if cases.is_empty() {
        return one(None);
    }
    cases.iter().try_for_each(|case| one(Some(*case)))
}

/// Whether somebody of another centre wrote it down: the receiving team, while the file is not theirs yet. Headquarters and machines work in
/// no centre.
fn by_others(event: &Recorded) -> bool {
    let centres = &event.meta.actor.centres;
    !centres.is_empty() && event.meta.concerns.centre.is_some_and(|centre| !centres.contains(&centre))
}

/// That something was written down, and nothing else: about whom, what and by whom is forgotten.
pub(crate) fn moment(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&TIMELINE)
        .put(None::<Uuid>)
        .put(Uuid::nil())
        .put(Uuid::nil())
        .put(None::<Uuid>)
        .put(None::<Uuid>)
        .put(event.sequence as i64)
        .put(event.meta.recorded_at)
        .put(event.known_at)
        .put(event.meta.historic)
        .put(false)
        .put("")
        .put("")
        .put("")
        .put(false)
        .put("{}")
        .end()
}

/// The body in its current version, where the stored one may be older: readers decode by the current type.
fn lifted_body(event: &Recorded) -> Result<Option<String>, ApplyError> {
    let current = event.meta.event_type;
    let has_older = upcast::older_versions()
        .any(|(name, _)| name.split_once('.') == Some((current.kind.as_str(), current.name)));
    if !has_older {
        return Ok(None);
    }
    let body = match &event.event {
        Event::Case(event) => event.to_json(),
        Event::Signal(event) => event.to_json(),
        Event::Discussion(event) => event.to_json(),
        Event::Referral(event) => event.to_json(),
        Event::Incident(event) => event.to_json(),
        Event::Centre(event) => event.to_json(),
        Event::Escalation(event) => event.to_json(),
    };
    body.map(|body| Some(body.to_string())).map_err(|error| ApplyError::Inconsistent(error.to_string()))
}

/// One event on the timeline of a case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Entry {
    /// Where it stands in the log; the cursor of paging.
    pub recorded_seq: u64,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// The event.
    pub event_id: Uuid,
    /// `nabij.signal.logged.v1`.
    pub event_type: String,
    /// Whose event: a case, signal, discussion ...
    pub kind: AggregateKind,
    /// Its id.
    pub aggregate: Uuid,
    /// The centre that it belongs to.
    pub centre: Option<Uuid>,
    /// Who wrote it down; of a legal hold nobody is told.
    pub actor: String,
    /// In which role; of a legal hold nobody is told.
    pub role: String,
    /// Somebody of another centre than the one that it belongs to wrote it down.
    #[serde(skip)]
    pub by_others: bool,
    /// Imported or simulated.
    pub historic: bool,
    /// For an event of a signal: the case's part in it.
    pub involvement: Option<Involvement>,
    /// The case is said to have done it and nobody assessed that yet: only for who may read what is restricted.
    pub restricted: bool,
    /// The event's payload, sealed fields closed.
    pub body: Value,
}

/// A page of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Timeline {
    /// In the order that was asked for.
    pub entries: Vec<Entry>,
    /// Give it as `cursor` for the next page; absent on the last.
    pub next: Option<u64>,
    /// The case's data was destroyed: nothing is shown, whatever day is asked for.
    pub erased: bool,
}

/// Which end of a timeline comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest event first.
    #[default]
    NewestFirst,
    /// The oldest event first.
    OldestFirst,
}

/// The columns that [`entry`] reads, in its order.
pub(crate) const COLUMNS: &str = "recorded_seq, recorded_at, event_id, event_type, aggregate, centre, actor, role, historic, body, by_others";

/// How many [`COLUMNS`] are: where the first column stands that a query asks for behind them.
pub(crate) const WIDTH: usize = 11;

pub(crate) fn entry(row: &Row) -> Result<Entry, ReadError> {
    let recorded_seq = row.get::<_, i64>(0) as u64;
    let wrong = |column, what: String| ReadError::Inconsistent {
        table: "timeline",
        column,
        sequence: recorded_seq,
        what,
    };
    let event_type: String = row.get(3);
    let kind = event_type
        .split('.')
        .nth(1)
        .and_then(|word| AggregateKind::ALL.into_iter().find(|kind| kind.as_str() == word))
        .ok_or_else(|| wrong("event_type", format!("{event_type:?} is no event type")))?;
    let body: &str = row.get(9);
    Ok(Entry {
        recorded_seq,
        recorded_at: row.get(1),
        event_id: row.get(2),
        kind,
        aggregate: row.get(4),
        centre: row.get(5),
        actor: row.get(6),
        role: row.get(7),
        historic: row.get(8),
        by_others: row.get(10),
        involvement: None,
        restricted: false,
        body: serde_json::from_str(body).map_err(|error| wrong("body", error.to_string()))?,
        event_type,
    })
}

impl Reader {
    /// Every escalation on the timeline of `case` as known at `as_of`, confidential ones aside.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn escalations(&self, case: CaseId, as_of: u64) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT DISTINCT aggregate FROM $schema.timeline
             WHERE case_id = $1 AND recorded_seq <= $2 AND NOT confidential AND event_type LIKE 'nabij.escalation.%'";
        let rows = self.query(sql, &[&case.0, &at(as_of)]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// A page of everything that concerns `case` as known at `as_of`: its own events, signals, discussions, referrals,
    /// incidents, transfers, escalations; of what happened to the records `without` nothing. Confidential events are never among them.
    ///
    /// A signal in which the case is an alleged actor is marked `restricted` until somebody assessed it, and is not
    /// shown once it was dismissed; a signal that was corrected to be about others is not shown either.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn timeline(
        &self,
        case: CaseId,
        as_of: u64,
        order: Order,
        cursor: Option<u64>,
        limit: u32,
        without: &[Uuid],
    ) -> Result<Timeline, ReadError> {
        if self.erased(case).await? {
            return Ok(Timeline { entries: vec![], next: None, erased: true });
        }
        let links = self.links(case, as_of).await?;
        let (first, last, direction) = match order {
            Order::NewestFirst => {
                (0, cursor.map_or(at(as_of), |cursor| at(as_of).min(at(cursor) - 1)), "DESC")
            }
            Order::OldestFirst => (cursor.map_or(0, |cursor| at(cursor) + 1), at(as_of), "ASC"),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM $schema.timeline
             WHERE case_id = $1 AND recorded_seq >= $2 AND recorded_seq <= $3
               AND NOT confidential AND aggregate <> ALL ($4)
             ORDER BY recorded_seq {direction} LIMIT $5"
        );
        let mut hidden = hidden(&links);
        hidden.extend(without);
        let rows = self.query(&sql, &[&case.0, &first, &last, &hidden, &(i64::from(limit) + 1)]).await?;
        let mut entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        for entry in &mut entries {
            mark(entry, &links);
        }
        let next = entries.last().filter(|_| more).map(|entry| entry.recorded_seq);
        Ok(Timeline { entries, next, erased: false })
    }

    /// Every event of `case` that may be shown, oldest first: what the case file is folded from.
    pub(crate) async fn whole_timeline(
        &self,
        case: CaseId,
        as_of: u64,
        links: &HashMap<Uuid, SignalLink>,
    ) -> Result<Vec<(Entry, Event)>, ReadError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM $schema.timeline
             WHERE case_id = $1 AND recorded_seq <= $2 AND NOT confidential AND aggregate <> ALL ($3)
             ORDER BY recorded_seq"
        );
        let rows = self.query(&sql, &[&case.0, &at(as_of), &hidden(links)]).await?;
        rows.iter()
            .map(|row| {
                let mut entry = entry(row)?;
                mark(&mut entry, links);
                Ok((entry, event(row)?))
            })
            .collect()
    }
}

/// The event of a row that [`COLUMNS`] reads.
pub(crate) fn event(row: &Row) -> Result<Event, ReadError> {
    let body: &str = row.get(9);
    let decoded = Event::decode(row.get(3), body.as_bytes());
    decoded.map(|(_, event)| event).map_err(|error| ReadError::Inconsistent {
        table: "timeline",
        column: "body",
        sequence: row.get::<_, i64>(0) as u64,
        what: error.to_string(),
    })
}

fn hidden(links: &HashMap<Uuid, SignalLink>) -> Vec<Uuid> {
    links.iter().filter(|(_, link)| link.hidden()).map(|(signal, _)| *signal).collect()
}

fn mark(entry: &mut Entry, links: &HashMap<Uuid, SignalLink>) {
    if let Some(link) = links.get(&entry.aggregate) {
        entry.involvement = link.involvement;
        entry.restricted = link.restricted();
    }
}
