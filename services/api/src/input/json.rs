//! Reads a JSON body: nothing twice, nothing too deep, no ready-made ciphertext.

use std::cell::Cell;
use std::fmt;

use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

use crate::problem::Problem;

/// Deeper than any command; a body of brackets alone costs no stack.
const MAX_DEPTH: usize = 16;
/// Values in one body: a discussion of a whole centre has some hundreds.
const MAX_VALUES: usize = 20_000;
/// Bytes of one text: twenty pages.
const MAX_TEXT: usize = 64 * 1024;

/// Reads the object that every write brings.
///
/// # Errors
/// A problem for another content type, no body, bad syntax (with line and column), a field that stands twice,
/// nesting deeper than 16, more than 20,000 values, a text of more than 64 KiB, something else than an object, and a field that looks like ciphertext already: what is
/// sealed is sealed here and nowhere else.
pub(crate) fn read_object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::bad_request(
            "body-missing",
            "send a JSON object, `{}` when there is nothing to say",
        ));
    }
    check_content_type(headers)?;
    let flaw = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let left = Cell::new(MAX_VALUES);
    let read = Strict { depth: 0, left: &left, flaw: &flaw }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(Value::Object(object)) => {
            refuse_ciphertext(&object, &mut String::new())?;
            Ok(object)
        }
        Ok(_) => Err(Problem::invalid("wrong-type", "the body is no JSON object: wrap it in { }", "")),
        Err(error) => Err(malformed(&error, flaw.get())),
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if json {
        return Ok(());
    }
    let detail = "send the body as `content-type: application/json`";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", detail))
}

fn malformed(error: &serde_json::Error, flaw: Option<Flaw>) -> Problem {
    let (line, column) = (error.line(), error.column());
    let problem = match (flaw, error.classify()) {
        (Some(Flaw::TooDeep), _) => Problem::bad_request(
            "too-deep",
            format!("the body is nested deeper than {MAX_DEPTH} levels: no command is"),
        ),
        (Some(Flaw::TooMany), _) => Problem::bad_request(
            "too-many-values",
            format!("the body holds more than {MAX_VALUES} values: split it into several commands"),
        ),
        (Some(Flaw::TooLong), _) => Problem::bad_request(
            "text-too-long",
            format!(
                "a text before line {line}, column {column} is longer than {MAX_TEXT} bytes: split it into several"
            ),
        ),
        (Some(Flaw::Twice), _) => Problem::bad_request(
            "duplicate-field",
            format!("a field stands twice in one object, line {line}, column {column}: keep one of them"),
        ),
        (None, Category::Eof) => Problem::bad_request(
            "malformed-json",
            format!("the JSON breaks off at line {line}, column {column}"),
        ),
        (None, _) => Problem::bad_request(
            "malformed-json",
            format!("not JSON at line {line}, column {column}: look for a missing quote, comma or bracket"),
        ),
    };
    problem.at_line(line, column)
}

fn refuse_ciphertext(object: &Map<String, Value>, pointer: &mut String) -> Result<(), Problem> {
    if object.contains_key("sealed") || object.contains_key("clear") {
        return Err(Problem::invalid(
            "ready-made-seal",
            "send the plain value: sealing is done here, a ready-made seal is never taken",
            pointer.clone(),
        ));
    }
    let length = pointer.len();
    for (key, value) in object {
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        refuse_in(value, pointer)?;
        pointer.truncate(length);
    }
    Ok(())
}

fn refuse_in(value: &Value, pointer: &mut String) -> Result<(), Problem> {
    match value {
        Value::Object(object) => refuse_ciphertext(object, pointer),
        Value::Array(items) => {
            let length = pointer.len();
            items.iter().enumerate().try_for_each(|(index, item)| {
                pointer.push_str(&format!("/{index}"));
                refuse_in(item, pointer)?;
                pointer.truncate(length);
                Ok(())
            })
        }
        _ => Ok(()),
    }
}

#[derive(Clone, Copy)]
enum Flaw {
    TooDeep,
    TooMany,
    TooLong,
    Twice,
}

/// Builds a [`Value`] like serde_json does, but refuses what it would let pass.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    left: &'a Cell<usize>,
    flaw: &'a Cell<Option<Flaw>>,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            self.flaw.set(Some(Flaw::TooDeep));
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn text<E: serde::de::Error>(self, text: String) -> Result<String, E> {
        if text.len() <= MAX_TEXT {
            return Ok(text);
        }
        self.flaw.set(Some(Flaw::TooLong));
        Err(E::custom("too long"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.left.get().checked_sub(1) else {
            self.flaw.set(Some(Flaw::TooMany));
            return Err(D::Error::custom("too many"));
        };
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.text(value.to_owned()).map(Value::String)
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.text(value).map(Value::String)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let key = self.text(key)?;
            let value = map.next_value_seed(inside)?;
            if object.insert(key, value).is_some() {
                self.flaw.set(Some(Flaw::Twice));
                return Err(A::Error::custom("twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Map<String, Value>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
        read_object(&headers, body.as_bytes())
    }

    #[track_caller]
    fn refused(body: &str, code: &str) -> Problem {
        let problem = read(body).expect_err("it was read");
        assert_eq!(problem.code(), code);
        problem
    }

    #[test]
    fn an_object_is_read_as_it_stands() {
        let object = read(r#" {"a": [1, -2, 0.5, null, true, "x\u00e9"], "b": {"c": {}}} "#).unwrap();
        assert_eq!(
            Value::Object(object),
            serde_json::json!({"a": [1, -2, 0.5, null, true, "xé"], "b": {"c": {}}})
        );
    }

    #[test]
    fn bad_syntax_says_where() {
        let problem = refused("{\n  \"a\": 1,\n  b: 2\n}", "malformed-json");
        assert_eq!((problem.document().line, problem.document().column), (Some(3), Some(3)));
        refused(r#"{"a": "#, "malformed-json");
        refused(r#"{"a": 1} {"b": 2}"#, "malformed-json");
        refused("  \n", "body-missing");
        refused("[1]", "wrong-type");
    }

    #[test]
    fn a_field_twice_and_a_well_of_brackets_are_refused() {
        refused(r#"{"a": 1, "a": 2}"#, "duplicate-field");
        refused(&format!("{{\"a\":{}", "[".repeat(500_000)), "too-deep");
    }

    #[test]
    fn a_body_has_an_end_in_every_direction() {
        let list = |length: usize| format!("{{\"a\": [{}0]}}", "0,".repeat(length - 1));
        read(&list(MAX_VALUES - 2)).unwrap();
        refused(&list(MAX_VALUES - 1), "too-many-values");
        let text = |length: usize| format!("{{\"a\": \"{}\"}}", "x".repeat(length));
        read(&text(MAX_TEXT)).unwrap();
        refused(&text(MAX_TEXT + 1), "text-too-long");
        refused(&format!("{{\"{}\": 1}}", "x".repeat(MAX_TEXT + 1)), "text-too-long");
        refused(&format!("{{\"a\": \"{}\"}}", "\\u0000".repeat(MAX_TEXT + 1)), "text-too-long");
    }

    #[test]
    fn no_seal_is_taken_ready_made() {
        let sealed = r#"{"notes": [{"sealed": "x", "key": "case.1", "of": "y", "level": "team"}]}"#;
        assert_eq!(refused(sealed, "ready-made-seal").document().pointer.as_deref(), Some("/notes/0"));
        refused(r#"{"note": {"clear": "x", "level": "duty"}}"#, "ready-made-seal");
        refused(r#"{"note": {"se\u0061led": "x", "of": 1}}"#, "ready-made-seal");
    }

    #[test]
    fn another_content_type_is_refused() {
        for given in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            let mut headers = HeaderMap::new();
            if let Some(given) = given {
                headers.insert(header::CONTENT_TYPE, given.parse().unwrap());
            }
            let problem = read_object(&headers, b"{}").unwrap_err();
            assert_eq!((problem.document().status, problem.code()), (415, "not-json"));
        }
    }
}
