//! The engine against a real log and a real database.

mod dead_letters;
mod gaps;
mod place;
mod rebuilding;
mod running;
