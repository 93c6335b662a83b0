//! The rows that occurrences are put together from, as they stand.

use nabij_model::signal::Severity;
use tokio_postgres::Row;

use super::{ReadError, Reader, inconsistent, list, stored};
use crate::evidence::{Capture, Change, Discussion, Evidence, Link, Mention, Response, Saying, Told};
use crate::facts::names::Named;

impl Reader {
    /// Everything that occurrences are put together from.
    pub(crate) async fn evidence(&self, as_of: u64) -> Result<Evidence, ReadError> {
        let at = stored(as_of);
        Ok(Evidence {
            captures: self.captures(at).await?,
            changes: self.changes(at).await?,
            links: self
                .rows("SELECT recorded_seq, a, b, joined FROM {fact_link} WHERE recorded_seq <= $1", &[&at])
                .await?
                .iter()
                .map(|row| Ok(Link {
                        recorded_seq: sequence(row)?,
                        a: row.try_get(1)?,
                        b: row.try_get(2)?,
                        joined: row.try_get(3)?,
                    }))
                .collect::<Result<_, ReadError>>()?,
            discussions: self
                .rows(
                    "SELECT recorded_seq, discussion, held_at, prompted FROM {fact_discussion} WHERE recorded_seq <= $1",
                    &[&at],
                )
                .await?
                .iter()
                .map(|row| {
                    Ok(Discussion {
                        recorded_seq: sequence(row)?,
                        discussion: row.try_get(1)?,
                        held_at: row.try_get(2)?,
                        prompted: row.try_get(3)?,
                    })
                })
                .collect::<Result<_, ReadError>>()?,
            mentions: self
                .rows("SELECT recorded_seq, discussion, target, spoken FROM {fact_mention} WHERE recorded_seq <= $1", &[&at])
                .await?
                .iter()
                .map(|row| {
                    Ok(Mention {
                        recorded_seq: sequence(row)?,
                        discussion: row.try_get(1)?,
                        target: row.try_get(2)?,
                        spoken: row.try_get(3)?,
                    })
                })
                .collect::<Result<_, ReadError>>()?,
            responses: self
                .rows("SELECT recorded_seq, about_event FROM {fact_response} WHERE recorded_seq <= $1", &[&at])
                .await?
                .iter()
                .map(|row| Ok(Response { recorded_seq: sequence(row)?, about_event: row.try_get(1)? }))
                .collect::<Result<_, ReadError>>()?,
            told: self.told(at).await?,
        })
    }

    async fn captures(&self, as_of: i64) -> Result<Vec<Capture>, ReadError> {
        let rows = self
            .rows(
                "SELECT recorded_seq, aggregate, list, centre, occurred_centre, label, label_group, severity, level,
                     certainty, minors, strength, confidential, prompted, after_discussion, occurred_at, recorded_at,
                     registered_at, accompaniment, event
                 FROM {fact_capture} WHERE recorded_seq <= $1 ORDER BY recorded_seq",
                &[&as_of],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Capture {
                    recorded_seq: sequence(row)?,
                    aggregate: row.try_get(1)?,
                    list: list(row.try_get(2)?)?,
                    centre: row.try_get(3)?,
                    occurred_centre: row.try_get(4)?,
                    label: row.try_get(5)?,
                    label_group: row.try_get(6)?,
                    severity: named("capture", "severity", row.try_get(7)?)?,
                    level: named("capture", "level", row.try_get(8)?)?,
                    certainty: named("capture", "certainty", row.try_get(9)?)?,
                    minors: row.try_get(10)?,
                    strength: row.try_get(11)?,
                    confidential: row.try_get(12)?,
                    prompted: row.try_get(13)?,
                    after_discussion: row.try_get(14)?,
                    occurred_at: row.try_get(15)?,
                    recorded_at: row.try_get(16)?,
                    registered_at: row.try_get(17)?,
                    accompaniment: named("capture", "accompaniment", row.try_get(18)?)?,
                    event: row.try_get(19)?,
                })
            })
            .collect()
    }

    async fn changes(&self, as_of: i64) -> Result<Vec<Change>, ReadError> {
        let rows = self
            .rows(
                "SELECT recorded_seq, aggregate, occurred_centre, label, label_group, level, minors, occurred_at
                 FROM {fact_change} WHERE recorded_seq <= $1 ORDER BY recorded_seq",
                &[&as_of],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Change {
                    recorded_seq: sequence(row)?,
                    aggregate: row.try_get(1)?,
                    occurred_centre: row.try_get(2)?,
                    label: row.try_get(3)?,
                    label_group: row.try_get(4)?,
                    level: named("change", "level", row.try_get(5)?)?,
                    minors: row.try_get(6)?,
                    occurred_at: row.try_get(7)?,
                })
            })
            .collect()
    }

    async fn told(&self, as_of: i64) -> Result<Vec<Saying>, ReadError> {
        let rows = self
            .rows(
                "SELECT recorded_seq, signal, recorded_at, 'assessed', severity, blind FROM {fact_assessment} WHERE recorded_seq <= $1
                 UNION ALL SELECT recorded_seq, signal, recorded_at, decision, reason, false FROM {fact_decision} WHERE recorded_seq <= $1
                 UNION ALL SELECT recorded_seq, signal, recorded_at, 'answered', NULL, false FROM {fact_feedback}
                     WHERE recorded_seq <= $1 AND recipient = 'reporter'
                 ORDER BY 1",
                &[&as_of],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let what = match row.try_get(3)? {
                    "assessed" => {
                        let severity: Option<Severity> = named("assessment", "severity", row.try_get(4)?)?;
                        Told::Assessed { severity: severity.unwrap_or_default(), blind: row.try_get(5)? }
                    }
                    "reasoned" => named("decision", "reason", row.try_get(4)?)?
                        .map(Told::Reasoned)
                        .ok_or_else(|| inconsistent("decision", "reason", ""))?,
                    "dismissed" => Told::Dismissed,
                    "answered" => Told::Answered,
                    other => return Err(inconsistent("decision", "decision", other)),
                };
                Ok(Saying {
                    recorded_seq: sequence(row)?,
                    signal: row.try_get(1)?,
                    recorded_at: row.try_get(2)?,
                    what,
                })
            })
            .collect()
    }
}

fn sequence(row: &Row) -> Result<u64, ReadError> {
    Ok(row.try_get::<_, i64>(0)?.unsigned_abs())
}

fn named<T: Named>(
    table: &'static str,
    column: &'static str,
    value: Option<&str>,
) -> Result<Option<T>, ReadError> {
    value.map(|name| T::named(name).ok_or_else(|| inconsistent(table, column, name))).transpose()
}
