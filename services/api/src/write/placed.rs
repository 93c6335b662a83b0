//! Where each aggregate lies, for the policy.

use nabij_model::case::Case;
use nabij_model::centre::Centre;
use nabij_model::discussion::Discussion;
use nabij_model::escalation::Escalation;
use nabij_model::incident::Incident;
use nabij_model::referral::Referral;
use nabij_model::signal::Signal;
use nabij_model::{AggregateId, CentreId, Decider, Refusal, Root};
use uuid::Uuid;

use super::granted::grants;
use crate::access::{Place, unknown};

/// An aggregate that the policy can locate.
pub(crate) trait Placed: Decider {
    /// The collection in its address: `cases`.
    const COLLECTION: &'static str;

    /// Where it lies in this state.
    fn place(id: Uuid, state: &Self::State) -> Place {
        Place::from(Self::concerns(id, state)).of(AggregateId::new(Self::KIND, id))
    }

    /// Where this record lies.
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
}

impl Placed for Incident {
    const COLLECTION: &'static str = "incidents";
}

impl Placed for Escalation {
    const COLLECTION: &'static str = "escalations";
}
