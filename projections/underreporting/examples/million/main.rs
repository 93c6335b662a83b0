//! How long a report of the whole network takes over a million occurrences, from warm tables.
//!
//! `DATABASE_URL=.. cargo run --release -p nabij-underreporting --example million [-- OCCURRENCES]` fills a schema `bench_report` with
//! occurrences of two years, each with two versions that hold no longer, and the 1.65 million records that tell of them; asks every
//! report of the analytics and all of them at once, each three times; prints the quickest and the slowest, and drops the schema.
//! `deploy/stack` starts a PostgreSQL.
//!
//! Their properties are drawn independently of each other, which is the worst case for counting in groups: half a million groups of
//! a million. So rules are judged once for each combination of what they ask about and looked up in the database, and each
//! report counts by one aspect at a time, all of them in one pass; waits are counted by the hour. Records are grouped by no more than is
//! asked about, and what corrections left of each was worked out when it was corrected. A report of everything asks all of that at once, on
//! connections of its own.
//!
//! On two cores with nothing else on them, built for release without optimising across crates, quickest and slowest of three:
//!
//! | report | as known | quickest, s | slowest, s |
//! |---|---|---:|---:|
//! | underreporting | now | 1.54 | 1.75 |
//! | delays | now | 2.25 | 3.01 |
//! | non-registration-reasons | now | 1.05 | 1.58 |
//! | disagreement | now | 1.14 | 1.65 |
//! | reporting-rates | now | 0.89 | 0.97 |
//! | silences | now | 1.22 | 1.23 |
//! | register-gaps | now | 1.34 | 1.37 |
//! | register-counts | now | 0.67 | 0.76 |
//! | feedback | now | 1.28 | 1.38 |
//! | all of them | now | 4.51 | 4.77 |
//! | underreporting | a year ago | 1.63 | 1.80 |
//! | delays | a year ago | 2.36 | 2.79 |
//! | non-registration-reasons | a year ago | 1.28 | 1.35 |
//! | disagreement | a year ago | 1.40 | 1.45 |
//! | reporting-rates | a year ago | 0.82 | 1.08 |
//! | silences | a year ago | 0.94 | 1.35 |
//! | register-gaps | a year ago | 0.31 | 0.35 |
//! | register-counts | a year ago | 0.34 | 0.37 |
//! | feedback | a year ago | 1.22 | 1.27 |
//! | all of them | a year ago | 3.69 | 3.96 |
//!
//! Three seconds are aimed at. Each report meets them, as known now and a year ago, but for one run; the page of all ten at once, which
//! shares two cores with PostgreSQL, does not.

use std::time::Instant;

use deadpool_postgres::{Manager, Pool};
use jiff::civil::date;
use nabij_engine::Projection;
use nabij_underreporting::facts::Facts;
use nabij_underreporting::reader::Reader;
use nabij_underreporting::report::{
    AsOf, Everything, Filter, Viewer, delays, disagreement, feedback, non_registration_reasons,
    register_counts, register_gaps, reporting_rates, silences, underreporting,
};
use nabij_underreporting::reportability::Reportability;
use tokio_postgres::NoTls;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const SCHEMA: &str = "bench_report";
/// Sequences of one version of every occurrence: three versions follow each other.
const STEP: u64 = 10_000_000;

/// One version of every occurrence.
const OCCURRENCES: &str = include_str!("occurrences.sql");
/// What they were told of by.
const RECORDS: &str = include_str!("records.sql");

/// What it fills, in order.
const COLUMNS: &str = "valid_from, seen, occurrence, history, captured_by, listened, happened, labels, severity, level, certainty,
    accompaniment, minors, confidential, occurred_at, noticed_at, registered_at, dated, answered_at, status, reasons, judged_twice";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let count: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    let url = std::env::var("DATABASE_URL").map_err(|_| "DATABASE_URL says where PostgreSQL is")?;
    let pool = Pool::builder(Manager::new(url.parse()?, NoTls)).max_size(8).build()?;
    let client = pool.get().await?;
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")).await?;
    let started = Instant::now();
    client
        .batch_execute(&format!(
            "CREATE SCHEMA {SCHEMA}; SET search_path = {SCHEMA}; SELECT setseed(0.5); {}
             INSERT INTO fact_labels SELECT n + nine, kind, CASE nine WHEN 0 THEN '' ELSE 'fight/violence' END
                 FROM unnest(ARRAY['violence', 'threat', 'conflict-among-children', 'violence-against-child',
                     'intrafamilial-violence', 'sexual-boundary-crossing', 'self-harm', 'suicidality', 'disappearance'])
                     WITH ORDINALITY AS named (kind, n), unnest(ARRAY[0, 9]) AS nine;
             INSERT INTO fact_centre SELECT n, lpad(to_hex(n), 32, '0')::uuid, 'centre-' || n, 'fedasil', NULL FROM generate_series(1, 40) n;",
            Facts.ddl()
        ))
        .await?;
    for version in 0..3 {
        let table = if version == 2 { "fact_occurrence" } else { "fact_occurrence_past" };
        let (ends, end) = match version {
            2 => ("", String::new()),
            _ => (", valid_to", format!(", {} * {STEP}::bigint + n", version + 1)),
        };
        let fill = OCCURRENCES
            .replace("$version", &version.to_string())
            .replace("$count", &count.to_string())
            .replace("$end", &end);
        client.batch_execute(&format!("INSERT INTO {table} ({COLUMNS}{ends}) {fill}")).await?;
    }
    client.batch_execute(&RECORDS.replace("$count", &count.to_string())).await?;
    client.batch_execute(Facts.indexes()).await?;
    client.batch_execute(&format!("UPDATE fact_settled SET sequence = {}", 4 * STEP)).await?;
    for table in ["fact_occurrence", "fact_occurrence_past", "fact_capture", "fact_corrected", "fact_change"]
    {
        client.batch_execute(&format!("VACUUM ANALYZE {table}")).await?;
    }
    println!(
        "{count} occurrences and {} earlier versions in {:.1} s\n",
        2 * count,
        started.elapsed().as_secs_f64()
    );
    println!("| report | as known | quickest, s | slowest, s |\n|---|---|---:|---:|");

    let (reader, rules) = (Reader::of_schema(pool.clone(), SCHEMA)?, Reportability::shipped());
    for (known, sequence) in [("now", 4 * STEP), ("a year ago", STEP + count / 2)] {
        let as_of = AsOf { sequence, moment: "2026-02-01T00:00:00Z".parse()? };
        let filter = Filter::new(date(2024, 1, 1), date(2026, 1, 1), as_of);
        macro_rules! ask {
            ($($name:literal: $report:path),*) => {$({
                let mut times = vec![];
                for _ in 0..3 {
                    let started = Instant::now();
                    $report(&reader, &rules, &filter, Viewer::Analyst).await?;
                    times.push(started.elapsed().as_secs_f64());
                }
                times.sort_by(f64::total_cmp);
                println!("| {} | {known} | {:.2} | {:.2} |", $name, times[0], times[2]);
            })*};
        }
        let report = underreporting(&reader, &rules, &filter, Viewer::Analyst).await?;
        assert!(report.observed.due.count > Some(count / 10), "the report counts them");
        ask!("underreporting": underreporting, "delays": delays, "non-registration-reasons": non_registration_reasons,
            "disagreement": disagreement, "reporting-rates": reporting_rates, "silences": silences,
            "register-gaps": register_gaps, "register-counts": register_counts, "feedback": feedback, "all of them": Everything::read);
    }
    client.batch_execute(&format!("DROP SCHEMA {SCHEMA} CASCADE")).await?;
    Ok(())
}
