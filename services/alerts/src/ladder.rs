//! How an escalation climbs: past its time it goes to the next rung, past the last one that is reminded.
//!
//! The rungs are those that stand in its `raised`: a changed rule changes no running escalation. Every deadline comes from the
//! log, so one that passed while nothing ran fires late rather than never, and what was done once is not done again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nabij_model::case::CaseEvent;
use nabij_model::centre::CentreEvent;
use nabij_model::escalation::{
    EscalationCommand, EscalationEvent, HandedUp, Missed, Raised, Reminded, Rungs,
};
use nabij_model::id::EscalationId;
use nabij_model::text::{Code, StaffId};
use nabij_model::{CaseId, CentreId, Event, Recorded, Role};

use crate::machine::Machine;
use crate::pace::Pace;
use crate::roster::Roster;

/// An escalation that nobody ended.
#[derive(Debug, Clone)]
struct Open {
    centre: Option<CentreId>,
    cases: Vec<CaseId>,
    passed_over: Vec<StaffId>,
    quiet_hours: bool,
    rungs: Rungs,
    step: u32,
    recipients: Vec<Role>,
    reminders: u32,
    /// When it climbs, and what was missed then. `None`: it was reminded for the last time.
    climbs: Option<(Timestamp, Option<Missed>)>,
}

/// What is to be done about one escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Climb {
    /// The next rung hears it.
    HandUp(EscalationId, HandedUp),
    /// There is nobody above: the last rung is reminded.
    Remind(EscalationId, Reminded),
}

/// Every open escalation, and when it climbs.
#[derive(Debug, Clone)]
pub struct Ladder {
    roster: Arc<Roster>,
    pace: Arc<Pace>,
    operators: HashMap<CentreId, Option<Code>>,
    open: HashMap<EscalationId, Open>,
    deadlines: BTreeSet<(Timestamp, EscalationId)>,
    by_case: BTreeMap<CaseId, BTreeSet<EscalationId>>,
}

impl Climb {
    /// The escalation.
    #[must_use]
    pub fn escalation(&self) -> EscalationId {
        match self {
            Self::HandUp(id, _) | Self::Remind(id, _) => *id,
        }
    }

    /// What tells one climb from every other: escalation, rung, and the how manieth reminder.
    #[must_use]
    pub fn key(&self) -> (EscalationId, u32, u32) {
        match self {
            Self::HandUp(id, handed_up) => (*id, handed_up.step, 0),
            Self::Remind(id, reminded) => (*id, reminded.step, reminded.number),
        }
    }

    /// The command that does it.
    #[must_use]
    pub fn command(self) -> EscalationCommand {
        match self {
            Self::HandUp(_, handed_up) => EscalationCommand::HandUp(handed_up),
            Self::Remind(_, reminded) => EscalationCommand::Remind(reminded),
        }
    }
}

impl Ladder {
    /// A ladder that has read nothing yet.
    #[must_use]
    pub fn new(roster: Arc<Roster>, pace: Arc<Pace>) -> Self {
        Self {
            roster,
            pace,
            operators: HashMap::new(),
            open: HashMap::new(),
            deadlines: BTreeSet::new(),
            by_case: BTreeMap::new(),
        }
    }

    /// The centres that the log knows, each with its operator.
    #[must_use]
    pub fn centres(&self) -> Vec<(CentreId, Option<Code>)> {
        let mut centres: Vec<_> =
            self.operators.iter().map(|(&centre, operator)| (centre, operator.clone())).collect();
        centres.sort();
        centres
    }

    fn raised(&mut self, id: EscalationId, event: &Recorded, raised: &Raised) {
        if !raised.shown_as.is_alarm() || event.meta.historic {
            return;
        }
        let mut open = Open {
            centre: raised.subject.centre,
            cases: raised.subject.cases.clone(),
            passed_over: raised.passed_over.clone(),
            quiet_hours: raised.quiet_hours,
            rungs: Rungs::of(raised, event.meta.recorded_at),
            step: raised.step,
            recipients: raised.recipients.clone(),
            reminders: 0,
            climbs: Some((raised.acknowledge_by, Some(Missed::Acknowledgement))),
        };
        if !self.reaches(&open, &open.recipients, event.meta.recorded_at) {
            // Everybody of the first rung is part of the matter: nobody is waited for.
            open.climbs = Some((event.meta.recorded_at, None));
        }
        for case in &open.cases {
            self.by_case.entry(*case).or_default().insert(id);
        }
        self.insert(id, open);
    }

    /// Whether anybody is left of a rung without those who are part of the matter. Where nobody is named everybody is left.
    fn reaches(&self, open: &Open, recipients: &[Role], at: Timestamp) -> bool {
        if open.passed_over.is_empty() {
            return true;
        }
        let operator = open.centre.and_then(|centre| self.operators.get(&centre)).and_then(Option::as_ref);
        recipients.iter().any(|&role| {
            let without = self.roster.hearing_without(role, open.centre, operator, at, &open.passed_over);
            !without.is_empty() || self.roster.hearing(role, open.centre, operator, at).is_empty()
        })
    }

    fn insert(&mut self, id: EscalationId, open: Open) {
        if let Some((at, _)) = open.climbs {
            self.deadlines.insert((at, id));
        }
        self.open.insert(id, open);
    }

    fn take(&mut self, id: EscalationId) -> Option<Open> {
        let open = self.open.remove(&id)?;
        if let Some((at, _)) = open.climbs {
            self.deadlines.remove(&(at, id));
        }
        Some(open)
    }

    fn end(&mut self, id: EscalationId) {
        let Some(open) = self.take(id) else { return };
        for case in &open.cases {
            if let Some(ids) = self.by_case.get_mut(case) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_case.remove(case);
                }
            }
        }
    }

    fn change(&mut self, id: EscalationId, change: impl FnOnce(&mut Open)) {
        if let Some(mut open) = self.take(id) {
            change(&mut open);
            self.insert(id, open);
        }
    }

    /// Nobody is alarmed about somebody who is erased any more.
    fn forget(&mut self, case: CaseId) {
        for id in self.by_case.remove(&case).unwrap_or_default() {
            let Some(open) = self.open.get_mut(&id) else { continue };
            open.cases.retain(|named| *named != case);
            if open.cases.is_empty() {
                self.take(id);
            }
        }
    }

    fn escalation(&mut self, id: EscalationId, event: &Recorded, escalation: &EscalationEvent) {
        match escalation {
            EscalationEvent::Raised(raised) => self.raised(id, event, raised),
            EscalationEvent::Acknowledged(acknowledged) => self.change(id, |open| {
                let until = open.rungs.promised(open.step, event.meta.recorded_at, acknowledged.until);
                open.climbs = Some((until, Some(Missed::Promise)));
            }),
            EscalationEvent::HandedUp(handed_up) => self.change(id, |open| {
                open.step = handed_up.step;
                open.recipients.clone_from(&handed_up.recipients);
                open.climbs = Some((handed_up.acknowledge_by, Some(Missed::Acknowledgement)));
            }),
            EscalationEvent::Reminded(reminded) => self.change(id, |open| {
                open.reminders = reminded.number;
                let climbs = (reminded.acknowledge_by, Some(Missed::Acknowledgement));
                open.climbs = (!reminded.last).then_some(climbs);
            }),
            EscalationEvent::Resolved(_) | EscalationEvent::Lapsed(_) => self.end(id),
            EscalationEvent::Notified(_)
            | EscalationEvent::NotificationFailed(_)
            | EscalationEvent::NotificationParked(_)
            | EscalationEvent::NotificationRetried(_)
            | EscalationEvent::Redacted(_)
            | EscalationEvent::RuleAdopted(_) => {}
        }
    }

    fn climb(&self, id: EscalationId, open: &Open, because: Option<Missed>, now: Timestamp) -> Climb {
        let heard_from = if open.quiet_hours { self.pace.heard_from(now, self.roster.zone()) } else { None };
        let by = |within: SignedDuration| {
            heard_from.unwrap_or(now).saturating_add(within).unwrap_or(Timestamp::MAX)
        };
        let mut above = open.rungs.numbered().filter(|(step, _)| *step > open.step);
        let next = above.find(|(_, rung)| self.reaches(open, &rung.to, now));
        if let Some((step, rung)) = next {
            return Climb::HandUp(
                id,
                HandedUp {
                    step,
                    recipients: rung.to.clone(),
                    acknowledge_by: by(open.rungs.time(step)),
                    because,
                    heard_from,
                    // Whoever was passed over missed nothing.
                    missed: because.map(|_| open.recipients.clone()).unwrap_or_default(),
                },
            );
        }
        let number = open.reminders.saturating_add(1);
        Climb::Remind(
            id,
            Reminded {
                number,
                step: open.step,
                recipients: open.recipients.clone(),
                acknowledge_by: by(self.pace.after_reminder(number, open.rungs.time(open.step))),
                because,
                heard_from,
                last: number >= self.pace.reminders.at_most,
            },
        )
    }
}

impl Machine for Ladder {
    type Todo = Climb;

    fn feed(&mut self, event: &Recorded) {
        match &event.event {
            Event::Escalation(escalation) => {
                self.escalation(EscalationId(event.meta.aggregate.id), event, escalation);
            }
            Event::Centre(CentreEvent::Registered(registered)) => {
                let centre = CentreId(event.meta.aggregate.id);
                self.operators.insert(centre, Some(registered.operator.clone()));
            }
            Event::Centre(CentreEvent::Closed(_)) => {
                self.operators.remove(&CentreId(event.meta.aggregate.id));
            }
            Event::Case(CaseEvent::Erased(_)) => self.forget(CaseId(event.meta.aggregate.id)),
            _ => {}
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Climb> {
        let over = self.deadlines.iter().take_while(|(at, _)| *at < now);
        let open = over.filter_map(|(_, id)| Some((*id, self.open.get(id)?)));
        open.filter_map(|(id, open)| {
            let (_, because) = open.climbs?;
            Some(self.climb(id, open, because, now))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;
