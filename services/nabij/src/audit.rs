//! Administrators are audited too: a command that reads or changes what the network holds is written down before it begins, so
//! before it prints anything, and does not run when that cannot be done.

use std::os::unix::fs::MetadataExt;

use anyhow::Context as _;
use jiff::Timestamp;
use nabij_log::{AuditOutcome, AuditRecord, Auditor};

use crate::context::Context;

/// What is written down of a command: its name, and what it was told in fixed words, never a path or other free text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Audited {
    /// `nabij export`.
    pub(crate) name: &'static str,
    /// `format=csv`.
    pub(crate) scope: Vec<String>,
}

/// Writes a command down; the chain of records stays open until [`end`].
///
/// # Errors
/// When it cannot be written: the command must not run then.
pub(crate) async fn begin(context: &Context, audited: Audited) -> anyhow::Result<Auditor> {
    let why = || format!("it cannot be written down who runs `{}`, so it does not run", audited.name);
    let auditor = Auditor::connect(&context.log_config()?, "cli").await.with_context(why)?;
    let mut record = AuditRecord::new(Timestamp::now(), audited.name, AuditOutcome::Allowed);
    record.system_user = Some(system_user());
    record.host = host_name().map(|name| context.settings.audit.host(&name));
    record.scope = audited.scope.clone();
    auditor.write(&record).await.with_context(why)?;
    Ok(auditor)
}

/// Marks that the command came to its end. Without it the chain tells that it did not.
pub(crate) async fn end(auditor: &Auditor) {
    if let Err(error) = auditor.end(Timestamp::now()).await {
        tracing::warn!(%error, "the audit has no end mark of this command: {error}");
    }
}

/// Who runs this process, as the kernel knows it: by the name that the machine gives the number, else the number.
fn system_user() -> String {
    let Ok(own) = std::fs::metadata("/proc/self") else { return "unknown".to_owned() };
    let number = own.uid().to_string();
    let names = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = names.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    named.unwrap_or(number)
}

fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_who_runs_it() {
        assert!(!system_user().is_empty() && system_user() != "unknown");
        assert!(host_name().is_some_and(|name| !name.is_empty()));
    }
}
