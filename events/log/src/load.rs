//! Loading: what this process knows already, else a snapshot, and the tail of the subject. Never a whole long subject.

use std::sync::Arc;

use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use nabij_model::event::decode_one;
use nabij_model::recorded::CommandRef;
use nabij_model::{AggregateId, Decider, EventHash, Fact, Root};
use uuid::Uuid;

use crate::envelope;
use crate::error::{LogError, LogErrorKind};
use crate::leader;
use crate::log::Log;
use crate::raw::{DecodeError, Raw};

/// Aggregates that are asked for at once.
const AT_ONCE: usize = 64;

/// How certain a load must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// Any copy of the stream: fast, and may be a moment behind.
    AnyCopy,
    /// The leader: sees everything that was acknowledged.
    Leader,
}

/// An event of one aggregate with what a root takes in.
pub(crate) struct Taken<E> {
    pub(crate) fact: Fact<E>,
    pub(crate) sequence: u64,
    pub(crate) hash: EventHash,
    pub(crate) previous: Option<EventHash>,
    pub(crate) command: Option<CommandRef>,
}

impl Log {
    /// The aggregate as the log has it, profile fields open, shared with what this process knows already. One that has no event is an empty
    /// root.
    ///
    /// Straight after a write by another process it may be a moment behind; [`execute`](Self::execute) is not.
    ///
    /// # Errors
    /// `Unavailable`, or `Damaged` when an event does not decode or does not follow the one before it.
    pub async fn load<A: Decider>(&self, id: Uuid) -> Result<Arc<Root<A>>, LogError> {
        self.root::<A>(AggregateId::new(A::KIND, id), Via::AnyCopy).await
    }

    /// Several of one kind, in the order of `ids`: all are asked for before the first answer is waited for.
    ///
    /// # Errors
    /// As [`load`](Self::load), of the first that cannot be loaded.
    pub async fn load_all<A: Decider>(
        &self,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<Arc<Root<A>>>, LogError> {
        let loads: Vec<_> = ids.into_iter().map(|id| self.load::<A>(id)).collect();
        stream::iter(loads).buffered(AT_ONCE).try_collect().await
    }

    /// The aggregate as this process knows it already, without asking anybody, else as [`load`](Self::load) finds it: to tell what a
    /// decision will need, never to decide on.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn recall<A: Decider>(&self, id: Uuid) -> Result<Arc<Root<A>>, LogError> {
        match self.roots().get::<A>(AggregateId::new(A::KIND, id)) {
            Some(known) => Ok(known),
            None => self.load::<A>(id).await,
        }
    }

    /// The same, as certain as `via` says.
    pub(crate) async fn root<A: Decider>(
        &self,
        aggregate: AggregateId,
        via: Via,
    ) -> Result<Arc<Root<A>>, LogError> {
        let (mut root, mut read) = match self.roots().get::<A>(aggregate) {
            Some(known) => {
                let tail = match via {
                    Via::AnyCopy => self.direct().since(&self.subject(aggregate), known.version).await?,
                    Via::Leader => self.leader_tail(aggregate, known.version).boxed().await?,
                };
                (known, self.taken::<A>(&tail).await?)
            }
            // On the heap, like all that is rarely waited for: in its place it would make every call of the log three times as large, and
            // each is copied where it is waited for.
            None => (Arc::new(self.cold::<A>(aggregate).boxed().await?), Vec::new()),
        };
        // A cold read came from any copy; in a cluster the leader may know more.
        if via == Via::Leader && read.is_empty() {
            let known = root.version.max(read.last().map_or(0, |taken| taken.sequence));
            read = self.taken::<A>(&self.leader_tail(aggregate, known).boxed().await?).await?;
        }
        let events = u32::try_from(read.len()).unwrap_or(u32::MAX);
        if !read.is_empty() {
            let grown = Arc::make_mut(&mut root);
            for taken in read {
                take(grown, aggregate, taken)?;
            }
        }
        if root.exists() {
            self.keep(aggregate, root.clone(), events);
        }
        Ok(root)
    }

    /// Keeps a root in this process, and writes a snapshot behind when enough happened since the last one.
    pub(crate) fn keep<A: Decider>(&self, aggregate: AggregateId, root: Arc<Root<A>>, events: u32) {
        let since = self.roots().keep(aggregate, root.clone(), events);
        if since >= self.config().snapshot_every {
            self.roots().snapshotted(aggregate);
            self.write_snapshot_behind(aggregate, root);
        }
    }

    /// Snapshot and tail. A snapshot counts only if the log still holds the very event that it ends with.
    async fn cold<A: Decider>(&self, aggregate: AggregateId) -> Result<Root<A>, LogError> {
        let subject = self.subject(aggregate);
        if let Some(snapshot) = self.snapshot::<A>(aggregate).await? {
            let tail = self.direct().tail(&subject, snapshot.version).await?;
            let mut taken = self.taken::<A>(&tail).await?.into_iter();
            let follows = taken
                .next()
                .is_some_and(|last| last.sequence == snapshot.version && Some(last.hash) == snapshot.hash);
            if follows {
                let mut root = snapshot;
                return taken.try_for_each(|taken| take(&mut root, aggregate, taken)).map(|()| root);
            }
        }
        let mut root = Root::default();
        let all = self.direct().tail(&subject, 1).await?;
        for taken in self.taken::<A>(&all).await? {
            take(&mut root, aggregate, taken)?;
        }
        if all.len() >= self.config().snapshot_every as usize {
            self.write_snapshot_behind(aggregate, Arc::new(root.clone()));
        }
        Ok(root)
    }

    /// What the leader has of an aggregate behind `known`.
    async fn leader_tail(&self, aggregate: AggregateId, known: u64) -> Result<Vec<Raw>, LogError> {
        // A single copy is its own leader.
        if self.config().replicas == 1 {
            return self.direct().since(&self.subject(aggregate), known).await;
        }
        let stream = self.stream(&self.config().stream).await?;
        leader::tail(&stream, &self.subject(aggregate), known + 1).await
    }

    /// Decodes events of one aggregate, profile fields open.
    pub(crate) async fn taken<A: Decider>(&self, raws: &[Raw]) -> Result<Vec<Taken<A::Event>>, LogError> {
        let mut all = Vec::with_capacity(raws.len());
        for raw in raws {
            let body = self.vault().open_profile(&raw.body).boxed().await?;
            all.push(decode::<A>(raw, &body).map_err(|error| undecodable(raw, error))?);
        }
        Ok(all)
    }
}

fn decode<A: Decider>(raw: &Raw, body: &[u8]) -> Result<Taken<A::Event>, DecodeError> {
    let event = decode_one(raw.event_type()?, body)?;
    let meta = envelope::Brief::of(&raw.headers)?;
    Ok(Taken {
        fact: Fact { at: meta.recorded_at, by: meta.actor.subject, role: meta.actor.role, event },
        sequence: raw.sequence,
        hash: raw.event_hash(),
        previous: meta.previous,
        command: meta.command,
    })
}

/// Takes an event into a root if it is the one that follows.
fn take<A: Decider>(
    root: &mut Root<A>,
    aggregate: AggregateId,
    taken: Taken<A::Event>,
) -> Result<(), LogError> {
    if taken.previous != root.hash {
        return Err(LogError::new(
            LogErrorKind::Damaged,
            format!(
                "the event at sequence {} does not follow sequence {} of {aggregate}: run `nabij verify`",
                taken.sequence, root.version
            ),
        ));
    }
    root.take(&taken.fact, taken.sequence, taken.hash, taken.command);
    Ok(())
}

pub(crate) fn undecodable(raw: &Raw, error: DecodeError) -> LogError {
    LogError::because(
        LogErrorKind::Damaged,
        format!("the event at sequence {} on {} cannot be read", raw.sequence, raw.subject),
        error,
    )
}
