//! The report as lines.

use super::{CentreRate, ReportingRates};
use crate::estimators::Answer;
use crate::estimators::rates::Rate;
use crate::report::{About, Figure, Line, Lines};

impl Lines for ReportingRates {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        [("register", &self.register), ("other_sources", &self.other_sources)]
            .into_iter()
            .flat_map(|(source, rates)| {
                let network = rate_line(Line::new("rate_per_1000").part("source", source), &rates.network);
                let centres = rates.centres.iter().flat_map(move |centre| centre.lines(source));
                [network].into_iter().chain(centres)
            })
            .collect()
    }
}

impl CentreRate {
    fn lines(&self, source: &str) -> Vec<Line> {
        let line = |figure: &str| Line::new(figure).centre(&self.centre).part("source", source);
        let mut lines = vec![rate_line(line("rate_per_1000"), &self.rate)];
        lines.push(
            match &self.shrunken.answer {
                Answer::Estimate(rate) => {
                    let line = line("shrunken_per_1000").value(rate.rate);
                    rate.interval.map_or(line.clone(), |interval| line.interval(interval))
                }
                Answer::Refusal(refusal) => line("shrunken_per_1000").refused(refusal),
            }
            .of(&self.shrunken),
        );
        if let Answer::Estimate(funnel) = &self.funnel.answer {
            let limits =
                [("funnel_95_per_1000", funnel.limits_95), ("funnel_998_per_1000", funnel.limits_998)];
            lines.extend(limits.map(|(figure, limits)| Line {
                lower: Some(limits.lower),
                upper: Some(limits.upper),
                level: Some(limits.level.get()),
                ..line(figure).value(funnel.centre_line).of(&self.funnel)
            }));
        }
        if let Answer::Estimate(exposure) = &self.exposure {
            lines.push(line("interpolated_share").value(exposure.interpolated_share));
        }
        lines.push(line("outside_exposure").count(self.outside_exposure));
        lines
    }
}

fn rate_line(line: Line, figure: &Figure<Rate>) -> Line {
    let line = match &figure.answer {
        Answer::Estimate(rate) => Line {
            n: Some(rate.count),
            exposure: Some(rate.exposure),
            ..line.value(rate.per_1000).interval(rate.interval)
        },
        Answer::Refusal(refusal) => line.refused(refusal),
    };
    line.of(figure)
}
