//! Times without a record, centre by centre, along the days of the period.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::page::axis::Axis;
use crate::page::svg::{Anchor, Svg, WIDTH};
use crate::page::words;
use crate::report::Silences;
use crate::text::Language;

const ROW: f64 = 22.0;
const LEFT: f64 = 280.0;

pub(in crate::page) fn draw(report: &Silences, zone: &TimeZone, language: Language) -> Option<String> {
    if report.register.iter().all(|centre| centre.spans.estimate().is_none_or(Vec::is_empty)) {
        return None;
    }
    let (from, to) = (report.about.from, report.about.to);
    let day = |day: Date| day.to_zoned(zone.clone()).map_or(0, |at| at.timestamp().as_second());
    #[expect(clippy::cast_precision_loss, reason = "seconds of a period for a drawing")]
    let axis = Axis { from: day(from) as f64, to: day(to) as f64, start: LEFT, end: WIDTH - 20.0 };
    #[expect(clippy::cast_precision_loss, reason = "seconds of a period for a drawing")]
    let at = |at: Timestamp| axis.at(at.as_second() as f64);
    #[expect(clippy::cast_precision_loss, reason = "a network of tens of centres")]
    let bottom = 10.0 + ROW * report.register.len() as f64;
    let mut svg = Svg::new("silences", words::SILENCES.of(language), bottom + 26.0);
    for month in months(from, to) {
        let x = month.to_zoned(zone.clone()).map_or(LEFT, |start| at(start.timestamp()));
        svg.line("grid", (x, 6.0), (x, bottom));
        svg.text("tick", (x, bottom + 18.0), Anchor::Middle, &month.strftime("%Y-%m").to_string());
    }
    let mut y = 10.0;
    for centre in &report.register {
        svg.text("label", (LEFT - 12.0, y + 14.0), Anchor::End, &centre.centre);
        svg.line("lane", (LEFT, y + ROW / 2.0), (axis.end, y + ROW / 2.0));
        match centre.spans.estimate() {
            None => svg.text("hidden", (LEFT + 4.0, y + 14.0), Anchor::Start, words::HIDDEN.of(language)),
            Some(spans) => {
                for span in spans {
                    let class = if span.flagged { "silence flagged" } else { "silence" };
                    let (start, end) = (at(span.from), at(span.to));
                    let tip = format!("{}: {}", centre.centre, language.number(span.days, 0));
                    svg.rect(class, (start, y + 4.0), (end - start, ROW - 10.0), &tip);
                    if span.flagged {
                        let middle = f64::midpoint(start, end);
                        svg.text("alarm", (middle, y + 14.0), Anchor::Middle, "!");
                    }
                }
            }
        }
        for drop in centre.drops.estimate().into_iter().flatten() {
            let (start, end) = (at(drop.from), at(drop.to));
            let tip = format!("{} / {}", drop.records, language.number(drop.expected, 0));
            svg.rect("drop", (start, y + ROW - 5.0), (end - start, 3.0), &tip);
        }
        y += ROW;
    }
    Some(svg.end(words::SILENCES_TOLD.of(language)))
}

/// First days of months of the period, no more than a chart has room for.
fn months(from: Date, to: Date) -> Vec<Date> {
    let mut months = Vec::new();
    let mut month = from.first_of_month();
    while month < to {
        if month >= from {
            months.push(month);
        }
        let Ok(next) = month.last_of_month().tomorrow() else { break };
        month = next;
    }
    let every = months.len().div_ceil(8).max(1);
    months.into_iter().step_by(every).collect()
}
