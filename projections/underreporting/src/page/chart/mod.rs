//! The charts of the page: one file each, a function from a report to a picture.

pub(super) mod calendar;
pub(super) mod completeness;
pub(super) mod funnel;
pub(super) mod reasons;
pub(super) mod survival;
