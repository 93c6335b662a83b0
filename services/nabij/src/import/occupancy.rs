//! `import occupancy`: how many people lived in a centre on a day.

use nabij_model::centre::{Centre, CentreCommand, CentreState, OccupancyReported};
use nabij_model::text::Code;
use serde::Deserialize;

use super::centre::{CentreMap, Place};
use super::field::{Field, literal};
use super::kind::{Entry, Frame, Kind, RecordedAt, Skip, repeat};
use super::moment::{MomentMap, Moments};
use super::row::{Named, Reject};
use super::table::Layout;

/// A map of population counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OccupancyMap {
    #[serde(default)]
    recorded_at: RecordedAt,
    #[serde(default)]
    file: Layout,
    #[serde(default)]
    skip: Vec<Skip>,
    centre: CentreMap,
    as_at: MomentMap,
    residents: Field<u32>,
    #[serde(default)]
    minors: Option<Field<u32>>,
    #[serde(default)]
    unaccompanied_minors: Option<Field<u32>>,
}

/// The map, ready to read rows.
#[derive(Debug)]
pub(crate) struct Occupancy {
    map: OccupancyMap,
    as_at: Moments,
}

impl Occupancy {
    pub(crate) fn new(map: OccupancyMap) -> anyhow::Result<Self> {
        let as_at = Moments::new(map.as_at.clone())?;
        Ok(Self { map, as_at })
    }

    fn counts(&self) -> impl Iterator<Item = (&'static str, &Field<u32>)> {
        let counts = [
            ("residents", Some(&self.map.residents)),
            ("minors", self.map.minors.as_ref()),
            ("unaccompanied_minors", self.map.unaccompanied_minors.as_ref()),
        ];
        counts.into_iter().filter_map(|(name, field)| Some((name, field?)))
    }
}

impl Kind for Occupancy {
    type Aggregate = Centre;

    fn frame(&self) -> Frame<'_> {
        Frame { layout: &self.map.file, skip: &self.map.skip, centre: &self.map.centre }
    }

    fn columns(&self) -> Vec<&str> {
        let counts = self.counts().filter_map(|(_, field)| field.column());
        counts.chain([self.as_at.column()]).collect()
    }

    fn check(&self) -> Result<(), String> {
        match self.counts().find(|(_, field)| field.column().is_none() || !field.is_sound()) {
            Some((name, _)) => Err(format!("{name}: needs a `column`")),
            None => Ok(()),
        }
    }

    fn entry(&self, row: Named<'_>, place: &Place) -> Result<Entry<Centre>, Reject> {
        let (as_at, _) = self
            .as_at
            .read(row, Some(&place.code))?
            .ok_or_else(|| Reject::new(self.as_at.column(), "empty: people were counted at some time"))?;
        let count = |field: &Option<Field<u32>>| match field {
            Some(field) => field.read(row, literal),
            None => Ok(None),
        };
        let counted = OccupancyReported {
            as_at,
            residents: self.map.residents.need(row, literal)?,
            minors: count(&self.map.minors)?,
            unaccompanied_minors: count(&self.map.unaccompanied_minors)?,
        };
        // The figures are part of the name: a later correction of a count is another entry.
        let figures = [Some(counted.residents), counted.minors, counted.unaccompanied_minors];
        let named = format!("{}/{as_at}/{figures:?}", place.id);
        Ok(Entry {
            id: place.id.into(),
            recorded_at: (self.map.recorded_at != RecordedAt::Import).then_some(as_at),
            repeat: repeat(&["import", "occupancy", &named], &counted),
            command: CentreCommand::ReportOccupancy(counted),
        })
    }

    fn column_of(&self, field: &str) -> &str {
        if field == "/as_at" {
            return self.as_at.column();
        }
        let named = self.counts().find(|(name, _)| field.strip_prefix('/') == Some(name));
        named.map_or("", |(_, field)| field.name())
    }

    fn new_centre(&self, operator: &Code) -> Option<CentreState> {
        Some(CentreState { operator: Some(operator.clone()), ..CentreState::default() })
    }
}
