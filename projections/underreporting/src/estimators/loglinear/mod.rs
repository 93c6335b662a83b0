//! Totals from two or more lists: Poisson log-linear models over the `2^t - 1` cells that can be observed.
//!
//! ```text
//! Histories ──▶ Model ──▶ existence check ──▶ fit ──▶ AIC, BIC, spread, intervals
//! ```
//!
//! [`select`] fits all hierarchical models of two to five lists, [`stepwise`] walks forward through any number, [`profile`] and
//! [`bootstrap`] give intervals, [`heterogeneity`] the models of units that differ in how visible they are.
//!
//! All of it rests on lists that were made without looking at each other, on right linkage, and on a closed set of units. A list
//! on which a unit can never be tells nothing about such units: no model repairs that.

pub mod bootstrap;
mod existence;
mod fit;
pub(super) mod glm;
pub mod heterogeneity;
mod histories;
mod model;
pub mod profile;
pub mod select;
pub mod stepwise;

pub use existence::Check;
pub use fit::{Fitted, fit};
pub use histories::{Histories, MOST_LISTS};
pub use model::{Model, all_models};
