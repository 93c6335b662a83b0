//! Single commands over HTTP at 64 connections, everything on, against raw publish with 64 in flight.

use std::collections::HashMap;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use axum::body::Bytes;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use nabij_api::tokens::Issuer;
use nabij_model::case::age::today;
use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::place::Place;
use super::raw;
use super::report::{Figure, Target};
use crate::simulate::step::{self, Step};
use crate::simulate::story::{Plan, Story};

/// Connections, and messages in flight of the raw publish.
const CONNECTIONS: usize = 64;

/// The network whose commands these are, if its first day is `start`.
fn network(start: Date) -> Plan {
    Plan { centres: 40, cases: 6_000, days: 365, seed: 1, start }
}

/// A call that is ready to be sent.
type Call = Request<Bytes>;

pub(super) async fn measure(place: &Place, issuer: &Issuer, count: usize) -> Result<Figure> {
    let log = place.fresh("commands").await?;
    let address = free_address()?;
    let _projector = place.servers.serve("commands", &["serve", "projector"], &[])?;
    let _api = place.serve_api("commands", &address)?;
    let client = Client::builder().pool_max_idle_per_host(CONNECTIONS).build()?;
    ready(&client, &address).await?;

    let queues = queues(issuer, &address, count)?;
    let start = Instant::now();
    let mut connections = JoinSet::new();
    for queue in queues {
        connections.spawn(send(address.clone(), queue));
    }
    let mut refused = 0;
    while let Some(done) = connections.join_next().await {
        refused += done??;
    }
    let seconds = start.elapsed().as_secs_f64();
    ensure!(refused * 10 < count, "{refused} of {count} commands were refused: this measures refusals");

    let target = place.log("commandsraw").await?;
    let messages = raw::messages(&log, "commandsraw", count).await?;
    let limit = raw::publish(target.client(), messages, CONNECTIONS).await?;
    Ok(Figure::new(
        "single commands over HTTP",
        "commands/s",
        (count - refused) as f64 / seconds,
        (limit, "publish, 64 in flight"),
        Target::AtLeast(0.12),
        format!(
            "{CONNECTIONS} connections; {refused} of {count} refused by a rule; the projector runs along"
        ),
    ))
}

/// The calls of each connection. What is done about one resident stays in order, as a team would do it. The last day is
/// yesterday, and what is to be done is due after today, so that no date is over before it is written down.
fn queues(issuer: &Issuer, address: &str, count: usize) -> Result<Vec<Vec<Call>>> {
    let any = date(2025, 1, 1);
    let (last, _) = calls(any).nth(count - 1).context("the simulated network makes fewer commands")??;
    let days = any.until(today(last.at))?.get_days();
    let start = today(Timestamp::now()).saturating_sub((days + 1).days());
    let due = Value::from(today(Timestamp::now()).saturating_add(14.days()).to_string());
    let mut tokens: HashMap<String, String> = HashMap::new();
    let mut queues: Vec<Vec<Call>> = (0..CONNECTIONS).map(|_| Vec::new()).collect();
    // The connection of each record: its resident's, or the one with the least to do.
    let mut homes: HashMap<Uuid, usize> = HashMap::new();
    for made in calls(start).take(count) {
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
        let known = homes.get(&step.id).or_else(|| homes.get(&resident(&request.body)?));
        let least = || (0..CONNECTIONS).min_by_key(|queue| queues[*queue].len()).unwrap_or_default();
        let home = known.copied().unwrap_or_else(least);
        homes.insert(step.id, home);
        let call = Request::post(request.path)
            .header(HOST, address)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(CONTENT_TYPE, "application/json")
            .body(request.body.to_string().into())?;
        queues[home].push(call);
    }
    Ok(queues)
}

/// What the network does over HTTP, if its first day is `start`.
fn calls(start: Date) -> impl Iterator<Item = Result<(Step, step::Request)>> {
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

/// Sends calls one after another on one connection; says how many a rule refused. The caller shares the cores with what it
/// measures: it does no more than HTTP needs.
async fn send(address: String, calls: Vec<Call>) -> Result<usize> {
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut refused = 0;
    let mut before = Bytes::new();
    for mut call in calls {
        let path = call.uri().clone();
        if path.path().ends_with("/approve") {
            *call.body_mut() = approval(call.body(), &before)?;
        }
        sender.ready().await?;
        let answer = sender.send_request(call.map(Full::<Bytes>::new)).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        before = body.clone();
        let text = String::from_utf8_lossy(&body);
        ensure!(!status.is_server_error(), "{path} answered {status}: {text}");
        if status.is_client_error() {
            refused += 1;
            tracing::debug!(%status, %path, "refused: {text}");
        }
    }
    Ok(refused)
}

/// An approval names the version of the summary that its director read: the discussion, which was the last call on this connection,
/// is the last that was written about the resident.
fn approval(body: &[u8], before: &[u8]) -> Result<Bytes> {
    let mut approval: Value = serde_json::from_slice(body)?;
    let discussed: Value = serde_json::from_slice(before)?;
    if discussed["sequence"].is_u64() {
        approval["summary_version"] = discussed["sequence"].clone();
    }
    Ok(approval.to_string().into())
}

pub(super) fn free_address() -> Result<String> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    Ok(format!("127.0.0.1:{port}"))
}

pub(super) async fn ready(client: &Client, address: &str) -> Result<()> {
    for _ in 0..300 {
        let asked = client.get(format!("http://{address}/readyz")).send().await;
        if asked.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None.context("the interface does not become ready")
}
