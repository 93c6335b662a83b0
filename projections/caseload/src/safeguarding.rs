//! What the safeguarding person has to do: the work on confidential signals and discussions, which no team's list shows.

use jiff::Timestamp;
use nabij_model::{CentreId, Policies};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::worklist::{Open, Placed, WorkItem, in_order, open_item, shown};

/// Something to do about a confidential signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConfidentialWork {
    /// Where the signal was logged, or the discussion held.
    pub centre: Option<CentreId>,
    /// What, and by when.
    #[serde(flatten)]
    pub item: WorkItem,
}

impl Reader {
    /// What there is to do at `now` about the confidential signals of `centres`, as known at `as_of`: those that nobody assessed,
    /// words that are owed, steps of protocols, words to be redacted, of discussions too. What is overdue first, then by day.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn confidential_work(
        &self,
        centres: &[CentreId],
        policies: &Policies,
        now: Timestamp,
        as_of: u64,
    ) -> Result<Vec<ConfidentialWork>, ReadError> {
        let ids: Vec<Uuid> = centres.iter().map(|centre| centre.0).collect();
        let rows = self
            .query(
                "SELECT kind, key, case_id, centre, since, due_on, recorded_seq FROM (
                     SELECT DISTINCT ON (w.kind, w.key) w.kind, w.key, w.case_id, s.centre, w.since, w.due_on, w.recorded_seq, w.open
                     FROM (SELECT DISTINCT signal, centre FROM $schema.signal_case
                           WHERE confidential AND centre = ANY ($1) AND recorded_seq <= $2
                           UNION
                           SELECT aggregate, centre FROM $schema.timeline
                           WHERE confidential AND centre = ANY ($1) AND recorded_seq <= $2
                             AND event_type LIKE 'nabij.discussion.%') s
                     JOIN $schema.work_item w ON w.key = s.signal
                     WHERE w.recorded_seq <= $2
                     ORDER BY w.kind, w.key, w.recorded_seq DESC
                 ) last WHERE open",
                &[&ids, &at(as_of)],
            )
            .await?;
        let mut open = rows.iter().map(open_item).collect::<Result<Vec<Open>, _>>()?;
        // An erasure is nobody's case here: the words of the signal are the matter.
        open.iter_mut().for_each(|item| item.case = None);
        open.extend(self.confidential_steps(&ids, now, as_of).await?);
        self.worth_asking(&mut open, as_of).await?;
        let signals: Vec<Uuid> = open.iter().filter_map(|item| item.signal).collect();
        let owners = self.owners(&signals, as_of).await?;
        let work = open.into_iter().filter_map(|item| {
            let centre = item.centre.map(CentreId);
            let cases = item.signal.and_then(|signal| owners.get(&signal)).cloned().unwrap_or_default();
            Some(ConfidentialWork { centre, item: shown(Placed { item, cases }, policies, now)? })
        });
        let mut work: Vec<ConfidentialWork> = work.collect();
        work.sort_by_key(|one| in_order(&one.item));
        Ok(work)
    }
}
