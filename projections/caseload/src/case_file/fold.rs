//! Folds a timeline into a file: the aggregates' own `evolve` says what holds, this keeps the entries that said it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use nabij_model::case::{Case, CaseEvent, CaseState};
use nabij_model::discussion::DiscussionEvent;
use nabij_model::referral::{Referral, ReferralState};
use nabij_model::signal::{FeedbackTo, SignalEvent};
use nabij_model::text::StaffId;
use nabij_model::{Decider, Event, Fact, Role};
use uuid::Uuid;

use super::{CaseFile, OpenReferral, SignalInFile, TransferUnderWay};
use crate::case_list::CaseSummary;
use crate::reader::ReadError;
use crate::signals::SignalLink;
use crate::timeline::Entry;

/// The file while it is folded.
#[derive(Default)]
pub(super) struct Fold {
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
    pub(super) fn take(&mut self, entry: Entry, event: Event) -> Result<(), ReadError> {
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
                        *heard |= feedback.to == FeedbackTo::Reporter && !feedback.automatic;
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

    pub(super) fn into_file(
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

pub(crate) fn fact<E>(entry: &Entry, event: E) -> Result<Fact<E>, ReadError> {
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
