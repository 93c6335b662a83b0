//! The answers of `/v1/analytics`: counts put through estimators, each figure with what it rests on.
//!
//! # To add a figure
//!
//! Count in [`Reader`](crate::reader::Reader) or over [`occurrences`](mod@crate::occurrences), estimate with a function of
//! [`estimators`](crate::estimators), wrap the answer in a [`Figure`] with its [`Method`] and its sentence
//! (`text::said`), show counts in bands ([`suppression`]) and estimate from those (`banded`), and give it a line in the report's [`Lines`].

mod agreement;
mod asked;
mod banded;
mod basis;
pub mod compare;
mod counted;
pub mod csv;
pub mod delays;
pub mod disagreement;
mod everything;
pub mod feedback;
pub mod method;
pub mod non_registration_reasons;
pub mod protocols;
mod recent;
pub mod register_counts;
pub mod register_gaps;
pub mod reporting_rates;
mod scope;
pub mod silences;
pub mod suppression;
pub mod underreporting;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nabij_model::case::Accompaniment;
use nabij_model::id::CentreId;
use nabij_model::incident::Level;
use nabij_model::signal::Certainty;
use nabij_model::text::Code;
use schemars::JsonSchema;
use serde::Serialize;

pub use basis::{Basis, Figure, ModelSpread};
pub use csv::{Line, Lines, to_csv};
pub use delays::{Delays, delays};
pub use disagreement::{Disagreement, disagreement};
pub use everything::Everything;
pub use feedback::{Feedback, feedback};
pub use method::Method;
pub use non_registration_reasons::{NonRegistrationReasons, non_registration_reasons};
pub use protocols::{Protocols, protocols};
pub use recent::{Expected, Recent};
pub use register_counts::{RegisterCounts, register_counts};
pub use register_gaps::{RegisterGaps, register_gaps};
pub use reporting_rates::{ReportingRates, reporting_rates};
pub use silences::{Silences, silences};
pub use underreporting::{Underreporting, underreporting};

use crate::estimators::BadInput;
use crate::reader::ReadError;
use crate::text::{CAUTION, Texts};

/// What was known, and at what moment deadlines are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AsOf {
    /// Events up to this position of the stream count.
    pub sequence: u64,
    /// A deadline has passed, and a wait has lasted, as of this moment.
    pub moment: Timestamp,
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Viewer {
    /// Sees every count, confidential signals among them; reads no text.
    Analyst,
    /// Everybody else: counts come in bands of five, those below five are hidden; confidential signals are left out.
    Other,
}

/// Which occurrences and records a report is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Only what happened in this centre.
    pub centre: Option<CentreId>,
    /// Only centres of this operator.
    pub operator: Option<Code>,
    /// Only centres of this region.
    pub region: Option<Code>,
    /// First day.
    pub from: Date,
    /// First day that is no longer in the period.
    pub to: Date,
    /// Only this type: a reportable type, or a category, type or group as recorded.
    pub kind: Option<Code>,
    /// Only what involves minors, or what does not; what nobody said is then left out.
    pub minors: Option<bool>,
    /// Only what is this grave, on the scale of the register: the graver of its level there and of how serious its signals were judged
    /// to be, as the operator's reportability puts severities on that scale. What has neither is `unknown`.
    pub level: Option<Level>,
    /// Only what is known this way; what only the register holds is then left out.
    pub certainty: Option<Certainty>,
    /// Only where the affected minor was with these; what nobody said is then left out.
    pub accompaniment: Option<Accompaniment>,
    /// As it was known then.
    pub as_of: AsOf,
    /// Where days and months begin.
    pub zone: TimeZone,
}

impl Filter {
    /// The whole network in `[from, to)`, days in UTC.
    #[must_use]
    pub fn new(from: Date, to: Date, as_of: AsOf) -> Self {
        Self {
            centre: None,
            operator: None,
            region: None,
            from,
            to,
            kind: None,
            minors: None,
            level: None,
            certainty: None,
            accompaniment: None,
            as_of,
            zone: TimeZone::UTC,
        }
    }
}

impl Filter {
    /// Whether it asks what steps of protocols can answer: they have no minors, no level, and no type but the name of their protocol.
    #[must_use]
    pub fn asks_of_steps(&self) -> bool {
        self.kind.is_none()
            && self.minors.is_none()
            && self.level.is_none()
            && self.certainty.is_none()
            && self.accompaniment.is_none()
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The facts cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The period is none.
    #[error("the period from {from} to {to} is empty: `to` is the first day after it")]
    EmptyPeriod {
        /// First day.
        from: Date,
        /// First day after it.
        to: Date,
    },
    /// A day of the period cannot be placed in time.
    #[error("the period cannot be placed in time: {0}")]
    Period(#[from] jiff::Error),
    /// No record and no registration names this centre.
    #[error("no centre has the id {0}")]
    UnknownCentre(CentreId),
    /// Stored facts contradict each other.
    #[error("the stored facts are inconsistent: {0}")]
    Inconsistent(#[from] BadInput),
}

/// What a report is about and how far it can be trusted; stands at its head.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct About {
    /// Which report.
    pub report: &'static str,
    /// First day.
    pub from: Date,
    /// First day that is no longer in the period.
    pub to: Date,
    /// Where days and months begin.
    pub zone: String,
    /// As it was known then.
    pub as_of: AsOf,
    /// Codes of the centres that it covers, sorted.
    pub centres: Vec<String>,
    /// The type it was asked for.
    #[serde(rename = "type")]
    pub kind: Option<Code>,
    /// Minors or not, if it was asked for.
    pub minors: Option<bool>,
    /// How grave on the register's scale, if it was asked for.
    pub level: Option<Level>,
    /// How it is known, if it was asked for; of occurrences, not of rates, silences and numbers.
    pub certainty: Option<Certainty>,
    /// With whom the affected minor was, if it was asked for; of occurrences, not of rates, silences and numbers.
    pub accompaniment: Option<Accompaniment>,
    /// For whom.
    pub viewer: Viewer,
    /// How far the truth may lie from each count that is shown: 0, or 2 where counts come in bands of five.
    pub give_or_take: u64,
    /// A low count is never safety.
    pub caution: Texts,
    /// Shares of the input that are missing, 0 to 1, by what is missing.
    pub missing: BTreeMap<&'static str, f64>,
}

/// A count, or that it is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cell {
    /// The count, or the middle of its band; `null` when it is hidden.
    pub count: Option<u64>,
    /// How far the truth may lie from it; absent where it is exact or hidden.
    #[serde(skip_serializing_if = "is_zero")]
    pub within: u64,
    /// It is hidden because it is below five, perhaps zero, or would give away what is hidden.
    pub suppressed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(within: &u64) -> bool {
    *within == 0
}

impl Cell {
    pub(crate) fn shown(count: u64) -> Self {
        Self { count: Some(count), within: 0, suppressed: false }
    }

    pub(crate) const HIDDEN: Self = Self { count: None, within: 0, suppressed: true };

    /// A count as this viewer may see it.
    pub(crate) fn for_viewer(count: u64, viewer: Viewer) -> Self {
        if viewer.hides(count) {
            return Self::HIDDEN;
        }
        Self { count: Some(viewer.counted(count)), within: viewer.within(), suppressed: false }
    }
}

fn about(
    report: &'static str,
    filter: &Filter,
    scope: &scope::Scope,
    viewer: Viewer,
    basis: &Basis,
) -> About {
    About {
        report,
        from: filter.from,
        to: filter.to,
        zone: filter.zone.iana_name().unwrap_or("UTC").to_owned(),
        as_of: filter.as_of,
        centres: scope.centres.iter().map(|centre| centre.code.clone()).collect(),
        kind: filter.kind.clone(),
        minors: filter.minors,
        level: filter.level,
        certainty: filter.certainty,
        accompaniment: filter.accompaniment,
        viewer,
        give_or_take: viewer.within(),
        caution: CAUTION,
        missing: basis.missing.clone(),
    }
}

/// What a count is broken down by: the name of the property, and its value of one thing.
type Property<'a, T> = (&'static str, &'a dyn Fn(&T) -> String);

/// Every text of the reports that is filled or shown beside a figure, for the test that reads them all.
#[cfg(test)]
pub(crate) fn sentences() -> Vec<Texts> {
    let own = [
        non_registration_reasons::REASONS,
        register_counts::ENTRIES,
        register_gaps::SERIES,
        silences::FLAGGED,
        silences::NOT_FLAGGED,
        silences::DROPPED,
        recent::RECENT,
        protocols::IN_TIME,
        delays::UNDATED,
        basis::IN_BANDS,
        basis::BESIDE,
        crate::studied::TOO_NARROW,
        disagreement::DIRECTION,
    ];
    [underreporting::SENTENCES, crate::page::words::ALL, &own].concat()
}
