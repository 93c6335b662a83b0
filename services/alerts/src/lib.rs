//! Raises escalations: each once, ever, and kept until somebody took it up.
//!
//! ```text
//! log ──▶ watch (triggers, answers: facts) ──▶ due ──▶ raiser ──▶ escalation.raised ──▶ log ──▶ SSE
//! ```
//!
//! To add a rule no Rust is written: see [`rule`].

pub mod due;
pub mod eraser;
pub mod raiser;
pub mod rule;
pub mod service;
pub mod view;
pub mod watch;
