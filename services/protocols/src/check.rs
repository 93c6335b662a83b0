//! From the text of a file to a protocol, or to everything that is wrong with it.

use std::path::Path;

use jiff::SignedDuration;
use nabij_model::Role;
use nabij_model::signal::Severity;
use nabij_model::text::Code;
use serde::Deserialize;
use toml::Spanned;

use crate::finding::Finding;
use crate::protocol::{Protocol, Source, Step, Words};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<Code>,
    version: Spanned<u32>,
    title: Spanned<Words>,
    categories: Spanned<Vec<Code>>,
    severities: Spanned<Vec<Severity>>,
    #[serde(default)]
    starts_itself_when_acute: bool,
    #[serde(rename = "source")]
    sources: Spanned<Vec<Source>>,
    #[serde(rename = "step")]
    steps: Vec<StepInFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepInFile {
    id: Spanned<Code>,
    role: Spanned<Role>,
    #[serde(default)]
    deputies: Vec<Spanned<Role>>,
    within: Spanned<SignedDuration>,
    after: Option<Spanned<Code>>,
    rests_on: Spanned<String>,
    nl: Spanned<String>,
    fr: Spanned<String>,
    en: Spanned<String>,
}

/// Roles that do nothing with residents: a step asked of them would be asked of nobody.
const NOT_ASKED: [Role; 4] = [Role::Analyst, Role::Auditor, Role::Service, Role::Guardian];

/// Reads one file.
pub(crate) fn read(file: &Path, text: &str) -> Result<Protocol, Vec<Finding>> {
    let parsed: File = toml::from_str(text).map_err(|error| {
        let problem = error.message().trim().replace('\n', " ");
        vec![Finding::at(file, text, error.span(), problem)]
    })?;
    let mut wrong = Vec::new();
    let mut at = |span: std::ops::Range<usize>, problem: String| {
        wrong.push(Finding::at(file, text, Some(span), problem));
    };
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if stem != parsed.id.get_ref().as_str() {
        at(
            parsed.id.span(),
            format!("`id` is {}: expected the file's own name, {stem}", parsed.id.get_ref()),
        );
    }
    if *parsed.version.get_ref() == 0 {
        at(parsed.version.span(), "`version` is 0: expected 1 or more".to_owned());
    }
    if parsed.categories.get_ref().is_empty() {
        at(
            parsed.categories.span(),
            "`categories` is empty: expected at least one, or nobody is offered it".to_owned(),
        );
    }
    if parsed.severities.get_ref().is_empty() {
        at(
            parsed.severities.span(),
            "`severities` is empty: expected some of unsure, low, moderate, high, acute".to_owned(),
        );
    }
    if parsed.sources.get_ref().is_empty() {
        at(parsed.sources.span(), "no source: expected at least one [[source]] with a name".to_owned());
    }
    let title = parsed.title.get_ref();
    if [&title.nl, &title.fr, &title.en].iter().any(|text| text.trim().is_empty()) {
        at(parsed.title.span(), "a title is blank: expected nl, fr and en".to_owned());
    }
    if parsed.starts_itself_when_acute && !parsed.severities.get_ref().contains(&Severity::Acute) {
        at(
            parsed.severities.span(),
            "it starts by itself when acute: expected `acute` among the severities".to_owned(),
        );
    }
    if parsed.steps.is_empty() {
        at(parsed.id.span(), "no step: expected at least one [[step]]".to_owned());
    }
    for (number, step) in parsed.steps.iter().enumerate() {
        let id = step.id.get_ref();
        let before = &parsed.steps[..number];
        if before.iter().any(|other| other.id.get_ref() == id) {
            at(step.id.span(), format!("step {id} stands twice: expected another id"));
        }
        for role in std::iter::once(&step.role).chain(&step.deputies) {
            if NOT_ASKED.contains(role.get_ref()) {
                at(
                    role.span(),
                    format!(
                        "{} follows no signal: expected somebody of the team, or who leads it",
                        role.get_ref()
                    ),
                );
            }
        }
        if step.deputies.iter().any(|deputy| deputy.get_ref() == step.role.get_ref()) {
            at(
                step.role.span(),
                format!("step {id} names {} as its own deputy: expected others", step.role.get_ref()),
            );
        }
        if *step.within.get_ref() <= SignedDuration::ZERO {
            at(step.within.span(), format!("step {id} is due at once: expected a time such as \"24h\""));
        }
        for text in [&step.rests_on, &step.nl, &step.fr, &step.en] {
            if text.get_ref().trim().is_empty() {
                at(text.span(), format!("a text of step {id} is blank: expected rests_on, nl, fr and en"));
            }
        }
        let Some(after) = &step.after else { continue };
        match before.iter().find(|other| other.id.get_ref() == after.get_ref()) {
            None => at(
                after.span(),
                format!("step {id} waits for {}: expected a step that stands before it", after.get_ref()),
            ),
            Some(first) if first.within.get_ref() > step.within.get_ref() => {
                at(
                    step.within.span(),
                    format!("step {id} is due before {}, which it waits for", after.get_ref()),
                );
            }
            Some(_) => {}
        }
    }
    if wrong.is_empty() { Ok(protocol(parsed)) } else { Err(wrong) }
}

fn protocol(file: File) -> Protocol {
    let step = |step: StepInFile| Step {
        id: step.id.into_inner(),
        role: step.role.into_inner(),
        deputies: step.deputies.into_iter().map(Spanned::into_inner).collect(),
        within: step.within.into_inner(),
        after: step.after.map(Spanned::into_inner),
        rests_on: step.rests_on.into_inner(),
        what: Words { nl: step.nl.into_inner(), fr: step.fr.into_inner(), en: step.en.into_inner() },
    };
    Protocol {
        id: file.id.into_inner(),
        version: file.version.into_inner(),
        title: file.title.into_inner(),
        categories: file.categories.into_inner(),
        severities: file.severities.into_inner(),
        starts_itself_when_acute: file.starts_itself_when_acute,
        sources: file.sources.into_inner(),
        steps: file.steps.into_iter().map(step).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"id = "a-protocol"
version = 1
categories = ["conflict"]
severities = ["high", "acute"]
starts_itself_when_acute = true
title = { nl = "een", fr = "un", en = "one" }
source = [{ name = "somebody" }]
[[step]]
id = "first"
role = "companion"
within = "4h"
rests_on = "sense"
nl = "een"
fr = "un"
en = "one"
[[step]]
id = "second"
role = "director"
deputies = ["coordinator"]
within = "5h"
after = "first"
rests_on = "sense"
nl = "twee"
fr = "deux"
en = "two"
"#;

    fn read_changed(from: &str, to: &str) -> Vec<String> {
        let file = Path::new("a-protocol.toml");
        let changed = FILE.replacen(from, to, 1);
        assert!(from == to || changed != FILE, "{from:?} is not in the file");
        let findings = read(file, &changed).err().unwrap_or_default();
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_file_reads() {
        assert_eq!(read_changed("", ""), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_file_says_where_and_what_was_expected() {
        for (from, to, said) in [
            (
                "id = \"a-protocol\"",
                "id = \"another\"",
                "a-protocol.toml:1: `id` is another: expected the file's own name",
            ),
            ("version = 1", "version = 0", "a-protocol.toml:2: `version` is 0"),
            ("[\"conflict\"]", "[]", "a-protocol.toml:3: `categories` is empty"),
            ("[\"high\", \"acute\"]", "[]", "a-protocol.toml:4: `severities` is empty"),
            ("[\"high\", \"acute\"]", "[\"high\"]", "a-protocol.toml:4: it starts by itself when acute"),
            ("\"high\"", "\"grave\"", "a-protocol.toml:4: unknown variant `grave`, expected one of `unsure`"),
            ("nl = \"een\", fr", "nl = \" \", fr", "a-protocol.toml:6: a title is blank"),
            ("[{ name = \"somebody\" }]", "[]", "a-protocol.toml:7: no source"),
            ("role = \"companion\"", "role = \"analyst\"", "a-protocol.toml:10: analyst follows no signal"),
            ("role = \"companion\"", "role = \"janitor\"", "a-protocol.toml:10: unknown variant `janitor`"),
            ("within = \"4h\"", "within = \"soon\"", "a-protocol.toml:11:"),
            ("within = \"4h\"", "within = \"0s\"", "a-protocol.toml:11: step first is due at once"),
            ("within = \"4h\"", "within = \"6h\"", "a-protocol.toml:20: step second is due before first"),
            ("rests_on = \"sense\"", "rests_on = \"\"", "a-protocol.toml:12: a text of step first is blank"),
            ("en = \"one\"\n[[step]]", "[[step]]", "missing field `en`"),
            ("id = \"second\"", "id = \"first\"", "a-protocol.toml:17: step first stands twice"),
            (
                "[\"coordinator\"]",
                "[\"director\"]",
                "a-protocol.toml:18: step second names director as its own deputy",
            ),
            ("after = \"first\"", "after = \"third\"", "a-protocol.toml:21: step second waits for third"),
            ("version = 1", "version = 1\ncolour = 1", "unknown field `colour`"),
        ] {
            let findings = read_changed(from, to);
            assert!(findings.iter().any(|finding| finding.contains(said)), "{to}: {findings:?}");
        }
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let file = Path::new("a-protocol.toml");
        let text =
            FILE.replace("version = 1", "version = 0").replace("after = \"first\"", "after = \"third\"");
        assert_eq!(read(file, &text).unwrap_err().len(), 2);
    }
}
