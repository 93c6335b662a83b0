//! `nabij protocols check`: every file that is wrong is told with its line.

use std::fs;
use std::path::Path;

use crate::place::{bare, run};

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_shipped_ones_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/protocols");
    let folder = shipped.to_str().unwrap();
    let sound = run(&mut bare(dir.path(), &["protocols", "check", folder, "--json"])).exits(0).json();
    assert_eq!(sound["protocols"].as_array().unwrap().len(), 5);
    assert_eq!(sound["findings"], serde_json::json!([]));

    let own = dir.path().join("own");
    fs::create_dir(&own).unwrap();
    let text = fs::read_to_string(shipped.join("suicidality.toml")).unwrap();
    fs::write(own.join("suicidality.toml"), text.replacen("after = \"ask\"", "after = \"asks\"", 1)).unwrap();
    fs::write(own.join("empty.toml"), "").unwrap();
    let told = run(&mut bare(dir.path(), &["protocols", "check", "own"])).exits(1);
    let line = 1 + text.lines().position(|line| line == "after = \"ask\"").unwrap();
    let expected = format!("suicidality.toml:{line}: step assess-and-refer waits for asks");
    assert!(told.err.contains(&expected), "{}", told.err);
    assert!(told.err.contains("empty.toml:1: missing field `id`"), "{}", told.err);
    run(&mut bare(dir.path(), &["protocols", "check", "nowhere"])).exits(1);
}
