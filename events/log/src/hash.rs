//! The hash of an event: SHA-256 over subject, CloudEvents headers and body.
//!
//! Every event carries the hash of the one before it on its subject, so that a lost or altered event shows.

use async_nats::HeaderMap;
use nabij_model::EventHash;
use sha2::{Digest, Sha256};

/// Hashes an event as it is stored.
///
/// Only `ce-` headers count, sorted by name: those that the server or the protocol adds differ between a single
/// message and a batch. Every part goes in behind its length (u64, little endian), so that no two events give the
/// same bytes.
pub(crate) fn event_hash(subject: &str, headers: &HeaderMap, body: &[u8]) -> EventHash {
    let mut attributes: Vec<(&str, &str)> = headers
        .iter()
        .filter_map(|(name, values)| {
            let name: &str = name.as_ref();
            name.starts_with("ce-").then_some((name, values.first()?.as_str()))
        })
        .collect();
    attributes.sort_unstable();
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(subject.as_bytes());
    for (name, value) in attributes {
        part(name.as_bytes());
        part(value.as_bytes());
    }
    part(body);
    EventHash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs.iter().fold(HeaderMap::new(), |mut map, (name, value)| {
            map.insert(*name, *value);
            map
        })
    }

    #[test]
    fn every_part_counts_and_the_order_of_headers_does_not() {
        let hash = |subject: &str, pairs: &[(&str, &str)], body: &str| {
            event_hash(subject, &headers(pairs), body.as_bytes())
        };
        let one = hash("nabij.case.a", &[("ce-id", "1"), ("ce-type", "t")], "{}");
        assert_eq!(
            one,
            hash("nabij.case.a", &[("ce-type", "t"), ("ce-id", "1"), ("Nats-Msg-Id", "1")], "{}")
        );
        assert_ne!(one, hash("nabij.case.b", &[("ce-id", "1"), ("ce-type", "t")], "{}"));
        assert_ne!(one, hash("nabij.case.a", &[("ce-id", "2"), ("ce-type", "t")], "{}"));
        assert_ne!(one, hash("nabij.case.a", &[("ce-id", "1"), ("ce-type", "t")], "{ }"));
        assert_ne!(one, hash("nabij.case.a", &[("ce-id", "1"), ("ce-typet", "")], "{}"));
    }
}
