//! How a case stands in signals, as last corrected and judged.

use std::collections::HashMap;

use nabij_model::CaseId;
use nabij_model::signal::Involvement;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::word::variant;

/// A case's part in one signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignalLink {
    /// Its part; absent when the signal was corrected to be about others.
    pub(crate) involvement: Option<Involvement>,
    /// A second person gave their view.
    pub(crate) assessed: bool,
    /// It was found to be nothing, and no later assessment reopened it.
    pub(crate) dismissed: bool,
}

impl SignalLink {
    /// Not part of the case's file: corrected away, or an accusation that came to nothing.
    pub(crate) fn hidden(self) -> bool {
        match self.involvement {
            None => true,
            Some(Involvement::AllegedActor) => self.dismissed,
            Some(_) => false,
        }
    }

    /// An accusation that nobody but its reporter has looked at.
    pub(crate) fn restricted(self) -> bool {
        self.involvement == Some(Involvement::AllegedActor) && !self.assessed
    }
}

impl Reader {
    /// Every signal that ever named `case`, with the case's part in it now.
    pub(crate) async fn links(
        &self,
        case: CaseId,
        as_of: u64,
    ) -> Result<HashMap<Uuid, SignalLink>, ReadError> {
        let rows = self
            .query(
                "SELECT s.signal, part.involvement, verdict.assessed, verdict.dismissed
                 FROM (SELECT DISTINCT signal FROM $schema.signal_case
                       WHERE case_id = $1 AND recorded_seq <= $2) s
                 LEFT JOIN LATERAL (
                     SELECT involvement FROM $schema.signal_case c
                     WHERE c.signal = s.signal AND c.case_id = $1 AND c.recorded_seq = (
                         SELECT max(recorded_seq) FROM $schema.signal_case l
                         WHERE l.signal = s.signal AND l.recorded_seq <= $2)
                 ) part ON true
                 LEFT JOIN LATERAL (
                     SELECT bool_or(NOT dismissed) AS assessed,
                            (array_agg(dismissed ORDER BY recorded_seq DESC))[1] AS dismissed
                     FROM $schema.signal_verdict v WHERE v.signal = s.signal AND v.recorded_seq <= $2
                 ) verdict ON true",
                &[&case.0, &at(as_of)],
            )
            .await?;
        Ok(rows
            .iter()
            .map(|row| {
                let link = SignalLink {
                    involvement: row.get::<_, Option<String>>(1).and_then(variant),
                    assessed: row.get::<_, Option<bool>>(2).unwrap_or(false),
                    dismissed: row.get::<_, Option<bool>>(3).unwrap_or(false),
                };
                (row.get(0), link)
            })
            .collect())
    }
}
