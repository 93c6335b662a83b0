//! The log on real servers: a single one, and a cluster of three where `NABIJ_TEST_CLUSTER_URL` names one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod anchors;
mod append;
mod audit;
mod audit_verify;
mod backup;
mod bulk;
mod erasures;
mod event_store;
mod lost;
mod place;
mod proxy;
mod read;
mod rewind;
mod rotation;
mod settings;
mod snapshot;
mod transaction;
mod vault;
mod verify;
