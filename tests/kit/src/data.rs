//! The real input data, which lies beside the repository and not in it.

use std::env;
use std::path::PathBuf;

use crate::command::root;

/// The folder `data` of the shared folder: `NABIJ_SHARED`, else `../shared` beside the workspace. `None`, with a printed
/// line, when it is absent.
pub fn shared_data() -> Option<PathBuf> {
    let shared = env::var_os("NABIJ_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let data = shared.join("data");
    if data.is_dir() {
        return Some(data);
    }
    println!("skipped: there is no {} (set NABIJ_SHARED to the folder that holds `data`)", data.display());
    None
}
