use std::str::FromStr;
use std::sync::Arc;

use nabij_testkit::{PrivateStack, private_stack_secure};
use nabij_tests::Secure;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A statement and the roles that may; it runs in a transaction that is undone.
const STATEMENTS: &[(&str, &[&str])] = &[
    ("SELECT 1 FROM nabij.checkpoint", &["projector", "alerts", "api", "cli"]),
    ("UPDATE nabij.checkpoint SET sequence = 0", &["projector", "alerts"]),
    ("ALTER TABLE nabij.checkpoint ADD COLUMN x integer", &[]),
    ("DROP TABLE nabij.dead_letter", &[]),
    ("CREATE TABLE nabij.x (y integer)", &[]),
    ("CREATE TABLE public.x (y integer)", &[]),
    ("CREATE TEMPORARY TABLE x (y integer)", &[]),
    // What a rebuild creates: others read it at once.
    ("SELECT 1 FROM later_v9.fact", &["projector", "alerts", "api", "cli"]),
    ("INSERT INTO later_v9.fact VALUES (1)", &["projector"]),
    ("DELETE FROM later_v9.fact", &["projector"]),
    ("TRUNCATE later_v9.fact", &["projector"]),
    ("DROP SCHEMA later_v9 CASCADE", &["projector"]),
    ("CREATE SCHEMA caseload_v9", &["projector", "alerts"]),
    ("SELECT 1 FROM alerts_v9.due", &["alerts", "api", "cli"]),
    ("INSERT INTO alerts_v9.due VALUES (1)", &["alerts"]),
    ("SELECT rolpassword FROM pg_authid", &[]),
    ("CREATE ROLE intruder SUPERUSER", &[]),
    ("CREATE DATABASE other", &[]),
    ("SET ROLE nabij", &[]),
    ("COPY (SELECT 1) TO PROGRAM 'true'", &[]),
    ("SELECT pg_read_file('/etc/passwd')", &[]),
];

fn config(stack: &PrivateStack, role: &str) -> Config {
    let env = stack.env_of(role);
    let mut config = Config::from_str(&env["DATABASE_URL"]).expect("an address");
    let password = std::fs::read_to_string(&env["NABIJ_DATABASE__PASSWORD_FILE"]).expect("a password");
    config.password(password.trim());
    config
}

fn tls(stack: &PrivateStack) -> MakeRustlsConnect {
    let mut roots = rustls::RootCertStore::empty();
    let ca = &stack.env_of("api")["NABIJ_DATABASE__CA_FILE"];
    roots.add(CertificateDer::from_pem_file(ca).expect("a certificate")).expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    MakeRustlsConnect::new(config)
}

async fn connect(stack: &PrivateStack, role: &str) -> Client {
    let (client, connection) = config(stack, role).connect(tls(stack)).await.expect("the role comes in");
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn each_role_of_postgresql_may_do_what_it_needs_and_nothing_else() {
    let stack = private_stack_secure(1).await;
    drop(Secure::on(&stack).nabij("admin", &["setup"]).exits(0));
    let projector = connect(&stack, "projector").await;
    projector.batch_execute("CREATE SCHEMA later_v9; CREATE TABLE later_v9.fact (y integer)").await.unwrap();
    let alerts = connect(&stack, "alerts").await;
    alerts.batch_execute("CREATE SCHEMA alerts_v9; CREATE TABLE alerts_v9.due (y integer)").await.unwrap();
    let mut wrong = Vec::new();
    for role in ["projector", "alerts", "api", "cli"] {
        let client = connect(&stack, role).await;
        for (statement, may) in STATEMENTS {
            // CREATE DATABASE stands in no transaction.
            let alone = statement.starts_with("CREATE DATABASE");
            if !alone {
                client.batch_execute("BEGIN").await.unwrap();
            }
            let done = client.batch_execute(statement).await;
            if !alone {
                client.batch_execute("ROLLBACK").await.unwrap();
            }
            let as_expected = match &done {
                Ok(()) => may.contains(&role),
                Err(error) => !may.contains(&role) && error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            };
            if !as_expected {
                wrong.push(format!("{role}: {statement}: {done:?}, expected only {may:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn without_tls_postgresql_takes_no_password() {
    let stack = private_stack_secure(1).await;
    let mut plain = config(&stack, "api");
    plain.ssl_mode(tokio_postgres::config::SslMode::Disable);
    let error = plain.connect(NoTls).await.err().expect("nobody comes in without TLS");
    assert_eq!(error.code(), Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION), "{error}");
    let mut elsewhere = config(&stack, "api");
    elsewhere.dbname("postgres");
    // Another database than that of the views is closed to services.
    let denied = elsewhere.connect(tls(&stack)).await.err().expect("refused");
    assert_eq!(denied.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{denied}");
}
