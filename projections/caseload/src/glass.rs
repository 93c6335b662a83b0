//! Broken glass with its reviews: what an auditor goes through, without anything of the file.

use jiff::Timestamp;
use nabij_model::case::{CaseEvent, GlassReason, GlassVerdict};
use nabij_model::{CaseId, CentreId, Event};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::timeline::{COLUMNS, entry, event};

/// One breaking of the glass.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BrokenGlass {
    /// Its id.
    pub glass: Uuid,
    /// Of which case.
    pub case: CaseId,
    /// Where the case was then.
    pub centre: CentreId,
    /// Who broke it.
    pub by: String,
    /// In which role.
    pub role: String,
    /// When.
    pub at: Timestamp,
    /// When the file was closed again.
    pub until: Timestamp,
    /// Why.
    pub reason: GlassReason,
    /// Why, in words; sealed.
    pub why: Value,
    /// What auditors thought of it, the oldest first.
    pub reviews: Vec<GlassReview>,
    /// Nobody reviewed it to an end yet.
    pub review_due: bool,
    /// Where it stands in the log; the cursor of paging.
    pub recorded_seq: u64,
}

/// What an auditor thought of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GlassReview {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What they thought.
    pub verdict: GlassVerdict,
    /// In words; sealed.
    pub note: Option<Value>,
}

/// A page of broken glass.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BrokenGlasses {
    /// The newest first.
    pub glasses: Vec<BrokenGlass>,
    /// Give it as `cursor` for the next page; absent on the last.
    pub next: Option<u64>,
}

impl Reader {
    /// A page of broken glass, of `centres` when some are given: only what must still be reviewed when `due` is true, only what
    /// was reviewed when it is false.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn broken_glass(
        &self,
        centres: Option<&[CentreId]>,
        due: Option<bool>,
        as_of: u64,
        cursor: Option<u64>,
        limit: u32,
    ) -> Result<BrokenGlasses, ReadError> {
        let centres: Option<Vec<Uuid>> =
            centres.map(|centres| centres.iter().map(|centre| centre.0).collect());
        let last = cursor.map_or(at(as_of), |cursor| at(as_of).min(at(cursor) - 1));
        let sql = format!(
            "SELECT {COLUMNS} FROM $schema.timeline b
             WHERE event_type LIKE 'nabij.case.glass_broken.%' AND recorded_seq <= $1
               AND ($2::uuid[] IS NULL OR centre = ANY ($2))
               AND ($3::boolean IS NULL OR $3 = NOT EXISTS (
                   SELECT FROM $schema.timeline r
                   WHERE r.aggregate = b.aggregate AND r.recorded_seq > b.recorded_seq AND r.recorded_seq <= $4
                     AND r.event_type LIKE 'nabij.case.glass_reviewed.%'
                     AND r.body::json ->> 'glass' = b.body::json ->> 'glass'
                     AND r.body::json ->> 'verdict' <> 'unclear'))
             ORDER BY recorded_seq DESC LIMIT $5"
        );
        let rows = self.query(&sql, &[&last, &centres, &due, &at(as_of), &(i64::from(limit) + 1)]).await?;
        let more = rows.len() > limit as usize;
        let mut glasses = Vec::new();
        for row in rows.iter().take(limit as usize) {
            let step = entry(row)?;
            let (Event::Case(CaseEvent::GlassBroken(broken)), Some(centre)) = (event(row)?, step.centre)
            else {
                continue;
            };
            glasses.push(BrokenGlass {
                glass: broken.glass.0,
                case: CaseId(step.aggregate),
                centre: CentreId(centre),
                by: step.actor,
                role: step.role,
                at: step.recorded_at,
                until: broken.until,
                reason: broken.reason,
                why: step.body.get("why").cloned().unwrap_or_default(),
                reviews: Vec::new(),
                review_due: true,
                recorded_seq: step.recorded_seq,
            });
        }
        self.review(&mut glasses, as_of).await?;
        let next = glasses.last().filter(|_| more).map(|glass| glass.recorded_seq);
        Ok(BrokenGlasses { glasses, next })
    }

    async fn review(&self, glasses: &mut [BrokenGlass], as_of: u64) -> Result<(), ReadError> {
        let cases: Vec<Uuid> = glasses.iter().map(|glass| glass.case.0).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM $schema.timeline
             WHERE case_id = ANY ($1) AND recorded_seq <= $2 AND event_type LIKE 'nabij.case.glass_reviewed.%'
             ORDER BY recorded_seq"
        );
        for row in self.query(&sql, &[&cases, &at(as_of)]).await? {
            let step = entry(&row)?;
            let Event::Case(CaseEvent::GlassReviewed(reviewed)) = event(&row)? else { continue };
            let Some(glass) = glasses.iter_mut().find(|glass| glass.glass == reviewed.glass.0) else {
                continue;
            };
            glass.review_due = reviewed.verdict == GlassVerdict::Unclear;
            glass.reviews.push(GlassReview {
                by: step.actor,
                at: step.recorded_at,
                verdict: reviewed.verdict,
                note: step.body.get("note").cloned(),
            });
        }
        Ok(())
    }
}
