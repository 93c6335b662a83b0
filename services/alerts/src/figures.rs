//! Figures of the views that rules watch: asked now and then, beside the way of the alarms, which waits for no view.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use nabij_caseload::{ReadError, WorkKind};
use nabij_engine::{EngineError, dead_letters};
use nabij_model::{CentreId, Policies};
use nabij_underreporting::estimators::Answer;
use nabij_underreporting::reader::Reader as Facts;
use nabij_underreporting::report::silences::CentreSilence;
use nabij_underreporting::report::{AsOf, Filter, ReportError, Viewer, silences};
use nabij_underreporting::reportability::Reportability;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::rule::{Condition, FigureName, Rule};

/// How often they are asked.
const EVERY: Duration = Duration::from_secs(3600);
/// How soon again when a view could not answer.
const AGAIN: Duration = Duration::from_secs(60);
/// How far a silence is looked back on.
const DAYS: i64 = 365;

/// Why there are no figures now.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// Dead letters cannot be counted.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The caseload cannot be read.
    #[error(transparent)]
    Caseload(#[from] ReadError),
    /// Silences cannot be worked out.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// One figure as it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Which rule asked, by its place in the set.
    pub rule: usize,
    /// Of which centre; `None` for the network.
    pub centre: Option<CentreId>,
    /// On which day, UTC.
    pub day: Date,
    /// When it was asked.
    pub at: Timestamp,
    /// What it is.
    pub value: f64,
    /// It lies above the limit of the rule.
    pub above: bool,
}

/// Where figures come from.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The database of the views.
    pub pool: Pool,
    /// The rules that ask.
    pub rules: Arc<Vec<Rule>>,
    /// What must be registered.
    pub reportability: Arc<Reportability>,
    /// Periods.
    pub policies: Arc<Policies>,
}

impl Figures {
    /// Asks at once, and then now and then, until nobody listens.
    pub(crate) async fn tell(self, to: mpsc::Sender<Vec<Measured>>) {
        loop {
            let pause = match self.measure(Timestamp::now()).await {
                Ok(measured) => match to.send(measured).await {
                    Ok(()) => EVERY,
                    Err(_) => return,
                },
                Err(error) => {
                    tracing::warn!(%error, "the figures that rules watch cannot be read now: {error}");
                    AGAIN
                }
            };
            sleep(pause).await;
        }
    }

    /// Every figure that a rule watches, as it stands at `now`.
    ///
    /// # Errors
    /// When a view cannot be read.
    pub async fn measure(&self, now: Timestamp) -> Result<Vec<Measured>, FigureError> {
        let mut all = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            let Condition::Figure(figure) = rule.condition() else { continue };
            let values = match figure.name {
                FigureName::DeadLetters => vec![(None, dead_letters(&self.pool).await?.len() as f64)],
                FigureName::OpenFeedback => self.open_feedback(now).await?,
                FigureName::SilentDays => self.silent_days(now).await?,
            };
            all.extend(values.into_iter().map(|(centre, value)| Measured {
                rule: number,
                centre,
                day: now.to_zoned(TimeZone::UTC).date(),
                at: now,
                value,
                above: value > figure.above,
            }));
        }
        Ok(all)
    }

    /// Of how many signals of each centre the reporter should have heard by now what was done.
    async fn open_feedback(&self, now: Timestamp) -> Result<Vec<(Option<CentreId>, f64)>, FigureError> {
        let reader = nabij_caseload::Reader::new(self.pool.clone());
        let as_of = reader.sequence().await?;
        let mut values = Vec::new();
        for centre in reader.centres(None, as_of).await? {
            let board = reader.board(centre.centre, &self.policies, now, as_of).await?;
            let Some(board) = board else { continue };
            let owed = board.work.iter().find(|count| count.kind == WorkKind::FeedbackDue);
            values.push((Some(centre.centre), f64::from(owed.map_or(0, |count| count.overdue))));
        }
        Ok(values)
    }

    /// How long each centre has been silent in every source; 0 where chance explains it.
    async fn silent_days(&self, now: Timestamp) -> Result<Vec<(Option<CentreId>, f64)>, FigureError> {
        let reader = nabij_caseload::Reader::new(self.pool.clone());
        let sequence = reader.sequence().await?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let (from, to) = (today.saturating_sub(DAYS.days()), today.saturating_add(1.day()));
        let filter = Filter::new(from, to, AsOf { sequence, moment: now });
        let facts = Facts::live(self.pool.clone());
        let report = silences(&facts, &self.reportability, &filter, Viewer::Analyst).await?;
        let centres = reader.centres(None, sequence).await?;
        let running = |of: &[CentreSilence], code: &str| {
            let silence = of.iter().find(|silence| silence.centre == code)?;
            let Answer::Estimate(spans) = &silence.spans else { return None };
            spans.iter().find(|span| span.to == now).map(|span| (span.days, span.flagged))
        };
        let values = centres.iter().map(|centre| {
            let in_register = running(&report.register, &centre.code);
            let elsewhere = running(&report.other_sources, &centre.code);
            let days = match (in_register, elsewhere) {
                (Some((register, first)), Some((others, second))) if first || second => register.min(others),
                _ => 0.0,
            };
            (Some(centre.centre), days)
        });
        Ok(values.collect())
    }
}
