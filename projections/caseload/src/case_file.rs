//! The file of one case: its timeline, folded to what holds now.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use nabij_model::case::{Case, CaseEvent, CaseState, TransferStage};
use nabij_model::discussion::DiscussionEvent;
use nabij_model::referral::{Referral, ReferralState, ReferralStatus};
use nabij_model::signal::SignalEvent;
use nabij_model::text::StaffId;
use nabij_model::{CaseId, CentreId, Decider, Event, Fact, Role};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::case_list::CaseSummary;
use crate::reader::{ReadError, Reader};
use crate::signals::SignalLink;
use crate::timeline::Entry;

/// A transfer that is under way.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TransferUnderWay {
    /// Its id.
    pub transfer: Uuid,
    /// How far it is.
    #[schemars(with = "String")]
    pub stage: TransferStage,
    /// Where to.
    pub to_centre: CentreId,
    /// The request, and every step since.
    pub steps: Vec<Entry>,
}

/// A referral that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OpenReferral {
    /// Its id.
    pub referral: Uuid,
    /// Where it stands.
    #[schemars(with = "String")]
    pub status: ReferralStatus,
    /// Since when it stands there.
    pub since: Timestamp,
    /// The request, and every step since.
    pub steps: Vec<Entry>,
}

/// A signal that concerns the case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SignalInFile {
    /// Its id.
    pub signal: Uuid,
    /// A second person gave their view.
    pub assessed: bool,
    /// It was found to be nothing.
    pub dismissed: bool,
    /// The reporter heard what became of it.
    pub reporter_heard: bool,
    /// A strength, not a worry.
    pub strength: bool,
    /// The signal as logged, and everything said of it since; each says whether it is restricted.
    pub steps: Vec<Entry>,
}

/// What holds of a case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CaseFile {
    /// Where it stands.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// The aggregate's version: for `If-Match`.
    pub version: u64,
    /// How the case began: birth date, household, languages, name; sealed.
    pub opened: Entry,
    /// Somebody doubts the registered age.
    pub age_disputed: bool,
    /// Since when the resident is missing.
    pub missing_since: Option<Timestamp>,
    /// The guardian, while there is one.
    pub guardian: Option<Entry>,
    /// Special reception needs that still stand.
    pub vulnerabilities: Vec<Entry>,
    /// The last guidance.
    pub guidance: Option<Entry>,
    /// Whom the resident trusts, as last named.
    pub trusted_person: Option<Entry>,
    /// Who supports the resident.
    pub support_network: Vec<Entry>,
    /// The support level with its review, as last set.
    pub support_level_set: Option<Entry>,
    /// Actions that are still to do.
    pub plan: Vec<Entry>,
    /// Consents that were not taken back.
    pub consents: Vec<Entry>,
    /// Whether the parents know, as last said.
    pub parents_informed: Option<Entry>,
    /// Every screening.
    pub screenings: Vec<Entry>,
    /// The transfer under way.
    pub transfer: Option<TransferUnderWay>,
    /// Holds that were not lifted.
    pub holds: Vec<Entry>,
    /// Referrals that have not ended.
    pub referrals: Vec<OpenReferral>,
    /// Signals, the newest first.
    pub signals: Vec<SignalInFile>,
    /// The last discussion.
    pub last_discussion: Option<Entry>,
    /// Everything that goes well: signals of strength, and discussions that named strengths; the newest first.
    pub strengths: Vec<Entry>,
}

impl Reader {
    /// The file of `case` as known at `as_of`; `None` when it is unknown then, or erased (see [`erased`](Self::erased)).
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn case_file(&self, case: CaseId, as_of: u64) -> Result<Option<CaseFile>, ReadError> {
        // Several questions, one moment: what is written meanwhile is in none of the answers.
        let as_of = as_of.min(self.sequence().await?);
        let Some(summary) = self.case_summary(case, as_of).await? else { return Ok(None) };
        let links = self.links(case, as_of).await?;
        let standing = self.standing_needs(case, as_of).await?;
        let mut fold = Fold::default();
        for (entry, event) in self.whole_timeline(case, as_of, &links).await? {
            fold.take(entry, event)?;
        }
        Ok(fold.into_file(summary, &standing, &links))
    }
}

/// The file while it is folded. The aggregates' own `evolve` says what holds; this keeps the entries that said it.
#[derive(Default)]
struct Fold {
    case: CaseState,
    version: u64,
    opened: Option<Entry>,
    last: BTreeMap<&'static str, Entry>,
    keyed: BTreeMap<Uuid, Entry>,
    noted: Vec<Entry>,
    network: Vec<Entry>,
    screenings: Vec<Entry>,
    transfer: Vec<Entry>,
    missing_since: Option<Timestamp>,
    referrals: BTreeMap<Uuid, (ReferralState, Vec<Entry>)>,
    signals: BTreeMap<Uuid, (Vec<Entry>, bool, bool)>,
    strengths: Vec<Entry>,
}

impl Fold {
    fn take(&mut self, entry: Entry, event: Event) -> Result<(), ReadError> {
        match event {
            Event::Case(event) => {
                let fact = fact(&entry, event)?;
                Case::evolve(&mut self.case, &fact);
                self.version = entry.recorded_seq;
                self.take_case(entry, &fact.event);
            }
            Event::Signal(event) => {
                let (steps, heard, strength) = self.signals.entry(entry.aggregate).or_default();
                match &event {
                    SignalEvent::Logged(logged) if logged.strength => {
                        *strength = true;
                        self.strengths.push(entry.clone());
                    }
                    SignalEvent::FeedbackGiven(feedback) => {
                        *heard |= feedback.to == nabij_model::signal::FeedbackTo::Reporter;
                    }
                    _ => {}
                }
                steps.push(entry);
            }
            Event::Referral(event) => {
                let (state, steps) = self.referrals.entry(entry.aggregate).or_default();
                Referral::evolve(state, &fact(&entry, event)?);
                steps.push(entry);
            }
            Event::Discussion(DiscussionEvent::Held(held)) => {
                if !held.strengths.is_empty() {
                    self.strengths.push(entry.clone());
                }
                self.last.insert("discussion", entry);
            }
            Event::Discussion(_) | Event::Incident(_) | Event::Centre(_) | Event::Escalation(_) => {}
        }
        Ok(())
    }

    fn take_case(&mut self, entry: Entry, event: &CaseEvent) {
        match event {
            CaseEvent::Opened(_) => self.opened = Some(entry),
            CaseEvent::GuardianAssigned(_) => drop(self.last.insert("guardian", entry)),
            CaseEvent::GuidanceNoted(_) => drop(self.last.insert("guidance", entry)),
            CaseEvent::TrustedPersonNamed(_) => drop(self.last.insert("trusted", entry)),
            CaseEvent::SupportLevelSet(_) => drop(self.last.insert("level", entry)),
            CaseEvent::ParentsInformed(_) | CaseEvent::ParentsNotInformed(_) => {
                self.last.insert("parents", entry);
            }
            CaseEvent::SupportNetworkNoted(_) => self.network.push(entry),
            CaseEvent::VulnerabilityNoted(_) => self.noted.push(entry),
            CaseEvent::ScreeningRecorded(_) => self.screenings.push(entry),
            CaseEvent::PlanActionAdded(added) => drop(self.keyed.insert(added.action.0, entry)),
            CaseEvent::ConsentRecorded(recorded) => drop(self.keyed.insert(recorded.consent.0, entry)),
            CaseEvent::HoldPlaced(placed) => drop(self.keyed.insert(placed.hold.0, entry)),
            CaseEvent::ReportedMissing(missing) => {
                self.missing_since = Some(missing.last_seen_at.unwrap_or(entry.recorded_at));
            }
            CaseEvent::Found(_) => self.missing_since = None,
            CaseEvent::TransferRequested(_) => self.transfer = vec![entry],
            CaseEvent::TransferApproved(_)
            | CaseEvent::TransferDeparted(_)
            | CaseEvent::TransferArrived(_) => self.transfer.push(entry),
            _ => {}
        }
    }

    fn into_file(
        mut self,
        summary: CaseSummary,
        standing: &[u64],
        links: &HashMap<Uuid, SignalLink>,
    ) -> Option<CaseFile> {
        let state = &self.case;
        let open_actions = state.actions.iter().filter(|(_, open)| **open).map(|(action, _)| action.0);
        let consents =
            state.consents.iter().filter(|(_, consent)| !consent.withdrawn).map(|(consent, _)| consent.0);
        let holds = state.holds.iter().filter(|(_, hold)| !hold.lifted).map(|(hold, _)| hold.0);
        let entries = |ids: Vec<Uuid>| -> Vec<Entry> {
            let mut entries: Vec<Entry> = ids.iter().filter_map(|id| self.keyed.get(id).cloned()).collect();
            entries.sort_by_key(|entry| entry.recorded_seq);
            entries
        };
        let (plan, consents, holds) =
            (entries(open_actions.collect()), entries(consents.collect()), entries(holds.collect()));
        let transfer = state.transfer.map(|open| TransferUnderWay {
            transfer: open.id.0,
            stage: open.stage,
            to_centre: open.to_centre,
            steps: std::mem::take(&mut self.transfer),
        });
        let guardian = if self.case.guardian { self.last.remove("guardian") } else { None };
        let mut signals: Vec<SignalInFile> = std::mem::take(&mut self.signals)
            .into_iter()
            .map(|(signal, (steps, reporter_heard, strength))| {
                let link = links.get(&signal);
                SignalInFile {
                    signal,
                    assessed: link.is_some_and(|link| link.assessed),
                    dismissed: link.is_some_and(|link| link.dismissed),
                    reporter_heard,
                    strength,
                    steps,
                }
            })
            .collect();
        signals.sort_by_key(|signal| std::cmp::Reverse(signal.steps.first().map(|entry| entry.recorded_seq)));
        self.strengths.reverse();
        Some(CaseFile {
            summary,
            version: self.version,
            opened: self.opened?,
            age_disputed: self.case.age_disputed,
            missing_since: self.missing_since,
            guardian,
            vulnerabilities: self
                .noted
                .into_iter()
                .filter(|entry| standing.contains(&entry.recorded_seq))
                .collect(),
            guidance: self.last.remove("guidance"),
            trusted_person: self.last.remove("trusted"),
            support_network: self.network,
            support_level_set: self.last.remove("level"),
            plan,
            consents,
            parents_informed: self.last.remove("parents"),
            screenings: self.screenings,
            transfer,
            holds,
            referrals: open_referrals(self.referrals),
            signals,
            last_discussion: self.last.remove("discussion"),
            strengths: self.strengths,
        })
    }
}

fn open_referrals(referrals: BTreeMap<Uuid, (ReferralState, Vec<Entry>)>) -> Vec<OpenReferral> {
    referrals
        .into_iter()
        .filter_map(|(referral, (state, steps))| {
            let status = state.status.filter(|status| !status.ended())?;
            Some(OpenReferral { referral, status, since: steps.last()?.recorded_at, steps })
        })
        .collect()
}

fn fact<E>(entry: &Entry, event: E) -> Result<Fact<E>, ReadError> {
    let wrong = |column, what: String| ReadError::Inconsistent {
        table: "timeline",
        column,
        sequence: entry.recorded_seq,
        what,
    };
    Ok(Fact {
        at: entry.recorded_at,
        by: StaffId::new(entry.actor.as_str()).map_err(|error| wrong("actor", error.to_string()))?,
        role: entry.role.parse::<Role>().map_err(|error| wrong("role", error.to_string()))?,
        event,
    })
}
