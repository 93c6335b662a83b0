//! Where the cases of a list lie now: who may read is a question of today, also of a list that shows an earlier day.

use std::collections::HashMap;

use jiff::SignedDuration;
use nabij_caseload::CaseSummary;
use nabij_model::CaseId;

use super::cases::place_if_known;
use super::moment::{AsOf, Moment};
use crate::access::{Action, Place};
use crate::problem::Problem;
use crate::route::Call;
use crate::state::ApiState;

/// How old the moment of a cursor may be: somebody who turns pages reads of now.
const TURNING: SignedDuration = SignedDuration::from_hours(1);

/// Whether an answer of `moment` shows an earlier day than today's: one was asked for, or a cursor (`turned`) brought an old moment along,
/// whoever made that cursor.
///
/// # Errors
/// 503.
pub(super) async fn is_earlier(
    state: &ApiState,
    call: &Call,
    as_of: Option<AsOf>,
    turned: bool,
    moment: Moment,
) -> Result<bool, Problem> {
    let old = turned && moment.sequence < state.caseload().sequence_at(call.now - TURNING).await?;
    Ok(as_of.is_some() || old)
}

/// Where each case of a list lies now.
#[derive(Debug, Default)]
pub(super) struct Present(HashMap<CaseId, Place>);

impl Present {
    /// Of the lines of a list: as they say themselves, and of one of an `earlier` day as the log has it.
    ///
    /// # Errors
    /// As [`of_log`](Self::of_log).
    pub(super) async fn of_lines(
        state: &ApiState,
        lines: &[CaseSummary],
        earlier: bool,
    ) -> Result<Self, Problem> {
        if earlier {
            let cases: Vec<CaseId> = lines.iter().map(|line| line.case).collect();
            return Self::of_log(state, &cases).await;
        }
        let place = |line: &CaseSummary| {
            let safety = Some(line.safety_centre).filter(|safety| *safety != line.centre);
            (line.case, Place { safety, ..Place::case(line.case, line.centre) })
        };
        Ok(Self(lines.iter().map(place).collect()))
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
            if let Some(place) = place_if_known(state, case).await? {
                present.0.insert(case, Place { grants: Vec::new(), ..place });
            }
        }
        Ok(present)
    }

    /// Whether the caller may do `action` where the case lies now.
    pub(super) fn may(&self, state: &ApiState, call: &Call, action: Action, case: CaseId) -> bool {
        self.0.get(&case).is_some_and(|place| call.may(state, action, place))
    }

    /// Leaves of the `cases` that something is about those of which the caller may do `action`; false when none is left, and there were
    /// some.
    pub(super) fn keep(
        &self,
        state: &ApiState,
        call: &Call,
        action: Action,
        cases: &mut Vec<CaseId>,
    ) -> bool {
        let named = !cases.is_empty();
        cases.retain(|case| self.may(state, call, action, *case));
        !named || !cases.is_empty()
    }
}
