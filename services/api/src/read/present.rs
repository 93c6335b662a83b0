//! Where the cases of a list lie now: who may read is a question of today, also of a list that shows an earlier day.

use std::collections::HashMap;

use nabij_caseload::CaseSummary;
use nabij_model::CaseId;

use super::cases::place;
use crate::access::{Action, Place};
use crate::problem::Problem;
use crate::route::Call;
use crate::state::ApiState;

/// Where each case of a list lies now.
#[derive(Debug, Default)]
pub(super) struct Present(HashMap<CaseId, Place>);

impl Present {
    /// Of lines of now: as they say themselves.
    pub(super) fn of_lines(lines: &[CaseSummary]) -> Self {
        let place = |line: &CaseSummary| {
            let safety = Some(line.safety_centre).filter(|safety| *safety != line.centre);
            (line.case, Place { safety, ..Place::case(line.case, line.centre) })
        };
        Self(lines.iter().map(place).collect())
    }

    /// Of cases that a list of an earlier day names: as the log has them. What is erased since is nowhere.
    ///
    /// # Errors
    /// 503.
    pub(super) async fn of_log(state: &ApiState, cases: &[CaseId]) -> Result<Self, Problem> {
        let mut present = Self::default();
        for case in cases.iter().copied() {
            if present.0.contains_key(&case) {
                continue;
            }
            match place(state, case).await {
                Ok(place) => present.0.insert(case, Place { grants: Vec::new(), ..place }),
                Err(problem) if problem.code() == "case-unknown" => None,
                Err(problem) => return Err(problem),
            };
        }
        Ok(present)
    }

    /// Whether the caller may do `action` where the case lies now.
    pub(super) fn may(&self, state: &ApiState, call: &Call, action: Action, case: CaseId) -> bool {
        self.0.get(&case).is_some_and(|place| call.may(state, action, place))
    }
}
