//! Which running numbers of the register are missing.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::csv::{Line, Lines};
use super::scope::Scope;
use super::{About, Filter, Method, ReportError, Viewer, about, method};
use crate::estimators::numbers::{Series, gaps};
use crate::reader::{Numbered, Reader};

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RegisterGaps {
    /// What it is about.
    pub about: About,
    /// How it was computed.
    pub method: Method,
    /// Series that hold a number of these centres in this period, by register and name.
    pub series: Vec<RegisterSeries>,
    /// Numbers of these centres and this period that belong to no running series.
    pub unreadable: u64,
}

/// A series of one register.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RegisterSeries {
    /// Which register.
    pub register: String,
    /// Codes of the centres whose entries carry its numbers.
    pub centres: Vec<String>,
    /// The numbers, whole: also those outside the period, since a series runs on.
    #[serde(flatten)]
    pub numbers: Series,
}

/// Running series of register numbers and what is missing from them.
///
/// Numbers are of records, not of people: small counts are shown to everybody who may see the register's numbers.
///
/// # Errors
/// [`ReportError`].
pub async fn register_gaps(
    reader: &Reader,
    filter: &Filter,
    viewer: Viewer,
) -> Result<RegisterGaps, ReportError> {
    let scope = Scope::of(reader, filter).await?;
    let ids = scope.ids();
    let numbered = reader.numbers(filter.as_of.sequence).await?;
    let wanted = |one: &Numbered| {
        ids.contains(&one.centre) && scope.from <= one.occurred_at && one.occurred_at < scope.to
    };
    let mut registers: BTreeMap<&str, Vec<&Numbered>> = BTreeMap::new();
    for one in &numbered {
        registers.entry(&one.source).or_default().push(one);
    }
    let (mut series, mut readable) = (Vec::new(), 0);
    for (register, entries) in registers {
        let found = gaps(entries.iter().map(|one| one.number.as_str()));
        for numbers in found.series {
            let of_series: Vec<&&Numbered> =
                entries.iter().filter(|one| belongs(&one.number, &numbers.series)).collect();
            let inside = of_series.iter().filter(|one| wanted(one)).count() as u64;
            if inside > 0 {
                readable += inside;
                let centres: BTreeSet<&str> = of_series.iter().map(|one| scope.code(one.centre)).collect();
                let centres = centres.into_iter().map(str::to_owned).collect();
                series.push(RegisterSeries { register: register.to_owned(), centres, numbers });
            }
        }
    }
    let all = numbered.iter().filter(|one| wanted(one)).count();
    let unreadable = all as u64 - readable;
    let missing = [("numbers_in_no_series", super::share(usize::try_from(unreadable).unwrap_or(all), all))];
    Ok(RegisterGaps {
        about: about("register-gaps", filter, &scope, viewer, missing),
        method: method::NUMBERS,
        series,
        unreadable,
    })
}

fn belongs(number: &str, series: &str) -> bool {
    number
        .strip_prefix(series)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Lines for RegisterGaps {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = self
            .series
            .iter()
            .flat_map(|series| {
                let numbers = &series.numbers;
                [("present", numbers.present), ("highest", numbers.highest), ("missing", numbers.missing)]
                    .map(|(figure, value)| {
                        Line::new(figure)
                            .part(&series.register, &numbers.series)
                            .value(crate::estimators::real(value))
                            .method(method::NUMBERS.name)
                    })
            })
            .collect();
        lines.push(Line::new("unreadable").value(crate::estimators::real(self.unreadable)));
        lines
    }
}
