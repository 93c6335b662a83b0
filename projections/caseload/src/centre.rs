//! The centres that the network knows, as last said.

use jiff::civil::Date;
use nabij_model::CentreId;
use schemars::JsonSchema;
use serde::Serialize;
use tokio_postgres::Row;

use crate::reader::{ReadError, Reader, at};

/// What is registered of a centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Centre {
    /// The centre.
    pub centre: CentreId,
    /// How files and imports call it.
    pub code: String,
    /// How people call it.
    pub name: String,
    /// Who runs it.
    pub operator: String,
    /// Where it lies.
    pub region: Option<String>,
    /// What kind of centre.
    pub kind: Option<String>,
    /// The languages its team works in.
    pub languages: Vec<String>,
    /// Places, as last set.
    pub places: Option<u32>,
    /// From which day.
    pub places_from: Option<Date>,
    /// On which day it is to close.
    pub closes_on: Option<Date>,
    /// Since which day it is closed.
    pub closed_on: Option<Date>,
}

const LATEST: &str = "
    SELECT centre,
           (array_agg(code ORDER BY recorded_seq DESC) FILTER (WHERE code IS NOT NULL))[1],
           (array_agg(name ORDER BY recorded_seq DESC) FILTER (WHERE name IS NOT NULL))[1],
           (array_agg(operator ORDER BY recorded_seq DESC) FILTER (WHERE operator IS NOT NULL))[1] AS operator,
           (array_agg(region ORDER BY recorded_seq DESC) FILTER (WHERE code IS NOT NULL))[1],
           (array_agg(centre_kind ORDER BY recorded_seq DESC) FILTER (WHERE code IS NOT NULL))[1],
           (array_agg(languages ORDER BY recorded_seq DESC) FILTER (WHERE code IS NOT NULL))[1],
           (array_agg(places ORDER BY recorded_seq DESC) FILTER (WHERE places IS NOT NULL))[1],
           (array_agg(places_from ORDER BY recorded_seq DESC) FILTER (WHERE places IS NOT NULL))[1],
           (array_agg(closes_on ORDER BY recorded_seq DESC) FILTER (WHERE closes_on IS NOT NULL))[1],
           (array_agg(closed_on ORDER BY recorded_seq DESC) FILTER (WHERE closed_on IS NOT NULL))[1]
    FROM $schema.centre_fact WHERE recorded_seq <= $1";

fn centre(row: &Row) -> Centre {
    let languages: Option<String> = row.get(6);
    Centre {
        centre: CentreId(row.get(0)),
        code: row.get(1),
        name: row.get(2),
        operator: row.get(3),
        region: row.get(4),
        kind: row.get(5),
        languages: languages.iter().flat_map(|all| all.split_whitespace()).map(str::to_owned).collect(),
        places: row.get::<_, Option<i32>>(7).and_then(|places| u32::try_from(places).ok()),
        places_from: row.get(8),
        closes_on: row.get(9),
        closed_on: row.get(10),
    }
}

impl Reader {
    /// Every registered centre, or those of one operator, by code.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn centres(&self, operator: Option<&str>, as_of: u64) -> Result<Vec<Centre>, ReadError> {
        let sql = format!(
            "SELECT * FROM ({LATEST} GROUP BY centre) latest
             WHERE operator IS NOT NULL AND ($2::text IS NULL OR operator = $2) ORDER BY 2"
        );
        Ok(self.query(&sql, &[&at(as_of), &operator]).await?.iter().map(centre).collect())
    }

    /// One centre; `None` when it is not registered at `as_of`.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn centre(&self, id: CentreId, as_of: u64) -> Result<Option<Centre>, ReadError> {
        let sql = format!(
            "SELECT * FROM ({LATEST} AND centre = $2 GROUP BY centre) latest WHERE operator IS NOT NULL"
        );
        Ok(self.query(&sql, &[&at(as_of), &id.0]).await?.first().map(centre))
    }
}
