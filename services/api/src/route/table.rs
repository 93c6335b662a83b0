//! The table of calls. A line cannot be added without the action that the policy is asked about.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use futures::FutureExt;
use futures::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::answer::{RawParameters, answer};
use super::call::Call;
use crate::access::Action;
use crate::problem::Problem;
use crate::state::ApiState;

/// Gives the JSON Schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of `T`.
pub(crate) fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What a call brings.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input {
    /// A JSON object: the schema, fields that the path brings or that are made here when left out, and whether it may
    /// bring an own `id`.
    Body { schema: SchemaOf, optional: &'static [&'static str], own_id: bool },
    /// Parameters behind the question mark.
    Query(SchemaOf),
}

/// What a call answers when it goes well.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    /// 200 or 201.
    pub(crate) status: u16,
    /// Media types and what they hold; `None` for text.
    pub(crate) media: &'static [&'static str],
    /// The JSON's schema.
    pub(crate) schema: SchemaOf,
}

type Handler = Box<dyn Fn(ApiState, Call) -> BoxFuture<'static, Result<Response, Problem>> + Send + Sync>;

/// The handler of `path`, whose answer leaves only if the policy allowed it something at a place: who may do this somewhere may
/// not do it everywhere, and a handler that forgets to ask must not be found out by what it gave away.
fn asking<F>(
    path: &'static str,
    handler: impl Fn(ApiState, Call) -> F + Copy + Send + Sync + 'static,
) -> Handler
where
    F: Future<Output = Result<Response, Problem>> + Send + 'static,
{
    Box::new(move |state, call| {
        async move {
            let trail = call.trail.clone();
            let answer = handler(state, call).await?;
            if trail.allowed() {
                return Ok(answer);
            }
            tracing::error!(route = path, "the handler of {path} answered and had not asked the policy");
            Err(Problem::internal())
        }
        .boxed()
    })
}

/// One line of the table.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) action: Action,
    pub(crate) summary: &'static str,
    pub(crate) input: Input,
    pub(crate) answer: Answer,
    pub(super) handler: Handler,
}

/// The table while it is written.
#[derive(Default)]
pub(crate) struct Routes(Vec<Route>);

impl Routes {
    /// Adds a read.
    pub(crate) fn read<F>(
        &mut self,
        path: &'static str,
        action: Action,
        summary: &'static str,
        query: SchemaOf,
        answer: Answer,
        handler: fn(ApiState, Call) -> F,
    ) where
        F: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        let handler = asking(path, handler);
        self.0.push(Route {
            method: Method::GET,
            path,
            action,
            summary,
            input: Input::Query(query),
            answer,
            handler,
        });
    }

    /// Adds a write.
    pub(crate) fn write<F>(
        &mut self,
        path: &'static str,
        action: Action,
        summary: &'static str,
        input: Input,
        answer: Answer,
        handler: impl Fn(ApiState, Call) -> F + Copy + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        let handler = asking(path, handler);
        self.0.push(Route { method: Method::POST, path, action, summary, input, answer, handler });
    }

    /// The finished table.
    pub(crate) fn lines(&self) -> &[Route] {
        &self.0
    }

    /// Turns the table into a router.
    pub(crate) fn into_router(self) -> Router<ApiState> {
        self.0.into_iter().enumerate().fold(Router::new(), |router, (number, route)| {
            let filter = if route.method == Method::GET { MethodFilter::GET } else { MethodFilter::POST };
            let (path, route) = (route.path, Arc::new(route));
            let handler = move |State(state): State<ApiState>, raw: RawParameters, request: Request| {
                answer(state, Arc::clone(&route), number, raw, request)
            };
            router.route(path, on(filter, handler))
        })
    }
}
