//! Records of a centre that candidate links are looked for among.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use uuid::Uuid;

use super::described::known;
use super::{ReadError, Reader, list, stored};
use crate::candidates::Record;
use crate::lists::List;
use crate::reportability::{DEFAULT, Reportability};

/// What a centre could link.
#[derive(Debug, Clone)]
pub struct Linkable {
    /// Records of the centre, as corrections left them; whom they name is for the caller to fill in.
    pub records: Vec<Record>,
    /// When each was recorded, and by which event.
    pub recorded: BTreeMap<Uuid, (Timestamp, u64)>,
    /// Pairs of ids, the lower first, of which somebody said that they are not of one occurrence.
    pub refused: BTreeSet<(Uuid, Uuid)>,
}

impl Reader {
    /// What happened in `centre` since `since` and was recorded by `as_of`: no strength, nothing confidential, nothing that was found
    /// to be nothing.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn linkable(
        &self,
        rules: &Reportability,
        centre: Uuid,
        since: Timestamp,
        as_of: u64,
    ) -> Result<Linkable, ReadError> {
        let operator = self.centres(as_of).await?.into_iter().find(|known| known.id == centre);
        let operator = operator.and_then(|known| known.operator);
        let duties = rules.of(operator.as_deref().unwrap_or(DEFAULT));
        let query = known(|c| {
            format!(
                "SELECT c.aggregate, c.list, c.label, c.label_group, c.moment, c.recorded_at, c.recorded_seq FROM {c}
                 WHERE c.occurred_centre = $2 AND c.moment >= $3 AND NOT c.confidential AND NOT EXISTS (
                     SELECT FROM {{fact_decision}} d
                     WHERE d.signal = c.aggregate AND d.decision = 'dismissed' AND d.recorded_seq <= $1 AND NOT EXISTS (
                         SELECT FROM {{fact_assessment}} a
                         WHERE a.signal = d.signal AND a.recorded_seq > d.recorded_seq AND a.recorded_seq <= $1))"
            )
        });
        let query = format!("{query} ORDER BY recorded_seq");
        let rows = self.rows(&query, &[&stored(as_of), &centre, &since]).await?;
        let mut records = Vec::with_capacity(rows.len());
        let mut recorded = BTreeMap::new();
        for row in &rows {
            let (on, label, group): (List, Option<&str>, Option<&str>) =
                (list(row.try_get(1)?)?, row.try_get(2)?, row.try_get(3)?);
            let kind = label.map(|label| {
                let known = match on {
                    List::OfficialRegister => duties.type_of_incident(label, group),
                    _ => duties.type_of_signal(label),
                };
                known.map_or_else(|| label.replace('_', "-"), ToString::to_string)
            });
            let id = row.try_get(0)?;
            recorded.insert(id, (row.try_get(5)?, row.try_get::<_, i64>(6)?.unsigned_abs()));
            records.push(Record {
                id,
                list: on,
                centre,
                kind,
                at: row.try_get(4)?,
                cases: BTreeSet::new(),
                joined: records.len(),
            });
        }
        let refused = self.join(&mut records, as_of).await?;
        Ok(Linkable { records, recorded, refused })
    }

    /// Gives records that links join the same number, and the pairs that somebody keeps apart. What a confidential record holds together
    /// is not known to be one: a suggestion that is gone would tell.
    async fn join(&self, records: &mut [Record], as_of: u64) -> Result<BTreeSet<(Uuid, Uuid)>, ReadError> {
        let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
        let said = self
            .rows(
                "SELECT least(a, b), greatest(a, b), said FROM (
                     SELECT DISTINCT ON (least(a, b), greatest(a, b)) a, b, said FROM (
                         SELECT a, b, joined AS said, recorded_seq FROM {fact_link}
                         WHERE recorded_seq <= $1 AND (a = ANY ($2) OR b = ANY ($2))
                           AND NOT EXISTS (SELECT FROM {fact_capture} c WHERE c.aggregate IN (a, b) AND c.confidential)
                         UNION ALL SELECT a, b, false, recorded_seq FROM {fact_refusal}
                         WHERE recorded_seq <= $1 AND (a = ANY ($2) OR b = ANY ($2))
                     ) words ORDER BY least(a, b), greatest(a, b), recorded_seq DESC
                 ) last",
                &[&stored(as_of), &ids],
            )
            .await?;
        let mut place: HashMap<Uuid, usize> =
            ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let mut refused = BTreeSet::new();
        let mut links = Vec::new();
        for row in &said {
            let pair: (Uuid, Uuid) = (row.try_get(0)?, row.try_get(1)?);
            if !row.try_get::<_, bool>(2)? {
                refused.insert(pair);
                continue;
            }
            // A record outside the period may still hold two of them together.
            for id in [pair.0, pair.1] {
                let next = place.len();
                place.entry(id).or_insert(next);
            }
            links.push((place[&pair.0], place[&pair.1]));
        }
        let mut sets = crate::occurrences::Sets::new(place.len());
        for (a, b) in links {
            sets.join(a, b);
        }
        for (place, record) in records.iter_mut().enumerate() {
            record.joined = sets.root(place);
        }
        Ok(refused)
    }
}
