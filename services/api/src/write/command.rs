//! The two lines of the table: what makes a record, and what happens to one.

use std::future::Future;

use axum::response::Response;
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::draft::{Draft, erased};
use super::placed::Placed;
use super::written::{CREATED, DONE};
use crate::access::{Action, Place};
use crate::problem::Problem;
use crate::route::{Input, Routes, schema_of};

/// Where a new record will lie: what the policy is asked before there is one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scope {
    /// The centre that it will belong to; none for a record that stands above centres.
    pub(crate) centre: Option<CentreId>,
    /// The case that it follows, which the caller must be allowed to follow too.
    pub(crate) case: Option<CaseId>,
}

impl Scope {
    pub(crate) fn centre(centre: CentreId) -> Self {
        Self { centre: Some(centre), case: None }
    }
}

/// What a payload is made of: the command of an aggregate.
pub(crate) trait Payload: DeserializeOwned + JsonSchema + Send + 'static {}
impl<T: DeserializeOwned + JsonSchema + Send + 'static> Payload for T {}

impl Routes {
    /// A call that makes a record.
    pub(crate) fn create<A: Placed, C: Payload>(
        &mut self,
        path: &'static str,
        action: Action,
        make: fn(C) -> A::Command,
        scope: fn(&C) -> Scope,
        summary: &'static str,
    ) {
        let input = Input::Body { schema: schema_of::<C>, optional: &[], own_id: true };
        self.write(path, action, summary, input, CREATED, move |state, call| async move {
            let mut draft = Draft::begin(state, call)?;
            let id = draft.new_id(A::COLLECTION)?;
            let payload = draft.payload::<C>()?;
            create::<A>(&draft, id, scope(&payload), make(payload)).await
        });
    }

    /// A call that says what happens to a record.
    pub(crate) fn command<A: Placed, C: Payload>(
        &mut self,
        path: &'static str,
        action: Action,
        make: fn(C) -> A::Command,
        summary: &'static str,
    ) {
        self.minting::<A, C>(path, action, &[], make, summary);
    }

    /// The same, where the caller may leave ids out that are made here.
    pub(crate) fn minting<A: Placed, C: Payload>(
        &mut self,
        path: &'static str,
        action: Action,
        minted: &'static [&'static str],
        make: fn(C) -> A::Command,
        summary: &'static str,
    ) {
        let input = Input::Body { schema: schema_of::<C>, optional: minted, own_id: false };
        self.write(path, action, summary, input, DONE, move |state, call| async move {
            let mut draft = Draft::begin(state, call)?;
            minted.iter().for_each(|field| draft.mint(field));
            let id = draft.call.parameters.id()?;
            let command = make(draft.payload::<C>()?);
            let accepted = draft.execute::<A>(id, command).await?;
            Ok(draft.respond::<A>(DONE.status, &accepted))
        });
    }

    /// A command with a handler of its own, for what one aggregate cannot decide alone.
    pub(crate) fn special<C: Payload, F>(
        &mut self,
        path: &'static str,
        action: Action,
        summary: &'static str,
        handler: fn(Draft) -> F,
    ) where
        F: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        let input = Input::Body { schema: schema_of::<C>, optional: &[], own_id: false };
        self.write(path, action, summary, input, DONE, move |state, call| async move {
            handler(Draft::begin(state, call)?).await
        });
    }
}

/// Asks the policy about `scope`, then makes the record.
///
/// # Errors
/// The policy's, the decider's or the log's no.
pub(crate) async fn create<A: Placed>(
    draft: &Draft,
    id: Uuid,
    scope: Scope,
    command: A::Command,
) -> Result<Response, Problem> {
    draft.allow(Place { centre: scope.centre, ..Place::default() }).await?;
    if let Some(case) = scope.case {
        let root = draft.allow_record::<nabij_model::case::Case>(case.into()).await?;
        if root.state.erased {
            return Err(erased(case, "/case"));
        }
    }
    let accepted = draft.create::<A>(id, command).await?;
    Ok(draft.respond::<A>(CREATED.status, &accepted))
}
