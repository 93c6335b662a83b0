//! What the next discussion should look at: signals nobody discussed, reviews, and always what goes well; and the residents
//! of whom nobody wrote anything; and what rules put there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use nabij_model::{CentreId, Policies};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::agenda_matter::{AgendaMatter, MoreMatters};
use crate::case_list::{CaseStatus, CaseSummary};
use crate::reader::{ReadError, Reader, at};
use crate::timeline::{COLUMNS, Entry, WIDTH, entry};
use crate::work_item::WorkKind;
use crate::worklist::ALL;

/// Quiet residents for one meeting: few enough to be talked about.
const QUIET: usize = 3;
/// Strengths shown of a case, the newest.
const STRENGTHS: i64 = 3;

/// A case to talk about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AgendaCase {
    /// Where it stands.
    pub case: CaseSummary,
    /// Signals that no team has discussed, the oldest first.
    pub signals: Vec<Uuid>,
    /// When a review is due, if one is within a week.
    pub review_due: Option<Timestamp>,
    /// What goes well, the newest first; sealed.
    pub strengths: Vec<Entry>,
}

/// A resident of whom nobody wrote anything.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct QuietResident {
    /// Where the case stands; `last_written_at` says since when it is quiet.
    pub case: CaseSummary,
    /// What goes well, the newest first; sealed.
    pub strengths: Vec<Entry>,
}

/// The agenda of the next discussion.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Agenda {
    /// Cases with something to discuss; whose signal waits longest comes first.
    pub cases: Vec<AgendaCase>,
    /// The longest quiet first, few for each meeting; talking about them makes room for the next.
    pub quiet: Vec<QuietResident>,
    /// How many residents are quiet in all.
    pub quiet_in_all: usize,
    /// What rules ask to talk about, a few for each meeting; it leaves by itself when what it asks for was done.
    pub matters: Vec<AgendaMatter>,
    /// How many more wait, of each rule.
    pub more_matters: Vec<MoreMatters>,
    /// The highest sequence that the answer knows of.
    pub recorded_seq: u64,
}

impl Reader {
    /// The agenda of the team of `centre` at `now`, as known at `as_of`.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn agenda(
        &self,
        centre: CentreId,
        policies: &Policies,
        now: Timestamp,
        as_of: u64,
    ) -> Result<Agenda, ReadError> {
        let recorded_seq = self.sequence().await?.min(as_of);
        let near = self.cases(&[centre], false, recorded_seq, None, ALL).await?.cases;
        let work = self.work_of(centre, &near, policies, now, recorded_seq).await?;
        // Whose safety is here and whose file is not yet: their talks are the sending team's until the handover is acknowledged.
        let here: Vec<CaseSummary> = near.into_iter().filter(|case| case.centre == centre).collect();
        let mut signals = self.undiscussed(&here, recorded_seq).await?;
        let (matters, more_matters) = self.matters(centre, &here, recorded_seq).await?;
        let reviews: BTreeMap<Uuid, Timestamp> = work
            .iter()
            .filter(|item| matches!(item.kind, WorkKind::ReviewDue | WorkKind::TransferReviewDue))
            .filter_map(|item| Some((item.cases.first()?.0, item.due?)))
            .collect();
        let silence = SignedDuration::from_hours(24 * i64::from(policies.quiet_resident_days.value));
        let mut quiet: Vec<&CaseSummary> = here
            .iter()
            .filter(|case| case.status == CaseStatus::Present)
            .filter(|case| now.duration_since(case.last_written_at) >= silence)
            .collect();
        quiet.sort_by_key(|case| (case.last_written_at, case.case));
        let quiet_in_all = quiet.len();
        quiet.truncate(QUIET);
        let discussed: Vec<&CaseSummary> = here
            .iter()
            .filter(|case| signals.contains_key(&case.case.0) || reviews.contains_key(&case.case.0))
            .collect();
        let shown: Vec<Uuid> = discussed.iter().chain(&quiet).map(|case| case.case.0).collect();
        let mut strengths = self.strengths(&shown, recorded_seq).await?;
        let mut of = |case: &CaseSummary| strengths.remove(&case.case.0).unwrap_or_default();
        let quiet = quiet
            .into_iter()
            .filter(|case| !signals.contains_key(&case.case.0) && !reviews.contains_key(&case.case.0))
            .map(|case| QuietResident { case: case.clone(), strengths: of(case) })
            .collect();
        let mut cases: Vec<(Option<u64>, AgendaCase)> = discussed
            .into_iter()
            .map(|case| {
                let waiting = signals.remove(&case.case.0).unwrap_or_default();
                let first = waiting.first().map(|(sequence, _)| *sequence);
                let agenda = AgendaCase {
                    case: case.clone(),
                    signals: waiting.into_iter().map(|(_, signal)| signal).collect(),
                    review_due: reviews.get(&case.case.0).copied(),
                    strengths: of(case),
                };
                (first, agenda)
            })
            .collect();
        cases.sort_by_key(|(first, agenda)| (first.unwrap_or(u64::MAX), agenda.review_due));
        let cases = cases.into_iter().map(|(_, agenda)| agenda).collect();
        Ok(Agenda { cases, quiet, quiet_in_all, matters, more_matters, recorded_seq })
    }

    /// Signals about each case that no team has discussed: by sequence, oldest first. Not those in which the case is said to
    /// have done it and nobody looked yet, nor what was dismissed, nor strengths, nor what is confidential.
    async fn undiscussed(
        &self,
        cases: &[CaseSummary],
        as_of: u64,
    ) -> Result<BTreeMap<Uuid, Vec<(u64, Uuid)>>, ReadError> {
        let ids: Vec<Uuid> = cases.iter().map(|case| case.case.0).collect();
        let rows = self
            .query(
                "SELECT c.case_id, c.recorded_seq, c.signal FROM $schema.signal_case c
                 WHERE c.case_id = ANY ($1) AND NOT c.confidential
                   AND c.recorded_seq = (SELECT max(l.recorded_seq) FROM $schema.signal_case l
                                         WHERE l.signal = c.signal AND l.recorded_seq <= $2)
                   AND NOT EXISTS (SELECT FROM $schema.signal_case s WHERE s.signal = c.signal AND s.strength)
                   AND NOT coalesce((SELECT v.dismissed FROM $schema.signal_verdict v
                                     WHERE v.signal = c.signal AND v.recorded_seq <= $2
                                     ORDER BY v.recorded_seq DESC LIMIT 1), false)
                   AND (c.involvement <> 'alleged_actor' OR EXISTS (
                       SELECT FROM $schema.signal_verdict v
                       WHERE v.signal = c.signal AND v.recorded_seq <= $2 AND NOT v.dismissed))
                   AND NOT EXISTS (SELECT FROM $schema.discussed d
                                   WHERE d.signal = c.signal AND d.recorded_seq <= $2)
                   AND NOT EXISTS (SELECT FROM $schema.discussed d
                                   WHERE d.case_id = c.case_id AND d.recorded_seq > c.recorded_seq
                                     AND d.recorded_seq <= $2)
                 ORDER BY c.case_id, c.recorded_seq",
                &[&ids, &at(as_of)],
            )
            .await?;
        let mut signals: BTreeMap<Uuid, Vec<(u64, Uuid)>> = BTreeMap::new();
        for row in rows {
            signals.entry(row.get(0)).or_default().push((row.get::<_, i64>(1) as u64, row.get(2)));
        }
        Ok(signals)
    }

    /// The newest strengths of each case: signals of strength, and discussions that named some.
    async fn strengths(&self, cases: &[Uuid], as_of: u64) -> Result<BTreeMap<Uuid, Vec<Entry>>, ReadError> {
        let sql = format!(
            "SELECT {COLUMNS}, case_id FROM (
                 SELECT *, row_number() OVER (PARTITION BY case_id ORDER BY recorded_seq DESC) AS place
                 FROM $schema.timeline t
                 WHERE case_id = ANY ($1) AND recorded_seq <= $2 AND NOT confidential AND (
                     (event_type LIKE 'nabij.discussion.held.%' AND body LIKE '%\"strengths\":[%')
                     OR (event_type LIKE 'nabij.signal.logged.%' AND EXISTS (
                         SELECT FROM $schema.signal_case s WHERE s.signal = t.aggregate AND s.strength)))
             ) ranked WHERE place <= $3 ORDER BY case_id, recorded_seq DESC"
        );
        let rows = self.query(&sql, &[&cases, &at(as_of), &STRENGTHS]).await?;
        let mut strengths: BTreeMap<Uuid, Vec<Entry>> = BTreeMap::new();
        for row in &rows {
            strengths.entry(row.get(WIDTH)).or_default().push(entry(row)?);
        }
        Ok(strengths)
    }
}
