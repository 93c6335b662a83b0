//! `nabij roster`: who is on call when.

use clap::Subcommand;
use nabij_model::CentreId;
use nabij_model::text::Code;

use crate::context::Context;
use crate::exit::Exit;

/// What to do with the roster.
#[derive(Debug, Subcommand)]
pub(crate) enum RosterCommand {
    /// Reads the roster and the limits beside it, and says which steps of which rules nobody hears by name. No address is shown.
    Check {
        /// Centres to look at, `ID` or `ID=OPERATOR`; absent: one that the roster does not name, of each operator that it names.
        centres: Vec<String>,
    },
}

impl RosterCommand {
    /// Nothing is asked of a server: it can be run before anything starts.
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Self::Check { centres } = self;
        let (rules, roster, pace) = (context.rules()?, context.roster()?, context.pace()?);
        drop(pace);
        let mut wanted = centres.iter().map(|text| centre(text)).collect::<anyhow::Result<Vec<_>>>()?;
        if wanted.is_empty() {
            wanted = roster.any_centres();
        }
        let gaps = roster.gaps(&rules, &wanted);
        if context.json {
            let told: Vec<String> = gaps.iter().map(ToString::to_string).collect();
            println!("{}", serde_json::json!({ "gaps": told, "centres": wanted.len() }));
        } else {
            for gap in &gaps {
                println!("{gap}");
            }
            println!("{} gaps in {} centres", gaps.len(), wanted.len());
        }
        Ok(if gaps.is_empty() { Exit::Done } else { Exit::Findings })
    }
}

fn centre(text: &str) -> anyhow::Result<(CentreId, Option<Code>)> {
    let (id, operator) = text.split_once('=').map_or((text, None), |(id, operator)| (id, Some(operator)));
    Ok((id.parse()?, operator.map(str::parse).transpose()?))
}
