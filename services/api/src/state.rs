//! What every call needs: the log, the database, the rules, the keys.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use futures::FutureExt;
use moka::sync::Cache;
use nabij_alerts::rule::Rule;
use nabij_caseload::{Reader, Retention, RuleNote, RuleWords};
use nabij_log::{Auditor, BlindKey, Log, LogError};
use nabij_model::centre::Centre;
use nabij_model::text::Code;
use nabij_model::{CentreId, Policies};
use nabij_protocols::Protocols;
use nabij_underreporting::reader;
use nabij_underreporting::reportability::Reportability;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::find::People;
use crate::limits::{Budgets, Rates};
use crate::metrics::Metrics;
use crate::operations::Said;
use crate::read::Turns;
use crate::route::Proxies;
use crate::tokens::Verifier;

/// Limits of the interface.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body: usize,
    /// From the last byte of the head to the first byte of the answer.
    pub request: Duration,
    /// How long a read waits for the projections to reach its `min_sequence`.
    pub wait: Duration,
    /// How long calls under way may still take once the service is told to stop.
    pub soft_stop: Duration,
    /// Who may say for whom they call.
    pub proxies: Proxies,
    /// From the first byte of a head to its last, and between two calls on one connection.
    pub head: Duration,
    /// From the end of the head to the last byte of the body.
    pub body_wait: Duration,
    /// Connections that one address holds open at once.
    pub connections: usize,
    /// Calls of one caller and one address.
    pub rates: Rates,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            request: Duration::from_secs(30),
            wait: Duration::from_secs(5),
            soft_stop: Duration::from_secs(10),
            proxies: Proxies::default(),
            head: Duration::from_secs(30),
            body_wait: Duration::from_secs(15),
            connections: 1_000,
            rates: Rates::default(),
        }
    }
}

/// What every call needs; a cheap handle.
#[derive(Clone)]
pub struct ApiState(Arc<Inner>);

struct Inner {
    log: Log,
    auditor: Auditor,
    pool: Pool,
    access_log: nabij_accesslog::Reader,
    caseload: Reader,
    facts: reader::Reader,
    people: People,
    servers: Said,
    /// Hides what callers asked, in the audit.
    asked: BlindKey,
    policies: Arc<Policies>,
    access: Arc<Access>,
    reportability: Arc<Reportability>,
    verifier: Verifier,
    budgets: Budgets,
    limits: Limits,
    retention: Retention,
    protocols: Arc<Protocols>,
    rules: Arc<Vec<Rule>>,
    metrics: Metrics,
    /// A centre keeps its operator for life.
    operators: Cache<CentreId, Code>,
    turns: Turns,
    stopping: CancellationToken,
}

impl std::fmt::Debug for ApiState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiState").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

impl ApiState {
    /// Joins what the service was given.
    #[must_use]
    pub fn new(
        log: Log,
        pool: Pool,
        policies: Arc<Policies>,
        access: Arc<Access>,
        reportability: Arc<Reportability>,
        verifier: Verifier,
        limits: Limits,
    ) -> Self {
        Self(Arc::new(Inner {
            auditor: log.auditor("api"),
            people: People::new(log.vault()),
            servers: Said::default(),
            asked: log.vault().blind_key("audited query"),
            log,
            access_log: nabij_accesslog::Reader::new(pool.clone()),
            caseload: Reader::new(pool.clone()),
            facts: reader::Reader::live(pool.clone()),
            pool,
            policies,
            access,
            reportability,
            verifier,
            budgets: Budgets::new(&limits.rates),
            limits,
            retention: Retention::default(),
            protocols: Arc::new(Protocols::shipped()),
            rules: Arc::default(),
            metrics: Metrics::default(),
            operators: Cache::new(10_000),
            turns: Turns::default(),
            stopping: CancellationToken::new(),
        }))
    }

    /// The same, proposing erasures by these rules; to be called before the state is shared.
    #[must_use]
    pub fn proposing(mut self, retention: Retention) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.retention = retention;
        }
        self
    }

    /// The same, offering these protocols instead of those that come with this version; to be called before the state is shared.
    #[must_use]
    pub fn offering(mut self, protocols: Arc<Protocols>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.protocols = protocols;
        }
        self
    }

    /// The same, saying of what rules ask why they do; to be called before the state is shared.
    #[must_use]
    pub fn explaining(mut self, rules: Arc<Vec<Rule>>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.rules = rules;
        }
        self
    }

    /// Adds what the rule says of itself today.
    pub(crate) fn explain(&self, note: &mut RuleNote) {
        let rule = self.0.rules.iter().find(|rule| rule.id == note.rule);
        note.why = rule.map(|rule| RuleWords {
            nl: rule.title.nl.clone(),
            fr: rule.title.fr.clone(),
            en: rule.title.en.clone(),
            reason: rule.reason.clone(),
        });
    }

    /// Which protocols there are.
    pub(crate) fn protocols(&self) -> &Protocols {
        &self.0.protocols
    }

    /// How long what is kept.
    pub(crate) fn retention(&self) -> &Retention {
        &self.0.retention
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// What writes down who looked.
    pub(crate) fn auditor(&self) -> &Auditor {
        &self.0.auditor
    }

    /// The database of the views.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.0.pool
    }

    /// Who looked.
    pub(crate) fn access_log(&self) -> &nabij_accesslog::Reader {
        &self.0.access_log
    }

    /// The views of cases, teams and centres.
    pub(crate) fn caseload(&self) -> &Reader {
        &self.0.caseload
    }

    /// Who the residents are, to be found by name or number.
    pub(crate) fn people(&self) -> &People {
        &self.0.people
    }

    /// What the servers said a moment ago, for who asks whether this process is ready.
    pub(crate) fn servers(&self) -> &Said {
        &self.0.servers
    }

    /// What stands in the audit for a caller's query: the same question has the same hash, and who lacks the vault cannot try names
    /// and numbers out.
    pub(crate) fn hashed_query(&self, query: &str) -> String {
        hex::encode(&self.0.asked.hash(query.as_bytes())[..16])
    }

    /// The schema of those views.
    pub(crate) fn schema(&self) -> &str {
        self.0.caseload.schema()
    }

    /// The facts that figures count.
    pub(crate) fn facts(&self) -> &reader::Reader {
        &self.0.facts
    }

    /// What must be registered.
    pub(crate) fn reportability(&self) -> &Reportability {
        &self.0.reportability
    }

    /// Legal periods and ages.
    #[must_use]
    pub fn policies(&self) -> &Arc<Policies> {
        &self.0.policies
    }

    /// Who may do what.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    /// Reads tokens.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// What callers and addresses have left.
    pub(crate) fn budgets(&self) -> &Budgets {
        &self.0.budgets
    }

    /// Limits of the interface.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Turns of those who write down that an escalation was shown.
    pub(crate) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// Cancelled when the service stops: streams end on it.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// The operator of a centre, if it was looked up before.
    pub(crate) fn known_operator(&self, centre: CentreId) -> Option<Code> {
        self.0.operators.get(&centre)
    }

    /// The operator of a centre, absent for a centre that nobody registered.
    ///
    /// # Errors
    /// When the log is away.
    pub(crate) async fn operator_of(&self, centre: CentreId) -> Result<Option<Code>, LogError> {
        if let Some(known) = self.0.operators.get(&centre) {
            return Ok(Some(known));
        }
        let operator = self.log().load::<Centre>(centre.into()).boxed().await?.state.operator.clone();
        if let Some(operator) = &operator {
            self.0.operators.insert(centre, operator.clone());
        }
        Ok(operator)
    }
}
