//! Published keys, from a real issuer on a loopback port: replaced under load, withdrawn, away, and misused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::get;
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use nabij_identity::issuer::{self, Accounts, DemoIssuer, Keyring};
use nabij_identity::{Issuer, Keys, Timing, TokenError, Trust, Verifier};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

const AUDIENCE: &str = "nabij-api";
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const FAST: Timing = Timing {
    refresh: Duration::from_millis(200),
    floor: Duration::from_millis(20),
    ceiling: Duration::from_secs(3600),
    keep: Duration::from_secs(600),
    wait: Duration::from_secs(5),
};

struct Running {
    issuer: Arc<DemoIssuer>,
    address: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let keyring = Keyring::new(&Issuer::new_key().unwrap(), &address, AUDIENCE, HOUR).unwrap();
        let issuer = Arc::new(DemoIssuer {
            address: address.clone(),
            audience: AUDIENCE.into(),
            lifetime: HOUR,
            max_age: 60,
            accounts: Accounts::default(),
            keyring,
            rotation: None,
        });
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(issuer::serve(listener, Arc::clone(&issuer), async {
            drop(stopped.await);
        }));
        Self { issuer, address, stop, served }
    }

    fn verifier(&self, timing: Timing) -> Verifier {
        let keys = Keys::Published { ca_file: None, timing };
        Verifier::new(vec![Trust::new(&self.address, AUDIENCE, keys)]).unwrap()
    }

    fn token(&self, sub: &str) -> String {
        let signer = self.issuer.keyring.signer().unwrap();
        signer.sign(claims(sub), Timestamp::now(), HOUR).unwrap()
    }

    /// A token that nobody but a forger signed, in this issuer's name.
    fn forged(&self, sub: &str) -> String {
        let forger = Issuer::from_pem(&Issuer::new_key().unwrap(), &self.address, AUDIENCE).unwrap();
        forger.sign(claims(sub), Timestamp::now(), HOUR).unwrap()
    }
}

fn claims(sub: &str) -> Map<String, Value> {
    let Value::Object(claims) = json!({"sub": sub, "roles": ["frontline"]}) else { unreachable!() };
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_replaced_under_load_and_no_call_is_wrongly_refused_or_taken() {
    let running = Arc::new(Running::start().await);
    let verifier = Arc::new(running.verifier(FAST));
    verifier.keep_fresh();
    let rounds = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..32 {
        let (running, verifier, rounds) = (Arc::clone(&running), Arc::clone(&verifier), Arc::clone(&rounds));
        callers.spawn(async move {
            let first = running.token(&format!("first-{caller}"));
            let mut wrong = Vec::new();
            for call in 0.. {
                let done = rounds.load(Ordering::Acquire) == 6;
                let good = running.token(&format!("w-{caller}-{call}"));
                for token in [&good, &good, &first] {
                    if let Err(error) = verifier.verify(token, Timestamp::now(), true).await {
                        wrong.push(format!("refused: {error}"));
                    }
                }
                // Under a name that exists: what a forger would do. One under an unknown name is in the next test.
                let forged = swap_signature(&good, &running.forged("w"));
                if verifier.verify(&forged, Timestamp::now(), true).await.is_ok() {
                    wrong.push("a forged token was taken".into());
                }
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
            wrong
        });
    }
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        running.issuer.keyring.rotate(Timestamp::now()).unwrap();
        rounds.fetch_add(1, Ordering::Release);
    }
    while let Some(wrong) = callers.join_next().await {
        assert_eq!(wrong.unwrap(), Vec::<String>::new());
    }
    let standing = &verifier.standing(Timestamp::now())[0];
    assert_eq!((standing.usable, standing.failures, standing.keys), (true, 0, 7));
}

fn swap_signature(token: &str, other: &str) -> String {
    let (said, _) = token.rsplit_once('.').unwrap();
    format!("{said}.{}", other.rsplit_once('.').unwrap().1)
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_key_ids_do_not_reach_the_issuer() {
    let running = Running::start().await;
    let wait = Duration::from_millis(100);
    let verifier = Arc::new(running.verifier(Timing { refresh: Duration::from_secs(3600), wait, ..FAST }));
    let good = running.token("w");
    let forged: Vec<String> = (0..1000).map(|number| running.forged(&format!("w-{number}"))).collect();
    let began = Instant::now();
    verifier.verify(&good, Timestamp::now(), true).await.unwrap();
    let mut flood = JoinSet::new();
    for forged in forged {
        let verifier = Arc::clone(&verifier);
        flood.spawn(async move { verifier.verify(&forged, Timestamp::now(), true).await.unwrap_err() });
    }
    while let Some(error) = flood.join_next().await {
        let error = error.unwrap();
        // The issuer answers: nobody hears that it is away.
        assert!(matches!(error, TokenError::Invalid | TokenError::KeyUnpublished { .. }), "{error:?}");
    }
    // 20, 40, 80 ms .. behind the first: however long it took, no more than fit in that.
    let fetches = verifier.standing(Timestamp::now())[0].fetches;
    let floors = began.elapsed().as_millis() / FAST.floor.as_millis();
    let most = 1 + u64::from((floors + 1).ilog2());
    assert!((2..=most).contains(&fetches), "{fetches} fetches, at most {most}");
    verifier.verify(&good, Timestamp::now(), true).await.unwrap();
    // Who has sent too many bad ones is not even asked about.
    let refused = verifier.verify(&running.forged("w"), Timestamp::now(), false).await.unwrap_err();
    assert_eq!(refused, TokenError::UnknownKey);
    assert_eq!(verifier.standing(Timestamp::now())[0].fetches, fetches);
}

#[tokio::test]
async fn of_too_many_that_wait_for_a_fetch_nobody_hears_that_the_issuer_is_away() {
    let running = Running::start().await;
    let timing = Timing { refresh: Duration::from_secs(3600), floor: Duration::from_millis(500), ..FAST };
    let verifier = Arc::new(running.verifier(timing));
    let forged: Vec<String> = (0..600).map(|number| running.forged(&format!("w-{number}"))).collect();
    verifier.verify(&running.token("w"), Timestamp::now(), true).await.unwrap();
    // One thread: all have asked before the pause after that fetch ends.
    let mut flood = JoinSet::new();
    for token in forged {
        let verifier = Arc::clone(&verifier);
        flood.spawn(async move { verifier.verify(&token, Timestamp::now(), true).await.unwrap_err() });
    }
    while let Some(error) = flood.join_next().await {
        let error = error.unwrap();
        assert!(matches!(error, TokenError::Invalid | TokenError::KeyUnpublished { .. }), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_away_is_believed_for_the_set_time_and_no_longer() {
    let running = Running::start().await;
    let verifier = running.verifier(FAST);
    let (known, fresh) = (running.token("known"), running.token("fresh"));
    verifier.verify(&known, Timestamp::now(), true).await.unwrap();
    let (address, stop, served) = (running.address.clone(), running.stop, running.served);
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    drop(running.issuer);
    let now = Timestamp::now();
    for token in [&known, &fresh] {
        verifier.verify(token, now, true).await.unwrap();
    }
    let after = now + SignedDuration::from_secs(602);
    for token in [&known, &fresh] {
        let refused = verifier.verify(token, after, true).await.unwrap_err();
        assert!(matches!(refused, TokenError::KeysAway { retry_after: 1.. }), "{refused:?}");
    }
    assert!(!verifier.standing(after)[0].usable);
    // An unknown key of an issuer that is away: not a verdict on the token.
    let forger = Issuer::from_pem(&Issuer::new_key().unwrap(), &address, AUDIENCE).unwrap();
    let forged = forger.sign(claims("w"), now, HOUR).unwrap();
    let refused = verifier.verify(&forged, now, true).await.unwrap_err();
    assert!(matches!(refused, TokenError::KeysAway { .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn remembered_tokens_end_with_their_key() {
    let running = Running::start().await;
    let verifier = running.verifier(FAST);
    let old = running.token("old");
    verifier.verify(&old, Timestamp::now(), true).await.unwrap();
    running.issuer.keyring.rotate(Timestamp::now()).unwrap();
    verifier.verify(&running.token("new"), Timestamp::now(), true).await.unwrap();
    assert!(verifier.remembered(&old, Timestamp::now()).unwrap().is_some(), "its key is still published");
    running.issuer.keyring.withdraw_replaced();
    running.issuer.keyring.rotate(Timestamp::now()).unwrap();
    verifier.verify(&running.token("newer"), Timestamp::now(), true).await.unwrap();
    assert!(verifier.remembered(&old, Timestamp::now()).unwrap().is_none());
    let refused = verifier.verify(&old, Timestamp::now(), true).await.unwrap_err();
    assert!(matches!(refused, TokenError::Invalid), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_document_or_a_set_that_cannot_be_trusted_brings_no_keys() {
    let signer = |address: &str| Issuer::from_pem(&Issuer::new_key().unwrap(), address, AUDIENCE).unwrap();
    let weak = json!({"kty": "RSA", "n": "AQAB".repeat(40), "e": "AQAB", "use": "sig"});
    let symmetric = json!({"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "alg": "HS256"});
    /// Issuer, address of the keys and keys as the issuer says them, where it says other than it should; whether it is believed.
    type Said<'a> = (Option<&'a str>, Option<&'a str>, Option<Value>, bool);
    let cases: [Said<'_>; 7] = [
        (None, None, None, true),
        (Some("http://127.0.0.1:1"), None, None, false),
        (None, Some("http://keys.example/keys"), None, false),
        (None, Some("file:///etc/passwd"), None, false),
        (None, None, Some(json!({"keys": []})), false),
        (None, None, Some(json!({"keys": [weak, symmetric]})), false),
        (None, None, Some(json!("x".repeat(300_000))), false),
    ];
    for (number, (issuer, keys_at, keys, works)) in cases.into_iter().enumerate() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let signer = signer(&address);
        let keys_at = keys_at.map_or_else(|| format!("{address}/keys"), ToOwned::to_owned);
        let document = json!({"issuer": issuer.unwrap_or(&address), "jwks_uri": keys_at});
        let keys = keys.unwrap_or_else(|| json!({"keys": [signer.published(), {"kty": "new"}]}));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(move || async move { Json(document) }))
            .route("/keys", get(move || async move { Json(keys) }));
        let served = tokio::spawn(async move { axum::serve(listener, router).await });
        let published = Keys::Published { ca_file: None, timing: FAST };
        let verifier = Verifier::new(vec![Trust::new(&address, AUDIENCE, published)]).unwrap();
        let token = signer.sign(claims("w"), Timestamp::now(), HOUR).unwrap();
        let answer = verifier.verify(&token, Timestamp::now(), true).await;
        assert_eq!(answer.is_ok(), works, "case {number}: {answer:?}");
        served.abort();
    }
}

/// An issuer that counts how often it is asked, and whose keys can move to another path.
struct Counted {
    address: String,
    keyring: Keyring,
    keys_at: Mutex<&'static str>,
    documents: AtomicUsize,
    key_sets: AtomicUsize,
}

impl Counted {
    async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let keyring = Keyring::new(&Issuer::new_key().unwrap(), &address, AUDIENCE, HOUR).unwrap();
        let (documents, key_sets) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let counted = Arc::new(Self { address, keyring, keys_at: Mutex::new("/keys"), documents, key_sets });
        let router: Router = Router::new()
            .route("/.well-known/openid-configuration", get(Self::document))
            .fallback(Self::key_set)
            .with_state(Arc::clone(&counted));
        tokio::spawn(async move { axum::serve(listener, router).await });
        counted
    }

    async fn document(State(counted): State<Arc<Self>>) -> Json<Value> {
        counted.documents.fetch_add(1, Ordering::Relaxed);
        let keys_at = *counted.keys_at.lock().unwrap();
        Json(json!({"issuer": counted.address, "jwks_uri": format!("{}{keys_at}", counted.address)}))
    }

    async fn key_set(State(counted): State<Arc<Self>>, asked: Uri) -> Result<Json<Value>, StatusCode> {
        counted.key_sets.fetch_add(1, Ordering::Relaxed);
        let keys_at = *counted.keys_at.lock().unwrap();
        if asked.path() != keys_at {
            return Err(StatusCode::NOT_FOUND);
        }
        Ok(Json(counted.keyring.published(Timestamp::now())))
    }

    /// Only an unknown key makes it fetch again: nothing is due here.
    fn verifier(&self) -> Verifier {
        let timing = Timing { refresh: Duration::from_secs(3600), ..FAST };
        let keys = Keys::Published { ca_file: None, timing };
        Verifier::new(vec![Trust::new(&self.address, AUDIENCE, keys)]).unwrap()
    }

    /// Whatever key is in use now, a token of it is taken.
    async fn is_believed_by(&self, verifier: &Verifier) {
        let signer = self.keyring.signer().unwrap();
        let token = signer.sign(claims("w"), Timestamp::now(), HOUR).unwrap();
        verifier.verify(&token, Timestamp::now(), true).await.unwrap();
    }

    /// How often it was asked for its discovery document and for its keys, wherever they were looked for.
    fn asked(&self) -> (usize, usize) {
        (self.documents.load(Ordering::Relaxed), self.key_sets.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn the_discovery_document_is_kept_and_only_the_keys_are_fetched_again() {
    let counted = Counted::start().await;
    let verifier = counted.verifier();
    counted.is_believed_by(&verifier).await;
    for _ in 0..3 {
        counted.keyring.rotate(Timestamp::now()).unwrap();
        counted.is_believed_by(&verifier).await;
    }
    assert_eq!(counted.asked(), (1, 4));
}

#[tokio::test]
async fn keys_that_moved_are_found_where_the_discovery_document_now_says() {
    let counted = Counted::start().await;
    let verifier = counted.verifier();
    counted.is_believed_by(&verifier).await;
    *counted.keys_at.lock().unwrap() = "/certs";
    // First in vain at the old place; then the new one is kept as the old one was.
    for asked in [(2, 3), (2, 4)] {
        counted.keyring.rotate(Timestamp::now()).unwrap();
        counted.is_believed_by(&verifier).await;
        assert_eq!(counted.asked(), asked);
    }
    let standing = &verifier.standing(Timestamp::now())[0];
    assert_eq!((standing.fetches, standing.failures), (3, 0));
}
