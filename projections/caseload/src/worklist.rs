//! What a team has to do now. An item follows its case to the centre that has the file, or the safety.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use nabij_model::id::SignalId;
use nabij_model::policies::Setting;
use nabij_model::signal::{Involvement, LinkTarget};
use nabij_model::{CaseId, CentreId, Policies};
use schemars::JsonSchema;
use serde::Serialize;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::case_list::{CaseStatus, CaseSummary};
use crate::protocol_steps::StepToDo;
use crate::reader::{ReadError, Reader, at};
use crate::rule_item::RuleNote;
use crate::word::{variant, word};
use crate::work_item::{FEEDBACK, OF_CHILD, WorkKind};

/// What has a day shows from this long before it.
const AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// More open cases than the largest centre of the network will ever have.
pub(crate) const ALL: u32 = 100_000;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkItem {
    /// What.
    pub kind: WorkKind,
    /// The signal, referral, transfer, action, concern, run of a protocol or escalation that it is about; for a review, the case.
    pub key: Uuid,
    /// The cases that it is about; for a signal without those who are said to have done it.
    pub cases: Vec<CaseId>,
    /// Since when it waits.
    pub since: Timestamp,
    /// When it should be done; absent when nobody set a day.
    pub due: Option<Timestamp>,
    /// It should have been done.
    pub overdue: bool,
    /// The event that opened it.
    pub recorded_seq: u64,
    /// Of a protocol: which step, and who does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<StepToDo>,
    /// Asked by a rule: by which, whom, and why.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleNote>,
    /// Of a candidate link: to what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkToConfirm>,
}

/// A link that is suggested to the team, and made by nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LinkToConfirm {
    /// The other record.
    pub to: LinkTarget,
    /// How probable it is that both are of one occurrence, in per cent.
    pub percent: u8,
}

impl WorkItem {
    /// A candidate link of `signal`, whose later record came with the event `recorded_seq` at `since`.
    #[must_use]
    pub fn candidate(
        signal: SignalId,
        link: LinkToConfirm,
        cases: Vec<CaseId>,
        since: Timestamp,
        recorded_seq: u64,
    ) -> Self {
        Self {
            kind: WorkKind::CandidateLink,
            key: signal.0,
            cases,
            since,
            due: None,
            overdue: false,
            recorded_seq,
            step: None,
            rule: None,
            link: Some(link),
        }
    }
}

/// The worklist of a centre's team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Worklist {
    /// What is overdue first, then by day.
    pub items: Vec<WorkItem>,
    /// The highest sequence that the answer knows of.
    pub recorded_seq: u64,
}

/// The last row of an item that is open.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) kind: WorkKind,
    pub(crate) key: Uuid,
    /// The signal that it is about: what says to which cases it belongs.
    pub(crate) signal: Option<Uuid>,
    pub(crate) case: Option<Uuid>,
    pub(crate) centre: Option<Uuid>,
    pub(crate) since: Timestamp,
    pub(crate) due_on: Option<Date>,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) step: Option<StepToDo>,
    pub(crate) rule: Option<RuleNote>,
    pub(crate) recorded_seq: u64,
}

/// An item that belongs to a centre, with the cases that it is about.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) item: Open,
    pub(crate) cases: Vec<Uuid>,
}

impl Reader {
    /// What the team of `centre` has to do at `now`, as known at `as_of`. Confidential signals are never among it.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn worklist(
        &self,
        centre: CentreId,
        policies: &Policies,
        now: Timestamp,
        as_of: u64,
    ) -> Result<Worklist, ReadError> {
        let recorded_seq = self.sequence().await?.min(as_of);
        let cases = self.cases(&[centre], false, recorded_seq, None, ALL).await?.cases;
        let items = self.work_of(centre, &cases, policies, now, recorded_seq).await?;
        Ok(Worklist { items, recorded_seq })
    }

    /// The same for cases that were read already.
    pub(crate) async fn work_of(
        &self,
        centre: CentreId,
        cases: &[CaseSummary],
        policies: &Policies,
        now: Timestamp,
        as_of: u64,
    ) -> Result<Vec<WorkItem>, ReadError> {
        let mut open = self.open_items(centre, cases, as_of).await?;
        open.extend(self.open_steps(centre, cases, now, as_of).await?);
        open.extend(self.rule_items(centre, cases, false, as_of).await?);
        self.worth_asking(&mut open, as_of).await?;
        let placed = self.placed(centre, cases, open, as_of).await?;
        let mut items: Vec<WorkItem> =
            placed.into_iter().filter_map(|placed| shown(placed, policies, now)).collect();
        items.sort_by_key(in_order);
        Ok(items)
    }

    /// Leaves out words that are owed to nobody, or not yet.
    pub(crate) async fn worth_asking(&self, open: &mut Vec<Open>, as_of: u64) -> Result<(), ReadError> {
        let asked: HashSet<Uuid> =
            open.iter().filter(|item| item.kind == WorkKind::FeedbackDue).map(|item| item.key).collect();
        // How it ended is asked once what was done is told.
        open.retain(|item| item.kind != WorkKind::OutcomeDue || !asked.contains(&item.key));
        let of_children: Vec<Uuid> =
            open.iter().filter(|item| OF_CHILD.contains(&item.kind)).map(|item| item.key).collect();
        let owed = self.owed(&of_children, as_of).await?;
        open.retain(|item| owed.shows(item.kind, item.key));
        Ok(())
    }

    /// Of these the items that belong to `centre`, whose open cases are `cases`.
    pub(crate) async fn placed(
        &self,
        centre: CentreId,
        cases: &[CaseSummary],
        open: Vec<Open>,
        as_of: u64,
    ) -> Result<Vec<Placed>, ReadError> {
        let signals: Vec<Uuid> = open.iter().filter_map(|item| item.signal).collect();
        let owners = self.owners(&signals, as_of).await?;
        let here: HashMap<Uuid, &CaseSummary> = cases.iter().map(|case| (case.case.0, case)).collect();
        let away: Vec<Uuid> =
            owners.values().flatten().filter(|case| !here.contains_key(case)).copied().collect();
        let elsewhere = self.open_among(&away, as_of).await?;
        let mut placed = Vec::new();
        for item in open {
            // Who is said to have done it, or is no longer named by the signal, is not who the item is about.
            let named = |case: &Uuid| {
                item.signal
                    .is_none_or(|signal| owners.get(&signal).is_some_and(|owners| owners.contains(case)))
            };
            let cases = match item.case.filter(named) {
                Some(case) if belongs(item.kind, here.get(&case).copied(), centre) => vec![case],
                Some(_) => continue,
                None => {
                    let owners =
                        item.signal.and_then(|signal| owners.get(&signal)).cloned().unwrap_or_default();
                    let followed = owners.iter().any(|case| here.contains_key(case));
                    // With everybody gone or nobody named, it stays with the team that wrote it down.
                    let stays =
                        item.centre == Some(centre.0) && !owners.iter().any(|case| elsewhere.contains(case));
                    if !followed && !stays {
                        continue;
                    }
                    owners
                }
            };
            placed.push(Placed { item, cases });
        }
        Ok(placed)
    }

    async fn open_items(
        &self,
        centre: CentreId,
        cases: &[CaseSummary],
        as_of: u64,
    ) -> Result<Vec<Open>, ReadError> {
        let ids: Vec<Uuid> = cases.iter().map(|case| case.case.0).collect();
        // Whoever wrote what was imported waits for no word of it.
        let told = FEEDBACK.map(word);
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        let rows = self
            .query(
                "SELECT kind, key, case_id, centre, since, due_on, recorded_seq FROM (
                     SELECT DISTINCT ON (kind, key) * FROM (
                         SELECT * FROM $schema.work_item WHERE case_id = ANY ($1)
                         UNION ALL
                         SELECT * FROM $schema.work_item WHERE case_id IS NULL AND centre = $2
                         UNION ALL
                         SELECT w.* FROM $schema.work_item w
                         JOIN (SELECT DISTINCT signal FROM $schema.signal_case
                               WHERE case_id = ANY ($1) AND recorded_seq <= $3) s ON w.key = s.signal
                         WHERE w.case_id IS NULL AND w.centre IS DISTINCT FROM $2
                     ) every WHERE recorded_seq <= $3 AND NOT confidential
                     ORDER BY kind, key, recorded_seq DESC
                 ) last WHERE open AND NOT (kind = 'redaction_due' AND EXISTS (
                     SELECT FROM $schema.timeline t WHERE t.aggregate = key AND t.confidential))
                 AND NOT (kind = ANY ($4) AND EXISTS (
                     SELECT FROM $schema.timeline t
                     WHERE t.aggregate = key AND t.recorded_seq = last.recorded_seq AND t.historic))",
                &[&ids, &centre.0, &at(as_of), &told],
            )
            .await?;
        rows.iter().map(open_item).collect()
    }

    /// Whom each signal is about, as last corrected, without those who are said to have done it.
    pub(crate) async fn owners(
        &self,
        signals: &[Uuid],
        as_of: u64,
    ) -> Result<BTreeMap<Uuid, Vec<Uuid>>, ReadError> {
        let rows = self
            .query(
                "SELECT c.signal, c.case_id, c.involvement FROM $schema.signal_case c
                 WHERE c.signal = ANY ($1) AND c.case_id IS NOT NULL AND c.recorded_seq = (
                     SELECT max(l.recorded_seq) FROM $schema.signal_case l
                     WHERE l.signal = c.signal AND l.recorded_seq <= $2)
                 ORDER BY c.signal, c.case_id",
                &[&signals, &at(as_of)],
            )
            .await?;
        let mut owners: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for row in rows {
            let involvement = row.get::<_, Option<String>>(2).and_then(variant::<Involvement>);
            if involvement != Some(Involvement::AllegedActor) {
                owners.entry(row.get(0)).or_default().push(row.get(1));
            }
        }
        Ok(owners)
    }

    /// Which of these cases are followed up by anybody.
    async fn open_among(&self, cases: &[Uuid], as_of: u64) -> Result<HashSet<Uuid>, ReadError> {
        let mut open = HashSet::new();
        for case in cases.iter().collect::<HashSet<_>>() {
            let summary = self.case_summary(CaseId(*case), as_of).await?;
            if summary.is_some_and(|summary| summary.status != CaseStatus::Closed) {
                open.insert(*case);
            }
        }
        Ok(open)
    }
}

/// An item from its columns kind, key, case, centre, since, due_on, recorded_seq.
pub(crate) fn open_item(row: &Row) -> Result<Open, ReadError> {
    let recorded_seq = row.get::<_, i64>(6) as u64;
    let word: String = row.get(0);
    let kind = variant(word.clone()).ok_or_else(|| ReadError::Inconsistent {
        table: "work_item",
        column: "kind",
        sequence: recorded_seq,
        what: format!("{word:?} is no kind of work"),
    })?;
    let key = row.get(1);
    Ok(Open {
        kind,
        key,
        signal: is_of_signal(kind).then_some(key),
        case: row.get(2),
        centre: row.get(3),
        since: row.get(4),
        due_on: row.get(5),
        due_at: None,
        step: None,
        rule: None,
        recorded_seq,
    })
}

/// What is overdue first, then by day.
pub(crate) fn in_order(item: &WorkItem) -> (bool, Timestamp, u64, WorkKind, Uuid) {
    (!item.overdue, item.due.unwrap_or(Timestamp::MAX), item.recorded_seq, item.kind, item.key)
}

fn is_of_signal(kind: WorkKind) -> bool {
    matches!(kind, WorkKind::NewSignal | WorkKind::RedactionDue) || kind.is_feedback()
}

/// Safety passes at arrival, the file at the acknowledged handover: the handover is the receiving team's to do, the rest
/// is with the file.
fn belongs(kind: WorkKind, case: Option<&CaseSummary>, centre: CentreId) -> bool {
    case.is_some_and(|case| match kind {
        WorkKind::HandoverToAcknowledge => case.safety_centre == centre,
        _ => case.centre == centre,
    })
}

pub(crate) fn shown(Placed { item, cases }: Placed, policies: &Policies, now: Timestamp) -> Option<WorkItem> {
    let days = |setting: &Setting| SignedDuration::from_hours(24 * i64::from(setting.value));
    let period = match item.kind {
        WorkKind::NewSignal => Some(days(&policies.assessment_due_days)),
        WorkKind::FeedbackDue
        | WorkKind::ChildFeedbackDue
        | WorkKind::ParentsFeedbackDue
        | WorkKind::GuardianFeedbackDue => Some(days(&policies.feedback_due_days)),
        WorkKind::OutcomeDue => Some(days(&policies.outcome_due_days)),
        WorkKind::ReferralStuck => Some(days(&policies.referral_stuck_days)),
        WorkKind::HandoverToAcknowledge => {
            Some(SignedDuration::from_hours(i64::from(policies.handover_due_hours.value)))
        }
        WorkKind::ReviewDue
        | WorkKind::PlanActionDue
        | WorkKind::ConcernAnswerDue
        | WorkKind::TransferReviewDue
        | WorkKind::RedactionDue
        | WorkKind::ProtocolStepDue
        | WorkKind::AskedByRule
        | WorkKind::CandidateLink => None,
    };
    let due = item.due_at.or_else(|| match (item.due_on, period) {
        (Some(day), _) => Some(end_of(day)),
        (None, period) => period.and_then(|period| item.since.checked_add(period).ok()),
    });
    let overdue = due.is_some_and(|due| due <= now);
    let shows = match item.kind {
        WorkKind::ReferralStuck => overdue,
        WorkKind::ReviewDue | WorkKind::PlanActionDue | WorkKind::TransferReviewDue => {
            due.is_none_or(|due| due.duration_since(now) <= AHEAD)
        }
        _ => true,
    };
    shows.then(|| WorkItem {
        kind: item.kind,
        key: item.key,
        cases: cases.into_iter().map(CaseId).collect(),
        since: item.since,
        due,
        overdue,
        recorded_seq: item.recorded_seq,
        step: item.step,
        rule: item.rule,
        link: None,
    })
}

/// The last moment of a day, on the latest local clock of the network: nobody is late while it is still that day somewhere.
fn end_of(day: Date) -> Timestamp {
    let next = day.tomorrow().unwrap_or(day);
    jiff::tz::Offset::UTC.to_timestamp(next.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}
