//! From an append to its row in the view, against raw publish to subscriber.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use nabij_log::{Log, Submission};
use nabij_model::case::{Case, CaseCommand};
use nabij_model::{Actor, Policies, Role};
use serde_json::json;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::network::Network;
use super::raw;
use super::report::{Figure, Target, quantile};

/// Cases that take turns.
const CASES: usize = 100;
/// By an index of the view: the question must not cost more than the answer's way.
const SEEN: &str = "SELECT 1 FROM caseload_v5.timeline WHERE aggregate = $1 AND recorded_seq = $2";

pub(super) async fn measure(network: &Network, appends: usize) -> Result<[Figure; 2]> {
    let log = network.log().await?;
    let _projector = network.serve("projector")?;
    let database = network.pool("cli")?.get().await?;
    let mut cases = Vec::with_capacity(CASES);
    for _ in 0..CASES {
        cases.push(open_case(&log).await?);
    }
    let warm = log.head().await?.sequence;
    let seen = loop {
        // The projector makes the table first.
        if let Ok(seen) = database.prepare(SEEN).await
            && shows(&database, &seen, cases[CASES - 1], warm).await?
        {
            break seen;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let mut ours = Vec::with_capacity(appends);
    for number in 0..appends {
        let start = Instant::now();
        let noted = CaseCommand::NoteContact(serde_json::from_value(json!({}))?);
        let case = cases[number % CASES];
        let sequence = log.execute::<Case>(case, noted, &submission()).await?.sequence;
        while !shows(&database, &seen, case, sequence).await? {
            ensure!(start.elapsed() < Duration::from_secs(10), "event {sequence} does not become visible");
        }
        ours.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let target = network.raw().await?;
    let messages = raw::Again::default().next(&log, appends).await?;
    let mut limit = raw::round_trips(&target, messages).await?;
    limit.iter_mut().for_each(|seconds| *seconds *= 1e3);
    let mut figure = |name, share, bound| {
        let raw = quantile(&mut limit, share);
        let measured = quantile(&mut ours, share);
        let note = format!("{appends} single appends, one after another");
        Figure::new(
            name,
            "ms",
            measured,
            (raw, "publish to a reader of the stream"),
            Target::AtMost(bound),
            note,
        )
    };
    Ok([figure("append to visible, p50", 0.5, 8.0), figure("append to visible, p99", 0.99, 8.0)])
}

async fn open_case(log: &Log) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let opened = json!({"centre": Uuid::nil(), "birth_year": 1990, "arrived_on": "2026-01-01"});
    log.execute::<Case>(id, CaseCommand::Open(serde_json::from_value(opened)?), &submission()).await?;
    Ok(id)
}

pub(super) fn submission() -> Submission {
    let subject = "bench".parse().expect("a staff id");
    let actor = Actor { subject, role: Role::Companion, centres: Vec::new(), operator: None };
    Submission::new(Timestamp::now(), actor, Arc::new(Policies::shipped()))
}

/// Whether a reader sees the row of this event.
async fn shows(database: &Client, seen: &Statement, case: Uuid, sequence: u64) -> Result<bool> {
    let row = database.query_opt(seen, &[&case, &sequence.cast_signed()]).await;
    Ok(row.context("the view cannot be read")?.is_some())
}
