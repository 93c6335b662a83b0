//! Two persons erase a child. Then every copy of what was known of it is searched: the servers' files, the views of today and of an
//! earlier day, exports, log lines; and what is about others is as it was. So it is where a backup of before
//! is restored with the list of erasures.

#[path = "erasure/search.rs"]
mod search;
#[path = "erasure/written.rs"]
mod written;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use nabij_testkit::{PrivateStack, eventually};
use nabij_tests::Network;
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use search::{Key, NOTHING, database, holding, keys, nowhere, rows, without};
use written::{ALONE, BORN, NAME, NUMBER, OTHERS, SHARED, Team, Written, write};

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_is_nowhere_and_the_others_are_as_before() {
    let servers = nabij_testkit::private_stack(1).await;
    let network = Network::on(servers.stack()).await;
    let [projector, alerts, api] = network.serve_all().await;
    let team = Team::new(&network).await;
    let written = write(&network, &team).await;
    let Written { child, alone, shared, sequence, .. } = &written;
    let (child, shared, sequence) = (*child, *shared, *sequence);
    let client = database(&network).await;
    let counted = at_rest(&client).await;
    let signals = counted.iter().filter(|row| row.starts_with("fact_capture ")).count();
    assert_eq!(signals, 3, "there is nothing to compare: {counted:?}");
    let before = others_see(&network, &team, &written, sequence).await;
    let named = before.iter().filter(|answer| answer.to_string().contains(&child.to_string())).count();
    assert!(named > 0, "a comparison without the child compares nothing");
    let pseudonym = pseudonym(&network, &client, &written).await;
    let hashes: Vec<Vec<u8>> = client
        .query("SELECT need FROM caseload_v5.vulnerability WHERE case_id = $1", &[&child])
        .await
        .expect("the views")
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(hashes.len(), 1);
    let vault = servers.stream_dir(1, &network.names.vault);
    let master = network.dir.path().join("keys/master.key");
    let gone: Vec<Uuid> = std::iter::once(child).chain(alone.iter().copied()).collect();
    let keys: Vec<Vec<u8>> = keys(&vault, &gone, &master).iter().flat_map(Key::needles).collect();
    assert_eq!(keys.len(), 2 * gone.len() * 5, "the keys are on disk before");
    drop(network.nabij(&["backup", "older", "--vault", "older-vault"]).exits(0));
    let kept = |name: &str| network.dir.path().join(name);
    let found = holding(&kept("older-vault"), &keys, &|_| true);
    assert_eq!(found.len(), 2 * gone.len(), "a search finds what is there");

    let by_number = format!("/v1/cases?number={NUMBER}");
    assert!(network.get(&team.companion, &by_number).await.ok().text.contains(&child.to_string()));

    // One asks, a second agrees; the eraser is dead and finishes when it is back.
    let erase = format!("/v1/cases/{child}/erase");
    let asked =
        network.post(&team.director, &erase, json!({"ground": "person_asked", "note": ALONE})).await.ok();
    let told =
        |name: &str| -> BTreeSet<Uuid> { serde_json::from_value(asked.json()[name].clone()).expect("ids") };
    assert_eq!(told("alone"), alone.iter().copied().collect(), "{}", asked.text);
    // Beside it what a rule asked for since: nobody wrote a word in that yet.
    assert!(told("shared").contains(&shared), "{}", asked.text);
    network
        .post(&team.director, &format!("{erase}/approve"), json!({}))
        .await
        .problem(403, "second-person-needed");
    alerts.kill();
    let ordered = network.post(&team.second, &format!("{erase}/approve"), json!({})).await.ok();
    assert_eq!(ordered.json()["done"], json!(false), "{}", ordered.text);
    let _alerts = network.serve("alerts");
    finished(&network, &team, child, ordered.sequence()).await;

    // The operator sees the same, and finds nothing left to finish.
    let told = network.nabij(&["--json", "erase", "list"]).exits(0).json();
    assert_eq!(
        (&told["erasures"][0]["case"], &told["erasures"][0]["state"]),
        (&json!(child), &json!("done"))
    );
    assert_eq!(network.nabij(&["--json", "erase", "resume"]).exits(0).json(), json!({"finished": 0}));
    let told = network.nabij(&["erase", "resume"]).exits(0).out;
    assert_eq!(told.trim_end(), "0 erasures were finished; every other was done already");
    let far =
        network.nabij(&["--json", "erase", "propose", "--as-of", "2099-01-01T00:00:00Z"]).exits(0).json();
    assert_eq!(far, json!({"proposals": [], "records": []}), "nobody's follow-up has ended");
    let proposed = network.get(&team.director, "/v1/erasures?state=proposed").await.ok().json();
    assert_eq!(proposed["erasures"], json!([]));

    // The others' record reads as before; the child is in no part of it.
    others_read(&network, &team, &written, sequence).await;
    let as_before = |seen: &[Value]| -> Vec<Value> {
        seen.iter().map(|answer| without(answer, &child.to_string())).collect()
    };
    assert_eq!(others_see(&network, &team, &written, sequence).await, as_before(&before));

    // Figures are bit for bit what they were; an earlier day, and exports of it, hold nothing of the child.
    assert_eq!(at_rest(&client).await, counted, "figures changed");
    an_earlier_day(&network, &client, &written, pseudonym).await;

    // Backups that are made now hold nothing of it either.
    drop(network.nabij(&["erasures", "export", "erasures.json"]).exits(0));
    drop(network.nabij(&["backup", "later", "--vault", "later-vault"]).exits(0));
    let needles: Vec<Vec<u8>> = planted().chain(keys.iter().cloned()).collect();
    for folder in ["later", "later-vault"] {
        assert_eq!(holding(&kept(folder), &needles, &|_| true), NOTHING, "a backup");
    }

    // Nothing is left on disk: no word, no key, no keyed hash.
    client.batch_execute("VACUUM FULL").await.expect("VACUUM FULL");
    let told: Vec<Vec<u8>> =
        needles.iter().cloned().chain([OTHERS].map(|word| word.as_bytes().to_vec())).collect();
    no_log_line(&network, &told);
    drop((client, projector, api, _alerts));
    nothing_on_disk(&servers, &needles, &hashes).await;

    // The backup of before, on other servers, with the list of erasures: the child stays away.
    let other_servers = nabij_testkit::private_stack(1).await;
    let other = network.elsewhere(other_servers.stack()).await;
    let path = |name: &str| kept(name).display().to_string();
    let (older, vault, erasures) = (path("older"), path("older-vault"), path("erasures.json"));
    let words = ["restore", &older, "--vault", &vault, "--erasures", &erasures, "--json"];
    let restored = other.nabij(&words).exits(0).json();
    assert_eq!((&restored["withheld"], &restored["appended"]), (&json!(gone.len()), &json!(1)), "{restored}");
    let services = other.serve_all().await;
    finished(&other, &team, child, sequence + 1).await;
    others_read(&other, &team, &written, sequence + 1).await;
    assert_eq!(others_see(&other, &team, &written, sequence + 1).await, as_before(&before));
    let client = database(&other).await;
    assert_eq!(at_rest(&client).await, counted, "figures changed");
    an_earlier_day(&other, &client, &written, pseudonym).await;
    client.batch_execute("VACUUM FULL").await.expect("VACUUM FULL");
    no_log_line(&other, &told);
    drop((client, services));
    nothing_on_disk(&other_servers, &needles, &hashes).await;
}

/// Every phrase that was planted.
fn planted() -> impl Iterator<Item = Vec<u8>> {
    [NAME, NUMBER, BORN, ALONE, SHARED].into_iter().map(|word| word.as_bytes().to_vec())
}

/// Waits until the erasure is done.
async fn finished(network: &Network, team: &Team, child: Uuid, sequence: u64) {
    let listed = format!("/v1/erasures?state=done&min_sequence={sequence}");
    let done = || async {
        let done = network.get(&team.director, &listed).await.ok().text;
        done.contains(&child.to_string()).then_some(())
    };
    eventually(done).await.unwrap_or_else(|| panic!("it was never done:\n{}", network.logs()));
}

/// Every file and timeline of the others, the signal that is about all of them, and the file's household.
async fn others_see(network: &Network, team: &Team, written: &Written, sequence: u64) -> Vec<Value> {
    let mut seen = Vec::new();
    for other in &written.others {
        for path in ["", "/timeline", "/household"] {
            let path = format!("/v1/cases/{other}{path}?min_sequence={sequence}");
            seen.push(network.get(&team.companion, &path).await.ok().json());
        }
    }
    seen.push(network.get(&team.companion, &format!("/v1/signals/{}", written.shared)).await.ok().json());
    // Up to where the log was read moves with every event, whomever it is about; and one less lives in the household.
    for answer in &mut seen {
        let fields = answer.as_object_mut().expect("an object");
        fields.retain(|name, _| name != "as_of" && name != "in_all");
    }
    seen
}

/// The records of the others are readable, and the child is in no part of them, nor of what was about it alone.
async fn others_read(network: &Network, team: &Team, written: &Written, sequence: u64) {
    let Written { child, others, alone, shared, .. } = written;
    let seen = format!("/v1/cases/{}?min_sequence={sequence}", others[0]);
    let file = network.get(&team.companion, &seen).await.ok();
    nowhere(&file.text, "another child's file", &[&child.to_string()]);
    let signal = network.get(&team.companion, &format!("/v1/signals/{shared}")).await.ok();
    assert!(
        signal.text.contains(SHARED) && others.iter().all(|other| signal.text.contains(&other.to_string()))
    );
    nowhere(&signal.text, "the shared signal", &[&child.to_string()]);
    for asked in [format!("name={}", NAME.replace(' ', "+")), format!("number={NUMBER}")] {
        let found = network.get(&team.companion, &format!("/v1/cases?{asked}&closed=true")).await.ok();
        nowhere(&found.text, "a search by name or number", &[&child.to_string()]);
    }
    for (kind, record) in ["signals", "discussions", "referrals", "signals", "escalations"].iter().zip(alone)
    {
        let read = network.get(&team.director, &format!("/v1/{kind}/{record}")).await;
        nowhere(&read.text, "a record about the child alone", &[NAME, ALONE, &child.to_string()]);
    }
    for as_of in [String::new(), format!("?as_of={}", written.sequence)] {
        let path = format!("/v1/cases/{child}{as_of}");
        network.get(&team.companion, &path).await.problem(410, "case-erased");
    }
}

/// Seconds in which nothing new may come before figures are at rest.
const QUIET: u32 = 4;

/// What figures count, once every service took in what there is: receipts of signals come by themselves.
async fn at_rest(client: &Client) -> Vec<String> {
    let (mut seen, mut still) = (Vec::new(), 0);
    // Some seconds, so that a service that a slow machine holds up is waited for too.
    while still < QUIET {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = rows(client, "underreporting_v7").await;
        still = if now == seen { still + 1 } else { 0 };
        seen = now;
    }
    seen
}

/// What exports say in place of the child.
async fn pseudonym(network: &Network, client: &Client, written: &Written) -> Uuid {
    let out = network.dir.path().join("out-before");
    drop(network.nabij(&["export", "--format", "parquet", "--out", &out.display().to_string()]).exits(0));
    let facts = nabij_testkit::parquet_rows(&out.join("case_fact.parquet"));
    // The rows stand as in the log, and do not say where.
    let before = "SELECT count(*) FROM caseload_v5.case_fact WHERE recorded_seq < $1";
    let before = client.query_one(before, &[&written.opened.cast_signed()]).await.expect("the views");
    let opened = &facts[usize::try_from(before.get::<_, i64>(0)).expect("a count")];
    opened["case_id"].as_str().expect("an id").parse().expect("an id")
}

/// A replay to the day before the erasure, and exports of it and of today, hold nothing of the child.
async fn an_earlier_day(network: &Network, client: &Client, written: &Written, pseudonym: Uuid) {
    let Written { child, others, alone, sequence, .. } = written;
    let until = sequence.to_string();
    drop(network.nabij(&["replay", "--until", &until, "--into", "earlier"]).exits(0));
    let earlier = rows(client, "earlier").await.join("\n");
    assert!(earlier.contains(&others[0].to_string()));
    nowhere(&earlier, "a replay to an earlier day", &[&child.to_string(), NAME, ALONE]);
    for record in alone {
        nowhere(&earlier, "a replay to an earlier day", &[&record.to_string()]);
    }
    let needles: Vec<Vec<u8>> = [NAME, ALONE, NUMBER, BORN]
        .map(str::to_owned)
        .into_iter()
        .chain([child.to_string(), pseudonym.to_string()])
        .map(String::into_bytes)
        .collect();
    for format in ["ndjson", "csv", "parquet"] {
        for as_of in [Some(until.as_str()), None] {
            let out = network.dir.path().join(format!("out-{format}-{}", as_of.is_some()));
            let out = out.display().to_string();
            let mut command = vec!["export", "--format", format, "--out", &out];
            command.extend(as_of.into_iter().flat_map(|as_of| ["--as-of", as_of]));
            drop(network.nabij(&command).exits(0));
            let timeline = Path::new(&out).join(format!("timeline.{format}"));
            assert!(timeline.is_file());
            assert_eq!(holding(Path::new(&out), &needles, &|_| true), NOTHING, "an export");
        }
    }
}

/// No line of a log holds a word about anybody, or a key in any form.
fn no_log_line(network: &Network, needles: &[Vec<u8>]) {
    let lines = |path: &Path| path.extension().is_some_and(|extension| extension == "log");
    assert!(!network.logs().is_empty());
    assert_eq!(holding(network.dir.path(), needles, &lines), NOTHING, "a log line");
}

/// No file of these servers, which end, holds one of these; no row one of the hashes.
async fn nothing_on_disk(servers: &PrivateStack, needles: &[Vec<u8>], hashes: &[Vec<u8>]) {
    servers.stop_nats(1).await;
    servers.stop_postgres().await;
    assert_eq!(holding(servers.dir(), needles, &|_| true), NOTHING);
    // The write-ahead log is of the past and is recycled: rows are searched for where they lie.
    let rows = |path: &Path| !path.components().any(|part| part.as_os_str() == "pg_wal");
    assert_eq!(holding(servers.dir(), hashes, &rows), NOTHING, "a keyed hash of a need");
}
