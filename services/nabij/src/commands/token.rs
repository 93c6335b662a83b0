//! `nabij token`: a bearer token for one caller.

use anyhow::ensure;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Role};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;

/// Prints a bearer token, and nothing else.
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// frontline, psychosocial, director, analyst ...
    #[arg(long)]
    role: Role,
    /// A centre they work for; may be given several times.
    #[arg(long, value_name = "UUID")]
    centre: Vec<CentreId>,
    /// The operator they work for.
    #[arg(long, value_name = "CODE")]
    operator: Option<Code>,
    /// Who they are, as the identity provider names them: never a person's name. Absent: the role.
    #[arg(long, value_name = "STAFF_ID")]
    sub: Option<StaffId>,
    /// How long it is good.
    #[arg(long, default_value_t = 12)]
    hours: u16,
}

impl Token {
    /// For the audit: for whom.
    pub(super) fn scope(&self) -> Vec<String> {
        let subject = self.sub.as_ref().map(|subject| format!("sub={subject}"));
        let centres = self.centre.iter().map(|centre| format!("centre={centre}"));
        let operator = self.operator.as_ref().map(|operator| format!("operator={operator}"));
        let told = [format!("role={}", self.role), format!("hours={}", self.hours)];
        told.into_iter().chain(subject).chain(operator).chain(centres).collect()
    }

    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        ensure!(self.hours > 0, "--hours must be at least 1");
        let subject = match self.sub {
            Some(subject) => subject,
            None => StaffId::new(self.role.as_str().replace('_', "-"))?,
        };
        let actor = Actor { subject, role: self.role, centres: self.centre, operator: self.operator };
        let lifetime = SignedDuration::from_hours(self.hours.into());
        let token = context.issuer()?.issue(&actor, Timestamp::now(), lifetime)?;
        context.tell(&json!({"token": token}), |_| token.clone())?;
        Ok(Exit::Done)
    }
}
