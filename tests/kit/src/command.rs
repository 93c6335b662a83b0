//! Calls of `deploy/stack`, which starts and ends all servers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the kit lies in tests/kit").to_path_buf()
}

/// Runs `deploy/stack WORDS --dir DIR` and gives what it printed; its progress goes to the test's standard error.
///
/// # Panics
/// When it fails: it has said why.
pub(crate) fn deploy_stack(words: &[&str], dir: &Path) -> String {
    let done = Command::new(root().join("deploy/stack"))
        .args(words)
        .arg("--dir")
        .arg(dir)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("deploy/stack is a Python 3 program and python3 is on the PATH");
    assert!(
        done.status.success(),
        "deploy/stack {} in {} failed: {}",
        words.join(" "),
        dir.display(),
        done.status
    );
    String::from_utf8(done.stdout).expect("deploy/stack prints UTF-8")
}

/// The same from asynchronous code, without holding up the test's other tasks.
pub(crate) async fn deploy_stack_async(words: Vec<String>, dir: PathBuf) -> String {
    let call = move || deploy_stack(&words.iter().map(String::as_str).collect::<Vec<_>>(), &dir);
    tokio::task::spawn_blocking(call).await.expect("deploy/stack succeeded, else it has said why")
}
