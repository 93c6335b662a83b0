//! How fast the log is beside the raw protocol, on the servers of `NATS_URL` and streams of its own:
//! `NATS_URL=.. cargo run --release -p nabij-log --example throughput -- [events]`.
//!
//! The raw figures use the very messages that the log writes: same payloads, headers, ids and checks.
#![expect(clippy::unwrap_used, reason = "a measurement that fails is no measurement")]

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use futures::stream::FuturesUnordered;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use nabij_log::{Log, LogConfig, MasterKey, Raw, Submission};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, Policies, Role};
use serde_json::json;
use uuid::Uuid;

fn submission() -> Submission {
    let actor =
        Actor { subject: "bench".parse().unwrap(), role: Role::Service, centres: vec![], operator: None };
    Submission { historic: true, ..Submission::new(Timestamp::now(), actor, Arc::new(Policies::shipped())) }
}

fn logged(sealed: bool) -> SignalCommand {
    let mut body = json!({"centre": Uuid::now_v7(), "category": "conflict", "severity": "moderate",
        "cases": [{"case": Uuid::now_v7(), "role": "affected"}]});
    if sealed {
        body["note"] = json!("An argument in the kitchen about the cooking times; both went to their rooms.");
    }
    SignalCommand::Log(serde_json::from_value(body).unwrap())
}

fn feedback() -> SignalCommand {
    SignalCommand::GiveFeedback(
        serde_json::from_value(json!({"to": "child", "kind": "acknowledged"})).unwrap(),
    )
}

/// Processor time of this process so far, in seconds: what counts on a machine that does other work too.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks: Vec<f64> =
        stat.rsplit(')').next().unwrap().split(' ').filter_map(|field| field.parse().ok()).collect();
    (ticks[10] + ticks[11]) / 100.0
}

static SPENT: Mutex<f64> = Mutex::new(0.0);

fn rate(what: &str, count: usize, took: Duration) -> f64 {
    let rate = count as f64 / took.as_secs_f64();
    let mut before = SPENT.lock().unwrap();
    let spent = processor() - std::mem::replace(&mut *before, processor());
    let each = spent * 1e6 / count as f64;
    println!("{what:<50} {rate:>8.0}/s  ({count} in {:.2} s, client {each:.1} us each)", took.as_secs_f64());
    rate
}

async fn bulk(log: &Log, count: usize, sealed: bool, per_aggregate: usize) -> Duration {
    let began = Instant::now();
    let mut bulk = log.bulk();
    let submission = submission();
    let ids: Vec<Uuid> = (0..count / per_aggregate).map(|_| Uuid::now_v7()).collect();
    for round in 0..per_aggregate {
        for id in &ids {
            let command = if round == 0 { logged(sealed) } else { feedback() };
            bulk.push::<Signal>(*id, command, submission.clone()).await.unwrap();
        }
    }
    assert!(bulk.finish().await.unwrap().iter().all(|outcome| outcome.result.is_ok()));
    began.elapsed()
}

/// Publishes messages like those of the log to fresh subjects, `in_flight` at a time.
async fn raw_publish(log: &Log, like: &[Raw], count: usize, in_flight: usize) -> Duration {
    let context = async_nats::jetstream::context::ContextBuilder::new()
        .max_ack_inflight(in_flight)
        .build(log.client().clone());
    let began = Instant::now();
    let mut acks = FuturesUnordered::new();
    for number in 0..count {
        let model = &like[number % like.len()];
        let id = Uuid::now_v7().to_string();
        let mut headers: HeaderMap = model.headers.clone();
        headers.insert("Nats-Msg-Id", id.as_str());
        headers.insert("Nats-Expected-Last-Subject-Sequence", "0");
        let subject = format!("{}.signal.{id}", log.config().prefix);
        let ack = context.publish_with_headers(subject, headers, model.body.clone()).await.unwrap();
        acks.push(ack.into_future());
        if acks.len() >= in_flight {
            acks.next().await.unwrap().unwrap();
        }
    }
    while let Some(ack) = acks.next().await {
        ack.unwrap();
    }
    began.elapsed()
}

/// The same as atomic batches of 1,000, one after another.
async fn raw_batches(log: &Log, like: &[Raw], count: usize) -> Duration {
    let (client, began) = (log.client(), Instant::now());
    for _ in 0..count / 1_000 {
        let batch = Uuid::now_v7().simple().to_string();
        for number in 1..=1_000 {
            let model = &like[number % like.len()];
            let id = Uuid::now_v7().to_string();
            let mut headers: HeaderMap = model.headers.clone();
            headers.insert("Nats-Msg-Id", id.as_str());
            headers.insert("Nats-Expected-Last-Subject-Sequence", "0");
            headers.insert("Nats-Batch-Id", batch.as_str());
            headers.insert("Nats-Batch-Sequence", number.to_string());
            let subject = format!("{}.signal.{id}", log.config().prefix);
            if number < 1_000 {
                client.publish_with_headers(subject, headers, model.body.clone()).await.unwrap();
            } else {
                headers.insert("Nats-Batch-Commit", "1");
                let answer = client.request_with_headers(subject, headers, model.body.clone()).await.unwrap();
                assert!(!answer.payload.windows(5).any(|part| part == b"error"), "{:?}", answer.payload);
            }
        }
    }
    began.elapsed()
}

async fn events(log: &Log, from: u64, count: usize) -> Vec<Raw> {
    log.read(from).await.unwrap().take(count).try_collect().await.unwrap()
}

/// The same headers without what the protocol added.
fn bare(raw: &Raw) -> Raw {
    let own = |(name, _): &(&async_nats::HeaderName, _)| !name.to_string().starts_with("Nats-");
    let headers =
        raw.headers.iter().filter(own).map(|(name, values)| (name.clone(), values[0].clone())).collect();
    Raw { headers, ..raw.clone() }
}

async fn commands(log: &Log, count: usize, in_flight: usize, sealed: bool) -> Duration {
    let (began, submission) = (Instant::now(), submission());
    futures::stream::iter(0..count)
        .map(|_| async { log.execute::<Signal>(Uuid::now_v7(), logged(sealed), &submission).await.unwrap() })
        .buffer_unordered(in_flight)
        .for_each(|_| async {})
        .await;
    began.elapsed()
}

#[tokio::main]
async fn main() {
    let count = std::env::args().nth(1).map_or(50_000, |count| count.parse().unwrap());
    let id = Uuid::now_v7().simple().to_string();
    let config = LogConfig {
        max_bytes: 8 << 30,
        ..LogConfig::at(
            &std::env::var("NATS_URL").unwrap(),
            &format!("T_{id}"),
            &format!("TV_{id}"),
            &format!("t{id}"),
        )
    };
    let log = Log::connect(config.clone(), MasterKey::from_bytes([1; 32])).await.unwrap();
    for sealed in [false, true] {
        let words = if sealed { "with words" } else { "without words" };
        let from = log.head().await.unwrap().sequence + 1;
        bulk(&log, 1_000, sealed, 1).await;
        let like: Vec<Raw> = events(&log, from, 1_000).await.iter().map(bare).collect();
        let raw =
            rate(&format!("raw pipelined, {words}"), count, raw_publish(&log, &like, count, 5_000).await);
        rate(&format!("raw atomic batches, {words}"), count, raw_batches(&log, &like, count).await);
        for per in [1, 4] {
            let took = bulk(&log, count, sealed, per).await;
            let rate = rate(&format!("bulk, {words}, {per} events an aggregate"), count, took);
            println!("{:<58} {:>9.2}", "  of raw", rate / raw);
        }
        let raw = rate("raw, 64 in flight", count / 2, raw_publish(&log, &like, count / 2, 64).await);
        let took = commands(&log, count / 4, 64, sealed).await;
        println!(
            "{:<58} {:>9.2}",
            "  of raw",
            rate(&format!("commands, {words}, 64 in flight"), count / 4, took) / raw
        );
    }
    let end = usize::try_from(log.head().await.unwrap().sequence).unwrap();
    let began = Instant::now();
    let mut stream = Box::pin(log.read(1).await.unwrap().take(end));
    while let Some(event) = stream.next().await {
        event.unwrap();
    }
    rate("read", end, began.elapsed());
    let began = Instant::now();
    let mut known = nabij_log::KnownAt::default();
    let mut stream = Box::pin(log.read(1).await.unwrap().take(end));
    while let Some(event) = stream.next().await {
        event.unwrap().decode(&mut known).unwrap();
    }
    rate("read and decode", end, began.elapsed());
    let began = Instant::now();
    assert!(log.verify(|_| {}).await.unwrap().first_bad().is_some(), "raw messages follow nothing");
    rate("verify", end, began.elapsed());
}
