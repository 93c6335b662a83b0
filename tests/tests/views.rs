//! The views survive what happens to whoever writes them: SIGKILL in the middle, a rebuild, a replay of the past, servers that
//! lost everything and got it back from a backup.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nabij_testkit::eventually;
use nabij_tests::Network;
use tokio_postgres::{Client, NoTls};

/// A network of a few thousand events.
async fn simulated() -> (Network, u64) {
    let network = Network::new().await;
    let words = ["simulate", "--centres", "4", "--cases", "160", "--days", "60", "--seed", "11", "--json"];
    drop(network.nabij(&words).exits(0));
    let events = network.nabij(&["verify", "--json"]).exits(0).json()["events"].as_u64().unwrap();
    assert!(events > 2_000, "only {events} events");
    (network, events)
}

async fn database(network: &Network) -> Client {
    let (client, connection) = tokio_postgres::connect(network.database_url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Every table of a schema: how many rows, and a hash over all of them in order. How far the ledger of occurrences is settled
/// hangs on where a batch ended.
async fn contents(client: &Client, schema: &str) -> BTreeMap<String, (i64, Option<String>)> {
    let tables = client
        .query(
            "SELECT table_name FROM information_schema.tables
             WHERE table_schema = $1 AND table_name <> 'fact_settled'",
            &[&schema],
        )
        .await
        .unwrap();
    let mut contents = BTreeMap::new();
    for table in tables {
        let table: String = table.get(0);
        let query = format!(
            "SELECT count(*), md5(string_agg(row::text, '|' ORDER BY row::text)) FROM {schema}.{table} row"
        );
        let row = client.query_one(&query, &[]).await.unwrap();
        contents.insert(table, (row.get(0), row.get(1)));
    }
    assert!(!contents.is_empty(), "the schema {schema} has no tables");
    contents
}

async fn wait_for(client: &Client, sequence: u64) {
    let reached = || async {
        let sql = "SELECT sequence FROM nabij.checkpoint WHERE projection = 'caseload'";
        let reached: i64 = client.query_opt(sql, &[]).await.ok()??.get(0);
        (reached.cast_unsigned() >= sequence).then_some(())
    };
    eventually(reached).await.unwrap_or_else(|| panic!("the views do not reach event {sequence}"));
}

/// Waits until every projection that counts this log's events has reached `sequence`.
async fn wait_for_all(client: &Client, sequence: u64) {
    wait_for(client, sequence).await;
    let reached = || async {
        let sql = "SELECT count(*) FROM nabij.checkpoint WHERE projection <> 'accesslog' AND sequence < $1";
        let behind: i64 = client.query_one(sql, &[&sequence.cast_signed()]).await.unwrap().get(0);
        (behind == 0).then_some(())
    };
    eventually(reached).await.unwrap_or_else(|| panic!("not every view reaches event {sequence}"));
}

/// The schemas of all projections: `<projection>_v<N>`.
async fn schemas(client: &Client) -> Vec<String> {
    let sql = "SELECT nspname::text FROM pg_namespace WHERE nspname ~ '_v[0-9]+$' ORDER BY 1";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Every table of every projection but the access log, to which each command adds its own reads.
async fn views(client: &Client) -> BTreeMap<String, BTreeMap<String, (i64, Option<String>)>> {
    let mut views = BTreeMap::new();
    for schema in schemas(client).await.into_iter().filter(|schema| !schema.starts_with("accesslog")) {
        let contents = contents(client, &schema).await;
        views.insert(schema, contents);
    }
    assert!(views.len() >= 2, "{:?}", views.keys());
    views
}

/// Who looked, as far as the access log knows.
async fn looked(client: &Client) -> BTreeSet<String> {
    let schemas = schemas(client).await;
    let schema = schemas.iter().find(|schema| schema.starts_with("accesslog")).unwrap();
    let tables = client
        .query("SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1 AND table_name <> 'checkpoint'", &[schema])
        .await
        .unwrap();
    let mut rows = BTreeSet::new();
    for table in tables {
        let table: String = table.get(0);
        let found = client
            .query(&format!("SELECT '{table} ' || t::text FROM \"{schema}\".\"{table}\" t"), &[])
            .await
            .unwrap();
        rows.extend(found.iter().map(|row| row.get::<_, String>(0)));
    }
    rows
}

/// Takes every schema away, as if the server had just been set up.
async fn empty(client: &Client) {
    let schemas = "SELECT quote_ident(nspname) FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')";
    for schema in client.query(schemas, &[]).await.unwrap() {
        let schema: String = schema.get(0);
        client.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_projector_loses_and_doubles_nothing() {
    let (network, events) = simulated().await;
    let client = database(&network).await;
    for pause in [120, 180, 260, 350] {
        let projector = network.serve("projector");
        tokio::time::sleep(Duration::from_millis(pause)).await;
        projector.kill();
    }
    let _projector = network.serve("projector");
    wait_for(&client, events).await;
    let replayed =
        network.nabij(&["replay", "--until", &events.to_string(), "--into", "as_it_was", "--json"]);
    drop(replayed.exits(0));
    let live = contents(&client, "caseload_v5").await;
    assert!(live["timeline"].0 >= events.cast_signed());
    let past = schema_of(&client, "as_it_was").await;
    assert_eq!(live, contents(&client, &past).await);
}

/// The caseload's schema among those that a replay filled.
async fn schema_of(client: &Client, into: &str) -> String {
    let pattern = format!("{into}%");
    let row = client
        .query_one(
            "SELECT table_schema FROM information_schema.tables WHERE table_name = 'timeline' AND table_schema LIKE $1",
            &[&pattern],
        )
        .await
        .unwrap();
    row.get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_gives_the_same_views_bit_for_bit() {
    let (network, events) = simulated().await;
    let client = database(&network).await;
    let projector = network.serve("projector");
    wait_for(&client, events).await;
    let schemas = ["caseload_v5", "underreporting_v7"];
    let mut live = Vec::new();
    for schema in schemas {
        live.push(contents(&client, schema).await);
    }
    drop(network.nabij(&["rebuild", "--json"]).exits(0));
    for (schema, live) in schemas.iter().zip(live) {
        assert_eq!(live, contents(&client, schema).await, "{schema}");
    }
    drop(projector);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_lost_everything_give_the_same_views_from_a_backup() {
    let (network, events) = simulated().await;
    let client = database(&network).await;
    let projector = network.serve("projector");
    wait_for_all(&client, events).await;
    drop(network.nabij(&["anchor"]).exits(0));
    let exported = network.nabij(&["export", "--out", "before"]).exits(0);
    drop(exported);
    wait_for_looks(&client, "nabij export").await;
    let (before, looks) = (views(&client).await, looked(&client).await);
    projector.kill();
    drop(network.nabij(&["backup", "kept", "--vault", "kept-vault"]).exits(0));
    drop(network.nabij(&["erasures", "export", "erasures.json"]).exits(0));
    network.names.cleanup().await;
    empty(&client).await;

    let words = ["restore", "kept", "--vault", "kept-vault", "--erasures", "erasures.json", "--json"];
    let restored = network.nabij(&words).exits(0).json();
    assert_eq!((restored["events"].as_u64(), restored["clean"].as_bool()), (Some(events), Some(true)));
    let _projector = network.serve("projector");
    wait_for_all(&client, events).await;
    assert_eq!(before, views(&client).await);
    wait_for_looks(&client, "nabij restore").await;
    let lost: Vec<_> = looks.difference(&looked(&client).await).cloned().collect();
    assert!(lost.is_empty(), "of who looked, this is gone: {lost:?}");
    let verified = network.nabij(&["verify", "--json"]).exits(0).json();
    assert_eq!((verified["events"].as_u64(), verified["clean"].as_bool()), (Some(events), Some(true)));
    assert_eq!(verified["anchors"], 1, "{verified}");
}

/// Waits until the access log knows of a look by this command.
async fn wait_for_looks(client: &Client, by: &str) {
    let heard = || async { looked(client).await.iter().any(|row| row.contains(by)).then_some(()) };
    eventually(heard).await.unwrap_or_else(|| panic!("the access log never hears of {by}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_projectors_share_the_work_without_sharing_a_row() {
    let (network, events) = simulated().await;
    let client = database(&network).await;
    let (first, second) = (network.serve("projector"), network.serve("projector"));
    wait_for(&client, events).await;
    first.kill();
    let hq = network.nabij(&[
        "simulate",
        "--centres",
        "1",
        "--cases",
        "5",
        "--days",
        "10",
        "--seed",
        "12",
        "--json",
    ]);
    drop(hq.exits(0));
    let more = network.nabij(&["verify", "--json"]).exits(0).json()["events"].as_u64().unwrap();
    assert!(more > events);
    wait_for(&client, more).await;
    let rows = client
        .query_one("SELECT count(*), count(DISTINCT (recorded_seq, case_id)) FROM caseload_v5.timeline", &[]);
    let rows = rows.await.unwrap();
    assert_eq!(rows.get::<_, i64>(0), rows.get::<_, i64>(1));
    drop(second);
}
