//! The record of one call, and the rule which calls have one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use axum::http::{Method, StatusCode};
use nabij_log::{AuditOutcome, AuditRecord, RecordRef};
use nabij_model::{CaseId, CentreId, Role};
use uuid::Uuid;

use super::notes::{Caller, Notes};
use super::seen::Seen;
use crate::access::{Action, Asked, Trail};
use crate::problem::Problem;
use crate::read::AsOf;
use crate::state::ApiState;

/// Seconds after which a lost connection is usually back.
const SOON: u32 = 2;

/// A call, as its record needs it.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// `GET`.
    pub(crate) method: Method,
    /// `/v1/cases/{id}`.
    pub(crate) path: &'static str,
    /// What the policy calls it.
    pub(crate) action: Action,
    /// The id of the request.
    pub(crate) request: String,
    /// Who, from where.
    pub(crate) notes: Notes,
    /// What the policy said.
    pub(crate) trail: Trail,
}

/// Writes down what an answer of this `status` is about to show or to refuse. Gives the record's sequence in the audit stream; `None` for a call
/// that has no record.
///
/// # Errors
/// 503 `audit-away` when it cannot be written; 500 for an answer that does not say what it shows.
pub(crate) async fn written(
    state: &ApiState,
    reading: &Reading,
    status: StatusCode,
    seen: Option<Seen>,
    problem: Option<&str>,
) -> Result<Option<u64>, Problem> {
    let Some(caller) = reading.notes.of_caller() else { return Ok(None) };
    let is_read = reading.method == Method::GET;
    if status.is_server_error() || (!is_read && seen.is_none() && !status.is_client_error()) {
        return Ok(None);
    }
    let outcome = match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => AuditOutcome::NotFound,
        status if status.is_client_error() => AuditOutcome::Refused,
        _ if seen.is_none() => {
            tracing::error!(
                path = reading.path,
                "{} answers without saying what it shows: give the response its `Seen`",
                reading.path
            );
            return Err(Problem::internal());
        }
        _ => AuditOutcome::Allowed,
    };
    let mut record = reading.record(caller, outcome, |query| state.hashed_query(query));
    record.problem = problem.map(str::to_owned);
    if let Some(seen) = seen.filter(|_| outcome == AuditOutcome::Allowed) {
        record.rows = seen.rows;
        record.confidential |= seen.confidential || reading.trail.opened_confidential();
        record.cases = with_own(&record, seen.cases);
    }
    reading.write(state, &record).await.map(Some)
}

/// Writes down that a call was turned away before anything was asked of the policy: which call, from where, why, and who, where a genuine
/// token says so; never the token, nor what else it said. Whoever is named is told no sooner than it is written; who shows nothing genuine reads
/// nothing and waits for nothing, or strangers could make the audit a door of their own.
///
/// Refusals of an address for its haste name nobody and say nothing of anybody's reading: those are in the metrics alone.
///
/// # Errors
/// 503 `audit-away` when it cannot be written that somebody who is named was turned away.
pub(crate) async fn at_the_door(
    state: &ApiState,
    reading: &Reading,
    status: StatusCode,
    client: IpAddr,
    problem: &str,
) -> Result<(), Problem> {
    let who = reading.notes.of_turned_away();
    let turned_away = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => true,
        StatusCode::TOO_MANY_REQUESTS => who.is_some(),
        _ => false,
    };
    let written = reading.notes.of_caller().is_some();
    if !turned_away || written || !state.budgets().at_the_door(who.map(|who| &who.subject)) {
        return Ok(());
    }
    let call = format!("{} {}", reading.method, reading.path);
    let mut record = AuditRecord::new(jiff::Timestamp::now(), call, AuditOutcome::Refused);
    record.who = who.cloned();
    record.action = Some(reading.action.name().to_owned());
    record.problem = Some(problem.to_owned());
    record.address = Some(client).filter(|client| !client.is_unspecified());
    record.request = Some(reading.request_id());
    if who.is_some() {
        return reading.write(state, &record).await.map(drop);
    }
    let state = state.clone();
    tokio::spawn(async move {
        if let Err(error) = state.auditor().write(&record).await {
            tracing::warn!(%error, "that a call was turned away cannot be written down");
        }
    });
    Ok(())
}

/// The cases that were shown, the one that was asked for among them.
fn with_own(record: &AuditRecord, mut seen: BTreeSet<CaseId>) -> Vec<CaseId> {
    let own = record.record.as_ref().filter(|record| record.kind == "case").map(|record| CaseId(record.id));
    seen.extend(own);
    seen.into_iter().collect()
}

impl Reading {
    /// One more record of a call that goes on after its answer began: what it showed, and where it stands.
    pub(crate) async fn more(
        &self,
        state: &ApiState,
        shown: Option<(RecordRef, &Seen)>,
        scope: &str,
        rows: u64,
    ) -> Result<u64, Problem> {
        let caller = self.notes.of_caller().ok_or_else(Problem::internal)?;
        let mut record = self.record(caller, AuditOutcome::Allowed, |query| state.hashed_query(query));
        record.at = jiff::Timestamp::now();
        record.rows = rows;
        record.scope = vec![scope.to_owned()];
        if let Some((about, seen)) = shown {
            record.record = Some(about);
            record.cases = seen.cases.iter().copied().collect();
            record.confidential |= seen.confidential;
        }
        self.write(state, &record).await
    }

    async fn write(&self, state: &ApiState, record: &AuditRecord) -> Result<u64, Problem> {
        state.auditor().write(record).await.map_err(|error| {
            tracing::error!(%error, "an audit record cannot be written: the call is refused");
            Problem::unavailable(
                "audit-away",
                "it cannot be written down who looks, so nothing is shown: repeat the call in a moment, a write with the same Idempotency-Key",
                SOON,
            )
        })
    }

    fn record(&self, caller: &Caller, outcome: AuditOutcome, hashed: impl Fn(&str) -> String) -> AuditRecord {
        let mut record = AuditRecord::new(caller.now, format!("{} {}", self.method, self.path), outcome);
        let asked = self.trail.asked();
        record.who = Some(caller.actor.clone());
        // That the safeguarding person was there tells the centre of what is kept from it.
        record.confidential = caller.actor.role == Role::SafeguardingPerson;
        record.action = Some(self.action.name().to_owned());
        record.record =
            self.kind().zip(self.notes.id()).map(|(kind, id)| RecordRef { kind: kind.to_owned(), id });
        record.centre = self.centre(caller, &record, &asked);
        record.because = because(&asked, outcome);
        record.under = self.notes.under();
        record.as_of = parameter(caller, "as_of").filter(|text| is_moment(text));
        record.asked = caller.query.as_deref().map(hashed);
        record.address = caller.client;
        record.request = Some(self.request_id());
        record
    }

    /// The request's id; hashed where a caller chose it, since it may be words.
    fn request_id(&self) -> String {
        let plain = Uuid::parse_str(&self.request).is_ok();
        if plain { self.request.clone() } else { AuditRecord::hashed(&self.request) }
    }

    /// `case` of `/v1/cases/{id}`.
    fn kind(&self) -> Option<&'static str> {
        let plural = self.path.strip_prefix("/v1/")?.split('/').next()?;
        plural.strip_suffix('s')
    }

    /// The centre in the address, else the one that the policy was asked about.
    fn centre(&self, caller: &Caller, record: &AuditRecord, asked: &[Asked]) -> Option<CentreId> {
        let own = record.record.as_ref().filter(|record| record.kind == "centre").map(|record| record.id);
        let named = || parameter(caller, "centre").and_then(|text| Uuid::parse_str(&text).ok());
        own.or_else(named).map(CentreId).or_else(|| asked.iter().find_map(|asked| asked.centre))
    }
}

/// The policies that decided: those that allowed what was allowed, those that forbade what was refused. The first question,
/// whether the role may ever do this, counts only when it was the last.
fn because(asked: &[Asked], outcome: AuditOutcome) -> Vec<String> {
    let allowed = outcome == AuditOutcome::Allowed;
    let about_records = if asked.len() > 1 { &asked[1..] } else { asked };
    let mut names = Vec::new();
    for verdict in
        about_records.iter().map(|asked| &asked.verdict).filter(|verdict| verdict.allowed() == allowed)
    {
        for name in verdict.because.iter() {
            if !names.iter().any(|known: &String| **known == **name) {
                names.push(name.to_string());
            }
        }
    }
    names
}

/// A parameter of the query whose value needs no decoding.
fn parameter(caller: &Caller, name: &str) -> Option<String> {
    let pairs = caller.query.as_deref()?.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.into_iter().find(|(key, _)| *key == name)?.1;
    Some(value.replace("%3A", ":").replace("%3a", ":"))
}

fn is_moment(text: &str) -> bool {
    serde_json::from_value::<AsOf>(text.into()).is_ok()
}

#[cfg(test)]
mod tests {
    use nabij_model::{Actor, Role};

    use super::*;

    fn caller(query: &str) -> Caller {
        let actor = Actor {
            subject: "reader".parse().unwrap(),
            role: Role::Psychosocial,
            centres: vec![],
            operator: None,
        };
        Caller { actor, now: jiff::Timestamp::UNIX_EPOCH, client: None, query: Some(query.to_owned()) }
    }

    /// In place of the keyed hash of a running interface.
    fn hashed(query: &str) -> String {
        AuditRecord::hashed(query)
    }

    fn reading(path: &'static str, request: &str) -> Reading {
        Reading {
            method: Method::GET,
            path,
            action: Action::ReadCase,
            request: request.to_owned(),
            notes: Notes::default(),
            trail: Trail::default(),
        }
    }

    #[test]
    fn words_of_a_caller_are_hashed() {
        let query = "as_of=Jansen&name=Jansen&centre=01890000-0000-7000-8000-000000000001";
        let record = reading("/v1/cases", "jan.jansen").record(&caller(query), AuditOutcome::Allowed, hashed);
        let text = serde_json::to_string(&record).unwrap().to_lowercase();
        assert!(!text.contains("jansen"), "{text}");
        assert_eq!(record.asked.as_deref(), Some(hashed(query).as_str()));
        assert!(record.centre.is_some() && record.as_of.is_none());
        let dated = reading("/v1/cases", "1").record(
            &caller("as_of=2026-03-01T12%3A00:00Z"),
            AuditOutcome::Allowed,
            hashed,
        );
        assert_eq!(dated.as_of.as_deref(), Some("2026-03-01T12:00:00Z"));
    }

    #[test]
    fn what_was_asked_for_has_a_kind() {
        let reading = reading("/v1/centres/{id}/worklist", "1");
        let id = Uuid::from_u128(7);
        reading.notes.record(id);
        let record = reading.record(&caller(""), AuditOutcome::Refused, hashed);
        assert_eq!(record.record, Some(RecordRef { kind: "centre".into(), id }));
        assert_eq!(record.centre, Some(CentreId(id)));
    }
}
