//! A log, a database, a roster and the service over them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};
use nabij_alerts::carry_out::service_actor;
use nabij_alerts::deliver::{Channels, EmailSender, Link, WebhookSender, WebhookSettings};
use nabij_alerts::driver::Driver;
use nabij_alerts::roster::Roster;
use nabij_alerts::rule::read_rules;
use nabij_alerts::service;
use nabij_log::{Log, Submission};
use nabij_model::escalation::{Escalation, EscalationCommand, id_of};
use nabij_model::{Actor, AggregateId, AggregateKind, Decider, EventId, Policies};
use nabij_protocols::Protocols;
use nabij_testkit::{Database, Names, PATIENCE, eventually};
use nabij_underreporting::reportability::Reportability;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::receiver::Receiver;
use crate::servers;

pub(crate) const CENTRE: &str = "01890000-0000-7000-8000-000000000001";

/// A log, a database and a roster of a test's own.
pub(crate) struct Place {
    pub(crate) log: Log,
    pub(crate) names: Names,
    pool: Pool,
    roster: Arc<Roster>,
    email: Option<EmailSender>,
    _database: Database,
}

impl Place {
    /// In which the director has one receiver of webhooks and HQ another.
    pub(crate) async fn new(director: &Receiver, hq: &Receiver) -> Self {
        Self::with(&format!(
            "timezone = \"Europe/Brussels\"\n\
             [[person]]\nid = \"director-1\"\nwebhook = \"{}\"\n\
             [[shared]]\nname = \"hq\"\nwebhook = \"{}\"\n\
             [[duty]]\nrole = \"director\"\npersons = [\"director-1\"]\n\
             [[duty]]\nrole = \"network_hq\"\nshared = [\"hq\"]\n",
            director.address, hq.address
        ))
        .await
    }

    pub(crate) async fn with(roster: &str) -> Self {
        let (log, pool, names, database) = servers::fresh().await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), roster).unwrap();
        let roster = Arc::new(Roster::read(file.path()).unwrap());
        Self { log, names, pool, roster, email: None, _database: database }
    }

    /// That tells by mail, too.
    pub(crate) fn mailing(self, email: EmailSender) -> Self {
        Self { email: Some(email), ..self }
    }

    /// The service, which waits for a receiver that answers however late.
    pub(crate) fn start(&self) -> CancellationToken {
        self.start_waiting(PATIENCE)
    }

    /// The service, which waits so long for a receiver.
    pub(crate) fn start_waiting(&self, timeout: Duration) -> CancellationToken {
        let rules = read_rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules")).unwrap();
        let link = Link::new("https://nabij.example/escalations/{escalation}").unwrap();
        let webhook = WebhookSender::new(WebhookSettings {
            secrets: vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()],
            link: link.clone(),
            timeout,
            in_the_clear: false,
        })
        .unwrap();
        let driver = Driver {
            log: self.log.clone(),
            pool: self.pool.clone(),
            rules: Arc::new(rules),
            reportability: Arc::new(Reportability::shipped()),
            policies: Arc::new(Policies::shipped()),
            roster: Arc::clone(&self.roster),
            pace: Arc::default(),
            channels: Arc::new(Channels {
                link: Some(link),
                webhook: Some(webhook),
                email: self.email.clone(),
            }),
            protocols: Arc::new(Protocols::shipped()),
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move { service::run(driver, &stopped).await.unwrap() });
        stop
    }

    /// Carries a command out as `actor`.
    pub(crate) async fn done<A: Decider>(&self, id: Uuid, command: A::Command, actor: Actor) {
        self.done_at::<A>(id, command, actor, Timestamp::now()).await;
    }

    async fn done_at<A: Decider>(&self, id: Uuid, command: A::Command, actor: Actor, at: Timestamp) {
        let submission = Submission::new(at, actor, Arc::new(Policies::shipped()));
        self.log.execute::<A>(id, command, &submission).await.unwrap();
    }

    /// Raises an acute escalation for the director, then HQ.
    pub(crate) async fn raise(&self) -> Uuid {
        self.raise_with(json!({})).await
    }

    /// The same, with other fields.
    pub(crate) async fn raise_with(&self, fields: Value) -> Uuid {
        self.raise_at(Timestamp::now(), fields).await
    }

    /// The same, at another time.
    pub(crate) async fn raise_at(&self, at: Timestamp, fields: Value) -> Uuid {
        let trigger = EventId(Uuid::now_v7());
        let rule = "acute-signal".parse().unwrap();
        let id = id_of(&rule, trigger);
        let rung = |role: &str| json!({"to": [role], "acknowledge_within_seconds": 3600});
        let mut raised = json!({
            "rule": rule, "rule_version": 1, "severity": "acute", "trigger": trigger, "title": rule, "step": 0,
            "subject": {"centre": CENTRE}, "recipients": ["director"],
            "acknowledge_by": at + SignedDuration::from_hours(1),
            "ladder": [rung("director"), rung("network_hq")],
        });
        for (name, value) in fields.as_object().unwrap() {
            raised[name] = value.clone();
        }
        let command = EscalationCommand::Raise(serde_json::from_value(raised).unwrap());
        self.done_at::<Escalation>(id.0, command, service_actor(), at).await;
        id.0
    }

    /// Its events behind `raised`, once there are so many.
    pub(crate) async fn told(&self, escalation: Uuid, count: usize) -> Vec<(String, Value)> {
        let told = || async { Some(self.behind_raised(escalation).await).filter(|told| told.len() >= count) };
        match eventually(told).await {
            Some(told) => told,
            None => panic!("not {count} events: {:?}", self.behind_raised(escalation).await),
        }
    }

    async fn behind_raised(&self, escalation: Uuid) -> Vec<(String, Value)> {
        let aggregate = AggregateId::new(AggregateKind::Escalation, escalation);
        let raws = self.log.history(aggregate).await.unwrap();
        let event = |raw: &nabij_log::Raw| {
            let recorded = raw.decode(&mut nabij_log::KnownAt::default()).unwrap();
            let body = serde_json::from_slice(&raw.body).unwrap();
            (recorded.meta.event_type.name.to_owned(), body)
        };
        raws.iter().skip(1).map(event).collect()
    }
}

pub(crate) fn names(told: &[(String, Value)]) -> Vec<&str> {
    told.iter().map(|(name, _)| name.as_str()).collect()
}
