//! Who has keys, and whose were erased.

use std::collections::{BTreeMap, HashMap};

use async_nats::header::NATS_TIME_STAMP;
use jiff::Timestamp;
use uuid::Uuid;

use super::fetch::parse;
use super::keys::VaultMessage;
use super::press::is_weight;
use super::root::ROOT;
use crate::anchor::{Anchor, VaultMark};
use crate::error::LogError;
use crate::finding::{Finding, Part};
use crate::log::Log;
use crate::raw::Raw;

/// The state of one aggregate's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// They open with a master key of this process.
    Open,
    /// They do not.
    Closed,
    /// They were destroyed.
    Erased,
}

/// What the vault holds, without the keys.
#[derive(Debug, Default)]
pub(crate) struct Census {
    /// By the sequence at which keys were first written.
    pub(crate) made: BTreeMap<u64, Uuid>,
    /// By the sequence at which a tombstone was first written.
    pub(crate) erased: BTreeMap<u64, Uuid>,
    /// When the keys of each were destroyed, as far as is known.
    pub(crate) erased_at: HashMap<Uuid, Timestamp>,
    /// The last word on each.
    pub(crate) held: HashMap<Uuid, Held>,
    /// What is wrong with a message.
    pub(crate) findings: Vec<Finding>,
    /// Whether the root secret is there.
    pub(crate) root: bool,
    /// The last message that says something: what presses keys out is written behind it and taken back.
    pub(crate) last: u64,
}

impl Census {
    fn take(&mut self, log: &Log, raw: &Raw, opening: bool) {
        if is_weight(raw) {
            return;
        }
        let sequence = raw.sequence;
        self.last = sequence;
        let keyring = log.vault().keyring();
        let mut find = |what: String| {
            self.findings
                .push(Finding { subject: raw.subject.clone(), ..Finding::new(Part::Vault, sequence, what) });
        };
        let last = raw.subject.rsplit('.').next().unwrap_or_default();
        let message = match parse(raw) {
            Ok(message) => message,
            Err(error) => return find(error.to_string()),
        };
        if let VaultMessage::Root(root) = &message {
            if last != ROOT {
                return find("the root secret stands under the id of an aggregate".to_owned());
            }
            if opening && let Err(error) = root.rewrap(keyring) {
                find(error.to_string());
            }
            self.root = true;
            return;
        }
        let Ok(id) = last.parse::<Uuid>() else {
            return find("its subject names no aggregate".to_owned());
        };
        match message {
            VaultMessage::Erased(tombstone) => {
                if self.held.get(&id) == Some(&Held::Open) && opening {
                    find(
                        "keys stand before this tombstone: the erasure was broken off, ask for it again"
                            .to_owned(),
                    );
                }
                if let Some(made) = tombstone.made {
                    self.made.insert(made, id);
                }
                let told = raw.headers.get(NATS_TIME_STAMP).and_then(|at| at.as_str().parse().ok());
                self.erased_at.extend(tombstone.at.or(told).map(|at| (id, at)));
                self.erased.insert(tombstone.laid.unwrap_or(sequence), id);
                self.held.insert(id, Held::Erased);
            }
            VaultMessage::Wrapped(wrapped) => {
                self.made.insert(wrapped.made.unwrap_or(sequence), id);
                if self.held.get(&id) == Some(&Held::Erased) {
                    find("keys stand behind a tombstone: what was erased came back".to_owned());
                }
                let mut held = Held::Open;
                if !wrapped.aggregate.ends_with(last) {
                    find(format!("it holds the keys of {}", wrapped.aggregate));
                    held = Held::Closed;
                } else if opening && let Err(error) = wrapped.unwrap(keyring) {
                    find(error.to_string());
                    held = Held::Closed;
                }
                self.held.insert(id, held);
            }
            VaultMessage::Root(_) => {}
        }
    }
}

impl Census {
    /// The first way in which the vault is not what an anchor says.
    pub(crate) fn against(&self, anchors: &[Anchor]) -> Option<Finding> {
        let mut is = VaultMark::default();
        let (mut made, mut erased) = (self.made.iter().peekable(), self.erased.iter().peekable());
        for Anchor { number, vault: said, .. } in anchors {
            while let Some((sequence, id)) = made.next_if(|(sequence, _)| **sequence <= said.through) {
                is.take_made(*sequence, *id);
            }
            while let Some((sequence, id)) = erased.next_if(|(sequence, _)| **sequence <= said.through) {
                is.take_erased(*sequence, *id);
            }
            let wrong = |what: &str| {
                Finding::new(Part::Vault, said.through, format!("{what} than anchor {number} saw"))
            };
            if (is.made, is.made_hash) != (said.made, said.made_hash) {
                return Some(wrong("other keys were made up to here").between(said.made, is.made));
            }
            if (is.erased, is.erased_hash) != (said.erased, said.erased_hash) {
                return Some(wrong("other keys were erased up to here").between(said.erased, is.erased));
            }
        }
        None
    }
}

impl Log {
    /// Counts the vault from sequence `from` on without opening anything; gives its end.
    pub(crate) async fn census(&self, from: u64, census: &mut Census) -> Result<u64, LogError> {
        self.count(from, census, false).await
    }

    /// Counts the whole vault and opens every wrap.
    pub(crate) async fn census_opening(&self, census: &mut Census) -> Result<u64, LogError> {
        self.count(1, census, true).await
    }

    async fn count(&self, from: u64, census: &mut Census, opening: bool) -> Result<u64, LogError> {
        let stream = self.config().vault.clone();
        let through = self.head_of(&stream).await?.sequence;
        self.walk(&stream, from, through, |raw| {
            census.take(self, &raw, opening);
            Ok(())
        })
        .await?;
        Ok(through)
    }
}
