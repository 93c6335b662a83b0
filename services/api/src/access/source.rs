//! Where the policies come from: the files of a folder, or those that come with this version.

use std::path::Path;

use super::AccessError;

/// The schema of the policies.
pub(super) const SCHEMA: &str = "nabij.cedarschema";
/// The groups of roles.
pub(super) const GROUPS: &str = "roles.toml";

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        Source {
            schema: include_str!("../../../../deploy/policies/nabij.cedarschema").to_owned(),
            groups: include_str!("../../../../deploy/policies/roles.toml").to_owned(),
            policies: vec![$((
                $name.to_owned(),
                include_str!(concat!("../../../../deploy/policies/", $name)).to_owned(),
            )),*],
        }
    };
}

/// The texts of a folder of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) schema: String,
    pub(super) groups: String,
    /// File names with their texts, by name.
    pub(super) policies: Vec<(String, String)>,
}

impl Source {
    /// The files of this version.
    pub(super) fn shipped() -> Self {
        shipped![
            "audit.cedar",
            "break-glass.cedar",
            "care-team.cedar",
            "duty.cedar",
            "erasure.cedar",
            "escalations.cedar",
            "figures.cedar",
            "guardians.cedar",
            "headquarters.cedar",
            "leadership.cedar",
            "machines.cedar",
            "safeguarding.cedar",
            "secrecy.cedar",
            "sharing.cedar",
            "transfers.cedar",
        ]
    }

    /// The files of `folder`.
    pub(super) fn from_folder(folder: &Path) -> Result<Self, AccessError> {
        let read = |name: &str| {
            let file = folder.join(name);
            std::fs::read_to_string(&file).map_err(|source| AccessError::Unreadable { file, source })
        };
        let unreadable = |source| AccessError::Unreadable { file: folder.to_owned(), source };
        let mut policies = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".cedar") {
                let text = read(&name)?;
                policies.push((name, text));
            }
        }
        policies.sort();
        Ok(Self { schema: read(SCHEMA)?, groups: read(GROUPS)?, policies })
    }
}
