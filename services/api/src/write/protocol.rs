//! `/v1/signals/{id}/protocols`: a protocol is started on a signal, and what became of each step is said.

use axum::response::Response;
use nabij_model::id::RunId;
use nabij_model::signal::{Signal, SignalCommand as C};
use nabij_model::text::Code;
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::Draft;
use super::written::DONE;
use crate::access::Action::FollowProtocol;
use crate::problem::Problem;
use crate::route::{Call, Input, Routes, schema_of};
use crate::state::ApiState;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let input = Input::Body { schema: schema_of::<StartProtocol>, optional: &["run"], own_id: false };
    routes.write("/v1/signals/{id}/protocols", FollowProtocol, "Start a protocol: its steps as they stand today, each with who and by when", input, DONE, start);
    routes.command::<Signal, _>("/v1/signals/{id}/protocols/{run}/completions", FollowProtocol, C::CompleteStep, "A step was done");
    routes.command::<Signal, _>("/v1/signals/{id}/protocols/{run}/skips", FollowProtocol, C::SkipStep, "A step will not be done; with a reason that is no failure");
}

/// Which protocol is started.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StartProtocol {
    /// Which, by its name in `/v1/protocols`.
    protocol: Code,
    /// The id of this run.
    run: RunId,
}

/// Any protocol may be started, offered or not: who follows the signal knows more of it than its category.
async fn start(state: ApiState, call: Call) -> Result<Response, Problem> {
    let mut draft = Draft::begin(state, call)?;
    draft.mint("run");
    let id = draft.call.parameters.id()?;
    let asked = draft.payload::<StartProtocol>()?;
    draft.allow_record::<Signal>(id).await?;
    let protocols = draft.state.protocols();
    let protocol = protocols.get(&asked.protocol).ok_or_else(|| {
        let known: Vec<&str> = protocols.iter().map(|one| one.id.as_str()).collect();
        let detail =
            format!("no protocol is called {}: expected one of {}", asked.protocol, known.join(", "));
        Problem::invalid("protocol-unknown", detail, "/protocol")
    })?;
    let started = protocol.started(asked.run, false, draft.call.now);
    let accepted = draft.execute::<Signal>(id, C::StartProtocol(started)).await?;
    Ok(draft.respond::<Signal>(DONE.status, &accepted))
}
