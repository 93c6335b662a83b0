//! A folder of policies that is not right in every line is refused, and the refusal says where.

use std::path::Path;

use nabij_model::{Actor, Role};
use tempfile::TempDir;

use super::{centre, staff};
use crate::access::{Access, Action, Place};

/// A copy of the shipped folder in which `old` became `new` in `file`.
fn folder(file: &str, old: &str, new: &str) -> TempDir {
    let shipped = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/policies"));
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(shipped).unwrap() {
        let name = entry.unwrap().file_name();
        let mut text = std::fs::read_to_string(shipped.join(&name)).unwrap();
        if name == file {
            assert!(text.contains(old), "{file} has no {old}");
            text = text.replacen(old, new, 1);
        }
        std::fs::write(copy.path().join(&name), text).unwrap();
    }
    copy
}

fn refusal(file: &str, old: &str, new: &str) -> String {
    Access::from_folder(folder(file, old, new).path()).unwrap_err().to_string()
}

#[test]
fn a_mistake_is_refused_with_its_file_its_line_and_what_was_expected() {
    #[rustfmt::skip]
    let table = [
        ("figures.cedar", "permit (", "permitt (", "figures.cedar, line 4"),
        ("figures.cedar", "Role::\"analyst\"", "Role::\"annalist\"", "figures.cedar, line 4"),
        ("figures.cedar", "Action::\"figures.read\"", "Action::\"figures.red\"", "figures.cedar, line 4"),
        ("duty.cedar", "resource has centre && ", "", "duty.cedar, line 5"),
        ("duty.cedar", "@id(\"duty logs signals in its own centre\")\n", "", "duty.cedar, line 3: a policy without a name"),
        ("duty.cedar", "@id(\"duty logs signals in its own centre\")", "@id(\"an analyst reads figures\")", "figures.cedar, line 4: \"an analyst reads figures\" is the name of a policy of duty.cedar already"),
        ("duty.cedar", "resource has centre", "principal == Nabij::Staff::\"an\" && resource has centre", "duty.cedar, line 4: it names"),
        ("roles.toml", "\"frontline\"", "\"janitor\"", "roles.toml, line 5"),
        ("roles.toml", "[care]", "[cure]", "care-team.cedar, line 12: roles.toml does not say who belongs to the group \"care\""),
        ("nabij.cedarschema", "\"audit.read\", ", "", "nabij.cedarschema: the action \"audit.read\" is missing"),
        ("nabij.cedarschema", "\"audit.read\", ", "\"audit.read\", \"audit.write\", ", "no call asks about the action \"audit.write\""),
        ("nabij.cedarschema", "entity Centre;", "entity Centre", "nabij.cedarschema, line"),
    ];
    for (file, old, new, expected) in table {
        let error = refusal(file, old, new);
        assert!(error.contains(expected), "{file}, {old} -> {new}: {error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let error = Access::from_folder(empty.path()).unwrap_err().to_string();
    assert!(error.contains("nabij.cedarschema cannot be read"), "{error}");
}

#[test]
fn without_its_policy_nobody_may() {
    let copy = folder("figures.cedar", "", "");
    // What a resident grants is the resident's, whatever else somebody may.
    for theirs in ["figures.cedar", "sharing.cedar"] {
        std::fs::write(copy.path().join(theirs), "// nothing\n").unwrap();
    }
    let access = Access::from_folder(copy.path()).unwrap();
    let may = |action| access.check_role(Role::Analyst, action).allowed();
    assert!(Action::ALL.iter().all(|action| !may(*action)), "an analyst may something that no policy says");
}

#[test]
fn a_policy_that_names_a_centre_holds_there_alone() {
    let (here, there) = (centre("here"), centre("there"));
    let only_here = format!("resource has centre && resource.centre == Nabij::Centre::\"{here}\"");
    let access = Access::from_folder(folder("duty.cedar", "resource has centre", &only_here).path()).unwrap();
    let logs = |centre| {
        let caller = Actor { centres: vec![centre], ..staff(Role::Frontline) };
        access.check(&caller, Action::LogSignal, &Place::centre(centre)).allowed()
    };
    assert!(logs(here));
    assert!(!logs(there));
}
