//! Messages that are ready at the same moment leave together.
//!
//! Each is acknowledged for itself. But a message sent alone costs this process, the kernel and the server a wake-up and a
//! write each, and its answer the same again; under load that is more than the work itself. So everything goes through
//! one task: it takes what is ready, lets those who are about to be ready come along, and hands all of it to the connection at
//! once. A message that is alone waits for nobody.

use std::time::Duration;

use async_nats::Client;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

use crate::publish::{self, Message, Refused};

/// Messages that may wait for the task.
const WAITING: usize = 1_024;

/// Sends single messages; cheap to clone. The task ends with its last clone.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing(mpsc::Sender<Sending>);

#[derive(Debug)]
struct Sending {
    message: Message,
    timeout: Duration,
    answer: oneshot::Sender<Result<u64, Refused>>,
}

impl Outgoing {
    pub(crate) fn new(client: Client) -> Self {
        let (sender, waiting) = mpsc::channel(WAITING);
        tokio::spawn(run(client, waiting));
        Self(sender)
    }

    /// Sends one message; gives its sequence.
    pub(crate) async fn send(&self, message: Message, timeout: Duration) -> Result<u64, Refused> {
        let (answer, answered) = oneshot::channel();
        let ended = || Refused::NoAnswer("the sender has ended".into());
        self.0.send(Sending { message, timeout, answer }).await.map_err(|_| ended())?;
        answered.await.unwrap_or_else(|_| Err(ended()))
    }
}

async fn run(client: Client, mut waiting: mpsc::Receiver<Sending>) {
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            first = waiting.recv() => {
                let Some(first) = first else { break };
                tokio::task::yield_now().await;
                under_way.push(acknowledged(&client, first));
                while let Ok(next) = waiting.try_recv() {
                    under_way.push(acknowledged(&client, next));
                }
            }
            Some(()) = under_way.next() => {}
        }
    }
    // Whoever still waits is told.
    while under_way.next().await.is_some() {}
}

async fn acknowledged(client: &Client, sending: Sending) {
    let Sending { message, timeout, answer } = sending;
    let sent = publish::single(client, message, timeout).await;
    // Who gave up waiting finds it in the log.
    drop(answer.send(sent));
}
