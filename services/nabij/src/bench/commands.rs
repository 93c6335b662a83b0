//! Single commands over HTTP at 64 connections, everything on, against raw publish with 64 in flight.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use nabij_api::tokens::Issuer;
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use tokio::task::JoinSet;

use super::place::Place;
use super::raw;
use super::report::{Figure, Target};
use crate::simulate::story::{Plan, Story};

/// Connections, and messages in flight of the raw publish.
const CONNECTIONS: usize = 64;
/// The network whose commands these are.
const NETWORK: Plan = Plan { centres: 40, cases: 6_000, days: 365, seed: 1, start: date(2025, 1, 1) };

/// A call that is ready to be sent.
struct Call {
    path: String,
    token: String,
    body: String,
}

static REFUSED: AtomicUsize = AtomicUsize::new(0);

pub(super) async fn measure(place: &Place, issuer: &Issuer, count: usize) -> Result<Figure> {
    let log = place.fresh("commands").await?;
    let address = free_address()?;
    let _projector = place.servers.serve("commands", &["serve", "projector"], &[])?;
    let _api = place.serve_api("commands", &address)?;
    let client = Client::builder().pool_max_idle_per_host(CONNECTIONS).build()?;
    ready(&client, &address).await?;

    let queues = queues(issuer, count)?;
    let start = Instant::now();
    let mut connections = JoinSet::new();
    for queue in queues {
        connections.spawn(send(client.clone(), address.clone(), queue));
    }
    while let Some(done) = connections.join_next().await {
        done??;
    }
    let seconds = start.elapsed().as_secs_f64();
    let refused = REFUSED.load(Ordering::Relaxed);
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

/// The calls of each connection: those on one record stay in order, as a team would make them.
fn queues(issuer: &Issuer, count: usize) -> Result<Vec<Vec<Call>>> {
    let mut tokens: HashMap<String, String> = HashMap::new();
    let mut queues: Vec<Vec<Call>> = (0..CONNECTIONS).map(|_| Vec::new()).collect();
    let mut taken = 0;
    for step in Story::new(NETWORK) {
        let Some(request) = step.request()? else { continue };
        let token = match tokens.get(step.actor.subject.as_str()) {
            Some(token) => token.clone(),
            None => {
                let token = issuer.issue(&step.actor, Timestamp::now(), SignedDuration::from_hours(1))?;
                tokens.insert(step.actor.subject.to_string(), token.clone());
                token
            }
        };
        let body = request.body.to_string();
        queues[step.id.as_u128() as usize % CONNECTIONS].push(Call { path: request.path, token, body });
        taken += 1;
        if taken == count {
            return Ok(queues);
        }
    }
    anyhow::bail!("the simulated network makes only {taken} commands of the {count} wanted")
}

async fn send(client: Client, address: String, calls: Vec<Call>) -> Result<()> {
    for call in calls {
        let answer = client
            .post(format!("http://{address}{}", call.path))
            .header(AUTHORIZATION, format!("Bearer {}", call.token))
            .header(CONTENT_TYPE, "application/json")
            .body(call.body)
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(!status.is_server_error(), "{} answered {status}: {text}", call.path);
        if status.is_client_error() {
            REFUSED.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(%status, path = call.path, "refused: {text}");
        }
    }
    Ok(())
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
