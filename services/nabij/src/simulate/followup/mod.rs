//! What teams write: one file for each part of the follow-up. To add one: its file, and a line in the story's day.

pub(super) mod centres;
pub(super) mod contacts;
pub(super) mod intake;
mod protocols;
pub(super) mod records;
pub(super) mod referrals;
mod signals;
pub(super) mod transfers;
