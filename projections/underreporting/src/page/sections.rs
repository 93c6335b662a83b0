//! The sections of the page, in the order in which they are read.

mod practice;

use super::chart::{calendar, completeness, funnel, reasons, survival};
use super::table::table;
use super::{Section, words};
use crate::estimators::{Answer, Interval};
use crate::report::delays::Delay;
use crate::report::underreporting::Underreporting;
use crate::report::{
    Cell, Delays, Everything, Filter, NonRegistrationReasons, RegisterGaps, ReportingRates, Silences, method,
};
use crate::text::{Language, Texts};

const NONE: &str = "–";

/// Every section.
pub(super) fn all(all: &Everything, filter: &Filter, language: Language) -> Vec<Section> {
    let words = Words(language);
    vec![
        words.gap(&all.underreporting),
        words.completeness(&all.underreporting),
        words.funnel(&all.reporting_rates),
        words.survival(&all.delays),
        words.recent(&all.delays),
        words.silences(&all.silences, filter),
        words.feedback(&all.feedback),
        words.protocols(all.protocols.as_ref()),
        words.reasons(&all.non_registration_reasons),
        words.numbers(&all.register_gaps),
    ]
}

/// Writes in one language.
struct Words(Language);

impl Words {
    fn of(&self, texts: Texts) -> &'static str {
        texts.of(self.0)
    }

    fn cell(&self, cell: Cell) -> String {
        words::count(cell, self.0)
    }

    fn count(&self, count: u64) -> String {
        self.0.number(crate::estimators::real(count), 0)
    }

    fn share(&self, share: f64, interval: Interval) -> [String; 3] {
        let upper = interval.upper.map_or(NONE.to_owned(), |upper| self.0.percent(upper));
        [self.0.percent(share), self.0.percent(interval.lower), upper]
    }

    fn gap(&self, report: &Underreporting) -> Section {
        let head = [words::PART, words::DUE, words::NOT_IN, words::SHARE, words::LOWER, words::UPPER];
        let rows = report.by.iter().flat_map(|breakdown| {
            breakdown.parts.iter().map(|part| {
                let share = part.gap.answer.estimate().map(|gap| self.share(gap.share, gap.interval));
                let [share, lower, upper] = share.unwrap_or_else(|| [(); 3].map(|()| NONE.to_owned()));
                let name = format!("{}: {}", breakdown.by, part.part);
                vec![name, self.cell(part.due), self.cell(part.unregistered), share, lower, upper]
            })
        });
        Section {
            title: words::GAP,
            sentences: [
                &report.observed.gap.sentence,
                &report.total.sentence,
                &report.models.sentence,
                &report.at_least.sentence,
            ]
            .map(|said| said.of(self.0).to_owned())
            .into(),
            told: None,
            chart: None,
            table: self.table(words::GAP, &head, &rows.collect::<Vec<_>>()),
            methods: vec![method::GAP, method::CHAPMAN, method::LOG_LINEAR],
            missing: report.about.missing.clone(),
        }
    }

    fn completeness(&self, report: &Underreporting) -> Section {
        let head = [words::LIST, words::SHARE, words::LOWER, words::UPPER];
        let rows = completeness::shares(report, self.0).into_iter().map(|(name, figure)| {
            let share = figure.answer.estimate().map(|held| self.share(held.share, held.interval));
            let share = share.unwrap_or_else(|| [(); 3].map(|()| NONE.to_owned()));
            [name].into_iter().chain(share).collect()
        });
        let why = match &report.models.answer {
            Answer::Estimate(selected) => Some(selected.why.of(self.0).to_owned()),
            Answer::Refusal(_) => None,
        };
        Section {
            title: words::COMPLETENESS,
            sentences: [report.completeness.sentence.of(self.0).to_owned()].into_iter().chain(why).collect(),
            told: Some(words::COMPLETENESS_TOLD),
            chart: Some(completeness::draw(report, self.0)),
            table: self.table(words::COMPLETENESS, &head, &rows.collect::<Vec<_>>()),
            methods: vec![method::COMPLETENESS],
            missing: report.about.missing.clone(),
        }
    }

    fn funnel(&self, report: &ReportingRates) -> Section {
        let head = [
            words::CENTRE,
            words::DAYS,
            words::RATE,
            words::LOWER,
            words::UPPER,
            words::SHRUNKEN,
            words::LIMITS,
        ];
        let number = |value: f64| self.0.number(value, 2);
        let rows = report.register.centres.iter().enumerate().map(|(index, centre)| {
            let name = format!("{}. {}", index + 1, centre.centre);
            let mut row = vec![name];
            match centre.rate.answer.estimate() {
                Some(rate) => row.extend([
                    self.0.number(rate.exposure, 0),
                    number(rate.per_1000),
                    number(rate.interval.lower),
                    rate.interval.upper.map_or(NONE.to_owned(), number),
                ]),
                None => row.extend([(); 4].map(|()| NONE.to_owned())),
            }
            row.push(
                centre.shrunken.answer.estimate().map_or(NONE.to_owned(), |shrunken| number(shrunken.rate)),
            );
            row.push(centre.funnel.answer.estimate().map_or(NONE.to_owned(), |funnel| {
                format!("{} – {}", number(funnel.limits_95.lower), number(funnel.limits_95.upper))
            }));
            row
        });
        Section {
            title: words::FUNNEL,
            sentences: vec![report.register.network.sentence.of(self.0).to_owned()],
            told: Some(words::FUNNEL_TOLD),
            chart: Some(funnel::draw(&report.register, self.0)),
            table: self.table(words::FUNNEL, &head, &rows.collect::<Vec<_>>()),
            methods: vec![method::RATE, method::SHRUNKEN, method::FUNNEL],
            missing: report.about.missing.clone(),
        }
    }

    fn survival(&self, report: &Delays) -> Section {
        let delays = survival::delays(report);
        Section {
            title: words::SURVIVAL,
            sentences: self.waits(&delays),
            told: Some(words::SURVIVAL_TOLD),
            chart: Some(survival::draw(report, self.0)),
            table: self.followed(words::SURVIVAL, &delays),
            methods: vec![method::DELAY],
            missing: report.about.missing.clone(),
        }
    }

    /// What each delay says, under its name.
    fn waits(&self, delays: &[(Texts, &Delay)]) -> Vec<String> {
        let said = |(name, delay): &(Texts, &Delay)| {
            format!("{}. {}", self.of(*name), delay.curve.sentence.of(self.0))
        };
        delays.iter().map(said).collect()
    }

    /// How many of each delay had followed by which day.
    fn followed(&self, caption: Texts, delays: &[(Texts, &Delay)]) -> String {
        let days = delays.iter().take(1).flat_map(|(_, delay)| &delay.followed);
        let days =
            days.map(|at| self.of(words::DAY).replace("{n}", &self.0.number(f64::from(at.within_days), 0)));
        let head: Vec<String> = [words::STEP, words::UNITS, words::MEDIAN]
            .map(|texts| self.of(texts).to_owned())
            .into_iter()
            .chain(days)
            .collect();
        let rows = delays.iter().map(|(name, delay)| {
            let curve = delay.curve.answer.estimate();
            let median =
                curve.and_then(|curve| curve.median).map_or(NONE.to_owned(), |days| self.0.number(days, 1));
            let units = delay.curve.inputs.get("units").map_or(NONE.to_owned(), |cell| self.cell(*cell));
            let shares =
                delay.followed.iter().map(|at| at.share.map_or(NONE.to_owned(), |s| self.0.percent(s)));
            [self.of(*name).to_owned(), units, median].into_iter().chain(shares).collect()
        });
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        table(self.of(caption), &head, &rows.collect::<Vec<_>>())
    }

    fn recent(&self, report: &Delays) -> Section {
        let head = [words::MONTH, words::SO_FAR, words::IN_THE_END, words::LOWER, words::UPPER];
        let whole = |value: f64| self.0.number(value, 0);
        let rows = report.recent.iter().map(|month| {
            let mut row = vec![self.0.month(month.month), self.cell(month.registered)];
            match month.expected.estimate() {
                Some(expected) => row.extend([
                    whole(expected.total),
                    whole(expected.interval.lower),
                    expected.interval.upper.map_or(NONE.to_owned(), whole),
                ]),
                None => row.extend([(); 3].map(|()| NONE.to_owned())),
            }
            row
        });
        Section {
            title: words::RECENT,
            sentences: report
                .recent
                .last()
                .map(|month| month.sentence.of(self.0).to_owned())
                .into_iter()
                .collect(),
            told: None,
            chart: None,
            table: self.table(words::RECENT, &head, &rows.collect::<Vec<_>>()),
            methods: vec![report.recent_method],
            missing: std::collections::BTreeMap::new(),
        }
    }

    fn silences(&self, report: &Silences, filter: &Filter) -> Section {
        let head = [words::CENTRE, words::FROM, words::TO, words::LENGTH, words::FLAG];
        let day = |at: jiff::Timestamp| self.0.day(at.to_zoned(filter.zone.clone()).date());
        let rows = report.register.iter().flat_map(|centre| match &centre.spans {
            Answer::Estimate(spans) => spans
                .iter()
                .map(|span| {
                    let flag = self.of(if span.flagged { words::YES } else { words::NO }).to_owned();
                    let days = self.0.number(span.days, 0);
                    vec![centre.centre.clone(), day(span.from), day(span.to), days, flag]
                })
                .collect::<Vec<_>>(),
            Answer::Refusal(_) => {
                let hidden = || self.of(words::HIDDEN).to_owned();
                vec![vec![centre.centre.clone(), hidden(), hidden(), hidden(), hidden()]]
            }
        });
        let flagged = report.register.iter().filter(|centre| {
            centre.spans.estimate().is_some_and(|spans| spans.iter().any(|span| span.flagged))
        });
        Section {
            title: words::SILENCES,
            sentences: flagged.map(|centre| centre.sentence.of(self.0).to_owned()).collect(),
            told: Some(words::SILENCES_TOLD),
            chart: Some(calendar::draw(report, &filter.zone, self.0)),
            table: self.table(words::SILENCES, &head, &rows.collect::<Vec<_>>()),
            methods: vec![report.method, report.drop_method],
            missing: report.about.missing.clone(),
        }
    }

    fn reasons(&self, report: &NonRegistrationReasons) -> Section {
        let rows = report
            .reasons
            .iter()
            .map(|one| vec![self.of(words::reason(one.reason)).to_owned(), self.cell(one.count)]);
        Section {
            title: words::REASONS,
            sentences: vec![report.sentence.of(self.0).to_owned()],
            told: Some(words::REASONS_TOLD),
            chart: Some(reasons::draw(report, self.0)),
            table: self.table(words::REASONS, &[words::REASON, words::UNITS], &rows.collect::<Vec<_>>()),
            methods: vec![report.method],
            missing: report.about.missing.clone(),
        }
    }

    fn numbers(&self, report: &RegisterGaps) -> Section {
        let head = [words::SERIES, words::PRESENT, words::HIGHEST, words::ABSENT];
        let rows = report.series.iter().map(|series| {
            let name = format!("{} {}", series.register, series.series);
            vec![name, self.cell(series.present), self.cell(series.highest), self.cell(series.missing)]
        });
        Section {
            title: words::NUMBERS,
            sentences: Vec::new(),
            told: None,
            chart: None,
            table: self.table(words::NUMBERS, &head, &rows.collect::<Vec<_>>()),
            methods: vec![report.method],
            missing: report.about.missing.clone(),
        }
    }

    fn table(&self, caption: Texts, head: &[Texts], rows: &[Vec<String>]) -> String {
        let head: Vec<&str> = head.iter().map(|texts| self.of(*texts)).collect();
        table(self.of(caption), &head, rows)
    }
}
