//! `nabij backup`: events, audit, anchors and the vault, while everybody works.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use nabij_log::{PublicKey, prune};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// Writes a backup into a new folder, signed with the anchor key.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Backup {
    /// The folder: new, or empty.
    folder: Option<PathBuf>,
    /// A folder for the vault, to be kept apart from the events and destroyed after 30 days; absent: `vault` in the folder.
    #[arg(long, value_name = "DIR")]
    vault: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Destroys every backup of the vault in and below a folder whose 30 days are over.
    Prune {
        /// The folder.
        folder: PathBuf,
    },
}

impl Backup {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        if let Some(Command::Prune { folder }) = self.command {
            let key = PublicKey::from_file(&context.settings.anchor_public_key_file())?;
            let pruned = prune(&folder, &key, Timestamp::now())?;
            context.tell(&json!({"pruned": pruned}), |_| {
                format!("{} backups of the vault were destroyed", pruned.len())
            })?;
            return Ok(Exit::Done);
        }
        let folder = self.folder.context("name a folder for the backup: nabij backup DIR")?;
        let vault_folder = self.vault.unwrap_or_else(|| folder.join("vault"));
        let key = context.anchor_key()?;
        let log = context.log().await?;
        let bar = context.progress(log.head().await?.sequence, "events");
        let backup =
            log.backup(&folder, &vault_folder, &key, Timestamp::now(), |sequence| bar.set_position(sequence));
        let (events, vault) = tokio::select! {
            done = backup => done?,
            () = context.stop.cancelled() => anyhow::bail!("stopped: {} holds no backup, remove it", folder.display()),
        };
        bar.finish_and_clear();
        let told = json!({"backup": events.backup, "folder": folder, "vault_folder": vault_folder, "events": events.events,
            "audit": events.audit, "anchors": events.anchors, "vault": vault.vault, "expires": vault.expires});
        context.tell(&told, |_| {
            format!(
                "{} events up to sequence {}, {} audit messages, {} anchors in {}; {} messages of the vault in {}, to be kept apart and destroyed by {}",
                events.events.count,
                events.events.through,
                events.audit.count,
                events.anchors,
                folder.display(),
                vault.vault.count,
                vault_folder.display(),
                vault.expires
            )
        })?;
        Ok(Exit::Done)
    }
}
