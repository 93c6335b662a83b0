//! `[deploy]`: policies, rules, reportability and maps: what a network decides for itself.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where those files lie.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DeploySettings {
    /// The folder; absent: `deploy` in the working directory, else above the binary.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    /// Who is on call when; absent: `roster.toml` in the folder, if there. It holds addresses of staff, so a real one lies elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    roster: Option<PathBuf>,
}

impl DeploySettings {
    /// The folder that is used.
    pub(crate) fn folder(&self) -> PathBuf {
        if let Some(folder) = &self.folder {
            return folder.clone();
        }
        let here = Path::new("deploy").to_path_buf();
        let binary = std::env::current_exe().unwrap_or_default();
        let above = binary.ancestors().skip(1).map(|folder| folder.join("deploy"));
        std::iter::once(here.clone()).chain(above).find(|folder| holds_policies(folder)).unwrap_or(here)
    }

    /// The roster that is used; `None` when there is none and nobody set one.
    pub(crate) fn roster(&self) -> Option<PathBuf> {
        self.roster.clone().or_else(|| Some(self.folder().join("roster.toml")).filter(|file| file.is_file()))
    }

    /// How fast people are told; `None` when nobody decided that.
    pub(crate) fn pace(&self) -> Option<PathBuf> {
        Some(self.folder().join("pace.toml")).filter(|file| file.is_file())
    }

    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let folder = self.folder();
        if holds_policies(&folder) {
            return Ok(());
        }
        Err(("folder", format!("a folder with policies/periods.toml, and {} has none", folder.display())))
    }
}

fn holds_policies(folder: &Path) -> bool {
    folder.join("policies/periods.toml").is_file()
}
