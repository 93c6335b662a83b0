//! The calls of a simulated network, in turns, each ready for whichever connection is free.

use std::collections::{HashMap, VecDeque};

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

/// `count` calls, of each turn. The last day is yesterday, and what is to be done is due after today, so that no date is over before
/// it is written down.
pub(super) fn of(issuer: &Issuer, address: &str, count: usize, turns: usize) -> Result<Vec<Turn>> {
    let any = date(2025, 1, 1);
    let (last, _) = story(any).nth(count - 1).context("the simulated network makes fewer commands")??;
    let days = any.until(today(last.at))?.get_days();
    let start = today(Timestamp::now()).saturating_sub((days + 1).days());
    let due = Value::from(today(Timestamp::now()).saturating_add(14.days()).to_string());
    let mut tokens: HashMap<String, String> = HashMap::new();
    let mut all: Vec<Turn> = (0..turns).map(|_| Turn::default()).collect();
    for (number, made) in story(start).take(count).enumerate() {
        let (step, mut request) = made?;
        put_off(&mut request.body, &due);
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
    Ok(all)
}

/// Whatever is to be done is due on `due`.
fn put_off(body: &mut Value, due: &Value) {
    let decisions = body.get_mut("decisions").and_then(Value::as_array_mut);
    let decided = decisions.into_iter().flatten().filter_map(|decision| decision.get_mut("due_on"));
    decided.for_each(|day| *day = due.clone());
    for name in ["due_on", "next_review"] {
        if let Some(day) = body.get_mut(name) {
            *day = due.clone();
        }
    }
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

/// The calls of one turn.
///
/// What is done about one resident, their life, is done in order and one after another, as a team would do it.
#[derive(Default)]
pub(super) struct Turn {
    lives: Vec<Life>,
    /// The life of each call that nobody took yet.
    waiting: VecDeque<usize>,
    /// The life that each record belongs to.
    of: HashMap<Uuid, usize>,
}

#[derive(Default)]
struct Life {
    calls: VecDeque<Call>,
    /// Somebody waits for the answer to one of its calls.
    is_busy: bool,
    /// What its last call was answered.
    answer: Bytes,
}

impl Turn {
    fn add(&mut self, record: Uuid, resident: Option<Uuid>, call: Call) {
        let known = self.of.get(&record).or_else(|| self.of.get(&resident?)).copied();
        let life = known.unwrap_or_else(|| {
            self.lives.push(Life::default());
            self.lives.len() - 1
        });
        for id in [Some(record), resident].into_iter().flatten() {
            self.of.entry(id).or_insert(life);
        }
        self.lives[life].calls.push_back(call);
        self.waiting.push_back(life);
    }

    /// Calls that nobody took yet.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The next call that waits for no other, with the life that it is of, whose answer is [`Self::answered`] then. `None`: whatever
    /// is left follows calls that others wait for, and is theirs to make.
    pub(super) fn next(&mut self) -> Result<Option<(usize, Call)>> {
        let Some(place) = self.waiting.iter().position(|life| !self.lives[*life].is_busy) else {
            return Ok(None);
        };
        let number = self.waiting.remove(place).context("no such call")?;
        let life = &mut self.lives[number];
        life.is_busy = true;
        let mut call = life.calls.pop_front().context("no such call")?;
        let path = call.uri().path();
        if path.ends_with("/approve") {
            *call.body_mut() = approval(call.body(), &life.answer)?;
        } else if path == "/v1/discussions" {
            *call.body_mut() = held_now(call.body())?;
        }
        Ok(Some((number, call)))
    }

    /// The call that was taken of a life has its answer.
    pub(super) fn answered(&mut self, life: usize, answer: Bytes) {
        self.lives[life].is_busy = false;
        self.lives[life].answer = answer;
    }
}

/// An approval names the version of the summary that its director read: the discussion, which was the last call of this life,
/// is the last that was written about the resident. Where a turn begins between the two, the rules refuse what was not read.
fn approval(body: &[u8], before: &[u8]) -> Result<Bytes> {
    let mut approval: Value = serde_json::from_slice(body)?;
    let discussed: Value = serde_json::from_slice(before).unwrap_or_default();
    if discussed["sequence"].is_u64() {
        approval["summary_version"] = discussed["sequence"].clone();
    }
    Ok(approval.to_string().into())
}

/// A discussion that was held before signals that are logged within the same seconds would make each transfer a hasty one.
fn held_now(body: &[u8]) -> Result<Bytes> {
    let mut held: Value = serde_json::from_slice(body)?;
    held["held_at"] = Timestamp::now().to_string().into();
    Ok(held.to_string().into())
}
