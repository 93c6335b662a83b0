//! Two persons erase a child. Then every copy of what was known of it is searched: the servers' files, the views of today and of an
//! earlier day, exports, log lines; and what is about others is as it was.

use std::path::Path;
use std::time::Duration;

use nabij_tests::{Network, Token};
use serde_json::{Value, json};
use tokio_postgres::NoTls;
use uuid::Uuid;

const NAME: &str = "Zemzem Planted-Surname";
const NUMBER: &str = "OV-987654321";
const BORN: &str = "2014-05-02";
const ALONE: &str = "zilverreiger-alone-4711";
const SHARED: &str = "kiekendief-shared-4712";
const OTHERS: &str = "buizerd-others-4713";

/// What a search finds that finds nothing.
const NOTHING: [&str; 0] = [];

/// A centre and who works there.
struct Team {
    centre: Uuid,
    companion: Token,
    psychologist: Token,
    director: Token,
    second: Token,
}

impl Team {
    async fn new(network: &Network) -> Self {
        let hq = network.token("network_hq", "hq-1", None, None);
        let body =
            json!({"code": "de-linde", "name": "De Linde", "operator": "fedasil", "languages": ["nl"]});
        let centre = network.post(&hq, "/v1/centres", body).await.ok().id();
        let staff = |role: &str, sub: &str| network.token(role, sub, Some(centre), Some("fedasil"));
        Self {
            centre,
            companion: staff("companion", "companion-3"),
            psychologist: staff("psychosocial", "psy-1"),
            director: staff("director", "director-1"),
            second: staff("director", "director-2"),
        }
    }

    async fn open(&self, network: &Network, name: &str, household: Uuid) -> Uuid {
        let body = json!({
            "centre": self.centre, "birth_date": BORN, "accompaniment": "one_parent", "languages": ["ps"],
            "arrived_on": "2026-01-10", "household": household,
            "resident": {"name": name, "official_number": NUMBER},
        });
        network.post(&self.companion, "/v1/cases", body).await.ok().id()
    }
}

/// What was written about one child and five others.
struct Written {
    child: Uuid,
    others: Vec<Uuid>,
    alone: Uuid,
    shared: Uuid,
    /// Before anybody was erased.
    sequence: u64,
}

async fn write(network: &Network, team: &Team) -> Written {
    let household = Uuid::now_v7();
    let child = team.open(network, NAME, household).await;
    let mut others = Vec::new();
    for number in 0..5 {
        others.push(team.open(network, &format!("Other {number}"), household).await);
    }
    let path = format!("/v1/cases/{child}");
    let need = json!({"category": "torture", "note": ALONE});
    network.post(&team.psychologist, &format!("{path}/vulnerabilities"), need).await.ok();
    network.post(&team.companion, &format!("{path}/responses"), json!({"words": ALONE})).await.ok();
    let alone = json!({
        "centre": team.centre, "note": ALONE, "category": "withdrawal", "cases": [{"case": child, "role": "affected"}],
    });
    let alone = network.post(&team.companion, "/v1/signals", alone).await.ok().id();
    let involved: Vec<Value> = std::iter::once(child)
        .chain(others.iter().copied())
        .map(|case| json!({"case": case, "role": "witness"}))
        .collect();
    let shared = json!({"centre": team.centre, "note": SHARED, "category": "conflict", "cases": involved});
    let shared = network.post(&team.companion, "/v1/signals", shared).await.ok().id();
    let contact = json!({"with": "resident", "note": OTHERS});
    let last =
        network.post(&team.companion, &format!("/v1/cases/{}/contacts", others[0]), contact).await.ok();
    Written { child, others, alone, shared, sequence: last.sequence() }
}

async fn database(network: &Network) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(network.database_url(), NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    client
}

/// Every row of every table of a schema, as text.
async fn rows(client: &tokio_postgres::Client, schema: &str) -> Vec<String> {
    let sql = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1";
    let mut rows = Vec::new();
    for table in client.query(sql, &[&schema]).await.expect("tables") {
        let table: String = table.get(0);
        let sql = format!("SELECT '{table} ' || t::text FROM \"{schema}\".{table} t ORDER BY 1");
        rows.extend(client.query(&sql, &[]).await.expect("rows").iter().map(|row| row.get::<_, String>(0)));
    }
    rows
}

/// The wrapped keys of these records, as the vault's files hold them.
fn wrapped(folder: &Path, records: &[Uuid]) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder.join("msgs")).expect("the vault's blocks") {
        let bytes = std::fs::read(file.expect("a block").path()).expect("a block");
        let text = String::from_utf8_lossy(&bytes);
        for record in records {
            for (at, _) in text.match_indices(&format!(".{record}\",\"concerns\"")) {
                let rest = &text[at..];
                for field in ["\"content\":\"", "\"profile\":\""] {
                    let Some((_, value)) = rest.split_once(field) else { continue };
                    found.extend(value.split('"').next().map(str::to_owned));
                }
            }
        }
    }
    found
}

/// The files below `folder` that hold one of these, of those that `within` takes.
fn holding(folder: &Path, needles: &[Vec<u8>], within: &impl Fn(&Path) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the test may read its own servers' files") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, needles, within));
        } else if within(&path)
            && let Ok(bytes) = std::fs::read(&path)
        {
            for needle in needles {
                if bytes.windows(needle.len()).any(|window| window == needle) {
                    found.push(format!("{} in {}", String::from_utf8_lossy(needle), path.display()));
                }
            }
        }
    }
    found
}

fn nowhere(text: &str, place: &str, needles: &[&str]) {
    for needle in needles {
        assert!(!text.contains(needle), "{needle} can be read in {place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_is_nowhere_and_the_others_are_as_before() {
    let servers = nabij_testkit::private_stack(1).await;
    let network = Network::on(servers.stack()).await;
    let [projector, alerts, api] = network.serve_all().await;
    let team = Team::new(&network).await;
    let Written { child, others, alone, shared, sequence } = write(&network, &team).await;
    let seen = format!("/v1/cases/{}?min_sequence={sequence}", others[0]);
    let before = network.get(&team.companion, &seen).await.ok().json();
    let client = database(&network).await;
    let counted = rows(&client, "underreporting_v3").await;
    let hashes: Vec<Vec<u8>> = client
        .query("SELECT need FROM caseload_v2.vulnerability WHERE case_id = $1", &[&child])
        .await
        .expect("the views")
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(hashes.len(), 1);
    let vault = servers.stream_dir(1, &network.names.vault);
    let keys = wrapped(&vault, &[child, alone]);
    assert_eq!(keys.len(), 4, "the keys are on disk before");

    // One asks, a second agrees; the eraser is dead and finishes when it is back.
    let erase = format!("/v1/cases/{child}/erase");
    let asked =
        network.post(&team.director, &erase, json!({"ground": "person_asked", "note": ALONE})).await.ok();
    assert_eq!(asked.json()["shared"], json!([shared]), "{}", asked.text);
    network
        .post(&team.director, &format!("{erase}/approve"), json!({}))
        .await
        .problem(403, "second-person-needed");
    alerts.kill();
    let ordered = network.post(&team.second, &format!("{erase}/approve"), json!({})).await.ok();
    assert_eq!(ordered.json()["done"], json!(false), "{}", ordered.text);
    let _alerts = network.serve("alerts");
    let listed = format!("/v1/erasures?state=done&min_sequence={}", ordered.sequence());
    for _ in 0..200 {
        if network.get(&team.director, &listed).await.ok().text.contains(&child.to_string()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let done = network.get(&team.director, &listed).await.ok();
    assert!(done.text.contains(&child.to_string()), "it was never done: {}\n{}", done.text, network.logs());

    // The operator sees the same, and finds nothing left to finish.
    let told = network.nabij(&["--json", "erase", "list"]).exits(0).json();
    assert_eq!(
        (&told["erasures"][0]["case"], &told["erasures"][0]["state"]),
        (&json!(child), &json!("done"))
    );
    assert_eq!(network.nabij(&["--json", "erase", "resume"]).exits(0).json(), json!({"finished": 0}));
    let far =
        network.nabij(&["--json", "erase", "propose", "--as-of", "2099-01-01T00:00:00Z"]).exits(0).json();
    assert_eq!(far, json!({"proposals": []}), "nobody's follow-up has ended");
    let proposed = network.get(&team.director, "/v1/erasures?state=proposed").await.ok().json();
    assert_eq!(proposed["erasures"], json!([]));

    // The others' record reads as before; the child is in no part of it.
    let after = network.get(&team.companion, &seen).await.ok();
    let words = [NAME, ALONE];
    nowhere(&after.text, "another child's file", &[&child.to_string()]);
    assert_eq!(after.json()["version"], before["version"]);
    let signal = network.get(&team.companion, &format!("/v1/signals/{shared}")).await.ok();
    assert!(
        signal.text.contains(SHARED) && others.iter().all(|other| signal.text.contains(&other.to_string()))
    );
    nowhere(&signal.text, "the shared signal", &[&child.to_string()]);
    let own = network.get(&team.companion, &format!("/v1/signals/{alone}")).await.ok();
    nowhere(&own.text, "the child's own signal", &words);
    network.get(&team.companion, &format!("/v1/cases/{child}")).await.problem(410, "case-erased");
    network
        .get(&team.companion, &format!("/v1/cases/{child}?as_of={sequence}"))
        .await
        .problem(410, "case-erased");

    // Figures are bit for bit what they were; an earlier day, and exports of it, hold nothing of the child.
    assert_eq!(rows(&client, "underreporting_v3").await, counted, "figures changed");
    let until = sequence.to_string();
    drop(network.nabij(&["replay", "--until", &until, "--into", "earlier"]).exits(0));
    let earlier = rows(&client, "earlier").await.join("\n");
    assert!(earlier.contains(&others[0].to_string()));
    nowhere(&earlier, "a replay to an earlier day", &[&child.to_string(), &alone.to_string(), NAME, ALONE]);
    for format in ["ndjson", "csv", "parquet"] {
        for as_of in [Some(until.as_str()), None] {
            let out = network.dir.path().join(format!("out-{format}-{}", as_of.is_some()));
            let out = out.display().to_string();
            let mut command = vec!["export", "--format", format, "--out", &out];
            command.extend(as_of.into_iter().flat_map(|as_of| ["--as-of", as_of]));
            drop(network.nabij(&command).exits(0));
            let timeline = Path::new(&out).join(format!("timeline.{format}"));
            assert!(timeline.is_file());
            let mut needles: Vec<Vec<u8>> =
                [NAME, ALONE, NUMBER, BORN].map(|word| word.as_bytes().to_vec()).to_vec();
            if as_of.is_some() {
                needles.push(child.to_string().into_bytes());
                needles.push(child.as_bytes().to_vec());
            }
            assert_eq!(holding(Path::new(&out), &needles, &|_| true), NOTHING, "an export");
        }
    }

    // Nothing is left on disk: no word, no key, no keyed hash.
    client.batch_execute("VACUUM FULL").await.expect("VACUUM FULL");
    nowhere(&network.logs(), "a log line", &[NAME, ALONE, NUMBER, SHARED, OTHERS]);
    drop((client, projector, api, _alerts));
    servers.stop_nats(1).await;
    servers.stop_postgres().await;
    let planted = [NAME, NUMBER, BORN, ALONE, SHARED].map(|word| word.as_bytes().to_vec());
    assert_eq!(holding(servers.dir(), &planted, &|_| true), NOTHING);
    let keys: Vec<Vec<u8>> = keys.into_iter().map(String::into_bytes).collect();
    assert_eq!(holding(servers.dir(), &keys, &|_| true), NOTHING);
    // The write-ahead log is of the past and is recycled: rows are searched for where they lie.
    let rows = |path: &Path| !path.components().any(|part| part.as_os_str() == "pg_wal");
    assert_eq!(holding(servers.dir(), &hashes, &rows), NOTHING, "a keyed hash of a need");
}
