//! The rows that occurrences are put together from.

use jiff::Timestamp;
use nabij_model::case::Accompaniment;
use nabij_model::incident::Level;
use nabij_model::signal::{Certainty, NonRegistrationReason, Severity};
use uuid::Uuid;

use crate::lists::List;

/// A row of `fact_capture`.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// Position in the stream.
    pub recorded_seq: u64,
    /// The signal or incident.
    pub aggregate: Uuid,
    /// Whose list it is on.
    pub list: List,
    /// Who listened.
    pub centre: Uuid,
    /// Where it happened.
    pub occurred_centre: Uuid,
    /// Category of a signal or type of the register.
    pub label: Option<String>,
    /// Group of types of the register.
    pub label_group: Option<String>,
    /// A signal's.
    pub severity: Option<Severity>,
    /// A register's.
    pub level: Option<Level>,
    /// A signal's.
    pub certainty: Option<Certainty>,
    /// Whether a minor was involved.
    pub minors: Option<bool>,
    /// A strength, not a worry.
    pub strength: bool,
    /// For the safeguarding person alone.
    pub confidential: bool,
    /// Another record made somebody write it.
    pub prompted: bool,
    /// The discussion that did.
    pub after_discussion: Option<Uuid>,
    /// When it happened.
    pub occurred_at: Option<Timestamp>,
    /// When it reached us.
    pub recorded_at: Timestamp,
    /// When it was entered in the register.
    pub registered_at: Option<Timestamp>,
    /// It is known when it was written down: not so of an imported entry that does not say when it was registered.
    pub dated: bool,
    /// With whom the affected minor was.
    pub accompaniment: Option<Accompaniment>,
    /// The event that brought it.
    pub event: Uuid,
}

impl Capture {
    /// When somebody wrote it down: for the register the day of the entry, which may lie before it reached us.
    #[must_use]
    pub fn written_at(&self) -> Timestamp {
        self.registered_at.unwrap_or(self.recorded_at)
    }

    pub(crate) fn change(&mut self, new: &Change) {
        if let Some(centre) = new.occurred_centre {
            self.occurred_centre = centre;
        }
        if new.label.is_some() {
            self.label.clone_from(&new.label);
        }
        if new.label_group.is_some() {
            self.label_group.clone_from(&new.label_group);
        }
        self.level = new.level.or(self.level);
        self.minors = new.minors.or(self.minors);
        self.occurred_at = new.occurred_at.or(self.occurred_at);
    }
}

/// A row of `fact_change`: what a correction or reclassification sets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Position in the stream.
    pub recorded_seq: u64,
    /// The signal or incident.
    pub aggregate: Uuid,
    /// See [`Capture::occurred_centre`].
    pub occurred_centre: Option<Uuid>,
    /// See [`Capture::label`].
    pub label: Option<String>,
    /// See [`Capture::label_group`].
    pub label_group: Option<String>,
    /// See [`Capture::level`].
    pub level: Option<Level>,
    /// See [`Capture::minors`].
    pub minors: Option<bool>,
    /// See [`Capture::occurred_at`].
    pub occurred_at: Option<Timestamp>,
}

/// A row of `fact_link`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Position in the stream.
    pub recorded_seq: u64,
    /// One capture.
    pub a: Uuid,
    /// The other.
    pub b: Uuid,
    /// They are of one occurrence; else the link is taken back.
    pub joined: bool,
}

/// A row of `fact_discussion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discussion {
    /// Position in the stream.
    pub recorded_seq: u64,
    /// Which.
    pub discussion: Uuid,
    /// When it was held.
    pub held_at: Timestamp,
    /// Something other than the team's own agenda prompted it.
    pub prompted: bool,
}

/// A row of `fact_mention`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention {
    /// Position in the stream.
    pub recorded_seq: u64,
    /// Which discussion.
    pub discussion: Uuid,
    /// Which signal or incident it spoke of.
    pub target: Uuid,
    /// It spoke of it; else the mention is taken back.
    pub spoken: bool,
}

/// A row of `fact_response`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// Position in the stream.
    pub recorded_seq: u64,
    /// The event that it answers.
    pub about_event: Uuid,
}

/// What was said about a signal after it was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A second person judged it.
    Assessed {
        /// How serious, to them.
        severity: Severity,
        /// They did not see the first severity.
        blind: bool,
    },
    /// It was found to be nothing.
    Dismissed,
    /// It is not registered, for this reason.
    Reasoned(NonRegistrationReason),
    /// Its reporter was told something.
    Answered,
}

/// A row of `fact_assessment`, `fact_decision`, or `fact_feedback` to the reporter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saying {
    /// Position in the stream.
    pub recorded_seq: u64,
    /// About which signal.
    pub signal: Uuid,
    /// When.
    pub recorded_at: Timestamp,
    /// What.
    pub what: Told,
}

/// Everything that occurrences are put together from.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Signals and entries of the register.
    pub captures: Vec<Capture>,
    /// Corrections and reclassifications.
    pub changes: Vec<Change>,
    /// Links between captures.
    pub links: Vec<Link>,
    /// Discussions.
    pub discussions: Vec<Discussion>,
    /// What they spoke of.
    pub mentions: Vec<Mention>,
    /// Answers of residents in their own words.
    pub responses: Vec<Response>,
    /// Assessments, decisions and answers.
    pub told: Vec<Saying>,
}
