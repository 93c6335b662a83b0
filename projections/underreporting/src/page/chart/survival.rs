//! Curves of what has followed, by days.

use crate::estimators::Answer;
use crate::page::axis::Axis;
use crate::page::svg::{Anchor, Svg, WIDTH};
use crate::page::words;
use crate::report::Delays;
use crate::report::delays::Delay;
use crate::text::{Language, Texts};

/// Days that the chart spans.
const DAYS: f64 = 90.0;
const HEIGHT: f64 = 300.0;
/// Days and the share that has followed by then.
type Points = Vec<(f64, f64)>;
const CLASSES: [&str; 4] = ["curve one", "curve two", "curve three", "curve four"];

/// The delays with their names, in the order of what happens.
pub(in crate::page) fn delays(report: &Delays) -> [(Texts, &Delay); 4] {
    [
        (words::OCCURRENCE_TO_SIGNAL, &report.occurrence_to_signal),
        (words::SIGNAL_TO_REGISTRATION, &report.signal_to_registration),
        (words::OCCURRENCE_TO_REGISTRATION, &report.occurrence_to_registration),
        (words::SIGNAL_TO_ANSWER, &report.signal_to_answer),
    ]
}

pub(in crate::page) fn draw(report: &Delays, language: Language) -> Option<String> {
    let shown: Vec<(usize, Texts, Points)> = delays(report)
        .into_iter()
        .enumerate()
        .filter_map(|(index, (name, delay))| Some((index, name, points(delay)?)))
        .collect();
    if shown.is_empty() {
        return None;
    }
    let x = Axis { from: 0.0, to: DAYS, start: 60.0, end: WIDTH - 220.0 };
    let y = Axis { from: 0.0, to: 1.0, start: HEIGHT - 40.0, end: 14.0 };
    let mut svg = Svg::new("survival", words::SURVIVAL.of(language), HEIGHT);
    for tick in y.ticks(5.0) {
        svg.line("grid", (x.start, y.at(tick)), (x.end, y.at(tick)));
        svg.text("tick", (x.start - 8.0, y.at(tick) + 4.0), Anchor::End, &language.percent(tick));
    }
    for tick in [1.0, 30.0, 60.0, 90.0] {
        svg.line("axis", (x.at(tick), y.start), (x.at(tick), y.start + 5.0));
        let day = words::DAY.of(language).replace("{n}", &language.number(tick, 0));
        svg.text("tick", (x.at(tick), y.start + 20.0), Anchor::Middle, &day);
    }
    svg.line("axis", (x.start, y.start), (x.end, y.start));
    // Names stand beside the ends of the curves, pushed apart where curves end together.
    let mut ends: Vec<(f64, usize, Texts)> = Vec::new();
    for (index, name, points) in &shown {
        let drawn: Vec<(f64, f64)> = points.iter().map(|(day, share)| (x.at(*day), y.at(*share))).collect();
        svg.path(CLASSES[*index], &drawn);
        ends.push((drawn.last().map_or(y.start, |end| end.1), *index, *name));
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = 12.0_f64;
    for (at, index, name) in ends {
        let line = at.max(free);
        free = line + 18.0;
        svg.line(CLASSES[index], (x.end + 8.0, line), (x.end + 28.0, line));
        svg.text("label", (x.end + 34.0, line + 4.0), Anchor::Start, name.of(language));
    }
    Some(svg.end(words::SURVIVAL_TOLD.of(language)))
}

/// The curve as steps, or through the days at which a share is told where its steps are withheld.
fn points(delay: &Delay) -> Option<Points> {
    let Answer::Estimate(curve) = &delay.curve.answer else { return None };
    let mut points = vec![(0.0, 0.0)];
    if curve.steps.is_empty() {
        points.extend(delay.followed.iter().filter_map(|at| Some((f64::from(at.within_days), at.share?))));
        return (points.len() > 1).then_some(points);
    }
    let mut share = 0.0;
    for step in curve.steps.iter().take_while(|step| step.time <= DAYS) {
        points.push((step.time, share));
        share = 1.0 - step.waiting;
        points.push((step.time, share));
    }
    if delay.followed.iter().any(|at| f64::from(at.within_days) >= DAYS && at.share.is_some()) {
        points.push((DAYS, share));
    }
    Some(points)
}
