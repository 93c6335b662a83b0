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
use nabij_engine::{follow, prefetch, prepare_database};
use nabij_log::{DecodeError, KnownAt, Raw};
use nabij_model::Recorded;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::context::{Connected, Context};
use crate::exit::Exit;

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
        let (reportability, policies) = (Arc::new(context.reportability()?), context.policies()?);
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

/// What was read of one event: when it was known, and itself when some rule reads it.
type Known = (Timestamp, Option<Result<Recorded, DecodeError>>);

/// Answers how many events there were before `to`, and how many could not be read. One task reads and decodes ahead, the other
/// evaluates.
async fn feed(
    connected: &Connected,
    head: u64,
    to: Timestamp,
    backtest: &mut backtest::Backtest,
) -> anyhow::Result<(u64, u64)> {
    let (mut count, mut unreadable) = (0, 0);
    let (ahead, mut batches) = mpsc::channel(2);
    let names = backtest.names();
    let connected = connected.clone();
    let reading = tokio::spawn(async move { read_ahead(&connected, head, to, &names, &ahead).await });
    while let Some(batch) = batches.recv().await {
        for (known_at, event) in batch {
            count += 1;
            match event {
                Some(Ok(event)) => backtest.feed(&event),
                Some(Err(_)) => unreadable += 1,
                None => backtest.until(known_at),
            }
        }
    }
    reading.await??;
    backtest.until(to);
    Ok((count, unreadable))
}

async fn read_ahead(
    connected: &Connected,
    head: u64,
    to: Timestamp,
    names: &HashSet<String>,
    ahead: &mpsc::Sender<Vec<Known>>,
) -> anyhow::Result<()> {
    let mut known = KnownAt::default();
    let mut events = follow(&connected.log, &connected.pool, 1).await?;
    let mut last = 0;
    while last < head {
        let mut raws = Vec::with_capacity(BATCH);
        while last < head && raws.len() < BATCH {
            let Some(raw) = events.next().await else { return Ok(()) };
            let raw = raw?;
            last = raw.sequence;
            if last <= head {
                raws.push(raw);
            }
        }
        prefetch(&connected.log, raws.iter().filter(|raw| wanted(names, raw))).await?;
        let mut batch = Vec::with_capacity(raws.len());
        for raw in &raws {
            let known_at = known.observe(raw.recorded_at()?);
            if known_at >= to {
                last = head;
                break;
            }
            let event = match wanted(names, raw) {
                true => Some(read(&connected.log, raw).await?.map(|event| Recorded { known_at, ..event })),
                false => None,
            };
            batch.push((known_at, event));
        }
        if ahead.send(batch).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether some rule reads it; what has no name is read too, and told of.
fn wanted(names: &HashSet<String>, raw: &Raw) -> bool {
    let name = raw.event_type().ok().and_then(|of| of.strip_prefix("nabij.")?.rsplit_once(".v"));
    name.is_none_or(|(name, _)| names.contains(name))
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
            rule.rule.as_str(),
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
