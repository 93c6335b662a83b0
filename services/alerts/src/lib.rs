//! Raises escalations: each once, ever, and kept until somebody took it up.

pub mod due;
pub mod rule;
pub mod view;
pub mod watch;
