//! What a rule may raise: the trigger, and what a recipient is told it is about; and which matters an event answers.

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::case::age::end_of;
use nabij_model::discussion::DiscussionEvent;
use nabij_model::escalation::Subject;
use nabij_model::incident::IncidentEvent;
use nabij_model::signal::LinkTarget;
use nabij_model::text::StaffId;
use nabij_model::{AggregateKind, Event, EventId, Recorded};
use serde_json::Value;
use uuid::Uuid;

use crate::rule::{Rule, Unless};

/// A record, or with a key one matter of it: a transfer of a case. What is confidential is a matter apart, counted and answered by
/// itself: a team learns of it by an item that it raises or takes down as surely as by one that it can read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) record: Uuid,
    pub(crate) confidential: bool,
    pub(crate) key: Option<String>,
}

/// What a rule may raise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// Rule and trigger name the escalation for ever.
    pub trigger: EventId,
    /// When the trigger was recorded.
    pub at: Timestamp,
    /// From when on it may be raised: the end of its time, or what completed it.
    pub ripe: Timestamp,
    /// Who recorded it.
    pub actor: StaffId,
    /// What it is about.
    pub subject: Subject,
    /// Trace context of the trigger.
    pub traceparent: Option<String>,
    pub(crate) scope: Scope,
}

impl Scope {
    /// Whether it is this one, or of a whole record one matter of it.
    pub(crate) fn is_within(&self, of: &Self) -> bool {
        self.record == of.record
            && self.confidential == of.confidential
            && (of.key.is_none() || self.key == of.key)
    }
}

impl Matter {
    pub(crate) fn of(event: &Recorded, scope: Scope) -> Self {
        let meta = &event.meta;
        let of = |kind| (meta.aggregate.kind == kind).then_some(meta.aggregate.id);
        Self {
            trigger: meta.id,
            at: meta.recorded_at,
            ripe: meta.recorded_at,
            actor: meta.actor.subject.clone(),
            subject: Subject {
                centre: meta.concerns.centre,
                cases: meta.concerns.cases.clone(),
                signal: of(AggregateKind::Signal).map(Into::into),
                discussion: of(AggregateKind::Discussion).map(Into::into),
                referral: of(AggregateKind::Referral).map(Into::into),
                incident: of(AggregateKind::Incident).map(Into::into),
            },
            traceparent: meta.traceparent.clone(),
            scope,
        }
    }

    /// For the safeguarding person alone.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.scope.confidential
    }
}

/// Whether what `rule` makes of an event is for the safeguarding person alone.
pub(crate) fn is_confidential(rule: &Rule, event: &Recorded) -> bool {
    rule.confidential || event.meta.concerns.confidential
}

/// The matter of an event on its own record; with `key` the one that its field names.
pub(crate) fn scope_of(rule: &Rule, event: &Recorded, body: &Value, key: Option<&str>) -> Scope {
    let key = key.and_then(|pointer| body.pointer(pointer)).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    Scope { record: event.meta.aggregate.id, confidential: is_confidential(rule, event), key }
}

/// Until when the trigger waits; `None` when the field that would say so is absent.
pub(crate) fn until(unless: &Unless, body: &Value, at: Timestamp) -> Option<Timestamp> {
    if let Some(within) = unless.within {
        return at.checked_add(within).ok();
    }
    let text = body.pointer(unless.until.as_deref()?)?.as_str()?;
    text.parse::<Timestamp>().ok().or_else(|| text.parse::<Date>().ok().map(end_of))
}

/// Which of the two kinds of matters an event may speak of. The end of a case or a registration is one for whoever looks; a talk
/// of people who do not know of a confidential matter is no answer to it.
pub(crate) fn speaks_of(rule: &Rule, event: &Recorded) -> &'static [bool] {
    match (is_confidential(rule, event), &event.event) {
        (true, _) => &[true],
        (false, Event::Discussion(_)) => &[false],
        (false, _) => &[false, true],
    }
}

/// The matters that an event speaks of, each with the one person who acted, or nobody in particular: a discussion is held by
/// several people, whoever wrote it down, and speaks of every signal and case that it names, of what another team follows aside.
pub(crate) fn answers<'e>(
    rule: &Rule,
    event: &'e Recorded,
    body: &Value,
    key: Option<&str>,
) -> Vec<(Scope, Option<&'e StaffId>)> {
    let of_each_kind = |scope: Scope| {
        speaks_of(rule, event).iter().map(move |&confidential| Scope { confidential, ..scope.clone() })
    };
    let whole = |record: Uuid| of_each_kind(Scope { record, confidential: false, key: None });
    if let Event::Discussion(DiscussionEvent::Held(held)) = &event.event {
        let named = held.own_signals().map(|signal| signal.0).chain(held.own_cases().map(|case| case.0));
        return named.flat_map(whole).map(|scope| (scope, None)).collect();
    }
    let actor = Some(&event.meta.actor.subject);
    // A registration that names a signal decides about that signal, whichever side the link was made from.
    if let Event::Incident(IncidentEvent::Linked(linked)) = &event.event
        && let LinkTarget::Signal(signal) = linked.to
    {
        return whole(signal.0).map(|scope| (scope, actor)).collect();
    }
    let mut scopes: Vec<Scope> = of_each_kind(scope_of(rule, event, body, key)).collect();
    // What is about a case answers what waits on the case: a signal about it, a referral of it.
    if key.is_none() {
        let cases = event.meta.concerns.cases.iter().map(|case| case.0);
        scopes.extend(cases.filter(|case| *case != event.meta.aggregate.id).flat_map(whole));
    }
    scopes.into_iter().map(|scope| (scope, actor)).collect()
}
