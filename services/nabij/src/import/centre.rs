//! Which centre a row is about, and what it would be registered as.

use std::collections::BTreeMap;

use nabij_model::CentreId;
use nabij_model::centre::RegisterCentre;
use nabij_model::text::{Code, PlaceName};
use serde::Deserialize;

use super::field::Field;
use super::row::{Named, Reject};

/// `[centre]` of a map.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CentreMap {
    /// Its code: a label comes down to one (`Villawood IDC` to `villawood-idc`), unless `values` says otherwise.
    code: Field<Code>,
    /// Centres that carry another id than the one derived from their code.
    #[serde(default)]
    ids: BTreeMap<Code, CentreId>,
    /// What becomes of a centre that the network does not know.
    unknown: Unknown,
    /// Its name, when it is registered; absent: the cell of its code.
    #[serde(default)]
    name: Option<Field<PlaceName>>,
    /// Who runs it, when it is registered.
    #[serde(default)]
    operator: Option<Field<Code>>,
    /// What kind of centre, when it is registered.
    #[serde(default)]
    kind: Option<Field<Code>>,
    /// Where it lies, when it is registered.
    #[serde(default)]
    region: Option<Field<Code>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unknown {
    /// Its rows are rejected.
    Reject,
    /// It is registered.
    Register,
}

/// A centre as a row names it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) code: Code,
    pub(crate) id: CentreId,
}

impl CentreMap {
    /// The columns that must be there.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let codes = [Some(&self.code), self.operator.as_ref(), self.kind.as_ref(), self.region.as_ref()];
        let name = self.name.iter().filter_map(Field::column);
        codes.into_iter().flatten().filter_map(Field::column).chain(name)
    }

    /// What the map lacks.
    pub(crate) fn check(&self) -> Result<(), String> {
        let codes = [Some(&self.code), self.operator.as_ref(), self.kind.as_ref(), self.region.as_ref()];
        if !codes.into_iter().flatten().all(Field::is_sound) || !self.name.iter().all(Field::is_sound) {
            return Err("centre: each value needs either `column` or `constant`".into());
        }
        if self.unknown == Unknown::Register && self.operator.is_none() {
            return Err(
                "centre.operator: a centre that is registered needs one, a `column` or a `constant`".into()
            );
        }
        Ok(())
    }

    /// The centre of a row.
    pub(crate) fn place(&self, row: Named<'_>) -> Result<Place, Reject> {
        let code = self.code.need(row, label)?;
        let id = self.ids.get(&code).copied();
        let id = id.unwrap_or_else(|| CentreId::derived(&["centre", code.as_str()]));
        Ok(Place { code, id })
    }

    /// What a centre is registered as that the network does not know, if the map wants that.
    pub(crate) fn registration(&self, row: Named<'_>, place: &Place) -> Result<RegisterCentre, Reject> {
        let column = self.code.name();
        if self.unknown == Unknown::Reject {
            let reason = format!("the network knows no centre {}: register it first", place.code);
            return Err(Reject::new(column, reason));
        }
        let name = |text: &str| PlaceName::new(text).map_err(|_| "not the name of a place".to_owned());
        let name = match &self.name {
            Some(field) => field.need(row, name)?,
            None => {
                let cell = row.cell(column).unwrap_or(place.code.as_str());
                name(cell).map_err(|reason| Reject::new(column, reason))?
            }
        };
        let optional = |field: &Option<Field<Code>>| match field {
            Some(field) => field.read(row, label),
            None => Ok(None),
        };
        let Some(operator) = optional(&self.operator)? else {
            let column = self.operator.as_ref().map_or("", Field::name);
            return Err(Reject::new(column, "empty: a centre that is registered needs an operator"));
        };
        Ok(RegisterCentre {
            code: place.code.clone(),
            name,
            operator,
            region: optional(&self.region)?,
            languages: Vec::new(),
            kind: optional(&self.kind)?,
        })
    }
}

/// The code that a label comes down to.
pub(crate) fn label(cell: &str) -> Result<Code, String> {
    Code::from_label(cell)
        .map_err(|_| "no code of letters and digits, at most 80: translate it under `values`".into())
}
