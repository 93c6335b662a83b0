//! What a set of rules would have raised in a past, beside what the current set would have.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nabij_model::escalation::ShownAs;
use nabij_model::id::EscalationId;
use nabij_model::text::Code;
use nabij_model::{CentreId, Event, EventId, Policies, Recorded, Role};
use nabij_underreporting::reportability::Reportability;
use serde::Serialize;

use crate::carry_out::raised;
use crate::evaluate::{Adoptions, Evaluator};
use crate::rehearsal::Rehearsal;
use crate::rule::{Condition, Rule};

/// What waits for its turn is looked at this often, in the log's time.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What became of an escalation between the current set and the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Both raise it at the same moment.
    Same,
    /// Only the other set raises it.
    New,
    /// Only the current set raises it.
    Gone,
    /// The other set raises it earlier.
    Earlier,
    /// The other set raises it later.
    Later,
}

/// One escalation that would have been raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WouldRaise {
    /// By which rule.
    pub rule: Code,
    /// Of which version; of the current set where it is gone.
    pub version: u32,
    /// On which event.
    pub trigger: EventId,
    /// About which centre.
    pub centre: Option<CentreId>,
    /// As what.
    pub shown_as: ShownAs,
    /// Who hears it first.
    pub recipients: Vec<Role>,
    /// When; absent when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// When the current set would have; absent when it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
    /// What that comes to.
    pub change: Change,
}

/// How much one role would have heard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Heard {
    /// Who.
    pub role: Role,
    /// Alarms on the first step; nobody is notified of worklist and agenda.
    pub alarms: u64,
    /// A day, on average over the period.
    pub per_day: f64,
    /// On the worst day, counted in UTC.
    pub most_in_a_day: u64,
}

/// How often one rule would have raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Raised {
    /// Which.
    pub rule: Code,
    /// So often.
    pub raised: u64,
    /// With the current set, so often.
    pub before: u64,
    /// How many of each change.
    pub changes: BTreeMap<Change, u64>,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// From, inclusive.
    pub from: Timestamp,
    /// To, exclusive.
    pub to: Timestamp,
    /// Each rule of either set.
    pub rules: Vec<Raised>,
    /// Each role.
    pub recipients: Vec<Heard>,
    /// Each escalation, in the order of time.
    pub escalations: Vec<WouldRaise>,
    /// Rules on figures: a log holds no figures of the past.
    pub not_tested: Vec<Code>,
}

/// Two sets of rules on their way through one past. A rule that both hold is evaluated once.
#[derive(Debug)]
pub struct Backtest {
    rehearsal: Rehearsal,
    rules: Arc<Vec<Rule>>,
    /// Whether the tested set and the current one hold it.
    held: Vec<(bool, bool)>,
    found: BTreeMap<EscalationId, WouldRaise>,
    from: Timestamp,
    to: Timestamp,
}

impl Backtest {
    /// Of `tested`, beside `current`. Both hold for the whole past; what falls into `from..to` is told.
    #[must_use]
    pub fn new(
        tested: &[Rule],
        current: &[Rule],
        reportability: Arc<Reportability>,
        policies: Arc<Policies>,
        from: Timestamp,
        to: Timestamp,
    ) -> Self {
        let (rules, held): (Vec<Rule>, Vec<(bool, bool)>) = both(tested, current).into_iter().unzip();
        let rules = Arc::new(rules);
        let adopted: Adoptions = rules.iter().map(|rule| (rule.id.clone(), Timestamp::MIN)).collect();
        let evaluator = Evaluator::new(Arc::clone(&rules), reportability, policies, &adopted).with_imports();
        let rehearsal = Rehearsal::new(evaluator, EVERY);
        Self { rehearsal, rules, held, found: BTreeMap::new(), from, to }
    }

    /// The names of the events that tell it anything (`signal.logged`): no other need be decoded.
    #[must_use]
    pub fn names(&self) -> HashSet<String> {
        let names =
            Event::catalogue().into_iter().map(|entry| (entry.event_type.to_string(), entry.event_type));
        let read = names.filter(|(full, _)| self.rehearsal.reads(full));
        read.map(|(_, of)| format!("{}.{}", of.kind, of.name)).collect()
    }

    /// The next event.
    pub fn feed(&mut self, event: &Recorded) {
        self.rehearsal.feed(event);
        self.take();
    }

    /// Time passes, exclusive of `now`.
    pub fn until(&mut self, now: Timestamp) {
        self.rehearsal.until(now);
        self.take();
    }

    fn take(&mut self) {
        for found in self.rehearsal.found() {
            let Some((number, matter)) = found.raised else { continue };
            if found.at < self.from || found.at >= self.to {
                continue;
            }
            let rule = &self.rules[number];
            let (tested, current) = self.held[number];
            let raised = raised(rule, &matter, None, found.at);
            let one = self.found.entry(found.escalation).or_insert_with(|| WouldRaise {
                rule: rule.id.clone(),
                version: rule.version,
                trigger: matter.trigger,
                centre: matter.subject.centre,
                shown_as: raised.shown_as,
                recipients: raised.recipients.clone(),
                at: None,
                before: None,
                change: Change::Same,
            });
            if tested {
                (one.version, one.shown_as, one.recipients) =
                    (rule.version, raised.shown_as, raised.recipients);
                one.at = Some(found.at);
            }
            if current {
                one.before = Some(found.at);
            }
        }
    }

    /// What would have been.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        let mut escalations: Vec<WouldRaise> = self.found.into_values().collect();
        for one in &mut escalations {
            one.change = match (one.at, one.before) {
                (Some(_), None) => Change::New,
                (None, _) => Change::Gone,
                (Some(at), Some(before)) if at < before => Change::Earlier,
                (Some(at), Some(before)) if at > before => Change::Later,
                _ => Change::Same,
            };
        }
        escalations.sort_by_key(|one| (one.at.or(one.before), one.rule.clone(), one.trigger));
        let figure = |rule: &&Rule| matches!(rule.condition(), Condition::Figure(_));
        let mut ids: Vec<&Code> = self.rules.iter().map(|rule| &rule.id).collect();
        ids.sort();
        ids.dedup();
        let mut not_tested: Vec<Code> =
            self.rules.iter().filter(figure).map(|rule| rule.id.clone()).collect();
        not_tested.sort();
        not_tested.dedup();
        let rules =
            ids.into_iter().filter(|id| !not_tested.contains(id)).map(|id| raised_by(id, &escalations));
        Outcome {
            from: self.from,
            to: self.to,
            rules: rules.collect(),
            recipients: heard(&escalations, self.from, self.to),
            escalations,
            not_tested,
        }
    }
}

/// Every rule of either set, and which of them hold it. Rules that share a matter keep each other silent, so where the sets differ
/// on a matter each has its own.
fn both(tested: &[Rule], current: &[Rule]) -> Vec<(Rule, (bool, bool))> {
    let alone = |rules: &[Rule], others: &[Rule]| -> Vec<Code> {
        let alone = rules.iter().filter(|rule| !others.contains(rule));
        alone.filter_map(|rule| rule.matter.clone()).collect()
    };
    let differ = [alone(tested, current), alone(current, tested)].concat();
    let apart = |rule: &Rule| rule.matter.as_ref().is_some_and(|matter| differ.contains(matter));
    let of_tested = tested.iter().map(|rule| (rule.clone(), (true, current.contains(rule) && !apart(rule))));
    let of_current = current.iter().filter(|rule| apart(rule) || !tested.contains(rule)).map(|rule| {
        let mut own = rule.clone();
        own.matter = own.matter.and_then(|matter| Code::new(format!("{matter}-now")).ok());
        (own, (false, true))
    });
    of_tested.chain(of_current).collect()
}

fn raised_by(rule: &Code, escalations: &[WouldRaise]) -> Raised {
    let mut raised = Raised { rule: rule.clone(), raised: 0, before: 0, changes: BTreeMap::new() };
    for one in escalations.iter().filter(|one| one.rule == *rule) {
        raised.raised += u64::from(one.at.is_some());
        raised.before += u64::from(one.before.is_some());
        *raised.changes.entry(one.change).or_default() += 1;
    }
    raised
}

fn heard(escalations: &[WouldRaise], from: Timestamp, to: Timestamp) -> Vec<Heard> {
    let mut days: BTreeMap<Role, BTreeMap<Date, u64>> = BTreeMap::new();
    for one in escalations.iter().filter(|one| one.shown_as.is_alarm()) {
        let Some(at) = one.at else { continue };
        for role in &one.recipients {
            *days.entry(*role).or_default().entry(at.to_zoned(TimeZone::UTC).date()).or_default() += 1;
        }
    }
    let length = to.duration_since(from).as_secs_f64() / 86_400.0;
    let heard = days.into_iter().map(|(role, days)| {
        let alarms: u64 = days.values().sum();
        Heard {
            role,
            alarms,
            per_day: alarms as f64 / length,
            most_in_a_day: days.values().max().copied().unwrap_or(0),
        }
    });
    heard.collect()
}
