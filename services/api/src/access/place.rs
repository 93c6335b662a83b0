//! Where a record lies: what relates a caller to it.

use jiff::Timestamp;
use nabij_model::text::{Code, StaffId};
use nabij_model::{AggregateId, AggregateKind, CaseId, CentreId, Concerns};

use super::Grant;

/// Where a record lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The record, where there is one: for the trail, no policy sees it.
    pub record: Option<AggregateId>,
    /// The centre that it belongs to.
    pub centre: Option<CentreId>,
    /// The centre that its case is on its way to.
    pub receiver: Option<CentreId>,
    /// The centre that answers for the resident's safety, where that is not `centre`.
    pub safety: Option<CentreId>,
    /// The operator of `centre`, where the policy asked for it.
    pub operator: Option<Code>,
    /// For the operator's safeguarding person alone.
    pub confidential: bool,
    /// Who wrote it.
    pub author: Option<StaffId>,
    /// Centres that it belonged to before, whose teams wrote in it.
    pub former: Vec<CentreId>,
    /// What was granted to whom on it.
    pub grants: Vec<Grant>,
}

impl Place {
    /// A centre.
    #[must_use]
    pub fn centre(centre: CentreId) -> Self {
        Self { centre: Some(centre), ..Self::default() }
    }

    /// A case of which only its centre is known: a line of a list.
    #[must_use]
    pub fn case(case: CaseId, centre: CentreId) -> Self {
        Self { record: Some(AggregateId::new(AggregateKind::Case, case.0)), ..Self::centre(centre) }
    }

    /// The same place, of this record.
    #[must_use]
    pub fn of(self, record: AggregateId) -> Self {
        Self { record: Some(record), ..self }
    }

    /// Without the grants that no longer hold at `now`.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.grants.retain(|grant| grant.holds_at(now));
        self
    }
}

impl From<Concerns> for Place {
    fn from(concerns: Concerns) -> Self {
        Self { centre: concerns.centre, confidential: concerns.confidential, ..Self::default() }
    }
}
