//! `[api]`: the HTTP interface.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use nabij_api::{Limits, Proxies};
use serde::{Deserialize, Serialize};

/// Where the interface listens, and its limits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ApiSettings {
    /// Address and port.
    pub(crate) listen: SocketAddr,
    /// Bytes of a request's body.
    pub(crate) body_bytes: usize,
    /// How long a request may take, in milliseconds.
    pub(crate) request_ms: u64,
    /// How long a read waits for the projections to reach its `min_sequence`, in milliseconds.
    pub(crate) wait_ms: u64,
    /// How long the head of a request may take, and the rest between two calls on one connection, in milliseconds.
    pub(crate) head_ms: u64,
    /// How long a request's body may take, in milliseconds.
    pub(crate) body_ms: u64,
    /// How long calls under way may still take once the service is told to stop, in milliseconds.
    pub(crate) soft_stop_ms: u64,
    /// Networks of the proxies before the interface, `10.0.0.0/8`: theirs, and nobody else's, `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        let limits = Limits::default();
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            body_bytes: limits.body,
            request_ms: ms(limits.request),
            wait_ms: ms(limits.wait),
            head_ms: ms(limits.head),
            body_ms: ms(limits.body_wait),
            soft_stop_ms: ms(limits.soft_stop),
            trusted_proxies: Vec::new(),
        }
    }
}

impl ApiSettings {
    /// As the interface takes them.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            body: self.body_bytes,
            request: Duration::from_millis(self.request_ms),
            wait: Duration::from_millis(self.wait_ms),
            soft_stop: Duration::from_millis(self.soft_stop_ms),
            head: Duration::from_millis(self.head_ms),
            body_wait: Duration::from_millis(self.body_ms),
            proxies: Proxies::new(self.trusted_proxies.clone()),
            ..Limits::default()
        }
    }

    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let fits = [
            ("body_bytes", self.body_bytes >= 1024, "a number of bytes, at least 1024"),
            ("request_ms", self.request_ms > 0, "a number of milliseconds above 0"),
            ("head_ms", self.head_ms > 0, "a number of milliseconds above 0"),
            ("body_ms", self.body_ms > 0, "a number of milliseconds above 0"),
            ("wait_ms", self.wait_ms <= self.request_ms, "at most `request_ms`"),
        ];
        super::first_unfit(&fits)
    }
}
