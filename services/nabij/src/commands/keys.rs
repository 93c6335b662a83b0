//! `nabij keys`: the keys that lie outside the servers, made once; and a new master key.

mod rotate;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use nabij_api::tokens::Issuer;
use nabij_log::{AnchorKey, MasterKey};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::settings::Settings;

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes them, readable by their owner only: the master key, the key that signs tokens, the key that signs anchors.
    ///
    /// Refuses to write over a key: everything sealed with it would be lost.
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
        let settings = &context.settings;
        create(settings)?;
        let (master, token) = (settings.keys.master_key_file(), settings.keys.token_key_file());
        let (anchor, public) = (settings.anchor_key_file(), settings.anchor_public_key_file());
        let told = json!({"master_key": master, "token_key": token, "anchor_key": anchor, "anchor_public_key": public});
        context.tell(&told, |_| {
            format!(
                "{}, {} and {} were made. Keep a copy of the first apart from all backups: without it nothing sealed can be read. Give {} to whoever verifies.",
                master.display(),
                token.display(),
                anchor.display(),
                public.display()
            )
        })?;
        Ok(Exit::Done)
    }
}

/// Makes all keys; nothing is written when one of them is there.
pub(crate) fn create(settings: &Settings) -> anyhow::Result<()> {
    let files = [
        settings.keys.master_key_file(),
        settings.keys.token_key_file(),
        settings.anchor_key_file(),
        settings.anchor_public_key_file(),
    ];
    if let Some(there) = files.iter().find(|file| file.exists()) {
        bail!("{} exists and is not written over: name another folder in keys.folder", there.display());
    }
    let anchor = AnchorKey::generate()?;
    write(&files[0], &format!("{}\n", *MasterKey::generate()?.to_base64()))?;
    write(&files[1], &Issuer::new_key()?)?;
    write(&files[2], &anchor.to_pem()?)?;
    write(&files[3], &anchor.public().to_pem()?)
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
