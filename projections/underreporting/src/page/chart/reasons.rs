//! Reasons not to register, as bars in the order of their names.

use crate::page::axis::Axis;
use crate::page::svg::{Anchor, Svg, WIDTH};
use crate::page::words;
use crate::report::NonRegistrationReasons;
use crate::text::Language;

const ROW: f64 = 28.0;
const LEFT: f64 = 230.0;

pub(in crate::page) fn draw(report: &NonRegistrationReasons, language: Language) -> Option<String> {
    let most = report.reasons.iter().filter_map(|one| one.count.count).max().filter(|most| *most > 0)?;
    let most = crate::estimators::real(most);
    #[expect(clippy::cast_precision_loss, reason = "a handful of reasons")]
    let bottom = 8.0 + ROW * report.reasons.len() as f64;
    let axis = Axis { from: 0.0, to: most, start: LEFT, end: WIDTH - 60.0 };
    let mut svg = Svg::new("reasons", words::REASONS.of(language), bottom + 8.0);
    let mut y = 8.0;
    for one in &report.reasons {
        let name = words::reason(one.reason).of(language);
        svg.text("label", (LEFT - 12.0, y + 17.0), Anchor::End, name);
        match one.count.count {
            Some(count) => {
                let end = axis.at(crate::estimators::real(count));
                svg.rect("bar", (LEFT, y + 4.0), (end - LEFT, ROW - 10.0), name);
                let told = words::count(one.count, language);
                svg.text("tick", (end + 8.0, y + 17.0), Anchor::Start, &told);
            }
            None => svg.text("hidden", (LEFT + 4.0, y + 17.0), Anchor::Start, words::HIDDEN.of(language)),
        }
        y += ROW;
    }
    svg.line("axis", (LEFT, 4.0), (LEFT, bottom));
    Some(svg.end(words::REASONS_TOLD.of(language)))
}
