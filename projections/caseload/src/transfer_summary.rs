//! The summary that a transfer is decided on: the whole file by kind and number, without its words, and how many words of each kind
//! and level it withholds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::case::{
    Accompaniment, Case, CaseEvent, CaseState, FileKind, GuardianAgreement, TransferKind, TransferStage,
    Withheld,
};
use nabij_model::discussion::{DiscussionEvent, Voice};
use nabij_model::id::{ActionId, TransferId};
use nabij_model::referral::{ProviderKind, Referral, ReferralEvent, ReferralState, ReferralStatus};
use nabij_model::signal::{Certainty, Severity, SignalEvent};
use nabij_model::text::Code;
use nabij_model::{CaseId, CentreId, Decider, Event, Role, SealLevel};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::case_file::fold::fact;
use crate::file_kind::file_kind;
use crate::reader::{ReadError, Reader};
use crate::timeline::Entry;

/// The summary that a transfer is decided on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TransferSummary {
    /// The case.
    pub case: CaseId,
    /// The transfer.
    pub transfer: TransferId,
    /// The highest sequence that it shows: an approval names it.
    pub version: u64,
    /// How far the transfer is.
    #[schemars(with = "String")]
    pub stage: TransferStage,
    /// The request with the resident's view, the alternatives and what the guardian says; sealed.
    pub request: Entry,
    /// What the guardian says.
    pub guardian_agreement: Option<GuardianAgreement>,
    /// There is a guardian.
    pub guardian: bool,
    /// With whom a minor lives.
    pub accompaniment: Option<Accompaniment>,
    /// Somebody doubts the registered age.
    pub age_disputed: bool,
    /// The resident is missing.
    pub missing: bool,
    /// How much support, 1 to 3.
    pub support_level: Option<u8>,
    /// Special reception needs that still stand.
    pub vulnerabilities: usize,
    /// Signals that came to something or are still open, by category and severity.
    pub signals: Vec<SignalCount>,
    /// Signals of strength.
    pub strengths: u32,
    /// What teams talked about.
    pub discussions: DiscussionCount,
    /// Every screening; sealed.
    pub screenings: Vec<Entry>,
    /// Actions that are still to do.
    pub plan: Vec<PlanLine>,
    /// Referrals that have not ended: a place on a waiting list may be lost by moving.
    pub referrals: Vec<ReferralLine>,
    /// Legal holds that were not lifted.
    pub holds: usize,
    /// Transfers before this one.
    pub previous_transfers: Vec<PreviousTransfer>,
    /// The resident's own words on the record, how often.
    pub responses: u32,
    /// Words that the summary withholds: how many, of which kind and level.
    pub withheld: Vec<Withheld>,
    /// What it is made of: sequence and type of each event, the oldest first.
    #[serde(skip)]
    pub made_of: Vec<(u64, String)>,
}

/// Signals of one category and severity.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SignalCount {
    /// What they are about; absent when nobody said.
    pub category: Option<Code>,
    /// How serious, as last assessed.
    pub severity: Severity,
    /// How certain, as last assessed.
    pub certainty: Certainty,
    /// A second person looked.
    pub assessed: bool,
    /// How many.
    pub count: u32,
}

/// What teams talked about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct DiscussionCount {
    /// How often.
    pub count: u32,
    /// When last.
    pub last_held_at: Option<Timestamp>,
    /// How often the child was heard.
    pub child_heard: u32,
    /// How often the parents were heard.
    pub parents_heard: u32,
    /// How often the guardian was heard.
    pub guardian_heard: u32,
}

/// An action that is still to do.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlanLine {
    /// Who does it.
    pub role: Role,
    /// By when.
    pub due_on: Date,
}

/// A referral that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReferralLine {
    /// What kind of care.
    pub provider_kind: Option<ProviderKind>,
    /// Where it stands.
    #[schemars(with = "String")]
    pub status: ReferralStatus,
}

/// A transfer before this one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PreviousTransfer {
    /// Why.
    pub kind: TransferKind,
    /// Where to.
    pub to_centre: CentreId,
    /// When it was asked.
    pub requested_at: Timestamp,
    /// The file moved; otherwise it was refused or taken back.
    pub moved: bool,
}

impl Reader {
    /// The summary of `case` for `transfer` as known at `as_of`; `None` when that is not the transfer under way.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn transfer_summary(
        &self,
        case: CaseId,
        transfer: TransferId,
        as_of: u64,
    ) -> Result<Option<TransferSummary>, ReadError> {
        let as_of = as_of.min(self.sequence().await?);
        let Some(line) = self.case_summary(case, as_of).await? else { return Ok(None) };
        let links = self.links(case, as_of).await?;
        let mut fold = Fold::default();
        for (entry, event) in self.whole_timeline(case, as_of, &links).await? {
            fold.take(entry, event)?;
        }
        let standing = self.standing_needs(case, as_of).await?.len();
        Ok(fold.into_summary(case, transfer, line.support_level, standing))
    }
}

#[derive(Default)]
struct Fold {
    case: CaseState,
    transfers: BTreeMap<TransferId, (Entry, TransferKind, CentreId, bool)>,
    signals: BTreeMap<Uuid, SignalCount>,
    dismissed: BTreeSet<Uuid>,
    strengths: BTreeSet<Uuid>,
    discussions: DiscussionCount,
    screenings: Vec<Entry>,
    plan: BTreeMap<ActionId, PlanLine>,
    referrals: BTreeMap<Uuid, (ReferralState, Option<ProviderKind>)>,
    responses: u32,
    withheld: BTreeMap<(FileKind, SealLevel), u32>,
    made_of: Vec<(u64, String)>,
}

impl Fold {
    fn take(&mut self, entry: Entry, event: Event) -> Result<(), ReadError> {
        let Some(kind) = file_kind(&event) else {
            if let Event::Case(event) = event {
                Case::evolve(&mut self.case, &fact(&entry, event)?);
            }
            return Ok(());
        };
        self.made_of.push((entry.recorded_seq, entry.event_type.clone()));
        let shown: &[SealLevel] = match &event {
            Event::Case(CaseEvent::TransferRequested(_)) => &[SealLevel::Team],
            Event::Case(CaseEvent::ScreeningRecorded(_)) => &[SealLevel::Profile],
            _ => &[],
        };
        let count = &mut |level: SealLevel| {
            if !shown.contains(&level) {
                *self.withheld.entry((kind, level)).or_default() += 1;
            }
        };
        // An accusation that nobody looked at is withheld whole.
        if entry.restricted {
            count(SealLevel::Restricted);
            return Ok(());
        }
        sealed_levels(&entry.body, count);
        match event {
            Event::Case(event) => self.take_case(entry, event)?,
            Event::Signal(event) => self.take_signal(entry.aggregate, &event),
            Event::Discussion(DiscussionEvent::Held(held)) => {
                let heard = |voice: Option<Voice>| u32::from(voice == Some(Voice::Heard));
                self.discussions.count += 1;
                self.discussions.last_held_at = self.discussions.last_held_at.max(Some(held.held_at));
                self.discussions.child_heard += heard(held.voice.child);
                self.discussions.parents_heard += heard(held.voice.parents);
                self.discussions.guardian_heard += heard(held.voice.guardian);
            }
            Event::Referral(event) => {
                let (state, provider) = self.referrals.entry(entry.aggregate).or_default();
                if let ReferralEvent::Requested(requested) = &event {
                    *provider = Some(requested.provider_kind);
                }
                Referral::evolve(state, &fact(&entry, event)?);
            }
            _ => {}
        }
        Ok(())
    }

    fn take_case(&mut self, entry: Entry, event: CaseEvent) -> Result<(), ReadError> {
        let fact = fact(&entry, event)?;
        Case::evolve(&mut self.case, &fact);
        match &fact.event {
            CaseEvent::TransferRequested(requested) => {
                let line = (entry, requested.kind, requested.to_centre, false);
                self.transfers.insert(requested.transfer, line);
            }
            CaseEvent::TransferHandoverAcknowledged(acknowledged) => {
                if let Some((.., moved)) = self.transfers.get_mut(&acknowledged.transfer) {
                    *moved = true;
                }
            }
            CaseEvent::ScreeningRecorded(_) => self.screenings.push(entry),
            CaseEvent::ResponseAdded(_) => self.responses += 1,
            CaseEvent::PlanActionAdded(added) => {
                self.plan.insert(added.action, PlanLine { role: added.role, due_on: added.due_on });
            }
            _ => {}
        }
        Ok(())
    }

    fn take_signal(&mut self, signal: Uuid, event: &SignalEvent) {
        match event {
            SignalEvent::Logged(logged) if logged.strength => drop(self.strengths.insert(signal)),
            SignalEvent::Logged(logged) => {
                let line = SignalCount {
                    category: logged.category.clone(),
                    severity: logged.severity,
                    certainty: logged.certainty,
                    assessed: false,
                    count: 1,
                };
                self.signals.insert(signal, line);
            }
            SignalEvent::Assessed(assessed) => {
                self.dismissed.remove(&signal);
                if let Some(line) = self.signals.get_mut(&signal) {
                    (line.severity, line.certainty, line.assessed) =
                        (assessed.severity, assessed.certainty, true);
                }
            }
            SignalEvent::Dismissed(_) => drop(self.dismissed.insert(signal)),
            SignalEvent::Corrected(corrected) => {
                if let (Some(line), Some(category)) = (self.signals.get_mut(&signal), &corrected.category) {
                    line.category = Some(category.clone());
                }
            }
            _ => {}
        }
    }

    fn into_summary(
        mut self,
        case: CaseId,
        transfer: TransferId,
        support_level: Option<u8>,
        vulnerabilities: usize,
    ) -> Option<TransferSummary> {
        let open = self.case.transfer.filter(|open| open.id == transfer)?;
        let (request, ..) = self.transfers.remove(&transfer)?;
        let mut signals: Vec<SignalCount> = Vec::new();
        let standing = self.signals.into_iter().filter(|(signal, _)| !self.dismissed.contains(signal));
        for (_, line) in standing {
            match signals.iter_mut().find(|known| SignalCount { count: 1, ..(*known).clone() } == line) {
                Some(known) => known.count += 1,
                None => signals.push(line),
            }
        }
        signals.sort_by_key(|line| std::cmp::Reverse(line.severity));
        let actions = &self.case.actions;
        let mut plan: Vec<PlanLine> = self
            .plan
            .into_iter()
            .filter(|(action, _)| actions.get(action).copied().unwrap_or(false))
            .map(|(_, line)| line)
            .collect();
        plan.sort_by_key(|line| line.due_on);
        let referrals = self.referrals.into_values().filter_map(|(state, provider_kind)| {
            let status = state.status.filter(|status| !status.ended())?;
            Some(ReferralLine { provider_kind, status })
        });
        let mut previous: Vec<PreviousTransfer> = self
            .transfers
            .into_values()
            .map(|(asked, kind, to_centre, moved)| PreviousTransfer {
                kind,
                to_centre,
                requested_at: asked.recorded_at,
                moved,
            })
            .collect();
        previous.sort_by_key(|transfer| transfer.requested_at);
        Some(TransferSummary {
            case,
            transfer,
            version: self.made_of.last().map_or(0, |(sequence, _)| *sequence),
            stage: open.stage,
            request,
            guardian_agreement: open.guardian_agreement,
            guardian: self.case.guardian,
            accompaniment: self.case.accompaniment,
            age_disputed: self.case.age_disputed,
            missing: self.case.missing,
            support_level,
            vulnerabilities,
            signals,
            strengths: u32::try_from(self.strengths.len()).unwrap_or(u32::MAX),
            discussions: self.discussions,
            screenings: self.screenings,
            plan,
            referrals: referrals.collect(),
            holds: self.case.holds.values().filter(|hold| !hold.lifted).count(),
            previous_transfers: previous,
            responses: self.responses,
            withheld: self
                .withheld
                .into_iter()
                .map(|((kind, level), count)| Withheld { kind, level, count })
                .collect(),
            made_of: self.made_of,
        })
    }
}

/// Calls `found` with the level of each sealed field.
fn sealed_levels(body: &Value, found: &mut impl FnMut(SealLevel)) {
    match body {
        Value::Object(fields) if fields.contains_key("sealed") && fields.contains_key("key") => {
            let level = fields.get("level").cloned().unwrap_or_default();
            if let Ok(level) = serde_json::from_value(level) {
                found(level);
            }
        }
        Value::Object(fields) => fields.values().for_each(|field| sealed_levels(field, found)),
        Value::Array(items) => items.iter().for_each(|item| sealed_levels(item, found)),
        _ => {}
    }
}
