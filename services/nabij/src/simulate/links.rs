//! Candidate links on networks of known truth: what they weigh, and how many of those that are offered are right.

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::SignedDuration;
use nabij_model::incident::IncidentCommand;
use nabij_model::signal::{Route, SignalCommand, SignalSource};
use nabij_underreporting::candidates::{Record, THRESHOLD, Tally, Weights, pairs};
use nabij_underreporting::lists::List;
use nabij_underreporting::reportability::{DEFAULT, Reportability};
use serde::Serialize;
use uuid::Uuid;

use super::calibration as known;
use super::rng::Chance;
use super::step::Command;
use super::story::{Plan, Story};

/// Thresholds that are judged, the shipped one among them.
const THRESHOLDS: [f64; 5] = [0.1, 0.25, THRESHOLD, 0.75, 0.9];
/// The seeds that are judged start at the plan's, those that weights are estimated from lie so far above.
const ESTIMATED_FROM: u64 = 100;
const JUDGED: u64 = 3;
const ESTIMATED: u64 = 6;

/// People do not write alike, which the story leaves out: how often a record names no type, another type, nobody, or only the first
/// of those involved, and how often it is a day or three days off. Assumptions.
const NO_TYPE: f64 = 0.15;
const ANOTHER_TYPE: f64 = 0.05;
const NOBODY: f64 = 0.15;
const ONLY_THE_FIRST: f64 = 0.3;
const A_DAY_OFF: f64 = 0.15;
const THREE_DAYS_OFF: f64 = 0.05;

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    /// Seeds that were judged.
    seeds: Vec<u64>,
    /// Pairs of records of one occurrence, looked at or not.
    of_one_occurrence: u64,
    /// Of those, what comparing at all leaves out.
    never_looked_at: u64,
    /// With the weights that are shipped.
    thresholds: Vec<AtThreshold>,
    /// Seeds that weights were estimated from.
    estimated_from: Vec<u64>,
    /// What these would weigh.
    estimated: Weights,
}

/// What a threshold does.
#[derive(Debug, Serialize)]
struct AtThreshold {
    threshold: f64,
    offered: u64,
    right: u64,
    /// Of what is offered, the share that is right.
    precision: f64,
    /// Of all pairs of one occurrence, the share that is offered.
    recall: f64,
}

/// Judges the shipped weights on networks like `plan`, and estimates weights from networks of other seeds.
pub(crate) fn judge(plan: Plan) -> Judged {
    let mut tally = Tally::default();
    let estimated_from: Vec<u64> = (0..ESTIMATED).map(|n| plan.seed + ESTIMATED_FROM + n).collect();
    for seed in &estimated_from {
        let network = Network::of(Plan { seed: *seed, ..plan });
        for (a, b, agreement) in pairs(&network.records) {
            tally.count(agreement, network.is_one(a, b));
        }
    }
    let seeds: Vec<u64> = (0..JUDGED).map(|n| plan.seed + n).collect();
    let (mut all, mut looked_at) = (0, 0);
    let mut counts = [(0, 0); THRESHOLDS.len()];
    for seed in &seeds {
        let network = Network::of(Plan { seed: *seed, ..plan });
        all += network.pairs_of_one();
        for (a, b, agreement) in pairs(&network.records) {
            let one = network.is_one(a, b);
            looked_at += u64::from(one);
            let probability = 1.0 / (1.0 + (-Weights::SHIPPED.bits(agreement)).exp2());
            for (threshold, (offered, right)) in THRESHOLDS.iter().zip(&mut counts) {
                *offered += u64::from(probability >= *threshold);
                *right += u64::from(probability >= *threshold && one);
            }
        }
    }
    let thresholds = THRESHOLDS.into_iter().zip(counts).map(|(threshold, (offered, right))| AtThreshold {
        threshold,
        offered,
        right,
        precision: share(right, offered),
        recall: share(right, all),
    });
    Judged {
        seeds,
        of_one_occurrence: all,
        never_looked_at: all - looked_at,
        thresholds: thresholds.collect(),
        estimated_from,
        estimated: tally.weights(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of pairs")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Judged {
    /// A table, and the weights that other seeds give.
    pub(crate) fn table(&self) -> String {
        let mut text = String::from(
            "| offered from | offered | right | precision | recall |\n|---:|---:|---:|---:|---:|\n",
        );
        for at in &self.thresholds {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.3} | {:.3} |",
                at.threshold, at.offered, at.right, at.precision, at.recall
            );
        }
        let _ = writeln!(
            text,
            "\n{} pairs of one occurrence; comparing leaves out {}",
            self.of_one_occurrence, self.never_looked_at
        );
        let _ = write!(text, "estimated from seeds {:?}: {:.4?}", self.estimated_from, self.estimated);
        text
    }
}

/// The records of a network as if nobody had linked any, with what each is really about.
struct Network {
    records: Vec<Record>,
    /// The occurrence of each record; a worry that is none has only itself.
    about: Vec<Uuid>,
}

impl Network {
    fn of(plan: Plan) -> Self {
        let (rules, mut records) = (Reportability::shipped(), Vec::new());
        let mut story = Story::new(plan);
        for step in story.by_ref() {
            let joined = records.len();
            match &step.command {
                Command::Signal(SignalCommand::Log(logged))
                    if !logged.strength && logged.route == Route::Team =>
                {
                    let duties = rules.of(DEFAULT);
                    records.push(Record {
                        id: step.id,
                        list: match logged.source {
                            SignalSource::Frontline => List::Frontline,
                            SignalSource::OwnVoice => List::OwnVoice,
                            SignalSource::MedicalNote => List::MedicalNote,
                        },
                        centre: logged.occurred_place.unwrap_or(logged.centre).0,
                        kind: logged.category.as_ref().map(|category| {
                            duties.type_of_signal(category.as_str()).unwrap_or(category).to_string()
                        }),
                        at: logged.occurred.as_ref().map_or(step.at, |occurred| occurred.from),
                        cases: logged.cases.iter().map(|involved| involved.case.0).collect(),
                        joined,
                    });
                }
                Command::Incident(IncidentCommand::Register(entry)) => {
                    let duties = rules.of(entry.source.as_str());
                    let group = entry.category.as_ref().map(|group| group.as_str());
                    records.push(Record {
                        id: step.id,
                        list: List::OfficialRegister,
                        centre: entry.centre.0,
                        kind: Some(
                            duties
                                .type_of_incident(entry.incident_type.as_str(), group)
                                .unwrap_or(&entry.incident_type)
                                .to_string(),
                        ),
                        at: entry.occurred_at,
                        cases: entry.cases.iter().map(|case| case.0).collect(),
                        joined,
                    });
                }
                _ => {}
            }
        }
        let mut chance = Chance::new(plan.seed ^ 0x6c69_6e6b);
        records.iter_mut().for_each(|record| blur(record, &mut chance));
        let truth: HashMap<Uuid, Uuid> = story
            .truth()
            .flat_map(|one| one.captures.into_iter().map(move |capture| (capture.id, one.occurrence)))
            .collect();
        let about =
            records.iter().map(|record| truth.get(&record.id).copied().unwrap_or(record.id)).collect();
        Self { records, about }
    }

    fn is_one(&self, a: usize, b: usize) -> bool {
        self.about[a] == self.about[b]
    }

    fn pairs_of_one(&self) -> u64 {
        let mut sizes: HashMap<Uuid, u64> = HashMap::new();
        for about in &self.about {
            *sizes.entry(*about).or_default() += 1;
        }
        sizes.values().map(|size| size * (size - 1) / 2).sum()
    }
}

/// Makes a record what somebody would have written who does not know the others.
fn blur(record: &mut Record, chance: &mut Chance) {
    if record.list != List::OfficialRegister && chance.happens(NO_TYPE) {
        record.kind = None;
    } else if chance.happens(ANOTHER_TYPE) {
        record.kind = Some(known::KINDS[chance.place(known::KINDS.len())].code.to_owned());
    }
    if chance.happens(NOBODY) {
        record.cases.clear();
    } else if chance.happens(ONLY_THE_FIRST) {
        record.cases = record.cases.first().copied().into_iter().collect();
    }
    let hours = if chance.happens(A_DAY_OFF) {
        24
    } else if chance.happens(THREE_DAYS_OFF) {
        72
    } else {
        0
    };
    let by = SignedDuration::from_hours(if chance.happens(0.5) { hours } else { -hours });
    record.at += by;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_candidate_links_is_what_the_simulator_finds_today() {
        let docs =
            include_str!("../../../../projections/underreporting/src/candidates/mod.rs").replace("**", "");
        let start = jiff::civil::date(2025, 1, 1);
        let judged = judge(Plan { centres: 5, cases: 400, days: 120, seed: 1, start });
        let table = judged.table();
        for row in table.lines().take_while(|line| line.starts_with('|')) {
            assert!(docs.contains(&format!("//! {row}\n")), "{row} is not in the docs:\n{table}");
        }
        let (all, left_out) = (judged.of_one_occurrence, judged.never_looked_at);
        assert!(docs.contains(&format!("Of {all} pairs of one occurrence {left_out} contradict each other")));
    }
}
