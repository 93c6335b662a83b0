//! `nabij config`: what the settings come down to.

use clap::Subcommand;

use crate::channels::channels;
use crate::context::Context;
use crate::exit::Exit;

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Prints them with secrets hidden, once everything that a file or the environment set was checked: policies, rules, roster, protocols and the channels by which people are told too.
    Check,
}

impl Config {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Self::Check = self;
        let roster = context.roster()?;
        drop((context.policies()?, context.access()?, context.rules()?, context.pace()?));
        drop(channels(context, &roster)?);
        drop((context.protocols()?, context.retention()?, context.reportability()?));
        if context.json {
            println!("{}", serde_json::to_string(&context.settings)?);
        } else {
            print!("{}", toml::to_string(&context.settings)?);
        }
        Ok(Exit::Done)
    }
}
