//! Headers that make a write safe to repeat: `Idempotency-Key`, `If-Match`; and the trace it belongs to.

use axum::http::{HeaderMap, header};
use nabij_model::recorded::CommandRef;
use nabij_model::{CommandId, EventHash};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::problem::Problem;

/// The header's name.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Characters that a key may have.
const KEY_LENGTH: usize = 128;

/// A write that a caller named, so that a repeat is recognised.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    /// As the log keeps it.
    pub(crate) command: CommandRef,
    /// Caller and key, from which ids are derived.
    parts: [String; 2],
}

impl Once {
    /// Reads `Idempotency-Key`, which belongs to `caller` alone; `path` and `body` are what it stands for.
    ///
    /// # Errors
    /// 400 `bad-idempotency-key` when it is empty, longer than 128 or not visible ASCII.
    pub(crate) fn read(
        headers: &HeaderMap,
        caller: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
        let visible = |key: &&str| {
            (1..=KEY_LENGTH).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let key = value.to_str().ok().filter(visible).ok_or_else(|| {
            Problem::bad_request(
                "bad-idempotency-key",
                "give Idempotency-Key 1 to 128 visible ASCII characters, a UUID for example",
            )
        })?;
        Ok(Some(Self::named(caller, key, path, body)))
    }

    /// A write that brings an id of its own is named by that.
    pub(crate) fn by_id(id: Uuid, caller: &str, path: &str, body: &[u8]) -> Self {
        // A space is in no key, so that no key names the same.
        Self::named(caller, &format!("id {id}"), path, body)
    }

    fn named(caller: &str, key: &str, path: &str, body: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize();
        let id = CommandId::derived(&["command", caller, key]);
        let command = CommandRef { id, body: EventHash(hash.into()) };
        Self { command, parts: [caller.to_owned(), key.to_owned()] }
    }

    /// The id that belongs to this write and `what`: the same on every repeat.
    pub(crate) fn id(&self, what: &str) -> Uuid {
        nabij_model::id::derived(&["created", what, &self.parts[0], &self.parts[1]])
    }
}

/// The version that `If-Match` demands.
///
/// # Errors
/// 400 `bad-if-match` when it is no ETag of ours.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let version = |text: &str| {
        let text = text.trim();
        text.strip_prefix("W/").unwrap_or(text).trim_matches('"').parse().ok()
    };
    match value.to_str().ok().and_then(version) {
        Some(version) => Ok(Some(version)),
        None => Err(Problem::bad_request(
            "bad-if-match",
            "If-Match takes the ETag or `version` of the last answer about this record, for example \"42\"",
        )),
    }
}

/// The W3C trace context of the request; one of another form is dropped, as the standard says.
pub(crate) fn traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let lowercase_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b) || b == b'-';
    (lengths == [2, 32, 16, 2] && text.bytes().all(lowercase_hex)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_key_is_its_callers_own_and_stands_for_one_body() {
        let once = |caller: &str, body: &[u8]| {
            Once::read(&headers(IDEMPOTENCY_KEY, "k-1"), caller, "/v1/cases", body).unwrap().unwrap()
        };
        assert_eq!(once("a", b"{}").command, once("a", b"{}").command);
        assert_eq!(once("a", b"{}").command.id, once("a", b"{ }").command.id);
        assert_ne!(once("a", b"{}").command.body, once("a", b"{ }").command.body);
        assert_ne!(once("a", b"{}").command.id, once("b", b"{}").command.id);
        assert_eq!(once("a", b"{}").id("case"), once("a", b"1").id("case"));
        assert_ne!(once("a", b"{}").id("case"), once("a", b"{}").id("signal"));
        for bad in ["", " ", &"x".repeat(129)] {
            Once::read(&headers(IDEMPOTENCY_KEY, bad), "a", "", b"").expect_err(bad);
        }
    }

    #[test]
    fn if_match_takes_our_etags() {
        for good in ["\"42\"", "W/\"42\"", "42"] {
            assert_eq!(if_match(&headers("if-match", good)).unwrap(), Some(42));
        }
        if_match(&headers("if-match", "\"abc\"")).unwrap_err();
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn only_a_wellformed_trace_is_carried_on() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(traceparent(&headers("traceparent", good)).as_deref(), Some(good));
        assert_eq!(traceparent(&headers("traceparent", "00-Jan Peeters-0-01")), None);
    }
}
