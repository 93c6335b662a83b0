//! The chain of one process and boot: each message carries a running number and the hash of the one before it.

use async_nats::HeaderMap;
use bytes::Bytes;
use jiff::Timestamp;
use nabij_model::EventHash;
use uuid::Uuid;

use super::group::{BUILD, ENDED, NUMBER, READ};
use crate::envelope::{ID, PREVIOUS, SOURCE, SPEC_VERSION, SUBJECT, TIME, TYPE};
use crate::hash::event_hash;
use crate::publish::Message;

/// Where a chain stands: everything up to here is acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    prefix: String,
    /// `<process>.<boot>`.
    name: String,
    /// Messages so far.
    number: u64,
    /// Records so far.
    records: u64,
    /// Sequence and hash of the last message.
    last: Option<(u64, EventHash)>,
}

/// The next message of a chain, not yet sent.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) message: Message,
    pub(super) hash: EventHash,
    records: u64,
}

impl Chain {
    /// A chain that nothing stands in yet, under a boot id of its own.
    pub(super) fn begin(prefix: &str, process: &str) -> Self {
        let boot = Uuid::now_v7();
        Self {
            prefix: prefix.to_owned(),
            name: format!("{process}.{boot}"),
            number: 0,
            records: 0,
            last: None,
        }
    }

    /// Where its messages stand.
    pub(super) fn subject(&self) -> String {
        format!("{}.{}", self.prefix, self.name)
    }

    /// Sequence of its last message; 0 when there is none.
    pub(super) fn sequence(&self) -> u64 {
        self.last.map_or(0, |(sequence, _)| sequence)
    }

    /// Sequence and hash of its last message.
    pub(super) fn last(&self) -> Option<(u64, EventHash)> {
        self.last
    }

    /// A group of records, as JSON each.
    pub(super) fn group(&self, records: &[Bytes], at: Timestamp) -> Link {
        let size = records.iter().map(|record| record.len() + 1).sum::<usize>() + 2;
        let mut body = Vec::with_capacity(size);
        body.push(b'[');
        for (position, record) in records.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            body.extend_from_slice(record);
        }
        body.push(b']');
        self.link(READ, body, records.len() as u64, at)
    }

    /// The mark that nothing follows.
    pub(super) fn end(&self, at: Timestamp) -> Link {
        let body = format!(r#"{{"groups":{},"records":{}}}"#, self.number, self.records);
        self.link(ENDED, body.into_bytes(), 0, at)
    }

    fn link(&self, kind: &str, body: Vec<u8>, records: u64, at: Timestamp) -> Link {
        let mut message = Message::new(self.subject(), body.into());
        let id = Uuid::now_v7().to_string();
        let headers: &mut HeaderMap = &mut message.headers;
        headers.insert(async_nats::header::NATS_MESSAGE_ID, id.as_str());
        headers.insert(ID, id);
        headers.insert(TYPE, kind);
        headers.insert(SOURCE, "nabij");
        headers.insert(SPEC_VERSION, "1.0");
        headers.insert(TIME, at.to_string());
        headers.insert(SUBJECT, self.name.as_str());
        headers.insert(NUMBER, (self.number + 1).to_string());
        headers.insert(BUILD, env!("CARGO_PKG_VERSION"));
        if let Some((_, hash)) = self.last {
            headers.insert(PREVIOUS, hash.to_string());
        }
        let hash = event_hash(&message.subject, &message.headers, &message.body);
        Link { message: message.expecting(self.sequence()), hash, records }
    }

    /// The link was acknowledged at `sequence`.
    pub(super) fn took(&mut self, link: &Link, sequence: u64) {
        self.number += 1;
        self.records += link.records;
        self.last = Some((sequence, link.hash));
    }
}
