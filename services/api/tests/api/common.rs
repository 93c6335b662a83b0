//! The real interface on a loopback port, over streams and a database of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nabij_alerts::adoption::adoptions;
use nabij_alerts::driver::Driver;
use nabij_alerts::rule::{Rule, read_rules};
use nabij_api::access::Access;
use nabij_api::tokens::{Issuer, Verifier};
use nabij_api::{ApiState, Limits, Rate, Rates, serve};
use nabij_caseload::{Caseload, Retention};
use nabij_engine::{Projection, Runner};
use nabij_log::{Log, LogConfig, MasterKey};
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Policies, Role};
use nabij_protocols::Protocols;
use nabij_testkit::{Database, Stack, eventually};
use nabij_underreporting::facts::Facts;
use nabij_underreporting::reportability::Reportability;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Times that a call is repeated which the interface asks to come back, each after the time that the interface waits itself.
const AGAIN: usize = 20;
/// The problems that make it do so.
const COME_BACK: [&str; 2] = ["not-visible-yet", "audit-away"];

/// A running interface.
pub(crate) struct Api {
    pub(crate) address: String,
    pub(crate) log: Log,
    issuer: Issuer,
    client: reqwest::Client,
    shutdown: CancellationToken,
    _database: Database,
}

impl Drop for Api {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    /// The field as text.
    pub(crate) fn get(&self, field: &str) -> String {
        let json = self.json();
        json[field].as_str().unwrap_or_else(|| panic!("no {field} in {json}")).to_owned()
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// It is a problem document of this status and code.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let json = self.json();
        assert_eq!(json["type"], format!("urn:nabij:problem:{code}"), "{json}");
        assert_eq!(json["status"], status);
        assert!(json["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{json}");
        self
    }
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::start_on(nabij_testkit::stack()).await
    }

    /// Within these limits.
    pub(crate) async fn start_within(limits: Limits) -> Self {
        Self::start_with(nabij_testkit::stack(), limits).await
    }

    pub(crate) async fn start_on(stack: &Stack) -> Self {
        Self::start_with(stack, limits()).await
    }

    async fn start_with(stack: &Stack, limits: Limits) -> Self {
        let issuer = Issuer::from_pem(&Issuer::new_key().unwrap(), "test", "nabij").unwrap();
        let verifier = issuer.verifier();
        Self::start_trusting(stack, limits, issuer, verifier).await
    }

    /// On a log that has a past: `past` writes it before any service reads.
    pub(crate) async fn start_after(past: impl AsyncFnOnce(&Log)) -> Self {
        let issuer = Issuer::from_pem(&Issuer::new_key().unwrap(), "test", "nabij").unwrap();
        let verifier = issuer.verifier();
        Self::start_whole(nabij_testkit::stack(), limits(), issuer, verifier, past).await
    }

    /// Whose tokens of `issuer` are checked by `verifier`.
    pub(crate) async fn start_trusting(
        stack: &Stack,
        limits: Limits,
        issuer: Issuer,
        verifier: Verifier,
    ) -> Self {
        Self::start_whole(stack, limits, issuer, verifier, async |_| ()).await
    }

    async fn start_whole(
        stack: &Stack,
        limits: Limits,
        issuer: Issuer,
        verifier: Verifier,
        past: impl AsyncFnOnce(&Log),
    ) -> Self {
        let names = nabij_testkit::fresh_names();
        let database = Database::on(&stack.database_url).await;
        let config = LogConfig::at(&stack.nats_url, &names.stream, &names.vault, &names.prefix);
        let log = Log::connect(config, MasterKey::generate().unwrap()).await.unwrap();
        past(&log).await;
        let pool = pool(database.url());
        let shutdown = CancellationToken::new();
        let rules = project(&pool, &log, &shutdown);
        let state = ApiState::new(
            log.clone(),
            pool.clone(),
            Arc::new(Policies::shipped()),
            Arc::new(Access::shipped()),
            Arc::new(Reportability::shipped()),
            verifier,
            limits,
        )
        .explaining(Arc::clone(&rules))
        .proposing(Retention::from_folder(&deployed("retention")).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        built(&pool).await;
        adopted(&log, &rules).await;
        tokio::spawn(serve(listener, state, shutdown.clone()));
        let client = reqwest::Client::new();
        Self { address, log, issuer, client, shutdown, _database: database }
    }

    /// Tells the service to stop.
    pub(crate) fn stop(&self) {
        self.shutdown.cancel();
    }

    /// A token of `role` for centres of the operator `fedasil`.
    pub(crate) fn token(&self, name: &str, role: Role, centres: &[CentreId]) -> String {
        self.token_of("fedasil", name, role, centres)
    }

    /// A token of `role` for centres of another operator.
    pub(crate) fn token_of(&self, operator: &str, name: &str, role: Role, centres: &[CentreId]) -> String {
        let actor = Actor {
            subject: StaffId::new(name).unwrap(),
            role,
            centres: centres.to_vec(),
            operator: Some(Code::new(operator).unwrap()),
        };
        self.issuer.issue(&actor, Timestamp::now(), SignedDuration::from_hours(1)).unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.patiently(|| self.request(Method::POST, path).bearer_auth(token).json(&body)).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.patiently(|| self.request(Method::GET, path).bearer_auth(token)).await
    }

    /// What is not visible yet is asked for again, as the interface says, and so is what could not be written down in time: how fast
    /// views and servers are is not what a test is about. A command that was answered so was not carried out.
    async fn patiently(&self, request: impl Fn() -> reqwest::RequestBuilder) -> Answer {
        for _ in 0..AGAIN {
            let answer = self.send(request()).await;
            let later = COME_BACK.iter().any(|code| answer.text.contains(code));
            if answer.status != StatusCode::SERVICE_UNAVAILABLE || !later {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        self.send(request()).await
    }

    /// Agrees to an erasure, and once more until everything of it is gone: a call waits a moment for that, and a repeat changes nothing.
    pub(crate) async fn erased(&self, token: &str, case: &str) -> Value {
        let approve = format!("/v1/cases/{case}/erase/approve");
        let agreed = || async {
            let answer = self.post(token, &approve, json!({})).await.is(200).json();
            (answer["done"] == true).then_some(answer)
        };
        eventually(agreed).await.expect("it was not erased")
    }

    /// Posts as `token` and gives the sequence of what was written.
    pub(crate) async fn done(&self, token: &str, path: &str, body: Value) -> u64 {
        self.post(token, path, body).await.is(200).json()["sequence"].as_u64().unwrap()
    }

    /// Registers a centre of the operator `fedasil`.
    pub(crate) async fn centre(&self, name: &str) -> CentreId {
        self.centre_of(name, "fedasil").await
    }

    /// Registers a centre of another operator.
    pub(crate) async fn centre_of(&self, name: &str, operator: &str) -> CentreId {
        let service = self.token("service", Role::Service, &[]);
        let body = json!({"code": name, "name": format!("Centre {name}"), "operator": operator, "languages": ["nl"]});
        self.post(&service, "/v1/centres", body).await.is(201).get("id").parse().unwrap()
    }
}

/// A folder of settings as it is shipped.
fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name)
}

/// Keeps all views current, as `nabij up` does; gives the rules that it watches by.
fn project(pool: &deadpool_postgres::Pool, log: &Log, stop: &CancellationToken) -> Arc<Vec<Rule>> {
    let rules = Arc::new(read_rules(&deployed("rules")).unwrap());
    let watched = Arc::clone(&rules);
    let (pool, log, stop) = (pool.clone(), log.clone(), stop.clone());
    tokio::spawn(async move {
        let projections: Vec<Arc<dyn Projection>> = vec![Arc::new(Caseload::new(&log)), Arc::new(Facts)];
        let views = Runner::new(pool.clone(), log.clone(), projections);
        let policies = Arc::new(Policies::shipped());
        let (views_pool, views_log) = (pool.clone(), log.clone());
        let reportability = Arc::new(Reportability::shipped());
        let (roster, pace) = Default::default();
        let (channels, protocols) = (Arc::default(), Arc::new(Protocols::shipped()));
        let driver = Driver { log, pool, rules, reportability, policies, roster, pace, channels, protocols };
        let alerts = nabij_alerts::service::run(driver, &stop);
        let access_log = nabij_accesslog::Follower::new(views_pool, views_log);
        let (views, alerts, access_log) = tokio::join!(views.run(&stop), alerts, access_log.run(&stop));
        access_log.unwrap();
        views.and(alerts).unwrap();
    });
    watched
}

/// Waits until every rule is adopted in the log, so that what a test counts there is its own.
async fn adopted(log: &Log, rules: &[Rule]) {
    let adopted =
        || async { adoptions(log, rules).await.ok().filter(|adopted| adopted.len() >= rules.len()) };
    eventually(adopted).await.expect("the rules were not adopted");
}

/// Waits until every view has its tables.
async fn built(pool: &deadpool_postgres::Pool) {
    let views = || async { nabij_engine::checkpoints(pool).await.ok().filter(|views| views.len() >= 3) };
    eventually(views).await.expect("the views were not built");
}

fn pool(url: &str) -> deadpool_postgres::Pool {
    let config: tokio_postgres::Config = url.parse().unwrap();
    let manager = deadpool_postgres::Manager::new(config, tokio_postgres::NoTls);
    deadpool_postgres::Pool::builder(manager).max_size(24).build().unwrap()
}

/// One test calls more in a second than a person does in a day.
pub(crate) fn limits() -> Limits {
    let plenty = Rate { per_second: 100_000, burst: 100_000 };
    let rates = Rates { reads: plenty, writes: plenty, ..Rates::default() };
    Limits { rates, ..Limits::default() }
}
