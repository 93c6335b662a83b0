//! The calls of a simulated network, in turns, shared out among connections.

use std::cmp::Reverse;
use std::collections::HashMap;

use anyhow::{Context as _, Result};
use axum::body::Bytes;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use nabij_api::tokens::Issuer;
use nabij_model::case::age::today;
use serde_json::Value;
use uuid::Uuid;

use crate::simulate::step::{self, Step};
use crate::simulate::story::{Plan, Story};

/// A call that is ready to be sent.
pub(super) type Call = Request<Bytes>;

/// The network whose commands these are, if its first day is `start`.
fn network(start: Date) -> Plan {
    Plan { centres: 40, cases: 6_000, days: 365, seed: 1, start }
}

/// `count` calls, of each turn and connection. What is done about one resident stays in order, as a team would do it. The last day is
/// yesterday, and what is to be done is due after today, so that no date is over before it is written down.
pub(super) fn of(
    issuer: &Issuer,
    address: &str,
    count: usize,
    (turns, connections): (usize, usize),
) -> Result<Vec<Vec<Vec<Call>>>> {
    let any = date(2025, 1, 1);
    let (last, _) = story(any).nth(count - 1).context("the simulated network makes fewer commands")??;
    let days = any.until(today(last.at))?.get_days();
    let start = today(Timestamp::now()).saturating_sub((days + 1).days());
    let due = Value::from(today(Timestamp::now()).saturating_add(14.days()).to_string());
    let mut tokens: HashMap<String, String> = HashMap::new();
    let mut all: Vec<Turn> = (0..turns).map(|_| Turn::default()).collect();
    for (number, made) in story(start).take(count).enumerate() {
        let (step, mut request) = made?;
        if let Some(due_on) = request.body.get_mut("due_on") {
            *due_on = due.clone();
        }
        let token = match tokens.get(step.actor.subject.as_str()) {
            Some(token) => token.clone(),
            None => {
                let token = issuer.issue(&step.actor, Timestamp::now(), SignedDuration::from_hours(1))?;
                tokens.insert(step.actor.subject.to_string(), token.clone());
                token
            }
        };
        let call = Request::post(request.path)
            .header(HOST, address)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(CONTENT_TYPE, "application/json")
            .body(request.body.to_string().into())?;
        all[number * turns / count].add(step.id, resident(&request.body), call);
    }
    Ok(all.into_iter().map(|turn| turn.shared(connections)).collect())
}

/// What the network does over HTTP, if its first day is `start`.
fn story(start: Date) -> impl Iterator<Item = Result<(Step, step::Request)>> {
    Story::new(network(start)).filter_map(|step| match step.request() {
        Ok(request) => request.map(|request| Ok((step, request))),
        Err(error) => Some(Err(error.into())),
    })
}

/// The first resident whom a new record is about.
fn resident(body: &Value) -> Option<Uuid> {
    let case = body.get("case").or_else(|| body.pointer("/cases/0"))?;
    case.as_str().or_else(|| case["case"].as_str())?.parse().ok()
}

/// The calls of one turn, by whom they are about, each with its place among all of them.
#[derive(Default)]
struct Turn {
    made: usize,
    lives: Vec<Vec<(usize, Call)>>,
    /// The life that each record belongs to.
    of: HashMap<Uuid, usize>,
}

impl Turn {
    fn add(&mut self, record: Uuid, resident: Option<Uuid>, call: Call) {
        let known = self.of.get(&record).or_else(|| self.of.get(&resident?)).copied();
        let life = known.unwrap_or_else(|| {
            self.lives.push(Vec::new());
            self.lives.len() - 1
        });
        for id in [Some(record), resident].into_iter().flatten() {
            self.of.entry(id).or_insert(life);
        }
        self.lives[life].push((self.made, call));
        self.made += 1;
    }

    /// The same for each of so many connections, as many calls for one as for another: where one has more than the rest, all wait
    /// for it alone, and that would be measured. The longest lives first, each to whoever has the least to do.
    fn shared(mut self, connections: usize) -> Vec<Vec<Call>> {
        self.lives.sort_by_key(|life| Reverse(life.len()));
        let mut shares: Vec<Vec<(usize, Call)>> = vec![Vec::new(); connections];
        for life in self.lives {
            if let Some(least) = shares.iter_mut().min_by_key(|share| share.len()) {
                least.extend(life);
            }
        }
        let in_order = |mut share: Vec<(usize, Call)>| {
            share.sort_by_key(|(number, _)| *number);
            share.into_iter().map(|(_, call)| call).collect()
        };
        shares.into_iter().map(in_order).collect()
    }
}
