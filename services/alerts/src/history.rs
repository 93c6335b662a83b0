//! Invented histories beside the rules (`deploy/rules/histories/<rule>.toml`): what happened, and what the rule raises on it.
//!
//! A rule that nobody tried on paper is found out about at night. Every name in a history is made an id: `on = "a signal"`, and
//! `"@Amira"` in a body. Moments are counted from the beginning: `at = "23h 59m"`; `given` lies before it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use nabij_model::event::CatalogueEntry;
use nabij_model::id::derived;
use nabij_model::{
    Actor, AggregateId, AggregateKind, CaseId, CentreId, Concerns, Event, EventHash, EventId, Meta, Policies,
    Recorded, Role,
};
use nabij_underreporting::reportability::Reportability;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::carry_out::raised;
use crate::evaluate::{Adoptions, Evaluator};
use crate::rehearsal::{Found, Rehearsal};
use crate::rule::Rule;

/// The beginning of every history.
const START: Timestamp = Timestamp::constant(1_772_352_000, 0);
/// How long nothing more happens after its last event: longer than any rule waits.
const AFTER: SignedDuration = SignedDuration::from_hours(24 * 400);

/// The histories of one rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histories {
    /// What happened before each of them.
    #[serde(default)]
    given: Vec<Happened>,
    /// Each.
    history: Vec<History>,
}

/// One history.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// What it shows.
    pub what: String,
    /// What happens, in order.
    event: Vec<Happened>,
    /// When somebody resolved everything that was raised until then.
    #[serde(default)]
    resolved: Vec<SignedDuration>,
    /// When the rule raises, each time.
    raises: Vec<String>,
    /// When what it shows on a worklist or agenda is taken down.
    #[serde(default)]
    lapses: Vec<String>,
    /// Who hears each of them first, where it is not the first step of the rule.
    #[serde(default)]
    heard_by: Option<Vec<Role>>,
}

/// One event of a history.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Happened {
    /// When, from the beginning.
    #[serde(default)]
    at: SignedDuration,
    /// `signal.logged`.
    event: String,
    /// The name of the record.
    on: String,
    /// The name of who wrote it down.
    #[serde(default)]
    by: Option<String>,
    /// The centre that it belongs to: `the centre` where none is named.
    #[serde(default)]
    centre: Option<String>,
    /// The cases that it touches: those that its body names where none is.
    #[serde(default)]
    cases: Option<Vec<String>>,
    /// Imported.
    #[serde(default)]
    historic: bool,
    /// The event's own fields.
    #[serde(default)]
    body: Value,
}

/// A history is wrong, or the rule does not do what it says.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct HistoryError {
    path: PathBuf,
    problem: String,
}

/// The histories of `rule` in the folder of the rules; `None` when nobody wrote any.
///
/// # Errors
/// When the file is none.
pub fn read_histories(folder: &Path, rule: &Rule) -> Result<Option<Histories>, HistoryError> {
    let path = folder.join("histories").join(format!("{}.toml", rule.id));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(HistoryError { path, problem: error.to_string() }),
    };
    toml::from_str(&text).map(Some).map_err(|error| HistoryError { path, problem: error.to_string() })
}

/// Lets `rule` read its histories, together with those of `rules` that speak of the same matter; answers how many there are.
///
/// # Errors
/// Every history in which it does something else, and what it did.
pub fn rehearse(
    folder: &Path,
    rules: &[Rule],
    rule: &Rule,
    reportability: &Arc<Reportability>,
    policies: &Arc<Policies>,
) -> Result<usize, Vec<HistoryError>> {
    let path = folder.join("histories").join(format!("{}.toml", rule.id));
    let Some(histories) = read_histories(folder, rule).map_err(|error| vec![error])? else { return Ok(0) };
    let beside = |other: &&Rule| other.id != rule.id && other.matter.is_some() && other.matter == rule.matter;
    let rules: Arc<Vec<Rule>> =
        Arc::new(std::iter::once(rule).chain(rules.iter().filter(beside)).cloned().collect());
    let mut errors = Vec::new();
    for history in &histories.history {
        let wrong = match histories.events(history) {
            Ok(events) => {
                let adopted: Adoptions = rules.iter().map(|rule| (rule.id.clone(), Timestamp::MIN)).collect();
                let evaluator = Evaluator::new(
                    Arc::clone(&rules),
                    Arc::clone(reportability),
                    Arc::clone(policies),
                    &adopted,
                );
                let mut rehearsal = Rehearsal::new(evaluator, SignedDuration::ZERO);
                let mut last = START;
                let mut resolved = history.resolved.iter().map(|at| START.saturating_add(*at)).peekable();
                for event in &events {
                    while let Some(Ok(at)) =
                        resolved.next_if(|at| at.as_ref().is_ok_and(|at| *at <= event.known_at))
                    {
                        rehearsal.resolved(at);
                    }
                    rehearsal.feed(event);
                    last = last.max(event.known_at);
                }
                rehearsal.until(last.saturating_add(AFTER).unwrap_or(Timestamp::MAX));
                let mut found = rehearsal.found();
                // The rule itself stands first.
                found.retain(|found| found.raised.as_ref().is_none_or(|(number, _)| *number == 0));
                history.compare(rule, &found)
            }
            Err(problem) => Err(problem),
        };
        if let Err(problem) = wrong {
            let problem = format!("in the history {:?} {problem}", history.what);
            errors.push(HistoryError { path: path.clone(), problem });
        }
    }
    if errors.is_empty() { Ok(histories.history.len()) } else { Err(errors) }
}

impl Histories {
    /// Whether one of them raises, and one does not.
    #[must_use]
    pub fn show_both(&self) -> bool {
        let raises = |history: &History| !history.raises.is_empty();
        self.history.iter().any(raises) && !self.history.iter().all(raises)
    }

    /// The events of one of them, with what was given.
    ///
    /// # Errors
    /// When one is no event.
    pub fn events(&self, history: &History) -> Result<Vec<Recorded>, String> {
        let mut concerns = BTreeMap::new();
        let mut known_at = Timestamp::MIN;
        let all = self.given.iter().chain(&history.event).enumerate();
        all.map(|(number, happened)| {
            let mut event = happened.recorded(number as u64 + 1, &mut concerns)?;
            known_at = known_at.max(event.meta.recorded_at);
            event.known_at = known_at;
            Ok(event)
        })
        .collect()
    }

    /// Each.
    #[must_use]
    pub fn histories(&self) -> &[History] {
        &self.history
    }
}

impl History {
    fn compare(&self, rule: &Rule, found: &[Found]) -> Result<(), String> {
        let moment = |found: &Found| found.at.duration_since(START);
        let (raises, lapses): (Vec<&Found>, Vec<&Found>) =
            found.iter().partition(|found| found.raised.is_some());
        for (what, expected, happened) in [("raise", &self.raises, &raises), ("lapse", &self.lapses, &lapses)]
        {
            let expected: Vec<SignedDuration> = expected
                .iter()
                .map(|text| {
                    text.parse().map_err(|_| format!("{text:?} is no time: expected for example \"23h 59m\""))
                })
                .collect::<Result<_, _>>()?;
            let happened: Vec<SignedDuration> = happened.iter().map(|found| moment(found)).collect();
            if expected != happened {
                let told = |times: &[SignedDuration]| match times {
                    [] => "never".to_owned(),
                    times => times.iter().map(|time| format!("{time:#}")).collect::<Vec<_>>().join(", "),
                };
                return Err(format!("it should {what} {}, and does {}", told(&expected), told(&happened)));
            }
        }
        let wanted = self.heard_by.as_ref().unwrap_or(&rule.steps[0].to);
        for (_, matter) in raises.iter().filter_map(|found| found.raised.as_ref()) {
            let heard_by = raised(rule, matter, None, matter.ripe).recipients;
            if heard_by != *wanted {
                return Err(format!("it should be heard by {wanted:?}, and is by {heard_by:?}"));
            }
        }
        Ok(())
    }
}

impl Happened {
    fn recorded(
        &self,
        number: u64,
        concerns: &mut BTreeMap<AggregateId, Concerns>,
    ) -> Result<Recorded, String> {
        static TYPES: LazyLock<Vec<CatalogueEntry>> = LazyLock::new(Event::catalogue);
        let of = |kind: AggregateKind, name: &str| format!("{kind}.{name}") == self.event;
        let entry = TYPES.iter().find(|entry| of(entry.event_type.kind, entry.event_type.name));
        let event_type = entry.ok_or_else(|| format!("`{}` is no event", self.event))?.event_type;
        let mut body =
            if self.body.is_null() { Value::Object(Default::default()) } else { self.body.clone() };
        name_all(&mut body);
        let stored = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
        let (_, event) = Event::decode(&event_type.to_string(), &stored)
            .map_err(|error| format!("event {number} ({}) cannot be: {error}", self.event))?;
        let aggregate = AggregateId::new(event_type.kind, id(&self.on));
        let before = concerns.get(&aggregate).cloned().unwrap_or_default();
        let centre = self.centre.as_deref().map(|name| CentreId(id(name)));
        let cases = match &self.cases {
            Some(named) => named.iter().map(|name| CaseId(id(name))).collect(),
            None if event_type.kind == AggregateKind::Case => vec![CaseId(aggregate.id)],
            None => Some(cases_of(&body)).filter(|cases| !cases.is_empty()).unwrap_or(before.cases),
        };
        let own = (event_type.kind == AggregateKind::Centre).then_some(CentreId(aggregate.id));
        let concerned = Concerns {
            centre: centre.or(own).or(before.centre).or_else(|| Some(CentreId(id("the centre")))),
            cases,
            confidential: before.confidential
                || body.get("route") == Some(&Value::from("confidential"))
                || body.get("confidential") == Some(&Value::from(true)),
        };
        concerns.insert(aggregate, concerned.clone());
        let by = self.by.as_deref().unwrap_or("somebody");
        let subject =
            by.parse().map_err(|_| format!("{by:?} is nobody's name: use letters, digits and hyphens"))?;
        let at = START.checked_add(self.at).map_err(|error| error.to_string())?;
        let meta = Meta {
            id: EventId::derived(&["history", &number.to_string()]),
            event_type,
            aggregate,
            recorded_at: at,
            actor: Actor { subject, role: Role::Companion, centres: Vec::new(), operator: None },
            concerns: concerned,
            command: None,
            historic: self.historic,
            previous: None,
            traceparent: None,
        };
        let hash = EventHash([0; 32]);
        Ok(Recorded { sequence: number, known_at: at, meta, event, body: stored.into(), hash })
    }
}

fn id(name: &str) -> Uuid {
    derived(&["history", name])
}

/// Every `"@name"` becomes its id.
fn name_all(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix('@') {
                *text = id(name).to_string();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(name_all),
        Value::Object(fields) => fields.values_mut().for_each(name_all),
        _ => {}
    }
}

/// The cases that a body names: `case`, or each of `cases`, with a role or without.
fn cases_of(body: &Value) -> Vec<CaseId> {
    let one = |value: &Value| value.get("case").unwrap_or(value).as_str()?.parse().ok().map(CaseId);
    let listed = body.get("cases").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    body.get("case").into_iter().chain(listed).filter_map(one).collect()
}
