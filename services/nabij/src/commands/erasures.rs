//! `nabij erasures`: the signed list of what a restore must not bring back.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// What to do with the list.
#[derive(Debug, Subcommand)]
pub(crate) enum Erasures {
    /// Writes it, signed: after every erasure, to a place apart from all backups.
    Export {
        /// The file; one that is there is replaced whole.
        file: PathBuf,
    },
}

impl Erasures {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Self::Export { file } = self;
        let key = context.anchor_key()?;
        let erasures = context.log().await?.erasure_list(Timestamp::now()).await?;
        erasures.write(&file, &key)?;
        let told = json!({"file": file, "erased": erasures.erased.len(), "made_at": erasures.made_at});
        context.tell(&told, |_| format!("{} erasures are in {}", erasures.erased.len(), file.display()))?;
        Ok(Exit::Done)
    }
}
