//! Told whatever happens to who tells: processes killed between a message and what the log says of it, and a line that goes on at
//! another process.

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nabij_testkit::{PATIENCE, eventually};
use nabij_tests::{Network, Service, Token};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

const WEBHOOK_SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const MAIL_PASSWORD: &str = "zilverreiger-on-the-roof-4711";

/// A receiver that kills whoever calls it first: it has the webhook, and nobody hears so.
struct Receiver {
    address: String,
    /// The `webhook-id` of each call.
    ids: Arc<Mutex<Vec<String>>>,
    victim: Arc<Mutex<Option<Service>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let receiver = Self { address, ids: Arc::default(), victim: Arc::default() };
        let (ids, victim) = (Arc::clone(&receiver.ids), Arc::clone(&receiver.victim));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (ids, victim) = (Arc::clone(&ids), Arc::clone(&victim));
                tokio::spawn(async move {
                    let mut text = String::new();
                    // The body is JSON and ends the call.
                    while !text.ends_with("}}") {
                        let mut bytes = vec![0; 4096];
                        let Ok(read @ 1..) = stream.read(&mut bytes).await else { return };
                        text.push_str(std::str::from_utf8(&bytes[..read]).expect("text"));
                    }
                    let id = text.lines().find_map(|line| line.strip_prefix("webhook-id: ")).expect("an id");
                    ids.lock().expect("ids").push(id.to_owned());
                    if let Some(victim) = victim.lock().expect("the victim").take() {
                        victim.kill();
                    }
                    // Who was killed does not read it.
                    drop(stream.write_all(b"HTTP/1.1 204 x\r\ncontent-length: 0\r\n\r\n").await);
                });
            }
        });
        receiver
    }

    fn ids(&self) -> Vec<String> {
        self.ids.lock().expect("ids").clone()
    }

    async fn wait(&self, count: usize) -> Vec<String> {
        let came = eventually(|| ready(Some(self.ids()).filter(|ids| ids.len() >= count)));
        came.await.expect("the webhook comes")
    }
}

/// Tells HQ by this webhook; there is a mail server too, which nobody needs.
fn told_by(network: Network, receiver: &Receiver) -> Network {
    let file = |name: &str, text: &str| {
        let path = network.dir.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let secret = file("webhook", &format!("whsec_{WEBHOOK_SECRET}"));
    let password = file("password", MAIL_PASSWORD);
    let roster = file(
        "roster.toml",
        &format!(
            "timezone = \"Europe/Brussels\"\n[[shared]]\nname = \"hq\"\nwebhook = \"{}\"\n\
             [[duty]]\nrole = \"operator_hq\"\nshared = [\"hq\"]\n",
            receiver.address
        ),
    );
    std::fs::write(
        network.dir.path().join("nabij.toml"),
        format!(
            "[notify]\nlink = \"http://127.0.0.1:1/{{escalation}}\"\nwebhook_secret_files = [\"{secret}\"]\n\
             [notify.smtp]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nuser = \"nabij\"\n\
             password_file = \"{password}\"\nfrom = \"nabij@example.org\"\n\
             [deploy]\nroster = \"{roster}\"\n[keys]\nothers_may_read = true\n"
        ),
    )
    .expect("settings");
    network
}

async fn centre(network: &Network) -> (Uuid, Token, Token) {
    let hq = network.token("network_hq", "hq-1", None, None);
    let body = json!({"code": "de-linde", "name": "De Linde", "operator": "fedasil", "languages": ["nl"]});
    let centre = network.post(&hq, "/v1/centres", body).await.ok().id();
    let night = network.token("frontline", "night-7", Some(centre), Some("fedasil"));
    let operator = network.token("operator_hq", "operator-1", None, Some("fedasil"));
    (centre, night, operator)
}

async fn acute(network: &Network, night: &Token, centre: Uuid) {
    let body = json!({"centre": centre, "note": "a knife", "severity": "acute"});
    drop(network.post(night, "/v1/signals", body).await.ok());
}

/// What the log says of webhooks for HQ.
async fn webhooks(network: &Network, operator: &Token) -> Vec<Value> {
    let read = network.get(operator, "/v1/escalations").await.ok().json();
    let steps = read["escalations"][0]["steps"].as_array().cloned().unwrap_or_default();
    steps.into_iter().filter(|step| step["body"]["channel"] == "webhook").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_was_sent_when_the_process_was_killed_is_sent_again_and_written_down_once() {
    let receiver = Receiver::start().await;
    let network = told_by(Network::new().await, &receiver);
    let [_projector, alerts, _api] = network.serve_all().await;
    let (centre, night, operator) = centre(&network).await;
    *receiver.victim.lock().expect("the victim") = Some(alerts);
    acute(&network, &night, centre).await;
    assert_eq!(receiver.wait(1).await.len(), 1);
    let _alerts = network.serve("alerts");
    let ids = receiver.wait(2).await;
    assert_eq!(ids[0], ids[1], "a receiver drops the repeat by its id");
    let written = || async { (!webhooks(&network, &operator).await.is_empty()).then_some(()) };
    eventually(written).await.expect("it is written down");
    // Whatever else would be written is on its way by now.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let told = webhooks(&network, &operator).await;
    assert_eq!(told.iter().map(|step| &step["name"]).collect::<Vec<_>>(), ["notified"], "{told:#?}");
    assert_eq!(receiver.ids().len(), 2);
    let logs = network.logs();
    assert!(logs.contains("this instance leads"), "there are no log lines to be searched: {logs}");
    for secret in [WEBHOOK_SECRET, MAIL_PASSWORD] {
        assert!(!logs.contains(secret), "{secret} is in a log line");
    }
}

/// The next line of a stream: its sequence and what it is about.
async fn line(response: &mut reqwest::Response, text: &mut String) -> (u64, String) {
    let next = async {
        loop {
            while let Some((event, rest)) = text.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                let found = field("id: ").zip(field("data: ")).map(|(id, data)| {
                    let data: Value = serde_json::from_str(data).expect("JSON");
                    (id.parse().expect("a sequence"), data["escalation"].to_string())
                });
                *text = rest.to_owned();
                if let Some(found) = found {
                    return found;
                }
            }
            let chunk = response.chunk().await.expect("it goes on").expect("it goes on");
            text.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    };
    tokio::time::timeout(PATIENCE, next).await.expect("a line comes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_goes_on_at_another_process_when_its_own_was_killed() {
    let network = Network::new().await;
    let beside = network.beside();
    let [_projector, _alerts, api] = network.serve_all().await;
    let _other = beside.serve("api");
    beside.ready().await;
    let (centre, night, operator) = centre(&network).await;
    acute(&network, &night, centre).await;
    acute(&network, &night, centre).await;
    let address = "/v1/escalations/stream";
    let (mut first, mut text) =
        (network.stream(&operator, &format!("{address}?after=0")).await, String::new());
    let (last, shown) = line(&mut first, &mut text).await;
    api.kill();
    acute(&beside, &night, centre).await;
    let mut second = beside.stream(&operator, &format!("{address}?after={last}")).await;
    let (mut text, mut lines) = (String::new(), Vec::new());
    for _ in 0..2 {
        lines.push(line(&mut second, &mut text).await);
    }
    assert!(last < lines[0].0 && lines[0].0 < lines[1].0, "{lines:?}");
    assert!(lines.iter().all(|(_, escalation)| *escalation != shown), "{shown} came again: {lines:?}");
}
