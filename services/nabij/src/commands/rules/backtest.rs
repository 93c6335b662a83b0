//! `nabij rules backtest`.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use futures::StreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nabij_alerts::backtest::{self, Change, Outcome};
use nabij_alerts::driver::read;
use nabij_engine::{follow, prepare_database};
use nabij_log::{KnownAt, Raw};
use nabij_model::AggregateKind;
use serde::Serialize;

use crate::context::{Connected, Context};
use crate::exit::Exit;
use crate::services::reportability;

/// Events that are read at once.
const BATCH: usize = 4096;
/// Escalations that a person is shown; `--json` has all.
const SHOWN: usize = 40;

/// Says what rules would have raised in the past, beside what the current ones would have. Appends nothing.
#[derive(Debug, Args)]
pub(crate) struct Backtest {
    /// The rules to try.
    rules: PathBuf,
    /// From this moment on: a time, or a day from its beginning in UTC.
    #[arg(long, value_name = "TIME", value_parser = beginning)]
    from: Timestamp,
    /// Until this moment, exclusive; absent: now.
    #[arg(long, value_name = "TIME", value_parser = beginning)]
    to: Option<Timestamp>,
    /// The rules to compare with; absent: `rules` in the deploy folder of the settings.
    #[arg(long, value_name = "FOLDER")]
    current: Option<PathBuf>,
}

/// The result, and how fast it came.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    outcome: Outcome,
    /// Events of the log.
    events: u64,
    /// Events that could not be read: `nabij dead-letters` tells of them.
    unreadable: u64,
    /// Events a second, the start of the reading included.
    events_per_second: f64,
    /// Events a second of reading the same log without looking into it, straight before.
    raw_events_per_second: f64,
    /// The one over the other.
    ratio: f64,
}

impl Backtest {
    pub(super) fn scope(&self) -> Vec<String> {
        vec!["backtest".into(), format!("from={}", self.from)]
    }

    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let folder = self.current.unwrap_or_else(|| context.settings.deploy.folder().join("rules"));
        let (tested, current) = (super::sound(&self.rules)?, super::sound(&folder)?);
        let to = self.to.unwrap_or_else(Timestamp::now);
        anyhow::ensure!(self.from < to, "--from {} does not lie before --to {to}", self.from);
        let connected = context.connect().await?;
        prepare_database(&connected.pool).await?;
        let (reportability, policies) = (Arc::new(reportability(context)?), context.policies()?);
        let mut backtest = backtest::Backtest::new(&tested, &current, reportability, policies, self.from, to);
        let head = connected.log.head().await?.sequence;
        let raw = raw_reading(&connected, head).await?;
        let began = Instant::now();
        let (events, unreadable) = feed(&connected, head, to, &mut backtest).await?;
        let rate = |took: Duration| head as f64 / took.as_secs_f64().max(f64::EPSILON);
        let (events_per_second, raw_events_per_second) = (rate(began.elapsed()), rate(raw));
        let ratio = events_per_second / raw_events_per_second;
        let told = Told {
            outcome: backtest.outcome(),
            events,
            unreadable,
            events_per_second,
            raw_events_per_second,
            ratio,
        };
        context.tell(&told, text)?;
        Ok(Exit::Done)
    }
}

/// How long it takes to read the log and look into nothing.
async fn raw_reading(connected: &Connected, head: u64) -> anyhow::Result<Duration> {
    let began = Instant::now();
    if head > 0 {
        let mut events = follow(&connected.log, &connected.pool, 1).await?;
        while let Some(raw) = events.next().await {
            if raw?.sequence >= head {
                break;
            }
        }
    }
    Ok(began.elapsed())
}

/// Answers how many events there were before `to`, and how many could not be read.
async fn feed(
    connected: &Connected,
    head: u64,
    to: Timestamp,
    backtest: &mut backtest::Backtest,
) -> anyhow::Result<(u64, u64)> {
    let (mut count, mut unreadable) = (0, 0);
    let mut known = KnownAt::default();
    if head > 0 {
        let mut batches = follow(&connected.log, &connected.pool, 1).await?.ready_chunks(BATCH);
        'log: while let Some(batch) = batches.next().await {
            let batch: Vec<Raw> = batch.into_iter().collect::<Result<_, _>>()?;
            let cases: HashSet<_> =
                batch.iter().filter(|raw| wanted(backtest, raw)).filter_map(case_of).collect();
            connected.log.vault().prefetch(cases).await?;
            for raw in batch {
                let known_at = known.observe(raw.recorded_at()?);
                if raw.sequence > head || known_at >= to {
                    break 'log;
                }
                count += 1;
                if wanted(backtest, &raw) {
                    match read(&connected.log, &raw).await? {
                        Ok(mut event) => {
                            event.known_at = known_at;
                            backtest.feed(&event);
                        }
                        Err(_) => unreadable += 1,
                    }
                } else {
                    backtest.until(known_at);
                }
                if raw.sequence == head {
                    break 'log;
                }
            }
        }
    }
    backtest.until(to);
    Ok((count, unreadable))
}

fn wanted(backtest: &backtest::Backtest, raw: &Raw) -> bool {
    raw.event_type().is_ok_and(|of| backtest.reads(of))
}

fn case_of(raw: &Raw) -> Option<uuid::Uuid> {
    raw.aggregate().ok().filter(|of| of.kind == AggregateKind::Case).map(|of| of.id)
}

fn text(told: &Told) -> String {
    let Outcome { from, to, rules, recipients, escalations, not_tested } = &told.outcome;
    let mut lines = vec![format!("from {from} to {to}, {} events", told.events), String::new()];
    lines.push(format!(
        "{:<30} {:>8} {:>8} {:>6} {:>6} {:>8} {:>6}",
        "rule", "raised", "current", "new", "gone", "earlier", "later"
    ));
    for rule in rules {
        let of = |change| rule.changes.get(&change).copied().unwrap_or(0);
        lines.push(format!(
            "{:<30} {:>8} {:>8} {:>6} {:>6} {:>8} {:>6}",
            rule.rule,
            rule.raised,
            rule.before,
            of(Change::New),
            of(Change::Gone),
            of(Change::Earlier),
            of(Change::Later)
        ));
    }
    lines.push(String::new());
    lines.push(format!(
        "{:<30} {:>8} {:>8} {:>14}",
        "heard by, first step", "alarms", "a day", "most in a day"
    ));
    for heard in recipients {
        let role = serde_json::to_value(heard.role).ok().and_then(|role| role.as_str().map(str::to_owned));
        lines.push(format!(
            "{:<30} {:>8} {:>8.2} {:>14}",
            role.unwrap_or_default(),
            heard.alarms,
            heard.per_day,
            heard.most_in_a_day
        ));
    }
    let changed: Vec<_> = escalations.iter().filter(|one| one.change != Change::Same).collect();
    if !changed.is_empty() {
        lines.push(String::new());
    }
    for one in changed.iter().take(SHOWN) {
        let moment = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        let change = format!("{:?}", one.change).to_lowercase();
        let (at, before) = (moment(one.at), moment(one.before));
        lines.push(format!(
            "{change:<8} {} on {}: {at}, and {before} with the current rules",
            one.rule, one.trigger
        ));
    }
    if changed.len() > SHOWN {
        lines.push(format!("and {} more changes: --json tells all", changed.len() - SHOWN));
    }
    if !not_tested.is_empty() {
        let ids: Vec<&str> = not_tested.iter().map(|id| id.as_str()).collect();
        lines.push(format!("not tested, since they look at figures and not at events: {}", ids.join(", ")));
    }
    if told.unreadable > 0 {
        lines.push(format!("{} events could not be read: see `nabij dead-letters list`", told.unreadable));
    }
    lines.push(format!(
        "{:.0} events/s, {:.2} of reading alone ({:.0} events/s)",
        told.events_per_second, told.ratio, told.raw_events_per_second
    ));
    lines.join("\n")
}

fn beginning(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp());
    text.parse().ok().or_else(day).ok_or_else(|| {
        "expected a time (2026-03-01T12:00:00Z) or a day (2026-03-01, its beginning in UTC)".to_owned()
    })
}
