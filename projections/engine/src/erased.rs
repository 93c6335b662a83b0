//! Who is erased, and what that leaves of an event.
//!
//! What a row says is a function of its event and of who is erased, and of nothing else. So live, rebuilt and replayed tables
//! agree: a load knows all erasures before it begins, and a live writer writes anew what it wrote of a person as soon as
//! it reads that they are erased.

use std::collections::{HashMap, HashSet};

use nabij_log::{KnownAt, Log, Raw};
use nabij_model::case::{CaseEvent, Erased as Order};
use nabij_model::{AggregateId, AggregateKind, CaseId, Concerns, Event, Recorded};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::error::EngineError;

/// One person who is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gone {
    pub(crate) case: Uuid,
    /// Where the order stands.
    pub(crate) sequence: u64,
    listed_at: u64,
    alone: Vec<Uuid>,
}

/// What is left of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// All of it.
    All,
    /// What it says about others.
    Others,
    /// It was about erased persons alone.
    Nothing,
}

/// Everybody who is erased.
#[derive(Debug, Clone, Default)]
pub(crate) struct Erased {
    cases: HashMap<Uuid, Gone>,
    alone: HashSet<Uuid>,
}

impl Gone {
    /// The person whom this event erases.
    pub(crate) fn by(event: &Recorded) -> Option<Self> {
        let Event::Case(CaseEvent::Erased(order)) = &event.event else { return None };
        Some(Self::new(event.meta.aggregate.id, event.sequence, order))
    }

    fn new(case: Uuid, sequence: u64, order: &Order) -> Self {
        let alone = order.alone.all().into_iter().map(|record| record.id).collect();
        Self { case, sequence, listed_at: order.listed_at.unwrap_or(0), alone }
    }

    /// The case, and the records about this person alone.
    pub(crate) fn records(&self) -> impl Iterator<Item = Uuid> + '_ {
        std::iter::once(self.case).chain(self.alone.iter().copied())
    }
}

impl Erased {
    /// As far as this database knows.
    pub(crate) async fn load(client: &impl GenericClient) -> Result<Self, EngineError> {
        let rows = client.query("SELECT case_id, sequence, listed_at, alone FROM nabij.erased", &[]).await?;
        let mut erased = Self::default();
        for row in rows {
            erased.add(Gone {
                case: row.get(0),
                sequence: row.get::<_, i64>(1).cast_unsigned(),
                listed_at: row.get::<_, i64>(2).cast_unsigned(),
                alone: row.get(3),
            });
        }
        Ok(erased)
    }

    /// Everybody whom the log names now.
    pub(crate) async fn of_log(log: &Log) -> Result<Self, EngineError> {
        let mut erased = Self::default();
        for raw in log.erasures().await? {
            // An order that this binary cannot read is parked, or stops a load, when its turn comes.
            if let Ok(event) = raw.decode(&mut KnownAt::default())
                && let Some(gone) = Gone::by(&event)
            {
                erased.add(gone);
            }
        }
        Ok(erased)
    }

    pub(crate) fn add(&mut self, gone: Gone) {
        self.alone.extend(gone.alone.iter().copied());
        self.cases.insert(gone.case, gone);
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Gone> {
        self.cases.values()
    }

    pub(crate) fn contains(&self, case: CaseId) -> bool {
        self.cases.contains_key(&case.0)
    }

    /// Notes one in the database.
    pub(crate) async fn store(client: &impl GenericClient, gone: &Gone) -> Result<(), tokio_postgres::Error> {
        client
            .execute(
                "INSERT INTO nabij.erased VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                &[&gone.case, &gone.sequence.cast_signed(), &gone.listed_at.cast_signed(), &gone.alone],
            )
            .await
            .map(drop)
    }

    /// What is left of an event of `aggregate`, which names these cases: most often nobody is erased, and they are not asked for.
    pub(crate) fn leave(
        &self,
        raw: &Raw,
        aggregate: AggregateId,
        concerns: impl FnOnce() -> Concerns,
    ) -> Left {
        if self.cases.is_empty() {
            return Left::All;
        }
        let concerns = concerns();
        if aggregate.kind == AggregateKind::Case
            && let Some(gone) = self.cases.get(&aggregate.id)
        {
            // The order itself, and that it was carried out, say nothing of the person.
            return if raw.sequence >= gone.sequence { Left::All } else { Left::Nothing };
        }
        if self.alone.contains(&aggregate.id) {
            return Left::Nothing;
        }
        let gone: Vec<&Gone> = concerns.cases.iter().filter_map(|case| self.cases.get(&case.0)).collect();
        if gone.is_empty() {
            return Left::All;
        }
        if gone.len() < concerns.cases.len() {
            return Left::Others;
        }
        // Written between the list and the order, so that the list could not name it.
        let unlisted = |gone: &&Gone| (gone.listed_at + 1..gone.sequence).contains(&raw.sequence);
        // A referral is never about anybody else, and names its case outside any list. What is for the safeguarding person alone stays.
        let goes = !concerns.confidential && gone.iter().all(unlisted);
        if aggregate.kind == AggregateKind::Referral || goes { Left::Nothing } else { Left::Others }
    }
}
