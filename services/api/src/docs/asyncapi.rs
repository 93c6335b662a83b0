//! AsyncAPI 3.0 from the catalogue of events: what a subscriber of the log sees.

use nabij_model::{AggregateKind, Event};
use serde_json::{Map, Value, json};

/// The AsyncAPI document.
pub(super) fn document() -> Value {
    let mut messages = Map::new();
    let mut channels = Map::new();
    let mut operations = Map::new();
    for entry in Event::catalogue() {
        let name = entry.event_type.to_string();
        let kind = entry.event_type.kind;
        messages.insert(
            name.clone(),
            json!({
                "name": name,
                "contentType": "application/json",
                "headers": {"$ref": "#/components/schemas/cloudevent"},
                "payload": {
                    "schemaFormat": "application/schema+json;version=draft-2020-12",
                    "schema": {"$ref": format!("/schemas/{name}")},
                },
            }),
        );
        let channel = channels.entry(kind.as_str()).or_insert_with(|| channel(kind));
        channel["messages"][&name] = json!({"$ref": format!("#/components/messages/{name}")});
        operations
            .entry(format!("{kind}Happened"))
            .or_insert_with(|| json!({"action": "send", "channel": {"$ref": format!("#/channels/{kind}")}}));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Nabij events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "CloudEvents 1.0 in NATS binary mode. Sealed fields are ciphertext; only the API opens them.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"cloudevent": cloudevent()}},
    })
}

fn channel(kind: AggregateKind) -> Value {
    json!({
        "address": format!("nabij.{kind}.{{id}}"),
        "description": format!("Everything that happened to one {kind}, in order."),
        "parameters": {"id": {"description": "The aggregate's UUID."}},
        "messages": {},
    })
}

fn cloudevent() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "required": ["ce-id", "ce-type", "ce-source", "ce-specversion", "ce-time", "ce-subject", "ce-actor"],
        "properties": {
            "ce-id": text("The event's UUID, also its message id."),
            "ce-type": text("nabij.<aggregate>.<event>.v<version>"),
            "ce-source": text("Who published it."),
            "ce-specversion": {"const": "1.0"},
            "ce-time": text("When it was recorded, RFC 3339."),
            "ce-subject": text("<aggregate>.<uuid>"),
            "ce-actor": text("Who recorded it, JSON."),
            "ce-centre": text("The centre that it belongs to."),
            "ce-cases": text("The cases that it is about, comma separated."),
            "ce-confidential": text("Present when it is for the safeguarding person alone."),
            "ce-historic": text("Present on imported or simulated history: it notifies nobody."),
            "ce-previous": text("Hash of the event before it on its subject."),
            "traceparent": text("W3C trace context."),
        },
    })
}
