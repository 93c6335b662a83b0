//! `nabij rules`: what raises escalations.

mod adopt;
mod backtest;
mod check;

use std::path::Path;

use clap::Subcommand;
use nabij_alerts::rule::{Rule, read_rules};

use crate::context::Context;
use crate::exit::Exit;

/// What to do with the rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// Says everything that is wrong, with file, line and what was expected, and lets each rule read its histories.
    Check(check::Check),
    /// Says what rules would have raised in the past, beside what the current ones would have. Appends nothing.
    Backtest(backtest::Backtest),
    /// Lets a rule look at what happened before it was adopted: it then raises on old matters too, each once.
    Adopt(adopt::Adopt),
}

impl Rules {
    /// For the audit: what was done.
    pub(super) fn scope(&self) -> Vec<String> {
        match self {
            Self::Check(_) => vec!["check".into()],
            Self::Backtest(command) => command.scope(),
            Self::Adopt(command) => command.scope(),
        }
    }

    /// Whether it reads or changes what the network holds.
    pub(super) fn touches_the_log(&self) -> bool {
        !matches!(self, Self::Check(_))
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Check(command) => command.run(context),
            Self::Backtest(command) => command.run(context).await,
            Self::Adopt(command) => command.run(context).await,
        }
    }
}

/// The rules of `folder`, or everything that is wrong with them.
fn sound(folder: &Path) -> anyhow::Result<Vec<Rule>> {
    read_rules(folder).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("rules of {}:\n{}", folder.display(), told.join("\n"))
    })
}
