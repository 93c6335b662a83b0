//! Keyed hashes: equal values can be found, and nobody without the vault's root secret can try values out.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Vault;

/// Block of SHA-256 in bytes.
const BLOCK: usize = 64;

/// Hashes values of one purpose (HMAC-SHA-256, RFC 2104); derived from the root secret in the vault, never stored itself.
pub struct BlindKey(Zeroizing<[u8; 32]>);

impl BlindKey {
    pub(super) fn derive(root: &[u8; 32], label: &str) -> Self {
        let derived = hmac(root, &[b"nabij blind ", label.as_bytes()].concat());
        Self(Zeroizing::new(derived))
    }

    /// The hash of `value`.
    #[must_use]
    pub fn hash(&self, value: &[u8]) -> [u8; 32] {
        hmac(&self.0, value)
    }
}

impl fmt::Debug for BlindKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindKey(..)")
    }
}

impl Vault {
    /// The key that hides values of the purpose `label`: the same in every process on this vault, whatever master key wraps it.
    #[must_use]
    pub fn blind_key(&self, label: &str) -> BlindKey {
        BlindKey::derive(&self.inner.root, label)
    }
}

fn hmac(key: &[u8; 32], value: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = Zeroizing::new([with; BLOCK]);
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(*pad(0x36)).chain_update(value).finalize();
    Sha256::new().chain_update(*pad(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 has no key of 32 bytes; this one is from Python's `hmac` module: key 0x0b x 32, "Hi There".
    #[test]
    fn it_is_hmac_sha_256() {
        let expected = "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7";
        assert_eq!(hex::encode(hmac(&[0x0b; 32], b"Hi There")), expected);
    }

    #[test]
    fn another_label_or_root_gives_another_hash() {
        let hash = |root, label| BlindKey::derive(&[root; 32], label).hash(b"household");
        assert_eq!(hash(1, "a"), hash(1, "a"));
        assert_ne!(hash(1, "a"), hash(1, "b"));
        assert_ne!(hash(1, "a"), hash(2, "a"));
    }
}
