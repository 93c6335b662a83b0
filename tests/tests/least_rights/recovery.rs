//! What deploy/recovery.md tells, on three NATS servers with TLS, each command as the user that has just the rights for it: anchors, proof,
//! backups, an erasure, a new master key, and a restore onto other servers that hold nothing.

use std::future;

use nabij_testkit::{eventually, free_address, private_stack_secure};
use nabij_tests::{Answer, Secure, Service};
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::whole::ready;

/// A running network, and who asks it.
struct Site<'a> {
    network: Secure<'a>,
    address: String,
    http: Client,
}

impl<'a> Site<'a> {
    fn new(network: Secure<'a>) -> Self {
        Self { network, address: free_address().to_string(), http: Client::new() }
    }

    async fn serve(&self) -> [Service; 3] {
        let services = ["projector", "alerts", "api"].map(|name| self.network.serve(name, &self.address));
        ready(&self.network, &self.http, &self.address).await;
        services
    }

    fn token(&self, role: &str, sub: &str, centre: Option<&str>) -> String {
        let words = ["token", "--role", role, "--sub", sub, "--operator", "fedasil"];
        let centre = centre.map(|centre| ["--centre", centre]);
        let words: Vec<&str> = words.into_iter().chain(centre.into_iter().flatten()).collect();
        self.run("cli", &words)
    }

    /// Standard output of a command that must end well.
    fn run(&self, user: &str, words: &[&str]) -> String {
        self.network.nabij(user, words).exits(0).out.trim().to_owned()
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        let key = Uuid::now_v7().to_string();
        let send = || async {
            let request = self.http.post(format!("http://{}{path}", self.address)).bearer_auth(token);
            let request = request.header("idempotency-key", &key).json(&body);
            Answer::read(request.send().await.expect("the interface answers")).await
        };
        Answer::patiently(send).await.ok()
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        Answer::patiently(|| async {
            let request = self.http.get(format!("http://{}{path}", self.address)).bearer_auth(token);
            Answer::read(request.send().await.expect("the interface answers")).await
        })
        .await
    }

    /// How many anchors NATS holds once the projector made one by itself, and its file has as many or more.
    async fn anchored(&self) -> u64 {
        let file = self.network.dir.path().join("anchors/anchors.jsonl");
        let written =
            || future::ready(std::fs::read_to_string(&file).ok().filter(|text| text.ends_with('\n')));
        let log = || self.network.log("projector");
        eventually(written).await.unwrap_or_else(|| panic!("the projector makes no anchor:\n{}", log()));
        let mut verify = self.network.command("cli", &["--json", "verify"]);
        let told = verify.env("NABIJ_ANCHORS__FOLDER", "nowhere").output().expect("the binary starts");
        let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
        told["anchors"].as_u64().expect("a number")
    }

    /// Nothing was tried that the user may not.
    fn nobody_was_refused(&self) {
        for name in ["projector", "alerts", "api"] {
            let log = self.network.log(name);
            assert!(!log.to_lowercase().contains("permissions violation"), "{name}: {log}");
        }
    }

    /// Waits until everybody who was ordered to be erased is.
    async fn everybody_erased(&self) {
        let done = || async {
            let listed = self.network.nabij("cli", &["--json", "erase", "list"]);
            let any =
                listed.code == 0 && listed.json()["erasures"].as_array().is_some_and(|all| !all.is_empty());
            any.then_some(())
        };
        eventually(done)
            .await
            .unwrap_or_else(|| panic!("it was never done:\n{}", self.network.log("alerts")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secured_network_is_proved_backed_up_rotated_and_restored_with_least_rights() {
    let stack = private_stack_secure(3).await;
    let site = Site::new(Secure::on(&stack));
    site.run("admin", &["setup"]);
    std::fs::write(site.network.dir.path().join("nabij.toml"), "[anchors]\nevery_seconds = 1\n")
        .expect("the test's own folder");
    let services = site.serve().await;
    let centre = json!({"code": "de-linde", "name": "De Linde", "operator": "fedasil", "languages": ["nl"]});
    let centre =
        site.post(&site.token("network_hq", "hq", None), "/v1/centres", centre).await.id().to_string();
    let team = site.token("psychosocial", "psy", Some(&centre));
    let open = async |name: &str| {
        let case = json!({
            "centre": centre, "birth_date": "2014-05-02", "languages": ["ps"], "arrived_on": "2026-01-10",
            "resident": {"name": name},
        });
        site.post(&team, "/v1/cases", case).await.id()
    };
    let (child, other) = (open("Zemzem").await, open("Farid").await);

    // The projector anchors at its interval, in its file and in NATS; then proof, and a backup: as the command line's user.
    assert!(site.anchored().await >= 1);
    site.run("cli", &["anchor"]);
    site.run("cli", &["verify"]);
    site.run("cli", &["backup", "older", "--vault", "older-vault"]);

    // Two persons erase the child; the alerts' user carries it out.
    let erase = format!("/v1/cases/{child}/erase");
    let [one, second] = ["one", "second"].map(|sub| site.token("director", sub, Some(&centre)));
    site.post(&one, &erase, json!({"ground": "person_asked"})).await;
    site.post(&second, &format!("{erase}/approve"), json!({})).await;
    site.everybody_erased().await;
    // Whoever may not destroy keys does not: told, and nothing broken.
    let refused = site.network.nabij("cli", &["keys", "rotate"]);
    assert_ne!(refused.code, 0, "{}", refused.out);

    // A new master key while everybody works; what was sealed before and after is read.
    site.run("admin", &["keys", "rotate"]);
    let contact = json!({"with": "resident", "note": "tea under the new key"});
    let written = site.post(&team, &format!("/v1/cases/{other}/contacts"), contact).await.sequence();
    let file = format!("/v1/cases/{other}?min_sequence={written}");
    let timeline = format!("/v1/cases/{other}/timeline?min_sequence={written}");
    assert!(site.get(&team, &file).await.ok().text.contains("Farid"));
    assert!(site.get(&team, &timeline).await.ok().text.contains("tea under the new key"));
    site.run("cli", &["anchor"]);
    site.run("cli", &["verify", "--anchors", "anchors/anchors.jsonl", "--public-key", "keys/anchor.pub.pem"]);
    let against = site.network.nabij("cli", &["--json", "verify", "--against", "older"]).exits(0).json();
    assert!(
        against["against"]["same"].as_u64() >= Some(3) && against["against"]["found"] == json!(0),
        "{against}"
    );
    site.run("cli", &["backup", "later", "--vault", "later-vault"]);
    site.run("cli", &["erasures", "export", "erasures.json"]);
    site.nobody_was_refused();
    drop(services);

    // Other servers, empty, as secured as these: as their administrator. From the backup of before the erasure and the rotation,
    // with the list of erasures; and from the last one.
    for (backup, since) in [("older", false), ("later", true)] {
        let stack = private_stack_secure(3).await;
        let restored = Site::new(site.network.elsewhere(&stack));
        let from = |name: &str| site.network.dir.path().join(name).display().to_string();
        let vault = from(&format!("{backup}-vault"));
        let (folder, erasures) = (from(backup), from("erasures.json"));
        let words = ["--json", "restore", &folder, "--vault", &vault, "--erasures", &erasures];
        let told = restored.network.nabij("admin", &words).exits(0).json();
        assert_eq!(told["clean"], json!(true), "{told}");
        restored.run("admin", &["setup"]);
        let _services = restored.serve().await;
        restored.everybody_erased().await;
        let read = restored.get(&team, &format!("/v1/cases/{other}")).await.ok();
        assert!(read.text.contains("Farid"), "{}", read.text);
        restored.get(&team, &format!("/v1/cases/{child}")).await.problem(410, "case-erased");
        let read = restored.get(&team, &format!("/v1/cases/{other}/timeline")).await.ok();
        assert_eq!(read.text.contains("tea under the new key"), since, "{}", read.text);
        restored.run("cli", &["anchor"]);
        restored.run("cli", &["verify"]);
        restored.nobody_was_refused();
    }
}
