use std::path::Path;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event};
use nabij_testkit::{PrivateStack, private_stack_secure};
use nabij_tests::Secure;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const SERVICES: [&str; 4] = ["api", "projector", "alerts", "cli"];

/// Who may publish what; nobody else of [`SERVICES`] may.
const PUBLISH: &[(&str, &[&str])] = &[
    ("nabij.case.probe", &["api", "alerts", "cli"]),
    ("nabij.signal.probe", &["api", "alerts", "cli"]),
    ("nabij.escalation.probe", &["api", "alerts", "cli"]),
    ("nabij-vault.probe", &["api", "alerts", "cli"]),
    ("nabij-snapshot.case.probe", &["api", "alerts", "cli"]),
    ("nabij-snapshot.escalation.probe", &["api", "alerts", "cli"]),
    ("nabij-audit.probe", &["api", "cli"]),
    ("nabij-erased", &["alerts"]),
    ("nabij-anchors", &["projector", "cli"]),
    ("nabij-rotated", &[]),
    ("$JS.API.STREAM.INFO.NABIJ", &SERVICES),
    ("$JS.API.STREAM.MSG.GET.NABIJ", &SERVICES),
    ("$JS.API.DIRECT.GET.VAULT", &SERVICES),
    ("$JS.API.CONSUMER.CREATE.NABIJ.probe", &SERVICES),
    ("$JS.API.CONSUMER.CREATE.NABIJ_AUDIT.probe", &["projector", "cli"]),
    // Nobody streams all keys away.
    ("$JS.API.CONSUMER.CREATE.VAULT.probe", &[]),
    ("$JS.API.CONSUMER.DURABLE.CREATE.NABIJ.probe", &[]),
    ("$JS.API.STREAM.MSG.DELETE.VAULT", &["alerts"]),
    ("$JS.API.STREAM.MSG.DELETE.NABIJ_SNAPSHOT", &["alerts"]),
    ("$JS.API.STREAM.MSG.DELETE.NABIJ_ANCHORS", &[]),
    ("$JS.API.STREAM.MSG.DELETE.NABIJ", &[]),
    ("$JS.API.STREAM.MSG.DELETE.NABIJ_AUDIT", &[]),
    ("$JS.API.STREAM.CREATE.OTHER", &[]),
    ("$JS.API.STREAM.UPDATE.NABIJ", &[]),
    ("$JS.API.STREAM.UPDATE.VAULT", &[]),
    ("$JS.API.STREAM.DELETE.NABIJ", &[]),
    ("$JS.API.STREAM.DELETE.VAULT", &[]),
    ("$JS.API.STREAM.DELETE.NABIJ_AUDIT", &[]),
    ("$JS.API.STREAM.PURGE.NABIJ", &[]),
    ("$JS.API.STREAM.PURGE.VAULT", &[]),
    ("$JS.API.STREAM.RESTORE.NABIJ", &[]),
    ("$JS.API.STREAM.SNAPSHOT.VAULT", &[]),
    ("$JS.API.STREAM.PEER.REMOVE.NABIJ", &[]),
    ("$JS.API.STREAM.LEADER.STEPDOWN.NABIJ", &[]),
    ("$JS.API.STREAM.NAMES", &[]),
    ("$SYS.REQ.SERVER.PING.JSZ", &SERVICES),
    ("_INBOX_api.forged", &[]),
];

/// Who may listen to what.
const SUBSCRIBE: &[(&str, &[&str])] = &[
    ("_INBOX_api.>", &["api"]),
    ("_INBOX_projector.>", &["projector"]),
    ("_INBOX_alerts.>", &["alerts"]),
    ("_INBOX_cli.>", &["cli"]),
    ("_INBOX.>", &[]),
    ("nabij.>", &[]),
    ("nabij-vault.>", &[]),
    ("nabij-audit.>", &[]),
    ("$JS.API.>", &[]),
    (">", &[]),
    ("nabij-erased", &SERVICES),
];

/// A connection as one service, and what the server refuses it.
struct User {
    client: Client,
    refusals: UnboundedReceiver<String>,
    sentinel: &'static str,
}

impl User {
    async fn of(stack: &PrivateStack, name: &str) -> Self {
        let env = stack.env_of(name);
        let at = |key: &str| env[key].clone();
        let seed = std::fs::read_to_string(at("NABIJ_LOG__NKEY_FILE")).expect("a seed").trim().to_owned();
        let (told, refusals) = unbounded_channel();
        let client = ConnectOptions::with_nkey(seed)
            .custom_inbox_prefix(format!("_INBOX_{name}"))
            .add_root_certificates(Path::new(&at("NABIJ_LOG__CA_FILE")).to_path_buf())
            .add_client_certificate(at("NABIJ_LOG__CERT_FILE").into(), at("NABIJ_LOG__KEY_FILE").into())
            .require_tls(true)
            .event_callback(move |event| {
                if let Event::ServerError(error) = event {
                    // The test may have ended.
                    drop(told.send(error.to_string()));
                }
                std::future::ready(())
            })
            .connect(at("NATS_URL").as_str())
            .await
            .expect("the server knows this user");
        Self { client, refusals, sentinel: if name == "api" { "_INBOX_cli" } else { "_INBOX_api" } }
    }

    /// Whether the server refused what was just sent. It answers in order: what is asked last, and is certainly refused,
    /// tells that everything before was looked at.
    async fn refused(&mut self, subject: &str, number: usize) -> bool {
        let sentinel = format!("{}.{number}", self.sentinel);
        drop(self.client.subscribe(sentinel.clone()).await.expect("the connection stands"));
        let mut refused = false;
        loop {
            let told = self.refusals.recv().await.expect("the connection stands");
            if told.contains(&format!("\"{sentinel}\"")) {
                return refused;
            }
            assert!(told.to_lowercase().contains("permissions violation"), "{told}");
            refused |= told.contains(&format!("\"{subject}\""));
        }
    }
}

#[tokio::test]
async fn each_user_of_nats_may_do_what_it_needs_and_nothing_else() {
    let stack = private_stack_secure(1).await;
    drop(Secure::on(&stack).nabij("admin", &["setup"]).exits(0));
    let mut wrong = Vec::new();
    for service in SERVICES {
        let mut user = User::of(&stack, service).await;
        for (number, (subject, may)) in PUBLISH.iter().enumerate() {
            // No JSON that any of these calls takes: where it is allowed, it does nothing.
            user.client.publish(*subject, "probe".into()).await.unwrap();
            if user.refused(subject, number).await == may.contains(&service) {
                wrong.push(format!("{service} publishes {subject}: expected only {may:?}"));
            }
        }
        for (number, (subject, may)) in SUBSCRIBE.iter().enumerate() {
            let heard = user.client.subscribe(*subject).await.unwrap();
            if user.refused(subject, 1000 + number).await == may.contains(&service) {
                wrong.push(format!("{service} subscribes to {subject}: expected only {may:?}"));
            }
            drop(heard);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_reader_that_pushes_cannot_write_the_log() {
    let stack = private_stack_secure(1).await;
    drop(Secure::on(&stack).nabij("admin", &["setup"]).exits(0));
    let user = User::of(&stack, "projector").await;
    let request = r#"{"stream_name": "NABIJ", "config": {"name": "forger", "deliver_subject": "nabij.case.x", "ack_policy": "none", "deliver_policy": "all"}}"#;
    let answer = user.client.request("$JS.API.CONSUMER.CREATE.NABIJ.forger", request.into()).await.unwrap();
    let told = String::from_utf8(answer.payload.to_vec()).unwrap();
    assert!(told.contains("forms a cycle"), "{told}");
}

#[tokio::test]
async fn nor_does_one_that_pushes_out_of_another_stream() {
    let stack = private_stack_secure(1).await;
    let network = Secure::on(&stack);
    // From now on the audit stream holds something that could be pushed.
    drop(network.nabij("admin", &["setup"]).exits(0));
    drop(network.nabij("cli", &["verify"]).exits(0));
    let user = User::of(&stack, "projector").await;
    let request = r#"{"stream_name": "NABIJ_AUDIT", "config": {"name": "forger", "deliver_subject": "nabij.case.x", "ack_policy": "none", "deliver_policy": "all"}}"#;
    let create = "$JS.API.CONSUMER.CREATE.NABIJ_AUDIT.forger";
    drop(user.client.request(create, request.into()).await.unwrap());
    let asked = async |subject: &'static str| {
        let answer = user.client.request(subject, "".into()).await.unwrap();
        serde_json::from_slice::<Value>(&answer.payload).unwrap()
    };
    // The server pushes where somebody listens; a stream that takes the subject does not count, and nobody else may listen there.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let forger = asked("$JS.API.CONSUMER.INFO.NABIJ_AUDIT.forger").await;
    assert_eq!(forger["delivered"]["consumer_seq"], 0, "{forger}");
    assert!(forger["num_pending"].as_u64().is_some_and(|waiting| waiting > 0), "{forger}");
    assert_eq!(asked("$JS.API.STREAM.INFO.NABIJ").await["state"]["messages"], 0);
}

#[tokio::test]
async fn without_tls_or_a_certificate_of_our_authority_nobody_comes_in() {
    let stack = private_stack_secure(1).await;
    let env = stack.env_of("api");
    let seed = std::fs::read_to_string(&env["NABIJ_LOG__NKEY_FILE"]).unwrap().trim().to_owned();
    let plain = env["NATS_URL"].replace("tls://", "nats://");
    let no_certificate = ConnectOptions::with_nkey(seed.clone())
        .add_root_certificates(Path::new(&env["NABIJ_LOG__CA_FILE"]).to_path_buf());
    no_certificate.connect(&plain).await.expect_err("the server asks for a certificate");
    let no_user = ConnectOptions::new()
        .add_root_certificates(Path::new(&env["NABIJ_LOG__CA_FILE"]).to_path_buf())
        .add_client_certificate((&env["NABIJ_LOG__CERT_FILE"]).into(), (&env["NABIJ_LOG__KEY_FILE"]).into());
    no_user.connect(&plain).await.expect_err("the server asks who it is");
    // The system's authorities do not vouch for the server.
    let unbelieved = ConnectOptions::with_nkey(seed);
    unbelieved.connect(&plain).await.expect_err("the certificate is of no known authority");
}
