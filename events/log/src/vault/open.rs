//! Opening sealed fields.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use nabij_model::SealLevel;
use nabij_model::sealed::Ciphertext;
use serde_json::Value;
use uuid::Uuid;

use super::{Cached, DataKey, Vault};
use crate::error::{LogError, LogErrorKind};
use crate::seal;

/// Stands in a body when a profile field does.
const PROFILE_MARK: &[u8] = br#""profile."#;

impl Vault {
    /// Opens every sealed field of `body` whose level `may` allows: adds `"open": value` to its object. Where the key was
    /// destroyed the field becomes `{"erased": true, "level": ..}`. Other fields stay closed.
    ///
    /// # Errors
    /// `Unavailable`, `Key`, or `Damaged` when a field does not open with its key.
    pub async fn open(&self, body: &mut Value, may: impl Fn(SealLevel) -> bool) -> Result<(), LogError> {
        self.open_where(body, &may, true).await
    }

    /// Opens the profile fields of a stored body, which deciders and figures may use. Those of an erased person stay
    /// closed, so that the body can still be decoded.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_profile<'b>(&self, body: &'b [u8]) -> Result<Cow<'b, [u8]>, LogError> {
        if !has_profile(body) {
            return Ok(Cow::Borrowed(body));
        }
        let mut value = parse(body)?;
        self.open_where(&mut value, &|level| level == SealLevel::Profile, false).await?;
        Ok(Cow::Owned(value.to_string().into_bytes()))
    }

    async fn open_where(
        &self,
        body: &mut Value,
        may: &(impl Fn(SealLevel) -> bool + ?Sized),
        show_erased: bool,
    ) -> Result<(), LogError> {
        let mut wanted: Vec<Ciphertext> =
            seal::ciphertexts(body).into_iter().map(|(_, one)| one).filter(|one| may(one.level)).collect();
        wanted.dedup_by(|one, other| one.key == other.key);
        if wanted.is_empty() {
            return Ok(());
        }
        self.prefetch(wanted.iter().filter_map(|one| owner(&one.key))).await?;
        let mut keys = HashMap::new();
        for one in wanted {
            let key = self.key_for(&one).await?;
            keys.insert(one.key, key);
        }
        seal::open(body, &keys, &|level| may(level), show_erased)
    }

    /// `None` when it was destroyed. No key at all means the same: keys are written before the events that use them.
    async fn key_for(&self, field: &Ciphertext) -> Result<Option<Arc<DataKey>>, LogError> {
        let id = owner(&field.key).ok_or_else(|| {
            LogError::new(LogErrorKind::Damaged, format!("the sealed field {} names no key", field.of))
        })?;
        Ok(match self.lookup(id).await? {
            Some(Cached::Keys { keys, .. }) => Some(keys.of(field.level).clone()),
            Some(Cached::Erased) | None => None,
        })
    }
}

/// Whether a stored body may hold a profile field: a search for bytes, which costs nothing beside parsing.
pub(crate) fn has_profile(body: &[u8]) -> bool {
    body.windows(PROFILE_MARK.len()).any(|window| window == PROFILE_MARK)
}

fn parse(body: &[u8]) -> Result<Value, LogError> {
    serde_json::from_slice(body)
        .map_err(|error| LogError::because(LogErrorKind::Damaged, "a stored body is no JSON", error))
}

/// The aggregate of a key id: `case.<uuid>` or `profile.<uuid>`.
fn owner(key: &str) -> Option<Uuid> {
    key.rsplit('.').next()?.parse().ok()
}
