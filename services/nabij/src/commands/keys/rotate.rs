//! `nabij keys rotate`: a new master key.
//!
//! The new key is in its file, and the old one beside it, before the first wrap changes: a service that meets the new one
//! reads both again. The old file is destroyed by a run that finds nothing left to replace.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use nabij_log::{MasterKey, Rotated};
use serde_json::json;

use super::write;
use crate::context::Context;
use crate::exit::Exit;
use crate::settings::KeySettings;

/// Brings every key in the vault under a new master key.
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Destroys the old key file when nothing is under the old key any more: say it once every service was told or started
    /// anew, and once no backup of the vault is needed that was made before.
    #[arg(long)]
    discard_old: bool,
}

impl Rotate {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let keys = &context.settings.keys;
        let old = keys.master_key_old_file();
        if self.discard_old && !old.exists() {
            bail!("{} is not there: no rotation goes on, and nothing is to be discarded", old.display());
        }
        if !self.discard_old {
            exchange(keys)?;
        }
        let log = context.log().await?;
        let bar = context.progress(log.head().await?.sequence, "keys");
        let rotating = log.rotate(|replaced| bar.set_position(replaced));
        let Rotated { replaced, current } = tokio::select! {
            done = rotating => done?,
            () = context.stop.cancelled() => bail!("stopped: some keys are under the old master key yet; run it again"),
        };
        bar.finish_and_clear();
        // A writer that was late to learn of the new key shows itself by what there was to replace.
        let discarded = self.discard_old && replaced == 0;
        if discarded {
            destroy(&old).with_context(|| format!("the old key {} cannot be removed", old.display()))?;
        }
        let master = log.vault().master_key_id();
        let told =
            json!({"master": master, "replaced": replaced, "keys": current, "old_discarded": discarded});
        context.tell(&told, |_| {
            let next = match (discarded, self.discard_old) {
                (true, _) => format!("{} is destroyed", old.display()),
                (false, true) => "the old key is kept, since a service still wrote with it: restart that one, and run this again".to_owned(),
                (false, false) => format!(
                    "keep a copy of {} apart from all backups, make a backup, then destroy {} with `nabij keys rotate --discard-old`",
                    keys.master_key_file().display(),
                    old.display()
                ),
            };
            format!("{replaced} wraps were replaced; {current} keys are under master key {master}; {next}")
        })?;
        Ok(if self.discard_old && !discarded { Exit::Findings } else { Exit::Done })
    }
}

/// Puts a new key in place of the current one, which goes on under its other name. Where a rotation was broken off, both are
/// there already.
fn exchange(keys: &KeySettings) -> anyhow::Result<()> {
    let (file, old) = (keys.master_key_file(), keys.master_key_old_file());
    if keys.master_key.is_some() {
        if old.exists() {
            return Ok(());
        }
        bail!(
            "the master key comes from the environment: put the present one into {}, a new one (`openssl rand -base64 32`) into keys.master_key, and run this again",
            old.display()
        );
    }
    let current = MasterKey::from_file(&file)?;
    if old.exists() {
        if MasterKey::from_file(&old)?.id() != current.id() {
            return Ok(());
        }
    } else {
        write(&old, &format!("{}\n", *current.to_base64()))?;
    }
    let mut fresh = file.clone().into_os_string();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    if fresh.exists() {
        // Left by a run that was broken off before anything was wrapped with it.
        destroy(&fresh).with_context(|| format!("{} cannot be removed", fresh.display()))?;
    }
    write(&fresh, &format!("{}\n", *MasterKey::generate()?.to_base64()))?;
    fs::rename(&fresh, &file).with_context(|| format!("{} cannot be replaced", file.display()))?;
    sync_folder(&file).with_context(|| format!("the folder of {} cannot be synced", file.display()))
}

/// Overwrites a key before its name goes; file systems that copy on write, and backups, keep what they keep.
fn destroy(file: &Path) -> std::io::Result<()> {
    let mut open = OpenOptions::new().write(true).open(file)?;
    let length = usize::try_from(open.metadata()?.len()).unwrap_or(0);
    open.write_all(&vec![b'0'; length]).and_then(|()| open.sync_all())?;
    fs::remove_file(file)?;
    sync_folder(file)
}

fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
