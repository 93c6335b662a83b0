//! The key that signs anchors, backups and lists of erasures. It proves; it opens nothing.

use std::fmt;
use std::path::Path;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{LogError, LogErrorKind};

/// The private half, Ed25519.
pub struct AnchorKey(SigningKey);

/// The public half: all that a verifier needs.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl AnchorKey {
    /// A fresh one.
    ///
    /// # Errors
    /// `Key` when the system gives no randomness.
    pub fn generate() -> Result<Self, LogError> {
        let mut seed = Zeroizing::new([0; 32]);
        crate::cipher::random(seed.as_mut_slice())?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// PKCS#8 PEM, for the file that keeps it.
    ///
    /// # Errors
    /// `Key` when it cannot be encoded.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, LogError> {
        self.0
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| unusable("the anchor key cannot be written", error))
    }

    /// Reads PKCS#8 PEM.
    ///
    /// # Errors
    /// `Key` when the file cannot be read or holds something else.
    pub fn from_file(path: &Path) -> Result<Self, LogError> {
        let pem = Zeroizing::new(read(path)?);
        let key = SigningKey::from_pkcs8_pem(&pem);
        Ok(Self(key.map_err(|error| {
            unusable(&format!("{} is no Ed25519 private key in PEM", path.display()), error)
        })?))
    }

    /// The other half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl PublicKey {
    /// SPKI PEM.
    ///
    /// # Errors
    /// `Key` when it cannot be encoded.
    pub fn to_pem(&self) -> Result<String, LogError> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|error| unusable("the public anchor key cannot be written", error))
    }

    /// Reads SPKI PEM.
    ///
    /// # Errors
    /// `Key` when the file cannot be read or holds something else.
    pub fn from_file(path: &Path) -> Result<Self, LogError> {
        let key = VerifyingKey::from_public_key_pem(&read(path)?);
        Ok(Self(key.map_err(|error| {
            unusable(&format!("{} is no Ed25519 public key in PEM", path.display()), error)
        })?))
    }

    /// Says which key it is.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(&Sha256::digest(self.0.as_bytes())[..16])
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

fn read(path: &Path) -> Result<String, LogError> {
    std::fs::read_to_string(path)
        .map_err(|error| unusable(&format!("the anchor key {} cannot be read", path.display()), error))
}

fn unusable(what: &str, error: impl fmt::Display) -> LogError {
    LogError::because(LogErrorKind::Key, what, error.to_string())
}

impl fmt::Debug for AnchorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnchorKey({})", self.public().id())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}
