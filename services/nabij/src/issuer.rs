//! The demo issuer, from settings to its end.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use nabij_api::tokens::issuer::{DemoIssuer, Keyring, Secret, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::context::{AUDIENCE, Context};

/// Answers until told to stop; SIGHUP, `POST /rotate` and the schedule replace its key.
pub(crate) async fn run(context: &Context) -> anyhow::Result<()> {
    let settings = &context.settings.issuer;
    ensure!(
        settings.demo,
        "this issuer is for demos and tests and never for real data: set issuer.demo = true to say that this is one"
    );
    let lifetime = SignedDuration::from_hours(settings.hours.into());
    let address = settings.address();
    let keyring =
        Keyring::new(&context.token_key()?, &address, AUDIENCE, lifetime).context("the token key")?;
    let issuer = Arc::new(DemoIssuer {
        address: address.clone(),
        audience: AUDIENCE.into(),
        lifetime,
        max_age: settings.max_age_s.into(),
        accounts: settings.accounts()?,
        keyring,
        rotation: settings.rotation_secret.as_ref().map(|secret| Secret::new(secret.reveal())),
    });
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("{} cannot be listened on: set issuer.listen", settings.listen))?;
    tracing::warn!(
        accounts = issuer.accounts.count(),
        "a DEMO issuer gives tokens at {address}: never let an interface with real data trust it"
    );
    let serving = serve(listener, Arc::clone(&issuer), context.stop.clone().cancelled_owned());
    tokio::select! {
        ended = serving => ended.context("the demo issuer"),
        ended = rotate(&issuer, settings.rotate_s) => ended,
    }
}

async fn rotate(issuer: &DemoIssuer, every: Option<u32>) -> anyhow::Result<()> {
    let mut asked = signal(SignalKind::hangup())?;
    loop {
        let due = async {
            match every {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds.into())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = asked.recv() => {}
            () = due => {}
        }
        issuer.keyring.rotate(Timestamp::now()).context("the key cannot be replaced")?;
        tracing::info!("the signing key was replaced");
    }
}
