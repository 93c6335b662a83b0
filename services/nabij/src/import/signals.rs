//! `import signals`: what another system wrote down of what staff noticed or were told.

use nabij_model::id::SignalId;
use nabij_model::occurred::Occurred;
use nabij_model::sealed::Sealed;
use nabij_model::signal::{
    Certainty, Involved, Involvement, LogSignal, Severity, Signal, SignalCommand, SignalSource,
};
use nabij_model::text::{Code, RegisterNumber};
use serde::Deserialize;

use super::cases::{case_id, register_number};
use super::centre::{CentreMap, Place, label};
use super::field::{Field, literal, word};
use super::kind::{Entry, Frame, Kind, Skip, repeat};
use super::moment::{MomentMap, Moments};
use super::row::{Named, Reject};
use super::table::Layout;

/// A map of signals.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignalMap {
    /// Which list: with the number there it names a signal for ever.
    source: Code,
    #[serde(default)]
    file: Layout,
    #[serde(default)]
    skip: Vec<Skip>,
    centre: CentreMap,
    number: Field<RegisterNumber>,
    /// When it was written down; absent: at the import.
    logged_at: Option<MomentMap>,
    /// In the reporter's words: sealed before it leaves this process.
    note: Option<String>,
    category: Option<Field<Code>>,
    certainty: Option<Field<Certainty>>,
    severity: Option<Field<Severity>>,
    /// Whose list it is on.
    told_by: Option<Field<SignalSource>>,
    occurred_at: Option<MomentMap>,
    involves_minor: Option<Field<bool>>,
    strength: Option<Field<bool>>,
    /// The cases that it affects, as a list that was imported numbers them.
    cases: Option<CasesColumn>,
}

/// Several numbers with spaces between.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct CasesColumn {
    column: String,
    /// The `source` of the cases' own map.
    source: Code,
}

/// The map, ready to read rows.
#[derive(Debug)]
pub(crate) struct Signals {
    map: SignalMap,
    logged: Option<Moments>,
    occurred: Option<Moments>,
}

impl Signals {
    pub(crate) fn new(map: SignalMap) -> anyhow::Result<Self> {
        let logged = map.logged_at.clone().map(Moments::new).transpose()?;
        let occurred = map.occurred_at.clone().map(Moments::new).transpose()?;
        Ok(Self { map, logged, occurred })
    }

    fn cases(&self, row: Named<'_>) -> Result<Vec<Involved>, Reject> {
        let Some(CasesColumn { column, source }) = &self.map.cases else { return Ok(Vec::new()) };
        let numbers = row.cell(column).unwrap_or_default().split_whitespace();
        let affected = |number: &str| {
            let number = register_number(number).map_err(|reason| Reject::new(column, reason))?;
            Ok(Involved { case: case_id(source, &number), role: Involvement::Affected })
        };
        numbers.map(affected).collect()
    }
}

impl Kind for Signals {
    type Aggregate = Signal;

    fn frame(&self) -> Frame<'_> {
        Frame { layout: &self.map.file, skip: &self.map.skip, centre: &self.map.centre }
    }

    fn columns(&self) -> Vec<&str> {
        let map = &self.map;
        [
            map.number.column(),
            self.logged.as_ref().map(Moments::column),
            map.note.as_deref(),
            map.category.as_ref().and_then(Field::column),
            map.certainty.as_ref().and_then(Field::column),
            map.severity.as_ref().and_then(Field::column),
            map.told_by.as_ref().and_then(Field::column),
            self.occurred.as_ref().map(Moments::column),
            map.involves_minor.as_ref().and_then(Field::column),
            map.strength.as_ref().and_then(Field::column),
            map.cases.as_ref().map(|cases| cases.column.as_str()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn check(&self) -> Result<(), String> {
        if self.map.number.column().is_none() || !self.map.number.is_sound() {
            return Err("number: needs a `column`".into());
        }
        Ok(())
    }

    fn entry(&self, row: Named<'_>, place: &Place) -> Result<Entry<Signal>, Reject> {
        let map = &self.map;
        let number = map.number.need(row, register_number)?;
        let moment = |moments: &Option<Moments>| match moments {
            Some(moments) => moments.read(row, Some(&place.code)),
            None => Ok(None),
        };
        let occurred = moment(&self.occurred)?.map(|(from, precision)| Occurred {
            from,
            to: None,
            precision,
            ongoing: false,
        });
        let flag = |field: &Option<Field<bool>>| match field {
            Some(field) => field.read(row, literal),
            None => Ok(None),
        };
        let note = map.note.as_ref().and_then(|column| row.cell(column));
        let logged = LogSignal {
            centre: place.id,
            note: note.map(|note| Sealed::plain(note.to_owned())),
            category: map.category.as_ref().map_or(Ok(None), |field| field.read(row, label))?,
            cases: self.cases(row)?,
            certainty: word_of(map.certainty.as_ref(), row)?,
            severity: word_of(map.severity.as_ref(), row)?,
            source: word_of(map.told_by.as_ref(), row)?,
            occurred,
            occurred_place: None,
            safe_now: None,
            reporter_expects: None,
            involves_minor: flag(&map.involves_minor)?,
            accompaniment: None,
            strength: flag(&map.strength)?.unwrap_or_default(),
            concerns_staff: false,
            route: Default::default(),
            secrecy: Default::default(),
            prompted_by: None,
        };
        Ok(Entry {
            id: SignalId::derived(&["signal", map.source.as_str(), number.as_str()]).into(),
            recorded_at: moment(&self.logged)?.map(|(moment, _)| moment),
            repeat: repeat(&["import", "signal", map.source.as_str(), number.as_str()], &logged),
            command: SignalCommand::Log(logged),
        })
    }

    fn column_of(&self, field: &str) -> &str {
        match field {
            "/note" => self.map.note.as_deref().unwrap_or_default(),
            "/category" => self.map.category.as_ref().map_or("", Field::name),
            "/cases" => self.map.cases.as_ref().map_or("", |cases| &cases.column),
            field if field.starts_with("/occurred") => self.occurred.as_ref().map_or("", Moments::column),
            _ => "",
        }
    }
}

/// A word of a closed list; its default where the map or the row has none.
fn word_of<T: Clone + Default + serde::de::DeserializeOwned>(
    field: Option<&Field<T>>,
    row: Named<'_>,
) -> Result<T, Reject> {
    Ok(field.map_or(Ok(None), |field| field.read(row, word))?.unwrap_or_default())
}
