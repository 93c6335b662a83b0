//! `/v1/escalations`: somebody takes it up, and ends it. Rules raise them, never a call.

use nabij_model::escalation::{Escalation, EscalationCommand as C};

use crate::access::Action::AnswerEscalation;
use crate::route::Routes;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    routes.command::<Escalation, _>("/v1/escalations/{id}/acknowledge", AnswerEscalation, C::Acknowledge, "Take it up, and say what you will do and until when");
    routes.command::<Escalation, _>("/v1/escalations/{id}/resolve", AnswerEscalation, C::Resolve, "It is dealt with, and how");
}
