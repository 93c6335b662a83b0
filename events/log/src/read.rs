//! Reading the log from a sequence on, gap-free, then live for ever.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use futures::{Stream, StreamExt};
use nabij_model::EventId;

use crate::error::{LogError, LogErrorKind};
use crate::log::Log;
use crate::raw::Raw;

/// Messages that the server sends ahead.
const AHEAD: usize = 5_000;
/// The same for whoever reads some subjects only, of whom there may be many at a time, and slow ones.
const AHEAD_OF_SOME: usize = 200;
/// The server says this often that it is there; two missed mean that it is not.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long one request for messages stands.
const EXPIRES: Duration = Duration::from_secs(30);
/// The server forgets a reader that is silent for this long.
const INACTIVE: Duration = Duration::from_secs(60);
/// Pause before a reader starts again after trouble.
const PAUSE: Duration = Duration::from_millis(250);

/// One reader of a stream: where it stands, and the messages that are on their way to it.
struct Reader {
    log: Log,
    stream: String,
    /// Only these subjects; then sequences jump, and a gap cannot be seen.
    only: Option<String>,
    next: u64,
    last: Option<EventId>,
    messages: Option<Messages>,
    /// The connection that they come on. What was on its way when one broke counts as read to the server, so that the next one begins
    /// where this reader stands.
    connection: u64,
    ended: bool,
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
            messages: None,
            connection: 0,
            ended: false,
        };
        reader.open().await?;
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
                    self.messages = None;
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
        let messages = match &mut self.messages {
            Some(messages) => messages,
            None => self.open().await?,
        };
        let broken = |source| LogError::unavailable("reading the log", source);
        let message = match messages.next().await {
            Some(message) => {
                message.map_err(|error| broken(Box::<dyn std::error::Error + Send + Sync>::from(error)))?
            }
            None => return Err(broken("the reader was ended".into())),
        };
        if self.connection != connection(&self.log) {
            return Err(broken("the connection was lost".into()));
        }
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

    /// Starts at `next`, after a look whether the log still holds what was read before.
    async fn open(&mut self) -> Result<&mut Messages, LogError> {
        self.connection = connection(&self.log);
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
        let messages = consumer
            .stream()
            .max_messages_per_batch(if self.only.is_some() { AHEAD_OF_SOME } else { AHEAD })
            .heartbeat(HEARTBEAT)
            .expires(EXPIRES)
            .messages()
            .await
            .map_err(|error| failed(Box::new(error)))?;
        Ok(self.messages.insert(messages))
    }
}

/// Which of its connections this process has now.
fn connection(log: &Log) -> u64 {
    log.client().statistics().connects.load(Ordering::Relaxed)
}

fn gap(first: u64, last: u64) -> LogError {
    LogError::new(
        LogErrorKind::Gap { first, last },
        format!("the log has a gap: sequences {first} to {last} are missing"),
    )
}
