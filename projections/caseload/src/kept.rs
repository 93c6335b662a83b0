//! Which statements are kept from whom.

use std::collections::BTreeMap;

use nabij_model::case::{CaseEvent, KeptFrom};
use nabij_model::{CaseId, Event};
use uuid::Uuid;

use crate::reader::{ReadError, Reader};
use crate::timeline::{COLUMNS, entry, event};

impl Reader {
    /// The events of `case` that hold a statement which is kept from somebody, with from whom; as last said. Always of now: what is
    /// kept today is kept on every earlier day that somebody asks about.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn kept_statements(&self, case: CaseId) -> Result<BTreeMap<Uuid, Vec<KeptFrom>>, ReadError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM $schema.timeline
             WHERE case_id = $1
               AND (event_type LIKE 'nabij.case.statement_%' OR event_type LIKE 'nabij.case.response_added.%')
             ORDER BY recorded_seq"
        );
        let mut kept = BTreeMap::new();
        for row in self.query(&sql, &[&case.0]).await? {
            match event(&row)? {
                Event::Case(CaseEvent::ResponseAdded(added)) => {
                    if let Some(words) = added.kept {
                        kept.insert(entry(&row)?.event_id, words.from);
                    }
                }
                Event::Case(CaseEvent::StatementKept(statement)) => {
                    kept.insert(statement.statement.0, statement.kept.from);
                }
                Event::Case(CaseEvent::StatementReleased(released)) => {
                    kept.remove(&released.statement.0);
                }
                _ => {}
            }
        }
        Ok(kept)
    }
}
