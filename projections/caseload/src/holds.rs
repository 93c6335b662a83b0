//! Legal holds that a role placed and did not lift: who placed one in another role does not lift it, so that role must find its own.

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::case::{CaseEvent, HoldGround};
use nabij_model::id::HoldId;
use nabij_model::{CaseId, CentreId, Event, Role};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::timeline::{COLUMNS, entry, event};

/// A hold that was not lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlacedHold {
    /// The case that it keeps.
    pub case: CaseId,
    /// Its id: to lift it.
    pub hold: HoldId,
    /// Whose file it was.
    pub centre: Option<CentreId>,
    /// Why.
    pub ground: HoldGround,
    /// The last day on which it stands; absent when it stands until lifted.
    pub until: Option<Date>,
    /// When it was placed.
    pub placed_at: Timestamp,
}

impl Reader {
    /// Holds on cases of `centres` that were placed in `role` and not lifted as known at `as_of`, the oldest first; those whose day is over too,
    /// and none on a case that is erased.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn placed_holds(
        &self,
        role: Role,
        centres: &[CentreId],
        as_of: u64,
    ) -> Result<Vec<PlacedHold>, ReadError> {
        let centres: Vec<Uuid> = centres.iter().map(|centre| centre.0).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM $schema.timeline
             WHERE event_type LIKE 'nabij.case.hold%' AND recorded_seq <= $1 AND role = $2 AND centre = ANY ($3)
               AND case_id IS NOT NULL
             ORDER BY recorded_seq"
        );
        let mut placed: Vec<PlacedHold> = Vec::new();
        for row in self.query(&sql, &[&at(as_of), &role.as_str(), &centres]).await? {
            let step = entry(&row)?;
            match event(&row)? {
                Event::Case(CaseEvent::HoldPlaced(hold)) => placed.push(PlacedHold {
                    case: CaseId(step.aggregate),
                    hold: hold.hold,
                    centre: step.centre.map(CentreId),
                    ground: hold.ground,
                    until: hold.until,
                    placed_at: step.recorded_at,
                }),
                Event::Case(CaseEvent::HoldLifted(lifted)) => placed.retain(|one| one.hold != lifted.hold),
                _ => {}
            }
        }
        Ok(placed)
    }
}
