//! The share of the estimated total that each list holds, as a dot on its interval.

use crate::estimators::Answer;
use crate::page::axis::Axis;
use crate::page::svg::{Anchor, Svg, WIDTH};
use crate::page::words;
use crate::report::Figure;
use crate::report::Underreporting;
use crate::report::underreporting::Completeness;
use crate::text::Language;

const ROW: f64 = 34.0;
const LEFT: f64 = 230.0;

/// Each list with what it holds; the register, prompted entries included, first.
pub(in crate::page) fn shares(
    report: &Underreporting,
    language: Language,
) -> Vec<(String, &Figure<Completeness>)> {
    let register = (words::REGISTERED.of(language).to_owned(), &report.completeness);
    let lists = report.by_list.iter().map(|one| (one.list.words().of(language).to_owned(), &one.share));
    [register].into_iter().chain(lists).collect()
}

pub(in crate::page) fn draw(report: &Underreporting, language: Language) -> Option<String> {
    let shares = shares(report, language);
    let shown: Vec<_> = shares
        .iter()
        .filter_map(|(name, figure)| match &figure.answer {
            Answer::Estimate(share) => Some((name, share)),
            Answer::Refusal(_) => None,
        })
        .collect();
    if shown.is_empty() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of lists")]
    let bottom = 12.0 + ROW * shown.len() as f64;
    let axis = Axis { from: 0.0, to: 1.0, start: LEFT, end: WIDTH - 40.0 };
    let mut svg = Svg::new("completeness", words::COMPLETENESS.of(language), bottom + 30.0);
    for tick in axis.ticks(5.0) {
        svg.line("grid", (axis.at(tick), 6.0), (axis.at(tick), bottom));
        svg.text("tick", (axis.at(tick), bottom + 18.0), Anchor::Middle, &language.percent(tick));
    }
    let mut y = 12.0 + ROW / 2.0;
    for (name, share) in shown {
        let upper = share.interval.upper.unwrap_or(1.0);
        svg.text("label", (LEFT - 12.0, y + 4.0), Anchor::End, name);
        svg.line("whisker", (axis.at(share.interval.lower), y), (axis.at(upper), y));
        for end in [share.interval.lower, upper] {
            svg.line("whisker", (axis.at(end), y - 6.0), (axis.at(end), y + 6.0));
        }
        svg.dot("dot", (axis.at(share.share), y), 5.0, &language.percent(share.share));
        y += ROW;
    }
    Some(svg.end(words::COMPLETENESS_TOLD.of(language)))
}
