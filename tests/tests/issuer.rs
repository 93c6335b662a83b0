//! An issuer of tokens as a process of its own, whose key is replaced while a real interface answers: nobody is wrongly refused, a
//! stolen key ends, and the issuer hears of it all but seldom.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nabij_testkit::{eventually, free_address};
use nabij_tests::{Network, Service, Token};
use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinSet;

const PASSWORD: &str = "a password of a test";
const ROTATION: &str = "what only the operator of the issuer knows";
/// People who call at once.
const CALLERS: usize = 16;
/// Calls that a fetch that failed may turn away: those of some seconds.
const MOST_ASKED: u64 = CALLERS as u64 * 2 * 100;
/// Times that the key is replaced while they do.
const ROTATIONS: u64 = 5;
/// Seconds after which the issuer has its keys fetched again, whatever happened.
const MAX_AGE: u64 = 60;

/// The issuer, and how to ask it.
struct Issuer {
    address: String,
    http: Client,
    _process: Service,
}

impl Issuer {
    /// Starts it, and has `network` trust it and nobody else.
    async fn start(network: &Network) -> Self {
        let listen = free_address();
        let accounts = network.dir.path().join("accounts.toml");
        let people = (0..CALLERS).map(|caller| {
            format!(
                "[[people]]\nname = \"night-{caller}\"\nsecret = \"{PASSWORD}\"\nroles = [\"frontline\"]\n"
            )
        });
        std::fs::write(&accounts, people.collect::<String>()).unwrap();
        let settings = format!(
            "[[identity.issuers]]\nissuer = \"http://{listen}\"\n\
             [issuer]\ndemo = true\nlisten = \"{listen}\"\naccounts = \"{}\"\nrotation_secret = \"{ROTATION}\"\n",
            accounts.display(),
        );
        std::fs::write(network.dir.path().join("nabij.toml"), settings).unwrap();
        let process = network.serve("issuer");
        let issuer = Self { address: format!("http://{listen}"), http: Client::new(), _process: process };
        let asked = || async { issuer.http.get(format!("{}/keys", issuer.address)).send().await.ok() };
        eventually(asked).await.expect("the issuer does not answer");
        issuer
    }

    async fn token(&self, caller: usize) -> Token {
        let body =
            format!("grant_type=password&username=night-{caller}&password={}", PASSWORD.replace(' ', "+"));
        let request = self.http.post(format!("{}/token", self.address)).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        Token::given(answer["access_token"].as_str().unwrap_or_else(|| panic!("no token in {answer}")))
    }

    async fn rotate(&self, secret: &str, query: &str) -> u16 {
        let request = self.http.post(format!("{}/rotate{query}", self.address)).bearer_auth(secret);
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced_under_load_and_a_stolen_one_ends() {
    let network = Arc::new(Network::new().await);
    let issuer = Arc::new(Issuer::start(&network).await);
    let began = Instant::now();
    let _services = network.serve_all().await;
    let stolen = issuer.token(0).await;
    taken(&network, &stolen).await;

    let over = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (network, issuer, over) = (Arc::clone(&network), Arc::clone(&issuer), Arc::clone(&over));
        callers.spawn(async move {
            let first = issuer.token(caller).await;
            let (mut calls, mut away, mut wrong) = (0, 0, Vec::new());
            while !over.load(Ordering::Acquire) {
                // One that may be of a key that nobody saw yet, and one of a key that was replaced long ago.
                for token in [&issuer.token(caller).await, &first] {
                    let answer = network.get(token, "/v1/centres").await;
                    calls += 1;
                    match answer.status {
                        200 => {}
                        503 => away += 1,
                        _ => wrong.push(answer.text),
                    }
                }
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            (calls, away, wrong)
        });
    }
    assert_eq!(issuer.rotate("not the secret", "").await, 401);
    for _ in 0..ROTATIONS {
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(issuer.rotate(ROTATION, "").await, 204);
    }
    // The last new key is seen too before they go home.
    taken(&network, &issuer.token(0).await).await;
    over.store(true, Ordering::Release);
    let (mut calls, mut away) = (0, 0);
    while let Some(caller) = callers.join_next().await {
        let (own, unanswered, wrong) = caller.unwrap();
        assert_eq!(wrong, Vec::<String>::new(), "wrongly refused");
        calls += own;
        away += unanswered;
    }
    // On a machine that stalls a fetch may fail; nobody is asked to come back without that.
    let failures = counted(&network, &stolen, "nabij_identity_failures").await;
    assert!(
        away <= failures * MOST_ASKED,
        "{away} of {calls} were asked to come back after {failures} failures"
    );
    // Once at the start, at most once for each new key, and when the keys are due.
    let fetches = counted(&network, &stolen, "nabij_identity_fetches").await - failures;
    let due = began.elapsed().as_secs() / MAX_AGE;
    assert!((2..=ROTATIONS + 3 + due).contains(&fetches), "{fetches} fetches for {calls} calls");
    assert_eq!(counted(&network, &stolen, "nabij_identity_keys").await, ROTATIONS + 1);

    // Now the keys so far are gone: as soon as the interface sees the new set, what they signed is worth nothing.
    taken(&network, &stolen).await;
    assert_eq!(issuer.rotate(ROTATION, "?withdraw=true").await, 204);
    taken(&network, &issuer.token(0).await).await;
    network.get(&stolen, "/v1/centres").await.problem(401, "token-refused");
    // Whoever tries on finds the issuer asked ever more seldom for a key that it does not have.
    for _ in 0..3 {
        let status = network.get(&stolen, "/v1/centres").await.status;
        assert!([401, 503].contains(&status), "{status}");
    }
    assert_eq!(counted(&network, &stolen, "nabij_identity_keys").await, 1);
}

/// The token is good, also where the issuer could not be asked at once.
async fn taken(network: &Network, token: &Token) {
    let answer =
        || async { Some(network.get(token, "/v1/centres").await).filter(|answer| answer.status != 503) };
    assert_eq!(eventually(answer).await.expect("the issuer is there").status, 200);
}

/// A figure of `/metrics`.
async fn counted(network: &Network, token: &Token, name: &str) -> u64 {
    let text = network.get(token, "/metrics").await.text;
    let line = text.lines().find(|line| line.starts_with(name) && line.contains("issuer="));
    let value = line.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {text}"))
}
