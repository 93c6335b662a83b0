//! `nabij rules check`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use nabij_alerts::history::rehearse;
use nabij_alerts::rule::{Condition, read_rules};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// Says everything that is wrong, with file, line and what was expected, and lets each rule read its histories.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Where they lie; absent: `rules` in the deploy folder of the settings.
    folder: Option<PathBuf>,
}

impl Check {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let folder = self.folder.unwrap_or_else(|| context.settings.deploy.folder().join("rules"));
        let (mut findings, mut sound) = (Vec::new(), Vec::new());
        match read_rules(&folder) {
            Err(errors) => findings.extend(errors.iter().map(ToString::to_string)),
            Ok(rules) => {
                let (reportability, policies) = (Arc::new(context.reportability()?), context.policies()?);
                for rule in &rules {
                    match rehearse(&folder, &rules, rule, &reportability, &policies) {
                        Err(errors) => findings.extend(errors.iter().map(ToString::to_string)),
                        Ok(histories) => sound.push((rule, histories)),
                    }
                }
                let told = sound.iter().map(|(rule, histories)| {
                    json!({"id": rule.id, "version": rule.version, "histories": histories})
                });
                let told = json!({"rules": told.collect::<Vec<_>>(), "findings": findings});
                context.tell(&told, |_| {
                    let line = |(rule, histories): &(&nabij_alerts::rule::Rule, usize)| {
                        let tried = match (rule.condition(), histories) {
                            (Condition::Figure(_), _) => "on a figure".to_owned(),
                            (_, 0) => "no history tries it".to_owned(),
                            (_, histories) => format!("{histories} histories"),
                        };
                        format!("{} version {}, {tried}: sound", rule.id, rule.version)
                    };
                    let lines = sound.iter().map(line).chain(findings.iter().cloned());
                    lines.collect::<Vec<_>>().join("\n")
                })?;
                return Ok(if findings.is_empty() { Exit::Done } else { Exit::Findings });
            }
        }
        let told = json!({"rules": [], "findings": findings});
        context.tell(&told, |_| findings.join("\n"))?;
        Ok(Exit::Findings)
    }
}
