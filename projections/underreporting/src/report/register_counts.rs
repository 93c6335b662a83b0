//! What stands in the official register, counted by level, category, type, centre and month.

use std::collections::BTreeMap;

use nabij_model::incident::Level;
use schemars::JsonSchema;
use serde::Serialize;

use super::asked::Asked;
use super::basis::Basis;
use super::csv::{Line, Lines};
use super::suppression::told_apart;
use super::{About, Cell, Filter, Method, Property, ReportError, Viewer, about, method};
use crate::estimators::Reason;
use crate::facts::names::Named;
use crate::reader::{Entries, Reader};
use crate::reportability::Reportability;
use crate::text::said::refused;
use crate::text::{Sentence, Slot, Texts};

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RegisterCounts {
    /// What it is about.
    pub about: About,
    /// How it was computed.
    pub method: Method,
    /// Entries of the register in the period.
    pub total: Cell,
    /// By `level`, `category` (the register's group of types), `type`, `centre` and `month`; each sorted by name.
    pub by: BTreeMap<&'static str, BTreeMap<String, Cell>>,
    /// What it says.
    pub sentence: Sentence,
}

pub(super) const ENTRIES: Texts = Texts {
    nl: "er staan {count} feiten in het officiële register. Dat telt wat geregistreerd is, niet wat gebeurde.",
    fr: "le registre officiel contient {count} faits. Cela compte ce qui est enregistré, pas ce qui s'est passé.",
    en: "the official register holds {count} entries. That counts what is registered, not what happened.",
};

/// Counts the entries of the register that happened in the period, as last reclassified.
///
/// # Errors
/// [`ReportError`].
pub async fn register_counts(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<RegisterCounts, ReportError> {
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    Ok(told(&asked, &asked.entries().await?))
}

pub(super) fn told(asked: &Asked<'_>, entries: &[Entries]) -> RegisterCounts {
    let &Asked { filter, viewer, ref scope, .. } = asked;
    let cells: Vec<&Entries> = entries.iter().filter(|cell| asked.asks_for(&cell.of)).collect();
    let named = |name: &Option<String>| name.clone().unwrap_or_else(|| "unknown".to_owned());
    let properties: [Property<'_, Entries>; 5] = [
        ("level", &|cell| cell.of.level.map_or("unknown", Named::name).to_owned()),
        ("category", &|cell| named(&cell.of.group)),
        ("type", &|cell| named(&cell.of.label)),
        ("centre", &|cell| scope.code(cell.of.centre).to_owned()),
        ("month", &|cell| cell.month.strftime("%Y-%m").to_string()),
    ];
    let mut by: BTreeMap<&'static str, BTreeMap<String, Cell>> = BTreeMap::new();
    for (name, property) in properties {
        let mut counts: BTreeMap<String, [u64; 1]> = BTreeMap::new();
        for cell in &cells {
            counts.entry(property(cell)).or_default()[0] += cell.count;
        }
        let cells = told_apart(counts, viewer).into_iter();
        let cells = cells.map(|(part, [count])| (part, Cell::for_viewer(count, viewer)));
        by.insert(name, cells.collect());
    }
    let count = |keep: &dyn Fn(&Entries) -> bool| -> u64 {
        cells.iter().filter(|cell| keep(cell)).map(|cell| cell.count).sum()
    };
    let total = count(&|_| true);
    let unknown = count(&|cell| cell.of.level.is_none_or(|level| level == Level::Unknown));
    let basis = Basis::new(filter, viewer, [("level_unknown", viewer.share(unknown, total))]);
    let total = Cell::for_viewer(total, viewer);
    let said = match total.count {
        Some(count) => ENTRIES.fill(&[("count", Slot::Count(count))]),
        None => refused(Reason::Suppressed),
    };
    RegisterCounts {
        about: about("register-counts", filter, scope, viewer, &basis),
        method: method::REGISTER,
        total,
        by,
        sentence: basis.says(said),
    }
}

impl Lines for RegisterCounts {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let by = self.by.iter().flat_map(|(by, parts)| {
            parts.iter().map(move |(part, cell)| Line::new("entries").part(by, part).count(*cell))
        });
        [Line::new("entries").count(self.total).says(&self.sentence).method(method::REGISTER.name)]
            .into_iter()
            .chain(by)
            .collect()
    }
}
