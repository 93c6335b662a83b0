//! `nabij erase`: who is erased, who waits for it, and finishing what broke off. Asking and agreeing is for two persons with
//! tokens of their own, over the interface.

use clap::Subcommand;
use jiff::Timestamp;
use nabij_alerts::eraser::Eraser;
use nabij_caseload::{ErasureStep, NOW, Reader};
use serde_json::json;

use crate::context::{Connected, Context};
use crate::exit::Exit;

/// Erasures, for an operator.
#[derive(Debug, Subcommand)]
pub(crate) enum Erase {
    /// Lists every erasure with its last step; nobody is named.
    List,
    /// Destroys now every key that two persons ordered to be destroyed, also where a vault came back from a backup.
    Resume,
    /// Lists the cases, and the records without a case, whose retention period is over, by the rules of deploy/retention. Nothing is erased
    /// by it: two persons erase a case, and somebody of the team sends a record's words to its `/redactions`.
    Propose {
        /// As if it were this moment; absent: now.
        #[arg(long, value_name = "TIME")]
        as_of: Option<Timestamp>,
    },
}

impl Erase {
    /// For the audit: what was done.
    pub(super) fn scope(&self) -> Vec<String> {
        let what = match self {
            Self::List => "list",
            Self::Resume => "resume",
            Self::Propose { .. } => "propose",
        };
        vec![what.to_owned()]
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Connected { log, pool } = context.connect().await?;
        let reader = Reader::new(pool.clone());
        match self {
            Self::List => {
                let erasures = reader.erasures(None, None, NOW, None, u32::MAX >> 1).await?;
                let open = erasures.iter().any(|one| one.state == ErasureStep::Ordered);
                context.tell(&json!({"erasures": erasures}), |_| {
                    let lines =
                        erasures.iter().map(|one| format!("{}  {}  {:?}", one.since, one.case, one.state));
                    lines.chain([format!("{} erasures", erasures.len())]).collect::<Vec<_>>().join("\n")
                })?;
                Ok(if open { Exit::Findings } else { Exit::Done })
            }
            Self::Resume => {
                let finished = Eraser::new(log, pool, context.policies()?).look().await?;
                context.tell(&json!({"finished": finished}), |_| {
                    format!("{finished} erasures were finished; every other was done already")
                })?;
                Ok(Exit::Done)
            }
            Self::Propose { as_of } => {
                let retention = context.retention()?;
                let now = as_of.unwrap_or_else(Timestamp::now);
                let proposals = reader.proposals(&retention, None, now, NOW).await?;
                let records = reader.outlived(&retention, now, NOW).await?;
                context.tell(&json!({"proposals": proposals, "records": records}), |_| {
                    let lines = proposals.iter().map(|one| {
                        format!("{}  {}  since {} ({})", one.case, one.rule, one.over, one.source)
                    });
                    let of_records = records.iter().map(|one| {
                        format!(
                            "{}  {}  {}  since {} ({})",
                            one.record, one.kind, one.rule, one.over, one.source
                        )
                    });
                    let told = format!("{} cases, {} records without a case", proposals.len(), records.len());
                    lines.chain(of_records).chain([told]).collect::<Vec<_>>().join("\n")
                })?;
                Ok(Exit::Done)
            }
        }
    }
}
