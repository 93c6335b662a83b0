//! `nabij report`: figures as a page that a director reads, with its data beside it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nabij_model::text::Code;
use nabij_underreporting::page::page;
use nabij_underreporting::reader::Reader;
use nabij_underreporting::report::{AsOf, Everything, Filter, Viewer};
use nabij_underreporting::text::Language;
use serde::Serialize;

use crate::context::Context;
use crate::exit::Exit;
use crate::export::figures;
use crate::moment::Moment;

/// Figures as a page.
#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// What never reached the official register: one HTML page with charts and tables, its data as CSV and Parquet beside it.
    Underreporting(Underreporting),
}

/// Which figures, in which language, for whom.
#[derive(Debug, Args)]
pub(crate) struct Underreporting {
    /// First day.
    #[arg(long, value_name = "DAY")]
    from: Date,
    /// First day that is no longer in the period.
    #[arg(long, value_name = "DAY")]
    to: Date,
    /// What the network knew then: a time, a day or a sequence. Absent: now.
    #[arg(long, value_name = "TIME|SEQUENCE")]
    as_of: Option<Moment>,
    /// Only centres of this operator.
    #[arg(long)]
    operator: Option<Code>,
    /// Only centres of this region.
    #[arg(long)]
    region: Option<Code>,
    /// Only this reportable type, category or group.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Code>,
    /// Only what involves minors, or what does not.
    #[arg(long)]
    minors: Option<bool>,
    /// Where days and months begin.
    #[arg(long, default_value = "Europe/Brussels", value_parser = zone)]
    zone: TimeZone,
    /// The language of the page.
    #[arg(long, value_enum, default_value = "nl")]
    language: PageLanguage,
    /// For whom: everybody but analysts sees counts in bands of five, those below five not at all. Hand out whole months, quarters and
    /// years only: reports of other stretches of days could be subtracted from each other.
    #[arg(long = "for", value_enum, default_value = "director")]
    whom: Whom,
    /// The folder; made when absent, files of the same names are replaced.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PageLanguage {
    Nl,
    Fr,
    En,
}

/// For whom figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Whom {
    /// Who counts: every count.
    Analyst,
    /// Everybody else.
    Director,
}

impl Whom {
    pub(super) fn viewer(self) -> Viewer {
        if self == Self::Analyst { Viewer::Analyst } else { Viewer::Other }
    }
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    as_of: u64,
    files: Vec<PathBuf>,
    figures: usize,
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| "expected an IANA time zone: Europe/Brussels for example".to_owned())
}

impl Report {
    /// For the audit: for whom and as of when; where the files went stays out.
    pub(super) fn scope(&self) -> Vec<String> {
        let Self::Underreporting(asked) = self;
        let whom = if asked.whom == Whom::Analyst { "analyst" } else { "director" };
        let as_of = asked.as_of.map_or_else(|| "latest".to_owned(), |moment| moment.to_string());
        vec![
            "report=underreporting".to_owned(),
            format!("for={whom}"),
            format!("from={}", asked.from),
            format!("to={}", asked.to),
            format!("as_of={as_of}"),
        ]
    }

    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let Self::Underreporting(asked) = self;
        asked.run(context).await
    }
}

impl Underreporting {
    async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let pool = context.reached_pool().await?;
        let now = Timestamp::now();
        let as_of = match self.as_of {
            Some(moment) => known(moment, &pool, now).await?,
            None => AsOf { sequence: Moment::latest(&pool).await?, moment: now },
        };
        let filter = Filter {
            operator: self.operator,
            region: self.region,
            kind: self.kind,
            minors: self.minors,
            zone: self.zone,
            ..Filter::new(self.from, self.to, as_of)
        };
        let viewer = self.whom.viewer();
        let language = match self.language {
            PageLanguage::Nl => Language::Nl,
            PageLanguage::Fr => Language::Fr,
            PageLanguage::En => Language::En,
        };
        let rules = context.reportability()?;
        let all = Everything::read(&Reader::live(pool), &rules, &filter, viewer).await?;
        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("{} cannot be made", self.out.display()))?;
        let html = self.out.join("underreporting.html");
        replace(&html, page(&all, &filter, language).as_bytes())?;
        let (files, figures) = figures::write(&all, &self.out)?;
        let written =
            Written { as_of: as_of.sequence, files: [html].into_iter().chain(files).collect(), figures };
        context.tell(&written, |written| {
            let files = written.files.iter().map(|file| format!("  {}", file.display()));
            let head = format!("{} figures as of event {}", written.figures, written.as_of);
            std::iter::once(head).chain(files).collect::<Vec<_>>().join("\n")
        })?;
        Ok(Exit::Done)
    }
}

/// A moment as reports take it: a time also says by when deadlines have passed.
pub(super) async fn known(
    moment: Moment,
    pool: &deadpool_postgres::Pool,
    now: Timestamp,
) -> anyhow::Result<AsOf> {
    let sequence = moment.sequence(pool).await?;
    let moment = match moment {
        Moment::Time(time) => time.min(now),
        Moment::Sequence(_) => now,
    };
    Ok(AsOf { sequence, moment })
}

/// A file appears under its name only when it is complete.
fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, bytes).with_context(|| format!("{} cannot be written", part.display()))?;
    std::fs::rename(&part, file).with_context(|| format!("{} cannot be written", file.display()))
}
