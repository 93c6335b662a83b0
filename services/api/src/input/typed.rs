//! Turns JSON into a command's or query's type, and says at which field it does not fit.

use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::problem::Problem;

/// Reads `object` as a `T`.
///
/// # Errors
/// 422 with the pointer of the first field that does not fit: `unknown-field`, `missing-field`, `wrong-type` or
/// `invalid-value`.
pub(crate) fn typed<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, Problem> {
    let object = Value::Object(object);
    // Where it does not fit is asked only of what does not: most does.
    T::deserialize(&object).or_else(|_| {
        serde_path_to_error::deserialize(object.into_deserializer()).map_err(|error| {
            let pointer = pointer(error.path());
            describe(&error.into_inner().to_string(), pointer)
        })
    })
}

/// What serde says, under one of our codes; its sentences are stable enough to tell them apart by.
fn describe(message: &str, mut pointer: String) -> Problem {
    let code = if message.starts_with("unknown field") {
        "unknown-field"
    } else if let Some(rest) = message.strip_prefix("missing field `") {
        pointer.push('/');
        pointer.push_str(rest.split('`').next().unwrap_or_default());
        "missing-field"
    } else if message.starts_with("invalid type") {
        "wrong-type"
    } else {
        "invalid-value"
    };
    Problem::invalid(code, message.to_owned(), pointer)
}

fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |mut pointer, segment| {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { variant } => {
                pointer.push('/');
                pointer.push_str(variant);
            }
            Segment::Unknown => {}
        }
        pointer
    })
}

#[cfg(test)]
mod tests {
    use nabij_model::signal::Logged;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(body: Value, code: &str, pointer: &str) {
        let Value::Object(object) = body else { panic!("not an object") };
        let problem = typed::<Logged>(object).expect_err("it was read");
        assert_eq!((problem.code(), problem.document().pointer.as_deref()), (code, Some(pointer)));
    }

    #[test]
    fn every_mistake_points_at_its_field() {
        let centre = "01890000-0000-7000-8000-000000000001";
        refused(json!({"centre": centre, "nota": "x"}), "unknown-field", "/nota");
        refused(json!({"note": "x"}), "missing-field", "/centre");
        refused(json!({"centre": centre, "safe_now": "yes"}), "wrong-type", "/safe_now");
        refused(json!({"centre": "north"}), "invalid-value", "/centre");
        refused(json!({"centre": centre, "severity": "bad"}), "invalid-value", "/severity");
        refused(json!({"centre": centre, "note": 7}), "wrong-type", "/note");
        let case = json!({"case": centre, "role": "victim"});
        refused(json!({"centre": centre, "cases": [case]}), "invalid-value", "/cases/0/role");
        refused(
            json!({"centre": centre, "occurred": {"from": "2026-02-31T10:00:00Z"}}),
            "invalid-value",
            "/occurred/from",
        );
    }
}
