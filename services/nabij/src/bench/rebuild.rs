//! A full rebuild of all views, against COPY of the timeline's rows alone.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use futures::{SinkExt, TryStreamExt};
use tokio_postgres::Client;

use super::network::Network;
use super::report::{Figure, Target};

/// What the projector may use, MB.
const MEMORY_MB: f64 = 400.0;

pub(super) async fn measure(network: &Network, events: usize) -> Result<[Figure; 2]> {
    // Ten follow-up events a case and month, as `simulate` makes them; it stops being asked for more once enough are there.
    let mut seed = 1;
    let log = network.log().await?;
    let truth = network.file("truth.jsonl").display().to_string();
    while log.head().await?.sequence < events as u64 {
        let simulated = ["simulate", "--centres", "60", "--cases", "6000", "--days", "365"];
        let rest = ["--seed", &seed.to_string(), "--truth", &truth, "--json"];
        network.run(&[&simulated[..], &rest[..]].concat())?;
        seed += 1;
    }
    let count = log.head().await?.sequence;
    let start = Instant::now();
    let mut rebuild = network.rebuild()?;
    let (mut highest, mut early) = (0.0_f64, 0.0_f64);
    while rebuild.runs()? {
        let memory = rebuild.memory_mb().unwrap_or(0.0);
        if start.elapsed() < Duration::from_secs(5) {
            early = early.max(memory);
        }
        highest = highest.max(memory);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let seconds = start.elapsed().as_secs_f64();
    let database = network.pool("projector")?.get().await?;
    let rows: i64 = database.query_one("SELECT count(*) FROM caseload_v5.timeline", &[]).await?.get(0);
    ensure!(rows.cast_unsigned() >= count, "the rebuild left {rows} rows of {count} events: it failed");
    let limit = rows as f64 / copy_alone(&database).await?;
    let note = format!(
        "{count} events, {rows} timeline rows, {seconds:.1} s, start of the process and indexes included"
    );
    Ok([
        Figure::new(
            "full rebuild of all views",
            "events/s",
            count as f64 / seconds,
            (limit, "COPY of the timeline's rows alone, with its indexes"),
            Target::AtLeast(0.5),
            note,
        ),
        Figure::new(
            "memory of the rebuild",
            "MB",
            highest,
            (MEMORY_MB, "what it may use"),
            Target::AtMost(1.0),
            format!("highest; {early:.0} MB in the first five seconds"),
        ),
    ])
}

/// Seconds that PostgreSQL needs to take the timeline's rows into an equal table.
async fn copy_alone(database: &Client) -> Result<f64> {
    database
        .batch_execute(
            "CREATE SCHEMA bench; CREATE TABLE bench.copy_alone (LIKE caseload_v5.timeline INCLUDING ALL)",
        )
        .await?;
    let out = database.copy_out("COPY caseload_v5.timeline TO STDOUT (FORMAT binary)").await?;
    let chunks: Vec<Bytes> = out.try_collect().await.context("the timeline cannot be read")?;
    // Chunks of the size that a projector sends; one row a message would measure the protocol instead.
    let whole: Vec<u8> = chunks.concat();
    let whole = Bytes::from(whole);
    let start = Instant::now();
    let sink = database.copy_in("COPY bench.copy_alone FROM STDIN (FORMAT binary)").await?;
    futures::pin_mut!(sink);
    for from in (0..whole.len()).step_by(1 << 16) {
        sink.send(whole.slice(from..whole.len().min(from + (1 << 16)))).await?;
    }
    sink.finish().await?;
    Ok(start.elapsed().as_secs_f64())
}
