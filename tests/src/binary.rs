//! The `nabij` binary as somebody at a terminal runs it.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

/// Where the binary lies: `NABIJ_BIN`, which `deploy/test` sets, else beside the tests' own binaries.
///
/// # Panics
/// When it was not built: `cargo build -p nabij` first.
#[must_use]
pub fn binary() -> PathBuf {
    let beside = || {
        let mut path = std::env::current_exe().expect("a test knows its own path");
        path.pop();
        path.pop();
        path.join("nabij")
    };
    let path = std::env::var_os("NABIJ_BIN").map_or_else(beside, PathBuf::from);
    assert!(path.is_file(), "{} is absent: run `cargo build -p nabij` first", path.display());
    path
}

/// What one run of the binary gave.
#[derive(Debug)]
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Run {
    pub(crate) fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same run, which must have ended with this exit code.
    ///
    /// # Panics
    /// When it ended otherwise.
    #[track_caller]
    #[must_use]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// The last line of standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        let text = self.out.trim();
        serde_json::from_str(text)
            .or_else(|_| serde_json::from_str(text.lines().last().unwrap_or_default()))
            .unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}
