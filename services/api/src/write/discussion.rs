//! `/v1/discussions`.

use nabij_model::discussion::{Discussion, DiscussionCommand as C, HoldDiscussion};

use super::command::Scope;
use crate::access::Action;
use crate::route::Routes;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let scope = |held: &HoldDiscussion| Scope::centre(held.centre);
    routes.create::<Discussion, _>("/v1/discussions", Action::HoldDiscussion, C::Hold, scope, "Write down a discussion");
    routes.command::<Discussion, _>("/v1/discussions/{id}/debriefs", Action::HoldDiscussion, C::OfferDebrief, "A debriefing was offered; counts only");
}
