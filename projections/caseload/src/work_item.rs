//! What a team must do: opened by one event, closed by another.
//!
//! The last row of a kind and key says whether the item is still open. Where no event says a day, the period of the policies
//! counts from `since`; it is applied when the worklist is read, so that a changed period needs no rebuild.

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::case::{ApprovalBasis, CaseEvent, Records};
use nabij_model::centre::CentreEvent;
use nabij_model::discussion::DiscussionEvent;
use nabij_model::incident::IncidentEvent;
use nabij_model::referral::ReferralEvent;
use nabij_model::signal::{FeedbackGiven, FeedbackKind, FeedbackTo, Involvement, SignalEvent};
use nabij_model::{Event, Recorded};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::word::word;

pub(crate) static WORK_ITEM: Table = Table {
    name: "work_item",
    columns: &[
        ("kind", Type::TEXT),
        ("key", Type::UUID),
        ("open", Type::BOOL),
        ("case_id", Type::UUID),
        ("centre", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("since", Type::TIMESTAMPTZ),
        ("due_on", Type::DATE),
        ("confidential", Type::BOOL),
    ],
};

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// A second person has not looked at a signal yet. Key: the signal.
    NewSignal,
    /// The reporter of a signal does not know yet what was done. Key: the signal.
    FeedbackDue,
    /// The reporter knows what was done, or that it was nothing, and not how it ended. Key: the signal.
    OutcomeDue,
    /// A child whom a signal affects heard nothing of what became of it. Key: the signal.
    ChildFeedbackDue,
    /// Its parents did not, and nothing says that it is kept from them. Key: the signal.
    ParentsFeedbackDue,
    /// Its guardian did not. Key: the signal.
    GuardianFeedbackDue,
    /// The support level, or what a meeting decided, is to be looked at again. Key: the case.
    ReviewDue,
    /// A referral got no answer for too long. Key: the referral.
    ReferralStuck,
    /// The resident is here, the file is not. Key: the transfer.
    HandoverToAcknowledge,
    /// An action of a case's plan is to be done. Key: the action.
    PlanActionDue,
    /// Headquarters owes the centre an answer. Key: the concern.
    ConcernAnswerDue,
    /// A transfer for imminent danger is to be looked at again. Key: the case.
    TransferReviewDue,
    /// Somebody whom a record names was erased: its words about them are to go. Key: the signal, discussion or incident.
    RedactionDue,
    /// A step of a protocol that runs on a signal. Key: the run.
    ProtocolStepDue,
    /// A rule asks for it. Key: the escalation.
    AskedByRule,
    /// Another record may be about the same occurrence: to be linked, or refused at `link-rejections`. Key: the signal.
    CandidateLink,
}

impl WorkKind {
    /// Somebody is owed a word about a signal.
    #[must_use]
    pub fn is_feedback(self) -> bool {
        FEEDBACK.contains(&self)
    }
}

/// Words that are owed about a signal.
pub(crate) const FEEDBACK: [WorkKind; 5] = [
    WorkKind::FeedbackDue,
    WorkKind::OutcomeDue,
    WorkKind::ChildFeedbackDue,
    WorkKind::ParentsFeedbackDue,
    WorkKind::GuardianFeedbackDue,
];

/// Who is owed a word when a signal affects a child; whether a parent or a guardian is told is judged when the list is read.
pub(crate) const OF_CHILD: [WorkKind; 3] =
    [WorkKind::ChildFeedbackDue, WorkKind::ParentsFeedbackDue, WorkKind::GuardianFeedbackDue];

/// One row about an item.
struct Item {
    kind: WorkKind,
    key: Uuid,
    open: bool,
    case: Option<Uuid>,
    due_on: Option<Date>,
    since: Option<Timestamp>,
}

impl Item {
    fn open(kind: WorkKind, key: Uuid) -> Self {
        Self { kind, key, open: true, case: None, due_on: None, since: None }
    }

    fn close(kind: WorkKind, key: Uuid) -> Self {
        Self { open: false, ..Self::open(kind, key) }
    }

    fn of_case(self, case: Uuid) -> Self {
        Self { case: Some(case), ..self }
    }

    fn due_on(self, due_on: Option<Date>) -> Self {
        Self { due_on, ..self }
    }
}

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let id = event.meta.aggregate.id;
    match &event.event {
        Event::Case(CaseEvent::Erased(erased)) => {
            let Records { signals, discussions, incidents, .. } = &erased.shared;
            let records = signals.iter().map(|id| id.0);
            let records = records.chain(discussions.iter().map(|id| id.0));
            let mut records = records.chain(incidents.iter().map(|id| id.0));
            records.try_for_each(|record| row(event, Item::open(WorkKind::RedactionDue, record), rows))
        }
        Event::Case(case) => of_case(id, case).map_or(Ok(()), |item| row(event, item, rows)),
        Event::Signal(signal) => {
            of_signal(id, signal).into_iter().try_for_each(|item| row(event, item, rows))
        }
        Event::Referral(referral) => {
            let case = event.meta.concerns.cases.first().map(|case| case.0);
            of_referral(id, referral).map_or(Ok(()), |item| row(event, Item { case, ..item }, rows))
        }
        // It neither opens nor closes what a team has to do: either would tell the team of it.
        Event::Discussion(DiscussionEvent::Held(held)) if held.confidential => Ok(()),
        Event::Discussion(DiscussionEvent::Held(held)) => held.own_cases().try_for_each(|case| {
            // Talking about somebody is the review, for the team that follows them; the meeting may set the next one.
            let review = match held.next_review {
                Some(day) => Item::open(WorkKind::ReviewDue, case.0).due_on(Some(day)),
                None => Item::close(WorkKind::ReviewDue, case.0),
            };
            row(event, review.of_case(case.0), rows)?;
            row(event, Item::close(WorkKind::TransferReviewDue, case.0).of_case(case.0), rows)
        }),
        Event::Centre(CentreEvent::ConcernRaised(raised)) => {
            let item = Item::open(WorkKind::ConcernAnswerDue, raised.concern.0).due_on(raised.answer_due);
            row(event, item, rows)
        }
        Event::Centre(CentreEvent::ConcernAnswered(answered)) => {
            row(event, Item::close(WorkKind::ConcernAnswerDue, answered.concern.0), rows)
        }
        Event::Discussion(DiscussionEvent::Redacted(_)) | Event::Incident(IncidentEvent::Redacted(_)) => {
            row(event, Item::close(WorkKind::RedactionDue, id), rows)
        }
        Event::Discussion(_) | Event::Centre(_) | Event::Incident(_) | Event::Escalation(_) => Ok(()),
    }
}

fn of_case(case: Uuid, event: &CaseEvent) -> Option<Item> {
    let item = match event {
        CaseEvent::SupportLevelSet(set) => match set.review_on {
            Some(day) => Item::open(WorkKind::ReviewDue, case).due_on(Some(day)),
            None => Item::close(WorkKind::ReviewDue, case),
        },
        CaseEvent::PlanActionAdded(added) => {
            Item::open(WorkKind::PlanActionDue, added.action.0).due_on(Some(added.due_on))
        }
        CaseEvent::PlanActionCompleted(done) => Item::close(WorkKind::PlanActionDue, done.action.0),
        CaseEvent::PlanActionCancelled(cancelled) => Item::close(WorkKind::PlanActionDue, cancelled.action.0),
        CaseEvent::TransferApproved(approved) => match approved.basis {
            ApprovalBasis::ImminentDanger { review_on } => {
                Item::open(WorkKind::TransferReviewDue, case).due_on(Some(review_on))
            }
            ApprovalBasis::Planned | ApprovalBasis::Discussion(_) => return None,
        },
        CaseEvent::TransferCancelled(_) => Item::close(WorkKind::TransferReviewDue, case),
        CaseEvent::TransferArrived(arrived) => Item {
            since: Some(arrived.at),
            ..Item::open(WorkKind::HandoverToAcknowledge, arrived.transfer.0)
        },
        CaseEvent::TransferHandoverAcknowledged(acknowledged) => {
            Item::close(WorkKind::HandoverToAcknowledge, acknowledged.transfer.0)
        }
        _ => return None,
    };
    Some(item.of_case(case))
}

fn of_signal(signal: Uuid, event: &SignalEvent) -> Vec<Item> {
    match event {
        // A strength asks for nobody's judgement.
        SignalEvent::Logged(logged) if !logged.strength => {
            let affected = logged.cases.iter().any(|case| case.role == Involvement::Affected);
            let child = logged.involves_minor == Some(true) && affected;
            let reporter = [WorkKind::NewSignal, WorkKind::FeedbackDue, WorkKind::OutcomeDue];
            let owed = OF_CHILD.into_iter().filter(|_| child).chain(reporter);
            owed.map(|kind| Item::open(kind, signal)).collect()
        }
        // Those who were told before are asked about anew: it may have been about another child.
        SignalEvent::Corrected(corrected) => match corrected.involves_minor {
            Some(true) => OF_CHILD.map(|kind| Item::open(kind, signal)).into(),
            Some(false) => OF_CHILD.map(|kind| Item::close(kind, signal)).into(),
            None => vec![],
        },
        SignalEvent::Assessed(_) => vec![Item::close(WorkKind::NewSignal, signal)],
        SignalEvent::Redacted(_) => vec![Item::close(WorkKind::RedactionDue, signal)],
        // Nothing is done about what was nothing; that it was, its reporter still hears.
        SignalEvent::Dismissed(_) => vec![Item::close(WorkKind::FeedbackDue, signal)],
        SignalEvent::FeedbackGiven(feedback) => told(signal, feedback),
        _ => vec![],
    }
}

/// What a person said closes what was owed; that a signal was received is no word about it yet.
fn told(signal: Uuid, feedback: &FeedbackGiven) -> Vec<Item> {
    let close = |kinds: &[WorkKind]| kinds.iter().map(|kind| Item::close(*kind, signal)).collect();
    match (feedback.to, feedback.kind) {
        (_, FeedbackKind::Acknowledged) => vec![],
        (FeedbackTo::Reporter, FeedbackKind::ActionTaken) => close(&[WorkKind::FeedbackDue]),
        (FeedbackTo::Reporter, FeedbackKind::Outcome) => {
            close(&[WorkKind::FeedbackDue, WorkKind::OutcomeDue])
        }
        (FeedbackTo::Child, _) => close(&[WorkKind::ChildFeedbackDue]),
        (FeedbackTo::Parents, _) => close(&[WorkKind::ParentsFeedbackDue]),
        (FeedbackTo::Guardian, _) => close(&[WorkKind::GuardianFeedbackDue]),
    }
}

fn of_referral(referral: Uuid, event: &ReferralEvent) -> Option<Item> {
    Some(match event {
        // A missed appointment or a waiting list is a wait that begins anew.
        ReferralEvent::Requested(_) | ReferralEvent::Waitlisted(_) | ReferralEvent::Missed(_) => {
            Item::open(WorkKind::ReferralStuck, referral)
        }
        ReferralEvent::Accepted(_)
        | ReferralEvent::Refused(_)
        | ReferralEvent::AppointmentSet(_)
        | ReferralEvent::Attended(_)
        | ReferralEvent::Completed(_)
        | ReferralEvent::Withdrawn(_) => Item::close(WorkKind::ReferralStuck, referral),
        // It may be learned of long after the referral has ended.
        ReferralEvent::BarrierRecorded(_) => return None,
    })
}

fn row(event: &Recorded, item: Item, rows: &mut Rows) -> Result<(), ApplyError> {
    let concerns = &event.meta.concerns;
    rows.row(&WORK_ITEM)
        .put(word(item.kind))
        .put(item.key)
        .put(item.open)
        .put(item.case)
        .put(concerns.centre.map(|centre| centre.0))
        .put(event.sequence as i64)
        .put(item.since.unwrap_or(event.meta.recorded_at))
        .put(item.due_on)
        .put(concerns.confidential)
        .end()
}
