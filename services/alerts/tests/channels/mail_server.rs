//! A real SMTP server as its own process, with a certificate of its own authority.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use nabij_testkit::{PATIENCE, free_address};
use serde_json::Value;
use tempfile::TempDir;

/// It ends with the test.
#[derive(Debug)]
pub(crate) struct MailServer {
    child: Child,
    pub(crate) port: u16,
    pub(crate) authority: Vec<u8>,
    taken: Receiver<Value>,
    folder: TempDir,
    starttls: bool,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl MailServer {
    pub(crate) fn start(starttls: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path());
        let authority = std::fs::read(folder.path().join("ca.pem")).unwrap();
        // It comes back there: nobody may be given it meanwhile.
        let port = free_address().port();
        let (child, taken) = run(folder.path(), starttls, port);
        Self { child, port, authority, taken, folder, starttls }
    }

    /// Its end, in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it once more, where it was; it remembers nothing.
    pub(crate) fn again(&mut self) {
        (self.child, self.taken) = run(self.folder.path(), self.starttls, self.port);
    }

    /// The next letter that it took.
    pub(crate) fn letter(&self) -> Value {
        self.taken.recv_timeout(PATIENCE).expect("a letter comes")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken.try_recv().is_err()
    }
}

fn run(folder: &Path, starttls: bool, port: u16) -> (Child, Receiver<Value>) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp/server.py");
    let mut command = Command::new("python3");
    command.arg(script).env("PYTHONPATH", packages()).current_dir(folder);
    command.args(["--cert", "server.pem", "--key", "server.key", "--port", &port.to_string()]);
    if starttls {
        command.arg("--starttls");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (send, taken) = channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // Nobody may wait for it any more.
            let _ = send.send(serde_json::from_str::<Value>(&line).unwrap());
        }
    });
    // Its first line says that it listens.
    drop(taken.recv_timeout(PATIENCE).expect("the SMTP server starts"));
    (child, taken)
}

/// The server's packages, pinned by hash, fetched once.
fn packages() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smtp-1");
    if folder.is_dir() {
        return folder;
    }
    let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp/requirements.txt");
    let done = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target"])
        .arg(fresh.path())
        .arg("-r")
        .arg(wanted)
        .status()
        .unwrap();
    assert!(done.success(), "the SMTP server of the tests cannot be fetched by pip");
    // Whoever comes second finds the first one's.
    let _ = std::fs::rename(fresh.keep(), &folder);
    folder
}

fn certificate(folder: &Path) {
    let openssl = |arguments: &str| {
        let done = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(done.success(), "openssl {arguments}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!(
        "req -x509 -new {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=tests -addext keyUsage=critical,keyCertSign"
    ));
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
    openssl(&format!("req -new {key} -keyout server.key -out server.csr -subj /CN=localhost"));
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
    );
}
