//! Centres and how many people live there.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{ReadError, Reader, stored};
use crate::estimators::exposure::Report;

/// A centre as last registered; one that only records name has its id for a code and no operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Centre {
    pub(crate) id: Uuid,
    pub(crate) code: String,
    pub(crate) operator: Option<String>,
    pub(crate) region: Option<String>,
}

/// How many residents, by whether they are minors.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Residents {
    All,
    Minors,
    Adults,
}

impl Reader {
    pub(crate) async fn centres(&self, as_of: u64) -> Result<Vec<Centre>, ReadError> {
        let rows = self
            .rows(
                // An index tells in which centres anything happened, one centre after the other.
                "WITH RECURSIVE named AS (
                     (SELECT occurred_centre FROM {fact_capture} ORDER BY occurred_centre LIMIT 1)
                     UNION ALL
                     SELECT (SELECT c.occurred_centre FROM {fact_capture} c WHERE c.occurred_centre > n.occurred_centre
                             ORDER BY c.occurred_centre LIMIT 1)
                     FROM named n WHERE n.occurred_centre IS NOT NULL
                 )
                 SELECT coalesce(k.centre, u.occurred_centre), coalesce(k.code, u.occurred_centre::text), k.operator, k.region
                 FROM (SELECT DISTINCT ON (centre) * FROM {fact_centre} WHERE recorded_seq <= $1 ORDER BY centre, recorded_seq DESC) k
                 FULL JOIN (SELECT occurred_centre FROM named n WHERE EXISTS (
                     SELECT FROM {fact_capture} c WHERE c.occurred_centre = n.occurred_centre AND c.recorded_seq <= $1
                 )) u ON u.occurred_centre = k.centre
                 ORDER BY 2",
                &[&stored(as_of)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Centre {
                    id: row.try_get(0)?,
                    code: row.try_get(1)?,
                    operator: row.try_get(2)?,
                    region: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// Occupancy reports of each centre in order of time; of two for the same moment the later recorded one.
    pub(crate) async fn occupancy(
        &self,
        as_of: u64,
        counted: Residents,
    ) -> Result<BTreeMap<Uuid, Vec<Report>>, ReadError> {
        let rows = self
            .rows(
                "SELECT DISTINCT ON (centre, as_at) centre, as_at, residents, minors FROM {fact_occupancy}
                 WHERE recorded_seq <= $1 ORDER BY centre, as_at, recorded_seq DESC",
                &[&stored(as_of)],
            )
            .await?;
        let mut reports: BTreeMap<Uuid, Vec<Report>> = BTreeMap::new();
        for row in &rows {
            let (all, minors): (i32, Option<i32>) = (row.try_get(2)?, row.try_get(3)?);
            let residents = match counted {
                Residents::All => Some(all),
                Residents::Minors => minors,
                Residents::Adults => minors.map(|minors| all - minors),
            };
            if let Some(residents) = residents.and_then(|count| u32::try_from(count).ok()) {
                reports.entry(row.try_get(0)?).or_default().push(Report { at: row.try_get(1)?, residents });
            }
        }
        Ok(reports)
    }
}
