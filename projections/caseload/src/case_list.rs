//! Cases with where they stand: of centres, of a household.

use jiff::Timestamp;
use nabij_model::case::Accompaniment;
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::word::variant;

/// Where a follow-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// The resident has a place and is not there yet.
    Expected,
    /// The resident lives in the centre.
    Present,
    /// The resident is missing.
    Missing,
    /// The follow-up ended.
    Closed,
}

/// A case as a list shows it; names come from the sealed profile, which the interface opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaseSummary {
    /// The case.
    pub case: CaseId,
    /// Where it stands.
    pub status: CaseStatus,
    /// Whose file it is.
    pub centre: CentreId,
    /// Who answers for the resident's safety: another centre between arrival and acknowledged handover.
    pub safety_centre: CentreId,
    /// With whom a minor lives, as last set.
    pub accompaniment: Option<Accompaniment>,
    /// How much support, 1 to 3; absent when the team did not say.
    pub support_level: Option<u8>,
    /// When anybody last wrote something about the case.
    pub last_written_at: Timestamp,
    /// The highest sequence that this line shows.
    pub recorded_seq: u64,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaseList {
    /// By case id, which follows the order of opening.
    pub cases: Vec<CaseSummary>,
    /// Give it as `cursor` for the next page; absent on the last.
    pub next: Option<CaseId>,
}

/// The last thing said of each column. `$2` is `as_of`; erased cases are left out whatever day is asked for.
pub(crate) const LATEST: &str = "
    JOIN LATERAL (
        SELECT (array_agg(f.centre ORDER BY f.recorded_seq DESC) FILTER (WHERE f.centre IS NOT NULL))[1] AS centre,
               (array_agg(f.safety_centre ORDER BY f.recorded_seq DESC)
                   FILTER (WHERE f.safety_centre IS NOT NULL))[1] AS safety_centre,
               (array_agg(f.accompaniment ORDER BY f.recorded_seq DESC)
                   FILTER (WHERE f.accompaniment IS NOT NULL))[1] AS accompaniment,
               (array_agg(f.support_level ORDER BY f.recorded_seq DESC)
                   FILTER (WHERE f.support_level IS NOT NULL))[1] AS support_level,
               (array_agg(f.arrived ORDER BY f.recorded_seq DESC) FILTER (WHERE f.arrived IS NOT NULL))[1] AS arrived,
               (array_agg(f.closed ORDER BY f.recorded_seq DESC) FILTER (WHERE f.closed IS NOT NULL))[1] AS closed,
               (array_agg(f.missing ORDER BY f.recorded_seq DESC) FILTER (WHERE f.missing IS NOT NULL))[1] AS missing
        FROM $schema.case_fact f WHERE f.case_id = c.case_id AND f.recorded_seq <= $2
    ) now ON true
    JOIN LATERAL (
        SELECT t.recorded_seq, t.recorded_at FROM $schema.timeline t
        WHERE t.case_id = c.case_id AND t.recorded_seq <= $2 AND NOT t.confidential
          AND t.event_type NOT LIKE 'nabij.escalation.%'
        ORDER BY t.recorded_seq DESC LIMIT 1
    ) written ON true";

const COLUMNS: &str = "c.case_id, now.centre, now.safety_centre, now.accompaniment, now.support_level,
    now.arrived, now.closed, now.missing, written.recorded_seq, written.recorded_at";

fn summary(row: &Row) -> CaseSummary {
    let flag = |column| row.get::<_, Option<bool>>(column).unwrap_or(false);
    let status = match (flag(6), flag(7), flag(5)) {
        (true, _, _) => CaseStatus::Closed,
        (_, true, _) => CaseStatus::Missing,
        (_, _, true) => CaseStatus::Present,
        _ => CaseStatus::Expected,
    };
    CaseSummary {
        case: CaseId(row.get(0)),
        status,
        centre: CentreId(row.get(1)),
        safety_centre: CentreId(row.get(2)),
        accompaniment: row.get::<_, Option<String>>(3).and_then(variant),
        support_level: row.get::<_, Option<i16>>(4).and_then(|level| u8::try_from(level).ok()),
        recorded_seq: row.get::<_, i64>(8) as u64,
        last_written_at: row.get(9),
    }
}

impl Reader {
    /// A page of the cases whose file or whose safety is with one of `centres`, as known at `as_of`; of an operator: all its
    /// centres. Closed cases only when asked for.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn cases(
        &self,
        centres: &[CentreId],
        with_closed: bool,
        as_of: u64,
        cursor: Option<CaseId>,
        limit: u32,
    ) -> Result<CaseList, ReadError> {
        let centres: Vec<Uuid> = centres.iter().map(|centre| centre.0).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM (
                 SELECT case_id FROM $schema.case_fact WHERE centre = ANY ($1) AND recorded_seq <= $2 AND case_id > $3
                 UNION
                 SELECT case_id FROM $schema.case_fact
                 WHERE safety_centre = ANY ($1) AND recorded_seq <= $2 AND case_id > $3
             ) c {LATEST}
             WHERE (now.centre = ANY ($1) OR now.safety_centre = ANY ($1)) AND ($4 OR NOT now.closed)
               AND NOT EXISTS (SELECT FROM $schema.case_fact e WHERE e.case_id = c.case_id AND e.erased)
             ORDER BY c.case_id LIMIT $5"
        );
        let after = cursor.map_or(Uuid::nil(), |case| case.0);
        let rows =
            self.query(&sql, &[&centres, &at(as_of), &after, &with_closed, &(i64::from(limit) + 1)]).await?;
        let mut cases: Vec<CaseSummary> = rows.iter().map(summary).collect();
        let more = cases.len() > limit as usize;
        cases.truncate(limit as usize);
        let next = cases.last().filter(|_| more).map(|last| last.case);
        Ok(CaseList { cases, next })
    }

    /// One case as a list shows it; `None` when it is unknown at `as_of`, or erased.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn case_summary(&self, case: CaseId, as_of: u64) -> Result<Option<CaseSummary>, ReadError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM (SELECT $1::uuid AS case_id) c {LATEST}
             WHERE now.centre IS NOT NULL
               AND NOT EXISTS (SELECT FROM $schema.case_fact e WHERE e.case_id = c.case_id AND e.erased)"
        );
        Ok(self.query(&sql, &[&case.0, &at(as_of)]).await?.first().map(summary))
    }

    /// The other cases of the household of `case`, wherever they live, closed ones too.
    ///
    /// Which household it is stands nowhere: the table keeps a keyed hash.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn household(&self, case: CaseId, as_of: u64) -> Result<Vec<CaseSummary>, ReadError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM (
                 SELECT DISTINCT other.case_id FROM $schema.case_fact mine
                 JOIN $schema.case_fact other ON other.household = mine.household
                 WHERE mine.case_id = $1 AND mine.recorded_seq <= $2 AND mine.household IS NOT NULL
                   AND other.case_id <> $1 AND other.recorded_seq <= $2
             ) c {LATEST}
             WHERE NOT EXISTS (SELECT FROM $schema.case_fact e WHERE e.case_id = c.case_id AND e.erased)
             ORDER BY c.case_id"
        );
        Ok(self.query(&sql, &[&case.0, &at(as_of)]).await?.iter().map(summary).collect())
    }

    /// Whether the case's data was destroyed, at any time: an answer about an earlier day shows nothing of it either.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn erased(&self, case: CaseId) -> Result<bool, ReadError> {
        let rows = self.query("SELECT FROM nabij.erased WHERE case_id = $1", &[&case.0]).await?;
        Ok(!rows.is_empty())
    }
}
