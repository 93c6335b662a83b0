//! Writes what the types say: `events/schemas/<type>.json`, and examples in `tests/golden/<type>.json`.
//!
//! `cargo run -p nabij-model --example schemas` writes; with `--check` it writes nothing and exits 1 when something
//! is missing or differs. A schema follows its type. A golden file only grows: what stands in it was in somebody's
//! log, and must decode for ever.

mod golden;
mod sample;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nabij_model::{Event, upcast};
use serde_json::Value;

use golden::Golden;

/// What is wrong, one sentence each.
type Findings = Vec<String>;

fn main() -> ExitCode {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        other => {
            eprintln!("unknown arguments {other:?}: give none to write, or --check");
            return ExitCode::from(2);
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let house = House { schemas: root.join("events/schemas"), golden: root.join("tests/golden"), check };
    match house.run() {
        Ok(findings) if findings.is_empty() => ExitCode::SUCCESS,
        Ok(findings) => {
            findings.iter().for_each(|finding| eprintln!("{finding}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Where the generated files live, and whether they may be written.
struct House {
    schemas: PathBuf,
    golden: PathBuf,
    check: bool,
}

impl House {
    fn run(&self) -> std::io::Result<Findings> {
        if !self.check {
            fs::create_dir_all(&self.schemas)?;
            fs::create_dir_all(&self.golden)?;
        }
        let mut findings = Vec::new();
        let mut known = BTreeSet::new();
        for entry in Event::catalogue() {
            let event_type = entry.event_type.to_string();
            let schema = entry.schema.to_value();
            self.schema(&event_type, &schema, &mut findings)?;
            self.examples(&event_type, &schema, &mut findings)?;
            known.insert(event_type);
        }
        for stranger in names(&self.schemas)?.difference(&known) {
            findings
                .push(format!("events/schemas/{stranger}.json belongs to no current event type: remove it"));
        }
        known.extend(upcast::older_versions().map(|(event, version)| format!("nabij.{event}.v{version}")));
        let golden = names(&self.golden)?;
        for missing in known.difference(&golden) {
            findings.push(format!("tests/golden/{missing}.json is missing"));
        }
        for event_type in golden {
            let text = fs::read_to_string(self.golden.join(format!("{event_type}.json")))?;
            findings.extend(Golden::parse(&event_type, &text).and_then(|golden| golden.verify()).err());
        }
        Ok(findings)
    }

    fn schema(&self, event_type: &str, schema: &Value, findings: &mut Findings) -> std::io::Result<()> {
        let path = self.schemas.join(format!("{event_type}.json"));
        let text = format!("{:#}\n", sorted(schema));
        if fs::read_to_string(&path).is_ok_and(|present| present == text) {
            return Ok(());
        }
        if self.check {
            findings.push(format!("events/schemas/{event_type}.json is not what the type says: {RUN}"));
            return Ok(());
        }
        fs::write(path, text)
    }

    /// Adds the examples that the file does not hold yet.
    fn examples(&self, event_type: &str, schema: &Value, findings: &mut Findings) -> std::io::Result<()> {
        let path = self.golden.join(format!("{event_type}.json"));
        let present = fs::read_to_string(&path).ok().map(|text| Golden::parse(event_type, &text));
        let mut golden = match present {
            None => Golden::empty(event_type),
            Some(Ok(golden)) => golden,
            // Reported once, by the verification of all files.
            Some(Err(_)) => return Ok(()),
        };
        // Nothing is added beside an example that fails: what the types say now may be the mistake.
        if golden.verify().is_err() {
            return Ok(());
        }
        let added = match sample::bodies(event_type, schema).and_then(|bodies| golden.grow(bodies)) {
            Ok(added) => added,
            Err(problem) => {
                findings.push(problem);
                return Ok(());
            }
        };
        if added == 0 {
            return Ok(());
        }
        if self.check {
            findings.push(format!("tests/golden/{event_type}.json lacks {added} examples: {RUN}"));
            return Ok(());
        }
        fs::write(path, golden.to_text())
    }
}

const RUN: &str = "run `cargo run -p nabij-model --example schemas` and commit what it writes";

/// The event types that `folder` has a file of.
fn names(folder: &Path) -> std::io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".json").map(str::to_owned));
    }
    Ok(names)
}

/// The same value with the members of every object in alphabetical order, whatever features the build has.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> =
                fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
