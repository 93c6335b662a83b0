//! The services, from settings to their end.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use nabij_alerts::driver::Driver;
use nabij_api::ApiState;
use nabij_log::{Anchorer, Log};
use tokio::net::TcpListener;

use crate::channels::channels;
use crate::context::{Connected, Context};

/// How often the end of the log is looked at for an anchor.
const LOOK: Duration = Duration::from_secs(5);

/// The HTTP interface, until told to stop.
pub(crate) async fn api(context: &Context, connected: &Connected) -> anyhow::Result<()> {
    let settings = &context.settings.api;
    let verifier = context.verifier()?;
    let Connected { log, pool } = connected.clone();
    let reportability = context.reportability()?;
    let state = ApiState::new(
        log.clone(),
        pool,
        context.policies()?,
        context.access()?,
        Arc::new(reportability),
        verifier,
        context.settings.limits(),
    )
    .proposing(context.retention()?)
    .offering(Arc::new(context.protocols()?))
    .explaining(context.rules()?);
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
    let views = nabij_projector::projector(pool.clone(), log.clone());
    let access_log = nabij_projector::access_log(pool, log.clone());
    // When one stops for good the process ends: its standby or its supervisor sees that. Anchors keep nobody waiting.
    let views = async { anyhow::Ok(views.run(&context.stop).await?) };
    let access_log = async { access_log.run(&context.stop).await.context("the access log") };
    let anchors = async {
        anchors(context, log).await;
        std::future::pending().await
    };
    tokio::select! {
        written = async { tokio::try_join!(views, access_log) } => written.map(|((), ())| ()),
        never = anchors => never,
    }
}

/// What makes anchors, or `None` where something is wrong, which is told.
async fn opened(context: &Context, log: &Log) -> Option<Anchorer> {
    let opened = context.anchorer(log.clone()).await;
    opened.inspect_err(|error| tracing::error!("no anchor is made: {error:#}")).ok()
}

/// Signs what the log is, now and then, until told to stop. The log goes on without: what is wrong is told and tried again.
async fn anchors(context: &Context, log: Log) {
    let settings = &context.settings.anchors;
    if !context.settings.anchor_key_file().exists() {
        tracing::warn!(
            "no anchors are made: there is no key {}, see `nabij keys create`",
            context.settings.anchor_key_file().display()
        );
        return;
    }
    // At once: from here on the readers of the log bring the mark of the next anchor with them.
    let mut anchorer = opened(context, &log).await;
    let mut last = (Instant::now(), 0);
    while context.stop.run_until_cancelled(tokio::time::sleep(LOOK.min(settings.every()))).await.is_some() {
        let head = match log.head().await {
            Ok(head) => head.sequence,
            Err(error) => {
                tracing::warn!(%error, "no anchor now: {error}");
                continue;
            }
        };
        if last.0.elapsed() < settings.every() && head < last.1 + settings.every_events {
            continue;
        }
        last = (Instant::now(), head);
        if anchorer.is_none() {
            anchorer = opened(context, &log).await;
        }
        let Some(open) = &mut anchorer else { continue };
        match open.anchor(Timestamp::now()).await {
            Ok(Some(anchor)) => {
                tracing::debug!(number = anchor.number, through = anchor.events.through, "anchored")
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "no anchor was made: {error}");
                // Whatever was half done is looked at afresh.
                anchorer = None;
            }
        }
    }
}

/// What raises escalations, until told to stop.
pub(crate) async fn alerts(context: &Context, connected: &Connected) -> anyhow::Result<()> {
    let Connected { log, pool } = connected.clone();
    let (rules, policies) = (context.rules()?, context.policies()?);
    let reportability = Arc::new(context.reportability()?);
    let (roster, pace) = (context.roster()?, context.pace()?);
    let channels = Arc::new(channels(context, &roster)?);
    if !context.settings.notify.is_set_up() {
        tracing::warn!("nobody is told by e-mail or webhook, only whoever watches the stream: set [notify]");
    }
    let protocols = Arc::new(context.protocols()?);
    let driver = Driver { log, pool, rules, reportability, policies, roster, pace, channels, protocols };
    Ok(nabij_alerts::service::run(driver, &context.stop).await?)
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
