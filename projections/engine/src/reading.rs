//! From the log to deliveries: gaps found, profile fields opened, what cannot be decoded kept as such.

use std::borrow::Cow;

use futures::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use nabij_log::{DecodeError, KnownAt, Log, LogError, LogErrorKind, Raw};
use nabij_model::{AggregateKind, Concerns, Event};

use crate::delivery::{Delivery, Unreadable};
use crate::error::EngineError;
use crate::gap::AcceptedGaps;

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
                match events.next().await {
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

/// Decodes in the order of the log; `known_at` of each is still its own time only.
pub(crate) async fn decode_all(log: &Log, raws: Vec<Raw>) -> Result<Vec<Delivery>, EngineError> {
    // Only cases have profile fields; their keys come in one request instead of one each.
    let cases =
        raws.iter().filter_map(|raw| raw.aggregate().ok()).filter(|of| of.kind == AggregateKind::Case);
    log.vault().prefetch(cases.map(|case| case.id)).await?;
    let mut deliveries = Vec::with_capacity(raws.len());
    for raw in raws {
        deliveries.push(decode(log, &raw).await?);
    }
    Ok(deliveries)
}

/// Decodes one event with its profile fields opened; one that cannot be decoded is a delivery too.
///
/// # Errors
/// Only when the vault is away.
pub(crate) async fn decode(log: &Log, raw: &Raw) -> Result<Delivery, EngineError> {
    let mut event = match raw.decode(&mut KnownAt::default()) {
        Ok(event) => event,
        Err(error) => return unreadable(raw, &error),
    };
    if let Cow::Owned(opened) = log.vault().open_profile(&raw.body).await? {
        match raw.event_type().map(|event_type| Event::decode(event_type, &opened)) {
            Ok(Ok((_, opened))) => event.event = opened,
            Ok(Err(error)) => return unreadable(raw, &error.into()),
            Err(error) => return unreadable(raw, &error),
        }
    }
    Ok(Delivery::Event(Box::new(event)))
}

fn unreadable(raw: &Raw, error: &DecodeError) -> Result<Delivery, EngineError> {
    Ok(Delivery::Unreadable(Unreadable {
        sequence: raw.sequence,
        hash: raw.event_hash(),
        known_at: raw.recorded_at().unwrap_or(Timestamp::MIN),
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
        cases: header("ce-cases").split(',').filter_map(|case| case.parse().ok()).collect(),
        confidential: header("ce-confidential") == "true",
    }
}

/// A subject outside our own scheme: nothing of ours wrote it, and nothing can be parked by it.
fn damaged(error: DecodeError) -> EngineError {
    LogError::because(LogErrorKind::Damaged, "the stream holds a message that is no event", error).into()
}
