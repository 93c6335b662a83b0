//! Messages of the vault on their way through a backup.

use jiff::Timestamp;
use uuid::Uuid;

use super::fetch::parse;
use super::keys::{Tombstone, VaultMessage};
use crate::error::{LogError, LogErrorKind};
use crate::raw::Raw;

/// What a restored message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reborn {
    /// Keys.
    Keys,
    /// A tombstone in place of keys that the backup holds.
    Withheld,
    /// A tombstone as it was, or the root secret.
    Other,
}

/// Whose message it is.
pub(crate) fn id_of(raw: &Raw) -> Option<Uuid> {
    raw.subject.rsplit('.').next()?.parse().ok()
}

/// Whose keys were destroyed, if it is a tombstone.
pub(crate) fn erased_id(raw: &Raw) -> Option<Uuid> {
    matches!(parse(raw), Ok(VaultMessage::Erased(_))).then(|| id_of(raw)).flatten()
}

/// The id of the master key that wrapped it.
pub(crate) fn master_of(raw: &Raw) -> Option<String> {
    match parse(raw).ok()? {
        VaultMessage::Wrapped(wrapped) => Some(wrapped.master),
        VaultMessage::Root(root) => Some(root.master),
        VaultMessage::Erased(_) => None,
    }
}

/// The message as it is written into a new vault: it says where it first stood. With `erased`, no key is left of it.
pub(crate) fn reborn(raw: Raw, erased: Option<Option<Timestamp>>) -> Result<(Raw, Reborn), LogError> {
    let sequence = raw.sequence;
    let (message, what) = match (parse(&raw)?, erased) {
        (VaultMessage::Erased(one), at) => {
            let at = one.at.or(at.flatten());
            let laid = one.laid.or(Some(sequence));
            (VaultMessage::Erased(Tombstone { at, laid, ..one }), Reborn::Other)
        }
        (VaultMessage::Wrapped(wrapped), Some(at)) => {
            let made = wrapped.made.or(Some(sequence));
            (VaultMessage::Erased(Tombstone { erased: true, made, at, laid: None }), Reborn::Withheld)
        }
        (VaultMessage::Wrapped(mut wrapped), None) => {
            wrapped.made = wrapped.made.or(Some(sequence));
            (VaultMessage::Wrapped(wrapped), Reborn::Keys)
        }
        (root @ VaultMessage::Root(_), _) => (root, Reborn::Other),
    };
    Ok((Raw { body: body(&message)?.into(), ..raw }, what))
}

/// A tombstone for what the backup never knew.
pub(crate) fn tombstone(prefix: &str, id: Uuid, at: Option<Timestamp>) -> Result<Raw, LogError> {
    let message = VaultMessage::Erased(Tombstone { erased: true, made: None, at, laid: None });
    let subject = format!("{prefix}.{id}");
    Ok(Raw { sequence: 0, subject, headers: Default::default(), body: body(&message)?.into() })
}

fn body(message: &VaultMessage) -> Result<Vec<u8>, LogError> {
    serde_json::to_vec(message)
        .map_err(|error| LogError::because(LogErrorKind::Key, "keys could not be written down", error))
}
