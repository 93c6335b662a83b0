//! Where intervals hold the truth less often than they say: beside the figure, in words, from the simulated networks of `STUDY.md`.

use serde::Serialize;

use crate::studied::{self, Scenario, Studied};
use crate::text::{Sentence, Slot, Texts};

/// What the study found of one interval of a chosen model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    /// Of which interval, and how often it held the truth.
    #[serde(flatten)]
    pub studied: studied::Coverage,
    /// What to say beside the figure; absent where it held the truth of at least 90 in 100 networks of every scenario.
    pub sentence: Option<Sentence>,
}

const HELD: Texts = Texts {
    nl: "In nagebootste netwerken hield het {interval} het ware totaal in bij {held} van de 100 netwerken, niet bij 95.",
    fr: "Dans des réseaux simulés, {interval} contenait le vrai total dans {held} réseaux sur 100, pas dans 95.",
    en: "In simulated networks the {interval} held the true total in {held} of 100 networks, not in 95.",
};

const ONE: Texts =
    Texts { nl: "{percent} ({scenario})", fr: "{percent} ({scenario})", en: "{percent} ({scenario})" };

impl Beside {
    pub(super) fn of(interval: Studied) -> Self {
        let studied = studied::Coverage::of(interval);
        let below: Vec<Sentence> = studied
            .held
            .iter()
            .filter(|held| held.below_90)
            .map(|held| {
                let scenario = Slot::Words(scenario(held.scenario));
                ONE.fill(&[("percent", Slot::Whole(held.percent)), ("scenario", scenario)])
            })
            .collect();
        let held = Sentence {
            nl: join(&below, |said| &said.nl),
            fr: join(&below, |said| &said.fr),
            en: join(&below, |said| &said.en),
        };
        let sentence = (!below.is_empty())
            .then(|| HELD.fill(&[("interval", Slot::Words(name(interval))), ("held", Slot::Said(held))]));
        Self { studied, sentence }
    }
}

fn join(said: &[Sentence], of: fn(&Sentence) -> &str) -> String {
    said.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn name(interval: Studied) -> Texts {
    match interval {
        Studied::Chapman | Studied::Chao | Studied::Independence | Studied::BestBic => {
            Texts { nl: "log-interval", fr: "l'intervalle logarithmique", en: "log interval" }
        }
        Studied::BestBicProfile | Studied::BestAicProfile | Studied::StepwiseProfile => {
            Texts { nl: "profielinterval", fr: "l'intervalle de profil", en: "profile interval" }
        }
        Studied::StepwiseBootstrap => {
            Texts { nl: "bootstrapinterval", fr: "l'intervalle bootstrap", en: "bootstrap interval" }
        }
    }
}

fn scenario(scenario: Scenario) -> Texts {
    match scenario {
        Scenario::IndependentLists => {
            Texts { nl: "onafhankelijke lijsten", fr: "listes indépendantes", en: "independent lists" }
        }
        Scenario::DependentLists => Texts {
            nl: "lijsten die van elkaar afhangen",
            fr: "listes qui dépendent l'une de l'autre",
            en: "dependent lists",
        },
        Scenario::HeterogeneousCentres => Texts {
            nl: "centra die sterk verschillen in wat zij opmerken",
            fr: "centres qui diffèrent fortement dans ce qu'ils remarquent",
            en: "centres that differ much in what they notice",
        },
        Scenario::OneSilentCentre => {
            Texts { nl: "één stil centrum", fr: "un centre silencieux", en: "one silent centre" }
        }
        Scenario::NewReportingRule => Texts {
            nl: "een nieuwe meldregel halverwege",
            fr: "une nouvelle règle en milieu d'année",
            en: "a new reporting rule in mid-year",
        },
    }
}

/// Beside Chapman's total.
pub(super) const CHAPMAN: Texts = Texts {
    nl: "In nagebootste netwerken waarvan de centra sterk verschillen in wat zij opmerken, hield dit interval het ware totaal in 74 van de 100 netwerken in, niet in 95; met één stil centrum in 87.",
    fr: "Dans des réseaux simulés dont les centres diffèrent fortement dans ce qu'ils remarquent, cet intervalle contenait le vrai total dans 74 réseaux sur 100, pas dans 95 ; avec un centre silencieux, dans 87.",
    en: "In simulated networks whose centres differ much in what they notice, this interval held the true total in 74 of 100 networks, not in 95; with one silent centre in 87.",
};

/// Beside the total of any log-linear model, chosen or not.
pub(super) const MODELS: Texts = Texts {
    nl: "In nagebootste netwerken waarvan de centra sterk verschillen in wat zij opmerken, hielden zulke intervallen het ware totaal in 37 tot 62 van de 100 netwerken in, met één stil centrum in 72 tot 80, niet in 95: lees ook de ondergrens en de spreiding.",
    fr: "Dans des réseaux simulés dont les centres diffèrent fortement dans ce qu'ils remarquent, de tels intervalles contenaient le vrai total dans 37 à 62 réseaux sur 100, avec un centre silencieux dans 72 à 80, pas dans 95 : lisez aussi la borne inférieure et la dispersion.",
    en: "In simulated networks whose centres differ much in what they notice, such intervals held the true total in 37 to 62 of 100 networks, with one silent centre in 72 to 80, not in 95: read the lower bound and the spread too.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_that_covers_less_than_it_says_says_so() {
        let said = |interval| Beside::of(interval).sentence;
        let bootstrap = said(Studied::StepwiseBootstrap).unwrap();
        for text in [&bootstrap.nl, &bootstrap.fr, &bootstrap.en] {
            assert!(text.contains("37 (") && !text.contains('{'), "{text}");
        }
        assert!(said(Studied::BestAicProfile).unwrap().en.contains("62 (centres that differ much"));
        assert_eq!(said(Studied::Chao), None);
    }

    /// The lowest coverage of the rows that begin so, of each scenario in turn.
    fn lowest(row: &str) -> Vec<f64> {
        let study = include_str!("../../../STUDY.md");
        let scenarios = study.split("\n## ").skip(1).take(5);
        scenarios
            .map(|scenario| {
                let rows = scenario.lines().filter(|line| line.starts_with(&format!("| {row}")));
                let covered = rows.map(|line| {
                    let cell = line.split('|').nth(2).unwrap();
                    cell.split_whitespace().next().unwrap().parse::<f64>().unwrap()
                });
                covered.fold(100.0, f64::min)
            })
            .collect()
    }

    #[test]
    fn what_is_said_beside_the_figure_is_what_the_study_found() {
        let chapman = lowest("Chapman");
        for covered in [chapman[2], chapman[3]] {
            assert!(covered < 90.0);
            assert!(CHAPMAN.en.contains(&format!("{covered:.0}")), "{covered}");
        }
        let models = lowest("log-linear").into_iter().zip(lowest("stepwise")).map(|(a, b)| a.min(b));
        for (scenario, covered) in models.enumerate().filter(|(scenario, _)| [2, 3].contains(scenario)) {
            assert!(MODELS.en.contains(&format!(" {covered:.0} ")), "{scenario}: {covered}");
        }
        // Chao's lower limit needs no such words.
        assert!(lowest("Chao").iter().all(|covered| *covered >= 95.0));
    }
}
