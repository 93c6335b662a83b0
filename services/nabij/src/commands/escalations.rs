//! `nabij escalations`: notices that did not arrive.

use clap::Subcommand;
use nabij_alerts::view::{ParkedNotice, parked};
use nabij_log::ExecuteError;
use nabij_model::escalation::{Escalation, EscalationCommand, NotificationRetried};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Escalations {
    /// Lists the notices that were given up after their last attempt. No address is shown.
    Parked,
    /// Sends parked notices again, from the first attempt on.
    Retry {
        /// Which, as `parked` lists them.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<u64>,
        /// All of them.
        #[arg(long)]
        all: bool,
    },
}

impl Escalations {
    /// For the audit: what was done, with which notice.
    pub(super) fn scope(&self) -> Vec<String> {
        match self {
            Self::Parked => vec!["parked".into()],
            Self::Retry { id: Some(id), .. } => vec![format!("retry={id}")],
            Self::Retry { id: None, .. } => vec!["retry=all".into()],
        }
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let connected = context.connect().await?;
        let mut notices = parked(&connected.pool.get().await?).await?;
        match self {
            Self::Parked => {
                context.tell(&notices, |notices| {
                    if notices.is_empty() {
                        return "no parked notices".to_owned();
                    }
                    notices.iter().map(line).collect::<Vec<_>>().join("\n")
                })?;
                return Ok(if notices.is_empty() { Exit::Done } else { Exit::Findings });
            }
            Self::Retry { id: Some(id), .. } => {
                notices.retain(|notice| notice.id == id);
                anyhow::ensure!(
                    !notices.is_empty(),
                    "{id} is no parked notice: `nabij escalations parked` lists them"
                );
            }
            Self::Retry { id: None, .. } => {}
        }
        let mut sent = 0;
        for notice in &notices {
            let submission = context.submission("service:cli", context.policies()?);
            let command = EscalationCommand::RetryNotification(retried(notice)?);
            match connected.log.execute::<Escalation>(notice.escalation, command, &submission).await {
                Ok(_) => sent += 1,
                Err(ExecuteError::Refused(refusal)) => {
                    tracing::warn!("notice {} is not sent again: {refusal}", notice.id);
                }
                Err(error) => return Err(error.into()),
            }
        }
        context.tell(&json!({ "retried": sent, "of": notices.len() }), |_| {
            format!("{sent} of {} parked notices are sent again", notices.len())
        })?;
        Ok(if sent == notices.len() { Exit::Done } else { Exit::Findings })
    }
}

fn retried(notice: &ParkedNotice) -> anyhow::Result<NotificationRetried> {
    let mut body = notice.body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|name, _| matches!(name.as_str(), "channel" | "to" | "step" | "of" | "contact"));
    }
    Ok(serde_json::from_value(body)?)
}

fn line(notice: &ParkedNotice) -> String {
    let ParkedNotice { id, escalation, at, body } = notice;
    let field = |name: &str| body[name].as_str().map_or_else(|| body[name].to_string(), str::to_owned);
    let (channel, to, step) = (field("channel"), field("to"), field("step"));
    format!(
        "{id}: escalation {escalation}, step {step}, {channel} to {to}, parked at {at} after {} attempts: {}",
        field("attempts"),
        field("reason")
    )
}
