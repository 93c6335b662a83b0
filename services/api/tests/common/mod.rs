//! The real interface on a loopback port, over streams and a database of its own.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nabij_api::tokens::Issuer;
use nabij_api::{ApiState, Limits, serve};
use nabij_log::{Log, LogConfig, MasterKey};
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Policies, Role};
use nabij_testkit::{Database, Names, Stack};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A running interface.
pub struct Api {
    pub address: String,
    pub log: Log,
    pub pool: deadpool_postgres::Pool,
    pub names: Names,
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
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    /// The field as text.
    pub fn get(&self, field: &str) -> String {
        let json = self.json();
        json[field].as_str().unwrap_or_else(|| panic!("no {field} in {json}")).to_owned()
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// It is a problem document of this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
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
    pub async fn start() -> Self {
        Self::start_on(nabij_testkit::stack()).await
    }

    pub async fn start_on(stack: &Stack) -> Self {
        let names = nabij_testkit::fresh_names();
        let database = Database::on(&stack.database_url).await;
        let config = LogConfig {
            nats_url: stack.nats_url.clone(),
            stream: names.stream.clone(),
            vault: names.vault.clone(),
            prefix: names.prefix.clone(),
            ..LogConfig::default()
        };
        let log = Log::connect(config, MasterKey::generate().unwrap()).await.unwrap();
        let pool = pool(database.url());
        let issuer = Issuer::from_pem(&Issuer::new_key().unwrap(), "test", "nabij").unwrap();
        let policies = Arc::new(Policies::shipped());
        let limits = Limits::default();
        let state = ApiState::new(log.clone(), pool.clone(), policies, issuer.verifier(), limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        tokio::spawn(serve(listener, state, shutdown.clone()));
        let client = reqwest::Client::new();
        Self { address, log, pool, names, issuer, client, shutdown, _database: database }
    }

    /// A token of `role` for centres of the operator `fedasil`.
    pub fn token(&self, name: &str, role: Role, centres: &[CentreId]) -> String {
        let actor = Actor {
            subject: StaffId::new(name).unwrap(),
            role,
            centres: centres.to_vec(),
            operator: Some(Code::new("fedasil").unwrap()),
        };
        self.issuer.issue(&actor, Timestamp::now(), SignedDuration::from_hours(1)).unwrap()
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).bearer_auth(token).json(&body)).await
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token)).await
    }

    /// Registers a centre of the operator `fedasil`.
    pub async fn centre(&self, name: &str) -> CentreId {
        let service = self.token("service", Role::Service, &[]);
        let body = json!({"code": name, "name": format!("Centre {name}"), "operator": "fedasil", "languages": ["nl"]});
        self.post(&service, "/v1/centres", body).await.is(201).get("id").parse().unwrap()
    }
}

fn pool(url: &str) -> deadpool_postgres::Pool {
    let config: tokio_postgres::Config = url.parse().unwrap();
    let manager = deadpool_postgres::Manager::new(config, tokio_postgres::NoTls);
    deadpool_postgres::Pool::builder(manager).max_size(8).build().unwrap()
}
