//! The copy of the anchors in NATS.

use async_nats::header::NATS_EXPECTED_LAST_SEQUENCE;

use crate::error::LogError;
use crate::log::Log;
use crate::publish::{self, Message, Refused};

impl Log {
    /// The lines of the anchors from number `from` on, as the stream holds them.
    pub(crate) async fn anchor_lines(&self, from: u64) -> Result<Vec<String>, LogError> {
        let stream = self.config().anchors();
        let through = self.head_of(&stream).await?.sequence;
        let mut lines = Vec::new();
        self.walk(&stream, from, through, |raw| {
            lines.push(String::from_utf8_lossy(&raw.body).into_owned());
            Ok(())
        })
        .await?;
        Ok(lines)
    }

    /// Writes anchor `number`; `false` when another process wrote one of this number.
    pub(crate) async fn publish_anchor(&self, number: u64, line: &str) -> Result<bool, LogError> {
        let mut message = Message::new(self.config().anchors_subject(), line.to_owned().into());
        message.headers.insert(NATS_EXPECTED_LAST_SEQUENCE, (number - 1).to_string());
        match publish::single(self.client(), message, self.config().timeout).await {
            Ok(_) => Ok(true),
            Err(Refused::Code(code, _)) if publish::is_wrong_sequence(code) => Ok(false),
            Err(refused) => Err(refused.into_log_error("writing an anchor")),
        }
    }
}
