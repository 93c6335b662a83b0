//! `/v1/signals`; links have a file of their own.

use nabij_model::signal::{LogSignal, Signal, SignalCommand as C};

use super::command::Scope;
use crate::access::Action;
use crate::route::Routes;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    use Action::{AssessSignal, CorrectSignal, FollowSignal};
    let scope = |signal: &LogSignal| Scope::centre(signal.centre);
    routes.create::<Signal, _>("/v1/signals", Action::LogSignal, C::Log, scope, "Log a signal: a centre and a note or a category are enough");
    routes.command::<Signal, _>("/v1/signals/{id}/assessments", AssessSignal, C::Assess, "Give a second person's view");
    routes.command::<Signal, _>("/v1/signals/{id}/non-registrations", FollowSignal, C::DoNotRegister, "Decide not to register it, with the reason");
    routes.command::<Signal, _>("/v1/signals/{id}/dismissals", FollowSignal, C::Dismiss, "It turned out to be nothing");
    routes.command::<Signal, _>("/v1/signals/{id}/feedback", FollowSignal, C::GiveFeedback, "Somebody was told what became of it");
    routes.command::<Signal, _>("/v1/signals/{id}/corrections", CorrectSignal, C::Correct, "Correct it; the first version stays readable");
}
