//! `[database]`: the PostgreSQL of the views.

use serde::{Deserialize, Serialize};

use super::secret::Address;

/// Where the views lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DatabaseSettings {
    /// `postgres://user:password@host:port/name`; also `DATABASE_URL`.
    pub(crate) url: Address,
    /// Most connections of one process.
    pub(crate) pool_size: usize,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self { url: Address::from("postgres://nabij@127.0.0.1:5432/nabij"), pool_size: 16 }
    }
}

impl DatabaseSettings {
    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let url: Result<tokio_postgres::Config, _> = self.url.reveal().parse();
        let fits = [
            ("url", url.is_ok(), "postgres://user:password@host:port/name"),
            ("pool_size", (4..=1000).contains(&self.pool_size), "4 to 1000 connections"),
        ];
        super::first_unfit(&fits)
    }
}
