//! Raises escalations: each once, ever, and kept until somebody took it up.
//!
//! ```text
//! log ──▶ driver ──feed──▶ machines (pure, in memory) ──due──▶ carried out ──▶ escalation.raised ──▶ log ──▶ SSE
//! ```
//!
//! No PostgreSQL lies on that way. A start reads the log from its beginning; a standby reads along, so that it takes over at once.
//! To add a rule no Rust is written: see [`rule`].

pub mod adoption;
pub mod alone;
pub mod backtest;
pub mod care;
pub mod carry_out;
pub mod deliver;
pub mod driver;
pub mod eraser;
pub mod evaluate;
pub mod figures;
#[cfg(test)]
mod given;
pub mod history;
pub mod ladder;
mod leader;
pub mod machine;
pub mod notices;
pub mod pace;
pub mod rehearsal;
pub mod roster;
pub mod rule;
pub mod service;
mod settled;
pub mod view;
pub mod watch;
