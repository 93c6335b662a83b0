//! A centre at a glance. It never compares centres: a team that writes more is not a worse team.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use nabij_model::{CentreId, Policies};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::case_list::CaseStatus;
use crate::centre::Centre;
use crate::occupancy::Occupancy;
use crate::reader::{ReadError, Reader};
use crate::work_item::WorkKind;
use crate::worklist::ALL;

/// What every board says beside its counts; the interface has the sentence in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Caution {
    /// Few signals may mean that little happens, or that little is written down.
    LowCountIsNoProofOfSafety,
}

/// Open work of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkCount {
    /// What kind.
    pub kind: WorkKind,
    /// Items.
    pub open: u32,
    /// Items that should have been done.
    pub overdue: u32,
}

/// A centre at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Board {
    /// What is registered of it.
    #[serde(flatten)]
    pub centre: Centre,
    /// The latest count of residents.
    pub occupancy: Option<Occupancy>,
    /// Cases by status, closed ones aside.
    pub cases: BTreeMap<CaseStatus, u32>,
    /// Open work; kinds without any are left out.
    pub work: Vec<WorkCount>,
    /// Signals about which somebody is still owed a word: the reporter, the child, its parents or its guardian.
    pub feedback_loops_open: u32,
    /// Concerns that headquarters has not answered.
    pub concerns_unanswered: u32,
    /// What the counts do not say.
    pub caution: Caution,
    /// The highest sequence that the answer knows of.
    pub recorded_seq: u64,
}

impl Reader {
    /// The board of `centre` at `now`, as known at `as_of`; `None` when it is not registered.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn board(
        &self,
        centre: CentreId,
        policies: &Policies,
        now: Timestamp,
        as_of: u64,
    ) -> Result<Option<Board>, ReadError> {
        let recorded_seq = self.sequence().await?.min(as_of);
        let Some(registered) = self.centre(centre, recorded_seq).await? else { return Ok(None) };
        let here = self.cases(&[centre], false, recorded_seq, None, ALL).await?.cases;
        let items = self.work_of(centre, &here, policies, now, recorded_seq).await?;
        let mut work: BTreeMap<WorkKind, WorkCount> = BTreeMap::new();
        for item in &items {
            let count = work.entry(item.kind).or_insert(WorkCount { kind: item.kind, open: 0, overdue: 0 });
            count.open += 1;
            count.overdue += u32::from(item.overdue);
        }
        let loops: BTreeSet<Uuid> =
            items.iter().filter(|item| item.kind.is_feedback()).map(|item| item.key).collect();
        let open = |kind| work.get(&kind).map_or(0, |count| count.open);
        let mut cases: BTreeMap<CaseStatus, u32> = BTreeMap::new();
        for case in &here {
            *cases.entry(case.status).or_default() += 1;
        }
        Ok(Some(Board {
            centre: registered,
            occupancy: self.latest_occupancy(centre, recorded_seq).await?,
            cases,
            feedback_loops_open: u32::try_from(loops.len()).unwrap_or(u32::MAX),
            concerns_unanswered: open(WorkKind::ConcernAnswerDue),
            work: work.into_values().collect(),
            caution: Caution::LowCountIsNoProofOfSafety,
            recorded_seq,
        }))
    }
}
