//! What the rules find in the log: a machine.
//!
//! An escalation's id is derived from its rule and trigger, and it is created on an empty subject, so it is raised once, ever,
//! whatever crashes. Deadlines are in the log's time: a trigger waits from its `recorded_at`, and an answer counts if it was
//! recorded in time, so the same log gives the same escalations however long nobody looked.

mod counting;
mod known;
mod matter;
mod shown;
mod standing;
mod waiting;
mod window;

pub use matter::Matter;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::case::CaseEvent;
use nabij_model::escalation::{EscalationEvent, Subject, id_of};
use nabij_model::id::EscalationId;
use nabij_model::signal::{LinkTarget, SignalEvent};
use nabij_model::text::Code;
use nabij_model::{CaseId, CentreId, Event, EventId, Policies, Recorded};
use nabij_underreporting::reportability::Reportability;
use serde_json::Value;
use uuid::Uuid;

use self::known::Known;
use self::matter::{Scope, answers, scope_of, until};
use self::shown::Shown;
use self::standing::{Standing, record_of};
use self::waiting::Waiting;
use self::window::{Links, Windows};
use crate::machine::Machine;
use crate::rule::{Condition, Rule, Unless};

/// What the rules want done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Todo {
    /// Raise an escalation.
    Raise {
        /// Which rule, by its place in the set.
        rule: usize,
        /// On what.
        matter: Box<Matter>,
    },
    /// Take an item off the worklist or the agenda: what it asked for was done.
    Lapse {
        /// Which.
        escalation: EscalationId,
        /// By this event.
        by: EventId,
    },
}

/// From when on each rule holds; a rule that is not there holds not yet.
pub type Adoptions = BTreeMap<Code, Timestamp>;

/// What the evaluator keeps of one rule.
#[derive(Debug, Default)]
struct Watched {
    from: Option<Timestamp>,
    ready: BTreeMap<EventId, Matter>,
    waiting: Waiting,
    windows: Windows,
    /// What was raised and stands, by its matter.
    shown: Shown,
    /// It shows alarms, which end when somebody says how, and not items that are taken down.
    is_alarm: bool,
    /// Items that somebody answered.
    lapsing: BTreeMap<EscalationId, EventId>,
    /// Centres of which a figure is above its limit, and somebody was told.
    above: HashMap<Option<CentreId>, EscalationId>,
}

/// The rules over the log.
#[derive(Debug)]
pub struct Evaluator {
    rules: Arc<Vec<Rule>>,
    reportability: Arc<Reportability>,
    policies: Arc<Policies>,
    known: Known,
    watched: Vec<Watched>,
    /// The rules that an event of a name concerns.
    by_name: HashMap<String, Vec<usize>>,
    links: Links,
    /// Alarms of rules that share a matter.
    standing: Standing,
    /// What was imported counts too.
    imports: bool,
}

impl Evaluator {
    /// An evaluator that has read nothing yet.
    #[must_use]
    pub fn new(
        rules: Arc<Vec<Rule>>,
        reportability: Arc<Reportability>,
        policies: Arc<Policies>,
        adopted: &Adoptions,
    ) -> Self {
        let watched = rules.iter().map(|rule| Watched {
            from: adopted.get(&rule.id).copied(),
            is_alarm: rule.shown_as.is_alarm(),
            ..Watched::default()
        });
        let watched = watched.collect();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, rule) in rules.iter().enumerate() {
            let linked = matches!(rule.condition(), Condition::Count(count) if count.linked);
            let names = rule.triggers().map(|trigger| trigger.event.as_str());
            for name in names.chain(linked.then_some("signal.linked")) {
                let of = by_name.entry(name.to_owned()).or_default();
                if of.last() != Some(&number) {
                    of.push(number);
                }
            }
        }
        // Of several rules that one event fits the loudest speaks first.
        for of in by_name.values_mut() {
            of.sort_by_key(|number| std::cmp::Reverse(rules[*number].severity));
        }
        Self {
            rules,
            reportability,
            policies,
            known: Known::default(),
            watched,
            by_name,
            links: Links::new(),
            standing: Standing::default(),
            imports: false,
        }
    }

    /// Takes what was imported for what happened here: for a look at what would have been. Otherwise it raises nothing, since it
    /// happened long ago to people who need no alarm about it today.
    #[must_use]
    pub fn with_imports(self) -> Self {
        Self { imports: true, ..self }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Arc<Vec<Rule>> {
        &self.rules
    }

    /// A figure of the views as it stands on `day`. Raises when it is above the limit of a rule and nobody was told yet.
    pub fn figure(&mut self, rule: usize, centre: Option<CentreId>, day: Date, above: bool, at: Timestamp) {
        let Watched { above: told, ready, from, .. } = &mut self.watched[rule];
        // Only the latest day asks.
        ready.retain(|_, matter| matter.subject.centre != centre);
        let scope = centre.map_or_else(String::new, |centre| centre.to_string());
        let trigger = EventId::derived(&["figure", self.rules[rule].id.as_str(), &scope, &day.to_string()]);
        if !above || told.contains_key(&centre) || from.is_none_or(|from| at < from) {
            return;
        }
        let actor = "service:alerts".parse().expect("fits the pattern of a staff id");
        let subject = Subject { centre, ..Subject::default() };
        let record = centre.map_or(Uuid::nil(), |centre| centre.0);
        let scope = Scope { record, confidential: self.rules[rule].confidential, key: None };
        let matter = Matter { trigger, at, ripe: at, actor, subject, traceparent: None, scope };
        ready.insert(trigger, matter);
    }

    fn escalation(&mut self, event: &Recorded, escalation: &EscalationEvent) {
        let id = EscalationId(event.meta.aggregate.id);
        match escalation {
            EscalationEvent::Raised(raised) => {
                let Some(number) = self.rules.iter().position(|rule| rule.id == raised.rule) else { return };
                self.raised(number, raised.trigger, id, raised.subject.centre);
                if let Some(matter) = &self.rules[number].matter
                    && let Some(record) = record_of(&raised.subject)
                {
                    self.standing.add(matter, record, raised.confidential, (raised.severity, 1), id);
                }
            }
            EscalationEvent::Resolved(_) | EscalationEvent::Lapsed(_) => self.over(id),
            _ => {}
        }
    }

    /// It was raised.
    fn raised(&mut self, number: usize, trigger: EventId, id: EscalationId, centre: Option<CentreId>) {
        let watched = &mut self.watched[number];
        let matter = watched.ready.remove(&trigger).or_else(|| watched.waiting.remove(trigger));
        if let Condition::Figure(_) = self.rules[number].condition() {
            watched.above.insert(centre, id);
        }
        if let Some(matter) = matter {
            watched.shown.add(matter.scope, id, centre);
        }
    }

    /// It was resolved, or lapsed.
    fn over(&mut self, id: EscalationId) {
        self.standing.over(id);
        for watched in &mut self.watched {
            watched.lapsing.remove(&id);
            watched.above.retain(|_, told| *told != id);
            watched.shown.remove(id);
        }
    }

    /// Takes everything that was raised for resolved, without a log that says so.
    pub(crate) fn resolve_all(&mut self) {
        let shown = self.watched.iter().flat_map(|watched| watched.shown.all());
        for id in self.standing.all().into_iter().chain(shown.collect::<Vec<_>>()) {
            self.over(id);
        }
    }

    /// Takes for done what was asked for, without a log that says so: for a look at what would have been.
    pub fn pretend(&mut self, todo: &Todo) {
        let id = todo.escalation(&self.rules);
        match todo {
            Todo::Raise { rule, matter } => {
                self.raised(*rule, matter.trigger, id, matter.subject.centre);
            }
            Todo::Lapse { .. } => self.over(id),
        }
    }

    /// What is due of the rules whose items need not wait for room: cheap to ask after every event of a long past.
    pub(crate) fn hurried(&self, now: Timestamp) -> Vec<Todo> {
        self.due_of(now, |rule| rule.at_most.is_none())
    }

    /// Whether [`hurried`](Self::hurried) has anything.
    pub(crate) fn is_hurried(&self, now: Timestamp) -> bool {
        self.rules.iter().zip(&self.watched).any(|(rule, watched)| {
            !watched.lapsing.is_empty()
                || rule.at_most.is_none()
                    && (!watched.ready.is_empty()
                        || matches!(rule.condition(), Condition::Absence(_))
                            && watched.waiting.over(now).next().is_some())
        })
    }

    fn due_of(&self, now: Timestamp, wanted: impl Fn(&Rule) -> bool) -> Vec<Todo> {
        let mut todo = Vec::new();
        for (number, watched) in self.watched.iter().enumerate() {
            let rule = &self.rules[number];
            todo.extend(watched.lapsing.iter().map(|(&escalation, &by)| Todo::Lapse { escalation, by }));
            if !wanted(rule) {
                continue;
            }
            // The triggers of a sequence that nothing followed are over without a word.
            let absence = matches!(rule.condition(), Condition::Absence(_));
            let over = absence.then(|| watched.waiting.over(now)).into_iter().flatten();
            let mut room = rule.at_most.map(|most| watched.shown.room(most));
            let fits = |matter: &&Matter| {
                let place = (matter.subject.centre, matter.is_confidential());
                room.as_mut().is_none_or(|room| room.take(place))
            };
            let raise = |matter: &Matter| Todo::Raise { rule: number, matter: Box::new(matter.clone()) };
            todo.extend(watched.ready.values().chain(over).filter(fits).map(raise));
        }
        todo
    }

    /// Whether events of this type (`nabij.signal.logged.v1`) tell it anything.
    #[must_use]
    pub fn reads(&self, event_type: &str) -> bool {
        let name = event_type.strip_prefix("nabij.").and_then(|name| name.rsplit_once(".v"));
        name.is_none_or(|(name, _)| Known::reads(name) || self.by_name.contains_key(name))
    }

    fn forget(&mut self, case: CaseId) {
        for watched in &mut self.watched {
            watched.ready.retain(|_, matter| matter.subject.cases != [case]);
            watched.ready.values_mut().for_each(|matter| matter.subject.cases.retain(|named| *named != case));
            watched.waiting.forget(case);
            watched.windows.values_mut().for_each(|window| window.forget(case));
        }
    }

    fn rule(&mut self, number: usize, event: &Recorded, body: &Value, name: &str) {
        let rules = Arc::clone(&self.rules);
        let rule = &rules[number];
        let fields = self.known.fields(event, &self.reportability, &self.policies);
        let fits = |triggers: &[crate::rule::Trigger]| {
            triggers.iter().any(|trigger| trigger.event == name && trigger.matches(body, &fields))
        };
        let at = event.meta.recorded_at;
        let triggers = (self.imports || !event.meta.historic) && fits(&rule.when);
        let fresh = triggers && self.watched[number].from.is_some_and(|from| at >= from);
        if fits(&rule.done_by) {
            for (scope, _) in answers(rule, event, body, None) {
                self.watched[number].lapse(&scope, event.meta.id);
            }
        }
        match rule.condition() {
            Condition::Event if fresh => {
                let fit = rule.when.iter().filter(|trigger| fits(std::slice::from_ref(*trigger)));
                let grade = fit.map(|trigger| trigger.grade).max().unwrap_or(1);
                self.alarm(number, Matter::of(event, scope_of(rule, event, body, None)), grade);
            }
            Condition::Absence(unless) => {
                if fits(&unless.any) {
                    self.answered(number, event, body, rule, unless);
                }
                if fresh && let Some(until) = until(unless, body, at) {
                    let mut matter = Matter::of(event, scope_of(rule, event, body, unless.key.as_deref()));
                    // Whoever corrected a signal is not the one who must be answered by another.
                    if let Some(reporter) = self.known.reporter(event.meta.aggregate.id) {
                        matter.actor = reporter.clone();
                    }
                    let watched = &mut self.watched[number];
                    // The first of several triggers on one matter keeps its time, and what stands already is not asked for twice.
                    if !watched.waiting.waits(&matter.scope) && !watched.shown.holds(&matter.scope) {
                        watched.waiting.add(until, matter);
                    }
                }
            }
            Condition::Sequence(then) => {
                let scope = scope_of(rule, event, body, then.key.as_deref());
                self.watched[number].waiting.expire(event.known_at.min(at));
                if fits(&then.any) {
                    for matter in self.watched[number].waiting.follow(&scope, at) {
                        self.ready(number, matter);
                    }
                }
                if fresh && let Ok(until) = at.checked_add(then.within) {
                    self.watched[number].waiting.add(until, Matter::of(event, scope));
                }
            }
            Condition::Count(count) => {
                if fits(&count.reset_by) {
                    self.reset(number, event, rule, count);
                }
                // What came before the rule holds fills its windows, and raises nothing.
                if triggers {
                    self.counted(number, event, body, count, fresh);
                }
                if let Event::Signal(SignalEvent::Linked(linked)) = &event.event
                    && let LinkTarget::Signal(other) = linked.to
                {
                    self.relinked(number, event, body, count, other.0);
                }
            }
            Condition::Event | Condition::Figure(_) => {}
        }
    }

    /// Raises, unless an alarm stands that tells of the same matter and is no less bad.
    fn alarm(&mut self, number: usize, matter: Matter, grade: u8) {
        let rule = &self.rules[number];
        if let Some(shared) = &rule.matter {
            let (record, bad) = (matter.scope.record, (rule.severity, grade));
            if self.standing.tells(shared, record, matter.is_confidential(), bad) {
                return;
            }
            let id = id_of(&rule.id, matter.trigger);
            self.standing.add(shared, record, matter.is_confidential(), bad, id);
        }
        self.ready(number, matter);
    }

    fn ready(&mut self, number: usize, matter: Matter) {
        self.watched[number].ready.insert(matter.trigger, matter);
    }

    /// The event answers what waits, and what already shows.
    fn answered(&mut self, number: usize, event: &Recorded, body: &Value, rule: &Rule, unless: &Unless) {
        let watched = &mut self.watched[number];
        for (scope, actor) in answers(rule, event, body, unless.key.as_deref()) {
            let not_by = if unless.by_another { actor } else { None };
            watched.waiting.answer(&scope, event.meta.recorded_at, not_by);
            watched.lapse(&scope, event.meta.id);
        }
        if let Event::Case(CaseEvent::Closed(_)) = &event.event {
            watched.waiting.answer_about(CaseId(event.meta.aggregate.id), event.meta.recorded_at);
        }
    }
}

impl Machine for Evaluator {
    type Todo = Todo;

    fn feed(&mut self, event: &Recorded) {
        if let Event::Escalation(escalation) = &event.event {
            self.escalation(event, escalation);
        }
        self.known.feed(event);
        if let Event::Case(CaseEvent::Erased(_)) = &event.event {
            self.forget(CaseId(event.meta.aggregate.id));
        }
        if let Event::Signal(SignalEvent::Linked(linked)) = &event.event
            && let LinkTarget::Signal(other) = linked.to
        {
            let one = event.meta.aggregate.id;
            self.links.entry(one).or_default().insert(other.0);
            self.links.entry(other.0).or_default().insert(one);
        }
        let name = format!("{}.{}", event.meta.event_type.kind, event.meta.event_type.name);
        let Some(rules) = self.by_name.get(&name).cloned() else { return };
        let body = serde_json::from_slice(&event.body).unwrap_or_default();
        for number in rules {
            self.rule(number, event, &body, &name);
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Todo> {
        self.due_of(now, |_| true)
    }
}

impl Watched {
    /// What stands on this matter has been answered by `by`: an item is taken down; of an alarm the answer came too late, and what
    /// triggers next is asked for anew.
    fn lapse(&mut self, scope: &Scope, by: EventId) {
        let mut answered = self.shown.take(scope);
        if self.is_alarm {
            answered.clear();
        }
        self.lapsing.extend(answered.into_iter().map(|escalation| (escalation, by)));
    }
}

impl Todo {
    /// The escalation that it is about.
    #[must_use]
    pub fn escalation(&self, rules: &[Rule]) -> EscalationId {
        match self {
            Self::Raise { rule, matter } => id_of(&rules[*rule].id, matter.trigger),
            Self::Lapse { escalation, .. } => *escalation,
        }
    }
}
