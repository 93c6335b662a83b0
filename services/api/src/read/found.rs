//! `/v1/cases?name=` and `?number=`: who is meant. Whoever asks learns of nobody whose file they may not read, not even how many.

use axum::response::Response;
use futures::StreamExt;
use futures::stream;
use nabij_caseload::{CaseList, CaseStatus, CaseSummary};
use nabij_engine::Touched;
use nabij_model::CentreId;

use super::answer::Shown;
use super::cases::place_if_known;
use super::moment::{Moment, written};
use super::{current, incomplete};
use crate::access::Action;
use crate::find::{FindError, Found, Name, Wanted};
use crate::problem::Problem;
use crate::route::Call;
use crate::state::ApiState;

/// Records that are loaded at once to ask the policy about them.
const AT_ONCE: usize = 16;
/// Characters of a name or number.
const LONGEST: usize = 100;

/// What somebody typed.
pub(super) struct Asked {
    pub(super) name: Option<String>,
    pub(super) number: Option<String>,
    pub(super) centre: Option<CentreId>,
    pub(super) closed: bool,
    pub(super) min_sequence: Option<u64>,
    pub(super) limit: u32,
}

impl Asked {
    fn wanted(&self) -> Result<Wanted, Problem> {
        let bad = |detail| Problem::bad_request("bad-query", detail);
        let typed = [&self.name, &self.number].into_iter().flatten();
        if typed.into_iter().any(|text| text.chars().count() > LONGEST) {
            return Err(bad("`name` and `number` have at most 100 characters"));
        }
        let name = self.name.as_deref().map(Name::read);
        if name.as_ref().is_some_and(Name::is_empty) {
            return Err(bad("`name` has no letter: type at least the beginning of a name"));
        }
        if self.number.is_none() && name.as_ref().is_some_and(Name::is_broad) {
            return Err(too_broad(
                "one letter of a name fits too many people: type at least two of one word",
            ));
        }
        let number = self.number.clone();
        if number.as_ref().is_some_and(|number| !number.chars().any(char::is_alphanumeric)) {
            return Err(bad("`number` has no digit and no letter: type the whole official number"));
        }
        Ok(Wanted { name, number })
    }
}

/// The cases that fit and whose file the caller reads, the nearest first.
pub(super) async fn found(state: &ApiState, call: &Call, asked: &Asked) -> Result<Response, Problem> {
    let wanted = asked.wanted()?;
    let sequence = current(state).await?;
    if let Some(wanted) = asked.min_sequence {
        written(wanted, sequence)?;
    }
    let moment = Moment { sequence, time: call.now };
    let all = state.people().find(state.caseload(), state.log().vault(), &wanted, sequence).await?;
    let mut known = stream::iter(all).map(|one| known(state, call, asked, one, sequence)).buffered(AT_ONCE);
    let mut cases: Vec<CaseSummary> = Vec::new();
    while let Some(case) = known.next().await {
        let Some(case) = case? else { continue };
        if cases.len() == asked.limit as usize {
            let detail = format!(
                "more than {} residents of yours fit: type more of the name, give `centre`, or raise `limit` (200 at most)",
                asked.limit
            );
            return Err(too_broad(detail));
        }
        cases.push(case);
    }
    let shown = Shown::new(&CaseList { cases, next: None }, moment)?;
    let missing = incomplete(state, Touched::Anything, moment).await?;
    Ok(shown.incomplete(missing).respond(&call.headers))
}

fn too_broad(detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::bad_request("too-broad", detail)
}

/// The case as a list shows it, if the caller may know of it: its file, and the words that fit.
async fn known(
    state: &ApiState,
    call: &Call,
    asked: &Asked,
    one: Found,
    sequence: u64,
) -> Result<Option<CaseSummary>, Problem> {
    let Some(place) = place_if_known(state, one.case).await? else { return Ok(None) };
    let near = |centre: CentreId| place.centre == Some(centre) || place.safety == Some(centre);
    if asked.centre.is_some_and(|centre| !near(centre)) {
        return Ok(None);
    }
    if let Some(centre) = place.centre {
        state.operator_of(centre).await?;
    }
    if !call.may(state, Action::ReadCase, &place) || !call.may(state, one.level.into(), &place) {
        return Ok(None);
    }
    let summary = state.caseload().case_summary(one.case, sequence).await?;
    Ok(summary.filter(|case| asked.closed || case.status != CaseStatus::Closed))
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Views(error) => error.into(),
            FindError::Vault(error) => error.into(),
        }
    }
}
