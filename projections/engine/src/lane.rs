//! One projection inside a writer: where it stands, what it parks, its prepared statements.

use std::sync::Arc;

use deadpool_postgres::ClientWrapper;
use jiff::Timestamp;
use nabij_model::EventHash;
use tokio_postgres::Statement;

use crate::checkpoint;
use crate::control;
use crate::dead_letter::{self, DeadLetter};
use crate::delivery::Delivery;
use crate::error::EngineError;
use crate::parked::Parked;
use crate::projection::Projection;
use crate::rows::Rows;

/// One projection inside a writer.
pub(crate) struct Lane {
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) sequence: u64,
    pub(crate) hash: Option<EventHash>,
    pub(crate) known_at: Option<Timestamp>,
    pub(crate) generation: i64,
    pub(crate) statements: Vec<TableStatements>,
    parked: Parked,
}

/// How rows reach one table.
#[derive(Debug)]
pub(crate) struct TableStatements {
    pub(crate) insert: Statement,
    pub(crate) copy: Statement,
}

impl TableStatements {
    pub(crate) async fn prepare(
        client: &ClientWrapper,
        projection: &dyn Projection,
        schema: &str,
    ) -> Result<Vec<Self>, EngineError> {
        let mut statements = Vec::new();
        for table in projection.tables() {
            statements.push(Self {
                insert: client.prepare(&table.insert_statement(schema)).await?,
                copy: client.prepare(&table.copy_statement(schema)).await?,
            });
        }
        Ok(statements)
    }
}

/// What a batch adds to one projection.
pub(crate) struct Work {
    pub(crate) rows: Rows,
    pub(crate) letters: Vec<DeadLetter>,
}

impl Lane {
    /// Reads where the projection stands; creates its schema when there is none.
    pub(crate) async fn open(
        client: &mut ClientWrapper,
        projection: Arc<dyn Projection>,
    ) -> Result<Self, EngineError> {
        let (name, version) = (projection.name(), projection.version());
        let transaction = client.transaction().await?;
        let created = transaction
            .execute(
                "INSERT INTO nabij.checkpoint (projection, version) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                &[&name, &(version as i32)],
            )
            .await?;
        if created == 1 {
            control::create_live(&*transaction, &*projection).await?;
        }
        transaction.commit().await?;
        let found = checkpoint::read(&**client, Some((name, version))).await?;
        let Some(checkpoint) = found.into_iter().next() else {
            return Err(EngineError::NotFound(format!("{name} version {version} has no checkpoint")));
        };
        let parked = dead_letter::load_parked(&**client, name, version).await?;
        let statements = TableStatements::prepare(client, &*projection, &projection.schema()).await?;
        Ok(Self {
            sequence: checkpoint.sequence,
            hash: checkpoint.event_hash,
            known_at: checkpoint.known_at,
            generation: checkpoint.generation,
            parked,
            statements,
            projection,
        })
    }

    /// What these events add, or `None` when the projection has them all: a batch that comes twice changes nothing.
    pub(crate) fn work(&mut self, batch: &[Delivery]) -> Option<Work> {
        let first_new = batch.partition_point(|delivery| delivery.sequence() <= self.sequence);
        let batch = &batch[first_new..];
        if batch.is_empty() {
            return None;
        }
        let mut work = Work { rows: Rows::new(self.projection.tables()), letters: Vec::new() };
        for delivery in batch {
            if self.parked.holds(delivery) {
                self.parked.wait(delivery.aggregate());
                work.letters.push(DeadLetter::of(&*self.projection, delivery, None));
                continue;
            }
            let error = match delivery {
                Delivery::Unreadable(unreadable) => Some(unreadable.error.clone()),
                Delivery::Event(event) | Delivery::Forgotten(event) => {
                    let mark = work.rows.mark();
                    let applied = match delivery {
                        Delivery::Forgotten(_) => self.projection.forgotten(event, &mut work.rows),
                        _ => self.projection.apply(event, &mut work.rows),
                    };
                    applied.err().map(|error| {
                        work.rows.back_to(&mark);
                        error.to_string()
                    })
                }
            };
            if let Some(error) = error {
                work.letters.push(self.park(delivery, error));
            }
        }
        Some(work)
    }

    /// What is left of this one event when PostgreSQL refuses its rows: a dead letter.
    pub(crate) fn refused(&mut self, delivery: &Delivery, error: String) -> Work {
        let letter = self.park(delivery, error);
        Work { rows: Rows::new(self.projection.tables()), letters: vec![letter] }
    }

    fn park(&mut self, delivery: &Delivery, error: String) -> DeadLetter {
        tracing::error!(
            projection = self.projection.name(),
            sequence = delivery.sequence(),
            aggregate = %delivery.aggregate(),
            error,
            "event {} cannot be applied to {}: {} is parked with the cases that it names",
            delivery.sequence(),
            self.projection.name(),
            delivery.aggregate(),
        );
        self.parked.park(delivery.aggregate(), delivery.concerns().cases.iter().map(|case| case.0));
        DeadLetter::of(&*self.projection, delivery, Some(error))
    }
}
