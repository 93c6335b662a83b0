//! The root secret of the keyed hashes: 32 random bytes that lie wrapped in the vault, so that a new master key changes no
//! hash that was ever stored.

use async_nats::Client;
use async_nats::jetstream::stream::Stream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::Zeroizing;

use super::fetch::parse;
use super::keys::VaultMessage;
use crate::cipher;
use crate::error::{LogError, LogErrorKind};
use crate::keyring::Keyring;
use crate::leader;
use crate::publish::{self, Message, Refused};

/// Last token of its subject, where other messages have the id of an aggregate.
pub(crate) const ROOT: &str = "root";

/// The root secret, unwrapped.
pub(super) type Root = Zeroizing<[u8; 32]>;

/// The root secret as it lies in the vault.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrappedRoot {
    /// Nonce, ciphertext and tag, base64; the associated data is `root`.
    root: String,
    /// Which master key wrapped it.
    pub(crate) master: String,
}

impl WrappedRoot {
    fn new(keyring: &Keyring, root: &Root) -> Result<Self, LogError> {
        let master = keyring.current();
        let sealed = cipher::seal(master.bytes(), root.as_slice(), ROOT.as_bytes())?;
        Ok(Self { root: STANDARD.encode(sealed), master: master.id().to_owned() })
    }

    fn unwrap(&self, keyring: &Keyring) -> Result<Root, LogError> {
        let opened = keyring.find(&self.master).and_then(|master| {
            let sealed = STANDARD.decode(&self.root).ok()?;
            let bytes = Zeroizing::new(cipher::open(master.bytes(), &sealed, ROOT.as_bytes())?);
            <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
        });
        opened.ok_or_else(|| keyring.missing("the vault itself", &self.master))
    }

    /// The same secret under the current master key.
    pub(crate) fn rewrap(&self, keyring: &Keyring) -> Result<Self, LogError> {
        Self::new(keyring, &self.unwrap(keyring)?)
    }
}

/// Reads the root secret, and makes it when the vault is empty. Fails at start, rather than at the first sealed field, when the
/// vault was written with another master key.
pub(super) async fn read_or_make(
    client: &Client,
    stream: &Stream<()>,
    prefix: &str,
    keyring: &Keyring,
    timeout: Duration,
) -> Result<Root, LogError> {
    let subject = format!("{prefix}.{ROOT}");
    loop {
        if let Some(raw) = leader::last(stream, &subject).await? {
            return match parse(&raw)? {
                VaultMessage::Root(wrapped) => wrapped.unwrap(keyring),
                _ => Err(lost()),
            };
        }
        let other = leader::message(stream, 1, Some(&format!("{prefix}.>"))).await?;
        if other.is_some_and(|raw| raw.subject != subject) {
            return Err(lost());
        }
        let mut root = Zeroizing::new([0; 32]);
        cipher::random(root.as_mut_slice())?;
        let wrapped = WrappedRoot::new(keyring, &root)?;
        let body = serde_json::to_vec(&VaultMessage::Root(wrapped)).map_err(|error| {
            LogError::because(LogErrorKind::Key, "the root secret has no JSON form", error)
        })?;
        let message = Message::new(subject.clone(), body.into()).expecting(0);
        match publish::single(client, message, timeout).await {
            Ok(_) => return Ok(root),
            // Another process was faster: theirs is read.
            Err(Refused::Code(code, _)) if publish::is_wrong_sequence(code) => {}
            Err(refused) => return Err(refused.into_log_error("writing the root secret of the vault")),
        }
    }
}

fn lost() -> LogError {
    LogError::new(
        LogErrorKind::Damaged,
        "the vault holds keys but not its root secret: something was deleted from it; restore a backup of the vault",
    )
}
