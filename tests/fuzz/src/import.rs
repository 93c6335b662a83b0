//! The importer's reading, from its own files.

#[path = "../../../services/nabij/src/import/cases.rs"]
pub mod cases;
#[path = "../../../services/nabij/src/import/centre.rs"]
pub mod centre;
#[path = "../../../services/nabij/src/import/day.rs"]
pub mod day;
#[path = "../../../services/nabij/src/import/field.rs"]
pub mod field;
#[path = "../../../services/nabij/src/import/incidents.rs"]
pub mod incidents;
#[path = "../../../services/nabij/src/import/kind.rs"]
pub mod kind;
#[path = "../../../services/nabij/src/import/moment.rs"]
pub mod moment;
#[path = "../../../services/nabij/src/import/occupancy.rs"]
pub mod occupancy;
#[path = "../../../services/nabij/src/import/reading.rs"]
pub mod reading;
#[path = "../../../services/nabij/src/import/row.rs"]
pub mod row;
#[path = "../../../services/nabij/src/import/signals.rs"]
pub mod signals;
#[path = "../../../services/nabij/src/import/table.rs"]
pub mod table;
