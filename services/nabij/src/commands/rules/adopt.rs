//! `nabij rules adopt`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use nabij_alerts::adoption::adopt;
use nabij_alerts::carry_out::service_actor;
use nabij_model::text::Code;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// Lets a rule look at what happened before it was adopted: it then raises on old matters too, each once.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// Its id.
    rule: Code,
    /// What was recorded since then counts.
    #[arg(long, value_name = "TIME")]
    from: Timestamp,
    /// Where the rules lie; absent: `rules` in the deploy folder of the settings.
    #[arg(long, value_name = "FOLDER")]
    rules: Option<PathBuf>,
}

impl Adopt {
    pub(super) fn scope(&self) -> Vec<String> {
        vec!["adopt".into(), format!("rule={}", self.rule), format!("from={}", self.from)]
    }

    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let folder = self.rules.unwrap_or_else(|| context.settings.deploy.folder().join("rules"));
        let rules = super::sound(&folder)?;
        let Some(rule) = rules.iter().find(|rule| rule.id == self.rule) else {
            let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
            anyhow::bail!("{} is no rule of {}: it has {}", self.rule, folder.display(), ids.join(", "));
        };
        let log = context.log().await?;
        let policies = context.policies()?;
        let changed = adopt(&log, rule, self.from, &policies, &service_actor(), Timestamp::now()).await?;
        let told = json!({"rule": rule.id, "version": rule.version, "from": self.from, "changed": changed});
        context.tell(&told, |_| {
            if changed {
                format!("{} version {} looks at everything since {}", rule.id, rule.version, self.from)
            } else {
                format!("{} version {} looks at that already", rule.id, rule.version)
            }
        })?;
        Ok(Exit::Done)
    }
}
