//! What never reached the official register: pure estimators and the facts they count.

pub mod estimators;
pub mod text;
