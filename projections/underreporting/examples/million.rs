//! How long a report of the whole network takes over a million occurrences, from warm tables.
//!
//! `DATABASE_URL=.. cargo run --release -p nabij-underreporting --example million [-- OCCURRENCES]` fills a schema `bench_report` with
//! occurrences of two years, each with two versions that hold no longer, asks every report that counts occurrences, each three
//! times, prints the quickest and the slowest, and drops the schema. `deploy/stack` starts a PostgreSQL.
//!
//! Their properties are drawn independently of each other, which is the worst case for counting in groups: half a million groups of
//! a million. So rules are judged once for each combination of what they ask about and looked up in the database, and each
//! report counts by one aspect at a time; waits are counted by the hour.
//!
//! On two cores that other builds kept busy (load 7), without optimisation, quickest of three:
//!
//! | report | now, s | a year ago, s |
//! |---|---:|---:|
//! | underreporting | 3.2 | 3.6 |
//! | delays | 10.5 | 12.0 |
//! | non-registration-reasons | 2.7 | 7.1 |
//!
//! Looking up the rules and counting by one aspect took PostgreSQL 1.6 s of one core. Delays still read the occurrences once for each of four spans, once for the
//! months and once for what is untimed: the three seconds that are aimed at are met nowhere surely, and missed by delays.

use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, Pool};
use jiff::civil::date;
use nabij_engine::Projection;
use nabij_underreporting::facts::Facts;
use nabij_underreporting::reader::Reader;
use nabij_underreporting::report::{AsOf, Filter, Viewer, delays, non_registration_reasons, underreporting};
use nabij_underreporting::reportability::Reportability;
use tokio_postgres::NoTls;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const SCHEMA: &str = "bench_report";
/// Sequences of one version of every occurrence: three versions follow each other.
const STEP: u64 = 10_000_000;

/// Occurrences as a network of forty centres might have them: types, severities and lists in the shares of the simulator, times to
/// the minute. `$version` is 0 to 2; later versions know of more lists, and some of the register.
const FILL: &str = "
    SELECT $version * 10000000::bigint + n, 0::smallint, lpad(to_hex(n), 32, '0')::uuid,
        (1 + (r1 * 2)::int + CASE WHEN $version = 2 AND r2 < 0.4 THEN 4 ELSE 0 END + CASE WHEN r3 < 0.15 THEN 8 ELSE 0 END)::smallint,
        (1 + (r1 * 2)::int + CASE WHEN $version = 2 AND r2 < 0.5 THEN 4 ELSE 0 END + CASE WHEN r3 < 0.15 THEN 8 ELSE 0 END)::smallint,
        lpad(to_hex(1 + CASE WHEN r4 < 0.03 THEN (n + 7) % 40 ELSE n % 40 END), 32, '0')::uuid, lpad(to_hex(1 + n % 40), 32, '0')::uuid,
        1 + floor(r5 * 9)::int + CASE WHEN $version = 2 AND r2 < 0.5 THEN 9 ELSE 0 END,
        floor(r6 * 5)::smallint, CASE WHEN $version = 2 AND r2 < 0.5 THEN floor(r6 * 4)::smallint END,
        floor(r7 * 5)::smallint, CASE WHEN r8 < 0.33 THEN floor(r9 * 4)::smallint END, r8 < 0.33, false,
        at, at + r7 * interval '5 days', CASE WHEN $version = 2 AND r2 < 0.5 THEN at + r6 * interval '30 days' END, true,
        CASE WHEN $version > 0 AND r9 < 0.5 THEN at + r5 * interval '20 days' END,
        CASE WHEN $version = 2 AND r2 < 0.5 THEN 0 WHEN $version > 0 AND r2 > 0.85 THEN 1 ELSE 3 END::smallint,
        CASE WHEN $version > 0 AND r2 > 0.85 THEN (ARRAY['no_time', 'not_serious', 'seen_as_normal'])[1 + floor(r1 * 3)] ELSE '' END,
        CASE WHEN r3 < 0.2 THEN (ARRAY['low/moderate', 'high/high', 'moderate/low', 'acute/high'])[1 + floor(r9 * 4)] ELSE '' END
        $end
    FROM (SELECT n, date_trunc('minute', timestamptz '2024-01-01 UTC' + random() * interval '730 days') AS at, random() r1, random() r2,
        random() r3, random() r4, random() r5, random() r6, random() r7, random() r8, random() r9
        FROM generate_series(1, $count) n) one";

/// What it fills, in order.
const COLUMNS: &str = "valid_from, seen, occurrence, history, captured_by, listened, happened, labels, severity, level, certainty,
    accompaniment, minors, confidential, occurred_at, noticed_at, registered_at, dated, answered_at, status, reasons, judged_twice";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let count: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    let url = std::env::var("DATABASE_URL").map_err(|_| "DATABASE_URL says where PostgreSQL is")?;
    let pool = Pool::builder(Manager::new(url.parse()?, NoTls)).max_size(2).build()?;
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
        let fill = FILL
            .replace("$version", &version.to_string())
            .replace("$count", &count.to_string())
            .replace("$end", &end);
        client.batch_execute(&format!("INSERT INTO {table} ({COLUMNS}{ends}) {fill}")).await?;
    }
    client
        .batch_execute(&format!(
            "UPDATE fact_settled SET sequence = {}; {}",
            2 * STEP + count,
            Facts.indexes()
        ))
        .await?;
    client.batch_execute("VACUUM ANALYZE fact_occurrence").await?;
    client.batch_execute("VACUUM ANALYZE fact_occurrence_past").await?;
    println!(
        "{count} occurrences and {} earlier versions in {:.1} s\n",
        2 * count,
        started.elapsed().as_secs_f64()
    );
    println!("| report | as known | quickest, s | slowest, s |\n|---|---|---:|---:|");

    let (reader, rules) = (Reader::of_schema(pool.clone(), SCHEMA)?, Reportability::shipped());
    for (known, sequence) in [("now", 2 * STEP + count), ("a year ago", STEP + count / 2)] {
        let as_of = AsOf { sequence, moment: "2026-02-01T00:00:00Z".parse()? };
        let filter = Filter::new(date(2024, 1, 1), date(2026, 1, 1), as_of);
        let (mut gap, mut wait, mut why) = (vec![], vec![], vec![]);
        for _ in 0..3 {
            let report = timed(&mut gap, underreporting(&reader, &rules, &filter, Viewer::Analyst)).await?;
            assert!(report.observed.due.count > Some(count / 10), "the report counts them");
            timed(&mut wait, delays(&reader, &rules, &filter, Viewer::Analyst)).await?;
            timed(&mut why, non_registration_reasons(&reader, &rules, &filter, Viewer::Analyst)).await?;
        }
        for (report, times) in [("underreporting", gap), ("delays", wait), ("non-registration-reasons", why)]
        {
            let [quickest, slowest] =
                [times.iter().min(), times.iter().max()].map(|time| time.map_or(0.0, Duration::as_secs_f64));
            println!("| {report} | {known} | {quickest:.2} | {slowest:.2} |");
        }
    }
    client.batch_execute(&format!("DROP SCHEMA {SCHEMA} CASCADE")).await?;
    Ok(())
}

async fn timed<T, E>(times: &mut Vec<Duration>, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let started = Instant::now();
    let done = work.await?;
    times.push(started.elapsed());
    Ok(done)
}
