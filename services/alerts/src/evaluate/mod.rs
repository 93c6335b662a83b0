//! What the rules find in the log: a machine.
//!
//! An escalation's id is derived from its rule and trigger, and it is created on an empty subject, so it is raised once, ever,
//! whatever crashes. Deadlines are in the log's time: a trigger waits from its `recorded_at`, and an answer counts if it was
//! recorded in time, so the same log gives the same escalations however long nobody looked.

mod known;
mod matter;
mod waiting;
mod window;

pub use matter::Matter;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::case::CaseEvent;
use nabij_model::case::age::end_of;
use nabij_model::discussion::DiscussionEvent;
use nabij_model::escalation::{EscalationEvent, Subject, id_of};
use nabij_model::id::EscalationId;
use nabij_model::signal::{LinkTarget, SignalEvent};
use nabij_model::text::Code;
use nabij_model::{CaseId, CentreId, Event, EventId, Policies, Recorded};
use nabij_underreporting::reportability::Reportability;
use serde_json::Value;
use uuid::Uuid;

use self::known::Known;
use self::matter::{Scope, scope_of};
use self::waiting::Waiting;
use self::window::{Entry, Links, Windows};
use crate::machine::Machine;
use crate::rule::{Condition, Count, Over, Rule, Unless};

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
    /// Items of worklist and agenda that stand, by their matter.
    shown: HashMap<Scope, EscalationId>,
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
        let watched =
            rules.iter().map(|rule| Watched { from: adopted.get(&rule.id).copied(), ..Watched::default() });
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
        Self {
            rules,
            reportability,
            policies,
            known: Known::default(),
            watched,
            by_name,
            links: Links::new(),
        }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Arc<Vec<Rule>> {
        &self.rules
    }

    /// A figure of the views as it stands on `day`. Raises when it is above the limit of a rule and nobody was told yet.
    pub fn figure(&mut self, rule: usize, centre: Option<CentreId>, day: Date, above: bool, at: Timestamp) {
        let Watched { above: told, ready, .. } = &mut self.watched[rule];
        let scope = centre.map_or_else(String::new, |centre| centre.to_string());
        let trigger = EventId::derived(&["figure", self.rules[rule].id.as_str(), &scope, &day.to_string()]);
        if !above {
            ready.remove(&trigger);
            return;
        }
        if told.contains_key(&centre) {
            return;
        }
        let actor = "service:alerts".parse().expect("fits the pattern of a staff id");
        let subject = Subject { centre, ..Subject::default() };
        let scope = (centre.map_or(Uuid::nil(), |centre| centre.0), None);
        let matter = Matter { trigger, at, actor, subject, confidential: false, traceparent: None, scope };
        ready.insert(trigger, matter);
    }

    fn escalation(&mut self, event: &Recorded, escalation: &EscalationEvent) {
        let id = EscalationId(event.meta.aggregate.id);
        match escalation {
            EscalationEvent::Raised(raised) => {
                let Some(number) = self.rules.iter().position(|rule| rule.id == raised.rule) else { return };
                let watched = &mut self.watched[number];
                let matter =
                    watched.ready.remove(&raised.trigger).or_else(|| watched.waiting.remove(raised.trigger));
                if let Condition::Figure(_) = self.rules[number].condition() {
                    watched.above.insert(raised.subject.centre, id);
                }
                if let Some(matter) = matter
                    && !raised.shown_as.is_alarm()
                {
                    watched.shown.insert(matter.scope, id);
                }
            }
            EscalationEvent::Resolved(_) | EscalationEvent::Lapsed(_) => {
                for watched in &mut self.watched {
                    watched.lapsing.remove(&id);
                    watched.above.retain(|_, told| *told != id);
                    watched.shown.retain(|_, shown| *shown != id);
                }
            }
            _ => {}
        }
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
        // What was imported happened long ago, to people who need no alarm about it today.
        let triggers = !event.meta.historic && fits(&rule.when);
        let fresh = triggers && self.watched[number].from.is_some_and(|from| at >= from);
        match rule.condition() {
            Condition::Event if fresh => self.ready(number, Matter::of(event, scope_of(event, body, None))),
            Condition::Absence(unless) => {
                if fits(&unless.any) {
                    self.answered(number, event, body, unless);
                }
                if fresh && let Some(until) = until(unless, body, at) {
                    let matter = Matter::of(event, scope_of(event, body, unless.key.as_deref()));
                    self.watched[number].waiting.add(until, matter);
                }
            }
            Condition::Sequence(then) => {
                let scope = scope_of(event, body, then.key.as_deref());
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
                    for key in self.keys(event, count) {
                        if let Some(window) = self.watched[number].windows.get_mut(&key) {
                            window.reset();
                        }
                    }
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

    fn ready(&mut self, number: usize, matter: Matter) {
        self.watched[number].ready.insert(matter.trigger, matter);
    }

    /// The event answers what waits, and what already shows.
    fn answered(&mut self, number: usize, event: &Recorded, body: &Value, unless: &Unless) {
        let watched = &mut self.watched[number];
        for (scope, actor) in answers(event, body, unless.key.as_deref()) {
            let not_by = if unless.by_another { actor } else { None };
            watched.waiting.answer(&scope, event.meta.recorded_at, not_by);
            if let Some(shown) = watched.shown.remove(&scope) {
                watched.lapsing.insert(shown, event.meta.id);
            }
        }
    }

    fn counted(&mut self, number: usize, event: &Recorded, body: &Value, count: &Count, fresh: bool) {
        let at = event.meta.recorded_at;
        let affected = self.known.affected(event);
        let counts = |case: &CaseId| !count.minors || self.known.is_minor(*case, at, &self.policies);
        let cases: Vec<CaseId> = affected.into_iter().filter(counts).collect();
        if count.minors && cases.is_empty() {
            return;
        }
        for key in self.keys(event, count) {
            let entry = Entry { at, record: event.meta.aggregate.id, cases: cases.clone() };
            let window = self.watched[number].windows.entry(key.clone()).or_default();
            if window.add(entry, count, &self.links) && fresh {
                self.crossed(number, event, body, count, &key);
            }
        }
    }

    fn relinked(&mut self, number: usize, event: &Recorded, body: &Value, count: &Count, other: Uuid) {
        let (at, one) = (event.meta.recorded_at, event.meta.aggregate.id);
        let fresh = !event.meta.historic && self.watched[number].from.is_some_and(|from| at >= from);
        let windows = &mut self.watched[number].windows;
        let crossed: Vec<String> = windows
            .iter_mut()
            .filter_map(|(key, window)| {
                window.relink([one, other], at, count, &self.links).then(|| key.clone())
            })
            .collect();
        for key in crossed.iter().filter(|_| fresh) {
            self.crossed(number, event, body, count, key);
        }
    }

    /// One trigger may cross the limit of several cases: each is a matter of its own.
    fn crossed(&mut self, number: usize, event: &Recorded, body: &Value, count: &Count, key: &str) {
        let mut matter = Matter::of(event, scope_of(event, body, None));
        if count.over == Over::Case
            && let Ok(case) = key.parse::<Uuid>()
        {
            matter.scope = (case, None);
            if matter.subject.cases.len() > 1 {
                matter.trigger = EventId::derived(&[&matter.trigger.to_string(), key]);
                matter.subject.cases = vec![CaseId(case)];
            }
        }
        self.ready(number, matter);
    }

    /// What an event is counted over.
    fn keys(&self, event: &Recorded, count: &Count) -> Vec<String> {
        let centre = || event.meta.concerns.centre.map(|centre| centre.to_string());
        let cases = || match &event.event {
            Event::Discussion(_) => event.meta.concerns.cases.clone(),
            _ => self.known.affected(event),
        };
        match count.over {
            Over::Record => vec![event.meta.aggregate.id.to_string()],
            Over::Case => cases().iter().map(ToString::to_string).collect(),
            Over::Household => {
                let mut households: Vec<Uuid> =
                    cases().iter().filter_map(|case| self.known.household(*case)).collect();
                households.sort_unstable();
                households.dedup();
                households.iter().map(ToString::to_string).collect()
            }
            Over::Location => {
                let occurred = match &event.event {
                    Event::Signal(SignalEvent::Logged(logged)) => {
                        logged.occurred_place.map(|place| place.to_string())
                    }
                    _ => None,
                };
                occurred.or_else(centre).into_iter().collect()
            }
            Over::Centre => centre().into_iter().collect(),
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
        let mut todo = Vec::new();
        for (rule, watched) in self.watched.iter().enumerate() {
            let raise = |matter: &Matter| Todo::Raise { rule, matter: Box::new(matter.clone()) };
            todo.extend(watched.ready.values().map(raise));
            // The triggers of a sequence that nothing followed are over without a word.
            if let Condition::Absence(_) = self.rules[rule].condition() {
                todo.extend(watched.waiting.over(now).map(raise));
            }
            todo.extend(watched.lapsing.iter().map(|(&escalation, &by)| Todo::Lapse { escalation, by }));
        }
        todo
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

/// Until when the trigger waits; `None` when the field that would say so is absent.
fn until(unless: &Unless, body: &Value, at: Timestamp) -> Option<Timestamp> {
    if let Some(within) = unless.within {
        return at.checked_add(within).ok();
    }
    let text = body.pointer(unless.until.as_deref()?)?.as_str()?;
    text.parse::<Timestamp>().ok().or_else(|| text.parse::<Date>().ok().map(end_of))
}

/// The matters that an event speaks of, each with the one person who acted, or nobody in particular: a discussion is held by
/// several people, whoever wrote it down, and speaks of every signal and case that it names.
fn answers<'e>(
    event: &'e Recorded,
    body: &Value,
    key: Option<&str>,
) -> Vec<(Scope, Option<&'e nabij_model::text::StaffId>)> {
    if let Event::Discussion(DiscussionEvent::Held(held)) = &event.event {
        let named = held.signals.iter().map(|signal| signal.0).chain(held.cases.iter().map(|case| case.0));
        return named.map(|id| ((id, None), None)).collect();
    }
    let mut scopes = vec![(scope_of(event, body, key), Some(&event.meta.actor.subject))];
    // What is about a case answers what waits on the case: a signal about it, a referral of it.
    if key.is_none() {
        let cases = event.meta.concerns.cases.iter().map(|case| case.0);
        let others = cases.filter(|case| *case != event.meta.aggregate.id);
        scopes.extend(others.map(|case| ((case, None), Some(&event.meta.actor.subject))));
    }
    scopes
}
