//! Sending in order, and hearing what became of it.

use std::future::IntoFuture;

use async_nats::jetstream::context::PublishErrorKind;
use futures::FutureExt;

use super::{Bulk, Item, Sent, WINDOW, Waiting};
use crate::append::Append;
use crate::error::{AppendError, LogError};
use crate::submission::Accepted;

impl Bulk {
    pub(super) async fn send_next(&mut self) -> Result<(), LogError> {
        // The second event of an aggregate must name the sequence of the first.
        while let Some(front) = self.waiting.front() {
            if !self.live.get(&front.append.aggregate()).is_some_and(|live| live.sent) {
                break;
            }
            self.land().await?;
        }
        let Some(Waiting { item, mut append, keys }) = self.waiting.pop_front() else { return Ok(()) };
        if let Some(keys) = keys {
            let written = keys.await.map_err(|error| LogError::unavailable("writing keys", error))?;
            if !written? {
                self.alone(item);
                return Ok(());
            }
        }
        let Some(live) = self.live.get_mut(&append.aggregate()) else { return Ok(()) };
        append.expect(live.root.version());
        live.sent = true;
        let mut messages = append.messages();
        let (first, more) = (messages.next(), messages.next().is_some());
        drop(messages);
        match first {
            Some(message) if !more => {
                self.log.gate().pass(self.log.config().timeout).await?;
                let mark = self.log.gate().mark();
                let sent = self.context.publish_with_headers(message.subject, message.headers, message.body);
                match sent.await {
                    Ok(ack) => self.sent.push_back(Sent { item, append, mark, ack }),
                    Err(_) => self.resolve(item, append).await?,
                }
            }
            // Several events go in together, behind everything that is on its way.
            _ => {
                while !self.sent.is_empty() {
                    self.land().await?;
                }
                self.resolve(item, append).await?;
            }
        }
        // Half of them at once: to wake up for each answer costs more than to decide.
        if self.sent.len() >= WINDOW {
            while self.sent.len() > WINDOW / 2 {
                self.land().await?;
            }
        }
        Ok(())
    }

    /// Waits for the answer to what was sent first.
    pub(super) async fn land(&mut self) -> Result<(), LogError> {
        let Some(Sent { item, append, mark, ack }) = self.sent.pop_front() else { return Ok(()) };
        let ack = ack.into_future();
        let answer = if self.impatient { ack.now_or_never() } else { Some(ack.await) };
        match answer {
            Some(Ok(ack)) if !ack.duplicate => {
                if let Some(hash) = append.last_hash() {
                    self.log.gate().acknowledged(mark, ack.sequence, hash)?;
                }
                self.stored(&item, &append, ack.sequence);
            }
            answer => {
                self.impatient |= matches!(answer, Some(Err(error)) if matches!(error.kind(), PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe));
                self.resolve(item, append).await?;
            }
        }
        self.impatient &= !self.sent.is_empty();
        Ok(())
    }

    /// Finds out what became of it: sends the same messages again, or looks them up.
    async fn resolve(&mut self, item: Item, append: Append) -> Result<(), LogError> {
        match self.log.append_batch(vec![append.clone()]).await {
            Ok(sequences) => {
                if let Some(sequence) = sequences.last() {
                    self.stored(&item, &append, *sequence);
                }
            }
            Err(AppendError::Log(error) | AppendError::Unknown(error)) => return Err(error),
            // Alone it meets the same trouble, or none, and what follows is decided on what came of it.
            Err(_) => self.alone(item),
        }
        Ok(())
    }

    fn stored(&mut self, item: &Item, append: &Append, sequence: u64) {
        let (aggregate, command) = (append.aggregate(), item.step.submission().command);
        if let Some(live) = self.live.get_mut(&aggregate) {
            live.root.settled(command, sequence);
            live.open -= 1;
            live.sent = false;
            if live.open == 0
                && let Some(live) = self.live.remove(&aggregate)
            {
                live.root.keep(&self.log, aggregate, 1);
                self.unwritten.forget(aggregate.id);
            }
        }
        let accepted = Accepted { id: aggregate.id, sequence, version: sequence, replayed: false };
        self.outcome(item, Ok(accepted));
    }
}
