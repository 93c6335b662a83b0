//! `nabij replay --compare`: which published figures changed between two moments, and because of which events.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nabij_underreporting::reader::Reader;
use nabij_underreporting::report::compare::{Changed, Shown, compare};
use nabij_underreporting::report::{AsOf, Everything, Filter, Viewer};
use serde::Serialize;

use crate::commands::report::known;
use crate::context::Context;
use crate::exit::Exit;
use crate::moment::Moment;

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Side {
    /// The live views as of a moment.
    Moment(Moment),
    /// Another schema of figures, whole: an earlier replay, or another version of the projection.
    Schema(String),
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("schema:") {
            Some(schema) => Ok(Self::Schema(schema.to_owned())),
            None => text.parse().map(Self::Moment).map_err(|error: String| {
                format!("{error}, or schema:NAME for the figures of another schema")
            }),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moment(moment) => moment.fmt(f),
            Self::Schema(schema) => write!(f, "schema:{schema}"),
        }
    }
}

/// What is compared.
pub(super) struct Compared {
    pub(super) sides: [Side; 2],
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) viewer: Viewer,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Answer {
    from: Date,
    to: Date,
    before: AsOf,
    after: AsOf,
    /// Figures that differ.
    changed: Vec<Changed>,
    /// Facts that events between the two brought.
    facts: usize,
    /// The events that `changed` names, by sequence.
    events: BTreeMap<u64, NamedEvent>,
}

#[derive(Debug, Serialize)]
struct NamedEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

impl Compared {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let connected = context.connect().await?;
        let pool = connected.pool.clone();
        let now = Timestamp::now();
        let rules = context.reportability()?;
        let mut sides = Vec::new();
        for side in &self.sides {
            sides.push(match side {
                Side::Moment(moment) => (Reader::live(pool.clone()), known(*moment, &pool, now).await?),
                Side::Schema(schema) => {
                    let latest = AsOf { sequence: Moment::latest(&pool).await?, moment: now };
                    (Reader::of_schema(pool.clone(), schema)?, latest)
                }
            });
        }
        let [(first, before), (second, after)] =
            <[_; 2]>::try_from(sides).map_err(|_| anyhow::anyhow!("two sides are compared"))?;
        let viewer = self.viewer;
        let zone = TimeZone::get("Europe/Brussels")?;
        let filter = |as_of| Filter { zone: zone.clone(), ..Filter::new(self.from, self.to, as_of) };
        let old = Everything::read(&first, &rules, &filter(before), viewer).await?;
        let later = AsOf { moment: after.moment, ..before };
        let aged = Everything::read(&first, &rules, &filter(later), viewer).await?;
        let new = Everything::read(&second, &rules, &filter(after), viewer).await?;
        let (least, most) = (before.sequence.min(after.sequence), before.sequence.max(after.sequence));
        let touches = second.touches(least, most, viewer).await?;
        let changed = compare(&old, &aged, &new, &touches, viewer);
        let mut events = BTreeMap::new();
        for named in changed.iter().flat_map(|changed| &changed.latest) {
            if !events.contains_key(&named.sequence)
                && let Some(raw) = connected.log.event_at(named.sequence).await?
            {
                events.insert(
                    named.sequence,
                    NamedEvent { id: raw.event_id()?.to_string(), kind: raw.event_type()?.to_owned() },
                );
            }
        }
        let answer =
            Answer { from: self.from, to: self.to, before, after, changed, facts: touches.len(), events };
        context.tell(&answer, text)?;
        Ok(Exit::Done)
    }
}

fn text(answer: &Answer) -> String {
    let mut lines = vec![format!(
        "{} figures of {} to {} differ between event {} and event {}; {} facts lie between",
        answer.changed.len(),
        answer.from,
        answer.to,
        answer.before.sequence,
        answer.after.sequence,
        answer.facts
    )];
    for changed in &answer.changed {
        let names = [changed.centre.as_deref(), changed.by.as_deref(), changed.part.as_deref()];
        let place: Vec<&str> = names.into_iter().flatten().collect();
        let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(" ")) };
        let (report, figure) = (changed.report, &changed.figure);
        lines.push(format!(
            "{report}.{figure}{place}: {} -> {}",
            shown(&changed.before),
            shown(&changed.after)
        ));
        let count = changed.events.count.map_or("a few".to_owned(), |count| count.to_string());
        let time = if changed.by_time { "; time alone changed it too" } else { "" };
        lines.push(format!("    {count} events touch it{time}"));
        for named in &changed.latest {
            let kind = answer.events.get(&named.sequence).map_or("erased", |event| event.kind.as_str());
            lines.push(format!("    {:>10}  {kind}  {}", named.sequence, named.aggregate));
        }
    }
    lines.join("\n")
}

fn shown(figure: &Option<Shown>) -> String {
    let Some(figure) = figure else { return "none".to_owned() };
    let number = |value: f64| format!("{}", (value * 1_000.0).round() / 1_000.0);
    match (figure.value, figure.lower, figure.upper) {
        (Some(value), Some(lower), Some(upper)) => {
            format!("{} ({} to {})", number(value), number(lower), number(upper))
        }
        (Some(value), ..) => number(value),
        (None, ..) => figure.reason.clone().unwrap_or_else(|| "none".to_owned()),
    }
}
