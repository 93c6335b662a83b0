//! What the evaluator knows of cases, centres and signals: little, and enough for predicates.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use nabij_model::case::age::{BirthDate, today};
use nabij_model::case::{Accompaniment, CaseEvent, VulnerabilityCategory};
use nabij_model::centre::CentreEvent;
use nabij_model::discussion::DiscussionEvent;
use nabij_model::incident::IncidentEvent;
use nabij_model::signal::{Involvement, LinkTarget, Severity, SignalEvent};
use nabij_model::text::{Code, StaffId};
use nabij_model::{CaseId, CentreId, Event, Policies, Recorded};
use nabij_underreporting::reportability::Reportability;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rule::Fields;

/// One case.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaseFacts {
    birth: Option<BirthDate>,
    accompaniment: Option<Accompaniment>,
    guardian: bool,
    support_level: Option<u8>,
    pregnant: bool,
    pub(crate) household: Option<Uuid>,
    /// When the last confidential signal about staff was logged that names the case, not as who is said to have done it.
    confidential_at: Option<Timestamp>,
}

/// One centre.
#[derive(Debug, Clone, Default)]
struct CentreFacts {
    operator: Option<Code>,
    closing: bool,
}

/// One signal, as last corrected.
#[derive(Debug, Clone, Default)]
struct SignalFacts {
    affected: Vec<CaseId>,
    category: Option<Code>,
    severity: Severity,
    minor: Option<bool>,
    strength: bool,
    confidential: bool,
    reporter: Option<StaffId>,
    /// Somebody else assessed it, said why it is not registered, discussed or registered it.
    decided: bool,
}

/// Everything that is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    cases: HashMap<CaseId, CaseFacts>,
    centres: HashMap<CentreId, CentreFacts>,
    signals: HashMap<Uuid, SignalFacts>,
    households: HashMap<Uuid, BTreeSet<CaseId>>,
}

impl Known {
    /// Whether it learns from events of this name (`signal.logged`).
    pub(crate) fn reads(name: &str) -> bool {
        const NAMES: &[&str] = &[
            "case.opened",
            "case.age_settled",
            "case.accompaniment_set",
            "case.guardian_assigned",
            "case.guardian_ended",
            "case.support_level_set",
            "case.vulnerability_noted",
            "case.vulnerability_ended",
            "case.erased",
            "centre.registered",
            "centre.closing_announced",
            "signal.logged",
            "signal.corrected",
            "signal.assessed",
            "signal.linked",
            "signal.not_registered",
            "signal.dismissed",
            "discussion.held",
            "incident.linked",
        ];
        NAMES.contains(&name)
    }

    /// Takes an event in. Profile fields are open, or the person is erased.
    pub(crate) fn feed(&mut self, event: &Recorded) {
        let id = event.meta.aggregate.id;
        match &event.event {
            Event::Case(case) => self.case(CaseId(id), case),
            Event::Centre(CentreEvent::Registered(registered)) => {
                self.centres.entry(CentreId(id)).or_default().operator = Some(registered.operator.clone());
            }
            Event::Centre(CentreEvent::ClosingAnnounced(_)) => {
                self.centres.entry(CentreId(id)).or_default().closing = true;
            }
            Event::Signal(signal) => self.signal(event, id, signal),
            Event::Discussion(DiscussionEvent::Held(held)) => {
                // A talk that the team never hears of decides nothing of theirs, though it names it.
                for signal in held.own_signals() {
                    let facts = self.signals.entry(signal.0).or_default();
                    facts.decided |= facts.confidential == event.meta.concerns.confidential;
                }
            }
            Event::Incident(IncidentEvent::Linked(linked)) => {
                if let LinkTarget::Signal(signal) = linked.to {
                    self.decides(event, signal.0);
                }
            }
            _ => {}
        }
    }

    fn case(&mut self, case: CaseId, event: &CaseEvent) {
        if let CaseEvent::Erased(_) = event {
            if let Some(household) = self.cases.remove(&case).and_then(|facts| facts.household) {
                self.households.entry(household).or_default().remove(&case);
            }
            for signal in self.signals.values_mut() {
                signal.affected.retain(|affected| *affected != case);
            }
            return;
        }
        let facts = self.cases.entry(case).or_default();
        match event {
            CaseEvent::Opened(opened) => {
                facts.birth = opened.birth();
                facts.accompaniment = opened.accompaniment;
                facts.household =
                    opened.household.as_ref().and_then(|household| household.get()).map(|id| id.0);
                if let Some(household) = facts.household {
                    self.households.entry(household).or_default().insert(case);
                }
            }
            CaseEvent::AgeSettled(settled) => facts.birth = settled.birth().or(facts.birth),
            CaseEvent::AccompanimentSet(set) => facts.accompaniment = Some(set.accompaniment),
            CaseEvent::GuardianAssigned(_) => facts.guardian = true,
            CaseEvent::GuardianEnded(_) => facts.guardian = false,
            CaseEvent::SupportLevelSet(set) => facts.support_level = Some(set.level.into()),
            CaseEvent::VulnerabilityNoted(noted) => {
                facts.pregnant |= noted.category.get() == Some(&VulnerabilityCategory::Pregnancy);
            }
            CaseEvent::VulnerabilityEnded(ended) => {
                facts.pregnant &= ended.category.get() != Some(&VulnerabilityCategory::Pregnancy);
            }
            _ => {}
        }
    }

    fn decides(&mut self, event: &Recorded, signal: Uuid) {
        let facts = self.signals.entry(signal).or_default();
        facts.decided |= facts.reporter.as_ref() != Some(&event.meta.actor.subject);
    }

    fn signal(&mut self, recorded: &Recorded, signal: Uuid, event: &SignalEvent) {
        let affected = |cases: &[nabij_model::signal::Involved]| {
            cases
                .iter()
                .filter(|involved| involved.role == Involvement::Affected)
                .map(|involved| involved.case)
                .collect()
        };
        match event {
            SignalEvent::Logged(logged) => {
                let facts = SignalFacts {
                    affected: affected(&logged.cases),
                    category: logged.category.clone(),
                    severity: logged.severity,
                    minor: logged.involves_minor,
                    strength: logged.strength,
                    confidential: recorded.meta.concerns.confidential,
                    reporter: Some(recorded.meta.actor.subject.clone()),
                    decided: false,
                };
                self.signals.insert(signal, facts);
                if recorded.meta.concerns.confidential {
                    let named = logged.cases.iter().filter(|one| one.role != Involvement::AllegedActor);
                    for involved in named {
                        let facts = self.cases.entry(involved.case).or_default();
                        facts.confidential_at = facts.confidential_at.max(Some(recorded.meta.recorded_at));
                    }
                }
            }
            SignalEvent::Corrected(corrected) => {
                let facts = self.signals.entry(signal).or_default();
                if let Some(cases) = &corrected.cases {
                    facts.affected = affected(cases);
                }
                facts.category = corrected.category.clone().or(facts.category.take());
                facts.minor = corrected.involves_minor.or(facts.minor);
            }
            SignalEvent::Assessed(assessed) => {
                if assessed.severity != Severity::Unsure {
                    self.signals.entry(signal).or_default().severity = assessed.severity;
                }
                self.decides(recorded, signal);
            }
            SignalEvent::NotRegistered(_) | SignalEvent::Dismissed(_) => self.decides(recorded, signal),
            SignalEvent::Linked(linked) if !matches!(linked.to, LinkTarget::Signal(_)) => {
                self.decides(recorded, signal);
            }
            _ => {}
        }
    }

    /// The cases that an event is about as somebody whom it happened to: witnesses, bystanders and whoever is said to have
    /// done it do not count.
    pub(crate) fn affected(&self, event: &Recorded) -> Vec<CaseId> {
        match &event.event {
            Event::Signal(_) => self
                .signals
                .get(&event.meta.aggregate.id)
                .map(|facts| facts.affected.clone())
                .unwrap_or_default(),
            _ => event.meta.concerns.cases.clone(),
        }
    }

    /// Who logged a signal.
    pub(crate) fn reporter(&self, signal: Uuid) -> Option<&StaffId> {
        self.signals.get(&signal)?.reporter.as_ref()
    }

    /// The household of a case.
    pub(crate) fn household(&self, case: CaseId) -> Option<Uuid> {
        self.cases.get(&case)?.household
    }

    /// Whether a case is a minor's at `now`, as far as anybody knows.
    pub(crate) fn is_minor(&self, case: CaseId, now: Timestamp, policies: &Policies) -> bool {
        let birth = self.cases.get(&case).and_then(|facts| facts.birth);
        birth.is_some_and(|birth| birth.minor_on(today(now), policies.majority_age_years.value))
    }

    /// What predicates may ask about this event.
    pub(crate) fn fields<'k>(
        &'k self,
        event: &'k Recorded,
        reportability: &'k Reportability,
        policies: &'k Policies,
    ) -> KnownFields<'k> {
        KnownFields { known: self, event, reportability, policies }
    }
}

/// What is known of the cases and the centre of one event.
pub(crate) struct KnownFields<'k> {
    known: &'k Known,
    event: &'k Recorded,
    reportability: &'k Reportability,
    policies: &'k Policies,
}

impl KnownFields<'_> {
    fn each_case(&self, value: impl Fn(&CaseFacts) -> Value) -> Vec<Value> {
        let cases = self.known.affected(self.event);
        cases.iter().filter_map(|case| self.known.cases.get(case)).map(value).collect()
    }

    fn each_of_household(&self, value: impl Fn(&CaseFacts) -> Value) -> Vec<Value> {
        let cases = self.known.affected(self.event);
        let households = cases.iter().filter_map(|case| self.known.household(*case));
        let members = households.filter_map(|household| self.known.households.get(&household)).flatten();
        let all: BTreeSet<CaseId> = members.copied().chain(cases.iter().copied()).collect();
        all.iter().filter_map(|case| self.known.cases.get(case)).map(value).collect()
    }

    fn age(&self, facts: &CaseFacts) -> Value {
        let on = today(self.event.meta.recorded_at);
        facts.birth.map_or(Value::Null, |birth| json!(birth.age_on(on)))
    }

    fn reportable(&self) -> Option<bool> {
        let signal = self.known.signals.get(&self.event.meta.aggregate.id)?;
        if signal.strength {
            return Some(false);
        }
        let centre = self.event.meta.concerns.centre.and_then(|centre| self.known.centres.get(&centre));
        let operator = centre.and_then(|centre| centre.operator.as_ref()).map_or("default", Code::as_str);
        let duties = self.reportability.of(operator);
        let kind = duties.type_of_signal(signal.category.as_ref()?.as_str())?;
        // Who notices need not judge: what nobody has judged yet may be as serious as anything of its kind.
        let severity = if signal.severity == Severity::Unsure { Severity::Acute } else { signal.severity };
        let on = today(self.event.meta.recorded_at);
        Some(duties.duty(kind, severity, signal.minor, on).is_some())
    }
}

impl Fields for KnownFields<'_> {
    fn known(&self, name: &str) -> Vec<Value> {
        match name {
            "case.minor" => {
                let now = self.event.meta.recorded_at;
                let cases = self.known.affected(self.event);
                cases.iter().map(|case| json!(self.known.is_minor(*case, now, self.policies))).collect()
            }
            "case.age" => self.each_case(|facts| self.age(facts)),
            "case.pregnant" => self.each_case(|facts| json!(facts.pregnant)),
            "case.accompaniment" => self.each_case(|facts| json!(facts.accompaniment)),
            "case.guardian" => self.each_case(|facts| json!(facts.guardian)),
            "case.support_level" => self.each_case(|facts| json!(facts.support_level)),
            "case.confidential_signal_days" => self.each_case(|facts| {
                let days = |at: Timestamp| self.event.meta.recorded_at.duration_since(at).as_hours() / 24;
                facts.confidential_at.map_or(Value::Null, |at| json!(days(at)))
            }),
            "household.youngest" => self.each_of_household(|facts| self.age(facts)),
            "household.pregnant" => self.each_of_household(|facts| json!(facts.pregnant)),
            "centre.closing" => {
                // A transfer is about the centre that it goes to.
                let centre = match &self.event.event {
                    Event::Case(CaseEvent::TransferRequested(requested)) => Some(requested.to_centre),
                    Event::Case(CaseEvent::TransferApproved(approved)) => Some(approved.to_centre),
                    _ => self.event.meta.concerns.centre,
                };
                let centre = centre.and_then(|centre| self.known.centres.get(&centre));
                vec![json!(centre.is_some_and(|centre| centre.closing))]
            }
            "signal.reportable" => vec![json!(self.reportable().unwrap_or(false))],
            "signal.minor" => {
                let now = self.event.meta.recorded_at;
                let signal = self.known.signals.get(&self.event.meta.aggregate.id);
                let said = signal.is_some_and(|signal| signal.minor == Some(true));
                let is_minor = |case: &CaseId| self.known.is_minor(*case, now, self.policies);
                vec![json!(said || self.known.affected(self.event).iter().any(is_minor))]
            }
            "signal.decided" => {
                let signal = self.known.signals.get(&self.event.meta.aggregate.id);
                vec![json!(signal.is_some_and(|signal| signal.decided))]
            }
            "signal.affects_anybody" => vec![json!(!self.known.affected(self.event).is_empty())],
            "screening.positive" => match &self.event.event {
                Event::Case(CaseEvent::ScreeningRecorded(screening)) => {
                    vec![json!(screening.positive.get().copied().unwrap_or(false))]
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}
