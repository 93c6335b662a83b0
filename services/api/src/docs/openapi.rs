//! OpenAPI 3.1 from the table of calls: the same types that read the requests describe them.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::problem::Document;
use crate::route::{Input, Route, Routes, schema_of};

/// Definitions that requests and answers name alike but see differently: a sealed field goes in as plain text.
const ANSWER_SUFFIX: &str = "Answer";

/// The OpenAPI document.
pub(super) fn document(table: &Routes) -> Value {
    let settings = || {
        let mut settings = SchemaSettings::draft2020_12();
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings
    };
    let mut requests = settings().into_generator();
    let mut answers = settings().for_serialize().into_generator();
    let problem = schema_of::<Document>(&mut answers);
    let mut paths = Map::new();
    for route in table.lines() {
        let operation = operation(route, &mut requests, &mut answers, &problem);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = operation;
    }
    let mut paths = Value::Object(paths);
    let schemas = join(requests.take_definitions(true), answers.take_definitions(true), &mut paths);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Nabij",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Follow-up of residents in a reception network. Writes take `Idempotency-Key` and `If-Match`; \
                every refusal is a problem document (RFC 9457) with a stable `type`. Answers say in `RateLimit` \
                and `RateLimit-Policy` how many calls are left; 429 says in `Retry-After` when to come back.",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"token": []}],
    })
}

fn operation(
    route: &Route,
    requests: &mut SchemaGenerator,
    answers: &mut SchemaGenerator,
    problem: &Schema,
) -> Value {
    let mut parameters: Vec<Value> = path_parameters(route.path)
        .map(|name| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}})
        })
        .collect();
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [route.path.split('/').nth(2).unwrap_or_default()],
        "x-nabij-action": route.action.name(),
    });
    match route.input {
        Input::Query(schema) => parameters.extend(query_parameters(schema, requests)),
        Input::Body { schema, optional, own_id } => {
            parameters.extend([
                header("Idempotency-Key", "Names the write: a repeat is answered the same, and done once."),
                header("If-Match", "The version that the record must still have."),
            ]);
            let body = body_schema(route, schema, optional, own_id, requests);
            operation["requestBody"] =
                json!({"required": true, "content": {"application/json": {"schema": body}}});
        }
    }
    let body = (route.answer.schema)(answers);
    let content: Map<String, Value> = route
        .answer
        .media
        .iter()
        .map(|media| {
            let structured = *media == "application/json";
            let schema = if structured { json!(body) } else { json!({"type": "string"}) };
            ((*media).to_owned(), json!({"schema": schema}))
        })
        .collect();
    operation["parameters"] = Value::Array(parameters);
    operation["responses"] = json!({
        route.answer.status.to_string(): {"description": route.summary, "content": content},
        "default": {
            "description": "A problem: what was wrong and what to do.",
            "content": {"application/problem+json": {"schema": problem}},
        },
    });
    operation
}

fn header(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "header", "required": false, "description": description, "schema": {"type": "string"}})
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// `postCasesVulnerabilitiesEnds`.
fn operation_id(route: &Route) -> String {
    let words = route.path.split(['/', '-']).skip(2).filter(|part| !part.is_empty());
    words.fold(route.method.as_str().to_lowercase(), |mut id, word| {
        let word = word.trim_matches(['{', '}']);
        id.extend(word.chars().take(1).map(|first| first.to_ascii_uppercase()));
        id.extend(word.chars().skip(1));
        id
    })
}

fn query_parameters(
    schema: fn(&mut SchemaGenerator) -> Schema,
    generator: &mut SchemaGenerator,
) -> Vec<Value> {
    let schema = resolved(schema(generator), generator);
    let required = |name: &str| {
        schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|n| n == name))
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flatten();
    properties
        .map(|(name, property)| {
            let mut property = property.clone();
            let description = property.as_object_mut().and_then(|fields| fields.remove("description"));
            json!({
                "name": name, "in": "query", "required": required(name),
                "description": description.unwrap_or_default(), "schema": property,
            })
        })
        .collect()
}

/// The payload as this call takes it: without the ids of the address, and with the own `id` where there may be one.
fn body_schema(
    route: &Route,
    schema: fn(&mut SchemaGenerator) -> Schema,
    optional: &[&str],
    own_id: bool,
    generator: &mut SchemaGenerator,
) -> Value {
    let plain = schema(generator);
    let from_path: Vec<&str> = path_parameters(route.path).filter(|name| *name != "id").collect();
    if from_path.is_empty() && optional.is_empty() && !own_id {
        return plain.to_value();
    }
    let mut schema = resolved(plain, generator);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !from_path.contains(&name.as_str()));
        if own_id {
            let description = "An id of your own, UUIDv7: safe to send again after being offline.";
            properties
                .insert("id".into(), json!({"type": "string", "format": "uuid", "description": description}));
        }
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| {
            name.as_str().is_none_or(|name| !from_path.contains(&name) && !optional.contains(&name))
        });
    }
    schema
}

/// The schema itself where `schema` only refers to it.
fn resolved(schema: Schema, generator: &SchemaGenerator) -> Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let name = reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
    name.and_then(|name| generator.definitions().get(name)).cloned().unwrap_or_else(|| schema.to_value())
}

/// All definitions in one map. Where an answer's differs from the request's of the same name it is renamed, in the
/// answers and in everything that refers to it from there.
fn join(requests: Map<String, Value>, answers: Map<String, Value>, paths: &mut Value) -> Map<String, Value> {
    let differ: Vec<String> = answers
        .iter()
        .filter(|(name, schema)| requests.get(*name).is_some_and(|request| request != *schema))
        .map(|(name, _)| name.clone())
        .collect();
    let renamed = |name: &str| {
        if differ.iter().any(|known| known == name) {
            format!("{name}{ANSWER_SUFFIX}")
        } else {
            name.to_owned()
        }
    };
    let operations = paths.as_object_mut().into_iter().flatten().flat_map(|(_, path)| path.as_object_mut());
    for (_, operation) in operations.flatten() {
        rename(&mut operation["responses"], &renamed);
    }
    let mut all = requests;
    for (name, mut schema) in answers {
        rename(&mut schema, &renamed);
        all.entry(renamed(&name)).or_insert(schema);
    }
    all
}

fn rename(value: &mut Value, renamed: &impl Fn(&str) -> String) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let reference = (name == "$ref").then(|| field.as_str()).flatten();
                let reference = reference.and_then(|text| text.strip_prefix("#/components/schemas/"));
                match reference {
                    Some(target) => {
                        *field = Value::String(format!("#/components/schemas/{}", renamed(target)))
                    }
                    None => rename(field, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, renamed)),
        _ => {}
    }
}
