//! Raises escalations: each once, ever, and kept until somebody took it up.

pub mod rule;
