//! Enumerations as columns: the word that JSON uses for them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The word of a unit variant.
pub(crate) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => unreachable!("only enumerations of words are stored as words, not {other:?}"),
    }
}

/// The variant of a word that [`word`] wrote.
pub(crate) fn variant<T: DeserializeOwned>(word: String) -> Option<T> {
    serde_json::from_value(Value::String(word)).ok()
}
