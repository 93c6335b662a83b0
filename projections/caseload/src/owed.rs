//! Whether a child's parents and guardian are owed a word about a signal: judged when the list is read, from what is known then.
//!
//! A parent is not told what a recorded reason, a kept statement or an accusation keeps from them; so an item that asks for it
//! must not show, or it would press somebody into telling.

use std::collections::{BTreeMap, HashMap, HashSet};

use nabij_model::Event;
use nabij_model::case::{Accompaniment, CaseEvent, KeptFrom};
use nabij_model::id::{EventId, SignalId};
use nabij_model::signal::Involvement;
use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};
use crate::timeline::{COLUMNS, entry, event};
use crate::word::variant;
use crate::work_item::WorkKind;

/// What is known of the children whom signals affect.
#[derive(Debug, Default)]
pub(crate) struct Owed {
    /// Signal to the cases that it affects, and whether somebody of the same household is said to have done it.
    affected: HashMap<Uuid, Vec<(Uuid, bool)>>,
    family: HashMap<Uuid, Family>,
}

/// What a case says of who stands beside the child.
#[derive(Debug, Default)]
struct Family {
    accompaniment: Option<Accompaniment>,
    guardian: bool,
    /// The last word on whether the parents know, about all or about one signal.
    kept_from_parents: BTreeMap<Option<SignalId>, bool>,
    /// Statements that are kept, from whom.
    kept: BTreeMap<EventId, Vec<KeptFrom>>,
}

impl Owed {
    /// Whether an item of this kind about this signal is owed to anybody.
    pub(crate) fn shows(&self, kind: WorkKind, signal: Uuid) -> bool {
        let mut affected = self.affected.get(&signal).into_iter().flatten();
        match kind {
            WorkKind::ChildFeedbackDue => affected.next().is_some(),
            WorkKind::ParentsFeedbackDue => affected.any(|(case, actor_at_home)| {
                !actor_at_home && self.family.get(case).is_none_or(|family| family.parents_hear(signal))
            }),
            WorkKind::GuardianFeedbackDue => {
                affected.any(|(case, _)| self.family.get(case).is_some_and(Family::guardian_hears))
            }
            _ => true,
        }
    }
}

impl Family {
    fn parents_hear(&self, signal: Uuid) -> bool {
        let here =
            matches!(self.accompaniment, None | Some(Accompaniment::Parents | Accompaniment::OneParent));
        let of_signal = self.kept_from_parents.get(&Some(signal.into()));
        let not_told = of_signal.or_else(|| self.kept_from_parents.get(&None)).copied().unwrap_or(false);
        here && !not_told && !self.keeps_from(KeptFrom::Parents)
    }

    fn guardian_hears(&self) -> bool {
        self.guardian && !self.keeps_from(KeptFrom::Guardian)
    }

    fn keeps_from(&self, whom: KeptFrom) -> bool {
        self.kept.values().any(|from| from.contains(&whom))
    }

    fn take(&mut self, statement: EventId, happened: CaseEvent) {
        match happened {
            CaseEvent::Opened(opened) => self.accompaniment = opened.accompaniment,
            CaseEvent::AccompanimentSet(set) => self.accompaniment = Some(set.accompaniment),
            CaseEvent::GuardianAssigned(_) => self.guardian = true,
            CaseEvent::GuardianEnded(_) => self.guardian = false,
            CaseEvent::ParentsInformed(told) => drop(self.kept_from_parents.insert(told.about, false)),
            CaseEvent::ParentsNotInformed(not) => drop(self.kept_from_parents.insert(not.about, true)),
            CaseEvent::ResponseAdded(added) => {
                if let Some(kept) = added.kept {
                    self.kept.insert(statement, kept.from);
                }
            }
            CaseEvent::StatementKept(kept) => drop(self.kept.insert(kept.statement, kept.kept.from)),
            CaseEvent::StatementReleased(released) => drop(self.kept.remove(&released.statement)),
            _ => {}
        }
    }
}

impl Reader {
    /// What is known at `as_of` of the children whom `signals` affect.
    pub(crate) async fn owed(&self, signals: &[Uuid], as_of: u64) -> Result<Owed, ReadError> {
        if signals.is_empty() {
            return Ok(Owed::default());
        }
        let rows = self
            .query(
                "SELECT c.signal, c.case_id, c.involvement, home.household FROM $schema.signal_case c
                 LEFT JOIN LATERAL (
                     SELECT f.household FROM $schema.case_fact f
                     WHERE f.case_id = c.case_id AND f.household IS NOT NULL AND f.recorded_seq <= $2
                     ORDER BY f.recorded_seq DESC LIMIT 1
                 ) home ON true
                 WHERE c.signal = ANY ($1) AND c.case_id IS NOT NULL AND c.recorded_seq = (
                     SELECT max(l.recorded_seq) FROM $schema.signal_case l
                     WHERE l.signal = c.signal AND l.recorded_seq <= $2)",
                &[&signals, &at(as_of)],
            )
            .await?;
        let part = |row: &tokio_postgres::Row| {
            let involvement = row.get::<_, Option<String>>(2).and_then(variant::<Involvement>);
            (row.get::<_, Uuid>(0), involvement, row.get::<_, Option<Vec<u8>>>(3))
        };
        let actors: HashSet<(Uuid, Vec<u8>)> = rows
            .iter()
            .map(part)
            .filter(|(_, involvement, _)| *involvement == Some(Involvement::AllegedActor))
            .filter_map(|(signal, _, household)| Some((signal, household?)))
            .collect();
        let mut owed = Owed::default();
        for row in &rows {
            let (signal, involvement, household) = part(row);
            if involvement == Some(Involvement::Affected) {
                let actor_at_home = household.is_some_and(|household| actors.contains(&(signal, household)));
                owed.affected.entry(signal).or_default().push((row.get(1), actor_at_home));
            }
        }
        owed.family = self.families(&owed, as_of).await?;
        Ok(owed)
    }

    async fn families(&self, owed: &Owed, as_of: u64) -> Result<HashMap<Uuid, Family>, ReadError> {
        let cases: Vec<Uuid> = owed.affected.values().flatten().map(|(case, _)| *case).collect();
        let sql = format!(
            "SELECT {COLUMNS}, case_id FROM $schema.timeline
             WHERE case_id = ANY ($1) AND recorded_seq <= $2 AND (
                 event_type LIKE 'nabij.case.opened.%' OR event_type LIKE 'nabij.case.accompaniment_set.%'
                 OR event_type LIKE 'nabij.case.guardian_%' OR event_type LIKE 'nabij.case.parents_%'
                 OR event_type LIKE 'nabij.case.statement_%' OR event_type LIKE 'nabij.case.response_added.%')
             ORDER BY recorded_seq"
        );
        let mut families: HashMap<Uuid, Family> = HashMap::new();
        for row in self.query(&sql, &[&cases, &at(as_of)]).await? {
            if let Event::Case(happened) = event(&row)? {
                families
                    .entry(row.get("case_id"))
                    .or_default()
                    .take(EventId(entry(&row)?.event_id), happened);
            }
        }
        Ok(families)
    }
}
