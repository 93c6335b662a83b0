//! Carries out what two persons ordered: destroys the keys of somebody who is erased, and old keys of redacted records.
//!
//! The event is the order and names all that it needs, so whatever crashes, the next look finishes it; that it is done is an
//! event too. After a start every order is looked at once more: a vault that came back from a backup loses its keys again. What of a
//! person's records goes and what stays, [`alone`](crate::alone) says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use deadpool_postgres::Pool;
use jiff::Timestamp;
use nabij_log::{ExecuteError, KnownAt, Log, LogError, Submission};
use nabij_model::case::{Case, CaseCommand, CaseEvent, Erased, ErasureCompleted};
use nabij_model::discussion::Discussion;
use nabij_model::escalation::Escalation;
use nabij_model::incident::Incident;
use nabij_model::signal::Signal;
use nabij_model::text::StaffId;
use nabij_model::{Actor, AggregateId, AggregateKind, CaseId, Event, Policies, Role};
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::alone::{Fate, alone, fate};

/// So many events after an order may be of calls that looked at the case before it.
const IN_FLIGHT: u64 = 256;

/// Why a look could not be finished; the next one starts where this one did.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// No connection to PostgreSQL could be had.
    #[error("PostgreSQL cannot be reached: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// A query failed.
    #[error("what is to be erased cannot be read: {0}")]
    Query(tokio_postgres::Error),
    /// The log or the vault did not answer.
    #[error("keys cannot be destroyed: {0}")]
    Log(#[from] LogError),
    /// The log did not take the event that says so.
    #[error("that the keys are gone cannot be written down: {0}")]
    Execute(#[from] ExecuteError),
    /// The tables that say what there is to do are not there: no service ever ran on this database.
    #[error(
        "no service has read the log into this database yet, so nobody knows here who is to be erased: start `nabij serve projector` and `nabij serve alerts` (or `nabij up`) once, wait until /readyz shows no event behind, and run this again; the keys are still there until then"
    )]
    NoViews,
    /// The database knows an order that the log does not hold.
    #[error("event {0} is no order to erase anybody: has the log been rewound?")]
    NoOrder(u64),
}

impl From<tokio_postgres::Error> for EraseError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME) => Self::NoViews,
            _ => Self::Query(error),
        }
    }
}

/// Looks at what is to be destroyed, and destroys it.
#[derive(Debug)]
pub struct Eraser {
    log: Log,
    pool: Pool,
    policies: Arc<Policies>,
    actor: Actor,
    /// Up to here every order was seen.
    seen: u64,
    /// Orders that were seen and are not done yet.
    orders: BTreeMap<u64, Uuid>,
    /// Escalations about nobody but persons who are erased, that somebody still has to deal with: their key goes once they are resolved.
    open: BTreeSet<Uuid>,
    /// Records whose old keys are gone, with the redaction after which they went.
    redacted: BTreeMap<AggregateId, u64>,
    /// Keys were destroyed that may still stand in the logs of a cluster's servers; after a start nobody knows.
    to_press: bool,
}

impl Eraser {
    /// An eraser that has looked at nothing yet.
    #[must_use]
    pub fn new(log: Log, pool: Pool, policies: Arc<Policies>) -> Self {
        let subject = StaffId::new("service:eraser").expect("fits the pattern of a staff id");
        let actor = Actor { subject, role: Role::Service, centres: Vec::new(), operator: None };
        let (orders, redacted) = (BTreeMap::new(), BTreeMap::new());
        Self { log, pool, policies, actor, seen: 0, orders, open: BTreeSet::new(), redacted, to_press: true }
    }

    /// Finishes every order that the writers of this database have read. Gives how many persons were erased by this call.
    ///
    /// # Errors
    /// [`EraseError`]; nothing is forgotten, and what was destroyed stays so.
    pub async fn look(&mut self) -> Result<usize, EraseError> {
        let client = self.pool.get().await?;
        let orders = client
            .query(
                "SELECT sequence, case_id FROM nabij.erased WHERE sequence > $1 ORDER BY sequence",
                &[&self.seen.cast_signed()],
            )
            .await?;
        for row in &orders {
            self.seen = row.get::<_, i64>(0).cast_unsigned();
            self.orders.insert(self.seen, row.get(1));
        }
        let redacted = client
            .query(
                "SELECT kind, record, max(recorded_seq) FROM alerts_v5.redaction GROUP BY kind, record",
                &[],
            )
            .await?;
        drop(client);
        let orders = self.orders.clone();
        let mut records = BTreeMap::new();
        for (sequence, case) in &orders {
            records.insert(*sequence, self.destroy(*case, *sequence).await?);
        }
        for escalation in self.open.clone() {
            if self.log.load::<Escalation>(escalation).await?.state.resolved {
                let record = AggregateId::new(AggregateKind::Escalation, escalation);
                let keys = self.keys(record).await?;
                self.to_press = true;
                self.log.vault().destroy(&keys).await?;
                self.log.drop_snapshots(&[record]).await?;
                self.open.remove(&escalation);
            }
        }
        for row in &redacted {
            let kind: &str = row.get(0);
            let Some(kind) = AggregateKind::ALL.into_iter().find(|known| known.as_str() == kind) else {
                continue;
            };
            let (record, sequence) =
                (AggregateId::new(kind, row.get::<_, Uuid>(1)), row.get::<_, i64>(2).cast_unsigned());
            if self.redacted.get(&record) != Some(&sequence) {
                self.redact(record).await?;
                self.redacted.insert(record, sequence);
            }
        }
        // Once for all that this look destroyed: nobody is told that it is done before.
        if self.to_press {
            self.log.vault().press().await?;
            self.to_press = false;
        }
        let mut erased = 0;
        for (sequence, case) in orders {
            let records = records.remove(&sequence).unwrap_or_default();
            erased += usize::from(self.complete(case, sequence, records).await?);
            self.orders.remove(&sequence);
        }
        Ok(erased)
    }

    /// Destroys the keys of everything that goes; gives of how many records.
    async fn destroy(&mut self, case: Uuid, sequence: u64) -> Result<usize, EraseError> {
        let order = self.order(sequence).await?;
        let mut records = self.records(case, sequence, &order).await?;
        // Everybody else whom it names may have been erased since the list was made.
        for record in order.shared.all() {
            match fate(&self.log, record, CaseId(case)).await? {
                Fate::Goes if !records.contains(&record) => records.push(record),
                Fate::GoesOnceResolved => drop(self.open.insert(record.id)),
                Fate::Goes | Fate::Stays => {}
            }
        }
        let mut keys = Vec::new();
        for record in &records {
            keys.extend(self.keys(*record).await?);
        }
        self.to_press = true;
        self.log.vault().destroy(&keys).await?;
        self.log.drop_snapshots(&records).await?;
        Ok(records.len())
    }

    /// Writes down that it is done; whether this call did.
    async fn complete(&self, case: Uuid, sequence: u64, records: usize) -> Result<bool, EraseError> {
        if self.log.load::<Case>(case).await?.state.erasure_completed {
            return Ok(false);
        }
        let submission = Submission::new(Timestamp::now(), self.actor.clone(), Arc::clone(&self.policies));
        let completed = ErasureCompleted { records: u32::try_from(records).unwrap_or(u32::MAX) };
        match self.log.execute::<Case>(case, CaseCommand::CompleteErasure(completed), &submission).await {
            Ok(_) => {
                tracing::info!(%case, sequence, records, "erased case {case} as event {sequence} orders");
                Ok(true)
            }
            Err(ExecuteError::Refused(refusal)) if refusal.code == "erasure-completed" => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn order(&self, sequence: u64) -> Result<Erased, EraseError> {
        let raw = self.log.event_at(sequence).await?.ok_or(EraseError::NoOrder(sequence))?;
        match raw.decode(&mut KnownAt::default()).map(|recorded| recorded.event) {
            Ok(Event::Case(CaseEvent::Erased(order))) => Ok(order),
            _ => Err(EraseError::NoOrder(sequence)),
        }
    }

    /// The case, the records that the order names, and those that go with this person and were written between its list and it, or
    /// right after it by a call that had asked before.
    async fn records(
        &self,
        case: Uuid,
        sequence: u64,
        order: &Erased,
    ) -> Result<Vec<AggregateId>, EraseError> {
        let mut records = vec![AggregateId::new(AggregateKind::Case, case)];
        records.extend(order.alone.all());
        let listed_at = order.listed_at.unwrap_or(sequence);
        let last = self.log.head().await?.sequence.min(sequence + IN_FLIGHT);
        for between in listed_at + 1..=last {
            let Some(raw) = self.log.event_at(between).await? else { continue };
            let Ok(event) = raw.decode(&mut KnownAt::default()) else { continue };
            let (aggregate, concerns) = (event.meta.aggregate, event.meta.concerns);
            let other = aggregate.kind != AggregateKind::Escalation && !records.contains(&aggregate);
            if other
                && concerns.cases.contains(&CaseId(case))
                && alone(&self.log, &concerns, CaseId(case)).await?
            {
                records.push(aggregate);
            }
        }
        Ok(records)
    }

    /// Destroys every key of a record but the last: every text that stays is sealed under that one.
    async fn redact(&mut self, record: AggregateId) -> Result<(), EraseError> {
        let mut keys = self.keys(record).await?;
        keys.pop();
        self.to_press = true;
        self.log.vault().destroy(&keys).await?;
        self.log.drop_snapshots(&[record]).await?;
        Ok(())
    }

    /// The ids of every key that the record has or had, the one in use last.
    async fn keys(&self, record: AggregateId) -> Result<Vec<Uuid>, EraseError> {
        let id = record.id;
        Ok(match record.kind {
            AggregateKind::Signal => self.log.load::<Signal>(id).await?.state.redactions.keys(id),
            AggregateKind::Discussion => self.log.load::<Discussion>(id).await?.state.redactions.keys(id),
            AggregateKind::Incident => self.log.load::<Incident>(id).await?.state.redactions.keys(id),
            AggregateKind::Escalation => self.log.load::<Escalation>(id).await?.state.redactions.keys(id),
            _ => vec![id],
        })
    }
}
