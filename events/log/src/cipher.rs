//! Authenticated encryption: XChaCha20-Poly1305, a random nonce of 24 bytes before the ciphertext.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use crate::error::{LogError, LogErrorKind};

const NONCE: usize = 24;

/// Fills `bytes` from the system's random source.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), LogError> {
    getrandom::fill(bytes).map_err(|error| {
        LogError::because(LogErrorKind::Key, "the system's random source failed", error.to_string())
    })
}

/// `nonce | ciphertext | tag`.
pub(crate) fn seal(key: &[u8; 32], clear: &[u8], associated: &[u8]) -> Result<Vec<u8>, LogError> {
    let mut nonce = [0; NONCE];
    random(&mut nonce)?;
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: clear, aad: associated })
        .map_err(|_| LogError::new(LogErrorKind::Key, "a value could not be encrypted"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// The clear bytes, or `None` when the key or the associated data is another, or a byte changed.
pub(crate) fn open(key: &[u8; 32], sealed: &[u8], associated: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: associated })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_its_place() {
        let sealed = seal(&[1; 32], b"he stays in bed", b"event#/note").unwrap();
        assert_eq!(open(&[1; 32], &sealed, b"event#/note").as_deref(), Some(b"he stays in bed".as_slice()));
        assert_eq!(open(&[2; 32], &sealed, b"event#/note"), None);
        assert_eq!(open(&[1; 32], &sealed, b"event#/reason"), None);
        for flipped in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[flipped] ^= 1;
            assert_eq!(open(&[1; 32], &damaged, b"event#/note"), None, "byte {flipped}");
        }
        assert_eq!(open(&[1; 32], &sealed[..10], b"event#/note"), None);
    }
}
