//! Which levels of secrecy a role opens, once it may read the record at all.

use nabij_model::Role::{Companion, Coordinator, Director, Frontline, Guardian, Medical, Psychosocial};
use nabij_model::{Role, SealLevel};

/// Whether `role` opens what is sealed at `level`.
///
/// Headquarters, analysts, auditors and machines open nothing. `restricted` is for who coordinates the team and for
/// the safeguarding person, until records name their readers.
#[must_use]
pub fn opens(role: Role, level: SealLevel) -> bool {
    use Role::{SafeguardingPerson, School};
    let readers: &[Role] = match level {
        SealLevel::Duty => {
            &[Frontline, Companion, Psychosocial, Medical, School, Coordinator, Director, Guardian]
        }
        SealLevel::Team => {
            &[Companion, Psychosocial, Medical, School, Coordinator, Director, SafeguardingPerson]
        }
        SealLevel::Profile => &[Companion, Psychosocial, Medical, School, Coordinator, Director],
        SealLevel::Psychosocial => &[Psychosocial],
        SealLevel::Medical => &[Medical],
        SealLevel::Restricted => &[Coordinator, SafeguardingPerson],
    };
    readers.contains(&role)
}
