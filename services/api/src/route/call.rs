//! One call: who, where, what.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use jiff::Timestamp;
use nabij_log::Submission;
use nabij_model::case::age::today;
use nabij_model::text::Code;
use nabij_model::{Actor, CentreId, Refusal};

use crate::access::{Action, Denial, Place, Trail, Verdict};
use crate::audit::Reading;
use crate::input::{Once, Parameters, if_match, traceparent};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::tokens::Scope;

/// One call, authenticated and of a role that may do it somewhere.
#[derive(Debug)]
pub(crate) struct Call {
    /// Who.
    pub(crate) actor: Actor,
    /// What the policy calls it.
    pub(crate) action: Action,
    /// Ids in the path.
    pub(crate) parameters: Parameters,
    /// The address, with its query.
    pub(crate) address: Uri,
    /// All headers.
    pub(crate) headers: HeaderMap,
    /// The body, within the limit; empty on a read.
    pub(crate) body: Bytes,
    /// Ours, not the server's: `recorded_at` of what follows.
    pub(crate) now: Timestamp,
    /// When the token runs out, seconds since 1970.
    pub(crate) until: i64,
    /// What it asked the policy, for the audit.
    pub(crate) trail: Trail,
    /// How far a machine's account reaches; absent for people.
    pub(crate) scope: Option<Scope>,
    /// What the audit writes down of it.
    pub(crate) reading: Reading,
}

/// How far a call may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The whole network.
    Network,
    /// Every centre of this operator.
    Operator(Code),
    /// These centres, at least one.
    Centres(Vec<CentreId>),
}

impl Call {
    /// The write's name, if it has one.
    ///
    /// # Errors
    /// When the header is unusable.
    pub(crate) fn once(&self) -> Result<Option<Once>, Problem> {
        Once::read(&self.headers, self.actor.subject.as_str(), self.address.path(), &self.body)
    }

    /// The circumstances of a command, as the log takes them.
    ///
    /// # Errors
    /// When a header is unusable.
    pub(crate) fn submission(&self, state: &ApiState, once: Option<&Once>) -> Result<Submission, Problem> {
        Ok(Submission {
            now: self.now,
            actor: self.actor.clone(),
            policies: Arc::clone(state.policies()),
            command: once.map(|once| once.command),
            historic: false,
            traceparent: traceparent(&self.headers),
            expected_version: if_match(&self.headers)?,
        })
    }

    /// Whether the policy asks for the operator of a centre, which must then be looked up before [`permit`](Self::permit).
    pub(crate) fn needs_operator(&self, state: &ApiState) -> bool {
        state.access().needs_operator(self.actor.role, self.action)
    }

    /// Asks the policy whether this call may touch a record that lies at `place`; of operators only those count that were
    /// looked up before.
    ///
    /// # Errors
    /// The policy's no.
    pub(crate) fn permit(&self, state: &ApiState, place: Place) -> Result<(), Refusal> {
        let of = place.record.map(|record| record.kind);
        self.ask(state, self.action, place).ok().map_err(|denial| denial.refusal(of))
    }

    /// The same, after looking up the operator where the policy asks for it.
    ///
    /// # Errors
    /// 403, or 404 where even existence is secret; 503 when the operator cannot be looked up.
    pub(crate) async fn allow(&self, state: &ApiState, place: Place) -> Result<(), Problem> {
        self.allow_to(state, self.action, place).await
    }

    /// The same of another thing than the call's own.
    ///
    /// # Errors
    /// As [`allow`](Self::allow).
    pub(crate) async fn allow_to(
        &self,
        state: &ApiState,
        action: Action,
        place: Place,
    ) -> Result<(), Problem> {
        self.operator(state, action, &place).await?;
        let of = place.record.map(|record| record.kind);
        Ok(self.ask(state, action, place).ok().map_err(|denial| denial.refusal(of))?)
    }

    /// Whether this caller may do another thing than the call's own at `place`: read the whole file, show this line of a list,
    /// open a level of secrecy. Like every question it lands in the trail.
    pub(crate) fn may(&self, state: &ApiState, action: Action, place: &Place) -> bool {
        self.ask(state, action, place.clone()).allowed()
    }

    /// The same, after looking up the operator where the policy asks for it.
    ///
    /// # Errors
    /// 503 when the operator cannot be looked up.
    pub(crate) async fn may_there(
        &self,
        state: &ApiState,
        action: Action,
        place: &Place,
    ) -> Result<bool, Problem> {
        self.operator(state, action, place).await?;
        Ok(self.may(state, action, place))
    }

    /// Looks up what the policy asks for at `place`, for a later [`permit`](Self::permit).
    ///
    /// # Errors
    /// 503 when the operator cannot be looked up.
    pub(crate) async fn look_up(&self, state: &ApiState, place: Place) -> Result<(), Problem> {
        self.operator(state, self.action, &place).await
    }

    async fn operator(&self, state: &ApiState, action: Action, place: &Place) -> Result<(), Problem> {
        if let Some(centre) = place.centre
            && state.access().needs_operator(self.actor.role, action)
        {
            state.operator_of(centre).await?;
        }
        Ok(())
    }

    /// The caller's centres in which the policy allows this call.
    ///
    /// # Errors
    /// The policy's no when there is none.
    pub(crate) fn centres(&self, state: &ApiState) -> Result<Vec<CentreId>, Refusal> {
        let may = |centre: &CentreId| self.may(state, self.action, &Place::centre(*centre));
        let centres: Vec<CentreId> = self.actor.centres.iter().copied().filter(may).collect();
        if centres.is_empty() {
            self.permit(state, Place::default())?;
        }
        Ok(centres)
    }

    /// How far this call may reach when it names no centre: as far as the policy allows.
    ///
    /// # Errors
    /// The policy's no when it is nowhere.
    pub(crate) fn reach(&self, state: &ApiState) -> Result<Reach, Refusal> {
        if self.may(state, self.action, &Place::default()) {
            return Ok(Reach::Network);
        }
        if let Some(operator) = &self.actor.operator {
            let within = Place { operator: Some(operator.clone()), ..Place::default() };
            if self.may(state, self.action, &within) {
                return Ok(Reach::Operator(operator.clone()));
            }
        }
        Ok(Reach::Centres(self.centres(state)?))
    }

    fn ask(&self, state: &ApiState, action: Action, place: Place) -> Verdict {
        let mut place = place.at(self.now);
        let (on, majority) = (today(self.now), state.policies().majority_age_years.value);
        place.grants.retain(|grant| grant.holds_on(on, majority));
        if place.operator.is_none() {
            place.operator = place.centre.and_then(|centre| state.known_operator(centre));
        }
        let verdict = match &self.scope {
            // What the settings give a machine's account goes before what policies give machines.
            Some(scope) if !scope.reaches(place.centre) => Verdict::deny(Denial::Account, []),
            _ => state.access().check(&self.actor, action, &place),
        };
        self.trail.note(action, &place, &verdict);
        if verdict.allowed() {
            self.trail.allow();
        }
        self.reading.notes.asked(&self.actor, &place);
        verdict
    }
}
