//! From an acknowledged append to the line that HQ sees, while a network writes; against raw publish to subscriber.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use nabij_log::Log;
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::{Actor, CentreId, Role};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use super::commands::{free_address, ready};
use super::network::Network;
use super::raw;
use super::report::{Figure, Target, quantile};
use super::visible::submission;

/// Commands a second.
const RATE: u32 = 500;
/// One of so many commands is an acute signal, which HQ hears of.
const ACUTE_OF: usize = 10;
/// What the way from append to line may take above the raw one, ms.
const BOUND_MS: f64 = 25.0;
/// How long the last line may take before it counts as lost.
const LAST: Duration = Duration::from_secs(30);

/// When each acute signal was acknowledged, and when its line came.
#[derive(Default)]
struct Seen {
    acknowledged: HashMap<Uuid, Instant>,
    lines: HashMap<Uuid, Instant>,
}

impl Seen {
    /// From each acknowledgement to its line, ms; a line that came before the caller had read its own answer waited for nothing.
    fn waited(&self) -> Vec<f64> {
        let wait = |(id, at): (&Uuid, &Instant)| Some(self.lines.get(id)?.saturating_duration_since(*at));
        self.acknowledged.iter().filter_map(wait).map(|wait| wait.as_secs_f64() * 1e3).collect()
    }
}

pub(super) async fn measure(network: &Network, seconds: u32) -> Result<[Figure; 2]> {
    let log = network.log().await?;
    let centre = register_centre(&log).await?;
    let address = free_address()?;
    let _projector = network.serve("projector")?;
    let _alerts = network.serve("alerts")?;
    let _api = network.serve_api(&address)?;
    let client = Client::builder().build()?;
    ready(&client, &address).await?;

    let seen = Arc::new(Mutex::new(Seen::default()));
    let actor = |role: Role, centres: Vec<CentreId>, operator: Option<&str>| -> Result<Actor> {
        Ok(Actor {
            subject: "bench".parse()?,
            role,
            centres,
            operator: operator.map(str::parse).transpose()?,
        })
    };
    let issuer = network.issuer()?;
    let token = |actor: &Actor| issuer.issue(actor, Timestamp::now(), SignedDuration::from_hours(1));
    let hq = token(&actor(Role::OperatorHq, Vec::new(), Some("bench"))?)?;
    let staff = token(&actor(Role::Companion, vec![centre], Some("bench"))?)?;
    let listening = tokio::spawn(listen(client.clone(), address.clone(), hq, Arc::clone(&seen)));
    // The first alarm is a warm-up: it shows that the line is open.
    let warm = Uuid::now_v7();
    post(&client, &address, &staff, signal(warm, centre, "acute")).await?;
    until_seen(&seen, |seen| seen.lines.contains_key(&warm)).await.context("HQ hears nothing")?;

    let count = (RATE * seconds) as usize;
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let start = Instant::now();
    let mut calls = JoinSet::new();
    for number in 0..count {
        ticks.tick().await;
        let (client, address, staff, seen) =
            (client.clone(), address.clone(), staff.clone(), Arc::clone(&seen));
        calls.spawn(async move {
            let (id, acute) = (Uuid::now_v7(), number % ACUTE_OF == 0);
            let severity = if acute { "acute" } else { "low" };
            post(&client, &address, &staff, signal(id, centre, severity)).await?;
            if acute {
                seen.lock().expect("no holder panics").acknowledged.insert(id, Instant::now());
            }
            anyhow::Ok(())
        });
        while let Some(done) = calls.try_join_next() {
            done??;
        }
    }
    while let Some(done) = calls.join_next().await {
        done??;
    }
    let per_second = count as f64 / start.elapsed().as_secs_f64();
    let all = |seen: &Seen| seen.acknowledged.keys().all(|id| seen.lines.contains_key(id));
    let heard = until_seen(&seen, all).await;
    ensure!(!listening.is_finished(), "HQ's line ended: {:?}", listening.await);
    listening.abort();
    let mut ours = seen.lock().expect("no holder panics").waited();
    let alarms = count.div_ceil(ACUTE_OF);
    ensure!(heard.is_ok() && ours.len() == alarms, "HQ heard {} of {alarms} alarms", ours.len());

    let target = network.raw().await?;
    let messages = raw::Again::default().next(&log, count / ACUTE_OF).await?;
    let mut limit = raw::round_trips(&target, messages).await?;
    limit.iter_mut().for_each(|seconds| *seconds *= 1e3);
    let note = format!(
        "{alarms} alarms among {count} commands, {per_second:.0} commands/s for {seconds} s, each heard once"
    );
    let mut figure = |name, share| {
        let raw = (quantile(&mut limit, share), "publish to a reader of the stream");
        let measured = quantile(&mut ours, share);
        Figure::new(name, "ms", measured, raw, Target::NoMoreOver(BOUND_MS), note.clone())
    };
    Ok([figure("append to HQ's line, p50", 0.5), figure("append to HQ's line, p99", 0.99)])
}

async fn register_centre(log: &Log) -> Result<CentreId> {
    let id = Uuid::now_v7();
    let registered = json!({"code": "bench", "name": "Bench", "operator": "bench"});
    let command = CentreCommand::Register(serde_json::from_value(registered)?);
    log.execute::<Centre>(id, command, &submission()).await?;
    Ok(CentreId(id))
}

fn signal(id: Uuid, centre: CentreId, severity: &str) -> Value {
    json!({"id": id, "centre": centre, "category": "conflict", "severity": severity})
}

async fn post(client: &Client, address: &str, token: &str, body: Value) -> Result<()> {
    let answer =
        client.post(format!("http://{address}/v1/signals")).bearer_auth(token).json(&body).send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "a signal was answered {status}: {text}");
    Ok(())
}

/// HQ's line: notes when each alarm comes. An alarm that comes twice is an error.
async fn listen(client: Client, address: String, token: String, seen: Arc<Mutex<Seen>>) -> Result<()> {
    let asked = client.get(format!("http://{address}/v1/escalations/stream?after=0")).bearer_auth(&token);
    let answer = asked.send().await?.error_for_status()?;
    let mut bytes = answer.bytes_stream();
    let mut text = String::new();
    while let Some(more) = bytes.next().await {
        text.push_str(std::str::from_utf8(&more?)?);
        let at = Instant::now();
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let raised = event.lines().any(|line| line == "event: raised");
            let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")).filter(|_| raised)
            else {
                continue;
            };
            let data: Value = serde_json::from_str(data)?;
            let signal = data["body"]["subject"]["signal"].as_str().context("an alarm about no signal")?;
            let before = seen.lock().expect("no holder panics").lines.insert(signal.parse()?, at);
            ensure!(before.is_none(), "HQ heard of {signal} twice");
        }
    }
    Ok(())
}

async fn until_seen(seen: &Mutex<Seen>, enough: impl Fn(&Seen) -> bool) -> Result<()> {
    let look = async {
        while !enough(&seen.lock().expect("no holder panics")) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    Ok(timeout(LAST, look).await?)
}
