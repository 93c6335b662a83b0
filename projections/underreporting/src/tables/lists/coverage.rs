//! Where intervals hold the truth less often than they say: beside the figure, in words, from the simulated networks of `STUDY.md`.

use serde::Serialize;

use crate::studied::{self, Studied};
use crate::text::{Sentence, Texts};

/// What the study found of one interval of a chosen model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    /// Of which interval, and how often it held the truth.
    #[serde(flatten)]
    pub studied: studied::Coverage,
    /// What to say beside the figure; absent where it held the truth of at least 90 in 100 networks of every scenario.
    pub sentence: Option<Sentence>,
}

impl Beside {
    pub(super) fn of(interval: Studied) -> Self {
        let studied = studied::Coverage::of(interval);
        Self { sentence: studied.said(), studied }
    }
}

/// Beside Chapman's total.
pub(super) const CHAPMAN: Texts = Texts {
    nl: "In nagebootste netwerken waarvan de centra sterk verschillen in wat zij opmerken, hield dit interval het ware totaal in 74 van de 100 netwerken in, niet in 95; met één stil centrum in 87.",
    fr: "Dans des réseaux simulés dont les centres diffèrent fortement dans ce qu'ils remarquent, cet intervalle contenait le vrai total dans 74 réseaux sur 100, pas dans 95 ; avec un centre silencieux, dans 87.",
    en: "In simulated networks whose centres differ much in what they notice, this interval held the true total in 74 of 100 networks, not in 95; with one silent centre in 87.",
};

/// Beside Chao's bound with the factor `(t-1)/t`.
pub(super) const CHAO: Texts = Texts {
    nl: "Deze ondergrens veronderstelt dat alle lijsten evenveel zien. Ziet de ene lijst meer dan de andere, dan kan hij boven de waarheid liggen: lees dan de ondergrens voor ongelijke lijsten.",
    fr: "Cette borne suppose que toutes les listes voient autant. Si une liste voit plus qu'une autre, elle peut dépasser la vérité : lisez alors la borne pour listes inégales.",
    en: "This bound supposes that all lists see equally much. Where one sees more than another it may lie above the truth: read the bound for unequal lists then.",
};

/// Beside the total of any log-linear model, chosen or not.
pub(super) const MODELS: Texts = Texts {
    nl: "In nagebootste netwerken waarvan de centra sterk verschillen in wat zij opmerken, hielden zulke intervallen het ware totaal in 37 tot 69 van de 100 netwerken in, met één stil centrum in 72 tot 80, niet in 95: lees ook de ondergrens en de spreiding.",
    fr: "Dans des réseaux simulés dont les centres diffèrent fortement dans ce qu'ils remarquent, de tels intervalles contenaient le vrai total dans 37 à 69 réseaux sur 100, avec un centre silencieux dans 72 à 80, pas dans 95 : lisez aussi la borne inférieure et la dispersion.",
    en: "In simulated networks whose centres differ much in what they notice, such intervals held the true total in 37 to 69 of 100 networks, with one silent centre in 72 to 80, not in 95: read the lower bound and the spread too.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_that_covers_less_than_it_says_says_so() {
        let said = |interval| Beside::of(interval).sentence;
        let [bootstrap, profile] = [Studied::StepwiseBootstrap, Studied::BestAicProfile].map(said);
        assert!(bootstrap.is_some_and(|said| said.en.contains("37") && said.nl.contains("37")));
        assert!(profile.is_some_and(|said| said.en.contains("62")));
        assert_eq!(said(Studied::Chao), None);
    }

    /// The lowest coverage of the rows that begin so, of each scenario in turn.
    fn lowest(row: &str) -> Vec<f64> {
        let study = include_str!("../../../STUDY.md");
        let scenarios = study.split("\n## ").skip(1).take(6);
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
        let chapman = lowest("Chapman: register and all");
        for covered in [chapman[2], chapman[3]] {
            assert!(covered < 90.0);
            assert!(CHAPMAN.en.contains(&format!("{covered:.0}")), "{covered}");
        }
        let models = lowest("log-linear").into_iter().zip(lowest("stepwise")).map(|(a, b)| a.min(b));
        for (scenario, covered) in models.enumerate().filter(|(scenario, _)| [2, 3].contains(scenario)) {
            assert!(MODELS.en.contains(&format!(" {covered:.0} ")), "{scenario}: {covered}");
        }
        // The lower limit of Chao's bound for unequal lists needs no such words.
        assert!(lowest("Chao for unequal lists").iter().all(|covered| *covered >= 90.0));
    }
}
