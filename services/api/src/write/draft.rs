//! A write on its way: the body is read, the policy is asked, the log decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::response::Response;
use futures::FutureExt;
use nabij_log::{Accepted, Submission};
use nabij_model::case::Case;
use nabij_model::{CaseId, Decider, Refusal, Root};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::{Uuid, Version};

use super::placed::{Living, Placed};
use super::written::Written;
use crate::access::{Action, Place, unknown};
use crate::input::{Once, read_object, typed};
use crate::problem::Problem;
use crate::route::Call;
use crate::state::ApiState;

/// Records that are looked up together: whoever may not name one of them has not made us look for thousands.
pub(super) const TOGETHER: usize = 64;

/// A write on its way.
pub(crate) struct Draft {
    pub(crate) state: ApiState,
    pub(crate) call: Call,
    once: Option<Once>,
    body: Map<String, Value>,
    minted: Vec<(&'static str, Uuid)>,
    pub(super) living: Living,
}

impl Draft {
    /// Reads the body, and takes the ids of the address into it.
    ///
    /// # Errors
    /// A problem for every way in which it is unreadable, and 422 `other-id` when body and address differ.
    pub(crate) fn begin(state: ApiState, call: Call) -> Result<Self, Problem> {
        let mut body = read_object(&call.headers, &call.body)?;
        for (field, id) in call.parameters.parts() {
            let id = Value::String(id.to_string());
            if body.insert(field.to_owned(), id.clone()).is_some_and(|given| given != id) {
                let detail =
                    format!("`{field}` in the body is another one than in the address: leave it out");
                return Err(Problem::invalid("other-id", detail, format!("/{field}")));
            }
        }
        let once = call.once()?;
        Ok(Self { state, call, once, body, minted: Vec::new(), living: Living::default() })
    }

    /// Makes the id in `field` when the caller left it out.
    pub(crate) fn mint(&mut self, field: &'static str) {
        if !self.body.contains_key(field) {
            let id = self.once.as_ref().map_or_else(Uuid::now_v7, |once| once.id(field));
            self.body.insert(field.to_owned(), Value::String(id.to_string()));
            self.minted.push((field, id));
        }
    }

    /// The id of a new record: the caller's own, else the one that belongs to the caller and `Idempotency-Key`, else a
    /// fresh one. An own id is a name for the write too: sending the same again is answered the same.
    ///
    /// # Errors
    /// 422 `bad-id` when the own one is no UUIDv7.
    pub(crate) fn new_id(&mut self, collection: &str) -> Result<Uuid, Problem> {
        let Some(given) = self.body.remove("id") else {
            return Ok(self.once.as_ref().map_or_else(Uuid::now_v7, |once| once.id(collection)));
        };
        let own = given.as_str().and_then(|text| text.parse::<Uuid>().ok());
        let id = own.filter(|id| id.get_version() == Some(Version::SortRand)).ok_or_else(|| {
            Problem::invalid("bad-id", "an id of your own must be a UUIDv7: leave it out to get one", "/id")
        })?;
        if self.once.is_none() {
            let call = &self.call;
            self.once = Some(Once::by_id(id, call.actor.subject.as_str(), call.address.path(), &call.body));
        }
        Ok(id)
    }

    /// The body as the command's payload.
    ///
    /// # Errors
    /// 422 with the pointer of the field that does not fit.
    pub(crate) fn payload<C: DeserializeOwned>(&mut self) -> Result<C, Problem> {
        typed(std::mem::take(&mut self.body))
    }

    /// The circumstances, as the log takes them.
    ///
    /// # Errors
    /// When a header is unusable.
    pub(crate) fn submission(&self) -> Result<Submission, Problem> {
        self.call.submission(&self.state, self.once.as_ref())
    }

    /// Asks the policy about a place.
    ///
    /// # Errors
    /// 403, 404 or 503.
    pub(crate) async fn allow(&self, place: Place) -> Result<(), Problem> {
        self.call.allow(&self.state, place).await
    }

    /// Asks the policy about a record, as it stands.
    ///
    /// # Errors
    /// 403, 404 or 503.
    pub(crate) async fn allow_record<A: Placed>(&self, id: Uuid) -> Result<Arc<Root<A>>, Problem> {
        let root = self.state.log().load::<A>(id).await?;
        self.allow(self.living.find(&self.state, id, &root).await??).await?;
        Ok(root)
    }

    /// Where a record lies that a write names beside its own.
    ///
    /// # Errors
    /// 404 when there is none, 503.
    pub(crate) async fn found<A: Placed>(&self, id: Uuid) -> Result<Place, Problem> {
        let root = self.state.log().load::<A>(id).await?;
        Ok(self.living.find(&self.state, id, &root).await??)
    }

    /// The cases that a write names beside its own record: to whoever may not name one there is none. To be asked after the policy.
    ///
    /// # Errors
    /// 404, 422 `case-erased` at `/cases` for the first of them that was erased, 503.
    pub(crate) async fn named(&self, cases: &[CaseId]) -> Result<Vec<Arc<Root<Case>>>, Problem> {
        let mut named = Vec::with_capacity(cases.len());
        for some in cases.chunks(TOGETHER) {
            for (case, root) in some.iter().zip(self.cases(some).await?) {
                let place = Case::found(case.0, &root)?;
                if !self.call.may_there(&self.state, Action::NameCase, &place).await? {
                    return Err(unknown(Some(Case::KIND)).into());
                }
                if root.state.erased {
                    return Err(erased(*case, "/cases"));
                }
                named.push(root);
            }
        }
        Ok(named)
    }

    /// Nothing new is kept about somebody who was erased. To be asked after the policy.
    ///
    /// # Errors
    /// 422 `case-erased` at `pointer` for the first of `cases` that was.
    pub(crate) async fn refuse_erased(&self, cases: &[CaseId], pointer: &'static str) -> Result<(), Problem> {
        let roots = self.cases(cases).await?;
        match cases.iter().zip(&roots).find(|(_, root)| root.state.erased) {
            Some((case, _)) => Err(erased(*case, pointer)),
            None => Ok(()),
        }
    }

    /// Cases as they stand, in the order of `cases`.
    ///
    /// # Errors
    /// 503.
    pub(crate) async fn cases(&self, cases: &[CaseId]) -> Result<Vec<Arc<Root<Case>>>, Problem> {
        Ok(self.living.look_up(&self.state, cases).await?)
    }

    /// Makes a record: the policy was asked about the place where it will lie.
    ///
    /// # Errors
    /// The refusal, or what went wrong, as a problem.
    pub(crate) async fn create<A: Placed>(&self, id: Uuid, command: A::Command) -> Result<Accepted, Problem> {
        Ok(self.state.log().execute::<A>(id, command, &self.submission()?).await?)
    }

    /// Carries a command out on a record, if the policy allows it on the very state that it is decided on.
    ///
    /// # Errors
    /// The policy's no, the refusal, or what went wrong, as a problem.
    pub(crate) async fn execute<A: Placed>(
        &self,
        id: Uuid,
        command: A::Command,
    ) -> Result<Accepted, Problem> {
        let submission = self.submission()?;
        let permit = |root: &Root<A>| self.permit(id, root);
        if !A::GOES_WITH_CASES && !self.call.needs_operator(&self.state) {
            return Ok(self.state.log().execute_if::<A>(id, command, &submission, permit).await?);
        }
        // What the policy hangs on and the state does not say is looked up before, of the record as it is known here.
        let known = self.state.log().recall::<A>(id).await?;
        self.call.look_up(&self.state, self.living.find(&self.state, id, &known).await??).await?;
        let denied = AtomicBool::new(false);
        let heard = |root: &Root<A>| permit(root).inspect_err(|_| denied.store(true, Ordering::Relaxed));
        let done = self.state.log().execute_if::<A>(id, command.clone(), &submission, heard).await;
        if done.is_ok() || !denied.into_inner() {
            return Ok(done?);
        }
        // Nobody is denied what they may do on the record as it stands, because it was known otherwise.
        self.allow_record::<A>(id).boxed().await?;
        Ok(self.state.log().execute_if::<A>(id, command, &submission, permit).await?)
    }

    /// Asks the policy about a record as it stands.
    ///
    /// # Errors
    /// The policy's no, and that there is no such record.
    pub(crate) fn permit<A: Placed>(&self, id: Uuid, root: &Root<A>) -> Result<(), Refusal> {
        self.call.permit(&self.state, self.living.found(id, root)?)
    }

    /// The answer, to be added to.
    pub(crate) fn written(&self, accepted: &Accepted) -> Written {
        let mut written = Written::new(accepted);
        written.parts.extend(self.minted.iter().copied());
        written
    }

    /// The answer.
    pub(crate) fn respond<A: Placed>(&self, status: u16, accepted: &Accepted) -> Response {
        self.written(accepted).respond(status, A::COLLECTION)
    }
}

/// A write names somebody who was erased.
pub(super) fn erased(case: CaseId, pointer: &'static str) -> Problem {
    let detail = format!(
        "case {case} was erased and nothing new is kept about it: leave it out, or open a new case if the person is here again"
    );
    Problem::invalid("case-erased", detail, pointer)
}
