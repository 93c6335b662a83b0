//! `/v1/analytics/cases`: cases under pseudonyms, for who counts. No name, no word, no id of a record, no hour.
//!
//! What a pseudonym is, and which fields are shown, [`pseudonym`](crate::pseudonym) says: exports hold the same.

use std::collections::HashMap;

use axum::response::Response;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use nabij_caseload::{CaseStatus, Entry};
use nabij_engine::Touched;
use nabij_model::case::age::{BirthDate, end_of, today};
use nabij_model::case::{Accompaniment, Case};
use nabij_model::{CaseId, CentreId, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::answer::Shown;
use super::moment::{AsOf, Moment};
use super::{JSON, every_entry, incomplete};
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::pseudonym::{Pseudonyms, facts};
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
    /// The pseudonym; joins with nothing but these calls and exports.
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
    let (until, moment) = day_over(asked.as_of, &state, &call).await?;
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
    let (before, limit) = (asked.cursor.unwrap_or_default(), super::limit(asked.limit)? as usize);
    let (until, moment) = day_over(asked.as_of, &state, &call).await?;
    let every = pseudonyms(&state, moment.sequence).await?;
    let found = every.binary_search_by_key(&pseudonym, |(pseudonym, _)| *pseudonym);
    let case = found.map(|place| every[place].1).map_err(|_| {
        Problem::not_found("case-unknown", "no case has this pseudonym: the list names those there are")
    })?;
    let entries = every_entry(&state, case, moment.sequence).await?;
    // An accusation that nobody looked at is no fact about anybody; a safeguarding person's hold would tell that there is one.
    let safe = |entry: &Entry| {
        entry.role == Role::SafeguardingPerson.as_str() && entry.event_type.starts_with("nabij.case.hold_")
    };
    let told: Vec<&Entry> = entries.iter().filter(|entry| !entry.restricted && !safe(entry)).collect();
    let in_all = told.len();
    let events: Vec<Happening> = told.into_iter().skip(before).take(limit).map(happening).collect();
    let next = before.checked_add(events.len()).filter(|next| *next < in_all);
    let missing = incomplete(&state, Touched::Case(case), moment).await?;
    Ok(Shown::new(&Happenings { pseudonym, events, until, in_all, next }, moment)?
        .about([case])
        .incomplete(missing)
        .respond(&call.headers))
}

/// A day that is over, and the moment at which it was. Between two moments of one day a single event could be told by what it changes, and
/// with it the second and the centre that these answers leave out.
///
/// # Errors
/// 400 `bad-query` for a day that is not over, else as [`AsOf::resolve`].
async fn day_over(asked: Option<Date>, state: &ApiState, call: &Call) -> Result<(Date, Moment), Problem> {
    let today = today(call.now);
    let until = asked.unwrap_or_else(|| today.saturating_sub(1.day()));
    if until >= today {
        let detail = "`as_of` is a day that is over: yesterday, or one before";
        return Err(Problem::bad_request("bad-query", detail));
    }
    let end = AsOf::Time(end_of(until));
    Ok((until, AsOf::resolve(Some(end), None, state, &[state.schema()], call.now).await?))
}

/// Every case with its pseudonym, by pseudonym. Hashing 35,000 of them takes some ten milliseconds, and nothing that leads
/// from one to the other is kept.
async fn pseudonyms(state: &ApiState, as_of: u64) -> Result<Vec<(Uuid, CaseId)>, Problem> {
    let pseudonyms = Pseudonyms::new(state.log().vault());
    let every = state.caseload().every_case(as_of).await?;
    let mut every: Vec<(Uuid, CaseId)> =
        every.into_iter().map(|case| (pseudonyms.of(case.0), case)).collect();
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

fn happening(entry: &Entry) -> Happening {
    let event = entry.event_type.strip_prefix("nabij.").unwrap_or(&entry.event_type);
    let event = event.rsplit_once(".v").map_or(event, |(name, _)| name);
    Happening {
        on: day(entry.recorded_at),
        event: event.to_owned(),
        role: entry.role.clone(),
        facts: facts(&entry.body),
    }
}

fn day(at: Timestamp) -> Date {
    today(at)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn nobody_is_singled_out_by_a_year() {
        let on = date(2026, 3, 1);
        let band = |year| band(BirthDate::Year(year), on);
        assert_eq!([band(1985), band(1989), band(1990)], ["1985-1989", "1985-1989", "1990-1994"]);
        assert_eq!([band(2024), band(2016), band(2012), band(2009)], ["0-5", "6-11", "12-14", "15-17"]);
    }
}
