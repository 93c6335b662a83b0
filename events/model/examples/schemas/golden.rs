//! A golden file: stored bodies of one event type, and what each decodes to.

use nabij_model::Event;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sorted;

/// The file of one type and version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Golden {
    #[serde(rename = "type")]
    event_type: String,
    examples: Vec<Example>,
}

/// One stored body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// As an older binary wrote it.
    body: Value,
    /// As the current one writes it again; absent where that is the same.
    decoded: Option<Value>,
}

impl Golden {
    pub(crate) fn empty(event_type: &str) -> Self {
        Self { event_type: event_type.to_owned(), examples: Vec::new() }
    }

    pub(crate) fn parse(event_type: &str, text: &str) -> Result<Self, String> {
        let golden: Self = serde_json::from_str(text)
            .map_err(|error| format!("tests/golden/{event_type}.json is no golden file: {error}"))?;
        if golden.event_type != event_type {
            return Err(format!("tests/golden/{event_type}.json says it is of {}", golden.event_type));
        }
        Ok(golden)
    }

    /// Adds those of `bodies` that are not in it; says how many.
    pub(crate) fn grow(&mut self, bodies: Vec<Value>) -> Result<usize, String> {
        let before = self.examples.len();
        for body in bodies {
            if self.examples.iter().all(|example| example.body != body) {
                let decoded = decode(&self.event_type, &body)?;
                self.examples.push(Example { decoded: (decoded != body).then_some(decoded), body });
            }
        }
        Ok(self.examples.len() - before)
    }

    /// Decodes every example with the code of today.
    pub(crate) fn verify(&self) -> Result<(), String> {
        for (index, example) in self.examples.iter().enumerate() {
            let file = format!("tests/golden/{}.json, example {index}", self.event_type);
            let decoded = decode(&self.event_type, &example.body).map_err(|problem| {
                format!("{file}: {problem}\n  such events are in logs: leave the file, add a version and an upcaster")
            })?;
            let expected = example.decoded.as_ref().unwrap_or(&example.body);
            if &decoded != expected {
                return Err(format!(
                    "{file}: it now reads as {decoded}, not as {expected}\n  leave the file, add a version and an upcaster"
                ));
            }
        }
        Ok(())
    }

    /// One line for each example, so that what was added shows in a diff.
    pub(crate) fn to_text(&self) -> String {
        let examples: Vec<String> = self.examples.iter().map(Example::to_line).collect();
        format!("{{\"type\": \"{}\", \"examples\": [\n{}\n]}}\n", self.event_type, examples.join(",\n"))
    }
}

impl Example {
    fn to_line(&self) -> String {
        let line = match &self.decoded {
            None => json!({"body": self.body}),
            Some(decoded) => json!({"body": self.body, "decoded": decoded}),
        };
        sorted(&line).to_string()
    }
}

/// What the current code makes of a stored body.
pub(crate) fn decode(event_type: &str, body: &Value) -> Result<Value, String> {
    Event::decode(event_type, body.to_string().as_bytes())
        .map_err(|error| error.to_string())?
        .1
        .to_json()
        .map_err(|error| format!("{event_type} has no JSON form: {error}"))
}
