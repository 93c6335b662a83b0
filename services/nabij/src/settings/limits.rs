//! `[limits]`: what one caller and one address may ask of the interface.
//!
//! ```toml
//! [limits]
//! connections = 1000
//! signals = { per_second = 20, burst = 200 }
//! ```
//!
//! Each is so many calls a second for ever, and so many at once after a rest. The defaults are far above what people do, so
//! that no team in a crisis is stopped; a signal has budgets of its own.

use nabij_api::{Rate, Rates};
use serde::{Deserialize, Serialize};

/// All budgets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitSettings {
    /// Connections that one address holds open at once.
    pub(crate) connections: usize,
    /// Reads of one caller.
    reads: RateSettings,
    /// Writes of one caller, signals apart.
    writes: RateSettings,
    /// Signals of one caller.
    signals: RateSettings,
    /// Everything of one machine's account.
    machines: RateSettings,
    /// Calls of one address, signals apart.
    address_calls: RateSettings,
    /// Signals of one address.
    address_signals: RateSettings,
    /// Tokens of one address that do not hold.
    address_failures: RateSettings,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateSettings {
    /// Calls a second.
    per_second: u32,
    /// Calls at once.
    burst: u32,
}

impl From<Rate> for RateSettings {
    fn from(rate: Rate) -> Self {
        Self { per_second: rate.per_second, burst: rate.burst }
    }
}

impl From<RateSettings> for Rate {
    fn from(rate: RateSettings) -> Self {
        Self { per_second: rate.per_second, burst: rate.burst }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        let rates = Rates::default();
        Self {
            connections: nabij_api::Limits::default().connections,
            reads: rates.reads.into(),
            writes: rates.writes.into(),
            signals: rates.signals.into(),
            machines: rates.machines.into(),
            address_calls: rates.address_calls.into(),
            address_signals: rates.address_signals.into(),
            address_failures: rates.address_failures.into(),
        }
    }
}

impl LimitSettings {
    /// As the interface takes them.
    pub(crate) fn rates(&self) -> Rates {
        Rates {
            reads: self.reads.into(),
            writes: self.writes.into(),
            signals: self.signals.into(),
            machines: self.machines.into(),
            address_calls: self.address_calls.into(),
            address_signals: self.address_signals.into(),
            address_failures: self.address_failures.into(),
        }
    }

    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let expected = "`per_second` of at least 1, and a `burst` of at least that";
        let fits = |rate: RateSettings| rate.per_second >= 1 && rate.burst >= rate.per_second;
        super::first_unfit(&[
            ("connections", self.connections >= 8, "at least 8 connections"),
            ("reads", fits(self.reads), expected),
            ("writes", fits(self.writes), expected),
            ("signals", fits(self.signals), expected),
            ("machines", fits(self.machines), expected),
            ("address_calls", fits(self.address_calls), expected),
            ("address_signals", fits(self.address_signals), expected),
            ("address_failures", fits(self.address_failures), expected),
        ])
    }
}
