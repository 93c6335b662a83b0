//! `/v1/analytics`: what never reached the official register, as JSON or CSV.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nabij_engine::Touched;
use nabij_model::case::Accompaniment;
use nabij_model::incident::Level;
use nabij_model::signal::Certainty;
use nabij_model::text::Code;
use nabij_model::{CentreId, Role};
use nabij_underreporting::facts::SCHEMA;
use nabij_underreporting::report::{self, Filter, Lines, ReportError, Viewer, to_csv};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Shown;
use super::moment::{AsOf, Moment};
use super::periods::whole;
use crate::access::{Action::ReadFigures, Place};
use crate::audit::Seen;
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Reach, Routes, schema_of};
use crate::state::ApiState;

/// Where days and months begin, unless an analyst says otherwise.
const ZONE: &str = "Europe/Brussels";

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    fn of<T: JsonSchema>() -> Answer {
        Answer { status: 200, media: &["application/json", "text/csv"], schema: schema_of::<T> }
    }
    let asked = schema_of::<FigureQuery>;
    routes.read("/v1/analytics/underreporting", ReadFigures, "Observed gap, estimated total, completeness", asked, of::<report::underreporting::Underreporting>(), underreporting);
    routes.read("/v1/analytics/reporting-rates", ReadFigures, "Per 1,000 resident-days, shrunken, with funnel limits", asked, of::<report::reporting_rates::ReportingRates>(), reporting_rates);
    routes.read("/v1/analytics/silences", ReadFigures, "Spans without any record that are longer than chance", asked, of::<report::silences::Silences>(), silences);
    routes.read("/v1/analytics/register-gaps", ReadFigures, "Numbers that the register skipped", asked, of::<report::register_gaps::RegisterGaps>(), register_gaps);
    routes.read("/v1/analytics/delays", ReadFigures, "From occurrence to signal, registration and answer", asked, of::<report::delays::Delays>(), delays);
    routes.read("/v1/analytics/non-registration-reasons", ReadFigures, "Why things were not registered", asked, of::<report::non_registration_reasons::NonRegistrationReasons>(), non_registration_reasons);
    routes.read("/v1/analytics/disagreement", ReadFigures, "How far blind judgements disagree, and in which direction", asked, of::<report::disagreement::Disagreement>(), disagreement);
    routes.read("/v1/analytics/feedback", ReadFigures, "Whether reporters and children heard what became of signals, and how many wait still", asked, of::<report::feedback::Feedback>(), feedback);
    routes.read("/v1/analytics/protocols", ReadFigures, "How protocols are kept to, and practised; `type` is the name of one", asked, of::<report::protocols::Protocols>(), protocols);
    routes.read("/v1/analytics/register-counts", ReadFigures, "Entries of the register by level, type, group, centre and month", asked, of::<report::register_counts::RegisterCounts>(), register_counts);
}

macro_rules! reports {
    ($($name:ident($($rules:ident)?) of $what:ident;)*) => {$(
        async fn $name(state: ApiState, call: Call) -> Result<Response, Problem> {
            let asked = Asked::read(&state, &call).await?;
            asked.can_be_asked(Of::$what)?;
            let report = report::$name(state.facts(), $(state.$rules(),)? &asked.filter, asked.viewer).await?;
            asked.respond(&state, &call, &report).await
        }
    )*};
}

reports! {
    underreporting(reportability) of Occurrences;
    reporting_rates(reportability) of Records;
    silences(reportability) of Records;
    register_gaps(reportability) of Records;
    delays(reportability) of Occurrences;
    disagreement(reportability) of Occurrences;
    non_registration_reasons(reportability) of Occurrences;
    register_counts(reportability) of Records;
    feedback(reportability) of Records;
    protocols() of Steps;
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FigureQuery {
    /// Only what happened in this centre.
    centre: Option<CentreId>,
    /// Only centres of this operator.
    operator: Option<Code>,
    /// Only centres of this region.
    region: Option<Code>,
    /// First day; others than analysts ask about one calendar month, quarter or year.
    from: Option<Date>,
    /// First day that is no longer in the period.
    to: Option<Date>,
    /// The whole period is this month, as `2026-03`: instead of `from` and `to`.
    month: Option<String>,
    /// Only this reportable type, category or group.
    #[serde(rename = "type")]
    kind: Option<Code>,
    /// Only what involves minors, or what does not.
    minors: Option<bool>,
    /// Only what is this grave on the register's scale: an entry's own level; for signals their severity, as the operator's
    /// reportability puts it on that scale; the graver of both where they are of one occurrence.
    level: Option<Level>,
    /// Only what is known this way; of occurrences alone: not of rates, silences, numbers and counts of the register.
    certainty: Option<Certainty>,
    /// Only where the affected minor was with these, as it was then; of occurrences alone.
    accompaniment: Option<Accompaniment>,
    /// Where days and months begin, `Europe/Brussels` unless an analyst names another.
    zone: Option<String>,
    /// As the network knew it then: a sequence or a time; for others than analysts only the end of a month.
    as_of: Option<AsOf>,
    /// Wait until this event shows: the `sequence` of a write.
    min_sequence: Option<u64>,
    /// `json` or `csv`; the header `accept` says the same.
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Json,
    Csv,
}

/// What a report counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Things that happened, put together from all that is known of them.
    Occurrences,
    /// Records, each by itself: an entry of the register has no certainty.
    Records,
    /// Steps of protocols: whom they are about is not asked.
    Steps,
}

/// What a report is asked, by whom.
struct Asked {
    filter: Filter,
    viewer: Viewer,
    moment: Moment,
    csv: bool,
}

impl Asked {
    async fn read(state: &ApiState, call: &Call) -> Result<Self, Problem> {
        let asked: FigureQuery = query(&call.address)?;
        let (from, to) = period(&asked)?;
        let zone = TimeZone::get(asked.zone.as_deref().unwrap_or(ZONE)).map_err(|_| {
            Problem::bad_request("bad-query", "`zone` is no IANA time zone: Europe/Brussels for example")
        })?;
        let viewer = if call.actor.role == Role::Analyst { Viewer::Analyst } else { Viewer::Other };
        if viewer == Viewer::Other && from < to {
            whole((from, to), asked.as_of, asked.zone.as_deref(), &zone)?;
        }
        let csv = asked.format.map_or_else(|| accepts_csv(call), |format| format == Format::Csv);
        let schemas = [state.schema(), SCHEMA];
        let moment = AsOf::resolve(asked.as_of, asked.min_sequence, state, &schemas, call.now).await?;
        let (centre, operator) = reach(state, call, &asked).await?;
        let filter = Filter {
            centre,
            operator,
            region: asked.region,
            from,
            to,
            kind: asked.kind,
            minors: asked.minors,
            level: asked.level,
            certainty: asked.certainty,
            accompaniment: asked.accompaniment,
            as_of: report::AsOf { sequence: moment.sequence, moment: moment.time },
            zone,
        };
        Ok(Self { filter, viewer, moment, csv })
    }

    /// Refuses what would be left out in silence.
    fn can_be_asked(&self, of: Of) -> Result<(), Problem> {
        if of == Of::Steps && (self.filter.minors.is_some() || self.filter.level.is_some()) {
            let detail = "this report counts steps of protocols, which have no `minors` and no `level`: leave them out";
            return Err(Problem::bad_request("bad-query", detail));
        }
        let by_occurrence = self.filter.certainty.is_some() || self.filter.accompaniment.is_some();
        if of != Of::Occurrences && by_occurrence {
            return Err(Problem::bad_request(
                "bad-query",
                "this report counts records, which have no `certainty` and no `accompaniment`: leave them out, or ask \
                 /v1/analytics/underreporting, delays or non-registration-reasons",
            ));
        }
        Ok(())
    }

    async fn respond(
        &self,
        state: &ApiState,
        call: &Call,
        report: &(impl Serialize + Lines),
    ) -> Result<Response, Problem> {
        if self.csv {
            let content_type = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
            let csv = to_csv(report);
            let lines = csv.lines().count().saturating_sub(1);
            return Ok(Seen::rows(lines).on((content_type, csv).into_response()));
        }
        let missing = incomplete_facts(state, self.moment).await?;
        Ok(Shown::new(report, self.moment)?.incomplete(missing).respond(&call.headers))
    }
}

/// The days from one to another, or of one month.
fn period(asked: &FigureQuery) -> Result<(Date, Date), Problem> {
    let wrong = |problem: &'static str| Problem::bad_request("bad-query", problem);
    match (asked.from, asked.to, &asked.month) {
        (Some(from), Some(to), None) => Ok((from, to)),
        (None, None, Some(month)) => {
            let first: Option<Date> = format!("{month}-01").parse().ok().filter(|_| month.len() == 7);
            let first = first.ok_or_else(|| wrong("`month` is no month: 2026-03 for example"))?;
            let next = first.last_of_month().tomorrow();
            Ok((first, next.map_err(|_| wrong("`month` lies past the last day that there is"))?))
        }
        (_, _, Some(_)) => Err(wrong("`month` is the whole period: leave out `from` and `to`, or `month`")),
        (_, _, None) => Err(wrong("say which days: `from` and `to`, the first day after them, or `month`")),
    }
}

/// How far the caller's figures reach: a centre's own, an operator's own, or the whole network.
async fn reach(
    state: &ApiState,
    call: &Call,
    asked: &FigureQuery,
) -> Result<(Option<CentreId>, Option<Code>), Problem> {
    if let Some(centre) = asked.centre {
        call.allow(state, Place::centre(centre)).await?;
        return Ok((Some(centre), asked.operator.clone()));
    }
    match call.reach(state)? {
        Reach::Network => Ok((None, asked.operator.clone())),
        Reach::Operator(own) => {
            let operator = Some(asked.operator.clone().unwrap_or(own));
            call.permit(state, Place { operator: operator.clone(), ..Place::default() })?;
            Ok((None, operator))
        }
        Reach::Centres(own) => match own.as_slice() {
            [own] => Ok((Some(*own), None)),
            _ => Err(Problem::bad_request("bad-query", "name one of your centres as `centre`")),
        },
    }
}

fn accepts_csv(call: &Call) -> bool {
    let accepted = call.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|one| one.trim().starts_with("text/csv")))
}

async fn incomplete_facts(state: &ApiState, moment: Moment) -> Result<u64, Problem> {
    let missing = nabij_engine::incomplete(
        state.pool(),
        "underreporting",
        nabij_underreporting::facts::VERSION,
        Touched::Anything,
        moment.sequence,
    );
    missing.await.map_err(|error| Problem::views_away(&error))
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::EmptyPeriod { .. } | ReportError::Period(_) => {
                Self::bad_request("empty-period", error.to_string())
            }
            ReportError::UnknownCentre(_) => Self::not_found("centre-unknown", error.to_string()),
            ReportError::Read(error) => Self::views_away(&error),
            ReportError::Inconsistent(error) => {
                tracing::error!(%error, "the facts contradict each other");
                Self::internal()
            }
        }
    }
}
