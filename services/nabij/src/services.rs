//! The services, from settings to their end.

use std::future::Future;
use std::sync::Arc;

use anyhow::Context as _;
use nabij_alerts::rule::read_rules;
use nabij_api::ApiState;
use nabij_underreporting::reportability::Reportability;
use tokio::net::TcpListener;

use crate::context::{Connected, Context};

/// The HTTP interface, until told to stop.
pub(crate) async fn api(context: &Context, connected: &Connected) -> anyhow::Result<()> {
    let settings = &context.settings.api;
    let verifier = context.issuer()?.verifier();
    let Connected { log, pool } = connected.clone();
    let folder = context.settings.deploy.folder().join("reportability");
    let reportability = Reportability::from_folder(&folder)
        .with_context(|| format!("what must be registered, in {}", folder.display()))?;
    let state = ApiState::new(
        log.clone(),
        pool,
        context.policies()?,
        context.access()?,
        Arc::new(reportability),
        verifier,
        settings.limits(),
    );
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("{} cannot be listened on: set api.listen", settings.listen))?;
    let address = listener.local_addr().context("the listener has no address")?;
    tracing::info!(%address, "the interface listens on {address}");
    let serving = nabij_api::serve(listener, state, context.stop.clone());
    tokio::select! {
        ended = serving => ended.context("the interface"),
        rewound = log.until_rewound() => Err(rewound.into()),
    }
}

/// The writer of the views, until told to stop.
pub(crate) async fn projector(context: &Context, connected: &Connected) -> anyhow::Result<()> {
    let Connected { log, pool } = connected.clone();
    Ok(nabij_projector::projector(pool, log).run(&context.stop).await?)
}

/// What raises escalations, until told to stop.
pub(crate) async fn alerts(context: &Context, connected: &Connected) -> anyhow::Result<()> {
    let folder = context.settings.deploy.folder().join("rules");
    let rules = read_rules(&folder).with_context(|| format!("rules of {}", folder.display()))?;
    let Connected { log, pool } = connected.clone();
    let policies = context.policies()?;
    Ok(nabij_alerts::service::run(log, pool, Arc::new(rules), policies, &context.stop).await?)
}

/// All of them. When one fails the others are told to stop, and its error is given.
pub(crate) async fn all(context: &Context, connected: &Connected) -> anyhow::Result<()> {
    let ends = |service: &'static str, ended: anyhow::Result<()>| {
        if let Err(error) = &ended {
            tracing::error!(service, "{service} ends: {error:#}");
        }
        context.stop.cancel();
        ended
    };
    let (api, projector, alerts) = tokio::join!(
        named("api", api(context, connected), ends),
        named("projector", projector(context, connected), ends),
        named("alerts", alerts(context, connected), ends),
    );
    projector.and(api).and(alerts)
}

async fn named(
    name: &'static str,
    service: impl Future<Output = anyhow::Result<()>>,
    ends: impl Fn(&'static str, anyhow::Result<()>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    ends(name, service.await)
}
