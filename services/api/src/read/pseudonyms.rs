//! `/v1/analytics/cases`: cases under pseudonyms, for who counts. No name, no word, no id of a record, no hour.
//!
//! A pseudonym is a keyed hash of the case (HMAC-SHA-256 under a key of its own in the vault): the same in every answer, and nobody
//! without the vault's secret can tell which case it is, nor try cases out.

use std::collections::HashMap;

use axum::response::Response;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use nabij_caseload::{CaseStatus, Entry};
use nabij_engine::Touched;
use nabij_model::case::age::{BirthDate, end_of, today};
use nabij_model::case::{Accompaniment, Case};
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::{Builder, Uuid};

use super::answer::Shown;
use super::moment::AsOf;
use super::{JSON, every_entry, incomplete};
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    use Action::ReadPseudonymous;
    routes.read("/v1/analytics/cases", ReadPseudonymous, "Cases under pseudonyms: bands of birth years, no words, no ids", schema_of::<ListQuery>, Answer { schema: schema_of::<Cases>, ..JSON }, list);
    routes.read("/v1/analytics/cases/{pseudonym}/timeline", ReadPseudonymous, "What happened in a case, to the day, without words and ids", schema_of::<TimelineQuery>, Answer { schema: schema_of::<Happenings>, ..JSON }, timeline);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// As the network knew it at the end of this day; yesterday when left out.
    as_of: Option<Date>,
    /// At most so many, 1 to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<Uuid>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TimelineQuery {
    /// As the network knew it at the end of this day; yesterday when left out.
    as_of: Option<Date>,
    /// At most so many, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `next` of the page before, with the same `as_of`.
    cursor: Option<usize>,
}

/// A page of cases.
#[derive(Debug, Serialize, JsonSchema)]
struct Cases {
    /// By pseudonym, an order that says nothing.
    cases: Vec<Pseudonymous>,
    /// As the network knew it at the end of this day; what was written or imported since is not in it.
    until: Date,
    /// Give it as `cursor` for the next page; absent on the last.
    next: Option<Uuid>,
}

/// A case under its pseudonym.
#[derive(Debug, Serialize, JsonSchema)]
struct Pseudonymous {
    /// The pseudonym; joins with nothing outside these calls.
    pseudonym: Uuid,
    /// Minors by age today (`0-5`, `6-11`, `12-14`, `15-17`), adults by year of birth (`1985-1989`); absent when unknown.
    birth: Option<String>,
    /// With whom a minor lives.
    accompaniment: Option<Accompaniment>,
    /// Where the follow-up stands.
    status: CaseStatus,
    /// How much support, 1 to 3.
    support_level: Option<u8>,
    /// Who runs the centre; which centre would single people out.
    operator: Option<String>,
}

/// What happened in a case.
#[derive(Debug, Serialize, JsonSchema)]
struct Happenings {
    /// The pseudonym.
    pseudonym: Uuid,
    /// The oldest first.
    events: Vec<Happening>,
    /// As the network knew it at the end of this day.
    until: Date,
    /// Events on all pages together.
    in_all: usize,
    /// Give it as `cursor` for the next page; absent on the last.
    next: Option<usize>,
}

/// One thing that happened.
#[derive(Debug, Serialize, JsonSchema)]
struct Happening {
    /// On which day it was written down.
    on: Date,
    /// `signal.logged`.
    event: String,
    /// In which role it was written down.
    role: String,
    /// What is a word of a fixed list, a number or a yes or no.
    facts: Map<String, Value>,
}

async fn list(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: ListQuery = query(&call.address)?;
    call.allow(&state, Place::default()).await?;
    let limit = super::limit(asked.limit)? as usize;
    let until = day_over(asked.as_of, &call)?;
    let moment =
        AsOf::resolve(Some(AsOf::Time(end_of(until))), None, &state, &[state.schema()], call.now).await?;
    let mut every = pseudonyms(&state, moment.sequence).await?;
    every.retain(|(pseudonym, _)| asked.cursor.is_none_or(|cursor| *pseudonym > cursor));
    let more = every.len() > limit;
    every.truncate(limit);
    let next = every.last().filter(|_| more).map(|(pseudonym, _)| *pseudonym);
    let operators: HashMap<CentreId, String> = {
        let centres = state.caseload().centres(None, moment.sequence).await?;
        centres.into_iter().map(|centre| (centre.centre, centre.operator)).collect()
    };
    let mut cases = Vec::with_capacity(every.len());
    let shown: Vec<CaseId> = every.iter().map(|(_, case)| *case).collect();
    for (pseudonym, case) in every {
        let Some(line) = state.caseload().case_summary(case, moment.sequence).await? else { continue };
        let born = state.log().load::<Case>(case.into()).await?.state.birth.get();
        cases.push(Pseudonymous {
            pseudonym,
            birth: born.map(|born| band(born, today(call.now))),
            accompaniment: line.accompaniment,
            status: line.status,
            support_level: line.support_level,
            operator: operators.get(&line.centre).cloned(),
        });
    }
    let missing = incomplete(&state, Touched::Anything, moment).await?;
    Ok(Shown::new(&Cases { cases, until, next }, moment)?
        .about(shown)
        .incomplete(missing)
        .respond(&call.headers))
}

async fn timeline(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: TimelineQuery = query(&call.address)?;
    call.allow(&state, Place::default()).await?;
    let pseudonym = call.parameters.parts().find(|(name, _)| *name == "pseudonym").map(|(_, id)| id);
    let pseudonym = pseudonym.ok_or_else(Problem::internal)?;
    let until = day_over(asked.as_of, &call)?;
    let (before, limit) = (asked.cursor.unwrap_or_default(), super::limit(asked.limit)? as usize);
    let moment =
        AsOf::resolve(Some(AsOf::Time(end_of(until))), None, &state, &[state.schema()], call.now).await?;
    let every = pseudonyms(&state, moment.sequence).await?;
    let found = every.binary_search_by_key(&pseudonym, |(pseudonym, _)| *pseudonym);
    let case = found.map(|place| every[place].1).map_err(|_| {
        Problem::not_found("case-unknown", "no case has this pseudonym: the list names those there are")
    })?;
    let entries = every_entry(&state, case, moment.sequence).await?;
    // An accusation that nobody looked at is no fact about anybody.
    let told: Vec<&Entry> = entries.iter().filter(|entry| !entry.restricted).collect();
    let in_all = told.len();
    let events: Vec<Happening> = told.into_iter().skip(before).take(limit).map(happening).collect();
    let next = before.checked_add(events.len()).filter(|next| *next < in_all);
    let missing = incomplete(&state, Touched::Case(case), moment).await?;
    Ok(Shown::new(&Happenings { pseudonym, events, until, in_all, next }, moment)?
        .about([case])
        .incomplete(missing)
        .respond(&call.headers))
}

/// A day that is over. Between two moments of one day a single event could be told by what it changes, and with it the second
/// and the centre that these answers leave out.
///
/// # Errors
/// 400 `bad-query` for a day that is not over.
fn day_over(asked: Option<Date>, call: &Call) -> Result<Date, Problem> {
    let today = today(call.now);
    match asked {
        Some(day) if day >= today => {
            let detail = "`as_of` is a day that is over: yesterday, or one before";
            Err(Problem::bad_request("bad-query", detail))
        }
        Some(day) => Ok(day),
        None => Ok(today.saturating_sub(1.day())),
    }
}

/// Every case with its pseudonym, by pseudonym. Hashing 35,000 of them takes some ten milliseconds, and nothing that leads
/// from one to the other is kept.
async fn pseudonyms(state: &ApiState, as_of: u64) -> Result<Vec<(Uuid, CaseId)>, Problem> {
    let key = state.log().vault().blind_key("analyst pseudonym");
    let mut every: Vec<(Uuid, CaseId)> = state
        .caseload()
        .every_case(as_of)
        .await?
        .into_iter()
        .map(|case| {
            let hash = key.hash(case.0.as_bytes());
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&hash[..16]);
            (Builder::from_custom_bytes(bytes).into_uuid(), case)
        })
        .collect();
    every.sort_unstable();
    Ok(every)
}

/// Minors by the ages that figures use, adults by five years of birth.
fn band(born: BirthDate, today: Date) -> String {
    let year = match born {
        BirthDate::Date(day) => day.year(),
        BirthDate::Year(year) => year,
    };
    match born.age_on(today) {
        ..=5 => "0-5".to_owned(),
        6..=11 => "6-11".to_owned(),
        12..=14 => "12-14".to_owned(),
        15..=17 => "15-17".to_owned(),
        _ => format!("{}-{}", year - year.rem_euclid(5), year - year.rem_euclid(5) + 4),
    }
}

/// Fields whose values are words of a fixed list, numbers, or yes or no, in every event that has them. What is not here is not shown.
const FACTS: [&str; 40] = [
    "accompaniment",
    "abroad",
    "agreed",
    "barrier",
    "by",
    "category",
    "certainty",
    "channel",
    "child_informed",
    "concerns_staff",
    "flag",
    "ground",
    "guardian_agreement",
    "historic",
    "incident_type",
    "instrument",
    "interpreter",
    "involves_minor",
    "kind",
    "level",
    "participants",
    "prompted_by",
    "protocol",
    "provider_kind",
    "reason",
    "reporter_expects",
    "requested_by",
    "role",
    "safe_now",
    "scope",
    "severity",
    "source",
    "step",
    "strength",
    "tie",
    "to",
    "urgency",
    "verdict",
    "what",
    "with",
];

fn happening(entry: &Entry) -> Happening {
    let event = entry.event_type.strip_prefix("nabij.").unwrap_or(&entry.event_type);
    let event = event.rsplit_once(".v").map_or(event, |(name, _)| name);
    let fields = entry.body.as_object().into_iter().flatten();
    let facts = fields
        .filter(|(name, value)| FACTS.contains(&name.as_str()) && is_fact(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Happening { on: day(entry.recorded_at), event: event.to_owned(), role: entry.role.clone(), facts }
}

/// A word of a list, a number, yes or no, or several of them; never an id, a sealed field or an object.
fn is_fact(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(word) => {
            word.len() <= 40
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
                && word.parse::<Uuid>().is_err()
        }
        Value::Array(items) => items.iter().all(|item| !item.is_array() && is_fact(item)),
        Value::Null | Value::Object(_) => false,
    }
}

fn day(at: Timestamp) -> Date {
    today(at)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn nobody_is_singled_out_by_a_year() {
        let on = date(2026, 3, 1);
        let band = |year| band(BirthDate::Year(year), on);
        assert_eq!([band(1985), band(1989), band(1990)], ["1985-1989", "1985-1989", "1990-1994"]);
        assert_eq!([band(2024), band(2016), band(2012), band(2009)], ["0-5", "6-11", "12-14", "15-17"]);
    }

    #[test]
    fn only_words_of_a_list_are_facts() {
        for fact in [json!("high"), json!(2), json!(true), json!(["medical", "school"])] {
            assert!(is_fact(&fact), "{fact}");
        }
        let id = "01890000-0000-7000-8000-000000000001";
        for none in [json!(id), json!([id]), json!("Two words"), json!({"sealed": "x"}), json!(null)] {
            assert!(!is_fact(&none), "{none}");
        }
    }
}
