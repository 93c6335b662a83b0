//! `[database]`: the PostgreSQL of the views.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio_postgres::config::SslMode;

use super::secret::Address;

/// What PostgreSQL's own notation of an address may ask of TLS and this program has another word for.
const VERIFY: [&str; 2] = ["sslmode=verify-full", "sslmode=verify-ca"];

/// Where the views lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DatabaseSettings {
    /// `postgres://user:password@host:port/name`; also `DATABASE_URL`.
    pub(crate) url: Address,
    /// File of the password, in place of one in `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_file: Option<PathBuf>,
    /// PEM file of the authority that is believed. With it every connection is encrypted, and the server's certificate
    /// must carry the host's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Most connections of one process.
    pub(crate) pool_size: usize,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: Address::from("postgres://nabij@127.0.0.1:5432/nabij"),
            password_file: None,
            ca_file: None,
            pool_size: 16,
        }
    }
}

impl DatabaseSettings {
    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let url: Result<tokio_postgres::Config, _> = self.url.reveal().parse();
        let asks_tls = url.as_ref().is_ok_and(|url| url.get_ssl_mode() == SslMode::Require);
        let verify = VERIFY.iter().any(|mode| self.url.reveal().contains(mode));
        let fits = [
            ("url", !verify, "no verify-full or verify-ca: set database.ca_file, which means verify-full"),
            ("url", url.is_ok(), "postgres://user:password@host:port/name"),
            (
                "ca_file",
                !asks_tls || self.ca_file.is_some(),
                "the authority's PEM file, since url says sslmode=require",
            ),
            ("pool_size", (4..=1000).contains(&self.pool_size), "4 to 1000 connections"),
        ];
        super::first_unfit(&fits)
    }
}
