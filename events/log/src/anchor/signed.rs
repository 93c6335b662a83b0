//! Signed text: `{"kind": .., "key": .., "content": .., "signature": ..}` on one line.
//!
//! The signature (Ed25519, base64) is over the kind, a line feed, and the bytes of `content` exactly as they stand in the text.
//! `key` is the first half of the SHA-256 of the public key's 32 bytes, in hexadecimal: it says which key to ask for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::key::{AnchorKey, PublicKey};
use crate::error::{LogError, LogErrorKind};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    kind: String,
    key: String,
    content: Box<RawValue>,
    signature: String,
}

fn message(kind: &str, content: &str) -> Vec<u8> {
    format!("{kind}\n{content}").into_bytes()
}

/// Signs `content`; gives the line, without its line feed.
pub(crate) fn sign(kind: &str, content: &impl Serialize, key: &AnchorKey) -> Result<String, LogError> {
    let failed = |error| LogError::because(LogErrorKind::Key, "what is to be signed has no JSON form", error);
    let content = serde_json::value::to_raw_value(content).map_err(failed)?;
    let signature = STANDARD.encode(key.sign(&message(kind, content.get())));
    let signed = Signed { kind: kind.to_owned(), key: key.public().id(), content, signature };
    serde_json::to_string(&signed).map_err(failed)
}

/// Reads signed text of `kind`.
///
/// The error is what is wrong with it, in words.
pub(crate) fn open<T: DeserializeOwned>(text: &str, kind: &str, key: &PublicKey) -> Result<T, String> {
    let signed: Signed =
        serde_json::from_str(text).map_err(|error| format!("it is no signed text: {error}"))?;
    if signed.kind != kind {
        return Err(format!("it is a {}, not a {kind}", signed.kind));
    }
    if signed.key != key.id() {
        return Err(format!("it was signed by the key {}, not by {}", signed.key, key.id()));
    }
    let signature = STANDARD.decode(&signed.signature).unwrap_or_default();
    if !key.verifies(&message(kind, signed.content.get()), &signature) {
        return Err("its signature does not fit: it was changed".to_owned());
    }
    serde_json::from_str(signed.content.get())
        .map_err(|error| format!("its content is another than expected: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_text_opens_as_it_is_and_under_no_other_key_kind_or_letter() {
        let key = AnchorKey::generate().unwrap();
        let line = sign("nabij.test.v1", &serde_json::json!({"a": [1, 2]}), &key).unwrap();
        let opened =
            |line: &str, kind: &str, key: &AnchorKey| open::<serde_json::Value>(line, kind, &key.public());
        assert_eq!(opened(&line, "nabij.test.v1", &key).unwrap()["a"][1], 2);
        assert!(opened(&line, "nabij.other.v1", &key).unwrap_err().contains("not a nabij.other"));
        assert!(
            opened(&line, "nabij.test.v1", &AnchorKey::generate().unwrap())
                .unwrap_err()
                .contains("signed by")
        );
        for at in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(opened(&changed, "nabij.test.v1", &key).is_err(), "{changed}");
        }
    }
}
