//! Why words of a record may go: somebody whom it named was erased, or it named nobody and its retention period is over. Nobody lets words
//! go for another reason, and none go that are about somebody whose file a legal hold keeps.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use nabij_caseload::Retained;
use nabij_log::Raw;
use nabij_model::case::Case;
use nabij_model::case::age::today;
use nabij_model::{AggregateKind, CaseId};

use super::draft::Draft;
use crate::problem::Problem;

/// Whether words of a record of `kind` may go, or with `some` false that somebody says that none have to; `history` is all that ever
/// happened to it. To say that none have to asks no reason, but under a hold it is not said either: nobody would be reminded once it is lifted.
///
/// # Errors
/// 403 `legal-hold` while somebody whom it named is not erased and has a hold, `words-stay` when nothing asks that they go; 503.
pub(super) async fn check(
    draft: &Draft,
    kind: AggregateKind,
    history: &[Raw],
    some: bool,
) -> Result<(), Problem> {
    let named: BTreeSet<CaseId> = history.iter().flat_map(Raw::cases).collect();
    let mut erased = false;
    for case in &named {
        let root = draft.state.log().load::<Case>(case.0).await?;
        let state = &root.state;
        erased |= state.erased;
        if !state.erased && state.held_until(today(draft.call.now)).is_some() {
            let detail = "a legal hold keeps the file of somebody whom this record names: its words stay until the hold is lifted";
            return Err(Problem::forbidden("legal-hold", detail));
        }
    }
    if !some || erased || (named.is_empty() && is_over(draft, kind, history)) {
        return Ok(());
    }
    let detail = "nobody whom this record names was erased, and no retention period is over: its words stay; correct what is wrong in it, or ask for the person to be erased";
    Err(Problem::forbidden("words-stay", detail))
}

/// Whether the retention period of a record that named nobody is over.
fn is_over(draft: &Draft, kind: AggregateKind, history: &[Raw]) -> bool {
    let retained = match kind {
        AggregateKind::Signal => Retained::Signal,
        AggregateKind::Discussion => Retained::Discussion,
        _ => return false,
    };
    let rule = draft.state.retention().of_records(retained);
    let written = history.iter().filter_map(|raw| raw.recorded_at().ok()).max();
    rule.zip(written).is_some_and(|(rule, written)| {
        draft.call.now.duration_since(written) >= SignedDuration::from_hours(24 * i64::from(rule.days))
    })
}
