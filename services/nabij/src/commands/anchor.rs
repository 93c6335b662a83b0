//! `nabij anchor`: signs what the log, the vault and the audit stream are now.

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// Makes one anchor now, beside those that the projector makes: before and after whatever makes you uneasy.
#[derive(Debug, Args)]
pub(crate) struct Anchor {}

impl Anchor {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Self {} = self;
        let file = context.settings.anchors.file();
        let mut anchorer = context.anchorer(context.log().await?).await?;
        let made = anchorer.anchor(Timestamp::now()).await?;
        let last = anchorer.last();
        context.tell(&json!({"made": made.is_some(), "anchor": last}), |_| match last {
            None => "there is nothing to anchor yet".to_owned(),
            Some(last) => {
                let what = if made.is_some() {
                    "made"
                } else {
                    "stands: nothing changed since, or another process was faster"
                };
                format!(
                    "anchor {} of sequence {} {what}; {}",
                    last.number,
                    last.events.through,
                    file.display()
                )
            }
        })?;
        Ok(Exit::Done)
    }
}
