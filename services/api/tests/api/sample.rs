//! The least body that a call takes, made from its schema in `/openapi.json`.

use serde_json::{Map, Value, json};

/// What stands for every id that nothing has.
pub(crate) const NOTHING: &str = "01890000-0000-7000-8000-000000000009";

/// The least value of `schema`, whose references `document` resolves; `known` gives the value of properties by name.
pub(crate) fn least(document: &Value, schema: &Value, known: &impl Fn(&str) -> Option<Value>) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        let found = document.pointer(pointer).unwrap_or_else(|| panic!("{reference} is nowhere"));
        return least(document, found, known);
    }
    for one in [&schema["const"], &schema["enum"][0], &schema["examples"][0], &schema["default"]] {
        if !one.is_null() {
            return one.clone();
        }
    }
    let alternatives = ["oneOf", "anyOf", "allOf"].into_iter().find_map(|name| schema[name].as_array());
    let mut whole = match alternatives.and_then(|all| all.iter().find(|one| one["type"] != "null")) {
        Some(first) => least(document, first, known),
        None => Value::Null,
    };
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("object") => {
            let fields = if let Value::Object(fields) = whole { fields } else { Map::new() };
            whole = Value::Object(fields);
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                whole[name] =
                    known(name).unwrap_or_else(|| least(document, &schema["properties"][name], known));
            }
            whole
        }
        Some("array") => {
            let one = schema["minItems"].as_u64().unwrap_or(1) > 0;
            if one { json!([least(document, &schema["items"], known)]) } else { json!([]) }
        }
        Some("string") => match schema["format"].as_str() {
            Some("uuid") => NOTHING.into(),
            Some("date") => "2026-01-12".into(),
            Some("date-time") => "2026-01-12T10:00:00Z".into(),
            _ => "words".into(),
        },
        Some("integer" | "number") => {
            schema["minimum"].as_f64().map_or(json!(1), |least| json!(least.max(1.0) as u64))
        }
        Some("boolean") => true.into(),
        _ => whole,
    }
}
