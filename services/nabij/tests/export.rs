//! `nabij export`: what leaves, what stays, and whether others can open it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use nabij_log::{Log, LogConfig, MasterKey, Raw, Submission};
use nabij_model::case::{Case, CaseCommand, ErasureScope};
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::incident::{Incident, IncidentCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, Policies, Role};
use nabij_testkit::{Database, Names, fresh_database, fresh_names, parquet_rows, stack};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

const PLANTED: &str = "zilverreiger-on-the-roof-4711";
/// Members of staff, and a guardian, in the events or their bodies.
const STAFF: [&str; 6] = ["psy-1", "assessor-2", "dpo-2", "reader-8", "trusted-9", "guardian-7"];

/// A network of the test's own with a little of everything in it.
struct Place {
    dir: TempDir,
    names: Names,
    database: Database,
    erased: Uuid,
    confidential: Uuid,
    /// Every id that stands for a case, a record or an event.
    ids: Vec<Uuid>,
    /// The sequence after the centre and its count.
    early: u64,
}

impl Place {
    async fn filled() -> Self {
        let (dir, names) = (tempfile::tempdir().unwrap(), fresh_names());
        let database = fresh_database().await;
        let (erased, confidential) = (Uuid::now_v7(), Uuid::now_v7());
        let mut place = Self { dir, names, database, erased, confidential, ids: Vec::new(), early: 0 };
        place.nabij(&["keys", "create"]);
        (place.early, place.ids) = place.fill().await;
        place.nabij(&["rebuild"]);
        place
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nabij"));
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
        command.args(words).current_dir(self.dir.path()).envs([
            ("NATS_URL", stack().nats_url.clone()),
            ("DATABASE_URL", self.database.url().to_owned()),
            ("NABIJ_LOG__STREAM", self.names.stream.clone()),
            ("NABIJ_LOG__VAULT", self.names.vault.clone()),
            ("NABIJ_LOG__PREFIX", self.names.prefix.clone()),
            ("NABIJ_KEYS__FOLDER", self.dir.path().join("keys").display().to_string()),
            ("NABIJ_DEPLOY__FOLDER", deploy.display().to_string()),
        ]);
        command
    }

    fn nabij(&self, words: &[&str]) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        let Output { status, stdout, stderr } = self.command(&words).output().unwrap();
        assert!(status.success(), "{words:?}: {status}: {}", String::from_utf8_lossy(&stderr));
        serde_json::from_slice(&stdout).unwrap()
    }

    async fn fill(&self) -> (u64, Vec<Uuid>) {
        let key = MasterKey::from_file(&self.dir.path().join("keys/master.key")).unwrap();
        let config =
            LogConfig::at(&stack().nats_url, &self.names.stream, &self.names.vault, &self.names.prefix);
        let log = Log::connect(config, key).await.unwrap();
        let (centre, case, by) = (Uuid::now_v7(), Uuid::now_v7(), submission());
        let registered = of(json!({"code": "de-linde", "name": "De Linde", "operator": "fedasil"}));
        log.execute::<Centre>(centre, CentreCommand::Register(registered), &by).await.unwrap();
        let count = of(json!({"as_at": "2026-01-02T08:00:00Z", "residents": 90, "minors": 31}));
        let counted =
            log.execute::<Centre>(centre, CentreCommand::ReportOccupancy(count), &by).await.unwrap();
        for id in [case, self.erased] {
            let opened = of(json!({"centre": centre, "birth_year": 2014, "arrived_on": "2026-01-02",
                "resident": {"name": PLANTED}}));
            log.execute::<Case>(id, CaseCommand::Open(opened), &by).await.unwrap();
        }
        let noticed = of(json!({"centre": centre, "note": PLANTED, "category": "withdrawal",
            "cases": [{"case": case, "role": "affected"}]}));
        let signal = Uuid::now_v7();
        log.execute::<Signal>(signal, SignalCommand::Log(noticed), &by).await.unwrap();
        let staff = of(json!({"centre": centre, "note": PLANTED, "category": "violence",
            "concerns_staff": true, "route": "confidential"}));
        log.execute::<Signal>(self.confidential, SignalCommand::Log(staff), &by).await.unwrap();
        let (run, mut other) = (Uuid::now_v7(), by.clone());
        other.actor.subject = "assessor-2".parse().unwrap();
        let steps = json!([{"step": "safety", "role": "coordinator", "due_at": "2030-03-01T13:00:00Z"}]);
        for command in [
            SignalCommand::Assess(of(json!({"severity": "high", "blind": true}))),
            SignalCommand::GiveFeedback(of(json!({"to": "reporter", "kind": "outcome"}))),
            SignalCommand::DoNotRegister(of(json!({"reason": "no_time"}))),
            SignalCommand::Link(of(json!({"to": {"signal": signal}}))),
            SignalCommand::StartProtocol(of(json!({"run": run, "protocol": "violence-against-child",
                "version": 1, "steps": steps, "words": "{}"}))),
            SignalCommand::CompleteStep(of(json!({"run": run, "step": "safety"}))),
            SignalCommand::Correct(of(json!({"reason": PLANTED, "category": "conflict"}))),
        ] {
            log.execute::<Signal>(self.confidential, command, &other).await.unwrap();
        }
        let assessed = of(json!({"severity": "low", "blind": true}));
        log.execute::<Signal>(signal, SignalCommand::Assess(assessed), &other).await.unwrap();
        let share = Uuid::now_v7();
        for command in [
            CaseCommand::AssignGuardian(of(json!({"guardian": "guardian-7", "name": PLANTED}))),
            CaseCommand::NameTrustedPerson(of(json!({"role": "frontline", "colleague": "trusted-9"}))),
            CaseCommand::ShareInformation(of(json!({"share": share, "with": "network",
                "reader": {"person": "reader-8"}, "what": ["plan"], "ground": "shared_secrecy",
                "conditions": {"same_mission": true, "necessary": true, "person_informed": true}}))),
        ] {
            log.execute::<Case>(case, command, &by).await.unwrap();
        }
        let entry = of(json!({"centre": centre, "source": "fedasil", "register_number": "2026/118",
            "incident_type": "violence", "level": "major", "occurred_at": "2026-01-03T20:15:00Z"}));
        log.execute::<Incident>(Uuid::now_v7(), IncidentCommand::Register(entry), &by).await.unwrap();
        let asked = of(json!({"ground": "person_asked"}));
        log.execute::<Case>(self.erased, CaseCommand::RequestErasure(asked), &by).await.unwrap();
        let mut second = by.clone();
        second.actor.subject = "dpo-2".parse().unwrap();
        let scope = ErasureScope::default();
        log.execute::<Case>(self.erased, CaseCommand::Erase(scope), &second).await.unwrap();
        let end = usize::try_from(log.head().await.unwrap().sequence).unwrap();
        let raws: Vec<Raw> = log.read(1).await.unwrap().take(end).try_collect().await.unwrap();
        let events = raws.iter().map(|raw| raw.event_id().unwrap().0);
        let records = raws.iter().map(|raw| raw.aggregate().unwrap().id).filter(|record| *record != centre);
        (counted.sequence, events.chain(records).chain([run, share]).collect())
    }

    fn export(&self, format: &str, more: &[&str]) -> PathBuf {
        let out = self.dir.path().join(format!("out-{format}-{}", more.len()));
        let folder = out.display().to_string();
        self.nabij(&[&["export", "--format", format, "--out", &folder], more].concat());
        out
    }
}

fn of<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

fn submission() -> Submission {
    let actor = Actor {
        subject: "psy-1".parse().unwrap(),
        role: Role::Psychosocial,
        centres: vec![],
        operator: None,
    };
    Submission::new(Timestamp::now(), actor, Arc::new(Policies::shipped()))
}

fn rows(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_leave_and_nothing_that_would_harm_somebody_does() {
    let place = Place::filled().await;
    let out = place.export("ndjson", &[]);
    assert_eq!(rows(&out.join("occupancy.ndjson"))[0]["residents"], 90);
    let incidents = rows(&out.join("incident.ndjson"));
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0]["register_number"], "2026/118");
    assert_eq!(rows(&out.join("fact_capture.ndjson")).len(), 2, "one signal, one entry; none about staff");
    let timeline = rows(&out.join("timeline.ndjson"));
    let logged = timeline.iter().find(|row| row["event_type"] == "nabij.signal.logged.v1").unwrap();
    assert_eq!((&logged["body"]["category"], &logged["body"]["note"]), (&json!("withdrawal"), &Value::Null));
    place.names.cleanup().await;
}

/// Whoever has the files finds in none of them who anybody is, and still joins one with another.
#[tokio::test(flavor = "multi_thread")]
async fn in_every_form_the_files_say_pseudonyms_that_join_and_nothing_that_leads_to_anybody() {
    let place = Place::filled().await;
    let mut told = Vec::new();
    for format in ["ndjson", "csv", "parquet"] {
        let out = place.export(format, &[]);
        for file in std::fs::read_dir(&out).unwrap() {
            let path = file.unwrap().path();
            let text = match format {
                "parquet" => Value::from(parquet_rows(&path)).to_string(),
                _ => std::fs::read_to_string(&path).unwrap(),
            };
            let named = path.display();
            for id in &place.ids {
                assert!(!text.contains(&id.to_string()), "{named} holds {id}");
            }
            for word in STAFF.into_iter().chain([PLANTED]) {
                assert!(!text.contains(word), "{named} holds {word}");
            }
        }
        told.push(out);
    }
    let [ndjson, _, parquet] = &told[..] else { panic!("three forms") };
    let of = |name: &str| rows(&ndjson.join(format!("{name}.ndjson")));
    let in_parquet = |name: &str| parquet_rows(&parquet.join(format!("{name}.parquet")));
    let timeline = of("timeline");
    let event = |name: &str| timeline.iter().find(|row| row["event_type"] == name).expect("the event");
    let (opened, logged) = (event("nabij.case.opened.v1"), event("nabij.signal.logged.v1"));
    let facts = of("case_fact");
    assert!(facts.iter().all(|fact| fact["case_id"] == opened["case_id"]), "{facts:?}");
    assert_eq!((&opened["aggregate"], &logged["case_id"]), (&opened["case_id"], &opened["case_id"]));
    let capture = of("fact_capture");
    let captured = capture.iter().find(|row| row["list"] == "frontline").unwrap();
    assert_eq!((&captured["aggregate"], &captured["event"]), (&logged["aggregate"], &logged["event_id"]));
    assert_eq!(of("fact_assessment")[0]["signal"], logged["aggregate"]);
    let same = in_parquet("timeline").iter().any(|row| row["aggregate"] == logged["aggregate"]);
    assert!(same, "one pseudonym in every form");
    // Of what happened to a person the day is told.
    assert_eq!(opened["recorded_on"].as_str().unwrap().len(), "2026-01-02".len());
    assert!(opened.get("recorded_at").is_none() && opened.get("known_at").is_none());
    // What is for the safeguarding person alone is not there by being missing elsewhere.
    for (name, rows) in [
        ("fact_assessment", 1),
        ("fact_decision", 0),
        ("fact_feedback", 0),
        ("fact_link", 0),
        ("fact_change", 0),
        ("fact_step", 0),
        ("fact_step_end", 0),
    ] {
        assert_eq!(of(name).len(), rows, "{name}");
    }
    place.names.cleanup().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_shows_what_was_known_then() {
    let place = Place::filled().await;
    let out = place.export("csv", &["--as-of", &place.early.to_string()]);
    let lines = |name: &str| std::fs::read_to_string(out.join(name)).unwrap().lines().count();
    assert_eq!(lines("timeline.csv"), 3, "a header, the centre and its count");
    assert_eq!(lines("incident.csv"), 1, "a header");
    place.names.cleanup().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_opens_parquet() {
    let Some(python) = duckdb() else { return };
    let place = Place::filled().await;
    let out = place.export("parquet", &[]);
    let script = "import duckdb, sys; \
        folder = sys.argv[1]; \
        one = lambda sql: duckdb.sql(sql.replace('DIR', folder)).fetchone(); \
        print(one(\"SELECT residents, minors, typeof(as_at), typeof(centre) FROM 'DIR/occupancy.parquet'\")); \
        print(one(\"SELECT register_number, level, strftime(occurred_at AT TIME ZONE 'UTC', '%H:%M') FROM 'DIR/incident.parquet'\")); \
        print(one(\"SELECT count(*), count(case_id) FROM 'DIR/timeline.parquet'\"))";
    let done = Command::new(python).args(["-c", script]).arg(&out).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told = String::from_utf8(done.stdout).unwrap();
    let expected = "(90, 31, 'TIMESTAMP WITH TIME ZONE', 'UUID')\n('2026/118', 'major', '20:15')\n(9, 6)\n";
    assert_eq!(told, expected);
    place.names.cleanup().await;
}

/// A Python that has DuckDB: made once beside the build, `None` with a printed line when it cannot be had.
fn duckdb() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("duckdb-venv");
    let python = venv.join("bin/python");
    let works = |python: &Path| {
        let asked = Command::new(python).args(["-c", "import duckdb, pytz"]).output();
        asked.is_ok_and(|done| done.status.success())
    };
    if works(&python) {
        return Some(python);
    }
    let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).output();
    if made.is_ok_and(|done| done.status.success()) {
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "duckdb==1.3.2", "pytz"];
        drop(Command::new(&python).args(pip).output());
    }
    if works(&python) {
        return Some(python);
    }
    println!("skipped: no Python with DuckDB could be made in {}", venv.display());
    None
}
