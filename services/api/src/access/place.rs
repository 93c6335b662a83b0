//! Where a record lies: what relates a caller to it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, AggregateId, AggregateKind, CaseId, CentreId, Concerns, Role};

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
    /// Of a signal: where those live now whom it is about, who is said to have done it aside.
    pub affected: Vec<CentreId>,
    /// The operator of `centre`, where the policy asked for it.
    pub operator: Option<Code>,
    /// For the operator's safeguarding person alone.
    pub confidential: bool,
    /// Who wrote it.
    pub author: Option<StaffId>,
    /// Centres that it belonged to before, whose teams wrote in it.
    pub former: Vec<CentreId>,
    /// Of an escalation: who heard of it.
    pub heard: Option<Heard>,
    /// What was granted to whom on it.
    pub grants: Vec<Grant>,
}

/// Who heard of an escalation: to everybody else there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// The roles that heard of it, or missed it.
    pub roles: BTreeSet<Role>,
    /// Staff whom it never reaches, whatever their role.
    pub passed_over: Vec<StaffId>,
}

impl Heard {
    /// Whether `caller` did.
    #[must_use]
    pub fn by(&self, caller: &Actor) -> bool {
        self.roles.contains(&caller.role) && !self.passed_over.contains(&caller.subject)
    }
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
