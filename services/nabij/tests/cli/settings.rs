//! Settings: what is wrong is told with its place, secrets are told nowhere.

use std::fs;

use crate::place::{bare, run};

const SECRET: &str = "zilverreiger4711";

#[test]
fn check_shows_everything_but_secrets() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("nabij.toml"),
        format!("[api]\nlisten = \"127.0.0.1:9999\"\n[telemetry]\njson = true\n[issuer]\nrotation_secret = \"{SECRET}\"\n"),
    )
    .unwrap();
    for words in [&["config", "check"][..], &["config", "check", "--json"]] {
        let shown = run(bare(dir.path(), words)
            .env("NATS_URL", format!("nats://app:{SECRET}@h1:4222,nats://app:{SECRET}@h2:4222"))
            .env("DATABASE_URL", format!("postgres://nabij:{SECRET}@h3:5432/nabij"))
            .env("NABIJ_KEYS__MASTER_KEY", SECRET)
            .env("NABIJ_LOG__REPLICAS", "3"))
        .exits(0);
        assert!(!shown.out.contains(SECRET) && !shown.err.contains(SECRET), "{}{}", shown.out, shown.err);
        for expected in ["h1:4222", "h2:4222", "h3:5432", "127.0.0.1:9999", "NABIJ"] {
            assert!(shown.out.contains(expected), "{expected} in {}", shown.out);
        }
    }
}

#[test]
fn the_environment_goes_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("other.toml"), "[log]\nstream = \"FILE\"\nvault = \"FILE_KEYS\"\n").unwrap();
    let words = ["config", "check", "--json", "--config", "other.toml"];
    let shown = run(bare(dir.path(), &words).env("NABIJ_LOG__STREAM", "ENV")).exits(0).json();
    assert_eq!(shown["log"]["stream"], "ENV");
    assert_eq!(shown["log"]["vault"], "FILE_KEYS");
}

#[test]
fn what_is_wrong_is_told_with_file_key_and_what_was_expected() {
    let dir = tempfile::tempdir().unwrap();
    for (text, told) in [
        ("[log]\nreplica = 3", &["nabij.toml", "replica", "replicas"][..]),
        ("[log]\nreplicas = 2", &["nabij.toml", "log.replicas", "1, 3 or 5"]),
        ("[log]\nreplicas = \"three\"", &["nabij.toml", "log.replicas", "three"]),
        ("[api]\nlisten = \"here\"", &["nabij.toml", "api.listen"]),
        ("[telemetry]\nfilter = \"a=b=c\"", &["nabij.toml", "telemetry.filter", "info"]),
        ("[limits]\nwrites = {per_second = 0, burst = 1}", &["nabij.toml", "limits.writes", "at least 1"]),
        ("[issuer]\nlisten = \"0.0.0.0:8081\"", &["nabij.toml", "issuer.listen", "for demos only"]),
        (
            "[[identity.issuers]]\nissuer = \"a\"\nalgorithms = [\"HS256\"]",
            &["nabij.toml", "algorithms", "HS256"],
        ),
        (
            "[[identity.issuers]]\nissuer = \"a\"\n[[identity.issuers]]\nissuer = \"b\"",
            &["identity.issuers", "prefix"],
        ),
        (
            "[[identity.issuers]]\nissuer = \"a\"\noperator = \"caritas\"\ngroups.all = \"network_hq\"",
            &["identity.issuers", "network_hq", "one operator"],
        ),
        (
            "[[identity.issuers]]\nissuer = \"a\"\n[[identity.issuers.service_accounts]]\nclient = \"i\"\nactions = [\"x\"]",
            &["identity.issuers", "signal.log"],
        ),
        ("[deploy", &["nabij.toml"]),
        ("[weather]\nsun = true", &["nabij.toml", "weather"]),
    ] {
        fs::write(dir.path().join("nabij.toml"), text).unwrap();
        let refused = run(&mut bare(dir.path(), &["config", "check"])).exits(2);
        let told_so = told.iter().all(|part| refused.err.contains(part));
        assert!(told_so && refused.err.starts_with("nabij: "), "{text:?}: {}", refused.err);
    }
}

#[test]
fn a_wrong_environment_and_an_absent_file_are_told_too() {
    let dir = tempfile::tempdir().unwrap();
    let refused = run(bare(dir.path(), &["config", "check"]).env("NABIJ_DATABASE__POOL_SIZE", "0")).exits(2);
    assert!(refused.sentence().contains("database.pool_size of the environment"), "{}", refused.err);
    let refused = run(&mut bare(dir.path(), &["config", "check", "--config", "away.toml"])).exits(2);
    assert!(refused.sentence().contains("away.toml"), "{}", refused.err);
    let folder = run(bare(dir.path(), &["config", "check"]).env("NABIJ_DEPLOY__FOLDER", "/nowhere")).exits(2);
    assert!(folder.sentence().contains("policies/periods.toml"), "{}", folder.err);
}

#[test]
fn a_policy_that_is_wrong_is_told_with_its_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let shipped = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/policies"));
    let copy = dir.path().join("own/policies");
    fs::create_dir_all(&copy).unwrap();
    for entry in fs::read_dir(shipped).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    for shared in ["rules", "protocols", "reportability", "roster.toml", "pace.toml"] {
        std::os::unix::fs::symlink(shipped.with_file_name(shared), dir.path().join("own").join(shared))
            .unwrap();
    }
    let check =
        || run(bare(dir.path(), &["config", "check"]).env("NABIJ_DEPLOY__FOLDER", dir.path().join("own")));
    drop(check().exits(0));
    let wrong = "@id(\"everybody reads everything\")\npermit (principal in Nabij::Role::\"janitor\", action, resource);\n";
    fs::write(copy.join("wrong.cedar"), wrong).unwrap();
    let refused = check().exits(2);
    assert!(refused.sentence().contains("wrong.cedar, line 2"), "{}", refused.err);
}

#[test]
fn servers_that_are_away_give_exit_code_3() {
    let dir = tempfile::tempdir().unwrap();
    drop(run(&mut bare(dir.path(), &["keys", "create"])).exits(0));
    let away = run(bare(dir.path(), &["serve", "api"])
        .env("NATS_URL", "nats://127.0.0.1:1")
        .env("DATABASE_URL", format!("postgres://nabij:{SECRET}@127.0.0.1:1/nabij")))
    .exits(3);
    assert!(away.sentence().contains("PostgreSQL") && !away.err.contains(SECRET), "{}", away.err);
}
