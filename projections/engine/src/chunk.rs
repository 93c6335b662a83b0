//! One chunk of a bulk load: decoded, applied, copied and committed by a task with its own connection.

use std::sync::Arc;

use deadpool_postgres::ClientWrapper;
use jiff::Timestamp;
use nabij_log::{Log, Raw};
use tokio::sync::oneshot;

use crate::bulk::{Bulk, Place, Target};
use crate::control;
use crate::delivery::Delivery;
use crate::erased::Erased;
use crate::error::{EngineError, blames_the_row, detail};
use crate::lane::TableStatements;
use crate::reading;
use crate::rows::Rows;
use crate::write;

/// Events that go in together, each with the time at which the network knew it.
pub(crate) struct Chunk {
    pub(crate) raws: Vec<(Raw, Timestamp)>,
    /// Where the log stands after them.
    pub(crate) place: Place,
    /// Comes when the chunk before is committed, with where it ended.
    pub(crate) before: oneshot::Receiver<u64>,
    /// Tells the chunk after.
    pub(crate) after: oneshot::Sender<u64>,
}

/// A connection with its prepared statements.
pub(crate) struct Worker {
    client: ClientWrapper,
    log: Log,
    erased: Arc<Erased>,
    fillings: Vec<Filling>,
}

/// A target with its buffers, which are used again chunk after chunk: growing them anew costs more than filling them.
struct Filling {
    target: Target,
    statements: Vec<TableStatements>,
    rows: Rows,
}

impl Worker {
    pub(crate) async fn new(bulk: &Bulk<'_>) -> Result<Self, EngineError> {
        let client = control::own_connection(bulk.pool).await?;
        let mut fillings = Vec::new();
        for target in bulk.targets {
            fillings.push(Filling {
                statements: TableStatements::prepare(&client, &*target.projection, &target.schema).await?,
                rows: Rows::new(target.projection.tables()),
                target: target.clone(),
            });
        }
        Ok(Self { client, log: bulk.log.clone(), erased: Arc::clone(bulk.erased), fillings })
    }

    /// Takes one chunk in; gives the place that is reached with it.
    ///
    /// A turn that never comes means that the chunk before failed: its own error is the one that counts.
    pub(crate) async fn run(mut self, chunk: Chunk) -> Result<(Self, Place), EngineError> {
        reading::prefetch(&self.log, chunk.raws.iter().map(|(raw, _)| raw)).await?;
        for (raw, known_at) in &chunk.raws {
            let delivery = reading::decode(&self.log, raw, *known_at, &self.erased).await?;
            for filling in &mut self.fillings {
                apply(&filling.target, &delivery, &mut filling.rows)?;
            }
        }
        self.client.batch_execute("BEGIN").await?;
        for filling in &mut self.fillings {
            if let Err(error) = write::copy(&self.client, &filling.statements, &mut filling.rows).await {
                return Err(self.blame(&chunk.raws, error).await);
            }
        }
        let before = chunk.before.await.map_err(|_| EngineError::Aborted)?;
        self.note(before, chunk.place).await?;
        chunk.after.send(chunk.place.sequence).ok();
        Ok((self, chunk.place))
    }

    /// Notes the progress and commits.
    async fn note(&self, from: u64, to: Place) -> Result<(), EngineError> {
        for Filling { target, .. } in &self.fillings {
            let moved = self
                .client
                .execute(
                    "UPDATE nabij.rebuild SET sequence = $1, event_hash = $2, known_at = $3
                     WHERE schema = $4 AND projection = $5 AND sequence = $6",
                    &[
                        &(to.sequence as i64),
                        &to.hash_bytes(),
                        &to.known_at(),
                        &target.schema,
                        &target.projection.name(),
                        &(from as i64),
                    ],
                )
                .await?;
            if moved != 1 {
                return Err(EngineError::Fenced);
            }
        }
        self.client.batch_execute("COMMIT").await?;
        Ok(())
    }

    /// PostgreSQL refused a chunk's rows: finds the event to blame by trying each alone.
    async fn blame(&self, raws: &[(Raw, Timestamp)], error: tokio_postgres::Error) -> EngineError {
        if !blames_the_row(&error) {
            return error.into();
        }
        for (raw, known_at) in raws {
            let delivery = match reading::decode(&self.log, raw, *known_at, &self.erased).await {
                Ok(delivery) => delivery,
                Err(error) => return error,
            };
            for Filling { target, statements, .. } in &self.fillings {
                let mut rows = Rows::new(target.projection.tables());
                if let Err(error) = apply(target, &delivery, &mut rows) {
                    return error;
                }
                let tried = match self.client.batch_execute("ROLLBACK; BEGIN").await {
                    Ok(()) => write::copy(&self.client, statements, &mut rows).await,
                    Err(error) => Err(error),
                };
                match tried {
                    Ok(()) => {}
                    Err(error) if blames_the_row(&error) => {
                        return dead_letter(target, &delivery, detail(&error));
                    }
                    Err(error) => return error.into(),
                }
            }
        }
        error.into()
    }
}

/// The rows of one event, or the error that stops a load.
pub(crate) fn apply(target: &Target, delivery: &Delivery, rows: &mut Rows) -> Result<(), EngineError> {
    match delivery {
        Delivery::Unreadable(event) => Err(dead_letter(target, delivery, event.error.clone())),
        Delivery::Event(event) => target
            .projection
            .apply(event, rows)
            .map_err(|error| dead_letter(target, delivery, error.to_string())),
        Delivery::Forgotten(event) => target
            .projection
            .forgotten(event, rows)
            .map_err(|error| dead_letter(target, delivery, error.to_string())),
    }
}

fn dead_letter(target: &Target, delivery: &Delivery, error: String) -> EngineError {
    EngineError::DeadLetter {
        projection: target.projection.name().to_owned(),
        sequence: delivery.sequence(),
        event_type: delivery.event_type(),
        aggregate: delivery.aggregate().to_string(),
        error,
    }
}
