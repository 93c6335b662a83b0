//! Writes the overview of the policies: `cargo run -p nabij-api --example policies`. With `--check` it writes nothing and fails
//! when the overview is not what the policies say.

use std::path::Path;
use std::process::ExitCode;

use nabij_api::access::Access;

fn main() -> ExitCode {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/policies"));
    let file = folder.join("README.md");
    let access = match Access::from_folder(folder) {
        Ok(access) => access,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let table = access.table();
    if std::env::args().any(|argument| argument == "--check") {
        if std::fs::read_to_string(&file).is_ok_and(|written| written == table) {
            return ExitCode::SUCCESS;
        }
        eprintln!(
            "deploy/policies/README.md is not what the policies say: run `cargo run -p nabij-api --example policies` and commit what it writes"
        );
        return ExitCode::FAILURE;
    }
    match std::fs::write(&file, table) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
