//! What Nabij does for a signal by itself: tells its reporter that it was received as soon as its matter moves, starts the protocol
//! of an acute one, and writes down that the deadline of a step passed.
//!
//! Three things only, since a machine that does more would stand in for people: what was done and how it ended are a person's
//! words, and a protocol that is not acute is a person's choice.

mod act;

pub(crate) use act::Caring;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nabij_model::case::CaseEvent;
use nabij_model::discussion::DiscussionEvent;
use nabij_model::escalation::EscalationEvent;
use nabij_model::id::{EscalationId, RunId, SignalId};
use nabij_model::incident::IncidentEvent;
use nabij_model::signal::{LinkTarget, ProtocolStepOverdue, Severity, SignalEvent};
use nabij_model::text::Code;
use nabij_model::{Event, Recorded, Role};
use nabij_protocols::Protocols;

use crate::machine::Machine;

/// After an outage longer than this nobody is told "received", nor is anything started: people have acted or not by then, and a
/// first start on an old log must not wake every matter of the past.
const AT_MOST_LATE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is to be done for a signal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Todo {
    /// Tell its reporter that it was received.
    Receipt(SignalId),
    /// Start a protocol on it.
    Start(SignalId, Code),
    /// Write down that a step is overdue.
    Overdue(SignalId, RunId, Code),
}

/// What is known of a signal.
#[derive(Debug, Default)]
struct Matter {
    /// A strength or an import: nothing is done for it.
    left_alone: bool,
    /// Its reporter is a person who can be told.
    has_reporter: bool,
    confidential: bool,
    category: Option<Code>,
    /// The reporter was told something, or will not be.
    told: bool,
    /// When its matter first moved.
    moved: Option<Timestamp>,
    /// Since when it is acute.
    acute: Option<Timestamp>,
    /// Protocols that were ever started on it.
    started: BTreeSet<Code>,
    dismissed: bool,
}

/// A step that nobody finished.
#[derive(Debug)]
struct OpenStep {
    signal: SignalId,
    overdue: ProtocolStepOverdue,
}

/// The machine.
#[derive(Debug)]
pub struct Care {
    protocols: Arc<Protocols>,
    matters: HashMap<SignalId, Matter>,
    /// Signals with something to do at once, so that nobody looks through all.
    waiting: BTreeSet<SignalId>,
    /// Steps that are open and not known to be overdue, and their deadlines.
    steps: HashMap<(RunId, Code), OpenStep>,
    deadlines: BTreeSet<(Timestamp, RunId, Code)>,
    /// The signals of escalations.
    escalated: BTreeMap<EscalationId, SignalId>,
}

impl Care {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(protocols: Arc<Protocols>) -> Self {
        Self {
            protocols,
            matters: HashMap::new(),
            waiting: BTreeSet::new(),
            steps: HashMap::new(),
            deadlines: BTreeSet::new(),
            escalated: BTreeMap::new(),
        }
    }

    /// What is written down of an overdue step.
    #[must_use]
    pub fn overdue(&self, run: RunId, step: &Code) -> Option<&ProtocolStepOverdue> {
        self.steps.get(&(run, step.clone())).map(|open| &open.overdue)
    }

    fn of_signal(&mut self, id: SignalId, event: &Recorded, happened: &SignalEvent) {
        let at = event.meta.recorded_at;
        match happened {
            SignalEvent::Logged(logged) => {
                let matter = Matter {
                    left_alone: logged.strength || event.meta.historic,
                    has_reporter: event.meta.actor.role != Role::Service,
                    confidential: event.meta.concerns.confidential,
                    category: logged.category.clone(),
                    acute: (logged.severity == Severity::Acute).then_some(at),
                    ..Matter::default()
                };
                self.matters.insert(id, matter);
            }
            SignalEvent::Assessed(assessed) => {
                let matter = self.matters.entry(id).or_default();
                matter.dismissed = false;
                if assessed.severity == Severity::Acute && !event.meta.historic {
                    matter.acute.get_or_insert(at);
                }
                self.moves(id, event);
            }
            SignalEvent::Corrected(corrected) => {
                let matter = self.matters.entry(id).or_default();
                if corrected.category.is_some() {
                    matter.category.clone_from(&corrected.category);
                }
            }
            SignalEvent::Linked(linked) if !matches!(linked.to, LinkTarget::Signal(_)) => {
                self.moves(id, event)
            }
            SignalEvent::Dismissed(_) => {
                self.matters.entry(id).or_default().dismissed = true;
                self.moves(id, event);
            }
            SignalEvent::NotRegistered(_) => self.moves(id, event),
            SignalEvent::FeedbackGiven(feedback) => {
                use nabij_model::signal::FeedbackTo;
                self.matters.entry(id).or_default().told |= feedback.to == FeedbackTo::Reporter;
            }
            SignalEvent::ProtocolStarted(started) => {
                self.matters.entry(id).or_default().started.insert(started.protocol.clone());
                for step in &started.steps {
                    let overdue = ProtocolStepOverdue {
                        run: started.run,
                        protocol: started.protocol.clone(),
                        step: step.step.clone(),
                        role: step.role,
                        due_at: step.due_at,
                    };
                    self.deadlines.insert((step.due_at, started.run, step.step.clone()));
                    self.steps.insert((started.run, step.step.clone()), OpenStep { signal: id, overdue });
                }
            }
            SignalEvent::ProtocolStepDone(done) => self.close(done.run, &done.step),
            SignalEvent::ProtocolStepSkipped(skipped) => self.close(skipped.run, &skipped.step),
            SignalEvent::ProtocolStepOverdue(overdue) => self.close(overdue.run, &overdue.step),
            _ => {}
        }
        self.look(id);
    }

    fn close(&mut self, run: RunId, step: &Code) {
        if let Some(open) = self.steps.remove(&(run, step.clone())) {
            self.deadlines.remove(&(open.overdue.due_at, run, step.clone()));
        }
    }

    /// Somebody did something with it. What the reporter does to the own signal is no answer to the reporter, and a receipt must not
    /// tell of a talk that its centre never hears of.
    fn moves(&mut self, id: SignalId, event: &Recorded) {
        if event.meta.historic {
            return;
        }
        let hidden = event.meta.concerns.confidential;
        if let Some(matter) = self.matters.get_mut(&id).filter(|matter| matter.confidential || !hidden) {
            matter.moved.get_or_insert(event.meta.recorded_at);
        }
        self.look(id);
    }

    fn look(&mut self, id: SignalId) {
        let waits = self.matters.get(&id).is_some_and(|matter| {
            matter.owes_receipt().is_some() || matter.starts(&self.protocols).is_some()
        });
        if waits {
            self.waiting.insert(id);
        } else {
            self.waiting.remove(&id);
        }
    }

    fn forget(&mut self, id: SignalId) {
        self.matters.remove(&id);
        self.waiting.remove(&id);
        let gone: Vec<(RunId, Code)> =
            self.steps.iter().filter(|(_, open)| open.signal == id).map(|(key, _)| key.clone()).collect();
        gone.iter().for_each(|(run, step)| self.close(*run, step));
    }
}

impl Matter {
    /// Since when its reporter waits to be told that it was received.
    fn owes_receipt(&self) -> Option<Timestamp> {
        self.moved.filter(|_| self.has_reporter && !self.told && !self.left_alone)
    }

    /// The protocol that starts by itself, and since when.
    fn starts<'a>(&self, protocols: &'a Protocols) -> Option<(Timestamp, &'a Code)> {
        let since = self.acute.filter(|_| !self.left_alone && !self.dismissed)?;
        let protocol = protocols.starting_by_itself(self.category.as_ref()?)?;
        (!self.started.contains(&protocol.id)).then_some((since, &protocol.id))
    }
}

impl Machine for Care {
    type Todo = Todo;

    fn feed(&mut self, event: &Recorded) {
        let id = event.meta.aggregate.id;
        match &event.event {
            Event::Signal(happened) => self.of_signal(id.into(), event, happened),
            Event::Discussion(DiscussionEvent::Held(held)) => {
                held.signals.iter().for_each(|signal| self.moves(*signal, event));
            }
            Event::Incident(IncidentEvent::Linked(linked)) => {
                if let LinkTarget::Signal(signal) = linked.to {
                    self.moves(signal, event);
                }
            }
            Event::Escalation(EscalationEvent::Raised(raised)) => {
                if let Some(signal) = raised.subject.signal {
                    self.escalated.insert(id.into(), signal);
                    self.moves(signal, event);
                }
            }
            Event::Escalation(EscalationEvent::Resolved(_)) => {
                if let Some(signal) = self.escalated.remove(&id.into()) {
                    self.moves(signal, event);
                }
            }
            Event::Case(CaseEvent::Erased(erased)) => {
                erased.alone.signals.iter().for_each(|signal| self.forget(*signal));
            }
            _ => {}
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Todo> {
        let in_time = |since: &Timestamp| now.duration_since(*since) <= AT_MOST_LATE;
        let mut todo = Vec::new();
        for id in &self.waiting {
            let Some(matter) = self.matters.get(id) else { continue };
            if matter.owes_receipt().as_ref().is_some_and(in_time) {
                todo.push(Todo::Receipt(*id));
            }
            if let Some((since, protocol)) = matter.starts(&self.protocols)
                && in_time(&since)
            {
                todo.push(Todo::Start(*id, protocol.clone()));
            }
        }
        for (_, run, step) in self.deadlines.iter().take_while(|(due_at, ..)| *due_at <= now) {
            if let Some(open) = self.steps.get(&(*run, step.clone())) {
                todo.push(Todo::Overdue(open.signal, *run, step.clone()));
            }
        }
        todo
    }
}

#[cfg(test)]
mod tests;
