//! `import cases`: residents that are followed up elsewhere until now.

use nabij_model::CaseId;
use nabij_model::case::{Accompaniment, Case, CaseCommand, OpenCase, Resident};
use nabij_model::sealed::Sealed;
use nabij_model::text::{Code, Language, RegisterNumber};
use serde::Deserialize;

use super::centre::{CentreMap, Place};
use super::day::DayMap;
use super::field::{Field, literal, word};
use super::kind::{Entry, Frame, Kind, Skip, repeat};
use super::moment::{MomentMap, Moments};
use super::row::{Named, Reject};
use super::table::Layout;

/// A map of cases.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseMap {
    /// Which list: with the number there it names a case for ever.
    source: Code,
    #[serde(default)]
    file: Layout,
    #[serde(default)]
    skip: Vec<Skip>,
    centre: CentreMap,
    number: Field<RegisterNumber>,
    /// When the follow-up was first written down; absent: at the import.
    opened_at: Option<MomentMap>,
    birth_date: Option<DayMap>,
    birth_year: Option<Field<i16>>,
    accompaniment: Option<Field<Accompaniment>>,
    /// Several with spaces between, best first.
    languages: Option<String>,
    arrived_on: Option<DayMap>,
    /// Sealed before it leaves this process.
    name: Option<String>,
    /// Sealed before it leaves this process.
    official_number: Option<String>,
}

/// The map, ready to read rows.
#[derive(Debug)]
pub(crate) struct Cases {
    map: CaseMap,
    opened: Option<Moments>,
}

impl Cases {
    pub(crate) fn new(map: CaseMap) -> anyhow::Result<Self> {
        let opened = map.opened_at.clone().map(Moments::new).transpose()?;
        Ok(Self { map, opened })
    }

    fn languages(&self, row: Named<'_>) -> Result<Vec<Language>, Reject> {
        let Some(column) = &self.map.languages else { return Ok(Vec::new()) };
        let tags = row.cell(column).unwrap_or_default().split_whitespace();
        tags.map(|tag| {
            Language::new(tag).map_err(|_| Reject::new(column, "not language tags like `ps-AF nl`"))
        })
        .collect()
    }

    fn resident(&self, row: Named<'_>) -> Option<Resident> {
        let text = |column: &Option<String>| {
            let cell = row.cell(column.as_deref()?)?;
            Some(Sealed::plain(cell.to_owned()))
        };
        let resident =
            Resident { name: text(&self.map.name), official_number: text(&self.map.official_number) };
        (resident != Resident::default()).then_some(resident)
    }
}

impl Kind for Cases {
    type Aggregate = Case;

    fn frame(&self) -> Frame<'_> {
        Frame { layout: &self.map.file, skip: &self.map.skip, centre: &self.map.centre }
    }

    fn columns(&self) -> Vec<&str> {
        let map = &self.map;
        let days = [&map.birth_date, &map.arrived_on].into_iter().flatten().map(|day| day.column.as_str());
        let texts =
            [&map.languages, &map.name, &map.official_number].into_iter().flatten().map(String::as_str);
        let fields = [
            map.number.column(),
            map.birth_year.as_ref().and_then(Field::column),
            map.accompaniment.as_ref().and_then(Field::column),
            self.opened.as_ref().map(Moments::column),
        ];
        fields.into_iter().flatten().chain(days).chain(texts).collect()
    }

    fn check(&self) -> Result<(), String> {
        let map = &self.map;
        if map.number.column().is_none() || !map.number.is_sound() {
            return Err("number: needs a `column`".into());
        }
        if map.birth_date.is_none() && map.birth_year.is_none() {
            return Err("birth_date or birth_year: one of them is needed".into());
        }
        Ok(())
    }

    fn entry(&self, row: Named<'_>, place: &Place) -> Result<Entry<Case>, Reject> {
        let map = &self.map;
        let number = map.number.need(row, register_number)?;
        let day = |map: &Option<DayMap>| map.as_ref().map_or(Ok(None), |map| map.read(row));
        let birth_date = day(&map.birth_date)?;
        // Who has a birth date needs no year beside it.
        let birth_year = match &map.birth_year {
            Some(field) if birth_date.is_none() => field.read(row, literal)?,
            _ => None,
        };
        let opened = OpenCase {
            centre: place.id,
            birth_date: birth_date.map(Sealed::plain),
            birth_year: birth_year.map(Sealed::plain),
            accompaniment: match &map.accompaniment {
                Some(field) => field.read(row, word)?,
                None => None,
            },
            household: None,
            languages: self.languages(row)?,
            arrived_on: day(&map.arrived_on)?,
            resident: self.resident(row),
        };
        let recorded_at = match &self.opened {
            Some(moments) => moments.read(row, Some(&place.code))?.map(|(moment, _)| moment),
            None => None,
        };
        Ok(Entry {
            id: case_id(&map.source, &number).into(),
            recorded_at,
            repeat: repeat(&["import", "case", map.source.as_str(), number.as_str()], &opened),
            command: CaseCommand::Open(opened),
        })
    }

    fn column_of(&self, field: &str) -> &str {
        match field {
            "/birth_date" => self.map.birth_date.as_ref().map_or("", |day| &day.column),
            "/birth_year" => self.map.birth_year.as_ref().map_or("", Field::name),
            "/arrived_on" => self.map.arrived_on.as_ref().map_or("", |day| &day.column),
            "/accompaniment" => self.map.accompaniment.as_ref().map_or("", Field::name),
            _ => "",
        }
    }
}

/// A number of a list.
pub(super) fn register_number(cell: &str) -> Result<RegisterNumber, String> {
    RegisterNumber::new(cell).map_err(|_| "not a number of a list like 2024/118 or 1-2RX49V".into())
}

/// The one id of case `number` of the list `source`.
pub(super) fn case_id(source: &Code, number: &RegisterNumber) -> CaseId {
    CaseId::derived(&["case", source.as_str(), number.as_str()])
}
