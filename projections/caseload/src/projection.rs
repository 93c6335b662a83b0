//! From one event to rows of every table.

use nabij_engine::{ApplyError, Projection, Rows, Table};
use nabij_log::{BlindKey, Log};
use nabij_model::Recorded;

use crate::{
    case_fact, centre_fact, discussed, erasure, occupancy, protocol_fact, rule_item, signal_fact, timeline,
    vulnerability, work_item,
};

/// The current-state views of cases, teams and centres.
#[derive(Debug)]
pub struct Caseload {
    blind: BlindKey,
}

impl Caseload {
    /// The projection; the vault of `log` gives the key under which it hides households and needs.
    #[must_use]
    pub fn new(log: &Log) -> Self {
        Self { blind: log.vault().blind_key("caseload") }
    }
}

/// The version of the tables; readers use the schema of the same version.
pub const VERSION: u32 = 5;

static TABLES: [&Table; 14] = [
    &timeline::TIMELINE,
    &case_fact::CASE_FACT,
    &vulnerability::VULNERABILITY,
    &signal_fact::SIGNAL_CASE,
    &signal_fact::SIGNAL_VERDICT,
    &discussed::DISCUSSED,
    &work_item::WORK_ITEM,
    &protocol_fact::PROTOCOL_STEP,
    &protocol_fact::PROTOCOL_END,
    &rule_item::RULE_ITEM,
    &rule_item::RULE_ITEM_END,
    &occupancy::OCCUPANCY,
    &centre_fact::CENTRE_FACT,
    &erasure::ERASURE,
];

impl Projection for Caseload {
    fn name(&self) -> &'static str {
        "caseload"
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn ddl(&self) -> &'static str {
        include_str!("schema.sql")
    }

    fn indexes(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    fn tables(&self) -> &'static [&'static Table] {
        &TABLES
    }

    fn apply(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
        timeline::rows(event, rows)?;
        case_fact::rows(event, &self.blind, rows)?;
        vulnerability::rows(event, &self.blind, rows)?;
        signal_fact::rows(event, rows)?;
        discussed::rows(event, rows)?;
        work_item::rows(event, rows)?;
        protocol_fact::rows(event, rows)?;
        rule_item::rows(event, rows)?;
        occupancy::rows(event, rows)?;
        centre_fact::rows(event, rows)?;
        erasure::rows(event, rows)
    }

    fn forgotten(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
        timeline::moment(event, rows)
    }
}
