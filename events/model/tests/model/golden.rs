//! Golden files: what was in somebody's log decodes for ever.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use nabij_model::{Event, upcast};
use serde_json::Value;

/// One stored body, as `tests/golden` has it.
pub(crate) struct Golden {
    pub(crate) event_type: String,
    pub(crate) body: Value,
    decoded: Value,
}

impl Golden {
    /// Every example of every file.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
        let mut all = Vec::new();
        for entry in fs::read_dir(&folder).expect("tests/golden is part of the repository") {
            let path = entry.unwrap().path();
            let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let event_type = file["type"].as_str().unwrap();
            assert_eq!(
                path.file_stem().unwrap().to_str().unwrap(),
                event_type,
                "the file is named after its type"
            );
            all.extend(file["examples"].as_array().unwrap().iter().map(|example| Self {
                event_type: event_type.to_owned(),
                body: example["body"].clone(),
                decoded: example.get("decoded").unwrap_or(&example["body"]).clone(),
            }));
        }
        all
    }

    pub(crate) fn decode(&self) -> Event {
        let decoded = Event::decode(&self.event_type, self.body.to_string().as_bytes());
        decoded.unwrap_or_else(|error| panic!("{error}\nin {}", self.body)).1
    }
}

#[test]
fn every_example_reads_as_it_did() {
    for golden in Golden::all() {
        let event = golden.decode();
        let written = event.to_json().unwrap();
        assert_eq!(written, golden.decoded, "{}", golden.event_type);
        let again = Event::decode(&event.event_type().to_string(), written.to_string().as_bytes()).unwrap().1;
        assert_eq!(again, event, "{}: what is written reads back as itself", golden.event_type);
    }
}

#[test]
fn every_type_and_every_older_version_has_an_example() {
    let has: BTreeSet<String> = Golden::all().into_iter().map(|golden| golden.event_type).collect();
    let current = Event::catalogue().into_iter().map(|entry| entry.event_type.to_string());
    let older = upcast::older_versions().map(|(event, version)| format!("nabij.{event}.v{version}"));
    let without: Vec<String> = current.chain(older).filter(|event_type| !has.contains(event_type)).collect();
    assert!(without.is_empty(), "no golden file: {without:?}");
}

#[test]
fn every_version_below_the_current_one_has_a_step() {
    let steps: BTreeSet<String> =
        upcast::older_versions().map(|(event, version)| format!("{event}.v{version}")).collect();
    for entry in Event::catalogue() {
        let current = entry.event_type;
        for version in 1..current.version {
            let older = format!("{}.{}.v{version}", current.kind, current.name);
            assert!(steps.contains(&older), "{older} cannot be lifted");
        }
    }
}
