//! How long an answer waits for its audit record, against a publish of the same bytes that waits for nobody.

use std::time::Instant;

use anyhow::Result;
use async_nats::jetstream::{self, Context};
use bytes::Bytes;
use jiff::Timestamp;
use nabij_log::{AuditOutcome, AuditRecord, Auditor, RecordRef};
use nabij_model::{Actor, CaseId, CentreId, Role};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::network::Network;
use super::raw;
use super::report::{Figure, Target, quantile};

/// Records of a single reader.
const ALONE: usize = 4_000;
/// Readers at once, and records of all of them.
const AMONG: usize = 64;
const RECORDS: usize = 40_000;
/// What gathering records into groups may add, ms.
const BOUND_MS: f64 = 1.0;

pub(super) async fn measure(network: &Network) -> Result<Vec<Figure>> {
    let written = Way::Record(network.log().await?.auditor("bench"));
    let target = network.raw().await?;
    let published = Way::Publish(jetstream::new(target.client().clone()));
    let mut figures = Vec::with_capacity(2);
    for (name, readers, count, share) in [
        ("audit record, alone, p50", 1, ALONE, 0.5),
        ("audit record, of 64 readers, p99", AMONG, RECORDS, 0.99),
    ] {
        // Both warm up before anything counts.
        drop(waits(&published, readers, count / 4).await?);
        drop(waits(&written, readers, count / 4).await?);
        let raw = quantile(&mut waits(&published, readers, count).await?, share);
        let measured = quantile(&mut waits(&written, readers, count).await?, share);
        figures.push(Figure::new(
            name,
            "ms",
            measured,
            (raw, "the same bytes, each published by itself"),
            Target::NoMoreOver(BOUND_MS),
            format!("{count} records, acknowledged"),
        ));
    }
    Ok(figures)
}

/// How a record gets into a stream.
#[derive(Clone)]
enum Way {
    /// As every read writes it.
    Record(Auditor),
    /// By itself.
    Publish(Context),
}

impl Way {
    async fn go(&self) -> Result<()> {
        let record = record();
        match self {
            Self::Record(auditor) => drop(auditor.write(&record).await?),
            Self::Publish(context) => {
                let body: Bytes = serde_json::to_vec(&record)?.into();
                drop(context.publish(format!("{}.audit", raw::NAME), body).await?.await?);
            }
        }
        Ok(())
    }
}

/// Milliseconds that each of `count` records took, written by so many readers, each one after another.
async fn waits(way: &Way, readers: usize, count: usize) -> Result<Vec<f64>> {
    let mut under_way = JoinSet::new();
    for _ in 0..readers {
        let way = way.clone();
        under_way.spawn(async move {
            let mut milliseconds = Vec::with_capacity(count / readers);
            for _ in 0..count / readers {
                let start = Instant::now();
                way.go().await?;
                milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
            }
            anyhow::Ok(milliseconds)
        });
    }
    let mut all = Vec::with_capacity(count);
    while let Some(done) = under_way.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

/// What a read of a case file leaves.
fn record() -> AuditRecord {
    let who = Actor {
        subject: "bench".parse().expect("a staff id"),
        role: Role::Psychosocial,
        centres: vec![CentreId(Uuid::nil())],
        operator: None,
    };
    let case = Uuid::now_v7();
    AuditRecord {
        who: Some(who),
        action: Some("case.read".into()),
        record: Some(RecordRef { kind: "case".into(), id: case }),
        cases: vec![CaseId(case)],
        rows: 1,
        because: vec!["own-centre".into()],
        request: Some(Uuid::now_v7().to_string()),
        ..AuditRecord::new(Timestamp::now(), "GET /v1/cases/{id}", AuditOutcome::Allowed)
    }
}
