//! How long occurrences waited, in whole hours, and in which months the register got them.

use jiff::civil::Date;

use crate::estimators::delays::Wait;

const DAY_HOURS: f64 = 24.0;

/// From what to what an occurrence waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// Where both moments are known.
    OccurrenceToSignal,
    /// What had to be registered; what is not still waits.
    SignalToRegistration,
    /// Where both moments are known.
    OccurrenceToRegistration,
    /// What somebody other than the register noticed; what is not answered still waits.
    SignalToAnswer,
}

/// The waits of one span.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waited {
    /// In days, rounded up to the hour, so that what took longer than a mark never counts as within it.
    pub(crate) waits: Vec<Wait>,
    /// Registered on a day that nobody knows: in no wait.
    pub(crate) undated: u64,
}

/// Entries of one month of occurrences that came in one month.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entered {
    pub(crate) happened: Date,
    /// Not before it happened.
    pub(crate) registered: Date,
    pub(crate) count: u64,
}

/// What is registered on a day that nobody knows.
const UNDATED: i32 = -1;

impl Span {
    pub(crate) const ALL: [Self; 4] = [
        Self::OccurrenceToSignal,
        Self::SignalToRegistration,
        Self::OccurrenceToRegistration,
        Self::SignalToAnswer,
    ];

    /// The wait of an occurrence in one number, `NULL` where it does not wait: twice the hours, and one when it ended by `$18`. The
    /// ledger holds the hours of waits that ended.
    pub(super) fn sql(self) -> String {
        let (from, to, hours, waits) = match self {
            Self::OccurrenceToSignal => {
                ("occurred_at", "noticed_at", "hours_to_notice", "hours_to_notice IS NOT NULL")
            }
            Self::SignalToRegistration => (
                "noticed_at",
                "registered_at",
                "hours_notice_to_register",
                "noticed_at IS NOT NULL AND NOT dismissed AND hours >= 0",
            ),
            Self::OccurrenceToRegistration => {
                ("occurred_at", "registered_at", "hours_to_register", "hours_to_register IS NOT NULL")
            }
            Self::SignalToAnswer => (
                "noticed_at",
                "answered_at",
                "hours_notice_to_answer",
                "noticed_at IS NOT NULL AND NOT dismissed AND listened IS NOT NULL",
            ),
        };
        let undated = match self {
            Self::SignalToRegistration | Self::OccurrenceToRegistration => {
                format!("WHEN registered_at IS NOT NULL AND NOT dated THEN {UNDATED} ")
            }
            Self::OccurrenceToSignal | Self::SignalToAnswer => String::new(),
        };
        format!(
            "CASE WHEN {waits} THEN CASE {undated}WHEN {to} <= $18 THEN 2 * {hours} + 1 ELSE 2 * {} END END",
            hours_between(from, "$18")
        )
    }
}

/// Whole hours from one moment to another, rounded up; 0 when the second came first.
fn hours_between(from: &str, to: &str) -> String {
    format!("greatest(0, ceil(date_part('epoch', {to} - {from}) / 3600))::int4")
}

/// A wait in one number, as in [`Span::sql`]: of what began and perhaps ended in these columns, as of a moment.
pub(super) fn coded(from: &str, to: &str, now: &str) -> String {
    format!(
        "CASE WHEN {to} <= {now} THEN 2 * {} + 1 ELSE 2 * {} END",
        hours_between(from, to),
        hours_between(from, now)
    )
}

/// So many waits of such a number.
pub(super) fn wait(coded: i32, count: u64) -> Wait {
    Wait { time: f64::from(coded / 2) / DAY_HOURS, ended: coded % 2 == 1, count }
}

impl Waited {
    /// Of the numbers of [`Span::sql`], each with how many there are.
    pub(super) fn of(mut counts: Vec<(i32, u64)>) -> Self {
        counts.sort_unstable();
        let mut waited = Self::default();
        for (coded, count) in counts {
            if coded == UNDATED {
                waited.undated += count;
            } else {
                waited.waits.push(wait(coded, count));
            }
        }
        waited
    }
}
