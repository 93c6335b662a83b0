//! Why what was noticed was not registered.

use nabij_model::signal::NonRegistrationReason as Reason;
use schemars::JsonSchema;
use serde::Serialize;

use super::asked::Asked;
use super::basis::Basis;
use super::counted::total;
use super::csv::{Line, Lines};
use super::suppression::without;
use super::{About, Cell, Filter, Method, ReportError, Viewer, about, method};
use crate::estimators::Reason::Suppressed;
use crate::facts::names::Named;
use crate::occurrences::Status;
use crate::reader::{By, Captured, Counted, Counts, Reader};
use crate::reportability::Reportability;
use crate::text::said::refused;
use crate::text::{Sentence, Slot, Texts};

/// From how many answers reasons of fear are counted for anybody: fewer could be traced to who gave them.
const LEAST_FEAR: u64 = 10;

/// The reasons that are shown each; those of fear are only shown together.
const OPEN: [Reason; 8] = [
    Reason::CulturalReading,
    Reason::HandledInformally,
    Reason::NoTime,
    Reason::NotSerious,
    Reason::Other,
    Reason::ResidentAskedNotTo,
    Reason::SeenAsNormal,
    Reason::UnclearProcedure,
];

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NonRegistrationReasons {
    /// What it is about.
    pub about: About,
    /// How it was computed.
    pub method: Method,
    /// Signals with a reason.
    pub answers: Cell,
    /// Each reason, by name; the two reasons of fear together as `fear`.
    pub reasons: Vec<ReasonCount>,
    /// Noticed, reportable occurrences about which nobody decided anything: they gave no reason.
    pub undecided: Cell,
    /// What it says.
    pub sentence: Sentence,
}

pub(super) const REASONS: Texts = Texts {
    nl: "bij {answers} meldingen staat waarom ze niet geregistreerd zijn. Wie geen reden gaf, telt niet mee; redenen uit vrees worden pas vanaf tien antwoorden getoond.",
    fr: "{answers} signalements disent pourquoi ils ne sont pas enregistrés. Qui n'a pas donné de raison ne compte pas ; les raisons de crainte ne sont montrées qu'à partir de dix réponses.",
    en: "{answers} signals say why they are not registered. Who gave no reason does not count; reasons of fear are shown from ten answers only.",
};

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReasonCount {
    /// Which.
    pub reason: &'static str,
    /// How many signals.
    pub count: Cell,
}

/// Counts the last reason of each signal of the period.
///
/// # Errors
/// [`ReportError`].
pub async fn non_registration_reasons(
    reader: &Reader,
    rules: &Reportability,
    filter: &Filter,
    viewer: Viewer,
) -> Result<NonRegistrationReasons, ReportError> {
    let asked = Asked::of(reader, rules, filter, viewer).await?;
    Ok(told(&asked, &asked.occurred(COUNTED).await?.counts))
}

/// What it counts.
pub(super) const COUNTED: &[By] = &[By::Captured, By::Explained];

pub(super) fn told(asked: &Asked<'_>, counts: &Counts) -> NonRegistrationReasons {
    let &Asked { filter, viewer, ref scope, .. } = asked;
    let of_here =
        |keep: &dyn Fn(&Counted<Captured>) -> bool| total(counts.captured.iter().filter(|one| keep(one)));
    let given: Vec<(Reason, u64)> = counts
        .explained
        .iter()
        .flat_map(|one| one.reasons.iter().map(|reason| (*reason, one.count)))
        .collect();
    let undecided =
        of_here(&|one| one.state.reportable && one.noticed() && one.state.status == Status::Undecided);
    let (reasons, answers) = by_reason(&given, viewer);
    let unregistered = |one: &Counted<Captured>| one.noticed() && !one.state.entered;
    let basis = Basis::new(
        filter,
        viewer,
        [(
            "without_reason",
            viewer.share(of_here(&|one| unregistered(one) && !one.state.reasoned), of_here(&unregistered)),
        )],
    );
    let said = match answers.count {
        Some(count) => REASONS.fill(&[("answers", Slot::Count(count))]),
        None => refused(Suppressed),
    };
    NonRegistrationReasons {
        sentence: basis.says(said),
        about: about("non-registration-reasons", filter, scope, viewer, &basis),
        method: method::REASONS,
        answers,
        reasons,
        undecided: Cell::for_viewer(undecided, viewer),
    }
}

fn by_reason(given: &[(Reason, u64)], viewer: Viewer) -> (Vec<ReasonCount>, Cell) {
    let count = |keep: &dyn Fn(Reason) -> bool| -> u64 {
        given.iter().filter(|(reason, _)| keep(*reason)).map(|(_, count)| count).sum()
    };
    let mut counts: Vec<u64> = OPEN.iter().map(|open| count(&|reason| reason == *open)).collect();
    counts.push(count(&|reason| matches!(reason, Reason::FearOfNoReaction | Reason::FearOfOverreaction)));
    let fear = OPEN.len();
    let (cells, answers) = without(&counts, (counts[fear] < LEAST_FEAR).then_some(fear), viewer);
    let names = OPEN.iter().map(|reason| reason.name()).chain(["fear"]);
    let mut reasons: Vec<ReasonCount> =
        names.zip(cells).map(|(reason, count)| ReasonCount { reason, count }).collect();
    reasons.sort_by_key(|one| one.reason);
    (reasons, answers)
}

impl Lines for NonRegistrationReasons {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let reasons =
            self.reasons.iter().map(|one| Line::new("reason").part("reason", one.reason).count(one.count));
        [Line::new("answers").count(self.answers), Line::new("undecided").count(self.undecided)]
            .into_iter()
            .chain(reasons)
            .map(|line| line.says(&self.sentence).method(method::REASONS.name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(given: &[(Reason, u64)], viewer: Viewer) -> (Vec<(&'static str, Option<u64>)>, Option<u64>) {
        let (reasons, answers) = by_reason(given, viewer);
        let positive = reasons.iter().filter(|one| one.count.count != Some(0));
        (positive.map(|one| (one.reason, one.count.count)).collect(), answers.count)
    }

    #[test]
    fn fear_is_counted_together_and_only_from_ten_for_analysts_too() {
        let nine = [(Reason::FearOfNoReaction, 4), (Reason::FearOfOverreaction, 5), (Reason::NoTime, 20)];
        assert_eq!(shown(&nine, Viewer::Analyst), (vec![("fear", None), ("no_time", None)], Some(29)));
        let ten = [(Reason::FearOfNoReaction, 5), (Reason::FearOfOverreaction, 5), (Reason::NoTime, 20)];
        assert_eq!(shown(&ten, Viewer::Analyst), (vec![("fear", Some(10)), ("no_time", Some(20))], Some(30)));
    }

    #[test]
    fn no_fear_at_all_looks_like_a_little_fear() {
        let none = [(Reason::NoTime, 20), (Reason::NotSerious, 9)];
        assert_eq!(
            shown(&none, Viewer::Other),
            (
                ["cultural_reading", "fear", "handled_informally"]
                    .map(|name| (name, None))
                    .into_iter()
                    .chain([("no_time", Some(22)), ("not_serious", Some(7))])
                    .chain(
                        ["other", "resident_asked_not_to", "seen_as_normal", "unclear_procedure"]
                            .map(|name| (name, None))
                    )
                    .collect(),
                Some(27)
            )
        );
    }
}
