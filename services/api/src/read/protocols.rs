//! `/v1/protocols`, and `/v1/signals/{id}/protocols`: which are offered, and what became of each step of those that were started.

use std::collections::BTreeMap;

use axum::response::Response;
use jiff::Timestamp;
use nabij_model::id::RunId;
use nabij_model::signal::{Signal, SignalEvent, SkipReason};
use nabij_model::text::{Code, StaffId};
use nabij_model::{AggregateId, AggregateKind, Event, Role};
use nabij_protocols::{Protocol, ProtocolWords, Source, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::JSON;
use super::answer::Shown;
use super::history::{Happened, happened};
use super::moment::Moment;
use super::reveal::reveal;
use crate::access::{Action, Place};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;
use crate::write::whereabouts;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    let (all, of_signal) = (Answer { schema: schema_of::<Listed>, ..JSON }, Answer { schema: schema_of::<OfSignal>, ..JSON });
    routes.read("/v1/protocols", Action::ListProtocols, "Every protocol with its steps and what each rests on, to read and to practise", schema_of::<NoQuery>, all, listed);
    routes.read("/v1/signals/{id}/protocols", Action::FollowProtocol, "The protocols that are offered for a signal, and those that run on it", schema_of::<NoQuery>, of_signal, protocols_of);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// Every protocol.
#[derive(Debug, Serialize, JsonSchema)]
struct Listed {
    /// By name.
    protocols: Vec<InFull>,
}

/// A protocol as its file says.
#[derive(Debug, Serialize, JsonSchema)]
struct InFull {
    protocol: Code,
    version: u32,
    title: Words,
    /// What it was written from, and what is to be confirmed.
    sources: Vec<Source>,
    /// Categories of signals that it is offered for.
    categories: Vec<Code>,
    steps: Vec<StepInFull>,
}

/// A step as its file says.
#[derive(Debug, Serialize, JsonSchema)]
struct StepInFull {
    step: Code,
    role: Role,
    deputies: Vec<Role>,
    /// From the start of the protocol, ISO 8601.
    within: String,
    /// The step that comes first.
    after: Option<Code>,
    what: Words,
    rests_on: String,
}

/// The protocols of a signal.
#[derive(Debug, Serialize, JsonSchema)]
struct OfSignal {
    /// Offered for its category and the highest severity that anybody gave it.
    offered: Vec<Offered>,
    /// Those that were started, the oldest first.
    runs: Vec<Run>,
}

/// A protocol that is offered.
#[derive(Debug, Serialize, JsonSchema)]
struct Offered {
    protocol: Code,
    version: u32,
    title: Words,
    /// How many steps it has.
    steps: usize,
}

/// A protocol that was started, as it was asked then.
#[derive(Debug, Serialize, JsonSchema)]
struct Run {
    run: RunId,
    protocol: Code,
    version: u32,
    /// It started by itself.
    automatic: bool,
    started_at: Timestamp,
    started_by: StaffId,
    /// What it was called then; absent where the caller may not open it.
    title: Option<Words>,
    steps: Vec<RunStep>,
    /// The event that started it.
    started: Value,
}

/// A step of a run.
#[derive(Debug, Serialize, JsonSchema)]
struct RunStep {
    step: Code,
    role: Role,
    deputies: Vec<Role>,
    due_at: Timestamp,
    after: Option<Code>,
    /// What it asked then; absent where the caller may not open it.
    what: Option<Words>,
    state: State,
    /// Its deadline passed before anybody did it.
    late: bool,
    /// Why it was skipped.
    because: Option<SkipReason>,
    /// The event in which somebody said so.
    ended: Option<Value>,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Another step comes first.
    Waiting,
    /// It is to be done.
    Open,
    Done,
    /// With a reason, which is no failure.
    Skipped,
}

async fn listed(state: ApiState, call: Call) -> Result<Response, Problem> {
    let NoQuery {} = query(&call.address)?;
    call.allow(&state, Place::default()).await?;
    let protocols = state.protocols().iter().map(in_full).collect();
    let moment = Moment { sequence: 0, time: call.now };
    Ok(Shown::new(&Listed { protocols }, moment)?.respond(&call.headers))
}

fn in_full(protocol: &Protocol) -> InFull {
    let steps = protocol.steps.iter().map(|step| StepInFull {
        step: step.id.clone(),
        role: step.role,
        deputies: step.deputies.clone(),
        within: step.within.to_string(),
        after: step.after.clone(),
        what: step.what.clone(),
        rests_on: step.rests_on.clone(),
    });
    InFull {
        protocol: protocol.id.clone(),
        version: protocol.version,
        title: protocol.title.clone(),
        sources: protocol.sources.clone(),
        categories: protocol.categories.clone(),
        steps: steps.collect(),
    }
}

async fn protocols_of(state: ApiState, call: Call) -> Result<Response, Problem> {
    let NoQuery {} = query(&call.address)?;
    let id = call.parameters.id()?;
    let root = state.log().load::<Signal>(id).await?;
    let place = whereabouts(&state, id, &root).await?;
    call.allow(&state, place.clone()).await?;
    let offered = root.state.category.iter().filter(|_| !root.state.strength).flat_map(|category| {
        let offered = state.protocols().offered(category, root.state.severity);
        offered.map(|one| Offered {
            protocol: one.id.clone(),
            version: one.version,
            title: one.title.clone(),
            steps: one.steps.len(),
        })
    });
    let offered = offered.collect();
    let mut runs = Vec::new();
    for raw in state.log().history(AggregateId::new(AggregateKind::Signal, id)).await? {
        let step = happened(&raw).ok_or_else(Problem::internal)?;
        let event = raw.event_type().map_err(|_| Problem::internal())?;
        let Ok((_, Event::Signal(event))) = Event::decode(event, &raw.body) else { continue };
        take(&mut runs, step, event);
    }
    for run in &mut runs {
        order(run, call.now);
    }
    let moment = Moment { sequence: root.version, time: call.now };
    let mut shown = Shown::new(&OfSignal { offered, runs }, moment)?;
    reveal(&state, &call, &place, shown.body()).await?;
    let lines = shown.body().get_mut("runs").and_then(Value::as_array_mut);
    lines.into_iter().flatten().for_each(spell_out);
    Ok(shown.respond(&call.headers))
}

fn take(runs: &mut Vec<Run>, step: Happened, event: SignalEvent) {
    let (run, name, state, because) = match event {
        SignalEvent::ProtocolStarted(started) => {
            let steps = started.steps.into_iter().map(|step| RunStep {
                step: step.step,
                role: step.role,
                deputies: step.deputies,
                due_at: step.due_at,
                after: step.after,
                what: None,
                state: State::Open,
                late: false,
                because: None,
                ended: None,
            });
            return runs.push(Run {
                run: started.run,
                protocol: started.protocol,
                version: started.version,
                automatic: started.automatic,
                started_at: step.recorded_at,
                started_by: step.actor.clone(),
                title: None,
                steps: steps.collect(),
                started: json!(step),
            });
        }
        SignalEvent::ProtocolStepDone(done) => {
            let at = done.done_at.unwrap_or(step.recorded_at);
            (done.run, done.step, State::Done, Err(at))
        }
        SignalEvent::ProtocolStepSkipped(skipped) => {
            (skipped.run, skipped.step, State::Skipped, Ok(skipped.because))
        }
        _ => return,
    };
    let found = runs.iter_mut().find(|one| one.run == run);
    let Some(line) = found.and_then(|run| run.steps.iter_mut().find(|step| step.step == name)) else {
        return;
    };
    line.state = state;
    line.because = because.ok();
    line.late = because.is_err_and(|done_at| done_at > line.due_at);
    line.ended = Some(json!(step));
}

/// A step waits while the one before it is neither done nor skipped; what is past its deadline is late, also when it is skipped
/// later.
fn order(run: &mut Run, now: Timestamp) {
    let finished: BTreeMap<Code, bool> =
        run.steps.iter().map(|step| (step.step.clone(), step.ended.is_some())).collect();
    for step in run.steps.iter_mut().filter(|step| step.ended.is_none()) {
        let waits = step.after.as_ref().is_some_and(|after| finished.get(after) == Some(&false));
        step.state = if waits { State::Waiting } else { State::Open };
        step.late = step.due_at <= now;
    }
}

/// The words of the event that started a run, to its title and its steps: as they were then, whatever the file says now.
fn spell_out(run: &mut Value) {
    let words = run["started"]["body"]["words"].as_str().and_then(|words| serde_json::from_str(words).ok());
    let Some(ProtocolWords { title, steps }) = words else { return };
    run["title"] = json!(title);
    for step in run["steps"].as_array_mut().into_iter().flatten() {
        let words = step["step"].as_str().and_then(|step| steps.get(&Code::new(step).ok()?));
        step["what"] = json!(words);
    }
    if let Some(body) = run["started"]["body"].as_object_mut() {
        body.remove("words");
        body.remove("steps");
    }
}
