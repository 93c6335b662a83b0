//! `nabij keys`: the keys that lie outside the servers, made once; and a new master key.

mod rotate;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use nabij_api::tokens::Issuer;
use nabij_log::MasterKey;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::settings::KeySettings;

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes both, readable by their owner only. Refuses to write over a key: everything sealed with it would be lost.
    Create,
    /// Makes a new master key and brings every key in the vault under it, while the services run. No event changes. Broken off,
    /// it is finished by running it again.
    Rotate(rotate::Rotate),
}

impl Keys {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        if let Self::Rotate(rotate) = self {
            return rotate.run(context).await;
        }
        let keys = &context.settings.keys;
        create(keys)?;
        let (master, token) = (keys.master_key_file(), keys.token_key_file());
        context.tell(&json!({"master_key": master, "token_key": token}), |_| {
            format!(
                "{} and {} were made. Keep a copy of the first apart from all backups: without it nothing sealed can be read.",
                master.display(),
                token.display()
            )
        })?;
        Ok(Exit::Done)
    }
}

/// Makes both keys; nothing is written when one of them is there.
pub(crate) fn create(keys: &KeySettings) -> anyhow::Result<()> {
    let files = [keys.master_key_file(), keys.token_key_file()];
    if let Some(there) = files.iter().find(|file| file.exists()) {
        bail!("{} exists and is not written over: name another folder in keys.folder", there.display());
    }
    write(&files[0], &format!("{}\n", *MasterKey::generate()?.to_base64()))?;
    write(&files[1], &Issuer::new_key()?)
}

pub(crate) fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let unwritable = || format!("the key {} cannot be written", file.display());
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(unwritable)?;
    }
    let mut open =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).with_context(unwritable)?;
    open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).with_context(unwritable)
}
