//! What each event between two sequences brought to the figures.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{ReadError, Reader, stored};
use crate::report::Viewer;

/// One fact that an event brought, and the centres that it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Position in the stream.
    pub sequence: u64,
    /// The signal, incident, centre or run of a protocol that the fact is about.
    pub aggregate: Uuid,
    /// `capture`, `change`, `link`, `mention`, `decision`, `assessment`, `feedback`, `step`, `drill`, `occupancy` or `centre`.
    pub fact: String,
    /// Codes of the centres that it concerns.
    pub centres: Vec<String>,
    /// The official register's, or another source's; absent when it is no record.
    pub register: Option<bool>,
}

/// `$1` is the sequence before the first event, `$2` that of the last, `$3` whether confidential records count.
const TOUCHES: &str = "WITH touched AS (
    SELECT recorded_seq, 'capture' AS fact, aggregate FROM {fact_capture}
    UNION ALL SELECT recorded_seq, 'change', aggregate FROM {fact_change}
    UNION ALL SELECT recorded_seq, 'link', ends.one FROM {fact_link} l, LATERAL (VALUES (l.a), (l.b)) ends (one)
    WHERE $3 OR NOT EXISTS (SELECT FROM {fact_capture} c WHERE c.aggregate IN (l.a, l.b) AND c.confidential)
    UNION ALL SELECT recorded_seq, 'mention', target FROM {fact_mention}
    UNION ALL SELECT recorded_seq, 'decision', signal FROM {fact_decision}
    UNION ALL SELECT recorded_seq, 'assessment', signal FROM {fact_assessment}
    UNION ALL SELECT recorded_seq, 'feedback', signal FROM {fact_feedback}
)
SELECT t.recorded_seq, t.fact, t.aggregate, c.centre, c.occurred_centre, c.list = 'official_register'
FROM touched t LEFT JOIN {fact_capture} c ON c.aggregate = t.aggregate
WHERE t.recorded_seq > $1 AND t.recorded_seq <= $2 AND ($3 OR NOT coalesce(c.confidential, false))
UNION ALL SELECT recorded_seq, 'occupancy', centre, centre, centre, NULL FROM {fact_occupancy}
    WHERE recorded_seq > $1 AND recorded_seq <= $2
UNION ALL SELECT DISTINCT recorded_seq, 'step', run, centre, centre, NULL::bool FROM {fact_step}
    WHERE recorded_seq > $1 AND recorded_seq <= $2 AND ($3 OR NOT confidential)
UNION ALL SELECT DISTINCT e.recorded_seq, 'step', e.run, s.centre, s.centre, NULL::bool
    FROM {fact_step_end} e JOIN {fact_step} s ON s.run = e.run AND s.step = e.step
    WHERE e.recorded_seq > $1 AND e.recorded_seq <= $2 AND ($3 OR NOT s.confidential)
UNION ALL SELECT recorded_seq, 'drill', centre, centre, centre, NULL FROM {fact_drill}
    WHERE recorded_seq > $1 AND recorded_seq <= $2
UNION ALL SELECT recorded_seq, 'centre', centre, centre, centre, NULL FROM {fact_centre}
    WHERE recorded_seq > $1 AND recorded_seq <= $2
ORDER BY 1";

impl Reader {
    /// The facts of the events in `(after, until]`, in their order.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn touches(&self, after: u64, until: u64, viewer: Viewer) -> Result<Vec<Touch>, ReadError> {
        let codes: BTreeMap<Uuid, String> =
            self.centres(until).await?.into_iter().map(|centre| (centre.id, centre.code)).collect();
        let confidential = viewer == Viewer::Analyst;
        let rows = self.rows(TOUCHES, &[&stored(after), &stored(until), &confidential]).await?;
        rows.iter()
            .map(|row| {
                let centres: [Option<Uuid>; 2] = [row.try_get(3)?, row.try_get(4)?];
                let mut centres: Vec<String> =
                    centres.iter().flatten().filter_map(|centre| codes.get(centre).cloned()).collect();
                centres.dedup();
                Ok(Touch {
                    sequence: row.try_get::<_, i64>(0)?.unsigned_abs(),
                    fact: row.try_get(1)?,
                    aggregate: row.try_get(2)?,
                    centres,
                    register: row.try_get(5)?,
                })
            })
            .collect()
    }
}
