//! How protocols are kept to, and whether they are practised. It compares no centres: who starts many sees much.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::basis::Basis;
use super::csv::{Line, Lines};
use super::scope::Scope;
use super::suppression::told_apart;
use super::{About, Cell, Figure, Filter, ReportError, Viewer, about, banded, method};
use crate::estimators::proportion::Proportion;
use crate::estimators::{Answer, BadInput, Interval, Reason};
use crate::facts::names::Named;
use crate::reader::{Reader, Step};
use crate::text::said::{Said, between};
use crate::text::{Sentence, Slot, Texts};

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Protocols {
    /// What it is about.
    pub about: About,
    /// All protocols together.
    pub all: Kept,
    /// Steps that were skipped, by why; with a reason that is no failure.
    pub skipped_because: BTreeMap<String, Cell>,
    /// Each protocol that was started or practised, by name.
    pub protocols: Vec<OfProtocol>,
}

/// One protocol.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OfProtocol {
    /// Which.
    pub protocol: String,
    /// How it was kept to.
    #[serde(flatten)]
    pub kept: Kept,
}

/// How protocols were kept to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Kept {
    /// Times that one was started on a signal in the period.
    pub started: Cell,
    /// Times that one was practised; a drill is about nobody.
    pub practised: u64,
    /// Steps by what became of them: `in_time`, `late`, `skipped`, `overdue`, `to_come`.
    pub steps: BTreeMap<&'static str, Cell>,
    /// Of the steps that were done or whose deadline passed, those done in time; skipped ones aside.
    pub in_time: Figure<InTime>,
}

/// A share of steps with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct InTime {
    /// Steps that were done in time.
    pub x: u64,
    /// Steps that were done or are overdue.
    pub n: u64,
    /// `x / n`.
    pub share: f64,
    /// Wilson's.
    pub interval: Interval,
}

pub(super) const IN_TIME: Texts = Texts {
    nl: "van {n} stappen die gedaan zijn of al hadden moeten zijn, zijn er {x} op tijd gedaan: {share} ({between}). Een stap die met een reden overgeslagen is, telt niet als gemist.",
    fr: "sur {n} étapes faites ou qui auraient dû l'être, {x} l'ont été à temps : {share} ({between}). Une étape passée avec une raison n'est pas comptée comme manquée.",
    en: "of {n} steps that were done or should have been, {x} were done in time: {share} ({between}). A step that was skipped with a reason is not counted as missed.",
};

impl Said for InTime {
    fn said(&self) -> Sentence {
        IN_TIME.fill(&[
            ("n", Slot::Count(self.n)),
            ("x", Slot::Count(self.x)),
            ("share", Slot::Share(self.share)),
            ("between", between(self.interval, Slot::Share)),
        ])
    }
}

/// What became of a step, in the order in which they are counted.
const STATES: [&str; 5] = ["in_time", "late", "skipped", "overdue", "to_come"];
type Counts = [u64; STATES.len()];

/// The protocols that were started on signals of the report's centres in the period, and their drills; with a type, the protocol of
/// that name.
///
/// # Errors
/// [`ReportError`].
pub async fn protocols(reader: &Reader, filter: &Filter, viewer: Viewer) -> Result<Protocols, ReportError> {
    let scope = Scope::of(reader, filter).await?;
    let (ids, sequence) = (scope.ids(), filter.as_of.sequence);
    let mut steps = reader.steps(&ids, (scope.from, scope.to), viewer == Viewer::Analyst, sequence).await?;
    let mut drills = reader.drills(&ids, (filter.from, filter.to), sequence).await?;
    if let Some(kind) = &filter.kind {
        steps.retain(|step| step.protocol == kind.as_str());
        drills.retain(|protocol| protocol == kind.as_str());
    }
    let basis = Basis::new(filter, viewer, []);
    let about = about("protocols", filter, &scope, viewer, &basis);
    let counted = Counted::of(&steps, &drills, filter.as_of.moment);
    Ok(counted.report(about, &basis, viewer)?)
}

/// Everything counted, by protocol.
struct Counted {
    names: Vec<String>,
    runs: Vec<u64>,
    drills: Vec<u64>,
    steps: Vec<Counts>,
    because: BTreeMap<&'static str, u64>,
}

impl Counted {
    fn of(steps: &[Step], drills: &[String], now: Timestamp) -> Self {
        let named = steps.iter().map(|step| &step.protocol).chain(drills);
        let names: Vec<String> = named.collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let of = |name: &str| steps.iter().filter(|step| step.protocol == name).collect::<Vec<_>>();
        let runs = names
            .iter()
            .map(|name| of(name).iter().map(|step| step.run).collect::<BTreeSet<_>>().len() as u64);
        let mut because = BTreeMap::new();
        for reason in steps.iter().filter_map(|step| step.because) {
            *because.entry(reason.name()).or_default() += 1;
        }
        Self {
            runs: runs.collect(),
            drills: names
                .iter()
                .map(|name| drills.iter().filter(|drill| *drill == name).count() as u64)
                .collect(),
            steps: names
                .iter()
                .map(|name| {
                    let mut counts = Counts::default();
                    of(name).iter().for_each(|step| counts[state_of(step, now)] += 1);
                    counts
                })
                .collect(),
            names,
            because,
        }
    }

    /// What a protocol asks is public: how many steps there are tells how often it was started. So where that is hidden, its steps
    /// are too, and they count in no sum.
    fn report(self, about: About, basis: &Basis, viewer: Viewer) -> Result<Protocols, BadInput> {
        let shown = |place: &usize| !viewer.hides(self.runs[*place]);
        let everything = 0..self.names.len();
        let sum: Counts = std::array::from_fn(|state| {
            everything.clone().filter(shown).map(|place| self.steps[place][state]).sum()
        });
        let all = kept(self.runs.iter().sum(), self.drills.iter().sum(), Some(&sum), basis, viewer)?;
        // That a protocol is there tells that it was started, unless it was practised.
        let told = everything.filter(|place| shown(place) || self.drills[*place] > 0);
        let protocols = told.map(|place| {
            let steps = Some(&self.steps[place]).filter(|_| shown(&place));
            let kept = kept(self.runs[place], self.drills[place], steps, basis, viewer)?;
            Ok(OfProtocol { protocol: self.names[place].clone(), kept })
        });
        let protocols = protocols.collect::<Result<_, BadInput>>()?;
        let because = self.because.into_iter().map(|(why, count)| (why.to_owned(), [count]));
        let because = told_apart(because.collect(), viewer).into_iter();
        let skipped_because = because.map(|(why, [count])| (why, Cell::for_viewer(count, viewer))).collect();
        Ok(Protocols { about, all, skipped_because, protocols })
    }
}

fn kept(
    started: u64,
    practised: u64,
    steps: Option<&Counts>,
    basis: &Basis,
    viewer: Viewer,
) -> Result<Kept, BadInput> {
    // How many steps there are in all tells how often protocols were started: others are not told how many are still to come.
    let untold = |state| viewer == Viewer::Other && STATES[state] == "to_come";
    let cells: [Cell; STATES.len()] = std::array::from_fn(|state| {
        steps.filter(|_| !untold(state)).map_or(Cell::HIDDEN, |steps| Cell::for_viewer(steps[state], viewer))
    });
    let [in_time, late, _, overdue, _] = cells;
    let inputs = [("in_time", in_time), ("late", late), ("overdue", overdue)];
    Ok(Kept {
        started: Cell::for_viewer(started, viewer),
        practised,
        steps: STATES.into_iter().zip(cells).collect(),
        in_time: basis.in_bands(method::IN_TIME, inputs, || {
            let [in_time, late, _, overdue, _] = *steps.ok_or(Reason::Suppressed)?;
            let Proportion { x, n, share, interval } = banded::share(in_time, late + overdue, viewer)?;
            Ok(InTime { x, n, share, interval })
        })?,
    })
}

/// The place of its state among all.
fn state_of(step: &Step, now: Timestamp) -> usize {
    match (step.ended_at.filter(|at| *at <= now), step.because) {
        (Some(_), Some(_)) => 2,
        (Some(at), None) if at <= step.due_at => 0,
        (Some(_), None) => 1,
        (None, _) if step.due_at <= now => 3,
        (None, _) => 4,
    }
}

impl Lines for Protocols {
    fn about(&self) -> &About {
        &self.about
    }

    fn lines(&self) -> Vec<Line> {
        let each = self.protocols.iter().map(|one| (one.protocol.as_str(), &one.kept));
        let kept = std::iter::once(("all", &self.all)).chain(each).flat_map(|(name, kept)| kept.lines(name));
        let because = self.skipped_because.iter();
        kept.chain(because.map(|(why, cell)| Line::new("skipped_because").part("reason", why).count(*cell)))
            .collect()
    }
}

impl Kept {
    fn lines(&self, protocol: &str) -> Vec<Line> {
        let line = |figure: &str| Line::new(figure).part("protocol", protocol);
        let mut lines =
            vec![line("started").count(self.started), line("practised").count(Cell::shown(self.practised))];
        lines.extend(self.steps.iter().map(|(state, cell)| line(state).count(*cell)));
        lines.push(match &self.in_time.answer {
            Answer::Estimate(share) => Line {
                value: Some(share.share),
                n: Some(share.n),
                ..line("share_in_time").interval(share.interval).of(&self.in_time)
            },
            Answer::Refusal(refusal) => line("share_in_time").refused(refusal).of(&self.in_time),
        });
        lines
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use nabij_model::signal::SkipReason;
    use uuid::Uuid;

    use super::*;
    use crate::report::AsOf;

    fn now() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    /// So many runs of a protocol, each with one step of each of these states.
    fn runs(protocol: &str, times: u128, states: &[&str]) -> Vec<Step> {
        let step = |run: u128, state: &str| Step {
            run: Uuid::from_u128(run),
            protocol: protocol.to_owned(),
            due_at: if state == "to_come" { now() + 1.hour() } else { now() - 2.hours() },
            ended_at: match state {
                "in_time" => Some(now() - 2.hours()),
                "late" => Some(now() - 1.hour()),
                "skipped" => Some(now() - 3.hours()),
                _ => None,
            },
            because: (state == "skipped").then_some(SkipReason::Unsafe),
        };
        (0..times).flat_map(|run| states.iter().map(move |state| step(run, state))).collect()
    }

    fn of(steps: &[Step], drills: &[&str], viewer: Viewer) -> Protocols {
        let day = |day: &str| day.parse().unwrap();
        let filter = Filter::new(day("2026-02-01"), day("2026-04-01"), AsOf { sequence: 1, moment: now() });
        let basis = Basis::new(&filter, viewer, []);
        let scope = Scope { centres: vec![], everywhere: vec![], from: now(), to: now() };
        let drills: Vec<String> = drills.iter().map(|drill| (*drill).to_owned()).collect();
        let about = about("protocols", &filter, &scope, viewer, &basis);
        Counted::of(steps, &drills, now()).report(about, &basis, viewer).unwrap()
    }

    #[test]
    fn a_skipped_step_is_no_failure_and_one_to_come_is_not_judged() {
        let steps = runs("suicidality", 6, &["in_time", "in_time", "late", "skipped", "overdue", "to_come"]);
        let report = of(&steps, &["suicidality", "conflict"], Viewer::Analyst);
        let all = &report.all;
        let counts: Vec<_> = STATES.iter().map(|state| all.steps[state].count.unwrap()).collect();
        assert_eq!(counts, [12, 6, 6, 6, 6]);
        let share = all.in_time.answer.estimate().unwrap();
        assert_eq!((share.x, share.n), (12, 24));
        assert!(share.interval.lower > 0.3 && share.interval.upper.unwrap() < 0.7, "{share:?}");
        assert_eq!(report.skipped_because["unsafe"].count, Some(6));
        assert_eq!((all.started.count, all.practised), (Some(6), 2));
        let practised = &report.protocols[0];
        assert_eq!((practised.protocol.as_str(), practised.kept.practised), ("conflict", 1));
        assert!(practised.kept.in_time.answer.estimate().is_none(), "no step, no share");
        assert!(all.in_time.sentence.nl.contains("12"), "{:?}", all.in_time.sentence);
    }

    #[test]
    fn the_steps_of_what_was_started_seldom_do_not_tell_how_seldom() {
        let steps = [
            runs("few", 3, &["in_time"; 7]),
            runs("many", 9, &["in_time", "in_time", "late", "skipped"]),
            runs("more", 20, &["in_time", "late"]),
        ]
        .concat();
        let report = of(&steps, &[], Viewer::Other);
        let names: Vec<&str> = report.protocols.iter().map(|one| one.protocol.as_str()).collect();
        assert_eq!(names, ["many", "more"], "that the few are there would tell that they are not none");
        let practised = of(&steps, &["few"], Viewer::Other);
        let few = &practised.protocols[0].kept;
        assert!(few.started.suppressed && few.steps.values().all(|cell| cell.suppressed));
        assert!(few.in_time.answer.estimate().is_none());
        assert_eq!(report.all.steps["in_time"].count, Some(37), "9 * 2 + 20, without the few: 35 to 39");
        assert_eq!(report.all.started.count, Some(32));
        assert_eq!(of(&steps, &[], Viewer::Analyst).protocols[0].kept.started.count, Some(3));
    }

    #[test]
    fn nothing_of_a_few_runs_alone_is_shown_to_others() {
        let report = of(&runs("few", 2, &["in_time", "skipped"]), &[], Viewer::Other);
        assert!(report.all.started.suppressed && report.all.steps.values().all(|cell| cell.suppressed));
        assert!(report.skipped_because.values().all(|cell| cell.suppressed));
        assert!(report.lines().iter().all(|line| line.value.is_none() || line.figure == "practised"));
    }
}
