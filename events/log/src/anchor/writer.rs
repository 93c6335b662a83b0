//! Making anchors.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use nabij_model::EventHash;

use super::file::AnchorFile;
use super::{Anchor, AnchorKey, KIND, Mark, VaultMark, line_hash, signed};
use crate::error::{LogError, LogErrorKind};
use crate::log::Log;
use crate::vault::Census;

/// How often an anchor looks again for readers who went on meanwhile, so that they move its mark on from there.
const CATCH_UP: u32 = 5;

/// Makes anchors and keeps the file of them.
///
/// Any number of processes may: an anchor is taken into NATS only behind the one that it names, and whoever comes second takes
/// the other's over into its own file.
#[derive(Debug)]
pub struct Anchorer {
    log: Log,
    key: AnchorKey,
    file: AnchorFile,
    last: Option<(Anchor, EventHash)>,
}

impl Anchorer {
    /// Goes on behind the last anchor of the file and of NATS.
    ///
    /// # Errors
    /// `Settings` when the file cannot be used, `Rewound` when NATS lost anchors that the file has, `Damaged` when the two
    /// disagree or a signature does not fit: `nabij verify` then names what is wrong.
    pub async fn open(log: Log, key: AnchorKey, path: &Path) -> Result<Self, LogError> {
        let (file, lines) = AnchorFile::open(path)?;
        let copy = log.anchor_lines(1).await?;
        if copy.len() < lines.len() {
            return Err(LogError::new(
                LogErrorKind::Rewound,
                format!(
                    "{} holds {} anchors and NATS {}: the log lost what it had; run `nabij verify` with this file, restore a backup",
                    path.display(),
                    lines.len(),
                    copy.len()
                ),
            ));
        }
        if let Some(at) = (0..lines.len()).find(|at| lines[*at] != copy[*at]) {
            return Err(damaged(at as u64 + 1, &format!("it is another in NATS than in {}", path.display())));
        }
        let last = match lines.last() {
            Some(line) => Some(opened(line, lines.len() as u64, &key)?),
            None => None,
        };
        let mut anchorer = Self { log, key, file, last };
        for line in &copy[lines.len()..] {
            anchorer.adopt(line)?;
        }
        let events = anchorer.last().map_or_else(Mark::default, |anchor| anchor.events);
        anchorer.log.rolling().go_on(events);
        Ok(anchorer)
    }

    /// The last anchor, by whomever.
    #[must_use]
    pub fn last(&self) -> Option<&Anchor> {
        self.last.as_ref().map(|(anchor, _)| anchor)
    }

    /// Anchors what there is now. `None` when nothing changed since the last anchor, or when another process was faster.
    ///
    /// # Errors
    /// `Unavailable`: try again later. `Rewound` when the log ends before the last anchor.
    pub async fn anchor(&mut self, now: Timestamp) -> Result<Option<Anchor>, LogError> {
        let before = self.last.as_ref().map(|(anchor, _)| anchor);
        let (events, vault, audit) =
            before.map_or_else(Default::default, |anchor| (anchor.events, anchor.vault, anchor.audit));
        let config = self.log.config();
        // The keys after the events: every key that a counted event needs is then counted too.
        let now_events = self.log.events_mark(events).await?;
        let now_vault = self.log.vault_mark(vault).await?;
        let now_audit = self.log.mark(&config.audit(), audit).await?;
        if before.is_some() && (now_events, now_vault, now_audit) == (events, vault, audit) {
            return Ok(None);
        }
        let anchor = Anchor {
            number: before.map_or(0, |anchor| anchor.number) + 1,
            at: now,
            previous: self.last.as_ref().map(|(_, line)| *line),
            events: now_events,
            vault: now_vault,
            audit: now_audit,
        };
        let line = signed::sign(KIND, &anchor, &self.key)?;
        if self.log.publish_anchor(anchor.number, &line).await? {
            self.file.append(&line)?;
            self.last = Some((anchor.clone(), line_hash(&line)));
            return Ok(Some(anchor));
        }
        for line in self.log.anchor_lines(anchor.number).await? {
            self.adopt(&line)?;
        }
        Ok(None)
    }

    /// Takes an anchor of another process over.
    fn adopt(&mut self, line: &str) -> Result<(), LogError> {
        let number = self.last.as_ref().map_or(0, |(anchor, _)| anchor.number) + 1;
        let (anchor, hash) = opened(line, number, &self.key)?;
        if anchor.previous != self.last.as_ref().map(|(_, line)| *line) {
            return Err(damaged(number, "it does not follow the one before it"));
        }
        self.file.append(line)?;
        self.last = Some((anchor, hash));
        Ok(())
    }
}

fn opened(line: &str, number: u64, key: &AnchorKey) -> Result<(Anchor, EventHash), LogError> {
    let anchor: Anchor = signed::open(line, KIND, &key.public()).map_err(|what| damaged(number, &what))?;
    if anchor.number != number {
        return Err(damaged(number, &format!("anchor {} stands in its place", anchor.number)));
    }
    Ok((anchor, line_hash(line)))
}

fn damaged(number: u64, what: &str) -> LogError {
    let sentence = format!("anchor {number}: {what}; no anchor is made behind it, run `nabij verify`");
    LogError::new(LogErrorKind::Damaged, sentence)
}

impl Log {
    /// Takes what came to an append-only stream since `mark` in.
    pub(crate) async fn mark(&self, stream: &str, mut mark: Mark) -> Result<Mark, LogError> {
        let Some(through) = self.end_of(stream).await? else { return Ok(mark) };
        if through < mark.through {
            return Err(self.gate().rewound(&format!(
                "the log was rewound: {stream} ends at sequence {through}, an anchor knows {}; nothing more is written, restore a backup",
                mark.through
            )));
        }
        self.walk(stream, mark.through + 1, through, |raw| {
            mark.take(&raw, raw.event_hash());
            Ok(())
        })
        .await?;
        Ok(mark)
    }

    /// The same of the events, from where readers of this process have brought it.
    async fn events_mark(&self, since: Mark) -> Result<Mark, LogError> {
        let mut mark = self.rolling().furthest(since);
        for _ in 0..CATCH_UP {
            mark = self.mark(&self.config().stream, mark).await?;
            if self.rolling().go_on(mark) {
                break;
            }
        }
        Ok(mark)
    }

    /// The same of the vault.
    pub(crate) async fn vault_mark(&self, mut mark: VaultMark) -> Result<VaultMark, LogError> {
        let since = mark.through;
        let mut census = Census::default();
        self.census(since + 1, &mut census).await?;
        // Not the end of the stream: a backup ends with its last message, and goes on behind that when it is restored.
        mark.through = census.last.max(since);
        let behind =
            |one: BTreeMap<u64, uuid::Uuid>| one.into_iter().filter(move |(sequence, _)| *sequence > since);
        behind(census.made).for_each(|(sequence, id)| mark.take_made(sequence, id));
        behind(census.erased).for_each(|(sequence, id)| mark.take_erased(sequence, id));
        Ok(mark)
    }
}
