//! From the log to deliveries: gaps found, profile fields opened, what cannot be decoded kept as such.

use std::collections::HashSet;

use deadpool_postgres::Pool;
use futures::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use nabij_log::{DecodeError, KnownAt, Log, LogError, LogErrorKind, Raw};
use nabij_model::{AggregateKind, Concerns, Recorded, forget};
use serde_json::Value;
use tokio::task::unconstrained;
use uuid::Uuid;

use crate::delivery::{Delivery, Unreadable};
use crate::erased::{Erased, Left};
use crate::error::EngineError;
use crate::gap::AcceptedGaps;

/// Events from `from` on, for ever, past the gaps that somebody accepted: for a reader that keeps no views.
///
/// # Errors
/// [`EngineError::Gap`] when one is missing and nobody said that they know, or when a server is away.
pub async fn follow(
    log: &Log,
    pool: &Pool,
    first: u64,
) -> Result<BoxStream<'static, Result<Raw, EngineError>>, EngineError> {
    let gaps = AcceptedGaps::load(&**pool.get().await?).await?;
    from(log, first, gaps).await
}

/// Events from `from` on, for ever; an error when one is missing.
pub(crate) async fn from(
    log: &Log,
    from: u64,
    gaps: AcceptedGaps,
) -> Result<BoxStream<'static, Result<Raw, EngineError>>, EngineError> {
    let log = log.clone();
    let events = behind_gaps(&log, from, &gaps).await?;
    let across_gaps = stream::try_unfold((log, events), move |(log, mut events)| {
        let gaps = gaps.clone();
        async move {
            loop {
                // Everything that is there, or a reader that is behind would get no more at once than the runtime lets a task take
                // in one turn, 128, and wait before each of those.
                match unconstrained(events.next()).await {
                    None => return Ok(None),
                    Some(Ok(raw)) => return Ok(Some((raw, (log, events)))),
                    Some(Err(error)) => {
                        events = behind_gaps(&log, gaps.past(error)?, &gaps).await?;
                    }
                }
            }
        }
    });
    Ok(across_gaps.boxed())
}

/// Reads from `from`, or from behind the accepted gap that lies there.
async fn behind_gaps(
    log: &Log,
    mut from: u64,
    gaps: &AcceptedGaps,
) -> Result<BoxStream<'static, Result<Raw, LogError>>, EngineError> {
    loop {
        match log.read(from).await {
            Ok(events) => return Ok(events.boxed()),
            Err(error) => from = gaps.past(error)?,
        }
    }
}

/// Events `from..=last`.
pub(crate) async fn up_to(
    log: &Log,
    first: u64,
    last: u64,
    gaps: AcceptedGaps,
) -> Result<BoxStream<'static, Result<Raw, EngineError>>, EngineError> {
    let events = from(log, first, gaps).await?;
    // Ends without asking for an event after the last: that one may not come for days.
    let bounded = stream::unfold(Some(events), move |events| async move {
        let mut events = events?;
        let raw = events.next().await?;
        let sequence = raw.as_ref().map_or(last, |raw| raw.sequence);
        (sequence <= last).then(|| (raw, (sequence < last).then_some(events)))
    });
    Ok(bounded.boxed())
}

/// When the network knew this event; the next in the order of the log.
pub(crate) fn observe(known: &mut KnownAt, raw: &Raw) -> Timestamp {
    known.observe(raw.recorded_at().unwrap_or(Timestamp::MIN))
}

/// Gets the keys that decoding these events needs in one request, instead of one each: only cases have profile fields.
///
/// # Errors
/// When the vault is away.
pub async fn prefetch(log: &Log, raws: impl Iterator<Item = &Raw>) -> Result<(), EngineError> {
    let aggregates = raws.filter_map(|raw| raw.aggregate().ok());
    let cases: HashSet<Uuid> =
        aggregates.filter(|of| of.kind == AggregateKind::Case).map(|case| case.id).collect();
    Ok(log.vault().prefetch(cases).await?)
}

/// Decodes one event with its profile fields opened and without anybody who is erased; one that cannot be decoded is a delivery too.
///
/// # Errors
/// Only when the vault is away.
pub(crate) async fn decode(
    log: &Log,
    raw: &Raw,
    known_at: Timestamp,
    erased: &Erased,
) -> Result<Delivery, EngineError> {
    let aggregate = raw.aggregate().map_err(damaged)?;
    let left = erased.leave(raw, aggregate, || concerns(raw));
    let decoded = if left == Left::All {
        let opened = log.vault().open_profile(&raw.body).await?;
        raw.decode_as(&opened, &mut KnownAt::from_checkpoint(known_at))
    } else {
        // Closed, whether or not the key is gone already: a row must not depend on that.
        without(raw, known_at, erased)
    };
    match decoded {
        Ok(event) if left == Left::Nothing => Ok(Delivery::Forgotten(event)),
        Ok(event) => Ok(Delivery::Event(event)),
        Err(error) => unreadable(raw, known_at, &error),
    }
}

/// The event as if the erased had never been named in it.
fn without(raw: &Raw, known_at: Timestamp, erased: &Erased) -> Result<Recorded, DecodeError> {
    let gone = |case| erased.contains(case);
    let stripped = serde_json::from_slice(&raw.body)
        .ok()
        .and_then(|mut body: Value| forget(&mut body, &gone).then(|| body.to_string().into_bytes()));
    let body = stripped.as_deref().unwrap_or(&raw.body);
    let mut event = raw.decode_as(body, &mut KnownAt::from_checkpoint(known_at))?;
    event.body = Box::from(body);
    event.meta.concerns.cases.retain(|case| !gone(*case));
    Ok(event)
}

fn unreadable(raw: &Raw, known_at: Timestamp, error: &DecodeError) -> Result<Delivery, EngineError> {
    Ok(Delivery::Unreadable(Unreadable {
        sequence: raw.sequence,
        hash: raw.event_hash(),
        known_at,
        aggregate: raw.aggregate().map_err(damaged)?,
        concerns: concerns(raw),
        event_type: raw.event_type().unwrap_or("(none)").to_owned(),
        error: error.to_string(),
    }))
}

/// Whom it says it is about; what the headers do not say well is left out.
fn concerns(raw: &Raw) -> Concerns {
    let header = |name| raw.headers.get(name).map_or("", |value| value.as_str());
    Concerns {
        centre: header("ce-centre").parse().ok(),
        cases: raw.cases(),
        confidential: header("ce-confidential") == "true",
    }
}

/// A subject outside our own scheme: nothing of ours wrote it, and nothing can be parked by it.
fn damaged(error: DecodeError) -> EngineError {
    LogError::because(LogErrorKind::Damaged, "the stream holds a message that is no event", error).into()
}
