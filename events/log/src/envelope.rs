//! CloudEvents 1.0 in NATS binary mode: an event's attributes as headers, its data as the body.

use async_nats::{HeaderMap, HeaderName};
use jiff::Timestamp;
use nabij_model::recorded::CommandRef;
use nabij_model::{Actor, AggregateId, Concerns, EventHash, EventId, EventType, Meta};

use crate::raw::DecodeError;

pub(crate) const ID: HeaderName = HeaderName::from_static("ce-id");
pub(crate) const TYPE: HeaderName = HeaderName::from_static("ce-type");
pub(crate) const SOURCE: HeaderName = HeaderName::from_static("ce-source");
pub(crate) const SPEC_VERSION: HeaderName = HeaderName::from_static("ce-specversion");
pub(crate) const TIME: HeaderName = HeaderName::from_static("ce-time");
pub(crate) const SUBJECT: HeaderName = HeaderName::from_static("ce-subject");
const ACTOR: HeaderName = HeaderName::from_static("ce-actor");
const CENTRE: HeaderName = HeaderName::from_static("ce-centre");
pub(crate) const CASES: HeaderName = HeaderName::from_static("ce-cases");
const CONFIDENTIAL: HeaderName = HeaderName::from_static("ce-confidential");
const COMMAND: HeaderName = HeaderName::from_static("ce-command");
const COMMAND_BODY: HeaderName = HeaderName::from_static("ce-commandbody");
const HISTORIC: HeaderName = HeaderName::from_static("ce-historic");
pub(crate) const PREVIOUS: HeaderName = HeaderName::from_static("ce-previous");
const CONTENT_TYPE: HeaderName = HeaderName::from_static("content-type");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The headers that an event is stored with.
pub(crate) fn headers(meta: &Meta) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let id = meta.id.to_string();
    headers.insert(async_nats::header::NATS_MESSAGE_ID, id.as_str());
    headers.insert(ID, id);
    headers.insert(TYPE, meta.event_type.to_string());
    headers.insert(SOURCE, "nabij");
    headers.insert(SPEC_VERSION, "1.0");
    headers.insert(TIME, meta.recorded_at.to_string());
    headers.insert(SUBJECT, meta.aggregate.to_string());
    headers.insert(CONTENT_TYPE, "application/json");
    headers.insert(ACTOR, serde_json::to_string(&meta.actor).expect("an actor is strings and ids, all JSON"));
    if let Some(centre) = meta.concerns.centre {
        headers.insert(CENTRE, centre.to_string());
    }
    if !meta.concerns.cases.is_empty() {
        let cases: Vec<String> = meta.concerns.cases.iter().map(ToString::to_string).collect();
        headers.insert(CASES, cases.join(","));
    }
    if meta.concerns.confidential {
        headers.insert(CONFIDENTIAL, "true");
    }
    if let Some(command) = meta.command {
        headers.insert(COMMAND, command.id.to_string());
        headers.insert(COMMAND_BODY, command.body.to_string());
    }
    if meta.historic {
        headers.insert(HISTORIC, "true");
    }
    if let Some(previous) = meta.previous {
        headers.insert(PREVIOUS, previous.to_string());
    }
    if let Some(traceparent) = meta.traceparent.as_deref().filter(|text| is_traceparent(text)) {
        headers.insert(TRACEPARENT, traceparent);
    }
    headers
}

/// Whether a caller's text is a W3C trace context. Any other text could carry what must never stand in the clear.
fn is_traceparent(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let hex = |byte: u8| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    lengths.eq([2, 32, 16, 2]) && text.bytes().all(hex)
}

/// The attributes of a stored event; `event_type` is the current version of its type.
pub(crate) fn meta(
    aggregate: AggregateId,
    event_type: EventType,
    headers: &HeaderMap,
) -> Result<Meta, DecodeError> {
    let flag = |name: HeaderName| headers.get(name).is_some_and(|value| value.as_str() == "true");
    let cases = match headers.get(CASES) {
        Some(list) => list.as_str().split(',').map(|id| parsed("ce-cases", id)).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let Brief { recorded_at, actor, command, previous } = Brief::of(headers)?;
    Ok(Meta {
        id: id(headers)?,
        event_type,
        aggregate,
        recorded_at,
        actor,
        concerns: Concerns {
            centre: optional(headers, CENTRE, "ce-centre")?,
            cases,
            confidential: flag(CONFIDENTIAL),
        },
        command,
        historic: flag(HISTORIC),
        previous,
        traceparent: headers.get(TRACEPARENT).map(|value| value.as_str().to_owned()),
    })
}

pub(crate) fn id(headers: &HeaderMap) -> Result<EventId, DecodeError> {
    required(headers, ID, "ce-id")
}

pub(crate) fn recorded_at(headers: &HeaderMap) -> Result<Timestamp, DecodeError> {
    required(headers, TIME, "ce-time")
}

/// The attributes that an aggregate needs of its own events.
pub(crate) struct Brief {
    pub(crate) recorded_at: Timestamp,
    pub(crate) actor: Actor,
    pub(crate) command: Option<CommandRef>,
    pub(crate) previous: Option<EventHash>,
}

impl Brief {
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, DecodeError> {
        let command = match optional(headers, COMMAND, "ce-command")? {
            Some(id) => Some(CommandRef { id, body: required(headers, COMMAND_BODY, "ce-commandbody")? }),
            None => None,
        };
        Ok(Self {
            recorded_at: recorded_at(headers)?,
            actor: actor(headers)?,
            command,
            previous: optional(headers, PREVIOUS, "ce-previous")?,
        })
    }
}

pub(crate) fn actor(headers: &HeaderMap) -> Result<Actor, DecodeError> {
    let text = headers.get(ACTOR).ok_or(DecodeError::MissingHeader("ce-actor"))?;
    serde_json::from_str(text.as_str())
        .map_err(|_| DecodeError::WrongHeader { header: "ce-actor", value: text.to_string() })
}

fn required<T: std::str::FromStr>(
    headers: &HeaderMap,
    name: HeaderName,
    text: &'static str,
) -> Result<T, DecodeError> {
    optional(headers, name, text)?.ok_or(DecodeError::MissingHeader(text))
}

fn optional<T: std::str::FromStr>(
    headers: &HeaderMap,
    name: HeaderName,
    text: &'static str,
) -> Result<Option<T>, DecodeError> {
    headers.get(name).map(|value| parsed(text, value.as_str())).transpose()
}

fn parsed<T: std::str::FromStr>(header: &'static str, value: &str) -> Result<T, DecodeError> {
    value.parse().map_err(|_| DecodeError::WrongHeader { header, value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trace_context_travels_as_one() {
        assert!(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        for text in
            ["00-trace", "he-stays-in-bed", "00-4bf92f3577b34da6a3ce929d0e0e473\r-00f067aa0ba902b7-01"]
        {
            assert!(!is_traceparent(text), "{text}");
        }
    }
}
