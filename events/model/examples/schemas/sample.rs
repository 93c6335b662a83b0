//! Makes example bodies from a schema: the same schema always gives the same bodies.

use serde_json::{Map, Value, json};

use crate::golden;

/// Everything a stored body of the type may look like at least once: all fields filled, once for each variant of its
/// longest enumeration, and once with only what must be there.
pub(crate) fn bodies(event_type: &str, schema: &Value) -> Result<Vec<Value>, String> {
    let sampler = Sampler { event_type, root: schema };
    let turns = sampler.variants(schema).max(1);
    let mut bodies = Vec::new();
    for turn in 0..turns {
        bodies.push(sampler.value(schema, "", turn)?);
    }
    bodies.push(minimal(event_type, &bodies[0]));
    Ok(bodies)
}

/// `full` without the fields that a body decodes without.
fn minimal(event_type: &str, full: &Value) -> Value {
    let mut body = full.clone();
    for name in full.as_object().into_iter().flat_map(Map::keys) {
        let mut without = body.clone();
        without.as_object_mut().and_then(|fields| fields.remove(name));
        if golden::decode(event_type, &without).is_ok() {
            body = without;
        }
    }
    body
}

struct Sampler<'a> {
    event_type: &'a str,
    root: &'a Value,
}

impl<'a> Sampler<'a> {
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.resolve(self.root.pointer(pointer).unwrap_or(&Value::Null)),
            None => schema,
        }
    }

    /// The forms that a value may take, but for null.
    fn choices(&self, schema: &'a Value) -> Vec<&'a Value> {
        let forms = ["oneOf", "anyOf"].into_iter().find_map(|word| schema[word].as_array());
        forms.into_iter().flatten().filter(|form| form["type"] != "null").collect()
    }

    /// How many values the longest enumeration below `schema` has.
    fn variants(&self, schema: &'a Value) -> usize {
        let schema = self.resolve(schema);
        let here = schema["enum"].as_array().map_or(0, Vec::len);
        let choices = self.choices(schema);
        // A form may be an enumeration itself: those that follow each other in turn are all reached.
        let forms: usize = choices.iter().map(|form| form["enum"].as_array().map_or(1, Vec::len)).sum();
        let below = schema["properties"].as_object().into_iter().flat_map(Map::values);
        below
            .chain(schema.get("items"))
            .chain(choices)
            .map(|part| self.variants(part))
            .fold(here.max(forms), usize::max)
    }

    fn value(&self, schema: &'a Value, pointer: &str, turn: usize) -> Result<Value, String> {
        let schema = self.resolve(schema);
        if schema["x-nabij-sealed"] == true {
            return Ok(sealed(schema, pointer));
        }
        if let Some(constant) = schema.get("const") {
            return Ok(constant.clone());
        }
        if let Some(values) = schema["enum"].as_array() {
            return Ok(values[turn % values.len()].clone());
        }
        let choices = self.choices(schema);
        if !choices.is_empty() {
            let form = choices[turn % choices.len()];
            return self.value(form, pointer, turn / choices.len());
        }
        match kind(schema) {
            "object" => {
                let fields = schema["properties"].as_object().into_iter().flatten();
                let fields = fields.map(|(name, field)| {
                    Ok((name.clone(), self.value(field, &format!("{pointer}/{name}"), turn)?))
                });
                fields.collect::<Result<Map<_, _>, String>>().map(Value::Object)
            }
            "array" => {
                let items = schema["minItems"].as_u64().unwrap_or(1).max(1);
                let item = |index| self.value(&schema["items"], &format!("{pointer}/{index}"), turn);
                (0..items).map(item).collect::<Result<Vec<_>, String>>().map(Value::Array)
            }
            "boolean" => Ok(true.into()),
            "integer" => Ok(number(schema, pointer).into()),
            "string" => self.text(schema, pointer),
            other => Err(format!("{} at {pointer}: no example of {other:?} in {schema}", self.event_type)),
        }
    }

    fn text(&self, schema: &Value, pointer: &str) -> Result<Value, String> {
        let unknown = || {
            format!(
                "{} at {pointer}: a clear string that is neither enumerated nor patterned: {schema}",
                self.event_type
            )
        };
        Ok(match (schema["format"].as_str(), schema["pattern"].as_str()) {
            (Some("uuid"), _) => uuid(pointer).into(),
            (Some("date"), _) => "2026-02-14".into(),
            (Some("date-time"), _) => "2026-02-14T09:30:00Z".into(),
            (_, Some(_)) => word(schema, pointer).ok_or_else(unknown)?.into(),
            _ => return Err(unknown()),
        })
    }
}

/// The type of a schema, but for null.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find_map(|kind| kind.as_str().filter(|kind| *kind != "null")),
        kind => kind.as_str(),
    }
    .unwrap_or("nothing")
}

/// The last name in a pointer that is no index.
fn name(pointer: &str) -> &str {
    pointer.rsplit('/').find(|part| part.parse::<u32>().is_err()).unwrap_or_default()
}

/// The type's own example, or a likelier one where it is a code.
fn word<'a>(schema: &'a Value, pointer: &str) -> Option<&'a str> {
    let example = schema["examples"][0].as_str()?;
    Some(match (example, name(pointer)) {
        ("self-harm", "operator" | "source") => "fedasil",
        ("self-harm", "region") => "antwerpen",
        ("self-harm", "code") => "kapellen",
        ("self-harm", "kind") => "collective",
        ("self-harm", "theme" | "themes") => "lighting",
        ("self-harm", "rule" | "title") => "acute-signal",
        ("self-harm", "protocol") => "suicidality",
        _ => example,
    })
}

/// An id that differs from field to field (FNV-1a of the pointer in its last twelve digits).
fn uuid(pointer: &str) -> String {
    let tail = pointer.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("01890000-0000-7000-8000-{:012x}", tail & 0xffff_ffff_ffff)
}

fn sealed(schema: &Value, pointer: &str) -> Value {
    let level = schema["x-nabij-level"].as_str().unwrap_or("team");
    json!({
        "sealed": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "key": if level == "profile" { format!("profile.{}", uuid("key")) } else { format!("case.{}", uuid("key")) },
        "of": format!("{}#{pointer}~{level}", uuid("event")),
        "level": level,
    })
}

/// Likely numbers; every other is 3, or the nearest that the schema allows.
fn number(schema: &Value, pointer: &str) -> u64 {
    let likely = match name(pointer) {
        "residents" => 312,
        "places" => 350,
        "minors" => 97,
        "unaccompanied_minors" => 12,
        _ => 3,
    };
    let (least, most) = (schema["minimum"].as_u64(), schema["maximum"].as_u64());
    likely.clamp(least.unwrap_or(0), most.unwrap_or(u64::MAX))
}
