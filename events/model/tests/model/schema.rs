//! No story, name or number stands in an event in the clear: its schema leaves no room for one (DESIGN section 5).

use nabij_model::Event;
use nabij_model::text::{Code, Language, PlaceName, RegisterNumber, StaffId};
use serde_json::{Value, json};

/// The patterns of the types in `text`: the only ones that a clear string may have.
fn fixed_patterns() -> Vec<Value> {
    [
        schemars::schema_for!(Code),
        schemars::schema_for!(RegisterNumber),
        schemars::schema_for!(PlaceName),
        schemars::schema_for!(StaffId),
        schemars::schema_for!(Language),
    ]
    .map(|schema| schema.to_value()["pattern"].clone())
    .to_vec()
}

/// The places below `schema` where free text would fit.
fn openings(schema: &Value, at: &str, patterns: &[Value]) -> Vec<String> {
    let below = |part: &Value, name: &str| openings(part, &format!("{at}/{name}"), patterns);
    if schema["x-nabij-sealed"] == true || schema.get("const").is_some() || schema["enum"].is_array() {
        return vec![];
    }
    let mut found = Vec::new();
    for word in ["oneOf", "anyOf", "allOf"] {
        for (index, form) in schema[word].as_array().into_iter().flatten().enumerate() {
            found.extend(below(form, &format!("{word}/{index}")));
        }
    }
    for word in ["properties", "$defs"] {
        for (name, part) in schema[word].as_object().into_iter().flatten() {
            found.extend(below(part, name));
        }
    }
    let is = |kind: &str| {
        schema["type"] == kind || schema["type"].as_array().is_some_and(|k| k.contains(&kind.into()))
    };
    let typed = !schema["type"].is_null();
    let elsewhere = ["$ref", "oneOf", "anyOf", "allOf"].iter().any(|word| schema.get(word).is_some());
    if !typed && !elsewhere {
        found.push(format!("{at}: anything fits"));
    }
    if is("string") {
        let format = schema["format"].as_str().is_some_and(|f| ["uuid", "date", "date-time"].contains(&f));
        if !format && !patterns.contains(&schema["pattern"]) {
            found.push(format!("{at}: a clear string"));
        }
    }
    if is("object") && schema["additionalProperties"] != false {
        found.push(format!("{at}: any member fits"));
    }
    if is("array") {
        let tuple = schema["prefixItems"].as_array();
        for (index, part) in tuple.into_iter().flatten().enumerate() {
            found.extend(below(part, &format!("prefixItems/{index}")));
        }
        if tuple.is_none() {
            found.extend(below(&schema["items"], "items"));
        }
    }
    found
}

#[test]
fn no_event_has_room_for_free_text_in_the_clear() {
    let patterns = fixed_patterns();
    let found: Vec<String> = Event::catalogue()
        .iter()
        .flat_map(|entry| openings(entry.schema.as_value(), &entry.event_type.to_string(), &patterns))
        .collect();
    assert!(found.is_empty(), "seal these, or give them a fixed pattern:\n{}", found.join("\n"));
}

#[test]
fn an_opening_is_found_wherever_it_hides() {
    let closed = json!({"type": "integer"});
    for hidden in [
        json!({"type": "string"}),
        json!({"type": ["string", "null"]}),
        json!({"type": "string", "pattern": "^.*$"}),
        json!({"type": "string", "format": "uri"}),
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "array"}),
        json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        json!({"type": "object", "properties": {}, "additionalProperties": {"type": "integer"}}),
        json!({"type": "object", "properties": {"note": true}, "additionalProperties": false}),
    ] {
        let event = json!({
            "type": "object",
            "properties": {"residents": closed, "hidden": hidden},
            "additionalProperties": false,
        });
        assert_eq!(openings(&event, "", &fixed_patterns()).len(), 1, "{hidden}");
    }
}

#[test]
fn only_a_centre_has_a_name() {
    let pattern = schemars::schema_for!(PlaceName).to_value()["pattern"].to_string();
    let named: Vec<String> = Event::catalogue()
        .iter()
        .filter(|entry| entry.schema.as_value().to_string().contains(&pattern))
        .map(|entry| entry.event_type.to_string())
        .collect();
    assert_eq!(named, ["nabij.centre.registered.v1"], "any other name is sealed");
}

#[test]
fn every_type_stands_once_in_the_catalogue_and_its_schema_names_it() {
    let catalogue = Event::catalogue();
    for (index, entry) in catalogue.iter().enumerate() {
        assert_eq!(entry.schema.as_value()["title"], entry.event_type.to_string());
        let twice = catalogue[..index].iter().any(|other| other.event_type == entry.event_type);
        assert!(!twice, "{} stands twice", entry.event_type);
    }
}
