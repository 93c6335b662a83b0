//! `/v1/referrals`.

use nabij_model::referral::{Referral, ReferralCommand as C, RequestReferral};

use super::command::Scope;
use crate::access::Action::FollowReferral;
use crate::route::Routes;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let scope = |asked: &RequestReferral| Scope { centre: Some(asked.centre), case: Some(asked.case) };
    routes.create::<Referral, _>("/v1/referrals", FollowReferral, C::Request, scope, "Ask for outside care");
    routes.command::<Referral, _>("/v1/referrals/{id}/accept", FollowReferral, C::Accept, "The provider said yes");
    routes.command::<Referral, _>("/v1/referrals/{id}/waitlist", FollowReferral, C::Waitlist, "The provider has a waiting list");
    routes.command::<Referral, _>("/v1/referrals/{id}/refuse", FollowReferral, C::Refuse, "The provider said no");
    routes.command::<Referral, _>("/v1/referrals/{id}/appointment", FollowReferral, C::SetAppointment, "Set or move the appointment");
    routes.command::<Referral, _>("/v1/referrals/{id}/attend", FollowReferral, C::Attend, "The resident went");
    routes.command::<Referral, _>("/v1/referrals/{id}/miss", FollowReferral, C::Miss, "The resident did not go");
    routes.command::<Referral, _>("/v1/referrals/{id}/complete", FollowReferral, C::Complete, "The care has ended");
    routes.command::<Referral, _>("/v1/referrals/{id}/withdraw", FollowReferral, C::Withdraw, "Take the request back");
    routes.command::<Referral, _>("/v1/referrals/{id}/barriers", FollowReferral, C::RecordBarrier, "Say what stands in the way");
}
