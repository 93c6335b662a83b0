//! Making keys: before the first sealed event of an aggregate, once, whoever else tries.

use std::collections::HashMap;
use std::time::Duration;

use futures::FutureExt;
use nabij_model::{AggregateId, CaseId, SealLevel};
use uuid::Uuid;

use super::keys::{VaultMessage, Wrapped};
use super::{Cached, Keys, Vault};
use crate::error::{LogError, LogErrorKind};
use crate::publish::{self, Message, Refused};

/// How often a key is looked for that another process is writing just now.
const LOOKS: u32 = 10;
/// Pause after the first look; it grows.
const PAUSE: Duration = Duration::from_millis(5);

/// An aggregate that needs keys.
#[derive(Debug, Clone)]
pub(crate) struct NewKeys {
    pub(crate) aggregate: AggregateId,
    /// Whom it is about.
    pub(crate) concerns: Vec<CaseId>,
    /// Nothing of it is in the log yet as far as is known, so that there can hardly be a key: reading is saved.
    pub(crate) fresh: bool,
}

/// Keys that decisions seal with and that the vault does not hold yet: to be written before any event is.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    new: HashMap<Uuid, (NewKeys, Keys)>,
    on_their_way: HashMap<Uuid, Keys>,
}

impl Unwritten {
    /// Hands the new keys over to be written, if there are any; later decisions go on using them.
    pub(crate) fn hand_over(&mut self) -> Option<Self> {
        if self.new.is_empty() {
            return None;
        }
        let new = std::mem::take(&mut self.new);
        self.on_their_way.extend(new.iter().map(|(id, (_, keys))| (*id, keys.clone())));
        Some(Self { new, on_their_way: HashMap::new() })
    }

    /// The keys of these aggregates were written, or never will be.
    pub(crate) fn forget(&mut self, id: Uuid) {
        self.on_their_way.remove(&id);
    }
}

impl Vault {
    /// The keys of an aggregate; new ones go into `unwritten`.
    pub(crate) async fn keys(&self, wanted: NewKeys, unwritten: &mut Unwritten) -> Result<Keys, LogError> {
        let aggregate = wanted.aggregate;
        if let Some((_, keys)) = unwritten.new.get(&aggregate.id) {
            return Ok(keys.clone());
        }
        if let Some(keys) = unwritten.on_their_way.get(&aggregate.id) {
            return Ok(keys.clone());
        }
        let known =
            if wanted.fresh { self.inner.keys.get(&aggregate.id) } else { self.lookup(aggregate.id).await? };
        if let Some(known) = known {
            return known.of(aggregate);
        }
        let keys = Keys::generate()?;
        unwritten.new.insert(aggregate.id, (wanted, keys.clone()));
        Ok(keys)
    }

    /// Writes keys and waits until the servers acknowledge them: an event that nobody can open must never be written.
    ///
    /// `false` when another process made keys for one of the aggregates meanwhile: what was sealed must be sealed again.
    pub(crate) async fn write(&self, unwritten: &mut Unwritten) -> Result<bool, LogError> {
        let mut made: Vec<(NewKeys, Keys)> = unwritten.new.drain().map(|(_, one)| one).collect();
        let mut ours = true;
        while !made.is_empty() {
            let rest = made.split_off(made.len().min(publish::MAX_BATCH));
            let chunk = std::mem::replace(&mut made, rest);
            if chunk.len() > 1 && self.write_at_once(&chunk).boxed().await? {
                continue;
            }
            for (wanted, keys) in chunk {
                ours &= self.write_one(&wanted, keys).await?;
            }
        }
        Ok(ours)
    }

    /// `false` when that did not work, because one of them exists already or an answer was lost.
    async fn write_at_once(&self, chunk: &[(NewKeys, Keys)]) -> Result<bool, LogError> {
        let messages =
            chunk.iter().map(|(wanted, keys)| self.message(wanted, keys)).collect::<Result<_, _>>()?;
        let written = publish::batch(&self.inner.client, messages, self.inner.timeout).await.is_ok();
        if written {
            for (wanted, keys) in chunk {
                self.keep(wanted.aggregate, keys.clone());
            }
        }
        Ok(written)
    }

    async fn write_one(&self, wanted: &NewKeys, keys: Keys) -> Result<bool, LogError> {
        let message = self.message(wanted, &keys)?;
        match self.inner.outgoing.send(message, self.inner.timeout).await {
            Ok(_) => {
                self.keep(wanted.aggregate, keys);
                Ok(true)
            }
            // Somebody was first: another process, or our own earlier try whose answer was lost.
            Err(refused) if is_taken(&refused) => {
                let known = self.somebodys(wanted.aggregate.id).boxed().await?;
                let theirs = known.of(wanted.aggregate)?;
                Ok(theirs.of(SealLevel::Team) == keys.of(SealLevel::Team))
            }
            Err(refused) => Err(refused.into_log_error("writing a key")),
        }
    }

    /// The key that was refused to us because another one comes first. In a cluster that one may not be readable yet, even
    /// through the leader, which refuses as soon as it has proposed it.
    async fn somebodys(&self, id: Uuid) -> Result<Cached, LogError> {
        for look in 0..LOOKS {
            if let Some(known) = self.lookup_through_leader(id).await? {
                return Ok(known);
            }
            tokio::time::sleep(PAUSE * (look + 1)).await;
        }
        let what = "a key could not be written: try again in a moment";
        Err(LogError::new(LogErrorKind::Unavailable, what))
    }

    fn keep(&self, aggregate: AggregateId, keys: Keys) {
        self.inner.keys.insert(aggregate.id, Cached::Keys { owner: aggregate, keys });
    }

    fn message(&self, wanted: &NewKeys, keys: &Keys) -> Result<Message, LogError> {
        let wrapped = Wrapped::new(&self.inner.keyring, wanted.aggregate, wanted.concerns.clone(), keys)?;
        let subject = self.subject(wanted.aggregate.id);
        Ok(self.written(subject, &VaultMessage::Wrapped(wrapped))?.expecting(0))
    }

    pub(super) fn written(&self, subject: String, message: &VaultMessage) -> Result<Message, LogError> {
        let body = serde_json::to_vec(message)
            .map_err(|error| LogError::because(LogErrorKind::Key, "keys could not be written down", error))?;
        Ok(Message::new(subject, body.into()))
    }
}

fn is_taken(refused: &Refused) -> bool {
    match refused {
        Refused::Code(code, _) => publish::is_wrong_sequence(*code),
        Refused::NoAnswer(_) => true,
        Refused::Duplicate | Refused::TooLarge(_) => false,
    }
}

impl Cached {
    /// The keys for sealing something of `aggregate`.
    fn of(self, aggregate: AggregateId) -> Result<Keys, LogError> {
        match self {
            Self::Keys { owner, keys } if owner == aggregate => Ok(keys),
            Self::Keys { owner, .. } => Err(LogError::new(
                LogErrorKind::IdTaken,
                format!("the id {} belongs to {owner} already: choose another", aggregate.id),
            )),
            Self::Erased => Err(LogError::new(
                LogErrorKind::Erased,
                format!("{aggregate} was erased: its keys are gone and nothing of it can be sealed any more"),
            )),
        }
    }
}
