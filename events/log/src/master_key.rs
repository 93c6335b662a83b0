//! The key that wraps all others. It lies outside NATS and PostgreSQL.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{LogError, LogErrorKind};

/// 32 secret bytes; wiped when dropped, never printed.
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    id: String,
}

impl MasterKey {
    /// Takes 32 bytes as they are.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let digest =
            Sha256::new().chain_update(b"nabij key-encryption-key id").chain_update(bytes).finalize();
        Self { bytes: Zeroizing::new(bytes), id: hex::encode(&digest[..8]) }
    }

    /// Reads base64 text of 32 bytes; white space around it is ignored.
    ///
    /// # Errors
    /// [`LogErrorKind::Key`] when it is something else; the text is not repeated.
    pub fn from_base64(text: &str) -> Result<Self, LogError> {
        let wrong = || {
            LogError::new(
                LogErrorKind::Key,
                "the master key is not 32 bytes in base64: make one with `openssl rand -base64 32`",
            )
        };
        let mut decoded = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| wrong())?);
        let bytes: [u8; 32] = decoded.as_slice().try_into().map_err(|_| wrong())?;
        decoded.zeroize();
        Ok(Self::from_bytes(bytes))
    }

    /// Reads a file that holds base64 text of 32 bytes.
    ///
    /// # Errors
    /// [`LogErrorKind::Key`] when the file cannot be read or holds something else.
    pub fn from_file(path: &Path) -> Result<Self, LogError> {
        let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
            LogError::because(
                LogErrorKind::Key,
                format!("the master key file {} cannot be read", path.display()),
                error,
            )
        })?;
        Self::from_base64(&text)
    }

    /// A fresh one from the system's random source.
    ///
    /// # Errors
    /// [`LogErrorKind::Key`] when the system gives no randomness.
    pub fn generate() -> Result<Self, LogError> {
        let mut bytes = [0; 32];
        crate::cipher::random(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// As base64 text, for the file that keeps it.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.bytes.as_slice()))
    }

    /// Tells keys apart without telling anything of them; stands in every message of the vault.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_text_and_is_never_printed() {
        let key = MasterKey::from_bytes([7; 32]);
        let again = MasterKey::from_base64(&format!("{}\n", *key.to_base64())).unwrap();
        assert_eq!(again.bytes(), key.bytes());
        assert_eq!(again.id(), key.id());
        assert!(!format!("{key:?}").contains(key.to_base64().as_str()));
    }

    #[test]
    fn a_short_key_is_refused_without_repeating_it() {
        let error = MasterKey::from_base64("c2hvcnQ=").unwrap_err();
        assert_eq!(error.kind(), LogErrorKind::Key);
        assert!(!error.to_string().contains("c2hvcnQ"));
    }
}
