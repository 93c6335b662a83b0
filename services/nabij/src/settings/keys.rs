//! `[keys]`: the two keys that lie outside NATS and PostgreSQL.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// Where the keys come from. They are never created silently: `nabij keys create` does it once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KeySettings {
    /// Folder of `master.key` and `token.pem`.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    /// 32 bytes in base64: the environment's way, in place of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) master_key: Option<Secret>,
    /// A file elsewhere than in the folder, as secret mounts give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    master_key_file: Option<PathBuf>,
    /// The master key before this one, while a rotation goes on: elsewhere than `master.old.key` in the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    master_key_old_file: Option<PathBuf>,
    /// The key that signs tokens, PKCS#8 PEM, elsewhere than in the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_key_file: Option<PathBuf>,
    /// Files of secrets may be readable by everybody. Only for a container that runs nothing else and is given its files so.
    pub(crate) others_may_read: bool,
}

impl KeySettings {
    /// The folder of the keys.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| PathBuf::from("keys"))
    }

    /// The file of the master key.
    pub(crate) fn master_key_file(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.folder().join("master.key"))
    }

    /// The file of the master key before this one; it is there only while a rotation goes on.
    pub(crate) fn master_key_old_file(&self) -> PathBuf {
        self.master_key_old_file.clone().unwrap_or_else(|| self.folder().join("master.old.key"))
    }

    /// The file of the key that signs tokens.
    pub(crate) fn token_key_file(&self) -> PathBuf {
        self.token_key_file.clone().unwrap_or_else(|| self.folder().join("token.pem"))
    }
}
