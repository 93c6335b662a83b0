//! What the rules need to remember of a case.

mod grants;
mod transfer;

pub use grants::{Glass, LiveShare, Share, Trust, opens};
pub use transfer::{OpenTransfer, TransferStage};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::age::SealedBirth;
use super::events::{
    Accompaniment, CaseEvent, ConsentBy, ConsentRecorded, ErasureGround, Opened, Recipient,
    VulnerabilityCategory,
};
use crate::actor::Role;
use crate::decider::Fact;
use crate::id::{ActionId, CentreId, ConsentId, GlassId, HoldId, ShareId, TransferId};
use crate::sealed::Profile;
use crate::text::StaffId;

/// A consent, as far as the rules ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who gave it.
    pub by: ConsentBy,
    /// To whom it opens the file.
    pub scope: Vec<Recipient>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// It was taken back.
    pub withdrawn: bool,
}

/// A legal hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The last day on which it stands.
    pub until: Option<Date>,
    /// It stands no longer.
    pub lifted: bool,
    /// In which role it was placed.
    pub placed_in: Role,
}

impl Hold {
    /// Whether it stands on day `on`.
    #[must_use]
    pub fn stands(&self, on: Date) -> bool {
        !self.lifted && self.until.is_none_or(|until| until >= on)
    }
}

/// Somebody asked that the person is erased, and nobody answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenErasure {
    /// Who asked.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub ground: ErasureGround,
}

/// What the rules need to remember of a case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CaseState {
    /// Whose file it is; absent before the case is opened.
    pub centre: Option<CentreId>,
    /// Who answers for the resident's safety: another centre between arrival and acknowledged handover.
    pub safety_centre: Option<CentreId>,
    /// Centres whose file it was before, and whose teams wrote in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub former_centres: BTreeSet<CentreId>,
    /// The resident lives in the centre, and no longer only has a place there.
    pub arrived: bool,
    /// When they were born, as last settled.
    pub birth: SealedBirth,
    /// Somebody doubts it.
    pub age_disputed: bool,
    /// With whom they came, as last set.
    pub accompaniment: Option<Accompaniment>,
    /// They have a guardian.
    pub guardian: bool,
    /// The guardian's own login, if they have one.
    pub guardian_login: Option<StaffId>,
    /// What was shared.
    pub shares: BTreeMap<ShareId, Share>,
    /// Colleagues whom the resident trusts, with what they may read.
    pub trusted: BTreeMap<StaffId, Trust>,
    /// Every broken glass.
    pub glasses: BTreeMap<GlassId, Glass>,
    /// Special reception needs that are not over.
    pub vulnerabilities: Vec<Profile<VulnerabilityCategory>>,
    /// Every action there ever was, and whether it is still to do.
    pub actions: BTreeMap<ActionId, bool>,
    /// Every consent there ever was.
    pub consents: BTreeMap<ConsentId, Consent>,
    /// They are missing.
    pub missing: bool,
    /// When they were last seen before they went missing, if anybody knows.
    pub last_seen_at: Option<Timestamp>,
    /// The transfer under way.
    pub transfer: Option<OpenTransfer>,
    /// Transfers that ended, however.
    pub ended_transfers: BTreeSet<TransferId>,
    /// Every hold there ever was.
    pub holds: BTreeMap<HoldId, Hold>,
    /// The follow-up ended.
    pub closed: bool,
    /// The erasure that waits for a second person.
    pub erasure: Option<OpenErasure>,
    /// Nothing is left of the person.
    pub erased: bool,
    /// Their keys are gone.
    pub erasure_completed: bool,
}

impl CaseState {
    /// Whether the person counts as a minor on day `on`: while the age is disputed, always. `None` when the birth
    /// date was never opened to us.
    #[must_use]
    pub fn minor_on(&self, on: Date, majority_years: u32) -> Option<bool> {
        if self.age_disputed {
            return Some(true);
        }
        self.birth.get().map(|birth| birth.minor_on(on, majority_years))
    }

    /// The hold that stands longest on day `on`, if any: `None` inside means until it is lifted.
    #[must_use]
    pub fn held_until(&self, on: Date) -> Option<Option<Date>> {
        let standing = self.holds.values().filter(|hold| hold.stands(on)).map(|hold| hold.until);
        standing.max_by_key(|until| until.unwrap_or(Date::MAX))
    }

    pub(super) fn evolve(&mut self, fact: &Fact<CaseEvent>) {
        match &fact.event {
            CaseEvent::Opened(opened) => self.open(opened),
            CaseEvent::Assigned(assigned) => {
                self.move_to(assigned.centre);
                self.safety_centre = self.centre;
            }
            CaseEvent::Arrived(_) => self.arrived = true,
            CaseEvent::VulnerabilityNoted(noted) => self.vulnerabilities.push(noted.category.clone()),
            CaseEvent::VulnerabilityEnded(ended) => {
                self.vulnerabilities.retain(|known| known.get() != ended.category.get());
            }
            CaseEvent::AccompanimentSet(set) => self.accompaniment = Some(set.accompaniment),
            CaseEvent::GuardianAssigned(assigned) => {
                self.guardian = true;
                self.guardian_login.clone_from(&assigned.guardian);
            }
            CaseEvent::GuardianEnded(_) => {
                self.guardian = false;
                self.guardian_login = None;
            }
            CaseEvent::InformationShared(shared) => self.share(shared),
            CaseEvent::ShareEnded(ended) => {
                if let Some(share) = self.shares.get_mut(&ended.share) {
                    share.ended = true;
                }
            }
            CaseEvent::TrustedPersonNamed(named) => self.trust(named),
            CaseEvent::TrustedPersonEnded(ended) => {
                self.trusted.remove(&ended.colleague);
            }
            CaseEvent::GlassBroken(broken) => self.break_glass(broken, &fact.by),
            CaseEvent::GlassReviewed(reviewed) => {
                if let Some(glass) = self.glasses.get_mut(&reviewed.glass) {
                    glass.verdict = Some(reviewed.verdict);
                }
            }
            CaseEvent::AgeDisputed(_) => self.age_disputed = true,
            CaseEvent::AgeSettled(settled) => {
                self.age_disputed = false;
                if settled.birth_date.is_some() || settled.birth_year.is_some() {
                    self.birth = SealedBirth {
                        birth_date: settled.birth_date.clone(),
                        birth_year: settled.birth_year.clone(),
                    };
                }
            }
            CaseEvent::PlanActionAdded(added) => {
                self.actions.insert(added.action, true);
            }
            CaseEvent::PlanActionCompleted(done) => {
                self.actions.insert(done.action, false);
            }
            CaseEvent::PlanActionCancelled(cancelled) => {
                self.actions.insert(cancelled.action, false);
            }
            CaseEvent::ConsentRecorded(recorded) => {
                self.consents.insert(recorded.consent, Consent::from(recorded));
            }
            CaseEvent::ConsentWithdrawn(withdrawn) => {
                if let Some(consent) = self.consents.get_mut(&withdrawn.consent) {
                    consent.withdrawn = true;
                }
            }
            CaseEvent::ReportedMissing(missing) => {
                self.missing = true;
                self.last_seen_at = missing.last_seen_at;
            }
            CaseEvent::Found(_) => self.missing = false,
            CaseEvent::HoldPlaced(placed) => {
                let hold = Hold { until: placed.until, lifted: false, placed_in: fact.role };
                self.holds.insert(placed.hold, hold);
            }
            CaseEvent::HoldLifted(lifted) => {
                if let Some(hold) = self.holds.get_mut(&lifted.hold) {
                    hold.lifted = true;
                }
            }
            CaseEvent::Closed(_) => self.closed = true,
            CaseEvent::Reopened(_) => self.closed = false,
            CaseEvent::ErasureRequested(requested) => {
                let (by, at) = (fact.by.clone(), fact.at);
                self.erasure = Some(OpenErasure { by, at, ground: requested.ground });
            }
            CaseEvent::ErasureRefused(_) | CaseEvent::ErasureWithdrawn(_) => self.erasure = None,
            CaseEvent::Erased(_) => self.erase(),
            CaseEvent::ErasureCompleted(_) => self.erasure_completed = true,
            CaseEvent::TransferRequested(_)
            | CaseEvent::TransferApproved(_)
            | CaseEvent::TransferRefused(_)
            | CaseEvent::TransferDeparted(_)
            | CaseEvent::TransferArrived(_)
            | CaseEvent::TransferHandoverAcknowledged(_)
            | CaseEvent::TransferCancelled(_) => self.evolve_transfer(&fact.event),
            CaseEvent::SupportNetworkNoted(_)
            | CaseEvent::GuidanceNoted(_)
            | CaseEvent::ContactNoted(_)
            | CaseEvent::ResponseAdded(_)
            | CaseEvent::StatementKept(_)
            | CaseEvent::StatementReleased(_)
            | CaseEvent::ScreeningRecorded(_)
            | CaseEvent::SupportLevelSet(_)
            | CaseEvent::ParentsInformed(_)
            | CaseEvent::ParentsNotInformed(_)
            | CaseEvent::ReportedOutside(_) => {}
        }
    }

    fn open(&mut self, opened: &Opened) {
        self.centre = Some(opened.centre);
        self.safety_centre = self.centre;
        self.arrived = opened.arrived_on.is_some();
        self.birth =
            SealedBirth { birth_date: opened.birth_date.clone(), birth_year: opened.birth_year.clone() };
        self.accompaniment = opened.accompaniment;
    }

    /// The file goes to another centre.
    pub(super) fn move_to(&mut self, centre: CentreId) {
        self.former_centres.extend(self.centre.replace(centre).filter(|before| *before != centre));
    }

    /// Only what routes later readers stays.
    fn erase(&mut self) {
        *self = Self {
            centre: self.centre,
            safety_centre: self.safety_centre,
            closed: true,
            erased: true,
            ..Self::default()
        };
    }
}

impl From<&ConsentRecorded> for Consent {
    fn from(recorded: &ConsentRecorded) -> Self {
        Self { by: recorded.by, scope: recorded.scope.clone(), until: recorded.until, withdrawn: false }
    }
}
