//! Escalations as somebody reads them: each with everything that happened to it, and what follows from that.

mod parked;
mod related;
mod way;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use nabij_model::escalation::EscalationSeverity;
use nabij_model::{AggregateKind, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use parked::{Deliveries, ParkedNotice, deliveries, parked};
pub use related::related;
pub use way::{RungShown, TakenUpBy, Told, Way};

/// Where an escalation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody took it up yet.
    Open,
    /// Somebody took it up.
    Acknowledged,
    /// It is dealt with.
    Resolved,
}

/// One thing that happened to an escalation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepTaken {
    /// `raised`, `notified`, `notification_failed`, `acknowledged`, `handed_up`, `reminded`, `resolved` ...
    pub name: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who recorded it.
    pub by: String,
    /// The event: what a redaction names.
    pub event_id: Uuid,
    /// Whose event: `escalation`.
    pub kind: AggregateKind,
    /// The escalation.
    pub aggregate: Uuid,
    /// The event's body, sealed.
    pub body: Value,
    /// Where it stands in the log.
    pub sequence: u64,
}

/// An escalation with its whole way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EscalationView {
    /// Which.
    pub id: Uuid,
    /// The centre that it is about.
    pub centre: Option<Uuid>,
    /// For the safeguarding person alone.
    pub confidential: bool,
    /// Where it stands.
    pub standing: Standing,
    /// Its way up: the rungs, who was told, who missed it, what was promised, what comes next.
    #[serde(flatten)]
    pub way: Option<Way>,
    /// The oldest open escalation on the same case, when there are several: one matter, shown together.
    pub group: Option<Uuid>,
    /// The others of that group.
    pub related: Vec<Uuid>,
    /// Somebody whom it is about was erased, and nobody has looked since which of its words go: `POST .../redactions`.
    pub redaction_due: bool,
    /// Everything that happened to it, oldest first.
    pub steps: Vec<StepTaken>,
    /// Sequence of its last event: the version for `If-Match`.
    pub version: u64,
}

/// Which escalations somebody wants to see.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only these.
    pub ids: Option<Vec<Uuid>>,
    /// Only what this role heard of.
    pub role: Option<Role>,
    /// Only what this member of staff was not passed over for.
    pub for_staff: Option<String>,
    /// Only so loud.
    pub severity: Option<EscalationSeverity>,
    /// Only ended ones, or only those that are not.
    pub ended: Option<bool>,
    /// Only those whose words somebody has to look at, or only the others.
    pub redaction_due: Option<bool>,
    /// Only of these centres; `None` for all.
    pub centres: Option<Vec<Uuid>>,
    /// Confidential ones too: for the safeguarding person only.
    pub confidential: bool,
    /// As the log stood at this sequence.
    pub as_of: u64,
    /// Only escalations raised before this sequence (a page's cursor).
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
}

/// The escalations wanted, latest raised first.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn escalations(
    client: &impl GenericClient,
    wanted: &Wanted,
) -> Result<Vec<EscalationView>, tokio_postgres::Error> {
    let severity = wanted.severity.map(|severity| serde_json::json!(severity));
    let rows = client
        .query(
            "WITH raised AS (
                SELECT escalation, recorded_seq, coalesce(d.due, false) AS redaction_due FROM alerts_v5.step r
                LEFT JOIN LATERAL (SELECT due FROM alerts_v5.redaction_due d WHERE d.escalation = r.escalation
                    AND d.recorded_seq <= $1 ORDER BY d.recorded_seq DESC LIMIT 1) d ON true
                WHERE name = 'raised' AND recorded_seq <= $1 AND ($2::uuid[] IS NULL OR escalation = ANY($2))
                  AND ($3::uuid[] IS NULL OR centre = ANY($3)) AND (NOT confidential OR $4)
                  AND ($5::bigint IS NULL OR recorded_seq < $5)
                  AND ($7::jsonb IS NULL OR body->'severity' = $7)
                  AND ($8::text IS NULL OR NOT coalesce(body->'passed_over' ? $8, false))
                  AND ($9::text IS NULL OR EXISTS (SELECT FROM alerts_v5.step h WHERE h.escalation = r.escalation
                    AND h.recorded_seq <= $1 AND (h.body->'recipients' ? $9 OR h.body->'missed' ? $9)))
                  AND ($10::bool IS NULL OR $10 = EXISTS (SELECT FROM alerts_v5.step e WHERE e.escalation = r.escalation
                    AND e.recorded_seq <= $1 AND e.name IN ('resolved', 'lapsed')))
                  AND ($11::bool IS NULL OR $11 = coalesce(d.due, false))
                ORDER BY recorded_seq DESC LIMIT $6)
             SELECT s.escalation, r.redaction_due, s.event_id, s.name, s.centre, s.confidential, s.recorded_at, s.actor, s.body, s.recorded_seq
             FROM raised r JOIN alerts_v5.step s USING (escalation)
             WHERE s.recorded_seq <= $1 ORDER BY r.recorded_seq DESC, s.recorded_seq",
            &[
                &wanted.as_of.cast_signed(),
                &wanted.ids,
                &wanted.centres,
                &wanted.confidential,
                &wanted.before.map(u64::cast_signed),
                &i64::from(wanted.limit),
                &severity,
                &wanted.for_staff,
                &wanted.role.map(Role::as_str),
                &wanted.ended,
                &wanted.redaction_due,
            ],
        )
        .await?;
    let mut views: Vec<EscalationView> = Vec::new();
    for row in rows {
        let id: Uuid = row.get("escalation");
        let step = StepTaken {
            name: row.get("name"),
            at: row.get("recorded_at"),
            by: row.get("actor"),
            event_id: row.get("event_id"),
            kind: AggregateKind::Escalation,
            aggregate: id,
            body: row.get("body"),
            sequence: row.get::<_, i64>("recorded_seq").cast_unsigned(),
        };
        match views.last_mut() {
            Some(view) if view.id == id => view.take(step),
            _ => {
                let mut view = EscalationView {
                    id,
                    centre: row.get("centre"),
                    confidential: row.get("confidential"),
                    standing: Standing::Open,
                    way: Way::raised(&step),
                    group: None,
                    related: Vec::new(),
                    redaction_due: row.get("redaction_due"),
                    steps: Vec::new(),
                    version: 0,
                };
                view.take(step);
                views.push(view);
            }
        }
    }
    Ok(views)
}

impl EscalationView {
    fn take(&mut self, step: StepTaken) {
        if let Some(standing) = self.way.as_mut().and_then(|way| way.take(&step)) {
            self.standing = standing;
        }
        self.version = step.sequence;
        self.steps.push(step);
    }
}
