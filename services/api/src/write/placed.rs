//! Where each aggregate lies, for the policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nabij_log::LogError;
use nabij_model::case::Case;
use nabij_model::centre::Centre;
use nabij_model::discussion::Discussion;
use nabij_model::escalation::Escalation;
use nabij_model::incident::Incident;
use nabij_model::referral::Referral;
use nabij_model::signal::{Involvement, Signal};
use nabij_model::{AggregateId, CaseId, CentreId, Decider, Refusal, Root};
use uuid::Uuid;

use super::granted::grants;
use crate::access::{Heard, Place, unknown};
use crate::problem::Problem;
use crate::state::ApiState;

/// An aggregate that the policy can locate.
pub(crate) trait Placed: Decider {
    /// The collection in its address: `cases`.
    const COLLECTION: &'static str;
    /// Whether there are cases that it goes with.
    const GOES_WITH_CASES: bool = false;

    /// Where it lies in this state.
    fn place(id: Uuid, state: &Self::State) -> Place {
        Place::from(Self::concerns(id, state)).of(AggregateId::new(Self::KIND, id))
    }

    /// The cases that it goes with: where they live says where it lies, or who may act on it too.
    fn goes_with(_: &Self::State) -> Vec<CaseId> {
        Vec::new()
    }

    /// The same place, when those cases live in `centres`.
    fn gone_along(place: Place, _centres: Vec<CentreId>) -> Place {
        place
    }

    /// Where this record lies, as far as it says itself.
    ///
    /// # Errors
    /// When there is none: as of one that the caller may not know of.
    fn found(id: Uuid, root: &Root<Self>) -> Result<Place, Refusal> {
        if root.exists() { Ok(Self::place(id, &root.state)) } else { Err(unknown(Some(Self::KIND))) }
    }
}

impl Placed for Case {
    const COLLECTION: &'static str = "cases";

    fn place(id: Uuid, state: &Self::State) -> Place {
        Place {
            receiver: state.transfer.map(|transfer| transfer.to_centre),
            former: state.former_centres.iter().copied().collect(),
            safety: state.safety_centre.filter(|centre| Some(*centre) != state.centre),
            grants: grants(state),
            ..Place::from(Self::concerns(id, state)).of(AggregateId::new(Self::KIND, id))
        }
    }
}

impl Placed for Signal {
    const COLLECTION: &'static str = "signals";
    const GOES_WITH_CASES: bool = true;

    /// What is confidential goes nowhere; and who is said to have done it takes no signal along.
    fn goes_with(state: &Self::State) -> Vec<CaseId> {
        let named = state.cases.iter().filter(|one| one.role != Involvement::AllegedActor);
        named.filter(|_| !state.confidential).map(|one| one.case).collect()
    }

    fn gone_along(place: Place, centres: Vec<CentreId>) -> Place {
        Place { affected: centres, ..place }
    }

    fn place(id: Uuid, state: &Self::State) -> Place {
        let place = Place::from(Self::concerns(id, state)).of(AggregateId::new(Self::KIND, id));
        Place { author: state.reporter.clone(), ..place }
    }
}

impl Placed for Centre {
    const COLLECTION: &'static str = "centres";

    fn place(id: Uuid, state: &Self::State) -> Place {
        let place = Place::centre(CentreId(id)).of(AggregateId::new(Self::KIND, id));
        Place { operator: state.operator.clone(), ..place }
    }
}

impl Placed for Discussion {
    const COLLECTION: &'static str = "discussions";
}

impl Placed for Referral {
    const COLLECTION: &'static str = "referrals";
    const GOES_WITH_CASES: bool = true;

    fn goes_with(state: &Self::State) -> Vec<CaseId> {
        state.case.into_iter().collect()
    }

    /// Whoever asked for it, it is followed by the team that follows the case.
    fn gone_along(place: Place, centres: Vec<CentreId>) -> Place {
        Place { centre: centres.first().copied().or(place.centre), ..place }
    }
}

impl Placed for Incident {
    const COLLECTION: &'static str = "incidents";
}

impl Placed for Escalation {
    const COLLECTION: &'static str = "escalations";

    fn place(id: Uuid, state: &Self::State) -> Place {
        let heard = Heard { roles: state.heard.clone(), passed_over: state.passed_over.clone() };
        let place = Place::from(Self::concerns(id, state)).of(AggregateId::new(Self::KIND, id));
        Place { heard: Some(heard), ..place }
    }
}

/// The cases that records go with, as one call looked them up; those that live nowhere too.
#[derive(Debug, Default)]
pub(crate) struct Living(Mutex<BTreeMap<CaseId, Arc<Root<Case>>>>);

impl Living {
    /// These cases in their order; those that were not looked up before are asked for together.
    ///
    /// # Errors
    /// When the log is away.
    pub(crate) async fn look_up(
        &self,
        state: &ApiState,
        cases: &[CaseId],
    ) -> Result<Vec<Arc<Root<Case>>>, LogError> {
        let new: BTreeSet<CaseId> = {
            let known = self.known();
            cases.iter().copied().filter(|case| !known.contains_key(case)).collect()
        };
        if !new.is_empty() {
            let found = state.log().load_all::<Case>(new.iter().map(|case| case.0)).await?;
            self.known().extend(new.into_iter().zip(found));
        }
        let known = self.known();
        Ok(cases.iter().map(|case| Arc::clone(&known[case])).collect())
    }

    /// Where a record lies now.
    ///
    /// # Errors
    /// When there is none, or the log is away.
    pub(crate) async fn find<A: Placed>(
        &self,
        state: &ApiState,
        id: Uuid,
        root: &Root<A>,
    ) -> Result<Result<Place, Refusal>, LogError> {
        self.look_up(state, &A::goes_with(&root.state)).await?;
        Ok(self.found(id, root))
    }

    /// A case that was looked up before.
    pub(super) fn of(&self, case: CaseId) -> Option<Arc<Root<Case>>> {
        self.known().get(&case).cloned()
    }

    /// Where a record lies, of what was looked up before.
    ///
    /// # Errors
    /// When there is none, and while it goes with a case that nobody looked up.
    pub(crate) fn found<A: Placed>(&self, id: Uuid, root: &Root<A>) -> Result<Place, Refusal> {
        let place = A::found(id, root)?;
        let known = self.known();
        let lives =
            |case| known.get(&case).map(|case| case.state.centre).ok_or_else(|| unknown(Some(A::KIND)));
        let lives = A::goes_with(&root.state).into_iter().map(lives).collect::<Result<Vec<_>, _>>()?;
        Ok(A::gone_along(place, lives.into_iter().flatten().collect()))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<CaseId, Arc<Root<Case>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a record lies now.
///
/// # Errors
/// 404 when there is none, 503 when the log is away.
pub(crate) async fn whereabouts<A: Placed>(
    state: &ApiState,
    id: Uuid,
    root: &Root<A>,
) -> Result<Place, Problem> {
    Ok(Living::default().find(state, id, root).await??)
}
