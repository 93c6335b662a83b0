//! Who ran a command is written down before it prints, and it does not run when that cannot be done.

use futures::{StreamExt, TryStreamExt};
use nabij_log::{AuditGroup, AuditRecord, Log, LogConfig, MasterKey};
use nabij_testkit::{connect, stack};

use crate::place::{Place, bare, run};

/// The log of a place.
pub(crate) async fn log(place: &Place) -> Log {
    let names = place.names();
    let config = LogConfig::at(&stack().nats_url, &names.stream, &names.vault, &names.prefix);
    let key = MasterKey::from_file(&place.dir().join("keys/master.key")).unwrap();
    Log::connect(config, key).await.unwrap()
}

/// Everything in the audit stream of a log.
pub(crate) async fn records(log: &Log) -> Vec<AuditRecord> {
    let end = usize::try_from(log.audit_head().await.unwrap().sequence).unwrap();
    let raws: Vec<_> = log.read_audit(1).await.unwrap().take(end).try_collect().await.unwrap();
    raws.iter().flat_map(|raw| AuditGroup::decode(raw).unwrap().records().to_vec()).collect()
}

#[tokio::test]
async fn each_command_names_its_user_and_its_scope_and_no_path() {
    let place = Place::new().await;
    let export = place.dir().join("Zevenslaper");
    drop(place.nabij(&["verify"]).exits(0));
    drop(place.nabij(&["token", "--role", "analyst", "--sub", "an-7"]).exits(0));
    drop(place.nabij(&["rebuild"]).exits(0));
    drop(place.nabij(&["export", "--out", export.to_str().unwrap()]).exits(0));
    drop(place.nabij(&["replay", "--until", "1", "--into", "then"]));
    drop(place.nabij(&["dead-letters", "list"]).exits(0));
    drop(place.nabij(&["import", "cases", "Zevenslaper.csv", "--map", "Zevenslaper.toml"]).exits(2));
    let log = log(&place).await;
    let records = records(&log).await;
    let verified = log.verify_audit(|_| {}).await.unwrap();
    assert!(verified.is_clean() && verified.open.is_empty(), "{verified:?}");
    let calls: Vec<&str> = records.iter().map(|record| record.call.as_str()).collect();
    let names = ["verify", "token", "rebuild", "export", "replay", "dead-letters", "import"];
    assert_eq!(calls, names.map(|name| format!("nabij {name}")));
    for record in &records {
        assert!(record.system_user.as_deref().is_some_and(|user| !user.is_empty()), "{record:?}");
        assert_eq!(record.host.as_deref().map(str::len), Some(32), "the machine's name is not hashed");
        assert!(record.who.is_none());
    }
    assert!(
        records[1].scope.contains(&"sub=an-7".to_owned())
            && records[1].scope.contains(&"role=analyst".to_owned())
    );
    assert!(!serde_json::to_string(&records).unwrap().contains("Zevenslaper"));
    place.end().await;
}

#[tokio::test]
async fn what_cannot_be_written_down_does_not_run() {
    let place = Place::new().await;
    drop(place.nabij(&["verify"]).exits(0));
    // Another stream holds its name, set up so that it takes nothing.
    let admin = async_nats::jetstream::new(connect(&stack().nats_admin_url).await);
    let name = format!("{}_AUDIT", place.names().stream);
    let mut config = admin.get_stream(&name).await.unwrap().cached_info().config.clone();
    config.sealed = true;
    admin.update_stream(config).await.unwrap();
    for words in [&["token", "--role", "analyst"][..], &["verify"], &["dead-letters", "list"]] {
        let refused = place.nabij(words).exits(3);
        assert_eq!(refused.out, "", "it printed all the same");
        assert!(refused.sentence().contains("it cannot be written down who runs"), "{}", refused.err);
    }
    let away = run(bare(place.dir(), &["token", "--role", "analyst"]).env("NATS_URL", "nats://127.0.0.1:1"))
        .exits(3);
    assert_eq!(away.out, "");
    place.end().await;
}
