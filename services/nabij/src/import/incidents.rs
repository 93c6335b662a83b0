//! `import incidents`: entries of an official register.

use jiff::Timestamp;
use nabij_model::Precision;
use nabij_model::incident::{Incident, IncidentCommand, Level, RegisterIncident, former_id_of, id_of};
use nabij_model::text::{Code, RegisterNumber};
use serde::Deserialize;
use uuid::Uuid;

use super::centre::{CentreMap, Place, label};
use super::field::{Field, literal, word};
use super::kind::{Entry, Frame, Kind, RecordedAt, Skip, repeat};
use super::moment::{MomentMap, Moments};
use super::row::{Named, Reject};
use super::table::Layout;

/// A map of a register.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncidentMap {
    /// Which register: with the number there and the operator it names an entry for ever.
    source: Code,
    #[serde(default)]
    recorded_at: RecordedAt,
    #[serde(default)]
    file: Layout,
    #[serde(default)]
    skip: Vec<Skip>,
    centre: CentreMap,
    register_number: Field<RegisterNumber>,
    incident_type: Field<Code>,
    #[serde(default)]
    category: Option<Field<Code>>,
    level: Field<Level>,
    occurred_at: MomentMap,
    /// How exactly the moment is known, where the register says more than its format.
    #[serde(default)]
    precision: Option<Field<Precision>>,
    #[serde(default)]
    registered_at: Option<MomentMap>,
    #[serde(default)]
    minors_involved: Option<Field<bool>>,
}

/// The map, ready to read rows.
#[derive(Debug)]
pub(crate) struct Incidents {
    map: IncidentMap,
    occurred: Moments,
    registered: Option<Moments>,
}

impl Incidents {
    pub(crate) fn new(map: IncidentMap) -> anyhow::Result<Self> {
        let occurred = Moments::new(map.occurred_at.clone())?;
        let registered = map.registered_at.clone().map(Moments::new).transpose()?;
        Ok(Self { map, occurred, registered })
    }

    fn recorded_at(&self, registered: &RegisterIncident) -> Option<Timestamp> {
        match self.map.recorded_at {
            RecordedAt::Import => None,
            RecordedAt::Occurred => Some(registered.occurred_at),
            RecordedAt::Registered => Some(registered.registered_at.unwrap_or(registered.occurred_at)),
        }
    }
}

impl Kind for Incidents {
    type Aggregate = Incident;

    fn frame(&self) -> Frame<'_> {
        Frame { layout: &self.map.file, skip: &self.map.skip, centre: &self.map.centre }
    }

    fn columns(&self) -> Vec<&str> {
        let map = &self.map;
        [
            map.register_number.column(),
            map.incident_type.column(),
            map.category.as_ref().and_then(Field::column),
            map.level.column(),
            Some(self.occurred.column()),
            map.precision.as_ref().and_then(Field::column),
            self.registered.as_ref().map(Moments::column),
            map.minors_involved.as_ref().and_then(Field::column),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn check(&self) -> Result<(), String> {
        let map = &self.map;
        let sound = [
            ("register_number", map.register_number.column().is_some()),
            ("incident_type", map.incident_type.is_sound()),
            ("category", map.category.as_ref().is_none_or(Field::is_sound)),
            ("level", map.level.is_sound()),
            ("precision", map.precision.as_ref().is_none_or(Field::is_sound)),
            ("minors_involved", map.minors_involved.as_ref().is_none_or(Field::is_sound)),
        ];
        match sound.iter().find(|(_, sound)| !sound) {
            Some(("register_number", _)) => Err("register_number: needs a `column`".into()),
            Some((key, _)) => Err(format!("{key}: needs either `column` or `constant`")),
            None => Ok(()),
        }
    }

    fn entry(&self, row: Named<'_>, place: &Place) -> Result<Entry<Incident>, Reject> {
        let map = &self.map;
        let number = map.register_number.need(row, |cell| {
            RegisterNumber::new(cell).map_err(|_| "not a register number like 2024/118 or 1-2RX49V".into())
        })?;
        let (occurred_at, known) = self
            .occurred
            .read(row, Some(&place.code))?
            .ok_or_else(|| Reject::new(self.occurred.column(), "empty: an incident happened at some time"))?;
        let told = match &map.precision {
            Some(field) => field.read(row, word)?,
            None => None,
        };
        let registered_at = match &self.registered {
            Some(moments) => moments.read(row, Some(&place.code))?.map(|(moment, _)| moment),
            None => None,
        };
        let registered = RegisterIncident {
            centre: place.id,
            source: map.source.clone(),
            register_number: number.clone(),
            incident_type: map.incident_type.need(row, label)?,
            category: match &map.category {
                Some(field) => field.read(row, label)?,
                None => None,
            },
            level: map.level.read(row, word)?.unwrap_or_default(),
            occurred_at,
            precision: told.unwrap_or(known),
            registered_at,
            minors_involved: match &map.minors_involved {
                Some(field) => field.read(row, literal)?,
                None => None,
            },
            cases: Vec::new(),
            prompted_by: None,
        };
        Ok(Entry {
            id: former_id_of(&map.source, &number).into(),
            recorded_at: self.recorded_at(&registered),
            repeat: repeat(&["import", "incident", map.source.as_str(), number.as_str()], &registered),
            command: IncidentCommand::Register(registered),
        })
    }

    fn id_under(&self, entry: &Entry<Incident>, operator: &Code) -> Option<Uuid> {
        match &entry.command {
            IncidentCommand::Register(it) => {
                Some(id_of(operator.as_str(), &it.source, &it.register_number).into())
            }
            _ => None,
        }
    }

    fn column_of(&self, field: &str) -> &str {
        match field {
            "/occurred_at" => self.occurred.column(),
            "/registered_at" => self.registered.as_ref().map_or("", Moments::column),
            _ => "",
        }
    }
}
