//! Reading the log from a sequence on, gap-free, then live for ever.
//!
//! A reader asks for everything that is there, and waits for a single message only when there is nothing: who is slower than those who
//! write, or gathers on purpose, gets many messages in one go, and neither the servers nor this process wake up for each.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::{Batch, Config};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use futures::{Stream, StreamExt};
use nabij_model::EventId;
use tokio::time::{interval, timeout};

use crate::error::{LogError, LogErrorKind};
use crate::log::Log;
use crate::raw::Raw;

/// Messages of one request: as many as a projector commits at once.
const AT_ONCE: usize = 4_096;
/// The same for whoever reads some subjects only, of whom there may be many at a time, and slow ones.
const AT_ONCE_OF_SOME: usize = 200;
/// How long one request for the next message stands.
const EXPIRES: Duration = Duration::from_secs(5);
/// How often who waits looks whether the connection is still the one that the request went out on.
const LOOK: Duration = Duration::from_millis(500);
/// The server forgets a reader that is silent for this long.
const INACTIVE: Duration = Duration::from_secs(60);
/// Pause before a reader starts again after trouble.
const PAUSE: Duration = Duration::from_millis(250);

/// One reader of a stream: where it stands, and the messages that came and were not taken yet.
struct Reader {
    log: Log,
    stream: String,
    /// Only these subjects; then sequences jump, and a gap cannot be seen.
    only: Option<String>,
    next: u64,
    last: Option<EventId>,
    source: Option<Source>,
    here: VecDeque<Message>,
    ended: bool,
}

/// Where messages come from: a place in the stream that the server keeps, for one connection. What was sent on a connection that broke
/// counts as read to the server, so that each connection needs its own.
struct Source {
    consumer: PullConsumer,
    /// Which connection of this process it is.
    connection: u64,
    /// What was asked for ahead, by a reader that is far behind.
    coming: Option<Batch>,
}

impl Log {
    /// Every event from sequence `from` (at least 1) on, in order, without a gap, and then every new one as it comes.
    ///
    /// It outlives lost connections and never ends by itself. After an error it ends: `Gap` names the missing sequences
    /// (go on by reading from behind them), `Rewound` says that the log no longer holds what was read before, `Settings`
    /// that the stream is gone.
    ///
    /// # Errors
    /// `Unavailable` when it cannot start, `Rewound` when the log ends before `from - 1`.
    pub async fn read(
        &self,
        from: u64,
    ) -> Result<impl Stream<Item = Result<Raw, LogError>> + Send + use<>, LogError> {
        self.read_stream(self.config().stream.clone(), None, from).await
    }

    /// The same of another stream that is only ever appended to, or of the subjects `only`.
    pub(crate) async fn read_stream(
        &self,
        stream: String,
        only: Option<String>,
        from: u64,
    ) -> Result<impl Stream<Item = Result<Raw, LogError>> + Send + use<>, LogError> {
        let log = self.clone();
        let mut reader = Reader {
            log,
            stream,
            only,
            next: from.max(1),
            last: None,
            source: None,
            here: VecDeque::new(),
            ended: false,
        };
        reader.source = Some(reader.open().await?);
        Ok(futures::stream::unfold(reader, |mut reader| async move {
            let item = reader.item().await?;
            Some((item, reader))
        })
        .boxed())
    }
}

impl Reader {
    async fn item(&mut self) -> Option<Result<Raw, LogError>> {
        while !self.ended {
            match self.step().await {
                Ok(Some(raw)) => return Some(Ok(raw)),
                Ok(None) => {}
                Err(error) if error.is_unavailable() => {
                    tracing::warn!(%error, next = self.next, "the reader of the log starts again");
                    self.source = None;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    /// The next event; `None` when what came was none.
    async fn step(&mut self) -> Result<Option<Raw>, LogError> {
        let Some(message) = self.here.pop_front() else {
            self.here = self.more().await?;
            return Ok(None);
        };
        let sequence = message.info().map_err(broken)?.stream_sequence;
        if sequence < self.next {
            return Ok(None);
        }
        if sequence > self.next && self.only.is_none() {
            return Err(gap(self.next, sequence - 1));
        }
        let message = message.message;
        let raw = Raw {
            sequence,
            subject: message.subject.into_string(),
            headers: message.headers.unwrap_or_default(),
            body: message.payload,
        };
        if self.only.is_none() && self.stream == self.log.config().stream {
            self.log.rolling().read(&raw);
        }
        self.last = raw.event_id().ok();
        self.next = sequence + 1;
        Ok(Some(raw))
    }

    /// What came since, none of it lost; nothing when nothing came for some seconds.
    async fn more(&mut self) -> Result<VecDeque<Message>, LogError> {
        if self.source.is_none() {
            self.source = Some(self.open().await?);
        }
        let at_once = if self.only.is_some() { AT_ONCE_OF_SOME } else { AT_ONCE };
        let (log, patience) = (&self.log, self.log.config().timeout);
        let Some(source) = &mut self.source else { return Ok(VecDeque::new()) };
        let batch = match source.coming.take() {
            Some(coming) => coming,
            None => source.ask(at_once).await?,
        };
        let all = timeout(patience, batch.collect::<Vec<_>>());
        let mut came = all.await.map_err(|_| broken("nobody answered".into()))?;
        if came.len() == at_once {
            // Far behind: the server sends on while these are worked on.
            source.coming = Some(source.ask(at_once).await?);
        }
        if came.is_empty() {
            came.extend(source.wait(log).await?);
        }
        if source.connection != connection(log) {
            return Err(broken("the connection was lost".into()));
        }
        came.into_iter().collect::<Result<_, _>>().map_err(broken)
    }

    /// Starts at `next`, after a look whether the log still holds what was read before.
    async fn open(&mut self) -> Result<Source, LogError> {
        self.here.clear();
        let connection = connection(&self.log);
        let head = self.log.head_of(&self.stream).await?;
        // Where a reader of some subjects begins is what somebody outside says: it proves nothing.
        let read_before = self.only.is_none() || self.last.is_some();
        if read_before && head.sequence + 1 < self.next {
            return Err(self.log.gate().rewound(&format!(
                "the log was rewound: it ends at sequence {}, and {} was read before; nothing more is written, restore a backup",
                head.sequence,
                self.next - 1
            )));
        }
        if self.only.is_none() && head.first > self.next {
            return Err(gap(self.next, head.first - 1));
        }
        if let Some(last) = self.last {
            let found =
                self.log.message_at(&self.stream, self.next - 1).await?.and_then(|raw| raw.event_id().ok());
            if found != Some(last) {
                return Err(self.log.gate().rewound(&format!(
                    "the log was rewound: it holds another event at sequence {} than was read before; nothing more is written, restore a backup",
                    self.next - 1
                )));
            }
        }
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            LogError::unavailable("starting a reader of the log", error)
        };
        let consumer: PullConsumer = self
            .log
            .stream(&self.stream)
            .await?
            .create_consumer(Config {
                filter_subject: self.only.clone().unwrap_or_default(),
                deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.next },
                ack_policy: AckPolicy::None,
                memory_storage: true,
                num_replicas: 1,
                inactive_threshold: INACTIVE,
                ..Config::default()
            })
            .await
            .map_err(|error| failed(Box::new(error)))?;
        Ok(Source { consumer, connection, coming: None })
    }
}

impl Source {
    /// Everything that there is, at most so much.
    async fn ask(&self, most: usize) -> Result<Batch, LogError> {
        let asked = self.consumer.fetch().max_messages(most).messages().await;
        asked.map_err(|error| broken(Box::new(error)))
    }

    /// The next message, as soon as it comes; none when none came for some seconds.
    async fn wait(&self, log: &Log) -> Result<Option<Result<Message, async_nats::Error>>, LogError> {
        let asked = self.consumer.batch().max_messages(1).expires(EXPIRES).messages().await;
        let mut batch = asked.map_err(|error| broken(Box::new(error)))?;
        let mut look = interval(LOOK);
        loop {
            tokio::select! {
                biased;
                came = batch.next() => return Ok(came),
                _ = look.tick() => {
                    if self.connection != connection(log) {
                        return Err(broken("the connection was lost".into()));
                    }
                }
            }
        }
    }
}

/// Which of its connections this process has now.
fn connection(log: &Log) -> u64 {
    log.client().statistics().connects.load(Ordering::Relaxed)
}

fn broken(source: async_nats::Error) -> LogError {
    LogError::unavailable("reading the log", source)
}

fn gap(first: u64, last: u64) -> LogError {
    LogError::new(
        LogErrorKind::Gap { first, last },
        format!("the log has a gap: sequences {first} to {last} are missing"),
    )
}
