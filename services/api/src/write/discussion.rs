//! `/v1/discussions`.

use std::sync::Arc;

use axum::response::Response;
use nabij_model::case::{Case, CaseState};
use nabij_model::discussion::{Discussion, DiscussionCommand as C, HoldDiscussion};
use nabij_model::id::SignalId;
use nabij_model::signal::{Signal, SignalState};
use nabij_model::{CaseId, CentreId, Decider, Root};

use super::draft::{Draft, TOGETHER};
use super::placed::Placed;
use super::written::CREATED;
use crate::access::{Action, Place, unknown};
use crate::problem::Problem;
use crate::route::{Call, Input, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let input = Input::Body { schema: schema_of::<HoldDiscussion>, optional: &[], own_id: true };
    routes.write("/v1/discussions", Action::HoldDiscussion, "Write down a discussion", input, CREATED, hold);
    routes.command::<Discussion, _>("/v1/discussions/{id}/debriefs", Action::HoldDiscussion, C::OfferDebrief, "A debriefing was offered; counts only");
}

async fn hold(state: ApiState, call: Call) -> Result<Response, Problem> {
    let mut draft = Draft::begin(state, call)?;
    let id = draft.new_id("discussions")?;
    let mut held = draft.payload::<HoldDiscussion>()?;
    let signals = signals(&draft, &held.signals).await?;
    held.confidential = signals.iter().any(|signal| signal.state.confidential);
    draft.allow(Place { confidential: held.confidential, ..Place::centre(held.centre) }).await?;
    let cases = draft.named(&held.cases).await?;
    let ours = |case: &Arc<Root<Case>>| is_here(&case.state, held.centre);
    held.guest_cases = others(&held.cases, cases.iter().map(ours));
    let with_us = |signal: &Arc<Root<Signal>>| is_ours(&draft, held.centre, &signal.state);
    held.guest_signals = others(&held.signals, signals.iter().map(with_us));
    let accepted = draft.create::<Discussion>(id, C::Hold(held)).await?;
    Ok(draft.respond::<Discussion>(CREATED.status, &accepted))
}

/// The signals that it was about: one confidential makes the discussion so too. Whoever writes it down does not choose.
///
/// # Errors
/// 404 for a signal that does not exist to the caller.
async fn signals(draft: &Draft, signals: &[SignalId]) -> Result<Vec<Arc<Root<Signal>>>, Problem> {
    let mut found = Vec::with_capacity(signals.len());
    for some in signals.chunks(TOGETHER) {
        let roots = draft.state.log().load_all::<Signal>(some.iter().map(|signal| signal.0)).await?;
        let cases: Vec<CaseId> = roots.iter().flat_map(|root| Signal::goes_with(&root.state)).collect();
        draft.cases(&cases).await?;
        for (signal, root) in some.iter().zip(roots) {
            let place = draft.living.found(signal.0, &root)?;
            if !draft.call.may_there(&draft.state, Action::FollowSignal, &place).await? {
                return Err(unknown(Some(Signal::KIND)).into());
            }
            found.push(root);
        }
    }
    Ok(found)
}

/// Whether a signal waits for a talk of the team of `centre`: it is about somebody whom that team follows or answers for, or is about
/// nobody and was logged there.
fn is_ours(draft: &Draft, centre: CentreId, signal: &SignalState) -> bool {
    // Looked up before, to say where the signal lies.
    let cases: Vec<_> =
        Signal::goes_with(signal).into_iter().filter_map(|case| draft.living.of(case)).collect();
    let followed = cases.iter().any(|case| case.state.centre.is_some());
    cases.iter().any(|case| is_here(&case.state, centre)) || (!followed && signal.centre == Some(centre))
}

/// Whether the team of `centre` follows the case, or answers for the resident's safety.
fn is_here(case: &CaseState, centre: CentreId) -> bool {
    [case.centre, case.safety_centre].contains(&Some(centre))
}

/// Those that are not of the team.
fn others<T: Copy>(named: &[T], ours: impl Iterator<Item = bool>) -> Vec<T> {
    named.iter().zip(ours).filter(|(_, ours)| !ours).map(|(one, _)| *one).collect()
}
