//! Rates of centres against their exposure, within the funnel of the network's rate.

use crate::estimators::poisson::funnel;
use crate::estimators::rates::{PER_RESIDENT_DAYS, Rate};
use crate::estimators::{Answer, Level, real};
use crate::page::axis::{Axis, decimals};
use crate::page::svg::{Anchor, Svg, WIDTH};
use crate::page::words;
use crate::report::reporting_rates::Rates;
use crate::text::Language;

const HEIGHT: f64 = 360.0;
/// Points of each limit.
const STEPS: u64 = 80;

pub(in crate::page) fn draw(rates: &Rates, language: Language) -> Option<String> {
    let line = rates.network.answer.estimate()?.per_1000;
    let shown: Vec<(usize, &str, &Rate)> = rates
        .centres
        .iter()
        .enumerate()
        .filter_map(|(index, centre)| match &centre.rate.answer {
            Answer::Estimate(rate) if rate.exposure > 0.0 => Some((index + 1, centre.centre.as_str(), rate)),
            _ => None,
        })
        .collect();
    let widest = shown.iter().map(|(_, _, rate)| rate.exposure).fold(0.0, f64::max) * 1.05;
    if shown.is_empty() || line <= 0.0 {
        return None;
    }
    let highest = shown.iter().map(|(_, _, rate)| rate.per_1000).fold(2.0 * line, f64::max) * 1.08;
    let x = Axis { from: 0.0, to: widest, start: 70.0, end: WIDTH - 30.0 };
    let y = Axis { from: 0.0, to: highest, start: HEIGHT - 50.0, end: 14.0 };
    let mut svg = Svg::new("funnel", words::FUNNEL.of(language), HEIGHT);
    let ticks = y.ticks(5.0);
    for tick in &ticks {
        svg.line("grid", (x.start, y.at(*tick)), (x.end, y.at(*tick)));
        let tick_text = language.number(*tick, decimals(&ticks));
        svg.text("tick", (x.start - 8.0, y.at(*tick) + 4.0), Anchor::End, &tick_text);
    }
    for tick in x.ticks(5.0) {
        svg.text("tick", (x.at(tick), y.start + 18.0), Anchor::Middle, &language.number(tick, 0));
    }
    svg.text(
        "label",
        (f64::midpoint(x.start, x.end), HEIGHT - 10.0),
        Anchor::Middle,
        words::DAYS.of(language),
    );
    svg.text("label", (x.start, 10.0), Anchor::Start, words::RATE.of(language));
    for (level, class) in [(Level::P998, "limit outer"), (Level::P95, "limit")] {
        let limits: Vec<_> = (1..=STEPS)
            .filter_map(|step| {
                // Closer together where the funnel opens.
                let exposure = widest * (real(step) / real(STEPS)).powi(2);
                let limits = funnel(line * exposure / PER_RESIDENT_DAYS, level)?;
                Some((x.at(exposure), limits.lower * line, limits.upper * line))
            })
            .collect();
        for side in [1, 2] {
            let points: Vec<_> = limits
                .iter()
                .map(|(at, lower, upper)| (*at, y.at(if side == 1 { *lower } else { *upper })))
                .collect();
            svg.path(class, &points);
        }
    }
    svg.line("network", (x.start, y.at(line)), (x.end, y.at(line)));
    svg.line("axis", (x.start, y.start), (x.end, y.start));
    for (number, name, rate) in shown {
        let at = (x.at(rate.exposure), y.at(rate.per_1000));
        svg.dot("dot", at, 4.5, &format!("{name}: {}", language.number(rate.per_1000, 2)));
        svg.text("mark", (at.0 + 7.0, at.1 - 5.0), Anchor::Start, &number.to_string());
    }
    Some(svg.end(words::FUNNEL_TOLD.of(language)))
}
