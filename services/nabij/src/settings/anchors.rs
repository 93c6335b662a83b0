//! `[anchors]`: when what the log is gets signed, and where that is kept outside NATS.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When an anchor is made, and where the file of them lies. The projector makes them; without the anchor key it makes none and
/// says so.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AnchorSettings {
    /// An anchor this many seconds after the last one, if anything changed.
    pub(crate) every_seconds: u64,
    /// An anchor earlier than that once this many events came.
    pub(crate) every_events: u64,
    /// The folder of `anchors.jsonl`: best on a disk that the servers do not share, and copied from there to another machine.
    pub(crate) folder: PathBuf,
    /// The private key, elsewhere than `anchor.pem` in the folder of the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_file: Option<PathBuf>,
    /// The public key, elsewhere than `anchor.pub.pem` in the folder of the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public_key_file: Option<PathBuf>,
}

impl Default for AnchorSettings {
    fn default() -> Self {
        Self {
            every_seconds: 300,
            every_events: 50_000,
            folder: PathBuf::from("anchors"),
            key_file: None,
            public_key_file: None,
        }
    }
}

impl AnchorSettings {
    /// The file of anchors.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join("anchors.jsonl")
    }

    /// How long there may be no anchor.
    pub(crate) fn every(&self) -> Duration {
        Duration::from_secs(self.every_seconds)
    }

    /// What no type refuses: the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        super::first_unfit(&[
            ("every_seconds", self.every_seconds > 0, "a number of seconds above 0"),
            ("every_events", self.every_events > 0, "a number of events above 0"),
        ])
    }
}
