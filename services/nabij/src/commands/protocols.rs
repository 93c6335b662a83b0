//! `nabij protocols`: the step plans of a network.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// What to do with the step plans.
#[derive(Debug, Subcommand)]
pub(crate) enum Protocols {
    /// Says everything that is wrong, with file, line and what was expected.
    Check {
        /// Where they lie; absent: `protocols` in the deploy folder of the settings.
        folder: Option<PathBuf>,
    },
}

impl Protocols {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Self::Check { folder } = self;
        let folder = folder.unwrap_or_else(|| context.settings.deploy.folder().join("protocols"));
        match nabij_protocols::Protocols::from_folder(&folder) {
            Ok(protocols) => {
                let found: Vec<_> = protocols
                    .iter()
                    .map(|one| json!({"id": one.id, "version": one.version, "steps": one.steps.len()}))
                    .collect();
                if context.json {
                    println!("{}", json!({"protocols": found, "findings": []}));
                } else {
                    for one in protocols.iter() {
                        println!("{} version {}, {} steps: sound", one.id, one.version, one.steps.len());
                    }
                }
                Ok(Exit::Done)
            }
            Err(wrong) => {
                if context.json {
                    let findings: Vec<_> = wrong
                        .0
                        .iter()
                        .map(|one| json!({"file": one.file, "line": one.line, "problem": one.problem}))
                        .collect();
                    println!("{}", json!({"protocols": [], "findings": findings}));
                } else {
                    eprintln!("{wrong}");
                }
                Ok(Exit::Findings)
            }
        }
    }
}
