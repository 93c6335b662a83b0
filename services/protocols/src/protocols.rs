//! All protocols of a network.

use std::path::{Path, PathBuf};

use nabij_model::signal::Severity;
use nabij_model::text::Code;

use crate::check::read;
use crate::finding::Finding;
use crate::protocol::Protocol;

/// Why the files cannot be used: everything that is wrong, one a line.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ProtocolsError(pub Vec<Finding>);

/// All protocols of a network, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protocols(Vec<Protocol>);

impl Protocols {
    /// The protocols that come with this version, from `deploy/protocols`.
    ///
    /// # Panics
    /// Never: a test reads the same files.
    #[must_use]
    pub fn shipped() -> Self {
        let files = [
            (
                "conflict-among-children.toml",
                include_str!("../../../deploy/protocols/conflict-among-children.toml"),
            ),
            (
                "intrafamilial-violence.toml",
                include_str!("../../../deploy/protocols/intrafamilial-violence.toml"),
            ),
            (
                "sexual-boundary-crossing.toml",
                include_str!("../../../deploy/protocols/sexual-boundary-crossing.toml"),
            ),
            ("suicidality.toml", include_str!("../../../deploy/protocols/suicidality.toml")),
            (
                "violence-against-child.toml",
                include_str!("../../../deploy/protocols/violence-against-child.toml"),
            ),
        ];
        let files = files.map(|(name, text)| (PathBuf::from(name), text.to_owned()));
        Self::from_files(files).expect("a test reads these files")
    }

    /// Reads every `*.toml` of a folder, in the order of their names.
    ///
    /// # Errors
    /// [`ProtocolsError`] with everything that is wrong.
    pub fn from_folder(folder: &Path) -> Result<Self, ProtocolsError> {
        let unreadable = |path: &Path, error: &std::io::Error| {
            ProtocolsError(vec![Finding { file: path.to_owned(), line: None, problem: error.to_string() }])
        };
        let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| unreadable(folder, &error))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
                files.push((path, text));
            }
        }
        files.sort();
        Self::from_files(files)
    }

    /// Reads files given as name and text.
    ///
    /// # Errors
    /// [`ProtocolsError`] with everything that is wrong in any of them.
    pub fn from_files(files: impl IntoIterator<Item = (PathBuf, String)>) -> Result<Self, ProtocolsError> {
        let (mut protocols, mut wrong): (Vec<Protocol>, Vec<Finding>) = (Vec::new(), Vec::new());
        for (file, text) in files {
            match read(&file, &text) {
                Ok(protocol) => {
                    wrong.extend(protocols.iter().filter_map(|other| clash(&file, &protocol, other)));
                    protocols.push(protocol);
                }
                Err(findings) => wrong.extend(findings),
            }
        }
        if wrong.is_empty() { Ok(Self(protocols)) } else { Err(ProtocolsError(wrong)) }
    }

    /// Each, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Protocol> {
        self.0.iter()
    }

    /// The one with this id.
    #[must_use]
    pub fn get(&self, id: &Code) -> Option<&Protocol> {
        self.0.iter().find(|protocol| protocol.id == *id)
    }

    /// Those that are offered for a signal of this category and severity.
    pub fn offered<'a>(
        &'a self,
        category: &'a Code,
        severity: Severity,
    ) -> impl Iterator<Item = &'a Protocol> {
        self.0.iter().filter(move |protocol| protocol.offered_for(category, severity))
    }

    /// The one that starts by itself on an acute signal of this category.
    #[must_use]
    pub fn starting_by_itself(&self, category: &Code) -> Option<&Protocol> {
        self.0.iter().find(|protocol| protocol.starts_itself_when_acute && protocol.covers(category))
    }
}

/// Two protocols that would both start by themselves on one signal: a team that is asked for twenty things at once does none.
fn clash(file: &Path, protocol: &Protocol, other: &Protocol) -> Option<Finding> {
    let both = protocol.starts_itself_when_acute && other.starts_itself_when_acute;
    let shared = other.categories.iter().find(|category| both && protocol.covers(category))?;
    let problem =
        format!("it starts by itself on {shared}, and so does {}: expected one of them to", other.id);
    Some(Finding { file: file.to_owned(), line: None, problem })
}

#[cfg(test)]
mod tests {
    use nabij_model::id::{RunId, SignalId};

    use super::*;
    use crate::protocol::ProtocolWords;

    fn code(text: &str) -> Code {
        Code::new(text).unwrap()
    }

    #[test]
    fn the_shipped_files_are_sound_and_are_all_there_are() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/protocols");
        let read = Protocols::from_folder(&folder).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read, Protocols::shipped());
        assert_eq!(read.iter().count(), 5);
    }

    /// Each category of a reportable kind that a protocol is about, as `deploy/reportability` calls them.
    #[test]
    fn each_is_offered_for_what_it_is_about() {
        let protocols = Protocols::shipped();
        let offered = |category: &str, severity| {
            protocols.offered(&code(category), severity).map(|one| one.id.to_string()).collect::<Vec<_>>()
        };
        for (category, severity, expected) in [
            ("violence_against_child", Severity::Unsure, "violence-against-child"),
            ("child-abuse", Severity::High, "violence-against-child"),
            ("sexual_boundary_crossing", Severity::Low, "sexual-boundary-crossing"),
            ("partner_violence", Severity::Acute, "intrafamilial-violence"),
            ("suicidal-thoughts", Severity::Moderate, "suicidality"),
            ("bullying", Severity::Low, "conflict-among-children"),
        ] {
            assert_eq!(offered(category, severity), [expected], "{category}");
        }
        assert!(offered("violence-against-child", Severity::Low).is_empty());
        assert!(offered("food-and-meals", Severity::Acute).is_empty());
        assert_eq!(protocols.starting_by_itself(&code("self_harm")).unwrap().id, code("suicidality"));
        assert!(protocols.starting_by_itself(&code("food-and-meals")).is_none());
    }

    /// What the field agrees on, whatever else a file says.
    #[test]
    fn each_makes_safe_first_hears_and_ends_with_who_told() {
        for protocol in Protocols::shipped().iter() {
            let first = &protocol.steps[0];
            assert!(
                first.after.is_none() && first.within.as_hours() <= 1,
                "{}: safety is first",
                protocol.id
            );
            let last = protocol.steps.iter().find(|step| step.id == code("tell-the-reporter"));
            assert!(last.is_some_and(|step| step.within.as_hours() <= 7 * 24), "{}: tells", protocol.id);
            let all: String = protocol.steps.iter().map(|step| step.what.en.to_lowercase()).collect();
            for word in ["interrogation", "guardian", "write down", "colleagues"] {
                let spared = protocol.id == code("conflict-among-children") && word == "colleagues";
                assert!(spared || all.contains(word), "{}: says nothing of {word}", protocol.id);
            }
            assert!(protocol.steps.iter().any(|step| !step.deputies.is_empty()), "{}", protocol.id);
        }
        let sexual = Protocols::shipped();
        let colours = sexual.get(&code("sexual-boundary-crossing")).unwrap();
        let response = colours.steps.iter().find(|step| step.id == code("respond-by-colour")).unwrap();
        for colour in ["Green", "Yellow", "Red", "Black"] {
            assert!(response.what.en.contains(colour), "{colour}");
        }
    }

    #[test]
    fn what_starts_one_holds_everything_that_it_says() {
        let protocols = Protocols::shipped();
        let protocol = protocols.get(&code("suicidality")).unwrap();
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        let signal = SignalId::derived(&["signal"]);
        let run = protocol.own_run(signal);
        assert_eq!(run, protocol.own_run(signal));
        assert_ne!(run, RunId::derived(&["signal"]));
        let started = protocol.started(run, true, now);
        assert_eq!(started.steps[0].due_at, "2026-03-01T13:00:00Z".parse().unwrap());
        assert_eq!(started.steps.len(), protocol.steps.len());
        let words: ProtocolWords = serde_json::from_str(started.words.get().unwrap()).unwrap();
        assert_eq!(words.title, protocol.title);
        assert!(protocol.steps.iter().all(|step| words.steps[&step.id] == step.what));
    }

    #[test]
    fn only_one_starts_by_itself_on_a_category() {
        let text = include_str!("../../../deploy/protocols/suicidality.toml");
        let twin = text.replace("id = \"suicidality\"", "id = \"twin\"");
        let files = [("suicidality.toml", text.to_owned()), ("twin.toml", twin)];
        let error = Protocols::from_files(files.map(|(name, text)| (name.into(), text))).unwrap_err();
        assert!(error.to_string().contains("twin.toml: it starts by itself on suicidality"), "{error}");
    }
}
