//! Escalations as somebody reads them: each with everything that happened to it.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Where an escalation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// `raised`, `notified`, `notification_failed`, `acknowledged`, `handed_up`, `resolved`.
    pub name: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who recorded it.
    pub by: String,
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
    /// Everything that happened to it, oldest first.
    pub steps: Vec<StepTaken>,
    /// Sequence of its last event: the version for `If-Match`.
    pub version: u64,
}

/// Which escalations somebody wants to see.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only this one.
    pub id: Option<Uuid>,
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
    let rows = client
        .query(
            "WITH raised AS (
                SELECT escalation, recorded_seq FROM alerts_v3.step
                WHERE name = 'raised' AND recorded_seq <= $1 AND ($2::uuid IS NULL OR escalation = $2)
                  AND ($3::uuid[] IS NULL OR centre = ANY($3)) AND (NOT confidential OR $4)
                  AND ($5::bigint IS NULL OR recorded_seq < $5)
                ORDER BY recorded_seq DESC LIMIT $6)
             SELECT s.escalation, s.name, s.centre, s.confidential, s.recorded_at, s.actor, s.body, s.recorded_seq
             FROM raised r JOIN alerts_v3.step s USING (escalation)
             WHERE s.recorded_seq <= $1 ORDER BY r.recorded_seq DESC, s.recorded_seq",
            &[
                &wanted.as_of.cast_signed(),
                &wanted.id,
                &wanted.centres,
                &wanted.confidential,
                &wanted.before.map(u64::cast_signed),
                &i64::from(wanted.limit),
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
        match step.name.as_str() {
            "acknowledged" => self.standing = Standing::Acknowledged,
            "handed_up" => self.standing = Standing::Open,
            "resolved" => self.standing = Standing::Resolved,
            _ => {}
        }
        self.version = step.sequence;
        self.steps.push(step);
    }
}
