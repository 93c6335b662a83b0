//! What holds for every event type that there is, and for every one that there ever was.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod decode;
mod evolve;
mod golden;
mod schema;
mod sealed;
