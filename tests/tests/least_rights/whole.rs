use std::os::unix::fs::PermissionsExt;

use nabij_testkit::{eventually, free_address, private_stack_secure};
use nabij_tests::{Answer, Secure};
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) async fn ready(network: &Secure<'_>, http: &Client, address: &str) {
    let asked = || async {
        let asked = http.get(format!("http://{address}/readyz")).send().await.ok()?;
        asked.status().is_success().then_some(())
    };
    let logs = || ["projector", "alerts", "api"].map(|name| network.log(name)).concat();
    eventually(asked).await.unwrap_or_else(|| panic!("the interface is not ready; its log:\n{}", logs()));
}

#[tokio::test]
async fn all_of_nabij_works_with_least_rights() {
    let stack = private_stack_secure(1).await;
    let network = Secure::on(&stack);
    let before = network.nabij("projector", &["serve", "projector"]).exits(3);
    assert!(before.err.contains("nabij setup"), "{}", before.err);
    drop(network.nabij("admin", &["setup"]).exits(0));
    drop(network.nabij("admin", &["setup"]).exits(0));
    let (address, http) = (free_address().to_string(), Client::new());
    let _services = ["projector", "alerts", "api"].map(|name| network.serve(name, &address));
    ready(&network, &http, &address).await;

    let token = |role: &str, centre: Option<&str>| {
        let words = ["token", "--role", role, "--operator", "fedasil"];
        let centre = centre.map(|centre| ["--centre", centre]);
        let words: Vec<&str> = words.into_iter().chain(centre.into_iter().flatten()).collect();
        network.nabij("cli", &words).exits(0).out.trim().to_owned()
    };
    let post = async |token: &str, path: &str, body: Value| {
        let key = Uuid::now_v7().to_string();
        Answer::patiently(|| async {
            let request = http.post(format!("http://{address}{path}")).bearer_auth(token).json(&body);
            Answer::read(request.header("idempotency-key", &key).send().await.unwrap()).await
        })
        .await
    };
    let get = async |token: &str, path: &str| {
        Answer::patiently(|| async {
            let request = http.get(format!("http://{address}{path}")).bearer_auth(token);
            Answer::read(request.send().await.unwrap()).await
        })
        .await
    };
    let centre = json!({"code": "de-linde", "name": "De Linde", "operator": "fedasil", "languages": ["nl"]});
    let centre = post(&token("network_hq", None), "/v1/centres", centre).await.ok().id().to_string();
    let team = token("psychosocial", Some(&centre));
    let case = json!({
        "centre": centre, "birth_date": "2014-05-02", "accompaniment": "one_parent", "languages": ["ps"],
        "arrived_on": "2026-01-10", "resident": {"name": "Zemzem"},
    });
    let case = post(&team, "/v1/cases", case).await.ok();
    let signal = json!({
        "centre": centre, "note": "on the stairs", "severity": "acute",
        "cases": [{"case": case.id(), "role": "affected"}],
    });
    let signal = post(&team, "/v1/signals", signal).await.ok();
    let path = format!("/v1/cases/{}?min_sequence={}", case.id(), signal.sequence());
    assert!(get(&team, &path).await.ok().text.contains("Zemzem"));

    // Alerts raises what is acute, and the interface shows it.
    let director = token("director", Some(&centre));
    let raised = || async {
        let raised = get(&director, "/v1/escalations").await.ok().text;
        raised.contains("acute-signal").then_some(())
    };
    eventually(raised).await.unwrap_or_else(|| panic!("nothing is raised:\n{}", network.log("alerts")));

    drop(network.nabij("cli", &["simulate", "--centres", "1", "--cases", "5", "--days", "5"]).exits(0));
    drop(network.nabij("cli", &["verify"]).exits(0));
    drop(network.nabij("cli", &["export", "--out", "exported"]).exits(0));
    let writer = stack.env_of("projector").into_iter().filter(|(name, _)| name.contains("DATABASE"));
    let rebuilt = network.command("cli", &["rebuild"]).envs(writer).output().unwrap();
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    assert!(get(&team, &path).await.ok().text.contains("Zemzem"), "a rebuilt view is readable at once");

    for name in ["projector", "alerts", "api"] {
        let log = network.log(name);
        assert!(!log.to_lowercase().contains("permissions violation"), "{log}");
    }
}

#[tokio::test]
async fn a_service_refuses_a_key_that_everybody_reads() {
    let stack = private_stack_secure(1).await;
    let network = Secure::on(&stack);
    let env = stack.env_of("api");
    let master = network.dir.path().join("keys/master.key").display().to_string();
    let files = [
        &env["NABIJ_LOG__NKEY_FILE"],
        &env["NABIJ_LOG__KEY_FILE"],
        &env["NABIJ_DATABASE__PASSWORD_FILE"],
        &master,
    ];
    for file in files {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = network.nabij("api", &["serve", "api"]).exits(2);
        assert!(refused.err.contains(&format!("chmod o= {file}")), "{}", refused.err);
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[tokio::test]
async fn servers_of_another_authority_are_not_believed() {
    let stack = private_stack_secure(1).await;
    let other = private_stack_secure(1).await;
    let network = Secure::on(&stack);
    let strange = &other.env_of("api")["NABIJ_LOG__CA_FILE"];
    for (setting, server) in [("NABIJ_DATABASE__CA_FILE", "PostgreSQL"), ("NABIJ_LOG__CA_FILE", "NATS")] {
        let told = network.command("admin", &["setup"]).env(setting, strange).output().unwrap();
        let text = String::from_utf8_lossy(&told.stderr).into_owned();
        assert_eq!(told.status.code(), Some(3), "{text}");
        assert!(text.contains(server), "{text}");
    }
}
