//! No command says a secret, whether it succeeds or fails.

use std::collections::BTreeSet;
use std::fs;
use std::future::ready;
use std::process::Command;
use std::time::Duration;

use nabij_testkit::{eventually, stack};
use tempfile::NamedTempFile;

use crate::place::{Place, Run, bare, run};

/// A password that is nowhere right.
const PLANTED: &str = "zilverreiger4711";

/// A command line for every command and for most of what they can be told to do, in an order in which each finds something.
const EVERY_COMMAND: [&[&str]; 33] = [
    &["setup"],
    &["simulate", "--centres", "1", "--cases", "5", "--days", "5"],
    &["import", "incidents", "absent.csv", "--map", "absent.toml"],
    &["config", "check"],
    &["config", "check", "--json"],
    &["token", "--role", "analyst"],
    &["anchor"],
    &["verify"],
    &["rebuild"],
    &["replay", "--until", "3", "--into", "earlier"],
    &["export", "--out", "facts"],
    &["estimate", "lists", "--table", "lists.csv"],
    &["dead-letters", "list"],
    &["dead-letters", "show", "1"],
    &["erase", "list"],
    &["erase", "propose"],
    &["erase", "resume"],
    &["backup", "kept"],
    &["backup", "prune", "kept"],
    &["erasures", "export", "erasures.json"],
    &["restore", "kept", "--erasures", "erasures.json"],
    &["keys", "create"],
    &["keys", "rotate"],
    &["keys", "rotate", "--discard-old"],
    &["bench", "--events", "200", "--rows", "100", "--commands", "20", "--reads", "20", "--appends", "20"],
    &["escalations", "parked"],
    &["escalations", "retry", "--all"],
    &["protocols", "check"],
    &["roster", "check"],
    &["rules", "check"],
    &["report", "underreporting", "--from", "2026-01-01", "--to", "2026-02-01", "--out", "report"],
    &["serve", "projector"],
    &["up"],
];

/// Runs it to its end, or for a few seconds from its first word on when it runs until told to stop.
async fn end(mut command: Command, service: bool) -> Run {
    if !service {
        return run(&mut command);
    }
    let (out, err) = (NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap());
    let mut child = command.stdout(out.reopen().unwrap()).stderr(err.reopen().unwrap()).spawn().unwrap();
    let said = |file: &NamedTempFile| fs::read_to_string(file.path()).unwrap();
    let begun = || {
        let any = !said(&out).is_empty() || !said(&err).is_empty() || child.try_wait().unwrap().is_some();
        ready(any.then_some(()))
    };
    eventually(begun).await.expect("it says nothing");
    tokio::time::sleep(Duration::from_secs(3)).await;
    // One that could not start has ended by itself.
    drop(child.kill());
    let code = child.wait().unwrap().code().unwrap_or(0);
    Run { code, out: said(&out), err: said(&err) }
}

fn is_service(words: &[&str]) -> bool {
    matches!(words[0], "serve" | "up")
}

/// The password that stands in an address.
fn password(address: &str) -> String {
    let login = address.split_once("://").unwrap().1.rsplit_once('@').unwrap().0;
    login.split_once(':').unwrap().1.to_owned()
}

/// What the files of the keys hold, line by line; the public key is none.
fn key_texts(place: &Place) -> BTreeSet<String> {
    let files = fs::read_dir(place.dir().join("keys")).unwrap().map(|entry| entry.unwrap().path());
    let secret = files.filter(|file| !file.to_string_lossy().contains(".pub."));
    let texts: Vec<String> = secret.map(|file| fs::read_to_string(file).unwrap()).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    lines.filter(|line| line.len() > 20 && !line.starts_with("---")).map(str::to_owned).collect()
}

#[track_caller]
fn tells_none(words: &[&str], ended: &Run, secrets: &BTreeSet<String>) {
    assert!((0..=3).contains(&ended.code), "{words:?} ended with {}: {}", ended.code, ended.err);
    assert!(!secrets.is_empty());
    for secret in secrets {
        let told = ended.out.contains(secret) || ended.err.contains(secret);
        assert!(!told, "{words:?} tells a secret:\n{}\n{}", ended.out, ended.err);
    }
}

#[test]
fn every_command_is_among_those_that_run_here() {
    let dir = tempfile::tempdir().unwrap();
    let help = run(&mut bare(dir.path(), &["help"])).exits(0).out;
    let commands = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let named: BTreeSet<&str> =
        commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let run: BTreeSet<&str> = EVERY_COMMAND.iter().map(|words| words[0]).chain(["", "help"]).collect();
    let missing: Vec<_> = named.difference(&run).collect();
    assert!(named.len() > 15 && missing.is_empty(), "not run by this test: {missing:?}");
}

#[tokio::test]
async fn no_command_tells_a_secret_of_servers_that_answer() {
    let place = Place::new().await;
    drop(place.file("lists.csv", "a,b,count\n1,0,20\n0,1,30\n1,1,10\n"));
    let passwords = [password(&stack().nats_url), password(&stack().database_url)];
    for words in EVERY_COMMAND {
        let mut secrets = key_texts(&place);
        let mut command = place.command(words);
        command.envs([("NABIJ_TELEMETRY__FILTER", "debug"), ("NABIJ_API__LISTEN", "127.0.0.1:0")]);
        let ended = end(command, is_service(words)).await;
        secrets.extend(key_texts(&place));
        secrets.extend(passwords.clone());
        tells_none(words, &ended, &secrets);
    }
    place.end().await;
}

#[tokio::test]
async fn no_command_tells_a_secret_of_servers_that_refuse_it_or_are_away() {
    let place = Place::new().await;
    let host = |address: &str| address.rsplit_once('@').unwrap().1.to_owned();
    let (nats, database) = (host(&stack().nats_url), host(&stack().database_url));
    for (nats, database) in [(&*nats, &*database), ("127.0.0.1:1", "127.0.0.1:1/nabij")] {
        for words in EVERY_COMMAND {
            let mut command = place.command(words);
            command.env("NATS_URL", format!("nats://app:{PLANTED}@{nats}"));
            command.env("DATABASE_URL", format!("postgres://nabij:{PLANTED}@{database}"));
            command.env("NABIJ_TELEMETRY__FILTER", "debug");
            let ended = end(command, is_service(words)).await;
            let mut secrets = key_texts(&place);
            secrets.insert(PLANTED.to_owned());
            tells_none(words, &ended, &secrets);
        }
    }
    place.end().await;
}

#[test]
fn no_wrong_setting_tells_what_was_set() {
    let dir = tempfile::tempdir().unwrap();
    drop(run(&mut bare(dir.path(), &["keys", "create"])).exits(0));
    let secrets = BTreeSet::from([PLANTED.to_owned(), "4711471147114711".to_owned()]);
    let wrong = [
        ("NATS_URL", format!("nats://app:{PLANTED}@h:port")),
        ("NATS_URL", format!("app:{PLANTED}@")),
        ("DATABASE_URL", format!("postgres://nabij:{PLANTED}@h:port/nabij")),
        ("DATABASE_URL", format!("nabij:{PLANTED}")),
        ("DATABASE_URL", "4711471147114711".to_owned()),
        ("DATABASE_URL", format!("{{p={PLANTED}}}")),
        ("NABIJ_KEYS__MASTER_KEY", PLANTED.to_owned()),
        ("NABIJ_KEYS__MASTER_KEY", "4711471147114711".to_owned()),
        ("NABIJ_KEYS__MASTER_KEY", format!("[{PLANTED}]")),
    ];
    for words in [&["verify"][..], &["config", "check"], &["config", "check", "--json"], &["serve", "api"]] {
        for (name, value) in &wrong {
            let mut command = bare(dir.path(), words);
            command.env("NATS_URL", "nats://127.0.0.1:1").env(name, value);
            tells_none(words, &run(&mut command), &secrets);
        }
        for text in [
            format!("[database]\nurl = \"postgres://nabij:{PLANTED}@h/nabij\nca_file = 3\n"),
            format!("[database]\nurl = postgres://nabij:{PLANTED}@h/nabij\n"),
            format!("[database]\nurl = [\"postgres://nabij:{PLANTED}@h/nabij\"]\n"),
            format!("[keys]\nmaster_key = \"{PLANTED}\"\nmaster_key = \"{PLANTED}\"\n"),
            "[keys]\nmaster_key = 4711471147114711\n".to_owned(),
            format!("keys = \"{PLANTED}\"\n"),
        ] {
            fs::write(dir.path().join("wrong.toml"), &text).unwrap();
            let words = [words, &["--config", "wrong.toml"]].concat();
            let ended = run(&mut bare(dir.path(), &words)).exits(2);
            tells_none(&words, &ended, &secrets);
        }
    }
}
