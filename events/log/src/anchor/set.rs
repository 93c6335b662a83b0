//! Anchors to compare the log with, and what is wrong with the anchors themselves.

use nabij_model::EventHash;

use super::{Anchor, KIND, PublicKey, line_hash, signed};
use crate::finding::{Finding, Part};

/// Anchors as a file or the stream holds them.
#[derive(Debug, Clone, Default)]
pub struct AnchorSet {
    pub(crate) anchors: Vec<Anchor>,
    pub(crate) lines: Vec<EventHash>,
    pub(crate) findings: Vec<Finding>,
}

impl AnchorSet {
    /// Reads the text of a file of anchors. What is wrong with a line becomes a finding of the verification.
    #[must_use]
    pub fn read(text: &str, key: &PublicKey) -> Self {
        let mut set = Self::of(text.lines(), key);
        if !text.is_empty() && !text.ends_with('\n') {
            let number = set.lines.len() as u64;
            set.find(number, "the last line of the file is cut off".to_owned());
        }
        set
    }

    pub(crate) fn of<'a>(lines: impl IntoIterator<Item = &'a str>, key: &PublicKey) -> Self {
        let mut set = Self::default();
        for (number, line) in (1..).zip(lines) {
            match signed::open::<Anchor>(line, KIND, key) {
                Err(what) => set.find(number, what),
                Ok(anchor) if anchor.number != number => {
                    set.find(number, format!("anchor {} stands in its place", anchor.number));
                }
                Ok(anchor) if anchor.previous != set.lines.last().copied() => {
                    set.find(number, "the anchor before it is another than it was".to_owned());
                }
                Ok(anchor) => set.anchors.push(anchor),
            }
            set.lines.push(line_hash(line));
        }
        set
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The last one whose signature fits.
    #[must_use]
    pub fn last(&self) -> Option<&Anchor> {
        self.anchors.last()
    }

    /// Compares these with the copy in NATS. A copy that went on is as it should be: this may be a file of yesterday.
    pub(crate) fn compare(&mut self, copy: &Self) {
        if let Some(number) =
            (0..self.lines.len().min(copy.lines.len())).find(|at| self.lines[*at] != copy.lines[*at])
        {
            self.find(number as u64 + 1, "it is another in NATS".to_owned());
        }
        if copy.lines.len() < self.lines.len() {
            let what = format!("{} anchors are missing in NATS", self.lines.len() - copy.lines.len());
            self.find(copy.lines.len() as u64 + 1, what);
        } else {
            let known = self.anchors.last().map_or(0, |anchor| anchor.number);
            self.anchors.extend(copy.anchors.iter().filter(|anchor| anchor.number > known).cloned());
            self.findings.extend(copy.findings.iter().filter(|finding| finding.sequence > known).cloned());
        }
    }

    fn find(&mut self, number: u64, what: String) {
        self.findings.push(Finding::new(Part::Anchors, number, what));
    }
}
