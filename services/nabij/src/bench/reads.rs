//! A case file read over HTTP with token, policy and audit, against the same read without them.
//!
//! The same read: the same questions to the same views, the same sealed fields opened, the same JSON, over HTTP on the same
//! machine in the same run, taking turns. Nothing in the product turns policy or audit off; the bare read is a handler of this
//! file.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use nabij_caseload::Reader;
use nabij_engine::{Touched, incomplete};
use nabij_log::Log;
use nabij_model::case::{Case, CaseCommand};
use nabij_model::{Actor, CaseId, CentreId, Role};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::commands::{free_address, ready};
use super::network::Network;
use super::report::{Figure, Target, quantile};
use super::visible::submission;

const CONNECTIONS: usize = 64;
/// Cases that take turns.
const CASES: usize = 200;
/// Turns that each of both gets.
const TURNS: usize = 4;
/// A case file read may take this many times the bare one.
const BOUND: f64 = 1.5;

/// What one of both needed.
#[derive(Default)]
struct Needed {
    seconds: f64,
    reads: usize,
    milliseconds: Vec<f64>,
}

pub(super) async fn measure(network: &Network, count: usize) -> Result<[Figure; 2]> {
    let log = network.log().await?;
    let address = free_address()?;
    let _projector = network.serve("projector")?;
    let _api = network.serve_api(&address)?;
    let client = Client::builder().pool_max_idle_per_host(CONNECTIONS).build()?;
    ready(&client, &address).await?;
    let mut cases = Vec::with_capacity(CASES);
    for number in 0..CASES {
        cases.push(case(&log, number).await?);
    }
    let last = log.head().await?.sequence;
    let actor = Actor {
        subject: "bench".parse().context("a staff id")?,
        role: Role::Psychosocial,
        centres: vec![CentreId(Uuid::nil())],
        operator: None,
    };
    let token = network.issuer()?.issue(&actor, Timestamp::now(), SignedDuration::from_hours(1))?;
    let shipped = format!("http://{address}/v1/cases/");
    let seen =
        client.get(format!("{shipped}{}?min_sequence={last}", cases[0])).bearer_auth(&token).send().await?;
    ensure!(seen.status().is_success(), "the views do not show the cases: {}", seen.text().await?);
    let bare = serve_bare(log, network.pool("cli")?).await?;
    same(&client, &bare, &shipped, &token, cases[0]).await?;

    let (mut ours, mut raw) = (Needed::default(), Needed::default());
    let each = count / TURNS;
    // Both warm up before anything counts.
    read(&client, &bare, &token, &cases, each / 4, &mut Needed::default()).await?;
    read(&client, &shipped, &token, &cases, each / 4, &mut Needed::default()).await?;
    for _ in 0..TURNS {
        read(&client, &bare, &token, &cases, each, &mut raw).await?;
        read(&client, &shipped, &token, &cases, each, &mut ours).await?;
    }
    let label = "without token, policy and audit";
    let note = format!(
        "{CONNECTIONS} connections; {} reads each, in {TURNS} turns; the access log follows along",
        ours.reads
    );
    let per_second = |needed: &Needed| needed.reads as f64 / needed.seconds;
    let throughput = Figure::new(
        "case file read",
        "reads/s",
        per_second(&ours),
        (per_second(&raw), label),
        Target::AtLeast(1.0 / BOUND),
        note.clone(),
    );
    let latency = Figure::new(
        "case file read, p50",
        "ms",
        quantile(&mut ours.milliseconds, 0.5),
        (quantile(&mut raw.milliseconds, 0.5), label),
        Target::AtMost(BOUND),
        note,
    );
    Ok([throughput, latency])
}

/// A case with a name, guidance, a support level and contacts.
async fn case(log: &Log, number: usize) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let opened = json!({
        "centre": Uuid::nil(), "birth_year": 1990, "arrived_on": "2026-01-01", "languages": ["ps"],
        "resident": {"name": format!("Resident {number}")},
    });
    log.execute::<Case>(id, CaseCommand::Open(serde_json::from_value(opened)?), &submission()).await?;
    let guidance = json!({"triggers": ["noise"], "helps": ["a walk", "a call"], "agreed_with": "resident"});
    log.execute::<Case>(id, CaseCommand::NoteGuidance(serde_json::from_value(guidance)?), &submission())
        .await?;
    let level = json!({"level": 2, "reason": "sleeps badly since the transfer"});
    log.execute::<Case>(id, CaseCommand::SetSupportLevel(serde_json::from_value(level)?), &submission())
        .await?;
    for _ in 0..5 {
        let noted = CaseCommand::NoteContact(serde_json::from_value(json!({}))?);
        log.execute::<Case>(id, noted, &submission()).await?;
    }
    Ok(id)
}

/// Serves the bare read; gives its address up to the id.
async fn serve_bare(log: Log, pool: deadpool_postgres::Pool) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/", listener.local_addr()?);
    let router = Router::new().route("/{case}", get(bare_file)).with_state((log, Reader::new(pool)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn bare_file(State((log, views)): State<(Log, Reader)>, Path(case): Path<Uuid>) -> Response {
    match bare(&log, &views, CaseId(case)).await {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn bare(log: &Log, views: &Reader, case: CaseId) -> Result<String> {
    let sequence = views.sequence().await?;
    let file = views.case_file(case, sequence).await?.context("no such case")?;
    let mut body = serde_json::to_value(&file)?;
    body["as_of"] = sequence.into();
    log.vault().open(&mut body, |_| true).await?;
    let missing =
        incomplete(views.pool(), "caseload", nabij_caseload::VERSION, Touched::Case(case), sequence).await?;
    if missing > 0 {
        body["incomplete"] = missing.into();
    }
    Ok(body.to_string())
}

/// Both answer with the same file.
async fn same(client: &Client, bare: &str, shipped: &str, token: &str, case: Uuid) -> Result<()> {
    let mut names = Vec::new();
    for address in [bare, shipped] {
        let answer = client.get(format!("{address}{case}")).bearer_auth(token).send().await?;
        let body: Value = serde_json::from_str(&answer.text().await?)?;
        let fields = body.as_object().context("a case file is an object")?;
        names.push(fields.keys().cloned().collect::<Vec<_>>());
    }
    ensure!(names[0] == names[1], "the bare read shows {:?}, the interface {:?}", names[0], names[1]);
    Ok(())
}

/// Reads `count` files at all connections.
async fn read(
    client: &Client,
    address: &str,
    token: &str,
    cases: &[Uuid],
    count: usize,
    needed: &mut Needed,
) -> Result<()> {
    let start = Instant::now();
    let mut connections = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let (client, token) = (client.clone(), token.to_owned());
        let numbers = (connection..count).step_by(CONNECTIONS);
        let addresses: Vec<String> =
            numbers.map(|number| format!("{address}{}", cases[number % cases.len()])).collect();
        connections.spawn(async move {
            let mut milliseconds = Vec::with_capacity(addresses.len());
            for address in addresses {
                let sent = Instant::now();
                let answer = client.get(&address).bearer_auth(&token).send().await?;
                let status = answer.status();
                let body = answer.bytes().await?;
                ensure!(
                    status.is_success(),
                    "{address} answered {status}: {}",
                    String::from_utf8_lossy(&body)
                );
                milliseconds.push(sent.elapsed().as_secs_f64() * 1e3);
            }
            Ok(milliseconds)
        });
    }
    while let Some(done) = connections.join_next().await {
        needed.milliseconds.extend(done??);
    }
    needed.seconds += start.elapsed().as_secs_f64();
    needed.reads += count;
    Ok(())
}
