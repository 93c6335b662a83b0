//! What a settlement has to look at: captures near what was touched, and their evidence.

use std::collections::HashMap;

use nabij_engine::{EngineError, Settlement};
use nabij_model::signal::Severity;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::evidence::{Capture, Change, Discussion, Evidence, Link, Mention, Response, Saying, Told};
use crate::facts::names::Named;
use crate::lists::List;
use crate::occurrences::Sets;

/// Every record that a link has ever joined, directly or through others, to one that was touched in `(after, upto]`.
pub(super) async fn captures(
    settlement: &Settlement<'_>,
    after: i64,
    upto: i64,
) -> Result<Vec<Uuid>, EngineError> {
    let rows = settlement
        .query(
            "WITH RECURSIVE touched AS (
                 SELECT DISTINCT record FROM $schema.fact_touched WHERE recorded_seq > $1 AND recorded_seq <= $2
             ), start AS (
                 SELECT record AS aggregate FROM touched
                 UNION SELECT c.aggregate FROM touched JOIN $schema.fact_capture c ON c.event = record
                 UNION SELECT c.aggregate FROM touched JOIN $schema.fact_capture c ON c.after_discussion = record
                 UNION SELECT m.target FROM touched JOIN $schema.fact_mention m ON m.discussion = record
             ), near AS (
                 SELECT aggregate FROM start
                 UNION
                 SELECT other.aggregate FROM near, LATERAL (
                     SELECT l.b AS aggregate FROM $schema.fact_link l WHERE l.a = near.aggregate AND l.recorded_seq <= $2
                     UNION ALL
                     SELECT l.a FROM $schema.fact_link l WHERE l.b = near.aggregate AND l.recorded_seq <= $2
                 ) other
             )
             SELECT aggregate FROM near",
            &[&after, &upto],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Everything that was recorded of these captures up to `upto`.
pub(super) async fn evidence(
    settlement: &Settlement<'_>,
    captures: &[Uuid],
    upto: i64,
) -> Result<Evidence, EngineError> {
    let ask = |sql| async move { settlement.query(sql, &[&captures, &upto]).await };
    let (captures, changes, links, discussions, mentions, responses, told) = futures::try_join!(
        ask(
            "SELECT recorded_seq, aggregate, list, centre, occurred_centre, label, label_group, severity, level,
                 certainty, minors, strength, confidential, prompted, after_discussion, occurred_at, recorded_at,
                 registered_at, accompaniment, event, dated
             FROM $schema.fact_capture WHERE aggregate = ANY ($1) AND recorded_seq <= $2"
        ),
        ask(
            "SELECT recorded_seq, aggregate, occurred_centre, label, label_group, level, minors, occurred_at
             FROM $schema.fact_change WHERE aggregate = ANY ($1) AND recorded_seq <= $2"
        ),
        ask(
            "SELECT recorded_seq, a, b, joined FROM $schema.fact_link WHERE a = ANY ($1) AND recorded_seq <= $2"
        ),
        ask(
            "SELECT recorded_seq, discussion, held_at, prompted FROM $schema.fact_discussion
             WHERE recorded_seq <= $2 AND discussion IN (
                 SELECT discussion FROM $schema.fact_mention WHERE target = ANY ($1)
                 UNION SELECT after_discussion FROM $schema.fact_capture WHERE aggregate = ANY ($1))"
        ),
        ask(
            "SELECT recorded_seq, discussion, target, spoken FROM $schema.fact_mention
             WHERE target = ANY ($1) AND recorded_seq <= $2"
        ),
        ask(
            "SELECT recorded_seq, about_event FROM $schema.fact_response
             WHERE recorded_seq <= $2 AND about_event IN (
                 SELECT event FROM $schema.fact_capture WHERE aggregate = ANY ($1))"
        ),
        ask(
            "SELECT recorded_seq, signal, recorded_at, 'assessed', severity, blind FROM $schema.fact_assessment
                 WHERE signal = ANY ($1) AND recorded_seq <= $2
             UNION ALL SELECT recorded_seq, signal, recorded_at, decision, reason, false FROM $schema.fact_decision
                 WHERE signal = ANY ($1) AND recorded_seq <= $2
             UNION ALL SELECT recorded_seq, signal, recorded_at, 'answered', NULL, false FROM $schema.fact_feedback
                 WHERE signal = ANY ($1) AND recorded_seq <= $2 AND recipient = 'reporter'"
        ),
    )?;
    Ok(Evidence {
        captures: all(&captures, capture)?,
        changes: all(&changes, change)?,
        links: all(&links, |row| {
            Ok(Link {
                recorded_seq: sequence(row)?,
                a: row.try_get(1)?,
                b: row.try_get(2)?,
                joined: row.try_get(3)?,
            })
        })?,
        discussions: all(&discussions, |row| {
            Ok(Discussion {
                recorded_seq: sequence(row)?,
                discussion: row.try_get(1)?,
                held_at: row.try_get(2)?,
                prompted: row.try_get(3)?,
            })
        })?,
        mentions: all(&mentions, |row| {
            Ok(Mention {
                recorded_seq: sequence(row)?,
                discussion: row.try_get(1)?,
                target: row.try_get(2)?,
                spoken: row.try_get(3)?,
            })
        })?,
        responses: all(&responses, |row| {
            Ok(Response { recorded_seq: sequence(row)?, about_event: row.try_get(1)? })
        })?,
        told: all(&told, saying)?,
    })
}

/// The evidence of each component by itself: captures that any link ever joined, taken back or not.
pub(super) fn components(evidence: Evidence) -> Vec<Evidence> {
    let Evidence { captures, changes, links, discussions, mentions, responses, told } = evidence;
    let place: HashMap<Uuid, usize> =
        captures.iter().enumerate().map(|(place, capture)| (capture.aggregate, place)).collect();
    let of_event: HashMap<Uuid, usize> =
        captures.iter().enumerate().map(|(place, capture)| (capture.event, place)).collect();
    let held: HashMap<Uuid, Discussion> =
        discussions.into_iter().map(|discussion| (discussion.discussion, discussion)).collect();
    let mut sets = Sets::new(captures.len());
    for link in &links {
        if let (Some(a), Some(b)) = (place.get(&link.a), place.get(&link.b)) {
            sets.join(*a, *b);
        }
    }
    let mut of: HashMap<usize, Evidence> = HashMap::new();
    let mut put = |place: Option<&usize>, add: &mut dyn FnMut(&mut Evidence)| {
        if let Some(place) = place {
            add(of.entry(sets.root(*place)).or_default());
        }
    };
    for change in changes {
        put(place.get(&change.aggregate), &mut |of| of.changes.push(change.clone()));
    }
    for link in links.iter().filter(|link| place.contains_key(&link.b)) {
        put(place.get(&link.a), &mut |of| of.links.push(*link));
    }
    for response in responses {
        put(of_event.get(&response.about_event), &mut |of| of.responses.push(response));
    }
    for saying in told {
        put(place.get(&saying.signal), &mut |of| of.told.push(saying));
    }
    let spoke = |of: &mut Evidence, discussion: &Uuid| {
        if let Some(held) = held.get(discussion)
            && !of.discussions.contains(held)
        {
            of.discussions.push(*held);
        }
    };
    for mention in mentions {
        put(place.get(&mention.target), &mut |of| {
            of.mentions.push(mention);
            spoke(of, &mention.discussion);
        });
    }
    for capture in captures {
        let own = place.get(&capture.aggregate);
        put(own, &mut |of| {
            if let Some(discussion) = &capture.after_discussion {
                spoke(of, discussion);
            }
            of.captures.push(capture.clone());
        });
    }
    of.into_values().collect()
}

fn capture(row: &Row) -> Result<Capture, EngineError> {
    let list: &str = row.try_get(2)?;
    Ok(Capture {
        recorded_seq: sequence(row)?,
        aggregate: row.try_get(1)?,
        list: List::named(list).ok_or_else(|| inconsistent("fact_capture", "list", list))?,
        centre: row.try_get(3)?,
        occurred_centre: row.try_get(4)?,
        label: row.try_get(5)?,
        label_group: row.try_get(6)?,
        severity: named("fact_capture", "severity", row.try_get(7)?)?,
        level: named("fact_capture", "level", row.try_get(8)?)?,
        certainty: named("fact_capture", "certainty", row.try_get(9)?)?,
        minors: row.try_get(10)?,
        strength: row.try_get(11)?,
        confidential: row.try_get(12)?,
        prompted: row.try_get(13)?,
        after_discussion: row.try_get(14)?,
        occurred_at: row.try_get(15)?,
        recorded_at: row.try_get(16)?,
        registered_at: row.try_get(17)?,
        accompaniment: named("fact_capture", "accompaniment", row.try_get(18)?)?,
        event: row.try_get(19)?,
        dated: row.try_get(20)?,
    })
}

fn change(row: &Row) -> Result<Change, EngineError> {
    Ok(Change {
        recorded_seq: sequence(row)?,
        aggregate: row.try_get(1)?,
        occurred_centre: row.try_get(2)?,
        label: row.try_get(3)?,
        label_group: row.try_get(4)?,
        level: named("fact_change", "level", row.try_get(5)?)?,
        minors: row.try_get(6)?,
        occurred_at: row.try_get(7)?,
    })
}

fn saying(row: &Row) -> Result<Saying, EngineError> {
    let what = match row.try_get(3)? {
        "assessed" => {
            let severity: Option<Severity> = named("fact_assessment", "severity", row.try_get(4)?)?;
            Told::Assessed { severity: severity.unwrap_or_default(), blind: row.try_get(5)? }
        }
        "reasoned" => named("fact_decision", "reason", row.try_get(4)?)?
            .map(Told::Reasoned)
            .ok_or_else(|| inconsistent("fact_decision", "reason", ""))?,
        "dismissed" => Told::Dismissed,
        "answered" => Told::Answered,
        other => return Err(inconsistent("fact_decision", "decision", other)),
    };
    Ok(Saying { recorded_seq: sequence(row)?, signal: row.try_get(1)?, recorded_at: row.try_get(2)?, what })
}

fn all<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, EngineError>) -> Result<Vec<T>, EngineError> {
    rows.iter().map(read).collect()
}

fn sequence(row: &Row) -> Result<u64, EngineError> {
    Ok(row.try_get::<_, i64>(0)?.cast_unsigned())
}

fn named<T: Named>(
    table: &'static str,
    column: &'static str,
    value: Option<&str>,
) -> Result<Option<T>, EngineError> {
    value.map(|name| T::named(name).ok_or_else(|| inconsistent(table, column, name))).transpose()
}

fn inconsistent(table: &str, column: &str, value: &str) -> EngineError {
    EngineError::Inconsistent {
        projection: "underreporting",
        what: format!("table {table}, column {column}: {value:?} is not a known value"),
    }
}
