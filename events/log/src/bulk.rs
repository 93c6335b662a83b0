//! Carrying out many commands fast: imports, simulation, migration.
//!
//! Events go in as atomic batches, several on their way at the same time, in the order in which they were pushed. The next
//! events of an aggregate are decided on those that are still on their way. When a batch is refused, because somebody
//! else wrote to one of its aggregates or it was imported before, its commands are carried out one by one, so that the
//! outcome of each is known.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;

use futures::StreamExt;
use nabij_model::{AggregateId, Decider};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::append::Append;
use crate::error::{AppendError, ExecuteError, LogError, LogErrorKind};
use crate::execute::is_final;
use crate::log::Log;
use crate::publish::{MAX_BATCH, Turn};
use crate::step::{CommandStep, Held, Led, Step};
use crate::submission::{Accepted, Submission};
use crate::vault::Unwritten;

/// Batches that are on their way at the same time.
const ON_THEIR_WAY: usize = 4;
/// Commands that are carried out one by one at the same time, after their batch was refused.
const ONE_BY_ONE: usize = 64;

/// What became of one command.
#[derive(Debug)]
pub struct Outcome {
    /// How many commands were pushed before it.
    pub index: u64,
    /// On which aggregate.
    pub aggregate: AggregateId,
    /// Whether it was carried out.
    pub result: Result<Accepted, ExecuteError>,
}

/// Many commands, carried out fast. Nothing is lost when it is dropped but the outcomes of what is still on its way.
#[must_use = "commands are only certain after `finish`"]
pub struct Bulk {
    log: Log,
    live: HashMap<AggregateId, Live>,
    batch: Batch,
    on_their_way: VecDeque<Flight>,
    outcomes: Vec<Outcome>,
    unwritten: Unwritten,
    turn: Turn,
    pushed: u64,
}

/// An aggregate with events that are not acknowledged yet.
struct Live {
    root: Box<dyn Held>,
    /// The batch with its last events.
    batch: u64,
}

/// A command whose events are in a batch.
struct Item {
    index: u64,
    step: Box<dyn Step>,
}

/// Events that are collected, one append for each item.
#[derive(Default)]
struct Batch {
    number: u64,
    items: Vec<Item>,
    appends: Vec<Append>,
    events: usize,
    /// The last batch that must have landed before this one can say what it expects.
    after: Option<u64>,
}

/// A batch on its way.
struct Flight {
    number: u64,
    items: Vec<Item>,
    task: JoinHandle<Result<Option<Vec<u64>>, LogError>>,
}

impl Log {
    /// Starts a bulk load.
    pub fn bulk(&self) -> Bulk {
        Bulk {
            log: self.clone(),
            live: HashMap::new(),
            batch: Batch::default(),
            on_their_way: VecDeque::new(),
            outcomes: Vec::new(),
            unwritten: Unwritten::default(),
            turn: Turn::default(),
            pushed: 0,
        }
    }
}

impl Bulk {
    /// Decides a command and collects its events; sends them with others when there are enough.
    ///
    /// # Errors
    /// Only when the log fails: what was pushed and has no outcome yet may be stored or not, so push it again under the
    /// same idempotency keys later. What becomes of the command itself is an [`Outcome`].
    pub async fn push<A: Decider>(
        &mut self,
        id: Uuid,
        command: A::Command,
        submission: Submission,
    ) -> Result<(), LogError>
    where
        A::Command: Sync,
    {
        let index = self.pushed;
        self.pushed += 1;
        self.take(Item { index, step: Box::new(CommandStep::<A> { id, command, submission }) }).await
    }

    /// The outcomes that are known by now, in no particular order; each is given once.
    pub fn outcomes(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.outcomes)
    }

    /// Sends what is left and waits for everything; gives the outcomes that were not given yet, in the order of pushing.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub async fn finish(mut self) -> Result<Vec<Outcome>, LogError> {
        self.settle_all().await?;
        self.outcomes.sort_by_key(|outcome| outcome.index);
        Ok(self.outcomes)
    }

    async fn take(&mut self, item: Item) -> Result<(), LogError> {
        let aggregate = item.step.aggregate();
        let remembered;
        let root = match self.live.get(&aggregate) {
            Some(live) => live.root.as_ref(),
            None => {
                remembered = item.step.remembered(&self.log);
                remembered.as_ref()
            }
        };
        match item.step.decide(&self.log, root, &mut self.unwritten).await {
            Ok(Led::ToEvents(append, _)) if append.len() > MAX_BATCH => {
                let what = format!("{} events, at most {MAX_BATCH} go in at once", append.len());
                self.outcome(&item, Err(ExecuteError::Unstorable(what)));
            }
            Ok(Led::ToEvents(append, next)) => self.collect(item, append, next).await?,
            Ok(Led::Nowhere(accepted)) if accepted.replayed && !self.live.contains_key(&aggregate) => {
                self.outcome(&item, Ok(accepted))
            }
            Err(error) if is_final(&error) => self.failed(&item, error)?,
            // It may look otherwise once everything before it is stored and read again.
            Ok(Led::Nowhere(_)) | Err(_) => {
                self.settle_all().await?;
                let result = item.step.execute(&self.log).await;
                self.result(&item, result)?;
            }
        }
        Ok(())
    }

    async fn collect(&mut self, item: Item, mut append: Append, next: Box<dyn Held>) -> Result<(), LogError> {
        if self.batch.events + append.len() > MAX_BATCH {
            // A refused batch undoes what this command was decided on.
            if !self.send().await? {
                return Box::pin(self.take(item)).await;
            }
        }
        let aggregate = item.step.aggregate();
        let batch = self.batch.number;
        match self.live.insert(aggregate, Live { root: next, batch }) {
            Some(before) if before.batch == batch => append.follow(),
            Some(before) => self.batch.after = self.batch.after.max(Some(before.batch)),
            None => {}
        }
        self.batch.events += append.len();
        self.batch.appends.push(append);
        self.batch.items.push(item);
        Ok(())
    }

    /// Sends the collected events; `false` when an earlier batch was refused, after everything was carried out one by one.
    async fn send(&mut self) -> Result<bool, LogError> {
        let must_land = |front: &Flight, batch: &Batch| Some(front.number) <= batch.after;
        while self.on_their_way.len() >= ON_THEIR_WAY
            || self.on_their_way.front().is_some_and(|front| must_land(front, &self.batch))
        {
            if !self.land().await? {
                return Ok(false);
            }
        }
        let number = self.batch.number;
        let Batch { items, mut appends, .. } =
            std::mem::replace(&mut self.batch, Batch { number: number + 1, ..Batch::default() });
        if items.is_empty() {
            return Ok(true);
        }
        for append in &mut appends {
            if let Some(live) = self.live.get(&append.aggregate()) {
                append.expect(live.root.version());
            }
        }
        let next = self.turn.next();
        let turn = std::mem::replace(&mut self.turn, next);
        let (log, mut keys) = (self.log.clone(), self.unwritten.hand_over());
        let task = tokio::spawn(async move {
            if !log.vault().write(&mut keys).await? {
                return Ok(None);
            }
            match log.append_in_turn(appends, Some(turn)).await {
                Ok(sequences) => Ok(Some(sequences)),
                Err(AppendError::Conflict { .. } | AppendError::TooLarge(_)) => Ok(None),
                Err(AppendError::Log(error) | AppendError::Unknown(error)) => Err(error),
                Err(AppendError::NotSealed(what)) => Err(LogError::new(LogErrorKind::Damaged, what)),
            }
        });
        self.on_their_way.push_back(Flight { number, items, task });
        Ok(true)
    }

    /// Waits for the batch that was sent first; `false` when it was refused and everything was carried out one by one.
    async fn land(&mut self) -> Result<bool, LogError> {
        let Some(flight) = self.on_their_way.pop_front() else { return Ok(true) };
        match self.landed(flight).await? {
            None => Ok(true),
            Some(refused) => {
                self.one_by_one(refused).await?;
                Ok(false)
            }
        }
    }

    /// Gives the items back when their batch was refused.
    async fn landed(&mut self, flight: Flight) -> Result<Option<Vec<Item>>, LogError> {
        let Flight { number, items, task } = flight;
        let ended = task.await.map_err(|error| LogError::unavailable("sending a batch", error))?;
        let Some(sequences) = ended? else { return Ok(Some(items)) };
        for (item, sequence) in items.iter().zip(sequences) {
            let (aggregate, command) = (item.step.aggregate(), item.step.submission().command);
            if let Some(live) = self.live.get_mut(&aggregate) {
                live.root.settled(command, sequence);
            }
            let accepted = Accepted { id: aggregate.id, sequence, version: sequence, replayed: false };
            self.outcome(item, Ok(accepted));
        }
        for item in &items {
            let aggregate = item.step.aggregate();
            if self.live.get(&aggregate).is_some_and(|live| live.batch == number)
                && let Some(live) = self.live.remove(&aggregate)
            {
                live.root.keep(&self.log, aggregate, 1);
            }
            self.unwritten.forget(aggregate.id);
        }
        Ok(None)
    }

    /// Carries out alone what was refused together, and what was decided on top of it.
    async fn one_by_one(&mut self, mut refused: Vec<Item>) -> Result<(), LogError> {
        while let Some(flight) = self.on_their_way.pop_front() {
            refused.extend(self.landed(flight).await?.into_iter().flatten());
        }
        let number = self.batch.number + 1;
        refused.extend(std::mem::replace(&mut self.batch, Batch { number, ..Batch::default() }).items);
        self.live.clear();
        self.unwritten = Unwritten::default();
        let mut by_aggregate: BTreeMap<AggregateId, Vec<Item>> = BTreeMap::new();
        for item in refused {
            by_aggregate.entry(item.step.aggregate()).or_default().push(item);
        }
        let log = self.log.clone();
        let mut done = futures::stream::iter(by_aggregate.into_values())
            .map(|items| {
                let log = log.clone();
                async move {
                    let mut results = Vec::with_capacity(items.len());
                    for item in items {
                        let result = item.step.execute(&log).await;
                        results.push((item, result));
                    }
                    results
                }
            })
            .buffer_unordered(ONE_BY_ONE);
        while let Some(results) = done.next().await {
            for (item, result) in results {
                self.result(&item, result)?;
            }
        }
        Ok(())
    }

    async fn settle_all(&mut self) -> Result<(), LogError> {
        self.send().await?;
        while !self.on_their_way.is_empty() {
            self.land().await?;
        }
        Ok(())
    }

    fn result(&mut self, item: &Item, result: Result<Accepted, ExecuteError>) -> Result<(), LogError> {
        match result {
            Ok(accepted) => self.outcome(item, Ok(accepted)),
            Err(error) => self.failed(item, error)?,
        }
        Ok(())
    }

    /// A failure of the log ends the bulk load; any other is the command's own.
    fn failed(&mut self, item: &Item, error: ExecuteError) -> Result<(), LogError> {
        match error {
            ExecuteError::Unavailable(error) | ExecuteError::Log(error) => Err(error),
            error => {
                self.outcome(item, Err(error));
                Ok(())
            }
        }
    }

    fn outcome(&mut self, item: &Item, result: Result<Accepted, ExecuteError>) {
        self.outcomes.push(Outcome { index: item.index, aggregate: item.step.aggregate(), result });
    }
}

impl fmt::Debug for Bulk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bulk({} pushed, {} batches on their way)", self.pushed, self.on_their_way.len())
    }
}
