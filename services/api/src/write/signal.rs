//! `/v1/signals`; links have a file of their own.

use axum::response::Response;
use nabij_model::CaseId;
use nabij_model::case::Accompaniment;
use nabij_model::case::age::today;
use nabij_model::signal::{Corrected, Involvement, LogSignal, Signal, SignalCommand as C};

use super::draft::{Draft, erased};
use super::written::{CREATED, DONE};
use crate::access::{Action, Place};
use crate::problem::Problem;
use crate::route::{Call, Input, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    use Action::{AssessSignal, CorrectSignal, FollowSignal};
    let input = Input::Body { schema: schema_of::<LogSignal>, optional: &[], own_id: true };
    routes.write("/v1/signals", Action::LogSignal, "Log a signal: a centre and a note or a category are enough", input, CREATED, log);
    routes.command::<Signal, _>("/v1/signals/{id}/assessments", AssessSignal, C::Assess, "Give a second person's view");
    routes.command::<Signal, _>("/v1/signals/{id}/non-registrations", FollowSignal, C::DoNotRegister, "Decide not to register it, with the reason");
    routes.command::<Signal, _>("/v1/signals/{id}/dismissals", FollowSignal, C::Dismiss, "It turned out to be nothing");
    routes.command::<Signal, _>("/v1/signals/{id}/feedback", FollowSignal, C::GiveFeedback, "Somebody was told what became of it");
    routes.special::<Corrected, _>("/v1/signals/{id}/corrections", CorrectSignal, "Correct it; the first version stays readable", correct);
}

async fn log(state: ApiState, call: Call) -> Result<Response, Problem> {
    let mut draft = Draft::begin(state, call)?;
    let id = draft.new_id("signals")?;
    let mut signal = draft.payload::<LogSignal>()?;
    draft.allow(Place::centre(signal.centre)).await?;
    let minors = minors(&draft, &signal).await?;
    if minors.named {
        signal.involves_minor = Some(true);
    }
    signal.accompaniment = minors.accompaniment;
    let accepted = draft.create::<Signal>(id, C::Log(signal)).await?;
    Ok(draft.respond::<Signal>(CREATED.status, &accepted))
}

async fn correct(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let corrected = draft.payload::<Corrected>()?;
    draft.allow_record::<Signal>(id).await?;
    let named: Vec<CaseId> = corrected.cases.iter().flatten().map(|involved| involved.case).collect();
    draft.refuse_erased(&named, "/cases").await?;
    let accepted = draft.execute::<Signal>(id, C::Correct(corrected)).await?;
    Ok(draft.respond::<Signal>(DONE.status, &accepted))
}

/// What the cases that a signal names say of minors.
#[derive(Default)]
struct Minors {
    /// One of them is a minor's today.
    named: bool,
    /// With whom the affected minor is; of several the least accompanied.
    accompaniment: Option<Accompaniment>,
}

/// What the cases that the signal names say of minors; 422 when it names somebody who is erased. Who notices need not know ages, and a child whose age nobody
/// filled in must not fall out of what protects children.
async fn minors(draft: &Draft, signal: &LogSignal) -> Result<Minors, Problem> {
    let majority = draft.state.policies().majority_age_years.value;
    let mut minors = Minors::default();
    let named: Vec<CaseId> = signal.cases.iter().map(|involved| involved.case).collect();
    for (involved, case) in signal.cases.iter().zip(draft.cases(&named).await?) {
        if case.state.erased {
            return Err(erased(involved.case, "/cases"));
        }
        if case.state.minor_on(today(draft.call.now), majority) == Some(true) {
            minors.named = true;
            if involved.role == Involvement::Affected {
                minors.accompaniment = minors.accompaniment.max(case.state.accompaniment);
            }
        }
    }
    Ok(minors)
}
